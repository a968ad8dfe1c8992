#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# To make the kernel answer for `rpf`, forwarding is set on lo: Linux takes that for a reason to
# delete every default route that it learned from router advertisements.  The loader keeps them.
. "${0%/*}/lib.sh"

lan_and_attacker

advertise() { # NS DEV: as a router that is good for half an hour
	in_ns "$1" /usr/bin/python3 - "$2" <<-'END'
		import socket, struct, sys
		index = socket.if_nametoindex(sys.argv[1])
		sock = socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_ICMPV6)
		sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_HOPS, 255)
		sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_IF, index)
		# RFC 4861 4.2: type 134, the kernel fills in the checksum
		sock.sendto(struct.pack("!BBHBBHII", 134, 0, 0, 64, 0, 1800, 0, 0), ("ff02::1", 0, 0, index))
	END
}
learned() {
	ip -n server -6 route show default proto ra | sed -n 's/.* dev \([^ ]*\) .*/\1/p' | sort | xargs
}
wait_for() { # WANTED
	for ((i = 0; i < 50; i++)); do
		[[ $(learned) != "$1" ]] || return 0
		sleep 0.1
	done
}
# learn: both wires have a router.
learn() {
	local each

	ip -n server -6 route flush proto ra
	for each in "client eth0" "attacker eth0"; do
		# shellcheck disable=SC2086 # two words
		advertise $each
	done
	for ((i = 0; i < 50; i++)); do
		[[ $(learned) != "eth0 eth1" ]] || return 0
		sleep 0.1
	done
}

# A router needs an address of its own, and the kernel takes its time over that.
for each in client attacker; do
	until ip -n $each -6 addr show dev eth0 scope link -tentative | grep -q inet6; do
		sleep 0.1
	done
done
learn
equal "two routers are known" "eth0 eth1" "$(learned)"
settings() { in_ns server bash -c 'head /proc/sys/net/ipv6/conf/*/accept_ra'; }
before=$(settings)

clarent-xdp allow $LISTED6 gateway
in_ns server clarent-xdp -q attach eth0
clarent-xdp policy gateway rpf strict 2>/dev/null
equal "lo forwards" 1 "$(in_ns server cat /proc/sys/net/ipv6/conf/lo/forwarding)"
equal "both routers are still known" "eth0 eth1" "$(learned)"
equal "what an interface takes from them is as it was" "$before" "$(settings)"

in_ns server clarent-xdp detach eth0
clarent-xdp -q purge
equal "set back, they are known still" "eth0 eth1" "$(learned)"
learn
in_ns server sysctl -qw net.ipv6.conf.lo.forwarding=1
equal "set by hand, Linux forgets them" "" "$(learned)"
