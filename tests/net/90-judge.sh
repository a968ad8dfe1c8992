#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The kernel as judge: every packet shape into a host, in each mode.
. "${0%/*}/lib.sh"

MTU=9000 lan
shapes record bare
clarent-xdp allow $LISTED4,$LISTED6 gateway
for mode in native generic tc; do
	in_ns server clarent-xdp -q attach eth0 mode "$mode"
	shapes judge "$mode"
	in_ns server clarent-xdp -q detach eth0
done
