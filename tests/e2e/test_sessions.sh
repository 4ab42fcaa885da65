#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What a mail server saw, told over the socket of events and the control socket, and what senders
# see then: locks that end by themselves, also without the daemon, the permanent one, restarts and
# kill -9 between them; good senders and forged SYNs; complaints and cases.
# Takes long: it waits for the ends of locks.
# shellcheck source=tests/e2e/lab.sh
. "$(dirname "$0")/lab.sh"

# Nothing listens at port 25 of the MX: whoever gets through is refused by its TCP.
passes=refused
drops=timeout

# sees NAME SOURCE WANT
sees() {
	is "$1: $2 sees $3" "$(probe "$2" -t 0.5)" "$3"
}

# tell KIND SOURCE COUNT [FIRST]: events, and wait until the daemon has read them
tell() {
	python3 "$TOP/tests/support/mta_events.py" "$work/run/events" "$@" || return 1
	asked "o['pid']" > "$work/pid" # answered after what came before
}

# op JSON EXPRESSION: a request to the control socket, and a value of its answer
op() {
	python3 "$TOP/tests/support/ask.py" "$work/run/control" "$1" "$2"
}

# ctl: as in lab.sh, for commands of two words as well
ctl() {
	local command=("$1")

	shift
	[ "${command[0]}" != case ] || { command+=("$1") && shift; }
	in_ns "$mx" "$synward" "${command[@]}" -c "$conf" "$@"
}

# report SOURCE: a complaint; what became of it
report() {
	op '{"op":"report","reports":[{"kind":"complaint","source":"'"$1"'","rcpt":"b@example.org","text":"fbl@example.net"}]}' \
		"o['results'][0]['result']"
}

# becomes SOURCE WANT: in time
becomes() {
	wait_until 60 seen_as "$1" "$2"
}

# shellcheck disable=SC2317 # called by name
seen_as() {
	[ "$(probe "$1" -t 0.3)" = "$2" ]
}

# ends NAME SOURCE: its lock, by itself
ends() {
	if becomes "$2" $passes; then
		ok "$1: the lock of $2 ends by itself"
	else
		not_ok "$1: the lock of $2 ends by itself" "$(ctl list)"
	fi
}

printf '%s\n' 5.70.0.0/16 > "$work/partners"
lab_conf 'interfaces = {"m0"}' 'on-exit = "keep"' 'events = "text"' \
	'never-block = {"5.60.0.0/16"}' 'shared-pools = {"5.80.0.0/16"}' \
	'bounce-locks = {"15s", "16s", "17s", "permanent"}' 'complaint-grace = 1h' \
	"list partners { file = \"$work/partners\"  action = allow }"
lab_up
daemon_start || { not_ok "synwardd starts"; tap_done; }

# ---- a lock ----

for source in 5.9.1.1 2a01:1::1; do
	sees "before" $source $passes
	tell unknown-rcpt $source 29
	sees "after 29 unknown recipients" $source $passes
	tell unknown-rcpt $source 1 29
	sees "after 30" $source $drops
done
sees "the whole /64" 2a01:1::2 $drops

# ---- who is never locked, while the first lock goes on ----

tell accepted-rcpt 5.9.2.1 5000
tell unknown-rcpt 5.9.2.1 30
sees "30 unknown among 5,000 accepted" 5.9.2.1 $passes
tell unknown-rcpt 5.60.1.1 500
tell unknown-rcpt 5.70.1.1 500
tell unknown-rcpt 5.80.1.1 500
for source in 5.60.1.1 5.70.1.1 5.80.1.1; do
	sees "never-block, allow list, shared pool" $source $passes
done
ok_if_logged() {
	if logged "$2"; then ok "$1"; else not_ok "$1" "$(tail -n 5 "$log")"; fi
}
ok_if_logged "the log tells of the one in an allow list" '5\.70\.1\.1 is not locked, for it is in the list partners'
ok_if_logged "... and in a shared pool" '5\.80\.1\.1 is not locked, for 5\.80\.0\.0/16 is a shared pool'
is "what is in never-block is looked through" "$(asked "o['mta']['looked_through']")" 500
for host in 1 2 3 4 5; do
	tell unknown-rcpt 5.9.7.$host 20 $((host * 20))
done
sees "a /24 by its sum" 5.9.7.200 $drops

# ---- forged SYNs ----

before=$(asked "o['mta']['findings']")
stream sent -d 120 -c 300000 src=5.9.2.1 "dst=$mx4"
wait "$started"
between "forged SYNs were sent" "$(cat "$work/sent")" 300000 300000
sees "after any number of forged SYNs" 5.9.2.1 $passes
is "... nothing was found" $(($(asked "o['mta']['findings']") - before)) 0
is "... and nothing is kept about it" "$(ctl list --json --within 5.9.2.0/24)" ""

# ---- the end of the lock ----

ends "the first" 5.9.1.1
said "history says why" 0 '30 unknown recipients, 30 different, within 1h, 0 accepted within 1d, lock 1 of 4' \
	history 5.9.1.1
said "... who" 0 'bounce' history 5.9.1.1

# ---- the way to the permanent one, with restarts between ----

tell unknown-rcpt 5.9.1.1 30
sees "the second" 5.9.1.1 $drops
daemon_stop
sees "the second, while the daemon is away" 5.9.1.1 $drops
ends "while the daemon is away" 5.9.1.1
daemon_start
sees "the daemon is back" 5.9.1.1 $passes
tell unknown-rcpt 5.9.1.1 30
said "the third, after a restart, is the third" 0 'lock 3 of 4' history 5.9.1.1
daemon_end KILL
sees "the third, after kill -9" 5.9.1.1 $drops
daemon_start
ends "after kill -9" 5.9.1.1
tell unknown-rcpt 5.9.1.1 30
said "the fourth is permanent" 0 '5\.9\.1\.1 .*bounce-lock .*for good.*lock 4 of 4: permanent' list
said "explain says why" 0 'bounce-lock.*' explain 5.9.1.1
said "list knows the class" 0 '5\.9\.1\.1' list --class bounce-lock
said "unblock alone does not take it away" 1 'no verdict on exactly this' unblock 5.9.1.1
said "... with the origin it does" 0 'of origin bounce is taken back' unblock --origin bounce 5.9.1.1
sees "taken back" 5.9.1.1 $passes
said "an origin that there is not" 1 'there are: operator dns dns-dialup bounce complaint' \
	unblock --origin nonsense 5.9.1.1

# ---- over the control socket ----

is "events over the control socket" "$(op '{"op":"mta-events","events":[{"kind":"unknown-rcpt","source":"5.9.3.1","n":30},{"kind":"x"},7]}' \
	"o['taken'], o['failed'], o['results'][0]['item'], o['results'][1]['item']")" "1 2 1 2"
sees "... are in force when they are answered" 5.9.3.1 $drops
is "more than a thousand at once are refused" \
	"$(python3 -c 'import json; print(json.dumps({"op": "mta-events", "events": [7] * 1001}))' > "$work/many"
	op "$(cat "$work/many")" "o['code']")" E2BIG

# ---- complaints ----

is "a complaint about a stranger" "$(report 5.9.4.1)" stranger
tell accepted-rcpt 5.9.4.1 1
is "a complaint opens a case" "$(report 5.9.4.1)" opened
is "... and another one counts" "$(report 5.9.4.1)" counted
sees "a case" 5.9.4.1 $passes
said "case list" 0 '5\.9\.4\.1 .*open .*2 .*fbl@example\.net' case list
said "case show" 0 'complaint 1: fbl@example\.net, about mail to b@example\.org' case show 5.9.4.1
daemon_stop
daemon_start
is "after a restart mail of before is known" "$(report 5.9.4.1)" counted
sed -i 's/complaint-grace = 1h/complaint-grace = 1h complaint-action = report/' "$conf"
reload
said "case close" 0 '5\.9\.4\.1: the case is closed' case close --reason 'they wrote' 5.9.4.1
said "case list of none" 0 'there is no case' case list
said "... whose steps are still known" 0 'closed .*they wrote' case show 5.9.4.1
said "case close of none" 1 'no verdict on exactly this' case close 5.9.4.1
said "status tells of it" 0 'mail server' status

daemon_stop
tap_done
