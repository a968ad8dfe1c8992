#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Sends real datagrams between two network namespaces and says which arrived.

    traffic.py udp FROM-NS SOURCE TO-NS DEST PORT... [--size N]
    traffic.py tcp FROM-NS SOURCE TO-NS DEST PORT...

One process holds the sockets of both namespaces.  A mark sent last, to a port
that nobody guards, arrives after everything before it: what is not there by
then was dropped, and nothing need wait for it.
"""
import argparse
import contextlib
import ctypes
import os
import select
import socket
import sys
import time

MARK_PORT = 9  # "discard"
PATIENCE = 3  # seconds for a mark or a connection to arrive
CLONE_NEWNET = 0x40000000
SO_RCVBUFFORCE = 33  # numbers that Python 3.11 has no names for
IP_FREEBIND = 15
IPV6_FREEBIND = 78
BUFFER = 8 << 20

libc = ctypes.CDLL(None, use_errno=True)


def die(why):
    sys.exit(f"{os.path.basename(sys.argv[0])}: {why}")


@contextlib.contextmanager
def inside(name):
    """Sockets made in here belong to the namespace, for good."""
    with open("/proc/self/ns/net") as home, open(f"/run/netns/{name}") as there:
        if libc.setns(there.fileno(), CLONE_NEWNET):
            raise OSError(ctypes.get_errno(), f"namespace {name}")
        try:
            yield
        finally:
            libc.setns(home.fileno(), CLONE_NEWNET)


def family_of(address):
    return socket.AF_INET6 if ":" in address else socket.AF_INET


def sockaddr(address, port):
    """With the scope of fe80::1%eth0, as the current namespace numbers it."""
    return socket.getaddrinfo(address, port, flags=socket.AI_NUMERICHOST)[0][4]


def open_socket(family, kind):
    sock = socket.socket(family, kind)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if family == socket.AF_INET6:
        sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    return sock


def receiver(family, port, kind=socket.SOCK_DGRAM):
    sock = open_socket(family, kind)
    sock.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, BUFFER)
    sock.bind(("", port))
    sock.setblocking(False)
    return sock


def sender(source, kind=socket.SOCK_DGRAM, port=0):
    """Bound to a source that need not be an address of the namespace."""
    family = family_of(source)
    sock = open_socket(family, kind)
    if family == socket.AF_INET6:
        sock.setsockopt(socket.IPPROTO_IPV6, IPV6_FREEBIND, 1)
    else:
        sock.setsockopt(socket.SOL_IP, IP_FREEBIND, 1)
    sock.bind(sockaddr(source, port))
    return sock


def stay_on_one_cpu():
    """Two CPUs could overtake one another on the way."""
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})


def drain(sock):
    """Everything that is there: (payload, source address, source port)."""
    arrived = []
    with contextlib.suppress(BlockingIOError):
        while True:
            payload, source = sock.recvfrom(65536)
            arrived.append((payload, source[0], source[1]))
    return arrived


class Marks:
    """Tells when everything sent before has been judged; send() sends a mark the same way."""

    def __init__(self, family, to_ns, send):
        self.send = send
        with inside(to_ns):
            self.receiver = receiver(family, MARK_PORT)

    def wait(self):
        mark = os.urandom(16)
        until = time.monotonic() + PATIENCE
        self.send(mark)
        while (left := until - time.monotonic()) > 0:
            select.select([self.receiver], [], [], left)
            if any(payload == mark for payload, *_ in drain(self.receiver)):
                return
        die("the mark, a datagram that nobody guards against, did not arrive")


def payload_for(port, size):
    head = b"%d " % port + os.urandom(16)
    return (head + os.urandom(max(0, size - len(head))))[: size or None]


def run_udp(args):
    family = family_of(args.source)
    with inside(args.to_ns):
        receivers = {port: receiver(family, port) for port in args.port}
    with inside(args.from_ns):
        out = sender(args.source)
        dests = {port: sockaddr(args.dest, port) for port in [*args.port, MARK_PORT]}
    marks = Marks(family, args.to_ns, lambda mark: out.sendto(mark, dests[MARK_PORT]))
    marks.wait()  # neighbours know each other from here on
    sent = {port: payload_for(port, args.size) for port in args.port}
    for port, payload in sent.items():
        out.sendto(payload, dests[port])
    marks.wait()
    whole = (args.source.partition("%")[0], out.getsockname()[1])
    arrived = []
    for port, sock in receivers.items():
        got = drain(sock)
        if any(one[0] != sent[port] or (one[1].partition("%")[0], one[2]) != whole for one in got):
            die(f"port {port}: what arrived is not what was sent")
        if len(got) > 1:
            die(f"port {port}: arrived {len(got)} times")
        if got:
            arrived.append(port)
    return arrived


def tcp_works(args, port):
    with inside(args.to_ns):
        listener = receiver(family_of(args.dest), port, socket.SOCK_STREAM)
        listener.listen()
        listener.settimeout(PATIENCE)
    with inside(args.from_ns), sender(args.source, socket.SOCK_STREAM) as client:
        client.settimeout(PATIENCE)
        dest = sockaddr(args.dest, port)
        try:
            client.connect(dest)
            server, _ = listener.accept()
            said = os.urandom(args.size)
            client.sendall(said)
            client.shutdown(socket.SHUT_WR)
            server.settimeout(PATIENCE)
            heard = b""
            while part := server.recv(65536):
                heard += part
        except TimeoutError:
            return False
    return heard == said


def run_tcp(args):
    return [port for port in args.port if tcp_works(args, port)]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("kind", choices=["udp", "tcp"])
    parser.add_argument("from_ns")
    parser.add_argument("source")
    parser.add_argument("to_ns")
    parser.add_argument("dest")
    parser.add_argument("port", type=int, nargs="+")
    parser.add_argument("--size", type=int, default=64)
    args = parser.parse_args()
    stay_on_one_cpu()
    arrived = run_udp(args) if args.kind == "udp" else run_tcp(args)
    print(*arrived or ["none"])


if __name__ == "__main__":
    main()
