#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# builder.sh SUITE - a clean Debian root with what debian/control wants for a build, what judges it, and no more.
#
# Prints where it is, below build/; made first if it is not there, or wants other packages by now.
# From the mirror that is installed here, see newer-suite.sh.
set -euo pipefail

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
suite=${1:?SUITE}
builder=$top/build/deb-builder-$suite

# Names alone, as the suite has them: no versions, no profiles, the first of alternatives that is there.
build_depends() {
	sed -n '/^Build-Depends:/,/^[A-Z]/ { /^ /p }' "$top/debian/control" |
		sed -E -e 's/<[^>]*>|\([^)]*\)|,//g' |
		if [ "$suite" = bookworm ]; then sed 's/.*| *//'; else sed 's/ *|.*//'; fi |
		sed -E 's/debhelper-compat/debhelper/; s/^ *//; s/ *$//' | grep .
}

# ... and what judges it; clang has its sanitizers in a package of their own.
wanted() {
	build_depends
	printf '%s\n' lintian libclang-rt-dev
}

mkdir -p "$top/build"
exec 9>"$builder.lock"
flock 9
if [ "$(cat "$builder/.made" 2>/dev/null)" != "$(wanted)" ]; then
	rm -rf "$builder"
	mmdebstrap --quiet --variant=buildd --include="$(wanted | paste -sd,)" \
		--skip=cleanup/reproducible "$suite" "$builder" \
		"$("$top/tools/newer-suite.sh" "$suite" source)" >&2
	wanted >"$builder/.made"
fi
echo "$builder"
