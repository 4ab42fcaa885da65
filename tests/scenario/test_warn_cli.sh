#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The warning of a case, as report and case warn make it: what the daemon is asked and told, what
# sendmail(8), a script here, is given, and what happens when either says no; a relay of ours that a
# report names; templates that check-config refuses.
# shellcheck source=tests/support/fake.sh
. "$(dirname "$0")/../support/fake.sh"
cd "$work" || exit 1

# sendmail CODE: from now on it keeps what it gets, and ends with CODE
sendmail() {
	cat > sendmail <<-PROGRAM
		#!/bin/sh
		printf '%s\n' "\$@" > '$work/args'
		cat > '$work/mail'
		exit $1
	PROGRAM
	chmod 755 sendmail
	rm -f args mail
}

# template LINE...
template() {
	printf '%s\n' "$@" > template
}

cp conf plain
# configure LINE...: what the configuration says of warnings; nobody answers questions to the DNS
configure() {
	{
		cat plain
		printf '%s\n' 'dns-servers = {"127.0.0.1:9"}' 'dns-timeout = 100ms' "$@"
	} > conf
}
warnings=("warn-template = template" 'warn-from = "postmaster@example.org"'
	"warn-sendmail = \"$work/sendmail\"")

# warn EXIT NAME ARGUMENT...: case warn
warn() {
	local want=$1 name=$2

	shift 2
	"$synward" case warn -c "$work/conf" "$@" > out 2> err
	is "$name: exit code $want" $? "$want"
	out=$(cat out) err=$(cat err)
}

# has_mail NAME PATTERN
has_mail() {
	has "$1" "$(cat mail 2> /dev/null)" "$2"
}

no_mail() {
	is "$1: sendmail was not run" "$(ls args mail 2> /dev/null)" ""
}

# found REASON: what the daemon answers
found() {
	printf 'answer {"source":"192.0.2.7","to":"abuse@example.net","complaints":2,'
	printf '"opened":1795608000,"until":1796212800,"reason":"%s"}' "$1"
}

# ---- templates ----

# checks NAME EXIT PATTERN
checks() {
	local code=0

	"$synward" check-config -c conf > out 2>&1 || code=$?
	is "$1: exit code $2" $code "$2"
	has "$1" "$(cat out)" "$3"
}

sendmail 0
configure "${warnings[@]}"
checks "a template that is not there" 0 'warning: .*warn-template: .*/template: No such file'
template 'Subject: complaint about %a' '' 'fine, until %g'
checks "a good one" 0 'good'
template 'Subject: x' '' 'one' '%z'
checks "a macro that there is not" 1 'warn-template: .*/template: line 4: %z stands for nothing'
template 'Subject: x' 'Bcc: everybody@example.org' '' 'x'
checks "a header" 1 'line 2 is not empty'
template 'Subject: complaint about %a' '' 'Hello, %n: %m, %r, %d, %g.' '%h'
configure "${warnings[0]}"
checks "no warn-from" 1 'needs warn-from'
configure "${warnings[0]}" 'warn-from = "postmaster"'
checks "a warn-from that is no address" 1 'conf:[0-9]+: warn-from: "postmaster" is no address of mail'
configure "${warnings[@]}" 'warn-contact = {"whois"}'
checks "a way that there is not" 1 'warn-contact: "whois" is none of'
configure "${warnings[@]}" 'warn-contact = {"address abuse-contacts.example.net", "rdns"}'
checks "ways" 0 'good'
configure "${warnings[0]}" "${warnings[1]}" "warn-sendmail = \"$work/nobody\""
checks "no sendmail" 0 'warning: .*warn-sendmail: .*/nobody: No such file'

# ---- by hand ----

configure "${warnings[@]}"
warn 2 "without a source"
warn 1 "what is no prefix" 192.0.2.300
fake 'expect {"op":"warn","source":"192.0.2.7","to":"abuse@example.net","again":true,"dry_run":false}' \
	"$(found 'complaint 2: abuse, by x\r\nBcc: victim@example.com')"
warn 0 "case warn" --to abuse@example.net 192.0.2.7
faked "... asks first"
is "... says so" "$out" '192.0.2.7: the warning to abuse@example.net was handed over'
is "... sendmail's arguments" "$(tr '\n' ' ' < args)" '-oi -f <> -- abuse@example.net '
has_mail "... to whom" '^To: <abuse@example\.net>$'
has_mail "... from whom" '^From: <postmaster@example\.org>$'
has_mail "... the subject" '^Subject: complaint about 192\.0\.2\.7$'
has_mail "... nobody answers it by itself" '^Auto-Submitted: auto-generated$'
has_mail "... the values" '^Hello, 192\.0\.2\.7: 2, complaint 2: abuse, by x\?\?Bcc: victim@example\.com, 2026-11-25 12:00 UTC, 2026-12-02 12:00 UTC\.$'
is "... no header from outside" "$(grep -c '^Bcc' mail)" 0

sendmail 0
fake 'expect {"op":"warn","dry_run":true}' "$(found x)"
warn 0 "case warn --dry-run" --dry-run --to abuse@example.net 192.0.2.7
faked "... asks"
no_mail "... shown alone"
has "... is shown" "$out" '^Subject: complaint about 192\.0\.2\.7$'
fake 'expect {"op":"warn"}' "$(found x)"
warn 0 "case warn --json" --json --to abuse@example.net 192.0.2.7
faked "... asks"
is "... one object" "$(json 'o["source"], o["to"], o["sent"], o["message"].startswith("From: ")' < out)" \
	'192.0.2.7 abuse@example.net true true'
fake 'expect {"op":"warn","source":"2001:db8::/64"}' "$(found x)"
warn 0 "a /64, to somebody" --to abuse@example.net 2001:db8::/64
faked "... asks"

sendmail 0
fake 'expect {"op":"warn"}' 'answer {"error":"there is no case about 192.0.2.7","code":"ENOENT"}'
warn 1 "the daemon says no" --to abuse@example.net 192.0.2.7
faked "... it is not told more"
has "... says why" "$err" 'there is no case about 192\.0\.2\.7'
no_mail "... that is all"
fake 'expect {"op":"warn","failed":"\"x\" is no address of mail","source":"192.0.2.7"}' 'answer {"noted":true}'
warn 1 "to what is no address" --to x 192.0.2.7
faked "... is told"
no_mail "... nothing else"

sendmail 75
fake 'expect {"op":"warn"}' "$(found x)" \
	'expect {"op":"warn","to":"abuse@example.net","failed":"'"$work"'/sendmail did not take it: exit code 75"}' \
	'answer {"noted":true}'
warn 1 "sendmail says no" --to abuse@example.net 192.0.2.7
faked "... and the daemon is told"
has "... says why" "$err" 'did not take it: exit code 75'
sendmail 0
fake 'expect {"op":"warn","failed":"who its abuse contact is cannot be found out now: the DNS did not answer"}' \
	'answer {"noted":true}'
warn 1 "the DNS does not answer" 192.0.2.7
faked "... and the daemon is told"
no_mail "... who would it be for"
fake_stop
warn 4 "no daemon" --to abuse@example.net 192.0.2.7
no_mail "... nobody who could say yes"

# ---- with a report ----

# complaint SOURCE [RECEIVED...]: a message
complaint() {
	local source=$1 field

	shift
	printf '%s\n' 'From: fbl@example.net' 'Message-ID: <1@example.net>' 'MIME-Version: 1.0' \
		'Content-Type: multipart/report; report-type=feedback-report; boundary="b"' '' \
		'--b' 'Content-Type: text/plain' '' 'A complaint.' \
		'--b' 'Content-Type: message/feedback-report' '' 'Feedback-Type: abuse' \
		'User-Agent: test/1' 'Version: 1'
	[ -z "$source" ] || echo "Source-IP: $source"
	printf '%s\n' '' '--b' 'Content-Type: message/rfc822' ''
	for field in "$@"; do
		echo "Received: $field"
	done
	printf '%s\n' 'From: a@example.com' 'Subject: x' '' 'x' '--b--'
}

# report EXIT NAME ARGUMENT...: of the message on standard input
report() {
	local want=$1 name=$2

	shift 2
	"$synward" report -c "$work/conf" --by mx.example.org "$@" > out 2> err
	is "$name: exit code $want" $? "$want"
	out=$(cat out) err=$(cat err)
}

# about SOURCE: what is asked
about() {
	printf 'expect {"op":"report","reports":[{"kind":"complaint","source":"%s"}]}' "$1"
}

# result RESULT: what is answered
result() {
	printf 'answer {"results":[{"item":0,"result":"%s"}]}' "$1"
}

configure
fake "$(about 192.0.2.7)" "$(result opened)"
report 0 "a case is opened" < <(complaint 192.0.2.7)
faked "... without warn-template nobody is warned"
configure "${warnings[@]}"
for word in counted stranger again blocked never-blocked; do
	fake "$(about 192.0.2.7)" "$(result $word)"
	report 0 "$word" < <(complaint 192.0.2.7)
	faked "... is no time to warn"
done
fake "$(about 192.0.2.7)" "$(result opened)" \
	'expect {"op":"warn","source":"192.0.2.7","failed":"who its abuse contact is cannot be found out now: the DNS did not answer"}' \
	'answer {"noted":true}'
report 0 "a case, and no answer of the DNS: the report was told" < <(complaint 192.0.2.7)
faked "... and so is why nobody is warned"
is "... the result" "$out" '192.0.2.7: complaint: opened'
has "... the words" "$err" 'no warning was sent: who its abuse contact'
no_mail "... that is all"
failed='"op":"warn","source":"192.0.2.7","failed":"who its abuse contact is cannot be found out now: the DNS did not answer"'
fake "$(about 192.0.2.7)" "$(result opened)" "expect {$failed,\"try\":1}" \
	'answer {"noted":true,"again_in":1}' hangup \
	"expect {$failed,\"try\":2}" 'answer {"noted":true,"again_in":1}' hangup \
	"expect {$failed,\"try\":3}" 'answer {"noted":true}'
begun=$SECONDS
report 0 "the daemon says to try again" < <(complaint 192.0.2.7)
has "... the words" "$err" 'no warning was sent: who its .*; it is tried again$'
faked "... it is, as often as it says, by a process that nobody waits for"
between "... after the time it says" $((SECONDS - begun)) 2 40
fake "$(about 192.0.2.7)" "$(result opened)" "expect {$failed,\"try\":1}" \
	'answer {"error":"op \"warn\" knows no \"try\"","code":"EINVAL"}' "expect {$failed}" \
	'answer {"noted":true,"again_in":1}'
report 0 "a daemon of before" < <(complaint 192.0.2.7)
faked "... is told as ever"
is "... and nothing is tried again" "$(asked '"try" in o' | tr '\n' ' ')" "false true false "
template 'Hello'
fake "$(about 192.0.2.7)" "$(result opened)"
report 0 "a bad template: the report was told" < <(complaint 192.0.2.7)
faked "... and nothing else"
has "... the words" "$err" 'no warning was sent: warn-template: .*line 1'

# ---- a relay of ours is looked through ----

client='from evil.example (unknown [192.0.2.7]) by relay.example.org (Postfix) with ESMTP id 1'
relay='from relay.example.org (relay.example.org [198.51.100.1]) by inner.example.org (Postfix) with ESMTP id 2'
forged='from good.example (good.example [192.0.2.99]) by relay.example.org (Postfix) with ESMTP id 3'
filter='from localhost (localhost [127.0.0.1]) by mx.example.org (Postfix) with ESMTP id 4'
configure

fake "$(about 198.51.100.1)" "$(result looked-through)" "$(about 192.0.2.7)" "$(result counted)"
report 0 "a report names our relay" --by relay.example.org < <(complaint 198.51.100.1 "$relay" "$client" "$forged")
faked "... and the client of that is asked about"
is "... and counts" "$out" '192.0.2.7: complaint: counted'
fake "$(about 198.51.100.1)" "$(result looked-through)"
report 0 "a relay whose name is not known" < <(complaint 198.51.100.1 "$relay" "$client" "$forged")
faked "... is not looked through"
is "... and says so" "$out" '198.51.100.1: complaint: looked-through'
fake "$(about 192.0.2.7)" "$(result counted)"
report 0 "a report names the client" --by relay.example.org < <(complaint 192.0.2.7 "$relay" "$client" "$forged")
faked "... nobody else is asked about"
fake "$(about 192.0.2.7)" "$(result counted)"
report 0 "a filter on this machine" --by relay.example.org < <(complaint "" "$filter" "$client" "$forged")
faked "... is no step"
fake "$(about 198.51.100.1)" "$(result looked-through)" "$(about 192.0.2.7)" "$(result stranger)"
report 0 "the client is a stranger" --by relay.example.org < <(complaint 198.51.100.1 "$relay" "$client" "$forged")
faked "... what it wrote below is not looked at"

tap_done
