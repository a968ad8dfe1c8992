#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# What attach refuses: another's program, another mode, a driver without XDP, no interface.
. "${0%/*}/lib.sh"

lan
clarent-xdp allow $LISTED4 gateway

prog_on() { ip -n "$1" -j link show "$2" | jq -r '.[].xdp.prog.id // "nothing"'; }

# Another's program, that passes everything.
/usr/bin/python3 -B "$TESTS/tools/foreign_xdp.py" /sys/fs/bpf/foreign
for mode in xdpdrv xdpgeneric; do
	in_ns server bpftool net attach $mode pinned /sys/fs/bpf/foreign dev eth0
	id=$(prog_on server eth0)
	for words in "" "mode native" "mode generic"; do
		# shellcheck disable=SC2086 # words
		refused "$mode: another's program stays (attach eth0 $words)" 1 \
			"^clarent-xdp: attach: 'eth0': .*\\b$id\\b" in_ns server clarent-xdp attach eth0 $words
		equal "... it is still there" "$id" "$(prog_on server eth0)"
	done
	refused "$mode: detach does not take another's program" 1 "^clarent-xdp: detach: 'eth0': " \
		in_ns server clarent-xdp detach eth0
	equal "... it is still there" "$id" "$(prog_on server eth0)"
	in_ns server bpftool net detach $mode dev eth0
done

check "attach, native" in_ns server clarent-xdp -q attach eth0
check "native it is" test "$(ip -n server -j link show eth0 | jq -r '.[].xdp.mode')" = 1
id=$(prog_on server eth0)
refused "another mode than the attached is refused" 1 "^clarent-xdp: attach: 'eth0': .*native" \
	in_ns server clarent-xdp attach eth0 mode generic
equal "... and the filter holds" none "$(arrives $UNLISTED4 "${GUARDED[@]}")"
check "detach" in_ns server clarent-xdp -q detach eth0

check "attach, generic" in_ns server clarent-xdp -q attach eth0 mode generic
check "generic it is" test "$(ip -n server -j link show eth0 | jq -r '.[].xdp.mode')" = 2
refused "native over generic is refused" 1 "^clarent-xdp: attach: 'eth0': .*generic" \
	in_ns server clarent-xdp attach eth0 mode native
check "attach without a mode keeps the attached one" in_ns server clarent-xdp -q attach eth0
equal "... and the filter holds" none "$(arrives $UNLISTED4 "${GUARDED[@]}")"
check "detach" in_ns server clarent-xdp -q detach eth0

# A TUN device has no native XDP.
ip -n server tuntap add tun0 mode tun
refused "a driver without native XDP names the way out" 1 \
	"^clarent-xdp: attach: 'tun0': .*mode generic" in_ns server clarent-xdp attach tun0
equal "... and nothing is attached" nothing "$(prog_on server tun0)"
check "mode generic works there" in_ns server clarent-xdp -q attach tun0 mode generic
check "detach" in_ns server clarent-xdp -q detach tun0

# Frames too large for the driver: it speaks through the kernel's own words.
refused "unknown interface" 1 "^clarent-xdp: attach: 'eth9': " in_ns server clarent-xdp attach eth9
refused "unknown mode" 2 "^clarent-xdp: attach: 'offload': " \
	in_ns server clarent-xdp attach eth0 mode offload
refused "unknown namespace" 1 "^clarent-xdp: .*'nosuch'" clarent-xdp --netns nosuch attach eth0
# What an old kernel does: it refuses the program, and says how old it is.
REFUSING=(strace -f -qqq -o /dev/null -e inject=bpf:error=EINVAL)
refused "a kernel that is too old: says what is needed" 1 "kernel 2.6.* is too old: needs Linux" \
	in_ns server "${REFUSING[@]}" setarch --uname-2.6 clarent-xdp --bpffs /sys/fs/bpf/new attach eth0
refused "... and of a new one does not say so" 1 "the kernel refused the maps: Invalid argument" \
	in_ns server "${REFUSING[@]}" clarent-xdp --bpffs /sys/fs/bpf/new attach eth0
equal "nothing is attached in the end" "nothing nothing" \
	"$(prog_on server eth0) $(prog_on client eth0)"

# An interface that goes takes its attachment along.
in_ns server clarent-xdp -q attach eth0
ip -n server link del eth0
check "status works when the interface is gone" clarent-xdp status
wire server eth0 client eth0
address server eth0 $SERVER4/24 $SERVER6/64
address client eth0 $LISTED4/24 $UNLISTED4/24 $LISTED6/64 $UNLISTED6/64
equal "a new one of that name is not filtered" "${GUARDED[*]}" \
	"$(arrives $UNLISTED4 "${GUARDED[@]}")"
check "... until it is attached" in_ns server clarent-xdp -q attach eth0
equal "... and then it is" none "$(arrives $UNLISTED4 "${GUARDED[@]}")"
