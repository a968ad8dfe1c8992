#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Runs a command as systemd runs one of Type=notify; prints what it says, each thing once.

    notified.py SECONDS COMMAND...    after that time it is told to end, and waited for"""
import os
import socket
import subprocess
import sys
import time

PATH = f"/run/notify.{os.getpid()}"

with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
    sock.bind(PATH)
    sock.settimeout(0.2)
    child = subprocess.Popen(sys.argv[2:], env={**os.environ, "NOTIFY_SOCKET": PATH})
    end, said, told = time.monotonic() + float(sys.argv[1]), [], False
    while child.poll() is None and time.monotonic() < end + 30:
        if time.monotonic() > end and not told:
            child.terminate()
            told = True
        try:
            said.append(sock.recv(4096).decode())
        except TimeoutError:
            pass
    child.kill()
    print(f"exit {child.wait()}", *dict.fromkeys(said), sep="\n")
    print(f"watchdog {said.count('WATCHDOG=1')}")
