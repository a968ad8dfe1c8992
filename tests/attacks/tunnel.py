#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""A tunnel without secrets: carries what two TUN devices send inside UDP datagrams.

    tunnel.py NS DEVICE ADDRESS NS DEVICE ADDRESS

Each end opens the TUN device of its namespace, and a UDP socket at ADDRESS in
there.  Says "ready" and runs until it is killed.
"""
import fcntl
import os
import selectors
import socket
import struct
import sys

sys.path.insert(1, os.path.join(os.path.dirname(os.path.realpath(__file__)), "../tools"))

import shapes  # noqa: E402
import traffic  # noqa: E402

PORT = 7000
PACKET_MAX = 65536


class End:
    def __init__(self, namespace, device, address):
        with traffic.inside(namespace):
            self.tun_fd = os.open("/dev/net/tun", os.O_RDWR)
            name = struct.pack("16sH22x", device.encode(), shapes.IFF_TUN | shapes.IFF_NO_PI)
            fcntl.ioctl(self.tun_fd, shapes.TUNSETIFF, name)
            self.socket = socket.socket(traffic.family_of(address), socket.SOCK_DGRAM)
            self.socket.bind((address, PORT))


def main():
    if len(sys.argv) != 7:
        sys.exit(__doc__)
    ends = End(*sys.argv[1:4]), End(*sys.argv[4:7])
    events = selectors.DefaultSelector()
    for end, other in (ends, ends[::-1]):
        end.socket.connect(other.socket.getsockname())
        events.register(end.tun_fd, selectors.EVENT_READ,
                        lambda end=end: end.socket.send(os.read(end.tun_fd, PACKET_MAX)))
        events.register(end.socket, selectors.EVENT_READ,
                        lambda end=end: os.write(end.tun_fd, end.socket.recv(PACKET_MAX)))
    print("ready", flush=True)
    while True:
        for key, _ in events.select():
            key.data()


main()
