# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""The surveys that the bench draws: cost against list size, the peers, changes, memory."""

import statistics

import lists
from rig import run
from rows import (BESIDE_IPV4, LIMITED, MILLION, NFT_ADD, NFT_DELETE, ONE, RANDOM_IPV4,
                  RANDOM_IPV6, flood_in_turn, rate)

SURVEY_TURNS = 21
SIZES = (1, 10, 100, 1000, 10_000, 100_000, MILLION)
CHANGE_SIZES = (10, 1000, 10_000, 100_000, MILLION, 4 * MILLION)
CHANGE_TURNS = 5
# Label, contestant, hosts. xdp-filter takes few: its maps end at 10,000.
PEERS = (
    ("clarent-xdp, 1 M hosts", "filter", MILLION),
    ("clarent-xdp, 1000 hosts", "filter", 1000),
    ("xdp-filter, 200 hosts", "xdpfilter", 200),
    ("nftables ingress, 1000 hosts", "nft", 1000),
    ("nftables ingress, 1 M hosts", "nft", MILLION),
    ("ipset + iptables raw, 1000 hosts", "ipset", 1000),
    ("ipset + iptables raw, 1 M hosts", "ipset", MILLION),
)


def times_bare(tallies, label):
    return statistics.median(rate(turn[label]) / rate(turn["bare_drop"]) for turn in tallies)


def survey(rig, names, source_list, sources):
    contenders = {name: (name, ()) for name in ("bare_drop", *names)}
    tallies = flood_in_turn(rig, contenders, source_list, sources, SURVEY_TURNS)
    return {name: times_bare(tallies, name) for name in names}


def sizes(rig):
    """Rate as a multiple of a bare drop's, per list size and kind of flood."""
    points = []
    for size in SIZES:
        ipv4 = rig.source_list(lists.hosts_ipv4, size)
        ipv6 = rig.source_list(lists.hosts_ipv6, size)
        spread = survey(rig, ("filter", "nft"), ipv4, RANDOM_IPV4)
        points.append({
            "entries": size,
            "random_ipv4": spread["filter"],
            "nft_random_ipv4": spread["nft"],
            "beside_ipv4": survey(rig, ("filter",), ipv4, BESIDE_IPV4)["filter"],
            "random_ipv6": survey(rig, ("filter",), ipv6, RANDOM_IPV6)["filter"],
        })
    return points


def peers(rig):
    """Rate as a multiple of a bare drop's, per contestant."""
    bars = []
    for label, name, size in sorted(PEERS, key=lambda peer: peer[2]):
        source_list = rig.source_list(lists.hosts_ipv4, size)
        bars.append({
            "who": label,
            "one": survey(rig, (name,), source_list, ONE)[name],
            "random": survey(rig, (name,), source_list, RANDOM_IPV4)[name],
        })
    order = [label for label, _, _ in PEERS]
    return sorted(bars, key=lambda bar: order.index(bar["who"]))


def changes_at(rig, source_list):
    own, nft = rig.contestant("filter"), rig.contestant("nft")
    own.purge()
    nft.empty()
    path, taken = rig.list_file(source_list, "policy"), {}
    taken["apply"] = [rig.measured(*own.command("apply", path, "force"))[0]]
    taken["nft_f"] = [rig.measured(*nft.command(source_list), netns=nft.lane.netns)[0]]
    own.loaded = nft.loaded = source_list.name
    steps = (("allow", own.command("allow", LIMITED, "gateway"), None),
             ("nft_add", NFT_ADD, nft.lane.netns),
             ("rollback", own.command("rollback"), None),
             ("nft_delete", NFT_DELETE, nft.lane.netns))
    for _ in range(CHANGE_TURNS):
        for name, words, netns in steps:
            taken.setdefault(name, []).append(rig.measured(*words, netns=netns)[0])
    return {name: statistics.median(seconds) for name, seconds in taken.items()}


def changes(rig):
    """Seconds that a change takes, per list size and kind of change."""
    return [{"entries": size, **changes_at(rig, rig.source_list(lists.hosts_ipv4, size))}
            for size in CHANGE_SIZES]


def memory(rig):
    """MB that the kernel keeps, per list size."""
    points, own = [], rig.contestant("filter")
    for size in CHANGE_SIZES:
        point = {"entries": size}
        for name, hosts in (("ipv4", lists.hosts_ipv4), ("ipv6", lists.hosts_ipv6)):
            own.purge()
            path = rig.list_file(rig.source_list(hosts, size), "policy")
            run(*own.command("apply", path, "force"))
            point[name] = rig.kernel_memory(own.instance) / 1e6
        points.append(point)
    own.loaded = None
    return points


SURVEYS = {"sizes": sizes, "peers": peers, "changes": changes, "memory": memory}
