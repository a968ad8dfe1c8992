#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Only root may own the pins: nobody else can read or disturb them, and a directory that another
# user made, owns or can write is refused with its owner's name.
. "${0%/*}/lib.sh"

lan
as_nobody() { setpriv --reuid 65534 --regid 65534 --clear-groups -- "$@"; }

# Where the bpffs itself is as others mount it: for everybody.
mount -t bpf -o mode=1777 bpf /sys/fs/bpf
clarent-xdp allow $LISTED4 gateway
in_ns server clarent-xdp -q attach eth0

equal "the directory is root's alone" "root 700" "$(stat -c '%U %a' $PINS)"
before=$(state)
for words in "ls $PINS" "cat $PINS/gateway_acl" "rm -rf $PINS" "mv $PINS $PINS.away" \
	"touch $PINS/x" "flock -n $PINS true" "bpftool map dump pinned $PINS/gateway_acl" \
	"bpftool map dump name gateway_acl" "bpftool link detach pinned $PINS/attachments"; do
	# shellcheck disable=SC2086 # words
	equal "nobody cannot: ${words//$PINS/PINS}" failed \
		"$(as_nobody $words >/dev/null 2>&1 || echo failed)"
done
for words in list status stats policies purge "allow $UNLISTED4 gateway" \
	"revoke $LISTED4 gateway" "detach all" "save /run/tmp/x" "policy gateway mode open"; do
	# shellcheck disable=SC2086 # words
	refused "nobody cannot: $words" 1 "^clarent-xdp: ${words%% *}: " as_nobody clarent-xdp $words
done
check "version and help are for everybody" as_nobody clarent-xdp version
equal "nothing has changed" "$before" "$(state)"
equal "the filter holds" none "$(arrives $UNLISTED4 "${GUARDED[@]}")"
equal "... for the listed too" "${GATEWAY[*]}" "$(arrives $LISTED4 "${GUARDED[@]}")"
in_ns server clarent-xdp -q detach all
clarent-xdp -q purge

# planted NAME OWNER: whatever lies there now is refused and left as it is.
planted() {
	local verb before after

	before=$(stat -c "%N %F %U %a %i %Y" $PINS)
	for verb in "allow $LISTED4 gateway" "list" "status" "attach eth0"; do
		# shellcheck disable=SC2086 # words
		refused "$1: ${verb%% *} refuses" 1 \
			"^clarent-xdp: ${verb%% *}: '$PINS': .*$2" in_ns server clarent-xdp $verb
	done
	after=$(stat -c "%N %F %U %a %i %Y" $PINS)
	equal "$1: ... and leaves it alone" "$before" "$after"
	equal "$1: ... nothing is attached" "" "$(attached)"
}

as_nobody mkdir -m 700 $PINS
planted "made by nobody" "nobody"
rmdir $PINS
as_nobody mkdir -m 777 $PINS
planted "made by nobody for all" "nobody"
rmdir $PINS
mkdir -m 777 $PINS && chmod 777 $PINS
planted "writable by all" "writ"
rmdir $PINS
mkdir -m 770 $PINS && chmod 770 $PINS && chgrp 65534 $PINS
planted "writable by a group" "writ"
rmdir $PINS
mkdir -m 700 /sys/fs/bpf/elsewhere
as_nobody ln -s /sys/fs/bpf/elsewhere $PINS
planted "a symbolic link to root's own" "nobody|symbolic"
rm $PINS
as_nobody ln -s /nowhere $PINS
planted "a symbolic link to nowhere" "nobody|symbolic"
rm $PINS

check "when it is gone, all is well" clarent-xdp allow $LISTED4 gateway
