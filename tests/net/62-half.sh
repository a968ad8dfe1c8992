#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# An attach or detach that is killed has happened or has not: `status` and the kernel agree, and the
# next change clears away what was left.
. "${0%/*}/lib.sh"

command -v strace >/dev/null || skip_all "needs strace"
lan
clarent-xdp allow $LISTED4 gateway

# strace starts programs only, not functions.
cat >/run/bin/in_server <<'END'
#!/bin/bash
exec nsenter --net=/run/netns/server -- clarent-xdp -q "$@"
END
chmod +x /run/bin/in_server

shown() { clarent-xdp -j status | jq -r '.attached[].interface'; }
in_kernel() { attached | cut -d' ' -f2; }
pins() { find $PINS/attachments -type f 2>/dev/null | wc -l; }

detached() { [[ -z $(in_kernel) ]] || in_server detach eth0; }
attached_once() { [[ -n $(in_kernel) ]] || in_server attach eth0; }

# killed_at N CALL VERB: true if the verb was killed as it made its N-th such call.
killed_at() {
	local status=0

	# a shell that stays, to say "Killed" where nobody reads it
	(strace -f -qqq -o /dev/null -e "trace=$2" -e "inject=$2:signal=KILL:when=$1" -- \
		in_server "$3" eth0
	exit $?) >/dev/null 2>&1 || status=$?
	((status == 137))
}

# half VERB BEFORE CALL LAST: kills the verb at the LAST of its calls of a kind, in turn.
half() {
	local verb=$1 before=$2 call=$3 last=$4 wrong='' count first

	$before
	strace -f -qqq -o /run/tmp/calls -e "trace=$call" -e signal=none -- in_server "$verb" eth0
	count=$(grep -c "$call(" /run/tmp/calls || true)
	((count > 0)) || wrong="it makes no such call"
	first=$((count > last ? count - last + 1 : 1))
	for ((n = first; n <= count; n++)); do
		$before
		killed_at "$n" "$call" "$verb" || wrong+="call $n: not killed. "
		[[ $(shown) == "$(in_kernel)" ]] ||
			wrong+="call $n: the kernel has '$(in_kernel)', status shows '$(shown)'. "
		clarent-xdp allow $LISTED4 gateway comment "$n"
		[[ $(pins) == $(($(in_kernel | wc -w) * 3)) ]] ||
			wrong+="call $n: then $(pins) pins for '$(in_kernel)'. "
	done
	equal "$verb killed at $call $first to $count" "" "$wrong"
}

half attach detached bpf 8
half attach detached mkdir 8
half attach detached rename 8
half detach attached_once unlink 8
half detach attached_once unlinkat 8
half detach attached_once rmdir 8

# An instance that was killed as it was made, behind its last pin but the one that seals it: whatever
# maps it has are known as its own, by readers and by the next who makes it.
in_server detach all || true
clarent-xdp -q purge
clarent-xdp -q allow $LISTED4 gateway
rm $PINS/maps/meta
equal "not sealed: it reads as one that is not there" "[]" "$(clarent-xdp --json list | jq -c .entries)"
check "... and is made by the next" clarent-xdp -q allow $LISTED4 gateway
equal "... whole" "$LISTED4" "$(clarent-xdp --json list | jq -r '.entries[].prefix | split("/")[0]')"
