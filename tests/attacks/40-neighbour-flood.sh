#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# A flood that forges the neighbours of listed sources, every address that differs in one bit: who
# lists a wide prefix lets them in; who lists hosts does not, and no forged packet makes the filter
# remember anything.
. "${0%/*}/lib.sh"

lan_and_attacker
in_ns server clarent-xdp -q attach eth0

# All that could grow or be used up: what the entries remember, and the maps' own memory.
footprint() {
	clarent-xdp --json list | jq -c ".entries | map(select(.prefix | startswith(\"$1\") | not))"
	find $PINS -type f ! -name link ! -name check -printf "map show pinned %p\n" |
		bpftool -j batch file - | jq -c '[.. | .bytes_memlock? // empty]'
}

try() { # WHEN HOST DEST
	local before dropped

	FLOOD_DEST=$3
	before=$(footprint "$2") dropped=$(counted gateway unlisted)
	flood 4040 2 "forged,~$2,4000,$CLIENT_WIRE" "true,$2,50,$CLIENT_WIRE"
	equal "$1: the listed host loses nothing" "$(sent true)" "$(arrived true)"
	dropped=$(($(counted gateway unlisted) - dropped))
	equal "$1: each is dropped as unlisted, or gets in" "$(sent forged)" \
		"$((dropped + $(arrived forged)))"
	equal "$1: nothing else is remembered" "$before" "$(footprint "$2")"
}

clarent-xdp allow 192.0.2.0/24,2001:db8::/64 gateway
for words in "$LISTED4 $SERVER4 8 32" "$LISTED6 $SERVER6 64 128"; do
	read -r host server inside bits <<<"$words"
	FLOOD_DEST=$server
	flood 4040 1 "forged,~$host,4000,$CLIENT_WIRE"
	# one of the neighbours within is the server itself: the kernel refuses that one
	equal "a prefix is listed: about $inside in $bits of $host's neighbours get in" 1 \
		"$(($(arrived forged) * bits > $(sent forged) * (inside - 2)))"
done
clarent-xdp -q revoke 192.0.2.0/24,2001:db8::/64 gateway
clarent-xdp allow $LISTED4,$LISTED6,203.0.113.5,2001:db8:5::5 gateway
clarent-xdp allow 198.51.0.0/16,2001:dbf::/32 gateway
try "hosts are listed (IPv4)" $LISTED4 $SERVER4
equal "hosts are listed (IPv4): none gets in" 0 "$(arrived forged)"
try "hosts are listed (IPv6)" $LISTED6 $SERVER6
equal "hosts are listed (IPv6): none gets in" 0 "$(arrived forged)"
