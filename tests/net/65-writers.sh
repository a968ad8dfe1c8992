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

hold 15
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

# side_by_side COUNT COMMAND…: as many at once, "%" in it being the number; prints what failed.
side_by_side() {
	local count=$1 i

	shift
	for ((i = 1; i <= count; i++)); do
		("${@//%/$i}" >/dev/null 2>"/run/tmp/side.$i" || echo "exit $?: $(<"/run/tmp/side.$i")") &
	done >/run/tmp/failures
	wait
	sort /run/tmp/failures | uniq -c | head -3
}

MANY=${MANY:-80} # at once; with 200 it takes a minute more
equal "$MANY writers at once: all succeed" "" "$(
	side_by_side "$MANY" clarent-xdp -q allow 10.1.1.% gateway)"
equal "... and none is lost" "$MANY" "$(clarent-xdp list gateway | grep -c '^10\.1\.1\.')"
lan
equal "$MANY attaches at once: all succeed" "" "$(
	side_by_side "$MANY" in_ns server clarent-xdp -q attach eth0)"
equal "... and it filters" 1 "$(attached | grep -c "^server eth0")"
in_ns server clarent-xdp -q detach eth0

equal "the first changes of all, side by side: all succeed" "" "$(
	side_by_side 60 clarent-xdp -q --bpffs /sys/fs/bpf/first allow 10.1.2.% gateway)"
equal "... and none is lost" 60 \
	"$(clarent-xdp --bpffs /sys/fs/bpf/first list gateway | grep -c '^10\.1\.2\.')"

# A purge takes away what a writer that waits looks at.  Whoever is told that it is done has done it.
# One that holds the lock keeps purge waiting, and that is the end of it.
command -v strace >/dev/null || skip_all "needs strace"
strace -f -qq -o /run/tmp/calls -- clarent-xdp -q allow 192.0.2.77 gateway
total=$(wc -l </run/tmp/calls) wrong='' tried=0 held=0
for ((n = 45; n < total && held < 2; n += 2)); do
	status=0
	clarent-xdp -q allow 192.0.2.1 gateway
	/usr/bin/python3 -B "$TESTS/control/meanwhile.py" $n "timeout 2 clarent-xdp -q purge &&
		timeout 2 clarent-xdp -q allow 192.0.2.2 gateway && echo purged >/run/tmp/purged" \
		clarent-xdp -q allow 192.0.2.77 gateway 2>/run/tmp/errors || status=$?
	((status != 99)) || break
	tried=$((tried + 1))
	[[ -e /run/tmp/purged ]] || held=$((held + 1))
	rm -f /run/tmp/purged
	((status == 0)) || wrong+="call $n: exit $status: $(</run/tmp/errors). "
	clarent-xdp -q save - | grep -q "192.0.2.77 gateway" ||
		wrong+="call $n: exit $status, and it is not listed. "
	clarent-xdp -q allow 192.0.2.3 gateway 2>/run/tmp/errors ||
		wrong+="call $n: then: $(</run/tmp/errors). "
	clarent-xdp -q purge
done
equal "a purge beside a writer, at $tried moments: what is done is there" "" "$wrong"

# Of two purges one is told that there is nothing any more, wherever the other stands still.
both='' tried=0
for ((n = 45; n < total; n += 7)); do
	status=0
	clarent-xdp -q allow 192.0.2.1 gateway
	/usr/bin/python3 -B "$TESTS/control/meanwhile.py" $n \
		"timeout 2 clarent-xdp -q purge && echo purged >/run/tmp/purged" \
		clarent-xdp -q purge 2>/dev/null || status=$?
	((status != 99)) || break
	tried=$((tried + 1))
	[[ $status != 0 || ! -e /run/tmp/purged ]] || both+="call $n "
	rm -f /run/tmp/purged
	[[ ! -e $PINS ]] || both+="call $n: pins are left "
	((tried < 12)) || break
done
equal "a purge beside a purge, at $tried moments: one has done it" "" "$both"

purges() {
	for _ in {1..10}; do
		clarent-xdp -q purge 2>/dev/null || true # another one may have done so
		clarent-xdp -q apply /run/tmp/list force || echo "apply: exit $?"
	done
}
allows() {
	for _ in {1..10}; do
		clarent-xdp -q allow "192.0.2.1$1" gateway || echo "allow: exit $?"
	done
}
for i in {1..100}; do echo "allow 10.2.2.$i gateway"; done >/run/tmp/list
{
	purges &
	for i in {1..4}; do allows "$i" & done
	wait
} >/run/tmp/failures 2>&1
equal "purge and apply beside four loops of allow: all succeed" "" \
	"$(sort /run/tmp/failures | uniq -c | head -3)"
clarent-xdp -q apply /run/tmp/list add
equal "... and in the end all is there" 100 "$(clarent-xdp list gateway | grep -c '^10\.2\.2\.')"
