#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""The kernel as judge: every packet shape, without the filter and then with it.

    shapes.py record FILE LABEL FROM-NS DEVICE MAC TO-NS
    shapes.py judge  FILE LABEL FROM-NS DEVICE MAC TO-NS
    shapes.py closed FILE LABEL FROM-NS DEVICE MAC TO-NS

`record` sends every shape while nothing filters, and notes what the kernel
gave to sockets.  `judge` sends the same again: of what was delivered then,
what an unlisted source sends to a guarded port must be gone, and everything
else must arrive, byte for byte.  `closed`: the same where no filter is, but
the guarded ports are closed to everybody, the listed ones too; what nftables
cannot read may arrive at others or not.

The environment names the addresses: LISTED4, UNLISTED4, SERVER4 and so on;
the gateway policy must list the listed ones, and no other policy anything.
MAC is who takes the frames on the wire; "tun" sends bare IP into a TUN
device of TO-NS, "routed" in LABEL means that a router stands between.
"""
import dataclasses
import fcntl
import json
import os
import socket
import struct
import sys
import typing

import traffic

ETH_P_IP, ETH_P_IPV6, ETH_P_8021Q, ETH_P_8021AD = 0x0800, 0x86DD, 0x8100, 0x88A8
HOPOPTS, ROUTING, FRAGMENT, AH, DSTOPTS, UDP = 0, 43, 44, 51, 60, 17
MORE_FRAGMENTS = 0x2000
BROADCAST_MAC = b"\xff" * 6
TUNSETIFF, IFF_TUN, IFF_NO_PI = 0x400454CA, 0x1, 0x1000

BATCH = 8  # cases that a device's queue can hold at once

OPEN_PORT = 4041  # between the gateway's ports, and nobody's
LISTED_PORT = 4040  # of gateway, which lists the listed source
OTHER_PORT = 5001  # of command, which lists nobody
PORTS = (OPEN_PORT, LISTED_PORT, OTHER_PORT)


@dataclasses.dataclass
class Datagram:
    """What a shape wraps."""

    family: int
    src: str
    dst: str
    sport: int
    dport: int
    payload: bytes

    def packed(self, address):
        return socket.inet_pton(self.family, address)

    @property
    def ident(self):
        return self.sport


# --- From the inside out: UDP, IP, link ----------------------------------------------------


def checksum(data):
    data += b"\0" * (len(data) % 2)
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def udp(d, payload=None, length=None, summed=True, dst=None):
    payload = d.payload if payload is None else payload
    true_length = 8 + len(payload)
    length = true_length if length is None else length
    head = struct.pack("!HHH", d.sport, d.dport, length)
    # a length of zero stands for the true one in the sum: RFC 2675 4
    counted = length or true_length
    pseudo = d.packed(d.src) + d.packed(dst or d.dst) + struct.pack("!IHH", counted, 0, UDP)
    if d.family == socket.AF_INET:
        pseudo = d.packed(d.src) + d.packed(dst or d.dst) + struct.pack("!BBH", 0, UDP, counted)
    total = checksum(pseudo + head + b"\0\0" + payload[: counted - 8]) or 0xFFFF
    return head + struct.pack("!H", total if summed else 0) + payload


def ipv4(d, body, options=b"", flags=0, ttl=64, tos=0, first=None, total=None, dst=None):
    ihl = 5 + len(options) // 4
    first = 0x40 | ihl if first is None else first
    total = ihl * 4 + len(body) if total is None else total
    addresses = d.packed(d.src) + d.packed(dst or d.dst)
    head = struct.pack("!BBHHHBB", first, tos, total, d.ident, flags, ttl, UDP)
    total = checksum(head + b"\0\0" + addresses + options)
    return head + struct.pack("!H", total) + addresses + options + body


def ipv6(d, body, chain=(), ttl=64, first=0x60, total=None, dst=None, proto=UDP, label=0):
    """chain: extension headers as (number, everything behind the next-header byte)."""
    extensions = b""
    for number, rest in reversed(chain):
        extensions = bytes([proto]) + rest + extensions
        proto = number
    body = extensions + body
    total = len(body) if total is None else total
    head = struct.pack("!IHBB", first << 24 | label, total, proto, ttl)
    return head + d.packed(d.src) + d.packed(dst or d.dst) + body


def ip(d, body, **changes):
    return (ipv4 if d.family == socket.AF_INET else ipv6)(d, body, **changes)


def options6(size=8):
    """An options header's rest, filled with options that everyone skips."""
    rest, space = bytes([size // 8 - 1]), size - 2
    while space:
        option = min(space, 257)
        rest += bytes([0x1E, option - 2]) + b"\0" * (option - 2)
        space -= option
    return rest


def routing6(kind):
    return bytes([0, kind, 0, 0, 0, 0, 0])  # no segments left


def fragment6(d, offset, more):
    return (FRAGMENT, struct.pack("!BHI", 0, offset | more, d.ident))


def fragments(d, body, size, chain=(), options=b""):
    """The datagram in pieces of so many bytes, in order."""
    packets = []
    for offset in range(0, len(body), size):
        piece, more = body[offset : offset + size], offset + size < len(body)
        if d.family == socket.AF_INET:
            flags = MORE_FRAGMENTS * more | offset // 8
            packets.append(ipv4(d, piece, flags=flags, options=options))
        else:
            packets.append(ipv6(d, piece, chain=[*chain, fragment6(d, offset, more)]))
    return packets


def ethernet(frame_mac, kind, packet, tags=()):
    head = frame_mac + b"\x02\0\0\0\0\x02"
    for tag, vid in tags:
        head += struct.pack("!HH", tag, vid)
    return head + struct.pack("!H", kind) + packet


def tagged(*tags):
    return lambda mac, kind, packet: ethernet(mac, kind, packet, tags)


def snap(mac, _kind, packet):
    """802.3 with LLC and SNAP headers, RFC 1042."""
    body = b"\xaa\xaa\x03\0\0\0" + struct.pack("!H", ETH_P_IP) + packet
    return ethernet(mac, len(body), body)


# --- The table ------------------------------------------------------------------------------

V4, V6 = (socket.AF_INET,), (socket.AF_INET6,)
BOTH = V4 + V6
YES, NO, ASK = "yes", "no", "ask"  # does the bare kernel deliver it? ASK: kernels differ


@dataclasses.dataclass
class Shape:
    name: str
    families: tuple
    packets: typing.Callable  # Datagram -> list of IP packets
    bare: str = YES
    drop: bool = False  # too-deep or malformed: dropped whoever sends it
    local: bool = False  # not for routers: they do not forward it
    unread: tuple = ()  # families in which nftables cannot read it: it may be closed to all ports
    link: typing.Callable = ethernet
    size: int = 64  # of the payload


def plain(d):
    return [ip(d, udp(d))]


def chained(*chain, **changes):
    return lambda d: [ipv6(d, udp(d), chain=list(chain), **changes)]


def with_options(options):
    return lambda d: [ipv4(d, udp(d), options=options)]


def to(other):
    """other: from the datagram to another destination address."""
    return lambda d: [ip(d, udp(d, dst=other(d)), dst=other(d))]


def all_nodes(d):
    return "224.0.0.1" if d.family == socket.AF_INET else "ff02::1"


def in_pieces(size, order=None, **changes):
    """order: indexes into the fragments, as they are to be sent."""

    def packets(d):
        pieces = fragments(d, udp(d), size, **changes)
        return [pieces[i] for i in order(len(pieces))] if order else pieces

    return packets


def reverse(count):
    return range(count - 1, -1, -1)


def middle_out(count):
    return sorted(range(count), key=lambda i: abs(2 * i - count))


def doubled(count):
    return [i for i in range(count) for _ in (0, 1)][:-1]


def overlapping(d):
    """A second fragment that begins inside the first."""
    body = udp(d)
    if d.family == socket.AF_INET:
        return [
            ipv4(d, body[:48], flags=MORE_FRAGMENTS),
            ipv4(d, body[40:], flags=5),
        ]
    return [
        ipv6(d, body[:48], chain=[fragment6(d, 0, 1)]),
        ipv6(d, body[40:], chain=[fragment6(d, 40, 0)]),
    ]


def disguised(d):
    """The later fragment looks like a datagram to another port."""
    other = LISTED_PORT if d.dport == OPEN_PORT else OPEN_PORT
    look = struct.pack("!HHHH", d.sport, other, 64, 0)
    body = udp(d, d.payload[:40] + look + d.payload[48:])
    d.payload = body[8:]
    return fragments(d, body, 48)


def deep(count):
    return chained(*[(DSTOPTS, options6())] * count)


def mixed(d):
    chain = [(HOPOPTS, options6()), (DSTOPTS, options6(16)), (ROUTING, routing6(253))]
    chain += [fragment6(d, 0, 0), *[(DSTOPTS, options6())] * 8]
    return [ipv6(d, udp(d), chain=chain)]


DOT1Q, DOT1AD = (ETH_P_8021Q, 0), (ETH_P_8021AD, 0)
PRIORITY = (ETH_P_8021Q, 5 << 13)
NOP, TIMESTAMP = b"\x01", b"\x44\x28\x05\0" + b"\0" * 36
RECORD_ROUTE = b"\x07\x27\x04" + b"\0" * 37
ROUTER_ALERT4 = b"\x94\x04\0\0"
ROUTER_ALERT6 = b"\0\x05\x02\0\0\x01\0"
LOOSE_ROUTE = b"\x83\x07\x08\xc0\0\x02\x01\0"  # its pointer at the end

SHAPES = [
    # link
    Shape("plain", BOTH, plain),
    Shape("a trailer behind the packet", BOTH, lambda d: [ip(d, udp(d)) + b"\xa5" * 30]),
    Shape("broadcast MAC", BOTH, plain, local=True,
          link=lambda mac, kind, packet: ethernet(BROADCAST_MAC, kind, packet)),
    Shape("802.1Q tag, VLAN 0", BOTH, plain, link=tagged(DOT1Q)),
    Shape("802.1Q tag, VLAN 0, priority 5", BOTH, plain, link=tagged(PRIORITY)),
    Shape("802.1ad tag, VLAN 0", BOTH, plain, link=tagged(DOT1AD)),
    Shape("802.1Q in 802.1ad", BOTH, plain, link=tagged(DOT1AD, DOT1Q)),
    Shape("802.1ad in 802.1Q", BOTH, plain, link=tagged(DOT1Q, DOT1AD)),
    Shape("three tags", BOTH, plain, link=tagged(*[DOT1Q] * 3)),
    Shape("four tags", BOTH, plain, link=tagged(*[DOT1Q] * 4)),
    Shape("four tags, then options", V4, with_options(NOP * 40), link=tagged(*[DOT1Q] * 4)),
    Shape("four tags, then extension headers", V6, deep(3), link=tagged(*[DOT1AD] * 4),
          unread=V6),
    Shape("a tag and fragments", BOTH, in_pieces(32), link=tagged(DOT1Q)),
    Shape("two tags, then fragments", BOTH, in_pieces(32), link=tagged(DOT1AD, DOT1Q),
          unread=V6),
    Shape("five tags", BOTH, plain, drop=True, link=tagged(*[DOT1Q] * 5), unread=BOTH),
    Shape("a tag of a VLAN that is not there", BOTH, plain, NO, link=tagged((ETH_P_8021Q, 7))),
    Shape("an inner tag of a VLAN that is not there", BOTH, plain, NO,
          link=tagged(DOT1AD, (ETH_P_8021Q, 7))),
    Shape("the old QinQ tag 0x9100", BOTH, plain, NO, link=tagged((0x9100, 0))),
    Shape("802.3 with SNAP", V4, plain, NO, link=snap),
    # IPv4
    Shape("four bytes of options", V4, with_options(NOP * 4)),
    Shape("forty bytes of options", V4, with_options(NOP * 40)),
    Shape("record route", V4, with_options(RECORD_ROUTE), ASK),
    Shape("timestamp", V4, with_options(TIMESTAMP), ASK),
    Shape("router alert", V4, with_options(ROUTER_ALERT4)),
    Shape("loose source route", V4, with_options(LOOSE_ROUTE), ASK),
    Shape("don't fragment", V4, lambda d: [ipv4(d, udp(d), flags=0x4000)]),
    Shape("reserved flag", V4, lambda d: [ipv4(d, udp(d), flags=0x8000)]),
    Shape("no UDP checksum", V4, lambda d: [ipv4(d, udp(d, summed=False))]),
    Shape("limited broadcast", V4, to(lambda d: "255.255.255.255"), local=True),
    Shape("subnet broadcast", V4, to(lambda d: d.dst.rpartition(".")[0] + ".255"), local=True),
    Shape("header shorter than five words", V4, bare=NO, drop=True,
          packets=lambda d: [ipv4(d, udp(d), first=0x44)]),
    Shape("version 6 in IPv4", V4, bare=NO, drop=True,
          packets=lambda d: [ipv4(d, udp(d), first=0x65)]),
    Shape("more said than there is", V4, bare=NO,
          packets=lambda d: [ipv4(d, udp(d), total=1000)]),
    # IPv6
    Shape("hop-by-hop options", V6, chained((HOPOPTS, options6()))),
    Shape("router alert", V6, chained((HOPOPTS, ROUTER_ALERT6))),
    Shape("destination options", V6, chained((DSTOPTS, options6()))),
    Shape("2,048 bytes of destination options, twice", V6,
          chained(*[(DSTOPTS, options6(2048))] * 2)),
    Shape("hop-by-hop, then destination options", V6,
          chained((HOPOPTS, options6(24)), (DSTOPTS, options6(264)))),
    Shape("routing header without segments", V6, chained((ROUTING, routing6(253))), ASK),
    Shape("authentication header", V6,
          chained((AH, bytes([4, 0, 0]) + b"\0" * 20)), ASK, local=True),
    Shape("twelve extension headers", V6, deep(12)),
    Shape("twelve extension headers of all kinds", V6, mixed, ASK),
    Shape("thirteen extension headers", V6, deep(13), ASK, drop=True),
    Shape("hop-by-hop out of place", V6, chained((DSTOPTS, options6()), (HOPOPTS, options6())), NO,
          local=True),
    Shape("atomic fragment", V6, lambda d: [ipv6(d, udp(d), chain=[fragment6(d, 0, 0)])]),
    Shape("flow label and traffic class", V6, lambda d: [ipv6(d, udp(d), label=0xABCDEF)]),
    Shape("UDP length of zero", V6, lambda d: [ipv6(d, udp(d, length=0))], ASK),  # 7.3 does not
    Shape("UDP length of zero", V4, lambda d: [ipv4(d, udp(d, length=0))], NO, local=True),
    Shape("no UDP checksum", V6, lambda d: [ipv6(d, udp(d, summed=False))], NO, local=True),
    Shape("version 4 in IPv6", V6, bare=NO, drop=True,
          packets=lambda d: [ipv6(d, udp(d), first=0x40)]),
    # both
    Shape("multicast to all nodes", BOTH, to(all_nodes), local=True),
    Shape("TTL of one", BOTH, lambda d: [ip(d, udp(d), ttl=1)], local=True),
    Shape("an empty datagram", BOTH, plain, size=0),
    Shape("one byte", BOTH, plain, size=1),
    Shape("a full frame", BOTH, plain, size=1440),
    Shape("a jumbo frame", BOTH, plain, size=8000),
    Shape("cut in the UDP header", BOTH, lambda d: [ip(d, udp(d)[:7])], NO, drop=True, local=True),
    Shape("cut in the IP header", BOTH, lambda d: [ip(d, b"")[:19]], NO, drop=True),
    # fragments
    Shape("two fragments", BOTH, in_pieces(40)),
    Shape("two fragments, reversed", BOTH, in_pieces(40, reverse)),
    Shape("fragments of 1,480 bytes", BOTH, in_pieces(1480), size=8000),
    Shape("fragments of 1,480 bytes, reversed", BOTH, in_pieces(1480, reverse), size=8000),
    Shape("fragments of 1,480 bytes, from the middle", BOTH, in_pieces(1480, middle_out),
          size=8000),
    Shape("fragments of eight bytes", BOTH, in_pieces(8)),
    Shape("fragments of eight bytes, reversed", BOTH, in_pieces(8, reverse)),
    Shape("fragments sent twice", BOTH, in_pieces(24, doubled), ASK),
    Shape("overlapping fragments", BOTH, overlapping, ASK),
    Shape("a later fragment in disguise", BOTH, disguised),
    Shape("fragments with options", V4, in_pieces(40, options=NOP * 8)),
    Shape("fragments behind destination options", V6,
          in_pieces(40, chain=[(DSTOPTS, options6(16))])),
]


# --- Sending, receiving, judging -------------------------------------------------------------


class Wire:
    """Puts frames on a cable."""

    bare_ip = False

    def __init__(self, namespace, device, mac):
        self.mac = bytes.fromhex(mac.replace(":", ""))
        with traffic.inside(namespace):
            self.socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
            self.socket.bind((device, 0))

    def send(self, shape, d):
        kind = ETH_P_IP if d.family == socket.AF_INET else ETH_P_IPV6
        for packet in shape.packets(d):
            self.socket.send(shape.link(self.mac, kind, packet))


class Tun:
    """Hands bare packets to a TUN device, as the far end of a tunnel would."""

    bare_ip = True

    def __init__(self, namespace, device):
        with traffic.inside(namespace):
            self.fd = os.open("/dev/net/tun", os.O_RDWR)
            request = struct.pack("16sH22x", device.encode(), IFF_TUN | IFF_NO_PI)
            fcntl.ioctl(self.fd, TUNSETIFF, request)

    def send(self, shape, d):
        for packet in shape.packets(d):
            os.write(self.fd, packet)


@dataclasses.dataclass
class Case:
    shape: Shape
    listed: bool
    datagram: Datagram
    arrived: bool = False

    @property
    def key(self):
        family = "IPv4" if self.datagram.family == socket.AF_INET else "IPv6"
        return f"{family}: {self.shape.name}"

    @property
    def name(self):
        source = "listed" if self.listed else "unlisted"
        return f"{self.key}, {source} to {self.datagram.dport}"

    @property
    def admitted(self):
        port = self.datagram.dport
        return port == OPEN_PORT or (port == LISTED_PORT and self.listed)


def address(role, family):
    return os.environ[role + ("4" if family == socket.AF_INET else "6")]


def make_cases(wire):
    cases = []
    for shape in SHAPES:
        if wire.bare_ip and shape.link is not ethernet:
            continue
        for family in shape.families:
            for listed in (True, False):
                src = address("LISTED" if listed else "UNLISTED", family)
                for port in PORTS:
                    d = Datagram(family, src, address("SERVER", family), 20000 + len(cases), port,
                                 os.urandom(shape.size))
                    cases.append(Case(shape, listed, d))
    return cases


def open_receivers(namespace):
    with traffic.inside(namespace):
        return {(family, port): traffic.receiver(family, port) for family in BOTH for port in PORTS}


def make_marks(wire, namespace, family):
    def send(mark):
        source, dest = address("UNLISTED", family), address("SERVER", family)
        wire.send(SHAPES[0], Datagram(family, source, dest, 1, traffic.MARK_PORT, mark))

    return traffic.Marks(family, namespace, send)


def collect(receivers, cases):
    """Marks the cases whose datagram is there; anything else that is there is an error."""
    by_sender = {(c.datagram.family, c.datagram.dport, c.datagram.sport): c for c in cases}
    for (family, port), sock in receivers.items():
        for payload, source, sport in traffic.drain(sock):
            case = by_sender.get((family, port, sport))
            if not case or source != case.datagram.src or payload != case.datagram.payload:
                name = case.name if case else f"port {port} from {source} {sport}"
                print(f"FAIL {name} (what arrived is not what was sent)")
                continue
            case.arrived = True


def run_cases(wire, namespace):
    cases = make_cases(wire)
    receivers = open_receivers(namespace)
    marks = [make_marks(wire, namespace, family) for family in BOTH]
    for mark in marks:
        mark.wait()  # neighbours know each other from here on
    for i, case in enumerate(cases):
        wire.send(case.shape, case.datagram)
        if i % BATCH == 0:
            marks[0].wait()
    for mark in marks:
        mark.wait()
    collect(receivers, cases)
    return cases


def record(path, label, cases):
    """A case is worth something only if the bare kernel does what the table says."""
    wrong = []
    for case in cases:
        known = case.shape.bare != ASK and not (case.shape.local and "routed" in label)
        if known and case.arrived != (case.shape.bare == YES):
            wrong.append(case.name)
    for name in wrong:
        print(f"FAIL {label}, bare: {name} (the kernel does not do what the table says)")
    with open(path, "w") as file:
        json.dump({case.name: case.arrived for case in cases}, file)
    shapes = {case.key for case in cases}
    delivered = {case.key for case in cases if case.arrived}
    if not wrong:
        print(f"PASS {label}, bare: {len(delivered)} of {len(shapes)} shapes arrive")


def is_admitted(case):
    return case.admitted and not case.shape.drop


def is_unguarded(case):
    """None: it may be either."""
    if case.datagram.dport != OPEN_PORT:
        return False
    return None if case.datagram.family in case.shape.unread else True


def judge(path, label, cases, passes):
    with open(path) as file:
        bare = json.load(file)
    wrong = {case.key: [] for case in cases}
    for case in cases:
        wanted = bare[case.name] and passes(case)
        if wanted is not None and case.arrived != wanted:
            source = "listed" if case.listed else "unlisted"
            got = "arrived" if case.arrived else "lost"
            wrong[case.key].append(f"{source} to {case.datagram.dport} {got}")
    for key, why in wrong.items():
        print(f"FAIL {label}, {key} ({', '.join(why)})" if why else f"PASS {label}, {key}")


def main():
    if len(sys.argv) != 8 or sys.argv[1] not in ("record", "judge", "closed"):
        sys.exit(__doc__)
    _, verb, path, label, from_ns, device, mac, to_ns = sys.argv
    traffic.stay_on_one_cpu()
    wire = Tun(to_ns, device) if mac == "tun" else Wire(from_ns, device, mac)
    cases = run_cases(wire, to_ns)
    if verb == "record":
        record(path, label, cases)
    else:
        judge(path, label, cases, is_admitted if verb == "judge" else is_unguarded)


if __name__ == "__main__":
    main()
