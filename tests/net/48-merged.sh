#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Datagrams that come in as one packet: generic mode is given them so, a limit counts one, and attach
# says so; native mode is given each.
. "${0%/*}/lib.sh"

COUNT=20 SIZE=100
lan

# How many of them arrive, sent in one call.
arrive() {
	/usr/bin/python3 -B - "$TESTS/tools" $LISTED4 $SERVER4 $COUNT $SIZE <<'END'
import os, socket, sys
tools, source, dest, count, size = *sys.argv[1:4], int(sys.argv[4]), int(sys.argv[5])
sys.path.insert(1, tools)
import traffic
UDP_SEGMENT = 103
with traffic.inside("server"):
    got = traffic.receiver(socket.AF_INET, 4040)
with traffic.inside("client"):
    out, plain = traffic.sender(source), traffic.sender(source)
out.setsockopt(socket.IPPROTO_UDP, UDP_SEGMENT, size)
marks = traffic.Marks(socket.AF_INET, "server",
                      lambda mark: plain.sendto(mark, (dest, traffic.MARK_PORT)))
marks.wait()
out.sendto(os.urandom(count * size), (dest, 4040))
marks.wait()
print(len(traffic.drain(got)))
END
}
warned() { # MODE: what attach says of it
	in_ns server clarent-xdp attach eth0 mode "$1" 2>&1 | grep -c "many datagrams may be one packet"
}

equal "bare: all arrive" $COUNT "$(arrive)"
clarent-xdp allow $LISTED4 gateway
equal "no rate: nothing is said" 0 "$(warned generic || true)"
in_ns server clarent-xdp -q detach eth0
clarent-xdp allow $LISTED4 gateway rate 1 burst 1
equal "generic, a rate: attach warns" 1 "$(warned generic || true)"
equal "... rightly: all pass as one" $COUNT "$(arrive)"
in_ns server clarent-xdp -q detach eth0
equal "native: attach has nothing to say" 0 "$(warned native || true)"
sleep 1.1 # the limit allows one again
equal "... rightly: one passes" 1 "$(arrive)"
in_ns server clarent-xdp -q detach eth0

# GRO does the same on a card; a bridge has the feature, and no segments of its own.
ip -n server link add br0 type bridge
for feature in rx-udp-gro-forwarding rx-gro-list; do
	in_ns server ethtool -K br0 $feature on 2>/dev/null || {
		skip "$feature" "no ethtool, or no such feature"
		continue
	}
	in_ns server clarent-xdp attach br0 mode generic >/run/tmp/said 2>&1 || true
	equal "$feature: attach warns" 1 "$(grep -c "many datagrams .*$feature" /run/tmp/said)"
	in_ns server clarent-xdp -q detach br0
	in_ns server ethtool -K br0 $feature off
done
