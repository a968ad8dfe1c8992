#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# An answer that could not be written is a failure: closed standard output, full disk, broken pipe.
. "${0%/*}/lib.sh"

lan
clarent-xdp allow $LISTED4 gateway
in_ns server clarent-xdp -q attach eth0
lists() { clarent-xdp list | awk '{ print $1, $2, $3 }'; }
before=$(lists)

# exit_status COMMAND…
exit_status() {
	local status=0

	"$@" 2>/run/tmp/errors || status=$?
	echo $status
}

for words in list "list gateway" policies status stats help "help allow" version --help --version \
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

# A changing verb has nothing to say, and must not mistake a file of its own for standard output.
bash -c "clarent-xdp allow $UNLISTED4 gateway >&- 2>&- <&-" || true
bash -c "clarent-xdp -q revoke $UNLISTED4 gateway >&- 2>&- <&-" || true
equal "with all three closed: nothing is written where it should not be" "$before" "$(lists)"
