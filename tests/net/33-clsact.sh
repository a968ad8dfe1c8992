#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Mode tc where the kernel has no links for it: all of 32-tc.sh by a clsact filter, and its own life.
. "${0%/*}/32-tc.sh"

OFF="its program was taken off: attach it again"
tc() { in_ns server tc "$@"; }
filters() { tc filter show dev "${1:-eth0}" ingress | grep -c "clarent_tc"; }
qdisc() { tc qdisc show dev eth0 | sed -nE 's/^qdisc (clsact|ingress) .*/\1/p'; }
foreign_filter() { tc filter add dev eth0 "$@" bpf da pinned /sys/fs/bpf/foreign; }
fresh() { # another eth0, with nothing on it
	cx detach all 2>/dev/null || true
	ip -n server link del eth0 2>/dev/null || true
	lan
}
/usr/bin/python3 -B "$TESTS/tools/foreign_tc.py" /sys/fs/bpf/foreign pass

# --- The qdisc -----------------------------------------------------------------------------
fresh
cx attach eth0 mode tc
equal "a clsact qdisc is made" clsact "$(qdisc)"
cx detach eth0
equal "... and goes with the filter" "" "$(qdisc)"
tc qdisc add dev eth0 clsact
cx attach eth0 mode tc
cx detach eth0
equal "one that was there stays" clsact "$(qdisc)"
for side in ingress egress; do
	fresh
	cx attach eth0 mode tc
	foreign_filter $side prio 7
	cx detach eth0
	equal "so does one that another has come to use ($side)" "clsact 1" \
		"$(qdisc) $(tc filter show dev eth0 $side | grep -c foreign)"
done
fresh
tc qdisc add dev eth0 ingress
check "an ingress qdisc will do" cx attach eth0 mode tc
stopped "... it filters"
cx detach eth0
equal "... and stays" ingress "$(qdisc)"

# --- The first, or not at all --------------------------------------------------------------
fresh
tc qdisc add dev eth0 clsact
foreign_filter ingress prio 1
before=$(find $PINS | sort)
refused "another's filter is the first: refused, naming it" 1 \
	"'eth0': another's filter is the first at tc ingress \\(bpf, priority 1, program id [0-9]+\\)" \
	cx attach eth0 mode tc
equal "... nothing is left" "$before" "$(find $PINS | sort)"
tc filter del dev eth0 ingress
foreign_filter ingress prio 1 chain 7
foreign_filter egress prio 1
check "in another chain, or on the other side, it is not" cx attach eth0 mode tc
foreign_filter ingress prio 2
stopped "... it filters"

# --- Somebody takes it off -----------------------------------------------------------------
for what in filter qdisc; do
	fresh
	cx attach eth0 mode tc
	if [[ $what == qdisc ]]; then tc qdisc del dev eth0 clsact; else tc filter del dev eth0 ingress; fi
	equal "the $what deleted: status says so" "eth0 tc false $OFF" \
		"$(said '"\(.interface) \(.mode) \(.filters) \(.note)"')"
	refused "... status eth0 ends with 1" 1 "'eth0': $OFF" in_ns server sh -c "clarent-xdp status eth0 >/dev/null"
	equal "... eth0 is among what is not filtered" eth0 "$(in_ns server clarent-xdp --json status |
		jq -r '.unfiltered[] | .interface' | grep eth0)"
	cx allow 203.0.113.$((RANDOM % 250)) command
	equal "... a change does not lose sight of it" "eth0 false" "$(said '"\(.interface) \(.filters)"')"
	check "... attach again mends it, in the same mode" cx attach eth0
	equal "... with one filter" "1 eth0 tc true" "$(filters) $(said '"\(.interface) \(.mode) \(.filters)"')"
	stopped "... it filters"
	cx detach eth0
	equal "... detached, nothing is left" "0 " "$(filters || true) $(qdisc)"
done
fresh
cx attach eth0 mode tc
tc qdisc del dev eth0 clsact
check "deleted, another mode is free" cx attach eth0 mode generic
equal "... and takes its place" "eth0 generic true" "$(said '"\(.interface) \(.mode) \(.filters)"')"
cx detach eth0
cx attach eth0 mode tc
tc qdisc del dev eth0 clsact
check "deleted, it can be detached" cx detach eth0
equal "... nothing is left" "" "$(said .interface)$(find $PINS/attachments -mindepth 1)"

# --- Names and numbers ---------------------------------------------------------------------
fresh
wire server eth1 client eth1
cx attach eth0 mode tc
rename eth0 spare
rename eth1 eth0
rename spare eth1
equal "names swapped: it is where it was" "eth1 true eth0" \
	"$(said '"\(.interface) \(.filters) \(.attached_as)"')"
refused "... and not on who has its name now" 1 "'eth0': is not attached" cx detach eth0
check "... attach eth0 attaches that one" cx attach eth0 mode tc
equal "... beside it" "1 1" "$(filters eth0) $(filters eth1)"
cx detach all
equal "detach all: nothing is left" "0 0" "$(filters eth0 || true) $(filters eth1 || true)"
ip -n server link del eth0
ip -n server link del eth1

lan
cx attach eth0 mode tc
index=$(ip -n server -j link show eth0 | jq '.[].ifindex')
ip -n server link del eth0
ip link add eth0 index "$index" netns server type veth peer name eth0 netns client
ip -n server link set eth0 up
address server eth0 $SERVER4/24
equal "another eth0 of the same number is not taken for it" "false" "$(said .filters)"
equal "... it is not filtered" eth0 "$(in_ns server clarent-xdp --json status |
	jq -r '.unfiltered[] | .interface' | grep eth0)"
check "... attach filters it" cx attach eth0 mode generic
equal "... alone" "eth0 generic true" "$(said '"\(.interface) \(.mode) \(.filters)"')"

# --- Killed --------------------------------------------------------------------------------
# Wherever it is killed: what runs is known, and what does not leaves nothing.  tests/faults tries
# each call.
killed() { # WHAT WHEN COMMAND…
	local what=$1 when=$2

	shift 2
	in_ns server strace -f -qqq -o /dev/null -e trace="$what" -e inject="$what":signal=KILL:when="$when" \
		clarent-xdp -q "$@" >/dev/null 2>&1
}
is_whole() { # after a change: a filter that is known and the qdisc, or neither
	local runs known

	cx policy gateway rate $((RANDOM % 1000 + 100000))
	runs=$(filters || true) known=$(said .filters)
	[[ "$runs $known" == "1 true" ]] ||
		[[ "$runs $known $(qdisc) $(find $PINS/attachments -mindepth 1)" == "0   " ]]
}
fresh
broken=0 kills=0
for verb in attach again detach; do
	for what in sendto mkdir,rename,unlink,rmdir; do
		for ((when = 1 + RANDOM % 8; when < 60; when += 8)); do
			cx detach eth0 2>/dev/null || true
			[[ $verb == attach ]] || cx attach eth0 mode tc
			case $verb in
			detach) killed $what $when detach eth0 && break ;;
			again) killed $what $when attach eth0 && break ;;
			attach) killed $what $when attach eth0 mode tc && break ;;
			esac
			kills=$((kills + 1))
			is_whole || {
				echo "# $verb killed at $what $when: $(filters || true) $(said .filters) $(qdisc)"
				broken=$((broken + 1))
			}
		done
	done
done
equal "killed at $kills calls: each time whole" 0 "$broken"
check "... and kills there were" test $kills -gt 3
cx detach eth0 2>/dev/null || true

# --- Seen by who reads meanwhile -----------------------------------------------------------
cx attach eth0 mode tc
for ((i = 0; i < 20; i++)); do cx attach eth0; done &
writer=$!
while kill -0 $writer 2>/dev/null; do said .filters; done | sort | uniq -c >/run/tmp/seen
wait $writer
equal "replaced twenty times: status always sees it" true "$(awk '{print $2}' /run/tmp/seen | paste -sd,)"
cx detach eth0
