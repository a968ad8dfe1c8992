#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# list rates: how many packets a second meet each entry while it looks.
. "${0%/*}/lib.sh"

lan
cx() { in_ns server clarent-xdp "$@"; }
cx -q allow $LISTED4 gateway
cx -q allow $LISTED6 gateway
cx -q deny $UNLISTED4 gateway
cx -q protect $SERVER4 command
cx -q attach eth0
# send COUNT SOURCE: so many datagrams at once
send() { in_ns client /usr/bin/python3 -c "
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(('$2', 0))
for _ in range($1):
    s.sendto(b'x', ('$SERVER4', 4040))"; }
rates() { jq -c "[.entries[] | select(.prefix | startswith(\"$1/\") or . == \"$1\") |
	.packets_per_second, .peak_packets_per_second]" seen; }
cd /run/tmp

cx -j list rates 3 >seen &
sleep 1.4
send 60 $LISTED4
send 30 $UNLISTED4
wait
equal "the mean and the most in a second: of what passes" "[20,60]" "$(rates $LISTED4)"
equal "... of what is denied" "[10,30]" "$(rates $UNLISTED4)"
equal "... of who sends nothing" "[0,0]" "$(rates $LISTED6)"
equal "... a destination has none" "[null,null]" "$(jq -c '[.entries[] | select(.action == "protect") |
	.packets_per_second, .peak_packets_per_second]' seen)"

cx list gateway rates >text
check "in a table, for a second" grep -qE "HITS +DROPS +PPS +PEAK" text
equal "without the word there are none" "0 0" "$(cx list | grep -c PEAK || true) $(
	cx -j list | jq '[.entries[] | select(has("packets_per_second"))] | length')"
equal "of some entries alone" "1" "$(cx -j list $LISTED6 gateway rates | jq '.entries[0].packets_per_second | . == 0' |
	grep -c true)"

nsenter --net=/run/netns/server clarent-xdp -j list rates 3600 >seen &
list=$!
sleep 1.2
send 40 $LISTED4
sleep 1.2
kill -INT $list
wait $list || true
check "interrupted: what was seen until then" jq -e '.entries | map(.peak_packets_per_second) | max == 40' seen

refused "seconds: not none" 2 "'0'" clarent-xdp list rates 0
refused "... nor too many" 2 "'3601'" clarent-xdp list rates 3601
