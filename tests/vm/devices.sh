#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Devices on devices: what it means to attach to a VLAN, a bond or a bridge, and to what is below.
. "${0%/*}/../attacks/lib.sh"

prog_on() { ip -n server -j link show "$1" | jq -r '.[].xdp.mode // "none"'; }
native=1 generic=2
reach() { arrives "$1" "${GUARDED[@]}" 4041; }
LET_IN="${GATEWAY[*]} 4041" ALL="${GUARDED[*]} 4041"
judged() { # NAME
	equal "$1: $LISTED4 gets in" "$LET_IN" "$(reach $LISTED4)"
	equal "$1: $LISTED6 gets in" "$LET_IN" "$(reach $LISTED6)"
	equal "$1: $UNLISTED4 does not" 4041 "$(reach $UNLISTED4)"
	equal "$1: $UNLISTED6 does not" 4041 "$(reach $UNLISTED6)"
}
# Which interfaces have judged what a policy guards.
judges() {
	clarent-xdp --json stats | jq -r '[.counters[] | select(.policy == "gateway" and .packets > 0) |
		.interface] | unique | join(",")'
}
# What status calls not filtered, of these.
unfiltered() {
	in_ns server clarent-xdp --json status |
		jq -r '[.unfiltered[].interface] - ["lo"] | join(",")'
}
afresh() {
	in_ns server clarent-xdp -q detach all 2>/dev/null || true
	clarent-xdp -q purge 2>/dev/null || true
	clarent-xdp allow $LISTED4,$LISTED6 gateway
}
attach() { in_ns server clarent-xdp -q attach "$@"; }

wire server eth0 client eth0
no_kernel_rpf server

# --- A VLAN ----------------------------------------------------------------------------------
# The addresses are in VLAN 5; the same ports are reached without a tag at another address.
vlan() {
	local ns

	for ns in server client; do
		ip -n $ns link add link eth0 name eth0.5 type vlan id 5 2>/dev/null || return
		ip -n $ns link set eth0.5 up
	done
	address server eth0.5 $SERVER4/24 $SERVER6/64
	address client eth0.5 $LISTED4/24 $UNLISTED4/24 $LISTED6/64 $UNLISTED6/64
	address server eth0 10.1.0.1/24
	address client eth0 10.1.0.66/24
}
untagged() { traffic udp client 10.1.0.66 server 10.1.0.1 "${GUARDED[@]}" 4041; }

if vlan; then
	afresh
	refused "eth0.5 has no native XDP: says so" 1 "'eth0.5': .*mode generic" \
		in_ns server clarent-xdp attach eth0.5
	check "attach eth0.5 mode generic" attach eth0.5 mode generic
	judged "eth0.5 attached"
	equal "... by eth0.5" eth0.5 "$(judges)"
	equal "... but nothing without the tag" "$ALL" "$(untagged)"
	equal "... as status says" eth0 "$(unfiltered)"
	clarent-xdp -q allow $LISTED4,$LISTED6 gateway dev eth0.5
	judged "dev eth0.5"
	for mode in native generic; do
		refused "eth0 below it, mode $mode: is refused, and names it" 1 \
			"'eth0': eth0.5 above it is attached.*detach eth0.5 first" \
			in_ns server clarent-xdp attach eth0 mode $mode
	done

	afresh
	check "attach eth0 alone" attach eth0
	judged "eth0 attached, eth0.5 on it"
	equal "... by eth0" eth0 "$(judges)"
	equal "... and what has no tag" 4041 "$(untagged)"
	equal "... as status says" "" "$(unfiltered)"
	clarent-xdp -q allow $LISTED4,$LISTED6 gateway dev eth0
	equal "dev eth0: where it is judged" "$LET_IN" "$(reach $LISTED4)"
	refused "eth0.5 on it is refused, and names it" 1 \
		"'eth0.5': eth0 below it is attached.*detach eth0 first" \
		in_ns server clarent-xdp attach eth0.5 mode generic
	for ns in server client; do
		ip -n $ns link del eth0.5
		ip -n $ns addr flush dev eth0
	done
else
	skip "VLAN" "the kernel has no VLAN devices"
fi
afresh

# --- A bond of eth0, which is active, and eth1 -----------------------------------------------
wire server eth1 client eth1
enslave() { # DEVICE
	ip -n server link set "$1" down
	ip -n server link set "$1" master bond0
	ip -n server link set "$1" up
}
# The client sends over that wire.
over() { # DEVICE
	ip -n client addr flush dev eth0
	ip -n client addr flush dev eth1
	address client "$1" $LISTED4/24 $UNLISTED4/24 $LISTED6/64 $UNLISTED6/64
	ip -n server link set bond0 type bond active_slave "$1"
}

if ip -n server link add bond0 type bond mode active-backup 2>/dev/null; then
	enslave eth0
	enslave eth1
	ip -n server link set bond0 up
	address server bond0 $SERVER4/24 $SERVER6/64
	over eth0
	attach eth0
	equal "one member attached: status says that bond0 is not filtered" bond0 "$(unfiltered)"
	for mode in native generic; do
		refused "eth0 is attached: bond0 mode $mode is refused, and names it" 1 \
			"'bond0': eth0 below it is attached.*detach eth0 first" \
			in_ns server clarent-xdp attach bond0 mode $mode
	done
	attach eth1
	equal "both members attached: status has nothing to say" "" "$(unfiltered)"
	judged "the members attached"
	equal "... by eth0" eth0 "$(judges)"
	over eth1
	judged "the members attached, eth1 active"
	equal "... by each" eth0,eth1 "$(judges)"

	afresh
	over eth0
	check "attach bond0" attach bond0
	equal "... which is native" "$native" "$(prog_on bond0)"
	judged "bond0 attached"
	over eth1
	judged "bond0 attached, eth1 active"
	equal "... by bond0" bond0 "$(judges)"
	equal "... as status says" "" "$(unfiltered)"
	refused "a member of an attached bond is refused, and names it" 1 \
		"'eth0': bond0 above it is attached.*detach bond0 first" \
		in_ns server clarent-xdp attach eth0
	clarent-xdp -q allow $LISTED4,$LISTED6 gateway dev bond0
	judged "dev bond0"
	ip -n server link set eth1 nomaster
	enslave eth1
	over eth1
	judged "a member that comes later"

	# The kernel names the member as where a packet came in, and the route back leads to bond0.
	refused "native bond: rpf strict would refuse everybody, and is refused" 1 \
		"through bond0: in native mode.*routes lead to bond0" \
		clarent-xdp -q policy gateway rpf strict
	clarent-xdp -q policy gateway rpf strict force
	equal "... forced: nobody gets in" 4041 "$(reach $LISTED4)"

	afresh
	check "attach bond0 mode generic" attach bond0 mode generic
	equal "... which it is" "$generic" "$(prog_on bond0)"
	judged "bond0 generic"
	equal "... by bond0" bond0 "$(judges)"
	clarent-xdp -q policy gateway rpf strict
	judged "bond0 generic, rpf strict"
	afresh
	ip -n server link del bond0
else
	skip "bond" "the kernel has no bonds"
fi

# --- A bridge of eth0 and eth1, with a guest behind eth1 -------------------------------------
# crosses SOURCE: what the guest is reached on.
crosses() { traffic udp client "$1" guest 192.0.2.2 "${GUARDED[@]}" 4041; }

if ip -n server link add br0 type bridge 2>/dev/null; then
	ip -n client link del eth1
	wire server eth1 guest eth0
	address guest eth0 192.0.2.2/24
	for dev in eth0 eth1; do
		ip -n server link set $dev master br0 up
	done
	ip -n server link set br0 up
	ip -n client addr flush dev eth0
	address server br0 $SERVER4/24 $SERVER6/64
	address client eth0 $LISTED4/24 $UNLISTED4/24 $LISTED6/64 $UNLISTED6/64
	waited=0
	until [[ $(ip -n server -d -j link show master br0 | jq -r '.[].linkinfo.info_slave_data.state' |
		sort -u) == forwarding ]]; do
		((++waited < 50)) || break # and what follows fails
		sleep 0.2
	done
	refused "br0 has no native XDP: says so" 1 "'br0': .*mode generic" \
		in_ns server clarent-xdp attach br0
	check "attach br0 mode generic" attach br0 mode generic
	judged "br0 attached"
	equal "... by br0" br0 "$(judges)"
	equal "... but what crosses it is not" "$ALL" "$(crosses $UNLISTED4)"

	afresh
	attach eth0
	judged "a port attached"
	equal "... by eth0" eth0 "$(judges)"
	equal "... and what crosses the bridge" 4041 "$(crosses $UNLISTED4)"
	equal "... but not what enters by another port, as status says" br0,eth1 "$(unfiltered)"
	equal "... nor does it" "$ALL" \
		"$(traffic udp guest 192.0.2.2 server $SERVER4 "${GUARDED[@]}" 4041)"
	attach eth1
	equal "all ports attached: status has nothing to say" "" "$(unfiltered)"
	equal "... and nothing gets in" 4041 \
		"$(traffic udp guest 192.0.2.2 server $SERVER4 "${GUARDED[@]}" 4041)"
else
	skip "bridge" "the kernel has no bridges"
fi
