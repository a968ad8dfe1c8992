#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Changes of long lists that are not read, against the same where they are: see tools/windows.py.
. "${0%/*}/lib.sh"

mount -t bpf -o mode=700 bpf /sys/fs/bpf
/usr/bin/python3 -B "$TESTS/tools/windows.py" "$@" || FAILURES=$((FAILURES + 1))
