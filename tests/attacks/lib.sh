# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# shellcheck shell=bash
# What the attacks share: the rig, a forger, and a wire on which he sits.
. "${BASH_SOURCE[0]%/*}/../net/lib.sh"

# The kernel's own source check is off, so that what stops a packet here is the filter.
no_kernel_rpf() { # NS
	# shellcheck disable=SC2016 # for the shell in there
	in_ns "$1" bash -c 'for each in /proc/sys/net/ipv4/conf/*/rp_filter; do echo 0 >"$each"; done'
}

# The usual network, and a second wire: eth1 of the server, with an attacker at its other end.
ATTACKER4=198.51.100.66 ATTACKER6=2001:db8:51::66
export ATTACKER4 ATTACKER6
lan_and_attacker() {
	lan
	wire server eth1 attacker eth0
	address server eth1 198.51.100.1/24 2001:db8:51::1/64
	address attacker eth0 $ATTACKER4/24 $ATTACKER6/64
	no_kernel_rpf server
	# shellcheck disable=SC2034 # for the stories
	CLIENT_WIRE=client,eth0,$(mac_of server eth0)
	# shellcheck disable=SC2034
	ATTACKER_WIRE=attacker,eth0,$(mac_of server eth1)
}

# Hosts that are listed nowhere, and whose marks the server's kernel takes.
export MARK4=$UNLISTED4 MARK6=$UNLISTED6

forge() { /usr/bin/python3 -B "$TESTS/attacks/forge.py" "$@"; }

# forged WIRE SOURCE PORT… [--ttl N]: on which ports of the server it arrives.
forged() {
	local wire=$1 source=$2 dest=$SERVER4

	shift 2
	[[ $source != *:* ]] || dest=$SERVER6
	forge ports "$wire" "$source" server "$dest" "$@"
}

# How many packets of a policy had that reason, on all interfaces.
counted() { # POLICY REASON
	clarent-xdp --json stats | jq --arg policy "$1" --arg reason "$2" \
		'[.. | objects | select(.policy? == $policy and .reason? == $reason) | .packets] | add // 0'
}

# flood PORT SECONDS STREAM…: see forge.py; then sent NAME and arrived NAME say how many.
flood() {
	local port=$1 seconds=$2

	shift 2
	forge flood server "$FLOOD_DEST" "$port" "$seconds" "$@" >/run/tmp/flood
}
sent() { awk -v name="$1" '$1 == name { print $2 }' /run/tmp/flood; }
arrived() { awk -v name="$1" '$1 == name { print $3 }' /run/tmp/flood; }

# flood_within NAME RATE BURST GOT: what passed of the last flood is within the larger of 1 % and
# one packet of what is due; less may be due by what the sender was held up.
flood_within() {
	local verdict

	verdict=$(awk -v rate="$2" -v burst="$3" -v got="$4" '
		$1 == "seconds" { due = rate * $2 + burst }
		$1 == "held-up" { less = rate * $2 }
		END {
			slack = due / 100 > 1 ? due / 100 : 1
			printf "%d %.1f ± %.1f", (got >= due - less - slack && got <= due + slack), due, slack
		}' /run/tmp/flood)
	if [[ $verdict == "1 "* ]]; then
		pass "$1"
	else
		fail "$1" "$4 passed, ${verdict#? } were due"
	fi
}
