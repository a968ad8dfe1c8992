#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# check: it says which packet it asks about, and its answer is what real packets meet.
. "${0%/*}/lib.sh"

lan
address server lo 198.51.100.1/32 2001:db8:1::1/128
in_ns server clarent-xdp -q attach eth0

asks() { # WORDS…: of check, in /run/tmp/check; says its exit status
	local status=0

	in_ns server clarent-xdp check "$@" >/run/tmp/check 2>&1 || status=$?
	echo $status
}
json() { # FILTER WORDS…
	local filter=$1

	shift
	in_ns server clarent-xdp -j check "$@" | jq -r "$filter"
}
says() { check "$1" grep -qxF -- "$2" /run/tmp/check; }

# real SOURCE PORT: "pass" if a packet from there arrives, else "drop".
real() { [[ $(arrives "$1" "$2") == "$2" ]] && echo pass || echo drop; }
# agrees NAME SOURCE PORT WANTED
agrees() {
	equal "$1: real packets" "$4" "$(real "$2" "$3")"
	equal "... and check" "$4" "$(json .verdict "$2" port "$3")"
}

clarent-xdp allow $LISTED4,$LISTED6 gateway
equal "a packet that passes: exit status" 0 "$(asks $LISTED4 port 4040)"
says "... the verdict" "pass: allowed by gateway on eth0: allow $LISTED4 gateway"
says "... and the packet" "  packet: $LISTED4 to $SERVER4 (assumed), udp (assumed) port 4040, \
ttl 64 (assumed), on eth0 (assumed)"
equal "one that is dropped" 3 "$(asks $UNLISTED6 to $SERVER6 port 4045 proto udp ttl 9 dev eth0 vlan 5)"
says "... nothing assumed that was said" \
	"  packet: $UNLISTED6 to $SERVER6, udp port 4045, ttl 9, on eth0, vlan 5"
equal "JSON: the packet" "$LISTED4 $SERVER4 udp 4040 64 eth0" "$(json \
	'.packet | "\(.source) \(.destination) \(.protocol) \(.port) \(.ttl) \(.interface)"' \
	$LISTED4 port 4040)"
equal "... and what of it is assumed" "true false true true true" "$(json '.assumed |
	"\(.destination) \(.port) \(.protocol) \(.ttl) \(.interface)"' $LISTED4 port 4040)"
equal "... nothing" false "$(json '[.assumed[]] | any' $LISTED4 to $SERVER4 port 4040 proto udp \
	ttl 9 dev eth0)"

# The destination is one that packets come for.
clarent-xdp -q protect 203.0.113.1,2001:db8:77::1 gateway
agrees "protect of somebody else (IPv4)" $LISTED4 4040 drop
agrees "protect of somebody else (IPv6)" $LISTED6 4040 drop
equal "... why" elsewhere "$(json .reason $LISTED4 port 4040)"
clarent-xdp protect 198.51.100.1 gateway
equal "protect of one of ours: that one" "198.51.100.1 pass" \
	"$(json '"\(.packet.destination) \(.verdict)"' $LISTED4 port 4040)"
clarent-xdp protect $SERVER4 gateway
equal "... rather the interface's own" "$SERVER4 pass" \
	"$(json '"\(.packet.destination) \(.verdict)"' $LISTED4 port 4040)"
agrees "protect of the server" $LISTED4 4040 pass
clarent-xdp protect any gateway
address server eth0 fe80::1/64
equal "a link-local source: a link-local destination" fe80::1 \
	"$(json .packet.destination fe80::9 port 4040)"

# The TTL is the one that is seen.
clarent-xdp allow $LISTED4 gateway min-ttl 200
equal "min-ttl: as the entry demands, until one is seen" "200 pass" \
	"$(clarent-xdp -q revoke $LISTED4 gateway; clarent-xdp allow $LISTED4 gateway min-ttl 200
		json '"\(.packet.ttl) \(.verdict)"' $LISTED4 port 4040)"
agrees "min-ttl above what arrives" $LISTED4 4040 drop
equal "... why" "64 low-ttl" "$(json '"\(.packet.ttl) \(.reason)"' $LISTED4 port 4040)"
equal "... in words" 3 "$(asks $LISTED4 port 4040)"
check "... the lowest seen" grep -qF "ttl 64 (assumed: the lowest seen)" /run/tmp/check
in_ns client sysctl -qw net.ipv4.ip_default_ttl=255
clarent-xdp -q revoke $LISTED4 gateway
clarent-xdp allow $LISTED4 gateway min-ttl 200
agrees "min-ttl that arrives" $LISTED4 4040 pass
equal "... seen" "255" "$(json .packet.ttl $LISTED4 port 4040)"

# Monitor.
clarent-xdp -q policy gateway mode monitor
agrees_would() {
	equal "monitor: real packets" pass "$(real $UNLISTED4 4040)"
	equal "... check" 0 "$(asks $UNLISTED4 port 4040)"
	says "... says that it would drop" "would drop: unlisted by gateway on eth0"
	equal "... in JSON" "would drop" "$(json .verdict $UNLISTED4 port 4040)"
	equal "... and pass" pass "$(json .verdict $LISTED4 port 4040)"
}
agrees_would
clarent-xdp -q policy gateway mode enforce

# No port: every policy that guards any.
clarent-xdp -q policy web tcp 8080-8090 mode monitor
equal "no port: dropped by one" 3 "$(asks $LISTED4)"
equal "... all policies, a port of each" "command udp 5001 drop
gateway udp 4040 pass
web tcp 8080 would drop" "$(json '.answers[] |
	"\(.policy) \(.packet.protocol) \(.packet.port) \(.verdict)"' $LISTED4)"
equal "... of one protocol" web "$(json '.answers[].policy' $LISTED4 proto tcp)"
clarent-xdp -q policy gateway mode open
clarent-xdp -q policy command mode open
clarent-xdp -q policy web delete
equal "... none" "0 no policy guards a port" "$(asks $LISTED4) $(cat /run/tmp/check)"
equal "a port that only a TCP policy owns" tcp "$(json .packet.protocol $LISTED4 port 5631)"
