#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The kernel as judge: the filter on a bridge's port, in front of a server that has none.
. "${0%/*}/lib.sh"

MTU=9000
wire bridge eth0 client eth0
wire bridge eth1 server eth0
ip -n bridge link add br0 mtu $MTU type bridge 2>/dev/null || skip_all "the kernel has no bridges"
ip -n bridge link set eth0 master br0
ip -n bridge link set eth1 master br0
ip -n bridge link set br0 up
address server eth0 $SERVER4/24 $SERVER6/64
address client eth0 $LISTED4/24 $UNLISTED4/24 $LISTED6/64 $UNLISTED6/64
check "the bridge works" in_ns client ping -n -q -c 1 -w 5 $SERVER4

shapes record bridged
clarent-xdp allow $LISTED4,$LISTED6 gateway
for mode in native generic; do
	in_ns bridge clarent-xdp attach eth0 mode $mode 2>/run/tmp/warnings
	check "attach warns that the host bridges" grep -qi "warning: .*bridge" /run/tmp/warnings
	shapes judge "bridged, $mode"
	equal "$mode: TCP through the bridge" "22 4040" \
		"$(traffic tcp client $UNLISTED6 server $SERVER6 22 4040)"
	in_ns bridge clarent-xdp -q detach eth0
done
