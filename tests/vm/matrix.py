#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Sends one datagram for each port from each of several sources, and says which arrived.

    matrix.py FROM-NS TO-NS SOURCE-DEST... -- PORT...

One line for each pair: the ports, or "none".  A mark to a port that nobody guards follows the
datagrams of its pair and arrives after them; where not even that comes out, "nothing" is said.
All in one process: to start one takes long where the processor is emulated.
"""
import os
import sys

sys.path.insert(1, os.path.join(os.path.dirname(os.path.realpath(__file__)), "../tools"))

import traffic  # noqa: E402


def arrived(from_ns, to_ns, pair, ports):
    source, dest = pair.split("-")
    family = traffic.family_of(source)
    with traffic.inside(to_ns):
        receivers = {port: traffic.receiver(family, port) for port in ports}
    with traffic.inside(from_ns):
        out = traffic.sender(source)
    marks = traffic.Marks(family, to_ns, lambda mark: out.sendto(mark, (dest, traffic.MARK_PORT)))
    try:
        marks.wait()  # neighbours know each other from here on
        sent = {port: traffic.payload_for(port, 64) for port in ports}
        for port, payload in sent.items():
            out.sendto(payload, (dest, port))
        marks.wait()
    except (OSError, SystemExit):
        return ["nothing"]
    return [port for port, sock in receivers.items()
            if any(one[0] == sent[port] for one in traffic.drain(sock))] or ["none"]


def main(words):
    split = words.index("--")
    from_ns, to_ns, *pairs = words[:split]
    traffic.stay_on_one_cpu()
    for pair in pairs:
        print(*arrived(from_ns, to_ns, pair, list(map(int, words[split + 1:]))))


main(sys.argv[1:])
