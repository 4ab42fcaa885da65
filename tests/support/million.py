#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""million - set many verdicts through the control socket, in batches.

Usage: million.py RUN-DIR COUNT BATCH

Networks /25 from 11.0.0.0 on, every second one, and /64 from 2a10:: on, one after the other.
Prints how many the daemon took and the seconds that it took for them.
"""
import json
import os
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from daemon import Control  # noqa: E402


def source(i):
    if i % 2:
        return f"2a10:{i >> 16:x}:{i & 0xffff:x}::/64"
    i //= 2
    return f"{11 + (i >> 16)}.{i >> 8 & 255}.{i & 255}.0/25"


def request(first, n):
    verdicts = [{"source": source(i), "action": "drop", "for": "30d", "reason": "r"}
                for i in range(first, first + n)]
    return json.dumps({"op": "set", "brief": True, "force": True, "verdicts": verdicts},
                      separators=(",", ":")).encode() + b"\n"


def main():
    run_dir, count, batch = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    control = Control(os.path.join(run_dir, "control"), timeout=120)
    began, taken, waiting = time.monotonic(), 0, 0
    for first in range(0, count, batch):
        control.socket.sendall(request(first, min(batch, count - first)))
        waiting += 1
        while waiting > (1 if first + batch < count else 0):
            answer = control.receive()
            if "error" in answer:
                sys.exit(answer["error"])
            taken += answer["set"]
            waiting -= 1
    print(taken, f"{time.monotonic() - began:.1f}")


if __name__ == "__main__":
    main()
