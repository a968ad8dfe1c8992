#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Says on which ports datagrams arrive that come from outside the machine.

    arrives.py SOURCE PORT...    in the machine that run.sh started

Each port is sent to from many source ports, so that the card spreads them over
its queues; a port that only some of them reach is printed as PORT:HOW-MANY.  A
mark sent last to a port that nobody guards says when to stop waiting.
"""
import os
import socket
import sys

HOST4, HOST6 = "192.0.2.2", "2001:db8::2"
MARK_PORT = 9  # "discard"
PATIENCE = 3  # seconds for the mark to arrive
COPIES = 8


def family_of(address):
    return socket.AF_INET6 if ":" in address else socket.AF_INET


def send(source, ports):
    """At the other end of the wire."""
    host = HOST6 if ":" in source else HOST4
    for port in [*ports * COPIES, MARK_PORT]:
        with socket.socket(family_of(source), socket.SOCK_DGRAM) as sock:
            sock.bind((source, 0))
            sock.sendto(b"x", (host, port))


def receivers(family, ports):
    socks = {}
    for port in [*ports, MARK_PORT]:
        socks[port] = socket.socket(family, socket.SOCK_DGRAM)
        socks[port].bind(("", port))
    return socks


def wait_for_mark(sock):
    sock.settimeout(PATIENCE)
    try:
        sock.recv(1)
    except TimeoutError:
        pass


def count(sock):
    """What has arrived by now."""
    sock.setblocking(False)
    arrived = 0
    try:
        while sock.recv(1):
            arrived += 1
    except BlockingIOError:
        return arrived


def main(source, ports):
    socks = receivers(family_of(source), ports)
    here = os.path.dirname(os.path.realpath(__file__))
    words = [f"{here}/outside", __file__, "--send", source, *map(str, ports)]
    # not subprocess: it takes seconds to import where the processor is emulated
    if os.spawnv(os.P_WAIT, words[0], words):
        sys.exit(f"arrives: nothing was sent from {source}")
    wait_for_mark(socks[MARK_PORT])
    counts = {port: count(socks[port]) for port in ports}
    print(*[port if n == COPIES else f"{port}:{n}"
            for port, n in counts.items() if n] or ["none"])


if sys.argv[1] == "--send":
    send(sys.argv[2], list(map(int, sys.argv[3:])))
else:
    main(sys.argv[1], list(map(int, sys.argv[2:])))
