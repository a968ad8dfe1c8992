#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# suspects: everybody who was refused, exactly, while it is quiet; under a flood of forged sources
# none of these, and those who came before are still there.
. "${0%/*}/lib.sh"

TOOLS=$TESTS/../build/bench
CORE=$(($(nproc) - 1)) # all on one: each has a table of its own
lan
in_ns client ip neigh add $SERVER4 lladdr "$(mac_of server eth0)" dev eth0 nud permanent
in_ns client ip neigh add $SERVER6 lladdr "$(mac_of server eth0)" dev eth0 nud permanent
suspects() { in_ns server clarent-xdp suspects "$@"; }
# json FILTER WORD…
json() {
	local filter=$1

	shift
	in_ns server clarent-xdp -j suspects "$@" | jq -c "$filter"
}

# A datagram each, from the source that this is called with.
knock() { # COUNT SOURCE PORT
	local server=$SERVER4

	[[ $2 != *:* ]] || server=$SERVER6
	in_ns client taskset -c "$CORE" /usr/bin/python3 -B - "$@" $server <<-'END'
		import socket, sys
		count, source, port, server = sys.argv[1:]
		family = socket.AF_INET6 if ":" in source else socket.AF_INET
		sock = socket.socket(family, socket.SOCK_DGRAM)
		sock.bind((source, 0))
		for _ in range(int(count)):
		    sock.sendto(b"knock", (server, int(port)))
	END
}

# --- without a word to say -----------------------------------------------------------------

equal "before anything" "nobody was refused who is not listed by now" "$(suspects)"
equal "... in JSON" '[[],1]' "$(json '[.suspects, .one_in]')"
clarent-xdp allow $LISTED4,$LISTED6 gateway peer acme
in_ns server clarent-xdp -q attach eth0
equal "before a packet" "nobody was refused who is not listed by now" "$(suspects)"
knock 3 $LISTED4 4040
knock 3 $UNLISTED4 4041
equal "who passes is none" '[]' "$(json .suspects)"

# --- quiet ---------------------------------------------------------------------------------

knock 3 $UNLISTED4 4040
knock 4 $UNLISTED4 5010
knock 2 $UNLISTED4 5001
knock 1 $UNLISTED6 4045
row='[.source, .policy, .protocol, .port, .reason, .packets, .exact, .interface, .lowest_ttl, .highest_ttl]'
equal "all are shown, exactly, by policy" \
	"[\"$UNLISTED4\",\"gateway\",\"udp\",5010,\"unlisted\",7,true,\"eth0\",64,64]
[\"$UNLISTED4\",\"command\",\"udp\",5001,\"unlisted\",2,true,\"eth0\",64,64]
[\"$UNLISTED6\",\"gateway\",\"udp\",4045,\"unlisted\",1,true,\"eth0\",64,64]" \
	"$(json ".suspects[] | $row")"
equal "the nearest entry, and whose" "[\"$LISTED4\",\"acme\"]" \
	"$(json '.suspects[0] | [.nearest, .nearest_peer]')"
equal "... none of another policy" '[null,null]' "$(json '.suspects[1] | [.nearest, .nearest_peer]')"
equal "a policy" '["command"]' "$(json '[.suspects[].policy]' command)"
equal "... by its other name" '["command"]' "$(json '[.suspects[].policy]' Clarent-Command)"
equal "a prefix" "[\"$UNLISTED6\"]" "$(json '[.suspects[].source]' under 2001:db8::/32)"
equal "... and a policy, in any order" 1 "$(json '.suspects | length' under 192.0.2.64/26 command)"
equal "... without any" "nobody was refused who is not listed by now" "$(suspects under 10.0.0.0/8)"
check "as text" grep -Eq "^$UNLISTED4 +gateway +udp +5010 +unlisted +7 +[0-9.]+ .* eth0 +64 +$LISTED4 +acme$" \
	<(suspects)
in_ns client sysctl -qw net.ipv4.ip_default_ttl=57
knock 1 $UNLISTED4 5001
equal "the spread of the TTL" '[3,57,64]' \
	"$(json '.suspects[] | [.packets, .lowest_ttl, .highest_ttl]' command)"
in_ns client sysctl -qw net.ipv4.ip_default_ttl=64
clarent-xdp -q policy command mode monitor
knock 1 $UNLISTED4 5001
equal "mode monitor: who would be refused" 4 "$(json '.suspects[].packets' command)"
clarent-xdp -q policy command mode enforce force

# --- as lines of a policy file ---------------------------------------------------------------

suspects as-policy >/run/tmp/lines
equal "as a policy: comments alone" "" "$(grep -v '^#' /run/tmp/lines || true)"
clarent-xdp -q save /run/tmp/saved
cat /run/tmp/lines >>/run/tmp/saved
equal "... which change nothing" "" "$(clarent-xdp apply /run/tmp/saved dry-run | grep '^[-+~]' || true)"
sed "s/^#allow $UNLISTED6 /allow $UNLISTED6 /" /run/tmp/saved >/run/tmp/chosen
check "... of which one is chosen" clarent-xdp -q apply /run/tmp/chosen
equal "who is listed by now is left out" '[]' "$(json .suspects under 2001:db8::/32)"
clarent-xdp deny $UNLISTED4 gateway
knock 1 $UNLISTED4 4040
equal "who is denied is refused still" '["denied",8]' "$(json '.suspects[] | [.reason, .packets]' gateway)"
equal "... and no entry is offered" "" "$(suspects gateway as-policy | grep '^#allow' || true)"

# --- bad words -----------------------------------------------------------------------------

for words in "under" "under 10.0.0.1/8" "under x" "gateway command" "as-policy as-policy" \
	"under 10.0.0.0/8 under 10.0.0.0/8" "10.0.0.1" "peer acme" "extra gateway x" "-j as-policy"; do
	# shellcheck disable=SC2086 # several words
	refused "suspects $words" 2 "^clarent-xdp: suspects: '" sh -c \
		"clarent-xdp suspects $words >/run/tmp/said; status=\$?; grep -v '[]{}\"[]' /run/tmp/said; exit \$status"
done
refused "suspects of no such policy" 1 "^clarent-xdp: suspects: 'nosuch': no such policy" \
	clarent-xdp suspects nosuch

# --- a flood -------------------------------------------------------------------------------

[[ -x $TOOLS/flood ]] || {
	skip "the flood" "not built: make test-programs"
	exit
}
before=$(json '[.suspects[] | [.source, .policy, .packets]]')
# random sources, all of IPv4, for two windows of a second and more
in_ns client "$TOOLS/flood" -s random-ipv4 -t 1 -m 2500 -p 192 -c "$CORE" \
	"flood,dev=eth0,rx=server:eth0" >/run/tmp/flood
flooded=$(in_ns server clarent-xdp -j stats |
	jq '[.counters[] | select(.reason == "unlisted") | .packets] | add')
json '[.suspects[] | [.source, .policy, .packets]]' >/run/tmp/after
equal "after $flooded of a flood: those who came before, and no other" "$before" "$(</run/tmp/after)"
check "... it was one" test "$flooded" -gt 100000
equal "... and what was counted is said as the least" "false" "$(json '[.suspects[].exact] | unique[]')"
check "... in text too" grep -q ' >=8 ' <(suspects 2>&1)
sleep 2.5
knock 1 $UNLISTED4 5001
knock 2 $LISTED4 5001
equal "quiet again: all are looked at" "1" "$(json .one_in)"
equal "... and who comes now is shown exactly" "[[\"$LISTED4\",2,true]]" \
	"$(json "[.suspects[] | select(.source == \"$LISTED4\") | [.source, .packets, .exact]]")"
