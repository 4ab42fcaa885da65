#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""clients - a good client of the control socket among many that are not.

Usage: clients.py RUN-DIR idle|garbage|flood SECONDS

The good one sets and removes a verdict and asks for the status, again and again. Prints
"good N failed N slowest MS connected N bad N": what it did, how long its slowest request
took, how many of the idle clients still had their connection in the end, and how many lines
or connections of bad clients there were.
"""
import errno
import multiprocessing
import os
import random
import selectors
import socket
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from daemon import Control, Refused  # noqa: E402

IDLE, GARBAGE, FLOODS = 1000, 100, 4
rng = random.Random(4)


def garbage():
    return rng.choice((
        lambda: rng.randbytes(rng.randrange(1, 5000)) + b"\n",
        lambda: b'{"op":"set","verdicts":[{"source":"5.9.',  # and no more
        lambda: b"[" * 100000 + b"\n",
        lambda: b'{"op":' * 5000 + b"1" + b"}" * 5000 + b"\n",
        lambda: b'{"op":"' + b"x" * (5 << 20) + b'"}\n',
        lambda: b"y" * (1 << 20),  # a line without an end
        lambda: b'{"op":"nonsense"}\n{"op":"set"}\n{"op":"list","within":7}\n' * 100,
        lambda: b'{"op":"set","verdicts":[' + b"{}," * 50000 + b"{}]}\n",
        lambda: b'{"op":"status","op":"list","id":"\xff\xfe"}\n\0\0\0\n',
    ))()


def be_idle(path):
    idle = []
    for _ in range(IDLE):
        s = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        s.connect(path)
        s.setblocking(False)
        idle.append(s)
    return idle


def is_connected(s):
    try:
        return s.recv(1) != b""
    except BlockingIOError:
        return True
    except OSError:
        return False


class Bad:
    """Clients that send what one must not, do not read, or hang up in the middle."""

    def __init__(self, path, seconds):
        self.path, self.end = path, time.monotonic() + seconds
        self.sent = multiprocessing.Value("L", 0, lock=False)

    def run(self):
        poll = selectors.DefaultSelector()
        for _ in range(GARBAGE):
            self.connect(poll)
        while time.monotonic() < self.end:
            for key, _ in poll.select(0.1):
                self.feed(poll, key)

    def connect(self, poll):
        s = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            s.connect(self.path)
        except OSError:
            s.close()
            return
        s.setblocking(False)
        poll.register(s, selectors.EVENT_WRITE, {"out": garbage(), "reads": rng.random() < 0.5})

    def feed(self, poll, key):
        s, state = key.fileobj, key.data
        try:
            if state["reads"]:
                try:
                    s.recv(65536)
                except BlockingIOError:
                    pass
            n = s.send(state["out"][:65536])
            state["out"] = state["out"][n:] or garbage()
            self.sent.value += 1
            if rng.random() < 0.01:
                raise OSError(errno.EPIPE, "leaves")
        except BlockingIOError:
            time.sleep(0.0005)
        except OSError:
            poll.unregister(s)
            s.close()
            self.connect(poll)


class Flood:
    """Good requests as fast as it goes."""

    def __init__(self, path, seconds):
        self.path, self.end = path, time.monotonic() + seconds
        self.sent = multiprocessing.Value("L", 0, lock=False)

    def run(self):
        request = b'{"op":"set","brief":true,"verdicts":[{"source":"5.70.0.1","action":"drop"}]}\n' \
                  b'{"op":"status"}\n' * 50
        s = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        s.connect(self.path)
        s.settimeout(20)
        while time.monotonic() < self.end:
            s.sendall(request)
            n = 0
            while n < 100:
                more = s.recv(1 << 20)
                if not more:
                    return
                n += more.count(b"\n")
            self.sent.value += n
        s.close()


def be_good(path, seconds):
    end, good, failed, slowest, i = time.monotonic() + seconds, 0, 0, 0.0, 0
    control = Control(path)
    while time.monotonic() < end:
        source = f"5.71.{i // 250 % 250}.{i % 250}"
        i += 1
        for request in ({"op": "set", "verdicts": [{"source": source, "action": "drop"}]},
                        {"op": "status"}, {"op": "remove", "sources": [source]}):
            began = time.monotonic()
            try:
                answer = control.ask(**request)
                good += 1
                failed += answer.get("failed", 0)
            except Refused as e:
                print(e, file=sys.stderr)
                failed += 1
            except OSError as e:
                print(e, file=sys.stderr)
                failed += 1
                control = Control(path)
            slowest = max(slowest, time.monotonic() - began)
        time.sleep(0.002)
    return good, failed, slowest


def main():
    path, kind, seconds = os.path.join(sys.argv[1], "control"), sys.argv[2], float(sys.argv[3])
    idle = be_idle(path) if kind == "idle" else []
    bad = [Bad(path, seconds)] if kind == "garbage" else \
        [Flood(path, seconds) for _ in range(FLOODS)] if kind == "flood" else []
    # Processes, so that the good one does not wait for Python.
    others = [multiprocessing.Process(target=b.run, daemon=True) for b in bad]
    for p in others:
        p.start()
    good, failed, slowest = be_good(path, seconds)
    for p in others:
        p.join()
    print(f"good {good} failed {failed} slowest {slowest * 1000:.0f} connected "
          f"{sum(map(is_connected, idle))} bad {sum(b.sent.value for b in bad)}")


if __name__ == "__main__":
    main()
