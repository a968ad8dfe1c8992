#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# debian.sh - get the root file system of a Debian with systemd as its init.
#
#   debian.sh SUITE PKG…    bookworm, trixie, …, with these packages
#
# Prints the directory under build/vm/ that holds it, making it first if it is
# not there.  From the mirror that is installed here, see newer-suite.sh.

set -euo pipefail

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)

die() { echo "debian: $*" >&2; exit 1; }

[ $# -ge 1 ] || { sed -n 's/^#   debian/usage: debian/p' "$0" >&2; exit 2; }
suite=$1
shift
dir=$top/build/vm/debian-$suite
mkdir -p "$top/build/vm"
exec 9>"$dir.lock"
flock 9
if [ "$(cat "$dir/.made" 2>/dev/null)" != "$*" ]; then
	command -v mmdebstrap >/dev/null || die "there is no mmdebstrap"
	source=$("$top/tools/newer-suite.sh" "$suite" source)
	rm -rf "$dir"
	mmdebstrap --quiet --variant=apt --include="$(IFS=,; echo "$*")" --skip=cleanup/reproducible \
		"$suite" "$dir" "$source" >&2 || { rm -rf "$dir"; die "cannot make '$suite'"; }
	echo "$*" >"$dir/.made"
fi
echo "$dir"
