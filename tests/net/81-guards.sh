#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# One gate: what needs force, and what is warned of, is the same at every door, and nothing needs
# force that no packet would feel.
. "${0%/*}/lib.sh"

lan
xdp() { in_ns server clarent-xdp "$@"; }
settings() { clarent-xdp -q save - | { grep -v '^#' || true; }; }
file() { printf '%s\n' "$@" >/run/tmp/policy; }
apply() { xdp apply /run/tmp/policy "$@"; }
SSH="192.0.2.10 50000 192.0.2.1 2222"
over_ssh() { SSH_CONNECTION=$SSH xdp "$@"; }

# given WORDS…: what the story takes for granted.
given() {
	local output

	output=$(xdp -q "$@" 2>&1) || fail "given: $*" "exit $?: $output"
}

# warns NAME PATTERN COMMAND…: it succeeds and warns of that.
warns() {
	local name=$1 pattern=$2 output status=0

	shift 2
	output=$("$@" 2>&1) || status=$?
	if ((status == 0)) && grep -qE "^clarent-xdp: warning: .*$pattern" <<<"$output"; then
		pass "$name"
	else
		fail "$name" "exit $status, said '$output'"
	fi
}

# guarded NAME PATTERN COMMAND…: refused, and nothing has changed.
guarded() {
	local before

	before=$(settings)
	refused "$1" 1 "$2" "${@:3}"
	equal "... and changes nothing" "$before" "$(settings)"
}

# --- Nothing attached: no packet feels it ---

check "nothing attached: a policy that lists nobody" xdp policy lab tcp 2222
check "... over the SSH port" over_ssh -q policy lab mode closed
check "... tunnel required" xdp -q policy gateway tunnel required
given policy gateway tunnel optional
given policy lab delete
file "allow $LISTED4 gateway" "allow $UNLISTED4 gateway" "allow 192.0.2.11 gateway" \
	"allow 192.0.2.12 gateway"
given apply /run/tmp/policy
file "allow $LISTED4 gateway"
check "... apply of less than was there" xdp -q apply /run/tmp/policy
file "policy gateway mode monitor"
check "... of a file that no longer enforces" xdp -q apply /run/tmp/policy
given rollback
given save
given purge
check "... of one's own saved file after a purge" xdp apply /etc/clarent-xdp/policy
check "... and with one more since" xdp allow $UNLISTED4 gateway
check "... of it again" xdp -q apply /run/tmp/policy

# --- Words that point nowhere are warned of each time ---

file "allow $LISTED4 gateway" "allow $UNLISTED4 gateway"
given apply /run/tmp/policy
warns "dev of no interface" "eht0" xdp allow 192.0.2.11 gateway dev eht0
warns "... each time" "eht0" xdp allow 192.0.2.11 gateway dev eht0
warns "tunnel of no interface" "wg9" xdp tunnel wg9
warns "mode closed with sources listed" "gateway.*closed|closed.*gateway" \
	xdp policy gateway mode closed
given policy gateway mode enforce
given deny 198.51.100.0/24 gateway comment attacker
warns "allow inside a deny, which it names" "198.51.100.0/24.*attacker" \
	xdp allow 198.51.100.7 gateway
warns "allow over a deny" "attacker" xdp allow 198.51.100.0/24 gateway
equal "... whose comment goes with it" "allow 198.51.100.0/24 gateway" \
	"$(settings | grep 198.51.100.0/24)"
given tunnel wg9 off
given allow 192.0.2.11 gateway dev any

# --- Attached ---

warns "attach with a policy that lists nobody" "command lists nobody.*closed.*" xdp attach eth0
given detach eth0
warns "... says how to watch first" "mode monitor" xdp attach eth0
given detach eth0
warns "... and how to undo" "confirm 60" xdp attach eth0
given save

guarded "enforcing a policy that lists nobody" "lists nobody" xdp policy lab udp 7000
file "$(settings)" "policy lab udp 7000"
guarded "... by apply" "lists nobody" apply
given policy lab udp 7000 force
given policy lab mode monitor
guarded "... by rollback" "lists nobody" xdp rollback
given policy lab delete

given policy lab tcp 2222 mode monitor
given allow $UNLISTED4 lab
guarded "enforcing over the SSH port" "2222" over_ssh policy lab mode enforce
guarded "closing it" "2222" over_ssh policy lab mode closed
file "$(settings | sed 's/ mode monitor//')"
guarded "... by apply" "2222" over_ssh apply /run/tmp/policy
check "... with force" over_ssh -q policy lab mode enforce force
given policy lab mode monitor
guarded "... by rollback" "2222" over_ssh rollback
given policy lab mode enforce
given detach eth0
refused "... by attach" 1 "2222" over_ssh attach eth0
check "... elsewhere than over it" xdp -q attach eth0
given policy lab delete

guarded "tunnel required, and none attached" "tunnel" xdp policy gateway tunnel required
file "$(settings)" "policy gateway tunnel required"
guarded "... by apply" "tunnel" apply
given tunnel eth0
given policy gateway tunnel required
guarded "the tunnel off" "tunnel" xdp tunnel eth0 off
given tunnel eth0 off force
given tunnel eth0
guarded "... by rollback" "tunnel" xdp rollback
given apply /etc/clarent-xdp/policy force

# apply: what is lost is sources, and a deny is none.
file "allow $LISTED4 gateway" "allow $UNLISTED4 gateway" "allow 192.0.2.11 gateway" \
	"allow 192.0.2.12 gateway" "allow 192.0.2.13 gateway"
given apply /run/tmp/policy force
given save
sed -i 's/^allow/deny/' /run/tmp/policy
guarded "apply: every allow a deny" "gateway" apply
file "allow $LISTED4 gateway" "deny $UNLISTED4 gateway" "deny 192.0.2.11 gateway" \
	"deny 192.0.2.12 gateway"
guarded "... all but one" "gateway" apply
file "allow $LISTED4 gateway" "allow $UNLISTED4 gateway"
guarded "... half of them gone" "gateway" apply
warns "... force names what it waives" "gateway" apply force
file "# nobody"
guarded "... all gone" "gateway" apply
given policy gateway mode closed
file "# nobody"
check "... from closed to enforce is no leaving" xdp -q apply /run/tmp/policy
given save
file "$(settings)" "policy gateway mode monitor"
guarded "... enforcing no more" "gateway" apply
file "$(settings)" "policy gateway mode open"
guarded "... nor with open" "gateway" apply
given deny 192.0.2.99 gateway
file "$(grep -v '^#' /etc/clarent-xdp/policy)"
guarded "... what was never saved" "save" apply
check "... saved, it may go" xdp -q save
check "... indeed" xdp -q apply /run/tmp/policy

# The last sources.
given apply - force <<<"allow $LISTED4 gateway"
warns "revoke of the last source" "lists nobody" xdp revoke $LISTED4 gateway
given rollback
warns "deny in its place" "lists nobody" xdp deny $LISTED4 gateway
warns "rollback of the first allow" "lists nobody" eval "xdp -q rollback; xdp -q save;
	echo '# nobody' | xdp -q apply - force; xdp -q allow $LISTED4 gateway; xdp rollback"
given allow $LISTED4 gateway
warns "rollback of enforce to monitor" "monitor" eval "xdp -q policy gateway mode monitor;
	xdp -q policy gateway mode enforce; xdp rollback"
