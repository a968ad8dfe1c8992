#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Mode tc: the same judgement at tc ingress, with what is different there, and a link's whole life.
# 33-clsact.sh is the same where links are denied.
. "${0%/*}/lib.sh"

[[ $STORY != 33-* ]] || deny_links
HOLD=$(tc_hold)

cx() { in_ns server clarent-xdp -q "$@"; }
said() { in_ns server clarent-xdp --json status | jq -r ".attached[] | $1"; }
stopped() { # NAME: strangers are, the listed are not
	equal "$1" "none ${GATEWAY[*]} none ${GATEWAY[*]}" \
		"$(arrives $UNLISTED4 "${GUARDED[@]}") $(arrives $LISTED4 "${GUARDED[@]}") $(
			arrives $UNLISTED6 "${GUARDED[@]}") $(arrives $LISTED6 "${GUARDED[@]}")"
}
passes() { equal "$1" "${GUARDED[*]}" "$(arrives $UNLISTED4 "${GUARDED[@]}")"; }
prog() { said .program; }
# What reached the program, of a policy and reason.
counted() { in_ns server clarent-xdp --json stats | jq "[.counters[] | select(.policy == \"$1\" and
	.reason == \"$2\") | .packets] | add // 0"; }
hits() { in_ns server clarent-xdp --json list gateway | jq ".entries[] | select(.prefix == \"$1\") | .hits"; }

# Another's program at eth0 of the server, behind what is there, or before it: of one priority the
# latest bpf filter is the first.
foreign() { # VERDICT or PIN, [first]
	if [[ $HOLD == link ]]; then
		/usr/bin/python3 -B "$TESTS/tools/foreign_tc.py" /sys/fs/bpf/foreign "$1" server eth0 "${@:2}"
		return
	fi
	/usr/bin/python3 -B "$TESTS/tools/foreign_tc.py" /sys/fs/bpf/foreign "$1"
	in_ns server tc qdisc add dev eth0 clsact 2>/dev/null || true
	in_ns server tc filter add dev eth0 ingress prio "$([[ ${2-} ]] && echo 1 || echo 5)" handle 9 \
		bpf da pinned /sys/fs/bpf/foreign
}
foreign_gone() { # [first]
	[[ $HOLD == link ]] || in_ns server tc filter del dev eth0 ingress handle 9 \
		prio "$([[ ${1-} ]] && echo 1 || echo 5)" bpf
	rm -f /sys/fs/bpf/foreign
}
rename() { # OLD NEW: a kernel before 6.2 renames only what is down
	in_ns server sysctl -qw "net.ipv6.conf.$1.keep_addr_on_down=1"
	ip -n server link set "$1" down
	ip -n server link set "$1" name "$2"
	ip -n server link set "$2" up
}

lan
clarent-xdp allow $LISTED4,$LISTED6 gateway

# --- Attached, shown, refused --------------------------------------------------------------
check "attach in mode tc: no word of veth, where nothing gets around it" \
	silent cx attach eth0 mode tc
stopped "it filters"
equal "held by a $HOLD" "$HOLD" "$([[ -e $(echo $PINS/attachments/*/link) ]] && echo link || echo filter)"
equal "status says so" "eth0 tc ethernet true null" \
	"$(said '"\(.interface) \(.mode) \(.link_type) \(.filters) \(.note)"')"
equal "... its table, too" 1 "$(in_ns server clarent-xdp status | grep -cE '^eth0 +tc +ethernet .* yes')"
check "... and status eth0" cx status eth0
equal "... which XDP has nothing to do with" "" "$(attached)"
equal "check answers for it" 3 "$(cx check $UNLISTED4 port 4040 dev eth0 >/dev/null && echo 0 || echo $?)"
for mode in native generic; do
	refused "mode $mode is refused: one mode for one interface" 1 "'eth0': is attached in mode tc" \
		cx attach eth0 mode $mode
	refused "... by another instance too: judged twice" 1 "'eth0': another instance .* at tc" \
		cx --bpffs /sys/fs/bpf/other attach eth0 mode $mode
done
refused "... and in mode tc" 1 "'eth0': another instance .* at tc" \
	cx --bpffs /sys/fs/bpf/other attach eth0 mode tc
before=$(prog)
check "attach without a mode keeps it" cx attach eth0
equal "... as it is" tc "$(said .mode)"
check "... with a new program in the place of the old" test "$(prog)" != "$before"
stopped "... which filters"
check "detach" cx detach eth0
passes "... and all pass"
equal "... nothing is left" "" "$(said .interface)"
for mode in native generic; do
	cx attach eth0 mode $mode
	refused "attached in mode $mode: mode tc is refused" 1 "'eth0': is attached in mode $mode" \
		cx attach eth0 mode tc
	refused "... by another instance too" 1 "'eth0': another instance .* at XDP" \
		cx --bpffs /sys/fs/bpf/other attach eth0 mode tc
	cx detach eth0
done

# --- Replaced in place: features, trials, names --------------------------------------------
cx attach eth0 mode tc
before=$(prog)
check "a rule that needs another check" cx allow $LISTED4 gateway min-ttl 2
check "... brings a new program" test "$(prog)" != "$before"
equal "... with it" conditions "$(said '.features | join(",")')"
stopped "... that filters"
cx detach eth0

check "attach on trial" cx attach eth0 mode tc confirm 60
stopped "... filters"
check "... confirmed" cx confirm
stopped "... filters on"
check "detach on trial" cx detach eth0 confirm 8
passes "... passes"
sleep 8.2
stopped "... and filters again when nobody confirms"
cx detach eth0
check "attach on trial, not confirmed" cx attach eth0 mode tc confirm 1
sleep 1.2
passes "... passes"
cx policy gateway rate off
equal "... and the next change drops it" "" "$(said .interface)"

cx attach eth0 mode tc
rename eth0 wan0
stopped "renamed: filters"
equal "... status knows both names" "wan0 eth0 true" \
	"$(said '"\(.interface) \(.attached_as) \(.filters)"')"
check "... attach again under the new one" cx attach wan0
ip netns add other
ip -n server link set wan0 netns other
ip -n other link set wan0 name eth0 up
address other eth0 $SERVER4/24
if [[ $HOLD == filter ]]; then
	equal "moved to another namespace, which takes it off: status says so" "wan0 false" \
		"$(said '"\(.interface) \(.filters)"')"
	check "... in words" grep -q "moved to another network namespace" <<<"$(said .note)"
	refused "... detach there: it is not attached" 1 "'eth0': is not attached" \
		clarent-xdp --netns other detach eth0
	check "... attach there mends it" clarent-xdp -q --netns other attach eth0 mode tc
fi
equal "moved to another namespace: filters" "none, ${GATEWAY[*]}" \
	"$(traffic udp client $UNLISTED4 other $SERVER4 "${GUARDED[@]}"), $(
		traffic udp client $LISTED4 other $SERVER4 "${GUARDED[@]}")"
equal "... status says where" "other eth0 tc true" \
	"$(said '"\(.namespace) \(.interface) \(.mode) \(.filters)"')"
check "... detached there" clarent-xdp -q --netns other detach eth0
cx policy gateway rate 100000
ip -n other link del eth0

lan
cx attach eth0 mode tc
ip -n server link del eth0
equal "gone with its interface, and said to be" true "$(said .gone)"
check "... detach gone" cx detach gone
lan

# --- No gap --------------------------------------------------------------------------------
cx attach eth0 mode tc
merged() { /usr/bin/python3 -B "$TESTS/tools/merged.py" "$@"; }
merged flood $UNLISTED4 $LISTED4 4 >/run/tmp/flood &
flood=$!
sleep 0.5
for ((i = 0; i < 3; i++)); do cx attach eth0; done
cx allow 203.0.113.9 command min-ttl 3
wait $flood
read -r sent strangers lost </run/tmp/flood
check "replaced four times under $sent datagrams" test "$sent" -gt 100
equal "... no stranger's came in, no listed one's was lost" "0 0" "$strangers $lost"

# --- Frames that are many datagrams --------------------------------------------------------
cx allow $LISTED4 gateway rate 1 burst 60
before=$(hits $LISTED4)
came=$(merged send $LISTED4 4040 40)
if ((came == 40)); then
	equal "a frame of 40 datagrams is 40 hits" $((before + 40)) "$(hits $LISTED4)"
	equal "... another is beyond a burst of 60, and refused whole" 0 "$(merged send $LISTED4 4040 40)"
	equal "... what is left of it is there" 15 "$(merged send $LISTED4 4040 15)"
	before=$(counted gateway unlisted)
	equal "a stranger's merged frame is refused" 0 "$(merged send $UNLISTED4 4040 40)"
	equal "... and counted as 40" $((before + 40)) "$(counted gateway unlisted)"
else
	fail "a frame of 40 datagrams arrives" "$came"
fi
cx allow $LISTED4 gateway rate off

# --- Headers beyond the first buffer -------------------------------------------------------
ip -n server link set eth0 mtu 9000
ip -n client link set eth0 mtu 9000
for linear in 14 40 62 200; do
	equal "headers beyond the first $linear bytes: a listed one's arrives" 1 \
		"$(merged nonlinear $LISTED6 4040 $linear)"
	equal "... a stranger's does not" 0 "$(merged nonlinear $UNLISTED6 4040 $linear)"
done

# --- A pod, to which tc hands over what comes in through eth0 ------------------------------
cx detach all
wire server pod0 pod eth0
for how in peer out; do
	rm -f /sys/fs/bpf/hand_over
	/usr/bin/python3 -B "$TESTS/tools/hand_over.py" /sys/fs/bpf/hand_over \
		"$(ip -n server -j link show pod0 | jq '.[].ifindex')" ${how#out}
	foreign /sys/fs/bpf/hand_over
	ip -n server addr flush dev eth0
	[[ $how == out ]] || address pod eth0 $SERVER4/24
	ip -n client neigh replace $SERVER4 lladdr "$(mac_of pod eth0)" dev eth0
	pod() { traffic udp client "$1" pod $SERVER4 4040 4045 5010; }
	equal "handed over to a pod ($how), a stranger's come in" "4040 4045 5010" "$(pod $UNLISTED4)"
	in_ns pod clarent-xdp -q attach eth0 mode tc
	equal "... attached in mode tc, they do not" none "$(pod $UNLISTED4)"
	equal "... the listed one's do" "4040 4045 5010" "$(pod $LISTED4)"
	equal "... as status says" "true null" "$(in_ns pod clarent-xdp --json status |
		jq -r '.attached[] | "\(.filters) \(.note)"')"
	in_ns pod clarent-xdp -q detach eth0
	foreign_gone
done
ip -n pod addr flush dev eth0
address server eth0 $SERVER4/24
address server eth0 $SERVER6/64 2>/dev/null || true
ip -n client neigh del $SERVER4 dev eth0
cx attach eth0 mode tc

# --- Beside other programs -----------------------------------------------------------------
foreign drop
passed=$(counted gateway allowed)
equal "another's program drops all that this one passes" none \
	"$(arrives $LISTED4 "${GATEWAY[@]}" 2>/dev/null || echo none)"
foreign_gone
sleep 0.2
stopped "... and without it, as before"
check "... this one came first: it counted what that one dropped" \
	test "$(counted gateway allowed)" -gt "$passed"
# --- Another's program comes to be the first -----------------------------------------------
BEHIND="another's program comes first at tc ingress, and may pass packets by it: attach it again"
for verdict in ok pass; do
	foreign $verdict first
	[[ $verdict == pass ]] || passes "a program that comes to be the first passes what it likes"
	equal "first, and it answers $verdict: status says so" "false $BEHIND" \
		"$(said '"\(.filters) \(.note)"')"
	refused "... status eth0 ends with 1" 1 "'eth0': $BEHIND" \
		in_ns server sh -c "clarent-xdp status eth0 >/dev/null"
	equal "... eth0 is among what is not filtered" eth0 "$(in_ns server clarent-xdp --json status |
		jq -r '.unfiltered[] | .interface' | grep eth0)"
	cx allow 203.0.113.9 command min-ttl $((RANDOM % 100 + 5))
	equal "... a change does not lose sight of it" false "$(said .filters)"
	if [[ $HOLD == link ]]; then
		check "... attach again is before it" cx attach eth0
	else
		refused "... attach again is refused, naming it" 1 \
			"'eth0': another's filter is the first at tc ingress \\(bpf, priority 1, program id" \
			cx attach eth0
		foreign_gone first
	fi
	stopped "... it filters"
	equal "... as status says" "true null" "$(said '"\(.filters) \(.note)"')"
	[[ $HOLD == filter ]] || foreign_gone
	stopped "... alone, too"
done

/usr/bin/python3 -B "$TESTS/tools/foreign_xdp.py" /sys/fs/bpf/pass pass
in_ns server bpftool net attach xdpgeneric pinned /sys/fs/bpf/pass dev eth0
stopped "beside another's XDP program"
check "... attached again" cx attach eth0
in_ns server bpftool net detach xdpgeneric dev eth0
cx detach all
