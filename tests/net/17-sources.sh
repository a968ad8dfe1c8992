#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# A source is what an allow admits, wherever they are counted: no deny, and nothing that is over.
. "${0%/*}/lib.sh"

lan
says() { # NAME PATTERN COMMAND…: it succeeds, and warns of this
	local name=$1 pattern=$2

	shift 2
	check "$name" grep -qE -- "$pattern" <("$@" 2>&1 || echo "exit $?")
}

clarent-xdp deny $LISTED4 gateway
clarent-xdp allow $LISTED4 command
says "attach: a list of denies is nobody's" "gateway.*lists nobody" \
	in_ns server clarent-xdp attach eth0
equal "policies: nor is it a source" "0 1" "$(clarent-xdp -j policies |
	jq -r '.policies[] | select(.policy == "gateway") | "\(.sources.ipv4) \(.denied.ipv4)"')"

clarent-xdp allow $LISTED4,$LISTED6 gateway
clarent-xdp save /run/tmp/saved
sed 's/^allow \(.*\) gateway/deny \1 gateway/' /run/tmp/saved >/run/tmp/denied
refused "apply: all allows become denies" 1 "gateway.*lose all its 2 sources" \
	clarent-xdp apply /run/tmp/denied
check "... with force" clarent-xdp -q apply /run/tmp/denied force
equal "... nobody comes in" none "$(arrives $LISTED4 "${GATEWAY[@]}")"
clarent-xdp -q apply /run/tmp/saved

soon=$(date -u -d '+3 seconds' +%s)
clarent-xdp allow $LISTED4,$LISTED6 gateway expires "$(date -u -d "@$soon" +%FT%TZ)"
while (($(date +%s) <= soon)); do
	sleep 0.2
done
equal "policies: what has expired is no source" 0 "$(clarent-xdp -j policies |
	jq -r '.policies[] | select(.policy == "gateway") | .sources.ipv4 + .sources.ipv6')"
check "revoke: nor the last one" silent clarent-xdp revoke $LISTED4,$LISTED6 gateway
