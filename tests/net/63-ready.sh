#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# A rule that needs a new check: the programs that have it are loaded while nobody waits for the
# lock, and each is in every program before the rule is in force.
. "${0%/*}/lib.sh"

COUNT=3
lan
clarent-xdp -q policy lab udp 7000
for ((i = 1; i <= COUNT; i++)); do
	in_ns server ip link add in$i type veth peer name out$i
	in_ns server ip link set in$i up
	in_ns server clarent-xdp -q attach in$i
done
in_ns server clarent-xdp -q attach eth0

# features: of all attachments, each combination once.
features() { clarent-xdp -j status | jq -rc '[.attached[].features // [] | join(" ")] | unique | join("|")'; }

# while_locked WORDS…: how many programs are loaded with the lock held.
while_locked() {
	in_ns server strace -f -y -qq -e trace=flock,close,bpf -e signal=none -o /run/tmp/trace \
		clarent-xdp -q "$@" >/dev/null || echo "exit $?"
	awk -v dir="<$PINS>" '
		/flock/ && index($0, dir) && /LOCK_EX.* = 0$/ { split($0, part, /[(<]/); held = part[2] }
		/close/ && index($0, "(" held dir) { held = 0 }
		/BPF_PROG_LOAD/ && /clarent_(xdp|check|tc)/ { all++; locked += held > 0 }
		END { print locked + 0, (all > 0 ? "some" : "none") }' /run/tmp/trace
}

if command -v strace >/dev/null; then
	ready() { # WANTED-FEATURES WORDS…
		equal "${*:2}: loaded under the lock" "0 some" "$(while_locked "${@:2}")"
		equal "... and all programs have" "$1" "$(features)"
	}
	echo "policy lab udp 7000" >/run/tmp/plain
	echo "policy lab udp 7000 tcp 7000" >/run/tmp/tcp
	ready "limits" allow $LISTED4 gateway rate 5
	ready "conditions limits" allow 198.51.100.7 lab min-ttl 3
	ready "conditions" allow $LISTED4 gateway rate off
	ready "destinations conditions" protect $SERVER4 gateway
	equal "refused in the end: loaded under the lock" "exit 1 / 0 some" \
		"$(while_locked policy lab tunnel required 2>/dev/null | paste -sd/ | sed 's,/, / ,')"
	ready "destinations tunnel conditions" policy lab tunnel required force
	ready "tcp" apply /run/tmp/tcp force
	ready "destinations tunnel conditions" rollback force
	ready "" apply /run/tmp/plain force
	ready "fragments" fragments listed
	ready "" fragments pass
	equal "what needs nothing new loads nothing" "0 none" "$(while_locked allow 198.51.100.8 gateway)"
	clarent-xdp -q apply /run/tmp/plain force
else
	skip "loaded under the lock" "needs strace"
fi

# Others change what is attached meanwhile: nothing that was loaded is put where it does not belong.
for round in 1 2; do
	in_ns server clarent-xdp -q allow $LISTED4 gateway rate 1000 burst 1000 &
	for ((i = 1; i <= COUNT; i++)); do
		in_ns server clarent-xdp -q detach in$i
		in_ns server clarent-xdp -q attach in$i
	done
	wait $!
	equal "round $round: attached and detached meanwhile: all have it" "limits" "$(features)"
	equal "... and packets pass" 4040 "$(arrives $LISTED4 4040)"
	clarent-xdp -q revoke $LISTED4 gateway force
	equal "... and without it, none" "" "$(features)"
done

# Two at once that each need something of their own.
clarent-xdp -q allow $LISTED4 gateway rate 1000 burst 1000 &
clarent-xdp -q allow $LISTED6 gateway min-ttl 2 &
wait
equal "two at once: both are in all programs" "conditions limits" "$(features)"
equal "... one's packets pass" 4040 "$(arrives $LISTED4 4040)"
equal "... and the other's" 4040 "$(arrives $LISTED6 4040)"

# Killed anywhere, what is in force finds its checks.
if command -v strace >/dev/null; then
	for call in 60 90 120 150 180 210; do
		(strace -f -qq -e trace=bpf -e inject=bpf:signal=KILL:when=$call -o /dev/null \
			clarent-xdp -q protect $SERVER4,$SERVER6 gateway || true) 2>/dev/null
		listed=$(clarent-xdp list | grep -c protect || true)
		[[ $listed == 0 || $(features) == *destinations* ]] ||
			fail "killed at call $call" "$listed destinations, programs have $(features)"
		clarent-xdp -q protect any gateway
	done
	pass "killed as it makes ready, or as it swaps"
fi
