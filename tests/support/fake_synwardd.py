# SPDX-License-Identifier: GPL-2.0-only
"""fake_synwardd - answers on a Unix socket as a script says, for what the CLI does with answers.

Usage: fake_synwardd.py SOCKET LOG

Steps come on standard input, one a line. Every request goes to LOG as it came.

  begin            forget all, empty LOG
  done             hang up, and say on standard output: ok, or what else was asked

  expect JSON      wait for a request; it has at least these keys, with these values
  answer JSON      send a line
  stream N JSON    send N lines; %d in strings becomes 0 to N-1, %a an address made of it
  end [JSON]       send the object that ends a stream
  accept [N]       wait for N requests (1) and do what they ask, set or remove
  refuse SOURCE CODE WORDS   what accept says of this source, from now on
  known SOURCE [EXPIRES]     accept finds it set already, until EXPIRES or for good
  raw TEXT         send TEXT as it is, with the escapes of Python
  sleep SECONDS
  hangup           close the connection; the next expect or accept takes a new one
"""
import ipaddress
import json
import os
import re
import socket
import sys
import time

PATIENCE = 60  # seconds
UNITS = {"ms": 0.001, "s": 1, "m": 60, "min": 60, "h": 3600, "d": 86400, "w": 604800}


class Unexpected(Exception):
    pass


def contains(have, want):
    """Whether all of @want is in @have, inside objects too."""
    if isinstance(want, dict):
        return isinstance(have, dict) and all(k in have and contains(have[k], want[k]) for k in want)
    if isinstance(want, list):
        return (isinstance(have, list) and len(have) == len(want)
                and all(contains(h, w) for h, w in zip(have, want)))
    return have == want


def seconds(duration):
    return sum(int(n) * UNITS[u] for n, u in re.findall(r"(\d+)([a-z]+)", duration))


class Fake:
    def __init__(self, path, log):
        self.path, self.log = path, log
        self.listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.listener.bind(path + ".new")
        self.listener.listen()
        self.listener.settimeout(PATIENCE)
        os.rename(path + ".new", path)  # who sees it can connect
        self.connection = self.input = None
        self.begin()

    def begin(self):
        self.hang_up()
        self.refused = {}
        self.known = {}
        open(self.log, "wb").close()

    def hang_up(self):
        if self.connection:
            self.input.close()
            self.connection.close()
        self.connection = None

    def request(self):
        line = self.input.readline() if self.connection else b""
        if self.connection and not line:
            raise Unexpected("the client hung up, and a request was expected")
        while not line:  # a client may connect and go
            self.hang_up()
            self.connection, _ = self.listener.accept()
            self.connection.settimeout(PATIENCE)
            self.input = self.connection.makefile("rb")
            line = self.input.readline()
        with open(self.log, "ab") as log:
            log.write(line)
        return json.loads(line)

    def send(self, data):
        try:
            self.connection.sendall(data)
        except (BrokenPipeError, ConnectionResetError):
            raise Unexpected("the client hung up before the answer")

    def answer(self, value):
        self.send(json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode() + b"\n")

    # ---- what the daemon would do ----

    def one_verdict(self, verdict, counts):
        source = verdict["source"]
        if source in self.refused:
            code, words = self.refused[source]
            counts["failed"] += 1
            return {"source": source, "error": words, "code": code}
        expires = verdict.get("expires")
        if "for" in verdict:
            expires = round(time.time() + seconds(verdict["for"]), 3)
        result = "set"
        if source in self.known:
            result, old = "extended", self.known[source]
            expires = None if old is None or expires is None else max(old, expires)
        self.known[source] = expires
        counts[result] += 1
        return {"source": source, "result": result, "expires": expires}

    def one_removal(self, source, counts):
        if source not in self.known:
            counts["failed"] += 1
            return {"source": source, "error": f"there is no verdict on {source}", "code": "ENOENT"}
        del self.known[source]
        counts["removed"] += 1
        return {"source": source, "result": "removed"}

    def accept(self):
        request = self.request()
        if request["op"] == "set":
            counts = {"set": 0, "extended": 0, "replaced": 0, "failed": 0}
            results = [self.one_verdict(v, counts) for v in request["verdicts"]]
        elif request["op"] == "remove":
            counts = {"removed": 0, "failed": 0}
            results = [self.one_removal(s, counts) for s in request["sources"]]
        else:
            raise Unexpected(f"op {request['op']}, not set or remove")
        if request.get("brief"):
            results = [r for r in results if "error" in r]
        self.answer({**counts, "results": results})

    # ---- the script ----

    def step(self, word, rest):
        if word == "expect":
            have = self.request()
            if not contains(have, json.loads(rest)):
                raise Unexpected(f"asked: {json.dumps(have)}\nexpected: {rest}")
        elif word == "answer":
            self.answer(json.loads(rest))
        elif word == "stream":
            count, template = rest.split(None, 1)
            for i in range(int(count)):
                address = str(ipaddress.ip_address(0x0b000000 + i))
                self.send(template.replace("%d", str(i)).replace("%a", address).encode() + b"\n")
        elif word == "end":
            self.answer({**json.loads(rest or "{}"), "end": True})
        elif word == "accept":
            for _ in range(int(rest or 1)):
                self.accept()
        elif word == "refuse":
            source, code, words = rest.split(None, 2)
            self.refused[source] = (code, words)
        elif word == "known":
            source, *expires = rest.split()
            self.known[source] = float(expires[0]) if expires else None
        elif word == "raw":
            self.send(rest.encode().decode("unicode_escape").encode("latin-1"))
        elif word == "sleep":
            time.sleep(float(rest))
        elif word == "hangup":
            self.hang_up()
        else:
            raise Unexpected(f"there is no step {word}")


    def done(self):
        """Whether the client asks for more before it hangs up."""
        if self.connection and self.input.readline():
            raise Unexpected("more was asked than expected")
        self.hang_up()


def main():
    path, log = sys.argv[1:]
    fake = Fake(path, log)
    trouble = None
    for line in sys.stdin:
        word, _, rest = line.strip().partition(" ")
        try:
            if word == "begin":
                trouble = None
                fake.begin()
            elif not trouble:
                fake.done() if word == "done" else fake.step(word, rest.strip())
        except (Unexpected, OSError) as error:
            trouble = " ".join(str(error).split("\n"))
            fake.hang_up()
        if word == "done":
            print(trouble or "ok", flush=True)


main()
