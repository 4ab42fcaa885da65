# SPDX-License-Identifier: GPL-2.0-only
"""ask - one request to the control socket of synwardd; print what it answers, as it is, or the
values of a Python tuple of it, named o; nothing when it lacks a key of that.

Usage: ask.py SOCKET REQUEST [EXPRESSION]
"""
import json
import socket
import sys

path, request = sys.argv[1:3]
connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
connection.settimeout(20)
connection.connect(path)
connection.sendall(request.encode() + b"\n")
answer = connection.makefile("r").readline()
if len(sys.argv) < 4:
    sys.stdout.write(answer)
    sys.exit()
try:
    values = eval(sys.argv[3], {"o": json.loads(answer)})
except KeyError:
    sys.exit()
values = values if isinstance(values, tuple) else (values,)
print(" ".join(v if isinstance(v, str) else json.dumps(v) for v in values))
