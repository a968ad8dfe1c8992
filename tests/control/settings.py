# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""What the settings are, what each word makes of them, and what a packet meets.

Written from the contract of the interface and from `help`, never from the program's sources: it
is to be wrong in other places than they are.  No clock is read here: whoever asks says when.
"""
import datetime
import functools
import ipaddress
import re
import shlex
from dataclasses import dataclass, replace

BUILT_IN = {"command": ({5001, 5002}, set()), "gateway": ({4040, 4045, 5010}, set()),
            "pcanywhere": ({22, 5632}, {5631, 65301})}
MODES = ("enforce", "monitor", "open", "closed")
KEYWORDS = set("""allow deny protect policy fragments tunnel revoke unprotect attach detach purge
    apply save rollback confirm history list peers policies status stats check suspects log top
    doctor metrics help version peer dev rate burst min ttl expires wide comment udp tcp mode
    elsewhere rpf any all off none never force add dry run delete""".split())
WIDE = {4: 8, 6: 19}  # shorter prefixes need the word
MAX_RATE = 10_000_000


class Wrong(Exception):
    """The words alone decide that they cannot be meant: exit status 2."""


class Refused(Exception):
    """The words are right, and what they ask for cannot be: exit status 1."""


@dataclass(frozen=True)
class Policy:
    udp: frozenset = frozenset()
    tcp: frozenset = frozenset()
    mode: str = "enforce"
    elsewhere: str = "drop"
    rate: int = 0
    burst: int = 0
    tunnel: str = "optional"
    rpf: str = "off"


@dataclass(frozen=True)
class Entry:
    action: str = "allow"
    peer: str = ""
    dev: str = ""
    rate: int = 0
    burst: int = 0
    min_ttl: int = 0
    expires: int = 0  # seconds since 1970
    comment: str = ""

    def expired(self, now):
        return bool(self.expires) and now >= self.expires


@dataclass(frozen=True)
class Dest:
    rate: int = 0
    burst: int = 0


class Settings:
    """Never changed once it is handed on: whoever changes one begins with a copy()."""

    def __init__(self):
        self.policies = {name: Policy(frozenset(udp), frozenset(tcp),
                                      "open" if name == "pcanywhere" else "enforce")
                         for name, (udp, tcp) in BUILT_IN.items()}
        self.entries = {}  # (policy, network): Entry
        self.dests = {}    # (policy, network): Dest
        self.fragments = "pass"
        self.tunnels = frozenset()
        self.carry = False     # whether a comment stays when a deny becomes an allow
        self._lines = self._hash = None

    def copy(self):
        new = Settings()
        new.policies, new.entries, new.dests = map(dict, (self.policies, self.entries, self.dests))
        new.fragments, new.tunnels = self.fragments, self.tunnels
        return new

    @property
    def lines(self):
        """Object and line of everything that is not as it is by default."""
        if self._lines is None:
            self._lines = dict(_lines(self))
        return self._lines

    def __eq__(self, other):
        return self is other or isinstance(other, Settings) and self.lines == other.lines

    def __hash__(self):
        if self._hash is None:
            self._hash = hash(frozenset(self.lines.values()))
        return self._hash

    def of(self, policy, version=None, action=None):
        return {net: entry for (name, net), entry in self.entries.items() if name == policy
                and version in (None, net.version) and action in (None, entry.action)}

    def sources(self, policy, now):
        """Those whom the policy admits."""
        return {net for net, entry in self.of(policy, action="allow").items()
                if not entry.expired(now)}

    def peers(self):
        return {entry.peer for entry in self.entries.values() if entry.peer}


# --- Words ----------------------------------------------------------------------------------

@functools.lru_cache(1000)
def network(word):
    try:
        net = ipaddress.ip_network(word)
    except ValueError as bad:
        raise Wrong(word) from bad
    if net.version == 6 and net.network_address in ipaddress.ip_network("::ffff:0:0/96"):
        raise Wrong(word)
    return net


def networks(word):
    return [network(one) for one in word.split(",")]


def written(net):
    whole = net.max_prefixlen == net.prefixlen
    return str(net.network_address) if whole else str(net)


def number(word, low, high):
    if not re.fullmatch("[0-9]{1,9}", word) or not low <= int(word) <= high:
        raise Wrong(word)
    return int(word)


def moment(word):
    try:
        return int(datetime.datetime.fromisoformat(word.replace("Z", "+00:00")).timestamp())
    except ValueError as bad:
        raise Wrong(word) from bad


def date(seconds):
    return datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc).strftime(
        "%Y-%m-%dT%H:%M:%SZ")


def ports(word):
    if word == "none":
        return frozenset()
    found = set()
    for part in word.split(","):
        first, _, last = part.partition("-")
        first = number(first, 1, 65535)
        last = number(last, first, 65535) if last else first
        found |= set(range(first, last + 1))
    return frozenset(found)


def ports_written(numbers):
    runs = []
    for port in sorted(numbers):
        if runs and runs[-1][1] == port - 1:
            runs[-1][1] = port
        else:
            runs.append([port, port])
    return ",".join(f"{a}" if a == b else f"{a}-{b}" for a, b in runs) or "none"


def quoted(text):
    if re.fullmatch(r"[A-Za-z0-9_.:+-]+", text):
        return text
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def policy_name(word):
    return word.lower().removeprefix("clarent-")


def default_burst(rate):
    return max(1, rate // 10)


class Words:
    """What is left of a command."""

    def __init__(self, words):
        self.words = list(words)

    def __bool__(self):
        return bool(self.words)

    def next(self):
        if not self.words:
            raise Wrong("more words")
        return self.words.pop(0)

    def take(self, word):
        if self.words[:1] == [word]:
            self.words.pop(0)
            return True
        return False

    def end(self):
        if self.words:
            raise Wrong(self.words[0])

    def limit(self, maximum=MAX_RATE):
        """What follows `rate`: PPS [burst N], or off."""
        if self.take("off"):
            return {"rate": 0, "burst": 0}
        rate = number(self.next(), 1, maximum)
        burst = number(self.next(), 1, maximum) if self.take("burst") else default_burst(rate)
        return {"rate": rate, "burst": burst}


def listed_policy(settings, word):
    name = policy_name(word)
    if name not in settings.policies:
        raise Refused(f"{word}: no such policy")
    return name


def listed_policies(settings, word, every=False):
    if every and word == "all":
        return sorted(settings.policies)
    return [listed_policy(settings, one) for one in word.split(",")]


def entry_attributes(words, now, deny=False):
    named, wide = {}, False
    while words:
        word = words.next()
        if word == "expires":
            when = words.next()
            named["expires"] = 0 if when == "never" else moment(when)
        elif word == "comment":
            named["comment"] = words.next()
        elif deny:
            raise Wrong(word)
        elif word == "peer":
            named["peer"] = words.next()
        elif word == "dev":
            dev = words.next()
            named["dev"] = "" if dev == "any" else dev
        elif word == "rate":
            named |= words.limit()
        elif word == "min-ttl":
            named["min_ttl"] = 0 if words.take("off") else number(words.next(), 1, 255)
        elif word == "wide":
            wide = True
        else:
            raise Wrong(word)
    if named.get("expires") and now is not None and named["expires"] <= now:
        raise Wrong("is in the past")
    return named, wide


def put_entries(settings, action, words, now, seen):
    sources, policies = networks(words.next()), words.next()
    named, wide = entry_attributes(words, now, action == "deny")
    for net in sources:
        if action == "allow" and net.prefixlen < WIDE[net.version] and not wide:
            raise Wrong(f"{net} needs wide")
        if action == "allow" and net.is_link_local and not named.get("dev"):
            raise Wrong(f"{net} needs dev")
    for policy in listed_policies(settings, policies, action == "deny"):
        for net in sources:
            key = (policy, net)
            old = settings.entries.get(key)
            if seen is not None and key in seen:
                raise Refused(f"{net} {policy} twice")
            seen is None or seen.add(key)
            # What is there keeps what is not named; an allow is no deny that is there.
            if old and old.action != action:
                old = Entry(action, comment=old.comment if settings.carry else "")
            old = old or Entry(action)
            settings.entries[key] = replace(old, **named)


def put_dests(settings, words, now, seen):
    word, policy = words.next(), words.next()
    named = words.limit() if words.take("rate") else {}
    words.end()
    if word == "any" and named:
        raise Wrong("any has no rate")
    nets = None if word == "any" else networks(word)
    policy = listed_policy(settings, policy)
    if nets is None:
        for key in [key for key in settings.dests if key[0] == policy]:
            del settings.dests[key]
        return
    for net in nets:
        key = (policy, net)
        if seen is not None and ("protect", key) in seen:
            raise Refused(f"{net} {policy} twice")
        seen is None or seen.add(("protect", key))
        settings.dests[key] = replace(settings.dests.get(key, Dest()), **named)


def policy_attributes(words):
    named = {}
    choices = {"mode": MODES, "elsewhere": ("drop", "pass"), "tunnel": ("required", "optional"),
               "rpf": ("strict", "loose", "off")}
    while words:
        word = words.next()
        if word in ("udp", "tcp"):
            named[word] = ports(words.next())
        elif word == "rate":
            named |= words.limit()
        elif word in choices:
            named[word] = words.next()
            if named[word] not in choices[word]:
                raise Wrong(named[word])
        else:
            raise Wrong(word)
    if not named:
        raise Wrong("nothing to set")
    return named


def put_policy(settings, words, now, seen):
    name = policy_name(words.next())
    if name not in BUILT_IN and (not re.fullmatch("[a-z][a-z0-9_]{0,9}", name) or name in KEYWORDS):
        raise Wrong(name)
    if seen is None and words.words == ["delete"]:
        delete_policy(settings, name)
        return
    if name in BUILT_IN and {"udp", "tcp"} & set(words.words):
        raise Wrong(f"the ports of {name}")
    named = policy_attributes(words)
    if seen is not None and ("policy", name) in seen:
        raise Refused(f"{name} twice")
    seen is None or seen.add(("policy", name))
    old = settings.policies.get(name, Policy())
    if seen is not None:  # a file that is added removes nothing
        named |= {proto: named[proto] | getattr(old, proto) for proto in ("udp", "tcp")
                  if proto in named}
    policy = replace(old, **named)
    if not policy.udp and not policy.tcp:
        raise Refused(f"{name} needs ports")
    for other, its in settings.policies.items():
        if other != name and (its.udp & policy.udp or its.tcp & policy.tcp):
            raise Refused(f"a port belongs to {other}")
    settings.policies[name] = policy


def delete_policy(settings, name):
    if name in BUILT_IN:
        raise Wrong(f"{name} is built in")
    if name not in settings.policies:
        raise Refused(f"{name}: no such policy")
    del settings.policies[name]
    for its in (settings.entries, settings.dests):
        for key in [key for key in its if key[0] == name]:
            del its[key]


def put_fragments(settings, words, now, seen):
    word = words.next()
    words.end()
    if word not in ("pass", "listed", "drop"):
        raise Wrong(word)
    if seen is not None and "fragments" in seen:
        raise Refused("fragments twice")
    seen is None or seen.add("fragments")
    settings.fragments = word


def put_tunnel(settings, words, now, seen):
    name = words.next()
    off = seen is None and words.take("off")
    words.end()
    if off and name not in settings.tunnels:
        raise Refused(f"{name} is no tunnel")
    if seen is not None and ("tunnel", name) in seen:
        raise Refused(f"tunnel {name} twice")
    seen is None or seen.add(("tunnel", name))
    settings.tunnels = settings.tunnels - {name} if off else settings.tunnels | {name}


def take_entries(settings, words, now, seen):
    if words.take("peer"):
        peer = words.next()
        policies = [listed_policy(settings, words.next())] if words else list(settings.policies)
        words.end()
        gone = [key for key, entry in settings.entries.items()
                if entry.peer == peer and key[0] in policies]
        if not gone:
            raise Refused(f"{peer}: no such peer")
    else:
        sources, policy = networks(words.next()), words.next()
        words.end()
        policies = listed_policies(settings, policy)
        gone = [(policy, net) for policy in policies for net in sources]
    for key in dict.fromkeys(gone):
        if key not in settings.entries:
            raise Refused(f"{key[1]} is not listed in {key[0]}")
        del settings.entries[key]


def take_dests(settings, words, now, seen):
    nets, policy = networks(words.next()), words.next()
    words.end()
    policy = listed_policy(settings, policy)
    for net in dict.fromkeys(nets):
        if (policy, net) not in settings.dests:
            raise Refused(f"{net} is no destination of {policy}")
        del settings.dests[policy, net]
    if not any(key[0] == policy for key in settings.dests):
        raise Refused("the last destination")


SETTINGS = {
    "allow": lambda settings, *rest: put_entries(settings, "allow", *rest),
    "deny": lambda settings, *rest: put_entries(settings, "deny", *rest),
    "protect": put_dests, "policy": put_policy, "fragments": put_fragments, "tunnel": put_tunnel,
}
TAKING_BACK = {"revoke": take_entries, "unprotect": take_dests}


def typed(settings, words, now, carry=False):
    """What a verb that is typed makes of the settings."""
    new = settings.copy()
    new.carry = carry
    (SETTINGS | TAKING_BACK)[words[0]](new, Words(words[1:]), now, None)
    return new


# --- Files ----------------------------------------------------------------------------------

def parse_lines(text):
    if not text.endswith("\n"):
        raise Refused("no newline at the end, or nothing at all: it may have been cut off")
    for line in text.split("\n"):
        if line.strip() and not line.lstrip().startswith("#"):
            yield shlex.split(line)


def merge(settings, text, carry=False, alone=False):
    """With the lines of a file, in whatever order; raises Refused for any bad one.

    alone: as if the file stood alone, and its lines then took the place of those that are there.
    """
    new, seen = (Settings() if alone else settings.copy()), set()
    new.carry = carry
    lines = sorted(parse_lines(text), key=lambda words: words[0] != "policy")
    for words in lines:
        if words[0] not in SETTINGS:
            raise Refused(f"{words[0]} in a file")
        try:
            SETTINGS[words[0]](new, Words(words[1:]), None, seen)
        except Wrong as bad:
            raise Refused(str(bad)) from bad
    return overlay(settings, new, seen) if alone else new


def overlay(settings, other, seen):
    """The settings with those of another in place, of the objects that were seen."""
    new = settings.copy()
    for key in seen:
        if key == "fragments":
            new.fragments = other.fragments
        elif key[0] == "tunnel":
            new.tunnels |= {key[1]}
        elif key[0] == "policy":
            new.policies[key[1]] = other.policies[key[1]]
        elif key[0] == "protect":
            new.dests[key[1]] = other.dests[key[1]]
        else:
            new.entries[key] = other.entries[key]
    used = {}
    for name, policy in new.policies.items():
        for port in [("udp", one) for one in policy.udp] + [("tcp", one) for one in policy.tcp]:
            if used.setdefault(port, name) != name:
                raise Refused(f"port {port} belongs to {used[port]}")
    return new


@functools.lru_cache(200)
def parse(text):
    return merge(Settings(), text)


def for_peer(settings, text, peer, alone=False):
    """Exactly that peer's entries become the file's."""
    theirs = list(parse_lines(text))
    new = settings.copy()
    new.entries = {key: entry for key, entry in new.entries.items() if entry.peer != peer}
    wanted = new.copy()
    wanted.entries = {}
    wanted = merge(wanted, text, alone=alone)
    if {words[0] for words in theirs} - {"allow"}:
        raise Refused("a peer's file lists what it is allowed")
    for key, entry in wanted.entries.items():
        if entry.peer not in ("", peer) or key in new.entries:
            raise Refused(f"{key[1]} is another's")
        new.entries[key] = replace(entry, peer=peer)
    return new


def _limit_words(its):
    if not its.rate:
        return ""
    burst = f" burst {its.burst}" if its.burst != default_burst(its.rate) else ""
    return f" rate {its.rate}{burst}"


def _policy_words(name, policy):
    words = ""
    if name not in BUILT_IN:
        words += f" udp {ports_written(policy.udp)}" if policy.udp else ""
        words += f" tcp {ports_written(policy.tcp)}" if policy.tcp else ""
    if policy.mode != ("open" if name == "pcanywhere" else "enforce"):
        words += f" mode {policy.mode}"
    words += " elsewhere pass" if policy.elsewhere == "pass" else ""
    words += _limit_words(policy)
    words += " tunnel required" if policy.tunnel == "required" else ""
    words += f" rpf {policy.rpf}" if policy.rpf != "off" else ""
    return words


def _entry_words(net, policy, entry):
    words = f"{entry.action} {written(net)} {policy}"
    words += f" peer {quoted(entry.peer)}" if entry.peer else ""
    words += f" dev {entry.dev}" if entry.dev else ""
    words += _limit_words(entry)
    words += f" min-ttl {entry.min_ttl}" if entry.min_ttl else ""
    words += f" expires {date(entry.expires)}" if entry.expires else ""
    words += " wide" if entry.action == "allow" and net.prefixlen < WIDE[net.version] else ""
    words += f" comment {quoted(entry.comment)}" if entry.comment else ""
    return words


def _lines(settings):
    for name, policy in sorted(settings.policies.items()):
        words = _policy_words(name, policy)
        if words:
            yield ("policy", name), f"policy {name}{words}"
    if settings.fragments != "pass":
        yield "fragments", f"fragments {settings.fragments}"
    for name in sorted(settings.tunnels):
        yield ("tunnel", name), f"tunnel {name}"
    for (policy, net), dest in settings.dests.items():
        yield ("protect", policy, net), f"protect {written(net)} {policy}{_limit_words(dest)}"
    for (policy, net), entry in settings.entries.items():
        yield ("source", policy, net), _entry_words(net, policy, entry)


def text(settings):
    return "".join(f"{line}\n" for line in settings.lines.values())


# --- Packets --------------------------------------------------------------------------------

BOGUS = [ipaddress.ip_network(net) for net in (
    "0.0.0.0/8", "127.0.0.0/8", "224.0.0.0/4", "240.0.0.0/4", "::/128", "::1/128", "ff00::/8",
    "::ffff:0:0/96")]


def covering(settings, policy, net, now):
    """What decides about a source, or about all of a prefix but what is longer: network and entry.

    An expired deny is as if it were not there.
    """
    best = None
    for other, entry in settings.of(policy, net.version).items():
        if net.subnet_of(other) and not (entry.action == "deny" and entry.expired(now)) and (
                best is None or other.prefixlen > best[0].prefixlen):
            best = (other, entry)
    return best


def guarding(settings, proto, port):
    for name, policy in settings.policies.items():
        if policy.mode != "open" and port in getattr(policy, proto):
            return name
    return None


def reason_of(settings, name, source, dest, dev, ttl, now):
    policy = settings.policies[name]
    dests = [net for owner, net in settings.dests if owner == name]
    if policy.mode == "closed":
        return "closed"
    if policy.tunnel == "required" and dev not in settings.tunnels:
        return "no-tunnel"
    if dests and not any(dest in net for net in dests):
        return "elsewhere"
    found = covering(settings, name, ipaddress.ip_network(source), now)
    if not found:
        return "unlisted"
    entry = found[1]
    if entry.action == "deny":
        return "denied"
    if any(source in net for net in BOGUS):
        return "bogus-source"
    if entry.expired(now):
        return "expired"
    if entry.dev not in ("", dev):
        return "wrong-dev"
    return "low-ttl" if ttl < entry.min_ttl else "allowed"


def verdict(settings, proto, source, dest, port, dev, now, ttl=64):
    """(reason, policy, whether it passes); no limit of these walks is ever reached."""
    name = guarding(settings, proto, port)
    if name is None:
        return "not-guarded", None, True
    policy = settings.policies[name]
    reason = reason_of(settings, name, ipaddress.ip_address(source), ipaddress.ip_address(dest),
                       dev, ttl, now)
    passes = (reason == "allowed" or policy.mode == "monitor"
              or (reason == "elsewhere" and policy.elsewhere == "pass"))
    return reason, name, passes
