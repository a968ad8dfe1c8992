#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""The same changes of two instances, at random: what is said, saved, dumped and counted is the same.

    windows.py [--seed N] [--steps N]

One has a long list, of which a change of few entries reads no more than those; the other has an
entry beside that expires, and so each of its lists is read whole.
"""
import argparse
import ctypes
import ipaddress
import json
import mmap
import os
import random
import struct
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.realpath(__file__)), "..", "control"))
import lapse  # noqa: E402
import program  # noqa: E402

PROGRAM = os.environ["CLARENT_XDP"]
WINDOW, WHOLE = "/sys/fs/bpf/clarent-xdp", "/sys/fs/bpf/whole"
STATES = {WINDOW: "/var/lib/clarent-xdp/history", WHOLE: "/var/lib/clarent-xdp/sys-fs-bpf-whole/history"}
APART = "allow 198.51.100.250 pcanywhere expires 2098-01-01T00:00:00Z"
LIMITED = "10.255.0.1"  # the first that needs limits, until half of the steps are done
EXPIRY = 1 << 3  # CX_FEATURE_CONDITIONS
LENGTHS = {4: (32, 32, 32, 24, 28, 16, 12), 6: (128, 128, 64, 48)}


def prefix(rng):
    """One of few, so that they cover each other and come again."""
    if rng.randrange(4):
        number, version = 10 << 24 | rng.randrange(2) << 20 | rng.randrange(40) << 4, 4
    else:
        number, version = 0x20010db8 << 96 | rng.randrange(4) << 80 | rng.randrange(8), 6
    address = ipaddress.ip_address(number + rng.randrange(4)) if version == 4 else ipaddress.ip_address(number)
    net = ipaddress.ip_network((address, rng.choice(LENGTHS[version])), strict=False)
    return str(net.network_address) if net.prefixlen == net.max_prefixlen else str(net)


def first_file(rng):
    lines = {f"allow 10.{i >> 8 & 63}.{i & 255}.7 gateway" for i in range(64, 1400)}
    lines |= {f"allow 2001:db8:ffff::{i:x} gateway" for i in range(1, 1100)}
    lines.add(f"allow {LIMITED} gateway rate 800")
    keys = set()
    for _ in range(40):
        one, policy = prefix(rng), rng.choice(["gateway", "gateway", "command"])
        if (one, policy) in keys:
            continue
        keys.add((one, policy))
        lines.add(f"{rng.choice(['allow', 'allow', 'deny'])} {one} {policy}" +
                  rng.choice(["", "", " comment odd"]))
    return sorted(lines)


def draw(rng):
    verb = rng.choice(["allow", "allow", "deny", "deny", "revoke", "revoke", "revoke"])
    sources = list({prefix(rng) for _ in range(rng.choice((1, 1, 1, 2, 3, 9)))})
    words = [verb, ",".join(sources), rng.choice(["gateway", "gateway", "command,gateway", "command"])]
    if verb == "deny" and not rng.randrange(4):
        words[2] = "all"
    if verb == "allow":
        words += rng.choice([[], [], ["rate", "500"], ["rate", "700", "burst", "900"], ["rate", "off"],
                             ["comment", "new"], ["peer", "acme"]])
        if "rate" in words:
            words[2] = "gateway"  # so that none but a list that is not read may need limits
    if not rng.randrange(5):
        words += ["confirm", "100"]
    return words + ["force"] * (not rng.randrange(8))


def needs(instance):
    """Flags and features of the rules in force, but for what the entry that expires needs."""
    with mapped(f"{instance}/maps/live") as live, mapped(f"{instance}/maps/rules") as rules:
        generation = live[0] & 1
        flags, features = struct.unpack_from("<II", rules, 56 + generation * (len(rules) // 2))
    return flags, features & ~EXPIRY


def mapped(path):
    """The elements of a pinned array."""
    info = json.loads(subprocess.run(["bpftool", "-j", "map", "show", "pinned", path], check=True,
                                     capture_output=True, text=True).stdout)
    path = ctypes.create_string_buffer(path.encode())
    fd = lapse.bpf(lapse.OBJ_GET, ctypes.addressof(path), 0)
    size = (info["bytes_value"] + 7) // 8 * 8 * info["max_entries"]
    found = mmap.mmap(fd, size, mmap.MAP_SHARED, mmap.PROT_READ)
    os.close(fd)
    return found


class Pair:
    def __init__(self):
        self.failed = None

    def run(self, *words, text=None):
        """Both, with one voice."""
        runs = []
        for instance in (WINDOW, WHOLE):
            run = program.Run(PROGRAM, list(words), instance=instance, text=text)
            run.end()
            runs.append((run.status, run.err.replace(instance, "DIR"), run.out))
        return runs

    def same(self, what, one, other):
        if one != other and not self.failed:
            self.failed = f"{what}: {one!s:.400} | {other!s:.400}"

    def change(self, words, text=None):
        one, other = self.run(*words, text=text)
        self.same(" ".join(words), one[:2], other[:2])
        return one[0]

    def look(self):
        one, other = self.run("-q", "save", "-")
        saved = [[line for line in run[2].splitlines() if line != APART and line[0] != "#"]
                 for run in (one, other)]
        self.same("saved", set(saved[0]) - set(saved[1]), set(saved[1]) - set(saved[0]))
        self.same("saved in order", saved[0], saved[1])
        one, other = (json.loads(run[2]) for run in self.run("-j", "policies"))
        for answer in (one, other):
            answer["policies"] = [policy for policy in answer["policies"]
                                  if policy["policy"] != "pcanywhere"]
            for policy in answer["policies"]:
                policy.pop("mode_since", None)
                policy.pop("since", None)
        self.same("policies", one, other)
        self.same("flags and features", needs(WINDOW), needs(WHOLE))

    def history(self):
        said = []
        for run in self.run("-j", "history"):
            changes = next(part for part in json.loads(run[2]).values() if isinstance(part, list) and part)
            said.append([(change["change"], change["state"], change["words"], change["did"])
                         for change in changes if change["words"] != "apply - force"])
        self.same("history", said[0], said[1])

    def dumps(self):
        for name in ("gateway_acl", "gateway_acl6", "command_acl", "command_acl6"):
            dumped = []
            for instance in (WINDOW, WHOLE):
                out = subprocess.run(["bpftool", "-j", "map", "dump", "pinned", f"{instance}/{name}"],
                                     check=True, capture_output=True, text=True).stdout
                found = set()
                for element in json.loads(out):
                    key, value = element["formatted"]["key"], element["formatted"]["value"]
                    ids.setdefault(instance, {}).setdefault(name, []).append(value.pop("id"))
                    for own in ("listed_utc", "comment", "peer"):  # numbers and times of its own
                        value.pop(own)
                    found.add(json.dumps([key, value], sort_keys=True))
                dumped.append(found)
            self.same(f"dump of {name}", dumped[0] - dumped[1], dumped[1] - dumped[0])
        for instance, lists in ids.items():
            used = [one for numbers in lists.values() for one in numbers]
            self.same(f"ids of {instance} that two entries have", len(used) - len(set(used)), 0)
        ids.clear()


ids = {}


def differences(instance):
    """How many states say only what differs."""
    count = 0
    for name in os.listdir(STATES[instance]):
        with open(f"{STATES[instance]}/{name}") as file:
            count += name.isdigit() and "difference from" in "".join(file.readlines()[:2])
    return count


def lines_of(rng, count):
    """Lines of a file, no two about one entry; some of it nothing for who knows few entries."""
    lines = {}
    for _ in range(count):
        one, policy = prefix(rng), rng.choice(["gateway", "gateway", "command"])
        lines[one, policy] = f"{rng.choice(['allow', 'allow', 'deny'])} {one} {policy}" + rng.choice(
            ["", "", " comment odd", " peer bob"])
    if not rng.randrange(6):
        lines["rule"] = "policy command elsewhere pass"
    return "".join(line + "\n" for line in lines.values())


def step(pair, rng, number):
    kind = rng.randrange(12)
    if kind == 0:
        few = [], [], ["2"], ["3"]
        words = ["rollback", *rng.choice(few if number > 9 else few[:1]), "force"]
        pair.same("dry run", *pair.run(*words, "dry-run"))
        pair.change(words)
    elif kind == 1:
        count = rng.choice((1, 1, 7, 40, 300))
        pair.change(["apply", "-", "add", "force"], text=lines_of(rng, count))
    elif kind == 2:
        peer, plain = rng.choice(["acme", "bob", "nobody"]), not rng.randrange(4)
        sources = {f"10.40.{len(peer)}.{rng.randrange(60)}" for _ in range(rng.choice((0, 3, 40)))}
        sources |= {prefix(rng) for _ in range(not rng.randrange(3))}
        text = "".join(f"{one}\n" if plain else f"allow {one} gateway\n" for one in sorted(sources))
        words = ["apply", "-", "peer", peer] + ["policy", "gateway"] * plain
        pair.same("dry run", *pair.run(*words, "dry-run", text=text))
        pair.change(words + ["force"] * rng.randrange(2), text=text)
    else:
        words = draw(rng)
        if not pair.change(words) and "confirm" in words:
            pair.look()
            pair.change([rng.choice(["confirm", "rollback"])])
        return words
    return [kind]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--steps", type=int, default=40)
    options = parser.parse_args()
    rng, pair = random.Random(options.seed), Pair()
    lines = first_file(rng)
    for instance, more in ((WINDOW, []), (WHOLE, [APART])):
        run = program.Run(PROGRAM, ["apply", "-", "force"], instance=instance,
                          text="".join(line + "\n" for line in lines + more))
        run.end()
        if run.status:
            sys.exit(f"FAIL windows: {run.err}")
    pair.change(["allow", "192.0.2.99", "gateway"])  # for who undoes the first
    for number in range(options.steps):
        words = step(pair, rng, number)
        if number == options.steps // 2:
            pair.change(["revoke", LIMITED, "gateway"])
        pair.look()
        if number % 6 == 5:
            pair.dumps()
        if pair.failed:
            break
    pair.history()
    if not pair.failed and not (differences(WINDOW) and not differences(WHOLE)):
        pair.failed = "the one does not differ from the other in how it changes"
    if pair.failed:
        print(f"FAIL windows, seed {options.seed}, step {number}, {words}: {pair.failed}")
        sys.exit(1)
    print(f"PASS windows, seed {options.seed}: {options.steps} steps, the same both ways")


main()
