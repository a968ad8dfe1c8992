#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# run.sh - run a command as root on another kernel, in a virtual machine.
#
#   run.sh KERNEL -- COMMAND…    KERNEL as for kernels.sh: 6.1, 6.12, newest, …
#
# The machine sees this one's files: root is shared read-only below a layer in
# its memory, so what COMMAND writes is gone at the end.  COMMAND runs in the
# project directory; its output appears here as it comes, and its exit status
# is ours.  A kernel that warned or oopsed makes it 1.  VM_LIMIT is the time
# limit in seconds (status 124 when it is over).
#
# VM_ARM64 makes it an emulated arm64: the root of one, which it sees instead of
# this machine's, with busybox, a kernel's vmlinuz and modules, and the project
# in /arm64.  KERNEL is then not looked at.
#
# Its eth0 is a virtio_net card, or a vmxnet3 if VM_CARD says so.  The other end of the wire is "wire", a tap
# device in a network namespace of our own: no interface of this machine is
# touched, and the namespace ends with us.  See outside.

set -euo pipefail

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
limit=${VM_LIMIT:-600}
memory=2G
cpus=2
# Native XDP takes a transmit queue for each processor beside those in use.
queues=$((2 * cpus))
tap=multi_queue
card="virtio-net-pci,netdev=wire,mq=on,vectors=$((2 * queues + 2))"
if [ "${VM_CARD:-}" = vmxnet3 ]; then
	queues=1 tap='' card=vmxnet3,netdev=wire
fi
# What must be there before the root is; everything else loads on demand.
boot_modules='virtio_pci|virtio_console|virtio_net|vmxnet3|9p|9pnet_virtio|overlay'

# Where the project is: as we see it, and as the machine does.
share=/ inside_top=$top
if [ "${VM_ARM64:-}" ]; then
	share=$(realpath "$VM_ARM64") inside_top=/arm64
	top=$share/arm64
fi

die() { echo "run: $*" >&2; exit 125; }
usage() { sed -n 's/^#   run/usage: run/p' "$0" >&2; exit 2; }

copy_busybox() {
	if [ "$share" != / ]; then
		cp "$share/bin/busybox" "$tree/bin/busybox"
		return
	fi
	cp "$(command -v busybox)" "$tree/bin/busybox"
	# it may want libraries, and in there is nothing else
	chroot "$tree" /bin/busybox true 2>/dev/null ||
		ldd "$tree/bin/busybox" | grep -o '/[^ ]*' | xargs cp -L --parents -t "$tree"
}

build_initramfs() {
	local modules=$kernel/lib/modules/$kver tree=$run/tree

	mkdir -p "$tree/bin" "$tree/lib/modules/$kver"
	copy_busybox
	ln -s busybox "$tree/bin/sh"
	cp "$top/tests/vm/init" "$tree/init"
	grep -E "^[^:]*/($boot_modules)\.ko" "$modules/modules.dep" \
		>"$tree/lib/modules/$kver/modules.dep"
	(cd "$modules" && tr -s ': ' '\n' <"$tree/lib/modules/$kver/modules.dep" |
		sort -u | xargs cp --parents -t "$tree/lib/modules/$kver")
	(cd "$tree" && find . | cpio --quiet -o -H newc >"$run/initramfs")
}

make_wire() {
	ip link set dev lo up
	# shellcheck disable=SC2086 # a word or none
	ip tuntap add dev wire mode tap $tap
	sysctl -qw net.ipv6.conf.wire.accept_dad=0
	ip addr add 192.0.2.1/24 dev wire
	ip addr add 2001:db8::1/64 dev wire
	ip link set dev wire up
}

# Runs what the machine asks for at this end of the wire: a line is a command,
# the answer its output, indented, and its status.  Of the project it speaks as
# it sees it.
serve_outside() {
	local line

	while IFS= read -r line; do
		timeout 60 bash -c "${line//"$inside_top/"/"$top/"}" 2>&1 </dev/null | sed 's/^/ /' &&
			echo "= 0" || echo "= ${PIPESTATUS[0]}"
	done <"$run/outside.out" >"$run/outside.in"
}

# The words that start it, and its console.
choose_qemu() {
	console=ttyS0
	if [ "$share" != / ]; then
		# the pointer authentication that "max" has by itself takes most of the time
		qemu=(qemu-system-aarch64 -machine virt -accel "tcg,thread=multi"
			-cpu "max,pauth-impdef=on")
		console=ttyAMA0
	else
		qemu=(qemu-system-x86_64 -machine q35 -cpu max
			-accel "$("$top/tests/vm/accelerator.sh" "$kernel/vmlinuz")")
	fi
}

start_vm() {
	choose_qemu
	# it dies with us
	setpriv --pdeathsig KILL "${qemu[@]}" -no-user-config -nodefaults -display none -no-reboot \
		-smp "$cpus" -m "$memory" \
		-kernel "$kernel/vmlinuz" -initrd "$run/initramfs" \
		-append "console=$console loglevel=5 panic=-1 \
			vm_top=$inside_top vm_run=$inside_top/${run#"$top/"}" \
		-serial "file:$run/console" \
		-fsdev local,id=root,path="$share",security_model=none,readonly=on,multidevs=remap \
		-device virtio-9p-pci,fsdev=root,mount_tag=root \
		-device virtio-serial-pci \
		-chardev "file,id=out,path=$run/out" \
		-device virtserialport,name=out,chardev=out \
		-chardev "file,id=status,path=$run/status" \
		-device virtserialport,name=status,chardev=status \
		-chardev "pipe,id=outside,path=$run/outside" \
		-device virtserialport,name=outside,chardev=outside \
		-netdev "tap,id=wire,ifname=wire,script=no,downscript=no,queues=$queues" \
		-device "$card" \
		</dev/null &
	vm=$!
}

clean_up() {
	jobs -p | xargs -r kill 2>/dev/null || true
	rm -rf "$run"
}

inside_namespace() {
	run=$(mktemp -d "$top/build/vm/run.XXXXXX")
	trap clean_up EXIT
	trap 'echo "run: stopped (the limit is $limit s)" >&2; exit 124' TERM
	printf '%q ' "$@" >"$run/command"
	mkfifo "$run/out" "$run/outside.in" "$run/outside.out"
	build_initramfs
	make_wire
	serve_outside &
	cat "$run/out" &
	printer=$!
	start_vm
	wait "$vm" || true
	wait "$printer"
	[ -s "$run/status" ] || { cat "$run/console" >&2; die "no status"; }
	exit "$(cat "$run/status")"
}

if [ "${1:-}" = --inside ]; then
	kernel=$2 kver=$(cd "$2/lib/modules" && echo *)
	shift 2
	inside_namespace "$@"
fi
if [ $# -lt 3 ] || [ "$2" != -- ]; then
	usage
fi
if [ "$share" = / ]; then kernel=$("$top/tests/vm/kernels.sh" "$1"); else kernel=$share; fi
shift 2
# A death of any of these is the death of all below it.
exec timeout --foreground -k 5 "$limit" setpriv --pdeathsig TERM \
	unshare --net "$0" --inside "$kernel" "$@"
