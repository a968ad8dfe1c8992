#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Shows the filter at work: two namespaces, a cable, real datagrams, and what became of each.
#
# Everything happens in namespaces of the demo's own, so that a filter in use on this host is not
# touched.  It fails if anything arrives that should not, or does not that should.
. "${0%/*}/net/lib.sh"

SERVER4=203.0.113.1 LISTED4=203.0.113.5 UNLISTED4=203.0.113.66
LISTED6=2001:db8::5
if [[ -t 1 ]]; then
	bold=$'\e[1m' red=$'\e[31m' green=$'\e[32m' plain=$'\e[0m'
else
	bold='' red='' green='' plain=''
fi

# show COMMAND…: as a user types it, on the server.
show() {
	echo "$bold\$ $*$plain"
	in_ns server "$@"
}

# Drops so far, a line each: "policy reason packets".
drops() {
	in_ns server clarent-xdp --json stats | jq -r '.counters[] | select(.packets > 0)
		| select(.reason != "allowed" and .reason != "not-guarded")
		| "\(.policy // "-") \(.reason) \(.packets)"' | sort
}

# Why packets were dropped since $1 was taken from drops().
why_not() {
	awk 'NR == FNR { before[$1 $2] = $3; next }
	     $3 > before[$1 $2] { printf "%s%s %d", sep, $2, $3 - before[$1 $2]; sep = ", " }' \
		<(echo "$1") <(drops)
}

# row FROM TO SENT WANTED-ARRIVED WANTED-WHY-NOT COMMAND…: the command prints what arrived, in
# words of which "none" is nothing.
row() {
	local from=$1 to=$2 sent=$3 wanted=$4 wanted_why=$5 before arrived why words colour=$green note=''

	shift 5
	before=$(drops)
	read -ra words <<<"$("$@")"
	arrived=${#words[@]}
	[[ ${words[*]} != none ]] || arrived=0
	why=$(why_not "$before")
	if [[ $arrived != "$wanted" || $why != "$wanted_why" ]]; then
		colour=$red note="  expected: $wanted ${wanted_why}"
		FAILURES=$((FAILURES + 1))
	fi
	printf '%-17s %-38s %4d %s%8d%s  %s%s\n' \
		"$from" "$to" "$sent" "$colour" "$arrived" "$plain" "$why" "$note"
}

# replies SOURCE DEST: a word for each of three pings that is answered.
replies() {
	in_ns client ping -n -c 3 -i 0.05 -W 2 -I "$1" "$2" | grep -o ttl= | xargs
}

# rows SOURCE DEST GATEWAY-ARRIVED GATEWAY-WHY
rows() {
	row "$1" "gateway  ${GATEWAY[*]}" 3 "$3" "$4" arrives "$1" "${GATEWAY[@]}"
	row '' "command  ${COMMAND[*]}" 2 0 "unlisted 2" arrives "$1" "${COMMAND[@]}"
	row '' "others   4041-4044 5000 5003 5009 5011" 8 8 "" arrives "$1" "${NEIGHBOURS[@]}"
	row '' "ping" 3 3 "" replies "$1" "$2"
	row '' "TCP      22 4040" 2 2 "" traffic tcp client "$1" server "$2" 22 4040
}

lan
cat <<END
A server behind eth0, and on its network a gateway that may call it, $LISTED4, and a
stranger, $UNLISTED4.  Both also speak IPv6: $LISTED6 and $UNLISTED6.

END
show clarent-xdp allow $LISTED4 gateway
show clarent-xdp allow $LISTED6 gateway
show clarent-xdp attach eth0
echo
printf '%s%-17s %-38s %4s %8s  %s%s\n' \
	"$bold" FROM "TO UDP PORTS OF" SENT ARRIVED "WHY NOT" "$plain"
rows $LISTED4 $SERVER4 3 ""
rows $LISTED6 $SERVER6 3 ""
rows $UNLISTED4 $SERVER4 0 "unlisted 3"
rows $UNLISTED6 $SERVER6 0 "unlisted 3"
echo
show clarent-xdp list
echo
show bpftool map dump pinned "$PINS/gateway_acl"
echo
show clarent-xdp detach eth0
row "$UNLISTED4" "all five, after detach" 5 5 "" arrives $UNLISTED4 "${GUARDED[@]}"
echo
if ((FAILURES > 0)); then
	echo "${red}$FAILURES of these were not as expected$plain"
else
	echo "${green}All as expected.$plain  Nothing is left behind: it was all in namespaces of its own."
fi
