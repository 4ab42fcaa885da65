#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""greetings - sources that open SMTP connections all the time, and what each of them hears.

Usage: greetings.py IPV4-SERVER,IPV6-SERVER STOP-FILE SECONDS SOURCE...

Each source has one connection after another, until STOP-FILE is there or the time is up: it reads the
greeting, says QUIT, and reads the answer. Prints an object of JSON: for each source how often it
heard each code, "cut" (the connection ended without one), "refused", "timeout".
"""
import collections
import ipaddress
import json
import os
import socket
import sys
import threading
import time

PATIENCE, PAUSE = 8, 0.05


def greet(server, source):
    family = socket.AF_INET6 if ipaddress.ip_address(source).version == 6 else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as s:
        s.settimeout(PATIENCE)
        s.bind((source, 0))
        s.connect((server, 25))
        with s.makefile("rb") as lines:
            code = lines.readline()[:3].decode("latin-1")
            s.sendall(b"QUIT\r\n")
            lines.readline()
    return code or "cut"


def heard(server, source):
    try:
        return greet(server, source)
    except socket.timeout:
        return "timeout"
    except ConnectionRefusedError:
        return "refused"
    except OSError:
        return "cut"


def keep_on(server, source, is_over, counts):
    while not is_over():
        counts[heard(server, source)] += 1
        time.sleep(PAUSE)


def main():
    server4, server6 = sys.argv[1].split(",")
    stop, seconds, sources = sys.argv[2], float(sys.argv[3]), sys.argv[4:]
    end = time.monotonic() + seconds
    counts = {source: collections.Counter() for source in sources}

    def is_over():
        return time.monotonic() > end or os.path.exists(stop)

    threads = [threading.Thread(target=keep_on, args=(
        server6 if ":" in source else server4, source, is_over, counts[source]))
        for source in sources]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print(json.dumps(counts))


if __name__ == "__main__":
    main()
