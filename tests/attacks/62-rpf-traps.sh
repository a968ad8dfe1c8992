#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Where several interfaces stand for one, `rpf strict` would refuse what is right: to begin it there
# needs `force`, to attach there warns.  Forced, it errs on the closed side.
. "${0%/*}/lib.sh"

lan_and_attacker
clarent-xdp allow $LISTED4,$LISTED6,203.0.113.0/24,2001:db8:99::/48 gateway
in_ns server clarent-xdp -q attach eth0
in_ns server clarent-xdp -q attach eth1

# trapped WHAT PATTERN: strict is refused for that reason, loose is not.
trapped() {
	refused "$1: rpf strict is refused" 1 "'gateway': rpf strict would refuse sources.*$2" \
		clarent-xdp -q policy gateway rpf strict
	check "$1: rpf loose is not" clarent-xdp -q policy gateway rpf loose
	equal "$1: loose lets in who is listed (IPv4)" 4040 "$(forged "$CLIENT_WIRE" $LISTED4 4040)"
	equal "$1: loose lets in who is listed (IPv6)" 4040 "$(forged "$CLIENT_WIRE" $LISTED6 4040)"
	clarent-xdp policy gateway rpf strict force 2>/run/tmp/warnings
	check "$1: strict with force says what it waives" grep -qE "rpf strict will refuse.*$2" \
		/run/tmp/warnings
	clarent-xdp policy gateway rpf off
	echo "policy gateway rpf strict" >/run/tmp/strict
	refused "$1: apply refuses it as well" 1 "rpf strict would refuse.*$2" \
		clarent-xdp -q apply /run/tmp/strict add
	clarent-xdp -q policy gateway mode monitor
	check "$1: watched, strict is not refused" clarent-xdp -q policy gateway rpf strict
	refused "$1: ... but to enforce it then" 1 "rpf strict would refuse.*$2" \
		clarent-xdp -q policy gateway mode enforce
	clarent-xdp -q policy gateway rpf off
	clarent-xdp -q policy gateway mode enforce
}

# --- Two ways to one prefix ---------------------------------------------------------------

ip -n server route add 203.0.113.0/24 nexthop via $LISTED4 nexthop via $ATTACKER4
ip -n server -6 route add 2001:db8:99::/48 nexthop via $LISTED6 nexthop via $ATTACKER6
trapped "multipath" "(203.0.113.0/24|2001:db8:99::/48) is reached through several interfaces"
clarent-xdp -q policy gateway rpf strict force
sources=$(printf '203.0.113.%s,' {1..40})
for wire in "$CLIENT_WIRE" "$ATTACKER_WIRE"; do
	got=$(forged "$wire" "${sources%,}" 4040 | grep -c 4040)
	echo "$got" >>/run/tmp/multipath
done
equal "multipath, forced: each source gets in on one side, though both are right" 40 \
	"$(awk '{ sum += $1 } END { print sum }' /run/tmp/multipath)"
equal "... neither side takes all" 2 "$(awk '$1 > 0 && $1 < 40' /run/tmp/multipath | wc -l)"
clarent-xdp -q policy gateway rpf off
ip -n server route del 203.0.113.0/24
ip -n server -6 route del 2001:db8:99::/48
# several ways through one interface are one
ip -n server route add 203.0.113.0/24 nexthop via $LISTED4 nexthop via $UNLISTED4
check "several next hops on one interface are no trap" clarent-xdp -q policy gateway rpf strict
equal "... strict lets them in" 4040 "$(forged "$CLIENT_WIRE" 203.0.113.5 4040)"
clarent-xdp policy gateway rpf off

# --- A port of a bridge ----------------------------------------------------------------------

ip -n server link add br0 type bridge
ip -n server addr flush dev eth0
ip -n server link set eth0 master br0
ip -n server link set br0 up
address server br0 $SERVER4/24 $SERVER6/64
no_kernel_rpf server
CLIENT_WIRE=client,eth0,$(mac_of server br0)
trapped "bridge port" "through eth0: it is a port of br0"
clarent-xdp -q policy gateway rpf strict force
equal "bridge port, forced: nobody gets in" none "$(forged "$CLIENT_WIRE" $LISTED4 4040)"
in_ns server clarent-xdp attach eth0 2>/run/tmp/warnings
check "to attach one warns" grep -q "rpf strict will refuse.*it is a port of br0" /run/tmp/warnings
clarent-xdp policy gateway rpf off
ip -n server link set eth0 nomaster
ip -n server link del br0
address server eth0 $SERVER4/24 $SERVER6/64
CLIENT_WIRE=client,eth0,$(mac_of server eth0)

# --- The parent of a VLAN, and of what is like one ------------------------------------------

# stacked KIND WORD…: a device over eth0, with the address that the packets are for.
stacked() {
	ip -n server link add link eth0 name upper type "$@" 2>/dev/null || return
	ip -n server link set upper up
	ip -n server addr flush dev eth0
	address server upper $SERVER4/24 $SERVER6/64
	no_kernel_rpf server
}
unstack() {
	clarent-xdp -q policy gateway rpf off
	ip -n server link del upper
	address server eth0 $SERVER4/24 $SERVER6/64
}

if stacked macvlan mode private; then
	CLIENT_WIRE=client,eth0,$(mac_of server upper)
	trapped "macvlan parent" "through eth0: upper lies on it"
	clarent-xdp -q policy gateway rpf strict force
	equal "macvlan parent, forced: nobody gets in" none "$(forged "$CLIENT_WIRE" $LISTED4 4040)"
	unstack
else
	skip "macvlan parent" "the kernel has no macvlan"
fi
if stacked vlan id 7; then
	ip -n client link add link eth0 name upper type vlan id 7
	ip -n client link set upper up
	CLIENT_WIRE=client,upper,$(mac_of server upper)
	trapped "VLAN parent" "through eth0: upper lies on it"
	clarent-xdp -q policy gateway rpf strict force
	equal "VLAN parent, forced: nobody gets in" none "$(forged "$CLIENT_WIRE" $LISTED4 4040)"
	unstack
else
	skip "VLAN parent" "the kernel has no VLAN devices"
fi

# --- A routing domain of its own --------------------------------------------------------------

if ip -n server link add vrf0 type vrf table 10 2>/dev/null; then
	ip -n server link set vrf0 up
	ip -n server link set eth0 master vrf0
	CLIENT_WIRE=client,eth0,$(mac_of server eth0)
	for rpf in strict loose; do
		refused "VRF: rpf $rpf is refused" 1 "through eth0: it belongs to vrf0" \
			clarent-xdp -q policy gateway rpf $rpf
	done
else
	skip "VRF" "the kernel has none"
fi
