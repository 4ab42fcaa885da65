# SPDX-License-Identifier: GPL-2.0-only
"""desk - a small stand-in for synward-desk: the other end of run-dir/desk.

Usage: desk.py SOCKET PORT FAMILIES
   or: desk.py SOCKET ask HOW SOURCE [COUNT]
   or: desk.py SOCKET raw PACKET

The first listens on the loopback addresses of FAMILIES (46) at PORT, registers, says "ready", asks
what to say to whoever connects and greets with it: "554 5.7.1 TEXT" when it is rejected, else
"421 4.3.2 CLASS". The second asks COUNT times and prints the last answer. The third sends anything and
prints what comes: null when it is hung up on, "nothing" when nothing comes.
"""
import array
import json
import select
import socket
import sys
import time


def join(path):
    link = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    link.settimeout(10)
    link.connect(path)
    return link


def hear(link):
    packet = link.recv(8192)
    return json.loads(packet) if packet else None


def listen(family, port):
    s = socket.socket(socket.AF_INET if family == 4 else socket.AF_INET6, socket.SOCK_STREAM)
    if family == 6:
        s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    s.bind(("127.0.0.1" if family == 4 else "::1", port))
    s.listen(128)
    return s


def register(link, families, listeners):
    fds = array.array("i", [s.fileno() for s in listeners])
    link.sendmsg([json.dumps({"op": "desk", "families": families}).encode()],
                 [(socket.SOL_SOCKET, socket.SCM_RIGHTS, fds)])


def say(link, how, source, number=1):
    link.send(json.dumps({"op": "say", "id": number, "how": how, "source": source,
                          "port": 25}).encode())
    while True:
        answer = hear(link)
        if answer is None or answer.get("op") != "again":
            return answer


def come_back(path, families, listeners):
    """Connect and register; None when there is nobody."""
    try:
        link = join(path)
        register(link, families, listeners)
        answer = hear(link)
        print("ready" if answer and answer["ok"] else "refused", json.dumps(answer), flush=True)
        return link
    except OSError:
        return None


def greet(link, connection, source, number):
    """False: the daemon is gone."""
    try:
        answer = say(link, "smtp", source, number) if link else None
    except OSError:
        answer = None
    if answer is None:
        text = "554 5.7.1 no daemon"
    elif answer["action"] == "reject" and answer["enforced"]:
        text = "554 5.7.1 " + answer["text"]
    else:
        text = "421 4.3.2 " + answer["class"]
    print(source, text, flush=True)
    try:
        connection.sendall(text.encode() + b"\r\n")
    except OSError:
        pass
    connection.close()
    return answer is not None


def serve(path, port, families):
    listeners = [listen(f, port) for f in families]
    link, number = None, 0
    while True:
        link = link or come_back(path, families, listeners)
        readable, _, _ = select.select([link] * bool(link) + listeners, [], [], 0.1)
        for s in readable:
            if s is link:
                message = hear(link)
                if message is None:
                    link = None
                elif message.get("op") == "again":
                    print("again", flush=True)
                    register(link, families, listeners)
            elif s in listeners:
                connection, source = s.accept()
                number += 1
                if not greet(link, connection, source[0], number):
                    link = None


def main():
    path, what = sys.argv[1], sys.argv[2]
    if what == "ask":
        link = join(path)
        for i in range(int(sys.argv[5]) if len(sys.argv) > 5 else 1):
            answer = say(link, sys.argv[3], sys.argv[4], i)
        print(json.dumps(answer))
    elif what == "raw":
        link = join(path)
        link.send(sys.argv[3].encode())
        link.settimeout(1)
        try:
            print(json.dumps(hear(link)))
        except socket.timeout:
            print("nothing")
        except ConnectionError:
            print("null")
    else:
        serve(path, int(what), [int(f) for f in sys.argv[3]])


main()
