#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Tunnels of bare IP: attached in mode generic, the device judges what comes out of it.
. "${0%/*}/inside.sh"

if tunnel IPIP 4 ipip "$FROM4" "$TO4"; then
	equal "IPIP: status names the tunnel as not filtered" false "$(status_says t0)"
	refused "IPIP: t0 has no native XDP: says so" 1 "'t0': .*native.*mode generic" \
		cx attach t0
	judged t0
	equal "IPIP: ... as status says" true "$(status_says t0)"
fi
! tunnel SIT 46 sit "$FROM4 mode any" "$TO4 mode any" || judged t0
! tunnel ip6tnl 46 ip6tnl "$FROM6 mode any" "$TO6 mode any" || judged t0
! tunnel GRE 46 gre "$FROM4" "$TO4" || judged t0
! tunnel "GRE with all options" 46 gre "$FROM4 key 7 csum seq" "$TO4 key 7 csum seq" || judged t0
! tunnel ip6gre 46 ip6gre "$FROM6" "$TO6" || judged t0

if begins PPPoE; then
	"$TESTS/vm/pppoe.py" server eth0 "$(mac_of server eth0)" client eth0 "$(mac_of client eth0)" \
		>/run/tmp/pppoe 2>&1 &
	session=$!
	until grep -qs ready /run/tmp/pppoe; do
		kill -0 $session 2>/dev/null || break
		sleep 0.1
	done
	if kill -0 $session 2>/dev/null; then
		addressed ppp0 46
		judged ppp0
		kill $session
	else
		skip PPPoE "the kernel has none: $(tail -1 /run/tmp/pppoe)"
	fi
fi
