#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# A flood from a listed source: all of it gets in, unless the source has a `rate`; what the others
# send gets in either way.
. "${0%/*}/lib.sh"

lan_and_attacker
OTHER4=192.0.2.11 OTHER6=2001:db8::11
clarent-xdp allow $LISTED4,$LISTED6,$OTHER4,$OTHER6 gateway
in_ns server clarent-xdp -q attach eth0

try() { # WHEN SOURCE OTHER DEST
	FLOOD_DEST=$4
	flood 4040 4 "flood,$2,4000,$CLIENT_WIRE" "other,$3,50,$CLIENT_WIRE"
	equal "$1: another source loses nothing" "$(sent other)" "$(arrived other)"
}

try "without rate (IPv4)" $LISTED4 $OTHER4 $SERVER4
equal "without rate: all of it gets in (IPv4)" "$(sent flood)" "$(arrived flood)"
try "without rate (IPv6)" $LISTED6 $OTHER6 $SERVER6
equal "without rate: all of it gets in (IPv6)" "$(sent flood)" "$(arrived flood)"

clarent-xdp allow $LISTED4,$LISTED6 gateway rate 400
clarent-xdp allow $OTHER4,$OTHER6 gateway rate 60
try "rate 400 (IPv4)" $LISTED4 $OTHER4 $SERVER4
flood_within "rate 400: no more gets in (IPv4)" 400 40 "$(arrived flood)"
try "rate 400 (IPv6)" $LISTED6 $OTHER6 $SERVER6
flood_within "rate 400: no more gets in (IPv6)" 400 40 "$(arrived flood)"
equal "the rest is counted as over-rate" 1 "$(($(counted gateway over-rate) > 10000))"
