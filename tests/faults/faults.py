#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Carries out every changing verb with one of its calls failing, or killed there.

    faults.py TOOLS [--all | --budget SECONDS] [--seed N] [--calls NAME,...] [VERB...]

After each the kernel must hold the old state or the new one, whole: the settings, what the
attached programs do with packets, what is attached, what waits, what is saved.  Done means new.
The next command must work, and in the end nothing may be left over.  Runs inside the rig, in
the network namespace "server"; see faults.sh.
"""
import argparse
import collections
import json
import os
import random
import re
import shutil
import subprocess
import sys
import time

from questions import FRAMES, QUESTIONS

BUDGET = 50  # seconds for a sample
PINS = "/sys/fs/bpf/clarent-xdp"
OWN_PINS = "/run/own"  # no bpffs yet: the verb has to mount it
OWN_COPIES = "/var/lib/clarent-xdp/run-own"
POLICY_FILE = "/etc/clarent-xdp/policy"
TRAFFIC = os.path.join(os.path.dirname(__file__), "../tools/traffic.py")
INTERFACES = ("eth0", "eth1")
DENY_LINKS = ("/usr/bin/python3", "-B",
              os.path.join(os.path.dirname(__file__), "../tools/without_tcx.py"))
PATIENCE = 60  # seconds for one command
SAYS_DONE = "in force|it is done|cannot remove all pins"  # of a change that is there, but not tidied up
PACKETS_EVERY = 25  # cases between two looks by real packets

# What fails is what a verb is seen to call, whatever that is.
CANNOT_FAIL = {"exit_group", "exit", "rt_sigreturn"}  # they do not return
# The error of each; of what is not named here, EIO.
ERRORS = {
    error: names.split() for error, names in {
        "ENOMEM": "bpf brk mmap mprotect mremap",
        "ENOSPC": "rename renameat renameat2 mkdir mkdirat write pwrite64 writev ftruncate "
                  "fallocate symlink symlinkat",
        "EACCES": "unlink unlinkat rmdir faccessat2 chmod fchmod chown fchown kill",
        "EPERM": "link linkat mount umount2 setns unshare prctl capset",
        "ENFILE": "openat open openat2 dup dup2 dup3 fcntl pipe pipe2 memfd_create",
        "ENOBUFS": "socket bind connect sendto sendmsg recvmsg recvfrom getsockopt setsockopt "
                   "getsockname",
        "EINTR": "poll ppoll select pselect6 clock_nanosleep nanosleep futex wait4",
        "ENOLCK": "flock",
        "ENOSYS": "membarrier getrandom statx rseq sysinfo uname",
    }.items()
}
ERROR_OF = {name: error for error, names in ERRORS.items() for name in names}
# Whatever is not known only to look is also killed at.
ONLY_LOOKS = set("""
    access faccessat2 newfstatat fstat stat lstat statx statfs fstatfs read pread64 readv readlink
    readlinkat getdents64 lseek fcntl getcwd uname sysinfo prlimit64 getrandom sched_getaffinity
    getpid getppid gettid getuid geteuid getgid getegid capget clock_gettime
    brk mmap mprotect munmap madvise mremap close dup dup2 dup3
    socket bind connect getsockname getsockopt setsockopt recvmsg recvfrom poll ppoll
    membarrier futex rseq rt_sigaction rt_sigprocmask set_tid_address set_robust_list arch_prctl
""".split())
LASTING = ("bpf", "openat", "mmap")  # these also fail from some call on, as when memory is out

BASE = """\
policy web udp 7000
protect 192.0.2.1 command
protect 192.0.2.2 command
allow 192.0.2.10 command
allow 192.0.2.10 gateway peer acme comment "the first"
allow 198.51.100.0/24 gateway peer carrier
deny 198.51.100.7 gateway
allow 2001:db8::10 gateway
allow 192.0.2.10 web
"""  # as `save` prints it
OTHER = """\
policy lab udp 7100
policy gateway rate 1000000
allow 192.0.2.77 gateway peer newcomer
allow 198.51.100.0/24 gateway peer carrier comment "kept"
allow 192.0.2.77 lab
"""
NEXT = "/sys/fs/bpf/next"  # an XDP program to hand on to
CARRIER = "allow 203.0.113.0/24 gateway\nallow 192.0.2.77 gateway\n"

REAL_PORTS = (4040, 5001, 7000, 53)  # to 192.0.2.1, which the rig has


class Wrong(Exception):
    """What the program did is none of what it may."""


def settings_of(text):
    """Without comments, one of which names the generation."""
    return "".join(line for line in text.splitlines(True) if not line.startswith("#"))


class Machine:
    """The program under test in the rig: commands, faults, and what is to be seen afterwards."""

    def __init__(self, tools, pins, before=()):
        self.tools = tools
        self.pins = pins
        self.before = before  # the name of the program, and of what traces it
        self.env = {**os.environ, "CLARENT_XDP_BPFFS": pins}

    def run(self, *words, text=None, wrap=()):
        return subprocess.run([*wrap, *words], capture_output=True, text=True, check=False,
                              input=text or "", env=self.env, timeout=PATIENCE)

    def xdp(self, *words, wrap=()):
        return self.run("clarent-xdp", "-q", *words, wrap=(*self.before, *wrap))

    def must(self, *words):
        done = self.xdp(*words)
        if done.returncode:
            raise Wrong(f"then {' '.join(words)}: {done.stderr.strip()}")
        return done.stdout

    def calls(self, *words):
        """The names of what a command calls, and which is the first after the loader's."""
        log = "/run/tmp/calls"
        self.xdp(*words, wrap=("strace", "-f", "-qqq", "-o", log, "-e", "signal=none", "--"))
        with open(log, encoding="utf-8", errors="replace") as lines:
            names = re.findall(r"^\d+ +(\w+)\(", lines.read(), re.MULTILINE)
        return names, names.index("munmap") + 1  # of the loader's cache; then it starts the program

    def faulty(self, fault, *words):
        """Under strace; its quicker way (--seccomp-bpf) injects errors, but no signals."""
        quicker = () if fault.kills else ("--seccomp-bpf",)
        return self.xdp(*words, wrap=("strace", "-f", "-qqq", *quicker, "-o", "/dev/null",
                                      "-e", f"trace={fault.call}", "-e", "signal=none",
                                      "-e", fault.inject(), "--"))

    def verdicts(self):
        done = self.run(f"{self.tools}/verdicts", *INTERFACES, text=FRAMES)
        if done.returncode:
            raise Wrong(f"verdicts: {done.stderr.strip()}")
        return tuple(done.stdout.split())

    def holdings(self):
        done = self.run(f"{self.tools}/holdings", self.pins)
        if done.returncode:
            raise Wrong(f"holdings: {done.stderr.strip()}")
        words = done.stdout.split()
        return dict(zip(words[::2], map(int, words[1::2])))

    def state(self):
        """All that a change can change, as its readers see it."""
        saved = ""
        if os.path.exists(POLICY_FILE):
            with open(POLICY_FILE, encoding="utf-8") as file:
                saved = settings_of(file.read())
        status = json.loads(self.must("--json", "status"))
        attached = tuple((one["interface"], one["mode"], one["filters"], str(one["then"]))
                         for one in status["attached"])
        return {
            "settings": settings_of(self.must("save", "-")),
            "verdicts": self.verdicts(),
            "attached": attached,
            "waits": bool(status["confirm_seconds"]),
            "saved": saved,
        }

    def check_agrees(self, state):
        """`check` says of a source that nobody lists what the attached program does."""
        if "eth0" not in [one[0] for one in state["attached"] if one[2]]:
            return
        status = self.xdp("check", "192.0.2.66", "to", "192.0.2.1", "port", "4040",
                          "dev", "eth0").returncode
        drops = state["verdicts"][0][list(QUESTIONS).index(("192.0.2.66", "192.0.2.1", 4040))]
        if status != (3 if drops == "d" else 0):
            raise Wrong(f"check exits {status}, the attached program says {drops}")

    def packets_agree(self, state):
        """Real packets meet what the test runs said."""
        for source in ("192.0.2.66", "192.0.2.10"):
            wanted = [port for port in REAL_PORTS if state["verdicts"][0][
                list(QUESTIONS).index((source, "192.0.2.1", port))] != "d"]
            done = self.run("/usr/bin/python3", "-B", TRAFFIC, "udp", "client", source,
                            "server", "192.0.2.1", *map(str, REAL_PORTS))
            if done.stdout.split() != [str(port) for port in wanted or ["none"]]:
                raise Wrong(f"packets of {source} reach {done.stdout.strip()}, not {wanted}")


class Fault:
    """The N-th call of a name fails, or all from it on; or the program is killed there."""

    def __init__(self, call, number, onwards=False, kills=False):
        self.call = call
        self.number = number
        self.onwards = onwards
        self.kills = kills

    def inject(self):
        what = "signal=KILL" if self.kills else f"error={ERROR_OF.get(self.call, 'EIO')}"
        return f"inject={self.call}:{what}:when={self.number}{'+' if self.onwards else ''}"

    def __str__(self):
        how = "killed at" if self.kills else "failing from" if self.onwards else "failing"
        return f"{how} {self.call} {self.number}"


class Verb:
    """One changing verb: how its old state is made, and its words."""

    pins = PINS
    before = ()
    modes = {}  # of interfaces that are not attached in the usual one

    def __init__(self, name, words, partly=False, refused=False, same=False):
        self.name = name
        self.words = words.split()
        self.partly = partly  # several interfaces: each is old or new
        self.refused = refused  # it must fail, and change nothing
        self.same = same or refused  # nothing that state() tells is different afterwards

    def base(self, machine, state):
        """From whatever state there is (None: not known) to the one that all verbs start from."""
        if state is None or state["waits"]:
            machine.xdp("confirm")
        # of what waits, save says what is confirmed
        if state is None or state["waits"] or state["settings"] != BASE:
            machine.must("apply", "/run/tmp/base", "force")
        attached = [one[0] for one in state["attached"]] if state and not state["waits"] else []
        for interface in INTERFACES:
            if interface not in attached:
                machine.must("attach", interface, *self.modes.get(interface, ()))
        if state is None or state["saved"] != BASE:
            machine.must("save")

    def reset(self, machine, state=None):
        """The same to the verb's old state."""
        self.base(machine, state)


class After(Verb):
    """From the state that another command leads to."""

    def __init__(self, name, words, first, **options):
        super().__init__(name, words, **options)
        self.first = first.split()

    def reset(self, machine, state=None):
        super().reset(machine, state)
        machine.must(*self.first)


class Lapsed(After):
    """A change that was not confirmed waits to be tidied up: its deadline is moved to the past."""

    def reset(self, machine, state=None):
        super().reset(machine, state)
        live = f"{self.pins}/maps/live"
        dump = json.loads(machine.run("bpftool", "-j", "map", "dump", "pinned", live).stdout)
        generation = int(dump[0]["value"][0], 16) & 1
        machine.run("bpftool", "map", "update", "pinned", live, "key", "0", "0", "0", "0",
                    "value", str(2 | generation), *["0"] * 7)


class First(Verb):
    """From a machine that has no instance, no bpffs for one, and no copies of a former one."""

    pins = OWN_PINS

    def reset(self, machine, state=None):
        machine.xdp("detach", "all")
        machine.xdp("purge")
        machine.run("umount", self.pins)
        machine.run("rmdir", self.pins)
        shutil.rmtree(OWN_COPIES, ignore_errors=True)
        if os.path.exists(self.pins):
            raise Wrong(f"{self.pins} cannot be unmounted and removed")


class AtTc(After):
    """With eth0 in mode tc, held by a link or, where those are denied, by a filter."""

    modes = {"eth0": ("mode", "tc")}

    def __init__(self, name, words, first, by_filter, **options):
        super().__init__(f"{name}-{'filter' if by_filter else 'tc'}", words, first, **options)
        self.before = DENY_LINKS if by_filter else ()


def at_tc(by_filter):
    return [
        AtTc("attach", "attach eth0 mode tc", "detach eth0", by_filter),
        AtTc("attach-again", "attach eth0", "save", by_filter, same=True),
        AtTc("attach-confirm", "attach eth0 mode tc confirm 600", "detach eth0", by_filter),
        AtTc("feature", "allow 192.0.2.77 gateway rate 1000000 burst 1000000", "save", by_filter),
        AtTc("detach", "detach eth0", "save", by_filter),
        AtTc("detach-confirm", "detach eth0 confirm 600", "save", by_filter),
        AtTc("detach-all", "detach all", "save", by_filter, partly=True),
    ]


VERBS = [
    Verb("allow", "allow 192.0.2.77 gateway peer newcomer comment second"),
    Verb("allow-limit", "allow 192.0.2.77 gateway rate 1000000 burst 1000000"),
    Verb("allow-confirm", "allow 192.0.2.77 gateway peer newcomer confirm 600"),
    Verb("deny", "deny 192.0.2.10 gateway"),
    Verb("revoke", "revoke 192.0.2.10 gateway"),
    Verb("revoke-peer", "revoke peer carrier"),
    Verb("protect", "protect 192.0.2.1 gateway"),
    Verb("unprotect", "unprotect 192.0.2.2 command"),
    Verb("policy", "policy lab udp 7100 force"),
    Verb("policy-mode", "policy gateway mode closed"),
    Verb("policy-delete", "policy web delete"),
    Verb("fragments", "fragments drop"),
    Verb("tunnel", "tunnel eth1"),
    After("attach", "attach eth0", "detach eth0"),
    Verb("attach-again", "attach eth0", same=True),
    After("attach-then", f"attach eth0 then pinned {NEXT}", "attach eth0 then off"),
    After("attach-then-off", "attach eth0 then off", f"attach eth0 then pinned {NEXT}"),
    After("attach-confirm", "attach eth0 confirm 600", "detach eth0"),
    Verb("detach", "detach eth0"),
    Verb("detach-confirm", "detach eth0 confirm 600"),
    Verb("detach-all", "detach all", partly=True),
    After("purge", "purge", "detach all"),
    Verb("purge-refused", "purge", refused=True),
    Verb("apply", "apply /run/tmp/other force"),
    Verb("apply-peer", "apply /run/tmp/carrier peer carrier force"),
    After("save", "save", "revoke 192.0.2.10 web"),
    After("rollback", "rollback", "allow 192.0.2.77 gateway comment wrong"),
    After("confirm", "confirm", "allow 192.0.2.77 gateway rate 1000000 confirm 600"),
    Lapsed("lapsed", "allow 192.0.2.77 gateway", "revoke 192.0.2.10 gateway confirm 600"),
    First("first-allow", "allow 192.0.2.77 gateway peer newcomer"),
    First("first-attach", "attach eth0"),
    *at_tc(by_filter=False),
    *at_tc(by_filter=True),
]


class Trial:
    """One verb's cases, and what came of them."""

    def __init__(self, verb, tools):
        self.verb = verb
        self.machine = Machine(tools, verb.pins, verb.before)
        self.tally = {(kills, outcome): 0 for kills in (False, True)
                      for outcome in ("old", "new", "partly")}
        self.wrongs = []
        self.cases = 0
        verb.reset(self.machine)
        self.old = self.machine.state()
        self.held = self.machine.holdings()
        names, first = self.machine.calls(*verb.words)
        self.new = self.machine.state()
        if (self.new == self.old) != verb.same:
            raise Wrong(f"{verb.name}: without any fault it does not do what it should")
        verb.reset(self.machine, self.new)
        self.faults = list(self.faults_of(names, first))

    @classmethod
    def faults_of(cls, names, first):
        """Of the calls from the first on: the loader's own have changed nothing."""
        numbers = collections.Counter(names[:first])
        for name in names[first:]:
            numbers[name] += 1
            if name not in CANNOT_FAIL:
                yield from cls.faults_at(name, numbers[name])

    @staticmethod
    def faults_at(call, number):
        yield Fault(call, number)
        if call in LASTING:
            yield Fault(call, number, onwards=True)
        if call not in ONLY_LOOKS:
            yield Fault(call, number, kills=True)

    def is_part(self, state):
        """Each interface old or new, and the rest as it was?"""
        if not self.verb.partly or state["settings"] != self.old["settings"]:
            return False
        return all(verdicts in (self.old["verdicts"][i], self.new["verdicts"][i])
                   for i, verdicts in enumerate(state["verdicts"]))

    def outcome(self, state):
        if state == self.old:
            return "old"
        if state == self.new:
            return "new"
        if self.is_part(state):
            return "partly"
        raise Wrong("neither old nor new: " + "; ".join(
            f"{key} {self.difference(key, state)}" for key in state
            if state[key] not in (self.old[key], self.new[key])) or
            "neither old nor new: a mixture of " + ", ".join(
                f"{'old' if state[key] == self.old[key] else 'new'} {key}" for key in state))

    def difference(self, key, state):
        if key != "verdicts":
            return repr(state[key])
        return ", ".join(f"{interface} {question}: {was}{now}"
                         for i, interface in enumerate(INTERFACES)
                         for question, was, now in zip(QUESTIONS, self.old[key][i], state[key][i])
                         if was != now)[:300]

    def judge(self, fault, done, state):
        outcome = self.outcome(state)
        if fault.kills and done.returncode != -9:
            raise Wrong(f"was not killed: exit {done.returncode}")
        if done.returncode == 0 and (self.verb.refused or outcome != "new" and not self.verb.same):
            raise Wrong(f"says done, and the state is {outcome}")
        if done.returncode > 0 and not done.stderr:
            raise Wrong(f"exit {done.returncode} without a word")
        if done.returncode > 0 and outcome == "new" and not re.search(SAYS_DONE, done.stderr):
            raise Wrong(f"is done, and says it failed: {done.stderr.strip()}")
        if done.returncode == 0 and self.machine.holdings()["bare"]:
            raise Wrong("says done, and a map has no name or no BTF")
        self.machine.check_agrees(state)
        if self.cases % PACKETS_EVERY == 0:
            self.machine.packets_agree(state)
        return outcome

    def go_on(self, outcome, state):
        """The next command works: the same once more, then back to the old state."""
        if outcome != "new" and not self.verb.refused:
            self.machine.must(*self.verb.words)
            state = self.machine.state()
            if state != self.new:
                raise Wrong(f"once more: {self.outcome(state)}")
        self.verb.reset(self.machine, state)

    def try_fault(self, fault):
        self.cases += 1
        try:
            done = self.machine.faulty(fault, *self.verb.words)
            state = self.machine.state()
            outcome = self.judge(fault, done, state)
            self.tally[fault.kills, outcome] += 1
            self.go_on(outcome, state)
        except (Wrong, subprocess.TimeoutExpired) as why:
            self.wrongs.append(f"{fault}: {why}")
            self.recover()

    def recover(self):
        """After a wrong the others are still to be tried, from a clean start."""
        self.machine.xdp("confirm")
        self.machine.xdp("detach", "all")
        self.machine.xdp("purge")
        self.verb.reset(self.machine)

    def finish(self):
        try:
            held = self.machine.holdings()
            if held != self.held:
                self.wrongs.append(f"left over: {self.held} became {held}")
            if held["bare"]:
                self.wrongs.append(f"{held['bare']} maps without name or BTF")
        except Wrong as why:
            self.wrongs.append(str(why))
        self.machine.xdp("confirm")
        self.machine.xdp("detach", "all")
        self.machine.xdp("purge")
        left = self.machine.holdings()
        if any(left.values()):
            self.wrongs.append(f"left after purge: {left}")
        qdiscs = self.machine.run("tc", "qdisc", "show", "dev", "eth0").stdout
        if "clsact" in qdiscs:
            self.wrongs.append(f"left after purge: {qdiscs.strip()}")

    def sum(self, kills):
        return [self.tally[kills, outcome] for outcome in ("old", "new", "partly")]

    def report(self):
        failed, killed = self.sum(False), self.sum(True)
        if self.wrongs:
            print(f"FAIL {self.verb.name} ({len(self.wrongs)} of {self.cases} wrong: "
                  f"{' | '.join(self.wrongs[:3])})")
        elif self.cases:
            print(f"PASS {self.verb.name}: {sum(failed)} failures, {sum(killed)} kills")
        else:
            print(f"SKIP {self.verb.name} (out of time)")
        sys.stdout.flush()


def table(trials):
    """The table that the documentation quotes."""
    print(f"\n{'':14} {'calls that failed':>26} {'killed':>26}")
    print(f"{'verb':14}" + f" {'tried':>8} {'old':>8} {'new':>8}" * 2 + f" {'wrong':>8}")
    sums = [0] * 7
    for trial in trials:
        row = []
        for kills in (False, True):
            old, new, partly = trial.sum(kills)
            row += [old + new + partly, old + partly, new]
        row.append(len(trial.wrongs))
        sums = [a + b for a, b in zip(sums, row)]
        print(f"{trial.verb.name:14}" + "".join(f" {number:8}" for number in row))
    print(f"{'all':14}" + "".join(f" {number:8}" for number in sums))
    print("calls:", *sorted({fault.call for trial in trials for fault in trial.faults}))


def changing_verbs(machine):
    """As `help` has them: all that are not for reading, as history is among the others.

    follow changes by other verbs, which it starts; fleet changes nothing here."""
    groups = machine.run("clarent-xdp", "help").stdout.split("\n\n")
    return {verb for group in groups if re.match("settings|taking|interfaces|whole", group)
            for verb in re.findall(r"^  (\w+)", group, re.MULTILINE)} - {"history", "follow", "fleet"}


def check_verbs(machine):
    """None is forgotten."""
    missing = changing_verbs(machine) - {verb.words[0] for verb in VERBS}
    if missing or not changing_verbs(machine):
        print(f"FAIL verbs (no case of {', '.join(sorted(missing)) or 'any'})")
        return False
    print("PASS verbs: each that changes something has a case")
    return True


def write_files():
    for name, text in (("base", BASE), ("other", OTHER), ("carrier", CARRIER)):
        with open(f"/run/tmp/{name}", "w", encoding="ascii") as file:
            file.write(text)


def sweep(verb, tools, calls, until, seed):
    trial = Trial(verb, tools)
    if calls:
        trial.faults = [fault for fault in trial.faults if fault.call in calls.split(",")]
    if until:
        random.Random(f"{seed} {verb.name}").shuffle(trial.faults)
    for fault in trial.faults:
        if until and trial.cases and time.monotonic() > until:
            break
        trial.try_fault(fault)
    trial.finish()
    trial.report()
    return trial


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("tools")
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--budget", type=int, default=BUDGET, help="seconds for a sample")
    parser.add_argument("--seed", type=int, default=1, help="of the sample")
    parser.add_argument("--calls", help="only these")
    parser.add_argument("verb", nargs="*")
    args = parser.parse_intermixed_args()
    verbs = [verb for verb in VERBS if not args.verb or verb.name in args.verb]
    if not args.all:
        print(f"seed {args.seed}")
    write_files()
    complete = check_verbs(Machine(args.tools, PINS))
    begun = time.monotonic()
    trials = []
    for i, verb in enumerate(verbs):
        until = None if args.all else begun + args.budget * (i + 1) / len(verbs)
        trials.append(sweep(verb, args.tools, args.calls, until, args.seed))
    table(trials)
    sys.exit(not complete or any(trial.wrongs for trial in trials))


if __name__ == "__main__":
    main()
