#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""A stranger that never stops, and a witness that misses nothing.

    knock.py send SECONDS SOURCE DEST PORT[,PORT...] [PAUSE]   a datagram to each, then a pause
    knock.py count SECONDS FILE PORT[,PORT...]                 at all addresses of this host

The pause is a millisecond, if no other is named in seconds.  The witness writes
what it got to FILE, whole, ten times a second and when it is told to end
(SIGTERM): lines SOURCE PORT NUMBER.
"""
import collections
import os
import select
import signal
import socket
import sys
import time


def ports_of(word):
    return [int(port) for port in word.split(",")]


def send(end, source, dest, ports, pause):
    family = socket.AF_INET6 if ":" in dest else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_DGRAM)
    sock.bind((source, 0))
    while time.monotonic() < end:
        for port in ports:
            try:
                sock.sendto(b"knock", (dest, port))
            except OSError:  # nobody is there yet, or any more
                pass
        time.sleep(pause)


def receiver(port):
    sock = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
    sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.bind(("::", port))
    return sock


def write(path, got):
    with open(path + ".new", "w") as file:
        file.writelines(f"{source} {port} {count}\n" for (source, port), count in got.items())
    os.rename(path + ".new", path)


def take(sock, port, got):
    try:
        while True:
            source = sock.recvfrom(64)[1][0].removeprefix("::ffff:")
            got[source, port] += 1
    except BlockingIOError:
        pass


def count(end, path, ports):
    sockets = {receiver(port): port for port in ports}
    got = collections.Counter()
    told = []
    signal.signal(signal.SIGTERM, lambda *_: told.append(True))
    write(path, got)
    while time.monotonic() < end and not told:
        for sock in select.select(sockets, [], [], 0.1)[0]:
            take(sock, sockets[sock], got)
        write(path, got)
        time.sleep(0.05)
    for sock, port in sockets.items():
        take(sock, port, got)
    write(path, got)


def main():
    verb, seconds, *words = sys.argv[1:] or ["", "0"]
    end = time.monotonic() + float(seconds)
    if verb == "send" and len(words) in (3, 4):
        send(end, words[0], words[1], ports_of(words[2]), float((*words, "0.001")[3]))
    elif verb == "count" and len(words) == 2:
        count(end, words[0], ports_of(words[1]))
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main()
