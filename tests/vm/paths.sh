#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Where a device runs a program: what is attached refuses strangers, and what never runs one is refused.
# paths.sh [WHAT…]: only these devices.
. "${0%/*}/../attacks/lib.sh"

ONLY=$*
PORTS=(4040 4041) ALL="4040 4041" OTHERS=4041
cx() { in_ns server clarent-xdp "$@"; }
prog_on() { ip -n server -j link show "$1" | jq -r '.[].xdp.prog.id // "nothing"'; }
reach() { arrives "$1" "${PORTS[@]}"; }
# What status calls not filtered, of these.
unfiltered() {
	cx --json status | jq -r '[.unfiltered[].interface] - ["lo", "eth1"] | sort | join(",")'
}
# A program of somebody else's that drops everything, where it is run.
raw() { in_ns server bpftool net attach xdpgeneric pinned /sys/fs/bpf/drop dev "$1"; }
raw_off() { in_ns server bpftool net detach xdpgeneric dev "$1"; }

# network: eth0 and eth1 of both ends, without addresses.
network() {
	cx -q detach all 2>/dev/null || true
	ip netns del server 2>/dev/null || true
	ip netns del client 2>/dev/null || true
	wire server eth0 client eth0
	wire server eth1 client eth1
	no_kernel_rpf server
	in_ns server sysctl -qw net.ipv4.conf.all.arp_ignore=1
}
addresses() { # DEVICE-OF-SERVER DEVICE-OF-CLIENT
	address server "$1" $SERVER4/24
	address client "$2" $LISTED4/24 $UNLISTED4/24
}
both() { # COMMAND…: of ip, at both ends
	ip -n server "$@" && ip -n client "$@"
}

# settled: packets go through while nothing is attached; on a slow machine that takes its time.
settled() {
	local until=$((SECONDS + 60))

	while [[ $(reach $LISTED4) != "$ALL" ]]; do
		((SECONDS < until)) || {
			fail "$WHAT: nothing goes through, filtered or not" "60 s"
			return
		}
		sleep 0.5
	done
}

# filters DEVICE [MODE]: attached there, strangers are refused.
filters() {
	cx -q attach "$1" mode "${2:-generic}" || {
		fail "$WHAT: attach $1 mode ${2:-generic}" "see above"
		return
	}
	equal "$WHAT: $1, ${2:-generic}: who is listed gets in" "$ALL" "$(reach $LISTED4)"
	equal "$WHAT: $1, ${2:-generic}: a stranger does not" $OTHERS "$(reach $UNLISTED4)"
	cx -q detach "$1"
}
# covers DEVICE UNFILTERED: attached there, that is what status says is open.
covers() {
	cx -q attach "$1" mode generic
	equal "$WHAT: $1 attached: not filtered is" "$2" "$(unfiltered)"
	cx -q detach "$1"
}
# refuses DEVICE INSTEAD: it never runs a program, as is shown, and what to attach is named.
refuses() {
	local mode

	for mode in native generic; do
		refused "$WHAT: $1, $mode: refused, and says what to attach" 1 \
			"'$1': .*would never run.*attach .*$2" cx attach "$1" mode $mode
	done
	equal "$WHAT: $1: nothing is attached" nothing "$(prog_on "$1")"
	raw "$1"
	equal "$WHAT: $1: rightly, a program there drops nothing" "$ALL" "$(reach $UNLISTED4)"
	raw_off "$1"
}
# not_both UPPER LOWER: in either order.
not_both() {
	cx -q attach "$2" mode generic
	refused "$WHAT: $2 is attached: $1 is refused" 1 "'$1': $2 below it.*detach $2 first" \
		cx attach "$1" mode generic
	cx -q detach "$2"
	cx -q attach "$1" mode generic
	refused "$WHAT: $1 is attached: $2 is refused" 1 "'$2': $1 above it.*detach $1 first" \
		cx attach "$2" mode generic
	cx -q detach "$1"
}
# try WHAT COMMAND…: makes a device, in a network of its own; false if the kernel has none.
try() {
	WHAT=$1
	shift
	[[ -z ${ONLY-} || " $ONLY " == *" $WHAT "* ]] || return
	network
	"$@" 2>/dev/null && return
	skip "$WHAT" "the kernel has none"
	return 1
}
on_server() { ip -n server link add "$@"; }

clarent-xdp allow $LISTED4 gateway
clarent-xdp allow $LISTED4 command
/usr/bin/python3 -B "$TESTS/tools/foreign_xdp.py" /sys/fs/bpf/drop drop

# --- Devices that never run a program ---------------------------------------------------------
if try VRF on_server vrf0 type vrf table 10; then
	ip -n server link set eth0 master vrf0
	ip -n server link set vrf0 up
	in_ns server sysctl -qw net.ipv4.udp_l3mdev_accept=1
	addresses eth0 eth0
	ip -n server addr add 198.51.100.1/24 dev vrf0
	refuses vrf0 eth0
	filters eth0 native
	covers eth0 ""
	ip -n server link set eth1 master vrf0
	covers eth0 vrf0
fi
for kind in ipvlan ipvtap; do
	for mode in l2 l3 l3s; do
		try "$kind $mode" on_server ipv0 link eth0 type $kind mode $mode || continue
		ip -n server link set ipv0 up
		addresses ipv0 eth0
		ip -n client neigh replace $SERVER4 lladdr "$(mac_of server eth0)" dev eth0
		case $kind-$mode in
		*-l3s)	refuses ipv0 eth0 ;;
		*)	filters ipv0 ;;
		esac
		[[ $kind-$mode == ipvlan-l2 ]] || continue
		filters eth0 native
		covers eth0 ""
		not_both ipv0 eth0
		cx -q attach ipv0 mode generic
		ip -n server link set ipv0 type ipvlan mode l3s
		equal "$WHAT: its mode becomes l3s: status says that it filters no more" \
			"false such a device never runs a program: detach it" \
			"$(cx --json status | jq -r '.attached[] | "\(.filters) \(.note)"')"
	done
done
if try ifb on_server ifb0 type ifb; then
	ip -n server link set ifb0 up
	addresses eth0 eth0
	tc -n server qdisc add dev eth0 clsact
	tc -n server filter add dev eth0 ingress bpf bytecode '1,6 0 0 1' action mirred \
		egress redirect dev ifb0
	refuses ifb0 "the interface whose ingress"
	filters eth0 native
	filters eth0 generic
fi
if try dummy on_server dummy0 type dummy; then
	ip -n server link set dummy0 up
	addresses dummy0 eth0
	ip -n client neigh replace $SERVER4 lladdr "$(mac_of server eth0)" dev eth0
	ip -n server route replace 192.0.2.0/24 dev eth0
	refuses dummy0 "the interface that packets"
	filters eth0 native
fi

# --- Devices on devices -----------------------------------------------------------------------
if try VLAN both link add link eth0 name eth0.5 type vlan id 5; then
	both link set eth0.5 up
	addresses eth0.5 eth0.5
	filters eth0.5
	filters eth0 native
	covers eth0 ""
	not_both eth0.5 eth0
	on_server link eth0.5 name mac0 type macvlan
	not_both mac0 eth0
fi
for mode in private vepa bridge passthru source; do
	try "macvlan $mode" on_server link eth0 name mac0 type macvlan mode $mode || continue
	[[ $mode != source ]] || ip -n server link set mac0 type macvlan macaddr add "$(mac_of client eth0)"
	ip -n server link set mac0 up
	addresses mac0 eth0
	filters mac0
	[[ $mode == bridge || $mode == source ]] || continue
	filters eth0 native
	covers eth0 ""
done
if try macvtap on_server link eth0 name mac0 type macvtap mode bridge; then
	ip -n server link set mac0 up
	addresses mac0 eth0
	filters mac0
	filters eth0 native
	not_both mac0 eth0
fi
team() { # which passes nothing until it has a mode
	on_server top0 type team && in_ns server teamnl top0 setoption mode roundrobin
}
for kind in bond team bridge; do
	case $kind in
	team)	try team team || continue ;;
	*)	try $kind on_server top0 type $kind || continue ;;
	esac
	[[ $kind != bond ]] || ip -n server link set top0 type bond mode active-backup
	[[ $kind != bridge ]] || ip -n server link set top0 type bridge forward_delay 0
	ip -n server link set eth0 down
	ip -n server link set eth0 master top0
	ip -n server link set eth0 up
	ip -n server link set top0 up
	addresses top0 eth0
	settled
	filters top0
	[[ $kind != bond ]] || filters top0 native
	filters eth0 native
	covers eth0 ""
	not_both top0 eth0
done

# --- Devices whose packets come wrapped, so that the one below does not see them ---------------
wrapped() { # DEVICE
	both link set "$1" up
	addresses "$1" "$1"
	settled
	filters "$1"
	cx -q attach eth0 mode generic
	equal "$WHAT: eth0 does not see inside" "$ALL" "$(reach $UNLISTED4)"
	equal "$WHAT: ... as status says" "$1" "$(unfiltered)"
	check "$WHAT: both may be attached" cx -q attach "$1" mode generic
	equal "$WHAT: ... and a stranger is refused" $OTHERS "$(reach $UNLISTED4)"
	equal "$WHAT: ... and status has nothing to say" "" "$(unfiltered)"
	cx -q detach all
}
if try batman-adv both link add bat0 type batadv; then
	both link set eth0 master bat0
	wrapped bat0
fi
if try HSR both link add name hsr0 type hsr slave1 eth0 slave2 eth1 version 1; then
	wrapped hsr0
fi
macsec() {
	local ns peer

	for ns in server:client client:server; do
		peer=$(mac_of "${ns#*:}" eth0)
		ns=${ns%:*}
		ip -n "$ns" link add link eth0 sec0 type macsec encrypt on || return
		ip -n "$ns" macsec add sec0 tx sa 0 pn 1 on key 01 11111111111111111111111111111111
		ip -n "$ns" macsec add sec0 rx address "$peer" port 1
		ip -n "$ns" macsec add sec0 rx address "$peer" port 1 sa 0 pn 1 on key 01 \
			11111111111111111111111111111111
	done
}
if try MACsec macsec; then
	wrapped sec0
fi

# --- Ends of a pipe, which tc goes around ------------------------------------------------------
warns() { # DEVICE
	local output

	output=$(cx attach "$1" mode generic 2>&1) || true
	equal "$WHAT: attach warns of what tc hands over" 1 "$(grep -c "warning: $1 is a .*tc hands" \
		<<<"$output")"
	cx -q detach "$1"
}
if try veth true; then
	addresses eth0 eth0
	warns eth0
	filters eth0 generic
	filters eth0 native
fi
netkit() {
	ip -n server link add nk0 type netkit || return
	ip -n server link set "$(ip -n server -j link | jq -r '.[].ifname' | grep '^nk' | grep -vx nk0)" \
		netns client name nk0
	both link set nk0 up
}
if try netkit netkit; then
	addresses nk0 nk0
	warns nk0
	filters nk0
fi
