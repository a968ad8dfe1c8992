#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# A spent burst stays spent: no change of the rules, no new program, no rollback gives it back.
. "${0%/*}/lib.sh"

attached_lan
BURST=1000
clarent-xdp allow 192.0.2.20,2001:db8::20 gateway rate 1 burst $BURST
clarent-xdp -q protect $SERVER4 command rate 1 burst $BURST
clarent-xdp allow 192.0.2.20 command
clarent-xdp policy open_end udp 9000 rate 1 burst $BURST mode monitor 2>/dev/null
clarent-xdp allow 192.0.2.20 open_end
clarent-xdp policy open_end mode enforce

# How many have got in by now, by the limits of entries, of a destination, of a policy.
admitted() {
	once 4040 192.0.2.20 $SERVER4 $((2 * BURST))
	once 4040 2001:db8::20 $SERVER6 $((2 * BURST))
	once 5001 192.0.2.20 $SERVER4 $((2 * BURST))
	once 9000 192.0.2.20 $SERVER4 $((2 * BURST))
	echo "$(hits gateway 192.0.2.20) $(hits gateway 2001:db8::20)" \
		"$(hits command 192.0.2.20) $(hits open_end 192.0.2.20)"
}

# spent WHAT: what it gave since the start is the burst, and one a second.
began=$(date +%s)
spent() {
	local most got

	got=$(admitted)
	most=$((BURST + $(date +%s) - began + 2))
	for each in $got; do
		if ((each < BURST || each > most)); then
			fail "$1 refills nothing" "admitted $got, at most $most are due"
			return
		fi
	done
	pass "$1 refills nothing"
}

spent "time"
clarent-xdp allow 203.0.113.5 gateway
spent "a flip"
clarent-xdp allow 203.0.113.6 gateway comment x
clarent-xdp rollback
spent "a rollback"
clarent-xdp allow 192.0.2.20,2001:db8::20 gateway comment "its own attributes"
spent "a change of the entry itself"
clarent-xdp rollback
spent "a rollback of that"
clarent-xdp allow 192.0.2.20,2001:db8::20 gateway rate 1 burst $BURST
spent "the same limit said again"
in_ns server clarent-xdp -q attach eth0
spent "a new program"
clarent-xdp allow 192.0.2.20,2001:db8::20 gateway min-ttl 10
spent "a program with another check"
in_ns server clarent-xdp -q detach eth0
in_ns server clarent-xdp -q attach eth0
spent "to detach and attach"
clarent-xdp save /run/tmp/policy
clarent-xdp -q apply /run/tmp/policy force
spent "to apply what was saved"
clarent-xdp -q allow 203.0.113.7 gateway confirm 1
sleep 1.5
spent "a change that was not confirmed"
clarent-xdp -q policy gateway mode monitor
clarent-xdp -q policy gateway mode enforce
spent "monitor and back"
