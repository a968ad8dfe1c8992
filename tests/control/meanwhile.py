#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Lets a command stand still at its N-th call of the kernel while another one runs.

    meanwhile.py N MEANWHILE COMMAND...

MEANWHILE is for the shell.  Exit status: COMMAND's, or 99 if it made fewer calls.
"""
import subprocess
import sys

import program


def main():
    at, meanwhile, *command = sys.argv[1:]
    run = program.Paused(int(at), *command[:1], command[1:])
    reached = run.stopped
    if reached:
        subprocess.run(meanwhile, shell=True, check=False)
        run.resume()
    run.end()
    sys.stdout.write(run.out)
    sys.stderr.write(run.err)
    sys.exit(run.status if reached else 99)


if __name__ == "__main__":
    main()
