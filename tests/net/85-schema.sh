#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# --json: the answer of every verb, in whatever state, is as the schema in the manual says.
. "${0%/*}/lib.sh"

SCHEMA=$(realpath "$TESTS/../man/clarent-xdp.schema.json")
/usr/bin/python3 -c 'import jsonschema' 2>/dev/null || skip_all "needs python3-jsonschema"
mkdir /run/tmp/answers
cd /run/tmp
NUMBER=1000

# ask VERB WORD…: keeps what it answers, whatever its exit status
ask() {
	NUMBER=$((NUMBER + 1))
	echo "$*" >"answers/$1.$NUMBER.words"
	in_ns server clarent-xdp --json "$@" >"answers/$1.$NUMBER" 2>/dev/null || true
}
READERS=(list peers policies status stats history ports doctor metrics suspects)
readers() {
	local verb

	for verb in "${READERS[@]}"; do
		ask "$verb"
	done
	ask check $LISTED4
}

# events MAC: each line of log is an answer of its own
events() {
	local line

	in_ns server clarent-xdp log json for 5 >lines &
	while kill -0 $! && ! ip -n server -d link show eth0 | grep -q clarent_xdp_log; do
		sleep 0.1
	done 2>/dev/null
	/usr/bin/python3 -B "$TESTS/tools/captures.py" send client eth0 "$1"
	wait $!
	while IFS= read -r line; do
		NUMBER=$((NUMBER + 1))
		echo "log json" >"answers/log.$NUMBER.words"
		echo "$line" >"answers/log.$NUMBER"
	done <lines
	check "log says what is dropped" grep -q '"event_type":"drop"' lines
}

MTU=9000 lan
readers # before there is anything
mapfile -t VERBS < <(clarent-xdp help -j | jq -r '.[] | arrays | .[].verb')
for verb in "${VERBS[@]}"; do # what is no word of it
	ask "$verb" 'no such "word"' "$(printf 'a%.0s' {1..300})"
done

# Settings of every kind.
ask allow $LISTED4,$LISTED6 gateway,command peer acme rate 100 burst 7 min-ttl 5 comment 'a "quote" \ more'
ask allow $LISTED4 gateway peer acme
ask allow 10.0.0.0/7 command wide dev eth0
ask allow 192.0.2.64/28 gateway peer acme expires 2h
ask allow ::/0 gateway wide
ask deny 192.0.2.77 gateway expires 1d
ask deny $UNLISTED6 all
ask protect $SERVER4,$SERVER6 gateway rate 50
ask policy lab udp 7000-7003,8000 tcp 80 mode monitor elsewhere pass rate 10 rpf strict tunnel required
ask policy shut udp 9 mode closed
ask fragments listed
ask tunnel eth0
ask revoke ::/0 gateway
ask unprotect $SERVER6 gateway
ask confirm
readers # with nothing attached
ask attach eth0
ask attach eth0
/usr/bin/python3 -B "$TESTS/tools/captures.py" make . "$(mac_of server eth0)"
/usr/bin/python3 -B "$TESTS/tools/captures.py" send client eth0 "$(mac_of server eth0)"
readers
ask status eth0
(sleep 0.5; /usr/bin/python3 -B "$TESTS/tools/captures.py" send client eth0 "$(mac_of server eth0)") &
ask stats watch 2 count 1
wait
ask policy gateway rate 5000
in_ns server /usr/bin/python3 -c 'import socket, time
socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
socket.bind(("", 4040))
time.sleep(4)' &
(sleep 0.5; /usr/bin/python3 -B "$TESTS/tools/captures.py" send client eth0 "$(mac_of server eth0)") &
ask top batch 2 count 1
wait
ask top count 1
(sleep 1.5; /usr/bin/python3 -B "$TESTS/tools/captures.py" send client eth0 "$(mac_of server eth0)") &
ask suspects inside 192.0.2.0/24 3
wait
check "suspects inside says who is admitted" grep -q '"entry":' answers/suspects.$NUMBER
ask suspects inside 198.51.100.0/24
ask log for 1
ask log nosuch
events "$(mac_of server eth0)"
ask check $LISTED4 port 4040
ask check $LISTED6 port 4040 to $SERVER6 vlan 5 fragment first
ask check eth.pcap frames all
ask check snap15.pcap
ask check sent.pcap
ask check empty.pcap
ask metrics textfile .
ask help
ask help allow
ask version
ask list expired
ask list rates
ask status nothing

# Files; and what they say that is wrong.
ask save
ask save -nothing/here
ask save saved
printf 'allow 198.51.100.1 gateway peer old expires 2020-01-01T00:00:00Z\nallow 198.51.100.2 gateway peer old\n' >few
printf 'alow x\nallow y gateway\nattach eth0\n' >bad
ask apply few dry-run
ask apply few
ask apply bad
ask apply few add
ask list
ask ports saved bad
ask ports nothing
ask apply saved dry-run
ask apply few force
ask list
ask peers
ask rollback dry-run
ask rollback
ask history

# A trial waits, and lapses; other interfaces, and one that is gone.
ask allow 198.51.100.3 gateway confirm 1
ask allow 198.51.100.4 gateway
ask status
ask history
ask doctor
sleep 1.2
ask status
ask history
ask doctor
ask metrics
ask rollback
ask allow 198.51.100.4 gateway confirm 30
ask confirm
ip -n server tuntap add tun0 mode tun
ip -n server link set tun0 up
ip -n server addr add 10.9.0.1/24 dev tun0
ask attach tun0 mode generic confirm 30
ask status
ask rollback
ask attach tun0 mode tc
ask attach eth0 --netns client
ip -n server link set eth0 down
ip -n server link set eth0 name wan0
ip -n server link set wan0 up
ip -n server link add br0 type bridge
ip -n server addr add 10.8.0.1/24 dev br0
ip -n server link set br0 up
ask status
ip -n server link del tun0
ask status
ask metrics
ask detach nothing
ask detach gone
ask detach all
ask purge
ask purge
ask purge files
mkdir elsewhere
for verb in "${READERS[@]}" save purge; do # nobody's
	ask "$verb" --bpffs /run/tmp/elsewhere
done

output=$(# Of a fleet, by an etcd of its own.
minisign -G -W -f -p trust.pub -s secret.key >/dev/null
in_ns server etcd --data-dir etcd --log-level error --unsafe-no-fsync --name one \
	--listen-client-urls http://127.0.0.1:2379 --advertise-client-urls http://127.0.0.1:2379 \
	--listen-peer-urls http://127.0.0.1:2380 --initial-advertise-peer-urls http://127.0.0.1:2380 \
	--initial-cluster one=http://127.0.0.1:2380 >/dev/null 2>&1 &
cat >fleet.conf <<-END
	endpoint http://127.0.0.1:2379
	trust trust.pub
	secret secret.key
	group canary
	host here
	jitter 0
END
printf 'allow 198.51.100.1 gateway\nalow x\n' >wrong
echo 'allow 192.0.2.300 gateway' >nonsense
for ((i = 0; i < 50; i++)); do
	in_ns server clarent-xdp fleet status config fleet.conf >/dev/null 2>&1 && break
	sleep 0.2
done
state() { # HOST LINE REASON
	in_ns server env ETCDCTL_API=3 etcdctl put "/clarent-xdp/host/$1/id" >/dev/null <<-END
		{"host": "$1", "group": "all", "state": "refused", "line": $2, "reason": "$3", "serial": 1,
		 "since": 1700000000, "time": 1700000000, "drops": 5, "version": "0.2.0"}
	END
}
ask fleet status config fleet.conf
state there 7 'a \"quote\"'
state odd 7 'a "quote"'
for words in status refused "publish canary wrong" "publish canary saved" "publish host there nonsense" \
	"publish all - force" "status all" "promote all canary within 0" "forget there" "forget nobody"; do
	# shellcheck disable=SC2086 # as it stands
	ask fleet $words config fleet.conf <few
done
ask follow config nowhere
NUMBER=$((NUMBER + 1))
echo "follow, told to end" >answers/follow.$NUMBER.words
in_ns server timeout 2 clarent-xdp --json follow config fleet.conf >answers/follow.$NUMBER 2>/dev/null || true

/usr/bin/python3 -B "$TESTS/tools/schema.py" "$SCHEMA" answers "${VERBS[@]}" || true)
echo "$output"
FAILURES=$((FAILURES + $(grep -c ^FAIL <<<"$output" || true)))
