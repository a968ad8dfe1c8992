#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Changes the filter under a flood, and asks numbered frames whether anybody noticed.

    nogap.py TOOLS [--tc] [STORY...]

--tc: in mode tc, by a link and then by a filter, beside another's native XDP program.  The flood comes from listed hosts (numbered, one frame in 16) and from millions of unlisted ones,
through native XDP on a veth pair; the witness sits behind the filter and notes every number that
came through.  Runs inside the rig; see nogap.sh.
"""
import json
import os
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../tools/bench"))
import lists  # noqa: E402

LINES = 4096  # of the flood's drawn sources, four hosts each
FLOOD_CORE = max(os.sched_getaffinity(0))
PACE = 192  # frames at a time: the ring between the ends of a veth pair holds 256
MARGIN = 0.2  # seconds of flood before and after the change
PATIENCE = 60


class Wrong(Exception):
    """What the frames tell is not what was promised."""


def run(*words, netns=None):
    enter = ("nsenter", f"--net=/run/netns/{netns}") if netns else ()
    done = subprocess.run([*enter, *words], capture_output=True, text=True, check=False,
                          timeout=PATIENCE)
    if done.returncode:
        raise Wrong(f"{' '.join(words)}: {done.stderr.strip()[:200]}")
    return done.stdout


TESTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
DENY_LINKS = ("/usr/bin/python3", "-B", f"{TESTS}/tools/without_tcx.py")
before = ()  # the program's name


def xdp(*words):
    return run(*before, "clarent-xdp", "-q", *words, netns="server")


class Tool:
    """A tool that has said its first word, and goes on until finish()."""

    def __init__(self, netns, *words):
        self.process = subprocess.Popen(
            ["nsenter", f"--net=/run/netns/{netns}", *map(str, words)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        if self.process.stdout.readline() != "ready\n":
            raise Wrong(f"{words[0]} did not start")

    def finish(self, last_words=""):
        said, _ = self.process.communicate(last_words, timeout=PATIENCE)
        if self.process.returncode:
            raise Wrong(f"{self.process.args[1:]} broke off")
        return json.loads(said)


class Flood:
    """A flood while something is changed, and what became of its frames."""

    def __init__(self, tools, mode, *words, witness=False):
        """words: the flood tool's, the frames' own behind them as one word."""
        *options, frame = words
        self.judged = -judged()
        self.witness = Tool("server", f"{tools}/witness", "eth0") if witness else None
        self.begun = time.monotonic()
        self.flood = Tool("client", f"{tools}/flood", "-e", "-s", mode, "-c", FLOOD_CORE, "-p", PACE,
                          *options, f"flood,dev=out0,rx=server:eth0{frame}")
        time.sleep(MARGIN)

    def finish(self):
        time.sleep(MARGIN)
        self.tally = self.flood.finish()
        self.seconds = time.monotonic() - self.begun
        self.seen = self.witness.finish(f"{self.tally['sent']}\n") if self.witness else {}
        self.judged += judged()
        self.expect({
            "lost before the filter": self.tally["sent"] - self.tally["seen"],
            "missing in the counters": self.tally["seen"] - self.judged,
            "of listed hosts lost": self.seen.get("kept_lost", 0),
            "of unlisted hosts delivered": self.seen.get("unlisted", 0),
            "delivered twice": self.seen.get("twice", 0),
        })

    def expect(self, faults):
        """None of these counts is anything but 0."""
        wrong = [f"{count} {what}" for what, count in faults.items() if count]
        if wrong:
            raise Wrong(f"{', '.join(wrong)}; {self}")

    def __str__(self):
        return (f"{self.tally['seen']:,} packets at "
                f"{self.tally['seen'] / self.seconds / 1e6:.2f} M/s")


def judged():
    """Packets that `stats` tells of, whatever became of them."""
    return sum(row["packets"] for row in json.loads(xdp("--json", "stats"))["counters"])


def entries(prefixes):
    """What `list` tells of these."""
    return [row for row in json.loads(xdp("--json", "list", "gateway"))["entries"]
            if row["prefix"] in prefixes]


def total(prefixes, what):
    return sum(row[what] for row in entries(prefixes))


class Hosts:
    """Two lists that share some hosts, and the flood's sources out of both."""

    def __init__(self, count):
        self.old, self.new = f"/run/tmp/old-{count}", f"/run/tmp/new-{count}"
        self.drawn = f"/run/tmp/drawn-{count}"
        old, new, sources = lists.flip_lists(count, LINES)
        lists.write_policy(self.old, old)
        lists.write_policy(self.new, new)
        lists.write_drawn(self.drawn, 4, sources)
        self.kept = {lists.format_address(4, source) for source in sources[::2]}


class Stories:
    """Each returns the flood that it stood, for the reader."""

    def __init__(self, tools):
        self.tools = tools
        self.few = Hosts(3 * LINES)

    def under_flood(self, change, hosts=None):
        """Changes something under a flood of numbered frames."""
        hosts = hosts or self.few
        xdp("apply", hosts.old, "force")
        admitted = total(hosts.kept, "hits")
        flood = Flood(self.tools, "sequence", "-d", hosts.drawn, "", witness=True)
        change()
        flood.finish()
        sent = (flood.seen["numbers"] + 1) // 2  # every second number is of a host that stays
        admitted = total(hosts.kept, "hits") - admitted
        flood.expect({"missing in the hits of listed hosts": sent - admitted})
        return flood

    def nothing(self):
        """The rig itself loses no packet."""
        return self.under_flood(lambda: time.sleep(0.5))

    def attach_again(self):
        """An upgrade: another program in place of the running one."""
        return self.under_flood(lambda: [xdp("attach", "eth0") for _ in range(3)])

    def apply(self):
        """Another list of 100,000, in one flip: no frame is judged by both lists, or by neither."""
        hosts = Hosts(100000)
        flood = self.under_flood(lambda: xdp("apply", hosts.new, "force"), hosts)
        flood.expect({"judged by both lists": flood.seen["both"],
                      "judged by neither": flood.seen["neither"]})
        if not 0 < flood.seen["new_first"] < flood.seen["numbers"]:
            raise Wrong("the new list was never in force")
        return flood

    def allow_and_revoke(self):
        """Others come and go in the same list."""
        def change():
            for i in range(4):
                xdp("allow", f"198.51.100.{i}", "gateway")
                xdp("revoke", f"198.51.100.{i}", "gateway")
        return self.under_flood(change)

    def lapse(self):
        """A list that nobody confirms, and the former one again."""
        def change():
            xdp("apply", self.few.new, "force", "confirm", "2")
            time.sleep(2.2)
        flood = self.under_flood(change)
        if not flood.seen["new_first"] < flood.seen["old_last"]:
            raise Wrong("the old list never came back")
        return flood

    def switch_on(self):
        """Settings that need a check which the running program has not got: another program."""
        def change():
            xdp("allow", "198.51.100.1", "gateway", "rate", "100")
            xdp("allow", "198.51.100.2", "gateway", "min-ttl", "2")
            xdp("policy", "lab", "udp", "7100", "tcp", "7100", "force")
            xdp("protect", "198.51.100.3", "lab")
        return self.under_flood(change)

    def limit(self):
        """A bucket that nothing refills before its time: neither a flip nor an upgrade."""
        rate, burst, source = 10, 5000, "198.51.100.9"
        line = f"allow {source} gateway rate {rate} burst {burst}\n"
        for name, more in (("one", ""), ("two", "allow 198.51.100.10 gateway\n")):
            with open(f"/run/tmp/{name}", "w", encoding="ascii") as file:
                file.write(line + more)
        xdp("apply", "/run/tmp/one", "force")
        flood = Flood(self.tools, "one", f",from={source}")
        for _ in range(2):
            xdp("apply", "/run/tmp/two", "force")
            xdp("attach", "eth0")
            xdp("apply", "/run/tmp/one", "force")
        flood.finish()
        admitted, refused = total({source}, "hits"), total({source}, "drops")
        most = burst + rate * flood.seconds + 1
        if not burst <= admitted <= most:
            raise Wrong(f"{admitted} admitted, {most:.0f} is what the limit allows")
        flood.expect({"missing in hits and drops": flood.tally["seen"] - admitted - refused})
        return flood


def pass_by():
    """Another's program, by which the veth end takes what is redirected to it."""
    run("/usr/bin/python3", "-B", f"{TESTS}/tools/foreign_xdp.py", "/sys/fs/bpf/pass", "pass")
    run("bpftool", "net", "attach", "xdpdrv", "pinned", "/sys/fs/bpf/pass", "dev", "eth0",
        netns="server")


STORIES = ("nothing", "attach_again", "apply", "allow_and_revoke", "lapse", "switch_on", "limit")


AT_TC = ("nothing", "attach_again", "apply", "switch_on", "limit")


def play(tools, names, where=""):
    stories = Stories(tools)
    failed = False
    for name in names:
        try:
            print(f"PASS {name.replace('_', ' ')}{where}: {getattr(stories, name)()}", flush=True)
        except (Wrong, subprocess.TimeoutExpired) as why:
            print(f"FAIL {name.replace('_', ' ')}{where} ({why})", flush=True)
            failed = True
    return failed


def play_at_tc(tools, names):
    global before
    failed = False
    pass_by()
    for hold, before in (("as the kernel has it", ()), ("by a filter", DENY_LINKS)):
        xdp("attach", "eth0", "mode", "tc")
        failed |= play(tools, names, f", mode tc {hold}")
        xdp("detach", "eth0")
    return failed


def main():
    tools, *names = sys.argv[1:]
    if names[:1] == ["--tc"]:
        sys.exit(play_at_tc(tools, names[1:] or AT_TC))
    xdp("attach", "eth0")
    sys.exit(play(tools, names or STORIES))


if __name__ == "__main__":
    main()
