#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Every changing verb can be on trial: past its deadline the attached program itself follows the
# former rules, with nobody left to undo anything, and what reads the state agrees.
. "${0%/*}/lib.sh"

VERDICTS=$TESTS/../build/faults/verdicts
[[ -x $VERDICTS ]] || skip_all "not built: make test-programs"
lan
/usr/bin/python3 -B "$TESTS/faults/questions.py" >/run/tmp/frames
verdicts() { in_ns server "$VERDICTS" eth0 </run/tmp/frames; }
settings() { clarent-xdp -q save - | grep -v '^#'; }

cat >/run/tmp/base <<'END'
policy web udp 7000
protect 192.0.2.1 command
protect 192.0.2.2 command
allow 192.0.2.10 command
allow 192.0.2.10 web
allow 192.0.2.10 gateway peer acme
allow 198.51.100.0/24 gateway peer carrier
deny 198.51.100.7 gateway
END
printf 'allow 192.0.2.77 gateway\n' >/run/tmp/other
printf 'allow 203.0.113.0/24 gateway\n' >/run/tmp/carrier
in_ns server clarent-xdp -q attach eth0
clarent-xdp -q apply /run/tmp/base
former_settings=$(settings) former_verdicts=$(verdicts)

# The deadline, which the word of the live generation holds, moved to this very moment.
run_out() {
	local word now

	word=$(bpftool -j map dump pinned $PINS/maps/live | jq -r '.[0].value[0]')
	now=$(awk '{ printf "%.0f", $1 * 1e9 }' /proc/uptime)
	# shellcheck disable=SC2046 # bytes
	bpftool map update pinned $PINS/maps/live key 0 0 0 0 value $(/usr/bin/python3 -c \
		"print(*(($now & ~1) | (int('$word', 16) & 1)).to_bytes(8, 'little'))")
}

# trial WORDS…: the change, on trial, by a caller who is killed at once.
trial() {
	local name="$*"

	setsid bash -c '"$@" >/run/tmp/said 2>&1; touch /run/tmp/done; exec sleep 60' - \
		clarent-xdp -q "$@" confirm 600 &
	for _ in {1..200}; do
		[[ ! -e /run/tmp/done ]] || break
		sleep 0.05
	done
	rm -f /run/tmp/done
	kill -KILL $! 2>/dev/null || true
	wait $! 2>/dev/null || true

	if [[ $(verdicts) == "$former_verdicts" ]]; then
		fail "$name" "on trial, it is not in force: $(</run/tmp/said)"
		clarent-xdp -q confirm 2>/dev/null || true
		return
	fi
	refused "$name: meanwhile other changes are refused" 1 "[0-9]+ s left" \
		clarent-xdp allow 203.0.113.9 gateway
	run_out
	equal "... its time over, packets meet the former rules" "$former_verdicts" "$(verdicts)"
	equal "... save follows them" "$former_settings" "$(settings)"
	refused "... nothing is left to confirm" 1 "nothing waits" clarent-xdp confirm
	equal "... nor has that brought it back" "$former_verdicts" "$(verdicts)"
}

trial allow 192.0.2.77 gateway
trial allow 192.0.2.77 gateway rate 1000000
trial deny 192.0.2.10 gateway
trial revoke 192.0.2.10 gateway
trial revoke peer carrier
trial protect 192.0.2.1 gateway
trial unprotect 192.0.2.2 command
trial protect any command
trial policy lab udp 7100 force
trial policy web delete
trial policy gateway mode closed
trial policy gateway mode monitor
trial policy web tunnel required force
trial fragments drop
trial apply /run/tmp/other force
trial apply /run/tmp/other add
trial apply /run/tmp/carrier peer carrier force

clarent-xdp -q tunnel eth0
clarent-xdp -q policy web tunnel required
former_settings=$(settings) former_verdicts=$(verdicts)
trial tunnel eth0 off force
clarent-xdp -q allow 192.0.2.77 gateway
former_settings=$(settings) former_verdicts=$(verdicts)
trial rollback

