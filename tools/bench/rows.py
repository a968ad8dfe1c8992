# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""The bench's rows as data, and the ways to measure them."""

import dataclasses
import statistics
import time
from typing import Any, Callable, Optional

import lists
from rig import FLOOD_CORE, OTHER_CORE, RigError, run

TURNS = 51
SLICE_MS = 30
WARM_MS = 500
WARM_PER_MS = 500  # hosts, cold
FLOOD_LINE = 4  # drawn sources come in lines
UNLISTED = {4: "198.51.100.1", 6: "2001:db8:ffff::1"}
# Ten calls at once give 99.9 % a meaning within seconds.
CALLS, CALL_SECONDS, CALL_ROUNDS = 10, 3, 10
CALLS_BAR = 1.5
# At most this many ns, as timed here, on a core that is a row's own and fast.
EMPTY_PASS = 6
LOAD_ROUNDS, CONTROL_ROUNDS = 5, 3
LOOK_ROUNDS = 21
LOOKS = {"stats": ("stats",), "policies": ("policies",), "status": ("status",),
         "check": ("check", "LISTED", "port", "4040")}
SAVED_SETTLES = 3  # seconds until the file's time tells whether it is still that file
HELD_ROUNDS = 5
CORE_TURNS, CORE_SECONDS = 21, 0.2
MILLION = 1_000_000
ENTRIES_MAX = (1 << 22) - 64  # CX_MAX_ENTRIES
XDP_DROP, XDP_PASS = 1, 2


@dataclasses.dataclass
class Outcome:
    """What a row came to: samples in turn, or facts that hold or do not."""
    samples: list = dataclasses.field(default_factory=list)
    entries: str = ""
    listed_share: Optional[float] = None
    notes: list = dataclasses.field(default_factory=list)
    # Of a row whose bar, or goal, is not one number alone.
    facts_hold: Optional[bool] = None
    goal_holds: Optional[bool] = None
    # Of a row whose bar is itself measured.
    bar: Optional[float] = None

    @property
    def median(self):
        return statistics.median(self.samples) if self.samples else None

    @property
    def spread(self):
        """The middle half of the samples."""
        if len(self.samples) < 3:
            return None
        quarters = statistics.quantiles(self.samples, n=4, method="inclusive")
        return quarters[0], quarters[2]


@dataclasses.dataclass(frozen=True)
class Sources:
    """What a flood's sources are: a mode of the flood tool, drawn from the list if need be."""
    mode: str
    about: str
    draw: Optional[Callable] = None
    listed_share: Callable[[Any], float] = lambda source_list: 0.0


ONE = Sources("one", "one unlisted source")
RANDOM_IPV4 = Sources("random-ipv4", "random over all of IPv4",
                      listed_share=lists.SourceList.share_of_random)
RANDOM_IPV6 = Sources("random-ipv6", "random over 2000::/3",
                      listed_share=lists.SourceList.share_of_random)
BESIDE_IPV4 = Sources("drawn-ipv4", "inside the /24s that hold an entry", lists.beside_ipv4)
OUTSIDE_IPV4 = Sources("drawn-ipv4", "over all of IPv4, outside the prefixes", lists.outside_ipv4)
BESIDE_IPV6 = Sources("beside-ipv6", "inside the /64s that hold an entry", lists.beside_ipv6)


def rate(tally):
    """Packets that the receiving end saw per nanosecond."""
    return tally["seen"] / tally["ns"]


def flood_in_turn(rig, contenders, source_list, sources, turns=TURNS):
    """
    contenders: label to (contestant's name, further frame words).
    Returns per turn a dict of label to tally, after checking that each of them refused the flood.
    """
    share = sources.listed_share(source_list)
    drawn = None
    if sources.draw:
        drawn = rig.drawn_file(source_list.name, source_list.family, sources.draw(source_list))
    words = ("ipv6",) if source_list.family == 6 else ()
    receivers = []
    for label, (name, more) in contenders.items():
        contestant = rig.contestant(name)
        contestant.load(source_list)
        prove(rig, name, source_list)
        if name == "ipset":
            more = (*more, *contestant.lane.to_the_stack())
        receivers.append(contestant.lane.receiver(label, (*words, *more)))
    checksum = any(name == "ipset" for name, _ in contenders.values())
    if share and source_list.family == 4:  # over IPv6 no random source ever meets a listed one
        warm(rig, receivers, source_list, checksum)
    tallies = rig.flood(sources.mode, receivers, turns, SLICE_MS, drawn, checksum)
    for turn in tallies:
        for label, (name, _) in contenders.items():
            check_refusal(label, name, turn[label], share)
    return tallies


def warm(rig, receivers, source_list, checksum):
    """
    Lets the listed hosts through, unmeasured. A virtual machine whose page tables are shadowed
    takes some 50 µs for the first packet to touch eight pages of a map (2,000 times for the
    states of a million hosts), which would be counted as the cost of a flood.
    """
    hosts = [address for address, _ in source_list.nets]
    if len(hosts) < FLOOD_LINE:
        hosts *= FLOOD_LINE
    drawn = rig.drawn_file(f"{source_list.name}-listed", 4, hosts)
    rig.flood("drawn-ipv4", receivers, 1, max(WARM_MS, len(hosts) // WARM_PER_MS), drawn, checksum)


def check_refusal(label, name, tally, share):
    """XDP programs are counted: what they did not drop must be the listed share."""
    if name in ("nft", "ipset") or not tally["seen"]:
        return
    passed = 1 - tally["dropped"] / tally["seen"]
    if passed > (0 if name == "bare_drop" else share * 1.5) + 0.001:
        raise RigError(f"'{label}' let {passed:.2%} of the flood through")


def prove(rig, name, source_list):
    """A contestant that refuses everything, or nothing, would make a fine figure and a lie."""
    if name.startswith("bare"):
        return
    listed = next(iter(source_list.words())).split("/", maxsplit=1)[0]
    if passes(rig, name, source_list.family, UNLISTED[source_list.family]):
        raise RigError(f"'{name}' lets an unlisted source through")
    if not passes(rig, name, source_list.family, listed):
        raise RigError(f"'{name}' refuses {listed}, which is listed")


def passes(rig, name, family, source):
    contestant = rig.contestant(name)
    words = ("ipv6",) if family == 6 else ()
    words += (f"from={source}",)
    behind_the_door = name in ("nft", "ipset")
    if behind_the_door:
        words += contestant.lane.to_the_stack()
        before = udp_packets(contestant.lane.netns)
    (turn,) = rig.flood("one", [contestant.lane.receiver("probe", words)], 1, 1)
    if behind_the_door:
        return udp_packets(contestant.lane.netns) > before
    if not turn["probe"]["seen"]:
        raise RigError(f"'{name}' saw no packet")
    return turn["probe"]["dropped"] == 0


def udp_packets(netns):
    """UDP packets over IPv4 that a network namespace's stack has taken, wanted or not."""
    names, values = [line.split()[1:] for line in
                     run("cat", "/proc/net/snmp", netns=netns).stdout.splitlines()
                     if line.startswith("Udp:")]
    counts = dict(zip(names, map(int, values)))
    return counts["InDatagrams"] + counts["NoPorts"] + counts["InErrors"]


@dataclasses.dataclass(frozen=True)
class EndToEnd:
    """The rate at which the filter refuses a flood, as a multiple of another contestant's."""
    entries: tuple
    sources: Sources
    against: str = "bare_drop"
    frame: tuple = ()
    against_frame: tuple = ()
    contestant: str = "filter"

    def measure(self, rig):
        source_list = rig.source_list(*self.entries)
        tallies = flood_in_turn(
            rig, {"against": (self.against, self.against_frame),
                  "filter": (self.contestant, self.frame)},
            source_list, self.sources)
        ratios = [rate(turn["filter"]) / rate(turn["against"]) for turn in tallies]
        ours, theirs = ([1 / rate(turn[label]) for turn in tallies]
                        for label in ("filter", "against"))
        return Outcome(ratios, source_list.about, self.sources.listed_share(source_list),
                       [describe_pace("median", statistics.median, ours, theirs),
                        describe_pace("quietest tenth", quietest, ours, theirs)])


def quietest(ns):
    """What neighbours on the machine can only add to."""
    return statistics.quantiles(ns, n=10)[0]


def describe_pace(label, of_all, ours, theirs):
    own, other = of_all(ours), of_all(theirs)
    return f"{label}: {own:.1f} ns a packet beside {other:.1f} ({other / own:.2f} ×)"


@dataclasses.dataclass(frozen=True)
class ProgramCost:
    """Nanoseconds that the filter takes for one frame beyond an empty pass program."""
    frame: tuple
    verdict: int = XDP_PASS
    settings: tuple = ()
    bar: Optional[float] = None
    clock_in_bar: bool = False
    repeat: int = 500_000
    rest_ms: int = 0
    entries: tuple = (lists.hosts_ipv4, 10_000)

    def measure(self, rig):
        source_list = rig.source_list(*self.entries)
        contestant = rig.contestant("filter")
        contestant.load(source_list)
        for setting in self.settings:
            contestant.say(*setting)
        filter_words = ",".join(["filter", f"attached={contestant.lane.rx}", *self.frame])
        bare = []
        for name in ("bare_pass", "bare_clock", "bare_coarse"):
            # Attached like the filter, or each run would rewrite the kernel's XDP dispatcher.
            rig.contestant(name)
            bare.append(f"{name},pinned={rig.bare_pin(name)}")
        costs = rig.progcost(contestant.lane.netns, [bare[0], filter_words, *bare[1:]],
                             TURNS, self.repeat, self.rest_ms)
        if any(turn["filter"][1] != self.verdict for turn in costs):
            raise RigError("the filter's verdict is not the one that the row is about")
        beyond = {name: [turn[name][0] - turn["bare_pass"][0] for turn in costs]
                  for name in ("filter", "bare_clock", "bare_coarse")}
        empty = statistics.median(turn["bare_pass"][0] for turn in costs)
        fine, coarse = (statistics.median(beyond[name]) for name in ("bare_clock", "bare_coarse"))
        quiet = quietest([turn["filter"][0] for turn in costs]) - quietest(
            [turn["bare_pass"][0] for turn in costs])
        notes = [f"empty pass {empty:.1f} ns; a clock read {fine:.1f} ns, coarse {coarse:.1f} ns",
                 f"quietest tenth: {quiet:.1f} ns beyond an empty pass"]
        if self.bar and slowness(empty) > 1:
            notes.append(f"the core is slow now: bars × {slowness(empty):.2f}")
        return Outcome(beyond["filter"], source_list.about, notes=notes,
                       bar=self.bar_on(empty, coarse))

    def bar_on(self, empty, coarse):
        """The bar in ns, on a core as fast as an empty pass tells."""
        if self.bar is None:
            return None
        # the strict reading of "one clock read": the cheap clock
        return self.bar * slowness(empty) + (coarse if self.clock_in_bar else 0)


def slowness(empty):
    """How much slower a core is, whatever slows it, than the one that the bars are of."""
    return max(1, empty / EMPTY_PASS)


@dataclasses.dataclass(frozen=True)
class Load:
    """How much faster the filter takes a list than nft does, from nothing to in force."""
    entries: tuple

    def measure(self, rig):
        source_list = rig.source_list(*self.entries)
        ours, nft, ipset = (rig.contestant(name) for name in ("filter", "nft", "ipset"))
        path = rig.list_file(source_list, "policy")
        taken = {"filter": [], "nft": [], "ipset": []}
        for _ in range(LOAD_ROUNDS):
            ours.purge()
            taken["filter"].append(rig.measured(*ours.command("apply", path, "force")))
            nft.empty()
            taken["nft"].append(rig.measured(*nft.command(source_list), netns=nft.lane.netns))
            ipset.empty()
            taken["ipset"].append(rig.measured(*ipset.command(source_list),
                                               netns=ipset.lane.netns))
        ours.loaded = nft.loaded = source_list.name
        notes = [describe_runs(label, runs) for label, runs in
                 (("apply", taken["filter"]), ("nft -f", taken["nft"]),
                  ("ipset restore", taken["ipset"]))]
        ratios = [theirs[0] / own[0] for own, theirs in zip(taken["filter"], taken["nft"])]
        return Outcome(ratios, source_list.about, notes=notes)


@dataclasses.dataclass(frozen=True)
class Control:
    """One command on a list of a million, beside nft's for the same; time and memory."""
    entries: tuple
    ours: tuple
    theirs: tuple
    undo_ours: tuple = ()
    undo_theirs: tuple = ()
    # What is done before, and is not timed; and what is, as one with ours.
    ready_ours: tuple = ()
    ready_theirs: tuple = ()
    and_ours: tuple = ()

    def measure(self, rig):
        source_list = rig.source_list(*self.entries)
        own, nft = rig.contestant("filter"), rig.contestant("nft")
        own.load(source_list)
        nft.load(source_list)
        taken = {"filter": [], "nft": []}
        for _ in range(CONTROL_ROUNDS):
            if self.ready_ours:
                run(*own.command(*self.ready_ours))
                run(*self.ready_theirs, netns=nft.lane.netns)
            taken["filter"].append(self.time_ours(rig, own))
            taken["nft"].append(rig.measured(*self.theirs, netns=nft.lane.netns))
            if self.undo_ours:
                run(*own.command(*self.undo_ours))
                run(*self.undo_theirs, netns=nft.lane.netns)
        ratios = [theirs[0] / ours[0] for ours, theirs in zip(taken["filter"], taken["nft"])]
        return Outcome(ratios, source_list.about,
                       notes=[describe_runs(" ".join(self.ours + self.and_ours),
                                            taken["filter"]),
                              describe_runs(" ".join(self.theirs), taken["nft"])])

    def time_ours(self, rig, own):
        seconds, memory = rig.measured(*own.command(*self.ours))
        if self.and_ours:
            more, most = rig.measured(*own.command(*self.and_ours))
            seconds, memory = seconds + more, max(memory, most)
        return seconds, memory


def describe_runs(label, runs):
    seconds = statistics.median(seconds for seconds, _ in runs)
    memory = max(memory for _, memory in runs)
    return f"{label}: {seconds:.3f} s, at most {memory:.0f} MiB"


@dataclasses.dataclass(frozen=True)
class OfPeer:
    """The entries of one peer replaced by others, beside nft's deletions and additions."""
    entries: tuple
    count: int

    def measure(self, rig):
        source_list = rig.source_list(*self.entries)
        own, nft = rig.contestant("filter"), rig.contestant("nft")
        own.load(source_list)
        nft.load(source_list)
        hosts = [lists.format_address(4, address) for address in
                 lists.unlisted_ipv4(source_list, 2 * self.count)]
        turns = hosts[:self.count], hosts[self.count:]
        taken = {"filter": [], "nft": []}
        for number in range(CONTROL_ROUNDS + 1):
            new, old = turns[number % 2], turns[1 - number % 2]
            ours = rig.text_file("peer.policy", [f"allow {one} gateway" for one in new])
            theirs = rig.text_file("peer.nft", ([self.nft("delete", old)] if number else []) +
                                   [self.nft("add", new)])
            taken["filter"].append(rig.measured(*own.command("apply", ours, "peer", "bench",
                                                             "force")))
            taken["nft"].append(rig.measured("nft", "-f", theirs, netns=nft.lane.netns))
        own.loaded = nft.loaded = None
        ratios = [theirs[0] / ours[0] for ours, theirs in
                  zip(taken["filter"][1:], taken["nft"][1:])]
        return Outcome(ratios, source_list.about,
                       notes=[describe_runs(f"apply of {self.count} … peer bench",
                                            taken["filter"][1:]),
                              describe_runs("nft -f", taken["nft"][1:])])

    @staticmethod
    def nft(verb, hosts):
        return f"{verb} element netdev bench gateway {{ {', '.join(hosts)} }}"


@dataclasses.dataclass(frozen=True)
class ApplyAgain:
    """A whole file of which few lines differ from what is in force, against all of it anew."""
    count: int
    differ: int

    def measure(self, rig):
        whole = lists.hosts_ipv4(self.count)
        other = lists.differing(whole, self.differ)
        own = rig.contestant("filter")
        paths = [rig.list_file(one, own.language) for one in (whole, other)]
        taken = {"all": [], "few": []}
        for _ in range(CONTROL_ROUNDS):
            own.purge()
            taken["all"].append(rig.measured(*own.command("apply", paths[0], "force")))
            taken["few"].append(rig.measured(*own.command("apply", paths[1], "force")))
        own.loaded = None
        ratios = [few[0] / every[0] for few, every in zip(taken["few"], taken["all"])]
        return Outcome(ratios, whole.about,
                       notes=[describe_runs("apply of all", taken["all"]),
                              describe_runs(f"apply with {self.differ} others", taken["few"])])


@dataclasses.dataclass(frozen=True)
class Looks:
    """How much longer verbs take that look at a long list, not through it, than at a short one."""
    few: tuple
    many: tuple

    def measure(self, rig):
        source_lists = {"few": rig.source_list(*self.few), "many": rig.source_list(*self.many)}
        for name, source_list in source_lists.items():
            rig.contestant(name).load(source_list)
            run(*rig.contestant(name).command("save"))
        time.sleep(SAVED_SETTLES)
        taken = {name: {verb: [] for verb in LOOKS} for name in source_lists}
        first = {name: self.take(rig, name, source_lists[name], ("status",)) for name in taken}
        for _ in range(LOOK_ROUNDS):
            for verb, words in LOOKS.items():
                for name, source_list in source_lists.items():
                    taken[name][verb].append(self.take(rig, name, source_list, words))
        ratios = {verb: statistics.median(
            many / few for few, many in zip(taken["few"][verb], taken["many"][verb]))
            for verb in LOOKS}
        notes = [f"{verb}: {ratios[verb]:.2f} ×, "
                 f"{1000 * statistics.median(taken['many'][verb]):.1f} ms" for verb in LOOKS]
        notes.append(f"the first status after a change or a save, which compares the two: "
                     f"{first['many']:.2f} s")
        return Outcome([max(ratios.values())], f"{source_lists['many'].about}, a comment each",
                       notes=notes)

    @staticmethod
    def take(rig, name, source_list, words):
        contestant = rig.contestant(name)
        listed = next(iter(source_list.words()))
        words = [listed if word == "LISTED" else word for word in words]
        return rig.measured(*contestant.command("--netns", contestant.lane.netns, *words))[0]


@dataclasses.dataclass(frozen=True)
class Flip:
    """Another list put in force while the flood runs, told by numbered frames of listed hosts."""
    count: int

    def measure(self, rig):
        old, new, sources = rig.source_list(lists.flip_lists, self.count)
        contestant = rig.contestant("filter")
        contestant.load(old)
        path = rig.list_file(new, "policy")
        drawn = rig.drawn_file("flip", 4, sources)
        lane = contestant.lane
        witness = rig.started(lane.netns, "witness", lane.rx)
        flood = rig.flood_until_finished("sequence", lane.receiver("flip"), "-d", drawn)
        time.sleep(0.5)
        taken = rig.measured(*contestant.command("apply", path, "force"))
        contestant.loaded = new.name
        time.sleep(0.5)
        tally = rig.finish(flood)
        seen = rig.finish(witness, f"{tally['sent']}\n")
        return self.judge(old, tally, seen, taken)

    @staticmethod
    def judge(source_list, tally, seen, taken):
        strayed = tally["sent"] - tally["seen"]
        flipped = 0 < seen["old_last"] and seen["new_first"] < seen["numbers"]
        faults = {name: seen[name] for name in ("kept_lost", "neither", "both", "unlisted",
                                                "twice")}
        notes = [f"{tally['seen']:,} packets at {1000 * rate(tally):.1f} M/s, "
                 f"{seen['numbers']:,} of them listed and numbered; the apply took "
                 f"{taken[0]:.2f} s",
                 f"lost of hosts on both lists {faults['kept_lost']}, judged by neither "
                 f"{faults['neither']}, by both {faults['both']}, unlisted delivered "
                 f"{faults['unlisted']}"]
        if strayed:
            notes.append(f"{strayed} packets were lost before the filter")
        if not flipped:
            notes.append("the lists never flipped")
        return Outcome(entries=source_list.about, listed_share=1 / 16, notes=notes,
                       facts_hold=flipped and not strayed and not any(faults.values()))



@dataclasses.dataclass(frozen=True)
class SingleChanges:
    """As many single changes as go while the flood runs: no listed packet lost, none leaked."""
    count: int
    seconds: float

    def measure(self, rig):
        old, _, sources = rig.source_list(lists.flip_lists, self.count)
        contestant = rig.contestant("filter")
        contestant.load(old)
        drawn = rig.drawn_file("flip", 4, sources)
        lane = contestant.lane
        witness = rig.started(lane.netns, "witness", lane.rx)
        flood = rig.flood_until_finished("sequence", lane.receiver("flip"), "-d", drawn)
        time.sleep(0.5)
        changes, start = 0, time.monotonic()
        while time.monotonic() - start < self.seconds:
            verb = "allow" if changes % 2 == 0 else "revoke"
            rig.measured(*contestant.command(verb, f"198.18.0.{changes // 2 % 250}", "gateway"))
            changes += 1
        taken = time.monotonic() - start
        contestant.loaded = None
        time.sleep(0.5)
        tally = rig.finish(flood)
        seen = rig.finish(witness, f"{tally['sent']}\n")
        faults = [seen[name] for name in ("kept_lost", "neither", "both", "unlisted", "twice")]
        leaked = seen["new_first"] < seen["numbers"]
        notes = [f"{changes} changes, {changes / taken:.0f}/s, at {1000 * rate(tally):.1f} M/s",
                 f"lost {seen['kept_lost'] + seen['neither']}, "
                 f"unlisted delivered {seen['unlisted'] + leaked}"]
        strayed = tally["sent"] - tally["seen"]
        if strayed:
            notes.append(f"{strayed} packets were lost before the filter")
        return Outcome(entries=old.about, listed_share=1 / 16, notes=notes,
                       facts_hold=not any(faults) and not leaked and not strayed)


@dataclasses.dataclass(frozen=True)
class Calls:
    """Calls of 50 packets a second beside a flood: lateness at its worst, against a bare drop's."""
    entries: tuple

    def measure(self, rig):
        source_list = rig.source_list(*self.entries)
        lanes = {}
        for name in ("bare_calls", "filter", "nft"):
            contestant = rig.contestant(name)
            contestant.load(source_list)
            lanes[name] = contestant.lane
        rig.contestant("filter").say("allow", lanes["filter"].tx_address, "gateway")
        run("nft", "add", "element", "netdev", "bench", "gateway",
            f"{{ {lanes['nft'].tx_address} }}", netns=lanes["nft"].netns)
        rig.contestant("nft").loaded = None
        rounds = [{name: self.listen(rig, lane) for name, lane in lanes.items()}
                  for _ in range(CALL_ROUNDS)]
        return self.judge(source_list, rounds)

    @staticmethod
    def listen(rig, lane):
        """Calls ride in the flood itself, as on one wire: the same queue, the same core."""
        listener = rig.started(lane.netns, "calls", lane.rx_address, "4040", OTHER_CORE)
        receiver = lane.receiver("calls", (f"from={lane.tx_address}", *lane.to_the_stack()))
        flood = rig.flood_until_finished("calls", receiver, "-k", "-g", 50 * CALLS)
        time.sleep(CALL_SECONDS)
        tally = rig.finish(flood)
        time.sleep(0.1)
        return {"late_us": rig.finish(listener), "sent": tally["calls"]}

    @staticmethod
    def judge(source_list, rounds):
        ratios = {share: [late(heard["filter"], share) / late(heard["bare_calls"], share)
                          for heard in rounds] for share in (0.99, 0.999)}
        lost = {name: sum(heard[name]["sent"] - len(heard[name]["late_us"]) for heard in rounds)
                for name in rounds[0]}
        notes = []
        labels = {"filter": "the filter", "bare_calls": "a bare drop", "nft": "nft"}
        for name, label in labels.items():
            together = {"late_us": [us for heard in rounds for us in heard[name]["late_us"]]}
            notes.append(f"{label}: lost {lost[name]} of "
                         f"{sum(heard[name]['sent'] for heard in rounds):,}; p50 "
                         f"{late(together, .5):.1f}, p99 {late(together, .99):.1f}, p99.9 "
                         f"{late(together, .999):.1f} µs")
        worst = statistics.median(ratios[0.999])
        notes.append(f"p99.9 is {worst:.2f} × a bare drop's")
        return Outcome(ratios[0.99], source_list.about, 0.0, notes,
                       facts_hold=lost["filter"] == 0, goal_holds=worst <= CALLS_BAR)


def late(heard, share):
    """A quantile of the delays, in microseconds."""
    delays = sorted(heard["late_us"])
    return delays[min(len(delays) - 1, int(share * len(delays)))] if delays else float("inf")


@dataclasses.dataclass(frozen=True)
class BothCores:
    """What a flood on each of two cores at once leaves of one core's ratio to a bare drop."""
    entries: tuple
    sources: Sources

    def measure(self, rig):
        source_list = rig.source_list(*self.entries)
        lanes = {}
        for name in ("bare_drop", "bare_too", "filter", "filter_too"):
            rig.contestant(name).load(source_list)
            prove(rig, name, source_list)
            lanes[name] = rig.contestant(name).lane
        turns = [self.turn(rig, lanes) for _ in range(CORE_TURNS)]
        ratios = {place: [turn["filter", place] / turn["bare", place] for turn in turns]
                  for place in ("alone", "beside")}
        bare = statistics.median(turn["bare", "beside"] / turn["bare", "alone"] for turn in turns)
        notes = [f"{place}: {statistics.median(ratios[place]):.2f} × bare"
                 for place in ("alone", "beside")]
        notes.append(f"two bare drops at once, on each core: {bare:.2f} × one alone")
        return Outcome([both / one for both, one in zip(ratios["beside"], ratios["alone"])],
                       source_list.about, self.sources.listed_share(source_list), notes)

    def turn(self, rig, lanes):
        """The rate of each, on one core while the other idles, and on both at once: their mean."""
        pairs = {"bare": ("bare_drop", "bare_too"), "filter": ("filter", "filter_too")}
        rates = {}
        for label, (one, other) in pairs.items():
            rates[label, "alone"] = self.flood(rig, {FLOOD_CORE: lanes[one]})
        for label, (one, other) in pairs.items():
            rates[label, "beside"] = self.flood(rig, {FLOOD_CORE: lanes[one],
                                                      OTHER_CORE: lanes[other]})
        return rates

    def flood(self, rig, lane_on):
        floods = [rig.flood_until_finished(self.sources.mode, lane.receiver("cores"), core=core)
                  for core, lane in lane_on.items()]
        time.sleep(CORE_SECONDS)
        return statistics.mean(map(rate, rig.finish_all(floods)))


@dataclasses.dataclass(frozen=True)
class Memory:
    """What the kernel keeps for a million entries, each; or for an instance without any."""
    entries: Optional[tuple] = None

    def measure(self, rig):
        own = rig.contestant("filter")
        own.purge()
        run(*own.command("policy", "gateway", "mode", "closed"))
        empty = rig.kernel_memory(own.instance)
        if not self.entries:
            return Outcome([empty / 1e6], "no entry, nothing attached")
        source_list = rig.source_list(*self.entries)
        run(*own.command("apply", rig.list_file(source_list, "policy"), "force"))
        own.loaded = source_list.name
        full = rig.kernel_memory(own.instance)
        return Outcome([(full - empty) / len(source_list.nets)], source_list.about,
                       notes=[f"{full / 1e6:.0f} MB in all"])


@dataclasses.dataclass(frozen=True)
class LockHeld:
    """For how long others wait for the first rule that needs a check, with many attached, × one."""
    attached: int

    def measure(self, rig):
        source_list = rig.source_list(*TEN_K)
        taken = {count: self.take(rig, source_list, count) for count in (1, self.attached)}
        notes = [f"{count} attached: {1000 * statistics.median(held):.0f} ms of "
                 f"{statistics.median(whole):.2f} s"
                 for count, (held, whole) in taken.items()]
        one, many = (statistics.median(held) for held, _ in taken.values())
        return Outcome([many / one], source_list.about, notes=notes)

    @staticmethod
    def take(rig, source_list, count):
        """Seconds that another waited at most, and of the whole; each round is one rule."""
        contestant = rig.contestant("on_many")
        contestant.load_on(source_list, count)
        held, whole = [], []
        for _ in range(HELD_ROUNDS):
            with rig.lock_watched(contestant.instance) as waits:
                whole.append(rig.measured(*contestant.command("allow", LIMITED, "gateway",
                                                              "rate", "5"))[0])
            held.append(max(waits))
            run(*contestant.command("revoke", LIMITED, "gateway"))
        return held, whole


@dataclasses.dataclass(frozen=True)
class Row:
    """One line of the table; the bar must be met, the goal would astonish."""
    number: str
    what: str
    how: Any
    bar: Optional[float] = None
    goal: Optional[float] = None
    unit: str = "×"

    def bar_of(self, outcome):
        return self.bar if outcome.bar is None else outcome.bar

    def verdict(self, outcome):
        bar = self.bar_of(outcome)
        if bar is None and outcome.facts_hold is None:
            return "–"
        if outcome.facts_hold is False or bar is not None and not self.reaches(outcome, bar):
            return "missed"
        if outcome.goal_holds or self.goal is not None and self.reaches(outcome, self.goal):
            return "goal"
        return "met"

    def reaches(self, outcome, mark):
        return outcome.median <= mark if self.unit in AT_MOST else outcome.median >= mark


# Units in which less is better.
AT_MOST = ("ns", "× late", "× as long", "B", "MB")

TEN_K = (lists.hosts_ipv4, 10_000)
MILLION_HOSTS = (lists.hosts_ipv4, MILLION)
XDPFILTER_MOST = (lists.hosts_ipv4, 10_000)  # its maps end there
LIMITED = "203.0.113.77"
NFT_ADD, NFT_DELETE = (("nft", verb, "element", "netdev", "bench", "gateway", f"{{ {LIMITED} }}")
                       for verb in ("add", "delete"))

ROWS = (
    Row("1", "one unlisted source", EndToEnd(TEN_K, ONE), 0.75, 0.90),
    Row("1b", "the same with `then pinned`, against without",
        EndToEnd(TEN_K, ONE, against="filter", contestant="filter_then"), 0.97),
    Row("2", "random sources, 10 k hosts", EndToEnd(TEN_K, RANDOM_IPV4), 0.70, 0.85),
    Row("3", "random sources, 1 M hosts", EndToEnd(MILLION_HOSTS, RANDOM_IPV4), 0.65, 0.80),
    Row("3b", "random sources, as many hosts as there may be",
        EndToEnd((lists.hosts_ipv4, ENTRIES_MAX), RANDOM_IPV4), 0.55, 0.65),
    Row("4a", "sources beside the listed, 100 k hosts",
        EndToEnd((lists.hosts_ipv4, 100_000), BESIDE_IPV4), 0.60, 0.80),
    Row("4b", "the same, all in one /8",
        EndToEnd((lists.crowded_ipv4, 100_000), BESIDE_IPV4), 0.60, 0.80),
    Row("5", "sources outside 100 k prefixes /24–/32",
        EndToEnd((lists.prefixes_ipv4, 100_000), OUTSIDE_IPV4), 0.55, 0.75),
    Row("6a", "IPv6: one unlisted source",
        EndToEnd((lists.hosts_ipv6, 10_000), ONE), 0.60, 0.75),
    Row("6b", "IPv6: random sources, 10 k hosts",
        EndToEnd((lists.hosts_ipv6, 10_000), RANDOM_IPV6), 0.60, 0.75),
    Row("6c", "IPv6: random sources, 1 M hosts",
        EndToEnd((lists.hosts_ipv6, MILLION), RANDOM_IPV6), 0.60, 0.75),
    Row("6d", "IPv6: random sources, 500 k prefixes /32–/128",
        EndToEnd((lists.prefixes_ipv6, 500_000), RANDOM_IPV6), 0.55, 0.70),
    Row("7", "forged first fragments, against row 2's packets",
        EndToEnd(TEN_K, RANDOM_IPV4, against="filter", frame=("first-fragment",)), 0.95),
    Row("8a", "against xdp-filter, 200 hosts, one source",
        EndToEnd((lists.hosts_ipv4, 200), ONE, against="xdpfilter"), 1.05, 1.25),
    Row("8b", "against xdp-filter, 200 hosts, random sources",
        EndToEnd((lists.hosts_ipv4, 200), RANDOM_IPV4, against="xdpfilter"), 1.05, 1.25),
    Row("9a", "against nft, 1000 hosts, one source",
        EndToEnd((lists.hosts_ipv4, 1000), ONE, against="nft"), 2.8, 3.5),
    Row("9b", "against nft, 1 M hosts, random sources",
        EndToEnd(MILLION_HOSTS, RANDOM_IPV4, against="nft"), 5.5, 7.0),
    Row("10", "unguarded UDP, beyond an empty pass",
        ProgramCost(("port=9999",), bar=6), None, 2, unit="ns"),
    Row("10b", "unguarded UDP over IPv6", ProgramCost(("ipv6", "port=9999")), unit="ns"),
    Row("10c", "guarded and refused", ProgramCost((), XDP_DROP), unit="ns"),
    Row("11", "allowed, with limit, hits and last seen, beyond an empty pass",
        # Its burst outlasts one run, and its rate refills it in the rest.
        ProgramCost((f"from={LIMITED}",),
                    settings=(("allow", LIMITED, "gateway", "rate", "10000000", "burst",
                               "1000000"),),
                    bar=22, clock_in_bar=True, repeat=200_000, rest_ms=25), None, 15, unit="ns"),
    Row("11b", "allowed, without limit",
        ProgramCost((f"from={LIMITED}",), settings=(("allow", LIMITED, "gateway"),)), unit="ns"),
    Row("12", "load 1 M hosts, against nft -f", Load(MILLION_HOSTS), 3, 6),
    Row("12b", "list --json of 1 M, against nft",
        Control(MILLION_HOSTS, ("--json", "list"),
                ("nft", "-j", "list", "set", "netdev", "bench", "gateway"))),
    Row("12c", "one host into 1 M, against nft",
        Control(MILLION_HOSTS, ("allow", LIMITED, "gateway"),
                NFT_ADD,
                ("revoke", LIMITED, "gateway"),
                NFT_DELETE), 1, 2),
    Row("12f", "one host of 1 M denied, against nft",
        Control(MILLION_HOSTS, ("deny", LIMITED, "gateway"),
                NFT_ADD,
                ("revoke", LIMITED, "gateway"),
                NFT_DELETE), 0.8, 1.5),
    Row("12f.2", "the same, revoked",
        Control(MILLION_HOSTS, ("revoke", LIMITED, "gateway"), NFT_DELETE,
                ready_ours=("allow", LIMITED, "gateway"), ready_theirs=NFT_ADD), 0.8, 1.5),
    Row("12f.3", "the same, allowed on trial and confirmed",
        Control(MILLION_HOSTS, ("allow", LIMITED, "gateway", "confirm", "60"), NFT_ADD,
                ("revoke", LIMITED, "gateway"), NFT_DELETE, and_ours=("confirm",)), 0.8, 1.5),
    Row("12f.4", "the same, rolled back",
        Control(MILLION_HOSTS, ("rollback",), NFT_DELETE,
                ready_ours=("allow", LIMITED, "gateway"), ready_theirs=NFT_ADD), 0.8, 1.5),
    Row("12g", "300 of 1 M of one peer replaced, against nft", OfPeer(MILLION_HOSTS, 300), 1, 2),
    Row("12i", "apply of 1 M lines of which 1,000 differ, against all", ApplyAgain(MILLION, 1000),
        0.5, 0.3, unit="× as long"),
    Row("12h", "stats, policies, status, check at 1 M, against at 10",
        Looks((lists.hosts_ipv4, 10), MILLION_HOSTS), 3, 1.5, unit="× as long"),
    Row("13", "flip to another 1 M hosts under full load", Flip(MILLION)),
    Row("13b", "single changes under full load", SingleChanges(MILLION, 5)),
    Row("14", "calls under flood: p99 lateness, against a bare drop", Calls(TEN_K),
        CALLS_BAR, None, unit="× late"),
    Row("15", "the lock at the first rate, 200 interfaces attached, against one",
        LockHeld(200), 5, 2, unit="× as long"),
    Row("16", "floods on two cores at once, × bare, against one core's",
        BothCores(TEN_K, RANDOM_IPV4), 0.97, 1.0),
    Row("17a", "kernel memory for an entry, of 1 M hosts", Memory(MILLION_HOSTS), 250, 125,
        unit="B"),
    Row("17b", "kernel memory for an empty instance", Memory(), 26, 13, unit="MB"),
    Row("18a", "against xdp-filter, 10 k hosts, one source",
        EndToEnd(XDPFILTER_MOST, ONE, against="xdpfilter"), 1),
    Row("18b", "against xdp-filter, 10 k hosts, random sources",
        EndToEnd(XDPFILTER_MOST, RANDOM_IPV4, against="xdpfilter"), 1),
)
