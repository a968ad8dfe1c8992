#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The units let pass each system call that the program makes: one that they do not would end a boot.
. "${0%/*}/../net/lib.sh"

command -v systemd-analyze >/dev/null || skip_all "there is no systemd-analyze"

# members NAME…: the calls that they stand for, one a line.
members() {
	local name

	for name; do
		if [[ $name == @* ]]; then
			# shellcheck disable=SC2046 # words
			members $(systemd-analyze --no-pager syscall-filter "$name" | sed '1d; s/^ *//; /^#/d')
		else
			echo "$name"
		fi
	done
}

# shellcheck disable=SC2046 # words
members @default $(sed -n 's/^SystemCallFilter=//p' "$TESTS/../systemd/hardening") | sort -u >/run/tmp/let
check "the filter's calls are known" grep -qx openat /run/tmp/let
lan

# calls_pass WORDS…: the command succeeds, and makes no other call.
calls_pass() {
	check "$*" strace -f -qq -o /run/tmp/calls nsenter --net=/run/netns/server clarent-xdp -q "$@"
	equal "... calls nothing that the units deny" "" "$(sed 's/^[0-9]* *//' /run/tmp/calls |
		grep -o '^[a-z_0-9]*(' | tr -d '(' | sort -u | comm -23 - /run/tmp/let | xargs)"
}

calls_pass save -
calls_pass attach eth0
calls_pass allow $LISTED4 gateway expires 2h
calls_pass policy gateway rpf loose force
calls_pass save
calls_pass apply /etc/clarent-xdp/policy force
calls_pass status eth0
calls_pass policy sip udp 5060 force
calls_pass detach eth0 confirm 60
calls_pass rollback
calls_pass detach all
calls_pass purge
