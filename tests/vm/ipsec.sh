#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# IPsec: where the filter sees the packet inside ESP, and where it cannot.
. "${0%/*}/../attacks/lib.sh"

KEY=0x000102030405060708090a0b0c0d0e0f10111213
NEAR4=10.8.0.1 FAR4=10.8.0.10 STRANGER4=10.8.0.66
NEAR6=fd00:8::1 FAR6=fd00:8::10 STRANGER6=fd00:8::66
IF_ID=7

lan
no_kernel_rpf server
modprobe -qa esp4 esp6 xfrm_user xfrm_interface || true
ip -n server xfrm state flush 2>/dev/null || skip_all "the kernel has no IPsec"
address server lo $NEAR4/32 $NEAR6/128
address client lo $FAR4/32 $STRANGER4/32 $FAR6/128 $STRANGER6/128
ip -n client route add $NEAR4 via $SERVER4
ip -n client route add $NEAR6 via $SERVER6

# secure NS DIR MODE FROM TO SPI [SRC DST] [if_id N]: what goes from SRC to DST, of the ends FROM
# and TO.  One way is enough: nobody answers a datagram.
secure() {
	local ns=$1 dir=$2 mode=$3 from=$4 to=$5 spi=$6 src=$7 dst=$8

	shift 8
	ip -n "$ns" xfrm state add src "$from" dst "$to" proto esp spi "$spi" reqid 1 \
		mode "$mode" aead 'rfc4106(gcm(aes))' $KEY 128 "$@"
	ip -n "$ns" xfrm policy add src "$src" dst "$dst" proto 17 dir "$dir" "$@" \
		tmpl src "$from" dst "$to" proto esp reqid 1 mode "$mode"
}

# In tunnel mode the ends are not those who speak: here they are listed nowhere.
secure_all() { # MODE [if_id N], as the server has it
	local mode=$1 ns dir

	shift
	for ns in server client; do
		ip -n $ns xfrm state flush
		ip -n $ns xfrm policy flush
		dir=in
		if [[ $ns == client ]]; then
			dir=out
			set --
		fi
		if [[ $mode == transport ]]; then
			secure $ns $dir transport $LISTED4 $SERVER4 1 $LISTED4 $SERVER4 "$@"
			secure $ns $dir transport $UNLISTED4 $SERVER4 2 $UNLISTED4 $SERVER4 "$@"
			secure $ns $dir transport $LISTED6 $SERVER6 3 $LISTED6 $SERVER6 "$@"
			secure $ns $dir transport $UNLISTED6 $SERVER6 4 $UNLISTED6 $SERVER6 "$@"
		else
			secure $ns $dir tunnel $UNLISTED4 $SERVER4 1 10.8.0.0/24 $NEAR4 "$@"
			secure $ns $dir tunnel $UNLISTED6 $SERVER6 2 fd00:8::/64 $NEAR6 "$@"
		fi
	done
}

# What has been counted, of all that is no other packet.
tally() {
	clarent-xdp --json stats | jq -r '.counters[] | select(.packets > 0 and .reason != "not-guarded") |
		"\(.interface) \(.reason) \(.packets)"' | sort
}
# Interfaces that have counted since, and with FIELDS 1,2 why.
counted_by() { # FIELDS
	comm -13 /run/tmp/tally <(tally) | cut -d' ' -f"$1" | sort -u | paste -sd,
}
reach() { traffic udp client "$1" server "$2" 4040 4041 2>/dev/null || echo nothing; }
# fate LISTED UNLISTED DEST: what becomes of packets for 4040 and 4041.
fate() {
	local arrived

	tally >/run/tmp/tally
	arrived=$(reach "$1" "$3")/$(reach "$2" "$3")
	case $arrived in
	"4040 4041/4040 4041") echo "all pass" ;;
	"4040 4041/4041") echo "judged by $(counted_by 1)" ;;
	4041/4041) echo "refused by $(counted_by 1)" ;;
	*) echo "$arrived arrives: $(counted_by 1,2)" ;;
	esac
}
fates() { # MODE: of both families
	local four six

	if [[ $1 == transport ]]; then
		four=$(fate $LISTED4 $UNLISTED4 $SERVER4)
		six=$(fate $LISTED6 $UNLISTED6 $SERVER6)
	else
		four=$(fate $FAR4 $STRANGER4 $NEAR4)
		six=$(fate $FAR6 $STRANGER6 $NEAR6)
	fi
	[[ $four == "$six" ]] && echo "$four" || echo "IPv4 $four, IPv6 $six"
}

# Plain packets, to an address that no policy of the client's covers.
plain() { fate $FAR4 $STRANGER4 $SERVER4; }
received() { ip -n server -s -j link show "$1" | jq '.[].stats64.rx.packets'; }

xfrm_device=
if ip -n server link add xfrm0 type xfrm dev eth0 if_id $IF_ID 2>/dev/null; then
	xfrm_device=1
	ip -n server link set xfrm0 up
else
	skip "xfrm0" "the kernel has no xfrm interfaces"
fi
clarent-xdp allow $LISTED4,$LISTED6,$FAR4,$FAR6 gateway

# What comes out of xfrm0, with eth0 attached in that mode.
out_of_xfrm0() { # MODE
	local before mode

	for mode in transport tunnel; do
		before=$(received xfrm0)
		secure_all $mode if_id $IF_ID
		equal "$mode, eth0 $1, xfrm0: what is inside" "all pass" "$(fates $mode)"
		check "... and came out of xfrm0" test "$(received xfrm0)" -ge $((before + 16))
	done
	for mode in native generic; do
		refused "xfrm0, mode $mode: XDP sees the outer frame, and attach says so" 1 \
			"'xfrm0': .*the frame around ESP" \
			in_ns server clarent-xdp attach xfrm0 mode $mode
	done
	at_tc "$1"
}

# tc ingress of xfrm0 is where what was inside a tunnel comes out in plain.
at_tc() { # MODE of eth0
	in_ns server clarent-xdp -q attach xfrm0 mode tc
	secure_all transport if_id $IF_ID
	equal "transport, eth0 $1, xfrm0 tc: what is inside" "all pass" "$(fates transport)"
	secure_all tunnel if_id $IF_ID
	equal "tunnel, eth0 $1, xfrm0 tc: what is inside" "judged by xfrm0" "$(fates tunnel)"
	in_ns server clarent-xdp -q detach xfrm0
}

# What comes out of tunnel mode was given to generic XDP once more, on older kernels.
case $(uname -r) in
6.1.*) once_more="judged by eth0" ;;
*) once_more="all pass" ;;
esac

for eth0 in native generic; do
	in_ns server clarent-xdp -q attach eth0 mode $eth0
	equal "eth0 $eth0: plain packets" "judged by eth0" "$(plain)"
	secure_all transport
	equal "transport, eth0 $eth0: what is inside" "all pass" "$(fates transport)"
	[[ $eth0 == native ]] && wanted="all pass" || wanted=$once_more
	secure_all tunnel
	equal "tunnel, eth0 $eth0: what is inside" "$wanted" "$(fates tunnel)"
	[[ -z $xfrm_device ]] || out_of_xfrm0 $eth0
	in_ns server clarent-xdp -q detach all
done

# eth0 does not tell what came out of ESP from what came in plain: named as a tunnel it lets both in.
clarent-xdp tunnel eth0
in_ns server clarent-xdp -q attach eth0 mode generic
clarent-xdp policy gateway tunnel required
secure_all tunnel
equal "eth0 named as tunnel: what is inside" "$once_more" "$(fates tunnel)"
equal "... and plain packets alike" "judged by eth0" "$(plain)"

if [[ $xfrm_device ]]; then
	clarent-xdp -q policy gateway mode closed
	secure_all tunnel if_id $IF_ID
	equal "closed: what comes out of xfrm0 is not judged" "all pass" "$(fates tunnel)"
	equal "... and plain packets" "refused by eth0" "$(plain)"
fi
