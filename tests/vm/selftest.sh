#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# selftest.sh - is the virtual machine fit to judge the filter?
#
#   selftest.sh [KERNEL]    default: 6.1
#
# shellcheck disable=SC2317 # "check" calls functions by their names

set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/../.."
vm=tests/vm
drop_all=build/vm/drop.bpf.o
trace=build/vm/selftest.trace
dynamic=build/vm/dynamic-busybox
passed=0 failed=0

check() {
	local name=$1
	shift
	if "$@"; then
		echo "PASS $name"
		passed=$((passed + 1))
	else
		echo "FAIL $name ($*)"
		failed=$((failed + 1))
	fi
}

finish() {
	echo "$passed passed, $failed failed"
	exit $((failed > 0))
}

arrives() { [ "$("$vm/arrives.py" 192.0.2.1 5001)" = "$1" ]; }
native_drop() { ip link set dev eth0 xdpdrv obj "$drop_all" sec xdp; }
no_bpffs() { ! grep -q ' /sys/fs/bpf ' /proc/mounts; }
no_trace() { [ ! -e "$trace" ]; }
module_loads() { modprobe wireguard && ip link add wg0 type wireguard; }

inside() {
	check "runs kernel $1" [ "$(uname -r)" = "$1" ]
	check "bpffs is not mounted" no_bpffs
	check "modules load" module_loads
	check "the layer can be written" touch "$trace"
	check "the status of outside is passed on" \
		[ "$("$vm/outside" bash -c 'exit 5' || echo $?)" = 5 ]
	check "datagrams arrive" arrives 5001
	check "virtio_net takes native XDP" native_drop
	check "dropped by XDP, none arrive" arrives none
	check "XDP comes off" ip link set dev eth0 xdpdrv off
	check "they arrive again" arrives 5001
	finish
}

status_of() {
	local status=0

	"$@" >/dev/null 2>&1 || status=$?
	echo "$status"
}

# runs_on HOST: the machine starts, and loads modules, where this one is so.
runs_on() {
	tests/apart "$BASH" -c "set -e; $1; exec $vm/run.sh $kernel -- modprobe wireguard"
}
with_kmod='cp -a /usr/sbin /tmp; mount --bind /tmp/sbin /usr/sbin
	ln -sf /usr/bin/busybox /usr/sbin/modprobe'
with_shared_libraries="mount --bind $dynamic/bin/busybox \$(realpath \$(command -v busybox))"
with_false_kvm='ln -sf null /dev/kvm'

[ "${1:-}" != --inside ] || inside "$2"

kernel=${1:-6.1}
kver=$(basename "$("$vm/kernels.sh" "$kernel")")
clang -O2 -g -target bpf -x c -c -o "$drop_all" - <<'END'
__attribute__((section("xdp"), used)) int drop_all(void *ctx) { return 1; }
END
tools/newer-suite.sh bookworm fetch busybox "$dynamic"
rm -f "$trace"
check "tests inside pass" "$vm/run.sh" "$kernel" -- "$vm/selftest.sh" --inside "$kver"
check "what was written inside is gone" no_trace
check "the exit status is passed on" \
	[ "$(status_of "$vm/run.sh" "$kernel" -- bash -c 'exit 7')" = 7 ]
check "a machine that hangs is stopped" \
	[ "$(VM_LIMIT=15 status_of "$vm/run.sh" "$kernel" -- sleep 300)" = 124 ]
check "a machine that dies is no success" \
	[ "$(status_of "$vm/run.sh" "$kernel" -- \
	bash -c 'echo c >/proc/sysrq-trigger')" = 125 ]
check "modprobe may be an absolute link, as kmod's is" runs_on "$with_kmod"
check "busybox may be a dynamic one" runs_on "$with_shared_libraries"
check "/dev/kvm may open, and not work" runs_on "$with_false_kvm"
finish
