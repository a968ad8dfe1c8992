#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# lint.sh C-FILE… -- SHELL-FILE…: format, clang-tidy, shellcheck, SPDX lines; silent when clean.
set -uo pipefail

c_files=()
while [ $# -gt 0 ] && [ "$1" != -- ]; do
	c_files+=("$1")
	shift
done
shift
status=0
fail() { status=1; }

clang-format --dry-run --Werror "${c_files[@]}" || fail

rooms=(user/*/)
# user space alone: clang-tidy does not know the BPF target's builtins
for file in "${c_files[@]}"; do
	case $file in user/*.c)
		clang-tidy --quiet --warnings-as-errors='*' "$file" -- -std=gnu11 -Iinclude \
			"${rooms[@]/#/-I}" -Ibuild -D_GNU_SOURCE 2>/dev/null || fail ;;
	esac
done

shellcheck "$@" || fail

while read -r file; do
	head -n 3 "$file" | grep -q 'SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause' || {
		echo "$file: no SPDX line"
		fail
	}
done < <(git ls-files | grep -vE '^(LICENSE|LICENSES/.*|debian/.*|\.gitignore|tests/fuzz/seeds/.*)$')

exit $status
