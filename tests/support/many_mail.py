#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Messages with many recipients, a connection each; prints how many were taken and refused.

Usage: many_mail.py FROM-ADDRESS SERVER MESSAGES GOOD UNKNOWN [FIRST]

Each message is to GOOD recipients that there are, good+N@mx.test; UNKNOWN more, userN@mx.test from
FIRST on, are spread over the messages, one or so before the others of each.
"""
import smtplib
import sys

source, server = sys.argv[1:3]
messages, good, unknown = map(int, sys.argv[3:6])
first = int(sys.argv[6]) if len(sys.argv) > 6 else 0
taken = refused = 0
for number in range(messages):
    smtp = smtplib.SMTP(server, 25, "client.test", 30, (source, 0))
    smtp.ehlo()
    smtp.mail("a@sender.test")
    for user in range(unknown * number // messages, unknown * (number + 1) // messages):
        refused += smtp.rcpt(f"user{first + user}@mx.test")[0] == 550
    count = sum(smtp.rcpt(f"good+{user}@mx.test")[0] == 250 for user in range(good))
    if count and smtp.data("Subject: test\r\n\r\nhello\r\n")[0] == 250:
        taken += count
    smtp.quit()
print(taken, refused)
