#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# What a boot asks: does our own filter keep strangers out there, and which ports are guarded?
. "${0%/*}/lib.sh"
lan
xdp() { in_ns server clarent-xdp "$@"; }

# status IFACE
refused "not attached: no" 1 "^clarent-xdp: status: 'eth0': is not attached" xdp status eth0
refused "no such interface: no" 1 "^clarent-xdp: status: 'eth7': " xdp status eth7
refused "one interface at a time" 2 "^clarent-xdp: status: " xdp status eth0 eth1
xdp allow $LISTED4 gateway
xdp -q attach eth0
check "attached and enforcing: yes" xdp status eth0
equal "... that attachment alone" "eth0" "$(xdp status eth0 | awk 'NR > 1 { print $1 }')"
equal "... in JSON too" "eth0" "$(xdp -j status eth0 | jq -r '.attached[].interface')"
xdp -q policy gateway mode monitor
check "one policy enforces yet: yes" xdp status eth0
xdp -q policy command mode open
check "none does: no" test "$(xdp status eth0 >/dev/null 2>&1; echo $?)" = 1
check "... with the reason" grep -q "'eth0': .*no policy is in mode enforce or closed" \
	<(xdp status eth0 2>&1)
equal "... in JSON too" 1 "$(xdp -j status eth0 2>/dev/null | jq -r .error.status)"
xdp -q policy command mode closed
check "one is closed: yes" xdp status eth0
xdp -q detach eth0 confirm 60
check "a detach waits for its confirmation: no" grep -q "'eth0': passes everything" \
	<(xdp status eth0 2>&1)
xdp confirm
refused "detached: no" 1 "is not attached" xdp status eth0
xdp --bpffs /sys/fs/bpf/other -q attach eth0
refused "another instance's: no" 1 "is not attached" xdp status eth0
check "... to that one, yes" xdp --bpffs /sys/fs/bpf/other status eth0
xdp --bpffs /sys/fs/bpf/other -q detach eth0
/usr/bin/python3 -B "$TESTS/tools/foreign_xdp.py" /sys/fs/bpf/foreign pass clarent_xdp
in_ns server bpftool net attach xdp pinned /sys/fs/bpf/foreign dev eth0
refused "somebody else's of our name: no" 1 "is not attached" xdp status eth0
in_ns server bpftool net detach xdp dev eth0

# ports: in force, and by files as they are
power_off
equal "ports: as built in" "command udp 5001,5002
gateway udp 4040,4045,5010" "$(xdp ports)"
xdp -q policy gateway mode monitor
xdp -q policy sip udp 5060,5070-5072 tcp 5060 mode monitor
equal "a policy that drops nothing guards nothing" "command udp 5001,5002" "$(xdp ports)"
xdp -q policy sip mode closed
equal "what is in force" "command udp 5001,5002
sip udp 5060,5070-5072
sip tcp 5060" "$(xdp ports)"
equal "... in JSON" "command udp, sip udp, sip tcp" \
	"$(xdp -j ports | jq -r '[.ports[] | "\(.policy) \(.protocol)"] | join(", ")')"
file=/run/tmp/policy
printf '%s\n' "allow 300.1.1.1 gateway" "policy a udp 7-x" "  policy b tcp 80,81-83" "policy c udp 53 mode open" \
	"policy pcanywhere mode enforce" "junk" >$file
printf 'policy d udp 99' >>$file # cut off
equal "by a broken file: what its good lines say" "command udp 5001,5002
gateway udp 4040,4045,5010
pcanywhere udp 22,5632
pcanywhere tcp 5631,65301
b tcp 80-83" "$(xdp -q ports $file)"
check "... each bad policy line is warned of" grep -q "$file:2: '7-x'" <(xdp ports $file 2>&1)
printf '%s\n' "policy e udp 80 tcp 80" "policy gateway mode monitor" >$file.2
equal "by several: each port once, by the first that guards it" "command udp 5001,5002
gateway udp 4040,4045,5010
pcanywhere udp 22,5632
pcanywhere tcp 5631,65301
b tcp 80-83
e udp 80" "$(xdp -q ports $file $file.2)"
equal "by a file that is not there: a failure that costs no other one's ports" "1
e udp 80" "$(xdp -q ports /nonexistent $file.2 >/run/tmp/out 2>/run/tmp/err; echo $?
	grep "^e udp" /run/tmp/out)"
check "... said" grep -qx "clarent-xdp: ports: '/nonexistent': cannot be read: No such file or directory" \
	/run/tmp/err
refused "nor is a directory one" 1 "'/run/tmp': cannot be read: Is a directory" xdp -q ports /run/tmp
equal "by an empty one: as built in" 2 "$(xdp -q ports /dev/null | wc -l)"
