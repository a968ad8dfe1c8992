#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# SIP-size datagrams: from a listed source they arrive, from an unlisted one nothing does, and with
# `fragments drop` no fragment passes at all.
. "${0%/*}/lib.sh"

lan
clarent-xdp allow $LISTED4,$LISTED6 gateway

judge() { # WHEN
	local size

	for size in 1600 3000 8000; do
		equal "$1: $size bytes from a listed source (IPv4)" "${GATEWAY[*]} 5060" \
			"$(arrives $LISTED4 "${GUARDED[@]}" 5060 --size $size)"
		equal "$1: $size bytes from a listed source (IPv6)" "${GATEWAY[*]} 5060" \
			"$(arrives $LISTED6 "${GUARDED[@]}" 5060 --size $size)"
		equal "$1: $size bytes from an unlisted source (IPv4)" 5060 \
			"$(arrives $UNLISTED4 "${GUARDED[@]}" 5060 --size $size)"
		equal "$1: $size bytes from an unlisted source (IPv6)" 5060 \
			"$(arrives $UNLISTED6 "${GUARDED[@]}" 5060 --size $size)"
	done
}

for mode in native generic; do
	in_ns server clarent-xdp -q attach eth0 mode $mode
	judge $mode
	in_ns server clarent-xdp -q detach eth0
done

in_ns server clarent-xdp -q attach eth0
clarent-xdp fragments drop 2>/run/tmp/warnings
check "fragments drop warns" grep -q "^clarent-xdp: warning: " /run/tmp/warnings
for source in $LISTED4 $LISTED6; do
	equal "fragments drop: none for $source" none \
		"$(arrives "$source" "${GATEWAY[@]}" 5060 --size 1600)"
	equal "fragments drop: $source, whole" "${GATEWAY[*]} 5060" \
		"$(arrives "$source" "${GATEWAY[@]}" 5060)"
done
check "they are counted by reason" grep -qw fragment <(clarent-xdp stats)
clarent-xdp -q fragments pass
judge "fragments pass"
