#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The kernel as judge: the filter on a router, in front of a server that has none.
. "${0%/*}/lib.sh"

MTU=9000
wire router eth0 client eth0
wire router eth1 server eth0
address client eth0 $LISTED4/24 $UNLISTED4/24 $LISTED6/64 $UNLISTED6/64
address router eth0 192.0.2.2/24 2001:db8::2/64
address router eth1 198.51.100.2/24 2001:db8:1::2/64
SERVER4=198.51.100.1 SERVER6=2001:db8:1::1
address server eth0 $SERVER4/24 $SERVER6/64
ip -n client route add default via 192.0.2.2
ip -n client route add default via 2001:db8::2
ip -n server route add default via 198.51.100.2
ip -n server route add default via 2001:db8:1::2
in_ns router sh -c 'echo 1 >/proc/sys/net/ipv4/ip_forward'
in_ns router sh -c 'echo 1 >/proc/sys/net/ipv6/conf/all/forwarding'

mac=$(mac_of router eth0)
shapes record routed eth0 "$mac"
clarent-xdp allow $LISTED4,$LISTED6 gateway
for mode in native generic; do
	in_ns router clarent-xdp attach eth0 mode $mode 2>/run/tmp/warnings
	check "attach warns that the host forwards" grep -qi "warning: .*forward" /run/tmp/warnings
	shapes judge "routed, $mode" eth0 "$mac"
	equal "$mode: TCP through the router" "22 4040" \
		"$(traffic tcp client $UNLISTED4 server $SERVER4 22 4040)"
	in_ns router clarent-xdp -q detach eth0
done
