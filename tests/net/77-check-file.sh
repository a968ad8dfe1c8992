#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# check FILE: each frame of a capture is judged as the real one is, and nothing moves.
. "${0%/*}/lib.sh"

MTU=9000 lan
MAC=$(mac_of server eth0)
captures() { /usr/bin/python3 -B "$TESTS/tools/captures.py" "$@"; }
cx() { in_ns server clarent-xdp "$@"; }
mkdir /run/tmp/c
cd /run/tmp/c
captures make . "$MAC"
mapfile -t NAMES < <(captures names)

clarent-xdp allow $LISTED4,$LISTED6 gateway rate 1000
clarent-xdp allow 192.0.2.0/28 gateway
clarent-xdp allow 192.0.2.64/28 pcanywhere
clarent-xdp deny 192.0.2.77 gateway
clarent-xdp policy lab udp 7000 mode monitor
cx -q attach eth0

# said WORDS…: the answer in JSON in /run/tmp/said; says the exit status.
said() {
	local status=0

	cx -j check "$@" >/run/tmp/said 2>/run/tmp/errors || status=$?
	echo $status
}
ask() { jq -r "$1" /run/tmp/said; }
VERDICTS='.verdicts[] | "\(.policy) \(.reason) \(.verdict) \(.packets) \(.bytes)"'
FRAMES='.frames[] | "\(.frame) \(.policy) \(.reason) \(.verdict)"'
# Neighbours talk meanwhile, too, and what nobody guards is not ours to count.
guarded() { sed '/ not-guarded /d' | sed 's, \(pass\|drop\) , pass/drop ,;s,would pass/drop,would drop,' | sort; }
# what real packets came to, as the filter counted them
counted() {
	cx -j stats | jq -r '.counters[] | (select(.packets > 0) |
			"\(.policy) \(.reason) pass/drop \(.packets) \(.bytes)"),
		(select(.would_drop_packets > 0) |
			"\(.policy) \(.reason) would drop \(.would_drop_packets) \(.would_drop_bytes)")' |
		guarded
}
moved() {
	cx -j stats | jq -r '.counters[] | select(.reason != "not-guarded") | @json' | sha256sum
	cx -j list | jq -cS '.entries[] | [.prefix, .hits, .drops, .last_drop, .lowest_ttl]'
}

# --- The same as the real ones -------------------------------------------------------------

in_ns client tcpdump -Z root --immediate-mode -i eth0 -Q out -w seen.pcap -U 2>dumped &
dump=$!
for ((i = 0; i < 100; i++)); do
	grep -q listening dumped && break
	sleep 0.05
done
before=$(counted)
captures send client eth0 "$MAC"
for ((i = 0; i < 60; i++)); do
	(($(cx -j stats | jq '[.counters[] | .packets + .would_drop_packets] | add') < ${#NAMES[@]})) || break
	sleep 0.05
done
after=$(counted)
for ((i = 0; i < 60; i++)); do
	(($(tcpdump -nr seen.pcap 2>/dev/null | wc -l) < ${#NAMES[@]})) || break
	sleep 0.05
done
kill $dump
wait $dump || true
equal "nothing else came in" "" "$before"

state=$(moved)
equal "some would be dropped: exit status" 3 "$(said eth.pcap frames all)"
equal "by policy and reason as the real frames were counted, bytes too" "$after" \
	"$(ask "$VERDICTS" | guarded)"
equal "every frame is shown" "${#NAMES[@]}" "$(ask '.frames | length')"
equal "... under its number" "$(seq ${#NAMES[@]} | tr '\n' ' ')" "$(ask .frames[].frame | tr '\n' ' ')"
frames=$(ask "$FRAMES")
while read -r number wanted; do
	equal "${NAMES[number - 1]}" "$number $wanted" "$(sed -n "${number}p" <<<"$frames")"
done <<-END
	1 gateway allowed pass
	2 gateway unlisted drop
	4 command unlisted drop
	5 null not-guarded pass
	6 lab unlisted would drop
	7 gateway allowed pass
	9 gateway unlisted drop
	10 gateway unlisted drop
	11 gateway unlisted drop
	12 gateway allowed pass
	13 null too-deep drop
	15 null not-guarded pass
	16 null malformed drop
	17 null malformed drop
	18 null malformed drop
	20 gateway denied drop
	21 null not-guarded pass
END
equal "what tcpdump saw go out, the same" "$after" "$(said seen.pcap >/run/tmp/status
	ask "$VERDICTS" | guarded)"
equal "a frame's facts" "2023-11-14T22:13:21.000001Z $UNLISTED4 $SERVER4 null 46" "$(said eth.pcap \
	frames unlisted >/run/tmp/status; ask '.frames[0] |
		"\(.time) \(.source) \(.destination) \(.entry) \(.bytes)"')"
equal "... the entry that decided" 192.0.2.77 "$(said eth.pcap frames denied >/run/tmp/status
	ask '.frames[].entry')"
equal "no counter, limit or hit moved" "$state" "$(moved)"

# Each source and port, asked one by one.
one() { cx -j check "$1" to "$2" port "$3" | jq -r '"\(.policy) \(.reason) \(.verdict)"'; }
while read -r number source dest port; do
	equal "check $source port $port says the same" "$number $(one "$source" "$dest" "$port")" \
		"$(sed -n "${number}p" <<<"$frames")"
done <<-END
	1 $LISTED4 $SERVER4 4040
	2 $UNLISTED4 $SERVER4 4040
	6 $UNLISTED4 $SERVER4 7000
	7 $LISTED6 $SERVER6 4040
	8 $UNLISTED6 $SERVER6 4040
	20 192.0.2.77 $SERVER4 4040
END

# --- Formats -------------------------------------------------------------------------------

said eth.pcap >/run/tmp/status
wanted=$(ask "$VERDICTS")
for file in swapped.pcap nano.pcap eth.pcapng sll.pcap sll2.pcap; do
	said $file >/run/tmp/status
	equal "$file: the same" "$wanted" "$(ask "$VERDICTS")"
done
equal "... and what its frames begin with" cooked "$(ask .link_type)"
equal "from standard input" "$wanted" "$(cx -j check - <eth.pcapng | jq -r "$VERDICTS")"
said rawish.pcap frames all >/run/tmp/status
wanted=$(ask "$FRAMES")
said raw.pcap frames all >/run/tmp/status
equal "raw IP: as behind an Ethernet header" "$wanted" "$(ask "$FRAMES")"
check "raw IPv4" jq -e '.verdicts | length > 3' <(said ipv4.pcap >/run/tmp/status; cat /run/tmp/said)
for file in sent.pcap sent2.pcap; do
	equal "$file: what the host sent itself is not judged" "0 ${#NAMES[@]} 0" \
		"$(said $file) $(ask .sent) $(ask '.verdicts | length')"
done
check "... and that is said" grep -q "were sent by the host" /run/tmp/errors
equal "no frames" "0 0" "$(said none.pcap) $(ask .packets)"
equal "frames shorter than a link header" "0 3" "$(said tiny.pcap) $(ask .packets)"
equal "one longer than the kernel takes" 3 "$(said huge.pcap)"
equal "... by the bytes that it had" 200046 "$(ask '.verdicts[].bytes')"
equal "a time beyond all" 0 "$(said late.pcap frames all)"

# Of each frame, cut anywhere: what is said is what the whole is, or nothing is.
for snap in 0 14 16 18 33 41 53; do
	said snap$snap.pcap frames all >/run/tmp/status
	shown=$(ask "$FRAMES")
	equal "cut behind $snap bytes: nothing said that is not so" "" \
		"$(grep -vxFf <(echo "$frames") <<<"$shown" | grep . || true)"
	equal "... and what is not said is counted" "${#NAMES[@]}" \
		"$(($(grep -c . <<<"$shown" || true) + $(ask .cut)))"
done
said snap15.pcap >/run/tmp/status
check "... warned of" grep -q "are too short, as captured, to tell" /run/tmp/errors

# --- Words ---------------------------------------------------------------------------------

lines() { cx check "$@" 2>/dev/null || true; }
equal "frames of one reason" $'frame 20, 2023-11-14T22:13:39.000019Z: drop: denied by gateway, '"\
entry 192.0.2.77: 192.0.2.77 to $SERVER4" "$(grep ^frame <(lines eth.pcap frames denied))"
equal "... that would be dropped" 6 "$(lines eth.pcap frames monitor | cat | sed -n 's/^frame \([0-9]*\),.*/\1/p')"
check "the summary" grep -qE '^gateway +unlisted +drop +[0-9]+ +[0-9]+$' <(lines eth.pcap)
check "... of how many" grep -qxF "eth.pcap: ${#NAMES[@]} frames, as if each came in on eth0 alone" \
	<(lines eth.pcap)
equal "no line but on demand" 0 "$(grep -c ^frame <(lines eth.pcap) || true)"
refused "frames of what" 2 "'frames': needs a value" cx check eth.pcap frames
refused "no such reason" 2 "'strangers': not a reason" cx check eth.pcap frames strangers
refused "what is asked of a packet alone" 2 "'port': is not asked about a capture file" \
	cx check eth.pcap port 4040
refused "another word" 2 "'fames'.*did you mean frames" cx check eth.pcap fames all
refused "an interface that is not attached" 1 "'lo': is not attached" cx check eth.pcap dev lo
refused "no file" 1 "'no.pcap': cannot be read: No such file" cx check no.pcap
refused "a directory" 1 "cannot be read: Is a directory" cx check ./
refused "empty" 1 "'empty.pcap': is empty" cx check empty.pcap
refused "no capture" 1 "'text.pcap': not a capture" cx check text.pcap
refused "half a header" 1 "'header.pcap': not a capture" cx check header.pcap
refused "another link type" 1 "'wifi.pcap': its frames are 802.11, not Ethernet" cx check wifi.pcap
refused "an endless file" 1 "'/dev/zero': not a capture" cx check /dev/zero
refused "an endless pipe" 1 "'-': not a capture" cx check - < <(yes)
equal "cut off in a frame: what came before is told" "1 $((${#NAMES[@]} - 1))" \
	"$(said short.pcap) $(ask '[.verdicts[].packets] | add')"
check "... and that it is" grep -q "'short.pcap': behind frame $((${#NAMES[@]} - 1)): trunc" /run/tmp/errors
equal "a length that cannot be" 1 "$(said lies.pcap)"
equal "interfaces of two link types" 1 "$(said two.pcapng)"
mkfifo pipe.pcap
(sleep 0.2; cat eth.pcap >pipe.pcap) &
equal "a named pipe" "3 ${#NAMES[@]}" "$(said pipe.pcap) $(ask .packets)"
wait $!

# A capture that is still made: it ends when it is interrupted, with what came so far.
mkfifo endless
nsenter --net=/run/netns/server -- clarent-xdp -j check - <endless >endless.json 2>/dev/null &
reader=$!
exec 8>endless
cat eth.pcap >&8
sleep 0.3
kill $reader
status=0
wait $reader || status=$?
equal "interrupted: what came so far" "3 ${#NAMES[@]}" "$status $(jq .packets endless.json)"
exec 8>&-

# --- Other ways of being attached ----------------------------------------------------------

cx detach eth0
refused "nothing is attached" 1 "nothing is attached in this network namespace" cx check eth.pcap
ip -n server tuntap add tun0 mode tun
ip -n server link set tun0 up
cx -q attach tun0 mode generic
refused "bare IP's interface, Ethernet's frames" 1 "its frames are Ethernet's" cx check eth.pcap
said raw.pcap frames all >/run/tmp/status
equal "... raw IP: as on Ethernet" "$(cut -d' ' -f2- <<<"$wanted")" "$(ask "$FRAMES" | cut -d' ' -f2-)"

# --- A host without libpcap ------------------------------------------------------------------

mapfile -t libraries < <(ldconfig -p | sed -n 's/.*libpcap\.so\.[^ ]* .*=> //p')
for library in "${libraries[@]}"; do
	mount --bind /dev/null "$library"
done
refused "without libpcap: the package is named" 1 "libpcap0.8" cx check raw.pcap
check "... and the others do without it" cx -q status
for library in "${libraries[@]}"; do
	umount "$library"
done
check "... with it again" test "$(said raw.pcap)" != 1
