#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# bpffs missing, and a private /sys: attach mounts what outlives it, or refuses with the way out.
. "${0%/*}/lib.sh"

lan
clarent-xdp -q allow $LISTED4 gateway

# filtered_or_refused NAME COMMAND…: never a success that ends with the command.
filtered_or_refused() {
	local name=$1 status=0 output got

	shift
	output=$("$@" 2>&1) || status=$?
	got=$(arrives $UNLISTED4 "${GUARDED[@]}")
	if ((status == 0)); then
		equal "$name: done, and filtered" none "$got"
	elif [[ $status != 1 || $output != "clarent-xdp: attach: "*"--netns"* ]]; then
		fail "$name: refused, naming --netns" "exit $status: $output"
	else
		pass "$name: refused, naming --netns"
		equal "$name: ... and nothing is half done" "${GUARDED[*]}" "$got"
	fi
	in_ns server clarent-xdp -q detach all 2>/dev/null || true
}

# An instance that cannot be seen is not taken for none, whatever the verb.
in_ns server clarent-xdp -q attach eth0
clarent-xdp -q save
for words in status "status eth0" list peers policies stats history ports "check $LISTED4" "save -" \
	"allow $UNLISTED4 gateway" "revoke $LISTED4 gateway" "apply /etc/clarent-xdp/policy" \
	"apply /etc/clarent-xdp/policy dry-run" "detach eth0" "detach all" confirm rollback purge \
	"purge files"; do
	# shellcheck disable=SC2086 # words
	refused "ip netns exec: $words" 1 "^clarent-xdp: ${words%% *}: '$PINS': .*private.*--netns" \
		ip netns exec server clarent-xdp $words
done
refused "... from a shell in there" 1 "--netns" ip netns exec server bash -c "clarent-xdp status; exit"
refused "... with a directory of one's own that is not there" 1 "--netns" \
	ip netns exec server clarent-xdp --bpffs /sys/fs/bpf/own status
check "... it is seen with --netns" clarent-xdp --netns server status eth0
equal "... and in force" none "$(arrives $UNLISTED4 "${GUARDED[@]}")"
check "what asks for no filter is answered there" \
	ip netns exec server clarent-xdp ports /etc/clarent-xdp/policy
clarent-xdp --netns server -q detach eth0

filtered_or_refused "ip netns exec" ip netns exec server clarent-xdp -q attach eth0

mount -t bpf -o mode=700 bpf /run/tmp
filtered_or_refused "ip netns exec, a bpffs that it sees" \
	ip netns exec server clarent-xdp -q --bpffs /run/tmp/own attach eth0
in_ns server clarent-xdp -q --bpffs /run/tmp/own detach all 2>/dev/null || true
umount -l /run/tmp

clarent-xdp -q purge
umount /sys/fs/bpf
filtered_or_refused "bpffs missing, a private mount namespace" \
	in_ns server unshare --mount clarent-xdp -q attach eth0
equal "... and no mount is left" "" "$(findmnt -n /sys/fs/bpf || true)"

check "bpffs missing: attach mounts it" in_ns server clarent-xdp -q attach eth0
check "... as bpf" grep -q " /sys/fs/bpf .* bpf " /proc/self/mountinfo
check "... for root alone" grep -qE '^1?700$' <(stat -c %a /sys/fs/bpf)
equal "... and the filter holds" none "$(arrives $UNLISTED4 "${GUARDED[@]}")"
in_ns server clarent-xdp -q detach eth0
clarent-xdp -q purge
umount /sys/fs/bpf

refused "not mountable: says why" 1 "^clarent-xdp: attach: '/sys/fs/bpf[^']*': " \
	in_ns server setpriv --bounding-set -sys_admin --inh-caps -sys_admin clarent-xdp attach eth0
refused "--bpffs on another file system" 1 "^clarent-xdp: allow: '/run/nobpf[^']*': " \
	setpriv --bounding-set -sys_admin --inh-caps -sys_admin \
	clarent-xdp --bpffs /run/nobpf/x allow $LISTED4 gateway
