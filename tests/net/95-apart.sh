#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Demo, tests and bench touch no filter in use on the same host; the demo shows what it promises.
#
# The rig of this test plays the host.  tests/vm/host.sh asks the same of a whole machine.
. "${0%/*}/lib.sh"

lan
mkdir -p /etc/clarent-xdp
clarent-xdp allow $LISTED4 gateway
in_ns server clarent-xdp -q attach eth0
clarent-xdp -q save
everything() {
	state
	ip netns list
	ip link
	findmnt -rn
	find /etc /dev /var /run ! -path '/run/tmp*' -printf '%P %m %u %s\n' | sort
	find /etc/clarent-xdp /var/lib/clarent-xdp -type f -exec sha256sum {} +
	bpftool -j map dump pinned $PINS/gateway_acl
	in_ns server bpftool -j link show pinned "$(echo $PINS/attachments/*/link)"
}
before=$(everything)

# leaves NAME COMMAND…: it succeeds, and everything is as it was.
leaves() {
	check "$1: succeeds" "${@:2}"
	equal "... a filter in use is as it was" "$before" "$(everything)"
	equal "... and still filters" "${GATEWAY[*]}, none" \
		"$(arrives $LISTED4 "${GUARDED[@]}"), $(arrives $UNLISTED4 "${GUARDED[@]}")"
}

# What a careless test would do to a host.
careless() {
	umount -l /sys/fs/bpf /sys /etc /run /var/lib /var /dev || true
	clarent-xdp detach all || true
	clarent-xdp purge || true
	rm -rf /sys/fs/bpf/clarent-xdp /etc/clarent-xdp /var/lib/clarent-xdp /run/netns/*
	ip netns del server || true
	[[ ! -e /sys/fs/bpf/clarent-xdp && ! -e /etc/clarent-xdp && ! -e /var/lib/clarent-xdp ]]
}
export -f careless

leaves "the demo" "$TESTS/demo.sh"
leaves "a test that unmounts the bpffs" "$TESTS/net/55-mounts.sh"
leaves "a test of the boot" "$TESTS/boot/30-closed.sh"
leaves "whatever comes first to mind" "$TESTS/apart" -r "${CLARENT_XDP%/*}" "$BASH" -c careless
if [[ -x $TESTS/../build/tests/bpf-timing ]]; then
	leaves "a test of the object" "$TESTS/../build/tests/bpf-timing"
else
	skip "a test of the object" "not built: make test-programs"
fi

# The demo must notice when nothing filters.
CLARENT_XDP=/bin/true "$TESTS/demo.sh" >/run/tmp/out 2>&1 && status=0 || status=$?
equal "the demo fails where nothing filters" 1 "$status"
check "... and shows what it had expected" grep -q "expected: 0 unlisted 3" /run/tmp/out
