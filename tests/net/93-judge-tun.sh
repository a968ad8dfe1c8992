#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The kernel as judge: bare IP out of a tunnel device, where frames have no Ethernet header.
. "${0%/*}/lib.sh"

[[ -c /dev/net/tun ]] || skip_all "the kernel has no TUN devices"
ip netns add server
ip netns add client
ip -n server tuntap add tun0 mode tun
ip -n server link set tun0 mtu 9000 up
address server tun0 $SERVER4/24 $SERVER6/64

shapes record tun tun0 tun
clarent-xdp allow $LISTED4,$LISTED6 gateway
for mode in generic tc; do
	in_ns server clarent-xdp -q attach tun0 mode "$mode"
	shapes judge "tun, $mode" tun0 tun
	in_ns server clarent-xdp -q detach tun0
done
