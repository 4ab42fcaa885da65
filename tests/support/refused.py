#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""refused - connect from each of some sources, and say what became of it and how long it took.

usage: refused.py DESTINATION PORT SOURCE...

Prints a line for each: the name of the error ("connected" for none), and milliseconds.
"""
import errno
import socket
import sys
import time

IP_FREEBIND, IPV6_FREEBIND = 15, 78


def connect(source, to, port):
    six = ":" in source
    with socket.socket(socket.AF_INET6 if six else socket.AF_INET, socket.SOCK_STREAM) as s:
        if six:
            s.setsockopt(socket.IPPROTO_IPV6, IPV6_FREEBIND, 1)
        else:
            s.setsockopt(socket.IPPROTO_IP, IP_FREEBIND, 1)
        s.bind((source, 0))
        s.settimeout(5)
        start = time.monotonic()
        try:
            s.connect((to, port))
            words = "connected"
        except socket.timeout:
            words = "timeout"
        except OSError as error:
            words = errno.errorcode.get(error.errno, str(error))
        return words, (time.monotonic() - start) * 1000


def main():
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    for source in sys.argv[3:]:
        words, ms = connect(source, sys.argv[1], int(sys.argv[2]))
        print(f"{words} {ms:.0f}", flush=True)


if __name__ == "__main__":
    main()
