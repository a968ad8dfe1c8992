#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# machine.sh ARCH - built for another machine, and its unit tests run as that one's processor would.
#
#   machine.sh arm64|armhf|s390x    64 bits; 32, with times of 64; 64, big-endian
#
# In a root of Debian 12 below build/machines/, which has this machine's compilers and the others'
# libraries.  qemu runs the programs; the kernel that they ask is this one.

set -euo pipefail

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
suite=bookworm
root=$top/build/machines/root
machines=(arm64 armhf s390x)
tools=(make pkg-config clang llvm bpftool gcc libc6-dev uthash-dev jq qemu-user-static
	gcc-aarch64-linux-gnu gcc-arm-linux-gnueabihf gcc-s390x-linux-gnu)
libraries=(libc6-dev libbpf-dev libelf-dev zlib1g-dev libjson-c-dev libmnl-dev libncurses-dev
	libpcap-dev libcmocka-dev libubsan1)
failures=0

pass() { echo "PASS $machine: $*"; }
fail() {
	echo "FAIL $machine: $1 ($2)"
	failures=$((failures + 1))
}
check() { # NAME COMMAND…
	local name=$1 said

	shift
	if said=$("$@" 2>&1); then
		pass "$name"
	else
		fail "$name" "$(tail -n 15 <<<"$said" | tr '\n' '|')"
		return 1
	fi
}
equal() { # NAME WANTED GOT
	if [[ $2 == "$3" ]]; then pass "$1"; else fail "$1" "wanted '$2', got '$3'"; fi
}

make_root() {
	local packages=("${tools[@]}") each library

	for each in "${machines[@]}"; do
		for library in "${libraries[@]}"; do
			packages+=("$library:$each")
		done
	done
	[ "$(cat "$root/.made" 2>/dev/null)" != "${packages[*]}" ] || return 0
	rm -rf "$root"
	mmdebstrap --quiet --variant=apt --architectures="$(IFS=,; echo "amd64,${machines[*]}")" \
		--include="$(IFS=,; echo "${packages[*]}")" --skip=cleanup/reproducible --skip=cleanup/apt/lists \
		"$suite" "$root" "$("$top/tools/newer-suite.sh" "$suite" source)" >&2
	echo "${packages[*]}" >"$root/.made"
}

# The skeleton is made by a bpftool of the machine's own byte order: Debian 12's refuses any other.
foreign_bpftool() {
	[ ! -e "$root/bpftool-$machine" ] || return 0
	# shellcheck disable=SC2016 # for the shell in there
	chroot "$root" bash -euc 'new=$(mktemp -d)
		cd "$new"
		apt-get -qq -o APT::Sandbox::User=root download "bpftool:$0" && dpkg -x bpftool_*.deb "/foreign-$0"
		rm -r "$new"
		printf "#!/bin/sh\nexec %s /foreign-%s/usr/sbin/bpftool \"\$@\"\n" "$1" "$0" >"/bpftool-$0"
		chmod +x "/bpftool-$0"' "$machine" "$emulator" >&2
}

# inside COMMAND…: in the tree's copy, where nothing of this machine's can be changed.
inside() {
	# shellcheck disable=SC2016 # for the shells in there
	unshare --net --mount --pid --fork --kill-child bash -c '
		mount -t proc proc "$0/proc" && exec chroot "$0" /bin/bash -c "cd \$0 && exec \"\$@\"" "$@"' \
		"$root" "/$machine" "$@"
}
build() {
	inside make -j"$(nproc)" WERROR=-Werror "CC=$compiler" "${words[@]}" "$@"
}

copy_tree() {
	rm -rf "${root:?}/$machine"
	mkdir -p "$root/$machine/build"
	tar -C "$top" -c --exclude=./build --exclude=./.git . | tar -C "$root/$machine" -x
	printf '#!/bin/sh\nexec %s /%s/build/clarent-xdp "$@"\n' "$emulator" "$machine" >"$root/speak-$machine"
	chmod +x "$root/speak-$machine"
}

order_of() { readelf -h "$root/$machine/build/$1" | sed -n 's/.*Data: *//p'; }

try_it() {
	check "it is built" build build/clarent-xdp || return
	equal "the filter in it is of its byte order" "$(order_of clarent-xdp)" \
		"$(order_of clarent_xdp.bpf.o)"
	check "its manual is made by itself" build "SPEAKER=/speak-$machine" all || return
	equal "... and says what this machine's says" "$(cat "$top/build/man/clarent-xdp.8")" \
		"$(cat "$root/$machine/build/man/clarent-xdp.8")"
	equal "it reads a policy as this machine does" \
		"$("$top/build/clarent-xdp" --json ports "$top/examples/policy")" \
		"$(inside "/speak-$machine" --json ports examples/policy)"
	check "its unit tests pass, and its filter's, compiled natively" \
		build TEST_RUNNER="$emulator" TEST_LIMIT=1800 check || true
	[ "$machine" != arm64 ] || check "what its kernel is to be asked is built" \
		build build/tests/bpf-cases
}

machine=${1:?ARCH}
words=()
case $machine in
arm64) emulator=qemu-aarch64-static compiler=aarch64-linux-gnu-gcc ;;
armhf) emulator=qemu-arm-static compiler=arm-linux-gnueabihf-gcc ;;
s390x) emulator=qemu-s390x-static compiler=s390x-linux-gnu-gcc words=("BPFTOOL=/bpftool-s390x") ;;
*) sed -n 's/^#   machine/usage: machine/p' "$0" >&2 && exit 2 ;;
esac
command -v mmdebstrap >/dev/null || { echo "SKIP $machine (there is no mmdebstrap)"; exit 0; }
make_root
[ ${#words[@]} -eq 0 ] || foreign_bpftool
copy_tree
try_it || true
((failures == 0))
