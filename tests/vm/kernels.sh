#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# kernels.sh - get the kernel that a short name means.
#
#   kernels.sh NAME    6.1, 6.12, 7.2, … or "newest"
#
# Prints the directory under build/vm/ that holds vmlinuz and lib/modules/ of
# Debian's latest kernel of that series, fetching it first if it is not there.

set -euo pipefail

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
newer_suite=$top/tools/newer-suite.sh

# The first suite that has the series wins.
suites=(bookworm bullseye trixie bookworm-backports trixie-backports sid)
newest_suites=(sid trixie-backports)
release='linux-image-[0-9.]+(-[0-9]+|\+deb[0-9.]+)-amd64'

die() { echo "kernels: $*" >&2; exit 1; }

images() { "$newer_suite" "$1" list "^$release\$"; }

# Prints "SUITE KVER".
resolve() {
	local suite image

	for suite in "${suites[@]}"; do
		image=$(images "$suite" | grep "^linux-image-${1//./\\.}\." |
			tail -n 1) || continue
		echo "$suite ${image#linux-image-}"
		return
	done
	die "no suite has a kernel '$1'"
}

resolve_newest() {
	local suite

	for suite in "${newest_suites[@]}"; do
		images "$suite" | sed "s/linux-image-\(.*\)/\1 $suite/"
	done | sort -V | awk 'END { print $2, $1 }'
}

# Newer kernels come in several packages.
fetch() {
	local suite=$1 kver=$2 dir=$3 packages

	packages=$("$newer_suite" "$suite" list \
		"^linux-(image|base|binary|modules)-${kver//[.+]/[&]}\$")
	# shellcheck disable=SC2086 # a list of words
	"$newer_suite" "$suite" fetch $packages "$dir"
	[ -e "$dir/lib" ] || ln -s usr/lib "$dir/lib"
	[ -e "$dir/vmlinuz" ] || ln -s "$(cd "$dir" &&
		ls boot/vmlinuz-* lib/modules/*/vmlinuz 2>/dev/null)" \
		"$dir/vmlinuz"
	busybox depmod -b "$dir" "$kver"
}

[ $# -eq 1 ] || { sed -n 's/^#   kernels/usage: kernels/p' "$0" >&2; exit 2; }
case $1 in
newest)	resolved=$(resolve_newest) ;;
*)	resolved=$(resolve "$1") ;;
esac
read -r suite kver <<<"$resolved"
dir=$top/build/vm/$kver
[ -e "$dir/lib/modules/$kver/modules.dep" ] || fetch "$suite" "$kver" "$dir"
echo "$dir"
