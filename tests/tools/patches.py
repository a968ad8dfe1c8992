#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Small changes of long lists, at random, judged by sets of lines and by longest prefix match.

    patches.py [--seed N] [--steps N]

Changes for good and on trial; trials confirmed, ended, or lapsed; commands killed at any call of
the kernel.  After each, what readers show, what the pinned maps hold and what packets of changed
addresses would meet must be of one state.  Shares nothing with the program but its words.
"""
import argparse
import ipaddress
import json
import os
import random
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.realpath(__file__)), "..", "control"))
import lapse  # noqa: E402
import program  # noqa: E402

PINS = "/sys/fs/bpf/clarent-xdp"
PROGRAM = os.environ["CLARENT_XDP"]
LENGTHS = {4: (32, 32, 32, 24, 27, 29, 16, 20), 6: (128, 128, 64, 48, 56, 40, 60)}
CALLS_MAX = 3000
VAR = "/var/lib/clarent-xdp"


def prefix(rng, version):
    """One of some ten thousand, so that they meet, cover each other and come again."""
    length = rng.choice(LENGTHS[version])
    if version == 4:
        address = 10 << 24 | rng.randrange(4) << 22 | rng.randrange(16) << 12 | rng.randrange(256)
        return ipaddress.ip_network((address, length), strict=False)
    address = 0x20010db8 << 96 | rng.randrange(64) << 80 | rng.randrange(64) << 56 | rng.randrange(32)
    return ipaddress.ip_network((address, length), strict=False)


def text_of(net):
    return str(net.network_address) if net.prefixlen == net.max_prefixlen else str(net)


class Lists:
    """What is listed: (prefix, policy) to a verb and its attributes."""

    def __init__(self, lines=()):
        self.lines = dict(lines)

    def copy(self):
        return Lists(self.lines)

    def __eq__(self, other):
        return self.lines == other.lines

    def file(self):
        return "".join(f"{verb} {text_of(net)} {policy}{rest}\n"
                       for (net, policy), (verb, rest) in self.lines.items())

    def covering(self, address, policy):
        """Whoever covers it, the longest first."""
        nets = (ipaddress.ip_network((address, length), strict=False)
                for length in range(address.max_prefixlen, -1, -1))
        return [(text_of(net), *self.lines[net, policy]) for net in nets
                if (net, policy) in self.lines]

    def verdict(self, address, policy):
        """Of the longest that covers it."""
        return (self.covering(address, policy) or [("", "deny")])[0][1] == "allow"


def parts(rest):
    """Limit and comment of a line."""
    rate, mark, comment = rest.partition(" comment")
    return rate, mark + comment


def merged(old, verb, rest):
    """What a line that says no more than this leaves of what was said before."""
    if not old or (old[0], verb) == ("deny", "allow"):
        return rest
    (rate, comment), (old_rate, old_comment) = parts(rest), parts(old[1])
    return (rate or old_rate if verb == "allow" else "") + (comment or old_comment)


def draw(rng, lists, count):
    """A later state, and how it is said: words and text."""
    after = lists.copy()
    kind = rng.choice(["add", "add", "revoke", "deny", "allow", "apply", "apply"])
    policy = rng.choice(["gateway", "gateway", "command"])
    there = [key for key in lists.lines if key[1] == policy]
    if kind == "revoke":
        gone = rng.sample(there, min(len(there), 1 + count % 40))
        for key in gone:
            del after.lines[key]
        return after, ["revoke", ",".join(text_of(net) for net, _ in gone), policy, "force"], None
    if kind in ("deny", "allow"):
        nets = {prefix(rng, rng.choice((4, 4, 6))) for _ in range(1 + count % 10)}
        rest = rng.choice(["", "", " rate 5000 burst 750"]) if kind == "allow" else ""
        for net in nets:
            after.lines[net, policy] = kind, merged(lists.lines.get((net, policy)), kind, rest)
        words = [kind, ",".join(text_of(net) for net in nets), policy, *rest.split()]
        return after, words, None
    for _ in range(count):
        net = prefix(rng, rng.choice((4, 4, 6)))
        rest = rng.choice(["", "", " rate 9000 burst 950", " comment seen"])
        verb, rest = rng.choice([("allow", rest), ("allow", rest), ("deny", "")])
        old = lists.lines.get((net, policy)) if kind == "add" else None
        after.lines[net, policy] = verb, merged(old, verb, rest)
    if kind == "add":
        new = Lists({key: line for key, line in after.lines.items()
                     if lists.lines.get(key) != line})
        if not new.lines:
            return draw(rng, lists, count)
        return after, ["apply", "-", "add", "force"], new.file()
    for key in rng.sample(list(after.lines), count):
        del after.lines[key]
    return after, ["apply", "-", "force"], after.file()


class Judge:
    def __init__(self, seed):
        self.rng = random.Random(seed)
        self.failures = 0
        self.differences = 0  # copies that said only that

    def run(self, *words, text=None):
        run = program.Run(PROGRAM, list(words), text=text)
        run.end()
        return run

    def shown(self):
        """What `list` shows, in the form of a file."""
        lists = Lists()
        for entry in self.run("-j", "list").json["entries"]:
            rest = f" rate {entry['rate']} burst {entry['burst']}" if entry.get("rate") else ""
            rest += f" comment {entry['comment']}" if entry["comment"] else ""
            key = ipaddress.ip_network(entry["prefix"]), entry["policy"]
            lists.lines[key] = entry["action"], rest
        return lists

    @staticmethod
    def dumped(policy, version):
        path = f"{PINS}/{policy}_acl{'' if version == 4 else '6'}"
        out = subprocess.run(["bpftool", "-j", "map", "dump", "pinned", path], check=True,
                             capture_output=True, text=True).stdout
        found = {}
        for element in json.loads(out):
            value, key = element["formatted"]["value"], element["formatted"]["key"]
            address = ipaddress.ip_address(bytes(int(str(b), 0) for b in key["addr"]))
            net = ipaddress.ip_network((address, key["prefixlen"]))
            found[net, policy] = ("deny", "allow", "gone")[value["action"]]
        return found

    def wrong_dump(self, lists):
        for policy in ("gateway", "command"):
            for version in (4, 6):
                wanted = {key: line[0] for key, line in lists.lines.items()
                          if key[1] == policy and key[0].version == version}
                found = self.dumped(policy, version)
                if found != wanted:
                    return f"{policy}'s dump of IPv{version} differs in {dict(set(found.items()) ^ set(wanted.items()))}"
        return None

    def wrong_verdict(self, lists, changed):
        """Of senders in what was changed, and anywhere."""
        for net, policy in changed:
            address = net.network_address + self.rng.randrange(min(net.num_addresses, 256))
            if int(address) & 0xffffffff == 0:
                continue
            dest = "192.0.2.1" if net.version == 4 else "2001:db8::1"
            port = "4040" if policy == "gateway" else "5001"
            run = self.run("-j", "check", str(address), "to", dest, "port", port)
            if (run.json["verdict"] == "pass") != lists.verdict(address, policy):
                said = run.json["verdict"], run.json.get("entry")
                return f"{address} to {policy}: {said}; listed is {lists.covering(address, policy)}"
        return None

    def wrong_copy(self, lists):
        """Of the confirmed state, which is what a boot may have to do with."""
        said, differs = said_by(f"{VAR}/policy")
        self.differences += differs
        wanted = set(lists.file().splitlines())
        return said != wanted and f"the copy differs in {said ^ wanted}"

    def differ(self, lists):
        """How what is shown is not this."""
        shown = self.shown().lines
        return {f"{text_of(key[0])} {key[1]}": (shown.get(key), lists.lines.get(key))
                for key in {**shown, **lists.lines} if shown.get(key) != lists.lines.get(key)}

    def fail(self, step, what, words):
        print(f"FAIL patches, step {step}: {' '.join(words)[:200]}: {what[:1000]}")
        self.failures += 1


def lines_of(path):
    with open(path) as file:
        return file.read().splitlines()


def said_by(path):
    """The lists that a copy says: its lines, or those of the state that it differs from, edited."""
    lines = lines_of(path)
    if not lines[1].startswith("difference from "):
        return {line for line in lines if line.split()[0] in ("allow", "deny", "protect")}, False
    edits = [(line[0], line[1:]) for line in lines if line[0] in "+-"]
    said, _ = said_by(f"{VAR}/history/{lines[1].split()[2].rstrip(',')}")
    by_key = {tuple(line.split()[1:3]): line for line in said}
    for sign, line in edits:
        by_key.pop(tuple(line.split()[1:3]), None)
        if sign == "+":
            by_key[tuple(line.split()[1:3])] = line
    return set(by_key.values()), True


def changed_of(rng, before, after, count):
    keys = [key for key in {**before.lines, **after.lines}
            if before.lines.get(key) != after.lines.get(key)]
    others = rng.sample(list(after.lines), min(2, len(after.lines)))
    return rng.sample(keys, min(count, len(keys))) + others


def step_trial(judge, lists, after, words, text):
    """A trial, and one of its ends."""
    rng = judge.rng
    run = judge.run(*[word for word in words if word != "force"], "confirm", "100", "force",
                    text=text)
    if run.status:
        return f"exit {run.status}: {run.err}", after
    if after == lists:
        return None, after
    if judge.shown() != after:
        return f"a trial is not shown: {judge.differ(after)}", after
    wrong = judge.wrong_verdict(after, changed_of(rng, lists, after, 3))
    if wrong:
        return f"on trial: {wrong}", after
    end = rng.choice(["confirm", "rollback", "lapse"])
    if end == "lapse":
        lapse.run_out(PINS)
        wrong = judge.wrong_verdict(lists, changed_of(rng, after, lists, 3))
        if wrong or judge.shown() != lists:
            return f"lapsed: {wrong} {judge.differ(lists)}", lists
        judge.run("confirm")  # a writer, that tidies up
    else:
        run = judge.run(end)
        if run.status:
            return f"{end}: exit {run.status}: {run.err}", lists
    return None, after if end == "confirm" else lists


def step_killed(judge, lists, after, words, text):
    """Killed at some call: one of the two states, as everybody sees it."""
    run = program.Paused(judge.rng.randrange(1, CALLS_MAX), PROGRAM, words, text=text)
    if not run.stopped:
        return (f"exit {run.status}: {run.err}" if run.status else None), after
    run.kill()
    shown = judge.shown()
    if shown not in (lists, after):
        return f"killed: neither state: {judge.differ(lists)}", lists
    wrong = judge.wrong_verdict(shown, changed_of(judge.rng, lists, after, 4))
    if wrong:
        return f"killed: {wrong}", shown
    run = judge.run("allow", "198.51.100.1", "command")  # the next one tidies up
    if run.status:
        return f"behind a kill: exit {run.status}: {run.err}", shown
    shown.lines[ipaddress.ip_network("198.51.100.1"), "command"] = ("allow", "")
    return None, shown


def step_plain(judge, lists, after, words, text):
    run = judge.run(*words, text=text)
    return (f"exit {run.status}: {run.err}" if run.status else None), after


def step_back(judge, lists, after, words, text):
    """And undone; or the confirmed copy applied, as a boot would."""
    wrong, _ = step_plain(judge, lists, after, words, text)
    if wrong or after == lists:
        return wrong, after
    if judge.rng.randrange(3):
        run = judge.run("rollback", "force")
        return (f"rollback: exit {run.status}: {run.err}" if run.status else None), lists
    judge.run("revoke", text_of(next(iter(after.lines))[0]), next(iter(after.lines))[1], "force")
    copies = os.listdir(f"{VAR}/history")
    number = max(int(name) for name in copies if name.isdigit()) - 1
    run = judge.run("apply", f"{VAR}/history/{number}", "force")
    return (f"the copy: exit {run.status}: {run.err}" if run.status else None), after


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--steps", type=int, default=40)
    options = parser.parse_args()
    judge = Judge(options.seed)
    rng = judge.rng
    lists = Lists()
    while len(lists.lines) < 4500:
        policy = rng.choice(["gateway", "gateway", "gateway", "command"])
        lists.lines[prefix(rng, rng.choice((4, 4, 6))), policy] = "allow", ""
    run = judge.run("apply", "-", "force", text=lists.file())
    if run.status:
        sys.exit(f"FAIL patches: {run.err}")
    for step in range(options.steps):
        after, words, text = draw(rng, lists, rng.choice((1, 3, 30, 150)))
        way = rng.choice([step_plain, step_back, step_trial, step_killed])
        wrong, now = way(judge, lists, after, words, text)
        if not wrong and judge.shown() != now:
            wrong = f"what is shown differs in {judge.differ(now)}"
        wrong = wrong or judge.wrong_dump(now) or judge.wrong_copy(now)
        wrong = wrong or judge.wrong_verdict(now, changed_of(rng, lists, now, 3))
        if wrong:
            judge.fail(step, f"{way.__name__}: {wrong}", words)
            break
        lists = now
    if not judge.failures and not judge.differences:
        judge.fail(options.steps, "no copy was a difference", [])
    if not judge.failures:
        print(f"PASS patches, seed {options.seed}: {options.steps} steps, {len(lists.lines)} entries")
    sys.exit(judge.failures)


main()
