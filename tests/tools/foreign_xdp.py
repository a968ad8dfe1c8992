#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Pins an XDP program that is not ours: foreign_xdp.py PIN [pass|drop|PORT [NAME [frags] [typed]]]

PORT: it drops UDP over IPv4 to that port, and passes all else;
frags: it takes frames in several buffers; typed: as libbpf loads it, with BPF_XDP for attach type."""
import ctypes
import os
import platform
import socket
import struct
import sys

SYS_BPF = {"x86_64": 321, "aarch64": 280}[platform.machine()]
HAS_FRAGS, BPF_XDP = 1 << 5, 37
BPF_PROG_LOAD, BPF_OBJ_PIN, BPF_PROG_TYPE_XDP, XDP_DROP, XDP_PASS = 5, 6, 6, 1, 2
MOV, EXIT = 0xB7, 0x95
UDP_DEST = 14 + 20 + 2

libc = ctypes.CDLL(None, use_errno=True)


def bpf(command, attributes):
    result = libc.syscall(SYS_BPF, command, attributes, len(attributes))
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return result


def instruction(code, to=0, source=0, offset=0, value=0):
    return struct.pack("=BBhi", code, source << 4 | to, offset, value)


def always(verdict):
    return [instruction(MOV, value=verdict), instruction(EXIT)]


def drops_port(port):
    load_word, load_half, move, add, if_greater, if_other = 0x61, 0x69, 0xBF, 0x07, 0x2D, 0x55
    return [instruction(load_word, to=2, source=1, offset=4), instruction(load_word, to=1, source=1),
            instruction(move, to=3, source=1), instruction(add, to=3, value=UDP_DEST + 2),
            instruction(if_greater, to=3, source=2, offset=4),
            instruction(load_half, to=3, source=1, offset=UDP_DEST),
            instruction(if_other, to=3, offset=2, value=socket.htons(port)),
            *always(XDP_DROP), *always(XDP_PASS)]


def main():
    what = sys.argv[2] if len(sys.argv) > 2 else "pass"
    verdicts = {"pass": XDP_PASS, "drop": XDP_DROP}
    code = always(verdicts[what]) if what in verdicts else drops_port(int(what))
    name = (sys.argv[3] if len(sys.argv) > 3 else "foreign").encode()
    program = ctypes.create_string_buffer(b"".join(code))
    text = ctypes.create_string_buffer(b"GPL")
    attributes = struct.pack("=IIQQIIQII16sII", BPF_PROG_TYPE_XDP, len(code), ctypes.addressof(program),
                             ctypes.addressof(text), 0, 0, 0, 0,
                             HAS_FRAGS if "frags" in sys.argv[4:] else 0, name, 0,
                             BPF_XDP if "typed" in sys.argv[4:] else 0)
    fd = bpf(BPF_PROG_LOAD, attributes)
    path = ctypes.create_string_buffer(sys.argv[1].encode())
    bpf(BPF_OBJ_PIN, struct.pack("=QII", ctypes.addressof(path), fd, 0))


if __name__ == "__main__":
    main()
