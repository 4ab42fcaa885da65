#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""crash - kill synwardd at random moments while it changes verdicts, and see what is left.

usage: crash.py SYNWARDD CONF LOG RUN-DIR ROUNDS SEED

What was acknowledged must be there after the restart, as it was acknowledged; the batch that
was on its way must be there whole or not at all; nothing else may be there. Prints
"rounds N changes N lost N half N strange N differing N"; the last is what the self-check of
the last daemon found on the card.
"""
import os
import random
import signal
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from daemon import Daemon  # noqa: E402

SOURCES = [f"5.77.{i // 200}.{i % 200}" for i in range(3000)] + \
    [f"2a07:{i:x}::/64" for i in range(1, 1500)]
LONG = 86400  # seconds; nothing is to end while this runs


class World:
    """What was acknowledged, and what was asked for since."""

    def __init__(self):
        self.known = {}  # source: action
        self.pending = None  # {source: action or None} of the batch that is on its way
        self.changes = self.lost = self.half = self.strange = 0

    def acknowledge(self):
        for source, action in self.pending.items():
            if action:
                self.known[source] = action
            else:
                self.known.pop(source, None)
        self.changes += len(self.pending)
        self.pending = None

    def compare(self, found):
        pending = self.pending or {}
        after = dict(self.known)
        for source, action in pending.items():
            if action:
                after[source] = action
            else:
                after.pop(source, None)
        for source in set(self.known) | set(found) | set(pending):
            if source in pending:
                continue
            if self.known.get(source) != found.get(source):
                print(f"{source}: {self.known.get(source)} was acknowledged, there is "
                      f"{found.get(source)}", file=sys.stderr)
                self.lost += source in self.known
                self.strange += source not in self.known
        states = {"before" if found.get(s) == self.known.get(s) else
                  "after" if found.get(s) == after.get(s) else "neither"
                  for s in pending if self.known.get(s) != after.get(s)}
        if len(states) > 1 or "neither" in states:
            print(f"of a batch of {len(pending)} some are {sorted(states)}", file=sys.stderr)
            self.half += 1
        self.known, self.pending = dict(found), None


def one_batch(world, rng, control):
    batch = rng.sample(SOURCES, rng.choice((1, 1, 5, 200)))
    if rng.random() < 0.7:
        action = rng.choice(("drop", "allow"))
        world.pending = {s: action for s in batch}
        control.ask(op="set", brief=True, verdicts=[
            {"source": s, "action": action, "reason": f"r{rng.random()}",
             "for": f"{LONG + rng.randrange(LONG)}s"} for s in batch])
    else:
        batch = [s for s in batch if s in world.known] or batch[:1]
        world.pending = {s: None for s in batch}
        control.ask(op="remove", brief=True, sources=batch)
    world.acknowledge()


def change_until_killed(world, rng, daemon):
    control = daemon.control()
    try:
        while True:
            one_batch(world, rng, control)
    except (OSError, ConnectionError):
        pass
    finally:
        control.close()


def read_all(daemon):
    control = daemon.control()
    found = {o["source"]: o["action"] for o in control.stream(op="list")
             if o["source"] in WATCHED}
    control.close()
    return found


WATCHED = set(SOURCES)


def main():
    program, conf, log, run_dir, rounds, seed = sys.argv[1:]
    rng = random.Random(int(seed))
    daemon = Daemon(program, conf, log, run_dir)
    world = World()
    for _ in range(int(rounds)):
        daemon.start()
        world.compare(read_all(daemon))
        killer = threading.Timer(rng.random() * 0.1,
                                 os.kill, (daemon.process.pid, signal.SIGKILL))
        killer.start()
        change_until_killed(world, rng, daemon)
        killer.join()
        daemon.kill()
    daemon.start()
    world.compare(read_all(daemon))
    time.sleep(3)  # the self-check has been round by then
    check = daemon.control().ask(op="status")["check"]
    daemon.kill(signal.SIGTERM)
    print(f"rounds {rounds} changes {world.changes} lost {world.lost} half {world.half} "
          f"strange {world.strange} differing {check['missing'] + check['differing']} "
          f"checked {check['checked']}")


if __name__ == "__main__":
    main()
