#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""How libxdp would run an object's XDP program: run_config.py OBJECT; exits 2 without libxdp."""
import ctypes
import sys

ACTIONS = ["aborted", "drop", "pass", "tx", "redirect"]


def main():
    try:
        libxdp = ctypes.CDLL("libxdp.so.1")
    except OSError:
        sys.exit(2)
    libxdp.xdp_program__open_file.restype = ctypes.c_void_p
    libxdp.xdp_program__chain_call_enabled.restype = ctypes.c_bool
    program = ctypes.c_void_p(libxdp.xdp_program__open_file(sys.argv[1].encode(), b"xdp", None))
    chained = [action for number, action in enumerate(ACTIONS)
               if libxdp.xdp_program__chain_call_enabled(program, number)]
    print(libxdp.xdp_program__run_prio(program), ",".join(chained))


if __name__ == "__main__":
    main()
