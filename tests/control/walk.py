#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""A random walk of commands, judged by a model after each step.

    walk.py [--seed N] [--steps N] [--only KIND,...] [--ignore KIND,...] [--replay FILE] [--keep FILE]

Runs inside the rig; see walk.sh.  A walk that fails is made as short as time allows, and printed.
"""
import argparse
import itertools
import json
import os
import shlex
import shutil
import sys
import time
from dataclasses import replace

import draw
import judge as jd
import lapse
import packets
import program
import settings as st
import world as wd

PINS = ["/sys/fs/bpf/clarent-xdp", "/sys/fs/bpf/other"]
FILES = ["clarent-xdp", "clarent-xdp/sys-fs-bpf-other"]
DEVS = ["eth0", "eth1"]
NETS = ["192.0.2", "192.0.3"]
FILLER = "/var/lib/filler"


class Op:
    """Something that happened between two moments."""
    reader = purged = False

    def __init__(self, run, words, text=None, full=False, ssh=False):
        self.run, self.words, self.text, self.full, self.ssh = run, words, text, full, ssh
        self.reader = words[0] in ("list", "status", "policies", "history") or (
            words == ["save", "-"])

    @property
    def began(self):
        return self.run.began

    @property
    def ended(self):
        return self.run.ended

    def after(self, judge, world, wrong):
        return judge.after(world, self, wrong)


class Check(Op):
    def __init__(self, run, dev, *packet):
        super().__init__(run, ["check"])
        self.reader = True
        self.dev, self.packet = dev, packet

    def after(self, judge, world, wrong):
        found = []
        for one in jd.at_time(world, self.began, self.ended):
            key = one.settings, one.attached
            if key not in self.run.judged:
                self.run.judged[key] = jd.check_wrong(one, self.dev, *self.packet, self.run)
            bad = self.run.judged[key]
            found += [one] if not bad else []
            wrong += [("check", f"check {self.packet} says {bad}")] if bad else []
        return found


class Arrived:
    """Which packets arrived meanwhile."""
    reader = True

    def __init__(self, dev, cable):
        self.dev, self.cable, self.judged = dev, cable, {}
        self.began = time.time()
        self.arrived = cable.probe()
        self.ended = time.time()

    def after(self, judge, world, wrong):
        found = []
        for one in jd.at_time(world, self.began, self.ended):
            key = one.settings, one.attached
            if key not in self.judged:
                self.judged[key] = jd.packets_wrong(one, self.dev, self.cable, self.arrived,
                                                    self.began, self.ended)
            bad = self.judged[key]
            found += [one] if not bad else []
            wrong += [("packets", bad)] if bad else []
        return found


class Killed(Op):
    def after(self, judge, world, wrong):
        found = []
        for before in jd.at_time(world, self.began, self.ended):
            for now in jd.moments(before.settings, self.began, self.ended):
                when = wd.Moment(now, self.ended, self.began, self.full, self.ssh)
                found += wd.killed(before, self.words, self.text, when)
        return jd.unique(found)


def note_purges(ops):
    """Whoever is told of a purge beside it."""
    if any(isinstance(op, Op) and op.words == ["purge"] and not op.run.status for op in ops):
        for op in ops:
            op.purged = True
    return ops


class Lapse:
    """The deadline of a trial, moved to this moment."""
    reader = False

    def __init__(self, moved):
        self.began = self.ended = time.time()
        self.moved = moved

    def after(self, judge, world, wrong):
        if world.trial and not self.moved:
            return jd.at_time(world, self.began, self.ended)
        return [world.lapsed() if world.trial else world]


# --- The walker -----------------------------------------------------------------------------

class Walker:
    def __init__(self, options):
        self.options = options
        self.program = os.environ["CLARENT_XDP"]
        self.judge = jd.Judge(options.ignore)
        sources = draw.SOURCES
        self.cables = [
            packets.Cable(f"client{n or ''}", "server", DEVS[n], [s.replace("192.0.2", net) for s in sources]
                          if not n else ["192.0.3.10", "198.51.100.8", "2001:db8:3::10"],
                          self.dests(n), draw.PORTS)
            for n, net in enumerate(NETS)]
        packets.enter("server")
        # About half of the calls of `version` only load the program.
        self.loaded = program.Paused(10 ** 6, self.program, ["version"]).stops // 4
        self.reset()

    @staticmethod
    def dests(instance):
        return [["192.0.2.1", "192.0.2.2", "2001:db8::1", "2001:db8::2"],
                ["192.0.3.1", "2001:db8:3::1"]][instance]

    def reset(self):
        for path in PINS:
            shutil.rmtree(path, ignore_errors=True)
        for path in ("/etc/clarent-xdp", "/var/lib/clarent-xdp"):
            shutil.rmtree(path, ignore_errors=True)
        self.fill(False)
        self.worlds = [[wd.World(interfaces=("eth0", "eth2"))], [wd.World(interfaces=("eth1",))]]
        self.start = int(time.time())
        until = time.monotonic() + 10
        while any(len(cable.probe()) < self.whole(cable) for cable in self.cables):
            if time.monotonic() > until:
                raise RuntimeError("something filters although nothing is pinned")
            time.sleep(0.01)

    @staticmethod
    def whole(cable):
        pairs = sum((":" in s) == (":" in d) for s in cable.senders for d in cable.dests)
        return pairs * len(cable.ports)

    def fill(self, full):
        self.full = full
        if not full:
            if os.path.exists(FILLER):
                os.unlink(FILLER)
            return
        with open(FILLER, "wb", buffering=0) as file:
            try:
                while True:
                    file.write(bytes(65536))
            except OSError:
                pass

    # --- processes ---

    def spawn(self, step, kind=program.Run, *args):
        instance = step["inst"]
        saved = None
        if step.get("text") == "@save\n":
            reader = self.start_run(["-q", "save", "-"], instance)
            reader.end()
            saved = reader.out
        words, text = draw.concrete(step, time.time(), self.start, None, saved)
        typed = ["-j", *words] if words[0] in ("list", "status", "policies", "history") else words
        run = kind(*args, self.program, typed, PINS[1] if instance else None, text,
                   bool(step.get("ssh")))
        return run, words, text

    def start_run(self, words, instance):
        return program.Run(self.program, words, PINS[1] if instance else None)

    def op(self, step, spawned, kind=Op):
        run, words, text = spawned
        return kind(run, words, text, self.full, bool(step.get("ssh")))

    # --- steps ---

    def carry_out(self, step):
        instance = step["inst"]
        ops = getattr(self, "do_" + step["do"])(step)
        self.spans = [(shown(step)[0], ops)]
        if self.options.trace:
            self.trace()
        self.worlds[instance] = self.judge.explain(self.worlds[instance], ops)
        self.look(step)
        if "history" in self.options.ignore:  # then nothing tells some of them apart
            self.worlds[instance] = list({replace(world, changes=world.changes[-3:]): world
                                          for world in self.worlds[instance]}.values())
        if len(self.worlds[instance]) > 3000:
            raise RuntimeError("too many worlds")

    def trace(self):
        """When what was done in the last step, in seconds of the walk."""
        for name, ops in self.spans:
            print(f"  {name}")
            for op in ops:
                run = getattr(op, "run", None)
                said = f"exit {run.status} {run.err.strip()}" if run else "(the trial lapses)"
                print(f"    {op.began - self.start:.3f} to {op.ended - self.start:.3f}: "
                      f"{' '.join(op.words) if run else ''}: {said}", flush=True)

    def show(self, instance):
        """What the program says of an instance, and the model of the first of its worlds."""
        for words in (["save", "-"], ["history"]):
            run = self.start_run(words, instance)
            run.end()
            print(*run.out.splitlines()[-30:], sep="\n")
        for world in self.worlds[instance][:3]:
            print(*(f"    {' '.join(one.words)}: {one.state}{'' if one.recorded else ', not recorded'}"
                    for one in world.changes[-20:]), "", sep="\n")

    def do_run(self, step):
        spawned = self.spawn(step)
        spawned[0].end()
        return [self.op(step, spawned)]

    def do_kill(self, step):
        spawned = self.spawn(step, program.Paused, self.loaded + step["at"])
        stopped = spawned[0].stopped
        spawned[0].kill()
        return [self.op(step, spawned, Killed if stopped else Op)]

    def do_lapse(self, step):
        return [Lapse(lapse.run_out(PINS[step["inst"]]))]

    def do_wait(self, step):
        now = time.time()
        ends = [world.trial.high for world in self.worlds[step["inst"]] if world.trial]
        ends += [entry.expires + 0.05 for world in self.worlds[step["inst"]]
                 for entry in world.settings.entries.values()]
        ends = [end for end in ends if now < end < now + 3]
        if ends:
            time.sleep(min(ends) - now)
        return []

    def do_disk(self, step):
        self.fill(step["full"])
        return []

    def do_pause(self, step):
        """One stands still at a call; meanwhile the others do what they can."""
        spawned = self.spawn(step, program.Paused, self.loaded + step["at"])
        ops, blocked = [], []
        for inner in step["meanwhile"]:
            if inner["do"] == "lapse":
                if not blocked:
                    ops.append(Lapse(lapse.run_out(PINS[step["inst"]])))
                continue
            one = self.spawn(inner)
            ops.append(self.op(inner, one))
            if not one[0].wait_or_lock(0.5):
                blocked.append(one[0])
        spawned[0].resume()
        program.end_all([spawned[0], *blocked])
        return note_purges([self.op(step, spawned), *ops])

    def do_together(self, step):
        spawned = [(run, self.spawn(run)) for run in step["runs"]]
        program.end_all([one[0] for _, one in spawned])
        return note_purges([self.op(run, one) for run, one in spawned])

    # --- looking ---

    def look(self, step):
        """Reads everything side by side, and keeps the worlds that look like it."""
        instance = step["inst"]
        verbs = [verb for verb in ("list", "save", "status", "history")
                 if verb not in self.options.ignore]
        reads = [{"inst": instance, "words": ["save", "-"] if verb == "save" else [verb]}
                 for verb in verbs]
        ops = [self.op(read, self.spawn(read)) for read in reads]
        if "ask" in step and "check" not in self.options.ignore:
            ops.append(self.ask(step))
        packets_too = self.arrived(instance)
        if self.options.instances > 1:
            self.look_at_packets(1 - instance)
        program.end_all([op.run for op in ops])
        self.spans.append(("looked at", ops))
        self.worlds[instance] = self.judge.explain(self.worlds[instance], ops + packets_too)
        self.look_at_files(instance)
        if step["do"] in ("pause", "kill"):
            self.look_at_packets(instance)

    def keep(self, instance, span, wrong):
        """The worlds that are not wrong about something seen in a span of time."""
        kept, why = [], []
        for world in self.worlds[instance]:
            for one in jd.at_time(world, span.began, span.ended):
                bad = wrong(one)
                kept += [one] if not bad else []
                why += [bad] if bad else []
        if not kept:
            raise jd.Disagreement(*why[0])
        self.worlds[instance] = jd.unique(kept)

    def arrived(self, instance):
        if "packets" in self.options.ignore:
            return []
        return [Arrived(DEVS[instance], self.cables[instance])]

    def look_at_packets(self, instance):
        self.worlds[instance] = self.judge.explain(self.worlds[instance], self.arrived(instance))

    def ask(self, step):
        instance = step["inst"]
        sources, dests = list(self.cables[instance].senders), self.dests(instance)
        source = sources[draw.SOURCES.index(step["ask"][0]) % len(sources)]
        dests = [dest for dest in dests if (":" in dest) == (":" in source)]
        dest, port = dests[step["ask"][2] % len(dests)], step["ask"][1]
        run = self.start_run(["-j", "check", source, "port", str(port), "to", dest, "dev",
                              DEVS[instance], "proto", "udp", "ttl", "64"], instance)
        return Check(run, DEVS[instance], source, dest, port)

    def look_at_files(self, instance):
        if "files" in self.options.ignore:
            return
        now = Lapse(True)
        saved = read_settings(f"/etc/{FILES[instance]}/policy")
        copied = read_settings(f"/var/lib/{FILES[instance]}/policy")

        def wrong(world):
            if saved != world.saved:
                return "files", "the saved policy is not what was saved: " + (jd.lines_differ(world.saved, saved) or "" if world.saved and saved not in (None, "bad") else repr(saved)[:80])
            known = any(one.kind == "settings" and one.state == "done"
                        for one in world.changes)
            if world.copied and world.exists and known and copied != world.confirmed:
                return "files", "the copy shows " + (jd.lines_differ(
                    world.confirmed, copied) if copied else "nothing")
            return None
        self.keep(instance, now, wrong)


def key_of(line):
    """What two lines of a policy file must not share."""
    words = line.split()
    return words[0] == "protect", *words[1:3]


def whole(path):
    """The text of a copy, which may say only what differs from a state of the history."""
    with open(path) as file:
        lines = file.read().splitlines(keepends=True)
    if len(lines) < 2 or not lines[1].startswith("difference from "):
        return "".join(lines)
    base = whole(f"{os.path.dirname(path)}/history/{lines[1].split()[2].rstrip(',')}")
    rules, listed = [], {}
    for line in base.splitlines(keepends=True):
        if line.startswith(("allow ", "deny ", "protect ")):
            listed[key_of(line)] = line
        else:
            rules.append(line)
    for line in lines[2:]:
        if line[0] in "+-":
            listed.pop(key_of(line[1:]), None)
        if line[0] == "+":
            listed[key_of(line[1:])] = line[1:]
    return "".join(rules + list(listed.values()))


def read_settings(path):
    try:
        return st.parse(whole(path))
    except FileNotFoundError:
        return None
    except (st.Refused, st.Wrong, ValueError):
        return "bad"


# --- Walks ----------------------------------------------------------------------------------

def walk(walker, steps, until=None):
    """None, or how it fails: (number of steps made, Disagreement, the last commands' words)."""
    count = 0
    for step in steps:
        count += 1
        try:
            walker.carry_out(step)
        except jd.Disagreement as bad:
            return count, bad
        if until and time.monotonic() > until:
            break
    return None


def commands(step):
    return 1 + len(step.get("meanwhile", step.get("runs", [])))


def fails_alike(walker, steps, kind, tries=1):
    for _ in range(tries):
        walker.reset()
        found = walk(walker, steps)
        if found and found[1].kind == kind:
            return steps[:found[0]], found[1]
    return None


def shrink(walker, steps, bad, seconds):
    """A shorter walk that fails by the same: delta debugging, as long as there is time."""
    until = time.monotonic() + seconds
    size = 4
    while size < len(steps) and time.monotonic() < until:
        found = fails_alike(walker, steps[-size:], bad.kind)
        if found:
            steps, bad = found
            break
        size *= 3
    size = max(1, len(steps) // 2)
    while time.monotonic() < until:
        at, shorter = 0, False
        while at < len(steps) and time.monotonic() < until:
            found = len(steps) > 1 and fails_alike(walker, steps[:at] + steps[at + size:],
                                                   bad.kind)
            if found:
                (steps, bad), shorter = found, True
            else:
                at += size
        if size == 1 and not shorter:
            break
        size = max(1, size // 2)
    return steps, bad


def shown(step, indent=""):
    name = "other: " if step["inst"] else ""
    line = name + shlex.join(step.get("words", []))
    notes = {"kill": f"  # killed at call {step.get('at')}",
             "pause": f"  # stands still at call {step.get('at')}, while:"}
    if step.get("ssh"):
        line = "SSH " + line
    if step["do"] == "disk":
        line = "fill /var/lib" if step["full"] else "make room in /var/lib"
    elif step["do"] in ("lapse", "wait"):
        line = name + {"lapse": "(the trial lapses)", "wait": "(the next deadline or expiry passes)"}[
            step["do"]]
    elif step["do"] == "together":
        line = "side by side:"
    lines = [indent + line + notes.get(step["do"], "")]
    lines += [f"{indent}      | {one}" for one in (step.get("text") or "").splitlines()]
    for inner in step.get("meanwhile", step.get("runs", [])):
        lines += shown(inner, indent + "    ")
    return lines


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--steps", type=int, default=100)
    parser.add_argument("--seconds", type=float, help="begin no step after that")
    parser.add_argument("--shrink", type=float, default=60, help="seconds to make a failure short")
    parser.add_argument("--instances", type=int, default=2)
    parser.add_argument("--only", type=lambda text: text.split(","), help="kinds of steps")
    parser.add_argument("--verbs", type=lambda text: text.split(","))
    parser.add_argument("--ignore", type=lambda text: text.split(","), default=[])
    parser.add_argument("--trace", action="store_true", help="print each step")
    parser.add_argument("--replay", help="a file of steps")
    parser.add_argument("--keep", help="the file to write the failing steps to")
    return parser.parse_args()


def main():
    options = arguments()
    walker = Walker(options)
    if options.replay:
        with open(options.replay) as file:
            steps = [json.loads(line) for line in file]
        name = f"walk of {options.replay}"
    else:
        steps = itertools.islice(draw.Walk(options.seed, options.instances, options.only,
                                           options.verbs).steps(), options.steps)
        name = f"walk, seed {options.seed}"
    made = []

    def remember():
        for step in steps:
            made.append(step)
            yield step

    until = time.monotonic() + options.seconds if options.seconds else None
    found = walk(walker, remember(), until)
    if not found:
        print(f"PASS {name}: {sum(map(commands, made))} commands in {len(made)} steps")
        return
    print(f"{name}: step {found[0]}: {found[1]}", flush=True)
    walker.trace()
    walker.show(made[-1]["inst"])
    print(*(f"    trial {world.trial.low - walker.start:.3f} to "
            f"{world.trial.high - walker.start:.3f}" for world in walker.worlds[made[-1]["inst"]]
            if world.trial), sep="\n")
    steps, bad = shrink(walker, made, found[1], options.shrink)
    print(f"shortest: {len(steps)} steps: {bad}")
    for step in steps[-40:]:
        print(*(f"  {line}" for line in shown(step)), sep="\n")
    if options.keep:
        with open(options.keep, "w") as file:
            file.writelines(json.dumps(step) + "\n" for step in steps)
    print(f"FAIL {name} ({bad})")
    sys.exit(1)


if __name__ == "__main__":
    main()
