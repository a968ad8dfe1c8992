# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Which programs links hold at tc ingress of an interface of the current namespace."""
import ctypes
import errno
import os
import platform
import struct

SYS_BPF = {"x86_64": 321, "aarch64": 280}[platform.machine()]
BPF_PROG_QUERY, BPF_TCX_INGRESS = 16, 46
PROGRAMS_MAX = 64
ATTRIBUTES = struct.Struct("=IIIIQIIQQQQ")  # union bpf_attr of a query

libc = ctypes.CDLL(None, use_errno=True)


def query(index, ids, room):
    """The kernel's answer, in place of the question: its last word, a revision, has room as well."""
    asked = ctypes.create_string_buffer(ATTRIBUTES.pack(
        index, BPF_TCX_INGRESS, 0, 0, ids, room, 0, 0, 0, 0, 0), ATTRIBUTES.size)
    if libc.syscall(SYS_BPF, BPF_PROG_QUERY, asked, ATTRIBUTES.size) < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return ATTRIBUTES.unpack(asked.raw)


def tc_programs(index):
    """Their ids; none where the kernel, before Linux 6.6, has no such links."""
    ids = (ctypes.c_uint32 * PROGRAMS_MAX)()
    try:
        answer = query(index, ctypes.addressof(ids), PROGRAMS_MAX)
    except OSError as why:
        if why.errno in (errno.EINVAL, errno.ENODEV):
            return []
        raise
    return list(ids[:answer[5]])


def has_tc_links():
    """Linux 6.6 or newer, by what it answers about lo."""
    try:
        query(1, 0, 0)
    except OSError:
        return False
    return True
