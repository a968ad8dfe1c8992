#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# kill -9 in the middle of any change leaves the old state or the new, and the next command works.
. "${0%/*}/lib.sh"

command -v strace >/dev/null || skip_all "needs strace"
lan
POINTS=${POINTS:-5} # places at which each verb is killed

# The calls by which a change reaches the kernel.
CALLS=bpf,renameat2,rename,unlink,mkdir,rmdir,fsync

# kill_points COMMAND…: numbers of calls, spread over all that the command makes, the last
# included.  The command is carried out once.
kill_points() {
	local count

	strace -f -qq -o /run/tmp/calls -e trace=$CALLS -- "$@" >/dev/null 2>&1
	count=$(grep -c '(' /run/tmp/calls)
	seq 1 $((count / POINTS + 1)) "$count"
	echo "$count"
}

# kill_at N COMMAND…: kills the command as it makes its N-th call.
kill_at() {
	local when=$1

	shift
	{
		strace -f -qqq -o /dev/null -e trace=$CALLS -e "inject=$CALLS:signal=KILL:when=$when" \
			-- "$@" || true
	} >/dev/null 2>&1 # the shell's "Killed" too
}

# sweep NAME BEFORE AFTER UNDO COMMAND…: kills the command at its calls in turn.  BEFORE and AFTER
# are where the listed source may arrive meanwhile; the unlisted one arrives nowhere.
sweep() {
	local name=$1 before=$2 after=$3 undo=$4 when got errors=''

	shift 4
	for when in $(kill_points "$@"); do
		$undo
		kill_at "$when" "$@"
		got=$(arrives $LISTED4 "${GUARDED[@]}")
		[[ $got == "$before" || $got == "$after" ]] || errors+="call $when: listed reaches $got. "
		got=$(arrives $UNLISTED4 "${GUARDED[@]}")
		[[ $got == none ]] || errors+="call $when: unlisted reaches $got. "
		clarent-xdp -j status >/dev/null 2>&1 || errors+="call $when: status fails. "
		"$@" >/dev/null 2>/run/tmp/errors || errors+="call $when: then: $(</run/tmp/errors). "
		got=$(arrives $LISTED4 "${GUARDED[@]}")
		[[ $got == "$after" ]] || errors+="call $when: then listed reaches $got. "
	done
	equal "$name: killed at call 1 to $when" "" "$errors"
}

xdp() { clarent-xdp -q "$@"; }
nothing() { :; }
only_gateway() {
	printf 'allow %s gateway\n' $LISTED4 | xdp apply - force
}
nobody() { xdp revoke $LISTED4 gateway || true; }

xdp --netns server attach eth0
sweep allow none "${GATEWAY[*]}" nobody clarent-xdp -q allow $LISTED4 gateway
sweep "allow again" "${GATEWAY[*]}" "${GATEWAY[*]}" nothing \
	clarent-xdp -q allow $LISTED4 gateway rate 100
sweep "attach again" "${GATEWAY[*]}" "${GATEWAY[*]}" nothing \
	clarent-xdp -q --netns server attach eth0
printf 'allow %s gateway\nallow %s command\n' $LISTED4 $LISTED4 >/run/tmp/policy
sweep apply "${GATEWAY[*]}" "${GUARDED[*]}" only_gateway clarent-xdp -q apply /run/tmp/policy force
sweep deny "${GATEWAY[*]}" none only_gateway clarent-xdp -q deny $LISTED4 gateway
only_gateway

# attach and detach themselves: filtered or not, never half, and the next one works.
errors=''
for when in $(kill_points clarent-xdp -q --netns server detach eth0); do
	xdp --netns server attach eth0
	kill_at "$when" clarent-xdp -q --netns server detach eth0
	got=$(arrives $UNLISTED4 "${GUARDED[@]}")
	[[ $got == none || $got == "${GUARDED[*]}" ]] || errors+="call $when: unlisted reaches $got. "
	xdp --netns server detach eth0 2>/dev/null || true
	[[ -z $(attached) ]] || errors+="call $when: then detach leaves $(attached). "
done
equal "detach: killed at call 1 to $when" "" "$errors"

errors=''
for when in $(kill_points clarent-xdp -q --netns server attach eth0); do
	xdp --netns server detach eth0 2>/dev/null || true
	kill_at "$when" clarent-xdp -q --netns server attach eth0
	got=$(arrives $UNLISTED4 "${GUARDED[@]}")
	[[ $got == none || $got == "${GUARDED[*]}" ]] || errors+="call $when: unlisted reaches $got. "
	xdp --netns server attach eth0 2>/run/tmp/errors ||
		errors+="call $when: then: $(</run/tmp/errors). "
	got=$(arrives $UNLISTED4 "${GUARDED[@]}")
	[[ $got == none ]] || errors+="call $when: then unlisted reaches $got. "
done
equal "attach: killed at call 1 to $when" "" "$errors"
