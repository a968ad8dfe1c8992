# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Draws the source lists of the bench and writes them in each contestant's own language."""

import array
import random
import socket

SEED = 4040
DRAWN_SOURCES = 1 << 20
GUARDED_PORTS = (4040, 4045, 5010)


class SourceList:
    """Hosts and prefixes of one family: nets is a list of (address, prefix length)."""

    def __init__(self, name, about, family, nets):
        self.name = name
        self.about = about
        self.family = family
        self.nets = nets

    @property
    def bits(self):
        return 32 if self.family == 4 else 128

    @property
    def hosts_only(self):
        return all(length == self.bits for _, length in self.nets)

    def share_of_random(self):
        """The share of listed sources among those that a random flood forges."""
        space = 2.0 ** (32 if self.family == 4 else 125)
        return sum(2.0 ** (self.bits - length) for _, length in self.nets) / space

    def words(self):
        """Each entry as people write it."""
        for address, length in self.nets:
            text = format_address(self.family, address)
            yield text if length == self.bits else f"{text}/{length}"


def format_address(family, address):
    if family == 4:
        return socket.inet_ntop(socket.AF_INET, address.to_bytes(4, "big"))
    return socket.inet_ntop(socket.AF_INET6, address.to_bytes(16, "big"))


def ordinary_ipv4(address):
    """Not this-network, not loopback, not multicast or above."""
    return 1 <= address >> 24 <= 223 and address >> 24 != 127


def scattered_ipv4(count, draw=random.Random(SEED).getrandbits, within=ordinary_ipv4):
    hosts = set()
    while len(hosts) < count:
        address = draw(32)
        if within(address):
            hosts.add(address)
    return list(hosts)


def hosts_ipv4(count):
    draw = random.Random(SEED).getrandbits
    return SourceList(f"hosts4-{count}", f"{count:,} hosts scattered over IPv4", 4,
                      [(address, 32) for address in scattered_ipv4(count, draw)])


def differing(source_list, count):
    """The same with so many others in the place of some, spread over it."""
    nets = list(source_list.nets)
    step = len(nets) // count
    for i, address in enumerate(unlisted_ipv4(source_list, count)):
        nets[i * step] = address, 32
    return SourceList(f"{source_list.name}-but-{count}", source_list.about, source_list.family,
                      nets)


def unlisted_ipv4(source_list, count):
    """So many hosts that are not on a list of hosts."""
    listed, address, found = {address for address, _ in source_list.nets}, 100 << 24, []
    while len(found) < count:
        address += 1
        if address not in listed:
            found.append(address)
    return found


def crowded_ipv4(count):
    """All in one /8, as a carrier's own customers would be."""
    draw = random.Random(SEED).getrandbits
    hosts = scattered_ipv4(count, lambda bits: 100 << 24 | draw(24))
    return SourceList(f"crowd4-{count}", f"{count:,} hosts in one /8", 4,
                      [(address, 32) for address in hosts])


def hosts_ipv6(count):
    draw = random.Random(SEED).getrandbits
    hosts = set()
    while len(hosts) < count:
        hosts.add(1 << 125 | draw(125))
    return SourceList(f"hosts6-{count}", f"{count:,} hosts scattered over 2000::/3", 6,
                      [(address, 128) for address in hosts])


def prefixes_ipv4(count, shortest=24, longest=32):
    generator = random.Random(SEED)
    nets = set()
    while len(nets) < count:
        length = generator.randint(shortest, longest)
        address = generator.getrandbits(32) >> (32 - length) << (32 - length)
        if ordinary_ipv4(address):
            nets.add((address, length))
    return SourceList(f"nets4-{count}",
                      f"{count:,} prefixes /{shortest}–/{longest} scattered over IPv4", 4,
                      list(nets))


def prefixes_ipv6(count, shortest=32, longest=128):
    generator = random.Random(SEED)
    nets = set()
    while len(nets) < count:
        length = generator.randint(shortest, longest)
        address = 1 << 125 | generator.getrandbits(125)
        nets.add((address >> (128 - length) << (128 - length), length))
    return SourceList(f"nets6-{count}",
                      f"{count:,} prefixes /{shortest}–/{longest} scattered over 2000::/3", 6,
                      list(nets))


def flip_lists(count, lines=4096):
    """
    The old and the new list of a flip, of count hosts each, and the flood's
    sources: per line a host of both, one of the old alone, one of both, one of
    the new alone. The upper half of IPv4 stays unlisted.
    """
    draw = random.Random(SEED).getrandbits
    hosts = scattered_ipv4(2 * count - 2 * lines, draw,
                           lambda address: address >> 31 == 0 and ordinary_ipv4(address))
    kept = hosts[:2 * lines]
    old, new = hosts[2 * lines:][:count - 2 * lines], hosts[2 * lines:][count - 2 * lines:]
    sources = []
    for i in range(lines):
        sources += [kept[2 * i], old[i], kept[2 * i + 1], new[i]]
    about = f"{count:,} hosts scattered over the lower half of IPv4"
    return (SourceList("flip-old", about, 4, [(address, 32) for address in kept + old]),
            SourceList("flip-new", about, 4, [(address, 32) for address in kept + new]),
            sources)


def beside_ipv4(source_list):
    """Unlisted sources inside the /24s that hold an entry."""
    generator = random.Random(SEED + 1)
    hosts = [address for address, _ in source_list.nets]
    listed = set(hosts)
    drawn = []
    while len(drawn) < DRAWN_SOURCES:
        for host in generator.choices(hosts, k=4096):
            neighbour = host ^ generator.randrange(1, 256)
            if neighbour not in listed:
                drawn.append(neighbour)
    return drawn[:DRAWN_SOURCES]


def outside_ipv4(source_list):
    """Sources from all of IPv4 that no prefix (none shorter than /24) covers."""
    draw = random.Random(SEED + 2).getrandbits
    nets = set(source_list.nets)
    lengths = sorted({length for _, length in nets})
    holding = {address >> 8 for address, _ in nets}
    drawn = []
    while len(drawn) < DRAWN_SOURCES:
        source = draw(32)
        if source >> 8 in holding and any(
                (source >> (32 - length) << (32 - length), length) in nets for length in lengths):
            continue
        drawn.append(source)
    return drawn


def beside_ipv6(source_list):
    """The listed hosts' own /64s, in random order."""
    hosts = [address for address, _ in source_list.nets]
    return random.Random(SEED + 3).choices(hosts, k=min(DRAWN_SOURCES, 8 * len(hosts)))


def write_drawn(path, family, addresses):
    """As bytes in written order, which is what the flood takes."""
    with open(path, "wb") as out:
        if family == 4:
            words = array.array("I", addresses)
            words.byteswap()
            words.tofile(out)
        else:
            out.write(b"".join(address.to_bytes(16, "big") for address in addresses))


def write_policy(path, source_list):
    with open(path, "w", encoding="ascii") as out:
        out.writelines(f"allow {word} gateway\n" for word in source_list.words())


def write_commented(path, source_list):
    """Each with a comment that no other has."""
    with open(path, "w", encoding="ascii") as out:
        out.writelines(f"allow {word} gateway comment c{number}\n"
                       for number, word in enumerate(source_list.words()))


def write_nft(path, source_list, iface):
    ports = ", ".join(map(str, GUARDED_PORTS))
    protocol = "ip" if source_list.family == 4 else "ip6"
    flags = "" if source_list.hosts_only else "flags interval; auto-merge; "
    with open(path, "w", encoding="ascii") as out:
        out.write("table netdev bench\ndelete table netdev bench\ntable netdev bench {\n"
                  f"\tset gateway {{ type ipv{source_list.family}_addr; {flags}elements = {{\n")
        out.write(",\n".join(source_list.words()))
        out.write("\n\t} }\n\tchain guard {\n"
                  f"\t\ttype filter hook ingress device {iface} priority 0; policy accept;\n"
                  f"\t\tudp dport {{ {ports} }} {protocol} saddr != @gateway drop;\n\t}}\n}}\n")


def write_ipset(path, source_list):
    """Sized beforehand, as who loads a million hosts would."""
    count = len(source_list.nets)
    kind = "hash:ip" if source_list.hosts_only else "hash:net"
    family = "inet" if source_list.family == 4 else "inet6"
    with open(path, "w", encoding="ascii") as out:
        out.write(f"create gateway {kind} family {family} "
                  f"hashsize {max(1024, count)} maxelem {2 * count}\n")
        out.writelines(f"add gateway {word}\n" for word in source_list.words())
