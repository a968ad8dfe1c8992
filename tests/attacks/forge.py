#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Writes whatever it likes into packets, and says what arrived of them.

    forge.py ports WIRE SOURCE[,SOURCE...] TO-NS DEST [--ttl N] PORT...
    forge.py flood TO-NS DEST PORT SECONDS STREAM...
    forge.py fragments WIRE FORGED-WIRE SOURCE TO-NS DEST PORT FORGED-PORT
    forge.py routed WIRE SOURCE TO-NS VIA DEST PORT [--used-up]

WIRE is NS,DEVICE,MAC: frames leave by DEVICE of that namespace for that MAC;
or TO-NS,DEVICE,tun: bare IP packets come out of that TUN device.

`ports` sends one datagram to each port and prints those where it arrived; for
more than one source, a line for each, which begins with it.

STREAM is NAME,SOURCE,PPS,WIRE[,TTL]: each sends PPS datagrams a second, one
after the other and never two at once if PPS is below BURSTS, else in bursts of
what is due.  ~SOURCE stands for its neighbours in turn: every address that
differs from it in one bit.  `flood` prints, for each, NAME SENT ARRIVED, and
the seconds from the first to the last; then those of them in which the sender
was held up, beyond BURST: a limit of that burst gives less then.

`fragments` sends a datagram in two fragments, and just before it another first
fragment of the same source and number, to the forged port by the forged wire.
It says whether the datagram arrived whole, or was lost.

`routed` sends a datagram to VIA that asks to be sent on from there to DEST, by a
loose source route or a segment list; --used-up, one to VIA that has been at
DEST.  It says at which of the two the datagram arrived, or none.

The environment names the marks' sources, MARK4 and MARK6: hosts that the
receiver's kernel accepts by that wire.
"""
import argparse
import ipaddress
import itertools
import os
import socket
import sys
import time

sys.path.insert(1, os.path.join(os.path.dirname(os.path.realpath(__file__)), "../tools"))

import shapes  # noqa: E402
import traffic  # noqa: E402

BURSTS = 2000
BURST = 0.1  # seconds: what `rate` gives by itself
SOURCE_PORT = 30000
PAUSE = 0.0005  # seconds, while nothing is due
PLAIN = shapes.Shape("forged", shapes.BOTH, packets=None)


def open_wire(words):
    namespace, device, mac = words
    return shapes.Tun(namespace, device) if mac == "tun" else shapes.Wire(namespace, device, mac)


def datagram(source, dest, port, payload, sport=SOURCE_PORT):
    return shapes.Datagram(traffic.family_of(source), source, dest, sport, port, payload)


def link(wire, family, packet):
    """What the wire takes: a frame, or a bare packet."""
    if wire.bare_ip:
        return packet
    kind = shapes.ETH_P_IP if family == socket.AF_INET else shapes.ETH_P_IPV6
    return shapes.ethernet(wire.mac, kind, packet)


def frame(wire, d, ttl):
    return link(wire, d.family, shapes.ip(d, shapes.udp(d), ttl=ttl))


def put(wire, data):
    if wire.bare_ip:
        os.write(wire.fd, data)
    else:
        wire.socket.send(data)


class Marks(traffic.Marks):
    """The same for several wires: each is awaited by itself."""

    def __init__(self, dest, namespace):
        super().__init__(traffic.family_of(dest), namespace, None)
        self.dest = dest
        self.source = os.environ["MARK6" if ":" in dest else "MARK4"]

    def wait_for(self, *wires):
        for wire in wires:
            self.send = lambda mark: put(
                wire, frame(wire, datagram(self.source, self.dest, traffic.MARK_PORT, mark), 64)
            )
            self.wait()


def try_source(args, source, wire, receivers, marks):
    """The ports where it arrives."""
    sent = {port: os.urandom(32) for port in args.port}
    for port, payload in sent.items():
        put(wire, frame(wire, datagram(source, args.dest, port, payload), args.ttl))
    marks.wait_for(wire)
    arrived = []
    for port, sock in receivers.items():
        got = [payload for payload, *_ in traffic.drain(sock)]
        if got not in ([], [sent[port]]):
            traffic.die(f"port {port}: what arrived is not what was sent")
        arrived += [port] * len(got)
    return arrived or ["none"]


def run_ports(args):
    wire = open_wire(args.wire.split(","))
    family = traffic.family_of(args.dest)
    with traffic.inside(args.to_ns):
        receivers = {port: traffic.receiver(family, port) for port in args.port}
    marks = Marks(args.dest, args.to_ns)
    marks.wait_for(wire)
    sources = args.source.split(",")
    for source in sources:
        arrived = try_source(args, source, wire, receivers, marks)
        print(*([source] if len(sources) > 1 else []), *arrived)


def neighbours(source):
    address = ipaddress.ip_address(source)
    for bit in range(address.max_prefixlen):
        yield str(type(address)(int(address) ^ 1 << bit))


class Stream:
    """One sender of datagrams, its frames made before."""

    def __init__(self, index, words, dest, port):
        name, source, pps, *wire = words.split(",")
        self.name = name
        self.pps = float(pps)
        self.wire = open_wire(wire[:3])
        self.sport = SOURCE_PORT + index
        ttl = int(wire[3]) if len(wire) > 3 else 64
        sources = neighbours(source[1:]) if source[0] == "~" else [source]
        self.frames = itertools.cycle([
            frame(self.wire, datagram(each, dest, port, name.encode(), self.sport), ttl)
            for each in sources
        ])
        self.sent = 0
        self.arrived = 0
        self.next = 0.0
        self.last = None  # when something was sent
        self.held_up = 0.0

    def note_pause(self, now):
        if self.last:
            self.held_up += max(0, now - self.last - BURST)
        self.last = now

    def send_due(self, now, start):
        """True if anything was."""
        if self.pps < BURSTS:
            if now < self.next:
                return False
            # from when it is sent, not from when it was due: never two in less than a gap
            put(self.wire, next(self.frames))
            self.next = time.monotonic() + 1 / self.pps
            self.sent += 1
            return True
        due = int((now - start) * self.pps) - self.sent
        if due > 0:
            self.note_pause(now)
        for _ in range(due):
            put(self.wire, next(self.frames))
        self.sent += max(due, 0)
        return due > 0


def collect(sock, by_sport):
    for _, _, sport in traffic.drain(sock):
        by_sport[sport].arrived += 1


def send_all(streams, seconds, sock, by_sport):
    """Returns the seconds from the first datagram to the last."""
    start = now = time.monotonic()
    while now - start < seconds:
        busy = [stream.send_due(now, start) for stream in streams]
        last = time.monotonic()
        collect(sock, by_sport)
        if not any(busy):
            time.sleep(PAUSE)
        now = time.monotonic()
    return last - start


def run_flood(args):
    streams = [Stream(i, words, args.dest, args.port) for i, words in enumerate(args.stream)]
    by_sport = {stream.sport: stream for stream in streams}
    with traffic.inside(args.to_ns):
        sock = traffic.receiver(traffic.family_of(args.dest), args.port)
    wires = [stream.wire for stream in streams]
    marks = Marks(args.dest, args.to_ns)
    marks.wait_for(*wires)
    elapsed = send_all(streams, args.seconds, sock, by_sport)
    marks.wait_for(*wires)
    collect(sock, by_sport)
    for stream in streams:
        print(stream.name, stream.sent, stream.arrived)
    print(f"seconds {elapsed:.6f}")
    print(f"held-up {max(stream.held_up for stream in streams):.6f}")


FIRST_BYTES = 520  # of a datagram's 1,008, in its first fragment


def run_fragments(args):
    family = traffic.family_of(args.dest)
    wire, forged_wire = (open_wire(words.split(",")) for words in (args.wire, args.forged_wire))
    with traffic.inside(args.to_ns):
        sock = traffic.receiver(family, args.port)
    marks = Marks(args.dest, args.to_ns)
    marks.wait_for(wire, forged_wire)
    real = datagram(args.source, args.dest, args.port, os.urandom(1000))
    forged = datagram(args.source, args.dest, args.forged_port, os.urandom(1000))
    pieces = shapes.fragments(real, shapes.udp(real), FIRST_BYTES)
    first = shapes.fragments(forged, shapes.udp(forged), FIRST_BYTES)[0]
    put(forged_wire, link(forged_wire, family, first))
    marks.wait_for(forged_wire)
    for piece in pieces:
        put(wire, link(wire, family, piece))
    marks.wait_for(wire)
    got = [payload for payload, *_ in traffic.drain(sock)]
    print("whole" if real.payload in got else "lost", *["forged"] * (forged.payload in got))


def source_route(d, hop, used_up):
    """RFC 791 3.1: the option's length, its pointer, one address, and an end of options."""
    return bytes([0x83, 7, 8 if used_up else 4]) + d.packed(hop) + b"\0"


def segments(d, hop, used_up):
    """RFC 8754 2, all behind the next-header byte: the last segment stands first."""
    path = (d.dst, hop) if used_up else (hop, d.dst)
    return bytes([4, 4, not used_up, 1, 0, 0, 0]) + b"".join(map(d.packed, path))


def routed(d, hop, used_up):
    """To d.dst, and from there to hop; or, used up, to d.dst at last."""
    body = shapes.udp(d, dst=d.dst if used_up else hop)
    if d.family == socket.AF_INET:
        return shapes.ipv4(d, body, options=source_route(d, hop, used_up))
    return shapes.ipv6(d, body, chain=[(shapes.ROUTING, segments(d, hop, used_up))])


def receiver_at(address, port):
    sock = traffic.open_socket(traffic.family_of(address), socket.SOCK_DGRAM)
    sock.bind((address, port))
    sock.setblocking(False)
    return sock


def run_routed(args):
    wire = open_wire(args.wire.split(","))
    with traffic.inside(args.to_ns):
        receivers = {each: receiver_at(each, args.port) for each in (args.via, args.dest)}
    marks = Marks(args.via, args.to_ns)
    marks.wait_for(wire)
    d = datagram(args.source, args.via, args.port, os.urandom(32))
    put(wire, link(wire, d.family, routed(d, args.dest, args.used_up)))
    marks.wait_for(wire)
    arrived = [each for each, sock in receivers.items()
               if d.payload in [payload for payload, *_ in traffic.drain(sock)]]
    print(*arrived or ["none"])


def main():
    parser = argparse.ArgumentParser()
    kinds = parser.add_subparsers(required=True)
    ports = kinds.add_parser("ports")
    ports.set_defaults(run=run_ports)
    for name in ("wire", "source", "to_ns", "dest"):
        ports.add_argument(name)
    ports.add_argument("port", type=int, nargs="+")
    ports.add_argument("--ttl", type=int, default=64)
    flood = kinds.add_parser("flood")
    flood.set_defaults(run=run_flood)
    flood.add_argument("to_ns")
    flood.add_argument("dest")
    flood.add_argument("port", type=int)
    flood.add_argument("seconds", type=float)
    flood.add_argument("stream", nargs="+")
    fragments = kinds.add_parser("fragments")
    fragments.set_defaults(run=run_fragments)
    for name in ("wire", "forged_wire", "source", "to_ns", "dest"):
        fragments.add_argument(name)
    fragments.add_argument("port", type=int)
    fragments.add_argument("forged_port", type=int)
    onward = kinds.add_parser("routed")
    onward.set_defaults(run=run_routed)
    for name in ("wire", "source", "to_ns", "via", "dest"):
        onward.add_argument(name)
    onward.add_argument("port", type=int)
    onward.add_argument("--used-up", action="store_true")
    args = parser.parse_args()
    traffic.stay_on_one_cpu()
    args.run(args)


if __name__ == "__main__":
    main()
