#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# rollback undoes the last change, also one that was killed between the kernel and the disk.
. "${0%/*}/lib.sh"

# What is in force, on trial or not; nothing here has any attributes.
settings() {
	clarent-xdp -j list | jq -r '.entries[] | "\(.action) \(.prefix) \(.policy)"'
}
copy() { grep -v '^#' /var/lib/clarent-xdp/policy; } # of the last confirmed state, for the boot
A=$'allow 192.0.2.1 gateway' B=$'\nallow 192.0.2.2 gateway' C=$'\nallow 192.0.2.3 gateway'

refused "nothing has been done yet" 1 "^clarent-xdp: rollback: " clarent-xdp rollback
clarent-xdp allow 192.0.2.1 gateway
clarent-xdp allow 192.0.2.2 gateway
clarent-xdp -q rollback
equal "rollback undoes the last change" "$A" "$(settings)"
clarent-xdp -q rollback
equal "... and itself" "$A$B" "$(settings)"

# One that is on trial is no change yet, and is one when it is confirmed.
clarent-xdp allow 192.0.2.3 gateway confirm 600
refused "while a change waits, none before it is undone" 1 "[0-9]+ s left" clarent-xdp rollback 2
clarent-xdp rollback
equal "... but rollback ends that one" "$A$B" "$(settings)"
refused "... so that nothing waits" 1 "nothing waits" clarent-xdp confirm
clarent-xdp allow 192.0.2.3 gateway confirm 600
clarent-xdp confirm
equal "confirmed" "$A$B$C" "$(settings)"
clarent-xdp -q rollback
equal "... it can be rolled back" "$A$B" "$(settings)"
clarent-xdp -q rollback confirm 600
equal "a rollback can be on trial" "$A$B$C" "$(settings)"
clarent-xdp confirm
clarent-xdp -q rollback
equal "... and be rolled back" "$A$B" "$(settings)"

rm -r /sys/fs/bpf/clarent-xdp # as a boot finds it, and then restores the copy
clarent-xdp -q apply /var/lib/clarent-xdp/policy force
clarent-xdp -q rollback
equal "a boot is no change to be undone" "$A$B$C" "$(settings)"
rm -r /sys/fs/bpf/clarent-xdp # and one that did not
equal "after a boot that restored nothing, rollback says what it brings back" \
	"clarent-xdp: warning: brings back change $(clarent-xdp -j history | jq -r '.changes[-1].change'): rollback" \
	"$(clarent-xdp rollback 2>&1)"
equal "... and does" "$A$B$C" "$(settings)"
clarent-xdp purge
clarent-xdp -q rollback
equal "a purge is undone" "$A$B$C" "$(settings)"
equal "... which is a change, and on record" $'done purge\ndone rollback' "$(clarent-xdp history --json |
	jq -r '.changes[-2:][] | "\(.state) \(.words)"')"
clarent-xdp -q rollback
equal "... and undone in its turn" "" "$(settings)"
clarent-xdp -q rollback 4
equal "... and all of it, with the change before" "$A$B" "$(settings)"
clarent-xdp purge
clarent-xdp -q apply /var/lib/clarent-xdp/policy
equal "what a purge left, given the confirmed state" "$A$B" "$(settings)"
clarent-xdp -q rollback
equal "... is a change, and undone" "" "$(settings)"
clarent-xdp -q rollback 3
equal "... with the purge before it" "$A$B" "$(settings)"

# What follows a purge is built over what it left.
clarent-xdp purge
clarent-xdp allow 192.0.2.9 gateway
clarent-xdp -q rollback
equal "a change after a purge is undone alone" "" "$(settings)"
clarent-xdp -q rollback 3
equal "... the purge after it" "$A$B" "$(settings)"
clarent-xdp purge
wire server eth0 client eth0
in_ns server clarent-xdp -q attach eth0
clarent-xdp -q allow 192.0.2.9 gateway
in_ns server clarent-xdp -q detach eth0
clarent-xdp -q rollback force
equal "... also with an interface attached in between" "" "$(settings)"
clarent-xdp -q rollback 3 force
equal "... the purge after it" "$A$B" "$(settings)"

# A copy that nobody can read says nothing: what was in force is what was before.
clarent-xdp purge
echo "no such verb" >/var/lib/clarent-xdp/policy
clarent-xdp allow 192.0.2.1 gateway
clarent-xdp -q rollback
equal "a bad copy: rollback goes to what was in force" "" "$(settings)"
for host in 1 2; do clarent-xdp -q allow 192.0.2.$host gateway; done

check "a change that adds nothing" clarent-xdp allow 192.0.2.2 gateway
rm -rf /var/lib/clarent-xdp
refused "the copies lost: says so" 1 "^clarent-xdp: rollback: " clarent-xdp rollback
equal "... and changes nothing" "$A$B" "$(settings)"

if ! command -v strace >/dev/null; then
	skip "killed before it is recorded" "needs strace"
	exit 0
fi

# From one state to the next and the next, whatever there is.
start() {
	clarent-xdp -q confirm 2>/dev/null || true
	clarent-xdp -q revoke 192.0.2.3 gateway 2>/dev/null || true
	clarent-xdp -q revoke 192.0.2.2 gateway 2>/dev/null || true
	clarent-xdp -q allow 192.0.2.2 gateway
}

# last CALL NUMBER COMMAND…: which are its last calls of that name.
last() {
	local call=$1 number=$2 count

	shift 2
	strace -f -qqq -o /run/tmp/calls -e "trace=$call" -- "$@" >/dev/null 2>&1
	count=$(grep -c "$call(" /run/tmp/calls || true)
	seq $((count > number ? count - number + 1 : 1)) "$count"
}

# kill_at CALL N COMMAND…
kill_at() {
	local call=$1 n=$2

	shift 2
	# a shell that stays, to say "Killed" where nobody reads it
	(strace -f -qqq -o /dev/null -e "trace=$call" -e "inject=$call:signal=KILL:when=$n" -- "$@"
	exit $?) >/dev/null 2>&1 || true
}

# sweep NAME FINISH COMMAND…: kills a change from A and B to C on its way; then FINISH, and rollback.
sweep() {
	local name=$1 finish=$2 wrong='' tried=0 before got

	shift 2
	for call in rename fsync openat bpf; do
		start
		for n in $(last "$call" 3 "$@"); do
			start
			kill_at "$call" "$n" "$@"
			before=$(settings)
			! $finish >/dev/null 2>&1 || [[ $(copy) == "$before" ]] ||
				wrong+="$call $n: the copy says '$(copy)'. "
			clarent-xdp -q rollback || wrong+="$call $n: rollback fails. "
			got=$(settings)
			[[ $before$got == "$A$B$C$A$B" || $before$got == "$A$B$A" ]] ||
				wrong+="$call $n: from '$before' to '$got'. "
			tried=$((tried + 1))
		done
	done
	equal "$name: killed at $tried places, rollback leads to what was before" "" "$wrong"
}

sweep "a change" false clarent-xdp -q allow 192.0.2.3 gateway
sweep "a change on trial" "clarent-xdp confirm" clarent-xdp -q allow 192.0.2.3 gateway confirm 600

# Killed as it confirms: what is confirmed again, or was, can be rolled back.
wrong='' tried=0
for call in rename fsync unlink bpf; do
	start
	clarent-xdp -q allow 192.0.2.3 gateway confirm 600
	for n in $(last "$call" 3 clarent-xdp confirm); do
		start
		clarent-xdp -q allow 192.0.2.3 gateway confirm 600
		kill_at "$call" "$n" clarent-xdp confirm
		clarent-xdp -q confirm 2>/dev/null || true
		[[ $(settings) == "$A$B$C" ]] || wrong+="$call $n: has become '$(settings)'. "
		clarent-xdp -q rollback || wrong+="$call $n: rollback fails. "
		[[ $(settings) == "$A$B" ]] || wrong+="$call $n: rolled back to '$(settings)'. "
		tried=$((tried + 1))
	done
done
equal "confirm: killed at $tried places, rollback leads to what was before" "" "$wrong"

# A trial that is given up is undone, and has not lapsed, also if that is killed.
wrong='' tried=0
became() { clarent-xdp -j history | jq -r '.changes[-1] | "\(.state) \(.words)"'; }
for n in 1 2 3; do
	start
	clarent-xdp -q allow 192.0.2.3 gateway confirm 600
	kill_at membarrier "$n" clarent-xdp rollback
	[[ $(settings) == "$A$B" ]] || continue
	[[ $(became) == "undone allow"* ]] || wrong+="membarrier $n: has become '$(became)'. "
	clarent-xdp -q allow 192.0.2.2 gateway
	[[ $(became) == "undone allow"* ]] || wrong+="membarrier $n: is in the end '$(became)'. "
	tried=$((tried + 1))
done
equal "given up, and killed at $((tried > 0)) place behind the flip: undone" "1" "$((tried > 0))$wrong"

# A purge that was killed is one, once nothing is in force; and none, as long as something is.
wrong='' tried=0
for call in unlink rmdir openat fsync; do
	start
	for n in $(last "$call" 4 clarent-xdp purge); do
		start
		before=$(settings)
		kill_at "$call" "$n" clarent-xdp purge
		if [[ -n $(settings) ]]; then
			[[ $(settings) == "$before" && $(became) != *purge ]] ||
				wrong+="$call $n: $(became), and there is '$(settings)'. "
			continue
		fi
		[[ $(became) == "done purge" ]] || wrong+="$call $n: has become '$(became)'. "
		clarent-xdp -q rollback || wrong+="$call $n: rollback fails. "
		[[ $(settings) == "$before" ]] || wrong+="$call $n: rolled back to '$(settings)'. "
		tried=$((tried + 1))
	done
done
equal "purge: killed at $tried places behind its pins, rollback undoes it" "" "$wrong"

# A trial begun while the disk was full, and confirmed when there is room again.
clarent-xdp -q purge files
mount -t tmpfs -o size=256k small /var/lib
clarent-xdp allow 192.0.2.1 gateway
cat /dev/zero >/var/lib/filler 2>/dev/null || true
clarent-xdp -q allow 192.0.2.2 gateway confirm 600
rm /var/lib/filler
check "room again: a trial is confirmed without a word" silent clarent-xdp confirm
equal "... and is what a boot restores" "$A$B" "$(copy)"

# A purge whose disk was full: what was in force before it is not what was kept last.
fill() { cat /dev/zero >/var/lib/filler 2>/dev/null || true; }
fill
clarent-xdp -q allow 192.0.2.3 gateway
clarent-xdp -q purge
refused "a purge of what no copy was kept of: rollback says so" 1 \
	"^clarent-xdp: rollback: what was in force before change [0-9]* is not on record" \
	clarent-xdp rollback
check "... and with force goes to what was kept last" clarent-xdp -q rollback force
equal "... which it is" "$A$B" "$(settings)"
rm /var/lib/filler
clarent-xdp -q purge files
clarent-xdp allow 192.0.2.1 gateway
clarent-xdp allow 192.0.2.2 gateway

# What a full disk left no line of stands in the way of rollback all the same.
fill
clarent-xdp -q allow 192.0.2.3 gateway confirm 600
/usr/bin/python3 -B "$TESTS/control/lapse.py" $PINS
for try in "at once" "again"; do
	refused "an unrecorded trial lapsed: rollback undoes nothing before it ($try)" 1 \
		"^clarent-xdp: rollback: change [0-9]*, which is not on record, lapsed" clarent-xdp rollback
done
equal "... and nothing is undone" "$A$B" "$(settings)"
rm /var/lib/filler
clarent-xdp -q allow 192.0.2.1 gateway
equal "... and with room again it is on record" "lapsed (not recorded)" \
	"$(clarent-xdp -j history | jq -r '.changes[-1] | "\(.state) \(.words)"')"
check "rollback force goes on before it" clarent-xdp -q rollback force
equal "... to what was" "$A" "$(settings)"

# What it left no line of hides nothing that stands before it.
ip link add eth0 type veth peer name eth1
clarent-xdp -q allow 192.0.2.4 gateway confirm 600
mount -o remount,ro /var/lib # of which no byte of room is left, not even in a file that is there
/usr/bin/python3 -B "$TESTS/control/lapse.py" $PINS
clarent-xdp -q attach eth0
states() { clarent-xdp -j history | jq -r '[.changes[-2:][].state] | join(" ")'; }
equal "a trial that lapsed before an unrecorded attach is called so" "lapsed done" "$(states)"
mount -o remount,rw /var/lib
clarent-xdp -q detach eth0
equal "... and with room again, too" "lapsed done done" \
	"$(clarent-xdp -j history | jq -r '[.changes[-3:][].state] | join(" ")')"
