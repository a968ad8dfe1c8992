# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Says what the bench found, to people and to programs."""

import glob
import os
import platform


def read(path):
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read().strip()
    except OSError:
        return ""


def cpu_model():
    for line in read("/proc/cpuinfo").splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.machine()


def mitigations():
    """What slows this kernel down, and what it leaves open."""
    found = []
    for path in sorted(glob.glob("/sys/devices/system/cpu/vulnerabilities/*")):
        state = read(path)
        if state != "Not affected":
            found.append(f"{os.path.basename(path)}: {state}")
    return found


def machine(jit):
    return {
        "cpu": cpu_model(),
        "cores": os.cpu_count(),
        "virtual": "hypervisor" in read("/proc/cpuinfo"),
        "kernel": platform.release(),
        "mitigations": mitigations(),
        "jit": jit,
        "mode": "native XDP on veth; flood and filter on one core; frames of 64 bytes",
        "load": os.getloadavg()[0],
    }


def print_machine(about):
    virtual = " (virtual)" if about["virtual"] else ""
    print(f"machine      {about['cpu']}, {about['cores']} cores{virtual}")
    print(f"kernel       {about['kernel']}, BPF JIT {'on' if about['jit'] else 'off'}")
    print(f"mode         {about['mode']}")
    print("mitigations  " + ("\n             ".join(about["mitigations"]) or "none"))
    if about["load"] > 0.5:
        print(f"             the machine is busy (load {about['load']:.1f}): expect wide spreads")
    print()


def figure(value, unit):
    if value is None:
        return ""
    return f"{value:.2f} ×" if unit.startswith("×") else f"{value:.1f} {unit}"


def describe_list(row, outcome):
    parts = [outcome.entries] if outcome.entries else []
    sources = getattr(row.how, "sources", None)
    if sources:
        parts.append(f"sources {sources.about}")
    if outcome.listed_share is not None:
        parts.append(f"{outcome.listed_share:.4%} of them listed".replace(".0000%", " %"))
    return "; ".join(parts)


def print_row(row, outcome):
    spread = outcome.spread
    between = f"{spread[0]:.2f}–{spread[1]:.2f}" if spread else ""
    marks = [f"{name} {figure(value, row.unit)}"
             for name, value in (("bar", row.bar_of(outcome)), ("goal", row.goal))
             if value is not None]
    print(f"{row.number:>4}  {row.what:<57} {figure(outcome.median, row.unit):>8}  "
          f"{between:<11} {', '.join(marks):<24} {row.verdict(outcome)}".rstrip())
    for note in [describe_list(row, outcome), *outcome.notes]:
        if note:
            print(f"      {note}")
    print(flush=True)


def row_as_data(row, outcome):
    return {
        "row": row.number, "what": row.what, "entries": outcome.entries,
        "sources": getattr(getattr(row.how, "sources", None), "about", None),
        "listed_share": outcome.listed_share, "unit": row.unit, "median": outcome.median,
        "spread": outcome.spread, "samples": outcome.samples, "bar": row.bar_of(outcome),
        "goal": row.goal, "verdict": row.verdict(outcome), "notes": outcome.notes,
    }
