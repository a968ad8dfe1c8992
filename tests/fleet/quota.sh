#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# etcd is full: publishing says so, a follower goes on, and so does the fleet once there is room.
. "${0%/*}/../net/lib.sh"
. "${0%/*}/lib.sh"

export ETCD_QUOTA_BACKEND_BYTES=$((16 << 20))
hub
keys 1
etcd_up 1
roles begin
publisher
host_make h1 all "jitter 0" "confirm 30" "poll 2"
cx h1 attach eth0
follower_start h1
printf 'allow %s gateway\n' $LISTED 10.9.1.1 >/run/tmp/one
fleet publish all /run/tmp/one
check "a fleet of one" soon 30 stands h1 ok

head -c 750000 /dev/urandom | base64 -w 0 >/run/tmp/large
for ((i = 0; i < 60; i++)); do
	as_root put "/clarent-xdp/piece/fill$i" </run/tmp/large >/dev/null 2>/run/tmp/full || break
done
check "etcd is full" grep -q "database space exceeded" /run/tmp/full
printf 'allow %s gateway\n' $LISTED 10.9.1.1 10.9.1.2 >/run/tmp/two
refused "publishing says so" 1 "fleet: .*database space exceeded" fleet publish all /run/tmp/two
sleep 5
equal "the host still has what it had" "$(LC_ALL=C sort /run/tmp/one)" "$(cx h1 save - | grep -v "^#" | LC_ALL=C sort)"
check "... and is heard of" stands h1 ok
host_reboot h1
follower_start h1
check "... booted, it has it still" has_line h1 10.9.1.1

as_root del --prefix /clarent-xdp/piece/fill >/dev/null
as_root compact "$(as_root get x -w json | jq .header.revision)" >/dev/null
as_root defrag >/dev/null
as_root alarm disarm >/dev/null
check "there is room again: published" soon 30 fleet publish all /run/tmp/two
check "... and followed" soon 60 has_line h1 10.9.1.2
