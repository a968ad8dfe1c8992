#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Lets one call of a verb fail, each in turn, and reads what the verb says of it.

    true_words.py [--sample] [--every N] [--error NAME] [CASE...]

--sample: of calls that differ in numbers alone only the first, and of the errors only the first;
--every N: of what is left, each N-th.

A verb that fails says why in the kernel's own words: those of the error that there was, not of
one that was guessed.  A verb that does not fail says all that it says otherwise.  Runs inside
the rig, in the network namespace "server", with eth0 in it; see ../net/81-true-words.sh.
"""
import argparse
import errno
import os
import re
import subprocess
import sys

LOG = "/run/tmp/calls"
BASE, OTHER, PEER = "/run/tmp/base", "/run/tmp/other", "/run/tmp/peer"
LISTED = "192.0.2.10"
STARTED = re.compile(r"^\d+ +fcntl\([012], F_GETFD")  # before it, the dynamic linker is at work

# What may fail, and how; the first is what a sample tries.
ERRORS = {
    "bpf": ("ENOMEM", "EPERM", "EMFILE", "ENOSPC", "EIO"),
    "openat": ("EMFILE", "ENOMEM", "EACCES", "EIO"),
    "open": ("EMFILE",),
    "dup": ("EMFILE",), "dup2": ("EMFILE",), "dup3": ("EMFILE",), "fcntl": ("EMFILE",),
    "socket": ("EMFILE", "ENOMEM", "EPERM"),
    "getsockopt": ("ENOMEM",), "bind": ("ENOMEM",), "getsockname": ("ENOMEM",),
    "sendto": ("ENOMEM", "EPERM"), "recvmsg": ("ENOMEM",),
    "read": ("EIO", "ENOMEM"), "write": ("ENOSPC", "EIO"), "getdents64": ("EIO", "ENOMEM"),
    "access": ("EIO", "EACCES", "ENOMEM"), "faccessat": ("EIO",),
    "faccessat2": ("EIO", "EACCES", "ENOMEM"),
    "newfstatat": ("EIO", "EACCES", "ENOMEM"), "fstat": ("EIO",), "statfs": ("EIO", "ENOMEM"),
    "lseek": ("EIO",), "readlink": ("EIO",), "readlinkat": ("EIO",), "name_to_handle_at": ("EIO",),
    "mmap": ("ENOMEM",), "brk": (),
    "mkdir": ("ENOSPC", "EACCES", "EIO"), "mkdirat": ("ENOSPC",), "rmdir": ("EACCES",),
    "rename": ("ENOSPC", "EIO"), "renameat": ("ENOSPC",), "renameat2": ("ENOSPC",),
    "link": ("EPERM", "ENOSPC"), "linkat": ("EPERM",),
    "unlink": ("EACCES", "EIO"), "unlinkat": ("EACCES",), "fsync": ("EIO",),
    "fchmod": ("EPERM",), "chmod": ("EPERM",), "ftruncate": ("EIO",), "pwrite64": ("ENOSPC",),
    "flock": ("ENOLCK", "EIO"), "mount": ("EPERM", "ENOMEM"), "setns": ("EPERM", "ENOMEM"),
    "getrandom": ("EIO",), "ioctl": (),
}
# Calls that are tried and done without: nothing is said of them, and nothing is missing.
UNHEARD = re.compile(r"""
    BPF_PROG_LOAD.*prog_name="(libbpf_|test|") # libbpf asks what the kernel can
    | BPF_PROG_LOAD.*prog_type=BPF_PROG_TYPE_SOCKET_FILTER
    | BPF_MAP_CREATE.*map_name="(libbpf_|")
    | BPF_BTF_LOAD.*btf_size=[4-9]\d?,
    """, re.VERBOSE)


class Case:
    """A verb's words, and what brings about the state that it is tried in."""

    def __init__(self, words, *before, reads=False):
        self.words, self.before, self.reads = words.split(), before, reads

    def prepare(self):
        for words in self.before:
            run(words.split())


CASES = {
    "list": Case("list", reads=True),
    "status": Case("status", reads=True),
    "status-eth0": Case("status eth0", reads=True),
    "peers": Case("peers", reads=True),
    "history": Case("history", reads=True),
    "ports": Case("ports", reads=True),
    "ports-file": Case(f"ports {OTHER}", reads=True),
    "stats": Case("stats -v", reads=True),
    "policies": Case("policies", reads=True),
    "check": Case(f"check {LISTED} port 4040 dev eth0", reads=True),
    "save-": Case("save -", reads=True),
    "save": Case("save /run/tmp/saved"),
    "dry-run": Case(f"apply {OTHER} dry-run force", reads=True),
    "allow": Case("allow 192.0.2.99 gateway peer x comment y", "revoke 192.0.2.99 gateway"),
    "revoke": Case("revoke 192.0.2.99 gateway", "allow 192.0.2.99 gateway"),
    "protect": Case("protect 192.0.2.1 gateway", "protect any gateway"),
    "tunnel": Case("tunnel eth0", f"apply {BASE} force"),
    "peer": Case(f"apply {PEER} peer acme force", f"apply {BASE} force"),
    "rpf": Case("policy gateway rpf strict force", "policy gateway rpf off"),
    "trial": Case("allow 192.0.2.98 gateway confirm 60", "confirm", "revoke 192.0.2.98 gateway"),
    "confirm": Case("confirm", "confirm", "revoke 192.0.2.98 gateway",
                    "allow 192.0.2.98 gateway confirm 60"),
    "apply": Case(f"apply {OTHER} force", f"apply {BASE} force"),
    "rollback": Case("rollback", f"apply {BASE} force", f"apply {OTHER} force"),
    "attach-again": Case("attach eth0"),
    "detach": Case("detach eth0", "attach eth0"),
    "attach": Case("attach eth0", "detach eth0"),
    "first": Case("attach eth0", "detach all", "purge"),
    "purge": Case("purge", "detach all", "allow 192.0.2.10 gateway"),
}


def run(words, wrap=()):
    return subprocess.run([*wrap, "clarent-xdp", *words], capture_output=True, text=True,
                          errors="replace", check=False, stdin=subprocess.DEVNULL, timeout=120)


def strace(*options):
    return ("strace", "-f", "-qqq", "-s", "64", "-o", LOG, "-e", "signal=none", *options, "--")


def log_lines():
    with open(LOG, encoding="utf-8", errors="replace") as log:
        return log.readlines()


def calls(case):
    """(name, which of that name, line) of every call behind the start."""
    case.prepare()
    traced = ",".join("?" + name for name in ERRORS)
    whole = run(case.words, strace("-e", f"trace={traced}"))
    if whole.returncode not in (0, 3):
        raise SystemExit(f"{' '.join(case.words)}: {whole.stderr}")
    count, started, found = {}, False, []
    for line in log_lines():
        name = re.match(r"^\d+ +(\w+)\(", line)
        if not name:
            continue
        count[name[1]] = count.get(name[1], 0) + 1
        started |= bool(STARTED.match(line))
        if started and not STARTED.match(line):
            found.append((name[1], count[name[1]], line.split(" ", 1)[1].strip()))
    return whole, found


def kinds(found):
    """Of calls that differ in numbers alone, the first."""
    first = {}
    for call in found:
        first.setdefault(re.sub(r"0x[0-9a-f]+|\d+", "", call[2]), call)
    return list(first.values())


def shape(text):
    """How much is said, whatever the numbers and times in it."""
    return [re.sub(r"\d+|[a-z]+ ago|never|now", "", line).split() for line in text.splitlines()]


def fault(case, whole, call, nth, error):
    """What is wrong with what the verb says, None if nothing is."""
    if not case.reads:
        case.prepare()
    said = run(case.words, strace("--seccomp-bpf", "-e", f"trace={call}",
                                  "-e", f"inject={call}:error={error}:when={nth}"))
    injected = [line for line in log_lines() if "INJECTED" in line]
    if not injected or UNHEARD.search(injected[0]):  # not each run makes the same calls
        return None
    reason = os.strerror(getattr(errno, error))
    if said.returncode < 0 or said.returncode > 3:
        return f"ends with {said.returncode}"
    if said.returncode == whole.returncode:
        whole_answer = not case.reads or shape(said.stdout) == shape(whole.stdout)
        if not whole_answer and not said.stderr and reason not in said.stdout:
            return f"says less, and not a word: {said.stdout[-200:]}"
        return None
    if reason in said.stderr or error == "ENOMEM" and "memory" in said.stderr:
        return None
    return f"says {said.stderr.strip() or 'nothing'}"


def sweep(name, case, options):
    whole, found = calls(case)
    if options.sample:
        found = kinds(found)
    wrong = tried = 0
    for at, (call, nth, line) in enumerate(found):
        errors = ERRORS[call][:1] if options.sample else ERRORS[call]
        if options.error:
            errors = (options.error,) if options.error in ERRORS[call] or options.any else ()
        for error in errors:
            if at % options.every or UNHEARD.search(line):
                continue
            tried += 1
            what = fault(case, whole, call, nth, error)
            if what:
                wrong += 1
                print(f"FAIL {name}: {error} of {line[:110]} ({what})".replace("\n", " / "))
    if not wrong:
        print(f"PASS {name}: the words are true ({tried} failures)")
    return wrong


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--error")
    parser.add_argument("--any", action="store_true")
    parser.add_argument("--sample", action="store_true")
    parser.add_argument("case", nargs="*")
    options = parser.parse_args()
    with open(BASE, "w", encoding="ascii") as file:
        file.write(f"allow {LISTED} gateway peer acme comment c\nallow 2001:db8::10 command\n")
    with open(OTHER, "w", encoding="ascii") as file:
        file.write(f"policy lab udp 7000\nallow {LISTED} gateway peer acme\nallow {LISTED} lab\n")
    with open(PEER, "w", encoding="ascii") as file:
        file.write("allow 192.0.2.11 gateway peer acme\n")
    wrong = 0
    for name in options.case or CASES:
        run(["apply", BASE, "force"])
        run(["attach", "eth0"])
        wrong += sweep(name, CASES[name], options)
        run(["confirm"])
    sys.exit(wrong > 0)


if __name__ == "__main__":
    main()
