#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# top: what comes, from whom, and where it is lost; as lines, and on a terminal that is given back.
. "${0%/*}/lib.sh"

cd /run/tmp
lan
LONG6=2001:db8:1111:2222:3333:4444:5555:6666
address client eth0 $LONG6/128
ip -n server route add $LONG6/128 dev eth0
for i in {1..40}; do
	echo "addr add 198.51.100.$i/32 dev eth0"
done | ip -n client -batch -
ip -n server route add 198.51.100.0/24 dev eth0
cx() { in_ns server clarent-xdp "$@"; }

# --- Without a terminal ---------------------------------------------------------------------
equal "nothing attached: all is said, and is nothing" "0 0 0 0 1" "$(cx -j top batch count 1 |
	jq -r '"\(.attached | length) \(.rates | length) \(.sources | length) \(.suspects | length) \(.losses | length)"')"
cx -q attach eth0
cx -q allow $LISTED4 gateway rate 40 peer acme
cx -q allow $LONG6 gateway peer "long name"
refused "no terminal" 1 "there is no terminal.*top batch" cx top
refused "... even with a count" 1 "there is no terminal" cx top count 1
refused "another word" 2 "top: 'bach'" cx top bach
refused "no seconds" 2 "'0': is no number of seconds" cx top batch 0
refused "no turns" 2 "'0': is no number of turns" cx top count 0
refused "count of nothing" 2 "needs a number" cx top batch 1 count
refused "one word more" 2 "top: 'now'" cx top batch 1 count 1 now

# Some 100 packets a second from a listed host and from one that is not, and a socket that nobody
# reads.  Each host of 198.51.100.0/24 sends now and then, and so does who speaks no known protocol.
in_ns server /usr/bin/python3 -B -c 'import signal, socket
mute = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
mute.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
mute.bind(("::", 4040))
signal.pause()' &
in_ns client /usr/bin/python3 -B -c 'import socket, sys, time
def sender(source):
    made = socket.socket(socket.AF_INET6 if ":" in source else socket.AF_INET, socket.SOCK_DGRAM)
    made.bind((source, 0))
    return made
server4, server6, listed, unlisted, long = sys.argv[1:]
listed, unlisted, long = sender(listed), sender(unlisted), sender(long)
strange = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
strange.bind(("eth0", 0))
others = [sender(f"198.51.100.{i}") for i in range(1, 41)]
for i in range(10000):
    listed.sendto(b"x" * 500, (server4, 4040))
    unlisted.sendto(b"x", (server4, 5001))
    if i % 4 == 0:
        long.sendto(b"x", (server6, 5010))
        strange.send(b"\xff" * 12 + b"\x88\xb5" + bytes(46))
        others[i // 4 % 40].sendto(b"x", (server4, 4045))
    time.sleep(0.01)' $SERVER4 $SERVER6 $LISTED4 $UNLISTED4 $LONG6 &
sleep 0.5

# --- As lines -------------------------------------------------------------------------------
cx -j stats watch 1 count 2 >watched &
cx top batch 1 count 2 >text &
clarent-xdp --netns server -j top batch 1 count 2 >entered &
cx -j top batch 1 count 2 >json
wait %3 %4 %5
equal "turns, a line of JSON each" 2 "$(wc -l <json)"
tail -n 1 json >last
# near POLICY REASON VERDICT: the rate, beside what stats watch counted meanwhile
near() {
	jq -es --arg policy "$1" --arg reason "$2" --arg verdict "$3" --slurpfile watched watched '
		([$watched[].rates[] | select(.policy == $policy and .reason == $reason) | .packets] | add) as $packets |
		([$watched[].seconds] | add) as $seconds |
		.[0].rates[] | select(.policy == $policy and .reason == $reason and .verdict == $verdict) |
		.packets_per_second_10s / ($packets / $seconds) | . > 0.7 and . < 1.4' last
}
check "what passes, as stats watch counts it" near gateway allowed pass
check "... what is dropped" near command unlisted drop
check "... over its limit" near gateway over-rate drop
check "spans agree so soon" jq -e '[.rates[] | select(.reason == "allowed")][0] |
	.packets_per_second_10s == .packets_per_second_40s and .packets_per_second_2s > 0' last
check "the busiest source, with its limit" jq -e '.sources[0] | .source == "'$LISTED4'" and
	.policy == "gateway" and .rate == 40 and .peer == "acme" and .passed_per_second > 25 and
	.passed_per_second < 55 and .refused_per_second > 5' last
check "... and the other one" jq -e '.sources[1] | .source == "'$LONG6'" and .rate == null and
	.passed_per_second > 5 and .refused_per_second == 0' last
check "suspects, as suspects says" jq -e '.suspects[0].source == "'$UNLISTED4'" and (.suspects | length) > 20' last
loss() {
	jq -e "def card: [.losses[] | select(.interface == \"eth0\")][0];
		def port: [.losses[] | select(.port == 4040)][0];
		def sockets: [.losses[] | select(.interface == null and .port == null)][0];
		$1" last
}
check "loss has an owner: the filter" loss 'card.filter_drops_per_second > 50 and
	card.received_per_second > card.filter_drops_per_second and card.socket_drops_per_second == null'
check "... the card, for frames that nobody understands" loss 'card.card_drops_per_second > 8'
check "... the socket that nobody reads" loss 'port.socket_drops_per_second > 15 and
	port.filter_drops_per_second == null'
check "... as all sockets together" loss 'sockets.socket_drops_per_second >= port.socket_drops_per_second * 0.8'
check "another namespace's, which was entered: its cards and sockets" jq -se '.[-1].losses |
	any(.port == 4040 and .socket_drops_per_second > 0) and
	any(.interface == "eth0" and .namespace == null and .received_per_second > 0)' entered
check "text: rates" grep -qE "^gateway +allowed +pass +[0-9.]+ +[0-9.]+ +[0-9.]+$" text
check "... sources" grep -qE "^$LISTED4 +gateway +[0-9.]+ +[0-9.]+ +40 +acme$" text
check "... losses" grep -qE "^udp 4040 +- +- +- +[1-9][0-9.]*$" text
equal "... turns" 2 "$(grep -c '^20.*, in .* s: attached: eth0$' text)"
check "a reader that goes away ends it" timeout 20 bash -c \
	'nsenter --net=/run/netns/server clarent-xdp top batch 1 | head -n 1 >/dev/null'

# --- On a terminal --------------------------------------------------------------------------
command -v tmux >/dev/null || { skip "on a terminal" "needs tmux"; exit 0; }
mkdir -p /dev/pts
mount -t devpts -o newinstance,ptmxmode=0666 devpts /dev/pts || { skip "on a terminal" "no terminals here"; exit 0; }
ln -sf pts/ptmx /dev/ptmx

terminal() { TERM=xterm tmux -f /dev/null -S /run/tmp/tmux "$@"; }
screen() { terminal capture-pane -p -t "=$window:"; }
keys() { terminal send-keys -t "=$window:" "$@"; }
size() { terminal resize-window -t "=$window:" -x "$1" -y "$2"; } # COLUMNS LINES
on_screen() { grep -qE -- "$1" < <(screen); }
# soon NAME COMMAND…: it succeeds before long.
soon() {
	local name=$1 i

	shift
	for ((i = 0; i < 100; i++)); do
		! "$@" || { pass "$name"; return; }
		sleep 0.1
	done
	fail "$name" "the screen: $(screen)"
}
ask() { terminal display -p -t "=$window:" "$1"; }
# begin NAME [WORD…]: top on a terminal of 80 × 24; then its exit status stands there.
begin() {
	window=$1
	shift
	terminal new-session -d -s "$window" -x 80 -y 24 \
		"LC_ALL=C.UTF-8 nsenter --net=/run/netns/server clarent-xdp top $*"'
		echo "ended: $?"; sleep 1000'
	terminal set-option -g status off
	size 80 24
}
ended() { on_screen "^ended: $1" && [[ $(ask '#{alternate_on} #{cursor_flag}') == "0 1" ]]; }

for signal in INT TERM HUP QUIT ABRT SEGV; do
	begin "$signal"
done
begin count count 1
begin screen
soon "the head" on_screen "^clarent-xdp top  20[^ ]*Z  every 1 s  /sys/fs/bpf/clarent-xdp"
soon "... rates" on_screen "^gateway +allowed +pass +[1-9]"
soon "... sources" on_screen "^$LISTED4 +gateway .* 40  acme"
soon "... suspects" on_screen "^$UNLISTED4 +command +udp +5001 +unlisted"
soon "... what card, filter and sockets drop" on_screen "^WHERE +RECEIVED/S +CARD DROPS/S +FILTER DROPS/S +SOCKET DROPS/S"
check "... keys on the last line" grep -q "^q quit  p pause" < <(screen | sed -n 24p)
check "... on 80 columns" test "$(screen | awk '{ if (length > n) n = length } END { print n }')" -le 80
equal "the screen is one of its own" "1 0" "$(ask '#{alternate_on} #{cursor_flag}')"
keys 3
soon "a section is chosen" on_screen "^>3 refused sources .*, 1-[0-9]+ of 4[0-9]"
keys Down Down
soon "... and scrolled" on_screen "^>3 refused sources .*, 3-[0-9]+ of 4[0-9]"
keys End
soon "... to its end" on_screen "^>3 refused sources .*-(4[0-9]) of \1"
keys s
soon "... and the next" on_screen "^>4 lost"
keys + +
soon "seconds from turn to turn" on_screen "every 3 s"
keys - - p
soon "a pause" on_screen "every 1 s  PAUSED"
before=$(screen)
sleep 1.3
equal "... in which nothing changes" "$before" "$(screen)"
keys p h
soon "help" on_screen "^p +pause:"
keys h 2
soon "... and back" on_screen "^>2 allowed sources"
size 132 43
soon "a larger terminal: long addresses beside all else" on_screen "^$LONG6 +gateway .* long name"
soon "... more columns" on_screen "INTERFACE +TTL +NEAREST +PEER"
check "... and the last line is where it is" grep -q "^q quit" < <(screen | sed -n 43p)
size 40 8
soon "a small one" grep -q "^q quit" < <(screen | sed -n 8p)
size 80 24
cx -q allow 203.0.113.1 gateway confirm 60
soon "a trial" on_screen "^confirm: awaited, [0-9]+ s left"
cx -q confirm
cx -q policy gateway mode monitor
soon "other rules" on_screen "^gateway +over-rate +would drop"
cx -q detach all
soon "nothing attached any more" on_screen "^nothing is attached"
cx -q purge
cx -q policy gateway mode closed
cx -q attach eth0
soon "purged, and made anew" on_screen "^gateway +closed +drop +[1-9]"
keys q
soon "q: the terminal is as it was" ended 0

for signal in INT TERM HUP QUIT ABRT SEGV; do
	window=$signal
	on_screen "^clarent-xdp top  20" || fail "top runs" "the screen: $(screen)"
	pkill "-$signal" -P "$(ask '#{pane_pid}')"
	case $signal in
	ABRT) soon "SIG$signal: as it was" ended 134 ;;
	SEGV) soon "SIG$signal: as it was" ended 139 ;;
	*) soon "SIG$signal: as it was" ended 0 ;;
	esac
done
window=count
soon "count: it ended by itself" ended 0
terminal kill-server

on_terminal() { script -qec "nsenter --net=/run/netns/server ${1-} clarent-xdp top" /dev/null </dev/null; }
check "a terminal without a cursor" grep -q "'dumb': no terminal" < <(on_terminal "env TERM=dumb")
mapfile -t libraries < <(ldconfig -p | sed -n 's/.*libncursesw\.so\.[^ ]* .*=> //p')
for library in "${libraries[@]}"; do
	mount --bind /dev/null "$library"
done
check "without ncurses: the package is named" grep -q "libncursesw6" < <(on_terminal)
check "... and the lines do without it" cx -q top batch count 1
