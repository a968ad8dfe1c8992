#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Pins an XDP program that is not ours: foreign_xdp.py PIN [pass|drop [NAME]]"""
import ctypes
import os
import platform
import struct
import sys

SYS_BPF = {"x86_64": 321, "aarch64": 280}[platform.machine()]
BPF_PROG_LOAD, BPF_OBJ_PIN, BPF_PROG_TYPE_XDP, XDP_DROP, XDP_PASS = 5, 6, 6, 1, 2
MOV_R0, EXIT = 0xB7, 0x95

libc = ctypes.CDLL(None, use_errno=True)


def bpf(command, attributes):
    result = libc.syscall(SYS_BPF, command, attributes, len(attributes))
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return result


def main():
    verdict = XDP_DROP if sys.argv[2:3] == ["drop"] else XDP_PASS
    name = (sys.argv[3] if len(sys.argv) > 3 else "foreign").encode()
    program = struct.pack("=BBhi", MOV_R0, 0, 0, verdict) + struct.pack("=BBhi", EXIT, 0, 0, 0)
    code = ctypes.create_string_buffer(program)
    text = ctypes.create_string_buffer(b"GPL")
    attributes = struct.pack("=IIQQIIQII16s", BPF_PROG_TYPE_XDP, 2, ctypes.addressof(code),
                             ctypes.addressof(text), 0, 0, 0, 0, 0, name)
    fd = bpf(BPF_PROG_LOAD, attributes)
    path = ctypes.create_string_buffer(sys.argv[1].encode())
    bpf(BPF_OBJ_PIN, struct.pack("=QII", ctypes.addressof(path), fd, 0))


if __name__ == "__main__":
    main()
