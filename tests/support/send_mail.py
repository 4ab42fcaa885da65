#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""One SMTP session; prints the reply code to each recipient, and to the message.

Usage: send_mail.py FROM-ADDRESS SERVER[:PORT] SENDER RECIPIENT...
With "RSET" for a recipient the message ends there and another one begins.
"""
import smtplib
import sys

source, server, sender, *recipients = sys.argv[1:]
server, port = server.split(":") if server.count(":") == 1 else (server, 25)


def finish(smtp, taken):
    return smtp.data("Subject: test\r\n\r\nhello\r\n")[0] if taken else smtp.rset()[0]


smtp = smtplib.SMTP(server, int(port), "client.test", 20, (source, 0))
smtp.ehlo()
smtp.mail(sender)
codes, taken = [], 0
for recipient in recipients:
    if recipient == "RSET":
        smtp.rset()
        smtp.mail(sender)
        taken = 0
        continue
    code = smtp.rcpt(recipient)[0]
    taken += code == 250
    codes.append(code)
codes.append(finish(smtp, taken))
smtp.quit()
print(*codes)
