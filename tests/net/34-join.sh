#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Join: behind libxdp's dispatcher, beside what xdp-loader, xdp-filter and xdpdump put there.
# shellcheck disable=SC1010 # "then" is a word of the program's
. "${0%/*}/lib.sh"

cx() { in_ns server clarent-xdp -q "$@"; }
said() { in_ns server clarent-xdp --json status | jq -c ".attached[] | $1"; }
came() { echo "$(arrives $LISTED4 "${GUARDED[@]}"), $(arrives $UNLISTED4 "${GUARDED[@]}")"; }
components() { in_ns server xdp-loader status eth0 | sed -nE 's/^ *=> +([0-9]+) +([a-z_0-9]+) .*/\1 \2/p' | xargs; }

lan
clarent-xdp allow $LISTED4,$LISTED6 gateway

# --- Refused -------------------------------------------------------------------------------
refused "join with then" 2 "'then': not with join" in_ns server clarent-xdp attach eth0 join then off
refused "then with join" 2 "'join': not with then" \
	in_ns server clarent-xdp attach eth0 then pinned /sys/fs/bpf/none join
refused "join in mode tc" 2 "'join': is for XDP" in_ns server clarent-xdp attach eth0 mode tc join
library=$(ldconfig -p | sed -n 's/.*libxdp\.so\.1 .*=> //p')
if [[ $library ]]; then
	mount --bind /dev/null "$library"
	refused "join without libxdp names the package" 1 "'eth0': join needs libxdp.*package libxdp1" \
		in_ns server clarent-xdp attach eth0 join
	umount "$library"
else
	refused "join without libxdp names the package" 1 "'eth0': join needs libxdp.*package libxdp1" \
		in_ns server clarent-xdp attach eth0 join
fi
equal "... nothing is attached, nothing left" "[]  " "$(in_ns server clarent-xdp --json status | jq -c .attached) $(
	attached) $(find $PINS/attachments -mindepth 1)"
cx attach eth0
refused "join of what is attached by itself" 1 "'eth0': is attached by itself.*detach it first" \
	in_ns server clarent-xdp attach eth0 join
cx detach eth0
/usr/bin/python3 -B "$TESTS/tools/foreign_xdp.py" /sys/fs/bpf/foreign pass foreign
in_ns server bpftool net attach xdpgeneric pinned /sys/fs/bpf/foreign dev eth0
refused "join beside a program without a dispatcher" 1 "'eth0': another XDP program .*no dispatcher" \
	in_ns server clarent-xdp attach eth0 join
in_ns server bpftool net detach xdpgeneric dev eth0
for tool in xdp-loader xdp-filter; do
	command -v $tool >/dev/null || skip_all "no $tool here"
done
if ! output=$(cx attach eth0 join 2>&1); then
	equal "a join that fails leaves nothing" "[]  " "$(in_ns server clarent-xdp --json status |
		jq -c .attached) $(attached) $(find $PINS/attachments -mindepth 1)"
	[[ $output != *"changes packet data"* ]] ||
		check "... and names the libxdp that will do" grep -q "libxdp after 1.5.4" <<<"$output"
	skip "beside others' programs" "this kernel takes no dispatcher: ${output//$'\n'/ }"
	exit
fi
cx detach eth0

# --- Beside xdp-filter ---------------------------------------------------------------------
# It drops one port of the gateway's: what this filter passes is judged there.
for mode in native generic; do
	name=${mode/generic/skb}
	refused "$mode: join is warned of" 0 "warning: eth0 is joined: .*not judged.*unload --all" \
		in_ns server clarent-xdp attach eth0 mode "$mode" join
	equal "... and in force" "${GATEWAY[*]}, none" "$(came)"
	equal "... status says so" "true true $mode null" \
		"$(said '"\(.joined) \(.filters) \(.mode) \(.then)"' | tr -d '"')"
	check "... and its table" grep -q "JOINED" <(in_ns server clarent-xdp status 2>/dev/null)
	check "... status eth0, too" cx status eth0
	equal "... libxdp shows it, early" "5 clarent_join" "$(components)"
	in_ns server xdp-filter load eth0 -m "$name" -f udp,ipv4 >/dev/null
	in_ns server xdp-filter port 5010 -m dst -p udp >/dev/null
	equal "xdp-filter beside it" "5 clarent_join 10 xdpfilt_alw_all" \
		"$(components | sed 's/xdpfilt_[a-z_]*/xdpfilt_alw_all/')"
	equal "... both refuse" "4040 4045, none" "$(came)"
	before=$(said .program)
	check "attach again keeps join" silent cx attach eth0
	check "... with another program in force" test "$(said .program)" != "$before"
	check "a rule that needs another check" cx allow $LISTED4 gateway min-ttl 2
	equal "... both refuse" "4040 4045, none" "$(came)"
	cx allow $LISTED4 gateway min-ttl off
	check "detach on trial" cx detach eth0 confirm 60
	equal "... passes" "4040 4045 5001 5002" "$(arrives $UNLISTED4 "${GUARDED[@]}")"
	cx rollback
	equal "... and judges again" "4040 4045, none" "$(came)"
	refused "then on what is joined" 1 "'eth0': is joined: the dispatcher says" \
		in_ns server clarent-xdp attach eth0 then pinned /sys/fs/bpf/foreign
	refused "another instance beside it" 1 "'eth0': another instance has attached it, at XDP" \
		in_ns server clarent-xdp --bpffs /sys/fs/bpf/other attach eth0 join
	mount --bind /dev/null "$library"
	refused "detach without libxdp names the package" 1 "cannot take the program off.*package libxdp1" \
		in_ns server clarent-xdp detach eth0
	umount "$library"
	equal "... both refuse" "4040 4045, none" "$(came)"
	check "detach" silent cx detach eth0
	equal "... leaves the other" "10" "$(components | cut -d' ' -f1)"
	equal "... which refuses on" "4040 4045 5001 5002" "$(arrives $UNLISTED4 "${GUARDED[@]}")"
	equal "... nothing of this one is left" "" "$(find $PINS/attachments -mindepth 1)"
	refused "attach by itself where a dispatcher is names join" 1 "another XDP .*attach eth0 join" \
		in_ns server clarent-xdp attach eth0 mode $mode
	refused "join in another mode than the dispatcher's" 1 "its dispatcher is in mode $mode" \
		in_ns server clarent-xdp attach eth0 mode "$([[ $mode == native ]] && echo generic || echo native)" join
	check "join of the dispatcher that is there takes its mode" cx attach eth0 join
	equal "... both refuse" "$mode 4040 4045, none" "$(said .mode | tr -d '"') $(came)"
	in_ns server xdp-filter unload eth0 >/dev/null
	equal "the other is gone: this one refuses on" "${GATEWAY[*]}, none" "$(came)"
	in_ns server xdp-loader unload eth0 --all >/dev/null
	equal "taken off by xdp-loader: status says that it does not filter" "false" "$(said .filters)"
	equal "... and status eth0 fails" 1 "$(cx status eth0 >/dev/null 2>&1 && echo 0 || echo $?)"
	check "attach puts it back" cx attach eth0
	equal "... joined" "true ${GATEWAY[*]}, none" "$(said .joined) $(came)"
	cx detach eth0
	equal "the last one takes the dispatcher along" "" "$(attached)"
done

# --- No gap, and killed on the way ---------------------------------------------------------
cx attach eth0 mode native join
replaced() {
	cx attach eth0
	cx allow 203.0.113.9 command min-ttl 3
	in_ns server xdp-filter load eth0 -m native -f udp,ipv4 >/dev/null
	in_ns server xdp-filter unload eth0 >/dev/null
	cx attach eth0
}
/usr/bin/python3 -B "$TESTS/tools/merged.py" flood $UNLISTED4 $LISTED4 "${FLOOD_SECONDS:-12}" >/run/tmp/flood &
flood=$!
sleep 0.3
replaced
wait $flood
read -r sent strangers lost </run/tmp/flood
check "replaced three times, another put beside it and taken out, under $sent datagrams" test "$sent" -gt 100
equal "... no stranger's came in, no listed one's was lost" "0 0" "$strangers $lost"
cx detach eth0

CALLS=(-f -e "trace=bpf,unlink,rename,mkdir,sendto,link")
in_ns server strace -qqq -o /run/tmp/calls "${CALLS[@]}" clarent-xdp -q attach eth0 join
count=$(wc -l </run/tmp/calls)
for ((call = count; call > count - 14; call--)); do
	cx detach eth0 || true
	in_ns server strace -qqq -o /dev/null "${CALLS[@]}" \
		-e "inject=bpf,unlink,rename,mkdir,sendto,link:signal=KILL:when=$call" \
		clarent-xdp -q attach eth0 join 2>/dev/null || true
	now="$(said .filters) $(arrives $UNLISTED4 4040 4045)"
	[[ $now == " 4040 4045" || $now == "true none" ]] || break
	in_ns server xdp-loader clean eth0 >/dev/null 2>&1 || true
done
check "a join killed at one of its last calls: what status says is so ($now)" test "$call" -eq $((count - 14))
cx detach eth0 || true
cx policy gateway rate 1000
equal "nothing is left" "" "$(find $PINS/attachments -mindepth 1)$(attached)"

# --- xdpdump -------------------------------------------------------------------------------
cx attach eth0 mode native join
if command -v xdpdump >/dev/null; then
	in_ns server timeout 20 xdpdump -i eth0 -x >/run/tmp/dump 2>&1 &
	sleep "${DUMP_SECONDS:-4}"
	arrives $LISTED4 4040 >/dev/null
	sleep 1
	kill $! 2>/dev/null || true
	wait $! 2>/dev/null || true
	if grep -q "0fc8" /run/tmp/dump || grep -qE "size|bytes" /run/tmp/dump; then
		pass "xdpdump sees what comes in there"
	else
		skip "xdpdump sees what comes in there" "$(head -n 2 /run/tmp/dump | tr '\n' ' ')"
	fi
else
	skip "xdpdump sees what comes in there" "no xdpdump here"
fi
cx detach all
