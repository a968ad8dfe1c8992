#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# minimal.sh SUITE - README's two commands, typed on a Debian that has nothing but Debian.
#
# A new root below build/, which goes at the end, with the mirror of apt's configuration here.  What
# README says to install is read from it, and what a command then says is missing is a failure.  Of
# `make test` it is what needs no time: the unit tests and MINIMAL_STORIES.
set -euo pipefail

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
suite=${1:?SUITE}
root=$top/build/minimal-$suite
stories=${MINIMAL_STORIES-tests/net/10-default-deny.sh tests/net/22-confirm.sh tests/net/87-help.sh}
failures=0

check() { # NAME COMMAND…
	local name=$1 said

	shift
	if said=$("$@" 2>&1); then
		echo "PASS $suite: $name"
	else
		echo "FAIL $suite: $name ($(tail -n 15 <<<"$said" | tr '\n' '|'))"
		failures=$((failures + 1))
	fi
}

# typed LINE: as root, in the tree.  Its mounts end with it; it has this machine's network, for apt.
typed() {
	# shellcheck disable=SC2016 # for the shell in there
	unshare --mount --pid --fork --kill-child --propagation private bash -euc '
		mount --bind "$0" "$0" && mount -t proc proc "$0/proc" && mount -t sysfs sys "$0/sys"
		mount -t tmpfs run "$0/run" && mount --rbind /dev "$0/dev"
		exec chroot "$0" /usr/bin/env -i HOME=/root TERM=dumb \
			PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
			/bin/bash -c "cd /clarent-xdp && $1"' "$root" "$1"
}

make_root() {
	rm -rf "$root"
	mmdebstrap --quiet --variant=minbase --skip=cleanup/reproducible "$suite" "$root" \
		"$("$top/tools/newer-suite.sh" "$suite" source)" >&2
	cp /etc/resolv.conf "$root/etc/" 2>/dev/null || true
	cp /etc/apt/apt.conf.d/*proxy* "$root/etc/apt/apt.conf.d/" 2>/dev/null || true
	mkdir "$root/clarent-xdp"
	tar -C "$top" -c --exclude=./build --exclude=./.git . | tar -C "$root/clarent-xdp" -x
}

trap 'rm -rf --one-file-system "$root"' EXIT
make_root
install=$(grep -o -m 1 'apt-get update && apt-get install make[a-z -]*' "$top/README.md")
! typed "command -v make" >/dev/null || { echo "FAIL $suite: minimal (it has make)"; exit 1; }
check "as README says: $install" typed "export DEBIAN_FRONTEND=noninteractive && $install -y"
check "make demo" typed "make demo"
check "make check" typed "make check"
check "what make test brings" typed "make deps test-programs"
# shellcheck disable=SC2086 # a word each
for story in $stories; do
	check "of make test: $story" typed "tests/run $story"
done
((failures == 0))
