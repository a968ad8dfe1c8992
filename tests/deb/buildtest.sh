#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# buildtest.sh SUITE TARBALL - what `make dist` packs is built by both compilers of a Debian, and judged.
#
# In the clean root that packages are built in, which has no git, without a network, in a folder with
# blanks; any warning is a failure.
set -euo pipefail

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
suite=${1:?SUITE} tarball=${2:?TARBALL}
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

# shellcheck disable=SC2016 # for the shell in there
inside() { # SCRIPT WORD…
	unshare --net --mount --pid --fork --kill-child bash -c '
		mount -t proc proc "$0/proc" && exec chroot "$0" /bin/bash -euc "$@"' "$builder" "$@"
}

# shellcheck disable=SC2016
version() { inside '$0 --version | head -n 1' "$1"; }

# shellcheck disable=SC2016
build() { # COMPILER
	inside 'cd "/what was packed" && rm -rf build && ! command -v git >/dev/null &&
		make -j"$(nproc)" CC=$0 WERROR=-Werror all check &&
		make -s CC=$0 install DESTDIR=/installed && /installed/usr/local/sbin/clarent-xdp version' "$1"
}

builder=$("$top/tests/deb/builder.sh" "$suite")
rm -rf "$builder/what was packed" "$builder/installed"
mkdir "$builder/what was packed"
tar -C "$builder/what was packed" -xJf "$tarball" --strip-components=1
for compiler in gcc clang; do
	check "$(version $compiler) builds it without a warning, its unit tests pass" build $compiler
done
rm -rf "$builder/what was packed" "$builder/installed"
((failures == 0))
