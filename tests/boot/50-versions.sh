#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Upgrade and downgrade: the same maps are taken over without a gap; others are refused, and what
# they hold stays in force.
. "${0%/*}/lib.sh"

this=$CLARENT_XDP
newer=$TESTS/../build/boot/newer/clarent-xdp
other=$TESTS/../build/boot/other-abi/clarent-xdp
for program in "$newer" "$other"; do
	[[ -x $program ]] || skip_all "not built: make test-programs"
done
lan
abi() { "$1" version | sed -n 's/^ABI //p'; }
filtered() {
	equal "$1" "${GATEWAY[*]}, none" \
		"$(arrives $LISTED4 "${GUARDED[@]}"), $(arrives $UNLISTED4 "${GUARDED[@]}")"
}
program_id() { attached | cut -d' ' -f4; }

# What the policies counted: IPv6 speaks up by itself at any time, but for nobody's port.
counts() { # PROGRAM
	in_ns server "$1" -j stats | jq -c '(.counters? // .) | map(select(.policy and .packets > 0))'
}

# takes_over FROM TO NAME: the same ABI.
takes_over() {
	local before counted

	clarent-xdp allow $LISTED4 gateway
	in_ns server "$1" -q attach eth0
	arrives $LISTED4 4040 >/dev/null
	before=$(program_id)
	counted=$(counts "$1")
	check "$3: attach again" in_ns server "$2" -q attach eth0
	check "... replaces the program" test "$before" != "$(program_id)"
	equal "... by its own" "$("$2" version | sed -n '1s/.* //p')" \
		"$(in_ns server "$2" -j status | jq -r '.attached[].version' | sort -u)"
	equal "... the counts stay" "$counted" "$(counts "$2")"
	filtered "... filtered"
	check "... the counts go on" test "$counted" != "$(counts "$2")"
	check "... its changes are taken" in_ns server "$2" -q allow $UNLISTED4 gateway
	equal "... and in force" "${GATEWAY[*]}" "$(arrives $UNLISTED4 "${GUARDED[@]}")"
	power_off
}
takes_over "$this" "$newer" "a newer version of the same ABI"
takes_over "$newer" "$this" "back to the older one"

# refuses OLD NEW NAME: OLD's pins, NEW's commands.
refuses() {
	local old=$1 new=$2 before words

	in_ns server "$old" -q allow $LISTED4 gateway
	in_ns server "$old" -q attach eth0
	"$old" -q save $SAVED
	before="$(attached) $(find $PINS | sort)"
	for words in "attach eth0" "allow $UNLISTED4 gateway" "apply $SAVED force" list status \
		"save -" "rollback" "detach eth0" "purge"; do
		# shellcheck disable=SC2086 # words
		refused "$3: ${words%% *} is refused, with the reason" 1 \
			"^clarent-xdp: ${words%% *}: '$PINS': .*ABI $(abi "$old").*$(abi "$new")" \
			in_ns server "$new" $words
	done
	cp "$new" $INSTALLED/sbin/clarent-xdp
	refused "$3: the boot script fails, with the reason" 1 "ABI .*left as it is" \
		start clarent-xdp.service
	refused "... the interface's too" 1 "ABI .*still in force" start clarent-xdp@.service eth0
	equal "... nftables is left alone" "" "$(closed_tables 2>/dev/null)"
	equal "... pins and programs are as they were" "$before" \
		"$(attached) $(find $PINS | sort)"
	filtered "... the old filter is in force"

	# the way out that the message names
	in_ns server "$old" -q detach all
	"$old" -q purge
	check "$3: saved, detached and purged with the old one: restored" start clarent-xdp.service
	check "... attached" start clarent-xdp@.service eth0
	filtered "... filtered"
	in_ns server "$new" -q detach all
	"$new" -q purge
}
check "the ABI differs" test "$(abi "$this")" != "$(abi "$other")"
refuses "$this" "$other" "upgrade to another ABI"
refuses "$other" "$this" "downgrade to another ABI"
