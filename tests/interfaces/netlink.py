# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Links, addresses, routes and neighbours of a network namespace, by netlink alone."""
import collections
import os
import socket
import struct

RTM_NEWLINK, RTM_DELLINK, RTM_GETLINK, RTM_SETLINK = 16, 17, 18, 19
RTM_NEWADDR, RTM_NEWROUTE, RTM_NEWNEIGH, RTM_NEWLINKPROP, RTM_DELLINKPROP = 20, 24, 28, 108, 109
NLM_F_REQUEST, NLM_F_ACK, NLM_F_DUMP, NLM_F_EXCL, NLM_F_CREATE = 1, 4, 0x300, 0x200, 0x400
NEW = NLM_F_CREATE | NLM_F_EXCL
NLMSG_ERROR, NLMSG_DONE = 2, 3
NESTED = 0x8000
IFF_UP = 1
IFLA_ADDRESS, IFLA_IFNAME, IFLA_LINKINFO, IFLA_NET_NS_FD = 1, 3, 18, 28
IFLA_NUM_TX_QUEUES, IFLA_NUM_RX_QUEUES, IFLA_XDP, IFLA_PROP_LIST, IFLA_ALT_IFNAME = 31, 32, 43, 52, 53
IFLA_INFO_KIND, IFLA_INFO_DATA, VETH_INFO_PEER = 1, 2, 1
IFLA_XDP_ATTACHED, IFLA_XDP_PROG_ID, IFLA_XDP_DRV_PROG_ID, IFLA_XDP_SKB_PROG_ID = 2, 4, 5, 6
PROGRAMS = {IFLA_XDP_PROG_ID, IFLA_XDP_DRV_PROG_ID, IFLA_XDP_SKB_PROG_ID}
MODES = {1: "native", 2: "generic"}
IFA_LOCAL, RTA_DST, RTA_OIF, NDA_DST, NDA_LLADDR = 2, 1, 4, 1, 2
RT_TABLE_MAIN, RTPROT_BOOT, RT_SCOPE_LINK, RTN_UNICAST, NUD_PERMANENT = 254, 3, 253, 1, 0x80
HEADER = struct.Struct("=IHHII")  # struct nlmsghdr
IFINFO = struct.Struct("=BxHiII")  # struct ifinfomsg
IFADDR = struct.Struct("=BBBBI")  # struct ifaddrmsg
ROUTE = struct.Struct("=BBBBBBBBI")  # struct rtmsg
NEIGHBOUR = struct.Struct("=BxxxiHBB")  # struct ndmsg
ATTRIBUTE = struct.Struct("=HH")  # struct rtattr

Link = collections.namedtuple("Link", "index name mac altnames up program mode")


def aligned(length):
    return (length + 3) & ~3


# --- what is said ---

def attributes(data):
    """(type, content) of each."""
    while len(data) >= ATTRIBUTE.size:
        length, kind = ATTRIBUTE.unpack_from(data)
        if length < ATTRIBUTE.size:
            return
        yield kind & ~NESTED, data[ATTRIBUTE.size:length]
        data = data[aligned(length):]


def number(content):
    return int.from_bytes(content, "little")


def text(content):
    return content.rstrip(b"\0").decode()


def link_of(body):
    _, _, index, flags, _ = IFINFO.unpack_from(body)
    name, mac, altnames, program, mode = "", "", [], None, None
    for kind, content in attributes(body[IFINFO.size:]):
        if kind == IFLA_IFNAME:
            name = text(content)
        elif kind == IFLA_ADDRESS:
            mac = content.hex(":")
        elif kind == IFLA_PROP_LIST:
            altnames = [text(one) for what, one in attributes(content) if what == IFLA_ALT_IFNAME]
        elif kind == IFLA_XDP:
            xdp = dict(attributes(content))
            program = next((number(xdp[one]) for one in xdp if one in PROGRAMS), None)
            mode = MODES.get(number(xdp.get(IFLA_XDP_ATTACHED, b"")))
    return Link(index, name, mac, tuple(altnames), bool(flags & IFF_UP), program, mode)


# --- what is asked for ---

def attribute(kind, content):
    if isinstance(content, str):
        content = content.encode() + b"\0"
    elif isinstance(content, int):
        content = struct.pack("=I", content)
    head = ATTRIBUTE.pack(ATTRIBUTE.size + len(content), kind)
    return head + content.ljust(aligned(len(content)), b"\0")


def link_message(index=0, flags=0, change=0):
    return IFINFO.pack(socket.AF_UNSPEC, 0, index, flags, change)


class Refused(Exception):
    """By the kernel: a name or number that is taken, an interface that is not there."""


class Netlink:
    """Of the namespace that it is opened in, for good."""

    def __init__(self):
        self.socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE)
        self.socket.bind((0, 0))

    def close(self):
        self.socket.close()

    def send(self, kind, flags, body):
        header = HEADER.pack(HEADER.size + len(body), kind, NLM_F_REQUEST | flags, 0, 0)
        self.socket.send(header + body)

    def messages(self):
        """(type, body) of each, up to the last."""
        while True:
            data = self.socket.recv(1 << 18)
            while data:
                length, kind, *_ = HEADER.unpack_from(data)
                if kind == NLMSG_DONE:
                    return
                yield kind, data[HEADER.size:length]
                if kind == NLMSG_ERROR:
                    return
                data = data[aligned(length):]

    def change(self, kind, body, flags=0):
        self.send(kind, flags | NLM_F_ACK, body)
        for _, answer in self.messages():
            if error := -struct.unpack_from("=i", answer)[0]:
                raise Refused(os.strerror(error))

    def dump(self, kind, body):
        self.send(kind, NLM_F_DUMP, body)

    def links(self):
        self.dump(RTM_GETLINK, link_message())
        return [link_of(body) for kind, body in self.messages() if kind == RTM_NEWLINK]

    def find(self, name):
        """By any of its names."""
        for link in self.links():
            if name in (link.name, *link.altnames):
                return link
        raise Refused(f"no {name}")

    def set_link(self, name, *properties, up=None):
        flags, change = (IFF_UP if up else 0), (0 if up is None else IFF_UP)
        self.change(RTM_SETLINK, link_message(self.find(name).index, flags, change) + b"".join(properties))

    def rename(self, name, new):
        self.set_link(name, attribute(IFLA_IFNAME, new))

    def move(self, name, netns_fd, new=None):
        named = (attribute(IFLA_IFNAME, new),) if new else ()
        self.set_link(name, attribute(IFLA_NET_NS_FD, netns_fd), *named)

    def delete(self, name):
        self.change(RTM_DELLINK, link_message(self.find(name).index))

    def altname(self, verb, name, altname):
        names = attribute(IFLA_PROP_LIST | NESTED, attribute(IFLA_ALT_IFNAME, altname))
        kind, flags = (RTM_NEWLINKPROP, NEW) if verb == "add" else (RTM_DELLINKPROP, 0)
        self.change(kind, link_message(self.find(name).index) + names, flags)

    def add_veth(self, name, index, mac, peer, peer_netns_fd):
        """One queue each, so that datagrams stay in order; index 0: as the kernel likes."""
        queues = attribute(IFLA_NUM_TX_QUEUES, 1) + attribute(IFLA_NUM_RX_QUEUES, 1)
        other = attribute(VETH_INFO_PEER, link_message() + attribute(IFLA_IFNAME, peer) + queues +
                          attribute(IFLA_NET_NS_FD, peer_netns_fd))
        kind = attribute(IFLA_INFO_KIND, "veth") + attribute(IFLA_INFO_DATA, other)
        self.change(RTM_NEWLINK, link_message(index) + attribute(IFLA_IFNAME, name) + queues +
                    attribute(IFLA_ADDRESS, bytes.fromhex(mac.replace(":", ""))) +
                    attribute(IFLA_LINKINFO, kind), NEW)

    def add_address(self, name, address):
        self.change(RTM_NEWADDR, IFADDR.pack(socket.AF_INET, 32, 0, 0, self.find(name).index) +
                    attribute(IFA_LOCAL, socket.inet_aton(address)), NLM_F_CREATE)

    def add_route(self, name, address):
        self.change(RTM_NEWROUTE, ROUTE.pack(socket.AF_INET, 32, 0, 0, RT_TABLE_MAIN, RTPROT_BOOT,
                                             RT_SCOPE_LINK, RTN_UNICAST, 0) +
                    attribute(RTA_DST, socket.inet_aton(address)) +
                    attribute(RTA_OIF, self.find(name).index), NLM_F_CREATE)

    def add_neighbour(self, name, address, mac):
        self.change(RTM_NEWNEIGH, NEIGHBOUR.pack(socket.AF_INET, self.find(name).index, NUD_PERMANENT, 0, 0) +
                    attribute(NDA_DST, socket.inet_aton(address)) +
                    attribute(NDA_LLADDR, bytes.fromhex(mac.replace(":", ""))), NLM_F_CREATE)
