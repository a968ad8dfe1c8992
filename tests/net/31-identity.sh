#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# An attachment is its link: names, numbers and namespaces may come to mean another interface.
. "${0%/*}/lib.sh"

# card N NS DEV [index INDEX]: the interface with the addresses 10.0.N.*, its other end in "client".
card() {
	local n=$1 ns=$2 dev=$3

	shift 3
	ip -n "$ns" link add name "$dev" "$@" "${queues[@]}" type veth \
		peer name "card$n" netns client "${queues[@]}"
	ip -n client link set "card$n" up
	address client "card$n" "10.0.$n.10/24" "10.0.$n.20/24" "10.0.$n.66/24"
	plug "$n" "$ns" "$dev"
}

# plug N NS DEV: a card that came to another namespace has lost its address there.
plug() {
	ip -n "$2" link set "$3" up
	address "$2" "$3" "10.0.$1.1/24"
}

# at N NS SOURCE: on which guarded ports of card N a source is heard.
at() { traffic udp client "10.0.$1.$3" "$2" "10.0.$1.1" "${GUARDED[@]}"; }

filtered() { # NAME N NS
	equal "$1" "none, listed ${GATEWAY[*]}" "$(at "$2" "$3" 66), listed $(at "$2" "$3" 10)"
}

passes() { # NAME N NS
	equal "$1" "${GUARDED[*]}" "$(at "$2" "$3" 66)"
}

# What status says is attached, as "namespace interface former-name filters".
rows() {
	clarent-xdp --json status | jq -r '.attached[] |
		[.namespace, .interface,
		 if .attached_as == .interface then "-" else .attached_as // "-" end, .filters] |
		map(tostring) | join(" ")' | sort | paste -sd,
}

on_server() { clarent-xdp --netns server -q "$@"; }

# A fresh machine: nothing attached, the listed hosts listed.
chapter() {
	clarent-xdp -q detach all 2>/dev/null || true
	for ns in server other client; do
		[[ ! -e /run/netns/$ns ]] || ip netns del "$ns"
		ip netns add "$ns"
	done
	rm -rf "$PINS"
	clarent-xdp -q allow 10.0.0.0/16 gateway
	clarent-xdp -q deny 10.0.1.66,10.0.2.66,10.0.3.66,10.0.1.20,10.0.2.20,10.0.3.20 gateway
}

index_of() { ip -n "$1" -j link show "$2" | jq '.[].ifindex'; }

# --- Renamed, and a new one of the old name ---
chapter
card 1 server eth0
on_server attach eth0
ip -n server link set eth0 name wan0
filtered "renamed: still filtered" 1 server
equal "... status shows both names" "server wan0 eth0 true" "$(rows)"
equal "... and so does its table" 1 "$(clarent-xdp status | grep -cE '\<wan0\>.*\<eth0\>')"
equal "... check works under the new name" 3 \
	"$(in_ns server clarent-xdp check 10.0.1.66 port 4040 dev wan0 >/run/tmp/check && echo || echo $?)"
card 2 server eth0
passes "a new eth0 passes" 2 server
check "attach eth0 means the new one" on_server attach eth0
filtered "... which is filtered" 2 server
filtered "... and so is the renamed one, still" 1 server
equal "... status tells them apart" "server eth0 - true,server wan0 eth0 true" "$(rows)"
refused "detach of a name that nobody has" 1 "^clarent-xdp: detach: 'eth1': " on_server detach eth1
check "attach again under the new name" on_server attach wan0
equal "... settles how it is called" "server eth0 - true,server wan0 - true" "$(rows)"
filtered "... nothing else changed: wan0" 1 server
filtered "... nothing else changed: eth0" 2 server
ip -n server link set wan0 name lan0
check "detach under a new name" on_server detach lan0
passes "... it passes" 1 server
filtered "... the other is filtered" 2 server
refused "... and is not attached twice over" 1 "^clarent-xdp: detach: 'lan0': " on_server detach lan0

# --- Two swap their names ---
for attached in eth0 both; do
	chapter
	card 1 server eth0
	card 2 server eth1
	on_server attach eth0
	[[ $attached == eth0 ]] || on_server attach eth1
	ip -n server link set eth0 name between
	ip -n server link set eth1 name eth0
	ip -n server link set between name eth1
	filtered "swapped ($attached attached): the former eth0 is filtered" 1 server
	check "... attach eth0 and eth1" on_server attach eth0
	check "... both" on_server attach eth1
	filtered "... the former eth0 is filtered" 1 server
	filtered "... the former eth1 too" 2 server
	equal "... status agrees" "server eth0 - true,server eth1 - true" "$(rows)"
	check "... detach eth0" on_server detach eth0
	passes "... opens the former eth1" 2 server
	filtered "... and not the former eth0" 1 server
done

# --- Moved to another namespace, and a new one of the old name ---
chapter
card 1 server eth0
on_server attach eth0
ip -n server link set eth0 netns other
plug 1 other eth0
filtered "moved: still filtered" 1 other
equal "... status says where it is" "other eth0 - true" "$(rows)"
card 2 server eth0
check "attach means the new one" on_server attach eth0
filtered "... which is filtered" 2 server
filtered "... and so is the moved one, still" 1 other
equal "... status tells them apart" "other eth0 - true,server eth0 - true" "$(rows)"
check "detach where it is now" clarent-xdp -q --netns other detach eth0
passes "... it passes" 1 other
filtered "... the other is filtered" 2 server

# --- A new one of the old name and the old number ---
chapter
card 1 server eth0
on_server attach eth0
number=$(index_of server eth0)
ip -n server link set eth0 netns other name away
plug 1 other away
card 2 server eth0 index "$number"
equal "a new eth0 has the old number" "$number" "$(index_of server eth0)"
passes "... and passes" 2 server
refused "... is not attached" 1 "^clarent-xdp: detach: 'eth0': " on_server detach eth0
check "... attach means it" on_server attach eth0
filtered "... it is filtered" 2 server
filtered "... and the moved one, still" 1 other
ip -n server link del eth0
card 3 server eth0 index "$number"
passes "deleted and made again, with its number: passes" 3 server
check "... attach means the new one" on_server attach eth0
filtered "... it is filtered" 3 server
equal "... and status is of it" "other away eth0 true,server eth0 - true" "$(rows)"

# --- While a trial waits ---
chapter
card 1 server eth0
check "attach on trial" on_server attach eth0 confirm 30
ip -n server link set eth0 name wan0
card 2 server eth0
filtered "renamed while a trial waits: filtered" 1 server
check "... confirm" clarent-xdp confirm
filtered "... stays filtered" 1 server
check "... detached on trial under the new name" on_server detach wan0 confirm 30
ip -n server link set eth0 name eth1
ip -n server link set wan0 name eth0
check "... renamed once more: confirm" clarent-xdp confirm
passes "... it passes" 1 server
passes "... the other does, too" 2 server
equal "... nothing is attached" "" "$(attached)$(rows)"

# --- Alternative names ---
chapter
card 1 server eth0
card 2 server eth1
ip -n server link property add dev eth0 altname enp0s3
check "attach by an alternative name" on_server attach enp0s3
filtered "... it is filtered" 1 server
passes "... the other is not" 2 server
check "... attach by its name is the same" on_server attach eth0
equal "... one row" 1 "$(rows | tr , '\n' | grep -c true)"
check "dev by an alternative name" in_ns server clarent-xdp -q allow 10.0.1.20 gateway dev enp0s3
equal "... admits there" "${GATEWAY[*]}" "$(at 1 server 20)"
on_server attach eth1
in_ns server clarent-xdp -q allow 10.0.2.20 gateway dev enp0s3
equal "... and nowhere else" none "$(at 2 server 20)"
check "detach by an alternative name" on_server detach enp0s3
passes "... it passes" 1 server
filtered "... the other does not" 2 server

# --- Which interface dev means ---
chapter
card 1 server eth0
on_server attach eth0
ip -n server link set eth0 name wan0
check "dev by the new name" in_ns server clarent-xdp -q allow 10.0.1.20 gateway dev wan0
equal "... admits there" "${GATEWAY[*]}" "$(at 1 server 20)"
equal "... by the name that it was attached under" "eth0" \
	"$(clarent-xdp save - | sed -n 's/.* dev \([^ ]*\).*/\1/p')"
check "... attached by that name" on_server attach wan0
equal "... which rules say from then on" "wan0" \
	"$(clarent-xdp save - | sed -n 's/.* dev \([^ ]*\).*/\1/p')"
equal "... also once it is attached by that name" "${GATEWAY[*]}" "$(at 1 server 20)"

chapter
card 1 server eth0
card 2 other eth0
on_server attach eth0
clarent-xdp -q --netns other attach eth0
clarent-xdp allow 10.0.1.20 gateway dev eth0 2>/run/tmp/warned
check "an eth0 in two namespaces: dev eth0 warns" \
	grep -q "^clarent-xdp: warning: eth0: 2 attachments are called so" /run/tmp/warned
on_server detach eth0
check "... of one alone it does not" silent clarent-xdp allow 10.0.2.21 gateway dev eth0

# --- What is gone leaves nothing ---
chapter
card 1 server eth0
on_server attach eth0
before=$(find "$PINS" | wc -l)
for n in {1..12}; do
	wire "gone$n" eth0 client "gone$n"
	clarent-xdp -q --netns "gone$n" attach eth0
done
for n in {1..12}; do
	ip netns del "gone$n"
done
check "status works when twelve namespaces are gone" clarent-xdp status
gone() { clarent-xdp --json status | jq '[.attached[] | select(.gone)] | length'; }
for _ in {1..100}; do # the kernel empties them one after the other
	(($(gone) < 12)) || break
	sleep 0.1
done
check "... the next change" clarent-xdp -q allow 192.0.2.77 gateway
equal "... drops them" "server eth0 - true" "$(rows)"
equal "... and their pins" "$before" "$(find "$PINS" | wc -l)"
filtered "... what is there is filtered" 1 server

card 2 server eth1
on_server attach eth1
ip -n server link del eth1
equal "one is gone, and said to be" "1 true" \
	"$(clarent-xdp --json status | jq -r '[.attached[] | select(.gone)] | "\(length) \(.[0].filters | not)"')"
check "detach gone" clarent-xdp -q detach gone
equal "... drops it" "server eth0 - true" "$(rows)"
filtered "... what is there is filtered" 1 server

# --- Numbers of names are given back ---
names() { # PREFIX COUNT: a policy file with a rule for each of so many names
	local i

	echo "allow 10.0.0.0/16 gateway"
	for ((i = 1; i <= $2; i++)); do
		echo "allow 192.0.2.$i gateway dev $1$i"
	done
}

chapter
card 1 server eth0
for prefix in a b c d; do
	names "$prefix" 120 >/run/tmp/names
	check "rules for 120 names, others than before: $prefix" clarent-xdp -q apply /run/tmp/names force
done
names d 240 >/run/tmp/names
check "rules for 240 names" clarent-xdp -q apply /run/tmp/names force
# named NAME BEFORE: called so, attached and detached; a rule with a typing error, and it taken back.
named() {
	ip -n server link set "$2" name "$1" &&
		on_server attach "$1" && on_server detach "$1" &&
		clarent-xdp -q allow 192.0.2.250 gateway dev "eht$1" &&
		clarent-xdp -q revoke 192.0.2.250 gateway
}
was=eth0
for n in {1..20}; do
	named "card$n" "$was" || break
	was=card$n
done
equal "twenty names attached and mistyped in turn, beside 240 in use" card20 "$was"
check "... and the next" on_server attach card20
check "... a rule for it" clarent-xdp -q allow 10.0.1.20 gateway dev card20
equal "... tells it from the others" "${GATEWAY[*]}" "$(at 1 server 20)"

# --- One directory, however it is written ---
chapter
ln -s "$PINS" /run/link
ln -s /sys/fs /run/filesystems
for path in "$PINS/" "/sys/fs//bpf/./clarent-xdp" "/sys/fs/bpf/../bpf/clarent-xdp" \
	/run/filesystems/bpf/clarent-xdp "$PINS/../clarent-xdp//"; do
	rm -rf /etc/clarent-xdp
	check "--bpffs $path: allow" clarent-xdp -q --bpffs "$path" allow 192.0.2.99 gateway
	check "... is in the instance" grep -q 192.0.2.99 <(clarent-xdp list gateway)
	check "... save, without a file's name" clarent-xdp -q --bpffs "$path" save
	check "... is what a boot restores" grep -q 192.0.2.99 /etc/clarent-xdp/policy
	equal "... and nowhere else" policy "$(ls /etc/clarent-xdp)"
	check "... revoke" clarent-xdp -q revoke 192.0.2.99 gateway
done
equal "no copies of another instance's" "" \
	"$(find /var/lib/clarent-xdp -mindepth 1 -name '*-*' -type d)"
rm -rf /etc/clarent-xdp
clarent-xdp -q --bpffs /run/link save 2>/run/tmp/errors || true
equal "a symbolic link is refused, or means where it leads" "" \
	"$(find /etc/clarent-xdp -type f ! -name policy 2>/dev/null)$(grep -v 'symbolic link\|^  ' /run/tmp/errors)"
before=$(clarent-xdp -q save -)
refused "an empty --bpffs" 2 "^clarent-xdp: .*empty" clarent-xdp --bpffs "" allow 192.0.2.99 gateway
refused "an empty variable" 2 "^clarent-xdp: .*empty" \
	env CLARENT_XDP_BPFFS= clarent-xdp allow 192.0.2.99 gateway
refused "... also for who reads" 2 "^clarent-xdp: .*empty" \
	env CLARENT_XDP_BPFFS= clarent-xdp list
equal "... change nothing" "$before" "$(clarent-xdp -q save -)"
