#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Every test is built, and run by something: none lies about that nobody runs.
# shellcheck disable=SC2317 # all_are calls functions by their names

set -euo pipefail
shopt -s nullglob

cd "${BASH_SOURCE[0]%/*}/.."
failures=0

# all_are WHAT IS WORD…: for each of these `IS WORD` is true.
all_are() {
	local what=$1 is=$2 word wrong='' count=0

	shift 2
	for word; do
		count=$((count + 1))
		$is "$word" || wrong+=" $word"
	done
	if [[ -n $wrong ]]; then
		echo "FAIL $what (not so:$wrong)"
	elif ((count == 0)); then
		echo "FAIL $what (there are none)"
	else
		echo "PASS $what ($count)"
		return
	fi
	failures=$((failures + 1))
}

ask_make() { env -u MAKEFLAGS -u MAKEOVERRIDES make -s --no-print-directory "$@"; }

is_listed() { # SOURCE: of a program or a script
	local name=${1##*/}

	grep -qE "(^|/)${name%.c}\$" <<<"$listed"
}
is_executable() { [[ -x $1 ]]; }
is_compiled() { grep -qE "(^| )$1( |\$)" <<<"$plan" || is_named "$1"; }

# A makefile, or a script that is not the file itself, has its name in it.
is_named() {
	grep -rlwF --include=Makefile --include='*.mk' --include='*.sh' --include='*.py' --include=run \
		-- "${1##*/}" Makefile .ci tests tools | grep -qvxF "$1"
}
is_run() { is_listed "$1" || is_named "$1"; }

listed=$(ask_make list-tests)
# the other versions are copies of the sources
plan=$(ask_make -nB OTHER_VERSIONS= test-programs bench-build fuzz)

all_are "test_*.c are among the tests" is_listed tests/*/test_*.c
all_are "numbered scripts are among the tests" is_listed tests/*/[0-9]*.sh
all_are "... and can be run" is_executable tests/*/[0-9]*.sh
all_are "C files are compiled" is_compiled tests/*/*.c tools/*/*.c
mapfile -t executables < <(find tests -type f -perm -u+x | sort)
all_are "executables are run" is_run "${executables[@]}"
mapfile -t scripts < <(grep -rlm1 '^#!/bin/.*sh' --include='*.sh' tests tools .ci | grep -v '/lib\.sh$')
all_are "scripts can be run" is_executable "${scripts[@]}"

exit $((failures > 0))
