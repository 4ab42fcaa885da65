#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""The daemon's end of synward-milter's socket: writes what comes to a file.

Usage: event_socket.py SOCKET FILE
"""
import os
import socket
import sys

path, out = sys.argv[1:]
if os.path.exists(path):
    os.unlink(path)
server = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
server.bind(path)
os.chmod(path, 0o666)
with open(out, "ab", buffering=0) as file:
    while True:
        file.write(server.recv(65536))
