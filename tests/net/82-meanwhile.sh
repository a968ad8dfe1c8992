#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# While the kernel verifies what an attach brings, others make their changes: none of them is lost.
. "${0%/*}/lib.sh"

wire server eth0 client eth0
wire server eth1 client eth1
given() { in_ns server clarent-xdp -q "$@"; }
lines() { clarent-xdp -q save - | grep -v '^#'; }
changes() { clarent-xdp -j history | jq -r '.changes[] | "\(.change) \(.words)"'; }

# At whatever call the attach stands still: if another gets through, both are there afterwards.
through=0
for ((n = 40; n < 310; n += 30)); do
	given allow 192.0.2.10 gateway
	status=0
	in_ns server /usr/bin/python3 -B "$TESTS/control/meanwhile.py" $n "
		timeout 0.5 clarent-xdp -q tunnel eth1 &&
		timeout 2 clarent-xdp -q allow 192.0.2.11 gateway dev eth9" \
		clarent-xdp -q attach eth0 || status=$?
	((status != 99)) || break
	if [[ $status == 0 && $(lines) == *eth9* ]]; then
		((through += 1))
		wanted=$'tunnel eth1\nallow 192.0.2.10 gateway\nallow 192.0.2.11 gateway dev eth9'
		equal "call $n: what was set meanwhile is in force" "$wanted" "$(lines)"
		clarent-xdp -q allow 192.0.2.12 gateway # gives back the numbers of names not in use
		equal "... and stays" "$wanted"$'\nallow 192.0.2.12 gateway' "$(lines)"
		equal "... and each is on record" \
			"allow 192.0.2.10 gateway|tunnel eth1|allow 192.0.2.11 gateway dev eth9|attach eth0|allow 192.0.2.12 gateway" \
			"$(changes | tail -n 5 | cut -d' ' -f2- | paste -sd'|')"
		equal "... under a number of its own" "" "$(changes | cut -d' ' -f1 | uniq -d)"
	fi
	given detach all || true
	clarent-xdp -q purge files
done
# Who attaches what another has attached meanwhile changes nothing, and says nothing of it.
given allow 192.0.2.10 gateway
for ((n = 60; n < 310; n += 80)); do
	in_ns server /usr/bin/python3 -B "$TESTS/control/meanwhile.py" $n \
		"timeout 0.5 clarent-xdp -q attach eth0" clarent-xdp -q attach eth0 || true
	equal "call $n: two attach it at once: it is one change" 1 "$(changes | grep -c "attach eth0")"
	given detach all || true
	clarent-xdp -q purge files
	given allow 192.0.2.10 gateway
done
if ((through)); then
	pass "others get through while an attach is verified"
else
	fail "others get through while an attach is verified" "at no call"
fi

# A file that is read while a policy goes needs that policy only if it names it.
given detach all || true
given policy web udp 7000
given allow 192.0.2.10 gateway
applied() { # VERB-WORDS LINE: apply -, with a policy deleted before its line is typed
	# shellcheck disable=SC2086 # a word or two
	{
		until [[ -e /run/tmp/deleted ]]; do sleep 0.05; done
		echo "$2"
	} | clarent-xdp -q apply - $1 &
	sleep 0.3
	given policy web delete
	touch /run/tmp/deleted
	wait $!
}
for words in "peer acme" add; do
	rm -f /run/tmp/deleted
	check "apply - $words: a policy that it does not name is deleted meanwhile" \
		applied "$words" "allow 192.0.2.13 gateway"
	given policy web udp 7000
	rm -f /run/tmp/deleted
	refused "... one that it names" 1 "'web': no such policy" applied "$words" "allow 192.0.2.14 web"
	given policy web udp 7000
done
