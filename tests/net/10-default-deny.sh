#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Default deny per policy: who is not listed reaches none of the five ports, who is listed reaches
# those of that policy, and everything else is as if there were no filter.
. "${0%/*}/lib.sh"

lan
ALL=("${GUARDED[@]}" "${NEIGHBOURS[@]}")

# untouched WHEN SOURCE SERVER
untouched() {
	equal "$1: $2 reaches every other port" "${NEIGHBOURS[*]} 7 53 123 65535" \
		"$(arrives "$2" "${NEIGHBOURS[@]}" 7 53 123 65535)"
	equal "$1: $2 has TCP, on the five ports too" "22 ${GUARDED[*]}" \
		"$(traffic tcp client "$2" server "$3" 22 "${GUARDED[@]}" --size 50000)"
	check "$1: $2 has ICMP" in_ns client ping -n -q -c 2 -i 0.01 -W 2 -I "$2" "$3"
}

judge() { # WHEN
	equal "$1: unlisted IPv4 reaches none of the five" none "$(arrives $UNLISTED4 "${GUARDED[@]}")"
	equal "$1: unlisted IPv6 reaches none of the five" none "$(arrives $UNLISTED6 "${GUARDED[@]}")"
	equal "$1: gateway's IPv4 reaches its ports" "${GATEWAY[*]}" "$(arrives $LISTED4 "${GUARDED[@]}")"
	equal "$1: gateway's IPv6 reaches its ports" "${GATEWAY[*]}" "$(arrives $LISTED6 "${GUARDED[@]}")"
	untouched "$1" $LISTED4 $SERVER4
	untouched "$1" $UNLISTED4 $SERVER4
	untouched "$1" $UNLISTED6 $SERVER6
}

equal "bare: everything arrives (IPv4)" "${ALL[*]}" "$(arrives $UNLISTED4 "${ALL[@]}")"
equal "bare: everything arrives (IPv6)" "${ALL[*]}" "$(arrives $UNLISTED6 "${ALL[@]}")"

in_ns server clarent-xdp attach eth0 2>/run/tmp/warnings
check "attach warns that the empty lists close the ports" \
	grep -q "^clarent-xdp: warning: .*closed" /run/tmp/warnings
equal "empty list: nobody is admitted (IPv4)" none "$(arrives $LISTED4 "${GUARDED[@]}")"
equal "empty list: nobody is admitted (IPv6)" none "$(arrives $LISTED6 "${GUARDED[@]}")"

check "allow says nothing" silent clarent-xdp allow $LISTED4 gateway
equal "IPv4's list does not answer for IPv6" none "$(arrives $LISTED6 "${GUARDED[@]}")"
clarent-xdp allow $LISTED6 clarent-Gateway
judge native

ip -n server neigh flush all
ip -n client neigh flush all
judge "native, neighbours forgotten"

clarent-xdp allow $LISTED4 command
equal "listed in both: reaches both" "${GUARDED[*]}" "$(arrives $LISTED4 "${GUARDED[@]}")"
clarent-xdp -q revoke $LISTED4 command
equal "revoked: reaches one" "${GATEWAY[*]}" "$(arrives $LISTED4 "${GUARDED[@]}")"

in_ns server clarent-xdp detach eth0
in_ns server clarent-xdp attach eth0 mode generic
judge generic
ip -n server neigh flush all
ip -n client neigh flush all
judge "generic, neighbours forgotten"
