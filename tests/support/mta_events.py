# SPDX-License-Identifier: GPL-2.0-only
"""mta_events - tell synwardd what a mail server saw, as synward-milter does.

Usage: mta_events.py SOCKET KIND SOURCE COUNT [FIRST]

So many recipients of that kind, user FIRST@example.org and on, an event each, some in a
datagram. Waits while the daemon's queue is full.
"""
import json
import socket
import sys
import time

path, kind, source, count = sys.argv[1:5]
first = int(sys.argv[5]) if len(sys.argv) > 5 else 0
out = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
out.connect(path)
out.setblocking(False)
lines = [
    json.dumps({"kind": kind, "source": source, "rcpt": f"user{n}@example.org", "n": 1})
    for n in range(first, first + int(count))
]
for at in range(0, len(lines), 50):
    datagram = "\n".join(lines[at:at + 50]).encode()
    while True:
        try:
            out.send(datagram)
            break
        except BlockingIOError:
            time.sleep(0.001)
