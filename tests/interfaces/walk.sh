#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# What becomes of interfaces does not undo what was attached: a walk at random, see walk.py.
#
#   walk.sh [--without-links] [--steps N] [--seed N]
#
# Without links, mode tc is held by a filter, as before Linux 6.6.
. "${0%/*}/../net/lib.sh"

command -v strace >/dev/null || skip_all "needs strace"
walk=(/usr/bin/python3 -B "$TESTS/interfaces/walk.py")
if [[ ${1-} == --without-links ]]; then
	shift
	deny_links
	walk=(/usr/bin/python3 -B "$TESTS/tools/without_tcx.py" "${walk[@]}")
fi
"${walk[@]}" "$@" || FAILURES=1
