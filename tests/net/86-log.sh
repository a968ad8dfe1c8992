#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# log: what is dropped, as it happens, and how much was not shown; no flood hides another drop;
# programs are as they were when nobody reads, whatever ended the reader.
. "${0%/*}/lib.sh"

TOOLS=$TESTS/../build/bench
lan
in_ns client ip neigh add $SERVER4 lladdr "$(mac_of server eth0)" dev eth0 nud permanent
in_ns client ip neigh add $SERVER6 lladdr "$(mac_of server eth0)" dev eth0 nud permanent
OTHER4=203.0.113.9 # listed, and the route back leads elsewhere
ip -n client addr add $OTHER4/32 dev eth0
ip -n server link add away type veth peer name nowhere
ip -n server addr add 203.0.113.1/24 dev away
ip -n server link set away up
log() { in_ns server clarent-xdp log "$@"; }
program() { ip -n server -d -j link show "${1:-eth0}" | jq -r '.[].xdp.prog | .name + " " + .tag'; }

# knock COUNT SOURCE PORT: datagrams one by one
knock() {
	local server=$SERVER4

	[[ $2 != *:* ]] || server=$SERVER6
	in_ns client /usr/bin/python3 -B - "$@" $server <<-'END'
		import socket, sys
		count, source, port, server = sys.argv[1:]
		family = socket.AF_INET6 if ":" in source else socket.AF_INET
		sock = socket.socket(family, socket.SOCK_DGRAM)
		sock.bind((source, 0))
		for _ in range(int(count)):
		    sock.sendto(b"knock", (server, int(port)))
	END
}

# within SECONDS COMMAND…: it comes to succeed
within() {
	local tries=$(($1 * 10))

	shift
	while ! "$@"; do
		((tries--)) || return 1
		sleep 0.1
	done
}
tells() { [[ $(program "${1:-eth0}") == clarent_xdp_log* ]]; }
silent_again() { [[ $(program) == "$BARE" ]]; }

# reading FILE WORD…: a reader in the background, READER, which is told by now
reading() {
	local file=$1

	shift
	nsenter --net=/run/netns/server -- clarent-xdp log "$@" >"$file" 2>"$file.errors" &
	READER=$!
	within 20 tells || fail "a reader is told" "programs are as they were"
}

# ends NAME STATUS [SIGNAL]: the reader ends so
ends() {
	local status=0

	[[ -z ${3-} ]] || kill -s "$3" "$READER"
	{ wait "$READER" || status=$?; } 2>/dev/null
	equal "$1" "$2" "$status"
}

# dropped [REASON]: packets that the counters say
dropped() {
	in_ns server clarent-xdp -j stats | jq --arg reason "${1-}" '[.counters[] |
		select(.reason != "allowed" and .reason != "not-guarded") |
		select($reason == "" or .reason == $reason) | .packets + .would_drop_packets] | add // 0'
}

# --- nothing to read -------------------------------------------------------------------------

refused "without a filter" 1 "^clarent-xdp: log: there is no filter" clarent-xdp log
clarent-xdp allow $LISTED4,$LISTED6 gateway peer acme
clarent-xdp allow $OTHER4 command
clarent-xdp -q policy command rpf strict
in_ns server clarent-xdp -q attach eth0
BARE=$(program)
equal "off: the program is the usual one" clarent_xdp "${BARE% *}"
HISTORY=$(clarent-xdp -j history)
for words in "count" "count 0" "count x" "count -1" "for" "for 0" "for x" "write" "gateway command" \
	"json json" "count 1 count 2" "10.0.0.1" "extra gateway x" "-j write -"; do
	# shellcheck disable=SC2086 # several words
	refused "log $words" 2 "^clarent-xdp: log: '" sh -c \
		"clarent-xdp log $words >/run/tmp/said; status=\$?; grep -v '[]{}\"[]' /run/tmp/said; exit \$status"
done
refused "log of no such policy" 1 "^clarent-xdp: log: 'nosuch': no such policy" clarent-xdp log nosuch
refused "a file that cannot be written" 1 "^clarent-xdp: log: '/nothing/here': cannot be written" \
	clarent-xdp log write /nothing/here
equal "... which changes nothing" "$BARE" "$(program)"

# --- lines -----------------------------------------------------------------------------------

equal "while nothing is dropped" "# shown: 0, not shown: none" "$(log for 1)"
equal "... and then all is as it was" "$BARE" "$(program)"
reading /run/tmp/lines
knock 2 $UNLISTED4 4040
knock 1 $UNLISTED6 5001
knock 3 $LISTED4 4040
knock 1 $OTHER4 5002
sleep 0.5
in_ns server clarent-xdp -q policy command mode monitor
check "a change while it reads: it is told still" tells
knock 1 $UNLISTED4 5001
sleep 1.5
ends "SIGTERM ends it well" 0 TERM
stamp='^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}\.[0-9]{6}Z'
lines() { sed -nE "s/$stamp (.*):[0-9]+ > /\1:PORT > /p" "$1" | sort | uniq -c | sed 's/^ *//'; }
equal "each, with all that is to be said" "1 eth0 command drop rpf-failed $OTHER4:PORT > $SERVER4:5002 UDP ttl 64 length 47
1 eth0 command drop unlisted [$UNLISTED6]:PORT > [$SERVER6]:5001 UDP ttl 64 length 67
1 eth0 command would drop unlisted $UNLISTED4:PORT > $SERVER4:5001 UDP ttl 64 length 47
2 eth0 gateway drop unlisted $UNLISTED4:PORT > $SERVER4:4040 UDP ttl 64 length 47" "$(lines /run/tmp/lines)"
equal "... and none was left out" "# shown: 5, not shown: none" "$(tail -1 /run/tmp/lines)"
equal "... or said on standard error" "" "$(</run/tmp/lines.errors)"
equal "the programs are as they were" "$BARE" "$(program)"
clarent-xdp -q policy command mode enforce force
HISTORY=$(clarent-xdp -j history)

reading /run/tmp/lines command count 2
knock 3 $UNLISTED4 4040
knock 2 $UNLISTED4 5001
ends "count ends it" 0
equal "a policy: only what that one drops" "2 eth0 command drop unlisted $UNLISTED4:PORT > $SERVER4:5001 UDP ttl 64 length 47
# shown: 2, not shown: none" "$(lines /run/tmp/lines && tail -1 /run/tmp/lines)"

# --- any end leaves the filter as it was -------------------------------------------------------

for signal in INT HUP; do
	reading /run/tmp/lines
	ends "SIG$signal ends it well" 0 $signal
	equal "... and the programs are as they were" "$BARE" "$(program)"
done
mkfifo /run/tmp/pipe
head -1 /run/tmp/pipe >/run/tmp/first &
HEAD=$!
reading /run/tmp/pipe
knock 1 $UNLISTED4 4040
wait $HEAD
check "a pipe that nobody reads any more ends it" within 5 silent_again
wait "$READER" || true
check "... the first line had come" grep -q unlisted /run/tmp/first
equal "... without a word" "" "$(</run/tmp/pipe.errors)"

reading /run/tmp/lines
ends "killed" 137 KILL
check "... its program stays, ..." tells
equal "... which lets in who is listed" 4040 "$(arrives $LISTED4 4040)"
equal "... and nobody else" none "$(arrives $UNLISTED4 4040)"
equal "it is no change" "$HISTORY" "$(clarent-xdp -j history)"
clarent-xdp allow 198.51.100.7 gateway
equal "the next change takes it out" "$BARE" "$(program)"
clarent-xdp revoke 198.51.100.7 gateway

# --- others at the same time -------------------------------------------------------------------

reading /run/tmp/lines
FIRST=$READER
reading /run/tmp/second json
sleep 1.5
knock 1 $UNLISTED4 4040
sleep 0.5
in_ns server clarent-xdp -q allow 198.51.100.0/24 gateway rate 5 # another feature: other programs
check "another feature: told still" tells
knock 1 $UNLISTED4 4045
sleep 0.5
ends "of two readers one ends" 0 TERM
check "... and the other is told" tells
knock 1 $UNLISTED4 5010
sleep 0.5
in_ns server clarent-xdp -q deny 192.0.2.77 gateway confirm 1
sleep 2.5
knock 1 $UNLISTED4 5001
wire server eth1 client eth1
in_ns server clarent-xdp -q attach eth1
check "what is attached meanwhile tells, too" within 20 tells eth1
READER=$FIRST
sleep 0.3
ends "... the other ends" 0 TERM
equal "both had all of their time" "4040 4045 | 4040 4045 5010 5001" \
	"$(jq -r 'select(.event_type == "drop") | .dest_port' /run/tmp/second | xargs) | $(
		sed -nE 's/.* > [^ ]*:([0-9]+) UDP.*/\1/p' /run/tmp/lines | xargs)"
in_ns server clarent-xdp -q revoke 198.51.100.0/24 gateway
equal "in the end all is as it was" "$BARE clarent_xdp" "$(program) $(program eth1 | sed 's/ .*//')"
in_ns server clarent-xdp -q detach eth1
ip -n server link del eth1

pids=()
for _ in 1 2 3 4 5 6 7 8; do
	reading /run/tmp/lines
	pids+=("$READER")
done
sleep 1
refused "the ninth reader" 1 "^clarent-xdp: log: 8 read already" \
	in_ns server clarent-xdp log for 1
{
	kill -KILL "${pids[@]}"
	wait "${pids[@]}" || true
} 2>/dev/null
equal "... places of the killed are free" "# shown: 0, not shown: none" "$(log for 1)"
equal "... and their program goes with the next" "$BARE" "$(program)"

# --- JSON --------------------------------------------------------------------------------------

reading /run/tmp/eve json
knock 1 $UNLISTED4 4040
knock 1 $UNLISTED6 5001
sleep 0.5
ends "... it ends well" 0 TERM
equal "lines of eve" "[\"drop\",\"eth0\",\"$UNLISTED4\",\"$SERVER4\",4040,\"UDP\",\"gateway\",\"unlisted\",\"drop\",64,47]
[\"drop\",\"eth0\",\"$UNLISTED6\",\"$SERVER6\",5001,\"UDP\",\"command\",\"unlisted\",\"drop\",64,67]" \
	"$(jq -c 'select(.event_type == "drop") | [.event_type, .in_iface, .src_ip, .dest_ip, .dest_port, .proto,
		.policy, .reason, .verdict, .drop.ttl, .drop.len]' /run/tmp/eve)"
check "... with the time as eve has it, and a source port" jq -se 'map(select(.event_type == "drop") |
	(.timestamp | test("^[0-9-]{10}T[0-9:]{8}[.][0-9]{6}[+]0000$")) and .src_port > 0) | all' /run/tmp/eve
equal "... and what was not shown" '[2,0]' "$(tail -1 /run/tmp/eve | jq -c '[.shown, .not_shown]')"

# --- a capture ---------------------------------------------------------------------------------

reading /run/tmp/capture write /run/tmp/drops.pcapng
knock 2 $UNLISTED4 4040
knock 1 $OTHER4 5002
sleep 0.5
ends "a capture: a packet a line" 0 TERM
equal "... its end said" "# shown: 3, not shown: none" "$(</run/tmp/capture)"
equal "... which is root's alone" 600 "$(stat -c %a /run/tmp/drops.pcapng)"
if command -v tshark >/dev/null; then
	equal "tshark reads it, and the comments" "eth0 reason=unlisted policy=gateway $UNLISTED4 4040
eth0 reason=unlisted policy=gateway $UNLISTED4 4040
eth0 reason=rpf-failed policy=command $OTHER4 5002" \
		"$(tshark -r /run/tmp/drops.pcapng -T fields -E separator=' ' -e frame.interface_name \
			-e frame.comment -e ip.src -e udp.dstport 2>/run/tmp/tshark.errors)"
	equal "... without a complaint" "" "$(grep -v "Running as user" /run/tmp/tshark.errors || true)"
	check "... and the verdict" grep -q "XDP_DROP" \
		<(tshark -r /run/tmp/drops.pcapng -V -c 1 2>/dev/null)
else
	skip "tshark reads it" "no tshark"
fi
in_ns server clarent-xdp check /run/tmp/drops.pcapng >/run/tmp/checked || true
check "check reads it" grep -q "unlisted" /run/tmp/checked
log write - count 1 >/run/tmp/stream.pcapng 2>/run/tmp/stream &
within 20 tells
knock 1 $UNLISTED4 4040
wait $!
equal "to standard output, the end said on the other" "0a0d0d0a # shown: 1, not shown: none" \
	"$(xxd -p -l 4 /run/tmp/stream.pcapng) $(</run/tmp/stream)"

# --- mode tc -----------------------------------------------------------------------------------

in_ns server clarent-xdp -q detach eth0
in_ns server clarent-xdp -q attach eth0 mode tc
log write /run/tmp/tc.pcapng for 4 >/run/tmp/lines &
sleep 2
knock 1 $UNLISTED4 4040
wait $!
equal "mode tc" "# shown: 1, not shown: none" "$(</run/tmp/lines)"
command -v tshark >/dev/null && check "... with its verdict" grep -q "TC_ACT_SHOT" \
	<(tshark -r /run/tmp/tc.pcapng -V 2>/dev/null)
in_ns server clarent-xdp -q detach eth0
in_ns server clarent-xdp -q attach eth0

# --- a flood hides nothing ---------------------------------------------------------------------

if [[ -x $TOOLS/flood ]]; then
	before=$(dropped) was_failed=$(dropped rpf-failed)
	reading /run/tmp/eve json
	in_ns client "$TOOLS/flood" -s random-ipv4 -t 1 -m 2500 -p 192 -c "$(($(nproc) - 1))" \
		"flood,dev=eth0,rx=server:eth0" >/run/tmp/flood &
	flood=$!
	sleep 1
	for _ in 1 2 3; do
		knock 1 $OTHER4 5002
		sleep 0.2
	done
	wait $flood
	sleep 1.2
	ends "... it ends well" 0 TERM
	all=$(($(dropped) - before))
	check "a flood of $all" test $all -gt 100000
	equal "each that failed for another reason was shown" "3 3" "$(jq -c 'select(.reason == "rpf-failed" and
		.event_type == "drop") | 1' /run/tmp/eve | wc -l) $(($(dropped rpf-failed) - was_failed))"
	equal "shown and not shown are all" "$all" \
		"$(tail -1 /run/tmp/eve | jq '.shown + .not_shown')"
	equal "... as they were said one by one" "true" "$(jq -s '(map(select(.event_type == "drop") | .datagrams) |
		add) == .[-1].shown and (map(select(.event_type == "not_shown") | .packets) | add) == .[-1].not_shown' \
		/run/tmp/eve)"
	shown=$(jq -c 'select(.reason == "unlisted" and .event_type == "drop") | 1' /run/tmp/eve | wc -l)
	check "of the flood some are shown ($shown)" test "$shown" -gt 50 -a "$shown" -lt 3000
	equal "... after it all is as it was" "$BARE" "$(program)"
else
	skip "a flood" "not built: make test-programs"
fi

# --- purged ------------------------------------------------------------------------------------

reading /run/tmp/lines
in_ns server clarent-xdp -q detach all
clarent-xdp -q purge
ends "a purge ends it" 1
equal "... in words" "clarent-xdp: log: the filter was purged" "$(</run/tmp/lines.errors)"
