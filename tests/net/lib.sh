# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# shellcheck shell=bash
# The rig: a machine of the test's own; every network test sources this first.
#
# The test becomes pid 1 of namespaces of its own; see tests/apart.  What it starts, mounts or
# attaches goes when it goes, however it ends, and nothing of the host's can be changed: /run, /dev,
# /etc, /var/lib and /sys/fs/bpf are its own, so that the commands of a test are the ones that a
# user types.
#
# CLARENT_XDP names the program under test, build/clarent-xdp if unset.

set -euo pipefail

TESTS=$(realpath "${BASH_SOURCE[0]%/*}/..")
STORY=$(basename "$0" .sh)

pass() { echo "PASS $*"; }
skip() { echo "SKIP $1 ($2)"; }

# fail NAME WHY: the test goes on, and exits 1 in the end.
FAILURES=0
fail() {
	echo "FAIL $1 (${2//$'\n'/ / })"
	FAILURES=$((FAILURES + 1))
}

# The rest of the story makes no sense here.
skip_all() {
	skip "$STORY" "$1"
	exit 0
}

CLARENT_XDP=$(realpath "${CLARENT_XDP:-$TESTS/../build/clarent-xdp}")
export CLARENT_XDP
if [[ -z ${APART-} ]]; then
	((EUID == 0)) || skip_all "needs root"
	exec "$TESTS/apart" -r "${CLARENT_XDP%/*}" "$BASH" "$0" "$@"
fi

rig_end() {
	local status=$?

	((status == 0)) || fail "$STORY" "stopped at: $BASH_COMMAND"
	((FAILURES == 0)) || exit 1
}
trap rig_end EXIT
trap 'exit 143' INT TERM

rig_start() {
	unset APART CLARENT_XDP_BPFFS
	if [[ $$ != 1 || $(findmnt -no SOURCE /) != rig || ! -x $CLARENT_XDP ]]; then
		echo "$STORY: no rig: this is not tests/apart, or there is no $CLARENT_XDP in it" >&2
		exit 1
	fi
	mkdir /run/bin /run/tmp
	ln -s "$CLARENT_XDP" /run/bin/clarent-xdp
	export PATH="/run/bin:$PATH:/usr/sbin:/sbin" TMPDIR=/run/tmp LC_ALL=C
	ip link set lo up
}
rig_start
PINS=/sys/fs/bpf/clarent-xdp

# What the policies guard, and what lies between.
GATEWAY=(4040 4045 5010) COMMAND=(5001 5002)
# shellcheck disable=SC2034
GUARDED=("${GATEWAY[@]}" "${COMMAND[@]}")
# shellcheck disable=SC2034
NEIGHBOURS=(4041 4042 4043 4044 5000 5003 5009 5011)

# --- Networks -------------------------------------------------------------------------------

# in_ns NAME COMMAND…: `ip netns exec` would give the command a private /sys as well.
in_ns() {
	local name=$1
	shift
	nsenter --net="/run/netns/$name" -- "$@"
}

# One queue, so that datagrams stay in order.
queues=(numtxqueues 1 numrxqueues 1)

# wire NS DEV NS DEV: a cable between two namespaces, made as needed.
wire() {
	local name

	for name in "$1" "$3"; do
		[[ -e /run/netns/$name ]] || ip netns add "$name"
		ip -n "$name" link set lo up
	done
	ip link add "$2" netns "$1" mtu "${MTU:-1500}" "${queues[@]}" type veth \
		peer name "$4" netns "$3" mtu "${MTU:-1500}" "${queues[@]}"
	ip -n "$1" link set "$2" up
	ip -n "$3" link set "$4" up
}

# address NS DEV ADDRESS/LENGTH…
address() {
	local ns=$1 dev=$2 each

	shift 2
	for each; do
		[[ $each != *:* ]] || each+=" nodad"
		# shellcheck disable=SC2086 # two words
		ip -n "$ns" addr add $each dev "$dev"
	done
}

mac_of() { # NS DEV
	ip -n "$1" -j link show "$2" | jq -r '.[].address'
}

# The usual network: eth0 of "server" is the end to be filtered, "client" has a host that the
# tests list and one that they do not.
SERVER4=192.0.2.1 LISTED4=192.0.2.10 UNLISTED4=192.0.2.66
SERVER6=2001:db8::1 LISTED6=2001:db8::10 UNLISTED6=2001:db8::66
export SERVER4 SERVER6 LISTED4 LISTED6 UNLISTED4 UNLISTED6
lan() {
	wire server eth0 client eth0
	address server eth0 $SERVER4/24 $SERVER6/64
	address client eth0 $LISTED4/24 $UNLISTED4/24 $LISTED6/64 $UNLISTED6/64
}

traffic() { /usr/bin/python3 -B "$TESTS/tools/traffic.py" "$@"; }

# arrives SOURCE PORT… [--size N]: on which of these ports of the server a datagram from SOURCE
# arrives whole, "none" if on none.
arrives() {
	local source=$1 server=$SERVER4

	shift
	[[ $source != *:* ]] || server=$SERVER6
	traffic udp client "$source" server "$server" "$@"
}

# --- Verdicts on the program ----------------------------------------------------------------

# check NAME COMMAND…: it succeeds.
check() {
	local name=$1 output status=0

	shift
	output=$("$@" 2>&1) || status=$?
	if ((status == 0)); then
		pass "$name"
	else
		fail "$name" "exit $status: $output"
	fi
}

# silent COMMAND…: it succeeds without a word, as a change without wider effect does.
silent() {
	local output

	output=$("$@" 2>&1) || return
	[[ -z $output ]] || {
		echo "said: $output"
		return 1
	}
}

# equal NAME WANTED GOT
equal() {
	if [[ $2 == "$3" ]]; then
		pass "$1"
	else
		fail "$1" "wanted '$2', got '$3'"
	fi
}

# refused NAME STATUS PATTERN COMMAND…: it exits with STATUS, says on standard error what the
# extended regular expression PATTERN says, and prints nothing else.
refused() {
	local name=$1 wanted=$2 pattern=$3 output errors status=0

	shift 3
	output=$("$@" 2>/run/tmp/errors) || status=$?
	errors=$(</run/tmp/errors)
	if ((status != wanted)); then
		fail "$name" "exit $status, not $wanted: $output $errors"
	elif [[ ! $errors =~ $pattern ]]; then
		fail "$name" "said '$errors', not '$pattern'"
	elif [[ -n $output ]]; then
		fail "$name" "standard output: $output"
	else
		pass "$name"
	fi
}

# What could be changed by a command that ought to change nothing: the settings in force, the
# lists as the kernel holds them, and what is attached.
state() {
	local map

	rm -f /run/tmp/saved
	clarent-xdp -q save /run/tmp/saved 2>&1 && cat /run/tmp/saved
	for map in "$PINS"/*_acl*; do
		[[ ! -e $map ]] || echo "map dump pinned $map"
	done | bpftool batch file -
	find "$PINS" -printf '%P %m %u\n' 2>/dev/null | sort
	attached
}

# Every XDP program on every interface of the rig, with mode and id.
attached() {
	local ns

	for ns in /run/netns/*; do
		[[ ! -e $ns ]] || ip -n "${ns##*/}" -d -o link | sed -nE \
			"s|^[0-9]+: ([^:@]+)[:@].* (xdp[a-z]*).* prog/xdp id ([0-9]+).*|${ns##*/} \\1 \\2 \\3|p"
	done
}

# What holds a program in mode tc: "link", or before Linux 6.6 "filter"; see deny_links().
tc_hold() {
	local major minor

	IFS=.- read -r major minor _ </proc/sys/kernel/osrelease
	if [[ -e /run/denied ]] || ((major < 6 || (major == 6 && minor < 6))); then
		echo filter
	else
		echo link
	fi
}

# From here on clarent-xdp runs as on a kernel before 6.6, as far as mode tc is concerned.
deny_links() {
	rm /run/bin/clarent-xdp
	printf '#!/bin/sh\nexec /usr/bin/python3 -B %q %q "$@"\n' "$TESTS/tools/without_tcx.py" \
		"$CLARENT_XDP" >/run/bin/clarent-xdp
	chmod +x /run/bin/clarent-xdp
	touch /run/denied
}

# --- The kernel as judge --------------------------------------------------------------------

# shapes record|judge|closed LABEL [DEVICE MAC NS]: see tests/tools/shapes.py.
shapes() {
	local verb=$1 label=$2 output

	shift 2
	output=$(/usr/bin/python3 -B "$TESTS/tools/shapes.py" "$verb" "/run/tmp/bare" "$label" client \
		"${1:-eth0}" "${2:-$(mac_of server eth0)}" "${3:-server}")
	echo "$output"
	FAILURES=$((FAILURES + $(grep -c ^FAIL <<<"$output" || true)))
}
