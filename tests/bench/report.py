#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""report - put the figures of all benches together, hold them against the bounds, print them.

usage: report.py BENCH-JSON quick|full PART-JSON...

Each part is what one bench wrote (figures.c): cases with a value for each round, and
what was omitted. A part that has minimum, median and maximum in place of values
(bench_file) is taken under its own name. BENCH-JSON is all that anything else needs.
"""
import datetime
import json
import os
import platform
import statistics
import sys

from bounds import BOUNDS


def cpu_model():
    with open("/proc/cpuinfo", encoding="ascii", errors="replace") as lines:
        for line in lines:
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.machine()


def summarise(one, part):
    """A case as it is kept."""
    if "values" not in one:  # bench_file
        return {"case": f"{part} {one['case']}", "unit": one["unit"], "min": one["min"],
                "median": one["median"], "max": one["max"]}
    values = one["values"]
    return {"case": one["case"], "unit": one["unit"], "min": min(values),
            "median": statistics.median(values), "max": max(values), "rounds": len(values)}


def read_parts(paths):
    cases, omitted = {}, []
    for path in paths:
        name = os.path.splitext(os.path.basename(path))[0]
        with open(path, encoding="utf-8") as text:
            part = json.load(text)
        for one in part["cases"]:
            kept = summarise(one, name)
            cases[kept["case"]] = kept
        omitted += part.get("omitted", [])
    return cases, omitted


def judge(bound, cases):
    """A ratio as it is kept, or None when a case of it was not measured."""
    name, top, base, limit = bound
    if top not in cases or (base and base not in cases):
        return None
    which = limit.get("of", "min")
    value = cases[top][which]
    if base:
        value /= cases[base][which]
    value = limit["convert"](value) if "convert" in limit else value * limit.get("scale", 1)
    ratio = {"ratio": name, "case": top, "base": base, "value": value}
    if "at_most" in limit:
        ratio.update(at_most=limit["at_most"], met=value <= limit["at_most"])
    if "at_least" in limit:
        ratio.update(at_least=limit["at_least"], met=value >= limit["at_least"])
    return ratio


def number(value):
    """Three digits that count, and no more zeros than a person can read."""
    if value >= 1e6:
        return f"{value / 1e6:.1f} M"
    if value >= 100:
        return f"{value:.0f}"
    return f"{value:.3g}"


def shown(value, unit):
    return f"{value / 1e6:.1f}" if unit == "bytes" else number(value)


def print_cases(cases):
    print(f"\n{'':62} {'min':>8} {'median':>8} {'max':>8}")
    for one in cases.values():
        unit = one["unit"]
        figures = " ".join(f"{shown(one[k], unit):>8}" for k in ("min", "median", "max"))
        print(f"{one['case']:62} {figures} {'MB' if unit == 'bytes' else unit}")


def print_ratios(ratios, missing):
    print(f"\n{'of the minima, where nothing else is said':58} {'value':>8}  bound")
    for r in ratios:
        bound = verdict = ""
        for key, words in (("at_most", "at most"), ("at_least", "at least")):
            if key in r:
                bound = f"{words} {number(r[key])}"
                verdict = "met" if r["met"] else "NOT MET"
        print(f"{r['ratio']:58} {number(r['value']):>8}  {bound:16} {verdict}".rstrip())
    for name in missing:
        print(f"{name:58} {'-':>8}  not measured")


def main():
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    cases, omitted = read_parts(sys.argv[3:])
    judged = [(bound[0], judge(bound, cases)) for bound in BOUNDS]
    ratios = [r for _, r in judged if r]
    everything = {
        "machine": f"{cpu_model()}, {platform.machine()}",
        "kernel": platform.release(),
        "cpus": os.cpu_count(),
        "date": datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "quick": sys.argv[2] == "quick",
        "rounds": max(one.get("rounds", 0) for one in cases.values()),
        "cases": list(cases.values()),
        "ratios": ratios,
        "omitted": omitted,
    }
    with open(sys.argv[1], "w", encoding="utf-8") as out:
        json.dump(everything, out, indent=1)
        out.write("\n")
    print_cases(cases)
    print_ratios(ratios, [name for name, r in judged if not r])
    for one in omitted:
        print(f"not measured: {one['list']}, {one['who']}: {one['why']}")


if __name__ == "__main__":
    main()
