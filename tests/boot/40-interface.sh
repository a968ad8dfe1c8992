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

# Behind libxdp's dispatcher, with what its kernel takes and what the unit may do.
export CLARENT_XDP_BESIDE=join
joined() { in_ns server clarent-xdp -j status | jq -c '[.attached[] | .joined, .filters]'; }
components() { in_ns server xdp-loader status eth0 | sed -nE 's/^ *=> +([0-9]+) +([a-z]+).*/\1 \2/p' | xargs; }
if ! command -v xdp-filter >/dev/null; then
	skip "joined, if the unit says so" "no xdp-filter here"
elif ! said=$(in_ns server clarent-xdp -q attach eth0 join 2>&1); then
	refused "a kernel that takes no dispatcher: closed" 1 "join.*eth0: not filtered; the guarded" \
		start clarent-xdp@.service eth0
	in_ns server nft flush ruleset
	skip "joined, if the unit says so" "${said//$'\n'/ }"
else
	in_ns server clarent-xdp detach eth0
	check "joined, if the unit says so" start clarent-xdp@.service eth0
	equal "... so it is" "[true,true] 5 clarent" "$(joined) $(components)"
	filtered "... filtered, when all that it ran is gone"
	in_ns server xdp-filter load eth0 -m native -f udp,ipv4 >/dev/null
	check "another beside it: started again" start clarent-xdp@.service eth0
	equal "... both are there" "[true,true] 5 clarent 10 xdpfilt" "$(joined) $(components)"
	filtered "... filtered"
	in_ns server clarent-xdp detach eth0
	check "another is there first: started" start clarent-xdp@.service eth0
	equal "... both are there" "[true,true] 5 clarent 10 xdpfilt" "$(joined) $(components)"
	filtered "... filtered"
	in_ns server xdp-loader unload eth0 --all >/dev/null
	check "taken off with the rest: started again" start clarent-xdp@.service eth0
	equal "... it is back" "[true,true] 5 clarent" "$(joined) $(components)"
	filtered "... filtered"
	ip -n server link del eth0
	lan
	check "a new interface of that name: started" start clarent-xdp@.service eth0
	equal "... joined" "[true,true] 5 clarent" "$(joined) $(components)"
	filtered "... filtered"
	in_ns server clarent-xdp detach eth0
	library=$(ldconfig -p | sed -n 's/.*libxdp\.so\.1 .*=> //p')
	mount --bind /dev/null "$library"
	refused "without libxdp: closed" 1 "package libxdp1.*eth0: not filtered; the guarded" \
		start clarent-xdp@.service eth0
	umount "$library"
	in_ns server nft flush ruleset
fi
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
