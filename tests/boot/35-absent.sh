#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# An interface that is not there, or not any more, or filtered by somebody else: a stranger that
# never stops sending gets in at no moment.
. "${0%/*}/lib.sh"
nft list ruleset >/dev/null 2>&1 || skip_all "needs nft, and nf_tables in the kernel"
lan
wire server eth1 client eth1
address server eth1 198.51.100.1/24
address client eth1 198.51.100.10/24
mkdir -p ${SAVED%/*}
printf '%s\n' "allow $LISTED4 gateway" "policy sip udp 5060" >$SAVED

CONTROL=9
knock() {
	local verb=$1
	shift
	exec nsenter --net=/run/netns/"$1" /usr/bin/python3 -B "$TESTS/tools/knock.py" "$verb" 120 "${@:2}"
}
knocks_begin() {
	knock count server /run/tmp/knocks 4040,4045,5001,5002,5010,5060,$CONTROL &
	counter=$!
	until [[ -e /run/tmp/knocks ]]; do sleep 0.05; done
	knock send client $UNLISTED4 $SERVER4 4040,5001,5060,$CONTROL &
	senders=($!)
	knock send client 198.51.100.10 198.51.100.1 4045,5010,$CONTROL &
	senders+=($!)
}
control() {
	awk -v c=$CONTROL '$2 == c { n += $3 } END { print n + 0 }' /run/tmp/knocks
}
knocks_end() { # NAME: none came in, and what is not guarded did, to the end
	local tries=300 before

	before=$(control)
	while (($(control) < before + 100 && tries--)); do sleep 0.1; done
	check "$1: what is not guarded came in, to the end" test "$tries" -gt 0
	kill "${senders[@]}" "$counter" 2>/dev/null || true
	wait "${senders[@]}" "$counter" 2>/dev/null || true
	equal "... nothing that is" "" "$(awk -v c=$CONTROL -v s=$UNLISTED4 \
		'$2 != c && ($1 == s || $1 ~ /^198/)' /run/tmp/knocks)"
	rm -f /run/tmp/knocks
}
# Few packets wait until a neighbour answers: among the knocks a mark would be lost, or one of them comes late.
meet() { # ADDRESS
	local try

	ip -n client neigh flush all
	for ((try = 0; try < 30; try++)); do
		in_ns client ping -qc 1 -W 1 "$1" >/dev/null && return
	done
}
other() { # PORT…: from the other network
	traffic udp client 198.51.100.10 server 198.51.100.1 "$@"
}

# Both names that a boot expects are not there: the cards came as eth0 and eth1.
start clarent-xdp-closed@.service enp0s3
start clarent-xdp-closed@.service enp0s8
start clarent-xdp.service
knocks_begin
refused "the card has another name: fails, said loudly" 1 "enp0s3: no such interface; .* closed" \
	start clarent-xdp@.service enp0s3
equal "... nobody passes, whatever the interface" "none none none" "$(
	arrives $LISTED4 "${GUARDED[@]}" 5060) $(arrives $LISTED6 "${GUARDED[@]}" 5060) $(other "${GUARDED[@]}")"
equal "... all else passes" "${NEIGHBOURS[*]} ${NEIGHBOURS[*]}" \
	"$(arrives $LISTED4 "${NEIGHBOURS[@]}") $(other "${NEIGHBOURS[@]}")"
equal "... the host's own too" "${GUARDED[*]}" "$(traffic udp server 127.0.0.1 server 127.0.0.1 "${GUARDED[@]}")"

# The first one comes late, as it was expected.
ip -n server link set eth0 down
ip -n server link set eth0 name enp0s3
equal "it comes: udev is told its unit" clarent-xdp@enp0s3.service "$(boot came enp0s3)"
ip -n server link set enp0s3 up
address server enp0s3 $SERVER6/64
meet $SERVER4
check "... which filters it" start clarent-xdp@.service enp0s3
equal "... the listed host passes there" "${GATEWAY[*]}" "$(arrives $LISTED4 "${GUARDED[@]}")"
equal "... while the other one is not there, nobody elsewhere" none "$(other "${GUARDED[@]}")"
knocks_end "absent, and late"
boot forget enp0s8
equal "nobody expects the other one any more: nothing is closed" "" "$(closed_tables)"

# It goes, and a new one comes: first udev tells of both, then the second is quicker than the first.
cat >/run/bin/systemctl <<'END'
#!/bin/sh
echo "$@" >>/run/tmp/systemctl
END
chmod +x /run/bin/systemctl
told() {
	cat /run/tmp/systemctl 2>/dev/null
	rm -f /run/tmp/systemctl
}
new_card() { # UDEV: it is told of what went
	local index

	index=$(in_ns server ip -o link show enp0s3 | cut -d: -f1)
	ip -n server link del enp0s3
	[[ $1 != udev ]] || ACTION=remove IFINDEX=$index boot went
	wire server enp0s3 client eth0
	[[ $1 == udev ]] || boot came enp0s3 >/dev/null
	address server enp0s3 $SERVER4/24 $SERVER6/64
	address client eth0 $LISTED4/24 $UNLISTED4/24 $LISTED6/64 $UNLISTED6/64
	[[ $1 == udev ]] || ACTION=remove IFINDEX=$index boot went
}
for first in udev card; do
	ip -n server link set eth1 down # of which nothing is asked here
	new_card $first
	equal "the card goes and comes ($first first): its unit is started again" \
		"--no-block try-restart clarent-xdp@enp0s3.service" "$(told)"
	knocks_begin
	equal "... nobody passes" "none none" \
		"$(arrives $LISTED4 "${GUARDED[@]}" 5060) $(arrives $LISTED6 "${GUARDED[@]}" 5060)"
	check "... the unit starts" start clarent-xdp@.service enp0s3
	equal "... filtered" "${GATEWAY[*]}" "$(arrives $LISTED4 "${GUARDED[@]}")"
	equal "... nothing is closed any more" "" "$(closed_tables)"
	kill "${senders[1]}" 2>/dev/null
	knocks_end "gone and back ($first first)"
done
ip -n server link set eth1 up
meet 198.51.100.1

# A filtered interface keeps its filter under another name; a new one of its old name has none.
ip -n server link set enp0s3 down
ip -n server link set enp0s3 name wan0
ip -n server link set wan0 up
address server wan0 $SERVER6/64
ACTION=move IFINDEX=$(in_ns server ip -o link show wan0 | cut -d: -f1) boot went
equal "renamed: its unit is started again" "--no-block try-restart clarent-xdp@enp0s3.service" "$(told)"
refused "... and fails, said loudly" 1 "enp0s3: .*filtered under its new name" \
	start clarent-xdp@.service enp0s3
equal "... it is filtered as before" "${GATEWAY[*]}" "$(arrives $LISTED4 "${GUARDED[@]}")"
equal "... nothing is closed" "${GUARDED[*]}" "$(other "${GUARDED[@]}")"
wire server enp0s3 client eth2
address server enp0s3 203.0.113.1/24
address client eth2 203.0.113.10/24
third() {
	traffic udp client 203.0.113.10 server 203.0.113.1 "$@"
}
boot came enp0s3 >/dev/null
equal "another card comes under the old name: nobody passes there" none "$(third "${GUARDED[@]}")"
equal "... all else does" "${NEIGHBOURS[*]}" "$(third "${NEIGHBOURS[@]}")"
equal "... and the renamed one is as it was" "${GATEWAY[*]}" "$(arrives $LISTED4 "${GUARDED[@]}")"
ip -n server link del enp0s3
power_off
ip -n server link set wan0 down
ip -n server link set wan0 name eth0
ip -n server link set eth0 up
address server eth0 $SERVER6/64

# What is there is called as ours is, or is ours of another instance, which drops nothing.
start clarent-xdp.service
/usr/bin/python3 -B "$TESTS/tools/foreign_xdp.py" /sys/fs/bpf/foreign pass clarent_xdp
in_ns server bpftool net attach xdp pinned /sys/fs/bpf/foreign dev eth0
refused "a foreign program of our name: fails, said loudly" 1 "eth0: not filtered; the guarded ports are closed" \
	start clarent-xdp@.service eth0
equal "... nobody passes" none "$(arrives $LISTED4 "${GUARDED[@]}" 5060)"
in_ns server bpftool net detach xdp dev eth0
other_instance() {
	in_ns server clarent-xdp -q --bpffs /sys/fs/bpf/other "$@"
}
other_instance policy gateway mode monitor
other_instance policy command mode monitor
other_instance attach eth0
refused "another instance that only watches: fails, said loudly" 1 \
	"eth0: not filtered; the guarded ports are closed" start clarent-xdp@.service eth0
equal "... nobody passes" none "$(arrives $LISTED4 "${GUARDED[@]}" 5060)"
other_instance detach eth0
other_instance purge
check "it is gone: filtered" start clarent-xdp@.service eth0
equal "... nothing is closed any more" "" "$(closed_tables)"
power_off

# A program that does not even start.
start clarent-xdp.service
power_off
mv $INSTALLED/sbin/clarent-xdp $INSTALLED/sbin/kept
printf '#!/bin/sh\nexit 127\n' >$INSTALLED/sbin/clarent-xdp
chmod +x $INSTALLED/sbin/clarent-xdp
refused "the program does not start: fails, said loudly" 1 "cannot be read" start clarent-xdp.service
refused "... the filter too" 1 "eth0: not filtered; the guarded ports are closed" \
	start clarent-xdp@.service eth0
equal "... nobody passes, to ports of one's own either" none "$(arrives $LISTED4 "${GUARDED[@]}" 5060)"
mv $INSTALLED/sbin/kept $INSTALLED/sbin/clarent-xdp
power_off

# systemd makes br/lan of br-lan.
ip -n server link add br-lan type bridge
ip -n server link set eth0 master br-lan
ip -n server addr flush dev eth0
ip -n server link set br-lan up
address server br-lan $SERVER4/24 $SERVER6/64
start clarent-xdp.service
for instance in br-lan 'br\x2dlan'; do
	check "clarent-xdp@$instance: closed" start clarent-xdp-closed@.service "$instance"
	equal "... nobody passes" none "$(arrives $LISTED4 "${GUARDED[@]}")"
	equal "... its unit is known" "clarent-xdp@$instance.service" "$(boot came br-lan)"
	CLARENT_XDP_MODE=generic check "... filtered" start clarent-xdp@.service "$instance"
	equal "... the listed host passes" "${GATEWAY[*]}" "$(arrives $LISTED4 "${GUARDED[@]}")"
	in_ns server clarent-xdp -q detach br-lan
	boot forget br-lan
done
