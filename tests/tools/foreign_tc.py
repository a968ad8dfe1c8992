#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Attaches a tc program that is not ours: foreign_tc.py PIN pass|drop|ok|PROGRAM [NS DEV [first]]

It comes behind what is there, or before it; where it answers ok, nothing behind it is asked.  PROGRAM
is the pin of one.  The link is pinned as PIN, and holds it until that is removed; without an interface
the program itself is.
"""
import ctypes
import socket
import struct
import sys

import hand_over
import traffic

BPF_OBJ_PIN, BPF_OBJ_GET, BPF_PROG_LOAD, BPF_LINK_CREATE, BPF_TCX_INGRESS = 6, 7, 5, 28, 46
BPF_F_BEFORE = 1 << 3
VERDICTS = {"pass": -1, "drop": 2, "ok": 0}


def load(verdict):
    program = hand_over.instruction(hand_over.MOV_IMM, 0, verdict) + hand_over.instruction(
        hand_over.EXIT, 0, 0)
    code, text = ctypes.create_string_buffer(program), ctypes.create_string_buffer(b"GPL")
    return hand_over.bpf(BPF_PROG_LOAD, struct.pack(
        "=IIQQIIQII16s", hand_over.BPF_PROG_TYPE_SCHED_CLS, len(program) // 8,
        ctypes.addressof(code), ctypes.addressof(text), 0, 0, 0, 0, 0, b"foreign"))


def program_of(word):
    if word in VERDICTS:
        return load(VERDICTS[word])
    path = ctypes.create_string_buffer(word.encode())
    return hand_over.bpf(BPF_OBJ_GET, struct.pack("=QII", ctypes.addressof(path), 0, 0))


def link(program, namespace, device, place="last"):
    flags = BPF_F_BEFORE if place == "first" else 0
    with traffic.inside(namespace):
        return hand_over.bpf(BPF_LINK_CREATE, struct.pack(
            "=IIIIIIQ", program, socket.if_nametoindex(device), BPF_TCX_INGRESS, flags, 0, 0, 0))


def main():
    pin, verdict, *where = sys.argv[1:]
    held = program_of(verdict)
    if where:
        held = link(held, *where)
    path = ctypes.create_string_buffer(pin.encode())
    hand_over.bpf(BPF_OBJ_PIN, struct.pack("=QII", ctypes.addressof(path), held, 0))


if __name__ == "__main__":
    main()
