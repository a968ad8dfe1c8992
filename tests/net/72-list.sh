#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# list: which entries are meant, by policy, peer, place and state; and in words where there are none.
. "${0%/*}/lib.sh"

lan
# lists NAME WANTED WORDS…: these prefixes, in the order of the list.
lists() {
	local name=$1 wanted=$2

	shift 2
	equal "$name" "$wanted" "$(in_ns server clarent-xdp -j list "$@" |
		jq -r '[.entries[] | "\(.policy) \(.prefix)"] | join(", ")')"
}
says() { # NAME WANTED WORDS…
	local name=$1 wanted=$2

	shift 2
	equal "$name" "$wanted" "$(clarent-xdp list "$@")"
}

says "before anything, in words" "no entry is listed"
says "... of a policy" "no entry of gateway is listed" gateway
equal "... in JSON an empty array" "[]" "$(clarent-xdp -j list | jq -c .entries)"

clarent-xdp allow 192.0.2.0/24 gateway,command peer acme
clarent-xdp allow $LISTED4 gateway peer acme comment "seen"
clarent-xdp deny $UNLISTED4 gateway
clarent-xdp allow $LISTED6 gateway expires 2d
clarent-xdp allow $UNLISTED6 command peer umbra expires 3s
soon=$(($(date +%s) + 4))
clarent-xdp -q protect $SERVER4 command
in_ns server clarent-xdp -q attach eth0

lists "what covers an address" "command 192.0.2.0/24, gateway 192.0.2.0/24, gateway $LISTED4" $LISTED4
lists "... of a policy" "command 192.0.2.0/24" command $LISTED4
lists "... in any order" "command 192.0.2.0/24" $LISTED4 command
lists "... a prefix" "command 192.0.2.0/24, gateway 192.0.2.0/24" 192.0.2.0/25
lists "what is under a prefix" "gateway $LISTED4, gateway $UNLISTED4" gateway under 192.0.2.0/25
lists "... itself included" "gateway 192.0.2.0/24, gateway $LISTED4" gateway peer acme \
	under 192.0.2.0/24
lists "denied" "gateway $UNLISTED4" denied
lists "expiring" "gateway $LISTED6" expiring 3d gateway
lists "... not yet" "" expiring 1d gateway
lists "... by a date" "gateway $LISTED6" gateway expiring "$(date -u -d '+3 days' +%FT%TZ)"
while (($(date +%s) <= soon)); do
	sleep 0.2
done
lists "expired" "command $UNLISTED6" expired
lists "... of a peer" "command $UNLISTED6" peer umbra expired
lists "... and of nobody else's" "" peer acme expired

arrives $LISTED4 4040 >/dev/null
arrives $UNLISTED4 4040 >/dev/null
lists "unused: a packet that passed, or was refused by its entry, is a use" \
	"gateway 192.0.2.0/24, gateway $LISTED6" gateway unused 1h
lists "... by a date that is to come, all are" \
	"gateway 192.0.2.0/24, gateway $LISTED4, gateway $UNLISTED4, gateway $LISTED6" \
	gateway unused "$(date -u -d '+1 hour' +%FT%TZ)"

says "in words: what covers it" "no entry of gateway covers 198.51.100.1" gateway 198.51.100.1
says "... and what is so" "no entry for peer acme is under 192.0.2.0/24 and is a deny" \
	peer acme under 192.0.2.0/24 denied
refused "a peer that is not there" 1 "'nobody': no such peer in any policy" \
	clarent-xdp list peer nobody denied
refused "a time that is none" 2 "'soon': not a time" clarent-xdp list expiring soon
refused "no time" 2 "'unused': needs a time" clarent-xdp list unused
refused "two states" 2 "'expired': not a word that can stand here" clarent-xdp list denied expired
refused "two places" 2 "'under': not a word that can stand here" \
	clarent-xdp list $LISTED4 under 192.0.2.0/24
refused "two policies" 2 "'command': not a word that can stand here" clarent-xdp list gateway command

# peers
peers() { clarent-xdp -j peers | jq -c ".peers | $1"; }
equal "peers: one row each, by name" '["acme","umbra"]' "$(peers '[.[].peer]')"
equal "... its policies" '["command","gateway"]' "$(peers '.[0].policies')"
equal "... its entries" '[3,0,0,1]' "$(peers '[.[].entries | .ipv4, .ipv6]')"
equal "... what has expired" '[null,1]' "$(peers '[.[].expired]')"
equal "... what was seen" '[1,0]' "$(peers '[.[].hits]')"
equal "... and when" '[true,false]' "$(peers '[.[] | .last_seen != null]')"
equal "... in text" "acme umbra" "$(clarent-xdp peers | awk 'NR > 1 { printf s $1; s = " " }')"
clarent-xdp -q revoke peer acme
clarent-xdp -q revoke peer umbra
equal "peers: none, in words" "no entry names a peer" "$(clarent-xdp peers)"
equal "... in JSON" "[]" "$(peers .)"

# stats
equal "stats: none, in words" "no packet was counted yet" \
	"$(in_ns server clarent-xdp -q detach all; in_ns server clarent-xdp -q attach eth0;
		clarent-xdp stats)"
in_ns server clarent-xdp -q detach all
equal "... nothing attached" "nothing is attached, so nothing is counted" "$(clarent-xdp stats)"
