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
