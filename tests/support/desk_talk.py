#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Clients of synward-desk that real ones are not: what they hear is printed.

Usage: desk_talk.py smtp SOURCE SERVER PORT STEP...
       desk_talk.py policy ENDPOINT STEP...       ENDPOINT: unix:PATH, inet:ADDRESS:PORT

Steps, with the escapes of Python; a line comes out for each that hears something:

  send TEXT     at once
  line          hear a line, or "closed", "reset", "silence"
  codes N       hear N lines; print their codes
  rest          hear all until the other side hangs up; how it ends is the last word
  answer        hear up to an empty line
  done          say no more, and go on hearing
  sleep SECONDS
  flood N TEXT  send TEXT N times, as far as it goes
  took          tenths of a second since it connected
  fill N        N more connections of SOURCE, that stay; what the last one hears
"""
import socket
import sys
import time

PATIENCE = 8


class Talk:
    def __init__(self, connect):
        self.connect, self.held = connect, []
        self.socket, self.heard = connect(), b""
        self.began = time.monotonic()

    def more(self):
        """Hear something; the word for why there is none, or None."""
        try:
            data = self.socket.recv(65536)
        except ConnectionResetError:
            return "reset"
        except socket.timeout:
            return "silence"
        self.heard += data
        return None if data else "closed"

    def until(self, end):
        while end not in self.heard:
            word = self.more()
            if word:
                return (self.heard.decode("latin-1") + " " + word).strip() if self.heard else word
        text, self.heard = self.heard.split(end, 1)
        return text.decode("latin-1").rstrip("\r\n")

    def rest(self):
        word = None
        while not word:
            word = self.more()
        text = self.heard.decode("latin-1").replace("\r\n", "|").replace("\n", "|")
        return f"{text}{word}"

    def fill(self, n):
        """The last of @n more."""
        for _ in range(n):
            self.held.append(self.socket)
            self.socket, self.heard = self.connect(), b""
            line = self.until(b"\n")
        return line

    def step(self, word, rest):
        text = rest.encode().decode("unicode_escape").encode("latin-1")
        if word == "send":
            self.socket.sendall(text)
        elif word == "line":
            print(self.until(b"\n"))
        elif word == "codes":
            print(*[self.until(b"\n")[:3] for _ in range(int(rest))])
        elif word == "rest":
            print(self.rest())
        elif word == "answer":
            print(self.until(b"\n\n"))
        elif word == "done":
            self.socket.shutdown(socket.SHUT_WR)
        elif word == "sleep":
            time.sleep(float(rest))
        elif word == "flood":
            n, text = rest.split(" ", 1)
            try:
                self.socket.sendall(text.encode().decode("unicode_escape").encode() * int(n))
            except OSError:
                pass
        elif word == "took":
            print(int((time.monotonic() - self.began) * 10))
        elif word == "fill":
            print(self.fill(int(rest)))
        else:
            sys.exit(f"there is no step {word}")


def smtp(source, server, port):
    def connect():
        return socket.create_connection((server, int(port)), PATIENCE, (source, 0))
    return connect


def policy(endpoint):
    kind, _, where = endpoint.partition(":")

    def connect():
        if kind == "inet":
            address, _, port = where.rpartition(":")
            return socket.create_connection((address, int(port)), PATIENCE)
        s = socket.socket(socket.AF_UNIX)
        s.settimeout(PATIENCE)
        s.connect(where)
        return s
    return connect


def main():
    if sys.argv[1] == "smtp":
        talk, steps = Talk(smtp(*sys.argv[2:5])), sys.argv[5:]
    else:
        talk, steps = Talk(policy(sys.argv[2])), sys.argv[3:]
    for step in steps:
        word, _, rest = step.partition(" ")
        talk.step(word, rest)


main()
