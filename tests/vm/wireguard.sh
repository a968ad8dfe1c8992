#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# WireGuard: what is listed gets in out of the tunnel and nowhere else, and the tunnel itself works on.
. "${0%/*}/../attacks/lib.sh"

PORT=51820
NEAR4=10.9.0.1 FAR4=10.9.0.10 STRANGER4=10.9.0.66
NEAR6=fd00:9::1 FAR6=fd00:9::10 STRANGER6=fd00:9::66

lan
no_kernel_rpf server
for ns in server client; do
	ip -n $ns link add wg0 type wireguard 2>/dev/null || skip_all "the kernel has no WireGuard"
	(umask 077 && wg genkey >/run/tmp/$ns.key)
	wg pubkey </run/tmp/$ns.key >/run/tmp/$ns.pub
done
# meet NS PEER ENDPOINT
meet() {
	in_ns "$1" wg set wg0 listen-port $PORT private-key "/run/tmp/$1.key" \
		peer "$(<"/run/tmp/$2.pub")" endpoint "$3:$PORT" allowed-ips 10.9.0.0/24,fd00:9::/64
	ip -n "$1" link set wg0 up
}
# The end of the tunnel is listed nowhere: it need not be.
meet server client $UNLISTED4
meet client server $SERVER4
address server wg0 $NEAR4/24 $NEAR6/64
address client wg0 $FAR4/24 $STRANGER4/24 $FAR6/64 $STRANGER6/64

through() { # DEST SOURCE
	traffic udp client "$2" server "$1" "${GUARDED[@]}" 4041
}
# How many packets that no policy guards eth0 has let pass.
passed_by() {
	clarent-xdp --json stats | jq '[.counters[] | select(.interface == "eth0" and
		.reason == "not-guarded") | .packets] | add // 0'
}

# judge WHEN FAR STRANGER: by the kernel's own names, out of the tunnel.
judge() {
	equal "$1: $FAR4 gets in out of it" "$2" "$(through $NEAR4 $FAR4)"
	equal "$1: $FAR6 gets in out of it" "$2" "$(through $NEAR6 $FAR6)"
	equal "$1: $STRANGER4 out of it" "$3" "$(through $NEAR4 $STRANGER4)"
	equal "$1: $STRANGER6 out of it" "$3" "$(through $NEAR6 $STRANGER6)"
}

judge bare "${GUARDED[*]} 4041" "${GUARDED[*]} 4041"
clarent-xdp allow $FAR4,$FAR6,$LISTED4,$LISTED6 gateway
for mode in native generic; do
	in_ns server clarent-xdp -q attach eth0 mode $mode
	judge "eth0 alone, $mode: it cannot see inside" "${GUARDED[*]} 4041" "${GUARDED[*]} 4041"
	in_ns server clarent-xdp -q detach eth0
done

in_ns server clarent-xdp -q attach eth0
refused "wg0 has no native XDP: says so" 1 "'wg0': .*mode generic" \
	in_ns server clarent-xdp attach wg0
check "attach wg0 mode generic" in_ns server clarent-xdp -q attach wg0 mode generic
judge "wg0 attached" "${GATEWAY[*]} 4041" 4041
equal "not demanded: a listed address forged around it gets in" "${GATEWAY[*]} 4041" \
	"$(arrives $FAR4 "${GUARDED[@]}" 4041)"

check "tunnel wg0" silent clarent-xdp tunnel wg0
check "policy gateway tunnel required" silent clarent-xdp policy gateway tunnel required
judge "tunnel required" "${GATEWAY[*]} 4041" 4041
before=$(counted gateway no-tunnel)
for source in $LISTED4 $LISTED6 $UNLISTED4 $UNLISTED6 $FAR4 $FAR6; do
	equal "tunnel required: plain packets from $source do not get in" 4041 \
		"$(arrives "$source" "${GUARDED[@]}" 4041)"
done
equal "... and are counted as no-tunnel" 18 "$(($(counted gateway no-tunnel) - before))"

# With new keys nothing is left of the former session: hands are shaken through the filter.
before=$(passed_by)
wg genkey >/run/tmp/server.key
in_ns client wg set wg0 peer "$(<"/run/tmp/server.pub")" remove
wg pubkey </run/tmp/server.key >/run/tmp/server.pub
meet server client $UNLISTED4
meet client server $SERVER4
equal "hands are shaken anew, though eth0 is filtered" "${GATEWAY[*]} 4041" "$(through $NEAR4 $FAR4)"
check "... as packets that nobody guards" test "$(passed_by)" -gt $((before + 2))
