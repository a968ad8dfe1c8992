#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Has Spin try every order of the protocol's steps, then those of broken copies of it: [NAME…]
#
# A run is change.pml within some bounds; all runs together are the check (README.md says why).
# A mutant is a copy with substitutions, and the run that has to refuse it.  What is neither
# found right nor wrong, for want of time or of memory, is a failure.

set -euo pipefail

ROOT=$(realpath "${BASH_SOURCE[0]%/*}/../..")
MODEL=$ROOT/tests/protocol/change.pml
BUILD=${BUILD:-$ROOT/build}
UNPACKED=$BUILD/spin # where it is not installed
JOBS=${JOBS:-2}
LIMIT=300	# seconds of processor time per run; of the clock, PATIENCE times as many
PATIENCE=4
MEMORY=1800	# MB per run
DEPTH=100000	# steps

# NAME BOUNDS
RUNS=$(cat <<'TABLE'
everything  CHANGES=1 TICKS=1 KILLS=1 WRITERS=2 PACKETS=1 READERS=1
packets     CHANGES=3 TICKS=1 KILLS=1 WRITERS=1 PACKETS=1
readers     CHANGES=2 TICKS=1 KILLS=1 WRITERS=1 READERS=1
lists       CHANGES=2 TICKS=2 KILLS=2 WRITERS=2
lock        CHANGES=1 TICKS=1 KILLS=1 WRITERS=2 DIRS=2
instances   CHANGES=2 TICKS=0 KILLS=0 WRITERS=2 READERS=1 DIRS=2
attaching   CHANGES=1 TICKS=1 KILLS=1 WRITERS=2 ATTACHERS=1 DIRS=2
features    CHANGES=2 TICKS=1 KILLS=0 WRITERS=1 ATTACHERS=1
patches     CHANGES=2 TICKS=1 KILLS=1 WRITERS=1 PACKETS=1 PATCHES=1
patch-read  CHANGES=2 TICKS=1 KILLS=1 WRITERS=1 READERS=1 PATCHES=1
disk        CHANGES=3 TICKS=1 KILLS=1 WRITERS=1 DISK=1
TABLE
)

# NAME RUN SUBSTITUTIONS
MUTANTS=$(cat <<'TABLE'
two-looks        packets   s/:: waits -> goto leave$/:: waits \&\& !PASSED(w, now) -> goto leave :: atomic { waits \&\& PASSED(w, now) -> waits = 0; g = 1 - g }/
stale-list       lists     s/:: waits -> goto leave$/:: waits \&\& !PASSED(w, now) -> goto leave :: atomic { waits \&\& PASSED(w, now) -> waits = 0; g = 1 - g }/; s/note\[SLOT\(m, 1 - g, l\)\] (==|!=) CONTENT/note[SLOT(m, g, l)] \1 CONTENT/
two-clocks       lists     s/^\t\t\tg = LIVE\(w, now\);$/g = LIVE(w, now) }; d_step {/
confirm-lapsed   lists     s/:: waits ->$/:: DEADLINE(w) ->/; s/flip\(FINAL\(g\), k_/flip(FINAL(w \& 1), k_/
unchanged-is-live lists    s/:: !waits && serial/:: ends \&\& !waits \&\& serial/; s/note\[SLOT\(m, 1 - g, l\)\] (==|!=) CONTENT/note[SLOT(m, g, l)] \1 CONTENT/
slots-in-trial   lists     s/:: !waits && serial/:: serial/
note-first       lists     s/note\[x\] = UNKNOWN;/note[x] = map;/
flip-in-two      lists     s/atomic \{ l = now \+ 1;.*$/& word[m] = FINAL(g);/
no-grace         packets   /^\t\t\t!judging;$/d
grace-by-slots   packets   s/:: !waits && serial.*$/:: !waits \&\& (note[SLOT(m, 0, 0)] != note[SLOT(m, 1, 0)] || note[SLOT(m, 0, 1)] != note[SLOT(m, 1, 1)]) ->/
built-in-force   packets   s/note\[SLOT\(m, 1 - g, l\)\] (==|!=) CONTENT/note[SLOT(m, g, l)] \1 CONTENT/; s/set_slot\(SLOT\(m, 1 - g, l\), CONTENT/set_slot(SLOT(m, g, l), CONTENT/
serial-last      readers   /inside == id\); serial\[GEN\(m, 1 - g\)\] = n/d; s/atomic \{ g = 1 - g; before/atomic { serial[GEN(m, 1 - g)] = n; g = 1 - g; before/
word-once        readers   s/:: atomic \{ else -> w = 0; g = 0; n = 0; goto locked \}/:: else/
word-not-again   readers   s/:: atomic \{ else -> w = 0;.* map\[1\] = 0; goto locked \}/:: else/
serial-not-again readers   s/atomic \{ serial\[GEN\(r, g\)\] == n && /atomic { /
serial-then-word readers   s/atomic \{ serial\[GEN\(r, g\)\] == n && /atomic { /; s,^\t\t/\* instance_stands\(\) \*/,if :: serial[GEN(r\, g)] == n :: else -> goto locked fi;,
lapse-stored-late readers  s/flip\(FINAL\(g\), cur, former, due\)/skip/; s,^\t\t/\* sync_pins\(\) \*/,if :: !waits \&\& !ends \&\& DEADLINE(w) -> d_step { flip(FINAL(g)\, cur\, former\, due) } :: else fi;,
lock-unchecked   lock      s/path == dir -> assert\(!inside\); inside = id/dir -> assert(!inside); inside = id/
purge-unlocked   lock      s/atomic \{ path = 0; inside = 0; goto leave \}/atomic { holder[dir] = 0; inside = 0 }; atomic { path = 0; goto leave }/
pins-by-path     instances s/^\t\tr = m;$/r = (at[path] -> at[path] - 1 : m);/
other-instance   attaching s/at\[dir\] == m \+ 1 -> w/at[dir] -> w/; s/at\[dir\] != m \+ 1/!at[dir]/
other-features   features  s/ && f == needs\[GEN\(m, LIVE\(w, now\)\)\]//
attach-in-trial  features  s/\(!DEADLINE\(w\) \|\| PASSED\(w, now\)\) && f ==/f ==/
features-late    features  s/^\t\tfeatures = features \|\| .*$/skip;/
features-dropped features  s/\(DEADLINE\(w\) && !PASSED\(w, now\) && needs\[.*\]\);$/0;/
patch-no-grace   patches   /^\t\t\t!judging;$/d
patch-no-list    patches   s/d_step \{ holds\[note.*$/skip;/
patch-in-trial   patches   s/:: !waits && serial/:: serial/; s/!judging;/!judging; assert(inside == id);/
patch-gone-first patches   s/^\t\t\t\tholds\[note.*= HALF;$/patch_note[GEN(m, g)] = UNKNOWN; &/; s/= patch_note\[GEN\(m, g\)\]; watch/= patch[GEN(m, g)]; watch/
patch-left       patches   s/:: patch_note\[GEN\(m, 1 - g\)\] -> set_patch.*$/:: 0 -> skip/
packet-no-patch  patches   s/map = patch\[GEN\(m, g\)\];/map = 0;/
reader-no-patch  patch-read s/^\t\tmap\[0\] = PATCHED\(r, g\);/map[0] = 0;/
reader-list-first patch-read s/^\t\tmap\[0\] = PATCHED\(r, g\);/map[0] = HELD(note[SLOT(r, g, 0)]);/; s/^\t\tmap\[0\] = \(map\[0\] -> patch.*$/skip;/; s/^\t\tmap\[0\] = \(map\[0\] -> map\[0\] : HELD.*$/map[0] = (PATCHED(r, g) -> patch_note[GEN(r, g)] : map[0]);/
copy-of-another  disk      /^\t\thistory\[n\] = 0;$/d
undo-by-count    disk      s/l = replaced\[GEN\(m, g\)\]/l = serial[GEN(m, g)] - 1/
trial-left       disk      s/^\t\t\t\thistory\[serial.*$/skip;/
not-made-up-for  disk      s/:: !waits && serial\[GEN\(m, g\)\] -> confirm_state.*$/:: 0 -> skip/
TABLE
)

# Installed, or unpacked from this suite, for who may not install.
find_spin() {
	local suite

	SPIN=spin
	if command -v spin >/dev/null; then return; fi
	suite=$(. /etc/os-release && echo "${VERSION_CODENAME-}")
	"$ROOT/tools/newer-suite.sh" "$suite" fetch spin "$UNPACKED"
	SPIN=$UNPACKED/usr/bin/spin
}

row() { # TABLE NAME: what follows the name
	sed -n "s/^$2 \+//p" <<<"$1"
}

# Explores MODEL within the bounds of RUN.  Leaves what was said in DIR/log.
explore() { # DIR MODEL RUN
	local bounds

	read -ra bounds <<<"$(row "$RUNS" "$3")"
	(
		cd "$1"
		"$SPIN" -a "${bounds[@]/#/-D}" "$2"
		gcc -O2 -w -DSAFETY -DNOREDUCE -DCOLLAPSE -DMEMLIM=$MEMORY -o pan pan.c
		ulimit -t $LIMIT
		nice -n 5 timeout $((PATIENCE * LIMIT)) ./pan -m$DEPTH
	) >"$1/log" 2>&1
}

# right, wrong, or nothing: all was seen, or something was that may not be.
verdict() { # DIR
	if grep -q '^pan:1: ' "$1/log"; then
		echo wrong
	elif grep -q 'errors: 0' "$1/log" && ! grep -q 'not completed\|too small\|truncated' "$1/log"; then
		echo right
	fi
}

why() { # DIR: what is violated, or what was said last
	sed -nE 's/^pan:1: (.*) \(at depth .*/\1/p' "$1/log" | grep . || tail -n 1 "$1/log"
}

say() { # PASS|FAIL NAME WHY
	echo "$1 $2 ($3)"
	echo "$1" >>"$OUT/results"
}

run() { # RUN
	local dir=$OUT/$1 start=$SECONDS states

	mkdir "$dir"
	explore "$dir" "$OUT/change.pml" "$1" || true
	states=$(sed -nE 's/^ *([0-9.e+]+) states, stored.*/\1/p' "$dir/log")
	case $(verdict "$dir") in
	right) say PASS "$1" "$states states, $((SECONDS - start)) s" ;;
	wrong) say FAIL "$1" "$(why "$dir")" ;;
	*) say FAIL "$1" "undecided: $(why "$dir")" ;;
	esac
	rm -rf "$dir"
}

refuse() { # MUTANT RUN SUBSTITUTIONS
	local dir=$OUT/mutant-$1 start=$SECONDS

	mkdir "$dir"
	sed -E "$3" "$OUT/change.pml" >"$dir/change.pml"
	if cmp -s "$dir/change.pml" "$OUT/change.pml"; then
		say FAIL "mutant $1" "changes nothing: the model has moved on"
		return
	fi
	explore "$dir" change.pml "$2" || true
	case $(verdict "$dir") in
	wrong) say PASS "mutant $1" "$((SECONDS - start)) s; $2: $(why "$dir")" ;;
	right) say FAIL "mutant $1" "$2 accepts it" ;;
	*) say FAIL "mutant $1" "undecided: $(why "$dir")" ;;
	esac
	rm -rf "$dir"
}

# Starts one more, once one of JOBS is free.
start() {
	while (($(jobs -rp | wc -l) >= JOBS)); do wait -n || true; done
	"$@" &
}

is_wanted() { # NAME NAMES…
	(($# == 1)) || [[ " ${*:2} " == *" $1 "* ]]
}

# What takes a step of the protocol, whoever calls it.
STEPS='flip|slot_set|slot_set_patch|slot_note_patch|slot_empty_patch|patches_settle|wait_for_packets|instance_look|instance_stands|pindir_lock|instance_unlock|instance_lock_again|instance_seal|instance_purge|attach_need_features|attach_slim|sync_pins|generation_mend|copies_confirm_state|copies_keep_state|copies_drop_state|history_enter|history_mark'

named() { # the functions that the model says it stands for
	grep -oE '/\*.*\*/' "$MODEL" | grep -oE '\b[a-z][a-z_0-9]+\(\)' | tr -d '()' | sort -u
}

callers() { # the functions that take a step
	awk -v steps="(^|[^a-z_])($STEPS)\\\\(" '
		/^[a-z_].*\(/ && !/;$/ { name = $0; sub(/\(.*/, "", name); sub(/.*[ *]/, "", name) }
		/^\t/ && $0 ~ steps { print name }' "$ROOT"/user/*/*.c | sort -u
}

# A function that is renamed, or a new one that takes a step, names the model.
names() {
	local name

	for name in $(named); do
		grep -qE "^[a-z_].*\b$name\(" "$ROOT"/user/*/*.c "$ROOT"/bpf/*.h ||
			say FAIL "names $name" "is in the model, and not in user/ or bpf/"
	done
	for name in $(comm -13 <(named) <(callers)); do
		say FAIL "names $name" "takes a step in user/, and is not in the model"
	done
	grep -q 'FAIL' "$OUT/results" || say PASS names "$(named | wc -l) functions"
}

find_spin
OUT=$(mktemp -d)
trap 'rm -rf "$OUT"' EXIT
cp "$MODEL" "$OUT/change.pml" # one state of it, whoever edits it meanwhile
: >"$OUT/results"
! is_wanted names "$@" || names
while read -r name _ <&3; do
	! is_wanted "$name" "$@" || start run "$name"
done 3<<<"$RUNS"
while read -r name part substitutions <&3; do
	! is_wanted "$name" "$@" || start refuse "$name" "$part" "$substitutions"
done 3<<<"$MUTANTS"
wait
passed=$(grep -c PASS "$OUT/results" || true)
failed=$(grep -c FAIL "$OUT/results" || true)
printf '%d passed, %d failed, %d s\n' "$passed" "$failed" $SECONDS
((failed == 0 && passed > 0))
