#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Faults: a change whose calls to the kernel fail, or that is killed, leaves the old state or the new.
#
#   faults.sh [--all] [VERB…]    --all: every call; without it a sample that fits a minute
. "${0%/*}/../net/lib.sh"

command -v strace >/dev/null || skip_all "needs strace"
TOOLS=$TESTS/../build/faults
[[ -x $TOOLS/verdicts ]] || skip_all "not built: make test-programs"

lan
wire server eth1 other eth1
/usr/bin/python3 -B "$TESTS/tools/foreign_xdp.py" /sys/fs/bpf/next pass next frags typed
in_ns server /usr/bin/python3 -B "$TESTS/faults/faults.py" "$TOOLS" "$@" || FAILURES=1
