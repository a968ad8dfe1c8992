#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""A PPPoE session without a daemon: ppp0 in each of two namespaces, over a cable.

    pppoe.py NS DEVICE MAC NS DEVICE MAC

MAC is that of the device.  Nothing is negotiated: both ends know the session's number.  Says "ready", and
ends the session when it is killed.
"""
import ctypes
import fcntl
import os
import signal
import socket
import struct
import sys

sys.path.insert(1, os.path.join(os.path.dirname(os.path.realpath(__file__)), "../tools"))

import traffic  # noqa: E402

AF_PPPOX, PX_PROTO_OE = 24, 0
PPPIOCGCHAN, PPPIOCATTCHAN = 0x80047437, 0x40047438
PPPIOCNEWUNIT, PPPIOCCONNECT = 0xC004743E, 0x4004743A
PPP_MAJOR = 108
SESSION = 7


def ioctl(fd, request, value):
    return struct.unpack("i", fcntl.ioctl(fd, request, struct.pack("i", value)))[0]


def connect(sock, device, peer_mac):
    """Which Python cannot: it does not know such addresses."""
    address = struct.pack("=HI", AF_PPPOX, PX_PROTO_OE) + struct.pack("!H", SESSION)
    address += bytes.fromhex(peer_mac.replace(":", "")) + struct.pack("16s", device.encode())
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.connect(sock.fileno(), address, len(address)):
        raise OSError(ctypes.get_errno(), "connect")


def ppp_device():
    """In a machine where udev does not make it."""
    if not os.path.exists("/dev/ppp"):
        os.mknod("/dev/ppp", 0o20600, os.makedev(PPP_MAJOR, 0))
    return os.open("/dev/ppp", os.O_RDWR)


class End:
    def __init__(self, namespace, device, peer_mac):
        with traffic.inside(namespace):
            self.socket = socket.socket(AF_PPPOX, socket.SOCK_STREAM, PX_PROTO_OE)
            connect(self.socket, device, peer_mac)
            self.channel_fd, self.unit_fd = ppp_device(), ppp_device()
            ioctl(self.channel_fd, PPPIOCATTCHAN, ioctl(self.socket.fileno(), PPPIOCGCHAN, 0))
            ioctl(self.channel_fd, PPPIOCCONNECT, ioctl(self.unit_fd, PPPIOCNEWUNIT, -1))


def main():
    if len(sys.argv) != 7:
        sys.exit(__doc__)
    (ns, device, mac), (other_ns, other_device, other_mac) = sys.argv[1:4], sys.argv[4:7]
    ends = End(ns, device, other_mac), End(other_ns, other_device, mac)
    print("ready", flush=True)
    signal.pause()
    del ends


main()
