# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""What ought to be: an idea of its own of which interface was attached and not detached.

It knows the commands that were given and how they ended, the contract, and what netlink and real
packets say.  It shares nothing with the program, whose `status` it holds against all that.
"""
import json
import time

from tcx import has_tc_links
from world import GATEWAY, GUARDED, slot_of

MARGIN = 0.3  # seconds around a deadline in which nothing is judged
STEP_TIME = 2.0  # a step begins only if no deadline falls into as many seconds

NO, MAYBE, YES = "no", "maybe", "yes"  # whether a program is on an interface


class Wrong(Exception):
    """What the program did is not what it may; kind tells like from unlike."""

    def __init__(self, kind, what):
        super().__init__(f"{kind}: {what}")
        self.kind = kind


FILTERS = not has_tc_links()  # hold what is at tc, and go where their interface does not stay
OVERLOOKED = set()  # kinds


def wrong(kind, what):
    if kind not in OVERLOOKED:
        raise Wrong(kind, what)


class Interface:
    def __init__(self, mac):
        self.mac = mac
        self.slot = slot_of(mac)
        self.where = self.name = self.index = self.up = None
        self.altnames = ()
        self.filters = False
        self.program = NO
        self.mode = None
        self.attached_as = set()  # either will do as the name that it was attached under

    def __str__(self):
        return f"{self.where} {self.name}"

    def called(self, where, name):
        return self.where == where and (name == self.name or name in self.altnames)

    def attach(self, name, mode):
        self.filters, self.program = True, YES
        self.mode = mode
        self.attached_as = {name, self.name}

    def detach(self):
        self.filters, self.program = False, NO
        self.mode = None


class Trial:
    def __init__(self, begun, ended, seconds, lapse, keep):
        self.earliest = begun + seconds - MARGIN
        self.latest = ended + seconds + 1 + MARGIN  # a deadline is a full second
        self.lapse = lapse  # what becomes of it without confirm
        self.keep = keep  # ... and with


class Oracle:
    def __init__(self):
        self.interfaces = {}  # by MAC
        self.guests = False
        self.trial = None
        self.lapsed = False  # and nobody has tidied up: the next command replaces a program
        self.gone_rows = False  # whether status may still name what is gone
        self.lost = set()  # (namespace, number) where a filter was: who is there may be said to be off

    def find(self, where, name):
        return next((one for one in self.interfaces.values() if one.called(where, name)), None)

    def attached(self):
        return [one for one in self.interfaces.values() if one.program != NO]

    def lose(self, one):
        """The interface is not there any more, and a filter of its stays behind."""
        if FILTERS and one.mode == "tc":
            self.lost.add((one.where, one.index))
            self.gone_rows = MAYBE

    def see(self, located):
        """Where each interface is now and how it is called, by netlink."""
        for mac in self.interfaces.keys() - located.keys():
            one = self.interfaces.pop(mac)
            if one.program != NO:
                self.gone_rows = True if one.program == YES else self.gone_rows or MAYBE
            self.lose(one)
        for mac, (where, link) in located.items():
            one = self.interfaces.setdefault(mac, Interface(mac))
            if FILTERS and one.mode == "tc" and one.where != where:
                self.lose(one)
                one.detach()
            one.where, one.name, one.index, one.up = where, link.name, link.index, link.up
            one.altnames = link.altnames

    # --- trials ---

    def begin(self, begun, ended, seconds, lapse, keep=lambda: None):
        self.trial = Trial(begun, ended, seconds, lapse, keep)

    def settle(self, room=0.0):
        """Waits out a deadline that is less than room away."""
        if self.trial and time.monotonic() > self.trial.earliest - room:
            self.lapse()

    def lapse(self):
        time.sleep(max(0, self.trial.latest - time.monotonic()))
        self.trial.lapse()
        self.trial = None
        self.lapsed = True
        self.may_be_dropped()

    def may_be_dropped(self):
        """What is gone may have been dropped: nobody can tell."""
        self.gone_rows = self.gone_rows and MAYBE

    def confirmed(self):
        self.trial.keep()
        self.trial = None
        self.may_be_dropped()
        self.mended()

    def changed(self):
        """A change was made: what is gone goes with it."""
        self.gone_rows = False
        self.mended()

    def mended(self):
        """What had lapsed, or was left by a kill, goes with the next change."""
        for one in self.interfaces.values():
            if one.program == MAYBE:
                one.detach()

    # --- judgement ---

    def expected(self, one):
        """{(kind, port)} that arrives at an interface."""
        if not one.filters:
            return {(kind, port) for kind in ("listed", "guest", "stranger") for port in GUARDED}
        kinds = ("listed", "guest") if self.guests else ("listed",)
        return {(kind, port) for kind in kinds for port in GATEWAY}

    def judge_packets(self, arrivals):
        for one in self.interfaces.values():
            if one.slot not in arrivals:
                continue
            got, wanted = arrivals[one.slot], self.expected(one)
            if more := got - wanted:
                wrong("open", f"{one} lets in {sorted(more)[-1]}")
            if lost := wanted - got:
                wrong("shut", f"{one} refuses {sorted(lost)[0]}")

    def judge_links(self, located):
        for mac, one in self.interfaces.items():
            link = located[mac][1]
            if one.program != MAYBE and (link.program is not None) != (one.program == YES):
                wrong("netlink", f"{one}: a program? should be {one.program}, is {link.program}")
            if one.mode and link.mode != one.mode:
                wrong("netlink", f"{one}: mode {link.mode}, not {one.mode}")

    def judge_status(self, output, located, reader):
        """What status says, run in the namespace reader, which it need not name."""
        rows = json.loads(output)["attached"]
        for one in self.interfaces.values():
            mine = [row for row in rows if not is_gone(row) and
                    (row["namespace"] or reader, row["interface"]) == (one.where, one.name)]
            rows = [row for row in rows if row not in mine]
            self.judge_rows(one, mine, located[one.mac][1])
        for row in rows:
            said = f"{row['namespace']} {row['interface']}"
            if not is_gone(row):
                wrong("status", f"a row for {said}, which is not attached or not there")
            elif not self.gone_rows and not self.lost:
                wrong("gone", f"a row for {said}, which is gone and was to be dropped")

    def judge_rows(self, one, rows, link):
        if (one.where, one.index) in self.lost:
            off = [row for row in rows if row["program"] != link.program]
            if any(row["filters"] for row in off):
                wrong("status", f"{one}: said to filter, by what is not there any more")
            rows = [row for row in rows if row not in off]
        if len(rows) > 1:
            wrong("status", f"{len(rows)} rows for {one}")
        elif rows and one.program == NO:
            wrong("status", f"a row for {one}, which is not attached")
        elif not rows and one.program == YES:
            wrong("status", f"no row for {one}, which is attached")
        for row in rows:
            self.judge_row(one, row, link)

    def judge_row(self, one, row, link):
        if link.program is not None and row["program"] != link.program:
            wrong("status", f"{one}: program {row['program']}, netlink says {link.program}")
        if one.up and row["filters"] != one.filters:
            wrong("status", f"{one}: filters {row['filters']}, packets say {one.filters}")
        if "attached_as" in row:
            self.judge_names(one, row["attached_as"])

    def judge_names(self, one, attached_as):
        if not one.attached_as:  # killed on the way
            return
        # who was moved may be said to have had the same name
        allowed = one.attached_as | ({None} if one.name in one.attached_as else set())
        if attached_as not in allowed:
            wrong("status", f"{one}: attached as {attached_as}, not {allowed}")


def is_gone(row):
    return row["gone"] if "gone" in row else row["note"] == "gone"
