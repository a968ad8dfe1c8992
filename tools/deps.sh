#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Installs what build, demo and tests need, where that is missing (Debian); elsewhere names it.
set -euo pipefail

# What the build needs, then what demo and tests need.
packages=(
	gcc make pkg-config libc6-dev clang llvm libbpf-dev bpftool libelf-dev zlib1g-dev
	libjson-c-dev libmnl-dev libncurses-dev libpcap-dev uthash-dev
	libcurl4-openssl-dev libsodium-dev
	iproute2 iputils-ping procps util-linux jq python3 libcmocka-dev strace valgrind nftables
	systemd xdp-tools mandoc tcpdump tshark tmux ethtool python3-jsonschema
	minisign etcd-server etcd-client openssl
)

is_installed() {
	dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null | grep -qx installed
}

if ! command -v apt-get >/dev/null; then
	echo "not Debian: packages are not installed for you; needed are (by Debian's names):" >&2
	echo "  ${packages[*]}" >&2
	# what is there may be enough
	for tool in gcc clang bpftool ip jq python3; do
		command -v "$tool" >/dev/null || [ -x "/usr/sbin/$tool" ] || exit 1
	done
	exit 0
fi

missing=()
for package in "${packages[@]}" "$@"; do
	is_installed "$package" || missing+=("$package")
done
[ "${#missing[@]}" -gt 0 ] || exit 0

if [ "$(id -u)" -ne 0 ]; then
	echo "missing: ${missing[*]}" >&2
	echo "  install them as root: make deps" >&2
	exit 1
fi
echo "installing: ${missing[*]}"
export DEBIAN_FRONTEND=noninteractive

# Tests start etcd themselves; the package's service is not to run, now or at the next boot.
POLICY=/usr/sbin/policy-rc.d
end_etcd() {
	[ -z "${etcd_comes-}" ] || systemctl disable etcd.service >/dev/null 2>&1 || true
	[ -z "${policy_made-}" ] || rm -f "$POLICY"
}
case " ${missing[*]} " in *" etcd-server "*)
	etcd_comes=1
	trap end_etcd EXIT
	if [ ! -e "$POLICY" ]; then
		policy_made=1
		# shellcheck disable=SC2016 # as it stands
		printf '%s\n' '#!/bin/sh' 'case $1 in etcd*) exit 101 ;; esac' 'exit 0' >"$POLICY"
		chmod 0755 "$POLICY"
	fi
	;;
esac
install() {
	apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null 2>&1
}
# the package lists may be missing or old
install || { apt-get update -qq && install; } || {
	echo "could not install: ${missing[*]}" >&2
	exit 1
}
