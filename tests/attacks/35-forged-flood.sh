#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# A flood that forges a listed source: a `rate` alone lets the forger use up what is due to the true
# one.  What tells them apart (`dev`, `min-ttl`, `rpf strict`) is asked first, and a packet that
# fails takes nothing from the limit.
. "${0%/*}/lib.sh"

lan_and_attacker
clarent-xdp allow $LISTED4,$LISTED6 gateway
in_ns server clarent-xdp -q attach eth0
in_ns server clarent-xdp -q attach eth1

both() { # SOURCE DEST
	FLOOD_DEST=$2
	flood 4040 2 "forged,$1,4000,$ATTACKER_WIRE,60" "true,$1,50,$CLIENT_WIRE,255"
}

judge() { # WHEN REASON
	local before

	for family in 4 6; do
		before=$(counted gateway "$2")
		listed=LISTED$family server=SERVER$family
		both "${!listed}" "${!server}"
		equal "$1: none of it gets in (IPv$family)" 0 "$(arrived forged)"
		equal "$1: it is counted as $2 (IPv$family)" "$(sent forged)" \
			"$(($(counted gateway "$2") - before))"
		equal "$1: the true one loses nothing (IPv$family)" "$(sent true)" "$(arrived true)"
	done
}

both $LISTED4 $SERVER4
equal "by its address alone, all of it gets in" "$(sent forged)" "$(arrived forged)"
clarent-xdp allow $LISTED4,$LISTED6 gateway rate 100
both $LISTED4 $SERVER4
flood_within "rate 100: little gets in" 100 10 "$(($(arrived forged) + $(arrived true)))"
equal "rate 100: ... at the true one's cost" 1 "$(($(arrived true) < $(sent true) / 2))"

clarent-xdp allow $LISTED4,$LISTED6 gateway dev eth0
judge "rate and dev" wrong-dev
clarent-xdp allow $LISTED4,$LISTED6 gateway dev any min-ttl 254
judge "rate and min-ttl" low-ttl
clarent-xdp -q apply - force <<-END
	policy gateway rpf strict
	allow $LISTED4 gateway rate 100
	allow $LISTED6 gateway rate 100
END
judge "rate and rpf strict" rpf-failed
