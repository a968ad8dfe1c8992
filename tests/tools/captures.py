#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Frames as captures, in every format that `check FILE` reads, and as real frames.

    captures.py make DIR MAC      writes the captures into DIR; MAC takes the frames
    captures.py send NS DEVICE MAC   sends the same frames, once each
    captures.py names             what each frame is, one a line

The environment names the addresses: LISTED4, UNLISTED4, SERVER4 and so on.
"""
import os
import socket
import struct
import sys

import traffic

IPV4, IPV6, ARP, VLAN, QINQ = 0x0800, 0x86DD, 0x0806, 0x8100, 0x88A8
UDP, TCP, FRAGMENT, HOPOPTS, DSTOPTS = 17, 6, 44, 0, 60
EN10MB, RAW, IEEE802_11, SLL, SLL2, DLT_IPV4 = 1, 101, 105, 113, 276, 228  # tcpdump.org/linktypes
BEGIN = 1_700_000_000  # of the capture, seconds since the epoch
OUTGOING = 4  # linux/if_packet.h


def udp(port, payload=b"call"):
    return struct.pack("!HHHH", 1024, port, 8 + len(payload), 0) + payload


def ipv4(source, payload, proto=UDP, offset=0, options=b"", version=4):
    head = struct.pack("!BBHHHBBH4s4s", version << 4 | 5 + len(options) // 4, 0,
                       20 + len(options) + len(payload), 7, offset, 64, proto, 0,
                       socket.inet_aton(source), socket.inet_aton(os.environ["SERVER4"])) + options
    total = sum(struct.unpack(f"!{len(head) // 2}H", head))
    total = (total & 0xFFFF) + (total >> 16)
    total = (total & 0xFFFF) + (total >> 16)
    return IPV4, head[:10] + struct.pack("!H", ~total & 0xFFFF) + head[12:] + payload


def ipv6(source, payload, proto=UDP):
    return IPV6, (struct.pack("!IHBB", 6 << 28, len(payload), proto, 64)
                  + socket.inet_pton(socket.AF_INET6, source)
                  + socket.inet_pton(socket.AF_INET6, os.environ["SERVER6"]) + payload)


def tagged(packet, *tags):
    """Inside VLAN tags, outermost first."""
    kind, data = packet
    for tag in reversed(tags):
        kind, data = tag, struct.pack("!HH", 5, kind) + data
    return kind, data


def options(count, proto):
    """So many destination options in a row, each as long as can be."""
    return (bytes([DSTOPTS, 255]) + bytes(2046)) * (count - 1) + bytes([proto, 255]) + bytes(2046)


def packets():
    """Name, then (EtherType, packet)."""
    listed, stranger = os.environ["LISTED4"], os.environ["UNLISTED4"]
    listed6, stranger6 = os.environ["LISTED6"], os.environ["UNLISTED6"]
    yield "listed", ipv4(listed, udp(4040))
    yield "unlisted", ipv4(stranger, udp(4040))
    yield "unlisted again", ipv4(stranger, udp(4045, b"x" * 900))
    yield "nobody is listed for command", ipv4(listed, udp(5001))
    yield "a port that nobody guards", ipv4(stranger, udp(53))
    yield "monitor", ipv4(stranger, udp(7000))
    yield "IPv6, listed", ipv6(listed6, udp(4040))
    yield "IPv6, unlisted", ipv6(stranger6, udp(4040))
    yield "IPv6 behind options", ipv6(stranger6, options(2, UDP) + udp(4040), DSTOPTS)
    yield "IPv4 options", ipv4(stranger, udp(4040), options=b"\x01" * 40)
    yield "VLAN", tagged(ipv4(stranger, udp(4040)), VLAN)
    yield "four tags", tagged(ipv4(listed, udp(4040)), QINQ, VLAN, VLAN, VLAN)
    yield "five tags", tagged(ipv4(listed, udp(4040)), QINQ, VLAN, VLAN, VLAN, VLAN)
    yield "a first fragment", ipv4(stranger, udp(4040), offset=0x2000)
    yield "a later fragment", ipv4(stranger, udp(4040), offset=0x0001)
    yield "UDP of four bytes", ipv4(stranger, udp(4040)[:4])
    yield "version 5", ipv4(stranger, udp(4040), version=5)
    yield "half an IPv4 header", (IPV4, ipv4(stranger, b"")[1][:10])
    yield "TCP to a UDP port", ipv4(stranger, struct.pack("!HHIIBBHHH", 9, 4040, 0, 0, 80, 2, 0, 0, 0),
                                    TCP)
    yield "denied", ipv4("192.0.2.77", udp(4040))
    yield "ARP", (ARP, struct.pack("!HHBBH", 1, IPV4, 6, 4, 1) + bytes(20))
    yield "nothing behind the link header", (0x88B5, b"")


def ethernet(mac):
    for _, (kind, data) in packets():
        yield mac + b"\x02\0\0\0\0\x09" + struct.pack("!H", kind) + data


def cooked(sent=False):
    for _, (kind, data) in packets():
        yield struct.pack("!HHH8sH", OUTGOING if sent else 0, 1, 6, b"\x02\0\0\0\0\x09", kind) + data


def cooked2(sent=False):
    for _, (kind, data) in packets():
        yield struct.pack("!HHIHBB8s", kind, 0, 3, 1, OUTGOING if sent else 0, 6,
                          b"\x02\0\0\0\0\x09") + data


def is_bare(kind, data):
    """Does the packet say by itself what it is, and will the kernel run one so short?"""
    return kind in (IPV4, IPV6) and data[0] >> 4 == (4 if kind == IPV4 else 6) and len(data) >= 14


def bare():
    for _, (kind, data) in packets():
        if is_bare(kind, data):
            yield data


def pcap(link, frames, snap=262144, order="<", magic=0xA1B2C3D4):
    out = struct.pack(order + "IHHiIII", magic, 2, 4, 0, 0, snap, link)
    for at, frame in enumerate(frames):
        out += struct.pack(order + "IIII", BEGIN + at, at, min(len(frame), snap), len(frame))
        out += frame[:snap]
    return out


def block(kind, body):
    body += bytes(-len(body) % 4)
    return struct.pack("<II", kind, len(body) + 12) + body + struct.pack("<I", len(body) + 12)


def pcapng(*interfaces):
    """Of (link type, frames), each an interface."""
    out = block(0x0A0D0D0A, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1))
    for link, _ in interfaces:
        out += block(1, struct.pack("<HHI", link, 0, 262144))
    for number, (_, frames) in enumerate(interfaces):
        for at, frame in enumerate(frames):
            us = (BEGIN + at) * 1_000_000 + at
            out += block(6, struct.pack("<IIIII", number, us >> 32, us & 0xFFFFFFFF, len(frame),
                                        len(frame)) + frame)
    return out


def make(folder, mac):
    frames = list(ethernet(mac))
    one = pcap(EN10MB, frames[:1])
    written = {
        "eth.pcap": pcap(EN10MB, frames),
        "swapped.pcap": pcap(EN10MB, frames, order=">"),
        "nano.pcap": pcap(EN10MB, frames, magic=0xA1B23C4D),
        "eth.pcapng": pcapng((EN10MB, frames)),
        "sll.pcap": pcap(SLL, cooked()),
        "sll2.pcap": pcap(SLL2, cooked2()),
        "sent.pcap": pcap(SLL, cooked(sent=True)),
        "sent2.pcap": pcap(SLL2, cooked2(sent=True)),
        "raw.pcap": pcap(RAW, bare()),
        "ipv4.pcap": pcap(DLT_IPV4, (data for data in bare() if data[0] >> 4 == 4)),
        "rawish.pcap": pcap(EN10MB, (frame for (_, packet), frame in zip(packets(), frames)
                                     if is_bare(*packet))),
        "none.pcap": pcap(EN10MB, []),
        "tiny.pcap": pcap(EN10MB, [b"", b"\x02", bytes(13)]),
        "huge.pcap": pcap(EN10MB, [frames[1] + bytes(200_000)]),
        "wifi.pcap": pcap(IEEE802_11, frames[:1]),
        "two.pcapng": pcapng((EN10MB, frames[:1]), (RAW, [b"\x45"])),
        "short.pcap": pcap(EN10MB, frames)[:-7],
        "header.pcap": one[:20],
        "lies.pcap": one[:24] + struct.pack("<IIII", BEGIN, 0, 0x7FFFFFFF, 60),
        "empty.pcap": b"",
        "text.pcap": b"allow 192.0.2.1 gateway\n" * 20,
        "late.pcap": one[:24] + struct.pack("<IIII", 0xFFFFFFFF, 0xFFFFFFFF, 14, 14) + bytes(14),
    }
    for snap in (0, 14, 15, 16, 18, 33, 41, 53):
        written[f"snap{snap}.pcap"] = pcap(EN10MB, frames, snap)
    for name, data in written.items():
        with open(f"{folder}/{name}", "wb") as file:
            file.write(data)


def send(namespace, device):
    with traffic.inside(namespace):
        raw = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
        raw.bind((device, 0))
    for frame in ethernet(bytes.fromhex(sys.argv[4].replace(":", ""))):
        raw.send(frame)


def main():
    verb = sys.argv[1]
    if verb == "make":
        make(sys.argv[2], bytes.fromhex(sys.argv[3].replace(":", "")))
    elif verb == "send":
        send(sys.argv[2], sys.argv[3])
    else:
        print("\n".join(name for name, _ in packets()))


main()
