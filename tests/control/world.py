# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""What a command makes of an instance: its changes, trials, history, guards and warnings.

A World is one state that the instance may be in.  Where the contract leaves a choice, or a kill or
a moment makes one, there are several outcomes; what is seen of the program then decides.
"""
import ipaddress
from dataclasses import dataclass, field, replace

import settings as st

EARLY = 1.2   # seconds by which an expiry may err; it errs early
SSH_PORT = 2222
HERE = ("eth0", "eth1", "eth2")  # what interfaces there are
KEPT = 60  # changes that history may still show
OPEN = {"too-far"}


def hashed_once(cls):
    compute = cls.__hash__

    def remembered(self):
        known = self.__dict__.get("hash")
        if known is None:
            known = self.__dict__["hash"] = compute(self)
        return known
    cls.__hash__ = remembered
    return cls


@hashed_once
@dataclass(frozen=True)
class Change:
    words: tuple
    kind: str              # "settings", "link"
    before: st.Settings
    after: st.Settings
    state: str = "done"    # trial, done, lapsed, undone
    recorded: bool = True  # False: history need not know it, rollback may refuse


@dataclass(frozen=True)
class Trial:
    low: float             # its deadline is between
    high: float
    settings: st.Settings  # what is in force again past it
    attached: tuple


@hashed_once
@dataclass(frozen=True)
class World:
    exists: bool = False
    settings: st.Settings = field(default_factory=st.Settings)
    attached: tuple = ()   # ((interface, mode), ...): these filter
    ghosts: tuple = ()     # a lapsed attach may leave a program that passes everything
    trial: Trial = None
    changes: tuple = ()
    saved: st.Settings = None
    copied: bool = True    # the copy in /var/lib is as recent as the state
    interfaces: tuple = ("eth0", "eth2")  # it may attach these

    @property
    def confirmed(self):
        return self.trial.settings if self.trial else self.settings

    def lapsed(self):
        """The deadline of the trial has passed."""
        trial = self.trial
        ghosts = tuple(set(dict(self.attached)) - set(dict(trial.attached)))
        return replace(self, settings=trial.settings, attached=trial.attached, trial=None,
                       ghosts=self.ghosts + ghosts, changes=self.ended("lapsed"))

    def ended(self, state):
        return self.changes[:-1] + (replace(self.changes[-1], state=state),)


@dataclass(frozen=True)
class Outcome:
    world: World
    status: int
    must: frozenset = frozenset()  # kinds of warnings
    may: frozenset = frozenset()
    names: frozenset = frozenset()  # comments that a warning names


@dataclass(frozen=True)
class Moment:
    """When and where a command is carried out."""
    now: float          # for what expires
    end: float = 0.0    # when it has ended, at the latest
    begin: float = 0.0  # when it began, if not now
    full: bool = False  # /var/lib has no room
    ssh: bool = False   # typed over an SSH connection to SSH_PORT
    purged: bool = False  # a purge ran beside it


def attached_names(attached):
    return {name for name, _ in attached}


# --- Guards and warnings --------------------------------------------------------------------

def guards_ports(settings, proto, port):
    return {name for name, policy in settings.policies.items()
            if policy.mode in ("enforce", "closed") and port in getattr(policy, proto)}


def lacks_tunnel(settings, attached, name):
    policy = settings.policies.get(name)
    return bool(policy and policy.tunnel == "required" and attached
                and policy.mode in ("enforce", "monitor", "closed")
                and not settings.tunnels & attached_names(attached))


class Effect:
    """What one step from old to new rules means to packets: who must be told, what needs force."""

    def __init__(self, old, new, door, when):
        (self.old, self.old_attached), (self.new, self.attached) = old, new
        self.door, self.when = door, when
        self.must, self.may = set(), set()
        self.names = set()  # comments that a warning names
        self.refuse, self.perhaps = set(), set()
        self.felt = bool(self.attached)
        for name in self.new.policies:
            self.judge_mode(name)
            self.judge_tunnel(name)
            self.judge_dests(name)
            self.judge_list(name)
        self.judge_gone()
        self.judge_ssh()
        self.judge_references()
        self.judge_entries()
        if self.new.fragments != "pass" and self.new.fragments != self.old.fragments:
            self.tell("fragments")

    def tell(self, kind, certain=True):
        certain = certain and kind not in OPEN
        (self.must if certain and self.felt else self.may).add(kind)

    def guard(self, kind, certain=True):
        if self.felt:
            (self.refuse if certain else self.perhaps).add(kind)
        self.may.add(kind)

    def opening(self):
        """A door through which all that is there comes into force."""
        return self.door == "attach" and len(self.attached) > len(self.old_attached)

    def live(self, settings, name):
        return settings.sources(name, self.when.now)

    def limits_rate(self):
        new = self.new
        return any(one.rate for part in (new.policies, new.entries, new.dests)
                   for one in part.values())

    def judge_mode(self, name):
        new, old = self.new.policies[name].mode, self.old.policies.get(name)
        was = old.mode if old else None
        if self.opening():
            if new == "enforce" and not self.live(self.new, name):
                self.must.add("nobody")
            self.may |= {"closed", "open", "monitor", "veth"}
            if (self.limits_rate() and "generic" in
                    dict(set(self.attached) - set(self.old_attached)).values()):
                self.must.add("merged")
        if new == "closed" and self.live(self.new, name):
            self.may.add("closed")  # said each time
        if new == was:
            return
        nobody = not self.new.of(name, action="allow")
        if new == "enforce" and not self.live(self.new, name) and self.door != "attach":
            self.guard("nobody", nobody and was != "closed" and (
                self.door == "typed" or "nobody-door" not in OPEN))
            self.may.add("last-source")
        elif new in ("monitor", "open"):
            self.tell(new, was == "enforce")
            if was in ("enforce", "closed") and self.door == "apply":
                self.guard("leaves", was == "enforce")
        elif new == "closed":
            self.tell("closed", bool(self.live(self.new, name)))

    def judge_tunnel(self, name):
        policy = self.new.policies[name]
        if policy.tunnel == "required" and not self.new.tunnels:
            self.may.add("no-tunnel")
        if not lacks_tunnel(self.new, self.attached, name):
            return
        self.may |= {"no-tunnel", "tunnel-lost"}
        old = self.old.policies.get(name)
        if not lacks_tunnel(self.old, self.old_attached, name) or old.mode == "monitor":
            self.lose_tunnel(name, old.mode if old else "open")

    def lose_tunnel(self, name, was):
        """Felt only if somebody came in before, and would after it by a tunnel."""
        felt = self.new.policies[name].mode == "enforce" and bool(self.live(self.new, name))
        if self.door == "attach":  # a boot attaches one after the other
            self.tell("tunnel-lost", felt)
        elif self.door != "detach" and felt and (
                was in ("open", "monitor") or was == "enforce" and self.live(self.old, name)):
            self.guard("tunnel-lost")

    def judge_dests(self, name):
        had = [key for key in self.old.dests if key[0] == name]
        has = [key for key in self.new.dests if key[0] == name]
        policy = self.new.policies[name]
        if has and not had:
            self.tell("protect-pass" if policy.elsewhere == "pass" else "first-protect",
                      policy.mode == "enforce" and self.door == "typed")
            self.may.add("protect-pass")
        if has and policy.elsewhere == "pass":
            self.may |= {"protect-pass", "first-protect"}

    def judge_list(self, name):
        if name not in self.old.policies:
            return
        had, has = self.live(self.old, name), self.live(self.new, name)
        listed = (set(self.old.of(name, action="allow")), set(self.new.of(name, action="allow")))
        mode, was = self.new.policies[name].mode, self.old.policies[name].mode
        if (had and not has) or (listed[0] and not listed[1]):
            self.tell("last-source", bool(had) and mode == "enforce" == was)
            self.may |= {"nobody", "last-source"}
        if self.door not in ("apply", "rollback") or not listed[0]:
            return
        sure = mode == was == "enforce" and self.door == "apply" and listed[0] == had
        if not has or not listed[1]:
            self.guard("empties", sure and not listed[1])
        elif 2 * len(listed[1]) < len(listed[0]):
            self.guard("halves", sure)
        elif 2 * len(listed[0] & listed[1]) <= len(listed[0]):
            self.guard("halves", False)

    def judge_gone(self):
        for name in set(self.old.policies) - set(self.new.policies):
            self.tell("open", self.old.policies[name].mode in ("enforce", "closed"))
            if self.door == "apply":
                self.guard("leaves", self.old.policies[name].mode == "enforce")
            self.may |= {"open", "last-source"}

    def judge_ssh(self):
        new, old = (guards_ports(one, "tcp", SSH_PORT) for one in (self.new, self.old))
        fresh = new if not self.old_attached or self.opening() else new - old
        if self.when.ssh and fresh and old and self.old_attached:
            self.guard("ssh", False)  # it may come in through the interface that is new
        elif self.when.ssh and fresh:
            name = next(iter(fresh))
            admitted = self.live(self.new, name) or any(n == name for n, _ in self.new.dests)
            self.guard("ssh", not admitted and "eth0" in attached_names(self.attached))

    def judge_references(self):
        """A dev or tunnel of an interface that is not attached, or not there."""
        there = attached_names(self.attached)
        old, new = ({entry.dev for entry in one.entries.values() if entry.dev} | one.tunnels
                    for one in (self.old, self.new))
        if new - there:
            self.may.add("nowhere")
        if self.door not in ("typed", "apply", "rollback"):
            return
        named = {entry.dev for key, entry in self.new.entries.items()
                 if entry.dev and self.old.entries.get(key, st.Entry()).dev != entry.dev}
        named |= self.new.tunnels - self.old.tunnels
        lost = {name for name in named - there if self.felt or name not in HERE}
        if lost:
            (self.may if "nowhere" in OPEN else self.must).add("nowhere")

    def judge_entries(self):
        if self.door != "typed" and any(one.action == "deny" for one in self.new.entries.values()):
            self.may.add("over-deny")  # a whole file is looked at, or what is new of it
        if any(one.expires for one in self.new.entries.values()):
            self.may.add("expires-under")  # so it is of a line that says it again
        changed = {key for key in set(self.old.entries) | set(self.new.entries)
                   if self.old.entries.get(key) != self.new.entries.get(key)}
        for policy, net in changed:
            if policy in self.new.policies:
                self.judge_entry(policy, net)
        if self.door == "typed" and any(
                entry.action == "allow" and self.denies_near(policy, net)
                for (policy, net), entry in self.new.entries.items()):
            self.may.add("over-deny")  # said again of what is there: warned of each time

    def denies_near(self, policy, net):
        return any(net.subnet_of(other) or other.subnet_of(net)
                   for other in self.new.of(policy, net.version, "deny"))

    def judge_entry(self, policy, net):
        entry, was = (one.entries.get((policy, net)) for one in (self.new, self.old))
        now = self.when.now
        others = self.new.copy()
        others.entries.pop((policy, net), None)
        around = st.covering(others, policy, net, now)
        typed = self.door == "typed"
        if not entry:
            if around and around[1].action == "allow" and not around[1].expired(now):
                # A deny that is taken back admits on purpose.
                self.tell("still-admits", typed and was.action == "allow")
            return
        if entry.action == "allow":
            denied = (was if was and was.action == "deny" and not was.expired(now) else
                      around[1] if around and around[1].action == "deny" else None)
            # It may be over before it is in force, and admit nobody.
            over = entry.expires and entry.expires <= self.when.end + EARLY
            if denied and typed and not over:  # whether or not anything is attached
                self.must.add("over-deny")
                self.names.add(denied.comment)
            elif denied or was and was.action == "deny" or self.denies_near(policy, net):
                self.may.add("over-deny")
            if entry.expires and around and around[1].action == "allow":
                fresh = not was or was.expires != entry.expires
                self.tell("expires-under",
                          typed and fresh and not over and not around[1].expired(now))
                self.may.add("expires-under")
            if self.new.policies[policy].mode == "closed":
                self.may.add("closed")
            if entry.expired(now):
                self.may.add("past")


# --- Verbs ----------------------------------------------------------------------------------

def tail(words):
    """(words, seconds to confirm or None, force, dry-run) of what may end a changing verb."""
    words, seconds = list(words), None
    if len(words) > 2 and words[-2] == "confirm" and words[-1].isdigit():
        seconds = int(words[-1])
        words = words[:-2]
    flags = {}
    for flag in ("force", "dry-run"):
        flags[flag] = flag in words[1:]
        words = [word for word in words if word != flag]
    return words, seconds, flags["force"], flags["dry-run"]


def refused(world, status=1):
    return [Outcome(world, status)]


def commit(world, new, kind, words, seconds, when):
    """The world with new = (settings, attached) in force."""
    trial = None
    if seconds:
        trial = Trial((when.begin or when.now) + seconds - 0.1, when.end + seconds + 0.1,
                      world.settings, world.attached)
    settings, attached = new
    change = Change(tuple(words), kind, world.settings, settings, "trial" if trial else "done",
                    not when.full)
    # Who attaches or detaches writes no copy.
    copied = not when.full and (world.copied or not trial and kind == "settings")
    return replace(world, exists=True, settings=settings, attached=attached, trial=trial,
                   ghosts=(), changes=(world.changes + (change,))[-KEPT:], copied=copied)


def change(world, new, door, words, seconds, force, when, kind="settings", perhaps=False):
    """What may become of a change to new = (settings, attached)."""
    effect = Effect((world.settings, world.attached), new, door, when)
    must = frozenset(effect.must)
    may = frozenset(effect.may | effect.must | ({"waived"} if force else set()))
    if new == (world.settings, world.attached):
        may |= {"nothing"}
        same = [Outcome(world, 0, frozenset(), may)]
        if not world.exists:
            same.append(Outcome(replace(world, exists=True), 0, frozenset(), may))
        return same
    result = []
    if not (effect.refuse and not force):
        if force and effect.refuse and door == "apply":
            # That nobody is listed is named in its own words.
            must |= {"waived"} if effect.refuse - {"nobody"} else {"nobody"}
        full = when.full and kind == "settings"
        done = commit(world, new, kind, words, seconds, when)
        names = frozenset(effect.names)
        result.append(Outcome(done, 0, must | ({"copy"} if full else set()), may | {"copy"}, names))
        if full:
            # What it takes off the disk first, as what a killed one left, may be room
            # enough; then nothing is amiss with what it wrote.
            room = commit(world, new, kind, words, seconds, replace(when, full=False))
            result.append(Outcome(room, 0, must, may, names))
    if not force and (effect.refuse or effect.perhaps) or perhaps:
        result.append(Outcome(world, 1, frozenset(), may))
    return result


def set_by_words(world, words, seconds, force, when):
    found = []
    try:
        for carry in (False, True):
            new = st.typed(world.settings, words, when.now, carry)
            if not found or new != found[-1]:
                found.append(new)
    except st.Refused:
        return refused(world)
    return [outcome for new in found for outcome in change(
        world, (new, world.attached), "typed", words, seconds, force, when)]


def apply(world, words, text, seconds, force, dry, when):
    old = world.settings
    rest = words[2:]
    try:
        if rest == ["add"]:
            new = st.merge(old, text, alone="add-alone" in OPEN)
        elif rest[:1] == ["peer"]:
            new = st.for_peer(old, text, rest[1], "add-alone" in OPEN)
        else:
            new = st.parse(text)
    except st.Refused:
        # What stands in a bad file is warned of as well.
        return [Outcome(world, 1, frozenset(), frozenset({"past"}))]
    past = {"past"} if any(entry.expired(when.now) for entry in new.entries.values()) else set()
    if dry:
        effect = Effect((old, world.attached), (new, world.attached), "apply", when)
        waived = {"waived"} if force else set()
        return [Outcome(world, 0, frozenset(),
                        frozenset(effect.may | effect.must | past | waived))]
    result = change(world, (new, world.attached), "apply", words, seconds, force, when)
    lost = unsaved_lost(world, new)
    if lost and world.attached and not force:
        if lost == "certain" and rest[:1] != ["peer"]:  # a peer's lines are made the file's
            result = [one for one in result if one.status or one.world == world]
        effect = Effect((old, world.attached), (new, world.attached), "apply", when)
        result.append(Outcome(world, 1, frozenset(), frozenset(effect.may | effect.must)))
    return [replace(one, may=one.may | past | {"waived"}) for one in result]


def unsaved_lost(world, new):
    """Whether settings made since the last save would be lost: no, perhaps, certain."""
    saved = world.saved.lines if world.saved else {}
    lost = None
    for key, line in world.settings.lines.items():
        if saved.get(key) == line or new.lines.get(key) == line:
            continue
        if key[0] == "source" and key not in new.lines and key not in saved:
            return "certain"
        lost = "perhaps"
    return lost


def last_settings_change(changes):
    for index in range(len(changes) - 1, -1, -1):
        if changes[index].kind == "settings" and changes[index].state == "done":
            return index
    return None


def rollback(world, words, seconds, force, dry, when):
    steps = int(words[1]) if len(words) > 1 else 1
    # One that was given up while it waited has been undone, and is no more in the way.
    changes = tuple(one for one in world.changes
                    if one.kind != "settings" or one.state != "undone")
    last = changes[-steps:]
    index = last_settings_change(changes)
    if index is None or (len(changes) < steps and not force and "too-far" not in OPEN):
        return refused(world)
    plain = all(one.kind == "settings" and one.state == "done" for one in last)
    targets = []
    if plain and (len(last) == steps or "too-far" in OPEN):
        targets.append(last[0].before)
    if not plain and steps == 1 and force:
        targets.append(changes[index].before)
    if not plain and steps > 1:
        targets += several_back(changes, steps)
    done = [one for one in changes if one.kind == "settings" and one.state == "done"]
    known = all(one.recorded for one in (*last, *done[-steps:]))
    if not known and force:
        # to the last state that is on record; even a full disk may have had room for one
        targets += dict.fromkeys(state for one in changes if one.kind == "settings"
                                 for state in ((one.after, one.before) if one.state == "done"
                                               else (one.before,))
                                 if state not in targets)
    sure = len(last) == steps and known and (plain or (steps == 1 and force)) and steps <= 10
    result = [] if sure and targets else refused(world)
    told = frozenset({"undoes"})  # it says what it undoes
    for target in targets:
        new = (target, world.attached)
        if dry:
            effect = Effect((world.settings, world.attached), new, "rollback", when)
            waived = {"waived"} if force else set()
            result.append(Outcome(world, 0, told, frozenset(effect.may | effect.must | waived)))
        else:
            result += [replace(one, must=one.must | told) if one.world.changes != world.changes else one
                       for one in change(world, new, "rollback", words, seconds, force, when)]
            if target == world.settings:
                result += refused(world)
    return [replace(one, may=one.may | {"undoes"}) for one in result]


def several_back(changes, steps):
    """Where N changes back may lead when some of them are no changes of settings."""
    done = [one for one in changes if one.kind == "settings" and one.state == "done"]
    found = [done[-steps].before] if len(done) >= steps else []
    return found + ([changes[-steps].before] if len(changes) >= steps else [])


def attach(world, words, seconds, force, when):
    name = words[1]
    mode = words[3] if len(words) > 3 else None
    if name not in world.interfaces:
        return refused(world)
    attached = dict(world.attached)
    if attached.get(name) and mode not in (None, attached[name]):
        return refused(world)
    attached.setdefault(name, mode or "native")
    new = (world.settings, tuple(sorted(attached.items())))
    # It may have begun on what was purged before it was done, and says so.
    torn = refused(world) if when.purged else []
    if new[1] == world.attached:
        effect = Effect((world.settings, ()), new, "attach", when)
        return torn + [Outcome(replace(world, ghosts=()), 0, frozenset(),
                               frozenset(effect.may | effect.must | {"copy", "nothing"}))]
    return torn + change(world, new, "attach", words, seconds, force, when, "link")


def detach(world, words, seconds, when):
    name = words[1]
    gone = attached_names(world.attached) & ({name} if name != "all" else set(HERE))
    ghost = world.ghosts and (name == "all" or name in world.ghosts)
    if not gone:
        mended = [Outcome(replace(world, ghosts=()), 0, frozenset(), frozenset({"copy"}))]
        return refused(world) + (mended if ghost else [])
    attached = tuple(one for one in world.attached if one[0] not in gone)
    return change(world, (world.settings, attached), "detach", words, seconds, True, when, "link")


def purge(world, words, when):
    if world.attached or not world.exists:
        return refused(world)
    empty = st.Settings()
    done = commit(world, (empty, ()), "settings", words, None, when)
    if world.settings == empty:  # it takes nothing away that anybody set: no change
        done = replace(done, changes=world.changes)
    done = replace(done, exists=False, copied=False)  # it leaves the copy as it was
    copy = {"copy"} if when.full else set()
    result = [Outcome(done, 0, frozenset(), frozenset(copy))]
    if world.ghosts:
        result += refused(world)
    return result


def save(world, when):
    if not world.exists:
        return refused(world)
    told = frozenset({"save-trial"}) if world.trial else frozenset()
    # An attach or detach on trial leaves the settings as they are: nothing is held back.
    must = told if world.confirmed != world.settings else frozenset()
    return [Outcome(replace(world, saved=world.confirmed), 0, must, told)]


def confirm(world, when):
    if not world.trial:
        return refused(world)
    # An attach or detach that is kept writes no copy, as one without a trial does not.
    copied = not when.full and (world.copied or world.changes[-1].kind == "settings")
    done = replace(world, trial=None, changes=world.ended("done"), copied=copied)
    if when.full:
        done = replace(done, changes=done.changes[:-1] + (replace(done.changes[-1],
                                                                  recorded=False),))
    return [Outcome(done, 0, frozenset(), frozenset({"copy"}))]


def give_up(world, when):
    """rollback while a trial waits."""
    ended = world.lapsed()
    ended = replace(ended, changes=world.ended("undone"), ghosts=())
    return [Outcome(ended, 0, frozenset(), frozenset({"copy"}))]


WORDS_ALONE = {"attach": 1, "detach": 1, "purge": 0, "confirm": 0, "save": 0}


def execute(world, words, text, when):
    """All that the program may make of these words at that moment."""
    outcomes = carry_out(world, words, text, when)
    if when.full or not world.copied:  # whoever mends an earlier change says it as well
        outcomes = [replace(one, may=one.may | {"copy"}) for one in outcomes]
    return outcomes


def carry_out(world, words, text, when):
    verb = words[0]
    words, seconds, force, dry = tail(words)
    if seconds is not None and not 1 <= seconds <= 86400:
        return refused(world, 2)
    if verb in st.SETTINGS or verb in st.TAKING_BACK:
        try:
            st.typed(world.settings, words, when.now)
        except st.Wrong as bad:
            return [Outcome(world, status) for status in ((1, 2) if "past" in str(bad) else (2,))]
        except st.Refused:
            pass
    if verb == "save":
        return save(world, when)
    if verb == "confirm":
        return confirm(world, when)
    if world.trial:
        return waiting(world, verb, words, text, seconds, force, dry, when)
    if verb == "apply":
        return apply(world, words, text, seconds, force, dry, when)
    if verb == "rollback":
        return rollback(world, words, seconds, force, dry, when)
    if verb == "attach":
        return attach(world, words, seconds, force, when)
    if verb == "detach":
        return detach(world, words, seconds, when)
    if verb == "purge":
        return purge(world, words, when)
    return set_by_words(world, words, seconds, force, when)


def waiting(world, verb, words, text, seconds, force, dry, when):
    """While a trial waits, it is confirmed or given up; nothing else changes anything."""
    if verb == "rollback" and not dry and words == ["rollback"] and not seconds:
        return give_up(world, when)
    anything = frozenset(KINDS)
    same = [Outcome(world, 1, frozenset(), anything)]
    if dry:
        same.append(Outcome(world, 0, frozenset(), anything))
    free = replace(world, trial=None)
    if any(one.status == 0 and one.world.settings == world.settings
           and one.world.attached == world.attached
           for one in execute(free, words + ["force"] * force, text, when)):
        same.append(Outcome(world, 0, frozenset(), anything))
    return same


def killed(world, words, text, when):
    """What a command may leave that was killed: all of it, or nothing."""
    found = [world]
    for outcome in execute(world, words, text, when):
        after = outcome.world
        if after == world:
            continue
        found.append(replace(after, copied=False))
        if after.changes != world.changes:
            last = replace(after.changes[-1], recorded=False)
            found.append(replace(after, changes=after.changes[:-1] + (last,), copied=False))
    return found


# Kinds of warnings, by what they say.
KINDS = {
    "nobody": "lists nobody( now)?: its ports (are now|are) closed",
    "last-source": "lists nobody now|would lose all its",
    "first-protect": "all other destinations, everything for its ports",
    "protect-pass": "all other destinations are no longer guarded",
    "monitor": "monitor: what it would drop|no longer be enforced",
    "open": "ports are no longer guarded|no longer be enforced",
    "still-admits": "still admits",
    "expires-under": "once .*expires",
    "no-tunnel": "demands a tunnel, and no interface is named",
    "tunnel-lost": "loses? (its|their) way in|(has|have) no way in",
    "fragments": "^fragments ",
    "past": "expired already",
    "copy": "the copy|cannot be (written|kept)|No space left",
    "nowhere": "not attached|no such interface|is not there|points nowhere",
    "closed": "closed.*(listed|source)|(listed|source).*closed",
    "undoes": "(undo(es)?|brings? back) change [0-9]+",
    "veth": "is a veth",
    "nothing": "there is nothing to confirm",
    "over-deny": r"\bden(y|ied|ies)\b",
    "save-trial": "trial|confirm",
    "waived": "^forced: ",
    "merged": "many datagrams may be one packet",
    "ssh": "TCP port 2222",
    "leaves": "would no longer be enforced|no longer enforced",
    "empties": "lose all its|loses all its",
    "halves": "of its .* sources",
}
