#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Names that others thought up steer no terminal and break no JSON; look-alikes are not taken.
. "${0%/*}/lib.sh"

lan
esc=$'a\e[31m' right=$'b\xe2\x80\xaex' latin=$'c\xe9d'
for name in "$esc" "$right" "$latin"; do
	ip -n server link add "$name" type veth peer name "p${#name}" netns client
	ip -n server link set "$name" up
	ip -n server addr add 203.0.113.${#name}/32 dev "$name"
done
in_ns server clarent-xdp -q attach eth0

# raw: how many bytes are no printable ASCII and no end of a line.
raw() { LC_ALL=C tr -d '\n -~' | wc -c; }

in_ns server clarent-xdp status >/run/tmp/status
equal "status holds nothing that steers a terminal" 0 "$(raw </run/tmp/status)"
check "... shows an escape sequence by its bytes" grep -qF '"'"a\\x1b[31m"'"' <(sed 's/^/"/; s/  .*/"/' /run/tmp/status)
check "... a direction mark" grep -qF 'b\xe2\x80\xaex' /run/tmp/status
check "... and what is no UTF-8" grep -qF 'c\xe9d' /run/tmp/status
in_ns server clarent-xdp --json status >/run/tmp/status.json
equal "its JSON holds nothing that does either" 0 "$(raw </run/tmp/status.json)"
names() { /usr/bin/python3 -c '
import json, sys
print([row["interface"] for row in json.load(open(sys.argv[1], encoding="utf-8"))["unfiltered"]])' "$1"; }
check "... and gives the true names" grep -qF "'a\\x1b[31m', 'b\\u202ex', 'c\\\\xe9d'" \
	<(names /run/tmp/status.json)

# said COMMAND…: what it says, if it failed and said nothing that steers a terminal.
said() {
	local status=0

	"$@" >/run/tmp/said 2>&1 || status=$?
	((status)) && ! LC_ALL=C grep -q '[^ -~]' /run/tmp/said && cat /run/tmp/said
}

for verb in "attach" "detach" "check 192.0.2.10 port 4040 dev"; do
	for name in "$esc" "$right" "$latin"; do
		# shellcheck disable=SC2086 # words
		check "$verb of such a name: a word for it, escaped" \
			said in_ns server clarent-xdp $verb "$name"
	done
done
check "an unknown verb" said clarent-xdp "$esc"
check "an unknown option" said clarent-xdp "--$esc" status
check "a namespace" said clarent-xdp --netns "$esc" status
check "a pin directory" said clarent-xdp --bpffs "/run/$esc" save
check "a file that is not there" said clarent-xdp apply "/run/$esc"
printf 'allow 300.1.1.1 gateway\n' >"/run/tmp/$esc"
check "a file with a bad line" said clarent-xdp apply "/run/tmp/$esc"
check "a policy" said clarent-xdp list "$esc"
check "a peer" said clarent-xdp list peer "$esc"

# What would be taken for something else is not taken at all.
clarent-xdp -q allow $LISTED4 gateway peer acme comment 'a "b" \c é'
for point in 00a0 00ad 061c 115f 180e 2003 200b 200d 200e 200f 2028 2029 202a 202e 2060 2066 2069 2800 \
	3000 3164 e000 fe0f feff ffa0 fff9 fffe e0041 10ffff; do
	# shellcheck disable=SC2059 # the escape is made here
	upper=${point^^} char=$(LC_ALL=C.UTF-8 printf "\\U$(printf %08x "0x$point")")
	for words in "peer acme$char" "comment $char"; do
		# shellcheck disable=SC2086 # words
		refused "$words: refused by its code point" 2 "holds U\\+$upper, " \
			clarent-xdp allow $UNLISTED4 gateway $words
	done
	printf '#\nallow %s gateway peer ac%sme\n' "$UNLISTED4" "$char" >/run/tmp/policy
	refused "U+$upper in a file: ... and its line" 1 "/run/tmp/policy:2: holds U\\+$upper, " \
		clarent-xdp apply /run/tmp/policy force
done
equal "what can be read is taken as it is" "acme a \"b\" \\c é" \
	"$(clarent-xdp --json list | jq -r '.entries[] | "\(.peer) \(.comment)"')"
clarent-xdp save /run/tmp/policy
check "... and reads back" silent clarent-xdp apply /run/tmp/policy force
