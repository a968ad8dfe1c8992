# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# shellcheck shell=bash
# What the boot tests share: an installation of their own, and units started as systemd would.
. "${BASH_SOURCE[0]%/*}/../net/lib.sh"

# place WORD…: make's install or uninstall, and builds nothing.
place() {
	make -s -C "$TESTS/.." -o all BUILD="${CLARENT_XDP%/*}" "$@" 2>&1
}

INSTALLED=/run/installed
UNITS=$INSTALLED/lib/systemd/system
SAVED=/etc/clarent-xdp/policy
# shellcheck disable=SC2034 # for the stories
COPY=/var/lib/clarent-xdp/policy
place install PREFIX=$INSTALLED
mkdir -p ${SAVED%/*}

# setting UNIT NAME: what the unit file says.
setting() {
	sed -n "s/^$2=//p" "$UNITS/$1"
}

# In a mount namespace of the command's own: all file systems read-only, but for /dev, /proc, /sys
# and the state and runtime directories, as with ProtectSystem=strict.
strict() { # DIRECTORIES COMMAND…
	local writable=$1 point

	for point in $writable; do
		mkdir -p "$point"
		mount --bind "$point" "$point"
	done
	findmnt -rno TARGET | grep -vE "^(${writable// /|}|/run/netns/.*|/(dev|proc|sys)(/.*)?)$" |
		while read -r point; do
			mount -o remount,bind,ro "$(printf %b "$point")"
		done
	! touch /run/tmp/x 2>/dev/null || return
	shift
	exec "$@"
}
export -f strict

# What systemd makes of an instance's name in %I.
unescaped() {
	systemd-escape --unescape -- "$1" 2>/dev/null || printf %b "${1//-//}"
}

export CLARENT_XDP_WAIT=0 # nothing comes later here

# start UNIT [INSTANCE]: its ExecStart= in the server, with what the unit file allows it; without
# the capabilities in LACKING as well.
start() {
	local unit=$1 instance=${2-} command caps writable

	# the rig models these, and no other values of them
	[[ $(setting "$unit" ProtectSystem) == strict && $(setting "$unit" NoNewPrivileges) == yes ]]
	command=$(setting "$unit" ExecStart)
	caps=$(setting "$unit" CapabilityBoundingSet | sed -E 's/\<CAP_/+/g; s/ /,/g')
	writable="/run/$(setting "$unit" RuntimeDirectory)"
	[[ ! $(setting "$unit" StateDirectory) ]] || writable+=" /var/lib/$(setting "$unit" StateDirectory)"
	command=${command//%I/$(unescaped "$instance")}
	# shellcheck disable=SC2086,SC2016 # words; for the shell in there
	in_ns server setpriv --no-new-privs unshare --mount --propagation slave \
		"$BASH" -c 'strict "$@"' strict "$writable" \
		setpriv --inh-caps -all --bounding-set "-all,${caps,,}${LACKING-}" \
		${command//%i/$instance}
}

# boot WORD…: as udev or an operator runs it.
boot() {
	in_ns server $INSTALLED/lib/clarent-xdp/boot "$@"
}

# What a boot finds: the files, and nothing in the kernel.
power_off() {
	in_ns server clarent-xdp -q detach all 2>/dev/null || true
	[[ ! -e $PINS ]] || clarent-xdp -q purge
	in_ns server nft flush ruleset 2>/dev/null || true
	rm -rf /run/clarent-xdp
}

closed_tables() {
	in_ns server nft list tables
}
