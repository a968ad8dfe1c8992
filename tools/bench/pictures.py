# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Draws the surveys with gnuplot, as SVG and PNG."""

import math
import os
import subprocess

OURS, OURS_TOO, OURS_THREE = "#0b6e4f", "#3fa37c", "#8ccfb0"
THEIRS, THEIRS_LIGHT = "#c8553d", "#e8b0a2"
INK, FAINT = "#333333", "#dddddd"
DARK, PALE = "#555555", "#bbbbbb"

FRAME = f"""
set encoding utf8
set border 3 lc rgb "{INK}" lw 1
set tics nomirror tc rgb "{INK}"
set grid ytics lc rgb "{FAINT}" lw 1 lt 1
set title font ",15" tc rgb "{INK}"
set xlabel tc rgb "{INK}"
set ylabel tc rgb "{INK}"
"""

SIZES = FRAME + """
set title "Refusing a flood: what a longer list costs" offset 0,0.6
set label 1 "{subtitle}" at graph 0.5,1.035 center font ",10" tc rgb "#777777"
set xlabel "hosts on the list"
set ylabel "packets refused a second, an empty program = 1"
set logscale x
set xrange [0.8:1300000]
set yrange [0:1.1]
set ytics 0.2
set xtics ("1" 1, "10" 10, "100" 100, "1000" 1000, "10 k" 1e4, "100 k" 1e5, "1 M" 1e6)
set lmargin 9
set rmargin 27
set bmargin 4.5
set tmargin 4.5
unset key
set arrow from 0.8,1 to 1300000,1 nohead dt (6,4) lc rgb "{ink}" lw 1.2
{labels}
plot {curves}
"""

PEERS = FRAME + """
set title "Refusing a flood: the peers" offset 0,0.6
set label 1 "{subtitle}" at graph 0.5,1.035 center font ",10" tc rgb "#777777"
set xlabel "packets refused a second, an empty program = 1"
set xrange [0:1.1]
set yrange [{bottom}:0.6]
set xtics 0.2
unset ytics
set ytics nomirror ({names})
set border 1
set ytics scale 0
set grid noytics xtics lc rgb "#dddddd" lw 1 lt 1
set lmargin 30
set rmargin 4
set bmargin 7.5
set tmargin 4.5
set key at graph 0.5,-0.185 center top horizontal Left reverse samplen 1.5 width 4 tc rgb "{ink}"
set style fill solid noborder
set arrow 99 from 1,{bottom} to 1,0.6 nohead dt (6,4) lc rgb "{ink}" lw 1.2
{labels}
plot {bars}
"""

BY_ENTRIES = FRAME + """
set title "{title}" offset 0,0.6
set label 1 "{subtitle}" at graph 0.5,1.035 center font ",10" tc rgb "#777777"
set xlabel "hosts on the list"
set ylabel "{unit}"
set logscale xy
set xrange [8:5500000]
{range}
set xtics ("10" 10, "100" 100, "1000" 1000, "10 k" 1e4, "100 k" 1e5, "1 M" 1e6, "4 M" 4e6)
set lmargin 10
set rmargin 27
set bmargin 4.5
set tmargin 4.5
unset key
{labels}
plot {curves}
"""

CHANGES = (
    ("apply", "apply of the whole", OURS, 7),
    ("allow", "allow of one", OURS_TOO, 5),
    ("rollback", "rollback of one", OURS_THREE, 9),
    ("nft_f", "nft -f of the whole", THEIRS, 13),
    ("nft_add", "nft add element", THEIRS_LIGHT, 11),
    ("nft_delete", "nft delete element", PALE, 3),
)
MEMORY = (
    ("ipv4", "IPv4 hosts", OURS, 7),
    ("ipv6", "IPv6 hosts", OURS_TOO, 5),
)

CURVES = (
    ("random_ipv4", "IPv4, random sources", OURS, 7),
    ("beside_ipv4", "IPv4, beside the listed", OURS_TOO, 5),
    ("random_ipv6", "IPv6, random sources", OURS_THREE, 9),
    ("nft_random_ipv4", "nftables, random sources", THEIRS, 13),
)
# Names at the ends of curves stay this far apart.
LABEL_GAP = 0.055


def spread_out(heights):
    """Heights of labels, from below, moved up where they would touch."""
    placed = {}
    last = float("-inf")
    for name, height in sorted(heights.items(), key=lambda item: item[1]):
        last = placed[name] = max(height, last + LABEL_GAP)
    return placed


def sizes_script(points, subtitle):
    heights = spread_out({name: points[-1][name] for name, *_ in CURVES})
    labels = ['set label 2 "empty program" at 1600000,1.0 left tc rgb "#333333" font ",11"']
    curves, blocks = [], []
    for number, (name, title, colour, point) in enumerate(CURVES, start=3):
        labels.append(f'set label {number} "{title}" at 1600000,{heights[name]} left '
                      f'tc rgb "{colour}" font ",11"')
        rows = "\n".join(f"{p['entries']} {p[name]}" for p in points)
        blocks.append(f"${name} << EOD\n{rows}\nEOD")
        curves.append(f"${name} with linespoints lw 2.6 pt {point} ps 0.9 lc rgb \"{colour}\"")
    script = SIZES.replace("{subtitle}", subtitle).replace("{ink}", INK)
    return "\n".join(blocks) + script.replace("{labels}", "\n".join(labels)).replace(
        "{curves}", ", ".join(curves))


def peers_script(bars, subtitle):
    names, labels = [], []
    blocks = {"ours_one": [], "ours_random": [], "theirs_one": [], "theirs_random": []}
    for place, bar in enumerate(bars):
        side = "ours" if bar["who"].startswith("clarent") else "theirs"
        names.append(f'"{bar["who"]}" {-place}')
        for kind, offset in (("one", 0.19), ("random", -0.19)):
            middle = -place + offset
            blocks[f"{side}_{kind}"].append(
                f"0 {middle} 0 {bar[kind]} {middle - 0.17} {middle + 0.17}")
            labels.append(f'set label at {bar[kind] + 0.012},{middle} "{bar[kind]:.2f}" left '
                          f'font ",10" tc rgb "{INK}"')
    colours = {"ours_one": OURS_THREE, "ours_random": OURS,
               "theirs_one": THEIRS_LIGHT, "theirs_random": THEIRS}
    data = "\n".join(f"${name} << EOD\n" + "\n".join(rows) + "\nEOD"
                     for name, rows in blocks.items() if rows)
    plots = ", ".join([f'${name} using 1:2:3:4:5:6 with boxxyerror lc rgb "{colour}" notitle'
                       for name, colour in colours.items() if blocks[name]] +
                      [f'NaN with boxes lc rgb "{shade}" title "{title}"'
                       for shade, title in ((PALE, "one source"), (DARK, "random sources"))])
    values = {"subtitle": subtitle, "bottom": str(-len(bars) + 0.4), "names": ", ".join(names),
              "labels": "\n".join(labels), "bars": plots, "ink": INK}
    script = PEERS
    for name, value in values.items():
        script = script.replace("{" + name + "}", value)
    return data + script


def by_entries(points, named, values, low, high):
    """Curves over the list's size, both scales logarithmic, each with its name at its end."""
    decades = math.log10(high / low)
    heights = {name: math.log10(points[-1][name] / low) / decades for name, *_ in named}
    ends = {name: low * 10 ** (height * decades) for name, height in spread_out(heights).items()}
    labels, curves, blocks = [], [], []
    for number, (name, title, colour, point) in enumerate(named, start=2):
        labels.append(f'set label {number} "{title}" at 6500000,{ends[name]} left '
                      f'tc rgb "{colour}" font ",11"')
        rows = "\n".join(f"{p['entries']} {p[name]}" for p in points)
        blocks.append(f"${name} << EOD\n{rows}\nEOD")
        curves.append(f"${name} with linespoints lw 2.6 pt {point} ps 0.9 lc rgb \"{colour}\"")
    script = BY_ENTRIES
    for name, value in {**values, "range": f"set yrange [{low}:{high}]", "labels": "\n".join(labels),
                        "curves": ", ".join(curves)}.items():
        script = script.replace("{" + name + "}", value)
    return "\n".join(blocks) + script


def changes_script(points, subtitle):
    return by_entries(points, CHANGES, {
        "title": "What a change costs: what it changes", "subtitle": subtitle.partition("; ")[2],
        "unit": "seconds, the whole command"}, 0.001, 100)


def memory_script(points, subtitle):
    return by_entries(points, MEMORY, {
        "title": "What a list costs in kernel memory", "subtitle": subtitle.partition("; ")[2],
        "unit": "MB, all maps of the instance"}, 10, 2000)


SCRIPTS = {"changes": changes_script, "memory": memory_script, "sizes": sizes_script, "peers": peers_script}


def draw(name, data, directory, subtitle):
    """Returns the paths of the pictures that were made."""
    script = SCRIPTS[name](data, subtitle)
    paths = []
    for kind, terminal in (("svg", 'svg size 900,540 dynamic font "DejaVu Sans,12" '
                                   'background "#ffffff"'),
                           ("png", 'pngcairo size 1350,810 fontscale 1.35 '
                                   'font "DejaVu Sans,12" background "#ffffff"')):
        path = os.path.join(directory, f"{name}.{kind}")
        subprocess.run(["gnuplot"], input=f'set terminal {terminal}\nset output "{path}"\n{script}',
                       text=True, check=True, capture_output=True)
        paths.append(path)
    return paths
