#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The wall clock is set while entries are to expire: nobody gets in past the date that was given, nor
# for longer than was granted when it was given.
#
# It sets the machine's clock, so it runs in the machine that run.sh starts and nowhere else.
. "${0%/*}/../net/lib.sh"

grep -q ' vm_top=' /proc/cmdline || skip_all "not in a machine of run.sh"

HOUR=3600
LONG=$LISTED4 BRIEF=$UNLISTED4 PATIENCE=30 # seconds

# The clock is set by that many seconds; how long the machine is up does not care.
step() { date -s "@$(($(date +%s) + $1))" >/dev/null; }
up() { cut -d. -f1 /proc/uptime; }
date_in() { date -ud "@$(($(date +%s) + $1))" +%FT%TZ; }
saved() { clarent-xdp -q save - | grep -v '^#' || true; }

# same WHEN: what was granted for two hours is granted, and its date is the one that was given.
same() {
	equal "$1: it gets in" "4040 4041" "$(arrives $LONG 4040 4041)"
	check "$1: check says so" in_ns server clarent-xdp check $LONG port 4040
	equal "$1: save writes the date that was given" "$before" "$(saved)"
	equal "$1: list shows it" "$date" \
		"$(clarent-xdp --json list gateway | jq -r '.entries[0].expires')"
}

lan
in_ns server clarent-xdp -q attach eth0
date=$(date_in $((2 * HOUR)))
clarent-xdp allow $LONG gateway expires "$date"
before=$(saved)
check "save writes the date" grep -q "$LONG.* expires $date" <<<"$before"
same "the clock as it was"
step $HOUR
same "an hour forward"
clarent-xdp -q allow $LISTED6 gateway
clarent-xdp -q revoke $LISTED6 gateway
same "... and after a change"
step $((-2 * HOUR))
same "an hour back"
step $HOUR

# A clock that is set back grants no more than there was left.
start=$(up)
clarent-xdp allow $BRIEF gateway expires "$(date_in $PATIENCE)"
step -$HOUR
equal "set back by $HOUR s, with $PATIENCE s to go: it gets in" "4040 4041" \
	"$(arrives $BRIEF 4040 4041)"
check "... so soon" test "$(up)" -lt $((start + PATIENCE - 2))
while (($(up) < start + PATIENCE + 1)); do
	sleep 1
done
equal "... and when they are over no longer" 4041 "$(arrives $BRIEF 4040 4041)"
equal "... as check says" expired "$(in_ns server clarent-xdp --json check $BRIEF port 4040 |
	jq -r .reason)"
step $HOUR
clarent-xdp -q revoke $BRIEF gateway

# Past its date it is out, from the next packet on: a clock that was slow at boot admits nobody longer.
clarent-xdp allow $BRIEF gateway expires "$(date_in $HOUR)"
equal "an hour to go: it gets in" "4040 4041" "$(arrives $BRIEF 4040 4041)"
step $((3 * HOUR))
equal "set past the date: it does not" 4041 "$(arrives $BRIEF 4040 4041)"
equal "... as check says" expired "$(in_ns server clarent-xdp --json check $BRIEF port 4040 |
	jq -r .reason)"
equal "... nor does the other, whose date is past as well" 4041 "$(arrives $LONG 4040 4041)"
saved >/run/tmp/policy
check "... and apply warns of it" grep -q "expired already" \
	<(clarent-xdp apply /run/tmp/policy force 2>&1)
equal "... and leaves it so" 4041 "$(arrives $LONG 4040 4041)"

# Booted with a clock that is behind: what had expired by the last change of the boot before has expired.
clarent-xdp -q detach all
clarent-xdp -q purge files
in_ns server clarent-xdp -q attach eth0
clarent-xdp -q allow $LISTED4 gateway
log=$(find /var/lib/clarent-xdp -name log)
sed -i 's/"boot":"[^"]*"/"boot":"another"/' "$log"
step $((-2 * HOUR))
check "behind what was done before the boot: said" grep -q "the clock is wrong" \
	<(clarent-xdp allow $BRIEF gateway expires "$(date_in $HOUR)" 2>&1)
equal "... and what had expired by then does not get in" 4041 "$(arrives $BRIEF 4040 4041)"
adjtimex_synced() { /usr/bin/python3 -c 'import ctypes,struct; t=bytearray(208)
struct.pack_into("I",t,0,0x10); struct.pack_into("i",t,40,0)
b=(ctypes.c_char*208).from_buffer(t); ctypes.CDLL(None).adjtimex(b)'; }
adjtimex_synced
refused "... unless somebody keeps the clock right" 0 "" \
	clarent-xdp allow $BRIEF gateway expires "$(date_in $HOUR)"
equal "... and then it gets in" "4040 4041" "$(arrives $BRIEF 4040 4041)"
