#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Plain packets for a policy whose traffic ought to come out of a tunnel, forged from the far end's
# address: they get in, unless the policy demands the tunnel.  Then what is listed gets in out of
# the tunnel, and nowhere else.
. "${0%/*}/lib.sh"

[[ -c /dev/net/tun ]] || skip_all "the kernel has no TUN devices"
lan_and_attacker
NEAR4=10.9.0.1 FAR4=10.9.0.2 NEAR6=fd00:9::1 FAR6=fd00:9::2
for words in "server $NEAR4 $NEAR6" "client $FAR4 $FAR6"; do
	read -r ns address4 address6 <<<"$words"
	ip -n "$ns" tuntap add tun0 mode tun
	ip -n "$ns" link set tun0 up
	address "$ns" tun0 "$address4/24" "$address6/64"
done
no_kernel_rpf server
"$TESTS/attacks/tunnel.py" server tun0 $SERVER4 client tun0 $UNLISTED4 >/run/tmp/tunnel &
until grep -q ready /run/tmp/tunnel; do
	kill -0 $! || skip_all "no tunnel could be made"
	sleep 0.1
done

# through DEST SOURCE: on which ports it arrives out of the tunnel.
through() { traffic udp client "$2" server "$1" "${GUARDED[@]}"; }
# around DEST SOURCE: the same in plain packets.
around() { forge ports "$CLIENT_WIRE" "$2" server "$1" "${GUARDED[@]}"; }

clarent-xdp allow $FAR4,$FAR6,$LISTED4 gateway
in_ns server clarent-xdp -q attach eth0

refused "no tunnel is attached: refused, with the number of sources" 1 \
	"'gateway': demands a tunnel.* 3 sources lose their way in" \
	clarent-xdp -q policy gateway tunnel required
clarent-xdp tunnel tun0
refused "the tunnel is named, not attached: refused" 1 "3 sources lose their way in" \
	clarent-xdp -q policy gateway tunnel required
check "... but for force" clarent-xdp -q policy gateway tunnel required force
equal "... and nothing comes in" none "$(around $SERVER4 $LISTED4)"
check "tunnel optional" clarent-xdp policy gateway tunnel optional
in_ns server clarent-xdp -q attach tun0 mode generic

for words in "$NEAR4 $FAR4" "$NEAR6 $FAR6"; do
	read -r near far <<<"$words"
	equal "tunnel optional: $far gets in through it" "${GATEWAY[*]}" "$(through "$near" "$far")"
	equal "tunnel optional: forged $far gets in around it" "${GATEWAY[*]}" "$(around "$near" "$far")"
done
check "tunnel required, once it is attached" silent clarent-xdp policy gateway tunnel required
for words in "$NEAR4 $FAR4" "$NEAR6 $FAR6"; do
	read -r near far <<<"$words"
	equal "tunnel required: $far gets in through it" "${GATEWAY[*]}" "$(through "$near" "$far")"
	equal "tunnel required: forged $far does not around it" none "$(around "$near" "$far")"
done
before=$(counted gateway no-tunnel)
equal "tunnel required: a listed source gets in around it no more" none \
	"$(around $SERVER4 $LISTED4)"
equal "... and is counted as no-tunnel" 3 "$(($(counted gateway no-tunnel) - before))"
for each in $FAR4 $FAR6; do
	equal "its trust is shown: $each" tunnel "$(clarent-xdp --json list gateway |
		jq -r --arg each "$each" '.entries[] | select(.prefix | startswith($each)) | .trust[]')"
done

refused "to take the name of the only tunnel back: refused" 1 "3 sources lose their way in" \
	clarent-xdp -q tunnel tun0 off
equal "... and it still is one" "${GATEWAY[*]}" "$(through $NEAR4 $FAR4)"
in_ns server clarent-xdp detach tun0 2>/run/tmp/warnings
check "to detach it warns" grep -q "3 sources lose their way in" /run/tmp/warnings
