#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Fills the memory in which a host puts datagrams together.

    fragment_flood.py first|later COUNT SOURCE DEST FROM-NS DEVICE MAC TO-NS

Sends COUNT fragments of eight bytes, each of a datagram of its own of which no
more comes; returns when the receiver has seen them all.  UNLISTED4 and
UNLISTED6 name hosts from which it takes what tells that.
"""
import sys

import shapes
import traffic

BATCH = 64  # that a device's queue can hold at once
PORT = 53  # that nobody guards
EIGHT = b"\0" * 8


def fragment(d, first):
    body = shapes.udp(d)[:8] if first else EIGHT
    offset = 0 if first else 8
    if d.family in shapes.V4:
        return shapes.ipv4(d, body, flags=shapes.MORE_FRAGMENTS | offset // 8)
    return shapes.ipv6(d, body, chain=[shapes.fragment6(d, offset, 1)])


def main():
    if len(sys.argv) != 9 or sys.argv[1] not in ("first", "later"):
        sys.exit(__doc__)
    kind, count, source, dest, from_ns, device, mac, to_ns = sys.argv[1:]
    family = traffic.family_of(source)
    wire = shapes.Wire(from_ns, device, mac)
    marks = shapes.make_marks(wire, to_ns, family)
    shape = shapes.Shape("flood", shapes.BOTH, lambda d: [fragment(d, kind == "first")])
    for number in range(1, int(count) + 1):
        wire.send(shape, shapes.Datagram(family, source, dest, number, PORT, EIGHT))
        if number % BATCH == 0:
            marks.wait()
    marks.wait()


if __name__ == "__main__":
    main()
