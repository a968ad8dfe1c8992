#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Ports are judged as they stand in the frame: what this host's own NAT leads to a guarded port from
# one that nobody guards gets in, as README says; what it leads away from one is judged.
. "${0%/*}/lib.sh"

OPEN=7000 # nobody guards it
lan
in_ns server nft add table inet nat 2>/dev/null || skip_all "needs nft, and nf_tables in the kernel"
clarent-xdp allow $LISTED4,$LISTED6 gateway
in_ns server clarent-xdp -q attach eth0

# socket_at SOURCE: what a socket on 4040 is given of a datagram to the open port.
socket_at() {
	# shellcheck disable=SC2086 # a word or none
	/usr/bin/python3 -B - "$1" "$SERVER4" "$SERVER6" $OPEN "$TESTS/tools" ${TRANSPARENT-} <<'END'
import socket, sys
source, four, six, port, tools = sys.argv[1:6]
sys.path.insert(1, tools)
import traffic
family = traffic.family_of(source)
with traffic.inside("server"):
    got = traffic.receiver(family, 4040)
    if sys.argv[6:]:
        level, option = (socket.SOL_IP, 19) if family == socket.AF_INET else (socket.IPPROTO_IPV6, 75)
        got.setsockopt(level, option, 1)  # IP_TRANSPARENT, IPV6_TRANSPARENT
with traffic.inside("client"):
    out = traffic.sender(source)
dest = four if family == socket.AF_INET else six
marks = traffic.Marks(family, "server", lambda mark: out.sendto(mark, (dest, traffic.MARK_PORT)))
marks.wait()
out.sendto(b"x", (dest, int(port)))
marks.wait()
print("in" if traffic.drain(got) else "nothing")
END
}
leads() { # WORDS: a rule for what comes to the open port
	local hook="type nat hook prerouting priority -100"

	[[ $1 != tproxy* ]] || hook="type filter hook prerouting priority -150"
	in_ns server nft -f - <<-END
		flush table inet nat
		delete table inet nat
		table inet nat {
			chain pre {
				$hook
				udp dport $OPEN $1
			}
		}
	END
}
try() { # NAME RULE…
	local name=$1 rule

	shift
	for rule; do
		if ! leads "$rule" 2>/run/tmp/why; then
			skip "$name" "the kernel has none: $(head -1 /run/tmp/why)"
			in_ns server nft add table inet nat
			return
		fi
		case $rule in
		*ip6*)	equal "$name: $UNLISTED6 gets in" in "$(socket_at $UNLISTED6)" ;;
		*)	equal "$name: $UNLISTED4 gets in" in "$(socket_at $UNLISTED4)" ;;
		esac
	done
}
equal "without: nothing comes to 4040" nothing "$(socket_at $UNLISTED4)"
try redirect "redirect to :4040"
try dnat "dnat ip to $SERVER4:4040" "dnat ip6 to [$SERVER6]:4040"
TRANSPARENT=1 try tproxy "tproxy ip to :4040 accept" "tproxy ip6 to :4040 accept"
equal "what is sent to 4040 itself is judged" none "$(arrives $UNLISTED4 4040)"
