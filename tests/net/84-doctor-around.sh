#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# doctor finds the ways around the filter that this host has, and each is gone by its own command.
. "${0%/*}/lib.sh"

doctor() { clarent-xdp --netns server -j doctor 2>/dev/null || true; }
rows() { # CHECK: "STATE SAW" of each
	doctor | jq -r --arg check "$1" '.checks[] | select(.check == $check) | "\(.state) \(.saw)"'
}
state() { rows "$1" | sed 's/ .*//' | sort | uniq | paste -sd,; }
mend() { # CHECK: what it names, where it was asked
	local command

	doctor | jq -r --arg check "$1" '.checks[] | select(.check == $check and .mend).mend' |
		while read -r command; do bash -c "$command"; done
}
# mended NAME CHECK STATE COUNT: so many rows say so, and none after their commands.
mended() {
	local name=$1 check=$2 wanted=$3 count=$4 said output

	said=$(rows "$check")
	if (($(grep -c "^$wanted " <<<"$said") != count)); then
		fail "$name" "not $count × $wanted: $said"
		return
	fi
	output=$(mend "$check" 2>&1) || true
	if [[ $(state "$check") == ok ]]; then
		pass "$name: $wanted, and ok after what it named"
	else
		fail "$name" "$(rows "$check") after: $output"
	fi
}

lan
clarent-xdp -q allow $LISTED4 gateway
in_ns server clarent-xdp -q attach eth0

# --- NAT ---------------------------------------------------------------------------------------
ruleset() { # [HOOK]: the rules from standard input, one a line
	in_ns server nft -f - <<-END
		table inet my-nat
		delete table inet my-nat
		table inet my-nat {
			map ports { type inet_service : inet_service; elements = { 7001 : 4040, 7002 : 7003 } }
			map hosts { type inet_service : ipv4_addr . inet_service
				elements = { 7001 : $SERVER4 . 5001 } }
			set open { type inet_service; flags interval; elements = { 7000-7010, 8000 } }
			chain pre {
				type nat hook ${1:-prerouting} priority -100
				$(cat)
			}
		}
	END
}
leads() { # NAME STATE RULE
	if ! ruleset <<<"$3" 2>/run/tmp/why; then
		skip "NAT, $1" "the kernel has none: $(head -1 /run/tmp/why)"
	elif [[ $2 == ok ]]; then
		equal "NAT, $1: ok" ok "$(state nat)"
	else
		mended "NAT, $1" nat "$2" 1
	fi
}
if in_ns server nft add table inet my-nat 2>/dev/null; then
	equal "NAT: no rules" "ok no rule of nft leads to a guarded port" "$(rows nat)"
	leads "redirect" fail "udp dport 7000 redirect to :4040"
	leads "redirect of all" fail "meta l4proto udp redirect to :5002"
	leads "dnat" fail "udp dport 7000 dnat ip to $SERVER4:4040"
	leads "dnat, IPv6" fail "udp dport 7000 dnat ip6 to [$SERVER6]:5010"
	leads "to a range" fail "udp dport 7000 redirect to :4030-4050"
	leads "from a range" fail "udp dport 4000-4045 redirect to :4045"
	leads "from a set" fail "udp dport { 4040, 7000 } redirect to :4045"
	leads "from a named set" fail "udp dport @open redirect to :4045"
	leads "by a map" fail "meta l4proto udp redirect to :udp dport map { 7001 : 4040 }"
	leads "by a named map" fail "meta l4proto udp redirect to :udp dport map @ports"
	leads "by a map of addresses" fail "meta l4proto udp dnat ip to udp dport map @hosts"
	leads "either protocol" fail "meta l4proto { tcp, udp } th dport 7000 redirect to :4040"
	leads "not from one" fail "udp dport != 4040 redirect to :4040"
	leads "away from one" warn "udp dport 4040 redirect to :7000"
	leads "from a guarded one" ok "udp dport 4045 redirect to :4040"
	leads "elsewhere" ok "udp dport 7000 redirect to :7001"
	leads "another protocol" ok "tcp dport 7000 redirect to :4040"
	leads "another protocol, of all" ok "meta l4proto tcp redirect to :4040"
	leads "from an element with a comment" ok 'udp dport { 4040 comment "x", 4045 } redirect to :4045'
	leads "... one of them not guarded" fail 'udp dport { 4040, 7000 comment "x" } redirect to :4045'
	leads "another address, same port" ok "udp dport 4040 dnat ip to $SERVER4"
	ruleset output <<<"udp dport 7000 redirect to :4040"
	equal "NAT, of what this host sends: ok" ok "$(state nat)"
	ruleset <<<$'udp dport 7000 redirect to :4040\nudp dport 7001 redirect to :4045'
	mended "NAT, two rules" nat fail 2
	clarent-xdp -q policy gateway mode open
	ruleset <<<"udp dport 7000 redirect to :4040"
	equal "NAT, to a port that is open: ok" ok "$(state nat)"
	clarent-xdp -q policy gateway mode enforce
	in_ns server nft flush ruleset
else
	skip "NAT" "no nft, or no nf_tables in the kernel"
fi
equal "without nft: not looked at, and not ok" "warn not looked at: no nft" "$(
	PATH=/run/bin clarent-xdp --netns server -j doctor 2>/dev/null |
		jq -r '.checks[] | select(.check == "nat") | "\(.state) \(.saw)"' || true)"
if in_ns server iptables-legacy -t nat -L -n >/dev/null 2>&1; then
	equal "iptables-legacy: not looked at" warn "$(state iptables)"
else
	skip "iptables-legacy" "no such program, or not in the kernel"
fi

# --- FOU, GUE ------------------------------------------------------------------------------------
equal "FOU: none" ok "$(state fou)"
if ip -n server fou add port 5555 ipproto 17 2>/dev/null; then
	mended "FOU of UDP" fou fail 1
	ip -n server fou add port 5555 ipproto 17 -6
	mended "FOU of UDP, IPv6" fou fail 1
	ip -n server fou add port 5556 gue
	mended "GUE" fou fail 1
	ip -n server fou add port 5557 ipproto 4
	equal "FOU of IPIP comes out of a device: ok" ok "$(state fou)"
else
	skip "FOU" "the kernel has none"
fi

# --- MPLS ----------------------------------------------------------------------------------------
equal "MPLS: none" ok "$(state mpls)"
if in_ns server sysctl -qw net.mpls.platform_labels=1000 2>/dev/null &&
	ip -n server -f mpls route add 100 dev lo 2>/dev/null; then
	in_ns server clarent-xdp -q attach lo mode generic
	equal "MPLS to lo, which is attached: ok" ok "$(state mpls)"
	in_ns server clarent-xdp -q detach lo
	mended "MPLS to lo" mpls fail 1
else
	skip "MPLS" "the kernel has none"
fi

# --- Segment routing -------------------------------------------------------------------------------
equal "segments: none" ok "$(state seg6)"
if ip -n server -6 route add 2001:db8:5::1/128 encap seg6local action End.DT6 table main dev lo \
	2>/dev/null; then
	mended "End.DT6" seg6 fail 1
	ip -n server -6 route add 2001:db8:5::/64 encap seg6local action End.DX4 nh4 $SERVER4 dev eth0 \
		table 77
	mended "End.DX4, in another table" seg6 fail 1
	ip -n server -6 route add 2001:db8:5::3/128 nexthop via 2001:db8::8 dev eth0 encap seg6local \
		action End.DT6 table main nexthop via 2001:db8::9 dev eth0
	mended "End.DT6, one way of two" seg6 fail 1
	ip -n server -6 route add 2001:db8:5::2/128 encap seg6local action End dev eth0
	equal "End takes nothing out: ok" ok "$(state seg6)"
	ip -n server -6 route del 2001:db8:5::2/128
else
	skip "segments" "the kernel has none"
fi

# --- IPsec -----------------------------------------------------------------------------------------
policy() { ip -n server xfrm policy add src "$1" dst "$2" "${@:3}"; }
equal "IPsec: none" ok "$(state ipsec)"
esp=(tmpl src "$LISTED4" dst "$SERVER4" proto esp mode)
if policy 10.0.0.0/8 10.1.0.0/16 dir in "${esp[@]}" tunnel 2>/dev/null; then
	mended "IPsec, tunnel mode" ipsec fail 1
	policy $LISTED4/32 $SERVER4/32 proto 17 dport 4040 dir in "${esp[@]}" transport
	mended "IPsec, transport mode, one port" ipsec fail 1
	policy 2001:db8:7::/48 2001:db8:8::/48 dir in tmpl src $LISTED6 dst $SERVER6 proto esp mode tunnel
	mended "IPsec, IPv6" ipsec fail 1
	policy 10.0.0.0/8 10.1.0.0/16 dir in if_id 7 "${esp[@]}" tunnel
	mended "IPsec, for an interface that is not there" ipsec fail 1
	policy $LISTED4/32 $SERVER4/32 proto 17 dport 7000 dir in "${esp[@]}" transport
	equal "IPsec, a port that nobody guards: ok" ok "$(state ipsec)"
	policy 10.0.0.0/8 10.1.0.0/16 dir out "${esp[@]}" tunnel
	equal "IPsec, what is sent: ok" ok "$(state ipsec)"
	policy 10.0.0.0/8 10.2.0.0/16 dir in tmpl src $LISTED4 dst $SERVER4 proto ah mode transport
	equal "IPsec, AH in transport mode, which is walked: ok" ok "$(state ipsec)"
	if ip -n server link add xfrm0 type xfrm dev eth0 if_id 8 2>/dev/null; then
		ip -n server link set xfrm0 up
		policy 10.0.0.0/8 10.3.0.0/16 dir in if_id 8 "${esp[@]}" tunnel
		mended "IPsec, its interface is not attached" ipsec fail 1
	else
		skip "IPsec, with an interface" "the kernel has no xfrm interface"
	fi
else
	skip "IPsec" "the kernel has none"
fi
