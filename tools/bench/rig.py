# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""The bench's rig: veth pairs, the contestants at their ends, the tools that drive them.

All of it is in a machine of its own (tests/apart): pins, named network
namespaces and with them interfaces and programs go when the bench does, however
it ends, and nothing of the host's can be changed.
"""

import contextlib
import fcntl
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time

import lists

FLOOD_CORE = os.cpu_count() - 1
OTHER_CORE = 0
LOCK_REST = 0.001  # seconds
BPFFS = "/sys/fs/bpf"
GENERATOR = "flood"
RECEIVER_MAC = "02:00:00:00:00:02"
APART = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../tests/apart")


class RigError(Exception):
    """What is wrong with the rig or a contestant, in words."""


def move_apart(build, program):
    """Starts this bench anew in a machine of its own, which has both of these, too."""
    if not os.environ.pop("APART", ""):
        os.execv(APART, [APART, "-w", build, "-r", os.path.dirname(program),
                         sys.executable, *sys.argv])
    if os.getpid() != 1:
        sys.exit("bench: this is not tests/apart")


def run(*words, netns=None, check=True, **options):
    if netns:
        words = ("nsenter", f"--net=/run/netns/{netns}", *words)
    done = subprocess.run(words, capture_output=True, text=True, check=False, **options)
    if check and done.returncode:
        raise RigError(f"{' '.join(words)}: {done.stderr.strip() or done.stdout.strip()}")
    return done


class Lane:
    """One veth pair: the flood goes in at tx, a contestant sits at rx, in its own namespace."""

    def __init__(self, name, number):
        self.name = name
        self.netns = name
        self.tx = f"{name}-tx"
        self.rx = f"{name}-rx"
        self.tx_address = f"10.99.{number}.1"
        self.rx_address = f"10.99.{number}.2"

    def build(self):
        one_queue = ("numtxqueues", "1", "numrxqueues", "1")
        run("ip", "netns", "add", self.netns)
        run("ip", "link", "add", self.tx, "netns", GENERATOR, "address", "02:00:00:00:00:01",
            *one_queue, "type", "veth",
            "peer", "name", self.rx, "netns", self.netns, "address", RECEIVER_MAC, *one_queue)
        self._bring_up(GENERATOR, self.tx, self.tx_address)
        self._bring_up(self.netns, self.rx, self.rx_address)
        # No ARP: an answer late by a flood would be blamed on the filter.
        run("ip", "-n", GENERATOR, "neigh", "add", self.rx_address, "lladdr", RECEIVER_MAC,
            "dev", self.tx, "nud", "permanent")

    @staticmethod
    def _bring_up(netns, iface, address):
        run("ip", "-n", netns, "link", "set", "lo", "up")
        run("ip", "-n", netns, "link", "set", iface, "addrgenmode", "none")
        run("ip", "-n", netns, "addr", "add", f"{address}/24", "dev", iface)
        run("ip", "-n", netns, "link", "set", iface, "up")
        for knob in ("all", iface):
            run("sysctl", "-qw", f"net.ipv4.conf.{knob}.rp_filter=0", netns=netns)

    def receiver(self, label, words=()):
        """The flood tool's words for this lane."""
        return ",".join([label, f"dev={self.tx}", f"rx={self.netns}:{self.rx}", *words])

    def to_the_stack(self):
        """Frame words for packets that the IP stack behind the contestant shall take."""
        return (f"mac={RECEIVER_MAC}", f"to={self.rx_address}")


class Bare:
    """The least that can be done: a program of one instruction."""

    def __init__(self, rig, lane, program):
        self.lane = lane
        run("bpftool", "net", "attach", "xdpdrv", "pinned", rig.bare_pin(program),
            "dev", lane.rx, netns=lane.netns)

    def load(self, source_list):
        """It refuses everything."""


class Filter:
    """clarent-xdp, as a user would run it."""

    def __init__(self, rig, lane):
        self.rig = rig
        self.lane = lane
        self.loaded = None
        self.attached = False

    instance = f"{BPFFS}/clarent-bench"
    attach_words = ()
    language = "policy"

    def command(self, *words):
        return (self.rig.filter, "-q", "--bpffs", self.instance, *words)

    def load(self, source_list):
        if self.loaded != source_list.name:
            path = self.rig.list_file(source_list, self.language)
            run(*self.command("apply", path, "force"))
            self.loaded = source_list.name
        self.attach()

    def say(self, *words):
        """One setting more, by its verb."""
        run(*self.command(*words))
        self.loaded = None

    def attach(self):
        if not self.attached:
            run(*self.command("--netns", self.lane.netns, "attach", self.lane.rx,
                              *self.attach_words))
            self.attached = True

    def purge(self):
        if self.attached:
            run(*self.command("detach", "all"))
        if os.path.exists(self.instance):
            run(*self.command("purge"))
        self.loaded, self.attached = None, False


class FilterThen(Filter):
    """The same, with a program that it hands on to."""

    instance = f"{BPFFS}/clarent-then"
    attach_words = ("then", "pinned", f"{BPFFS}/bare/bare_next")


class FilterToo(Filter):
    """Another interface of the same instance."""

    def load(self, source_list):
        self.rig.contestant("filter").load(source_list)
        run(*self.command("--netns", self.lane.netns, "attach", self.lane.rx))


class FilterOnMany(Filter):
    """The same, attached to as many interfaces as wanted."""

    instance = f"{BPFFS}/clarent-many"

    def load_on(self, source_list, count):
        self.load(source_list)
        for number in range(1, count):
            name = f"many{number}"
            if run("ip", "-n", self.lane.netns, "link", "show", name, check=False).returncode:
                run("ip", "-n", self.lane.netns, "link", "add", name, "type", "veth",
                    "peer", "name", f"peer{number}")
            run(*self.command("--netns", self.lane.netns, "attach", name))


class FilterCommented(Filter):
    """The same, with a comment at each entry; two of them, to be asked in turn."""

    language = "commented"

    def __init__(self, rig, lane):
        super().__init__(rig, lane)
        self.instance = f"{BPFFS}/clarent-{lane.name}"


class XdpFilter:
    """xdp-filter at its leanest: one feature, default deny, native."""

    def __init__(self, rig, lane):
        self.rig = rig
        self.lane = lane
        self.loaded = None
        self._load_program()

    def _load_program(self):
        run("xdp-filter", "load", "-m", "native", "-p", "deny", "-f", "ipv4", self.lane.rx,
            netns=self.lane.netns)

    def load(self, source_list):
        """The first by its own tool; the others, which it would take an hour over, beside it."""
        if self.loaded == source_list.name:
            return
        if self.loaded:
            run("xdp-filter", "unload", self.lane.rx, netns=self.lane.netns)
            self._load_program()
        first, *others = source_list.words()
        run("xdp-filter", "ip", "-m", "src", first, netns=self.lane.netns)
        if others:
            self._add(others)
        self.loaded = source_list.name

    def _add(self, words):
        pin = f"{BPFFS}/xdp-filter/filter_ipv4"
        (held,) = json.loads(run("bpftool", "-j", "map", "dump", "pinned", pin).stdout)
        value = " ".join(held["values"][0]["value"])
        with tempfile.NamedTemporaryFile("w", dir=self.rig.work, suffix=".batch") as batch:
            for word in words:
                key = " ".join(f"{byte:#04x}" for byte in socket.inet_aton(word))
                batch.write(f"map update pinned {pin} key {key} value {value}\n")
            batch.flush()
            run("bpftool", "batch", "file", batch.name)


class Nft:
    """nftables at its earliest hook, one set, one rule."""

    def __init__(self, rig, lane):
        self.rig = rig
        self.lane = lane
        self.loaded = None
        run("ethtool", "-K", lane.rx, "gro", "on", netns=lane.netns)

    def command(self, source_list):
        return ("nft", "-f", self.rig.list_file(source_list, "nft", self.lane.rx))

    def empty(self):
        run("nft", "flush", "ruleset", netns=self.lane.netns)
        self.loaded = None

    def load(self, source_list):
        if self.loaded != source_list.name:
            run(*self.command(source_list), netns=self.lane.netns)
            self.loaded = source_list.name


class Ipset:
    """ipset in the raw table: before connection tracking, behind the IP stack's door."""

    def __init__(self, rig, lane):
        self.rig = rig
        self.lane = lane
        self.loaded = None
        run("ethtool", "-K", lane.rx, "gro", "on", netns=lane.netns)

    def command(self, source_list):
        return ("ipset", "restore", "-f", self.rig.list_file(source_list, "ipset"))

    def empty(self):
        run("iptables", "-t", "raw", "-F", netns=self.lane.netns)
        run("ipset", "destroy", netns=self.lane.netns)
        self.loaded = None

    def load(self, source_list):
        if self.loaded == source_list.name:
            return
        self.empty()
        run(*self.command(source_list), netns=self.lane.netns)
        run("iptables", "-t", "raw", "-A", "PREROUTING", "-p", "udp", "-m", "multiport",
            "--dports", ",".join(map(str, lists.GUARDED_PORTS)),
            "-m", "set", "!", "--match-set", "gateway", "src", "-j", "DROP",
            netns=self.lane.netns)
        self.loaded = source_list.name


class Rig:
    """What a run of the bench has built so far; contestants come into being when asked for."""

    MAKERS = {
        **{name: lambda rig, lane: Bare(rig, lane, lane.name)
           for name in ("bare_drop", "bare_calls", "bare_pass", "bare_clock", "bare_coarse")},
        "bare_too": lambda rig, lane: Bare(rig, lane, "bare_drop"),
        "filter": Filter,
        "filter_too": FilterToo,
        "filter_then": FilterThen,
        "on_many": FilterOnMany,
        "few": FilterCommented,
        "many": FilterCommented,
        "xdpfilter": XdpFilter,
        "nft": Nft,
        "ipset": Ipset,
    }

    def __init__(self, build, filter_path):
        self.tools = os.path.join(build, "bench")
        self.work = os.path.join(self.tools, "work")
        self.filter = filter_path
        self.contestants = {}
        self.lists = {}
        self.running = []
        shutil.rmtree(self.work, ignore_errors=True)
        self._bind_state()
        run("ip", "netns", "add", GENERATOR)
        run("ip", "-n", GENERATOR, "link", "set", "lo", "up")
        run("ip", "-n", GENERATOR, "link", "add", "idle", "type", "veth", "peer", "name", "idler")
        run("bpftool", "prog", "loadall", os.path.join(self.tools, "bare.bpf.o"),
            f"{BPFFS}/bare")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        """All else goes with this machine; the files would stay."""
        for contestant in self.contestants.values():
            run("ip", "netns", "del", contestant.lane.netns, check=False)
        run("umount", "/var/lib", check=False)
        shutil.rmtree(self.work, ignore_errors=True)

    def _bind_state(self):
        state = os.path.join(self.work, "var-lib")
        os.makedirs(state, exist_ok=True)
        # State files land on a disk as ever, not in memory.
        run("mount", "--bind", state, "/var/lib")

    def jit(self):
        """Whether the kernel compiles programs; its sysctl is not to be seen in here."""
        shown = run("bpftool", "-j", "prog", "show", "pinned", self.bare_pin("bare_drop"))
        return json.loads(shown.stdout)["jited"]

    @staticmethod
    def bare_pin(program):
        return f"{BPFFS}/bare/{program}"

    def contestant(self, name):
        if name not in self.contestants:
            lane = Lane(name, len(self.contestants))
            lane.build()
            self.contestants[name] = self.MAKERS[name](self, lane)
        return self.contestants[name]

    def source_list(self, maker, *arguments):
        """Draws a list once; the same words give the same list."""
        key = (maker, *arguments)
        if key not in self.lists:
            self.lists[key] = maker(*arguments)
        return self.lists[key]

    def list_file(self, source_list, language, *arguments):
        path = os.path.join(self.work, f"{source_list.name}.{language}")
        if not os.path.exists(path):
            writer = {"policy": lists.write_policy, "commented": lists.write_commented, "nft": lists.write_nft,
                      "ipset": lists.write_ipset}[language]
            writer(path, source_list, *arguments)
        return path

    def text_file(self, name, lines):
        path = os.path.join(self.work, name)
        with open(path, "w", encoding="ascii") as file:
            file.writelines(line + "\n" for line in lines)
        return path

    def drawn_file(self, name, family, addresses):
        path = os.path.join(self.work, f"{name}.drawn")
        lists.write_drawn(path, family, addresses)
        return path

    def tool(self, name):
        return os.path.join(self.tools, name)

    def flood(self, mode, receivers, turns, slice_ms, drawn=None, checksum=False):
        """Floods the receivers in turn; returns per turn a dict of label to tally."""
        words = [self.tool("flood"), "-s", mode, "-t", str(turns), "-m", str(slice_ms),
                 "-c", str(FLOOD_CORE)]
        words += ["-d", drawn] if drawn else []
        words += ["-k"] if checksum else []
        done = run(*words, *receivers, netns=GENERATOR)
        tallies = [{} for _ in range(turns)]
        for line in done.stdout.splitlines():
            tally = json.loads(line)
            tallies[tally["turn"]][tally["name"]] = tally
        return tallies

    def measured(self, *words, netns=None):
        """Wall seconds and peak memory in MiB of one command, on the core that no flood uses."""
        enter = ["nsenter", f"--net=/run/netns/{netns}"] if netns else []
        reader, writer = os.pipe()
        with open(reader, encoding="ascii") as result:
            try:
                done = subprocess.run(
                    ["sh", "-c", f'exec "$@" 3>&{writer}', "sh", *enter, self.tool("measure"),
                     str(OTHER_CORE), *words],
                    stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, pass_fds=[writer],
                    text=True, check=False)
            finally:
                os.close(writer)
            if done.returncode:
                raise RigError(f"{' '.join(words)}: {done.stderr.strip()[:500]}")
            seconds, kib = result.read().split()
        return float(seconds), int(kib) / 1024

    def flood_until_finished(self, mode, receiver, *words, core=FLOOD_CORE):
        idle = "lo" if core == FLOOD_CORE else "idle"
        return self.started(GENERATOR, "flood", "-e", "-s", mode, "-c", core, "-i", idle, *words,
                            receiver)

    @contextlib.contextmanager
    def lock_watched(self, instance):
        """Fills in how long one waits who asks for the lock as a reader does, again and again."""
        waits, over = [], threading.Event()
        place = os.open(instance, os.O_RDONLY)

        def watch():
            while not over.is_set():
                start = time.monotonic()
                fcntl.flock(place, fcntl.LOCK_SH)
                waits.append(time.monotonic() - start)
                fcntl.flock(place, fcntl.LOCK_UN)
                time.sleep(LOCK_REST)

        watcher = threading.Thread(target=watch)
        watcher.start()
        try:
            yield waits
        finally:
            over.set()
            watcher.join()
            os.close(place)

    def kernel_memory(self, instance):
        """Bytes that the kernel keeps for the maps of an instance, by their fdinfo."""
        pins = [os.path.join(path, name) for path, _, names in os.walk(instance) for name in names]
        shown = [json.loads(done.stdout) for done in
                 (run("bpftool", "-j", "map", "show", "pinned", pin, check=False) for pin in pins)
                 if not done.returncode]
        sizes = {one["id"]: one["bytes_memlock"] for one in shown}
        for outer in (one["id"] for one in shown if one["type"] == "array_of_maps"):
            held = json.loads(run("bpftool", "-j", "map", "dump", "id", str(outer)).stdout)
            for inner in {slot["inner_map_id"] for slot in held if "inner_map_id" in slot}:
                one = json.loads(run("bpftool", "-j", "map", "show", "id", str(inner)).stdout)
                sizes[inner] = one["bytes_memlock"]
        return sum(sizes.values())

    def started(self, netns, name, *words):
        """A tool that has said its first word; it goes on until its input ends, see finish()."""
        tool = subprocess.Popen(["nsenter", f"--net=/run/netns/{netns}", self.tool(name),
                                 *map(str, words)],
                                stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.running.append(tool)
        if tool.stdout.readline() != "ready\n":
            raise RigError(f"{name} did not start")
        return tool

    def stop_tools(self):
        """Ends what a row that broke off has left running."""
        for tool in self.running:
            with contextlib.suppress(OSError):
                tool.stdin.close()
            tool.stdout.close()
            tool.wait()
        self.running.clear()

    @staticmethod
    def finish(tool, last_words=""):
        """Ends a tool's input; returns what it said."""
        said, _ = tool.communicate(last_words)
        if tool.returncode:
            raise RigError(f"{' '.join(tool.args)} broke off with {tool.returncode}")
        return json.loads(said)

    @staticmethod
    def finish_all(tools):
        """The same of several, of which none goes on while another is waited for."""
        for tool in tools:
            tool.stdin.close()
        said = [tool.stdout.read() for tool in tools]
        if any(tool.wait() for tool in tools):
            raise RigError(f"{' '.join(tools[0].args)} or one beside it broke off")
        return list(map(json.loads, said))

    def progcost(self, netns, subjects, turns, repeat, rest_ms=0):
        """Times programs in turn; returns per turn a dict of name to (ns, verdict)."""
        done = run(self.tool("progcost"), "-t", str(turns), "-r", str(repeat),
                   "-c", str(FLOOD_CORE), "-w", str(rest_ms), *subjects, netns=netns)
        costs = [{} for _ in range(turns)]
        for line in done.stdout.splitlines():
            cost = json.loads(line)
            costs[cost["turn"]][cost["name"]] = (cost["ns"], cost["verdict"])
        return costs
