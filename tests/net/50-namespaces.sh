#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Two namespaces, an eth0 in each: one instance filters both, and tells them apart.
. "${0%/*}/lib.sh"

for name in red blue; do
	wire $name eth0 client $name
done
address red eth0 $SERVER4/25 $SERVER6/64
address client red $LISTED4/25 $UNLISTED4/25 $LISTED6/64 $UNLISTED6/64
address blue eth0 192.0.2.129/25
address client blue 192.0.2.138/25 192.0.2.194/25

red() { traffic udp client "$1" red $SERVER4 "${GUARDED[@]}"; }
blue() { traffic udp client "$1" blue 192.0.2.129 "${GUARDED[@]}"; }

clarent-xdp -q --netns red attach eth0
equal "red is filtered" none "$(red $UNLISTED4)"
equal "blue is not yet" "${GUARDED[*]}" "$(blue 192.0.2.194)"
clarent-xdp -q --netns blue attach eth0
equal "both: red" none "$(red $UNLISTED4)"
equal "both: blue" none "$(blue 192.0.2.194)"
clarent-xdp allow $LISTED4,192.0.2.138 gateway
equal "one list serves both: red" "${GATEWAY[*]}" "$(red $LISTED4)"
equal "one list serves both: blue" "${GATEWAY[*]}" "$(blue 192.0.2.138)"
equal "status tells them apart" "blue red" \
	"$(clarent-xdp status | grep -E 'eth0' | grep -oE '\b(red|blue)\b' | sort -u | xargs)"

clarent-xdp -q --netns red detach eth0
equal "red detached: red is open" "${GUARDED[*]}" "$(red $UNLISTED4)"
equal "red detached: blue is filtered" none "$(blue 192.0.2.194)"
refused "red's eth0 is no longer attached" 1 "^clarent-xdp: detach: 'eth0': " \
	clarent-xdp --netns red detach eth0
check "attach red again" clarent-xdp -q --netns red attach eth0
check "detach all takes both" clarent-xdp -q detach all
equal "detached: red" "${GUARDED[*]}" "$(red $UNLISTED4)"
equal "detached: blue" "${GUARDED[*]}" "$(blue 192.0.2.194)"
