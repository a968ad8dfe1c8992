#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# A random walk of commands, kills, lapses and full disks, judged by a model: see walk.py.
# Without words one of 500 commands, the same each time; fewer on a slow machine.
(($#)) || set -- --seed 321 --steps 330 --seconds 200
HERE=$(realpath "${0%/*}")
. "$HERE/../net/lib.sh"

wire server eth0 client eth0
wire server eth1 client1 eth0
wire server eth2 client2 eth0
address server eth0 192.0.2.1/24 192.0.2.2/24 2001:db8::1/64 2001:db8::2/64
address client eth0 192.0.2.10/24 192.0.2.66/24 2001:db8::10/64 2001:db8::66/64 \
	198.51.100.7/32 2001:db8:1::7/128
address server eth1 192.0.3.1/24 2001:db8:3::1/64
address client1 eth0 192.0.3.10/24 198.51.100.8/32 2001:db8:3::10/64
ip -n server route add 198.51.100.7 dev eth0
ip -n server route add 198.51.100.8 dev eth1
ip -n server route add 2001:db8:1::/48 dev eth0
mount -t tmpfs -o size=4m,mode=755 small /var/lib
${WALKER:-/usr/bin/python3 -B "$HERE/walk.py"} "$@" || FAILURES=$((FAILURES + 1))
