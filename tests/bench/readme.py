#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""readme - write the figures of a full run between the two marks of the README.

usage: readme.py BENCH-JSON README

So no figure in there is typed by hand. A QUICK run is refused: its minima are of
three rounds.
"""
import json
import sys

from bounds import (FILE, HOSTS10, LOOKUP, M4, M6, MEMORY, NEW, RESET, RESET_EACH, STEERING, SYN, VETH,
                    case)
from report import number

BEGIN, END = "<!-- figures: made by make bench-readme -->", "<!-- end of figures -->"
COLUMNS = ["synward", "LPM_TRIE", "HASH", "xdp-filter", "ipset", "nft", "dnsblog"]

# What the row is called, its unit, list, what was measured; who else is in the row as whom.
ROWS = [
    ("a SYN, 1 M IPv4 prefixes", "ns", M4, SYN),
    ("a SYN, 10 M IPv4 hosts", "ns", HOSTS10, SYN),
    ("a SYN, 1 M IPv6 prefixes", "ns", M6, SYN),
    ("dropped on veth, 10 k hosts", "ns", "IPv4 10 k hosts", VETH),
    ("dropped on veth, 1 M prefixes", "ns", M4, VETH),
    ("dropped on veth, 10 M hosts", "ns", HOSTS10, VETH),
    ("one source more, 1 M IPv4 prefixes", "ns", M4, "set a source, class in use"),
    ("one source more, 1 M IPv6 prefixes", "ns", M6, "set a source, class in use"),
    ("file to enforced, 1 M prefixes", "s", M4, FILE),
    ("file to enforced, 10 M hosts", "s", HOSTS10, FILE),
    ("kernel memory, 1 M prefixes", "MB", M4, MEMORY),
    ("kernel memory, 10 M hosts", "MB", HOSTS10, MEMORY),
    ("a look-up at a DNS list", "ns", LOOKUP, "time"),
    ("CPU of a look-up at a DNS list", "ns", LOOKUP, "CPU"),
]


def table(figures):
    yield "| | " + " | ".join(COLUMNS) + " |"
    yield "| --- |" + " ---: |" * len(COLUMNS)
    for name, unit, listed, what in ROWS:
        cells = []
        for who in COLUMNS:
            one = figures.get(case(listed, what, who))
            scale = 1e-6 if unit == "MB" else 1
            cells.append(number(one["min"] * scale) if one else "")
        if any(cells):
            yield f"| {name}, {unit} | " + " | ".join(cells) + " |"


def words(run, figures):
    base = figures.get(case(M4, SYN, "parse only"))
    ours, lru = (figures.get(case("IPv4 limit", NEW, who)) for who in ("synward", "LRU_HASH"))
    yield (f"The least of the rounds of one run on {run['cpus']} shared CPUs ({run['machine']}), "
           f"Linux {run['kernel']}, {run['date'][:10]}.")
    if base:
        yield f"Parsing alone costs {number(base['min'])} ns of each SYN."
    if ours and lru:
        yield (f"A SYN that is limited and comes from a source never seen costs "
               f"{number(ours['min'])} ns, with LRU_HASH for the buckets "
               f"{number(lru['min'])} ns.")
    ratio = {r["ratio"]: number(r["value"]) for r in run["ratios"]}
    if RESET in ratio and RESET_EACH in ratio:
        yield (f"A flood from a class that resets costs {ratio[RESET]} times what one from a class "
               f"that drops does; a SYN that is answered, {ratio[RESET_EACH]} times.")
    if STEERING in ratio:
        yield (f"A connection that nobody rejects takes {ratio[STEERING]} times as long with "
               f"steering as without.")


def bounds(run):
    met = [r for r in run["ratios"] if r.get("met") is True]
    missed = [r for r in run["ratios"] if r.get("met") is False]
    yield f"Of {len(met) + len(missed)} bounds that the bench holds its figures against, " + \
        (f"{len(met)} are met." if missed else "all are met.")
    for r in missed:
        kind = "at most" if "at_most" in r else "at least"
        yield f"Not met: {r['ratio']}, {number(r['value'])} ({kind} {number(r[kind.replace(' ', '_')])})."


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    with open(sys.argv[1], encoding="utf-8") as text:
        run = json.load(text)
    if run["quick"]:
        sys.exit("readme.py: these are the figures of a QUICK run; call make bench without it")
    figures = {one["case"]: one for one in run["cases"]}
    with open(sys.argv[2], encoding="utf-8") as text:
        before, _, rest = text.read().partition(BEGIN)
    _, _, after = rest.partition(END)
    if not after:
        sys.exit(f"readme.py: {sys.argv[2]} has not both marks")
    block = [*table(figures), "", *words(run, figures), *bounds(run)]
    with open(sys.argv[2], "w", encoding="utf-8") as out:
        out.write(before + BEGIN + "\n" + "\n".join(block) + "\n" + END + after)


if __name__ == "__main__":
    main()
