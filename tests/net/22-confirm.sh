#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# confirm: a change that nobody confirms is undone by the fast path itself, whoever is gone by then.
. "${0%/*}/lib.sh"

lan
SECONDS_LEFT=6
in_ns server clarent-xdp -q attach eth0

# due: waits until what was changed at $begun is due.
due() {
	while (($(date +%s) <= begun + SECONDS_LEFT)); do
		sleep 0.2
	done
}

# trial COMMAND…: with SECONDS_LEFT to confirm it.
trial() {
	begun=$(date +%s)
	in_ns server clarent-xdp -q "$@" confirm ${SECONDS_LEFT}s
}

trial allow $LISTED4 gateway
equal "a change on trial is in force" "${GATEWAY[*]}" "$(arrives $LISTED4 "${GATEWAY[@]}")"
refused "meanwhile other changes are refused" 1 "^clarent-xdp: allow: .*[0-9]+ s" \
	clarent-xdp allow $LISTED6 gateway
due
equal "unconfirmed, it is undone" none "$(arrives $LISTED4 "${GATEWAY[@]}")"
check "... list agrees" silent grep -vq "$LISTED4" <(clarent-xdp list && echo)
refused "... there is nothing left to confirm" 1 "^clarent-xdp: confirm: " clarent-xdp confirm
check "... the next change works" clarent-xdp allow $LISTED6 gateway
equal "... and only that one is there" "${GATEWAY[*]} none" \
	"$(arrives $LISTED6 "${GATEWAY[@]}") $(arrives $LISTED4 "${GATEWAY[@]}")"

trial allow $LISTED4 gateway
check "confirm" clarent-xdp confirm
due
equal "confirmed, it stays" "${GATEWAY[*]}" "$(arrives $LISTED4 "${GATEWAY[@]}")"

check "rollback" clarent-xdp -q rollback
equal "... undoes the last change" none "$(arrives $LISTED4 "${GATEWAY[@]}")"
equal "... and no other" "${GATEWAY[*]}" "$(arrives $LISTED6 "${GATEWAY[@]}")"

trial detach eth0
equal "detach on trial passes everything" "${GUARDED[*]}" "$(arrives $UNLISTED4 "${GUARDED[@]}")"
refused "... check does not say otherwise" 1 "eth0.* passes everything" \
	in_ns server clarent-xdp check $UNLISTED4 port 4040
due
equal "... unconfirmed, it filters again" none "$(arrives $UNLISTED4 "${GUARDED[@]}")"
equal "... and so says check" 3 \
	"$(in_ns server clarent-xdp check $UNLISTED4 port 4040 >/run/tmp/check && echo || echo $?)"
trial detach eth0
check "... confirmed" in_ns server clarent-xdp confirm
equal "... nothing is attached" "" "$(attached)"

trial attach eth0
equal "attach on trial filters" none "$(arrives $UNLISTED4 "${GUARDED[@]}")"
due
equal "... unconfirmed, everything passes" "${GUARDED[*]}" "$(arrives $UNLISTED4 "${GUARDED[@]}")"
check "... status says so" grep -qi "not confirmed" <(clarent-xdp status)
trial attach eth0
check "... confirmed" in_ns server clarent-xdp confirm
due
equal "... it stays" none "$(arrives $UNLISTED4 "${GUARDED[@]}")"

# What passed meanwhile was not judged, and is no sign that nothing is.
clarent-xdp -q detach all
in_ns server clarent-xdp -q attach eth0
trial detach eth0
for _ in {1..4}; do
	arrives $UNLISTED4 "${GUARDED[@]}" >/dev/null
done
check "rollback of a detach on trial" in_ns server clarent-xdp -q rollback
check "... status says that it filters" in_ns server clarent-xdp status eth0
trial detach eth0
for _ in {1..4}; do
	arrives $UNLISTED4 "${GUARDED[@]}" >/dev/null
done
due
check "... so when one has lapsed" in_ns server clarent-xdp status eth0

# Of several that are detached on trial, all are judged again at one moment: until when each of
# the programs lets everything pass is a constant of it.
wire server eth1 other eth1
in_ns server clarent-xdp -q attach eth1
gates() {
	local id map
	for id in $(in_ns server clarent-xdp -j status | jq '.attached[].program'); do
		for map in $(bpftool -j prog show id "$id" | jq '.map_ids[]'); do
			bpftool -j map show id "$map" | jq -e '.name == ".rodata.self"' >/dev/null &&
				bpftool -j map dump id "$map" | jq '.. | objects | .gate? // empty'
		done
	done
}
in_ns server clarent-xdp -q detach all confirm 600
equal "all detached on trial: with one deadline" "2 1" "$(gates | wc -l) $(gates | uniq | wc -l)"
