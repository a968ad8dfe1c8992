# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Draws the steps of a walk from a seed.

What is drawn depends on where the model believes the walk to be, never on the program or on the
clock, so that a seed is the same walk everywhere.
"""
import random

import settings as st
import world as wd

NETS = {
    4: ["192.0.2.10", "192.0.2.66", "198.51.100.7", "192.0.2.0/24", "192.0.2.0/26",
        "192.0.2.64/26", "192.0.2.8/29", "198.51.100.0/24", "198.51.100.0/29", "10.0.0.1",
        "10.0.0.2", "10.0.0.0/24", "10.0.0.0/8", "0.0.0.0/0", "192.0.0.0/7"],
    6: ["2001:db8::10", "2001:db8::66", "2001:db8:1::7", "2001:db8::/64", "2001:db8::/32",
        "2001:db8::/121", "2001:db8:1::/48", "fd00::1", "::/0", "2000::/3"],
}
DESTS = ["192.0.2.1", "192.0.2.2", "192.0.2.0/30", "2001:db8::1", "2001:db8::2", "2001:db8::/126"]
PEERS = ["acme", "bob", "carrier"]
COMMENTS = ["lab", "NOC 555 0100", 'a "quoted" \\ one', "confirm", "force majeure"]
POLICIES = ["gateway"] * 6 + ["command"] * 3 + ["pcanywhere", "web", "web", "lab"]
CUSTOM = {"web": ["udp 7000", "udp 7000-7001 tcp 7000", "udp 7001"],
          "lab": ["tcp 2222", "udp 7001 tcp 2222", "udp 7100-7101"]}
SOURCES = ["192.0.2.10", "192.0.2.66", "198.51.100.7", "2001:db8::10", "2001:db8::66",
           "2001:db8:1::7"]
PORTS = [4040, 4041, 5001, 22, 7000, 7001]
READERS = [["list"], ["save", "-"], ["status"], ["policies"], ["history"]]
EPOCH = 1_000_000  # when a walk is thought to begin; dates in its files count from there
STEP = 0.15  # seconds that a step is thought to take


class Walk:
    """Steps without end, all of one instance's or of two."""

    def __init__(self, seed, instances=2, only=None, verbs=None):
        self.rng = random.Random(seed)
        self.only, self.verbs = only, verbs
        self.now = float(EPOCH)
        self.full = False
        self.worlds = [wd.World(interfaces=("eth0", "eth2")), wd.World(interfaces=("eth1",))]
        self.instances = instances

    def steps(self):
        while True:
            self.now += STEP
            self.instance = int(self.instances > 1 and self.rng.random() < 0.15)
            self.world = self.worlds[self.instance]
            trial = self.world.trial
            if trial and self.now > trial.high:
                self.world = self.world.lapsed()
            step = self.step()
            self.worlds[self.instance] = self.world
            step["ask"] = [self.rng.choice(SOURCES), self.rng.choice(PORTS),
                           self.rng.randrange(2)]
            yield step

    def pick(self, weights):
        return self.choose(weights, self.only)

    def choose(self, weights, only):
        kinds = [kind for kind in weights if not only or kind in only]
        return self.rng.choices(kinds, [weights[kind] for kind in kinds])[0]

    def chance(self, share):
        return self.rng.random() < share

    def step(self):
        waiting = bool(self.world.trial)
        kind = self.pick({
            "run": 60, "kill": 6, "pause": 45 if waiting else 9, "read": 8, "together": 3,
            "lapse": 25 if waiting else 0.5, "wait": 1.5, "disk": 12 if self.full else 4})
        return getattr(self, kind)()

    # --- steps ------------------------------------------------------------------------------

    def command(self, believe=True):
        words, text = self.words()
        step = {"do": "run", "inst": self.instance, "words": words}
        if text is not None:
            step["text"] = text
        if self.instance == 0 and self.chance(0.15):
            step["ssh"] = 1
        if believe:
            self.believe(step)
        return step

    def believe(self, step):
        when = wd.Moment(self.now, self.now, full=self.full, ssh=bool(step.get("ssh")))
        outcomes = wd.execute(self.world, *concrete(step, self.now, EPOCH, self.world), when)
        self.world = outcomes[0].world

    def run(self):
        return self.command()

    def at(self):
        """A call, counted from where the program is loaded; most are refused early, some are long."""
        return self.rng.randint(1, self.rng.choice((120, 250, 540)))

    def kill(self):
        step = self.command()
        return step | {"do": "kill", "at": self.at()}

    def pause(self):
        lapse = bool(self.world.trial)
        step = self.command(believe=False)
        meanwhile = [self.lapse()] if lapse else []
        if not lapse or self.chance(0.3):
            meanwhile += [self.command() for _ in range(self.rng.randint(1, 2))]
        self.believe(step)
        return step | {"do": "pause", "at": self.at(), "meanwhile": meanwhile}

    def read(self):
        """A reader stands still while everything changes; mostly at what it reads last, the lists."""
        meanwhile = [self.command() for _ in range(self.rng.randint(2, 5))]
        at = self.rng.randint(70, 90) if self.chance(0.7) else self.rng.randint(1, 70)
        return {"do": "pause", "inst": self.instance, "words": self.rng.choice(READERS),
                "at": at, "meanwhile": meanwhile}

    def together(self):
        runs = [self.command() for _ in range(self.rng.randint(2, 4))]
        reads = [{"do": "run", "inst": self.instance, "words": self.rng.choice(READERS)}
                 for _ in range(2)]
        return {"do": "together", "inst": self.instance, "runs": runs + reads}

    def lapse(self):
        if self.world.trial:
            self.world = self.world.lapsed()
        return {"do": "lapse", "inst": self.instance}

    def wait(self):
        self.now += 2
        if self.world.trial and self.now > self.world.trial.high:
            self.world = self.world.lapsed()
        return {"do": "wait", "inst": self.instance}

    def disk(self):
        self.full = not self.full
        return {"do": "disk", "inst": self.instance, "full": self.full}

    # --- words ------------------------------------------------------------------------------

    def words(self):
        world = self.world
        waiting = bool(world.trial)
        verb = self.pick_verb(waiting)
        words, text = getattr(self, "word_" + verb)()
        if verb in ("policy", "custom", "apply", "rollback", "tunnel") and self.chance(0.25):
            words = words + ["force"]
        if verb not in ("save", "confirm", "purge", "wrong") and self.chance(0.14) and (
                "dry-run" not in words):
            words = words + ["confirm", self.rng.choice(["1", "2", "600", "600"])]
        return words, text

    def pick_verb(self, waiting):
        attached = bool(self.world.attached)
        weights = {"allow": 26, "deny": 9, "revoke": 9, "peer": 2, "protect": 5, "unprotect": 3,
                   "policy": 12, "custom": 4, "fragments": 2, "tunnel": 4, "apply": 16,
                   "rollback": 9, "confirm": 1, "save": 4, "attach": 2 if attached else 12,
                   "detach": 3 if attached else 0.5, "purge": 0.3 if attached else 4, "wrong": 2}
        if self.full:
            weights["rollback"] = 30
        if waiting:
            weights |= {"confirm": 60, "rollback": 30}
        return self.choose(weights, self.verbs)

    def policy_word(self, need=None):
        names = [name for name in POLICIES if name in self.world.settings.policies]
        if need:
            names = [name for name in names if need(name)] or names
        if self.chance(0.03):
            return self.rng.choice(["web", "lab", "nix"])
        return self.rng.choice(names)

    def net(self):
        return self.rng.choice(NETS[self.rng.choice((4, 6))])

    def date(self):
        return self.rng.choice(["@+2", "@+3", "@+600", "@+864000", "@+2"])

    def limit(self):
        rate = self.rng.choice(["off", "5000", "5000 burst 700", "100000"])
        return ["rate", *rate.split()]

    def word_allow(self):
        nets = [self.net() for _ in range(self.rng.choice((1, 1, 1, 2, 3)))]
        words = ["allow", ",".join(nets), self.policy_word()]
        attributes = [["peer", self.rng.choice(PEERS)], ["min-ttl", self.rng.choice(
            ["64", "65", "off"])], ["dev", self.rng.choice(["eth0", "eth0", "any", "eth1",
                                                            "eht9"])],
            self.limit(), ["expires", self.date()], ["comment", self.rng.choice(COMMENTS)]]
        for words_of, share in zip(attributes, (0.3, 0.1, 0.15, 0.15, 0.15, 0.2)):
            if self.chance(share):
                words += words_of
        if any(st.network(net).prefixlen < st.WIDE[st.network(net).version] for net in nets) and (
                not self.chance(0.1)):
            words.append("wide")
        return words, None

    def word_deny(self):
        words = ["deny", self.net(), self.policy_word()]
        if self.chance(0.2):
            words += ["expires", self.date()]
        if self.chance(0.3):
            words += ["comment", self.rng.choice(COMMENTS)]
        return words, None

    def word_revoke(self):
        entries = list(self.world.settings.entries)
        if not entries or self.chance(0.08):
            return ["revoke", self.net(), self.policy_word()], None
        policy, net = self.rng.choice(entries)
        return ["revoke", st.written(net), policy], None

    def word_peer(self):
        words = ["revoke", "peer", self.rng.choice(PEERS)]
        return words + ([self.policy_word()] if self.chance(0.3) else []), None

    def word_protect(self):
        if self.chance(0.25):
            return ["protect", "any", self.policy_word()], None
        dests = self.rng.sample(DESTS, self.rng.choice((1, 1, 2)))
        words = ["protect", ",".join(dests), self.policy_word()]
        return words + (self.limit() if self.chance(0.2) else []), None

    def word_unprotect(self):
        dests = list(self.world.settings.dests)
        if not dests or self.chance(0.2):
            return ["unprotect", self.rng.choice(DESTS), self.policy_word()], None
        policy, net = self.rng.choice(dests)
        return ["unprotect", st.written(net), policy], None

    def word_policy(self):
        words = ["policy", self.policy_word()]
        for words_of, share in ((["mode", self.rng.choice(["enforce"] * 5 + [
                "monitor", "open", "closed"])], 0.7), (["elsewhere", self.rng.choice(
                    ["drop", "pass"])], 0.1), (self.limit(), 0.1),
                (["tunnel", self.rng.choice(["required", "optional", "optional"])], 0.2)):
            if self.chance(share):
                words += words_of
        return (words if len(words) > 2 else words + ["mode", "enforce"]), None

    def word_custom(self):
        name = self.rng.choice(list(CUSTOM))
        if name in self.world.settings.policies and self.chance(0.4):
            return ["policy", name, "delete"], None
        words = ["policy", name, *self.rng.choice(CUSTOM[name]).split()]
        if self.chance(0.6):
            words += ["mode", self.rng.choice(["monitor", "open", "enforce"])]
        return words, None

    def word_fragments(self):
        return ["fragments", self.rng.choice(["pass", "pass", "listed", "drop"])], None

    def word_tunnel(self):
        name = self.rng.choice(["eth0", "eth0", "eth1", "wg9"])
        return ["tunnel", name] + (["off"] if name in self.world.settings.tunnels
                                   and self.chance(0.6) else []), None

    def word_rollback(self):
        words = ["rollback"]
        if self.chance(0.2):
            words.append(str(self.rng.randint(1, 4)))
        if self.chance(0.1):
            words.append("dry-run")
        return words, None

    def word_confirm(self):
        return ["confirm"], None

    def word_save(self):
        return ["save"], None

    def word_attach(self):
        name = self.rng.choice(self.world.interfaces) if self.chance(0.95) else "eth9"
        mode = ["mode", self.rng.choice(["native", "generic"])] if self.chance(0.1) else []
        return ["attach", name, *mode], None

    def word_detach(self):
        return ["detach", self.rng.choice([*self.world.interfaces, "all"])], None

    def word_purge(self):
        return ["purge"], None

    def word_wrong(self):
        return self.rng.choice(["allow 300.1.1.1 gateway", "allow 192.0.2.1/24 gateway",
                                "allow ::ffff:192.0.2.1 gateway", "policy gateway mode shut",
                                "deny 192.0.2.1 gateway rate 5", "protect any gateway rate 5",
                                "allow 192.0.2.1 gateway confirm 0", "fragments maybe",
                                "policy gateway delete", "allow 192.0.2.1 gateway min-ttl 256",
                                "allow 192.0.2.1 gateway burst 3"]).split(), None

    # --- files ------------------------------------------------------------------------------

    def word_apply(self):
        kind = self.rng.choices(["whole", "add", "peer", "same"], [10, 3, 2, 1])[0]
        words = ["apply", "-"]
        lines = {"whole": self.whole, "add": self.some, "peer": self.of_peer,
                 "same": lambda: ["@save"]}[kind]()
        self.rng.shuffle(lines)
        if kind == "add":
            words.append("add")
        if kind == "peer":
            words += ["peer", self.peer]
        if self.chance(0.15):
            words.append("dry-run")
        if self.chance(0.03):
            lines.append(self.rng.choice(["attach eth0", "allow 1.2.3.4", "revoke 1.2.3.4 gateway",
                                          "allow 300.1.1.1 gateway", "policy web delete"]))
        text = "".join(f"{line}\n" for line in lines)
        return words, text[:-1] if self.chance(0.02) else text

    def line(self, words):
        return " ".join(st.quoted(word) if " " in word or '"' in word else word for word in words)

    def some(self):
        lines, seen = [], set()
        for _ in range(self.rng.randint(1, 5)):
            words, _ = self.rng.choice([self.word_allow, self.word_allow, self.word_deny,
                                        self.word_protect, self.word_custom, self.word_policy])()
            if words[:2] == ["protect", "any"] or words[-1] == "delete":
                continue
            key = tuple(words[:2]) if words[0] == "policy" else (
                words[0] == "protect", words[1], words[2])
            if key not in seen:
                seen.add(key)
                lines.append(self.line(words))
        return lines

    def whole(self):
        base = self.world.settings
        if self.world.saved and self.chance(0.2):
            base = self.world.saved
        lines = list(base.lines.values())
        change = self.rng.choice(["drop", "drop", "add", "flip", "modes", "fresh"])
        if change == "fresh":
            return self.some()
        if change == "add":
            return lines + self.some()
        if change == "flip":
            return [self.flipped(line) if line.startswith("allow ") else line for line in lines]
        if change == "modes":
            lines = [line for line in lines if not line.startswith("policy gateway ")]
            return lines + [f"policy gateway mode {self.rng.choice(st.MODES)}"]
        kept = self.rng.choice((0.2, 0.5, 0.8))
        return [line for line in lines if line.startswith("policy ") or self.chance(kept)]

    @staticmethod
    def flipped(line):
        words = line.split()
        return f"deny {words[1]} {words[2]}"

    def of_peer(self):
        self.peer = self.rng.choice(PEERS)
        lines = [line for key, line in self.world.settings.lines.items() if key[0] == "source"
                 and self.world.settings.entries[key[1:]].peer == self.peer and self.chance(0.7)]
        if self.chance(0.6):
            lines.append(f"allow {self.net()} {self.policy_word()} peer {self.peer} wide")
        return lines


def concrete(step, now, start, world=None, saved=None):
    """Words and text of a step, as they are typed now in a walk that began at start."""
    def dated(word):
        if word.startswith("@+"):
            return st.date(int(now) + int(word[2:]))
        return st.date(start + st.moment(word) - EPOCH) if word.startswith("1970-") else word

    text = step.get("text")
    if text == "@save\n":
        text = saved if saved is not None else st.text(world.settings)
    elif text is not None:
        text = "\n".join(" ".join(map(dated, line.split(" "))) for line in text.split("\n"))
    return [dated(word) for word in step["words"]], text
