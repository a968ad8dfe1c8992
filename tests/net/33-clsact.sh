#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Mode tc where the kernel has no links for it: all of 32-tc.sh by a clsact filter, and its own life.
. "${0%/*}/32-tc.sh"
