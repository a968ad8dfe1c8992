#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Another pin directory is another instance: lists, attachments and files of its own.
. "${0%/*}/lib.sh"

lan
other() { CLARENT_XDP_BPFFS=/sys/fs/bpf/other in_ns server clarent-xdp "$@"; }
files() { find /etc/clarent-xdp /var/lib/clarent-xdp -type f -exec sha256sum {} + 2>/dev/null | sort; }

clarent-xdp allow $LISTED4 gateway
clarent-xdp -q save
# an empty directory for attachments is no attachment
default() { state | grep -v '^attachments '; }
before=$(default)

other allow $UNLISTED4 gateway
other -q attach eth0
equal "the other's list decides on its interface" "${GATEWAY[*]} none" \
	"$(arrives $UNLISTED4 "${GATEWAY[@]}") $(arrives $LISTED4 "${GATEWAY[@]}")"
refused "an interface of the other's is refused" 1 "^clarent-xdp: attach: 'eth0': " \
	in_ns server clarent-xdp attach eth0
refused "... and not detached" 1 "^clarent-xdp: detach: 'eth0': " in_ns server clarent-xdp detach eth0
in_ns server clarent-xdp -q detach all 2>/dev/null || true
equal "... nor by detach all" none "$(arrives $LISTED4 "${GATEWAY[@]}")"

before_files=$(files)
check "save of the other" other -q save
equal "... leaves the default's files alone" "" "$(diff <(echo "$before_files") <(files) | grep '^<')"
check "... by --bpffs too" clarent-xdp --bpffs /sys/fs/bpf/other -q save
other -q detach eth0
other -q purge
equal "the default instance is as it was" "" "$(diff <(echo "$before") <(default))"
refused "a relative directory is refused" 2 "'bpf'" clarent-xdp --bpffs bpf status
