#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# What a change is: history numbers it, says who, what and what it did, and rollback undoes it; what
# changes nothing leaves no trace, and what cannot be undone is refused.
. "${0%/*}/lib.sh"

lan
xdp() { in_ns server clarent-xdp "$@"; }
# given WORDS…: what the story takes for granted.
given() {
	local output

	output=$(xdp -q "$@" 2>&1) || fail "given: $*" "exit $?: $output"
}
settings() { clarent-xdp -q save - | { grep -v '^#' || true; }; }
# FIELD of the last change.
last() { history | jq -r ".[-1].$1"; }
changes() { history | jq length; }
history() { clarent-xdp -j history | jq .changes; }
live() { bpftool -j map dump pinned $PINS/maps/live; }
copies() { find /var/lib/clarent-xdp -type f -exec sha256sum {} + | sort; }
lapse() { /usr/bin/python3 -B "$TESTS/control/lapse.py"; }
A=$'allow 192.0.2.1 gateway' B=$'\nallow 192.0.2.2 gateway' C=$'\nallow 192.0.2.3 gateway'

equal "before the first change there are none" 0 "$(changes)"
refused "... and none to undo" 1 "^clarent-xdp: rollback: " clarent-xdp rollback
for host in 1 2 3; do given allow 192.0.2.$host gateway; done
equal "three changes" 3 "$(changes)"
equal "... newest last, in words" "allow 192.0.2.3 gateway" "$(last words)"
equal "... what it did" "gateway +1 -0 ~0" "$(last did)"
equal "... done" "done" "$(last state)"
equal "... by whom" 0 "$(last uid)"
equal "... numbered" "1 2 3" "$(history | jq -r '[.[].change] | join(" ")')"
check "... when" test "$(last 'time | fromdate | . > now - 100 and . <= now')" = true
check "as text, a line each" grep -q "allow 192.0.2.3 gateway" <(clarent-xdp history | tail -n 1)

# Nothing changed, nothing left.
given save
before=$(live)$(copies)$(history)
nothing() {
	check "changes nothing: $*" clarent-xdp -q "$@"
	equal "... and leaves nothing" "$before" "$(live)$(copies)$(history)"
}
nothing allow 192.0.2.3 gateway
nothing allow 192.0.2.3 gateway confirm 600
nothing policy gateway mode enforce
nothing policy gateway tunnel optional rate off
nothing fragments pass
nothing protect any gateway
nothing apply /etc/clarent-xdp/policy
nothing apply /etc/clarent-xdp/policy add confirm 600
refused "... nor does a trial of nothing wait" 1 "nothing waits" clarent-xdp confirm
refused "what fails" 1 "not listed" clarent-xdp revoke 192.0.2.9 gateway
equal "... leaves nothing" "$before" "$(live)$(copies)$(history)"
given rollback
equal "and rollback undoes the change before" "$A$B" "$(settings)"

# rollback is a change itself.
equal "rollback is a change" "rollback 4" "$(last words) $(last change)"
equal "... with its effect" "gateway +0 -1 ~0" "$(last did)"
given rollback
equal "rolled back, the third is back" "$A$B$C" "$(settings)"
check "rollback says what it undoes" grep -q "allow 192.0.2.3 gateway" <(
	clarent-xdp revoke 192.0.2.3 gateway && clarent-xdp allow 192.0.2.3 gateway &&
		clarent-xdp rollback 2>&1)
given rollback
before=$(settings)$(history)
check "rollback dry-run shows what would go" grep -q '^- allow 192.0.2.3 gateway' <(
	clarent-xdp rollback dry-run)
equal "... and changes nothing" "$before" "$(settings)$(history)"
given policy gateway rate 500
given deny 192.0.2.9 gateway
check "rollback N" clarent-xdp -q rollback 2
equal "... goes N back" "$A$B$C" "$(settings)"
refused "further back than there is" 1 "^clarent-xdp: rollback: " clarent-xdp rollback 1000
equal "... changes nothing" "$A$B$C" "$(settings)"

# What is not a change of settings.
given attach eth0
equal "attach is a change" "attached eth0" "$(last did)"
refused "... that rollback does not undo" 1 "^clarent-xdp: rollback: .*attach" clarent-xdp rollback
equal "... nor the one before it" "$A$B$C" "$(settings)"
given rollback force
equal "... but with force" $'policy gateway rate 500\n'"$A$B$C"$'\ndeny 192.0.2.9 gateway' "$(settings)"
given detach eth0
refused "detach likewise" 1 "^clarent-xdp: rollback: .*detach" clarent-xdp rollback
given apply - force <<<"$A"

# Trials.
given allow 192.0.2.2 gateway confirm 600
equal "a trial is shown as one" trial "$(last state)"
refused "what is refused meanwhile names both ways out" 1 "confirm.*rollback|rollback.*confirm" \
	clarent-xdp allow 192.0.2.3 gateway
equal "save writes the confirmed state" "$A" "$(settings)"
check "... and says so" grep -q "warning: .*confirm" <(clarent-xdp save - 2>&1 >/dev/null)
number=$(last change)
check "rollback ends it at once" clarent-xdp -q rollback
equal "... the former state is back" "$A" "$(settings)"
equal "... it is undone" "$number undone" "$(last change) $(last state)"
given allow 192.0.2.2 gateway confirm 600
given confirm
equal "a confirmed one is one change" "$((number + 1)) done" "$(last change) $(last state)"
given policy gateway mode closed confirm 600
lapse
equal "one that lapsed stays in sight" lapsed "$(last state)"
refused "confirm says what lapsed" 1 "policy gateway mode closed" clarent-xdp confirm
check "... status as well" grep -q "policy gateway mode closed" <(clarent-xdp status)
refused "rollback undoes nothing else" 1 "^clarent-xdp: rollback: .*lapsed" clarent-xdp rollback
equal "... indeed" "$A$B" "$(settings)"
given rollback force
equal "... but with force" "$A" "$(settings)"

# A trial's programs can do what its rules took; what attach puts in their place does the rest.
given attach eth0
given allow 192.0.2.9 gateway rate 5000 confirm 600
lapse
before=$(history)
given attach eth0
equal "attached as before: no change, whatever its programs can do" "$before" "$(history)"
given detach eth0
given allow 192.0.2.2 gateway
given rollback

# What the disk has no room for is not undone by guess.
given apply - force <<<"$A$B$C"
mkdir /run/small
mount -t tmpfs -o size=1m,mode=755 small /run/small
cp -a /var/lib/clarent-xdp /run/small
mount --bind /run/small /var/lib
fill_all() { # not a byte's room in what the log has either
	local size

	fill
	size=$(stat -c %s /var/lib/clarent-xdp/history/log)
	printf "%$((4096 - size % 4096))s" "" 2>/dev/null >>/var/lib/clarent-xdp/history/log || true
}
state_of() { history | jq -r --arg words "$1" '[.[] | select(.words | startswith($words))][-1].state'; }
fill() { head -c 1m /dev/zero >/run/small/filler 2>/dev/null || true; }
given policy gateway rate 700 confirm 600
fill
lapse
given policy gateway elsewhere pass
rm /run/small/filler
given policy gateway rate 701 confirm 600
fill
given confirm
given policy gateway rate 500 elsewhere drop
given revoke 192.0.2.3 gateway
equal "no room: what lapsed, and what was kept, is known all the same" "lapsed done" "$(
	history | jq -r '[.[] | select(.words | startswith("policy gateway rate 7")) | .state] | join(" ")')"
refused "no room for copies: rollback says so" 1 "^clarent-xdp: rollback: " clarent-xdp rollback
equal "... and changes nothing" $'policy gateway rate 500\n'"$A$B" "$(settings)"
rm /run/small/filler
given allow 192.0.2.50 gateway
given revoke 192.0.2.50 gateway confirm 600
given rollback
fill
given deny 192.0.2.51 gateway
given deny 192.0.2.52 gateway
check "... with force it says how far it goes" grep -qE \
	"undo change [0-9]+ and all before it, back to the state after change [0-9]+, which is on record" \
	<(clarent-xdp rollback force dry-run 2>&1)
given rollback force
equal "... and with force it goes to what was in force last, not on trial alone" \
	$'policy gateway rate 500\n'"$A$B"$'\nallow 192.0.2.50 gateway' "$(settings)"
rm /run/small/filler
given attach eth0
equal "room again: the next change brings the copy up to date" "$(settings)" \
	"$(grep -v '^#' /var/lib/clarent-xdp/policy)"
given detach eth0
given deny 192.0.2.53 gateway
kept=$(settings)
fill
given deny 192.0.2.54 gateway
fill_all
# Killed between its note and the first pin that goes, it is none: the first unlink is the note's own.
(strace -f -qqq -o /dev/null -e trace=unlink -e inject=unlink:signal=KILL:when=2+ -- clarent-xdp -q purge
exit $?) >/dev/null 2>&1 || true
check "no room: a purge is killed before it takes anything" grep -q 192.0.2.54 <(settings)
check "... it has left its note" test -L /var/lib/clarent-xdp/history/purge
check "... and has not happened" test "$(last words)" != purge
given purge
refused "a purge that a full disk keeps nothing of: rollback says so" 1 \
	"what was in force before change [0-9]+ is not on record" \
	clarent-xdp rollback
equal "... which it knows" "purge" "$(last words)"
given rollback force
equal "... but with force" "$kept" "$(settings)"
rm /run/small/filler
given attach eth0 confirm 600
fill_all
given rollback
given policy gateway rate 800
equal "no room: an attach that was given up did not lapse" "undone" "$(state_of 'attach eth0')"
rm /run/small/filler
given attach eth0 confirm 600
fill_all
given confirm
given policy gateway rate 801
equal "... and one that was confirmed is done" "done" "$(state_of 'attach eth0')"
given detach eth0
given purge
given policy gateway rate 900
refused "... and who goes on cannot undo both in one step" 1 \
	"what was in force before change [0-9]+ is not on record" clarent-xdp rollback
rm /run/small/filler
umount /var/lib

# Kept over purge and boot.
count=$(last change)
given purge
equal "purge is a change" "$((count + 1)) purge" "$(last change) $(last words)"
for _ in {1..55}; do
	given allow 198.51.100.1 gateway
	given revoke 198.51.100.1 gateway
done
check "at least fifty are kept" test "$(changes)" -ge 50
equal "... the newest" "$((count + 111))" "$(last change)"

# A line of it can be typed again.
given allow 192.0.2.77 gateway comment 'NOC "east" 555'
equal "words with blanks are quoted" 'allow 192.0.2.77 gateway comment "NOC \"east\" 555"' \
	"$(last words)"
given revoke 192.0.2.77 gateway
eval "given $(history | jq -r '.[-2].words')"
equal "... and can be typed again" '"NOC \"east\" 555"' "$(settings | grep -o '".*')"

# What another begins on trial while it is read, at any moment of that, waits or is not there yet.
wrong="" at=1 status=0
while ((status != 99 && at < 400)); do
	status=0
	/usr/bin/python3 -B "$TESTS/control/meanwhile.py" $at \
		"$CLARENT_XDP -q allow 198.51.100.$((at % 250)) gateway confirm 600" \
		"$CLARENT_XDP" -j history >/run/tmp/read 2>&1 || status=$?
	newest=$(jq -r '.changes[-1] | select(.words | startswith("allow 198.51.100.")) | .state' /run/tmp/read)
	[[ $status == 99 || $newest =~ ^(trial|undone)?$ ]] || wrong+="call $at: $newest. "
	[[ $newest == undone ]] && [[ $(jq -r '.changes[-1].words' /run/tmp/read) == *".$((at % 250)) gateway"* ]] &&
		wrong+="call $at: undone, and it waits. "
	clarent-xdp -q rollback 2>/dev/null || true
	at=$((at + 7))
done
equal "read while another begins a trial: it waits, or is not there yet" "" "$wrong"

# ... and an attach that is kept, or given up, meanwhile has not lapsed.
for reader in history status doctor; do
	wrong="" at=100 status=0
	while ((status != 99 && at < 400)); do
		status=0
		given attach eth0 confirm 600
		/usr/bin/python3 -B "$TESTS/control/meanwhile.py" $at "$CLARENT_XDP -q confirm" \
			"$CLARENT_XDP" $reader >/run/tmp/read 2>&1 || status=$?
		grep -E "^ *$(last change) .*lapsed|lapsed: change $(last change) |confirmed change $(last change) at" /run/tmp/read &&
			wrong+="call $at. "
		clarent-xdp -q confirm 2>/dev/null || true
		given detach eth0
		at=$((at + 7))
	done
	equal "$reader, while an attach is confirmed: it has not lapsed" "" "$wrong"
done
