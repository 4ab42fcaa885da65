# SPDX-License-Identifier: GPL-2.0-only
"""ask - one request to the control socket of synwardd; print what it answers, as it is.

Usage: ask.py SOCKET REQUEST
"""
import socket
import sys

path, request = sys.argv[1:]
connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
connection.settimeout(20)
connection.connect(path)
connection.sendall(request.encode() + b"\n")
sys.stdout.write(connection.makefile("r").readline())
