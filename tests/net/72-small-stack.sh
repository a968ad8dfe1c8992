#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Every verb does with a stack of 64 KiB, which is what a careful unit or a container may leave it.
. "${0%/*}/lib.sh"

STACK=${STACK:-64} # KiB
lan
for i in {1..2000}; do
	echo "allow 198.51.$((i / 250)).$((i % 250)) gateway peer p$i comment c$i"
done >/run/tmp/policy
many=$(printf '203.0.113.%d,' {1..250})

# small STATUS WORDS…
small() {
	local wanted=$1 status=0 name

	shift
	name="$*"
	(ulimit -s "$STACK" && in_ns server clarent-xdp -q "$@") >/run/tmp/out 2>&1 || status=$?
	if ((status == wanted)); then
		pass "${name:0:80}"
	else
		fail "${name:0:80}" "exit $status, not $wanted: $(tail -n 2 /run/tmp/out)"
	fi
}

small 0 help
small 0 version
for json in "" --json; do
	for words in list policies status stats suspects "top batch count 2" "save -"; do
		# shellcheck disable=SC2086 # words
		small 0 $json $words
	done
done
small 0 allow $LISTED4,2001:db8::/32 gateway rate 100 expires 2h peer a comment x
small 0 attach eth0
small 0 attach eth0
small 0 allow "${many%,}" command
small 0 deny 2001:db8::66 gateway
small 0 protect $SERVER4 gateway
small 0 protect any gateway
small 0 policy lab udp 7000-7003 tcp 7000 rpf strict force
small 0 tunnel eth0
small 0 fragments drop
small 0 apply /run/tmp/policy add dry-run force
small 0 apply /run/tmp/policy add force
for json in "" --json; do
	for words in list policies status stats suspects "save -" "check $LISTED4 port 4040 dev eth0"; do
		# shellcheck disable=SC2086 # words
		small 0 $json $words
	done
done
small 0 save
small 0 save /run/tmp/saved
small 0 apply /run/tmp/policy force
small 0 rollback force
small 0 revoke peer p1
small 0 policy lab delete
small 0 allow 192.0.2.99 gateway confirm 60
small 1 allow 192.0.2.98 gateway
small 0 confirm
small 0 detach eth0 confirm 60
small 0 confirm
small 0 attach eth0 mode generic confirm 60
small 0 confirm
small 2 allow 300.1.1.1 gateway
small 1 attach eth9
small 1 purge
small 0 detach all
small 0 purge
small 1 detach all
