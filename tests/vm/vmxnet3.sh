#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# shellcheck disable=SC2317 # functions are called by their names
# A driver that loses a native program when it resets: status says so, attach again mends it.
#
# For the machine that run.sh starts with VM_CARD=vmxnet3, and nowhere else: it filters eth0.

set -euo pipefail

VM=$(realpath "${BASH_SOURCE[0]%/*}")
driver=$(readlink /sys/class/net/eth0/device/driver 2>/dev/null || true)
[[ -e /dev/virtio-ports/outside && ${driver##*/} == vmxnet3 ]] || {
	echo "SKIP vmxnet3 (not in a machine of run.sh with VM_CARD=vmxnet3)"
	exit 0
}
STRANGER=192.0.2.66
failures=0

equal() { # NAME WANTED GOT
	if [[ $2 == "$3" ]]; then
		echo "PASS $1"
	else
		echo "FAIL $1 (wanted '$2', got '$3')"
		failures=$((failures + 1))
	fi
}
reach() { "$VM/arrives.py" $STRANGER 4040; }
# What status says: does it filter, why not, and what is open.
said() {
	clarent-xdp --json status | jq -r '(.attached[] | "\(.filters) \(.note)"),
		([.unfiltered[].interface] - ["lo"] | join(","))'
}
WORKS="true null"
LOST="false its driver has reset and lost the program: attach it again"$'\n'eth0

# The three ways to lose it.
flap() {
	ip link set eth0 down
	ip link set eth0 up
}
mtu() { ip link set eth0 mtu $((mtu ^= 100)); }
rings() { ethtool -G eth0 rx $((rings = rings == 512 ? 1024 : 512)); }
mtu=1500 rings=1024

ln -sf "$VM/../../build/clarent-xdp" /usr/local/sbin/clarent-xdp
"$VM/outside" ip addr add $STRANGER/24 dev wire
equal "bare: a stranger gets in" 4040 "$(reach)"
native() {
	local way

	equal "attach eth0 warns" 1 "$(grep -c "warning: eth0: the driver vmxnet3 loses" <<<"$warnings")"
	for way in flap mtu rings; do
		equal "$way: before, he is refused" none "$(reach)"
		equal "$way: ... and status says that it filters" "$WORKS" "$(said)"
		$way
		sleep 1
		equal "$way: the program is lost" 4040 "$(reach)"
		equal "$way: ... status says so" "$LOST" "$(said)"
		clarent-xdp -q attach eth0
	done
	equal "attached again: he is refused" none "$(reach)"
	equal "... and status says that it filters" "$WORKS" "$(said)"
	clarent-xdp -q detach eth0
}
if warnings=$(clarent-xdp attach eth0 2>&1); then
	native
else
	echo "SKIP native (${warnings##*$'\n'})" # as before Linux 6.6
fi

warnings=$(clarent-xdp attach eth0 mode generic 2>&1)
equal "mode generic: no warning of the driver" 0 "$(grep -c vmxnet3 <<<"$warnings")"
for way in flap mtu rings; do
	$way
	sleep 1
	equal "$way, generic: he is refused" none "$(reach)"
done
equal "... and status says that it filters" "$WORKS" "$(said)"
exit $((failures > 0))
