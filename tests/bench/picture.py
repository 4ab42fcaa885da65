#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""picture - the figures of a run as bars on logarithmic scales, as SVG.

usage: picture.py BENCH-JSON SVG

A bar ends at the minimum; the line goes on to the maximum, with a mark at the median.
What was not measured is left out. Readable on light and on dark.
"""
import json
import math
import sys
from xml.sax.saxutils import escape

from bounds import FILE, HOSTS10, LOOKUP, M4, M6, MEMORY, NEW, SYN, VETH, case

HOSTS10K = "IPv4 10 k hosts"
SET = "set a source, class in use"

# Title, factor, what the figures then are; then rows: heading, list, what, who.
PANELS = [
    ("A SYN in the program, from a random source", 1, "ns", [
        ("IPv4, 1 M mixed prefixes", M4, SYN, ["parse only", "synward", "LPM_TRIE"]),
        ("IPv4, 10 M hosts", HOSTS10, SYN, ["parse only", "synward", "HASH"]),
        ("IPv6, 1 M prefixes", M6, SYN, ["parse only", "synward", "LPM_TRIE"]),
        ("limited, a new source each time", "IPv4 limit", NEW, ["synward", "LRU_HASH"]),
    ]),
    ("A live SYN received and dropped on veth", 1, "ns", [
        ("10 k hosts", HOSTS10K, VETH,
         ["return only", "synward", "HASH", "xdp-filter", "LPM_TRIE", "ipset", "nft"]),
        ("1 M mixed prefixes", M4, VETH, ["return only", "synward", "LPM_TRIE", "ipset", "nft"]),
        ("10 M hosts", HOSTS10, VETH, ["return only", "synward", "HASH", "ipset"]),
    ]),
    ("One source more among 1 M prefixes", 1, "ns", [
        ("IPv4", M4, SET, ["synward", "HASH", "LPM_TRIE"]),
        ("IPv6 /64", M6, SET, ["synward", "HASH", "LPM_TRIE"]),
    ]),
    ("From the file of the list to dropping by it", 1, "s", [
        ("1 M mixed prefixes", M4, FILE, ["synward", "ipset", "nft"]),
        ("10 M hosts", HOSTS10, FILE, ["synward", "ipset"]),
    ]),
    ("Kernel memory", 1e-6, "MB", [
        ("1 M mixed prefixes", M4, MEMORY, ["synward", "ipset", "nft"]),
        ("10 M hosts", HOSTS10, MEMORY, ["synward", "ipset"]),
    ]),
    ("A look-up at a DNS list; of synward's, verdict and all", 1e-3, "us", [
        ("time", LOOKUP, "time", ["synward", "dnsblog"]),
        ("CPU", LOOKUP, "CPU", ["synward", "dnsblog"]),
    ]),
]

WIDTH, LEFT, RIGHT = 820, 190, 100
ROW, HEADING, PANEL, AXIS = 20, 24, 34, 26

STYLE = """
text { font-family: system-ui, -apple-system, "Segoe UI", Helvetica, Arial, sans-serif;
       font-size: 13px; fill: #1f2328 }
.paper { fill: #ffffff } .title { font-size: 15px; font-weight: 600 }
.heading, .axis { fill: #59636e } .axis { font-size: 11px }
.grid { stroke: #d1d9e0 } .spread { stroke: #1f2328 }
.ours { fill: #0969da } .theirs { fill: #afb8c1 } .base { fill: #d8dee4 }
.name { font-weight: 600 }
@media (prefers-color-scheme: dark) {
 text { fill: #f0f6fc } .paper { fill: #0d1117 }
 .heading, .axis { fill: #9198a1 }
 .grid { stroke: #3d444d } .spread { stroke: #f0f6fc }
 .ours { fill: #388bfd } .theirs { fill: #6e7681 } .base { fill: #3d444d }
}
"""


def number(value):
    if value >= 10:
        return f"{value:.0f}"
    return f"{value:.2g}"


def looks(who):
    if who == "synward":
        return "ours"
    return "base" if who.endswith(" only") else "theirs"


class Scale:
    """From the decade below the least of the figures to 1, 2 or 5 above the greatest."""

    def __init__(self, figures):
        greatest = max(f["max"] for f in figures)
        self.first = math.floor(math.log10(min(f["min"] for f in figures) * 0.999))
        below = math.floor(math.log10(greatest))
        self.last = below + math.log10(min(n for n in (1, 2, 5, 10)
                                           if n * 10 ** below >= greatest))

    def x(self, value):
        part = (math.log10(value) - self.first) / (self.last - self.first)
        return LEFT + part * (WIDTH - LEFT - RIGHT)

    def decades(self):
        return range(self.first, math.floor(self.last + 1e-9) + 1)


class Picture:
    def __init__(self):
        self.parts = []
        self.y = 12

    def text(self, x, y, words, style, anchor="start"):
        self.parts.append(f'<text x="{x:.1f}" y="{y:.1f}" class="{style}" '
                          f'text-anchor="{anchor}">{escape(words)}</text>')

    def line(self, x1, y1, x2, y2, style):
        self.parts.append(f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" '
                          f'class="{style}"/>')

    def bar(self, scale, who, figure, unit):
        style, middle = looks(who), self.y + ROW / 2
        low, mid, high = (scale.x(figure[k]) for k in ("min", "median", "max"))
        self.text(LEFT - 10, middle + 4.5, who, "name" if style == "ours" else "", "end")
        self.parts.append(f'<rect x="{LEFT}" y="{self.y + 3}" width="{low - LEFT:.1f}" '
                          f'height="{ROW - 6}" class="{style}"/>')
        self.line(low, middle, high, middle, "spread")
        self.line(mid, middle - 4, mid, middle + 4, "spread")
        self.text(high + 7, middle + 4.5, f"{number(figure['min'])} {unit}",
                  "name" if style == "ours" else "")
        self.y += ROW

    def panel(self, title, unit, groups):
        scale = Scale([f for _, rows in groups for _, f in rows])
        self.y += PANEL
        self.text(14, self.y - 12, f"{title} ({unit})", "title")
        top = self.y
        grid = len(self.parts)
        for heading, rows in groups:
            self.text(14, self.y + 16, heading, "heading")
            self.y += HEADING
            for who, figure in rows:
                self.bar(scale, who, figure, unit)
        for decade in reversed(scale.decades()):
            x = scale.x(10 ** decade)
            self.parts.insert(grid, f'<line x1="{x:.1f}" y1="{top}" x2="{x:.1f}" '
                                    f'y2="{self.y + 4}" class="grid"/>')
            self.text(x, self.y + 17, f"{10 ** decade:g}", "axis", "middle")
        self.y += AXIS

    def svg(self, *about):
        for words in about:
            self.y += 16
            self.text(14, self.y, words, "axis")
        height = self.y + 12
        return (f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height:.0f}" '
                f'viewBox="0 0 {WIDTH} {height:.0f}" role="img">\n'
                f'<title>What Synward costs, beside what is used in its place</title>\n'
                f'<style>{STYLE}</style>\n<rect class="paper" width="100%" height="100%"/>\n'
                + "\n".join(self.parts) + "\n</svg>\n")


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    with open(sys.argv[1], encoding="utf-8") as text:
        run = json.load(text)
    figures = {one["case"]: one for one in run["cases"]}
    picture = Picture()
    for title, factor, unit, rows in PANELS:
        groups = []
        for heading, listed, what, all_who in rows:
            named = [(who, figures.get(case(listed, what, who))) for who in all_who]
            found = [(who, {k: f[k] * factor for k in ("min", "median", "max")})
                     for who, f in named if f]
            if found:
                groups.append((heading, found))
        if groups:
            picture.panel(title, unit, groups)
    with open(sys.argv[2], "w", encoding="utf-8") as out:
        out.write(picture.svg(
            "Logarithmic scales. A bar ends at the least of the rounds of one run; the line "
            "goes on to the greatest, with a mark at the median.",
            f"{run['machine']}, {run['cpus']} CPUs, Linux {run['kernel']}, {run['date'][:10]}"
            + (", QUICK" if run["quick"] else "")))


if __name__ == "__main__":
    main()
