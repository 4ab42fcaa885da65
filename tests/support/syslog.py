#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""A syslog for the programs of one test: writes what comes as rsyslog does by default.

Usage: syslog.py SOCKET FILE HOST

"<22>Nov 26 03:40:00 smtpd[7]: words" becomes "Nov 26 03:40:00 HOST smtpd[7]: words"; control
characters become "#011".
"""
import os
import re
import socket
import sys

path, out, host = sys.argv[1:]
server = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
server.bind(path)
os.chmod(path, 0o666)
with open(out, "ab", buffering=0) as file:
    while True:
        line = server.recv(65536).decode("latin-1").rstrip("\0\n")
        line = re.sub(r"[\x00-\x1f\x7f]", lambda m: f"#{ord(m.group()):03o}", line)
        line = re.sub(r"^<\d+>", "", line)
        file.write(f"{line[:15]} {host} {line[16:]}\n".encode("latin-1"))
