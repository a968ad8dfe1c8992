#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""A stranger behind stacked VLAN tags that never stops: stacked.py SECONDS DEVICE SOURCE DEST PORTS"""
import pathlib
import socket
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tools"))
import shapes  # noqa: E402

VLAN5 = (shapes.ETH_P_8021Q, 5)
STACKS = [
    (shapes.DOT1Q, shapes.DOT1Q),
    (shapes.DOT1AD, shapes.DOT1Q),
    (shapes.DOT1Q,) * 3,
    (VLAN5, shapes.DOT1Q),
]


def frames(source, dest, port):
    d = shapes.Datagram(socket.AF_INET, source, dest, 20000, port, b"knock")
    for tags in STACKS:
        yield shapes.ethernet(shapes.BROADCAST_MAC, shapes.ETH_P_IP, shapes.plain(d)[0], tags)


def main():
    seconds, device, source, dest, ports = sys.argv[1:]
    sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
    sock.bind((device, 0))
    all_frames = [f for port in ports.split(",") for f in frames(source, dest, int(port))]
    end = time.monotonic() + float(seconds)
    while time.monotonic() < end:
        for frame in all_frames:
            try:
                sock.send(frame)
            except OSError:  # the queue is full, or nobody is there yet
                pass
        time.sleep(0.2)


if __name__ == "__main__":
    main()
