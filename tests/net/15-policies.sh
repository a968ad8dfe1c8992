#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# What the settings say is what packets meet: prefixes, exceptions, modes, ports, destinations.
. "${0%/*}/lib.sh"

lan
in_ns server clarent-xdp -q attach eth0

# reaches NAME SOURCE WANTED [PORT…]: gateway's ports, if none are named.
reaches() {
	local name=$1 source=$2 wanted=$3

	shift 3
	(($# > 0)) || set -- "${GATEWAY[@]}"
	equal "$name" "$wanted" "$(arrives "$source" "$@")"
}
all=${GATEWAY[*]}

clarent-xdp allow 192.0.2.0/24,2001:db8::/32 gateway
reaches "a prefix admits its hosts (IPv4)" $UNLISTED4 "$all"
reaches "a prefix admits its hosts (IPv6)" $UNLISTED6 "$all"
clarent-xdp deny $UNLISTED4,$UNLISTED6 gateway
reaches "deny is the exception (IPv4)" $UNLISTED4 none
reaches "deny is the exception (IPv6)" $UNLISTED6 none
reaches "... and for nobody else (IPv4)" $LISTED4 "$all"
reaches "... and for nobody else (IPv6)" $LISTED6 "$all"
clarent-xdp deny 192.0.2.0/26 gateway
reaches "the longer prefix decides" $LISTED4 none
clarent-xdp allow $LISTED4 gateway
reaches "the host decides over it" $LISTED4 "$all"
clarent-xdp -q revoke $LISTED4 gateway
reaches "revoked, the prefix decides again" $LISTED4 none

clarent-xdp deny 192.0.2.10 all
reaches "deny for all policies" $LISTED4 none "${GUARDED[@]}"
refused "several policies: all of them or none" 1 "'nosuch': no such policy" \
	clarent-xdp allow $LISTED4 gateway,nosuch
reaches "... none" $LISTED4 none "${GUARDED[@]}"
clarent-xdp -q allow $LISTED4 gateway,command
reaches "... all" $LISTED4 "${GUARDED[*]}" "${GUARDED[@]}"
clarent-xdp -q revoke $LISTED4 gateway,command
reaches "... and taken back" $LISTED4 none "${GUARDED[@]}"

clarent-xdp -q policy gateway mode monitor
reaches "monitor passes" $UNLISTED4 "$all"
check "... and counts what it would drop" test "$(clarent-xdp --json stats |
	jq '[.counters[] | select(.policy == "gateway" and .reason == "denied") | .would_drop_packets] | add')" = 3
clarent-xdp -q policy gateway mode open
reaches "open guards nothing" $UNLISTED4 "$all"
clarent-xdp -q policy gateway mode closed
reaches "closed admits nobody" $LISTED6 none
reaches "... and leaves other policies alone" $LISTED6 none "${COMMAND[@]}"
clarent-xdp -q policy gateway mode enforce
reaches "enforce admits the listed" $LISTED6 "$all"

reaches "ports that nobody guards" $UNLISTED4 "6999 7000 7003 7004" 6999 7000 7003 7004
clarent-xdp -q policy lab udp 7000-7003 force
reaches "a policy of one's own guards its ports" $UNLISTED4 "6999 7004" 6999 7000 7003 7004
clarent-xdp allow $UNLISTED4 lab
reaches "... and admits its own" $UNLISTED4 "6999 7000 7003 7004" 6999 7000 7003 7004
clarent-xdp -q revoke $UNLISTED4 lab
clarent-xdp -q policy lab delete
reaches "deleted, it guards nothing" $UNLISTED4 "7000 7003" 7000 7003

clarent-xdp -q protect $SERVER6 gateway
reaches "a destination that is protected" $LISTED6 "$all"
clarent-xdp -q protect 2001:db8::99 gateway
clarent-xdp -q unprotect $SERVER6 gateway
reaches "one that is not: dropped as elsewhere" $LISTED6 none
clarent-xdp -q policy gateway elsewhere pass
reaches "elsewhere pass" $UNLISTED6 "$all"
clarent-xdp -q policy gateway elsewhere drop
clarent-xdp -q protect any gateway
reaches "protect any" $LISTED6 "$all"

clarent-xdp allow $LISTED6 gateway min-ttl 65
reaches "min-ttl above what arrives" $LISTED6 none
clarent-xdp allow $LISTED6 gateway min-ttl 64
reaches "min-ttl that arrives" $LISTED6 "$all"
clarent-xdp -q allow $LISTED6 gateway dev eth1
reaches "dev that it is not" $LISTED6 none
clarent-xdp allow $LISTED6 gateway dev eth0
reaches "dev that it is" $LISTED6 "$all"
clarent-xdp allow $LISTED6 gateway dev any rate 1 burst 2
reaches "a burst of two, and no third" $LISTED6 "4040 4045"


clarent-xdp allow $LISTED6 gateway rate off expires "$(date -u -d '+8 seconds' +%FT%TZ)"
begun=$(date +%s)
reaches "expires: not yet" $LISTED6 "$all"
while (($(date +%s) <= begun + 8)); do
	sleep 0.2
done
reaches "expires: by now" $LISTED6 none
clarent-xdp allow $LISTED6 gateway expires never
reaches "expires never" $LISTED6 "$all"

address server eth0 fe80::1/64
address client eth0 fe80::10/64
from_link_local() { traffic udp client fe80::10%eth0 server fe80::1%eth0 "${GATEWAY[@]}" 53; }
equal "a link-local source that is not listed" 53 "$(from_link_local)"
clarent-xdp allow fe80::10 gateway dev eth0
equal "... that is, on this interface" "$all 53" "$(from_link_local)"
clarent-xdp -q allow fe80::10 gateway dev eth1
equal "... that is, on another" 53 "$(from_link_local)"

clarent-xdp save /run/tmp/saved
clarent-xdp -q purge 2>/dev/null || in_ns server clarent-xdp -q detach all
clarent-xdp -q purge
clarent-xdp -q apply /run/tmp/saved force
clarent-xdp save /run/tmp/again
equal "save, purge, apply, save: the same" "$(grep -v "^#" /run/tmp/saved)" \
	"$(grep -v "^#" /run/tmp/again)"

# What a line that is added names is set, and all else stays.
clarent-xdp -q apply - force <<END
policy gateway mode monitor tunnel required
policy lab udp 7000 mode monitor
fragments drop
allow $LISTED4 gateway peer acme rate 50 comment branch
END
clarent-xdp -q apply - add force <<END
policy gateway mode enforce
policy lab udp 7001
fragments pass
allow $LISTED4 gateway min-ttl 200
END
equal "added: a mode, ports, fragments, an attribute; and nothing else is touched" \
	"policy gateway tunnel required, policy lab udp 7000,7001 mode monitor, \
allow $LISTED4 gateway peer acme rate 50 min-ttl 200 comment branch" \
	"$(clarent-xdp save - | grep -v '^#' | paste -sd, | sed 's/,\(policy\|allow\)/, \1/g')"

# Lines that are merged into what is there may name its policies.
clarent-xdp -q apply - add <<END
policy lab rate 70
allow $UNLISTED4 lab
END
clarent-xdp -q apply - peer acme force <<END
allow $LISTED4 lab
END
equal "a line of a file that is added, or of a peer's, may name a custom policy" \
	"policy gateway tunnel required, policy lab udp 7000,7001 mode monitor rate 70, \
allow $LISTED4 lab peer acme, allow $UNLISTED4 lab" \
	"$(clarent-xdp save - | grep -v '^#' | paste -sd, | sed 's/,\(policy\|allow\)/, \1/g')"
refused "... a policy line has no place in a peer's file" 1 "policy line has no place" \
	clarent-xdp apply - peer acme <<<"policy lab mode open"
refused "... a whole policy stands alone" 1 "'lab': no such policy" \
	clarent-xdp apply - <<<"allow $LISTED4 lab"
refused "... what is nowhere is not there" 1 "'nix': no such policy" \
	clarent-xdp apply - add <<<"allow $LISTED4 nix"
