#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Entry, destination, policy: limits are asked in that order, one that refuses takes nothing from
# those behind it, and what those before it have given is not returned.
. "${0%/*}/lib.sh"

attached_lan
PLAIN4=192.0.2.2 # a destination without a limit
clarent-xdp allow 192.0.2.20,2001:db8::20 gateway rate 1 burst 10
clarent-xdp allow 192.0.2.21 gateway
clarent-xdp allow 192.0.2.22 gateway rate 1 burst 40
clarent-xdp -q protect $SERVER4 gateway rate 1 burst 30
clarent-xdp -q protect $PLAIN4 gateway
clarent-xdp policy gateway rate 1 burst 100

# fires WHAT SOURCE DEST COUNT REASON:PACKETS…: what becomes of so many at once.  Rates of one a
# second give a packet more where a second passes meanwhile, which may tip one either way.
fires() {
	local what=$1 source=$2 dest=$3 count=$4 each reason got wanted
	local -A before

	shift 4
	for reason in allowed over-rate dest-rate policy-rate; do
		before[$reason]=$(counted gateway $reason)
	done
	once 4040 "$source" "$dest" "$count"
	for reason in allowed over-rate dest-rate policy-rate; do
		wanted=0
		for each; do
			[[ $each != "$reason:"* ]] || wanted=${each#*:}
		done
		got=$(($(counted gateway $reason) - before[$reason]))
		if ((got >= wanted - TIPS && got <= wanted + TIPS)); then
			pass "$what: $wanted are $reason"
		else
			fail "$what: $wanted are $reason" "$got"
		fi
	done
}

began=$SECONDS
TIPS=1
fires "entry" 192.0.2.20 $SERVER4 50 allowed:10 over-rate:40
TIPS=$((SECONDS - began + 2))
fires "destination, 20 of its 30 left" 192.0.2.21 $SERVER4 50 allowed:20 dest-rate:30
TIPS=$((SECONDS - began + 2))
fires "policy, 70 of its 100 left" 192.0.2.21 $PLAIN4 100 allowed:70 policy-rate:30
TIPS=$((SECONDS - began + 2))
fires "the policy refuses, and the entry's 40 are spent" 192.0.2.22 $PLAIN4 60 \
	policy-rate:40 over-rate:20
