# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""The frames that attached programs are asked about, as `verdicts` reads them."""

import socket
import struct

SOURCES = ("192.0.2.10", "192.0.2.66", "192.0.2.77", "198.51.100.7", "198.51.100.9",
           "203.0.113.5", "2001:db8::10", "2001:db8::66")
DESTS = {4: ("192.0.2.1", "192.0.2.2", "192.0.2.3"), 6: ("2001:db8::1",)}
PORTS = (4040, 4045, 5001, 5631, 7000, 7100, 53)


def frame_ipv4(source, dest, port, offset=0):
    udp = struct.pack("!4H", 1024, port, 8, 0)
    ip = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 28, 0, offset, 64, 17, 0,
                     socket.inet_aton(source), socket.inet_aton(dest))
    return bytes(12) + b"\x08\x00" + ip + udp


def frame_ipv6(source, dest, port):
    udp = struct.pack("!4H", 1024, port, 8, 0)
    ip = struct.pack("!IHBB", 6 << 28, 8, 17, 64)
    addresses = b"".join(socket.inet_pton(socket.AF_INET6, one) for one in (source, dest))
    return bytes(12) + b"\x86\xdd" + ip + addresses + udp


def questions():
    """What the attached programs are asked: (source, dest, port) to frame."""
    asked = {}
    for source in SOURCES:
        family = 6 if ":" in source else 4
        for dest in DESTS[family]:
            for port in PORTS:
                build = frame_ipv6 if family == 6 else frame_ipv4
                asked[source, dest, port] = build(source, dest, port)
    asked["192.0.2.66", "192.0.2.1", "later fragment"] = frame_ipv4(
        "192.0.2.66", "192.0.2.1", 4040, offset=100)
    return asked


QUESTIONS = questions()
FRAMES = "".join(frame.hex() + "\n" for frame in QUESTIONS.values())

if __name__ == "__main__":
    print(FRAMES, end="")
