#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Peers and comments take the room that they need: killed while it grows, and read meanwhile, none is lost.
. "${0%/*}/lib.sh"

lan
texts=$PINS/maps/texts
room() { bpftool -j map show pinned "$texts" | jq .max_entries; }
commented() { # COUNT [FIRST]
	awk -v count="$1" -v first="${2:-0}" 'BEGIN {
		for (i = first; i < first + count; i++)
			printf "allow 10.%d.%d.%d gateway comment \"the caller %d\"\n",
				int(i / 65536), int(i / 256) % 256, i % 256, i
	}'
}
saved() { clarent-xdp -q save - | grep -v '^#'; }

# given WORDS…: what the story takes for granted.
given() {
	local output

	output=$(in_ns server clarent-xdp -q "$@" 2>&1) || fail "given: $*" "exit $?: $output"
}

given attach eth0
given allow $LISTED4 gateway comment 'the first'
equal "few texts take little room" 4096 "$(room)"
commented 4000 >/run/tmp/few
given apply /run/tmp/few force
equal "... and stay there" 4096 "$(room)"
commented 20000 >/run/tmp/many
before=$(saved)
check "many more" clarent-xdp -q apply /run/tmp/many force
check "... take more" test "$(room)" -gt 20000
equal "... and all are there" "$(sort /run/tmp/many)" "$(saved | sort)"
after=$(saved)
given rollback
equal "... those of before, too" "$before" "$(saved)"
check "attached as before" in_ns server clarent-xdp -q attach eth0
equal "few again are no less" "$before" "$(saved)"

# Killed at any call of it.  Each starts from an instance that has room for few.
fresh() {
	in_ns server clarent-xdp -q detach all 2>/dev/null || true
	given purge
	given apply /run/tmp/few force
	in_ns server clarent-xdp -q attach eth0
}
for call in rename:1 rename:2 unlink:1 unlink:2 bpf; do
	wrong="" count=0
	name=${call%%:*} when=${call#*:}
	[[ $name != bpf ]] || when="40 60 80 100 120"
	for at in $when; do
		fresh
		(strace -f -qqq -o /dev/null -e trace="/$name" -e inject="/$name:signal=KILL:when=$at" -- \
			clarent-xdp -q apply /run/tmp/many force
		exit $?) >/dev/null 2>&1 || true
		now=$(saved)
		[[ $now == "$before" || $now == "$after" ]] || wrong+="$at: lost. "
		clarent-xdp -q apply /run/tmp/many force || wrong+="$at: refused. "
		[[ $(saved) == "$after" ]] || wrong+="$at: and not made up for. "
		[[ ! -e $texts~ ]] || wrong+="$at: left over. "
		count=$((count + 1))
	done
	equal "killed at $call, $count times: nothing is lost, and the next does it" "" "$wrong"
done

# Read while it grows: the old or the new, with all their words.
wrong="" at=1 status=0
fresh
while ((status != 99 && at < 300)); do
	status=0
	clarent-xdp -q purge 2>/dev/null || { in_ns server clarent-xdp -q detach all; given purge; }
	given apply /run/tmp/few force
	/usr/bin/python3 -B "$TESTS/control/meanwhile.py" $at \
		"$CLARENT_XDP -q apply /run/tmp/many force" "$CLARENT_XDP" save - >/run/tmp/read 2>/dev/null || status=$?
	grep -v '^#' /run/tmp/read >/run/tmp/lines || true
	[[ $status == 99 || $(cat /run/tmp/lines) == "$before" || $(cat /run/tmp/lines) == "$after" ]] ||
		wrong+="call $at. "
	at=$((at + 9))
done
equal "read while it grows: of before or after, with all its words" "" "$wrong"

given purge
check "nothing is left" test ! -e "$PINS/maps"
