#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Judges what observe.py saw, by what was published.

    judge.py DIR    DIR/versions has a line NUMBER TIME DIGEST TROUBLE for each, in order

Says PASS or FAIL of each demand, and how long it took from publishing to in force."""
import collections
import pathlib
import statistics
import sys


def say(name, fault=""):
    print(f"FAIL {name} ({fault})" if fault else f"PASS {name}")
    return bool(fault)


def read(path):
    return [line.split() for line in path.read_text().splitlines()]


def delays(versions, seen):
    """Of each version and host: until that one, or a later one, was in force."""
    number_of = {digest: int(number) for number, _, digest, _ in versions}
    begun = {int(number): float(at) for number, at, _, _ in versions}
    found = {}
    for at, host, digest, _ in seen:
        for number, when in begun.items():
            if number <= number_of.get(digest, -1) and (number, host) not in found and float(at) >= when:
                found[number, host] = float(at) - when
    return found


def row(name, values):
    values = sorted(values)
    return f"{name}: {len(values)} of hosts, median {statistics.median(values):.1f} s, " \
           f"90 % {values[int(len(values) * 0.9)]:.1f} s, worst {values[-1]:.1f} s"


def main():
    folder = pathlib.Path(sys.argv[1])
    versions, seen = read(folder / "versions"), read(folder / "seen")
    traffic = read(folder / "traffic")
    known = {digest for _, _, digest, _ in versions}
    hosts = {line[0] for line in traffic}
    strange = [line for line in seen if line[2] not in known]
    found = delays(versions, seen)
    failed = say(f"no host was ever in a state that was not published ({len(seen)} states seen)",
                 " ".join(strange[0]) if strange else "")
    missing = [(number, host) for number, *_ in versions for host in sorted(hosts)
               if (int(number), host) not in found]
    failed += say(f"every host came to each of {len(versions)} versions, or to a later one",
                  str(missing[:5]) if missing else "")
    lost = [line for line in traffic if int(line[2])]
    sent = sum(int(line[1]) for line in traffic)
    failed += say(f"no listed packet was lost, of {sent}", str(lost) if lost else "")
    wrong = [line for line in traffic if int(line[3])]
    failed += say(f"no unlisted one was delivered, of {sent}", str(wrong) if wrong else "")
    kinds = collections.defaultdict(list)
    for number, _, _, trouble in versions[1:]:  # the first was there before it was looked at
        kinds[trouble] += [found[int(number), host] for host in hosts if (int(number), host) in found]
    for kind, values in sorted(kinds.items()):
        if values:
            print("PASS in force,", row(kind, values))
    print("PASS in force,", row("all", [value for values in kinds.values() for value in values]))
    sys.exit(failed > 0)


main()
