#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# A VLAN is no way around: the filter on eth0 judges what eth0.7 and eth0.7.8 would be given.
. "${0%/*}/lib.sh"

MTU=1600 lan
ip -n server link add link eth0 name eth0.7 type vlan id 7 2>/dev/null ||
	skip_all "the kernel has no VLAN devices"
ip -n server link add link eth0.7 name eth0.7.8 type vlan id 8
ip -n client link add link eth0 name eth0.7 type vlan id 7
ip -n client link add link eth0.7 name eth0.7.8 type vlan id 8
for dev in eth0.7 eth0.7.8; do
	ip -n server link set $dev mtu 1500 up
	ip -n client link set $dev mtu 1500 up
done
# The subnet of each VLAN, by its device.
address server eth0.7 198.51.100.1/25 2001:db8:7::1/64
address client eth0.7 198.51.100.10/25 198.51.100.66/25 2001:db8:7::10/64 2001:db8:7::66/64
address server eth0.7.8 198.51.100.129/25 2001:db8:8::1/64
address client eth0.7.8 198.51.100.138/25 198.51.100.194/25 2001:db8:8::10/64 2001:db8:8::66/64
clarent-xdp allow 198.51.100.10,198.51.100.138,2001:db8:7::10,2001:db8:8::10 gateway

judge() { # WHEN LISTED UNLISTED SERVER
	equal "$1: $2 is listed" "${GATEWAY[*]} 53" \
		"$(traffic udp client "$2" server "$4" "${GUARDED[@]}" 53)"
	equal "$1: $3 is not" 53 "$(traffic udp client "$3" server "$4" "${GUARDED[@]}" 53)"
	equal "$1: $3 is not, in fragments" 53 \
		"$(traffic udp client "$3" server "$4" "${GUARDED[@]}" 53 --size 4000)"
}

for mode in native generic; do
	in_ns server clarent-xdp -q attach eth0 mode $mode
	judge "$mode, eth0.7" 198.51.100.10 198.51.100.66 198.51.100.1
	judge "$mode, eth0.7" 2001:db8:7::10 2001:db8:7::66 2001:db8:7::1
	judge "$mode, eth0.7.8" 198.51.100.138 198.51.100.194 198.51.100.129
	judge "$mode, eth0.7.8" 2001:db8:8::10 2001:db8:8::66 2001:db8:8::1
	in_ns server clarent-xdp -q detach eth0
done

in_ns server clarent-xdp -q attach eth0.7 mode generic
judge "attached to eth0.7" 198.51.100.10 198.51.100.66 198.51.100.1
