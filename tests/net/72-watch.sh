#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# stats watch: what comes, turn by turn; nothing is lost between two, and nothing shown twice.
. "${0%/*}/lib.sh"

cd /run/tmp
lan
wire server eth1 other eth1
address server eth1 192.0.3.1/24
address other eth1 192.0.3.2/24
cx() { in_ns server clarent-xdp "$@"; }
equal "nothing attached: nothing comes" "0" "$(cx -j stats watch count 1 | jq '.rates | length')"
cx -q attach eth0
cx -q allow $LISTED4 gateway

# The sum of what a watch showed, by policy and reason.
sums() { jq -s '[.[].rates[] | select(.policy)] | group_by(.policy + .reason) | map(
	"\(.[0].policy) \(.[0].reason) \(map(.packets) | add)") | join(", ")' "$1"; }

nsenter --net=/run/netns/server clarent-xdp -j stats watch 1 >shown &
watch=$!
for _ in {1..5}; do
	arrives $LISTED4 4040 >/dev/null
	arrives $UNLISTED4 4040 4040 5001 >/dev/null
	sleep 0.4
done
cx -q attach eth1
in_ns other bash -c 'for ((i = 0; i < 7; i++)); do echo x >/dev/udp/192.0.3.1/5010; done'
sleep 2.2
# What nohup says of the terminal's end holds.
(trap '' HUP; exec nsenter --net=/run/netns/server clarent-xdp stats watch 1 count 2) >hung &
hung=$!
sleep 0.5
kill -HUP $hung
status=0
wait $hung || status=$?
equal "behind nohup it goes on, to its end" 0 $status
kill -INT $watch
status=0
wait $watch || status=$?
equal "interrupted: done" 0 $status
check "turns, a line of JSON each" test "$(wc -l <shown)" -ge 3
equal "... which together show each packet once" \
	"$(cx -j stats | jq '[.counters[] | select(.policy and .packets > 0)] | group_by(.policy + .reason) | map(
	"\(.[0].policy) \(.[0].reason) \(map(.packets) | add)") | join(", ")')" "$(sums shown)"
check "... with an interface that was attached meanwhile" jq -se \
	'[.[].rates[] | select(.interface == "eth1" and .reason == "unlisted") | .packets] | add == 7' shown
check "... and rates that are packets by seconds" jq -se \
	'all(.[]; .seconds as $s | all(.rates[]; (.packets / $s - .packets_per_second | fabs) <= 0.51))' shown
check "... seconds as they were" jq -se 'all(.[]; .seconds > 0.5 and .seconds < 30)' shown
cx -q policy gateway mode monitor
(sleep 0.5; arrives $UNLISTED4 4040 >/dev/null) &
cx stats watch 2 count 1 >text
wait
check "as text: what would be dropped" grep -qE "^gateway +unlisted +eth0 .* [1-9][0-9]* +[0-9]+$" text
equal "count: so many turns" 2 "$(cx stats watch 1 count 2 | grep -c '^20.*, in ')"
check "a reader that goes away ends it" timeout 20 bash -c \
	'nsenter --net=/run/netns/server clarent-xdp stats watch 1 | head -n 1 >/dev/null'

refused "no seconds" 2 "'0': is no number of seconds" cx stats watch 0
refused "no number" 2 "'soon': is no number of seconds" cx stats watch soon
refused "no turns" 2 "'0': is no number of turns" cx stats watch 1 count 0
refused "count of nothing" 2 "needs a number" cx stats watch count
refused "one word more" 2 "stats: 'now'" cx stats watch 1 now
refused "another word" 2 "stats: 'wach'" cx stats wach
