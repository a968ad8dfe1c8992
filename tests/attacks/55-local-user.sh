#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# An unprivileged local user at the pins, where bpffs is mounted as many mount it, for everybody: he
# reads nothing, changes nothing, takes nothing off, and cannot keep root from changing it.
. "${0%/*}/lib.sh"

lan_and_attacker
mount -t bpf -o mode=1777 bpf /sys/fs/bpf
clarent-xdp allow $LISTED4,$LISTED6 gateway
in_ns server clarent-xdp -q attach eth0

as_nobody() { setpriv --reuid 65534 --regid 65534 --clear-groups --inh-caps=-all -- "$@"; }
link=$(find $PINS/attachments -name link)
check_pin=${link%/link}/check
key="0x20 0 0 0 192 0 2 10"
before=$(state)

# cannot WORDS…: it fails, and for want of rights; bpftool, where it may not even look at the file
# system, says that it is none of BPF's.
cannot() {
	local name="he cannot: ${*//$PINS/PINS}" output

	if output=$(as_nobody "$@" 2>&1); then
		fail "$name" "he can: $output"
	elif [[ $output =~ denied|not\ permitted|must\ be\ root|not\ in\ bpf ]]; then
		pass "$name"
	else
		fail "$name" "it fails by itself: $output"
	fi
}

# read
cannot ls $PINS
cannot bpftool map dump pinned $PINS/gateway_acl
cannot bpftool map dump name gateway_acl
cannot bpftool prog dump xlated pinned "$check_pin"
cannot clarent-xdp list
# change
# shellcheck disable=SC2086 # a key of several words
cannot bpftool map delete pinned $PINS/gateway_acl key $key
cannot bpftool map update pinned $PINS/maps/live key 0 0 0 0 value 1 0 0 0 0 0 0 0
cannot clarent-xdp allow $UNLISTED4 gateway
cannot clarent-xdp detach all
# plant
cannot mkdir $PINS/new
cannot ln -s /etc $PINS/new
cannot bpftool map create $PINS/new type hash key 8 value 8 entries 1 name new
# take off
cannot rm "$link"
cannot bpftool link detach pinned "$link"
cannot mv $PINS /sys/fs/bpf/away
cannot rmdir $PINS
cannot nsenter --net=/run/netns/server ip link set dev eth0 xdp off
# lock
cannot flock -n $PINS true
cannot flock -n "$link" true
equal "nothing has changed" "$before" "$(state)"
equal "the filter holds" none "$(forged "$CLIENT_WIRE" $UNLISTED4 "${GUARDED[@]}")"
equal "... for the listed too" "${GATEWAY[*]}" "$(forged "$CLIENT_WIRE" $LISTED4 "${GUARDED[@]}")"

# Beside it he may do as he likes: that is what mode 1777 says.  Root goes on undisturbed.
as_nobody mkdir -m 777 /sys/fs/bpf/clarent-xdp-2
as_nobody flock /sys/fs/bpf sleep 60 &
check "root can change it meanwhile" silent clarent-xdp allow 203.0.113.5 gateway
kill $!
refused "a directory that he made is refused, by his name" 1 "nobody" \
	clarent-xdp --bpffs /sys/fs/bpf/clarent-xdp-2 allow $LISTED4 gateway
