#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Tunnel devices that take what no other one does, or from many ends, or out of UDP.
. "${0%/*}/inside.sh"

# The devices that come with a module, once they are up, for what has no device of its own.
fallback() { # DEVICE FAMILIES TYPE AT-CLIENT
	begins "$1" || return 0
	# shellcheck disable=SC2086 # words
	if ! ip -n server link show "$1" >/dev/null 2>&1 ||
		! ip -n client link add t0 type $3 $4 2>/dev/null; then
		skip "$1" "the kernel has none"
		return
	fi
	addressed "$1" "$2" t0
	judged "$1"
	cx -q detach "$1"
	ip -n server addr flush dev "$1"
	ip -n server link set "$1" down
}
fallback tunl0 4 ipip "$TO4"
fallback sit0 6 sit "$TO4"
fallback ip6tnl0 6 ip6tnl "$TO6 mode any"
fallback ip6gre0 46 ip6gre "$TO6"

! tunnel "GRE, external" 46 gre external "$TO4" || judged t0

OVER="encap fou encap-sport auto encap-dport 5555"
if in_ns server ip fou add port 5555 ipproto 4 2>/run/tmp/why; then
	! tunnel "IPIP in FOU" 4 ipip "$FROM4" "$TO4 $OVER" || judged t0
	in_ns server ip fou del port 5555
	in_ns server ip fou add port 5555 gue
	! tunnel "GRE in GUE" 46 gre "$FROM4" "$TO4 ${OVER/fou/gue}" || judged t0
else
	skip FOU "the kernel has none: $(head -1 /run/tmp/why)"
fi

# Of what XDP is given the header around, so that a program would see nothing: refused.
outside() { # DEVICE WORDS
	refused "$WHAT: refused, and says why" 1 "'$1': .*$2" cx attach "$1" mode generic
}
if tunnel "GRE, multipoint" 46 gre "local $SERVER4" "$TO4"; then
	outside t0 "shows XDP the header around"
	equal "GRE, multipoint: nothing else sees what is inside" "$ALL" "$(inside)"
fi
! tunnel "GRE, a group" 4 gre "local $SERVER4 remote 239.0.0.1" "$TO4" ||
	outside t0 "shows XDP the header around"
! begins gre0 || outside gre0 "shows XDP the header around"
! tunnel VTI 4 vti "$FROM4 key 7" "$TO4 key 7" || outside t0 "the frame around ESP"
! tunnel VTI6 6 vti6 "$FROM6 key 7" "$TO6 key 7" || outside t0 "the frame around ESP"
