#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# What becomes of interfaces does not undo what was attached: a walk at random, see walk.py.
#
#   walk.sh [--steps N] [--seed N]
. "${0%/*}/../net/lib.sh"

command -v strace >/dev/null || skip_all "needs strace"
/usr/bin/python3 -B "$TESTS/interfaces/walk.py" "$@" || FAILURES=1
