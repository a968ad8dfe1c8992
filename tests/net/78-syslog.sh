#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Every change writes one line to the system's log: who, the words, and the generations.
. "${0%/*}/lib.sh"

lan
/usr/bin/python3 -B - >/run/tmp/log <<'END' &
import os, socket
log = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
log.bind("/dev/log")
os.close(os.open("/run/tmp/ready", os.O_CREAT))
while True:
    print(log.recv(65536).decode().strip("\n\0"), flush=True)
END
for _ in {1..100}; do
	[[ ! -e /run/tmp/ready ]] || break
	sleep 0.05
done

# logged NAME LINES PATTERN COMMAND…: the command adds so many lines, the last with this in it.
logged() {
	local name=$1 wanted=$2 pattern=$3 before

	shift 3
	before=$(wc -l </run/tmp/log)
	"$@" >/dev/null 2>&1 || true
	sleep 0.1
	equal "$name: lines" "$wanted" "$(($(wc -l </run/tmp/log) - before))"
	((wanted == 0)) || check "$name: says $pattern" grep -qE "$pattern" <(tail -n 1 /run/tmp/log)
}

logged allow 1 "clarent-xdp.*allow $LISTED4 gateway.*generation" clarent-xdp allow $LISTED4 gateway
logged attach 1 "attach eth0" in_ns server clarent-xdp attach eth0
logged revoke 1 "revoke $LISTED4 gateway" clarent-xdp -q revoke $LISTED4 gateway
logged policy 1 "policy gateway mode monitor" clarent-xdp -q policy gateway mode monitor
printf 'allow %s gateway\n' $LISTED4 >/run/tmp/policy
logged apply 1 "apply /run/tmp/policy" clarent-xdp -q apply /run/tmp/policy force
logged detach 1 "detach eth0" in_ns server clarent-xdp detach eth0
logged purge 1 "purge" clarent-xdp purge
for words in list status stats suspects policies version help "allow 300.1.1.1 gateway"; do
	# shellcheck disable=SC2086 # words
	logged "nothing changed: $words" 0 "" clarent-xdp $words
done
logged "a comment cannot forge a line" 0 "" \
	clarent-xdp allow $LISTED4 gateway comment $'x\nclarent-xdp: root: purge'
