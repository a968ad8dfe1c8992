#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# `rpf`: what the kernel's routing table says of a source that is forged on the wrong side; and that
# the loader makes it answer, says what it has set for that, and sets it back.
. "${0%/*}/lib.sh"

lan_and_attacker
ip netns add elsewhere

# asked [NS]: whether lo forwards in there, which is what the kernel's answer hangs on.
asked() {
	${1:+in_ns "$1"} cat /proc/sys/net/ipv{4,6}/conf/lo/forwarding | xargs
}

# says NAME PATTERN COMMAND…: it succeeds, and warns of that.
says() {
	local name=$1 pattern=$2 output

	shift 2
	if output=$("$@" 2>&1) && [[ $output =~ $pattern ]]; then
		pass "$name"
	else
		fail "$name" "said '$output', not '$pattern'"
	fi
}
SET="warning: set net.ipv4.conf.lo.forwarding=1 and net.ipv6.conf.lo.forwarding=1"

# --- The kernel answers only where lo forwards ---------------------------------------------

equal "at first lo does not forward" "0 0" "$(asked server)"
clarent-xdp allow $LISTED4,$LISTED6,203.0.113.0/24,2001:db8:99::/48 gateway
in_ns server clarent-xdp -q attach eth0
in_ns server clarent-xdp -q attach eth1
equal "without rpf it stays so" "0 0" "$(asked server)"
says "policy: what is set is said" "$SET in network namespace 'server'" \
	clarent-xdp policy gateway rpf strict
equal "it is set where something is attached" "1 1" "$(asked server)"
equal "... and not where the verb was typed" "0 0" "$(asked)"
check "said once" silent clarent-xdp policy gateway rpf loose
clarent-xdp policy gateway rpf strict

in_ns server sysctl -qw net.ipv4.conf.lo.forwarding=0
check "status tells when somebody sets it back" \
	grep -q "^reverse path: net.ipv4.conf.lo.forwarding is off for eth0, so rpf refuses" \
	<(clarent-xdp status)
equal "... in JSON too" "eth0 false true eth1 false true" "$(clarent-xdp --json status |
	jq -r '[.reverse_path[] | .interface, .ipv4, .ipv6] | map(tostring) | join(" ")')"
before=$(counted gateway rpf-failed)
equal "... and nothing of that family gets in" none "$(forged "$CLIENT_WIRE" $LISTED4 4040)"
equal "... as rpf-failed" 1 "$(($(counted gateway rpf-failed) - before))"
equal "... while the other's does" 4040 "$(forged "$CLIENT_WIRE" $LISTED6 4040)"
says "the next change mends it" "set net.ipv4.conf.lo.forwarding=1 in" \
	clarent-xdp allow 203.0.113.77 command
equal "it is mended" "1 1" "$(asked server)"
check "... and status is content" test -z "$(clarent-xdp status | grep "reverse path" || true)"

# --- What the answer means ------------------------------------------------------------------

equal "strict: where the route back leads (IPv4)" 4040 "$(forged "$CLIENT_WIRE" $LISTED4 4040)"
equal "strict: where the route back leads (IPv6)" 4040 "$(forged "$CLIENT_WIRE" $LISTED6 4040)"
before=$(counted gateway rpf-failed)
equal "strict: forged on the other side (IPv4)" none "$(forged "$ATTACKER_WIRE" $LISTED4 4040)"
equal "strict: forged on the other side (IPv6)" none "$(forged "$ATTACKER_WIRE" $LISTED6 4040)"
equal "... as rpf-failed" 2 "$(($(counted gateway rpf-failed) - before))"
clarent-xdp policy gateway rpf loose
equal "loose: on either side (IPv4)" 4040 "$(forged "$ATTACKER_WIRE" $LISTED4 4040)"
equal "loose: on either side (IPv6)" 4040 "$(forged "$ATTACKER_WIRE" $LISTED6 4040)"

# SOURCE4 and SOURCE6 are listed, and it depends on the routes whether there is a way to them.
SOURCE4=203.0.113.5 SOURCE6=2001:db8:99::5
judge() { # WHEN PORTS-ON-ETH0 PORTS-ON-ETH1
	for source in $SOURCE4 $SOURCE6; do
		equal "$1: $source on eth0" "$2" "$(forged "$CLIENT_WIRE" "$source" 4040)"
		equal "$1: $source on eth1" "$3" "$(forged "$ATTACKER_WIRE" "$source" 4040)"
	done
}
judge "loose, no route" none none
for kind in blackhole unreachable prohibit; do
	ip -n server route replace $kind 203.0.113.0/24
	ip -n server -6 route replace $kind 2001:db8:99::/48
	judge "loose, $kind" none none
	ip -n server route del $kind 203.0.113.0/24
	ip -n server -6 route del $kind 2001:db8:99::/48
done
# no neighbour has ever been asked for: that there is a route is enough
ip -n server route add 203.0.113.0/24 via 192.0.2.200
ip -n server -6 route add 2001:db8:99::/48 via 2001:db8::200
judge "loose, a route" 4040 4040
clarent-xdp policy gateway rpf strict
judge "strict, a route" 4040 none
ip -n server route del 203.0.113.0/24
ip -n server -6 route del 2001:db8:99::/48
ip -n server route add default via $LISTED4
ip -n server -6 route add default via $LISTED6
says "a default route makes loose mean little: it says so" \
	"warning: gateway: rpf loose: there is a default route" clarent-xdp policy gateway rpf loose
judge "loose, a default route" 4040 4040
equal "... but for the host's own addresses" none "$(forged "$CLIENT_WIRE" $SERVER6 4040)"
clarent-xdp policy gateway rpf strict
judge "strict, a default route" 4040 none
ip -n server route del default
ip -n server -6 route del default

# --- Link-local sources: no route leads to them, `dev` binds them ---------------------------

ip -n client addr add fe80::77/64 dev eth0 nodad
clarent-xdp allow fe80::77 gateway dev eth0
equal "strict: a link-local source, where it belongs" 4040 "$(forged "$CLIENT_WIRE" fe80::77 4040)"
equal "strict: a link-local source, on the other side" none "$(forged "$ATTACKER_WIRE" fe80::77 4040)"

# --- It is set by whatever needs it first, wherever it is needed ----------------------------

wire elsewhere eth0 far eth0
says "attach: what is set is said" "$SET in network namespace 'elsewhere'" \
	clarent-xdp --netns elsewhere attach eth0
equal "attach sets it in its own network namespace" "1 1" "$(asked elsewhere)"
clarent-xdp --netns elsewhere detach eth0
in_ns server clarent-xdp detach all 2>/dev/null
check "purge" clarent-xdp purge
equal "purge sets it back" "0 0 0 0" "$(asked server) $(asked elsewhere)"

echo "policy command rpf loose" >/run/tmp/rpf
says "apply: what is set is said" "$SET, because" clarent-xdp apply /run/tmp/rpf
equal "with nothing attached, it is set here" "1 1" "$(asked)"
clarent-xdp -q purge
equal "... and set back here" "0 0" "$(asked)"

in_ns server sysctl -qw net.ipv4.conf.lo.forwarding=1
clarent-xdp -q policy gateway rpf loose
says "what was set already is left alone" "set net.ipv6.conf.lo.forwarding=1 in network" \
	clarent-xdp --netns server attach eth0
clarent-xdp --netns server detach eth0
clarent-xdp -q purge
equal "... by purge too" "1 0" "$(asked server)"

# --- Where it may not be set ----------------------------------------------------------------

mount --bind /proc/sys /proc/sys
mount -o remount,bind,ro /proc/sys
refused "a sysctl that cannot be set: refused, and nothing changes" 1 \
	"'net.ipv4.conf.lo.forwarding': cannot set it to 1.*Read-only" \
	clarent-xdp policy gateway rpf loose
equal "... nothing" "" "$(clarent-xdp save - | grep rpf || true)"
