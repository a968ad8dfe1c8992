#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Reads `clarent-xdp --json help`; says which words may stand where, by the usages.

Each line has the words so far, a tab, and words that may follow them.  It shares nothing
with the program's reading of usages.  A word of a table in the help of a verb that its usage
does not have is complained of."""
import collections
import itertools
import json
import re
import sys

SAMPLES = {
    "SOURCE": "192.0.2.1", "DEST": "192.0.2.2", "ADDRESS": "192.0.2.3", "PREFIX": "192.0.2.0/24",
    "POLICY": "gateway", "NAME": "acme", "IFACE": "eth0", "PPS": "500", "N": "5", "WHEN": "7d",
    "TEXT": "hello", "SECONDS": "60", "PORTS": "4040", "FILE": "./file", "PATH": "./path",
    "VERB": "allow",
}


def parse(usage):
    usage = re.sub(r"([A-Z]+)\[,\1\.\.\.\]", r"\1", usage).replace("...", "")
    tokens = re.findall(r"[\[\]()]|[^\s\[\]()]+", usage)

    def alternatives():
        found = [[]]
        while tokens and tokens[0] not in "])":
            token = tokens.pop(0)
            if token == "|":
                found.append([])
            elif token in "[(":
                found[-1].append((token, alternatives()))
                tokens.pop(0)
            else:
                found[-1].append(("word", token.split("|")))
        return found

    return alternatives()


def sentences(sequence):
    """Of a row that may be left out: none, each in every way, and each before and behind the first."""
    if not sequence:
        return [[]]
    row = list(itertools.takewhile(lambda item: item[0] == "[", sequence))
    if row:
        ways = [of_all(item[1]) for item in row]
        first = [[]] + [way for of_one in ways for way in of_one]
        for way in ways[1:]:
            first += [ways[0][0] + way[0], way[0] + ways[0][0]]
        rest = sequence[len(row):]
    else:
        kind, inner = sequence[0]
        first = of_all(inner) if kind == "(" else [[word] for word in inner]
        rest = sequence[1:]
    return [a + b for a in first for b in sentences(rest)]


def of_all(alternatives):
    return [sentence for sequence in alternatives for sentence in sentences(sequence)]


def is_literal(word):
    return not word.isupper()


def table_words(text):
    for row in re.findall(r"^  ((?:\S+ ?)+) {2,}", text.split("example:")[0], re.M):
        yield from (word for word in row.split() if is_literal(word))
    yield from re.findall(r"\((any|off|never|none): ", text)


def main():
    verbs = [v for group in json.load(sys.stdin).values() if isinstance(group, list) for v in group
             if isinstance(v, dict)]
    follow = collections.defaultdict(set)
    for verb in verbs:
        follow[""].add(verb["verb"])
        for word in table_words(verb["help"]):
            if word not in re.findall(r"[a-z-]+", verb["usage"]):
                sys.exit(f"{verb['verb']}: its usage does not have '{word}'")
        for sentence in of_all(parse(verb["usage"])):
            for place, word in enumerate(sentence):
                before = [SAMPLES.get(each, each) for each in [verb["verb"]] + sentence[:place]]
                if is_literal(word):
                    follow[" ".join(before)].add(word)
    for before, words in sorted(follow.items()):
        print(before, " ".join(sorted(words)), sep="\t")


main()
