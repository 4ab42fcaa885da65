#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# synward-desk with a stand-in for the daemon: what rejected senders and asking mail servers hear, when the daemon
# is slow, silent, gone or talks nonsense; that it has no rights; and with very many clients. How
# connections come to it, by the card and the daemon, is another test's matter.
#
# DESK_SECONDS=60 for the whole load; DESK_SLOW, DESK_RATE.
#
# Runs alone: thousands of clients leave nothing for others.
# shellcheck source=tests/e2e/lab.sh
. "$(dirname "$0")/lab.sh"

desk=$O/synward-desk
policy=$work/policy
desk_pid=
fake_pid=
load_seconds=${DESK_SECONDS:-6} load_slow=${DESK_SLOW:-10000} load_rate=${DESK_RATE:-5000}

# ---- the stand-in, and the desk ----

mode() {
	echo "$*" > "$work/mode.new"
	mv "$work/mode.new" "$work/mode"
	sleep 0.1 # it looks again after 50 ms
}

fake_start() {
	: > "$work/asked"
	mode normal
	start_in "$mx" "$work/fake.log" python3 "$TOP/tests/support/fake_desk_daemon.py" \
		"$work/desk" "$work"
	fake_pid=$started
	wait_until 30 test -S "$work/desk"
}

fake_end() {
	kill "$fake_pid" 2> /dev/null
	wait "$fake_pid" 2> /dev/null
	rm -f "$work/desk"
}

# shellcheck disable=SC2317 # called by name
asked_has() {
	grep -q -e "$1" "$work/asked"
}

# desk_start OPTION...: until it is ready
desk_start() {
	local listener

	: > "$work/notify"
	rm -f "$work/notify.sock"
	python3 "$TOP/tests/support/notify_socket.py" "$work/notify.sock" "$work/notify" &
	listener=$!
	wait_until 10 test -S "$work/notify.sock"
	: > "$work/desk.log"
	NOTIFY_SOCKET=$work/notify.sock start_in "$mx" "$work/desk.log" "$desk" \
		--daemon "$work/desk" --listen "inet:$mx4:25" --listen "inet:[$mx6]:25" \
		--policy "unix:$policy" --policy inet:127.0.0.1:10045 --name mx.test --user nobody \
		--group nogroup "$@"
	desk_pid=$started
	wait_until 10 daemon_is_ready || note "the desk does not start:" "$(cat "$work/desk.log")"
	kill "$listener"
	wait "$listener" 2> /dev/null
	wait_until 5 grep -q "synwardd is there" "$work/desk.log"
}

# desk_end: its exit status
desk_end() {
	kill "$desk_pid" 2> /dev/null
	wait "$desk_pid" 2> /dev/null
}

# talk SOURCE STEP...: what a sender hears
talk() {
	local from=$1 to=$mx4

	shift
	[[ $from != *:* ]] || to=$mx6
	in_ns "$senders" python3 -u "$TOP/tests/support/desk_talk.py" smtp "$from" "$to" 25 "$@" 2>&1
}

# ask STEP...: what a mail server hears
ask() {
	in_ns "$mx" python3 "$TOP/tests/support/desk_talk.py" policy "unix:$policy" "$@" 2>&1
}

# about ADDRESS [INSTANCE]: the step that asks
about() {
	printf '%s\n' "send request=smtpd_access_policy\\nprotocol_state=RCPT\\nclient_address=$1\\ninstance=${2-}\\n\\n"
}

# What the stand-in says of a source, and the desk without it.
words_for() {
	echo "554 5.7.1 Mail from [$1] is not accepted: it is listed"
}

general_for() {
	echo "554 5.7.1 Mail from $1 is not accepted here"
}

# ---- what senders hear ----

talk_tests() {
	wait_until 10 asked_has registered
	is "it gives its listeners to the daemon" "$(grep registered "$work/asked")" \
		"registered [4, 6] AF_INET 1, AF_INET6 1"
	is "a rejected sender is told why" "$(talk 5.1.1.1 line)" "$(words_for 5.1.1.1)"
	is "... by IPv6" "$(talk 2a00::1 line)" "$(words_for 2a00::1)"
	is "... and the daemon was asked" "$(grep -c '"how":"smtp","source":"5.1.1.1","port":25' "$work/asked")" 1
	is "then 503 to all but QUIT" "$(talk 5.1.1.1 line 'send EHLO x\r\n' line \
		'send mail from:<a@b>\r\n' line 'send qUIt\r\n' rest | cut -c1-9)" "554 5.7.1
503 5.5.1
503 5.5.1
221 2.0.0"
	is "who talks before the greeting is told the same" \
		"$(talk 5.1.1.1 'send EHLO x\r\nMAIL FROM:<a@b>\r\nQUIT\r\n' 'codes 4')" \
		"554 503 503 221"
	is "one that is dropped, and came all the same" "$(talk 5.1.1.5 line)" \
		"$(words_for 5.1.1.5)"
	has "one that nothing is against any more should come again" "$(talk 5.1.1.3 rest)" \
		'^421 4\.3\.2 .*\|closed$'
	has "... one in shadow, too" "$(talk 5.1.1.2 rest)" '^421 4\.3\.2 .*\|closed$'
	has "odd words are no line of their own" "$(talk 5.1.1.6 'line')" \
		'^554 5\.7\.1 odd 250 ok \?\?\? x+$'
	is "one whom the daemon does not know" "$(talk 5.1.1.7 line)" \
		"$(general_for 5.1.1.7)"
	has "a line that is too long" "$(talk 5.1.1.1 line "flood 600 a" rest | tail -n 1)" \
		'^500 5\.5\.2 .*\|closed$'
	has "bytes that are no SMTP" "$(talk 5.1.1.1 line 'send \x16\x03\x01\x00' rest | tail -n 1)" \
		'^500 5\.5\.2 .*\|closed$'
	has "very many lines at once" "$(talk 5.1.1.1 line 'flood 400 NOOP\r\n' rest | tail -n 1)" \
		'^(503 [^|]*\|)+421 4\.7\.0 [^|]*\|closed$'
	has "a client that goes on after QUIT hears 221 first" \
		"$(talk 5.1.1.1 line 'send QUIT\r\n' 'flood 500 MORE\r\n' rest | tail -n 1)" \
		'^221 2\.0\.0 [^|]*\|(closed|reset)$'
	is "real clients: Python's smtplib" "$(in_ns "$senders" python3 -c "
import smtplib
try:
    smtplib.SMTP('$mx4', 25, 'x.test', 5, ('5.1.1.1', 0))
except smtplib.SMTPConnectError as e:
    print(e.smtp_code, e.smtp_error.decode())")" "$(words_for 5.1.1.1)"
	if command -v swaks > /dev/null; then
		mail 5.1.1.1
		has "... swaks" "$(cat "$work/swaks.log")" '<\*\* +554 5\.7\.1 Mail from \[5\.1\.1\.1\] is not accepted: it is listed'
	else
		skip "... swaks" "it is not installed"
	fi
}

limit_tests() {
	has "more connections than a source may have" "$(talk 5.1.1.1 'fill 6')" '^421 4\.7\.0 '
	has "... of its /64" "$(talk 2a00::1 'fill 6')" '^421 4\.7\.0 '
	has "... which counts as refused" "$(sleep 1.2; cat "$work/asked")" '"op":"count".*"refused":[1-9]'
	has "who says nothing" "$(talk 5.1.1.1 line rest | tail -n 1)" '^421 4\.4\.2 [^|]*\|closed$'
	has "who dribbles" "$(talk 5.1.1.1 line 'send a' 'sleep 0.6' 'send b' 'sleep 0.6' rest | tail -n 1)" \
		'^421 4\.4\.2 [^|]*\|closed$'
	has "who is never idle" "$(talk 5.1.1.1 line 'send NOOP\r\n' 'sleep 0.7' 'send NOOP\r\n' \
		'sleep 0.7' 'send NOOP\r\n' 'sleep 0.7' 'send NOOP\r\n' 'sleep 0.7' rest | tail -n 1)" \
		'\|421 4\.4\.2 [^|]*\|(closed|reset)$'
}

recipient_tests() {
	has "at the recipient: a session that Postfix takes for a refusal" \
		"$(talk 5.1.1.1 line 'send EHLO x\r\n' line 'send MAIL FROM:<a@b>\r\n' line \
			'send RCPT TO:<c@d>\r\n' line 'send DATA\r\n' line 'send QUIT\r\n' line \
			| tr '\n' '|')" \
		'^220 mx\.test\|250 mx\.test\|250 2\.1\.0 Ok\|554 5\.7\.1 Mail from \[5\.1\.1\.1\] is[^|]*\|554 5\.5\.1 [^|]*\|221 2\.0\.0 Bye\|$'
	has "... swaks" "$(mail 5.1.1.1; cat "$work/swaks.log")" '<\*\* +554 5\.7\.1'
}

# ---- what mail servers hear ----

policy_tests() {
	is "policy: an enforced class" "$(ask "$(about 5.1.1.1)" answer)" \
		"action=$(words_for 5.1.1.1)"
	is "... in shadow" "$(ask "$(about 5.1.1.2)" answer)" \
		"action=PREPEND X-Synward: class=trial-list, would=drop"
	is "... one header for a message" "$(ask "$(about 5.1.1.2 7.8)" answer "$(about 5.1.1.2 7.8)" answer "$(about 5.1.1.2 7.9)" answer)" \
		"action=PREPEND X-Synward: class=trial-list, would=drop
action=DUNNO
action=PREPEND X-Synward: class=trial-list, would=drop"
	is "... nothing, a limit, not known, no address" "$(ask "$(about 5.1.1.3)" answer \
		"$(about 5.1.1.4)" answer "$(about 5.1.1.7)" answer "$(about unknown)" answer)" \
		"action=DUNNO
action=DUNNO
action=DUNNO
action=DUNNO"
	is "... requests that come together" "$(ask "$(about 5.1.1.1)request=x\\nclient_address=5.1.1.3\\n\\n$(about 2a00::1 | cut -d' ' -f2-)" \
		answer answer answer)" "action=$(words_for 5.1.1.1)
action=DUNNO
action=$(words_for 2a00::1)"
	is "... as Exim asks" "$(ask "$(about 5.1.1.1)" 'done' rest)" \
		"action=$(words_for 5.1.1.1)||closed"
	is "... nonsense" "$(ask 'send \0\0' rest)" "action=DUNNO||closed"
	has "... a request without an end" "$(ask 'flood 3000 name=value\n' rest)" \
		'^action=DUNNO\|\|(closed|reset)$'
	is "... by TCP" "$(in_ns "$mx" python3 "$TOP/tests/support/desk_talk.py" policy \
		inet:127.0.0.1:10045 "$(about 5.1.1.5)" answer)" "action=$(words_for 5.1.1.5)"
	is "... only for its group" "$(stat -c '%a %G' "$policy")" "660 nogroup"
	sleep 1.2
	is "counts are told" "$(grep '"op":"count"' "$work/asked" | python3 -c '
import collections, json, sys
sum = collections.Counter()
for line in sys.stdin:
    for c in json.loads(line).get("classes", []):
        sum.update({(c["class"], k): v for k, v in c.items() if k != "class"})
print(sum["bad-list", "rejected"], sum["drop-list", "rejected"], sum["trial-list", "header"],
      sum["trial-list", "dunno"], sum["slow-list", "dunno"], sum["bad-list", "smtp"] > 10)')" \
		"4 1 3 1 1 True"
}

# ---- when the daemon is in trouble ----

trouble_tests() {
	local said

	mode slow 0.2
	is "slow daemon: its words" "$(talk 5.1.2.1 line)" "$(words_for 5.1.2.1)"
	mode slow 6
	said=$(talk 5.1.2.9 line took)
	is "daemon that is too slow: the general text" "${said%%$'\n'*}" "$(general_for 5.1.2.9)"
	between "... after a while" "${said##*$'\n'}" 19 50
	is "... or what it said last" "$(talk 5.1.2.1 line)" "$(words_for 5.1.2.1)"
	is "... and mail servers go on" "$(ask "$(about 5.1.1.1)" answer)" "action=DUNNO"
	mode silent
	is "silent daemon" "$(talk 5.1.2.10 line)" "$(general_for 5.1.2.10)"
	mode garbage '\x00\xffgarbage'
	is "daemon that talks nonsense" "$(talk 5.1.2.11 line)" "$(general_for 5.1.2.11)"
	mode normal
	sleep 1.5
	is "... and is itself again" "$(talk 5.1.2.11 line)" "$(words_for 5.1.2.11)"
	mode hangup
	is "daemon that hangs up" "$(talk 5.1.2.12 line)" "$(general_for 5.1.2.12)"
	fake_end
	sleep 0.3
	said=$(talk 5.1.2.13 line took)
	is "daemon that is gone" "${said%%$'\n'*}" "$(general_for 5.1.2.13)"
	between "... nobody waits for it" "${said##*$'\n'}" 0 18
	is "... mail servers go on" "$(ask "$(about 5.1.1.1)" answer)" "action=DUNNO"
	is "... what it said last" "$(talk 5.1.2.11 line)" "$(words_for 5.1.2.11)"
	fake_start
	wait_until 10 asked_has registered
	is "daemon that is back has the listeners again" "$(grep -c registered "$work/asked")" 1
	is "... and the last word" "$(talk 5.1.2.13 line)" "$(words_for 5.1.2.13)"
	has "... and is told how many were told without it" "$(sleep 1.2; cat "$work/asked")" '"general":[1-9]'
	mode again
	talk 5.1.2.1 line > /dev/null
	mode normal
	wait_until 5 eval "[ \$(grep -c registered '$work/asked') = 2 ]"
	is "daemon with other maps is given the listeners again" "$(grep -c registered "$work/asked")" 2
}

is_sanitized() {
	nm -D "$desk" 2> /dev/null | grep -q __asan_init
}

rights_tests() {
	local status

	status=$(cat "/proc/$desk_pid/status")
	is "it runs as nobody" "$(ps -o user= -p "$desk_pid")" nobody
	has "... without capabilities" "$status" '^CapEff:\s+0+$'
	has "... or a way to get any" "$status" '^CapPrm:\s+0+$'
	has "... no new privileges" "$status" '^NoNewPrivs:\s+1$'
	if is_sanitized; then
		skip "... its system calls are filtered" "built with sanitizers"
	else
		has "... its system calls are filtered" "$status" '^Seccomp:\s+2$'
	fi
	is "as root it does not run" "$("$desk" --daemon "$work/desk" --listen none \
		--policy "unix:$work/other" 2>&1 | grep -c 'needs no rights')" 1
	is "wrong options: exit code" "$("$desk" --at end 2> /dev/null; echo $?)" 2
}

end_tests() {
	talk 5.1.3.1 line 'sleep 1' 'send QUIT\r\n' line > "$work/last" &
	local last=$!

	wait_until 20 grep -q 554 "$work/last"
	desk_end
	is "it ends as it is told" $? 0
	wait "$last"
	is "... who was there is heard to the end" "$(cut -c1-3 "$work/last" | tr '\n' ' ')" "554 221 "
	is "... and the daemon sends nobody any more" "$(grep registered "$work/asked" | tail -n 1)" \
		"registered [] "
	has "... after that nobody answers" "$(probe 5.1.1.1)" refused
}

# ---- very many ----

memory() {
	sed -n "s/^$1:\s*\([0-9]*\) kB/\1/p" "/proc/$desk_pid/status"
}

# greets_mail N: the mail server on another port, N times beside the load
greets_mail() {
	local good=0 i

	for ((i = 0; i < $1; i++)); do
		[[ $(in_ns "$senders" "$tools/smtpprobe" -t 3 -s 5.2.0.1 -p 2525 $mx4) != 220* ]] || good=$((good + 1))
		sleep 0.5
	done
	echo $good
}

load_tests() {
	local early late least probes=$((load_seconds * 3 / 2)) server=

	if /usr/bin/python3 -c 'import aiosmtpd' 2> /dev/null; then
		start_in "$mx" "$work/mail.log" /usr/bin/python3 -m aiosmtpd -n -c aiosmtpd.handlers.Sink -l "$mx4:2525"
		server=$started
		wait_until 15 eval "[[ \$(in_ns $senders $tools/smtpprobe -s 5.2.0.1 -p 2525 $mx4) == 220* ]]"
	fi
	touch "$work/busy" # the stand-in need not write all of it down
	in_ns "$senders" sh -c "ulimit -n $(ulimit -Hn); exec '$tools/deskload' -d $load_seconds -c $load_slow -r $load_rate -s 5.3.0.0 -n 300000 $mx4" \
		> "$work/load" 2>&1 &
	local load=$!

	[ -z "$server" ] || greets_mail "$probes" > "$work/greeted" &
	local greeted=$!

	sleep "$(((load_seconds * 3 + 3) / 4))"
	early=$(memory VmRSS)
	wait "$load"
	late=$(memory VmRSS)
	wait "$greeted"
	rm -f "$work/busy"
	note "$(cat "$work/load")" "memory: $early kB, at the end $late kB, at most $(memory VmHWM) kB; processor $(ps -o time= -p "$desk_pid")"
	is "load: every slow one was answered, and every new one, also when it left" \
		"$(json 'o["slow_answered"] == o["slow"], o["quick_answered"] == o["quick"], o["quick_quit"] == o["quick"], o["first_failure"]' < "$work/load")" \
		"true true true "
	# A machine that has other things to do manages less; who asks for a minute of it wants to know.
	least=1000
	[ "$load_seconds" -lt 60 ] || least=$((load_rate * load_seconds * 9 / 10))
	between "... so many new ones" "$(json 'o["quick"]' < "$work/load")" "$least" \
		$((load_rate * load_seconds + load_rate))
	between "... and slow ones at once" "$(json 'o["slow_most"]' < "$work/load")" $((load_slow / 2)) "$load_slow"
	between "... memory, at most, in kB" "$(memory VmHWM)" 1 65536
	if is_sanitized; then
		skip "... which does not grow" "built with sanitizers"
	else
		between "... which does not grow" $((late - early)) -100000 4096
	fi
	if [ -n "$server" ]; then
		is "... a mail server beside it answers all the time" "$(cat "$work/greeted")" "$probes"
	else
		skip "... a mail server beside it answers all the time" "python3-aiosmtpd is not installed"
	fi
}

chmod 755 "$work"
lab_up
# clients of tests come fast from many addresses, and wait behind the first ones
in_ns "$mx" sh -c 'echo 4096 > /proc/sys/net/ipv4/tcp_max_syn_backlog; echo 4096 > /proc/sys/net/core/somaxconn' 2> /dev/null
[ -z "${1-}" ] || note "only: $1"
fake_start
if [ "${1-}" != load ]; then
	desk_start --wait 2s
	talk_tests
	policy_tests
	trouble_tests
	rights_tests
	end_tests
	desk_start --by-source 5 --idle 1s --life 2500ms
	limit_tests
	desk_end
	desk_start --at recipient
	recipient_tests
	desk_end
fi
desk_start
load_tests
desk_end
is "it ends after that" $? 0
tap_done
