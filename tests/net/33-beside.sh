#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Beside other XDP programs: how others run this one, and which one it hands on to.
# shellcheck disable=SC1010 # "then" is a word of the program's
. "${0%/*}/lib.sh"

OBJECT=${CLARENT_XDP%/*}/clarent_xdp.bpf.o

# --- As others load it ---------------------------------------------------------------------
if said=$(/usr/bin/python3 -B "$TESTS/tools/run_config.py" "$OBJECT" 2>/run/tmp/errors); then
	equal "libxdp runs the object early, and what follows after a pass alone" "5 pass" "$said"
else
	skip "how libxdp runs the object" "no libxdp.so.1 here: $(</run/tmp/errors)"
fi
lan
if ! command -v xdp-loader >/dev/null; then
	skip "xdp-loader loads the object" "no xdp-loader here"
elif ! in_ns server xdp-loader load eth0 "$OBJECT" -n clarent_xdp -m skb >/run/tmp/errors 2>&1; then
	skip "xdp-loader loads the object" "$(tail -n 1 /run/tmp/errors)"
elif ! in_ns server xdp-loader status eth0 | grep -q dispatcher; then
	skip "xdp-loader shows its priority" "this kernel takes no dispatcher"
else
	equal "xdp-loader shows its priority and chain" "5 XDP_PASS" "$(in_ns server xdp-loader status eth0 |
		sed -nE 's/^ *=> +([0-9]+) +clarent_xdp .* (XDP_[A-Z_,]+) *$/\1 \2/p')"
fi
in_ns server xdp-loader unload eth0 --all >/dev/null 2>&1 || true

# --- then pinned: what passes is handed on, and nothing else -------------------------------
cx() { in_ns server clarent-xdp -q "$@"; }
said() { in_ns server clarent-xdp --json status | jq -c ".attached[] | $1"; }
foreign() { /usr/bin/python3 -B "$TESTS/tools/foreign_xdp.py" "/sys/fs/bpf/$1" "${@:2}"; }
prog_id() { bpftool -j prog show pinned "/sys/fs/bpf/$1" | jq .id; }
came() { echo "$(arrives $LISTED4 "${GUARDED[@]}"), $(arrives $UNLISTED4 "${GUARDED[@]}")"; }
filtered() { equal "$1" "${GATEWAY[*]}, none" "$(came)"; } # and what it hands on to passes all
handed_on() { equal "$1" "4040 5010, none" "$(came)"; }    # ... drops one port

foreign pass pass passes typed
foreign drop 4045 drops typed
foreign frags_pass pass fpasses frags typed
foreign frags_drop 4045 fdrops frags typed
clarent-xdp allow $LISTED4,$LISTED6 gateway
for mode in generic native; do
	a=/sys/fs/bpf/pass b=/sys/fs/bpf/drop name=drops frags=one
	[[ $mode == generic ]] || a=/sys/fs/bpf/frags_pass b=/sys/fs/bpf/frags_drop name=fdrops frags=frags
	check "$mode: attach then pinned" silent cx attach eth0 mode $mode then pinned $b
	handed_on "... what passes is handed on"
	equal "... in its other address family nothing changes" "${GATEWAY[*]}" \
		"$(arrives $LISTED6 "${GUARDED[@]}")"
	equal "... status says which program" "[{\"name\":\"$name\",\"program\":$(prog_id ${b##*/})}]" \
		"$(said .then)"
	check "... its table, too" grep -qE "THEN .*$name id $(prog_id ${b##*/}) " <(
		in_ns server clarent-xdp status eth0 2>/dev/null | tr '\n' ' ')
	check "... a program that passes all, instead" cx attach eth0 then pinned $a
	filtered "... no stranger's packet comes by that one"
	cx attach eth0 then pinned $b
	check "attach again, without a word of then" cx attach eth0
	handed_on "... keeps it"
	check "a rule that needs another check" cx allow $LISTED4 gateway min-ttl 2
	handed_on "... keeps it in the new program"
	check "mode monitor" cx policy gateway mode monitor
	equal "... what passes for that is handed on" "4040 5010" "$(arrives $UNLISTED4 "${GATEWAY[@]}")"
	cx policy gateway mode enforce
	check "detach on trial" cx detach eth0 confirm 60
	equal "... what passes meanwhile is handed on" "4040 5010" "$(arrives $UNLISTED4 "${GATEWAY[@]}")"
	cx rollback
	handed_on "... and after it"
	check "then off" silent cx attach eth0 then off
	filtered "... takes it back"
	equal "... in status as well" null "$(said .then)"
	equal "... nothing is left of it" "" "$(find $PINS -name then)"
	check "then pinned, on what is attached" cx attach eth0 then pinned $b
	handed_on "... is in force"
	rm ${b:?}
	handed_on "... and stays when its pin goes"
	foreign ${b##*/} pass other typed $frags
	handed_on "... and when another is pinned there"
	cx attach eth0 then pinned $b
	filtered "... until it is said again"
	rm ${b:?}
	foreign ${b##*/} 4045 "$name" typed $frags
	cx allow $LISTED4 gateway min-ttl off
	cx detach eth0
	equal "... detached: everything arrives" "${GUARDED[*]}" "$(arrives $UNLISTED4 "${GUARDED[@]}")"
	check "attach on trial with then" cx attach eth0 mode $mode then pinned $b confirm 60
	handed_on "... is in force"
	check "... and stays confirmed" cx confirm
	handed_on "... and in force"
	cx detach eth0
done
check "the programs that were handed to are left alone" test -e /sys/fs/bpf/pass -a -e /sys/fs/bpf/drop \
	-a -e /sys/fs/bpf/frags_pass -a -e /sys/fs/bpf/frags_drop

# --- then pinned: refused, and nothing is changed ------------------------------------------
foreign untyped pass untyped
bpftool map create /sys/fs/bpf/map type array key 4 value 4 entries 1 name map
/usr/bin/python3 -B "$TESTS/tools/hand_over.py" /sys/fs/bpf/atc 1 >/dev/null
cx attach eth0 then pinned /sys/fs/bpf/frags_drop
touch /run/tmp/file
before=$(said '"\(.program) \(.then)"')
then_refused() { # NAME PATTERN WORD…
	refused "then pinned $1" 1 "^clarent-xdp: attach: '$2" in_ns server clarent-xdp attach eth0 "${@:3}"
	equal "... as it was" "$before" "$(said '"\(.program) \(.then)"')"
}
then_refused "nowhere" "/sys/fs/bpf/none': .*No such file" then pinned /sys/fs/bpf/none
then_refused "a file" "/run/tmp/file': is nothing that was pinned" then pinned /run/tmp/file
then_refused "a directory" "/sys/fs/bpf': is nothing that was pinned" then pinned /sys/fs/bpf
then_refused "a map" "/sys/fs/bpf/map': is a pinned map, no program" then pinned /sys/fs/bpf/map
then_refused "a link" "$PINS/.*': is a pinned link, no program" \
	then pinned "$(echo $PINS/attachments/*/link)"
then_refused "a tc program" "/sys/fs/bpf/atc': is a program of type sched_cls, not xdp" \
	then pinned /sys/fs/bpf/atc
then_refused "our own program" "$PINS/.*': is clarent-xdp's own program" \
	then pinned "$(echo $PINS/attachments/*/check)"
then_refused "one for frames in one buffer" \
	"/sys/fs/bpf/drop': the kernel refuses .*: Invalid argument.*in mode native it must .*xdp.frags" \
	then pinned /sys/fs/bpf/drop
then_refused "at once in another mode" "eth0': is attached in mode native" \
	mode generic then pinned /sys/fs/bpf/drop
then_refused "on trial, when attached" "eth0': is attached already: then cannot wait" \
	then pinned /sys/fs/bpf/frags_pass confirm 60
handed_on "... what was in force is"
cx detach eth0
refused "mode generic: one for frames in several buffers" 1 \
	"/sys/fs/bpf/frags_drop': the kernel refuses .*in mode generic it must .*\"xdp\"" \
	in_ns server clarent-xdp attach eth0 mode generic then pinned /sys/fs/bpf/frags_drop
equal "... nothing is attached" "[] " "$(in_ns server clarent-xdp --json status | jq -c .attached) $(attached)"
for words in "then" "then pinned" "then nobody" "mode tc then pinned /sys/fs/bpf/pass"; do
	# shellcheck disable=SC2086 # words
	refused "attach eth0 $words" 2 "^clarent-xdp: attach: 'then': " \
		in_ns server clarent-xdp attach eth0 $words
done
if cx attach eth0 mode tc; then
	refused "then on what is attached in mode tc" 1 "'eth0': then is for XDP" \
		in_ns server clarent-xdp attach eth0 then pinned /sys/fs/bpf/pass
	cx detach eth0
fi
check "a path that is relative, with a link in it" bash -c "cd /sys/fs && ln -s /sys/fs/bpf /run/tmp/b &&
	nsenter --net=/run/netns/server clarent-xdp -q attach eth0 mode generic then pinned \
		bpf/../../../run/tmp/b/drop"
handed_on "... is in force"
cx detach eth0
# What must agree is the kernel's business: from 6.18 the attach type as well.
if output=$(in_ns server clarent-xdp -q attach eth0 mode generic then pinned /sys/fs/bpf/untyped 2>&1); then
	pass "one without an attach type: taken by this kernel"
	cx detach eth0
else
	check "one without an attach type: refused, saying so" grep -q "expected_attach_type BPF_XDP" <<<"$output"
fi

# --- then pinned: no gap -------------------------------------------------------------------
cx attach eth0 then pinned /sys/fs/bpf/frags_drop
flood() { # what comes in during COMMAND…
	/usr/bin/python3 -B "$TESTS/tools/merged.py" flood $UNLISTED4 $LISTED4 3 >/run/tmp/flood &
	local flood=$!
	sleep 0.3
	"$@"
	wait $flood
	read -r sent strangers lost </run/tmp/flood
}
replaced() {
	cx attach eth0
	cx allow 203.0.113.9 command min-ttl 3
	cx attach eth0 then pinned /sys/fs/bpf/frags_drop
	cx revoke 203.0.113.9 command
}
flood replaced
check "replaced four times under $sent datagrams" test "$sent" -gt 100
equal "... every listed one's was handed on, no stranger's came in" "$sent 0" "$lost $strangers"
swapped() {
	for _ in 1 2; do
		cx attach eth0 then pinned /sys/fs/bpf/frags_pass
		cx attach eth0 then off
		cx attach eth0 then pinned /sys/fs/bpf/frags_pass
	done
}
cx attach eth0 then pinned /sys/fs/bpf/frags_pass
flood swapped
equal "put there and taken back: none was lost, no stranger's came in" "0 0" "$lost $strangers"

# --- then pinned: killed on the way --------------------------------------------------------
CALLS=(-e "trace=bpf,unlink,rename,mkdir")
again=(clarent-xdp -q attach eth0 then pinned /sys/fs/bpf/frags_drop)
cx attach eth0 then off
in_ns server strace -qqq -o /run/tmp/calls "${CALLS[@]}" "${again[@]}"
count=$(wc -l </run/tmp/calls)
for ((call = count; call > 0; call -= call > count - 14 ? 1 : 20)); do
	cx attach eth0 then off
	in_ns server strace -qqq -o /dev/null "${CALLS[@]}" \
		-e "inject=bpf,unlink,rename,mkdir:signal=KILL:when=$call" "${again[@]}" 2>/dev/null || true
	now="$(said .then | grep -c fdrops || true) $(came)"
	[[ $now == "0 ${GATEWAY[*]}, none" || $now == "1 4040 5010, none" ]] || break
	seen[${now%% *}]=1
done
check "killed at one of $count calls: what status says is so (${now-})" test "$call" -le 0
equal "... without it, or with it" "0 1" "${!seen[*]}"
cx attach eth0
cx detach all
equal "nothing is left" "" "$(find $PINS/attachments -mindepth 1)"
