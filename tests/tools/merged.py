#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Sends from "client" to "server" what only a socket buffer can be, and says what arrives.

    merged.py send SOURCE PORT N            N datagrams in one frame (UDP_SEGMENT)
    merged.py nonlinear SOURCE PORT LINEAR  one, its headers beyond the first LINEAR bytes
    merged.py flood STRANGER LISTED SECONDS datagrams of both in turn: prints how many were
                                            sent, strangers' that arrived, listed ones' lost

SERVER4 and SERVER6 name the server; a mark behind each says when all has arrived.
"""
import os
import socket
import struct
import sys
import time

import shapes
import traffic

UDP_SEGMENT = 103
PACKET_VNET_HDR = 15
ETH_P_ALL, ETH_P_IPV6 = 3, 0x86DD
SIZE = 100
PORT = 4040
OPTION, OPTION_BYTES, OPTIONS = 0x1E, 253, 8  # one that receivers skip, RFC 4727
HEADERS = 2


def server_of(source):
    return os.environ["SERVER6" if ":" in source else "SERVER4"]


class Way:
    """From a source to a port, with a mark."""

    def __init__(self, source, port):
        family, server = traffic.family_of(source), server_of(source)
        with traffic.inside("server"):
            self.receiver = traffic.receiver(family, port)
        with traffic.inside("client"):
            self.out = traffic.sender(source)
            self.dest = traffic.sockaddr(server, port)
            mark = traffic.sockaddr(server, traffic.MARK_PORT)
        self.marks = traffic.Marks(family, "server", lambda bytes: self.out.sendto(bytes, mark))
        self.marks.wait()

    def arrived(self):
        self.marks.wait()
        return len(traffic.drain(self.receiver))


def send(source, port, count):
    way = Way(source, int(port))
    way.out.setsockopt(socket.IPPROTO_UDP, UDP_SEGMENT, SIZE)
    way.out.sendto(bytes(SIZE * int(count)), way.dest)
    way.out.setsockopt(socket.IPPROTO_UDP, UDP_SEGMENT, 0)
    return way.arrived()


def extension(following):
    options = (bytes([OPTION, OPTION_BYTES]) + bytes(OPTION_BYTES)) * OPTIONS
    header = bytes([following, 255]) + options
    return header + bytes([1, 2048 - len(header) - 2]) + bytes(2048 - len(header) - 2)


def nonlinear_frame(source, port):
    server = server_of(source)
    addresses = socket.inet_pton(socket.AF_INET6, source) + socket.inet_pton(
        socket.AF_INET6, server)
    payload = b"beyond the first buffer"
    udp = struct.pack(">HHHH", 1024, int(port), 8 + len(payload), 0) + payload
    check = shapes.checksum(addresses + struct.pack(">II", len(udp), shapes.UDP) + udp)
    udp = udp[:6] + struct.pack(">H", check or 0xFFFF) + udp[8:]
    options = extension(shapes.DSTOPTS) * (HEADERS - 1) + extension(shapes.UDP)
    header = struct.pack(">IHBB", 6 << 28, len(options) + len(udp), shapes.DSTOPTS, 64)
    return header + addresses + options + udp


def mac(namespace):
    with traffic.inside(namespace), socket.socket() as asked:
        answer = shapes.fcntl.ioctl(asked, 0x8927, struct.pack("256s", b"eth0"))  # SIOCGIFHWADDR
    return answer[18:24]


def nonlinear(source, port, linear):
    way = Way(source, int(port))
    frame = mac("server") + mac("client") + struct.pack(">H", ETH_P_IPV6) + nonlinear_frame(
        source, port)
    with traffic.inside("client"):
        wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
        wire.setsockopt(263, PACKET_VNET_HDR, 1)  # SOL_PACKET
        wire.bind(("eth0", ETH_P_ALL))
    wire.send(struct.pack("=BBHHHH", 0, 0, int(linear), 0, 0, 0) + frame)
    return way.arrived()


def flood(stranger, listed, seconds):
    ways = [Way(stranger, PORT), Way(listed, PORT + 5)]
    until = time.monotonic() + float(seconds)
    sent = arrived = 0
    while time.monotonic() < until:
        for way in ways:
            way.out.sendto(b"%d" % sent, way.dest)
        sent += 1
        if not sent % 50:
            arrived += len(traffic.drain(ways[1].receiver))
        time.sleep(0.001)
    arrived += ways[1].arrived()  # whose mark came last: one of the two receivers gets them
    strangers = len(traffic.drain(ways[0].receiver))
    return f"{sent} {strangers} {sent - arrived}"


if __name__ == "__main__":
    traffic.stay_on_one_cpu()
    print({"send": send, "nonlinear": nonlinear, "flood": flood}[sys.argv[1]](*sys.argv[2:]))
