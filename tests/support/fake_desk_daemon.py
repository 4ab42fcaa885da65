# SPDX-License-Identifier: GPL-2.0-only
"""The daemon's end of synward-desk's socket, as a test wants it.

Usage: fake_desk_daemon.py SOCKET FOLDER

What comes goes to FOLDER/asked, a line each; of a registration its descriptors too. FOLDER/mode, read
at each packet, says how it is answered:

  normal          by the source's last number or group: 1 reject, 2 in shadow, 3 nothing against it, 4 limit,
                  5 drop, 6 reject with odd words, 7 not known; all others reject
  slow SECONDS    the same, so much later
  silent          not at all
  garbage TEXT    with TEXT, escapes as Python has them
  hangup          by hanging up
  again           with a wish for another registration, and then as normal

While there is FOLDER/busy all are rejected, and only registrations are written down.
"""
import array
import json
import os
import select
import socket
import sys
import time

path, folder = sys.argv[1:]
os.umask(0)
if os.path.exists(path):
    os.unlink(path)
listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
listener.bind(path)
listener.listen(16)
asked = open(os.path.join(folder, "asked"), "ab", buffering=0)
clients = {}
registered = []  # descriptors, kept as the map keeps sockets
later = []  # (time, client, answer)
state = {"mode": "normal", "read": 0.0}


def mode():
    now = time.monotonic()
    if now - state["read"] > 0.05:
        with open(os.path.join(folder, "mode")) as file:
            state["mode"] = file.read().strip()
        state["read"] = now
    return state["mode"]


def say(request, busy):
    source = request["source"]
    number = source.replace(":", ".").rsplit(".", 1)[1]
    text = f"Mail from [{source}] is not accepted: it is listed"
    answer = {"op": "say", "id": request["id"], "class": "bad-list", "action": "reject",
              "enforced": True, "text": text}
    if busy:
        return answer
    if number == "2":
        answer.update({"class": "trial-list", "action": "drop", "enforced": False})
    elif number == "3":
        answer.update({"class": "", "action": "pass"})
        del answer["text"]
    elif number == "4":
        answer.update({"class": "slow-list", "action": "limit"})
    elif number == "5":
        answer.update({"class": "drop-list", "action": "drop"})
    elif number == "6":
        answer.update({"text": "odd\r\n250 ok \u00e9\u0001 " + "x" * 500})
    elif number == "7":
        answer = {"op": "say", "id": request["id"], "error": "no such thing"}
    return answer


def send(client, answer):
    data = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
    try:
        client.send(data)
    except OSError:
        pass


def register(client, request, fds):
    words = []
    for fd in fds:
        listening = socket.socket(fileno=fd)
        words.append(f"{listening.family.name} "
                     f"{listening.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN)}")
        registered.append(listening)
    while len(registered) > 4:
        registered.pop(0).close()
    if not request["families"]:
        while registered:
            registered.pop().close()
    asked.write(f"registered {json.dumps(request['families'])} {', '.join(words)}\n".encode())
    send(client, {"op": "desk", "ok": True, "steering": True})


def answer(client, packet, fds):
    request = json.loads(packet)
    how = mode()
    if request["op"] == "desk":
        register(client, request, fds)
        return
    busy = os.path.exists(os.path.join(folder, "busy"))
    if not busy:
        asked.write(packet + b"\n")
    if request["op"] != "say":
        return
    word, _, rest = how.partition(" ")
    if word == "garbage":
        send(client, rest.encode().decode("unicode_escape").encode("latin-1"))
    elif word == "hangup":
        drop(client)
    elif word == "slow":
        later.append((time.monotonic() + float(rest), client, say(request, busy)))
    elif word != "silent":
        if word == "again":
            send(client, {"op": "again"})
        send(client, say(request, busy))


def drop(client):
    clients.pop(client.fileno(), None)
    client.close()


def receive(client):
    for _ in range(200):
        try:
            packet, control, _, _ = client.recvmsg(65536, socket.CMSG_SPACE(64),
                                                   socket.MSG_DONTWAIT)
        except BlockingIOError:
            return
        except OSError:
            packet = b""
        if not packet:
            drop(client)
            return
        fds = array.array("i")
        for level, kind, data in control:
            if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
                fds.frombytes(data[: len(data) - len(data) % fds.itemsize])
        answer(client, packet, fds)
        if client.fileno() < 0:
            return


while True:
    wait = min([t for t, _, _ in later], default=time.monotonic() + 1) - time.monotonic()
    ready, _, _ = select.select([listener, *clients.values()], [], [], max(wait, 0))
    for s in ready:
        if s is listener:
            client, _ = listener.accept()
            clients[client.fileno()] = client
        elif s.fileno() >= 0:
            receive(s)
    now = time.monotonic()
    for entry in [e for e in later if e[0] <= now]:
        later.remove(entry)
        if entry[1].fileno() >= 0:
            send(entry[1], entry[2])
