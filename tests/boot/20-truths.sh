#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# A boot restores the policy file; if that is missing or bad, the copy; else it closes.
. "${0%/*}/lib.sh"
lan

FILE4=$LISTED4 COPY4=192.0.2.11
address client eth0 $COPY4/24
reach() { # PORT…: who of the file's and the copy's host comes through
	echo "$(arrives $FILE4 "$@"), $(arrives $COPY4 "$@")"
}
keep_copy() {
	power_off
	clarent-xdp allow $COPY4 gateway
	power_off
}
good="allow $FILE4 gateway"
bad="allow 300.1.1.1 gateway"

keep_copy
echo "$good" >$SAVED
check "the file is good: restored" silent start clarent-xdp.service
check "... the filter" start clarent-xdp@.service eth0
equal "... the file's host passes, and only that" "${GATEWAY[*]}, none" "$(reach "${GUARDED[@]}")"

in_ns server clarent-xdp revoke $FILE4 gateway confirm 600 2>/dev/null
in_ns server clarent-xdp confirm
in_ns server clarent-xdp allow $COPY4 gateway
refused "a second start is no second boot" 0 "left as they are" start clarent-xdp.service
equal "... what was changed since stays" "none, ${GATEWAY[*]}" "$(reach "${GUARDED[@]}")"

keep_copy
printf '%s\npolicy gateway mode monitor\n' "$good" >$SAVED
check "the file leaves enforcing: restored all the same" start clarent-xdp.service
check "... the filter" start clarent-xdp@.service eth0
equal "... and lets the gateway's ports pass" "${GATEWAY[*]}, ${GATEWAY[*]}" \
	"$(reach "${GUARDED[@]}")"

keep_copy
printf '%s\n%s\n' "$good" "$bad" >$SAVED
refused "the file is bad: the copy, said loudly" 0 \
	"$SAVED:2: '300.1.1.1'.*$SAVED is missing or bad: .* restored from $COPY" \
	start clarent-xdp.service
check "... the filter" start clarent-xdp@.service eth0
equal "... the copy's host passes, and only that" "none, ${GATEWAY[*]}" "$(reach "${GUARDED[@]}")"

keep_copy
rm $SAVED
refused "the file is missing: the copy, said loudly" 0 \
	"$SAVED is missing or bad: .* restored from $COPY" start clarent-xdp.service
check "... the filter" start clarent-xdp@.service eth0
equal "... the copy's host passes, and only that" "none, ${GATEWAY[*]}" "$(reach "${GUARDED[@]}")"

# A port of one's own is guarded like the five, even if the rest of the file is beyond reading.
keep_copy
printf '%s\n' "$good" "$bad" "policy sip udp 5060,5070-5071 rate 100" "policy dns udp 53 mode open" \
	"policy odd udp 7-x,99999" >$SAVED
echo "cut o" >$COPY
refused "file and copy are bad: fails, said loudly" 1 \
	"$SAVED:2: .*$COPY.*no policy could be restored.* closed to everybody" \
	start clarent-xdp.service
check "... the filter" start clarent-xdp@.service eth0
equal "... nobody passes to a guarded port" "none, none" "$(reach "${GUARDED[@]}" 5060 5070 5071)"
equal "... all else passes" "${NEIGHBOURS[*]} 53 7, ${NEIGHBOURS[*]} 53 7" \
	"$(reach "${NEIGHBOURS[@]}" 53 7)"
refused "... a second start still fails" 1 "no policy could be restored" start clarent-xdp.service
echo "$good" >$SAVED
check "the file is mended: a start restores it" start clarent-xdp.service
equal "... and is in force at once" "${GATEWAY[*]}, none" "$(reach "${GUARDED[@]}")"

# Ports are one thing, a program that does not start another: what was guarded is remembered.
power_off
printf '%s\n' "$good" "policy sip udp 5060,5070-5072" "policy dns udp 53 mode open" >$SAVED
start clarent-xdp.service
power_off
check "what the files guard is kept" grep -qx "sip udp 5060,5070-5072" /var/lib/clarent-xdp/ports
rm $SAVED $COPY
refused "both files are lost: fails, said loudly" 1 "no policy could be restored" \
	start clarent-xdp.service
check "... the filter" start clarent-xdp@.service eth0
equal "... nobody passes to a port that they guarded" "none, none" \
	"$(reach "${GUARDED[@]}" 5060 5070 5071)"

# By a clock that is earlier than the last boot nobody can tell what has expired.
power_off
printf '%s\n' "$good" "allow $COPY4 gateway expires $(date -u -d tomorrow +%FT%TZ)" >$SAVED
touch -d "2 months" $SAVED
refused "the clock is behind: what expires waits, said loudly" 0 "clock is behind: 1 lines" \
	start clarent-xdp.service
check "... the filter" start clarent-xdp@.service eth0
equal "... it is not let in, all else is in force" "${GATEWAY[*]}, none" "$(reach "${GUARDED[@]}")"
check "the clock is set, and still behind" start clarent-xdp-clock.service
equal "... it waits" "${GATEWAY[*]}, none" "$(reach "${GUARDED[@]}")"
touch $SAVED
check "the clock is right" start clarent-xdp-clock.service
equal "... it is let in" "${GATEWAY[*]}, ${GATEWAY[*]}" "$(reach "${GUARDED[@]}")"
check "set once more" start clarent-xdp-clock.service
equal "... changes nothing" "${GATEWAY[*]}, ${GATEWAY[*]}" "$(reach "${GUARDED[@]}")"

# Never configured: a package may enable and start the policy's unit.
power_off
rm -rf $SAVED /var/lib/clarent-xdp
refused "the first boot ever: nothing to restore, said softly" 0 "^clarent-xdp: boot: nothing was ever saved" \
	start clarent-xdp.service
equal "... nothing is closed" "${GUARDED[*]}, ${GUARDED[*]}" "$(reach "${GUARDED[@]}")"
equal "... and no instance is made" "" "$(ls $PINS 2>/dev/null)"
refused "... again" 0 "^clarent-xdp: boot: nothing was ever saved" start clarent-xdp.service
refused "an interface without any policy: fails, said loudly" 1 "eth0: filtered, but no policy was ever saved" \
	start clarent-xdp@.service eth0
equal "... nobody passes to a guarded port" "none, none" "$(reach "${GUARDED[@]}")"
equal "... all else passes" "${NEIGHBOURS[*]}, ${NEIGHBOURS[*]}" "$(reach "${NEIGHBOURS[@]}")"
equal "nothing was left to nftables" "" "$(closed_tables 2>/dev/null)"
in_ns server clarent-xdp allow $FILE4 gateway
check "lists were made since, saved or not: no complaint" start clarent-xdp@.service eth0
equal "... and they are in force" "${GATEWAY[*]}, none" "$(reach "${GUARDED[@]}")"
