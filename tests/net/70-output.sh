#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# An answer that could not be written is a failure: closed standard output, full disk, broken pipe.
. "${0%/*}/lib.sh"

lan
clarent-xdp allow $LISTED4 gateway
in_ns server clarent-xdp -q attach eth0

# exit_status COMMAND…
exit_status() {
	local status=0

	"$@" >/dev/null 2>/run/tmp/errors || status=$?
	echo $status
}

for words in list "list gateway" policies status stats suspects help "help allow" version --help --version \
	"--json list" "--json status" "--json stats" "--json policies"; do
	# shellcheck disable=SC2086 # words
	{
		equal "$words: closed" 1 "$(exit_status bash -c 'clarent-xdp "$@" >&-' - $words)"
		check "$words: ... says so" grep -q "^clarent-xdp: " /run/tmp/errors
		equal "$words: full" 1 "$(exit_status bash -c 'clarent-xdp "$@" >/dev/full' - $words)"
		check "$words: ... says so" grep -q "^clarent-xdp: " /run/tmp/errors
	}
done
refused "save onto a full disk" 1 "^clarent-xdp: save: '/dev/full': " clarent-xdp save /dev/full

clarent-xdp -q save /run/tmp/policy
echo "allow $UNLISTED4 gateway" >>/run/tmp/policy
for words in "save -" "apply /run/tmp/policy dry-run force" "--json apply /run/tmp/policy dry-run force" \
	"check $LISTED4 port 4040 dev eth0" "--json check $LISTED4 port 4040 dev eth0"; do
	for to in ">&-" ">/dev/full" ">&- 2>&- <&-"; do
		# shellcheck disable=SC2016,SC2086 # words
		equal "$words $to: fails" 1 "$(exit_status in_ns server bash -c \
			"clarent-xdp \"\$@\" $to" - $words)"
	done
done

# A change is in force, whatever becomes of what it would have said.
for to in ">&-" ">/dev/full" ">&- 2>&- <&-" "2>/dev/full"; do
	for json in "" --json; do
		clarent-xdp -q save /run/tmp/same
		# shellcheck disable=SC2016 # the inner shell's
		did() { exit_status in_ns server bash -c "clarent-xdp $json \"\$@\" $to" - "$@"; }
		for words in "allow $UNLISTED4 gateway" "deny $UNLISTED4 command" "revoke $UNLISTED4 gateway" \
			"policy gateway mode monitor" "policy gateway mode enforce confirm 60" confirm \
			"attach eth0" "detach eth0" "attach eth0 mode generic" "detach all" \
			"apply /run/tmp/same force" "save /run/tmp/saved" purge; do
			# shellcheck disable=SC2086 # words
			equal "$json $words $to: done" 0 "$(did $words)"
		done
		clarent-xdp allow $LISTED4 gateway
		equal "$json $to: what fails, fails" 1 "$(did revoke 203.0.113.99 gateway)"
		equal "$json $to: what is wrong, is wrong" 2 "$(did allow 300.1.1.1 gateway)"
	done
done

# Neither a list nor a file is mistaken for standard output or standard error.
in_ns server clarent-xdp -q attach eth0
clarent-xdp -q save
before=$(state) saved=$(</etc/clarent-xdp/policy)
for words in status list stats suspects policies "--json status" "save -" "apply - dry-run" "bad" "help" "-v status"; do
	# shellcheck disable=SC2086 # words
	for to in ">&-" "2>&-" ">&- 2>&- <&-"; do
		in_ns server bash -c "clarent-xdp \"\$@\" $to" - $words >/dev/null 2>&1 || true
	done
done
equal "nothing is written where it should not be" "$before" "$(state)"
equal "... nor into a file" "$saved" "$(</etc/clarent-xdp/policy)"
equal "closed standard input is no empty file" 1 "$(exit_status bash -c 'clarent-xdp apply - force <&-')"
