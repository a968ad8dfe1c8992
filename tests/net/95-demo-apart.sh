#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The demo shows what it promises, and touches no filter in use on the same host.
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
	find /etc/clarent-xdp /var/lib/clarent-xdp -type f -exec sha256sum {} +
	bpftool -j map dump pinned $PINS/gateway_acl
}
before=$(everything)

check "the demo succeeds" "$TESTS/demo.sh"
equal "a filter in use is as it was" "$before" "$(everything)"
equal "... and still filters" "${GATEWAY[*]}" "$(arrives $LISTED4 "${GUARDED[@]}")"

# The demo must notice when nothing filters.
CLARENT_XDP=/bin/true "$TESTS/demo.sh" >/run/tmp/out 2>&1 && status=0 || status=$?
equal "the demo fails where nothing filters" 1 "$status"
check "... and shows what it had expected" grep -q "expected: 0 unlisted 3" /run/tmp/out
