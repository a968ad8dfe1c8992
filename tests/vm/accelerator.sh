#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# accelerator.sh VMLINUZ - what qemu can run that kernel with here: "kvm" or "tcg,thread=multi".
#
# That /dev/kvm opens does not say that anything runs on it: a kernel without a root gives up at
# once, if it runs at all.  What was found is true until this machine's next boot.

set -euo pipefail

kernel=${1:?VMLINUZ}
patience=20
found=$(dirname "${BASH_SOURCE[0]}")/../../build/vm/accelerator
boot=$(cat /proc/sys/kernel/random/boot_id)

kvm_works() {
	[ -w /dev/kvm ] || return
	timeout "$patience" setpriv --pdeathsig KILL qemu-system-x86_64 -no-user-config -nodefaults \
		-display none -no-reboot -machine q35 -accel kvm -cpu max -m 512M \
		-kernel "$kernel" -append panic=-1 </dev/null >/dev/null 2>&1
}

if ! grep -qs "^$boot " "$found"; then
	if kvm_works; then echo "$boot kvm"; else echo "$boot tcg,thread=multi"; fi >"$found"
fi
sed 's/.* //' "$found"
