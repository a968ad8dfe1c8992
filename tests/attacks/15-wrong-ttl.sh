#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# A listed source, forged from further away: packets that began with TTL 255 cannot arrive with more
# than is left of it (RFC 5082), so `min-ttl` tells near from far, and `list` says what to ask for.
. "${0%/*}/lib.sh"

lan_and_attacker
clarent-xdp allow $LISTED4,$LISTED6 gateway
in_ns server clarent-xdp -q attach eth0

lowest() { # SOURCE
	clarent-xdp --json list gateway |
		jq --arg source "$1" '.entries[] | select(.prefix | startswith($source)) | .lowest_ttl'
}

for source in $LISTED4 $LISTED6; do
	equal "$source: no TTL was seen yet" null "$(lowest "$source")"
	equal "without min-ttl: $source, from next door" "${GATEWAY[*]}" \
		"$(forged "$CLIENT_WIRE" "$source" "${GATEWAY[@]}" --ttl 255)"
	equal "$source: the lowest TTL is shown" 255 "$(lowest "$source")"
	equal "without min-ttl: $source, forged from ten hops away" "${GATEWAY[*]}" \
		"$(forged "$CLIENT_WIRE" "$source" "${GATEWAY[@]}" --ttl 245)"
	equal "$source: a lower one is shown" 245 "$(lowest "$source")"
	forged "$CLIENT_WIRE" "$source" "${GATEWAY[@]}" --ttl 250 >/run/tmp/unused
	equal "$source: a higher one does not hide it" 245 "$(lowest "$source")"
done
check "min-ttl 254" silent clarent-xdp allow $LISTED4,$LISTED6 gateway min-ttl 254
for source in $LISTED4 $LISTED6; do
	for ttl in 255 254; do
		equal "min-ttl 254: $source with TTL $ttl" "${GATEWAY[*]}" \
			"$(forged "$CLIENT_WIRE" "$source" "${GATEWAY[@]}" --ttl $ttl)"
	done
	for ttl in 253 64 1; do
		equal "min-ttl 254: $source with TTL $ttl" none \
			"$(forged "$CLIENT_WIRE" "$source" "${GATEWAY[@]}" --ttl $ttl)"
	done
	equal "$source: the lowest TTL is what arrived, admitted or not" 1 "$(lowest "$source")"
done
equal "they are counted as low-ttl" 18 "$(counted gateway low-ttl)"
