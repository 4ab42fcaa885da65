#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# synward-milter beside real Postfix and Sendmail: what they take and turn away arrives as
# events, nobody waits for it, and mail flows when it, or the daemon, is not there.
# shellcheck source=tests/e2e/lab.sh
. "$(dirname "$0")/lab.sh"
# shellcheck source=tests/support/mta.sh
. "$TOP/tests/support/mta.sh"

milter=$O/synward-milter
events=$work/events
milter_socket=$work/milter.sock
milter_pid=

# send FROM SENDER RECIPIENT...
send() {
	local from=$1 to=$mx4

	shift
	[[ $from != *:* ]] || to=$mx6
	in_ns "$senders" python3 "$TOP/tests/support/send_mail.py" "$from" "$to" "$@"
}

listener_start() {
	start_in "$mx" "$work/listener.out" python3 "$TOP/tests/support/event_socket.py" \
		"$work/events.sock" "$events"
	listener=$started
	wait_until 10 test -S "$work/events.sock"
}

milter_start() {
	start_in "$mx" "$work/milter.log" "$milter" --socket "unix:$milter_socket" \
		--events "$work/events.sock" --traps "$work/traps" --user nobody --group "$1" --verbose
	milter_pid=$started
	wait_until 10 test -S "$milter_socket"
}

milter_end() {
	kill "$milter_pid" 2> /dev/null
	wait "$milter_pid" 2> /dev/null
	milter_status=$?
}

# got: the events so far, as "event source recipients rcpt", sorted
got() {
	json 'o["kind"], o["source"], o["n"], o.get("rcpt", "-")' < "$events" | sort
}

# shellcheck disable=SC2317 # called by name
has_events() {
	[ "$(wc -l < "$events")" -ge "$1" ]
}

# sees NAME NUMBER WANT: that many events, these; and they are forgotten
sees() {
	wait_until 5 has_events "$2"
	sleep 0.2
	is "$1" "$(got)" "$3"
	: > "$events"
}

# sent NAME WANT FROM SENDER RECIPIENT...: what the mail server answers
sent() {
	local name=$1 want=$2

	shift 2
	is "$name" "$(send "$@" 2>&1)" "$want"
}

# both NAME SOURCE CODE EVENTS: what is alike for all mail servers; the code is for relaying, the
# events are those of the first message
both() {
	sent "$1: good, unknown and relayed recipients" "250 550 $3 250" 5.1.1.1 a@sender.test \
		good@mx.test nobody1@mx.test x@elsewhere.test
	sees "$1: ... are events" "$(grep -c . <<< "$4")" "$4"
	sent "$1: two recipients, then RSET, then one" "250 250 250 250" 5.1.1.2 a@sender.test \
		good@mx.test good+1@mx.test RSET good@mx.test
	sees "$1: only mail that came counts" 1 "accepted-rcpt 5.1.1.2 1 -"
	sent "$1: a trap that does not exist" "550 250" 5.1.1.3 a@sender.test trap@mx.test
	sees "$1: ... is a trap" 1 "trap 5.1.1.3 1 trap@mx.test"
	echo "good+trap@mx.test" >> "$work/traps"
	sleep 5.5
	sent "$1: a trap of a file that changed" "250 250" 5.1.1.3 a@sender.test good+trap@mx.test
	sees "$1: ... is one as well" 1 "trap 5.1.1.3 1 good+trap@mx.test"
	echo "trap@mx.test" > "$work/traps"
	sent "$1: the machine's own mail" "550 250" "$2" a@sender.test nobody1@mx.test
}

echo "trap@mx.test" > "$work/traps"
: > "$events"
chmod 755 "$work"
lab_up

# ---- Postfix ----

postfix_tests() {
	mta_folder postfix
	milter_start news
	postfix_start "$folder" "smtpd_milters = unix:$milter_socket" \
		"milter_default_action = accept" "milter_protocol = 6" \
		|| { mta_failed Postfix "$folder"; return; }
	both Postfix "$sender4" 554 "accepted-rcpt 5.1.1.1 1 -
relay-reject 5.1.1.1 1 x@elsewhere.test
unknown-rcpt 5.1.1.1 1 nobody1@mx.test"
	sees "Postfix: a client is a client" 1 "unknown-rcpt $sender4 1 nobody1@mx.test"
	sent "Postfix: over IPv6" "550 250" 2a00::1 a@sender.test nobody2@mx.test
	sees "Postfix: ... with that source" 1 "unknown-rcpt 2a00::1 1 nobody2@mx.test"
	in_ns "$mx" python3 "$TOP/tests/support/send_mail.py" 127.0.0.1 127.0.0.1 a@mx.test \
		nobody1@mx.test good@mx.test > "$work/local" 2>&1
	is "Postfix: mail of the machine itself" "$(cat "$work/local")" "550 250 250"
	sees "Postfix: ... is no event" 0 ""
	kill "$listener"
	wait "$listener" 2> /dev/null
	sent "Postfix: mail flows without the daemon" "550 250 250" 5.1.1.4 a@sender.test \
		nobody1@mx.test good@mx.test
	listener_start
	sees "Postfix: ... which hears of it when it is back" 2 "accepted-rcpt 5.1.1.4 1 -
unknown-rcpt 5.1.1.4 1 nobody1@mx.test"
	is "it runs as nobody" "$(ps -o user= -p "$milter_pid")" nobody
	milter_end
	is "it ends as it is told" "$milter_status" 0
	sent "Postfix: mail flows without the milter" "550 250 250" 5.1.1.5 a@sender.test \
		nobody1@mx.test good@mx.test
	sees "Postfix: ... and nobody hears of it" 0 ""
	mta_stop "$mta_pid"
}

# ---- Sendmail ----

sendmail_tests() {
	mta_folder sendmail
	milter_socket=$folder/milter.sock
	milter_start root
	sendmail_start "$folder" \
		"INPUT_MAIL_FILTER(\`synward', \`S=unix:$milter_socket, T=C:2s;S:2s;R:2s;E:5s')dnl" \
		|| { mta_failed Sendmail "$folder"; return; }
	# Of what its own rules turn away, as relaying, it tells nobody.
	both Sendmail "$sender4" 550 "accepted-rcpt 5.1.1.1 1 -
unknown-rcpt 5.1.1.1 1 nobody1@mx.test"
	sees "Sendmail: a client is a client" 1 "unknown-rcpt $sender4 1 nobody1@mx.test"
	milter_end
	sent "Sendmail: mail flows without the milter" "550 250 250" 5.1.1.5 a@sender.test \
		nobody1@mx.test good@mx.test
	sees "Sendmail: ... and nobody hears of it" 0 ""
}

listener_start
if [ "${1-}" = sendmail ]; then
	note "Sendmail alone"
elif postfix_find; then
	postfix_tests
else
	skip "Postfix" "$mta_why"
fi
if sendmail_find; then
	sendmail_tests
else
	skip "Sendmail" "$mta_why"
fi
tap_done
