#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# A trial lapses while another command is at work.  Whichever moment of it that is, the former state
# is in force again, whole, in packets, lists and dump: with the other change, or without.
. "${0%/*}/lib.sh"

command -v strace >/dev/null || skip_all "needs strace"
POINTS=${POINTS:-24} # moments tried for each command
LOADED=50            # calls that only load the program
lan
in_ns server clarent-xdp -q attach eth0
cat >/run/tmp/base <<END
policy lab udp 7000
allow 192.0.2.0/24 gateway
deny $UNLISTED4 gateway
allow 192.0.2.0/24 lab
END
echo "allow $UNLISTED4 lab" >/run/tmp/more
echo "allow 192.0.2.0/24 gateway" >/run/tmp/other
back() { clarent-xdp -q apply /run/tmp/base force; }
back
former=$(clarent-xdp -q save - | grep -v '^#')

meanwhile() { /usr/bin/python3 -B "$TESTS/control/meanwhile.py" "$@"; }
lapse=(/usr/bin/python3 -B "$TESTS/control/lapse.py")

# gateway's list as the kernel holds it: prefix, length, action.
dumped() {
	bpftool -j map dump pinned $PINS/gateway_acl |
		jq -c '[.[].formatted | [.key.addr, .key.prefixlen, .value.action]] | sort'
}
former_dump=$(dumped)

verdict() { # SOURCE
	{ in_ns server clarent-xdp -j check "$1" port 4040 to $SERVER4 dev eth0 ttl 64 || true; } |
		jq -r .verdict
}

# What is not the former state, with the lines ADDED and no others.  A dump follows with the next
# change, so only where one was made.
wrong_now() { # STATUS ADDED
	local settings status=$1

	shift

	settings=$(clarent-xdp -q save - | grep -v '^#')
	[[ $(sort <<<"$settings") == "$(sort <<<"$former${1:+$'\n'$1}")" ]] ||
		echo "save shows '${settings//$'\n'/, }'. "
	[[ $(verdict $LISTED4) == pass ]] || echo "the listed one drops. "
	[[ $(verdict $UNLISTED4) == drop ]] || echo "the denied one passes. "
	((status != 0)) || [[ $(dumped) == "$former_dump" ]] || echo "the dump shows $(dumped). "
}

# beside TRIAL ADDED COMMAND…: the trial lapses at moments of COMMAND, which adds those lines.
beside() {
	local trial=$1 added=$2 total n status wrong='' refusals=0 done=0

	shift 2
	strace -f -qq -o /run/tmp/calls -- "$@" >/dev/null 2>&1 || true
	total=$(wc -l </run/tmp/calls)
	for ((n = LOADED; n < total; n += (total - LOADED) / POINTS + 1)); do
		back
		# shellcheck disable=SC2086 # words
		clarent-xdp -q $trial confirm 600
		status=0
		meanwhile "$n" "${lapse[*]}" "$@" >/dev/null 2>/run/tmp/errors || status=$?
		((status != 99)) || "${lapse[@]}" || true
		case $status in
		0) done=$((done + 1)) wrong+=$(wrong_now 0 "$added") ;;
		*) refusals=$((refusals + 1)) wrong+=$(wrong_now 1 "") ;;
		esac
		[[ -z $wrong ]] || break
		clarent-xdp -q protect $SERVER4 command
		wrong+=$([[ $(verdict $UNLISTED4) == drop ]] || echo "after the next change he passes. ")
		[[ -z $wrong ]] || break
	done
	equal "$trial lapses beside ${*:3}: $done done, $refusals refused" "" "${wrong:+call $n: $wrong}"
}

beside "revoke $UNLISTED4 gateway" "allow 198.51.100.9 command" \
	clarent-xdp -q allow 198.51.100.9 command
beside "policy gateway mode monitor" "fragments drop" clarent-xdp -q fragments drop
beside "apply /run/tmp/other force" "allow $UNLISTED4 lab" clarent-xdp -q apply /run/tmp/more add
