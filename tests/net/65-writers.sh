#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Writers take turns: a second one waits, and after 10 s names who holds the lock; readers never
# wait.
. "${0%/*}/lib.sh"

clarent-xdp allow $LISTED4 gateway

# hold SECONDS: takes the writers' lock in the background, and returns when it is held.
hold() {
	flock -x $PINS sh -c "touch /run/tmp/held; exec sleep $1" &
	holder=$!
	for _ in {1..100}; do
		[[ ! -e /run/tmp/held ]] || break
		sleep 0.05
	done
	rm /run/tmp/held
}

hold 1
begun=${EPOCHREALTIME/./}
check "a second writer waits" clarent-xdp allow $UNLISTED4 gateway
check "... for the first" test $((${EPOCHREALTIME/./} - begun)) -gt 300000
check "... and then does its work" grep -q $UNLISTED4 <(clarent-xdp list gateway)
wait $holder

hold 60
for verb in list status stats policies; do
	check "a reader does not wait: $verb" timeout 2 clarent-xdp $verb
done
before=$(clarent-xdp --json list)
begun=$SECONDS
refused "after 10 s a writer names the holder" 1 "^clarent-xdp: revoke: .*\\bpid $holder\\b" \
	timeout 20 clarent-xdp revoke $LISTED4 gateway
waited=$((SECONDS - begun))
check "... neither sooner nor much later" test $waited -ge 9 -a $waited -le 15
equal "... and nothing has changed" "$before" "$(clarent-xdp --json list)"
kill $holder $(pgrep -P $holder) 2>/dev/null || true
wait $holder 2>/dev/null || true

for i in {1..10}; do
	clarent-xdp allow "198.51.100.$i" gateway &
done
wait
equal "ten writers at once: none is lost" 10 "$(clarent-xdp list gateway | grep -c 198.51.100)"
