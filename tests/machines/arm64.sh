#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# arm64.sh COMMAND… - run a command as root on an emulated arm64 with Debian's kernel.
#
# It sees a Debian 12 below build/machines/, and in /arm64 what machine.sh built for it; how it is
# run, vm/run.sh says.

set -euo pipefail
PATH=$PATH:/usr/sbin:/sbin

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
suite=bookworm
root=$top/build/machines/arm64
built=$top/build/machines/root/arm64
packages=(base-files base-passwd dash bash diffutils coreutils util-linux mount findutils grep sed mawk
	procps iproute2 iputils-ping nftables jq python3-minimal libpython3-stdlib busybox-static kmod
	ethtool ncurses-base linux-image-arm64
	libbpf1 libelf1 libjson-c5 libmnl0 zlib1g libpcap0.8 libncursesw6)

# Unpacked, and no script of theirs run, which would want an arm64: a few words they would have said.
make_root() {
	local kernel

	[ "$(cat "$root/.made" 2>/dev/null)" != "${packages[*]}" ] || return 0
	rm -rf "$root"
	mmdebstrap --quiet --variant=extract --architectures=arm64 --include="$(IFS=,; echo "${packages[*]}")" \
		--skip=cleanup/reproducible "$suite" "$root" \
		"$("$top/tools/newer-suite.sh" "$suite" source)" >&2
	mkdir -p "$root/usr/local/sbin"
	ln -s mawk "$root/usr/bin/awk"
	cp "$root/usr/share/base-passwd/passwd.master" "$root/etc/passwd"
	cp "$root/usr/share/base-passwd/group.master" "$root/etc/group"
	kernel=$(cd "$root/lib/modules" && echo *)
	ln -s "boot/vmlinuz-$kernel" "$root/vmlinuz"
	depmod -b "$root" "$kernel"
	echo "${packages[*]}" >"$root/.made"
}

[ $# -ge 1 ] || { sed -n 's/^# arm64/usage: arm64/p' "$0" >&2; exit 2; }
[ -x "$built/build/clarent-xdp" ] || { echo "arm64: machine.sh arm64 has not built it" >&2; exit 1; }
for tool in qemu-system-aarch64 mmdebstrap depmod; do
	command -v "$tool" >/dev/null || { echo "SKIP arm64: its kernel (there is no $tool)"; exit 0; }
done
make_root
rm -rf "$root/arm64"
cp -a "$built" "$root/arm64"
mkdir -p "$root/arm64/build/vm"
VM_ARM64=$root exec "$top/tests/vm/run.sh" arm64 -- "$@"
