#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# IPsec's authentication header in transport mode: what stands behind it is judged, in both families,
# as the kernel delivers it.
. "${0%/*}/../attacks/lib.sh"

KEY=0x000102030405060708090a0b0c0d0e0f10111213

lan
modprobe -qa ah4 ah6 xfrm_user || true
ip -n server xfrm state flush 2>/dev/null || skip_all "the kernel has no IPsec"

# One way is enough: nobody answers a datagram.  So many headers, one in the other, numbered from
# FIRST on: at one destination no two may have the same number.
secure() { # SOURCE DEST HEADERS FIRST
	local ns dir i tmpl

	for ns in server client; do
		dir=in tmpl=()
		[[ $ns == server ]] || dir=out
		for ((i = $4; i < $4 + $3; i++)); do
			ip -n $ns xfrm state add src "$1" dst "$2" proto ah spi $i reqid $i mode transport \
				auth-trunc 'hmac(sha1)' $KEY 96 || return
			tmpl+=(tmpl src "$1" dst "$2" proto ah reqid "$i" mode transport)
		done
		ip -n $ns xfrm policy add src "$1" dst "$2" proto 17 dir $dir "${tmpl[@]}" || return
	done
}

secure_all() { # HEADERS
	local ns

	for ns in server client; do
		ip -n $ns xfrm state flush
		ip -n $ns xfrm policy flush
	done
	secure $LISTED4 $SERVER4 "$1" 10 && secure $UNLISTED4 $SERVER4 "$1" 20 &&
		secure $LISTED6 $SERVER6 "$1" 30 && secure $UNLISTED6 $SERVER6 "$1" 40
}

# 4041 is nobody's; a datagram of 3,000 bytes comes in fragments, with the header in the first.
judged() { # WHEN SIZE
	local family listed unlisted

	for family in 4 6; do
		listed=LISTED$family unlisted=UNLISTED$family
		equal "$1, IPv$family, $2 bytes: a listed source" "4040 4041" \
			"$(arrives "${!listed}" 4040 4041 --size "$2")"
		equal "$1, IPv$family, $2 bytes: a stranger" 4041 \
			"$(arrives "${!unlisted}" 4040 4041 --size "$2")"
	done
}

secure_all 1 2>/dev/null || skip_all "the kernel has no authentication header"
for source in $UNLISTED4 $UNLISTED6; do
	equal "without the filter, what $source authenticates is delivered" "4040 4041" \
		"$(arrives "$source" 4040 4041)"
done
clarent-xdp allow $LISTED4,$LISTED6 gateway
for mode in native generic; do
	in_ns server clarent-xdp -q attach eth0 mode $mode
	secure_all 1
	judged $mode 64
	judged $mode 3000
	secure_all 2
	judged "$mode, one in another" 64
	in_ns server clarent-xdp -q detach eth0
done
