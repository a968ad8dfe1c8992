#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# debtest.sh SUITE - the package: built, looked at, installed, upgraded under traffic, removed, purged.
#
# In two clean Debian roots below build/deb/, made from the mirror that is installed here: one to build
# in, kept for the next time, and one that has what the package depends on and nothing else.  The
# latter's network is its own (inside); what is attached there goes with it.

set -euo pipefail

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
suite=${1:?SUITE}
work=$top/build/deb/$suite
failures=0

pass() { echo "PASS $suite: $*"; }
fail() {
	echo "FAIL $suite: $1 ($2)"
	failures=$((failures + 1))
}
check() { # NAME COMMAND…
	local name=$1 said

	shift
	if said=$("$@" 2>&1); then
		pass "$name"
	else
		fail "$name" "${said//$'\n'/ | }"
		return 1
	fi
}

make_root() { # DIR VARIANT PACKAGE…
	local source

	source=$("$top/tools/newer-suite.sh" "$suite" source)
	mmdebstrap --quiet --variant="$2" --include="$(IFS=,; echo "${*:3}")" --skip=cleanup/reproducible \
		"$suite" "$1" "$source" >&2
}

# --- Build ----------------------------------------------------------------------------------

build() { # DIR: where, in the builder
	rm -rf "$builder${1:?}"
	mkdir -p "$builder$1/source"
	tar -C "$top" -c --exclude=./build --exclude=./.git . | tar -C "$builder$1/source" -x
	unshare --net chroot "$builder" bash -c "cd '$1/source' && ${2-} dpkg-buildpackage -b -us -uc" \
		>"$work/build.log" 2>&1 || { tail -n 30 "$work/build.log"; return 1; }
}

built() { # DIR
	echo "$builder$1"/clarent-xdp_*.deb
}
built_fleet() { # DIR
	echo "$builder$1"/clarent-xdp-fleet_*.deb
}

build_twice() {
	check "it builds without a network, and its unit tests pass" build /one || exit 1
	build "/another place" "DEB_BUILD_OPTIONS=nocheck"
	check "it is the same from another path, one with a blank" \
		cmp "$(built /one)" "$(built "/another place")" || true
	check "... and that of a fleet" \
		cmp "$(built_fleet /one)" "$(built_fleet "/another place")" || true
}

lint() {
	chroot "$builder" bash -c "cd /one && lintian --fail-on error,warning --allow-root *.changes"
}

# Position-independent, and all bound before it starts.
hardened() {
	local program=$builder/one/source/build/clarent-xdp

	readelf -h "$program" | grep -q 'Type: *DYN' && readelf -d "$program" | grep -q 'Flags:.*NOW'
}

look() {
	local files file

	cp "$(built /one)" "$work/"
	check "lintian has neither errors nor warnings" lint || true
	files=$(dpkg-deb -c "$(built /one)" | awk '{ print $6 }')
	for file in usr/sbin/clarent-xdp usr/lib/clarent-xdp/boot usr/share/man/man8/clarent-xdp.8.gz \
		usr/share/man/man5/clarent-xdp.policy.5.gz systemd/system/clarent-xdp@.service \
		udev/rules.d/81-clarent-xdp.rules bash-completion/completions/clarent-xdp \
		doc/clarent-xdp/examples/policy doc/clarent-xdp/README.md etc/clarent-xdp/; do
		check "it has $file" grep -q "$file\(.gz\)\?\$" <<<"$files" || true
	done
	check "the program is hardened" hardened || true
	look_at_fleet "$files"
}

# What few need, with its libraries, is in a package of its own.
# shellcheck disable=SC2016 # for the shell in there
look_at_fleet() { # FILES of the other
	local files file

	files=$(dpkg-deb -c "$(built_fleet /one)" | awk '{ print $6 }')
	for file in usr/lib/clarent-xdp/clarent-xdp-fleet systemd/system/clarent-xdp-follow.service \
		doc/clarent-xdp-fleet/examples/certificates doc/clarent-xdp-fleet/examples/roles; do
		check "a fleet's package has $file" grep -q "$file\(.gz\)\?\$" <<<"$files" || true
		check "... and the other has not" bash -c '! grep -q "$0" <<<"$1"' "$file" "$1" || true
	done
	check "... nor does it need libcurl" \
		bash -c '! dpkg-deb -f "$0" Depends | grep -q curl' "$(built /one)" || true
}

# --- Install --------------------------------------------------------------------------------

# The same under another version, and with maps of another ABI.
variant() { # NAME VERSION SED
	local dir=$work/$1

	dpkg-deb -R "$(built /one)" "$dir"
	sed -i "s/^Version: .*/Version: $2/" "$dir/DEBIAN/control"
	sed -i "$3" "$dir/DEBIAN/preinst"
	dpkg-deb --root-owner-group -b "$dir" "$root/debs/$1.deb" >/dev/null
	rm -r "$dir"
}

depends() {
	dpkg-deb -f "$(built /one)" Depends | tr ',' '\n' | sed -E 's/ *\(.*//; s/^ *//'
}

install_and_use() {
	root=$work/root
	# shellcheck disable=SC2046 # a word each
	make_root "$root" minbase python3-minimal libpython3-stdlib $(depends)
	mkdir -p "$root/debs" "$root/story"
	cp "$(built /one)" "$root/debs/first.deb"
	variant second 0.2.0+second ""
	variant other-abi 0.2.0+third 's/!= [0-9]* ]/!= 99 ]/'
	cp "$top"/tests/deb/inside "$top"/tests/tools/knock.py "$root/story/"
	# shellcheck disable=SC2016 # as it stands
	unshare --net --mount --pid --fork --kill-child bash -c '
		mount --make-rprivate / && mount --bind "$1" "$1" && mount -t proc proc "$1/proc" && mount -t sysfs sys "$1/sys" &&
		mount -t bpf bpf "$1/sys/fs/bpf" && mount -t tmpfs run "$1/run" &&
		exec chroot "$1" /story/inside' inside "$root" | sed "s/^\(PASS\|FAIL\) /\1 $suite: /" |
		tee "$work/inside.log"
	grep -q '^PASS' "$work/inside.log" || fail "inside" "nothing was tried"
	failures=$((failures + $(grep -c '^FAIL' "$work/inside.log" || true)))
}

rm -rf "$work"
mkdir -p "$work"
builder=$("$top/tests/deb/builder.sh" "$suite")
build_twice
look
install_and_use
((failures == 0))
