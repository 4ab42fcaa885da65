#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""senders - good senders: one SMTP session each, spread over a time, and who could send.

Usage: senders.py SERVER SECONDS SOURCE...

Each sends one mail from its SOURCE and stays for half a second, as all do that are not on
this machine. Prints the sources whose mail was taken, a line each.
"""
import smtplib
import sys
import threading
import time

STAY, PATIENCE = 0.5, 20
MAIL = "From: a@sender.example\r\nSubject: hello\r\n\r\nhello\r\n"


def send(server, source):
    try:
        with smtplib.SMTP(server, 25, "sender.example", PATIENCE, (source, 0)) as smtp:
            smtp.sendmail("a@sender.example", ["b@mx.example"], MAIL)
            time.sleep(STAY)
    except (OSError, smtplib.SMTPException) as e:
        print(f"{source}: {e}", file=sys.stderr)
        return
    print(source, flush=True)


def main():
    server, seconds, sources = sys.argv[1], float(sys.argv[2]), sys.argv[3:]
    threads = [threading.Thread(target=send, args=(server, source)) for source in sources]
    for thread in threads:
        thread.start()
        time.sleep(seconds / len(sources))
    for thread in threads:
        thread.join()


if __name__ == "__main__":
    main()
