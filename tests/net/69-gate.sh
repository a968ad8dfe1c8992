#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# One gate: whichever door a change comes by, it wants force for the same, and is warned of the same.
. "${0%/*}/lib.sh"

lan
says() { # NAME PATTERN COMMAND…: it succeeds, and warns of this
	local name=$1 pattern=$2 output status=0

	shift 2
	output=$("$@" 2>&1) || status=$?
	if ((status == 0)) && [[ $output =~ $pattern ]]; then
		pass "$name"
	else
		fail "$name" "exit $status: $output"
	fi
}
nobody="lists nobody: to enforce it would close its ports to all"

# Nothing attached: no packet feels anything, so nothing needs force.
printf 'policy voice udp 7000\npolicy ssh tcp 22\n' >/run/tmp/shut
clarent-xdp allow $LISTED4,$LISTED6 gateway
clarent-xdp -q policy gateway tunnel required
says "nothing attached: enforcing nobody" "voice: lists nobody" clarent-xdp policy voice udp 7000
check "... over the SSH port" env SSH_CONNECTION="1.2.3.4 5 6.7.8.9 22" \
	clarent-xdp -q policy ssh tcp 22
check "... a file that loses all" clarent-xdp -q apply /run/tmp/shut
printf 'allow %s gateway\nallow %s gateway\n' $LISTED4 $LISTED6 >/run/tmp/open
clarent-xdp -q apply /run/tmp/open
clarent-xdp save
in_ns server clarent-xdp -q attach eth0

# A policy that enforces nobody.
refused "typed: a policy that lists nobody" 1 "'voice': $nobody" clarent-xdp policy voice udp 7000
sed '1i policy voice udp 7000' /run/tmp/open >/run/tmp/voice
refused "applied" 1 "'voice': $nobody" clarent-xdp apply /run/tmp/voice
refused "added" 1 "'voice': $nobody" clarent-xdp apply /run/tmp/shut add
says "... with force, said" "voice: lists nobody: its ports are closed to all" \
	clarent-xdp apply /run/tmp/voice force
clarent-xdp -q policy voice mode monitor
refused "rolled back to" 1 "'voice': $nobody" clarent-xdp rollback
clarent-xdp -q policy voice delete

# The way in of who types.
over_ssh() { env SSH_CONNECTION="203.0.113.1 4000 192.0.2.1 22" "$@"; }
ssh="'ssh': would guard TCP port 22, over which this is typed"
refused "typed: the SSH port" 1 "$ssh|$nobody" over_ssh clarent-xdp policy ssh tcp 22
clarent-xdp -q policy ssh tcp 22 mode monitor
clarent-xdp allow 203.0.113.1 ssh
clarent-xdp -q policy ssh mode enforce
clarent-xdp -q policy ssh mode monitor
refused "rolled back to" 1 "$ssh" over_ssh clarent-xdp rollback
says "... with force, said" "forced: ssh will guard TCP port 22" over_ssh clarent-xdp rollback force
clarent-xdp -q policy ssh delete

# What the words do not say themselves.
says "typed: the mode" "gateway: monitor: what it would drop passes" \
	clarent-xdp policy gateway mode monitor
clarent-xdp -q policy gateway mode enforce
sed '1i policy gateway mode monitor' /run/tmp/open >/run/tmp/watch
says "applied" "gateway: monitor: what it would drop passes" \
	clarent-xdp apply /run/tmp/watch force
clarent-xdp -q policy gateway mode enforce
says "rolled back to" "gateway: monitor: what it would drop passes" clarent-xdp rollback
clarent-xdp -q policy gateway mode enforce

clarent-xdp -q deny $UNLISTED4 gateway comment attacker
denied="$UNLISTED4: gateway denied it \(attacker\): it is admitted now"
says "typed: an allow over a deny" "$denied" clarent-xdp allow $UNLISTED4 gateway
equal "... and nothing is left of what was said against it" "" \
	"$(clarent-xdp save - | grep attacker)"
clarent-xdp -q rollback
echo "allow $UNLISTED4 gateway" >/run/tmp/more
says "added" "$denied" clarent-xdp apply /run/tmp/more add
clarent-xdp -q deny $UNLISTED4 gateway comment attacker
says "rolled back to" "$denied" clarent-xdp rollback

clarent-xdp -q deny 198.51.100.0/24 gateway comment "the whole net"
inside="198.51.100.7: admitted, although gateway denies 198.51.100.0/24 \(the whole net\)"
says "typed: an allow inside a deny" "$inside" clarent-xdp allow 198.51.100.7 gateway
says "... each time" "$inside" clarent-xdp allow 198.51.100.7 gateway
closed="gateway: closed: admits nobody, though it lists 4 sources"
says "typed: closed with sources" "$closed" clarent-xdp policy gateway mode closed
says "... each time" "$closed" clarent-xdp policy gateway mode closed
clarent-xdp -q policy gateway mode enforce
says "... rolled back to" "$closed" clarent-xdp rollback
clarent-xdp -q policy gateway mode enforce

# A list that keeps nobody out is in no use.
clarent-xdp -q policy gateway mode monitor
clarent-xdp save
check "apply: a list of a policy in mode monitor is lost" clarent-xdp -q apply - \
	<<<"policy gateway mode monitor"

# A name that means nothing is said each time that it is said.
nowhere="nosuch9: there is no such interface here, so far"
says "typed: an interface that is not there" "$nowhere" clarent-xdp allow 192.0.2.99 gateway dev nosuch9
says "... each time" "$nowhere" clarent-xdp allow 192.0.2.99 gateway dev nosuch9
says "... as a tunnel" "nosuch8: there is no such interface" clarent-xdp tunnel nosuch8
says "... each time, too" "nosuch8: there is no such interface" clarent-xdp tunnel nosuch8
clarent-xdp -q save - >/run/tmp/nowhere
says "... in a file that changes nothing" "$nowhere" clarent-xdp apply /run/tmp/nowhere
clarent-xdp -q allow 192.0.2.99 gateway dev nosuch8
clarent-xdp -q tunnel nosuch8 off
says "... a tunnel that is rolled back to, though a source is bound to that name" \
	"nosuch8: there is no such interface" clarent-xdp rollback
equal "... and not by who says another" "" "$(clarent-xdp allow 192.0.2.98 gateway 2>&1)"

# A tunnel that is not there keeps out who came in; who did not come in does not feel it.
lost="gateway'?: demands a tunnel, and none that is named is attached: [0-9]* sources lose their way in"
refused "enforced, then a tunnel demanded" 1 "$lost" clarent-xdp policy gateway mode enforce tunnel required
clarent-xdp -q policy gateway mode closed
check "closed, and a tunnel demanded" clarent-xdp policy gateway tunnel required
says "closed, then enforced: nobody came in, and nobody does" "${lost/lose their/have no}" clarent-xdp policy gateway mode enforce
clarent-xdp -q policy gateway mode monitor
refused "watched, then enforced" 1 "$lost" clarent-xdp policy gateway mode enforce

# What is taken off on trial is taken off: nobody is shut out where nothing filters.
clarent-xdp -q tunnel nosuch8
clarent-xdp -q policy gateway tunnel required mode enforce force
equal "all detached on trial: nothing demands anything" "" "$(clarent-xdp detach all confirm 30 2>&1)"
