#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# What comes out of others' packets without a device of its own: it gets in, as README's table says.
. "${0%/*}/inside.sh"

# FOU of UDP: the datagram inside has the addresses of the one around it.
fou_of_udp() {
	/usr/bin/python3 -B - "$TESTS/tools" "$UNLISTED4" "$SERVER4" "$UNLISTED6" "$SERVER6" <<'END'
import os, socket, sys
sys.path.insert(1, sys.argv[1])
import shapes, traffic
for source, dest in (sys.argv[2:4], sys.argv[4:6]):
    family = traffic.family_of(source)
    with traffic.inside("server"):
        got = traffic.receiver(family, 4040)
    with traffic.inside("client"):
        out = traffic.sender(source)
    marks = traffic.Marks(family, "server", lambda mark: out.sendto(mark, (dest, traffic.MARK_PORT)))
    marks.wait()
    payload = os.urandom(32)
    out.sendto(shapes.udp(shapes.Datagram(family, source, dest, 999, 4040, payload)), (dest, 5556))
    marks.wait()
    print("in" if any(one[0] == payload for one in traffic.drain(got)) else "not")
END
}
if begins "FOU of UDP"; then
	if ip -n server fou add port 5556 ipproto 17 2>/run/tmp/why &&
		ip -n server -6 fou add port 5556 ipproto 17 2>/run/tmp/why; then
		equal "FOU of UDP: eth0 does not see what is inside, IPv4 and IPv6" in,in \
			"$(fou_of_udp | paste -sd,)"
	else
		skip "FOU of UDP" "the kernel has none: $(head -1 /run/tmp/why)"
	fi
fi

# What follows is for addresses that no device of a tunnel has.
address server lo $NEAR4/32 $NEAR6/128
address client lo $FAR4/32 $STRANGER4/32 $FAR6/128 $STRANGER6/128
no_kernel_rpf server

modprobe -qa mpls_router mpls_iptunnel || true
mpls() {
	in_ns server sysctl -qw net.mpls.platform_labels=1000 net.mpls.conf.eth0.input=1 &&
		ip -n server -f mpls route add 100 dev lo &&
		ip -n client route add $NEAR4/32 encap mpls 100 via $SERVER4 &&
		ip -n client route add $NEAR6/128 encap mpls 100 via $SERVER6
}
if begins MPLS; then
	if mpls 2>/run/tmp/why; then
		carries 46
		equal "MPLS popped to lo: eth0 does not see what is inside" "$ALL" "$(inside)"
		cx -q attach lo mode generic || true
		equal "MPLS popped to lo: lo, mode generic, judges it" "$JUDGED" "$(inside)"
		cx -q detach lo
		ip -n client route del $NEAR4/32
		ip -n client route del $NEAR6/128
	else
		skip MPLS "the kernel has none: $(head -1 /run/tmp/why)"
	fi
fi

srv6() {
	ip -n server route add fd00:5::1/128 encap seg6local action End.DT6 table 255 dev eth0 &&
		ip -n client route add fd00:5::1/128 via $SERVER6 &&
		ip -n client route add $NEAR6/128 encap seg6 mode encap segs fd00:5::1 via $SERVER6 \
			dev eth0
}
if begins SRv6; then
	if srv6 2>/run/tmp/why; then
		carries 6
		equal "SRv6, End.DT6: eth0 does not see what is inside" "$ALL" "$(inside)"
		cx -q attach lo mode generic || true
		equal "SRv6, End.DT6: lo does not either" "$ALL" "$(inside)"
	else
		skip SRv6 "the kernel has none: $(head -1 /run/tmp/why)"
	fi
fi
