#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# An interface's unit: the filter outlives it, and comes back with an interface that went away.
. "${0%/*}/lib.sh"
command -v nft >/dev/null || skip_all "needs nft"
lan
echo "allow $LISTED4 gateway" >$SAVED
start clarent-xdp.service
attachments() { find $PINS/attachments -mindepth 1 -maxdepth 1 | wc -l; }
filtered() { # by real datagrams: only the listed host, only its policy's ports
	equal "$1" "${GATEWAY[*]}, none" \
		"$(arrives $LISTED4 "${GUARDED[@]}"), $(arrives $UNLISTED4 "${GUARDED[@]}")"
}

check "the unit has the rights it needs" start clarent-xdp@.service eth0
filtered "... filtered, when all that it ran is gone"
before=$(attached)
check "started again" start clarent-xdp@.service eth0
filtered "... filtered"
equal "... by a program in place of the other" 1 "$(attached | wc -l)"
check "... a new one" test "$before" != "$(attached)"

# The unit is bound to the device: it stops with it, and its start follows the device's return.
ip -n server link del eth0
lan
equal "a new interface of that name is not filtered by itself" "${GUARDED[*]}" \
	"$(arrives $LISTED4 "${GUARDED[@]}")"
check "its unit starts" start clarent-xdp@.service eth0
filtered "... filtered again"
equal "... nothing of the vanished one is left" 1 "$(attachments)"

in_ns server clarent-xdp detach eth0
CLARENT_XDP_MODE=generic check "another mode, if the unit says so" start clarent-xdp@.service eth0
equal "... that one" "server eth0 xdpgeneric" "$(attached | cut -d' ' -f1-3)"
filtered "... filtered"

in_ns server clarent-xdp detach eth0
/usr/bin/python3 -B "$TESTS/tools/foreign_xdp.py" /sys/fs/bpf/next pass next frags typed
export CLARENT_XDP_BESIDE="then pinned /sys/fs/bpf/next"
check "before another program, if the unit says so" start clarent-xdp@.service eth0
equal "... that one" "$(bpftool -j prog show pinned /sys/fs/bpf/next | jq .id)" \
	"$(in_ns server clarent-xdp -j status | jq '.attached[0].then[0].program')"
filtered "... filtered"
in_ns server clarent-xdp detach eth0
CLARENT_XDP_BESIDE="then pinned /sys/fs/bpf/nothing" refused "one that is not there: closed" 1 \
	"nothing.*eth0: not filtered; the guarded" start clarent-xdp@.service eth0
in_ns server nft flush ruleset
unset CLARENT_XDP_BESIDE

refused "no such interface: fails" 1 "eth7: no such interface; the guarded ports are closed" \
	start clarent-xdp@.service eth7
boot forget eth7
refused "two words too many: usage" 2 "^usage: boot " $INSTALLED/lib/clarent-xdp/boot attach eth0

# The rights that the unit names are the least that will do.
LACKING=,-sys_admin refused "without SYS_ADMIN: no filter" 1 "eth0: not filtered; the guarded" \
	start clarent-xdp@.service eth0
in_ns server nft flush ruleset
export CLARENT_XDP_MODE=natve
refused "a mode that there is not: closed" 1 "'natve'.*eth0: not filtered; the guarded" \
	start clarent-xdp@.service eth0
in_ns server nft flush ruleset
LACKING=,-net_admin refused "without NET_ADMIN: not even closed" 1 "COULD NOT BE CLOSED" \
	start clarent-xdp@.service eth0
equal "... and these are all" "CAP_NET_ADMIN CAP_SYS_ADMIN" \
	"$(setting clarent-xdp@.service CapabilityBoundingSet)"
