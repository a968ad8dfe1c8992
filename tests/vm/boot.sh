#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# boot.sh - boot a Debian under its own systemd, in a virtual machine, and watch its guarded ports.
#
#   boot.sh SUITE STORY    bookworm (Linux 6.1, ifupdown) or trixie (6.12, networkd);
#                          a STORY of boot/inside
#
# What make install makes is laid over the suite's root file system, and is
# enabled as README says.  From before the machine has a network until its end,
# two strangers and a listed host send to its guarded ports and to one that is
# not; a witness inside has counted from the first packet on.
#
# Its card is virtio_net at 00:05.0, enp0s5; the other end of the wire is a tap
# device in a network namespace of our own, which ends with us.  VM_LIMIT is the
# time limit in seconds.  BOOT_FROM is another built tree to install from,
# BOOT_PACKAGE a Debian package whose files are laid over it instead, or, for the
# story "package", a directory of packages that dpkg is given in there.

set -euo pipefail

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
tree=$(cd "${BOOT_FROM:-$top}" && pwd)
limit=${VM_LIMIT:-1200}
# What must be there before the root is; all else, the card too, udev loads.
boot_modules='virtio_pci|virtio_console|9p|9pnet_virtio|overlay'
packages=(systemd-sysv udev kmod iproute2 nftables python3-minimal libpython3-stdlib
	libbpf1 zlib1g libjson-c5 libmnl0 libpcap0.8 libncursesw6)
ports=4040,4045,5001,5002,5010,5060,9

die() { echo "boot: $*" >&2; exit 125; }
usage() { sed -n 's/^#   boot/usage: boot/p' "$0" >&2; exit 2; }

# --- The root file system ---------------------------------------------------

enable() { # UNIT TARGET
	mkdir -p "$root/etc/systemd/system/$2.wants"
	ln -s "/usr/lib/systemd/system/$1" "$root/etc/systemd/system/$2.wants/$1"
}

write() { # FILE LINE…
	mkdir -p "$root/${1%/*}"
	printf '%s\n' "${@:2}" >"$root/$1"
}

# enp0s5, or what network_of says, has the machine's addresses.
ifupdown() {
	write etc/network/interfaces "auto lo enp0s5" "allow-hotplug enp0s5" \
		"iface lo inet loopback" \
		"iface enp0s5 inet static" " address 192.0.2.2/24" \
		"iface enp0s5 inet6 static" " address 2001:db8::2/64" " dad-attempts 0"
}

networkd() {
	write etc/systemd/network/20-wire.network "[Match]" "Kind=!*" "Type=ether" \
		"[Network]" "Address=192.0.2.2/24" "Address=2001:db8::2/64" \
		"IPv6DuplicateAddressDetection=0" "IPv6AcceptRA=no"
	enable systemd-networkd.service multi-user.target
}

lay_over() {
	if [ -d "${BOOT_PACKAGE-}" ]; then
		mkdir -p "$root/story/debs"
		cp "$BOOT_PACKAGE"/*.deb "$root/story/debs/"
	elif [ "${BOOT_PACKAGE-}" ]; then
		dpkg-deb -x "$BOOT_PACKAGE" "$root"
		if [ -d "$root/lib" ]; then # which is a link in what this is laid over
			mkdir -p "$root/usr/lib"
			cp -a "$root/lib/." "$root/usr/lib/"
			rm -r "${root:?}/lib"
		fi
	else
		make -s -C "$tree" -o all install DESTDIR="$root" PREFIX=/usr >/dev/null
	fi
}

prepare_root() {
	lay_over
	install -D -t "$root/story" "$top"/tests/vm/boot/inside "$top"/tests/tools/{knock,foreign_xdp}.py
	write etc/machine-id "$(printf '%032x' 4040)"
	write etc/hostname boot
	write usr/lib/systemd/system/witness.service "[Unit]" "DefaultDependencies=no" \
		"Wants=network-pre.target" "Before=network-pre.target" "[Service]" \
		"ExecStart=/usr/bin/python3 -B /story/knock.py count 3600 /run/knocks $ports" \
		"ExecStartPost=/bin/sh -c 'until [ -e /run/knocks ]; do sleep 0.1; done'"
	enable witness.service sysinit.target
	write usr/lib/systemd/system/story.service "[Service]" "ExecStart=/story/inside $story"
	enable story.service multi-user.target
	if [ "$suite" = bookworm ]; then ifupdown; else networkd; fi
	if [ ! -d "${BOOT_PACKAGE-}" ]; then
		write etc/clarent-xdp/policy "allow 192.0.2.10,2001:db8::10 gateway" \
			"policy sip udp 5060"
		filter enp0s5
	fi
	"prepare_$story"
}

filter() { # INSTANCE…
	systemctl --root="$root" -q disable "clarent-xdp@enp0s5.service" || true
	systemctl --root="$root" -q enable clarent-xdp.service "${@/#/clarent-xdp@}"
}

# --- What differs in each story ---------------------------------------------

prepare_fine() { :; }
prepare_package() { [ -d "${BOOT_PACKAGE-}" ] || die "package: of which directory? (BOOT_PACKAGE)"; }
prepare_renamed() { filter enp0s9; }
prepare_late() { write etc/modprobe.d/late.conf "blacklist virtio_net"; }

prepare_broken() {
	mv "$root/usr/sbin/clarent-xdp" "$root/story/"
	write usr/sbin/clarent-xdp '#!/bin/sh' 'exit 127'
	chmod +x "$root/usr/sbin/clarent-xdp"
	write var/lib/clarent-xdp/ports "sip udp 5060" # of an earlier boot
}

prepare_foreign() {
	local device=sys-subsystem-net-devices-enp0s5.device

	write usr/lib/systemd/system/foreign.service "[Unit]" "DefaultDependencies=no" \
		"BindsTo=$device" "After=$device" "Before=clarent-xdp@enp0s5.service network-pre.target" \
		"[Service]" "Type=oneshot" "RemainAfterExit=yes" \
		"ExecStart=/usr/bin/python3 -B /story/foreign_xdp.py /sys/fs/bpf/foreign pass clarent_xdp" \
		"ExecStart=/sbin/ip link set dev enp0s5 xdp pinned /sys/fs/bpf/foreign"
	enable foreign.service multi-user.target
}

# The right time is what the host has.
slow_clock() {
	rtc="base=$(date -u -d "60 days ago" +%FT%T)"
	date -u +%FT%T >"$root/story/now"
	echo "allow 192.0.2.66,2001:db8::66 gateway expires $(date -u -d "30 days ago" +%FT%TZ)" \
		>>"$root/etc/clarent-xdp/policy"
}
prepare_clock() { slow_clock; }
prepare_unnoticed() {
	slow_clock
	touch -d "90 days ago" "$root/etc/clarent-xdp/policy"
}

prepare_fresh() {
	rm -r "$root/etc/clarent-xdp"
	systemctl --root="$root" -q disable clarent-xdp@enp0s5.service
}

# A bridge that the network set-up makes, with a name that systemd unescapes.
prepare_bridge() {
	[ "$suite" != bookworm ] || die "bridge: ifupdown makes none"
	filter br-lan
	write etc/systemd/system/clarent-xdp@br-lan.service.d/mode.conf "[Service]" \
		"Environment=CLARENT_XDP_MODE=generic CLARENT_XDP_WAIT=0"
	write etc/systemd/network/10-br.netdev "[NetDev]" "Name=br-lan" "Kind=bridge"
	write etc/systemd/network/10-br.network "[Match]" "Name=br-lan" \
		"[Network]" "Address=192.0.2.2/24" "Address=2001:db8::2/64" \
		"IPv6DuplicateAddressDetection=0" "IPv6AcceptRA=no"
	write etc/systemd/network/10-port.network "[Match]" "Name=enp0s5" "[Network]" "Bridge=br-lan"
}

# --- The machine ------------------------------------------------------------

# busybox's depmod makes what kmod does not read.
index_modules() {
	[ ! -e "$kernel/lib/modules/$kver/modules.alias.bin" ] || return 0
	mount --bind "$kernel" "$system/mnt"
	chroot "$system" depmod -b /mnt "$kver"
	umount "$system/mnt"
}

build_initramfs() {
	local modules=$kernel/lib/modules/$kver initramfs=$run/initramfs.d

	mkdir -p "$initramfs/bin" "$initramfs/lib/modules/$kver"
	cp "$(command -v busybox)" "$initramfs/bin/busybox"
	chroot "$initramfs" /bin/busybox true 2>/dev/null ||
		ldd "$initramfs/bin/busybox" | grep -o '/[^ ]*' | xargs cp -L --parents -t "$initramfs"
	ln -s busybox "$initramfs/bin/sh"
	cp "$top/tests/vm/boot/init" "$initramfs/init"
	grep -E "^[^:]*/($boot_modules)\.ko" "$modules/modules.dep" \
		>"$initramfs/lib/modules/$kver/modules.dep"
	(cd "$modules" && tr -s ': ' '\n' <"$initramfs/lib/modules/$kver/modules.dep" |
		sort -u | xargs cp --parents -t "$initramfs/lib/modules/$kver")
	(cd "$initramfs" && find . | cpio --quiet -o -H newc >"$run/initramfs")
}

make_wire() {
	local host

	ip link set dev lo up
	ip tuntap add dev wire mode tap
	sysctl -qw net.ipv6.conf.wire.accept_dad=0
	for host in 1 10 66; do
		ip addr add "192.0.2.$host/24" dev wire
		ip addr add "2001:db8::$host/64" dev wire
	done
	ip link set dev wire up
}

# Nobody of them waits for the machine, or for anything.
start_senders() {
	local host

	for host in 10 66; do
		"$top/tests/tools/knock.py" send "$limit" "192.0.2.$host" 192.0.2.2 "$ports" 0.05 &
		"$top/tests/tools/knock.py" send "$limit" "2001:db8::$host" 2001:db8::2 "$ports" 0.05 &
	done
	"$top/tests/vm/boot/stacked.py" "$limit" wire 192.0.2.67 192.0.2.2 "$ports" &
}

start_vm() {
	local accelerator

	accelerator=$("$top/tests/vm/accelerator.sh" "$kernel/vmlinuz")
	setpriv --pdeathsig KILL qemu-system-x86_64 -no-user-config \
		-nodefaults -display none -no-reboot \
		-machine q35 -accel "$accelerator" -cpu max -smp 2 -m 1G -rtc "$rtc" \
		-kernel "$kernel/vmlinuz" -initrd "$run/initramfs" \
		-append "console=ttyS0 loglevel=4 panic=-1 systemd.show_status=yes \
			vm_kernel=$kernel vm_system=$system vm_root=$root" \
		-serial "file:$run/console" \
		-fsdev local,id=root,path=/,security_model=none,readonly=on,multidevs=remap \
		-device virtio-9p-pci,fsdev=root,mount_tag=root \
		-device virtio-serial-pci \
		-chardev "file,id=out,path=$run/out" \
		-device virtserialport,name=out,chardev=out \
		-chardev "file,id=status,path=$run/status" \
		-device virtserialport,name=status,chardev=status \
		-netdev tap,id=wire,ifname=wire,script=no,downscript=no \
		-device virtio-net-pci,netdev=wire,addr=5 \
		</dev/null &
	vm=$!
}

clean_up() {
	jobs -p | xargs -r kill 2>/dev/null || true
	rm -rf "$run"
}

inside_namespace() {
	run=$(realpath "$(mktemp -d "$top/build/vm/boot.XXXXXX")")
	root=$run/root rtc=base=utc
	trap clean_up EXIT
	trap 'cat "$run/console" >&2; echo "boot: stopped (the limit is $limit s)" >&2; exit 124' TERM
	chmod 755 "$run"
	mkfifo "$run/out"
	prepare_root
	index_modules
	build_initramfs
	make_wire
	start_senders
	cat "$run/out" &
	printer=$!
	start_vm
	wait "$vm" || true
	wait "$printer"
	[ -s "$run/status" ] || { cat "$run/console" >&2; die "no status"; }
	exit "$(cat "$run/status")"
}

if [ "${1:-}" = --inside ]; then
	suite=$2 story=$3 kernel=$4 system=$5 kver=${4##*/}
	inside_namespace
fi
[ $# -eq 2 ] || usage
[ "$(type -t "prepare_$2")" = function ] || usage
case $1 in
bookworm) series=6.1 packages+=(ifupdown) ;;
trixie) series=6.12 ;;
*) usage ;;
esac
for tool in qemu-system-x86_64 mmdebstrap busybox cpio systemctl; do
	command -v "$tool" >/dev/null || die "there is no $tool"
done
kernel=$("$top/tests/vm/kernels.sh" "$series") || die "there is no kernel $series to be had"
system=$("$top/tests/vm/debian.sh" "$1" "${packages[@]}") || die "there is no $1 to be had"
kernel=$(realpath "$kernel") system=$(realpath "$system") # as they are in the share
exec timeout --foreground -k 5 "$limit" setpriv --pdeathsig TERM \
	unshare --net --mount "$0" --inside "$1" "$2" "$kernel" "$system"
