#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# More entries than the lists hold: refused, with what they hold, and nothing changes.
. "${0%/*}/lib.sh"

HOLD=$((128 * 32768 - 64)) # of CX_MAX_IDS, less the policies' own

# hosts COUNT: so many lines of a policy file.
hosts() {
	awk -v count="$1" 'BEGIN {
		for (i = 0; i < count; i++)
			printf "allow %d.%d.%d.%d gateway\n", 20 + int(i / 16777216),
				int(i / 65536) % 256, int(i / 256) % 256, i % 256
	}'
}

clarent-xdp -q allow $LISTED4 gateway
before=$(clarent-xdp -q save -)
hosts $((HOLD + 1)) >/run/tmp/over
refused "one host too many" 1 "the lists are full: $HOLD entries" \
	clarent-xdp -q apply /run/tmp/over force
equal "... and nothing changes" "$before" "$(clarent-xdp -q save -)"
refused "... nor by adding them" 1 "the lists are full: $HOLD entries" \
	clarent-xdp -q apply /run/tmp/over add force
equal "... and nothing changes then" "$before" "$(clarent-xdp -q save -)"
rm /run/tmp/over

# Peers and comments are kept apart from the entries, and are fewer.
hosts $((1 << 20)) | awk '{ print $0, "comment", NR }' >/run/tmp/texts
echo "allow $LISTED6 gateway comment one-more" >>/run/tmp/texts
refused "one comment too many" 1 "1048576 different peers and comments" \
	clarent-xdp -q apply /run/tmp/texts force
equal "... and nothing changes" "$before" "$(clarent-xdp -q save -)"
check "... a new comment finds its place" \
	clarent-xdp -q allow $LISTED6 gateway comment "one more"
rm /run/tmp/texts
