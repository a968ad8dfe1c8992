#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Walks at random through what can become of interfaces, and looks after every step.

    walk.py [--steps N] [--seed N] [--without KIND[,KIND...]] [--overlook KIND[,KIND...]]
            [--keep-going] [--replay FILE]

A step is a line of words: something that becomes of an interface ("rename red eth0 wan0"), or a
command ("attach red eth0 from blue confirm 3"), perhaps killed on the way ("killed bpf 17 detach
red eth0 from red").  After each, every interface that was attached and not detached refuses a
stranger and admits who is listed, every other one lets all in, `status` agrees with netlink, and
what failed changed nothing.  On a failure the shortest history that shows it is looked for, and
printed as it can be replayed.  Runs inside the rig; see walk.sh.
"""
import argparse
import contextlib
import json
import random
import sys
import time

from netlink import Refused
from oracle import FILTERS, MARGIN, MAYBE, NO, OVERLOOKED, STEP_TIME, YES, Oracle, Wrong, wrong
from world import GATEWAY, INSIDE, OUTSIDE, SLOTS, World, network_of, source_of, stay_on_one_cpu

NAMES = ("eth0", "eth1", "wan0")
ALTNAMES = ("enp0s3", "enp0s4")
MODES = ("native", "generic", "tc")
LONG, SHORT = 30, 3  # seconds to confirm: meant to be confirmed, meant to lapse
ABOUT_STATUS = ("status", "gone")  # kinds of what goes wrong; the others show without asking it
SHRINK_TIME = 150  # seconds
CALLS = {"bpf": 90, "files": 30}  # about as many as a command makes


def split_confirm(words):
    """(the other words, seconds to confirm or None)"""
    if words[-2:-1] == ("confirm",):
        return words[:-2], int(words[-1])
    return words, None


def confirm(seconds):
    return ("confirm", str(seconds)) if seconds else ()


def lapsed_attach(one, before):
    filters, program, mode, names = before
    one.filters, one.program = filters, program if program == YES else MAYBE
    one.mode = mode
    one.attached_as |= names


class Walk:
    """A world, what ought to be in it, and the steps that lead through it."""

    def __init__(self, world, asks_status=True):
        self.world = world
        self.asks_status = asks_status
        self.start()

    def start(self):
        self.world.clear()
        self.oracle = Oracle()
        self.history, self.effective = [], []
        self.set_up()

    def set_up(self):
        done = self.world.xdp(OUTSIDE, "-q", "allow", network_of("listed"), "gateway")
        if done.returncode:
            wrong("refused", f"allow on a fresh instance: {done.stderr.strip()}")
        self.oracle.guests = False

    # --- what becomes of interfaces; what the kernel refuses has not become ---

    def do_add(self, where, name, _=None, back="0"):
        numbers = self.world.vacated[where]
        self.world.add(where, name, numbers[-int(back)] if 0 < int(back) <= len(numbers) else 0)

    def do_del(self, where, name):
        self.world.at(where).delete(name)

    def do_rename(self, where, name, new):
        self.world.rename(where, name, new)

    def do_swap(self, where, one, other):
        self.world.rename(where, one, "between")
        self.world.rename(where, other, one)
        self.world.rename(where, "between", other)

    def do_move(self, where, name, there, new=None):
        one = self.oracle.find(where, name)
        if FILTERS and one and one.mode == "tc" and self.oracle.trial:
            return  # what that comes to when it lapses is another story
        self.world.move(where, name, there, new)

    def do_altname(self, where, name, verb, altname):
        self.world.at(where).altname(verb, name, altname)

    def do_down(self, where, name):
        self.world.at(where).set_link(name, up=False)

    def do_up(self, where, name):
        self.world.at(where).set_link(name, up=True)

    def do_flap(self, where, name):
        self.do_down(where, name)
        self.do_up(where, name)

    def do_anew(self, where):
        self.world.make_anew(where)

    # --- commands ---

    def command(self, words, start, kill=None):
        """Runs it in the namespace start, killed as told: exit status, None if it was killed."""
        self.began = time.monotonic()
        if kill:
            done = self.world.xdp_killed(*kill, start, *words)
        else:
            done = self.world.xdp(start, *words)
        self.ended = time.monotonic()
        self.said = " ".join(done.stderr.split())
        # a deadline came while it ran: either answer is right
        self.crossed = self.oracle.trial and self.ended > self.oracle.trial.earliest
        if done.returncode not in (0, 1, 2, 3, -9, 137):
            wrong("died", f"{' '.join(words)}: exit {done.returncode}: {self.said}")
        self.answered = None if done.returncode in (-9, 137) else done.returncode
        if self.answered is None:
            self.oracle.may_be_dropped()  # it may have come so far
        return self.answered

    def want(self, status, *allowed):
        """What a command answered must be one of these; if it failed, it did nothing."""
        if status not in allowed and not self.crossed:
            wrong("refused" if status else "done", f"answered {status}: {self.said}")
        if status and not self.crossed:
            self.want_untouched()
        self.oracle.lapsed = False
        self.oracle.settle()

    def want_untouched(self):
        if self.oracle.lapsed:
            return
        located = self.world.locate()
        for mac, (_, link) in self.before.items():
            one = self.oracle.interfaces[mac]
            if one.program != MAYBE and located[mac][1].program != link.program:
                wrong("changed", f"failed, and {one} has another program: {self.said}")

    def on(self, where, start, *words):
        """The words of a command about an interface of where, run in start."""
        netns = () if start == where else ("--netns", where)
        return ("-q", *netns, *words)

    def do_attach(self, where, name, _, start, *words, kill=None):
        words, seconds = split_confirm(words)
        one = self.oracle.find(where, name)
        mode = words[1] if words else "native"
        wrong_mode = one and one.mode and words and one.mode != mode
        before = one and (one.filters, one.program, one.mode, set(one.attached_as))
        wanted = 0 if one and not wrong_mode and not self.oracle.trial else 1
        answered = self.command(self.on(where, start, "attach", name, *words, *confirm(seconds)),
                                start, kill)
        if answered is None and self.oracle.trial and not self.crossed:
            return None  # refused, had it not been killed
        if answered is None:
            return self.adopt(one)
        again = one and one.program == YES
        self.want(answered, *((0, 1) if again and self.oracle.trial else (wanted,)))
        if answered:
            return None
        self.want_program(one, True)
        if again and self.oracle.trial:
            return None
        if not again:  # else nothing changes but, perhaps, its name
            self.oracle.changed()
        else:
            self.oracle.may_be_dropped()
        if FILTERS and not again and not words:
            mode = self.world.locate()[one.mac][1].mode  # what was taken off is put back as it was
        one.attach(name, one.mode if again else mode)
        if seconds and (not again or self.waits(seconds)):
            self.oracle.begin(self.began, self.ended, seconds, lambda: lapsed_attach(one, before))
        return None

    def do_detach(self, where, name, _, start, *words, kill=None):
        _, seconds = split_confirm(words)
        one = self.oracle.find(where, name)
        wanted = 0 if one and one.program == YES and not self.oracle.trial else 1
        answered = self.command(self.on(where, start, "detach", name, *confirm(seconds)), start, kill)
        if answered is None and self.oracle.trial and not self.crossed:
            return None  # refused, had it not been killed
        if answered is None:
            return self.adopt(one)
        # what lapsed or was left by a kill may still be there to detach, and what was taken off
        unsure = one and (one.program == MAYBE or (one.where, one.index) in self.oracle.lost)
        self.want(answered, *((0, 1) if unsure else (wanted,)))
        if not answered:
            self.detached([one], seconds)
        return None

    def do_detach_all(self, _, start, *words, kill=None):
        _, seconds = split_confirm(words)
        there = self.oracle.attached()
        answered = self.command(("-q", "detach", "all", *confirm(seconds)), start, kill)
        if answered is None:
            return self.adopt(*there)
        sure = any(one.program == YES for one in there) and not self.oracle.trial
        self.want(answered, *((0,) if sure else (1,) if self.oracle.trial else (0, 1)))
        if not answered:
            self.detached(there, seconds)
        return None

    def do_detach_gone(self, _, start, kill=None):
        sure = self.oracle.gone_rows is True and not self.oracle.lost
        wanted = (1,) if self.oracle.trial else (0,) if sure else (0, 1)
        answered = self.command(("-q", "detach", "gone"), start, kill)
        if answered is None:
            return
        self.want(answered, *wanted)
        if not answered:
            self.oracle.gone_rows = False

    def want_program(self, one, there):
        """What answered 0 had its effect."""
        if one and (self.world.locate()[one.mac][1].program is not None) != there:
            wrong("no effect", f"answered 0, and {one} has {'no' if there else 'still its'} program")

    def detached(self, those, seconds):
        if not seconds:
            for one in those:
                self.want_program(one, False)
            self.oracle.changed()
            for one in those:
                one.detach()
            return
        before = [(one, one.filters) for one in those if one.program == YES]
        self.oracle.changed()
        for one, _ in before:
            one.filters = False

        def lapse():
            for one, filtered in before:
                one.filters = filtered

        def keep():
            for one, _ in before:
                one.detach()
        if before and self.waits(seconds):
            self.oracle.begin(self.began, self.ended, seconds, lapse, keep)
        else:
            keep()

    def do_guests(self, verb, _, start, *words, kill=None):
        """Lists a second network, or takes it back."""
        _, seconds = split_confirm(words)
        before, after = self.oracle.guests, verb == "allow"
        wanted = (1,) if self.oracle.trial or (not before and not after) else (0,)
        if before == MAYBE or (self.oracle.trial and before == after):
            wanted = (0, 1)
        answered = self.command(("-q", verb, network_of("guest"), "gateway", *confirm(seconds)),
                                start, kill)
        if answered is None:
            self.oracle.guests = MAYBE
            return
        self.want(answered, *wanted)
        if answered or self.oracle.trial:
            return
        if before == after:
            return
        self.oracle.guests = after
        self.oracle.changed()
        if seconds:
            def lapse():
                self.oracle.guests = before
            self.oracle.begin(self.began, self.ended, seconds, lapse)

    def do_confirm(self, _, start, kill=None):
        trial = self.oracle.trial
        answered = self.command(("-q", "confirm"), start, kill)
        if answered is None:
            if trial and not self.waits():
                self.oracle.confirmed()
                self.loosen()
            return
        self.want(answered, 0 if trial else 1)
        if not answered and self.oracle.trial:
            self.oracle.confirmed()

    def do_lapse(self):
        """Nobody confirms in time; a long time is not waited for."""
        if self.oracle.trial and self.oracle.trial.latest - time.monotonic() < 2 * SHORT:
            self.oracle.lapse()

    def do_dev(self, where, name, _, start):
        """A rule for an interface by the name that it has now."""
        one = self.oracle.find(where, name)
        if not one or not one.filters or not one.up or self.oracle.trial:
            return
        source = source_of("here", one.slot)
        self.want(self.command(self.on(where, start, "allow", source, "gateway", "dev", name), start), 0)
        self.oracle.changed()
        arrived = self.world.arrivals({one.slot: one.where}, ("here",))[one.slot]
        if arrived != {("here", port) for port in GATEWAY}:
            wrong("dev", f"{one}: allowed 'dev {name}', and refused there")
        self.want(self.command(("-q", "revoke", source, "gateway"), start), 0)

    def do_check(self, where, name, _, start):
        """What would become of a stranger's packet."""
        one = self.oracle.find(where, name)
        if not one or one.program != YES or not one.up:
            return
        filtered = one.filters
        words = ("check", source_of("stranger", one.slot), "port", "4040", "dev", name)
        answered = self.command(self.on(where, start, *words), start)
        self.want(answered, *((3,) if filtered else (0, 1)))

    def do_purge(self, _, start):
        busy = self.oracle.trial or any(one.program == YES for one in self.oracle.attached())
        left = any(one.program == MAYBE for one in self.oracle.attached())
        answered = self.command(("-q", "purge"), start)
        self.want(answered, *((1,) if busy else (0, 1) if left else (0,)))
        if not answered:
            self.oracle.changed()
            self.set_up()

    def do_killed(self, calls, number, verb, *words):
        """Only where all that it could leave can be seen: by packets, so what is up."""
        if all(one.up for one in self.oracle.interfaces.values()):
            self.method(verb)(*words, kill=(calls, number))

    # --- what a killed command left: its effect or none ---

    def waits(self, seconds=None):
        """Does anything; or has it, for so many seconds, before a slow machine came to ask?"""
        status = json.loads(self.world.xdp(OUTSIDE, "--json", "status").stdout)
        late = seconds and time.monotonic() > self.began + seconds - MARGIN
        return status["confirm_seconds"] is not None or bool(late)

    def adopt(self, *those):
        located = self.world.locate()
        places = {one.slot: one.where for one in self.oracle.interfaces.values() if one.up}
        arrived = self.world.arrivals(places)
        for one in filter(None, those):
            link = located[one.mac][1]
            one.filters = ("stranger", 4040) not in arrived[one.slot]
            one.program = YES if one.filters else MAYBE if link.program else NO
            one.mode = link.mode if one.filters else None
            one.attached_as = set()

    def loosen(self):
        """Of what was being cleared up, anything may be left."""
        for one in self.oracle.interfaces.values():
            if one.program == NO:
                one.program = MAYBE

    def adopt_guests(self, arrived):
        filtering = [one for one in self.oracle.interfaces.values() if one.filters and one.up]
        if self.oracle.guests == MAYBE and filtering:
            self.oracle.guests = any(("guest", 4040) in arrived[one.slot] for one in filtering)

    # --- a step, and a look ---

    def method(self, verb):
        return getattr(self, f"do_{verb.replace('-', '_')}")

    def do(self, step):
        self.oracle.settle(STEP_TIME)
        self.before, self.answered = self.world.locate(), 1
        self.history.append(step)
        verb, *words = step
        try:
            with contextlib.suppress(Refused):
                self.method(verb)(*words)
            self.look()
        finally:
            if self.came_of_it():
                self.effective.append(step)

    def came_of_it(self):
        return self.answered != 1 or self.world.locate() != self.before

    def look(self):
        """Again, if a deadline came while it was looked; and once if a datagram was missing, as a
        busy machine may lose one."""
        missing = False
        while True:
            self.oracle.settle()
            try:
                self.look_once()
                return
            except Wrong as wrong_:
                crossed = self.oracle.trial and time.monotonic() >= self.oracle.trial.earliest
                if not crossed and (missing or wrong_.kind != "shut"):
                    raise
                missing = missing or wrong_.kind == "shut"

    def look_once(self):
        located = self.world.locate()
        self.oracle.see(located)
        places = {one.slot: one.where for one in self.oracle.interfaces.values() if one.up}
        arrived = self.world.arrivals(places)
        self.adopt_guests(arrived)
        self.oracle.judge_packets(arrived)
        self.oracle.judge_links(located)
        # status takes most of a look's time, and what did nothing cannot have changed it
        if self.asks_status and (self.came_of_it() or len(self.history) % 4 == 0):
            self.look_at_status(located)

    def look_at_status(self, located):
        start = (*INSIDE, OUTSIDE)[len(self.history) % 4]
        done = self.world.xdp(start, "--json", "status")
        if done.returncode:
            wrong("refused", f"status: {done.stderr.strip()}")
        self.oracle.judge_status(done.stdout, located, start)


# --- what to do next ------------------------------------------------------------------------

class Drawer:
    """Draws the next step from what is there; a step's draws do not depend on those before."""

    def __init__(self, seed, without):
        self.seed = seed
        self.kinds = {kind: weight for kind, weight in WEIGHTS.items() if kind not in without}

    def next(self, number, oracle):
        self.rng = random.Random(f"{self.seed} {number}")
        self.oracle = oracle
        while True:
            kind = self.rng.choices(list(self.kinds), self.kinds.values())[0]
            words = getattr(self, f"draw_{kind.replace('-', '_')}")()
            if words is not None:
                return (kind, *words)

    def one_of(self, many):
        return self.rng.choice(many) if many else None

    def chance(self, one_in):
        return self.rng.randrange(one_in) == 0

    def place(self):
        return self.one_of(INSIDE)

    def start(self, where=None):
        """Where a command is run: mostly where the interface is."""
        return where if where and not self.chance(3) else self.one_of((*INSIDE, OUTSIDE))

    def there(self, which=lambda one: True):
        """(namespace, name) of one that is there, now and then by another name of its."""
        one = self.one_of([one for one in self.oracle.interfaces.values() if which(one)])
        if not one:
            return None
        return one.where, self.one_of((one.name, one.name, *one.altnames))

    def plain(self, which=lambda one: True):
        one = self.one_of([one for one in self.oracle.interfaces.values() if which(one)])
        return (one.where, one.name) if one else None

    def anything(self):
        """(namespace, name), there or not."""
        return self.place(), self.one_of((*NAMES, *ALTNAMES))

    def trial(self, one_in):
        if not self.chance(one_in):
            return ()
        return confirm(self.one_of((LONG, LONG, SHORT)))

    def draw_add(self):
        if len(self.oracle.interfaces) == SLOTS:
            return None
        number = () if self.chance(2) else ("index", str(self.rng.randint(1, 3)))
        return (self.place(), self.one_of(NAMES), *number)

    def draw_del(self):
        return self.plain()

    def draw_rename(self):
        one = self.plain()
        return one and (*one, self.one_of((*NAMES, *ALTNAMES)))

    def draw_swap(self):
        one = self.plain()
        other = one and self.plain(lambda other: other.where == one[0] and other.name != one[1])
        return other and (*one, other[1])

    def draw_move(self):
        one = self.plain()
        new = (self.one_of(NAMES),) if self.chance(3) else ()
        return one and (*one, self.one_of([name for name in INSIDE if name != one[0]]), *new)

    def draw_altname(self):
        one = self.plain()
        return one and (*one, self.one_of(("add", "add", "del")), self.one_of((*ALTNAMES, *NAMES)))

    def draw_flap(self):
        return self.plain(lambda one: one.up)

    draw_down = draw_flap

    def draw_up(self):
        return self.plain(lambda one: not one.up)

    def draw_anew(self):
        return (self.place(),)

    def draw_attach(self):
        where, name = (not self.chance(8) and self.there()) or self.anything()
        mode = ("mode", self.one_of(MODES)) if self.chance(4) else ()
        return (where, name, "from", self.start(where), *mode, *self.trial(8))

    def draw_detach(self):
        one = not self.chance(4) and self.there(lambda one: one.program == YES)
        where, name = one or self.anything()
        return (where, name, "from", self.start(where), *self.trial(6))

    def draw_detach_all(self):
        return ("from", self.start(), *self.trial(4))

    def draw_detach_gone(self):
        return ("from", self.start())

    draw_purge = draw_detach_gone

    def draw_lapse(self):
        return () if self.oracle.trial else None

    def draw_confirm(self):
        return ("from", self.start()) if self.oracle.trial or self.chance(20) else None

    def draw_guests(self):
        return (self.one_of(("allow", "revoke")), "from", self.start(), *self.trial(4))

    def draw_dev(self):
        one = self.there(lambda one: one.filters)
        return one and (*one, "from", self.start(one[0]))

    draw_check = draw_dev

    def draw_killed(self):
        verb = self.one_of(("attach", "attach", "detach", "detach", "detach-all", "guests", "confirm"))
        words = getattr(self, f"draw_{verb.replace('-', '_')}")()
        if words is None or "confirm" in words:  # what a killed trial left cannot be told
            return None
        calls = self.one_of(list(CALLS))
        return (calls, str(self.rng.randint(1, CALLS[calls])), verb, *words)


WEIGHTS = {
    "add": 14, "del": 4, "rename": 8, "swap": 5, "move": 9, "altname": 5, "flap": 3, "down": 2, "up": 4,
    "anew": 1, "attach": 22, "detach": 8, "detach-all": 1, "detach-gone": 1, "guests": 2, "confirm": 8,
    "lapse": 2, "dev": 2, "check": 2, "purge": 1, "killed": 4,
}


# --- the shortest history -------------------------------------------------------------------

def replay(world, history, asks_status=True):
    """What is wrong after some step of it, None if nothing is; and the steps up to there."""
    walk = Walk(world, asks_status)
    for done, step in enumerate(history):
        try:
            walk.do(step)
        except Wrong as fault:
            return fault, history[:done + 1]
    return None, history


class Shrinker:
    """Leaves steps out for as long as the same kind of thing goes wrong."""

    def __init__(self, world, history, kind):
        self.world = world
        self.history = history
        self.kind = kind
        self.until = time.monotonic() + SHRINK_TIME

    def shows(self, history):
        """Whether this one shows it too; it is then the one to go on with."""
        if len(history) >= len(self.history) or time.monotonic() > self.until:
            return False
        fault, steps = replay(self.world, history, self.kind in ABOUT_STATUS)
        if not fault or fault.kind != self.kind:
            return False
        self.history = steps
        return True

    def shows_end(self, history):
        """As few of the last steps as show it."""
        size = 8
        while not self.shows(history[-size:]) and size < len(history):
            size *= 2

    def leave_out_kinds(self):
        for kind in WEIGHTS:
            self.shows([step for step in self.history if step[0] != kind])

    def leave_out(self, size):
        """So many steps at a time, from behind; whether there were any to leave out."""
        at, found = len(self.history) - size, False
        while at >= 0:
            found |= self.shows(self.history[:at] + self.history[at + size:])
            at = min(at - size, len(self.history) - size)
        return found

    def shrink(self, effective):
        """effective: the steps of which something came."""
        self.shows_end(effective)
        self.leave_out_kinds()
        size = len(self.history) // 2
        while size > 1:
            self.leave_out(size)
            size //= 2
        while self.leave_out(1):
            pass
        return self.history


def tell(world, walk, fault):
    """Prints the shortest history of the same kind."""
    shortest = Shrinker(world, walk.history, fault.kind).shrink(walk.effective)
    again, shortest = replay(world, shortest)
    print(f"# {len(shortest)} of {len(walk.history)} steps show it: {again or 'nothing wrong this time'}")
    for step in shortest:
        print("#  ", *step)
    sys.stdout.flush()


def walk_on(world, args):
    """Number of failures."""
    drawer = Drawer(args.seed, args.without)
    walk, failures = Walk(world), 0
    begun = time.monotonic()
    for number in range(args.steps):
        step = drawer.next(number, walk.oracle)
        if args.verbose:
            print("#", number, *step, flush=True)
        try:
            walk.do(step)
        except Wrong as fault:
            failures += 1
            print(f"FAIL walk (seed {args.seed}, step {number}, {' '.join(step)}: {fault})", flush=True)
            tell(world, walk, fault)
            if not args.keep_going:
                break
            walk = Walk(world)
    took = time.monotonic() - begun
    print(f"# {number + 1} steps, {took:.0f} s, {(number + 1) / took:.1f} a second")
    return failures


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--steps", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--without", type=lambda text: text.split(","), default=[])
    parser.add_argument("--overlook", type=lambda text: text.split(","), default=[])
    parser.add_argument("--keep-going", action="store_true")
    parser.add_argument("--verbose", action="store_true")
    parser.add_argument("--replay")
    args = parser.parse_args()
    OVERLOOKED.update(args.overlook)
    stay_on_one_cpu()
    world = World()
    if args.replay:
        with open(args.replay) as file:
            fault, steps = replay(world, [tuple(line.split()) for line in file if line.strip()])
        print(f"FAIL replay (step {len(steps)}: {fault})" if fault else "PASS replay")
        return 1 if fault else 0
    failures = walk_on(world, args)
    if not failures:
        print(f"PASS walk of {args.steps} steps, seed {args.seed}")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
