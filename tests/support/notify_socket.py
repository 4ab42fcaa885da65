# SPDX-License-Identifier: GPL-2.0-only
"""notify_socket - the listening end of sd_notify(3): append what comes to a file.

Usage: notify_socket.py SOCKET FILE
"""
import os
import socket
import sys

path, out = sys.argv[1:]
if os.path.exists(path):
    os.unlink(path)
listener = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
os.umask(0)  # as systemd's socket: whoever tells may be no root any more
listener.bind(path)
while True:
    with open(out, "ab") as file:
        file.write(listener.recv(4096) + b"\n")
