#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Small changes of long lists: see tools/patches.py.  With words, those of that: --seed 7 --steps 1000.
. "${0%/*}/lib.sh"

lan
mount -t tmpfs -o size=256m,mode=755 state /var/lib
in_ns server clarent-xdp -q attach eth0 2>/dev/null
in_ns server /usr/bin/python3 -B "$TESTS/tools/patches.py" "$@" || FAILURES=$((FAILURES + 1))
