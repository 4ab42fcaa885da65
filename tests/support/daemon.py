# SPDX-License-Identifier: GPL-2.0-only
"""daemon - synwardd for tests that are too quick for a shell: start it, wait until it is
ready, ask it over its control socket, end it.

What fails raises; the daemon is killed with its object.
"""
import json
import os
import signal
import socket
import subprocess
import tempfile


class Refused(Exception):
    """The daemon's answer is an error; args are its words and its code."""


class Control:
    """One connection to the control socket."""

    def __init__(self, path, timeout=30):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.socket.connect(path)  # with a timeout it would fail while others wait, too
        self.socket.settimeout(timeout)
        self.rest = b""

    def close(self):
        self.socket.close()

    def send(self, request):
        self.socket.sendall(json.dumps(request).encode() + b"\n")

    def receive(self):
        while b"\n" not in self.rest:
            more = self.socket.recv(1 << 20)
            if not more:
                raise ConnectionError("the daemon hung up")
            self.rest += more
        line, _, self.rest = self.rest.partition(b"\n")
        return json.loads(line)

    def ask(self, **request):
        self.send(request)
        answer = self.receive()
        if "error" in answer:
            raise Refused(answer["error"], answer.get("code"))
        return answer

    def stream(self, **request):
        """All objects of a stream but the last, which says how it went."""
        self.send(request)
        while True:
            answer = self.receive()
            if "error" in answer and "source" not in answer:
                raise Refused(answer["error"], answer.get("code"))
            if answer.get("end"):
                return
            yield answer


class Daemon:
    """synwardd with a configuration, in the network namespace of the caller."""

    def __init__(self, program, conf, log, run_dir):
        self.command = [program, "-c", conf]
        self.log = log
        self.path = os.path.join(run_dir, "control")
        self.process = None

    def start(self, timeout=30):
        """Returns when it says that it is ready."""
        with tempfile.TemporaryDirectory() as folder:
            name = os.path.join(folder, "notify")
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify:
                notify.bind(name)
                os.chmod(folder, 0o755)
                os.chmod(name, 0o777)
                notify.settimeout(timeout)
                with open(self.log, "ab") as log:
                    self.process = subprocess.Popen(
                        self.command, stdout=log, stderr=log, stdin=subprocess.DEVNULL,
                        env=dict(os.environ, NOTIFY_SOCKET=name))
                while b"READY=1" not in notify.recv(4096):
                    if self.process.poll() is not None:
                        raise RuntimeError("synwardd ended")

    def kill(self, number=signal.SIGKILL):
        self.process.send_signal(number)
        status = self.process.wait()
        self.process = None
        return status

    def __del__(self):
        if self.process:
            self.process.kill()
            self.process.wait()

    def control(self, timeout=30):
        return Control(self.path, timeout)
