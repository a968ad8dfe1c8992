#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Sent on from here: where the kernel follows source routes and segment lists, what is sent to an
# address that no policy protects comes to one that is, and the filter has seen the first alone.
. "${0%/*}/lib.sh"

PROTECTED4=192.0.2.2 PROTECTED6=2001:db8::2
lan
address server eth0 $PROTECTED4/24 $PROTECTED6/64
no_kernel_rpf server
for each in ipv4.conf.{all,eth0}.accept_source_route ipv6.conf.{all,eth0}.accept_source_route \
	ipv6.conf.{all,eth0}.seg6_enabled; do
	in_ns server sysctl -qw "net.$each=1" 2>/dev/null || skip "$each" "the kernel does not have it"
done
WIRE=client,eth0,$(mac_of server eth0)

routed4() { forge routed "$WIRE" "$1" server $SERVER4 $PROTECTED4 4040 "${@:2}"; }
routed6() { forge routed "$WIRE" "$1" server $SERVER6 $PROTECTED6 4040 "${@:2}"; }

FAMILIES=()
if [[ $(routed4 $UNLISTED4) == "$PROTECTED4" ]]; then
	FAMILIES+=(4)
else
	skip "IPv4" "the kernel does not follow source routes"
fi
if [[ $(routed6 $UNLISTED6) == "$PROTECTED6" ]]; then
	FAMILIES+=(6)
else
	skip "IPv6" "the kernel does not follow segment lists"
fi

clarent-xdp allow $LISTED4,$LISTED6 gateway
clarent-xdp -q policy gateway elsewhere pass
clarent-xdp -q protect $PROTECTED4,$PROTECTED6 gateway
in_ns server clarent-xdp -q attach eth0

for family in "${FAMILIES[@]}"; do
	listed=LISTED$family unlisted=UNLISTED$family server=SERVER$family protected=PROTECTED$family
	equal "IPv$family: a stranger's, sent on to the protected address" none \
		"$("routed$family" "${!unlisted}")"
	equal "IPv$family: a listed source's" "${!protected}" "$("routed$family" "${!listed}")"
	equal "IPv$family: a stranger's that has been there, to the other" "${!server}" \
		"$("routed$family" "${!unlisted}" --used-up)"
	equal "IPv$family: a stranger's, plain, to the other" 4040 \
		"$(forged "$WIRE" "${!unlisted}" 4040)"
done
equal "they were unlisted" ${#FAMILIES[@]} "$(counted gateway unlisted)"

clarent-xdp -q policy gateway elsewhere drop
for family in "${FAMILIES[@]}"; do
	listed=LISTED$family
	equal "IPv$family, elsewhere drop: not even a listed source's" none \
		"$("routed$family" "${!listed}")"
done
