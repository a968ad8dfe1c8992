#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# --bpffs DIR: an instance of its own, on a bpffs that is mounted for it, with files of its own.
. "${0%/*}/lib.sh"

lan
own() { clarent-xdp -q --bpffs /run/own "$@"; }

clarent-xdp allow $LISTED4 gateway
check "where no bpffs is, one is mounted" own allow $LISTED6 gateway
check "... for root alone" grep -qx 700 <(stat -c %a /run/own | tail -c 4)
equal "... with lists of its own" "$LISTED6" "$(own -j list | jq -r '.entries[].prefix')"
equal "... apart from the others" "$LISTED4" "$(clarent-xdp -j list | jq -r '.entries[].prefix')"
check "a second change" own allow $UNLISTED6 gateway
check "... and back" own rollback
equal "... undoes its own" "$LISTED6" "$(own -j list | jq -r '.entries[].prefix')"

clarent-xdp save
own save
equal "each saves to a file of its own" "$LISTED6 $LISTED4" "$(
	awk '$1 == "allow" { print $2 }' /etc/clarent-xdp/run-own/policy /etc/clarent-xdp/policy | xargs)"

check "it filters" own --netns server attach eth0
equal "... by its own list" "${GATEWAY[*]} none" \
	"$(arrives $LISTED6 "${GUARDED[@]}") $(arrives $LISTED4 "${GUARDED[@]}")"
refused "... and another instance leaves that alone" 1 "another XDP program" \
	in_ns server clarent-xdp attach eth0
own --netns server detach all

check "purge" own purge
check "... takes all its pins" silent test -z "$(find /run/own -type f ! -name '*.debug')"
equal "... its mount is gone" "" "$(findmnt -n /run/own || true)"
equal "... and the other instance is as it was" "$LISTED4" "$(clarent-xdp -j list | jq -r '.entries[].prefix')"
