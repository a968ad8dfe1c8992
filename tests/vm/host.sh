#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The tests of the tests: a host with a filter in force, on which demo, tests and bench are run.
#
# For the machine that run.sh starts, and nowhere else: it plays the host.
# shellcheck disable=SC2317 # "leaves" calls functions by their names

set -euo pipefail

[[ -e /dev/virtio-ports/outside ]] || {
	echo "SKIP host (not in a machine of run.sh)"
	exit 0
}
VM=$(realpath "${BASH_SOURCE[0]%/*}")
TESTS=${VM%/*}
PINS=/sys/fs/bpf/clarent-xdp
GATEWAY=(4040 4045 5010) GUARDED=(4040 4045 5010 5001 5002)
LISTED=192.0.2.10 STRANGER=192.0.2.66
failures=0

equal() { # NAME WANTED GOT
	if [[ $2 == "$3" ]]; then
		echo "PASS $1"
	else
		echo "FAIL $1"
		diff <(echo "$2") <(echo "$3") || true
		failures=$((failures + 1))
	fi
}

# As systemd and a careful administrator leave it; another program's pins and mount, and
# namespaces, interfaces and tables of the names that the tests use.
make_host() {
	local address

	mount -t bpf -o nosuid,nodev,noexec,mode=700 bpf /sys/fs/bpf
	mkdir /run/other /sys/fs/bpf/other
	mount -t bpf bpf /run/other
	bpftool map create /sys/fs/bpf/other/map type array key 4 value 4 entries 1 name gateway_acl
	bpftool map create /run/other/map type array key 4 value 4 entries 1 name others
	ip netns add server
	ip netns add client
	ip -n server link add eth0 type veth peer name eth0 netns client
	ip -n server link set eth0 up
	! nft add table inet mine || nft add chain inet mine empty
	ln -sf "$TESTS/../build/clarent-xdp" /usr/local/sbin/clarent-xdp
	clarent-xdp -q attach eth0
	clarent-xdp -q --netns server attach eth0
	clarent-xdp -q allow $LISTED gateway comment "of the host"
	clarent-xdp -q save
	for address in $LISTED $STRANGER; do
		"$VM/outside" ip addr add "$address" dev wire
	done
}

# ids KIND: what there is of them, and of what name; what tests held is freed a little later.
ids() {
	bpftool -j "$1" show | jq -c '.[] | [.id, .prog_id, .name, .type]' | sort -V
}

look() {
	local kind

	for kind in link prog map; do
		echo "$kind: $(ids $kind)"
	done
	cat /proc/self/mountinfo
	find /sys/fs/bpf /run/other -printf '%p %m %u\n' | sort
	find /etc/clarent-xdp /var/lib/clarent-xdp /run/netns /usr/local/sbin -printf '%p %m %T@ %i\n' | sort
	find /etc/clarent-xdp /var/lib/clarent-xdp -type f -exec sha256sum {} + | sort
	find /run /dev /etc ! -path '/run/log*' -newer /run/begun -printf '%p\n' | sort
	bpftool map dump pinned $PINS/gateway_acl
	clarent-xdp -q save -
	ip netns list
	for ns in '' '-n server' '-n client'; do
		# shellcheck disable=SC2086 # two words or none
		ip $ns -d addr | sed 's/_lft [0-9a-z]*//g'
	done
	nft list ruleset
}
in_force() { echo "$("$VM/arrives.py" $LISTED "${GUARDED[@]}"), $("$VM/arrives.py" $STRANGER "${GUARDED[@]}")"; }

# settled: it looks as it did, soon.
settled() {
	local now

	for _ in {1..20}; do
		now=$(look)
		[[ $now != "$before" ]] || break
		sleep 0.5
	done
	echo "$now"
}

# leaves NAME COMMAND…: it does what it is for, and the host is as it was.
leaves() {
	local status=0

	"${@:2}" >/run/log/said 2>&1 || status=$?
	((status == 0)) || tail -n 40 /run/log/said
	equal "$1: succeeds" 0 $status
	equal "... the host is as it was" "$before" "$(settled)"
	equal "... its filter is in force" "${GATEWAY[*]}, none" "$(in_force)"
}

# A row that needs none of the peers, installed or not.
bench() {
	local peer peers=$TESTS/../build/bench/no-peers

	mkdir -p "$peers"
	for peer in ipset iptables xdp-filter ethtool gnuplot; do
		command -v "$peer" >/dev/null || ln -sf /bin/false "$peers/$peer"
	done
	PATH=$PATH:$peers "$TESTS/../tools/bench/bench" 1
}

# What a careless test would do to a host.
careless() {
	umount -l /run/other /sys/fs/bpf /sys /etc /run /var/lib /var /dev / || true
	umount -l /sys/fs/bpf || true
	clarent-xdp detach all || true
	clarent-xdp purge || true
	rm -rf /sys/fs/bpf/* /etc/clarent-xdp /var/lib/clarent-xdp /run/netns/* /run/other/*
	ip netns del server || true
	ip link del eth0 || true
	nft flush ruleset || true
	echo 1 >/sys/class/net/eth0/mtu || true
	[[ ! -e /sys/fs/bpf/clarent-xdp && ! -e /etc/clarent-xdp && ! -e /var/lib/clarent-xdp ]]
}
export -f careless

make_host
mkdir /run/log
touch /run/begun
sleep 2 # IPv6 addresses settle
before=$(look)
equal "the host's filter is in force" "${GATEWAY[*]}, none" "$(in_force)"

leaves "the demo" "$TESTS/demo.sh"
for each in net/10-default-deny net/52-instances net/55-mounts net/60-owner net/67-apart \
	boot/30-closed boot/50-versions attacks/55-local-user; do
	leaves "tests/$each" "$TESTS/run" "$TESTS/$each.sh"
done
leaves "a test of the object" "$TESTS/run" "$TESTS/../build/tests/bpf-timing"
leaves "the fault sweep" "$TESTS/faults/faults.sh" allow --budget 20
leaves "the bench" bench
leaves "whatever comes first to mind" "$TESTS/apart" "$BASH" -c careless
exit $((failures > 0))
