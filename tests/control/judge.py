# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Compares what the program does and shows with the worlds that the model holds possible."""
import functools
import json
import re
from dataclasses import replace

import settings as st
import world as wd


class Disagreement(Exception):
    """kind is what disagrees, in a word: a shorter walk must fail by the same."""

    def __init__(self, kind, why):
        super().__init__(f"{kind}: {why}")
        self.kind = kind


# --- What may be, over time -----------------------------------------------------------------

def at_time(world, began, ended):
    """The worlds that it may have been meanwhile: its trial may lapse by itself."""
    trial = world.trial
    found = []
    if not trial or began <= trial.high:
        found.append(world)
    if trial and ended >= trial.low:
        found.append(world.lapsed())
    return found


def lapses_meanwhile(world, ops):
    trial = world.trial
    return trial and ops and min(op.began for op in ops) <= trial.high and (
        max(op.ended for op in ops) >= trial.low)


def confirmed_in_time(world, left, ops):
    """What a command decided by its one reading of the clock, it does, should it then stand still."""
    confirms = [op for op in left if getattr(op, "words", None) == ["confirm"]]
    lapses = [(op.began, op.ended) for op in ops if not hasattr(op, "words") and not op.reader]
    if world.trial:
        lapses.append((world.trial.low, world.trial.high))
    return world.trial and any(low <= op.ended and op.began <= high
                               for op in confirms for low, high in lapses)


DATE = re.compile(r"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


def moments(settings, began, ended, said=()):
    """Times at which something may be live or expired, by the settings and by what is said."""
    found = [began]
    found += [when for text in said if text for when in map(st.moment, DATE.findall(text))
              if began < when <= ended + wd.EARLY]
    for entry in settings.entries.values():
        if entry.expires and began < entry.expires <= ended + wd.EARLY:
            found.append(entry.expires)
    return sorted(set(found))


def unique(worlds):
    return list(dict.fromkeys(worlds))


# --- One command ----------------------------------------------------------------------------

def kinds_of(warning):
    return {kind for kind, text in wd.KINDS.items() if re.search(text, warning)}


def warned_wrong(outcome, warnings):
    said = set()
    for warning in warnings:
        kinds = kinds_of(warning)
        said |= kinds
        if not kinds & (outcome.may | outcome.must):
            return "warns", f"warns for no reason: {warning}"
    unnamed = [name for name in outcome.names if not re.search(r'["\\]', name)
               and not any(name in warning for warning in warnings)]
    if unnamed:
        return "names", f"does not name the comment {unnamed}"
    missing = sorted(outcome.must - said)
    return (f"no warning {missing[0]}", f"does not warn: {', '.join(missing)}") if missing else None


class Judge:
    """ignore: kinds of disagreement that are not looked at."""

    def __init__(self, ignore=()):
        self.ignore = set(ignore)

    def outcome_wrong(self, outcome, run):
        if run.status != outcome.status:
            return "exit", f"exit {run.status}, not {outcome.status}: {run.err.strip()}"
        if "warnings" not in self.ignore:
            wrong = warned_wrong(outcome, run.warnings)
            if wrong:
                return wrong
        return None

    def after(self, world, op, wrong):
        """Worlds after a command that ran meanwhile; notes in wrong why others are not."""
        run = op.run
        found = []
        for before in at_time(world, run.began, run.ended):
            if op.reader:
                bad = self.view_wrong(before, op.words, run)
                found += [before] if not bad else []
                wrong += [bad] if bad else []
                continue
            for now in moments(before.settings, run.began, run.ended, (*op.words, op.text)):
                when = wd.Moment(now, run.ended, run.began, op.full, op.ssh, op.purged)
                for outcome in wd.execute(before, op.words, op.text, when):
                    bad = self.outcome_wrong(outcome, run)
                    found += [outcome.world] if not bad else []
                    wrong += [bad] if bad else []
        return unique(found)

    def explain(self, worlds, ops):
        """The worlds that some order of what overlapped leads to."""
        if all(op.reader for op in ops) and not any(lapses_meanwhile(world, ops)
                                                    for world in worlds):
            return self.explain_readers(worlds, ops)
        level = {(world, frozenset(range(len(ops)))) for world in worlds}
        done = set()
        while level:
            following, wrong = set(), []
            for world, left in level:
                if not left:
                    done.add(world)
                    continue
                for index in left:
                    op = ops[index]
                    if any(ops[other].ended < op.began for other in left if other != index):
                        continue
                    for after in op.after(self, world, wrong):
                        following.add((after, left - {index}))
                    if confirmed_in_time(world, [ops[other] for other in left], ops):
                        following |= {(after, left - {index})
                                      for after in self.before_confirm(world, op, wrong)}
            level = following
            if not level and not done:
                raise Disagreement(*self.closest(wrong))
        return list(done)

    def before_confirm(self, world, op, wrong):
        """A deadline, and a reader or save behind it, before the end of a confirm that began in time."""
        words = getattr(op, "words", None)
        if not op.reader and words != ["save"]:
            return [] if words else [world]
        return [replace(world, saved=after.saved) for after in op.after(self, world.lapsed(), wrong)]

    def explain_readers(self, worlds, ops):
        """Their order is all one, as nothing changes meanwhile."""
        for op in ops:
            found, wrong = [], []
            for world in worlds:
                found += op.after(self, world, wrong)
            if not found:
                raise Disagreement(*self.closest(wrong))
            worlds = unique(found)
        return worlds

    @staticmethod
    def closest(wrong):
        """What disagrees in the order that explains most; of each kind once."""
        if not wrong:
            return "order", "no order explains it"
        reasons = list(dict.fromkeys(wrong))
        return reasons[0][0], "\n    or: ".join(why for _, why in reasons[:4])

    # --- Readers ----------------------------------------------------------------------------

    def view_wrong(self, world, words, run):
        verb = words[0]
        if verb in self.ignore:
            return None
        if run.status != 0:
            if verb == "save" and not world.exists:
                return None
            return "readers", f"{' '.join(words)}: exit {run.status}: {run.err.strip()}"
        # Worlds that differ in nothing that it shows are judged once.
        key = SHOWN[verb](world)
        if key not in run.judged:
            run.judged[key] = self.view(verb, world, run)
        bad = run.judged[key]
        return (verb, f"{verb} shows {bad}") if bad else None

    def view(self, verb, world, run):
        try:
            return getattr(self, "view_" + verb)(world, run)
        except (ValueError, KeyError, TypeError, st.Wrong, st.Refused) as odd:
            return f"cannot be read ({odd!r}): {run.out[:400]}"

    def view_save(self, world, run):
        told = any("save-trial" in kinds_of(warning) for warning in run.warnings)
        if world.confirmed != world.settings and not told and "warnings" not in self.ignore:
            return "a state while a trial waits, without saying so"
        return lines_differ(world.confirmed, st.parse(run.out))

    def view_list(self, world, run):
        return lines_differ(world.settings, listed(run.out), ("source", "protect"))

    def view_policies(self, world, run):
        return policies_differ(world.settings, items(run.json, "policy"), run.began)

    def view_status(self, world, run):
        status = run.json
        bad = policies_differ(world.settings, status["policies"], run.began)
        if bad:
            return bad
        filters = {one["interface"] for one in status["attached"] if one["filters"] is True}
        if filters != wd.attached_names(world.attached):
            return f"that {sorted(filters)} filter, not {sorted(dict(world.attached))}"
        if status["fragments"] != world.settings.fragments:
            return f"fragments {status['fragments']}, not {world.settings.fragments}"
        if (status["confirm_seconds"] is None) != (world.trial is None):
            return f"confirm_seconds {status['confirm_seconds']}"
        saved = status["saved"]
        if saved["exists"] != (world.saved is not None):
            return f"a saved policy: {saved['exists']}"
        if world.saved and not world.trial and world.exists:
            if (saved["lines_that_differ"] == 0) != (world.saved == world.settings):
                return f"{saved['lines_that_differ']} lines that differ from what is saved"
        return None

    def view_history(self, world, run):
        return history_differs(world.changes, items(run.json, "change"))


SHOWN = {
    "list": lambda world: world.settings,
    "save": lambda world: (world.settings, world.confirmed),
    "policies": lambda world: world.settings,
    "status": lambda world: (world.settings, world.attached, world.trial is None, world.saved,
                             world.exists),
    "history": lambda world: world.changes,
}


def items(answer, key):
    """The objects of a list, which is the answer or a part of it."""
    if isinstance(answer, list):
        return answer
    return next(part for part in answer.values()
                if isinstance(part, list) and all(isinstance(one, dict) and key in one
                                                  for one in part) and part or part == [])


def lines_differ(wanted, got, only=None):
    wanted, got = ({key: line for key, line in one.lines.items()
                    if not only or key[0] in only} for one in (wanted, got))
    if wanted == got:
        return None
    missing = sorted(set(wanted.values()) - set(got.values()))
    extra = sorted(set(got.values()) - set(wanted.values()))
    return f"not {missing[:4]}, but {extra[:4]}"


@functools.lru_cache(64)
def listed(text):
    """list --json as settings."""
    settings = st.Settings()
    for one in entries_of(json.loads(text)):
        key = (one["policy"], st.network(one["prefix"]))
        limit = {"rate": one.get("rate") or 0, "burst": one.get("burst") or 0}
        if one["action"] == "protect":
            settings.dests[key] = st.Dest(**limit)
            continue
        expires = one.get("expires")
        settings.entries[key] = st.Entry(
            one["action"], one.get("peer") or "", one.get("device") or one.get("dev") or "",
            **limit, min_ttl=one.get("min_ttl") or 0,
            expires=st.moment(expires) if expires else 0, comment=one.get("comment") or "")
    return settings


def entries_of(answer):
    if isinstance(answer, list):
        return answer
    return [one for part in answer.values() if isinstance(part, list)
            for one in part if isinstance(one, dict) and "prefix" in one]


def port_numbers(its):
    """"4040,5010-5012", null, or a list of numbers or of ranges."""
    if its is None:
        return frozenset()
    if isinstance(its, str):
        return st.ports(its)
    found = set()
    for one in its:
        first, last = (one["first"], one["last"]) if isinstance(one, dict) else (one, one)
        found |= set(range(first, last + 1))
    return frozenset(found)


def policies_differ(settings, shown, now):
    if {one["policy"] for one in shown} != set(settings.policies):
        return f"policies {[one['policy'] for one in shown]}, not {sorted(settings.policies)}"
    for one in shown:
        name = one["policy"]
        policy = settings.policies[name]
        got = (port_numbers(one["udp"]), port_numbers(one["tcp"]), one["mode"], one["elsewhere"],
               one.get("rate") or 0, one.get("burst") or 0, one["tunnel"], one["rpf"])
        wanted = (policy.udp, policy.tcp, policy.mode, policy.elsewhere, policy.rate,
                  policy.burst, policy.tunnel, policy.rpf)
        if got != wanted:
            return f"{name} {got}, not {wanted}"
        for version in (4, 6):
            bad = counts_differ(settings, name, version, one)
            if bad:
                return bad
    return None


def counts_differ(settings, name, version, shown):
    """What has expired may count or not."""
    for action, key in (("allow", "sources"), ("deny", "denied")):
        entries = settings.of(name, version, action)
        lasting = sum(not entry.expires for entry in entries.values())
        if not lasting <= shown[key][f"ipv{version}"] <= len(entries):
            return f"{name}: {shown[key]} {key}, not {len(entries)} of IPv{version}"
    dests = sum(owner == name and net.version == version for owner, net in settings.dests)
    if shown["destinations"][f"ipv{version}"] != dests:
        return f"{name}: {shown['destinations']} destinations, not {dests} of IPv{version}"
    return None


@functools.lru_cache(1000)
def normal(words):
    """Without what only says how: quotes, force, confirm SECONDS."""
    text = re.sub(r'["\\]', "", " ".join(words))
    text = re.sub(r" confirm [0-9]+$", "", text)
    return re.sub(r" force\b", "", text)


def history_differs(changes, shown):
    numbers = [one["change"] for one in shown]
    # Of those that the model remembers, only one that a full disk had no room for may be missing.
    recorded = sum(one.recorded for one in changes)
    last = numbers[-recorded:] if recorded else []
    if numbers != sorted(set(numbers)) or last and last[-1] - last[0] >= len(changes):
        return f"changes numbered {numbers}"
    if len(shown) < min(50, recorded):
        return f"{len(shown)} changes of {len(changes)}"
    # How many of the changes may be older than the last row looked at; none: older than they.
    older = {len(changes)}
    for one in reversed(shown):
        at = max(older)
        older = set().union(*(before(changes[:count], one) for count in older))
        if not older:
            return (f"'{one['words']}' {one['did']} ({one['state']}), not among "
                    f"{[(normal(change.words), effect_of(change), change.state) for change in changes[:at][-3:]]}")
    if len(shown) < 50 and all(any(one.recorded for one in changes[:count]) for count in older):
        return f"no '{normal(changes[min(older) - 1].words)}'"
    return None


def before(changes, shown):
    """How many changes may be older than that row: those not recorded may have none."""
    found = set()
    for count in range(len(changes) - 1, -1, -1):
        if change_fits(changes[count], shown):
            found.add(count)
        if changes[count].recorded:
            return found
    return found | {0}


def change_fits(change, shown):
    if not change.recorded and not shown["did"]:
        return True  # it says that it does not know
    return (normal(tuple(shown["words"].split())) == normal(change.words)
            and shown["state"] == change.state and did_fits(change, shown["did"]))


@functools.lru_cache(1000)
def effect_of(change, part="entries"):
    """{policy: (added, removed, changed)} of policies that were there before and after."""
    found = {}
    old, new = (getattr(one, part) for one in (change.before, change.after))
    lasting = set(change.before.policies) & set(change.after.policies)
    for key in set(old) | set(new):
        if key[0] in lasting and old.get(key) != new.get(key):
            index = 0 if key not in old else 1 if key not in new else 2
            found.setdefault(key[0], [0, 0, 0])[index] += 1
    return {name: tuple(counts) for name, counts in found.items()}


COUNTS = r"\+(\d+) -(\d+) ~(\d+)"


@functools.lru_cache(1000)
def did_fits(change, did):
    """Policies with what became of their entries and of their destinations."""
    lasting = set(change.before.policies) & set(change.after.policies)
    shown = {"entries": {}, "dests": {}}
    for part in did.split(", "):
        name = part.split(" ")[0]
        for what, mark in (("dests", "protect " + COUNTS), ("entries", COUNTS)):
            found = re.search(mark, part)
            if found and name in lasting:
                shown[what][name] = tuple(map(int, found.groups()))
            part = re.sub(mark, "", part)
    if did.endswith("..."):  # cut: the last of it may be half a word
        return all(shown[part].items() <= effect_of(change, part).items() for part in shown)
    return all(shown[part] == effect_of(change, part) for part in shown)


# --- Packets --------------------------------------------------------------------------------

def packets_wrong(world, dev, cable, arrived, began, ended):
    settings = world.settings
    judged = dev in wd.attached_names(world.attached)
    times = moments(settings, began, ended)
    for source in cable.senders:
        for dest in cable.dests:
            if (":" in source) != (":" in dest):
                continue
            for port in cable.ports:
                got = (source, dest, port) in arrived
                if not judged:
                    wanted = {True: "nothing attached"}
                else:
                    wanted = {passes: reason for reason, _, passes in (
                        st.verdict(settings, "udp", source, dest, port, dev, now)
                        for now in times)}
                if got not in wanted:
                    return (f"{source} to {dest} port {port} is "
                            f"{'in' if got else 'out'}, not {wanted}")
    return None


def check_wrong(world, dev, source, dest, port, run):
    if dev not in wd.attached_names(world.attached):
        return f"exit {run.status} where nothing is attached" if run.status == 3 else None
    wanted = set()
    for now in moments(world.settings, run.began, run.ended):
        reason, policy, passes = st.verdict(world.settings, "udp", source, dest, port, dev, now)
        wanted.add((reason, 0 if passes else 3))
    try:
        answer = run.json
    except ValueError:
        return f"exit {run.status}: {run.out} {run.err}"
    if (answer.get("reason"), run.status) not in wanted:
        return f"{answer.get('reason')}, exit {run.status}, not {wanted}"
    return None
