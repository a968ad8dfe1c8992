#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# A card's driver: attach to eth0 as typed, judge what comes from outside.
#
# For the machine that run.sh starts, and nowhere else: it filters eth0.

set -euo pipefail

[[ -e /dev/virtio-ports/outside ]] || {
	echo "SKIP native (not in a machine of run.sh)"
	exit 0
}
VM=$(realpath "${BASH_SOURCE[0]%/*}")
GATEWAY=(4040 4045 5010) GUARDED=(4040 4045 5010 5001 5002) OTHERS=(22 53 4041 5003)
LISTED=(192.0.2.10 2001:db8::10) UNLISTED=(192.0.2.66 2001:db8::66)
failures=0

equal() { # NAME WANTED GOT
	if [[ $2 == "$3" ]]; then
		echo "PASS $1"
	else
		echo "FAIL $1 (wanted '$2', got '$3')"
		failures=$((failures + 1))
	fi
}

outside() { "$VM/outside" "$@"; }
arrives() { "$VM/arrives.py" "$@"; }
mode() { ip -j link show eth0 | jq -r '.[].xdp.mode // "none"'; }
pings() { outside ping -n -q -c 3 -i 0.2 -W 2 -I "$1" "$2" | grep -o '[0-9] received'; }

# Waits for the other end: it may hold back what the machine asks for twice.
tcp() { # PORT
	timeout 20 python3 -c "import socket
with socket.create_server(('', $1)) as s:
    print('ready', flush=True)
    print(s.accept()[0].recv(9).decode(), flush=True)" >/run/tcp &
	until grep -q ready /run/tcp || ! kill -0 $! 2>/dev/null; do sleep 0.1; done
	outside timeout 10 bash -c "printf hello >/dev/tcp/192.0.2.2/$1"
	wait $!
	tail -n 1 /run/tcp
}

# untouched WHEN: what no policy guards.
untouched() {
	equal "$1: every other port is reached (IPv4)" "${OTHERS[*]}" \
		"$(arrives "${UNLISTED[0]}" "${OTHERS[@]}")"
	equal "$1: every other port is reached (IPv6)" "${OTHERS[*]}" \
		"$(arrives "${UNLISTED[1]}" "${OTHERS[@]}")"
	equal "$1: ICMP is answered" "3 received" "$(pings "${UNLISTED[0]}" 192.0.2.2)"
	equal "$1: ICMPv6 is answered" "3 received" "$(pings "${UNLISTED[1]}" 2001:db8::2)"
	equal "$1: TCP passes, on a guarded port too" hello "$(tcp 5001)"
}

ln -sf "$VM/../../build/clarent-xdp" /usr/local/sbin/clarent-xdp
for i in 0 1; do
	outside ip addr add "${LISTED[i]}" dev wire
	outside ip addr add "${UNLISTED[i]}" dev wire
done
for source in "${LISTED[@]}" "${UNLISTED[@]}"; do
	equal "bare: $source reaches all" "${GUARDED[*]}" "$(arrives "$source" "${GUARDED[@]}")"
done

clarent-xdp -q attach eth0
equal "attach eth0 is native" 1 "$(mode)"
for source in "${LISTED[@]}" "${UNLISTED[@]}"; do
	equal "empty: $source reaches none" none "$(arrives "$source" "${GUARDED[@]}")"
done
untouched empty

for source in "${LISTED[@]}"; do
	clarent-xdp allow "$source" gateway
	equal "listed: $source reaches gateway" "${GATEWAY[*]}" "$(arrives "$source" "${GUARDED[@]}")"
done
for source in "${UNLISTED[@]}"; do
	equal "listed: $source reaches none" none "$(arrives "$source" "${GUARDED[@]}")"
done
untouched listed

clarent-xdp -q detach eth0
equal "detach takes it off" none "$(mode)"
equal "detached: all is reached" "${GUARDED[*]}" "$(arrives "${UNLISTED[0]}" "${GUARDED[@]}")"
exit $((failures > 0))
