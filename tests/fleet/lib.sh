# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# shellcheck shell=bash
# A fleet in a machine of the test's own: members of etcd, and filtered hosts, each in a network
# namespace and (hosts) with files and a bpffs of its own.  Sourced after tests/net/lib.sh.
#
#   hub      a bridge; 10.9.0.200 and .201 there are the callers, listed and not
#   e1…      members of etcd, 10.9.0.101…
#   h1…      hosts, 10.9.0.1…: their eth0 is filtered

FLEET_TOOLS=$(realpath "$TESTS/../tools/fleet")
FLEET=/run/fleet
LISTED=10.9.0.200 UNLISTED=10.9.0.201
BOOT=/run/fleet/boot

# apply cannot be told apart from a crash if what it needs is not there
for program in etcd etcdctl minisign openssl; do
	command -v $program >/dev/null || skip_all "needs $program"
done
[[ -x ${CLARENT_XDP%/*}/clarent-xdp-fleet ]] || skip_all "clarent-xdp-fleet is not built"

member_ip() { echo "10.9.0.10${1#e}"; }
host_ip() { echo "10.9.0.${1#h}"; }

hub() {
	ip netns add hub
	ip -n hub link set lo up
	ip -n hub link add br0 type bridge
	ip -n hub link set br0 up
	ip -n hub addr add $LISTED/24 dev br0
	ip -n hub addr add $UNLISTED/24 dev br0
}

plug() { # NS ADDRESS
	wire "$1" eth0 hub "$1"
	ip -n hub link set "$1" master br0
	ip -n "$1" addr add "$2/24" dev eth0
}

# --- Certificates, keys -----------------------------------------------------------------------

keys() { # MEMBERS
	local i

	mkdir -p $FLEET/tls
	"$FLEET_TOOLS/certificates" $FLEET/tls authority
	for ((i = 1; i <= $1; i++)); do
		"$FLEET_TOOLS/certificates" $FLEET/tls member "e$i" "$(member_ip "e$i")" 127.0.0.1
	done
	"$FLEET_TOOLS/certificates" $FLEET/tls client admin
	# quickly, and without a question
	minisign -G -W -f -p $FLEET/trust.pub -s $FLEET/secret.key >/dev/null
	minisign -G -W -f -p $FLEET/other.pub -s $FLEET/other.key >/dev/null
}

# --- etcd -----------------------------------------------------------------------------------------

declare -A MEMBER_PID=() FOLLOWER_PID=() MOUNTS=()
MEMBERS=0

cluster() {
	local i list=()

	for ((i = 1; i <= MEMBERS; i++)); do
		list+=("e$i=http://$(member_ip "e$i"):2380")
	done
	(IFS=, && echo "${list[*]}")
}

member_start() { # NAME
	local ip

	ip=$(member_ip "$1")
	nsenter --net="/run/netns/$1" -- etcd --name "$1" --data-dir "$FLEET/$1" --log-level error \
		--listen-client-urls "https://$ip:2379,https://127.0.0.1:2379" \
		--advertise-client-urls "https://$ip:2379" \
		--listen-peer-urls "http://$ip:2380" --initial-advertise-peer-urls "http://$ip:2380" \
		--initial-cluster "$(cluster)" --initial-cluster-token fleet \
		--heartbeat-interval "${HEARTBEAT:-200}" --election-timeout "${ELECTION:-2000}" \
		--cert-file "$FLEET/tls/$1.crt" --key-file "$FLEET/tls/$1.key" \
		--trusted-ca-file $FLEET/tls/ca.crt --client-cert-auth --unsafe-no-fsync \
		${AUTH_TOKEN_TTL:+--auth-token-ttl "$AUTH_TOKEN_TTL"} \
		>>"$FLEET/$1.log" 2>&1 &
	MEMBER_PID[$1]=$!
}

member_stop() { # NAME [SIGNAL]
	kill "-${2:-KILL}" "${MEMBER_PID[$1]}"
	[[ ${2-} == STOP || ${2-} == CONT ]] || wait "${MEMBER_PID[$1]}" 2>/dev/null || true
}

# etcdctl, asked of one that is there; ETCDCTL_USER as in the environment.
ctl() {
	ETCDCTL_API=3 ETCDCTL_COMMAND_TIMEOUT=30s ETCDCTL_DIAL_TIMEOUT=20s ETCDCTL_ENDPOINTS=${ENDPOINTS:-$(endpoints)} ETCDCTL_CACERT=$FLEET/tls/ca.crt \
		ETCDCTL_CERT=$FLEET/tls/admin.crt ETCDCTL_KEY=$FLEET/tls/admin.key \
		nsenter --net=/run/netns/hub -- "${@}"
}

endpoints() {
	local i list=()

	for ((i = 1; i <= MEMBERS; i++)); do
		list+=("https://$(member_ip "e$i"):2379")
	done
	(IFS=, && echo "${list[*]}")
}

etcd_up() { # MEMBERS
	local i

	MEMBERS=$1
	for ((i = 1; i <= MEMBERS; i++)); do
		[[ -e /run/netns/e$i ]] || plug "e$i" "$(member_ip "e$i")"
		member_start "e$i"
	done
	for ((i = 0; i < 60; i++)); do
		ctl etcdctl endpoint health >/dev/null 2>&1 && return
		sleep 0.5
	done
	fail "etcd comes up" "$(tail -n 2 $FLEET/e1.log)"
	return 1
}

roles() { ETCDCTL_USER=root:secret ctl "$FLEET_TOOLS/roles" "$@"; }
as_root() { ETCDCTL_USER=root:secret ctl etcdctl "$@"; }

# --- Hosts ----------------------------------------------------------------------------------------

config() { # NAME GROUP [LINE…]: of a host, or of who publishes
	local i

	for ((i = 1; i <= MEMBERS; i++)); do
		echo "endpoint https://$(member_ip "e$i"):2379"
	done
	printf '%s\n' "ca $FLEET/tls/ca.crt" "certificate $FLEET/tls/$1.crt" "key $FLEET/tls/$1.key" \
		"user $1" "password-file $FLEET/$1.password" "trust $FLEET/trust.pub" "${@:3}"
	[[ ! $2 ]] || echo "group $2"
}

enroll() { # NAME host|publisher
	"$FLEET_TOOLS/certificates" $FLEET/tls client "$1"
	echo "password-of-$1" >"$FLEET/$1.password"
	roles "$2" "$1" <"$FLEET/$1.password"
}

publisher() {
	enroll publisher publisher
	config publisher "" "secret $FLEET/secret.key" >$FLEET/publisher.conf
	config publisher "" "secret $FLEET/other.key" | grep -v ^trust >$FLEET/stranger.conf
}

# Files and a bpffs that are this host's alone, and outlive each command.
host_make() { # NAME GROUP [LINE…]
	local dir=$FLEET/$1

	mkdir -p "$dir/etc" "$dir/lib" "$dir/run"
	plug "$1" "$(host_ip "$1")"
	mkdir -p /etc/clarent-xdp /var/lib/clarent-xdp /run/clarent-xdp
	unshare --mount --propagation private -- bash -c "
		mount --bind $dir/etc /etc/clarent-xdp && mount --bind $dir/lib /var/lib/clarent-xdp &&
		mount --bind $dir/run /run/clarent-xdp && mount -t bpf -o mode=700 bpf /sys/fs/bpf &&
		touch $dir/made && exec sleep infinity" &
	MOUNTS[$1]=/proc/$!/ns/mnt
	soon 10 test -e "$dir/made"
	[[ -e $FLEET/$1.password ]] || enroll "$1" host
	config "$1" "$2" "host $1" "${@:3}" >"$dir/etc/fleet.conf"
}

in_host() { # NAME COMMAND…
	nsenter --mount="${MOUNTS[$1]}" --net="/run/netns/$1" -- "${@:2}"
}

cx() { # NAME WORD…
	in_host "$1" clarent-xdp -q "${@:2}"
}

follower_start() { # NAME
	nsenter --mount="${MOUNTS[$1]}" --net="/run/netns/$1" -- "$CLARENT_XDP" follow \
		>>"$FLEET/$1.log" 2>&1 &
	FOLLOWER_PID[$1]=$!
}

follower_stop() { # NAME [SIGNAL]
	kill "-${2:-KILL}" "${FOLLOWER_PID[$1]}" 2>/dev/null || true
	[[ ${2-} == STOP || ${2-} == CONT ]] || wait "${FOLLOWER_PID[$1]}" 2>/dev/null || true
}

# As after a power cut: what was in the kernel is gone, and the boot script runs.
host_reboot() { # NAME
	follower_stop "$1"
	cx "$1" detach all >/dev/null 2>&1 || true
	cx "$1" purge >/dev/null 2>&1 || true
	sed -e "s,@sbindir@,${CLARENT_XDP%/*}," -e "s,@bootdir@,${CLARENT_XDP%/*}," \
		"$TESTS/../systemd/boot" >$BOOT
	chmod +x $BOOT
	rm -rf "${FLEET:?}/$1/run"/*
	in_host "$1" $BOOT restore 2>>"$FLEET/$1.log" &&
		in_host "$1" $BOOT attach eth0 clarent-xdp@eth0.service 2>>"$FLEET/$1.log"
}

fleet() { # WORD…: as who publishes, from the hub
	nsenter --net=/run/netns/hub -- clarent-xdp fleet "$@" config "${CONF:-$FLEET/publisher.conf}"
}
fleet_json() {
	nsenter --net=/run/netns/hub -- clarent-xdp -j fleet "$@" config "${CONF:-$FLEET/publisher.conf}"
}

# --- What is in force -----------------------------------------------------------------------------

settings_of() { # HOST
	cx "$1" save - | grep -v '^#' | md5sum | cut -c1-12
}

# A command succeeds soon.
soon() { # SECONDS COMMAND…
	local end=$((SECONDS + $1))

	until "${@:2}" >/run/tmp/soon 2>&1; do
		((SECONDS < end)) || {
			cat /run/tmp/soon
			return 1
		}
		sleep 0.2
	done
}

has_line() { # HOST TEXT: in force there
	grep -q -- "$2" <<<"$(cx "$1" save - 2>/dev/null)"
}

state_of() { # HOST: how it stands, by fleet status
	fleet_json status 2>/dev/null | jq -r --arg host "$1" '.hosts[] | select(.host == $host) | .state'
}
reason_of() { # HOST
	fleet_json status 2>/dev/null |
		jq -r --arg host "$1" '.hosts[] | select(.host == $host) | "\(.line) \(.reason)"'
}
stands() { # HOST STATE
	[[ $(state_of "$1") == "$2" ]]
}
serial_of() { # HOST
	fleet_json status 2>/dev/null | jq -r --arg host "$1" '.hosts[] | select(.host == $host) | .serial'
}
