# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Which programs links, or filters of a qdisc, hold at tc ingress of an interface."""
import ctypes
import errno
import os
import platform
import struct

from netlink import attributes, number

SYS_BPF = {"x86_64": 321, "aarch64": 280}[platform.machine()]
BPF_PROG_QUERY, BPF_TCX_INGRESS = 16, 46
PROGRAMS_MAX = 64
RTM_NEWTFILTER, RTM_GETTFILTER, TCA_OPTIONS, TCA_BPF_ID = 44, 46, 2, 11
INGRESS = 0xFFFFFFF2  # parent of the filters that see what comes in
TCMSG = struct.Struct("=BxxxiIII")  # struct tcmsg
ATTRIBUTES = struct.Struct("=IIIIQIIQQQQ")  # union bpf_attr of a query

libc = ctypes.CDLL(None, use_errno=True)


def query(index, ids, room):
    """The kernel's answer, in place of the question: its last word, a revision, has room as well."""
    asked = ctypes.create_string_buffer(ATTRIBUTES.pack(
        index, BPF_TCX_INGRESS, 0, 0, ids, room, 0, 0, 0, 0, 0), ATTRIBUTES.size)
    if libc.syscall(SYS_BPF, BPF_PROG_QUERY, asked, ATTRIBUTES.size) < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return ATTRIBUTES.unpack(asked.raw)


def linked_programs(index):
    """Their ids, in the current namespace; none where the kernel, before Linux 6.6, has no such links."""
    ids = (ctypes.c_uint32 * PROGRAMS_MAX)()
    try:
        answer = query(index, ctypes.addressof(ids), PROGRAMS_MAX)
    except OSError as why:
        if why.errno in (errno.EINVAL, errno.ENODEV):
            return []
        raise
    return list(ids[:answer[5]])


def program_of(filter_):
    """The program of a filter, None if it stands for all of its priority."""
    options = dict(attributes(filter_[TCMSG.size:])).get(TCA_OPTIONS, b"")
    content = dict(attributes(options)).get(TCA_BPF_ID)
    return number(content) if content else None


def filter_programs(netlink, index):
    netlink.dump(RTM_GETTFILTER, TCMSG.pack(0, index, 0, INGRESS, 0))
    return [program for kind, body in netlink.messages()
            if kind == RTM_NEWTFILTER and (program := program_of(body))]


def tc_programs(netlink, index):
    """Of an interface of the current namespace, which is netlink's too."""
    return linked_programs(index) + filter_programs(netlink, index)


def has_tc_links():
    """Linux 6.6 or newer, by what it answers about lo."""
    try:
        query(1, 0, 0)
    except OSError:
        return False
    return True
