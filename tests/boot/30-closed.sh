#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Where the filter cannot be had, nftables closes the guarded ports, until it can.
. "${0%/*}/lib.sh"

command -v strace >/dev/null || skip_all "needs strace"
nft list ruleset >/dev/null 2>&1 || skip_all "needs nft, and nf_tables in the kernel"
lan
wire server eth1 client eth1
address server eth1 198.51.100.1/24
address client eth1 198.51.100.10/24

printf '%s\n' "allow $LISTED4,$LISTED6 gateway" "policy sip udp 5060,5070-5071 tcp 5060" \
	"policy dns udp 53 mode monitor" "policy pcanywhere mode enforce" >$SAVED
start clarent-xdp.service

# A kernel that takes no program: it lets this one do without the capabilities...
NOT_ALLOWED=,-bpf,-sys_admin,-perfmon
not_allowed() { LACKING=$NOT_ALLOWED start clarent-xdp@.service eth0; }

# ... or, as it may after its upgrade, refuses at the call that loads the XDP program.
PROGRAM=$INSTALLED/sbin/clarent-xdp
for _ in first later; do # the first one has more to do
	in_ns server strace -o /run/tmp/calls -e trace=bpf -- clarent-xdp -q attach eth0
	in_ns server clarent-xdp detach eth0
done
NTH=$(grep '^bpf(' /run/tmp/calls | grep -n 'PROG_LOAD.*"clarent_xdp"' | sed -n '1s/:.*//p')
not_loaded() {
	local status=0

	mv $PROGRAM $PROGRAM.real
	cat >$PROGRAM <<-END
		#!/bin/bash
		exec strace -qqq -o /dev/null -e trace=bpf \
			-e inject=bpf:error=E2BIG:when=$NTH+ -- $PROGRAM.real "\$@"
	END
	chmod +x $PROGRAM
	start clarent-xdp@.service eth0 || status=$?
	mv $PROGRAM.real $PROGRAM
	return $status
}

tcp() { # PORT…: on which of them the server answers
	traffic tcp client $LISTED4 server $SERVER4 "$@"
}
OWN=(5060 5070 5071 22 5632)
refused "the kernel says so" 1 "kernel refused the program: Argument list too long" not_loaded
for how in not_allowed not_loaded; do
	refused "no program loads ($how): fails, said loudly" 1 \
		"clarent-xdp: attach: .*eth0: not filtered; the guarded ports are closed" $how
	equal "... nobody passes to a guarded port" "none none none none" "$(for source in \
		$LISTED4 $UNLISTED4 $LISTED6 $UNLISTED6; do
		arrives "$source" "${GUARDED[@]}" "${OWN[@]}"
	done | xargs)"
	equal "... all else passes" "${NEIGHBOURS[*]} 53 5061" \
		"$(arrives $LISTED4 "${NEIGHBOURS[@]}" 53 5061)"
	equal "... TCP the same" "22 4040" "$(tcp 5060 5631 65301 22 4040)"
	equal "... what comes in elsewhere is not closed" "${GUARDED[*]}" \
		"$(traffic udp client 198.51.100.10 server 198.51.100.1 "${GUARDED[@]}")"
done
equal "twice is as once" 2 "$(closed_tables | wc -l)"

# While it comes up, a host that nobody listed sends, twice each millisecond: to a guarded port,
# and to one that is not.
cat >/run/tmp/knock <<'END'
import os, select, socket, sys, time
side, source, dest = sys.argv[1:]
sockets = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in (4040, 9)]
end = time.monotonic() + 60
got = [0, 0]
for port, sock in zip((4040, 9), sockets):
    sock.bind((source, 0) if side == "send" else (dest, port))
while time.monotonic() < end and not os.path.exists("/run/tmp/done"):
    if side == "send":
        for port, sock in zip((4040, 9), sockets):
            sock.sendto(b"knock", (dest, port))
        time.sleep(0.001)
    for sock in select.select(sockets, [], [], 0.1)[0] if side == "count" else []:
        got[sockets.index(sock)] += len(sock.recv(64)) > 0
print(got[0], "of", got[1])
END
in_ns server /usr/bin/python3 /run/tmp/knock count $UNLISTED4 $SERVER4 >/run/tmp/knocked &
counter=$!
sleep 0.5
in_ns client /usr/bin/python3 /run/tmp/knock send $UNLISTED4 $SERVER4 >/dev/null &
sender=$!
sleep 0.5
check "the program loads again" start clarent-xdp@.service eth0
check "... while packets came in" kill -0 $sender
sleep 0.2
touch /run/tmp/done
wait $sender $counter
check "... nobody unlisted got in: $(</run/tmp/knocked)" \
	grep -qE "^0 of [0-9]{3}" /run/tmp/knocked
equal "... the table is gone" "" "$(closed_tables)"
equal "... the filter is in force" "${GATEWAY[*]}, none" \
	"$(arrives $LISTED4 "${GUARDED[@]}" 5060), $(arrives $UNLISTED4 "${GUARDED[@]}" 5060)"

# What stands is not torn down by a start that fails.
refused "no program loads, the filter stands: fails, said loudly" 1 "still in force" not_loaded
equal "... nothing is closed to those listed" "${GATEWAY[*]}" "$(arrives $LISTED4 "${GUARDED[@]}")"
equal "... nftables is left alone" "" "$(closed_tables)"

# Another's program is none of ours.
in_ns server clarent-xdp -q detach eth0
/usr/bin/python3 -B "$TESTS/tools/foreign_xdp.py" /sys/fs/bpf/foreign
in_ns server bpftool net attach xdp pinned /sys/fs/bpf/foreign dev eth0
refused "another program is there: fails, said loudly" 1 "eth0: not filtered; the guarded" \
	start clarent-xdp@.service eth0
equal "... nobody passes to a guarded port" none "$(arrives $LISTED4 "${GUARDED[@]}")"
in_ns server bpftool net detach xdp dev eth0
check "it is gone: filtered" start clarent-xdp@.service eth0
equal "... and the table is gone" "" "$(closed_tables)"

# No bpffs: the unit's mount namespace is private, a mount there would die with it.
power_off
umount /sys/fs/bpf
refused "no bpffs: fails, said loudly" 1 "eth0: not filtered; the guarded" start clarent-xdp@.service eth0
equal "... nobody passes to a guarded port" none "$(arrives $LISTED4 "${GUARDED[@]}")"
mount -t bpf -o mode=700 bpf /sys/fs/bpf
power_off

mount --bind /dev/null "$(command -v nft)"
refused "neither program nor nft: says that ports are open" 1 "PORTS COULD NOT BE CLOSED" not_loaded
JOURNAL_STREAM=1:2 refused "... to the journal, as an error" 1 \
	$'(^|\n)<3>clarent-xdp: boot: THE GUARDED PORTS COULD NOT' not_loaded
