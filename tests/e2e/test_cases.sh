#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Complaints on standard input, to cases and warnings: the daemon, a real resolver (unbound) that
# knows whose the sources are, and a sendmail(8) that keeps what it is given. Sent once, off by
# default, with the right words; reports that come again after a restart or kill -9; hostile ones.
# shellcheck source=tests/e2e/dns_lab.sh
. "$(dirname "$0")/dns_lab.sh"

dns_needs unbound
mails=$work/mails

# sendmail CODE: it keeps each message in a folder of its own, and ends with CODE
sendmail() {
	cat > "$work/sendmail" <<-PROGRAM
		#!/bin/sh
		folder=\$(mktemp -d "$mails/XXXXXX")
		printf '%s\n' "\$@" > "\$folder/args"
		cat > "\$folder/mail"
		exit $1
	PROGRAM
	chmod 755 "$work/sendmail"
	rm -rf "$mails"
	mkdir "$mails"
}

# mail_to: the recipients of all that was sent, in order
mail_to() {
	tail -q -n 1 "$mails"/*/args 2> /dev/null | sort | tr '\n' ' '
}

# complaint SOURCE ID [TEXT]: a message
complaint() {
	printf '%s\n' 'From: fbl@example.net' "Message-ID: <outer-$2@example.net>" 'MIME-Version: 1.0' \
		'Content-Type: multipart/report; report-type=feedback-report; boundary="b"' '' \
		'--b' 'Content-Type: text/plain' '' 'A complaint.' \
		'--b' 'Content-Type: message/feedback-report' '' 'Feedback-Type: abuse' \
		"User-Agent: ${3:-test/1}" 'Version: 1' "Source-IP: $1" \
		'Original-Mail-From: <victim@victim.example>' 'Reported-Domain: victim.example' '' \
		'--b' 'Content-Type: message/rfc822' '' "Message-ID: <$2@example.com>" \
		'From: a@victim.example' 'Reply-To: abuse@victim.example' 'Subject: x' '' 'x' '--b--'
}

# complain SOURCE ID [TEXT]: what came of it
complain() {
	complaint "$@" | ctl report 2>> "$work/report.log" | sed -n 's/^.*: complaint: //p'
}

# cases WORD...: ctl, for a command of two words
cases() {
	local word=$1

	shift
	in_ns "$mx" "$synward" case "$word" -c "$conf" "$@" 2>&1
}

# took SOURCE...: mail of these was taken
took() {
	local source

	for source in "$@"; do
		python3 "$TOP/tests/support/mta_events.py" "$work/run/events" accepted-rcpt "$source" 1
	done
	asked "o['pid']" > /dev/null # answered after what came before
}

# configure LINE...
configure() {
	lab_conf 'interfaces = {"m0"}' 'on-exit = "keep"' 'never-block = {"5.60.0.0/16"}' \
		'shared-pools = {"5.80.0.0/16"}' 'complaint-grace = 1h' 'dns-servers = {"127.0.0.1"}' "$@"
}
warnings=("warn-template = \"$work/template\"" 'warn-from = "postmaster@mx.example.org"'
	"warn-sendmail = \"$work/sendmail\""
	'warn-contact = {"address contacts.example.com", "rdns"}')

cat > "$work/template" <<'TEMPLATE'
Subject: complaint about mail from %a

Mail from %a (%n) was complained of: %r.
Please look into it until %g.
-- 
%h
TEMPLATE
sendmail 0
lab_up
resolver_start "$mx" 53 mail.sender.com <<'ZONE'
	local-zone: "sender.com." static
	local-data: 'mail.sender.com. 60 IN A 5.9.4.2'
	local-data: 'mail.sender.com. 60 IN A 5.9.4.9'
	local-data: 'six.sender.com. 60 IN AAAA 2a01:1::1'
	local-zone: "victim.com." static
	local-data: 'mx.victim.com. 60 IN A 192.0.2.25'
	local-zone: "5.in-addr.arpa." static
	local-data: '2.4.9.5.in-addr.arpa. 60 IN PTR mail.sender.com.'
	local-data: '3.4.9.5.in-addr.arpa. 60 IN PTR mx.victim.com.'
	local-data: '9.4.9.5.in-addr.arpa. 60 IN PTR mail.sender.com.'
	local-zone: "a.2.ip6.arpa." static
	local-data: '1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.1.0.0.0.1.0.a.2.ip6.arpa. 60 IN PTR six.sender.com.'
	local-zone: "contacts.example.com." static
	local-data: '5.4.9.5.contacts.example.com. 60 IN TXT "noc@isp.example"'
	local-zone: "6.9.5.contacts.example.com." redirect
	local-data: '6.9.5.contacts.example.com. 60 IN TXT "many@isp.example"'
ZONE

# ---- off by default ----

configure
daemon_start || { not_ok "synwardd starts"; tap_done; }
took 5.9.4.1 5.9.4.2 5.9.4.3 5.9.4.4 5.9.4.5 5.60.1.1 5.80.1.1 2a01:1::1
is "a complaint opens a case" "$(complain 5.9.4.1 a)" opened
is "... and nobody is warned by default" "$(mail_to)" ""

# ---- once ----

configure "${warnings[@]}" 'warn-max = 6'
reload
is "another case" "$(complain 5.9.4.2 b)" opened
is "... the contact of its confirmed name is warned" "$(mail_to)" "abuse@sender.com "
mail=$(cat "$mails"/*/mail 2> /dev/null)
has "... the subject" "$mail" '^Subject: complaint about mail from 5\.9\.4\.2$'
has "... the values" "$mail" '^Mail from 5\.9\.4\.2 \(mail\.sender\.com\) was complained of: complaint 1: abuse, by test/1\.$'
has "... from the operator" "$mail" '^From: <postmaster@mx\.example\.org>$'
is "... with the null sender" "$(sed -n 2,3p "$mails"/*/args | tr '\n' ' ')" '-f <> '
is "... none of the report's addresses is in it" "$(grep -c victim <<< "$mail")" 0
is "a second complaint counts" "$(complain 5.9.4.2 c)" counted
is "the first one again does not" "$(complain 5.9.4.2 b)" again
is "... and nobody is warned again" "$(mail_to)" "abuse@sender.com "
has "case show says whom" "$(cases show 5.9.4.2)" ' warned +- .*warned: abuse@sender\.com'
has "... history as well" "$(ctl history 5.9.4.2)" 'warning .*warned: abuse@sender\.com'
is "status counts it" "$(asked "o['mta']['warnings']['sent'], o['mta']['reports']['opened']")" "1 2"

# ---- what was told stays told ----

daemon_stop
daemon_start
is "after a restart a report is known" "$(complain 5.9.4.2 c)" again
is "another one is new" "$(complain 5.9.4.2 d)" counted
sleep 3 # what came is on the disk within two seconds
daemon_end KILL
daemon_start
is "after kill -9 it is known, too" "$(complain 5.9.4.2 d)" again
is "... and that the case was warned of" "$(cases warn --dry-run 5.9.4.2 | grep -c '^Subject')" 1
is "nothing more was sent" "$(mail_to)" "abuse@sender.com "

# ---- other contacts, and none ----

sendmail 0
is "IPv6" "$(complain 2a01:1::1 e)" opened
is "... by its name, too" "$(mail_to)" "abuse@sender.com "
has "... its /64" "$(cases show 2a01:1::/64)" 'warned: abuse@sender\.com'
sendmail 0
is "one that a zone has a contact for" "$(complain 5.9.4.5 f)" opened
is "... which is it" "$(mail_to)" "noc@isp.example "
sendmail 0
is "a name that does not lead back" "$(complain 5.9.4.3 g)" opened
is "... is no word on who it is" "$(mail_to)" ""
has "... the log tells" "$(cat "$log")" '5\.9\.4\.3: not warned: no abuse contact was found'
is "one of a shared pool" "$(complain 5.80.1.1 h)" opened
is "... is not warned" "$(mail_to)" ""
is "one of ours" "$(complain 5.60.1.1 i)" looked-through
is "a stranger" "$(complain 5.9.200.1 j)" stranger
is "... nobody is warned" "$(mail_to)" ""

# ---- by hand ----

has "case warn" "$(cases warn --to noc@example.net 5.9.4.3)" '5\.9\.4\.3: the warning to noc@example\.net was handed over'
is "... sends it" "$(mail_to)" "noc@example.net "
has "... and it is kept who did" "$(cases show 5.9.4.3)" ' warned +- +root +warned: noc@example\.net'
has "case warn of no case" "$(cases warn --to noc@example.net 5.9.77.7)" 'there is no case about 5\.9\.77\.7'
sendmail 75
has "a sendmail that fails" "$(cases warn 5.9.4.1 --to x@example.net)" 'did not take it: exit code 75'
has "... is in the history" "$(cases show 5.9.4.1)" ' not warned +- .*not warned: x@example\.net: .*exit code 75'

# ---- hostile ----

sendmail 0
took 5.9.5.1
is "words with an escape and a percent sign" "$(complain 5.9.5.1 l $'%s%n \e[2J\rBcc: x@victim.example')" opened
is "... open a case, and go nowhere else" "$(mail_to)" ""

# One each for mail.sender.com, six.sender.com and the zone's were booked today; those by hand are not
# counted.
for n in 1 2 3 4 5 6 7 8; do
	took "5.9.6.$n"
	complain "5.9.6.$n" "n$n"
done > "$work/results"
is "eight cases in a row" "$(sort "$work/results" | uniq -c | tr -s ' ')" " 8 opened"
is "... are no more warnings than a day may have" "$(mail_to)" "many@isp.example many@isp.example many@isp.example "
has "... and the mail server's log has why" "$(cat "$work/report.log")" '6 warnings were sent within a day, and warn-max allows no more'
is "... as status does" "$(asked "o['mta']['warnings']['too_many']")" 5

# ---- a first warning that fails is tried again by itself ----

configure "${warnings[@]}"
reload
sendmail 75
took 5.9.4.9
is "sendmail does not take a first warning: the report counts all the same" \
	"$(complain 5.9.4.9 k)" opened
has "... and its mail server hears that it is tried again" "$(tail -n 1 "$work/report.log")" \
	'exit code 75; it is tried again$'
has "... the history says when" "$(cases show 5.9.4.9)" \
	' not warned +- +root +not warned: abuse@sender\.com: .*exit code 75; tried again in 30s'
sendmail 0
wait_until 90 sh -c "ls '$mails'/*/mail"
is "... it is" "$(mail_to)" "abuse@sender.com "
has "... the history says so" "$(cases show 5.9.4.9)" ' warned +- +root +warned: abuse@sender\.com'

daemon_stop
tap_done
