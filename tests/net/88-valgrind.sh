#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# No verb leaks memory or reads what is not its own: valgrind is silent.
. "${0%/*}/lib.sh"

command -v valgrind >/dev/null || skip_all "needs valgrind"
lan
printf 'allow %s gateway\nallow %s command comment "a b"\n' $LISTED4 $LISTED6 >/run/tmp/policy
printf 'allow 300.1.1.1 gateway\nbad\n' >/run/tmp/bad

# clean STATUS WORDS…: exits with STATUS, and valgrind has nothing to say.
clean() {
	local wanted=$1 status=0 complaints

	shift
	in_ns server valgrind -q --leak-check=full --show-leak-kinds=all --errors-for-leak-kinds=all \
		--suppressions="$TESTS/tools/valgrind.supp" --log-file=/run/tmp/valgrind \
		"$CLARENT_XDP" -q "$@" >/run/tmp/out 2>&1 || status=$?
	complaints=$(sed '/unhandled eBPF command/d' /run/tmp/valgrind)
	if [[ $status == "$wanted" && -z $complaints ]]; then
		pass "$*"
	else
		fail "$*" "exit $status: $(tail -n 1 /run/tmp/out) $complaints"
	fi
}

clean 0 help
clean 0 version
clean 0 status
clean 0 allow $LISTED4,2001:db8::/32 gateway rate 100 expires 2h comment x
clean 0 attach eth0
clean 0 attach eth0
clean 0 deny 2001:db8::66 gateway
clean 0 protect $SERVER4 gateway
clean 0 protect any gateway
clean 0 policy lab udp 7000-7003 force
for json in "" --json; do
	for words in list policies status stats suspects "check 192.0.2.10 port 4040" "top batch count 2"; do
		# shellcheck disable=SC2086 # words
		clean 0 $json $words
	done
done
clean 0 log for 1
clean 0 suspects inside 192.0.2.0/24 1
clean 0 save
clean 0 apply /run/tmp/policy dry-run force
clean 0 apply /run/tmp/policy force
clean 0 rollback force
clean 0 allow 192.0.2.99 gateway confirm 60
clean 1 allow 192.0.2.98 gateway
clean 0 confirm
clean 0 revoke 192.0.2.99 gateway
clean 1 revoke 192.0.2.99 gateway
clean 2 allow 300.1.1.1 gateway
clean 1 apply /run/tmp/bad
clean 1 attach eth9
clean 1 purge
clean 0 detach all
clean 0 purge
