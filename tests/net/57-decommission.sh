#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The README's ways out, as typed: with the program nothing is left, and without it the filter goes too.
. "${0%/*}/lib.sh"

lan
# Every file and pin of ours.
left() { find /sys/fs/bpf/clarent-xdp /etc/clarent-xdp /var/lib/clarent-xdp 2>/dev/null | sort; }
install_it() {
	clarent-xdp -q allow $LISTED4 gateway
	clarent-xdp -q allow $LISTED6 gateway
	clarent-xdp save
	in_ns server clarent-xdp -q attach eth0
	equal "$1: it filters" none "$(arrives $UNLISTED4 4040)"
}

install_it "with the program"
check "... detach all" clarent-xdp -q detach all
# what a boot keeps, and what those leave that are killed
touch /var/lib/clarent-xdp/{ports,ports.new,policy.kept,.policy.clarent-0000abcd} \
	/etc/clarent-xdp/.policy.clarent-0000abcd{,~}
check "... purge files" silent clarent-xdp purge files
equal "... nothing is left" "" "$(left)"
equal "... nothing is attached" "" "$(attached)"

install_it "without it"
check "... rm -r of the pins" rm -r /sys/fs/bpf/clarent-xdp
equal "... nothing is attached" "" "$(attached)"
equal "... everybody gets in" 4040 "$(arrives $UNLISTED4 4040)"
check "... the files stay" test -s /etc/clarent-xdp/policy
check "... and are restored" clarent-xdp -q apply /etc/clarent-xdp/policy
check "... all of it" rm -r /sys/fs/bpf/clarent-xdp /etc/clarent-xdp /var/lib/clarent-xdp
equal "... nothing is left" "" "$(left)"

install_it "in an emergency"
check "... off for a while" clarent-xdp -q detach all confirm 10m
equal "... everybody gets in" 4040 "$(arrives $UNLISTED4 4040)"
check "... back at once" clarent-xdp -q rollback
equal "... it filters" none "$(arrives $UNLISTED4 4040)"
check "... watch" clarent-xdp -q policy gateway mode monitor
equal "... everybody gets in" 4040 "$(arrives $UNLISTED4 4040)"
check "... undone" clarent-xdp -q rollback
equal "... it filters" none "$(arrives $UNLISTED4 4040)"
