#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Looks at the hosts of a fleet all the time, and sends them packets; says at the end what it saw.

    observe.py DIR LISTED UNLISTED HOST=PID=ADDRESS...

PID is of a process in the host's mount namespace.  DIR/now/HOST has the digest of what is in
force there, DIR/seen a line TIME HOST DIGEST for each change of it, and at the end, after a
SIGTERM, DIR/traffic a line HOST SENT LOST DELIVERED: of listed packets, and unlisted ones."""
import contextlib
import ctypes
import hashlib
import os
import pathlib
import signal
import socket
import struct
import subprocess
import sys
import threading
import time

CLONE_NEWNET = 0x40000000
SO_RCVBUFFORCE = 33
IP_FREEBIND = 15
BUFFER = 16 << 20
PORT = 4040
PAUSE = 0.02  # seconds from one packet to the next, of each source to each host
LOOK = 0.25  # ... from one look to the next
LAST = 2.0  # ... for what is on its way

libc = ctypes.CDLL(None, use_errno=True)
ended = threading.Event()


@contextlib.contextmanager
def inside(name):
    with open("/proc/thread-self/ns/net") as home, open(f"/run/netns/{name}") as there:
        if libc.setns(there.fileno(), CLONE_NEWNET):
            raise OSError(ctypes.get_errno(), name)
        try:
            yield
        finally:
            libc.setns(home.fileno(), CLONE_NEWNET)


def digest_of(text):
    """Whatever order the lines are in."""
    lines = sorted(line for line in text.splitlines() if line and not line.startswith("#"))
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]


def udp(address, port=0):
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, BUFFER)
    sock.setsockopt(socket.IPPROTO_IP, IP_FREEBIND, 1)
    sock.bind((address, port))
    sock.setblocking(False)
    return sock


class Host:
    def __init__(self, words):
        self.name, pid, self.address = words.split("=")
        self.mounts = f"/proc/{pid}/ns/mnt"
        self.sent, self.got, self.wrong = 0, set(), 0
        with inside(self.name):
            self.socket = udp(self.address, PORT)

    def settings(self):
        asked = subprocess.run(
            ["nsenter", f"--mount={self.mounts}", f"--net=/run/netns/{self.name}", "--",
             os.environ["CLARENT_XDP"], "-q", "save", "-"],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=60, check=False)
        return asked.stdout.decode() if asked.returncode == 0 else None

    def receive(self, listed):
        while True:
            try:
                data, (source, _) = self.socket.recvfrom(64)
            except BlockingIOError:
                return
            if source == listed:
                self.got.add(struct.unpack("!Q", data)[0])
            else:
                self.wrong += 1


def look(host, folder, seen, lock):
    last = None
    while not ended.is_set():
        began = time.time()
        text = host.settings()
        digest = digest_of(text) if text is not None else None
        if digest and digest != last:
            last = digest
            (folder / "now" / f"{host.name}.new").write_text(digest)
            (folder / "now" / f"{host.name}.new").rename(folder / "now" / host.name)
            with lock:
                print(f"{time.time():.3f} {host.name} {digest} {time.time() - began:.3f}", file=seen, flush=True)
        ended.wait(LOOK)


def send(hosts, listed, unlisted):
    with inside("hub"):
        sources = {listed: udp(listed), unlisted: udp(unlisted)}
    while not ended.wait(PAUSE):
        for host in hosts:
            for source, sock in sources.items():
                sock.sendto(struct.pack("!Q", host.sent), (host.address, PORT))
            host.sent += 1
            host.receive(listed)


def main():
    folder, listed, unlisted = pathlib.Path(sys.argv[1]), sys.argv[2], sys.argv[3]
    hosts = [Host(words) for words in sys.argv[4:]]
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    (folder / "now").mkdir(exist_ok=True)
    lock = threading.Lock()
    with open(folder / "seen", "w") as seen:
        threads = [threading.Thread(target=look, args=(host, folder, seen, lock)) for host in hosts]
        for thread in threads:
            thread.start()
        send(hosts, listed, unlisted)
        time.sleep(LAST)
        for thread in threads:
            thread.join()
    with open(folder / "traffic", "w") as traffic:
        for host in hosts:
            host.receive(listed)
            print(host.name, host.sent, host.sent - len(host.got), host.wrong, file=traffic)


if __name__ == "__main__":
    main()
