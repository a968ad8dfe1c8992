#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# doctor: each check sees its trouble, made for real, and no longer once its own command was typed.
# shellcheck disable=SC2317 # mended calls functions by their names
. "${0%/*}/lib.sh"

# Where doctor is asked; what it names is typed there too.
cx() { in_ns server clarent-xdp "$@"; }
doctor() { cx -j doctor 2>/dev/null || true; }

# worst CHECK: of its rows, the first that is worst: its state, what it saw and what mends it.
worst() {
	jq -r --arg check "$1" '[.checks[] | select(.check == $check)] |
		(map(select(.state == "fail")) + map(select(.state == "warn")) + .)[0] |
		.state, .saw, .mend // "-"'
}
state() { doctor | worst "$1" | head -1; }

# mended NAME CHECK STATE SAW [MEND]: the check says so; and ok after the command that it names,
# which begins with MEND.
mended() {
	local name=$1 check=$2 wanted=$3 saw=$4 begins=${5-} got output status=0

	mapfile -t got < <(doctor | worst "$check")
	if [[ ${got[0]} != "$wanted" || ! ${got[1]} =~ $saw ]]; then
		fail "$name" "$check says '${got[0]} ${got[1]}', not '$wanted $saw'"
		return
	elif [[ ${got[2]} != "$begins"* || ${got[2]} == - ]]; then
		fail "$name" "'${got[2]}' does not begin with '$begins'"
		return
	fi
	output=$(in_ns server bash -c "${got[2]}" 2>&1) || status=$?
	mapfile -t -O 3 got < <(doctor | worst "$check")
	if [[ $status == 0 && ${got[3]} == ok ]]; then
		pass "$name: $wanted, and ok after: ${got[2]}"
	else
		fail "$name" "${got[*]:3} after '${got[2]}' (exit $status): $output"
	fi
}
saved() { clarent-xdp -q save; }

lan

# --- As a verb ---------------------------------------------------------------------------------
equal "nothing is set: all is well" 0 "$(cx doctor >/dev/null 2>&1; echo $?)"
equal "... in every check" '["ok"]' "$(doctor | jq -c '[.checks[].state] | unique')"
check "JSON: version, warnings, rows" jq -e '.version == 1 and (.warnings | type == "array") and
	(.checks | all(keys == ["about", "check", "mend", "saw", "state"]))' <(doctor)
check "text: a table" grep -qE '^CHECK +STATE +SAW$' <(cx doctor)
refused "a word too many" 2 "^clarent-xdp: doctor: 'all': not a word that can stand here" cx doctor all
equal "every check of the README is one" "" "$(comm -13 <(doctor | jq -r '.checks[].check' | sort -u) \
	<(sed -n '/^## What doctor looks at/,/^## /s/^| \([a-z ]*[a-z]\) |.*/\1/p' "$TESTS/../README.md" |
		grep -vx check | sort -u))"

# --- This host -----------------------------------------------------------------------------------
equal "kernel: an old one" fail "$(in_ns server setarch --uname-2.6 clarent-xdp -j doctor 2>/dev/null |
	worst kernel | head -1)"
equal "... this one" ok "$(state kernel)"
equal "capabilities: one is missing" "fail this process lacks CAP_NET_ADMIN" "$(in_ns server setpriv \
	--bounding-set -net_admin -- clarent-xdp -j doctor 2>/dev/null |
	jq -r '.checks[] | select(.check == "capabilities") | "\(.state) \(.saw)"')"
equal "... none is" ok "$(state capabilities)"
umount /sys/fs/bpf
mended "no bpffs" bpffs warn "no bpffs" "mount -t bpf"
chmod 1777 /sys/fs/bpf
mended "a bpffs for all" bpffs warn "anybody can pin there" "chmod 0700 "
clarent-xdp allow $LISTED4 gateway
chmod 0777 $PINS
mended "a pin directory for all" instance fail "can be written by others" "chmod 0700 $PINS"

# --- The rules -----------------------------------------------------------------------------------
mended "nothing is attached" attached warn "no packet is judged" "clarent-xdp attach eth0"
mended "never saved" saved fail "a boot restores nothing" "clarent-xdp save"
equal "exit 0: all is well" "0" "$(cx doctor >/dev/null 2>&1; echo $?)"
clarent-xdp allow $LISTED6 gateway
mended "not saved" saved fail "differs .* in 1 line\$" "clarent-xdp save"
mv /etc/clarent-xdp/policy /run/tmp/kept
in_ns server clarent-xdp detach all
clarent-xdp -q purge
mv /run/tmp/kept /etc/clarent-xdp/policy
mended "saved, and nothing runs" saved fail "differs" "clarent-xdp apply /etc/clarent-xdp/policy"
equal "... what was saved is still there" 2 "$(grep -c ^allow /etc/clarent-xdp/policy)"
cx -q attach eth0

clarent-xdp -q allow 203.0.113.1 gateway confirm 60
equal "exit 1: something is not" 1 "$(cx doctor >/dev/null 2>&1; echo $?)"
refused "... and it is said" 1 "^clarent-xdp: doctor: [0-9]+ things? (is|are) not as" \
	bash -c "nsenter --net=/run/netns/server clarent-xdp doctor >/dev/null"
mended "a trial waits" trial fail "s left before the former state" "clarent-xdp confirm"
clarent-xdp -q deny 203.0.113.1 gateway comment "no confirm 5" confirm 1 || true
sleep 1.2
mended "... and has lapsed" trial fail "nobody confirmed" "clarent-xdp deny 203.0.113.1 gateway"
equal "... the words are what was typed" '"no confirm 5"' \
	"$(clarent-xdp save - | sed -n 's/^deny.* comment //p')"
cx -q detach eth0
cx -q attach eth0 confirm 1
sleep 1.2
mended "an attach has lapsed" attached fail "not confirmed" "clarent-xdp attach eth0"
saved

clarent-xdp -q policy gateway mode monitor
mended "a policy in monitor" modes fail "mode monitor" "clarent-xdp policy gateway mode enforce"
clarent-xdp -q policy gateway mode open
mended "... open" modes fail "mode open" "clarent-xdp policy gateway mode enforce"
clarent-xdp -q policy command mode monitor
mended "... that lists nobody" modes fail "lists nobody" "clarent-xdp policy command mode enforce force"

clarent-xdp -q allow 203.0.113.2 gateway expires 1s
by_clock() { # RETURNED: the state while adjtimex(2) answers so
	in_ns server strace -qq -o /dev/null -e inject=adjtimex,clock_adjtime:retval="$1" \
		clarent-xdp -j doctor 2>/dev/null | jq -r '.checks[] | select(.check == "clock").state'
}
equal "clock: nobody keeps it right, and an entry expires" warn "$(by_clock 5)"
equal "... somebody does" ok "$(by_clock 0)"
sleep 1.2
mended "an entry has expired" expired warn "expired at .* for gateway" "clarent-xdp revoke 203.0.113.2"
equal "clock: nobody keeps it right, and nothing expires" ok "$(by_clock 5)"

clarent-xdp -q allow 203.0.113.3 gateway dev eth9
mended "a rule names no interface" names fail "203.0.113.3 of gateway names it: no such" \
	"clarent-xdp revoke 203.0.113.3 gateway"
clarent-xdp -q tunnel wg9
mended "... a tunnel does" names fail "tunnel names it: no such" "clarent-xdp tunnel wg9 off"
wire server eth1 client eth1
clarent-xdp -q allow 203.0.113.3 gateway dev eth1
mended "... one that is not attached" names fail "not attached" "clarent-xdp attach eth1"
saved

# --- What is attached, and what is not -------------------------------------------------------------
ip -n server link del eth1
mended "an interface is gone" attached fail "gone" "clarent-xdp detach gone"
clarent-xdp -q revoke 203.0.113.3 gateway
wire server eth1 client eth1
address server eth1 198.51.100.1/24
address client eth1 198.51.100.2/24
in_ns client ping -qc1 198.51.100.1 >/dev/null
mended "an interface is not judged" "not judged" warn "has received [0-9]+ packets" \
	"clarent-xdp attach eth1"
cx -q detach eth1

# shellcheck disable=SC2016 # as it stands
odd='a;$(x)&'\''b'
ip -n server link set eth1 down
ip -n server link set eth1 name "$odd"
ip -n server link set "$odd" up
in_ns client ping -qc1 198.51.100.1 >/dev/null || true
mended "... whatever it is called" "not judged" warn "has received" "clarent-xdp attach '"
cx -q detach "$odd"
ip -n server link set "$odd" down
ip -n server link set "$odd" name eth1
ip -n server link set eth1 up

wire server eth2 client eth2
cx -q attach eth2
ip -n server link add br0 type bridge
ip -n server link set br0 up
for dev in eth1 eth2; do ip -n server link set $dev master br0; done
mended "a bridge is filtered in part" members warn "others of br0" "clarent-xdp attach eth1"
for dev in eth1 eth2; do ip -n server link set $dev nomaster; done
cx -q attach br0 mode generic
ip -n server link set eth2 master br0
mended "judged twice" stacked warn "br0 above it" "clarent-xdp detach br0"
if ip -n server link add bond0 type bond 2>/dev/null; then
	ip -n server link set eth2 nomaster
	for dev in eth1 eth2; do ip -n server link set $dev down master bond0; done
	ip -n server link set bond0 up
	cx -q detach eth1
	mended "a bond is filtered in part" members fail "others of bond0" "clarent-xdp attach eth1"
	ip -n server link del bond0 # which leaves its members down
	ip -n server link set eth1 up
else
	skip "a bond is filtered in part" "the kernel has no bond"
fi
cx -q detach all
ip -n server link del br0
ip -n server link del eth2

/usr/bin/python3 -B "$TESTS/tools/foreign_xdp.py" /sys/fs/bpf/foreign pass other
/usr/bin/python3 -B "$TESTS/tools/foreign_xdp.py" /sys/fs/bpf/behind pass behind frags typed
for mode in xdpgeneric xdpdrv; do
	in_ns server bpftool net attach $mode pinned /sys/fs/bpf/foreign dev eth1
	mended "a program of others, $mode" others warn "XDP program [0-9]+ \(other\)" \
		"ip link set dev eth1 $mode off"
done

equal "elsewhere: nothing" ok "$(state elsewhere)"
cx -q attach eth0
elsewhere=$(clarent-xdp --netns client -j doctor 2>/dev/null |
	jq -r '.checks[] | select(.check == "elsewhere") | "\(.state) \(.mend)"' || true)
equal "... what is, is not looked at from here" "warn clarent-xdp --netns server doctor" "$elsewhere"
check "... and by its command is" grep -q "^driver .* eth0 .* veth, mode native" \
	<(bash -c "${elsewhere#warn }" 2>/dev/null || true)

# --- Devices -----------------------------------------------------------------------------------------
cx -q detach eth0
cx -q attach eth0 mode generic
if doctor | worst driver | grep -q "tells no features"; then # before Linux 6.3
	features=
	skip "generic, though it could be native" "this kernel tells no features"
else
	features=told
	mended "generic, though it could be native" driver warn "has native XDP" \
		"clarent-xdp detach eth0 && "
fi
cx -q detach eth0

clarent-xdp -q allow $LISTED4 gateway rate 100
cx -q attach eth0 mode generic
mended "merged: generic on a veth" merged warn "a rate counts many as one" "clarent-xdp detach eth0"
clarent-xdp -q allow $LISTED4 gateway rate off
cx -q detach eth0
cx -q attach eth0 mode generic
equal "... without a rate" ok "$(state merged)"
cx -q detach eth0

cx -q attach eth0 "then" pinned /sys/fs/bpf/behind
in_ns server ethtool -K eth0 rx-vlan-hw-parse on rx-vlan-stag-hw-parse off
mended "tags are taken off, and others are behind" vlan warn "sees no tag" "ethtool -K eth0"
in_ns server ethtool -K eth0 rx-vlan-hw-parse on
cx -q attach eth0 "then" off
equal "... and nobody is" ok "$(state vlan)"

if in_ns server ip tuntap add tap0 mode tap 2>/dev/null && ip -n server link set tap0 mtu 9000 up &&
	cx -q attach tap0 2>/dev/null; then
	if [[ $features ]]; then
		mended "MTU" mtu warn "MTU 9000 is more than a buffer" "ip link set dev tap0 mtu 1500"
	else
		skip "MTU" "this kernel tells no features"
	fi
	clarent-xdp -q allow $LISTED4 gateway rate 100
	mended "merged: a TAP" merged warn "a guest" "clarent-xdp detach tap0"
	clarent-xdp -q allow $LISTED4 gateway rate off
	cx -q detach tap0
else
	skip "MTU" "no TAP here that takes a native program"
fi

if (($(nproc) > 1)); then
	queues=(numtxqueues 2 numrxqueues 2)
	wire server eth3 client eth3
	in_ns server ethtool -L eth3 rx 1 tx 1
	in_ns client ethtool -L eth3 rx 1 tx 1
	cx -q attach eth3
	mended "one queue for all CPUs" queues warn "1 of 2 receive queues" "ethtool -L eth3 rx 2"
	cx -q detach eth3
else
	skip "one queue for all CPUs" "there is one CPU"
fi

# --- Without being let --------------------------------------------------------------------------------
blind=$(in_ns server setpriv --reuid 65534 --clear-groups -- clarent-xdp -j doctor 2>/dev/null || true)
equal "nobody: what cannot be looked at is not well" "capabilities fail,instance fail,nat warn" \
	"$(jq -r '[.checks[] | select(.check == ("capabilities", "instance", "nat")) |
		"\(.check) \(.state)"] | join(",")' <<<"$blind")"

# --- Before the filter at tc: as on a kernel before 6.6, whose filters come behind links ---------------
cx -q detach all
deny_links
cx -q attach eth0 mode tc
rm /run/bin/clarent-xdp
ln -s "$CLARENT_XDP" /run/bin/clarent-xdp
if /usr/bin/python3 -B "$TESTS/tools/foreign_tc.py" /sys/fs/bpf/before pass server eth0 2>/run/tmp/why; then
	mended "a tc program of others" others warn "tc program [0-9]+ \(foreign\)" "bpftool link detach"
else
	skip "a tc program of others" "$(tail -1 /run/tmp/why)"
fi
