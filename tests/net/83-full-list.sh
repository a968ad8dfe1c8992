#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# More entries than the lists hold: refused, with what they hold, and nothing changes.  What counts
# is what is to be, not what was there before as well.
. "${0%/*}/lib.sh"

HOLD=$((128 * 32768 - 64)) # CX_MAX_ENTRIES

# hosts COUNT: so many lines of a policy file.
hosts() { # COUNT [FIRST]
	awk -v count="$1" -v first="${2:-20}" 'BEGIN {
		for (i = 0; i < count; i++)
			printf "allow %d.%d.%d.%d gateway\n", first + int(i / 16777216),
				int(i / 65536) % 256, int(i / 256) % 256, i % 256
	}'
}

clarent-xdp -q allow $LISTED4 gateway
before=$(clarent-xdp -q save -)
hosts $((HOLD + 1)) >/run/tmp/over
refused "one host too many" 1 "over:$((HOLD + 1)): more than $HOLD entries" \
	clarent-xdp -q apply /run/tmp/over force
equal "... and nothing changes" "$before" "$(clarent-xdp -q save -)"
head -n $HOLD /run/tmp/over >/run/tmp/most
refused "... nor by adding as many as there may be" 1 "the lists are full: $HOLD entries" \
	clarent-xdp -q apply /run/tmp/most add force
equal "... and nothing changes then" "$before" "$(clarent-xdp -q save -)"
rm /run/tmp/over /run/tmp/most

# The filter of so many has a map of its own, which goes when they go.
filters() { # how many words each has
	bpftool -j map dump pinned "$PINS/maps/filters" |
		jq -r '.[]? | .value? // empty | reverse | map(ltrimstr("0x")) | join("")' |
		while read -r id; do bpftool -j map show id $((16#$id)) | jq -r .max_entries; done
}
answer() { in_ns server clarent-xdp -j check "$1" port 4040 | jq -r .verdict; }
lan
equal "few hosts need no further map for their filter" "" "$(filters)"
hosts 1500000 >/run/tmp/large
check "one and a half million hosts" clarent-xdp -q apply /run/tmp/large force
equal "... have a filter of 4 MiB, in the live generation alone" 524288 "$(filters)"
in_ns server clarent-xdp -q attach eth0
equal "... which lets in whom it should" "pass pass drop drop" \
	"$(answer 20.0.0.0) $(answer 20.22.227.95) $(answer 20.22.227.96) $(answer 203.0.113.9)"
clarent-xdp -q detach all
echo "allow $LISTED4 gateway" >/run/tmp/large
check "back to one" clarent-xdp -q apply /run/tmp/large force
equal "... the map is gone" "" "$(filters)"
before=$(clarent-xdp -q save -)
rm /run/tmp/large

# Peers and comments are kept apart from the entries, and are fewer.
hosts $((1 << 20)) | awk '{ print $0, "comment", NR }' >/run/tmp/texts
echo "allow $LISTED6 gateway comment one-more" >>/run/tmp/texts
refused "one comment too many" 1 "1048576 different peers and comments" \
	clarent-xdp -q apply /run/tmp/texts force
equal "... and nothing changes" "$before" "$(clarent-xdp -q save -)"
check "... a new comment finds its place" \
	clarent-xdp -q allow $LISTED6 gateway comment "one more"
rm /run/tmp/texts

# All of it by others: names of peers, of interfaces, the entries themselves.
full() { # FIRST LETTER
	hosts 700000 "$1" | awk -v letter="$2" '{ print $0, "comment", letter NR }
		END { for (i = 1; i < 256; i++) print "tunnel", letter i }'
}
full 30 a >/run/tmp/full
check "700,000 comments and all tunnels" clarent-xdp -q apply /run/tmp/full force
full 40 b >/run/tmp/full
check "... and 700,000 others, all others" clarent-xdp -q apply /run/tmp/full force
equal "... which are there" "700000 255" \
	"$(clarent-xdp -q save - | awk '/comment b[0-9]+$/ { n++ } /^tunnel b/ { t++ } END { print n, t }')"
echo "tunnel c0" >>/run/tmp/full
refused "one tunnel too many" 1 "255 tunnels are the most" clarent-xdp apply /run/tmp/full force
{ head -n 700000 /run/tmp/full | sed '1s/ comment/ dev c1 comment/' && grep ^tunnel.b /run/tmp/full; } \
	>/run/tmp/names
refused "one name too many" 1 "255 interface names" clarent-xdp -q apply /run/tmp/names force
check "... and one more has room once another goes" \
	bash -c 'clarent-xdp -q tunnel b1 off && clarent-xdp -q tunnel d1'
rm /run/tmp/full /run/tmp/names
