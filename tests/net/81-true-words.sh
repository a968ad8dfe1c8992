#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# A call that fails is told by its own error: some of each verb's calls, each failing once;
# `make truewords` tries them all.
. "${0%/*}/lib.sh"

command -v strace >/dev/null || skip_all "needs strace"
lan
words=("$@")
((${#words[@]})) || words=(--sample --every 7)
in_ns server /usr/bin/python3 -B "$TESTS/tools/true_words.py" "${words[@]}" ||
	FAILURES=$((FAILURES + 1))
