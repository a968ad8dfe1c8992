#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The filter needs no process: lists before attach, the filter after it, lists after detach.
. "${0%/*}/lib.sh"

lan

# gone KIND ID…: the kernel frees them a little after the last pin.
gone() {
	local kind=$1 id

	shift
	for id; do
		for _ in {1..40}; do
			bpftool "$kind" show id "$id" >/dev/null 2>&1 || continue 2
			sleep 0.05
		done
		return 1
	done
}

clarent-xdp allow $LISTED4,$LISTED6 gateway
equal "allow before attach filters nothing" "${GUARDED[*]}" "$(arrives $UNLISTED4 "${GUARDED[@]}")"
check "list shows it" grep -q "$LISTED4" <(clarent-xdp list gateway)

in_ns server clarent-xdp -q attach eth0
equal "the first attach enforces what was listed before" "${GATEWAY[*]}" \
	"$(arrives $LISTED4 "${GUARDED[@]}")"
equal "... against all others" none "$(arrives $UNLISTED6 "${GUARDED[@]}")"
# shellcheck disable=SC2009 # by the whole line
equal "no process is left" "" "$(ps -e -o comm= | grep -vxE 'bash|ps|grep' || true)"

before=$(state)
in_ns server clarent-xdp -q attach eth0
equal "attach again succeeds" "${GATEWAY[*]}" "$(arrives $LISTED6 "${GUARDED[@]}")"
equal "... and changes no setting" "$(head -n 20 <<<"$before")" "$(state | head -n 20)"

refused "purge is refused while attached" 1 "^clarent-xdp: purge: .*eth0" clarent-xdp purge
equal "... and the filter holds" none "$(arrives $UNLISTED4 "${GUARDED[@]}")"

program=$(ip -n server -j link show eth0 | jq '.[].xdp.prog.id')
in_ns server clarent-xdp -q detach eth0
equal "after detach everything arrives" "${GUARDED[*]}" "$(arrives $UNLISTED4 "${GUARDED[@]}")"
equal "... no program is on the interface" "" "$(attached)"
check "... nor in the kernel" gone prog "$program"
check "... and the lists remain" grep -q "$LISTED4" <(clarent-xdp list gateway)
refused "detach of what is not attached is refused" 1 "^clarent-xdp: detach: 'eth0': " \
	in_ns server clarent-xdp detach eth0

in_ns server clarent-xdp -q attach eth0
equal "attached again: the same lists" "${GATEWAY[*]}" "$(arrives $LISTED6 "${GUARDED[@]}")"
check "detach all" in_ns server clarent-xdp -q detach all
equal "... leaves nothing attached" "" "$(attached)"

maps=$(for pin in "$PINS"/*_acl*; do bpftool -j map show pinned "$pin" | jq .id; done)
check "purge" clarent-xdp -q purge
equal "... leaves no pin" "" "$(ls $PINS 2>/dev/null)"
# shellcheck disable=SC2086 # ids
check "... no map" gone map $maps
check "... and an empty list" silent test -z "$(clarent-xdp list gateway | grep "$LISTED4" || true)"
