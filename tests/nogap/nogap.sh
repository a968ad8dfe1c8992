#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# No gap: under a flood through native XDP, no change loses a packet of a source that stays listed,
# lets one of an unlisted source in, or forgets what has been counted.
#
#   nogap.sh [--tc] [STORY…]
. "${0%/*}/../net/lib.sh"

TOOLS=${NOGAP_TOOLS:-$TESTS/../build/bench}
[[ -x $TOOLS/flood && -x $TOOLS/witness ]] || skip_all "not built: make test-programs"
wire client out0 server eth0
address client out0 192.0.2.66/24
address server eth0 192.0.2.1/24
in_ns client ip neigh add 192.0.2.1 lladdr "$(mac_of server eth0)" dev out0 nud permanent
# Nobody else is heard on this wire.
for ns in client server; do
	in_ns $ns sysctl -qw net.ipv6.conf.all.disable_ipv6=1
done
/usr/bin/python3 -B "$TESTS/nogap/nogap.py" "$TOOLS" "$@" || FAILURES=1
