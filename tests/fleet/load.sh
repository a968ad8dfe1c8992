#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# What FOLLOWERS followers cost one etcd, with TLS and roles: still, at a publish, and as all come back at once.
# Followers are real; what they would change is a stub.  ENTRIES: of a policy that is published, too.
. "${0%/*}/../net/lib.sh"
. "${0%/*}/lib.sh"

FOLLOWERS=${FOLLOWERS:-500}
ENTRIES=${ENTRIES:-100000}
STILL=${STILL:-60} # seconds that are looked at
JITTER=${JITTER:-10}
TICK=$(getconf CLK_TCK)
STUB=$(realpath "$TESTS/fleet/stub")

# as the README advises; with etcd's usual 10, logging in is most of all cost
export ETCD_BCRYPT_COST=${ETCD_BCRYPT_COST:-4}
hub
keys 1
etcd_up 1
roles begin
publisher
enroll load host # one user for all of them, who may say what each of them says
as_root role grant-permission host-load readwrite /clarent-xdp/host/ --prefix >/dev/null
as_root role grant-permission host-load read /clarent-xdp/override/ --prefix >/dev/null
"$FLEET_TOOLS/certificates" $FLEET/tls client load
config load all "jitter $JITTER" >$FLEET/load.conf

# --- What etcd has cost -------------------------------------------------------------------------------

cpu() { # PID: ticks
	awk '{ print $14 + $15 }' "/proc/$1/stat"
}
rss() { # PID: MiB
	awk '/VmRSS/ { print int($2 / 1024) }' "/proc/$1/status"
}
sent() { # bytes that etcd has sent, as far as the bridge saw
	cat /sys/class/net/e1/statistics/rx_bytes 2>/dev/null || nsenter --net=/run/netns/hub -- \
		sh -c 'ip -s -j link show e1' | jq '.[0].stats64.rx.bytes'
}
begin() { at=$(date +%s.%N) ticks=$(cpu "$pid") bytes=$(sent); }
# said WHAT
said() {
	awk -v what="$1" -v from="$at" -v to="$(date +%s.%N)" -v a="$ticks" -v b="$(cpu "$pid")" \
		-v tick="$TICK" -v bytes=$(($(sent) - bytes)) -v rss="$(rss "$pid")" 'BEGIN {
		printf "PASS %s: %.1f s, etcd %.2f CPU s (%.3f of a processor), sent %.2f MB, has %d MiB\n", what,
			to - from, (b - a) / tick, (b - a) / tick / (to - from), bytes / 1e6, rss }'
}

member_pid() { # of etcd itself, below nsenter if that forked
	echo "${MEMBER_PID[e1]}"
}

# --- Followers ----------------------------------------------------------------------------------------

mkdir -p /var/lib/clarent-xdp
for ((i = 1; i <= FOLLOWERS; i++)); do
	mkdir -p "$FLEET/f/$i"
	sed "\$a host f$i" $FLEET/load.conf >"$FLEET/f/$i/conf"
done
follow_all() {
	local i

	for ((i = 1; i <= FOLLOWERS; i++)); do
		nsenter --net=/run/netns/hub -- unshare --mount --propagation private -- sh -c \
			"mount --bind $FLEET/f/$i /var/lib/clarent-xdp &&
			exec ${CLARENT_XDP%/*}/clarent-xdp-fleet $STUB /nowhere -q follow config $FLEET/f/$i/conf" \
			>>$FLEET/f/log 2>&1 &
		((i % 25)) || sleep 0.5
	done
}
in_force_on() { # how many have it, by their own state
	grep -l "\"in_force\": *\"$1\"" "$FLEET"/f/*/fleet/state 2>/dev/null | wc -l
}
all_have() { # DIGEST
	(($(in_force_on "$1") == FOLLOWERS))
}
digest_of() { grep -v '^#' "$1" | sha256sum | awk '{ print $1 }'; }
policy_of() { # ENTRIES LAST
	/usr/bin/python3 -c 'import ipaddress, sys
base = int(ipaddress.ip_address("10.16.0.0"))
for i in range(int(sys.argv[1])):
    print(f"allow {ipaddress.ip_address(base + i)} gateway")
print(f"allow 192.0.2.{sys.argv[2]} gateway")' "$1" "$2"
}
publish() { # FILE WHAT: until all have it in force
	local wanted

	wanted=$(digest_of "$1")
	begin
	soon 60 fleet publish all "$1" || fail "$2" "$(cat /run/tmp/soon)"
	if soon 600 all_have "$wanted"; then
		said "$2"
	else
		fail "$2" "$(in_force_on "$wanted") of $FOLLOWERS; $(tail -n 2 $FLEET/f/log)"
	fi
}

pid=$(member_pid)
policy_of 50 1 >/run/tmp/one
fleet publish all /run/tmp/one
begin
follow_all
soon 600 all_have "$(digest_of /run/tmp/one)" || fail "all follow" "$(in_force_on "$(digest_of /run/tmp/one)"): $(tail -n 2 $FLEET/f/log)"
said "$FOLLOWERS followers began"
sleep 20
begin
sleep "$STILL"
said "still, a reading of each every 10 s"

policy_of 50 2 >/run/tmp/two
publish /run/tmp/two "50 entries published"
policy_of "$ENTRIES" 3 >/run/tmp/many
publish /run/tmp/many "$ENTRIES entries published ($(stat -c %s /run/tmp/many) bytes, all of it new)"
policy_of "$ENTRIES" 4 >/run/tmp/more
publish /run/tmp/more "... one line of them changed"

# --- All at once --------------------------------------------------------------------------------------
again() { # WHAT
	member_stop e1
	sleep 3
	member_start e1
	pid=$(member_pid)
	begin
	policy_of "$ENTRIES" "$2" >/run/tmp/back
	publish /run/tmp/back "$1"
}
again "etcd began anew, all log in again" 5
