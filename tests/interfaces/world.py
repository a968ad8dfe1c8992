# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Namespaces, interfaces and packets: what really is, asked of nobody but the kernel.

Three namespaces have the interfaces that a walk is about; the other end of each, "peerN", stays in
the namespace "outside", where the senders are.  An interface is told by its MAC address, which
nobody changes; how it is called, where it is, and its number, are what the walk changes.
"""
import contextlib
import os
import select
import shutil
import socket
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../tools"))
from netlink import Netlink, Refused  # noqa: E402
from tcx import tc_programs  # noqa: E402
from traffic import drain, inside, receiver, sender, stay_on_one_cpu  # noqa: E402

INSIDE = ("red", "blue", "green")
OUTSIDE = "outside"
SLOTS = 5  # interfaces at a time
SOURCES = {"listed": 1, "guest": 2, "stranger": 3, "here": 4}  # 10.1.N.10 is the listed one of slot N
GATEWAY = (4040, 4045, 5010)
GUARDED = (*GATEWAY, 5001, 5002)
MARK_PORT = 9
PATIENCE = 10  # seconds for a packet to arrive that nobody may hold up
COMMAND_PATIENCE = 120
PINS = "/sys/fs/bpf/clarent-xdp"
LEFT_BEHIND = (PINS, "/var/lib/clarent-xdp", "/etc/clarent-xdp", "/run/clarent-xdp")
FILE_CALLS = "openat,unlink,unlinkat,rename,renameat,renameat2,mkdir,mkdirat,rmdir"
KILLS = {"bpf": "bpf", "files": FILE_CALLS}


class Broken(Exception):
    """The rig does not do what it should; says nothing about the program."""


def source_of(kind, slot):
    return f"10.{SOURCES[kind]}.{slot}.10"


def server_of(slot):
    return f"10.0.{slot}.1"


def network_of(kind):
    return f"10.{SOURCES[kind]}.0.0/16"


def slot_of(mac):
    return int(mac.rpartition(":")[2], 16)


def with_tc(netlink, link):
    """A link of the current namespace with its program, were that at tc; at both hooks is no mode."""
    programs = tc_programs(netlink, link.index)
    if not programs:
        return link
    alone = link.program is None and len(programs) == 1
    return link._replace(program=programs[0], mode="tc" if alone else "twice")


def quiet_ipv6_and_rpf():
    for name, value in (("ipv6/conf/all/disable_ipv6", 1), ("ipv6/conf/default/disable_ipv6", 1),
                        ("ipv4/conf/all/rp_filter", 0), ("ipv4/conf/default/rp_filter", 0)):
        with contextlib.suppress(FileNotFoundError), open(f"/proc/sys/net/{name}", "w") as file:
            file.write(str(value))


class Namespace:
    """Its netlink socket, and a socket on each guarded port."""

    def __init__(self, name):
        self.name = name
        subprocess.run(["ip", "netns", "add", name], check=True)
        with inside(name):
            quiet_ipv6_and_rpf()
            self.netlink = Netlink()
            self.receivers = {port: receiver(socket.AF_INET, port) for port in GUARDED}
            self.marks = receiver(socket.AF_INET, MARK_PORT)
        self.handle = os.open(f"/run/netns/{name}", os.O_RDONLY | os.O_CLOEXEC)
        self.netlink.set_link("lo", up=True)

    def delete(self):
        for sock in (self.netlink, self.marks, *self.receivers.values()):
            sock.close()
        os.close(self.handle)
        subprocess.run(["ip", "netns", "del", self.name], check=True)


class World:
    def __init__(self):
        self.made = 0  # interfaces so far, for MAC addresses
        self.token = 0
        self.vacated = {name: [] for name in INSIDE}  # numbers that were an interface's, newest last
        self.seen = {}
        self.namespaces = {name: Namespace(name) for name in (*INSIDE, OUTSIDE)}
        for kind in SOURCES:
            for slot in range(SLOTS):
                self.at(OUTSIDE).add_address("lo", source_of(kind, slot))
        with inside(OUTSIDE):
            self.senders = {(kind, slot): sender(source_of(kind, slot))
                            for kind in SOURCES for slot in range(SLOTS)}

    # --- commands ---

    def run(self, where, *words, wrap=()):
        with inside(where):
            return subprocess.run([*wrap, *words], capture_output=True, text=True, check=False,
                                  stdin=subprocess.DEVNULL, timeout=COMMAND_PATIENCE)

    def xdp(self, where, *words):
        return self.run(where, "clarent-xdp", *words)

    def xdp_killed(self, calls, number, where, *words):
        """Killed at the number-th of these calls, if it makes as many."""
        wrap = ("strace", "-f", "-qqq", "-o", "/dev/null", "-e", f"trace={KILLS[calls]}", "-e",
                f"inject={KILLS[calls]}:signal=KILL:when={number}", "--")
        return self.run(where, "clarent-xdp", *words, wrap=wrap)

    # --- interfaces ---

    def at(self, where):
        return self.namespaces[where].netlink

    def locate(self):
        """{MAC: (namespace, Link)} of all that there are, and notes which numbers became free."""
        found = {}
        for name in INSIDE:
            with inside(name):
                netlink = self.at(name)
                found |= {link.mac: (name, with_tc(netlink, link)) for link in netlink.links()
                          if link.mac.startswith("02:")}
        for mac, (name, link) in self.seen.items():
            if mac not in found or (found[mac][0], found[mac][1].index) != (name, link.index):
                self.vacated[name].append(link.index)
        self.seen = found
        return found

    def free_slot(self):
        taken = {slot_of(mac) for mac in self.locate()}
        return next((slot for slot in range(SLOTS) if slot not in taken), None)

    def add(self, where, name, index=0):
        slot = self.free_slot()
        if slot is None:
            return
        self.made += 1
        mac = (b"\2\0" + self.made.to_bytes(3, "big") + bytes([slot])).hex(":")
        peer, outside = f"peer{slot}", self.at(OUTSIDE)
        self.at(where).add_veth(name, index, mac, peer, self.namespaces[OUTSIDE].handle)
        outside.set_link(peer, up=True)
        outside.add_route(peer, server_of(slot))
        outside.add_neighbour(peer, server_of(slot), mac)
        self.use(where, name, slot)

    def use(self, where, name, slot):
        """Gives it its address and takes it up."""
        self.at(where).add_address(name, server_of(slot))
        self.at(where).set_link(name, up=True)

    def rename(self, where, name, new):
        """A kernel before 6.2 renames only what is down."""
        was_up = self.at(where).find(name).up
        with contextlib.suppress(Refused):
            self.at(where).rename(name, new)
            return
        self.at(where).set_link(name, up=False)
        try:
            self.at(where).rename(name, new)
            name = new
        finally:
            self.at(where).set_link(name, up=was_up)

    def move(self, where, name, there, new=None):
        mac = self.at(where).find(name).mac
        try:
            self.at(where).move(name, self.namespaces[there].handle, new)
        finally:  # it may have moved though the new name was refused
            now, link = self.locate()[mac]
            if now == there:
                self.use(there, link.name, slot_of(mac))

    def make_anew(self, name):
        """Another namespace of that name; what was in the former one is gone."""
        lost = [slot_of(mac) for mac, (where, _) in self.locate().items() if where == name]
        self.namespaces[name].delete()
        until = time.monotonic() + PATIENCE
        while {link.name for link in self.at(OUTSIDE).links()} & {f"peer{n}" for n in lost}:
            if time.monotonic() > until:
                raise Broken(f"namespace {name} does not go")
            time.sleep(0.002)
        self.namespaces[name] = Namespace(name)
        self.vacated[name].clear()
        self.seen = {mac: where for mac, where in self.seen.items() if where[0] != name}

    def clear(self):
        """As if nothing had happened so far."""
        for slot in range(SLOTS):
            with contextlib.suppress(Refused):
                self.at(OUTSIDE).delete(f"peer{slot}")
        for path in LEFT_BEHIND:
            shutil.rmtree(path, ignore_errors=True)
        self.seen = {}
        for numbers in self.vacated.values():
            numbers.clear()

    # --- packets ---

    def send(self, kind, slot, port, payload):
        # what cannot be sent does not arrive, which is noticed
        with contextlib.suppress(OSError):
            self.senders[kind, slot].sendto(payload, (server_of(slot), port))

    def wait_for_marks(self, places):
        """A mark passes every filter, behind all that was sent before; sent until it arrives."""
        self.token += 1
        waiting = set(places)
        receivers = {self.namespaces[where].marks for where in places.values()}
        until = time.monotonic() + PATIENCE
        while waiting:
            if time.monotonic() > until:
                raise Broken(f"nothing at all arrives at {sorted(places[slot] for slot in waiting)}")
            for slot in waiting:
                self.send("stranger", slot, MARK_PORT, b"%d %d" % (self.token, slot))
            for sock in select.select(receivers, [], [], 0.01)[0]:
                for payload, *_ in drain(sock):
                    token, slot = map(int, payload.split())
                    if token == self.token:
                        waiting.discard(slot)

    def arrivals(self, places, kinds=("listed", "guest", "stranger")):
        """{slot: {(kind, port)}} of what arrived, of a datagram of each kind to each port.

        places: {slot: namespace} of the interfaces to be asked, all of which must be up.
        """
        arrived = {slot: set() for slot in places}
        if not places:
            return arrived
        self.wait_for_marks(places)
        round_ = self.token
        for slot in places:
            for kind in kinds:
                for port in GUARDED:
                    self.send(kind, slot, port, f"{round_} {slot} {kind}".encode())
        self.wait_for_marks(places)
        for where in set(places.values()):
            for port, sock in self.namespaces[where].receivers.items():
                for payload, *_ in drain(sock):
                    token, slot, kind = payload.decode().split()
                    if int(token) == round_ and places.get(int(slot)) == where:
                        arrived[int(slot)].add((kind, port))
        return arrived
