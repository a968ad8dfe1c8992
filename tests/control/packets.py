# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Real datagrams, over a cable between two network namespaces: which of them arrive."""
import contextlib
import ctypes
import os
import select
import socket
import time

MARK = 9  # a port that nobody guards
PATIENCE = 5
libc = ctypes.CDLL(None, use_errno=True)


def enter(namespace):
    with open(f"/run/netns/{namespace}") as there:
        if libc.setns(there.fileno(), 0x40000000):
            raise OSError(ctypes.get_errno(), namespace)


@contextlib.contextmanager
def inside(namespace):
    with open("/proc/self/ns/net") as home:
        enter(namespace)
        try:
            yield
        finally:
            libc.setns(home.fileno(), 0x40000000)


class Cable:
    """All datagrams from sources to (destination, port) pairs, in one go."""

    def __init__(self, client, server, dev, sources, dests, ports):
        self.dests, self.ports = dests, ports
        with inside(server):
            self.receivers = {(family, port): self.receiver(family, port, dev)
                              for family in (socket.AF_INET, socket.AF_INET6)
                              for port in (*ports, MARK)}
        with inside(client):
            self.senders = {source: self.sender(source) for source in sources}
        self.count = 0

    @staticmethod
    def receiver(family, port, dev):
        sock = socket.socket(family, socket.SOCK_DGRAM)
        if family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        sock.setsockopt(socket.SOL_SOCKET, 33, 1 << 20)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, dev.encode())
        sock.bind(("", port))
        sock.setblocking(False)
        return sock

    @staticmethod
    def sender(source):
        """Bound to a source that need not be an address of the client."""
        six = ":" in source
        sock = socket.socket(socket.AF_INET6 if six else socket.AF_INET, socket.SOCK_DGRAM)
        sock.setsockopt(*((socket.IPPROTO_IPV6, 78) if six else (socket.SOL_IP, 15)), 1)
        sock.bind((source, 0))
        return sock

    def settle(self):
        """What was sent before has been judged."""
        for source in (next(s for s in self.senders if ":" not in s),
                       next(s for s in self.senders if ":" in s)):
            six = ":" in source
            dest = next(dest for dest in self.dests if (":" in dest) == six)
            receiver = self.receivers[socket.AF_INET6 if six else socket.AF_INET, MARK]
            mark = os.urandom(16)
            self.senders[source].sendto(mark, (dest, MARK))
            until = time.monotonic() + PATIENCE
            while mark not in self.drain(receiver):
                if time.monotonic() > until:
                    raise RuntimeError("the mark did not arrive")
                select.select([receiver], [], [], 0.2)

    @staticmethod
    def drain(sock):
        found = []
        with contextlib.suppress(BlockingIOError):
            while True:
                found.append(sock.recv(64))
        return found

    def probe(self):
        """{(source, dest, port)} of those that arrived."""
        self.count += 1
        for source, sock in self.senders.items():
            for dest in self.dests:
                if (":" in source) == (":" in dest):
                    for port in self.ports:
                        sock.sendto(f"{self.count} {source} {dest} {port}".encode(), (dest, port))
        self.settle()
        arrived = set()
        for (_, port), sock in self.receivers.items():
            for payload in self.drain(sock) if port != MARK else ():
                count, source, dest, port = payload.decode().split()
                if int(count) == self.count:
                    arrived.add((source, dest, int(port)))
        return arrived
