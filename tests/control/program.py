# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Runs the program: to its end, to its N-th call of the kernel, or beside others."""
import ctypes
import functools
import json
import os
import platform
import select
import signal
import subprocess
import time

PATIENCE = 60  # seconds for any command
FLOCK = {"x86_64": "73", "aarch64": "32"}.get(platform.machine())
PTRACE_TRACEME, PTRACE_CONT, PTRACE_SYSCALL, PTRACE_SETOPTIONS = 0, 7, 24, 0x4200
OPTIONS = 0x1 | 0x100000  # say which stops are calls; kill the traced when we go
libc = ctypes.CDLL(None, use_errno=True)
libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]


def end_all(runs):
    """Each to its end, and its end noted as it comes."""
    fds = {os.pidfd_open(run.pid): run for run in runs if run.ended is None}
    until = time.monotonic() + PATIENCE
    while fds:
        gone = select.select(fds, [], [], max(0, until - time.monotonic()))[0]
        for fd in gone or list(fds):
            fds.pop(fd).end()
            os.close(fd)


def ptrace(request, pid, data=0):
    if libc.ptrace(request, pid, None, data) < 0:
        raise OSError(ctypes.get_errno(), "ptrace")


class Run:
    """One process of the program.  began and ended are seconds since 1970."""

    def __init__(self, program, words, instance=None, text=None, ssh=False, traced=False):
        self.words = words
        self.outs = [os.memfd_create(name) for name in ("stdout", "stderr")]
        stdin = subprocess.DEVNULL
        if text is not None:
            stdin = os.memfd_create("stdin")
            os.write(stdin, text.encode())
            os.lseek(stdin, 0, os.SEEK_SET)
        environ = {"PATH": os.environ["PATH"], "LC_ALL": "C"}
        if instance:
            environ["CLARENT_XDP_BPFFS"] = instance
        if ssh:
            environ["SSH_CONNECTION"] = "192.0.2.10 50000 192.0.2.1 2222"
        self.judged = {}  # what a judge finds, of each state that differs in what is shown
        self.began = time.time()
        self.ended = None
        self.process = subprocess.Popen(
            [program, *words], stdin=stdin, stdout=self.outs[0], stderr=self.outs[1], env=environ,
            preexec_fn=(lambda: libc.ptrace(PTRACE_TRACEME, 0, None, None)) if traced else None)
        if text is not None:
            os.close(stdin)

    @property
    def pid(self):
        return self.process.pid

    def wait(self, patience=PATIENCE):
        """Whether it has come to its end."""
        if self.ended is None and self.gone_within(patience):
            self.status = self.process.wait()
            self.finish()
        return self.ended is not None

    def gone_within(self, seconds):
        fd = os.pidfd_open(self.pid)
        try:
            return bool(select.select([fd], [], [], seconds)[0])
        finally:
            os.close(fd)

    def wait_or_lock(self, patience):
        """The same, but gives up once it waits for a lock that another holds."""
        until = time.monotonic() + patience
        while not self.wait(0.01):
            if self.waits_for_lock() or time.monotonic() > until:
                return False
        return True

    def waits_for_lock(self):
        try:
            with open(f"/proc/{self.pid}/syscall") as file:
                return file.read().split(" ")[0] == FLOCK
        except OSError:
            return False

    def finish(self):
        self.ended = time.time()
        self.out, self.err = (self.read(fd) for fd in self.outs)

    @staticmethod
    def read(fd):
        with os.fdopen(fd, "rb") as file:
            file.seek(0)
            return file.read().decode(errors="replace")

    def end(self):
        if not self.wait():
            self.kill()
            self.err += "(hangs)\n"
            self.status = -1000

    def kill(self):
        self.process.kill()
        self.wait()

    @functools.cached_property
    def json(self):
        return json.loads(self.out)

    @functools.cached_property
    def warnings(self):
        """What it warned of, which it says on standard error, with --json as well."""
        mark = "clarent-xdp: warning: "
        return [line.removeprefix(mark) for line in self.err.splitlines() if line.startswith(mark)]


class Paused(Run):
    """Stands still as it makes its N-th call, until it is resumed or killed."""

    def __init__(self, at, *args, **kwargs):
        super().__init__(*args, traced=True, **kwargs)
        os.waitpid(self.pid, 0)
        ptrace(PTRACE_SETOPTIONS, self.pid, OPTIONS)
        self.stops = 0
        self.stopped = self.go(2 * at - 1)

    def go(self, stops):
        """Whether it stands at the N-th stop from here: calls stop on their way in and out."""
        data = 0
        while stops > 0:
            ptrace(PTRACE_SYSCALL, self.pid, data)
            _, status = os.waitpid(self.pid, 0)
            if not os.WIFSTOPPED(status):
                self.gone(status)
                return False
            data = os.WSTOPSIG(status)
            if data == signal.SIGTRAP | 0x80:
                data, stops = 0, stops - 1
                self.stops += 1
        return True

    def gone(self, status):
        self.status = os.waitstatus_to_exitcode(status)
        self.process.returncode = self.status
        self.finish()

    def resume(self):
        if self.stopped:
            self.stopped = False
            ptrace(17, self.pid)  # detach

    def kill(self):
        if self.ended is None:
            os.kill(self.pid, signal.SIGKILL)
            self.stopped = False
            while self.ended is None:
                _, status = os.waitpid(self.pid, 0)
                if not os.WIFSTOPPED(status):
                    self.gone(status)
