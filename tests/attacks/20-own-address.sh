#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The server's own address as source, inside a prefix that is listed.  Linux refuses such IPv4
# packets by itself, and takes the IPv6 ones; `rpf` refuses both.
. "${0%/*}/lib.sh"

lan_and_attacker
OTHER4=198.51.100.1 OTHER6=2001:db8:51::1 # the server's, too, on another interface

own() { # WHEN IPV4 IPV6
	local source

	for source in $SERVER4 $OTHER4; do
		equal "$1: own address $source" "$2" "$(forged "$CLIENT_WIRE" "$source" "${GATEWAY[@]}")"
	done
	for source in $SERVER6 $OTHER6; do
		equal "$1: own address $source" "$3" "$(forged "$CLIENT_WIRE" "$source" "${GATEWAY[@]}")"
	done
}

own "no filter" none "${GATEWAY[*]}"
clarent-xdp allow 192.0.2.0/24,198.51.100.0/24,2001:db8::/32 gateway
in_ns server clarent-xdp -q attach eth0
own "without rpf" none "${GATEWAY[*]}"
equal "without rpf, the filter let in even those that the kernel refused" 6 \
	"$(($(counted gateway allowed) - 2 * ${#GATEWAY[@]}))"
for rpf in loose strict; do
	clarent-xdp -q policy gateway rpf $rpf
	before=$(counted gateway bogus-source)
	own "rpf $rpf" none none
	equal "rpf $rpf: all are counted as bogus-source" 12 \
		"$(($(counted gateway bogus-source) - before))"
	equal "rpf $rpf: a host of the same prefix gets in (IPv4)" "${GATEWAY[*]}" \
		"$(forged "$CLIENT_WIRE" $LISTED4 "${GATEWAY[@]}")"
	equal "rpf $rpf: a host of the same prefix gets in (IPv6)" "${GATEWAY[*]}" \
		"$(forged "$CLIENT_WIRE" $LISTED6 "${GATEWAY[@]}")"
done
