# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# shellcheck shell=bash
# What the stories of tunnels share: an inside that runs through many kinds of tunnel, and who sees it.
# NAME.sh [WHAT…]: only these tunnels.
. "${BASH_SOURCE[0]%/*}/../attacks/lib.sh"

ONLY=$*
NEAR4=10.9.0.1 FAR4=10.9.0.10 STRANGER4=10.9.0.66
NEAR6=fd00:9::1 FAR6=fd00:9::10 STRANGER6=fd00:9::66
# The ends of the tunnel, which are listed nowhere.
END4=$UNLISTED4 END6=$UNLISTED6
# shellcheck disable=SC2034 # for the stories
TO4="remote $SERVER4 local $END4" FROM4="remote $END4 local $SERVER4"
# shellcheck disable=SC2034
TO6="remote $SERVER6 local $END6" FROM6="remote $END6 local $SERVER6"

cx() { in_ns server clarent-xdp "$@"; }

# Of which families it carries packets: sets what to send, and what comes of it.
carries() { # 4|6|46
	local four="$FAR4-$NEAR4 $STRANGER4-$NEAR4" six="$FAR6-$NEAR6 $STRANGER6-$NEAR6"

	case $1 in
	4)	PAIRS=$four ;;
	6)	PAIRS=$six ;;
	46)	PAIRS="$four $six" ;;
	esac
	ALL=$(for each in $PAIRS; do echo "4040 4041"; done | paste -sd,)
	JUDGED=$(for each in $PAIRS; do
		[[ $each == "$FAR4"* || $each == "$FAR6"* ]] && echo "4040 4041" || echo 4041
	done | paste -sd,)
}
# What arrives inside, pair by pair.
inside() {
	# shellcheck disable=SC2086 # words
	/usr/bin/python3 -B "$TESTS/vm/matrix.py" client server $PAIRS -- 4040 4041 | paste -sd,
}

# begins WHAT: if it is to be tried; what was before is gone.
begins() {
	local ns

	WHAT=$1
	[[ -z $ONLY || " $ONLY " == *" $WHAT "* ]] || return
	for ns in server client; do
		ip -n $ns link del t0 2>/dev/null || true
	done
}
# tunnel WHAT FAMILIES TYPE AT-SERVER AT-CLIENT: t0 at both ends; false if the kernel has none.
tunnel() {
	local what=$1 families=$2 type=$3 server=$4 client=$5

	begins "$what" || return
	# shellcheck disable=SC2086 # words
	if ! ip -n server link add t0 type $type $server 2>/run/tmp/why ||
		! ip -n client link add t0 type ${6-$type} $client 2>/run/tmp/why; then
		skip "$what" "the kernel has none: $(head -1 /run/tmp/why)"
		return 1
	fi
	addressed t0 "$families"
}
addressed() { # DEVICE FAMILIES [AT-CLIENT]
	local far=${3-$1}

	ip -n server link set "$1" up
	ip -n client link set "$far" up
	carries "$2"
	[[ $2 == 6 ]] || address server "$1" $NEAR4/24
	[[ $2 == 6 ]] || address client "$far" $FAR4/24 $STRANGER4/24
	[[ $2 == 4 ]] || address server "$1" $NEAR6/64
	[[ $2 == 4 ]] || address client "$far" $FAR6/64 $STRANGER6/64
	no_kernel_rpf server
}

# What status says of a tunnel device: is it filtered?
status_says() { # DEVICE
	cx --json status | jq -r --arg dev "$1" \
		'.tunnels[] | select(.interface == $dev) | .filtered'
}
# judged DEVICE: by eth0 nothing, by the device all that comes out of it.
judged() {
	equal "$WHAT: eth0 does not see what is inside" "$ALL" "$(inside)"
	cx -q attach "$1" mode generic || true
	equal "$WHAT: $1, mode generic, judges it" "$JUDGED" "$(inside)"
}

modprobe -qa fou fou6 ip_gre ip6_gre ipip sit ip6_tunnel 2>/dev/null || true
clarent-xdp allow $FAR4,$FAR6 gateway
lan
cx -q attach eth0 mode generic
