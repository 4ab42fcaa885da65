#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# `synward maillog test`: its words, its JSON, its exit codes.
# shellcheck source=tests/support/tap.sh
. "$(dirname "$0")/../support/tap.sh"
cd "$work" || exit 1

cat > mail.log << 'LOG'
Nov 26 00:18:17 mx postfix/smtpd[1]: NOQUEUE: reject: RCPT from a.example[192.0.2.1]: 550 5.1.1 <nobody@example.org>: Recipient address rejected: User unknown in virtual mailbox table; from=<> to=<nobody@example.org> proto=SMTP helo=<a>
Nov 26 00:18:18 mx postfix/smtpd[1]: NOQUEUE: reject: RCPT from a.example[192.0.2.1]: 450 4.2.0 <a@example.org>: Recipient address rejected: Greylisted; from=<> to=<a@example.org> proto=SMTP helo=<a>
Nov 26 00:18:19 mx sshd[1]: nothing of ours
2026-11-26 00:18:20 H=(x y) [192.0.2.1] F=<> rejected RCPT <a@example.org>: Unknown user
LOG
printf '2026-11-26 00:18:20 H=(x) [192.0.2.2] F=<> rejected RCPT <\033[31m@example.org>: Unknown user\n' >> mail.log

out=$("$synward" maillog test mail.log)
is "a log is read" $? 0
has "an unknown recipient" "$out" '^1: unknown-rcpt 192\.0\.2\.1 <nobody@example\.org> \(postfix-reject-rcpt\)$'
has "for now only" "$out" '^2: deferred \(postfix-reject-rcpt\)$'
has "of another program" "$out" '^3: foreign$'
has "it could be read in two ways" "$out" '^4: not-understood$'
has "nothing reaches the terminal as it is" "$out" '^5: unknown-rcpt 192\.0\.2\.2 <\\x1b\[31m@example\.org>'
has "counts at the end" "$out" '^ +2 unknown-rcpt$'

keys='o.get("result"), [(e["kind"], e["source"], e["recipient"]) for e in o.get("events", [])]'
out=$(head -n 1 mail.log | "$synward" maillog test --json - | head -n 1 | json "$keys")
is "standard input, in JSON" "$out" 'event [["unknown-rcpt", "192.0.2.1", "nobody@example.org"]]'
out=$("$synward" maillog test --json mail.log | tail -n 1 | json 'o["lines"], o["results"]["event"]')
is "counts in JSON" "$out" "5 2"
out=$("$synward" maillog test --format exim mail.log)
has "one format alone" "$out" '^1: foreign$'

err=$("$synward" maillog test --format qmail mail.log 2>&1)
is "a format that is none" $? 2
has "... said so" "$err" '^synward: qmail is no format of a mail log$'
err=$("$synward" maillog test missing 2>&1)
is "a file that is not there" $? 1
has "... said so" "$err" '^synward: missing: No such file or directory$'
"$synward" maillog test > /dev/null 2>&1
is "no file" $? 2
tap_done
