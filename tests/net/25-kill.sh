#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# kill -9 at any bpf() call of any verb leaves the old state or the new, and the next command works.
. "${0%/*}/lib.sh"

command -v strace >/dev/null || skip_all "needs strace"
lan
STRIDE=${STRIDE:-3} # every so many calls

# kill_at N COMMAND…: succeeds if the command was killed, fails if it ended before its N-th call.
kill_at() {
	local when=$1 status=0

	shift
	strace -f -qqq -o /dev/null -e trace=bpf -e "inject=bpf:signal=KILL:when=$when" -- "$@" \
		>/dev/null 2>&1 || status=$?
	((status == 137))
}

# sweep NAME BEFORE AFTER COMMAND…: kills the command at its calls in turn.  BEFORE and AFTER are
# where the listed source may arrive meanwhile; the unlisted one arrives nowhere.
sweep() {
	local name=$1 before=$2 after=$3 when got errors=

	shift 3
	for ((when = 1; when < 300; when += STRIDE)); do
		kill_at $when "$@" || break
		got=$(arrives $LISTED4 "${GUARDED[@]}")
		[[ $got == "$before" || $got == "$after" ]] || errors+="call $when: listed reaches $got. "
		got=$(arrives $UNLISTED4 "${GUARDED[@]}")
		[[ $got == none ]] || errors+="call $when: unlisted reaches $got. "
		clarent-xdp status >/dev/null 2>&1 || errors+="call $when: status fails. "
	done
	((when > 1)) || errors+="never killed. "
	((when < 300)) || errors+="never ended. "
	equal "$name: killed at $(((when - 1) / STRIDE)) calls, old state or new" "" "$errors"
	check "$name: then it works" "$@"
	equal "$name: ... with its full effect" "$after" "$(arrives $LISTED4 "${GUARDED[@]}")"
}

in_ns server clarent-xdp -q attach eth0
sweep allow none "${GATEWAY[*]}" clarent-xdp -q allow $LISTED4 gateway
sweep "allow again" "${GATEWAY[*]}" "${GATEWAY[*]}" \
	clarent-xdp -q allow $LISTED4 gateway comment again
sweep attach "${GATEWAY[*]}" "${GATEWAY[*]}" in_ns server clarent-xdp -q attach eth0
printf 'allow %s gateway\nallow %s command\n' $LISTED4 $LISTED4 >/run/tmp/policy
sweep apply "${GATEWAY[*]}" "${GUARDED[*]}" clarent-xdp -q apply /run/tmp/policy force
check "revoke command" clarent-xdp -q revoke $LISTED4 command
sweep deny "${GATEWAY[*]}" none clarent-xdp -q deny $LISTED4 gateway

# An attach cut short leaves the interface as it was or filtered, and the next one works.
in_ns server clarent-xdp -q detach eth0
clarent-xdp -q allow $LISTED4 gateway
errors=
for ((when = 1; when < 300; when += STRIDE)); do
	kill_at $when in_ns server clarent-xdp -q attach eth0 || break
	got=$(arrives $UNLISTED4 "${GUARDED[@]}")
	[[ $got == none || $got == "${GUARDED[*]}" ]] || errors+="call $when: $got. "
	in_ns server clarent-xdp -q attach eth0 || errors+="call $when: attach fails after it. "
	got=$(arrives $UNLISTED4 "${GUARDED[@]}")
	[[ $got == none ]] || errors+="call $when: then unlisted reaches $got. "
	in_ns server clarent-xdp -q detach eth0 || errors+="call $when: detach fails after it. "
	got=$(arrives $UNLISTED4 "${GUARDED[@]}")
	[[ $got == "${GUARDED[*]}" ]] || errors+="call $when: detached, unlisted reaches $got. "
done
equal "first attach: killed at $(((when - 1) / STRIDE)) calls, the next one works" "" "$errors"
