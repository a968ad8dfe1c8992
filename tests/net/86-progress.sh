#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# A verb that takes more than a second says on a terminal how far it is, and never in a pipe.
. "${0%/*}/lib.sh"

# terminals of the test's own
mkdir -p /dev/pts
mount -t devpts -o newinstance,ptmxmode=0666 devpts /dev/pts || skip_all "no terminals can be made here"
ln -sf pts/ptmx /dev/ptmx

lan
mkdir /run/tmp/c
cd /run/tmp/c
/usr/bin/python3 -B "$TESTS/tools/captures.py" make . "$(mac_of server eth0)"
for ((i = 0; i < 3000; i++)); do
	echo "allow 10.0.$((i / 250)).$((i % 250)) gateway"
done >hosts
printf 'alow\n' >bad
in_ns server clarent-xdp -q attach eth0

# seen COMMAND: what it shows on a terminal, wiped away lines too
seen() { script -qc "$1; echo end" /dev/null </dev/null | tr '\r' '\n' | sed 's/ *$//'; }
# The same with each of its calls into the kernel's maps so much slower (ms).
slow() { seen "strace -qq -o /dev/null -e trace=bpf -e inject=bpf:delay_enter=${1}000 clarent-xdp $2"; }

# The last that is there, as on a screen: what was wiped is blanks.
says() { # NAME PATTERN OUTPUT
	check "$1" grep -qE "^$2\$" <<<"$3"
}

output=$(slow 100 "apply hosts force")
says "apply: how far the file is read, or the lists are loaded" "(reading the file|loading the lists): [0-9]+ %" "$output"
equal "... wiped away" " end" "$(tail -n 2 <<<"$output" | tr '\n' ' ' | sed 's/ $//')"
equal "... done" 3000 "$(clarent-xdp -j list gateway | jq '.entries | length')"
output=$(slow 100 "save")
says "save: how far the lists are read, or the file is written" "(reading the lists: [0-9]+|writing: [0-9]+ %)" "$output"
output=$(slow 100 "-q apply hosts force")
equal "with -q: nothing" end "$output"
# On a busy machine the first may take longer.
for ((try = 0; try < 20; try++)); do
	began=${EPOCHREALTIME/./}
	output=$(seen "clarent-xdp save other")
	((${EPOCHREALTIME/./} - began < 900000)) && break
done
equal "in less than a second: nothing" end "$output"

# A FIFO's writer begins when its reader has opened it, so that the second is the reader's.
mkfifo fifo.pcap
# A file of its own: the shell that script(1) takes may be one that hands on no functions.
trickle() { sh ./trickle; }
echo 'head -c 300 eth.pcap; sleep 1.3; tail -c +301 eth.pcap' >trickle
output=$(seen "sh ./trickle >fifo.pcap & nsenter --net=/run/netns/server clarent-xdp check fifo.pcap >/run/tmp/out; wait")
says "check FILE, from a pipe: how many frames" "judging frames: [0-9]+" "$output"
equal "... wiped away" " end" "$(tail -n 2 <<<"$output" | tr '\n' ' ' | sed 's/ $//')"
equal "... and nothing of it among the answer" "" "$(grep judging /run/tmp/out || true)"
output=$(seen "sh ./trickle >fifo.pcap & nsenter --net=/run/netns/server clarent-xdp check fifo.pcap frames all; wait")
check "frames on the same terminal" grep -q '^frame [0-9]*, ' <<<"$output"
check "... each on a line of its own" test \
	"$(grep -c '^frame [0-9]*, ' <<<"$output")" -eq "$(grep -c 'frame [0-9]*, ' <<<"$output")"
trickle | in_ns server clarent-xdp check - >/run/tmp/out 2>/run/tmp/errors || true
equal "in a pipe: nothing" "" "$(cat /run/tmp/errors)"
output=$(seen "bash -c 'cat bad; sleep 1.3; cat hosts' | clarent-xdp apply -")
check "a complaint begins a line" grep -q '^clarent-xdp: apply: standard input:1:' <<<"$output"
