#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# newer-suite.sh - take packages from another Debian suite, installing nothing.
#
#   newer-suite.sh SUITE list REGEX         names of the packages that match
#   newer-suite.sh SUITE fetch PKG… DIR     download them, unpack into DIR
#   newer-suite.sh SUITE source             its line for a sources.list
#
# apt runs on a configuration of its own under build/apt/SUITE/, derived from
# the installed one: same mirror, same proxy, other suite; lists, cache and
# state apart.  What was fetched once is not fetched again: remove DIR for that.

set -euo pipefail

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
keyring=/usr/share/keyrings/debian-archive-keyring.gpg
lists_max_age_minutes=1440

die() { echo "newer-suite: $*" >&2; exit 1; }
usage() { sed -n 's/^#   newer/usage: newer/p' "$0" >&2; exit 2; }

# Suites with a hyphen (-updates, -security) live beside the archive proper.
mirror() {
	apt-get indextargets --format "\$(RELEASE) \$(REPO_URI)" \
		'Created-By: Packages' 'Component: main' |
		awk '$1 !~ /-/ { uri = $2 } END { print uri }'
}

in_suite() {
	local tool=$1
	shift
	"$tool" -qq -o Dir::Etc::sourcelist="$state/sources.list" \
		-o Dir::Etc::sourceparts=- \
		-o Dir::Etc::preferencesparts="$state/preferences.d" \
		-o Dir::State="$state" -o Dir::State::status="$state/status" \
		-o Dir::Cache="$state" -o APT::Sandbox::User=root "$@"
}

refresh() {
	local uri

	[ -z "$(find "$state/fresh" -mmin -$lists_max_age_minutes \
		2>/dev/null)" ] || return 0
	uri=$(mirror)
	[ -n "$uri" ] || die "no Debian archive in apt's configuration"
	mkdir -p "$state"/{lists/partial,archives/partial,preferences.d}
	: >"$state/status"
	echo "deb [signed-by=$keyring] $uri $suite main" \
		>"$state/sources.list"
	in_suite apt-get update >&2 || die "no lists for suite '$suite'"
	in_suite apt-cache pkgnames | sort -V >"$state/names"
	touch "$state/fresh"
}

list() {
	refresh
	grep -E -- "$1" "$state/names" || true
}

fetch() {
	local dir=${*: -1} packages=("${@:1:$#-1}") deb

	if [ -e "$dir" ]; then
		[ "$(cat "$dir/.fetched" 2>&1)" = "$suite ${packages[*]}" ] ||
			die "'$dir' holds something else: remove it"
		return 0
	fi
	refresh
	new=$(mktemp -d "$state/fetch.XXXXXX")
	trap 'rm -rf "$new"' EXIT
	mkdir "$new/debs" "$new/root"
	(cd "$new/debs" && in_suite apt-get download "${packages[@]}" >&2)
	for deb in "$new"/debs/*.deb; do
		dpkg -x "$deb" "$new/root"
	done
	echo "$suite ${packages[*]}" >"$new/root/.fetched"
	chmod 755 "$new/root"
	mkdir -p "$(dirname "$dir")"
	mv -T "$new/root" "$dir"
}

[ $# -ge 2 ] || usage
suite=$1 verb=$2
state=$top/build/apt/$suite
shift 2
mkdir -p "$state"
exec 9>"$state/lock"
flock 9		# two callers, one download

case $verb in
source)	[ $# -eq 0 ] || usage; refresh; cat "$state/sources.list" ;;
list)	[ $# -eq 1 ] || usage; list "$1" ;;
fetch)	[ $# -ge 2 ] || usage; fetch "$@" ;;
*)	usage ;;
esac
