#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# A person can read the maps: bpftool prints prefix length, address as written, and named fields.
. "${0%/*}/lib.sh"

lan
clarent-xdp allow 203.0.113.5 gateway comment "head office"
clarent-xdp allow 198.51.100.0/24 gateway rate 1000 burst 50 min-ttl 32
clarent-xdp allow 2001:db8:1::/48 gateway
clarent-xdp allow 2001:db8::a:b gateway
clarent-xdp deny 203.0.113.77 command
in_ns server clarent-xdp -q attach eth0

dump() { bpftool -j map dump "$@"; }

# keys: prefix lengths and addresses, as numbers in written order.
keys() {
	jq -r '.[] | .formatted // . | .key | "\(.addr | map(tostring) | join("."))/\(.prefixlen)"' | sort
}

hosts4="198.51.100.0/24
203.0.113.5/32"
hosts6="32.1.13.184.0.0.0.0.0.0.0.0.0.10.0.11/128
32.1.13.184.0.1.0.0.0.0.0.0.0.0.0.0/48"

equal "by pin: gateway_acl" "$hosts4" "$(dump pinned $PINS/gateway_acl | keys)"
equal "by pin: gateway_acl6" "$hosts6" "$(dump pinned $PINS/gateway_acl6 | keys)"
for map in gateway_acl gateway_acl6 command_acl pcanywhere_acl6; do
	equal "the kernel knows $map by its name" $map \
		"$(bpftool -j map show pinned $PINS/$map | jq -r .name)"
done
equal "every policy has its own" 203.0.113.77/32 "$(dump pinned $PINS/command_acl | keys)"
for map in command_acl6 pcanywhere_acl pcanywhere_acl6; do
	equal "$map is there, and empty" "" "$(dump pinned $PINS/$map | keys)"
done
limited='.[] | .formatted // . | .value | select(.rate > 0)'
equal "value fields have names" "1000 50 32 24" "$(dump pinned $PINS/gateway_acl |
	jq -r "$limited | [.rate, .burst, .min_ttl, .prefixlen] | map(tostring) | join(\" \")")"
check "the plain dump says prefixlen" grep -q '"prefixlen": 24' \
	<(bpftool map dump pinned $PINS/gateway_acl)
equal "it is a hash map" hash "$(bpftool -j map show pinned $PINS/gateway_acl | jq -r .type)"

# After changes of every kind the pin and the name show the live list.
clarent-xdp -q revoke 203.0.113.5 gateway
equal "after revoke" 198.51.100.0/24 "$(dump pinned $PINS/gateway_acl | keys)"
printf 'allow 192.0.2.9 gateway\nallow 192.0.2.8 gateway\n' >/run/tmp/policy
clarent-xdp -q apply /run/tmp/policy force
equal "after apply, by pin" "192.0.2.8/32 192.0.2.9/32" \
	"$(dump pinned $PINS/gateway_acl | keys | xargs)"
equal "after apply, the pin has the name" gateway_acl \
	"$(bpftool -j map show pinned $PINS/gateway_acl | jq -r .name)"

# A name is the whole machine's, where others may have a gateway_acl in use: so a policy of a name
# that nobody else has.
mine=p$RANDOM
clarent-xdp -q policy $mine udp 9999 force
for address in 203.0.113.1 203.0.113.2 2001:db8::1 2001:db8::2; do
	clarent-xdp allow $address $mine
done
clarent-xdp -q revoke 203.0.113.2 $mine
clarent-xdp -q revoke 2001:db8::2 $mine
equal "by name: one map, the live one" 203.0.113.1/32 "$(dump name ${mine}_acl | keys)"
equal "by name, IPv6" 32.1.13.184.0.0.0.0.0.0.0.0.0.0.0.1/128 "$(dump name ${mine}_acl6 | keys)"
