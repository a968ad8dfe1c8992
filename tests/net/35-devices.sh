#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Attached is not filtered: devices that never run a program, run it twice, or are gone around.
. "${0%/*}/lib.sh"

# refuses NAME PATTERN HINT COMMAND…: it fails, and says what is wrong and what to do instead.
refuses() {
	refused "$1" 1 "$2.*$3" "${@:4}"
}
warned() { # NAME PATTERN COMMAND…: it succeeds, and warns
	local name=$1 pattern=$2 output

	shift 2
	output=$("$@" 2>&1 >/dev/null) || fail "$name" "exit $?"
	if [[ $output =~ warning:\ $pattern ]]; then
		pass "$name"
	else
		fail "$name" "said '$output'"
	fi
}
cx() { in_ns server clarent-xdp "$@"; }
prog_on() { ip -n server -j link show "$1" | jq -r '.[].xdp.prog.id // "nothing"'; }
# A program of somebody else's that drops everything, where it is run.
raw() { in_ns server bpftool net attach xdpgeneric pinned /sys/fs/bpf/drop dev "$1"; }
raw_off() { in_ns server bpftool net detach xdpgeneric dev "$1"; }

lan
/usr/bin/python3 -B "$TESTS/tools/foreign_xdp.py" /sys/fs/bpf/drop drop
clarent-xdp allow $LISTED4,$LISTED6 gateway
clarent-xdp allow $LISTED4,$LISTED6 command

# --- veth ------------------------------------------------------------------------------------
warned "attach of a veth warns of what tc hands over" "eth0 is a veth: .*redirect_peer" cx attach eth0
check "... and -q hides it" silent cx -q attach eth0
warned "... again" "eth0 is a veth: " cx attach eth0
equal "a stranger is refused" none "$(arrives $UNLISTED4 "${GUARDED[@]}")"
cx -q detach eth0

# --- ifb -------------------------------------------------------------------------------------
if ip -n server link add ifb0 type ifb 2>/dev/null; then
	ip -n server link set ifb0 up
	for mode in native generic; do
		refuses "ifb, $mode: refused, and says what to attach instead" "'ifb0': .*never run" \
			"attach the interface whose ingress" cx attach ifb0 mode $mode
	done
	equal "... and nothing is attached" nothing "$(prog_on ifb0)"
	if tc -n server qdisc add dev eth0 clsact 2>/dev/null && tc -n server filter add dev eth0 \
		ingress bpf bytecode '1,6 0 0 1' action mirred egress redirect dev ifb0 2>/dev/null; then
		raw ifb0
		equal "... rightly: a program there drops nothing" "${GUARDED[*]}" \
			"$(arrives $UNLISTED4 "${GUARDED[@]}")"
		raw_off ifb0
		cx -q attach eth0 mode generic
		equal "... and what was named instead does" none "$(arrives $UNLISTED4 "${GUARDED[@]}")"
		cx -q detach eth0
	else
		skip "ifb: traffic" "the kernel has no mirred"
	fi
	tc -n server qdisc del dev eth0 clsact 2>/dev/null || true
	ip -n server link del ifb0
else
	skip "ifb" "the kernel has no ifb"
fi

# --- A bridge of eth0 and eth1 ---------------------------------------------------------------
wire server eth1 client eth1
if ip -n server link add br0 type bridge 2>/dev/null; then
	ip -n server link set eth0 master br0
	ip -n server link set br0 up
	cx -q attach eth0
	for mode in native generic; do
		refuses "its port is attached: the bridge, mode $mode, is refused" \
			"'br0': eth0 below it is attached" "detach eth0 first" cx attach br0 mode $mode
	done
	equal "... and nothing is attached to it" nothing "$(prog_on br0)"
	cx -q detach eth0
	cx -q attach br0 mode generic
	for mode in native generic; do
		refuses "the bridge is attached: its port, mode $mode, is refused" \
			"'eth0': br0 above it is attached" "detach br0 first" cx attach eth0 mode $mode
	done
	refuses "... by another instance too" "'eth0': br0 above it is attached" "detach br0 first" \
		cx --bpffs /sys/fs/bpf/other attach eth0 mode generic
	cx -q attach eth1 mode generic
	ip -n server link set eth1 master br0
	warned "enslaved later: attach again warns, and refuses nothing" \
		"eth1 below br0 is attached as well: .*twice" cx attach br0
	warned "... from both ends" "br0 above eth1 is attached as well: .*twice" cx attach eth1
	cx -q detach all
	ip -n server link del br0
else
	skip "bridge" "the kernel has no bridges"
fi

# --- A macvlan on eth0 -----------------------------------------------------------------------
if ip -n server link add link eth0 name mac0 type macvlan mode bridge 2>/dev/null; then
	cx -q attach eth0
	refuses "eth0 is attached: the macvlan on it is refused" \
		"'mac0': eth0 below it is attached" "detach eth0 first" cx attach mac0 mode generic
	refuses "... by another instance too" "'mac0': eth0 below it is attached" "detach eth0 first" \
		cx --bpffs /sys/fs/bpf/other attach mac0 mode generic
	ip netns add pod
	ip -n server link set mac0 netns pod
	refuses "... in another namespace too" "'mac0': eth0 below it .*another network namespace" \
		"detach eth0 first" in_ns pod clarent-xdp attach mac0 mode generic
	cx -q detach eth0
	check "... and taken when eth0 is not" in_ns pod clarent-xdp -q attach mac0 mode generic
	for mode in native generic tc; do
		refuses "the macvlan elsewhere is attached: eth0 in mode $mode is refused" \
			"'eth0': mac0 above it .*another network namespace" "detach mac0 first" \
			cx attach eth0 mode $mode
	done
	in_ns pod clarent-xdp -q detach mac0
	# at tc ingress: by a link, and by a filter
	for deny in "" "/usr/bin/python3 -B $TESTS/tools/without_tcx.py"; do
		# shellcheck disable=SC2086 # words
		in_ns pod $deny clarent-xdp -q attach mac0 mode tc
		for mode in native generic tc; do
			refuses "... the same of one at tc${deny:+, by a filter}" \
				"'eth0': mac0 above it .*another network namespace" "detach mac0 first" \
				cx attach eth0 mode $mode
		done
		in_ns pod clarent-xdp -q detach mac0
		# shellcheck disable=SC2086 # words
		in_ns server $deny clarent-xdp -q attach eth0 mode tc
		for mode in generic tc; do
			refuses "... and eth0 at tc${deny:+, by a filter}: mac0 elsewhere in mode $mode is" \
				"'mac0': eth0 below it .*another network namespace" "detach eth0 first" \
				in_ns pod clarent-xdp attach mac0 mode $mode
		done
		cx -q detach eth0
	done
	# two interfaces of one number, in namespaces of their own
	ip netns add twin
	ip -n twin link add eth0 index "$(ip -n server -j link show eth0 | jq '.[].ifindex')" \
		type veth peer name peer0 index 99
	in_ns pod clarent-xdp -q attach mac0 mode tc
	check "one of the same number, below which it does not lie, is taken" \
		in_ns twin clarent-xdp -q attach eth0 mode tc
	clarent-xdp -q detach all
	ip netns del twin
	ip -n pod link set mac0 netns server
	cx -q attach mac0 mode generic
	refuses "the macvlan is attached: eth0 is refused" "'eth0': mac0 above it is attached" \
		"detach mac0 first" cx attach eth0
	ip -n server link add br0 type bridge
	ip -n server link set mac0 master br0
	refuses "two storeys up: refused as well" "'br0': mac0 below it is attached" "detach mac0" \
		cx attach br0 mode generic
	cx -q detach mac0
	cx -q attach br0 mode generic
	refuses "two storeys down: refused as well" "'eth0': br0 above it is attached" "detach br0" \
		cx attach eth0
	cx -q detach all
else
	skip "macvlan" "the kernel has no macvlan"
fi

# --- Seen to be judged -----------------------------------------------------------------------
# What status says of the attachment of eth0 in a namespace: that key of it.
said() { in_ns "$1" clarent-xdp --json status | jq -r '.attached[] | select(.interface == "eth0" and
	(.namespace == null or .namespace == "")) | .'"$2"; }
# few NS ADDRESS NUMBER: datagrams of a stranger, from many ports.
few() { for ((i = 0; i < $2; i++)); do traffic udp client $UNLISTED4 "$1" $SERVER4 4040 4045 5010; done; }

cx -q attach eth0
equal "status: right after the attach it filters" "true null" "$(said server filters) $(said server note)"
few server 4 >/dev/null
check "... and has received, and judged, what was sent" test "$(said server received)" -ge 12
equal "... all of it" true "$(said server "judged >= .received")"
equal "... as seen from another namespace too" "true true" "$(clarent-xdp --json status |
	jq -r '.attached[] | "\(.filters) \(.judged >= 12)"')"
cx -q attach eth0
check "attach again: counting begins again" test "$(said server judged)" -lt 12
cx -q detach eth0

# A pod, to which tc hands over what comes in through eth0.
wire server pod0 pod eth0
pod() { in_ns pod clarent-xdp "$@"; }
hands_over() { # [peer]
	rm -f /sys/fs/bpf/hand_over
	/usr/bin/python3 -B "$TESTS/tools/hand_over.py" /sys/fs/bpf/hand_over \
		"$(ip -n server -j link show pod0 | jq '.[].ifindex')" "$@"
	tc -n server qdisc replace dev eth0 clsact &&
		in_ns server tc filter replace dev eth0 ingress pref 1 handle 1 \
			bpf da object-pinned /sys/fs/bpf/hand_over
}
# goes_around MODE: attached there in that mode, it is passed by.
goes_around() {
	pod -q attach eth0 mode "$1"
	equal "pod, $1: what tc hands over is not judged there" "4040 4045 5010" "$(few pod 1)"
	few pod 3 >/dev/null
	if (($(said pod received) < 10)); then
		skip "... as status says" "the kernel does not count it as received"
	else
		equal "... as status says" false "$(said pod filters)"
		check "... and why" grep -q "tc hands packets over" <<<"$(said pod note)"
		equal "... eth0 is among what is not filtered" eth0 "$(pod --json status |
			jq -r '[.unfiltered[].interface] - ["lo"] | join(",")')"
	fi
	for mode in native generic; do
		cx -q attach eth0 mode $mode
		equal "... and where it came in, $mode, it is judged" none "$(few pod 1)"
		equal "... and handed over if it may be" "4040 4045 5010" \
			"$(traffic udp client $LISTED4 pod $SERVER4 4040 4045 5010)"
		cx -q detach eth0
	done
	pod -q detach eth0
}
in_ns server sysctl -qw net.ipv6.conf.pod0.disable_ipv6=1 # it sends nothing of its own
if hands_over 2>/dev/null; then
	ip -n server addr flush dev eth0
	address pod eth0 $SERVER4/24
	ip -n client neigh replace $SERVER4 lladdr "$(mac_of pod eth0)" dev eth0
	for host in $UNLISTED4 $LISTED4; do
		ip -n pod neigh replace "$host" lladdr "$(mac_of client eth0)" dev eth0
	done
	goes_around generic
	hands_over peer
	goes_around native
else
	skip "pod" "the kernel has no tc programs"
fi
