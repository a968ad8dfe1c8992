#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# A reader sees one state: all of it before a change or all of it after, and never exit 0 with less.
. "${0%/*}/lib.sh"

POINTS=${POINTS:-9} # moments at which each reader stands still
LOADED=45            # calls that only load the program
command -v strace >/dev/null || skip_all "needs strace"
meanwhile() { /usr/bin/python3 -B "$TESTS/control/meanwhile.py" "$@"; }

# Three states of ten policies of twenty hosts, which have no line in common.
for state in 1 2 3; do
	for policy in p{0..9}; do
		echo "policy $policy udp 70${policy#p}$state"
		for host in {1..20}; do
			echo "allow 10.$state.0.$host $policy comment $state"
		done
	done >/run/tmp/state$state
done
be() { clarent-xdp -q apply "/run/tmp/state$1" force; }

# What an answer shows: "ROWS of STATE", more than one STATE for a mixture.
shown() { # VERB
	case $1 in
	save) sed -n 's/^allow .* comment //p' ;;
	list) jq -r '.. | objects | select(.prefix?) | .comment' ;;
	*) jq -r '.. | objects | select(.sources?.ipv4? and (.policy | test("^p[0-9]$"))) |
		"\(.udp | tostring | gsub("[^0-9]"; "") | .[-1:]) with \(.sources.ipv4)"' ;;
	esac | awk '{ rows++; kinds[$0] } END { printf "%d of", rows; for (k in kinds) printf " %s", k }'
}

command_of() { # VERB
	if [[ $1 == save ]]; then
		command=(clarent-xdp -q save -)
	else
		command=(clarent-xdp -q -j "$1")
	fi
}

for verb in list save policies status; do
	rows=$([[ $verb == list || $verb == save ]] && echo 200 || echo 10)
	command_of $verb
	be 1
	strace -f -qq -o /run/tmp/calls -- "${command[@]}" >/dev/null
	total=$(wc -l </run/tmp/calls)
	wrong='' tried=0
	for ((n = LOADED; n < total; n += (total - LOADED) / POINTS + 1)); do
		be 1
		status=0
		meanwhile $n "for i in 2 3; do clarent-xdp -q apply /run/tmp/state\$i force; done" \
			"${command[@]}" >/run/tmp/answer 2>/run/tmp/errors || status=$?
		got=$(shown $verb </run/tmp/answer)
		tried=$((tried + 1))
		((status != 99)) || status=0 # it had come to its end
		[[ $status == 0 && $got =~ ^"$rows of "[123](" with 20")?$ ]] ||
			wrong+="call $n: exit $status, $got $(</run/tmp/errors). "
	done
	equal "$verb, while everything changes twice, at $tried moments" "" "$wrong"
done

# All of them at once, as they come.
for writer in 1 2 3; do
	(for _ in {1..6}; do be $writer || echo "a writer fails"; done) 2>&1 &
done >/run/tmp/writers
for verb in list save policies status; do
	rows=$([[ $verb == list || $verb == save ]] && echo 200 || echo 10)
	command_of $verb
	for one in {1..2}; do
		(for _ in {1..12}; do
			answer=/run/tmp/answer.$verb.$one status=0
			"${command[@]}" >"$answer" 2>"$answer.errors" || status=$?
			got=$(shown $verb <"$answer")
			[[ $status == 0 && $got =~ ^"$rows of "[123](" with 20")?$ ]] ||
				echo "$verb: exit $status, $got $(<"$answer.errors")"
		done) &
	done
done >/run/tmp/readers
wait
equal "18 writers beside 96 readers: all write" "" "$(sort -u /run/tmp/writers)"
equal "... and all read one state" "" "$(sort /run/tmp/readers | uniq -c | head -5)"

# Rules and attachments of one moment: a trial waits only if what is on trial is shown, and the other way round.
wire server eth7 client eth7
wrong='' status=0
for ((at = 90; at < 700 && status != 99; at += 19)); do
	status=0
	in_ns server /usr/bin/python3 -B "$TESTS/control/meanwhile.py" $at \
		"$CLARENT_XDP -q fragments drop force; $CLARENT_XDP -q attach eth7 confirm 600" \
		"$CLARENT_XDP" -j status >/run/tmp/seen 2>/run/tmp/errors || status=$?
	found=$(jq -r '"\(.fragments) \(.confirm_seconds != null) \(.attached | any(.interface == "eth7"))"' /run/tmp/seen)
	case $found in
	"pass false false" | "drop false false" | "drop true true") ;;
	*) [[ $status == 99 ]] || wrong+="call $at: $found. " ;;
	esac
	in_ns server clarent-xdp -q rollback || true
	in_ns server clarent-xdp -q fragments pass
done
equal "status beside a change and an attach: of one moment" "" "$wrong"
