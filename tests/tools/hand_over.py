#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Pins a tc program that hands all it sees over to a device: hand_over.py PIN IFINDEX [peer]

It is sent out through that device, or received by the device's peer at once.
"""
import ctypes
import os
import platform
import struct
import sys

SYS_BPF = {"x86_64": 321, "aarch64": 280}[platform.machine()]
BPF_PROG_LOAD, BPF_OBJ_PIN, BPF_PROG_TYPE_SCHED_CLS = 5, 6, 3
MOV_IMM, CALL, EXIT = 0xB7, 0x85, 0x95
REDIRECT, REDIRECT_PEER = 23, 155

libc = ctypes.CDLL(None, use_errno=True)


def bpf(command, attributes):
    result = libc.syscall(SYS_BPF, command, attributes, len(attributes))
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return result


def instruction(code, register, number):
    return struct.pack("=BBhi", code, register, 0, number)


def main():
    helper = REDIRECT_PEER if sys.argv[3:] == ["peer"] else REDIRECT
    program = (instruction(MOV_IMM, 1, int(sys.argv[2])) + instruction(MOV_IMM, 2, 0)
               + instruction(CALL, 0, helper) + instruction(EXIT, 0, 0))
    code = ctypes.create_string_buffer(program)
    text = ctypes.create_string_buffer(b"GPL")
    attributes = struct.pack("=IIQQIIQII16s", BPF_PROG_TYPE_SCHED_CLS, len(program) // 8,
                             ctypes.addressof(code), ctypes.addressof(text), 0, 0, 0, 0, 0,
                             b"hand_over")
    fd = bpf(BPF_PROG_LOAD, attributes)
    path = ctypes.create_string_buffer(sys.argv[1].encode())
    bpf(BPF_OBJ_PIN, struct.pack("=QII", ctypes.addressof(path), fd, 0))


if __name__ == "__main__":
    main()
