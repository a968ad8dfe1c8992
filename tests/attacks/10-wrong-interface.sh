#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# A listed source, forged on another interface: it gets in by its address, and not past `dev`.
. "${0%/*}/lib.sh"

lan_and_attacker
clarent-xdp allow $LISTED4,$LISTED6 gateway
in_ns server clarent-xdp -q attach eth0
in_ns server clarent-xdp -q attach eth1

both() { # WHEN TRUE FORGED
	local source

	for source in $LISTED4 $LISTED6; do
		equal "$1: $source, where it belongs" "$2" "$(forged "$CLIENT_WIRE" "$source" "${GATEWAY[@]}")"
		equal "$1: $source, forged on eth1" "$3" "$(forged "$ATTACKER_WIRE" "$source" "${GATEWAY[@]}")"
	done
}

both "without dev" "${GATEWAY[*]}" "${GATEWAY[*]}"
check "dev eth0" silent clarent-xdp allow $LISTED4,$LISTED6 gateway dev eth0
both "dev eth0" "${GATEWAY[*]}" none
equal "they are counted as wrong-dev" 6 "$(counted gateway wrong-dev)"
check "dev any" silent clarent-xdp allow $LISTED4,$LISTED6 gateway dev any
both "dev any again" "${GATEWAY[*]}" "${GATEWAY[*]}"

# The name means the attachment, also when the interface comes back under another number.
clarent-xdp allow $LISTED4,$LISTED6 gateway dev eth0
ip -n server link del eth0
wire server eth0 client eth0
address server eth0 $SERVER4/24 $SERVER6/64
address client eth0 $LISTED4/24 $UNLISTED4/24 $LISTED6/64 $UNLISTED6/64
no_kernel_rpf server
CLIENT_WIRE=client,eth0,$(mac_of server eth0)
in_ns server clarent-xdp -q attach eth0
both "eth0 made anew" "${GATEWAY[*]}" none
