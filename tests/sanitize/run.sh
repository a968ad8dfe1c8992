#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# run.sh PROGRAM STORY… - stories with a program that is built with sanitizers, which judge it beside them.
#
# What they find is written where no story looks, and is a failure, whatever the story thinks of the
# exit status.  Leaks are net/88-valgrind.sh's: what traces a program would trace theirs.
set -euo pipefail

TESTS=$(realpath "${BASH_SOURCE[0]%/*}/..")
CLARENT_XDP=$(realpath "${1:?PROGRAM}")
shift

# Not with this program, and why.
declare -A not=(
	[65-writers]="counts changes in a given time"
	[72-small-stack]="measures the stack that the program needs, not that of its checks"
	[76-cheap]="counts the calls of a program, not those of its checks"
	[76-readers]="measures"
	[81-true-words]="an hour without them; make truewords"
	[88-valgrind]="is another judge of the same"
)

stories=()
for story; do
	name=$(basename "$story" .sh)
	if [[ ${not[$name]-} ]]; then
		echo "SKIP $name (${not[$name]})"
	else
		stories+=("$story")
	fi
done
found=$(mktemp -d)
chmod 1777 "$found"
trap 'rm -rf "$found"' EXIT
export CLARENT_XDP
export ASAN_OPTIONS=detect_leaks=0:log_path=$found/address UBSAN_OPTIONS=print_stacktrace=1:log_path=$found/undefined

# It is so, or the rest would say nothing.
flags=$(ASAN_OPTIONS=help=1 "$CLARENT_XDP" version 2>&1)
[[ $flags == *AddressSanitizer* ]] || { echo "FAIL sanitize ($CLARENT_XDP has no sanitizers)"; exit 1; }

status=0
"$TESTS/run" ${SANITIZE_JOBS:+-j "$SANITIZE_JOBS"} "${stories[@]}" || status=$?
for file in "$found"/*; do
	[[ -e $file ]] || break
	echo "FAIL sanitize ($(grep -m 1 -E 'ERROR|runtime error' "$file" || head -n 1 "$file"))"
	sed 's/^/    /' "$file" | head -n 40
	status=1
done
exit $status
