#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# suspects inside: which host behind an allowed prefix sends how much; in a flood of random sources
# the busy one still; and nothing of it is left when it ends, or reaches who reads the log.
. "${0%/*}/lib.sh"

TOOLS=$TESTS/../build/bench
CORE=$(($(nproc) - 1))
lan
in_ns client ip neigh add $SERVER4 lladdr "$(mac_of server eth0)" dev eth0 nud permanent
in_ns client ip neigh add $SERVER6 lladdr "$(mac_of server eth0)" dev eth0 nud permanent
QUIET4=203.0.113.7 BUSY4=203.0.113.66 OUTSIDE4=198.51.100.5 HEAVY4=10.1.2.3
for address in $QUIET4 $BUSY4 $OUTSIDE4 $HEAVY4; do
	ip -n client addr add "$address/32" dev eth0
done
ip -n client addr add 2001:db8:0:1::66/128 dev eth0 nodad
ip -n server route add default via $LISTED4
inside() { in_ns server clarent-xdp suspects inside "$@"; }
program() { ip -n server -d -j link show "${1:-eth0}" | jq -r '.[].xdp.prog | .name + " " + .tag'; }

# knock COUNT SOURCE PORT [PAUSE]: datagrams one by one
knock() {
	local server=$SERVER4

	[[ $2 != *:* ]] || server=$SERVER6
	in_ns client taskset -c "$CORE" /usr/bin/python3 -B - "$1" "$2" "$3" "${4:-0}" $server <<-'END'
		import socket, sys, time
		count, source, port, pause, server = sys.argv[1:]
		family = socket.AF_INET6 if ":" in source else socket.AF_INET
		sock = socket.socket(family, socket.SOCK_DGRAM)
		sock.bind((source, 0))
		for _ in range(int(count)):
		    sock.sendto(b"knock", (server, int(port)))
		    time.sleep(float(pause))
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

# watching FILE WORD…: it watches in the background, WATCHER, and is told by now
watching() {
	local file=$1

	shift
	nsenter --net=/run/netns/server -- clarent-xdp "$@" >"$file" 2>"$file.errors" &
	WATCHER=$!
	within 20 tells || fail "it is told" "programs are as they were"
	sleep 0.5
}

# ends NAME STATUS [SIGNAL]: it ends so
ends() {
	local status=0

	[[ -z ${3-} ]] || kill -s "$3" "$WATCHER"
	{ wait "$WATCHER" || status=$?; } 2>/dev/null
	equal "$1" "$2" "$status"
}

# --- nothing to watch -------------------------------------------------------------------------

refused "without a filter" 1 "^clarent-xdp: suspects: there is no filter" inside 203.0.113.0/24
clarent-xdp allow 203.0.113.0/24 gateway peer carrier
clarent-xdp allow 2001:db8:0:1::/64,$LISTED4 gateway
refused "with nothing attached" 1 "^clarent-xdp: suspects: nothing is attached" inside 203.0.113.0/24
in_ns server clarent-xdp -q attach eth0
BARE=$(program)
HISTORY=$(clarent-xdp -j history)
for words in "inside" "inside x" "inside 203.0.113.1/24" "inside 203.0.113.0/24 0" "inside 203.0.113.0/24 x" \
	"inside 203.0.113.0/24 1 1" "inside 203.0.113.0/24 86401" "inside gateway" "gateway inside 203.0.113.0/24" \
	"inside 203.0.113.0/24 under 203.0.113.0/24" "inside 300.1.1.0/24"; do
	# shellcheck disable=SC2086 # several words
	refused "suspects $words" 2 "^clarent-xdp: suspects: '" clarent-xdp suspects $words
done
refused "where nobody is admitted from" 1 "^clarent-xdp: suspects: '198.51.100.0/24': no policy admits anybody" \
	inside 198.51.100.0/24
check "... who was refused from there is said where it names" grep -q "suspects under 198.51.100.0/24" /run/tmp/errors
clarent-xdp -q deny 203.0.113.128/25 gateway
refused "... nor from where they are denied" 1 "'198.51.100.0/24': no policy" inside 198.51.100.0/24
equal "... which changes nothing" "$BARE" "$(program)"
HISTORY=$(clarent-xdp -j history)

# --- quiet ------------------------------------------------------------------------------------

equal "while nothing comes" "packets, 0 not shown" "$(inside 203.0.113.0/24 1 | sed -E 's/^# admitted from 203.0.113.0.24 in [1-9][0-9]*[.][0-9] s: 0 //')"
equal "... it ends by the clock, and then all is as it was" "$BARE" "$(program)"
watching /run/tmp/json -j suspects inside 203.0.113.0/24 60
knock 3 $QUIET4 4040
knock 40 $BUSY4 4045
knock 5 $LISTED4 4040
knock 7 $OUTSIDE4 4040
knock 2 2001:db8:0:1::66 4040
sleep 0.2
ends "SIGTERM ends it, and it answers" 0 TERM
equal "each host, exactly, the busiest first" \
	"[\"$BUSY4\",\"gateway\",\"udp\",4045,40,true,930,\"eth0\",64,64,\"203.0.113.0/24\",\"carrier\"]
[\"$QUIET4\",\"gateway\",\"udp\",4040,3,true,69,\"eth0\",64,64,\"203.0.113.0/24\",\"carrier\"]" \
	"$(jq -c '.inside[] | [.source, .policy, .protocol, .port, .packets, .exact, (.share * 10 | round), .interface,
		.lowest_ttl, .highest_ttl, .entry, .peer]' /run/tmp/json)"
equal "... and the sum" '["203.0.113.0/24",43,0,true,[]]' \
	"$(jq -c '[.prefix, .packets, .packets_not_shown, .seconds > 0.5 and .seconds < 60, .warnings]' /run/tmp/json)"
check "... at the rate over all of the time" jq -e '.inside[0].packets_per_second * .seconds | . > 35 and . < 45' /run/tmp/json
equal "without a word on standard error" "" "$(</run/tmp/json.errors)"
equal "the programs are as they were" "$BARE" "$(program)"
equal "it is no change" "$HISTORY" "$(clarent-xdp -j history)"

watching /run/tmp/text suspects inside 2001:db8::/32 60
knock 4 2001:db8:0:1::66 4040
knock 1 $BUSY4 4040
knock 3 $UNLISTED6 4040
sleep 0.2
ends "Ctrl-C ends it, and it answers" 0 INT
check "IPv6, as text, of a prefix around the entry" grep -Eq \
	"^2001:db8:0:1::66 +gateway +udp +4040 +4 +[0-9.]+ +100.0 .* eth0 +64 +2001:db8:0:1::/64( |$)" /run/tmp/text
equal "... and the sum" "1 4 packets, 0 not shown" "$(grep -c '^2001' /run/tmp/text) $(tail -1 /run/tmp/text | sed 's/.* s: //')"

# --- beside others -----------------------------------------------------------------------------

watching /run/tmp/log log json
LOG=$WATCHER
watching /run/tmp/first -j suspects inside 203.0.113.0/24 60
FIRST=$WATCHER
watching /run/tmp/second -j suspects inside $QUIET4 60
sleep 1
knock 6 $QUIET4 4040
knock 2 $OUTSIDE4 4040
in_ns server clarent-xdp -q allow 198.51.100.128/25 gateway rate 5 # another feature: other programs
check "another feature: told still" tells
knock 7 $QUIET4 4040
sleep 0.2
ends "of several readers one ends" 0 TERM
knock 8 $BUSY4 4040
sleep 1
WATCHER=$FIRST
ends "... then another" 0 TERM
equal "each was told of its prefix alone, without a gap" "[[\"$QUIET4\",13,true]] [[\"$QUIET4\",13,true],[\"$BUSY4\",8,true]]" \
	"$(jq -c '[.inside[] | [.source, .packets, .exact]]' /run/tmp/second /run/tmp/first | xargs -d '\n')"
WATCHER=$LOG
ends "... and log" 0 TERM
equal "log was told of what is dropped, and of nothing else" "[\"$OUTSIDE4\",\"unlisted\"] 2 0" \
	"$(jq -sc 'map(select(.event_type == "drop") | [.src_ip, .reason]) | unique[]' /run/tmp/log) $(
		tail -1 /run/tmp/log | jq -r '"\(.shown) \(.not_shown)"')"
in_ns server clarent-xdp -q revoke 198.51.100.128/25 gateway
equal "in the end all is as it was" "$BARE" "$(program)"

watching /run/tmp/text suspects inside 203.0.113.0/24 60
ends "killed" 137 KILL
check "... its program stays, ..." tells
watching /run/tmp/log log json for 3
knock 2 $QUIET4 4040
knock 1 $OUTSIDE4 4040
ends "... log takes its place" 0
equal "... and is told what is dropped alone" "$OUTSIDE4 1 0" "$(
	jq -r 'select(.event_type == "drop") | .src_ip' /run/tmp/log) $(tail -1 /run/tmp/log | jq -r '"\(.shown) \(.not_shown)"')"
equal "... and takes its program out" "$BARE" "$(program)"

pids=()
for _ in 1 2 3 4 5 6 7 8; do
	watching /run/tmp/text suspects inside 203.0.113.0/24 60
	pids+=("$WATCHER")
done
refused "the ninth reader" 1 "^clarent-xdp: suspects: 8 read already" inside 203.0.113.0/24 1
knock 3 $BUSY4 4040
sleep 0.2
kill -HUP "${pids[@]}"
for WATCHER in "${pids[@]}"; do
	ends "SIGHUP ends each well" 0
done
equal "... after which all is as it was" "$BARE" "$(program)"

# --- mode tc, and monitor ----------------------------------------------------------------------

clarent-xdp -q policy gateway mode monitor force
in_ns server clarent-xdp -q detach eth0
in_ns server clarent-xdp -q attach eth0 mode tc
nsenter --net=/run/netns/server -- clarent-xdp suspects inside 203.0.113.0/24 60 >/run/tmp/text &
WATCHER=$!
# what a pin holds: a link, or before Linux 6.6 a filter's program; either leads to the program's name
name_at() {
	local id

	id=$(bpftool -j link show pinned "$1" 2>/dev/null | jq -r '.prog_id? // empty' || true)
	if [[ $id ]]; then
		bpftool -j prog show id "$id"
	else
		bpftool -j prog show pinned "$1"
	fi 2>/dev/null | jq -r '.name? // empty' || true
}
at_tc() {
	local pin

	for pin in "$PINS"/attachments/*/*; do
		[[ $(name_at "$pin") != clarent_tc_log ]] || return 0
	done
	return 1
}
within 5 at_tc || fail "it is told at tc" "programs are as they were"
sleep 0.5
knock 4 $BUSY4 4040
knock 2 $OUTSIDE4 4040
sleep 0.5
ends "mode tc" 0 TERM
check "... is told the same" grep -Eq "^$BUSY4 +gateway +udp +4040 +4 .* eth0 +64 +203.0.113.0/24 +carrier$" /run/tmp/text
equal "... and in mode monitor of who is listed alone" "4 packets, 0 not shown" "$(tail -1 /run/tmp/text | sed 's/.* s: //')"
in_ns server clarent-xdp -q detach eth0
in_ns server clarent-xdp -q attach eth0
clarent-xdp -q policy gateway mode enforce

# --- a flood of random sources -----------------------------------------------------------------

if [[ -x $TOOLS/flood ]]; then
	clarent-xdp -q allow 0.0.0.0/1 gateway wide
	watching /run/tmp/flooded -j suspects inside 0.0.0.0/1 60
	in_ns client "$TOOLS/flood" -s random-ipv4 -t 1 -m 4000 -p 192 -c "$CORE" \
		"flood,dev=eth0,rx=server:eth0" >/run/tmp/flood &
	flood=$!
	knock 3000 $HEAVY4 5010 0.0005
	wait $flood
	sleep 0.5
	ends "a flood: it ends well" 0 TERM
	all=$(jq .packets /run/tmp/flooded)
	admitted=$(in_ns server clarent-xdp -j stats | jq '[.counters[] | select(.reason == "allowed") | .packets] | add')
	check "a flood of $all, of $admitted that were admitted" test "$all" -gt 50000 -a "$all" -le "$admitted"
	equal "the busy host is the first, and no random one is shown" "[\"$HEAVY4\",5010,false]" \
		"$(jq -c '.inside[] | [.source, .port, .exact]' /run/tmp/flooded)"
	reckoned=$(jq '.inside[0].packets_per_second * .seconds | round' /run/tmp/flooded)
	check "... reckoned at about the 3000 that it sent: $reckoned, by $(jq '.inside[0].packets' /run/tmp/flooded)" \
		test "$reckoned" -gt 1500 -a "$reckoned" -lt 6000
	check "... and at least what was seen of it" jq -e '.inside[0].packets | . > 5 and . <= 3000' /run/tmp/flooded
	check "... the others are counted" jq -e '.packets_not_shown > 0.8 * .packets' /run/tmp/flooded
	equal "... after it all is as it was" "$BARE" "$(program)"
	clarent-xdp -q revoke 0.0.0.0/1 gateway
else
	skip "a flood" "not built: make test-programs"
fi

# --- purged ------------------------------------------------------------------------------------

watching /run/tmp/text suspects inside 203.0.113.0/24 60
in_ns server clarent-xdp -q detach all
clarent-xdp -q purge
ends "a purge ends it" 1
equal "... in words" "clarent-xdp: suspects: the filter was purged" "$(</run/tmp/text.errors)"
