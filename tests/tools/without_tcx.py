#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Runs a command to which the kernel denies tcx links, as before Linux 6.6: without_tcx.py COMMAND…

What is asked about them (BPF_PROG_QUERY, of which there is no other use) is answered EINVAL, by a
filter of system calls that the command is started with.
"""
import ctypes
import os
import platform
import struct
import sys

SYS_BPF = {"x86_64": 321, "aarch64": 280}[platform.machine()]
BPF_PROG_QUERY, EINVAL = 16, 22
PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 22, 2
SECCOMP_RET_ALLOW, SECCOMP_RET_ERRNO = 0x7FFF0000, 0x00050000
LOAD, EQUAL, RETURN = 0x20, 0x15, 0x06  # of classic BPF
NUMBER, FIRST_ARGUMENT = 0, 16          # in struct seccomp_data

PROGRAM = (
    (LOAD, 0, 0, NUMBER),
    (EQUAL, 0, 3, SYS_BPF),
    (LOAD, 0, 0, FIRST_ARGUMENT),
    (EQUAL, 0, 1, BPF_PROG_QUERY),
    (RETURN, 0, 0, SECCOMP_RET_ERRNO | EINVAL),
    (RETURN, 0, 0, SECCOMP_RET_ALLOW),
)


def deny():
    code = ctypes.create_string_buffer(b"".join(struct.pack("=HBBI", *each) for each in PROGRAM))
    program = ctypes.create_string_buffer(
        struct.pack("@HP", len(PROGRAM), ctypes.addressof(code)))
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, program, 0, 0):
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


if __name__ == "__main__":
    deny()
    os.execvp(sys.argv[1], sys.argv[1:])
