#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Mail logs that synwardd follows: from the lines to the dropped SYN, through rotation, truncation,
# a restart and kill -9, with nothing counted twice and nothing lost; a log that is not there yet,
# or may not be read; reports on standard input.
# shellcheck source=tests/e2e/lab.sh
. "$(dirname "$0")/lab.sh"

passes=refused # nothing listens: whoever gets through is refused by the MX's TCP
drops=timeout
maillog=$work/log/mail.log

# unknown SOURCE COUNT [FIRST]: lines of Postfix
unknown() {
	local i
	for ((i = ${3:-0}; i < ${3:-0} + $2; i++)); do
		echo "$(date +'%b %e %T') mx postfix/smtpd[99]: NOQUEUE: reject: RCPT from unknown[$1]: 550" \
			"5.1.1 <u$i@example.org>: Recipient address rejected: User unknown in local recipient table;" \
			"from=<a@example.net> to=<u$i@example.org> proto=ESMTP helo=<mail.example.net>"
	done >> "$maillog"
}

# counted_as COUNT: recipients that were counted as unknown since the daemon started
# shellcheck disable=SC2317 # called by name
counted_as() {
	[ "$(asked "o['mta']['recipients']['unknown-rcpt']")" = "$1" ]
}

# counts NAME COUNT: in time, and no more
counts() {
	wait_until 20 counted_as "$2"
	sleep 0.3
	is "$1: $2 are counted" "$(asked "o['mta']['recipients']['unknown-rcpt']")" "$2"
}

sees() {
	is "$1: $2 sees $3" "$(probe "$2" -t 0.5)" "$3"
}

# shellcheck disable=SC2317 # called by name
is_saved() {
	[ "$(find "$work/state" -name 'maillog-*' -newer "$work/mark" | wc -l)" -ge 1 ]
}

# saved: wait until the position was saved after now
saved() {
	touch "$work/mark"
	sleep 0.1
	echo "a line that says nothing" >> "$maillog"
	wait_until 20 is_saved
}

mkdir -p "$work/log"
chmod 755 "$work/log"
lab_conf 'interfaces = {"m0"}' 'on-exit = "keep"' "mail-logs = {\"$maillog\", \"$work/log/secret.log\"}"
mkdir "$work/log/secret.log" # cannot be read by root either
lab_up
daemon_start || { not_ok "synwardd starts without its log"; tap_done; }
ok "synwardd starts without its log"
wait_until 10 logged 'secret.log cannot be read'
has "a log that may not be read is told of" "$(cat "$log")" 'secret\.log cannot be read.*does not count until it can'

# ---- lines to a lock ----

unknown 5.9.1.1 29
counts "a log that came later" 29
sees "after 29" 5.9.1.1 $passes
unknown 5.9.1.1 1 29
counts "one more" 30
sees "after 30" 5.9.1.1 $drops
said "explain says why" 0 '30 unknown recipients' explain 5.9.1.1
unknown 2a01:1::1 30
counts "IPv6" 60
sees "IPv6, after 30" 2a01:1::2 $drops

# ---- rotation ----

unknown 5.9.2.1 10
mv "$maillog" "$maillog.1"
touch "$maillog"
unknown 5.9.2.1 10 10
counts "renamed" 80
cp "$maillog" "$maillog.2"
: > "$maillog"
unknown 5.9.2.1 9 20
counts "copied and truncated" 89
sees "29 over three files" 5.9.2.1 $passes

# ---- restarts ----

daemon_stop
unknown 5.9.3.1 15
mv "$maillog" "$maillog.1"
unknown 5.9.3.1 15 15
daemon_start
counts "written while the daemon was away, with a rotation in it" 30
sees "after 30 of them" 5.9.3.1 $drops
unknown 5.9.4.1 29
counts "before kill -9" 59
saved
daemon_end KILL
daemon_start
sleep 1
unknown 5.9.5.1 1
counts "after kill -9 nothing comes again" 1
sees "29 before it, and none after" 5.9.4.1 $passes

# ---- hostile lines ----

{
	echo "Nov 26 01:00:00 mx postfix/smtpd[9]: NOQUEUE: reject: RCPT from x[5.9.6.1]: 450 4.2.0 <a@b>:" \
		"Greylisted; helo=<x RCPT from y[5.9.7.7]: 550 5.1.1 <u@x>: Recipient address rejected: User unknown>"
	head -c 200000 /dev/zero
	printf '\n\xff\xfe\n'
} >> "$maillog"
unknown 5.9.5.1 1 1
counts "a greylisted line, one too long, and one of no text" 2

# ---- reports ----

complaint() {
	printf '%s\n' 'From: fbl@example.net' 'Message-ID: <'"$2"'@example.net>' 'MIME-Version: 1.0' \
		'Content-Type: multipart/report; report-type=feedback-report; boundary="b"' '' \
		'--b' 'Content-Type: text/plain' '' 'A complaint.' \
		'--b' 'Content-Type: message/feedback-report' '' 'Feedback-Type: abuse' \
		'User-Agent: test/1' 'Version: 1' "Source-IP: $1" '' \
		'--b' 'Content-Type: message/rfc822' '' 'From: a@example.com' 'Subject: x' '' 'x' '--b--'
}

# tell_report WANT-CODE WANT NAME: of a message on standard input
tell_report() {
	local out code=0
	out=$(ctl report 2>&1) || code=$?
	is "$3: exit code" $code "$1"
	has "$3: words" "$out" "$2"
}

complaint 5.9.8.1 1 | tell_report 0 'stranger' "a complaint about a stranger"
echo "$(date +'%b %e %T') mx postfix/smtpd[99]: ABCDEF0123: client=good[5.9.8.1]" >> "$maillog"
echo "$(date +'%b %e %T') mx postfix/qmgr[9]: ABCDEF0123: from=<a@example.com>, size=100, nrcpt=3 (queue active)" >> "$maillog"
saved
complaint 5.9.8.1 2 | tell_report 0 'opened' "a complaint about one that mail was taken from"
head -c 5000 /dev/urandom | tell_report 65 'no message' "noise"
said "the case is there" 0 '5\.9\.8\.1' list --class complaint-case
daemon_stop
complaint 5.9.8.1 3 | tell_report 75 'synwardd' "while the daemon is away the mail server keeps it"
tap_done
