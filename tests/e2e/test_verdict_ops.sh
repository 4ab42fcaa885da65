#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Verdicts by hand, as an operator sets them and as senders see them: block, allow, unblock,
# list, history, export, import, backup and restore; their end, with and without the daemon.
# shellcheck source=tests/e2e/lab.sh
. "$(dirname "$0")/lab.sh"

# Nothing listens at port 25 of the MX: whoever gets through is refused by its TCP.
passes=refused
drops=timeout

configure() {
	lab_conf 'interfaces = {"m0", "m1"}' 'on-exit = "keep"' "events = $1" \
		"list block { file = \"$work/block\"  action = drop }"
}

# sees NAME SOURCE WANT
sees() {
	is "$1: $2 sees $3" "$(probe "$2" -t 0.5)" "$3"
}

listed() {
	ctl list --json "$@" | json "o['source'], o['class'], o['reason']"
}

printf '%s\n' 5.188.0.0/16 2a05::/16 > "$work/block"
configure text
lab_up
lab_cable s1 m1
in_ns "$senders" ip addr add 198.51.100.1/24 dev s1
in_ns "$mx" ip addr add 198.51.100.25/24 dev m1

# ---- without a daemon ----

for command in "block 5.9.1.1" "allow 5.9.1.1" "unblock 5.9.1.1" list "history 5.9.1.1" export \
	reload confirm; do
	# shellcheck disable=SC2086
	said "${command%% *} without a daemon ends with 4, and says so" 4 'synwardd' $command
done
echo '{"source":"5.9.1.1","action":"drop"}' > "$work/import"
said "import without a daemon ends with 4, and says so" 4 'synwardd' import "$work/import"
said "a command line that is wrong ends with 2" 2 'block' block --for
said "a prefix that is none is refused" 4 'synwardd|not' block 5.9.1.999

daemon_start || { not_ok "synwardd starts"; tap_done; }
said "with a daemon, a prefix that is none ends with 1" 1 '5\.9\.1\.999' block 5.9.1.999

# ---- block, unblock, allow ----

for source in 5.9.1.1 2a01:1::1; do
	sees "before" $source $passes
	said "block $source" 0 "$source: blocked" block $source --reason "sends spam"
	sees "blocked" $source $drops
	said "unblock $source" 0 'taken back' unblock $source
	sees "unblocked" $source $passes
	said "unblock $source once more is an error" 1 'no verdict on exactly this' unblock $source
done
sees "in a list" 5.188.9.1 $drops
sees "in a list" 2a05:9::1 $drops
said "networks are allowed inside a list" 0 'allowed' allow 5.188.9.0/24 2a05:9::/32
sees "allowed inside a blocked list" 5.188.9.1 $passes
sees "allowed inside a blocked list" 2a05:9::1 $passes
sees "beside it" 5.188.10.1 $drops
said "a host in them is blocked again" 0 'blocked' block 5.188.9.7
sees "a host inside an allowed network" 5.188.9.7 $drops
sees "the network around it" 5.188.9.8 $passes

said "a network is blocked" 0 'blocked' block 5.20.0.0/16
sees "blocked network" 5.20.3.4 $drops
is "on the other interface it sees the same" "$(in_ns "$senders" "$tools/smtpprobe" -t 0.5 \
	-s 5.20.3.4 198.51.100.25)" $drops
is "... and who is not blocked gets through there" "$(in_ns "$senders" "$tools/smtpprobe" -t 0.5 \
	-s 5.21.3.4 198.51.100.25)" $passes

# ---- extending ----

expires_of() {
	ctl list --json --within "$1" | json "o['expires']"
}

said "for two hours" 0 'blocked until' block --for 2h 5.30.0.1
long=$(expires_of 5.30.0.1)
said "the same for a minute shortens nothing" 0 'never shortens' block --for 1min 5.30.0.1
is "... its end is where it was" "$(expires_of 5.30.0.1)" "$long"
said "for a day it is extended" 0 'was blocked already, now until' block --for 1d 5.30.0.1
between "... by about 22 hours" "$(($(expires_of 5.30.0.1 | cut -d. -f1) - ${long%.*}))" 79100 79300
said "for good is longer than a day" 0 'for good' block 5.30.0.1
said "... and a day is not longer than that" 0 'never shortens' block --for 1d 5.30.0.1
is "... it is for good" "$(expires_of 5.30.0.1)" null

# ---- list and history ----

said "for an hour, with a reason" 0 'blocked until' block --for 1h --reason 'a "test"' 5.31.0.1
is "list shows them in the order of addresses" "$(listed | cut -d' ' -f1 | tr '\n' ' ')" \
	"5.20.0.0/16 5.30.0.1 5.31.0.1 5.188.9.0/24 5.188.9.7 2a05:9::/32 "
is "list of a class" "$(listed --class operator-allow | cut -d' ' -f1 | tr '\n' ' ')" \
	"5.188.9.0/24 2a05:9::/32 "
is "list of those that end" "$(listed --expiring)" '5.31.0.1 operator-block a "test"'
is "list within a network" "$(listed --within 5.188.0.0/16 | cut -d' ' -f1 | tr '\n' ' ')" \
	"5.188.9.0/24 5.188.9.7 "
said "a class that is none is refused" 1 'operator-allow operator-block' list --class operator
is "history, newest first" \
	"$(ctl history --json 5.30.0.1 | json "o['change'], o['action']" | tr '\n' ' ')" \
	"extended drop extended drop extended drop extended drop set drop "
has "... says who did it" "$(ctl history --json 5.9.1.1 | json "o['change'], o['who']")" \
	'^removed root \(uid 0, pid [0-9]+\)$'
has "... and why" "$(ctl history --json 5.9.1.1 | json "o['change'], o['reason']")" \
	'^set sends spam$'
has "history of a host holds that of its network" "$(ctl history --json 5.20.3.4 \
	| json "o['source']")" '^5\.20\.0\.0/16$'
for pattern in 'verdict set: drop 5\.9\.1\.1 for good, by root \(uid 0, pid [0-9]+\): sends spam' \
	'verdict removed: drop 5\.9\.1\.1' 'verdict extended: drop 5\.30\.0\.1 until 20' \
	'verdict set: allow 2a05:9::/32 for good'; do
	has "events are in the log as text" "$(cat "$log")" "$pattern"
done

# ---- export and import ----

before=$(listed | sort)
said "export to a file" 0 '6 verdicts' export "$work/export"
said "all are taken back" 0 'taken back' unblock 5.20.0.0/16 5.30.0.1 5.31.0.1 5.188.9.0/24 \
	5.188.9.7 2a05:9::/32
sees "after it" 5.20.3.4 $passes
is "nothing is left" "$(listed)" ""
said "a dry import sets nothing" 0 '6 verdicts to be set' import --dry-run "$work/export"
is "... really" "$(listed)" ""
said "import" 0 '6 set, 0 extended, 0 replaced, 0 failed' import "$work/export"
is "what was exported is there again" "$(listed | sort)" "$before"
sees "imported" 5.20.3.4 $drops
sees "imported" 2a05:9::1 $passes
said "import of a bad line sets nothing" 1 'standard input:2: "action" is missing' import - \
	< <(printf '%s\n' '{"source":"5.40.0.1","action":"drop"}' '{"source":"5.40.0.2"}')
is "... not even the good one" "$(listed --within 5.40.0.0/16)" ""

# ---- the end of verdicts ----

# ends_within SECONDS SOURCE
ends_within() {
	local end=$((SECONDS + $1))

	while [ "$(probe "$2" -t 0.3)" != $passes ]; do
		[ $SECONDS -lt $end ] || return 1
	done
}

said "for three seconds" 0 'blocked until' block --for 3s 5.50.0.1 2a01:50::1
sees "at once" 5.50.0.1 $drops
sees "at once" 2a01:50::1 $drops
ends_within 6 5.50.0.1
is "it ends by itself" $? 0
wait_until 3 logged 'verdict ended: drop 5\.50\.0\.1'
is "... and the log says so" $? 0
sees "the other one" 2a01:50::1 $passes
is "... list shows them no more" "$(listed --within 5.50.0.0/16)" ""
has "... history shows the end" "$(ctl history --json 5.50.0.1 | json "o['change'], o['why']")" \
	'^ended its time was up$'

said "for three seconds inside a list, allowed" 0 'allowed until' allow --for 3s 5.188.50.1
said "for three seconds, blocked" 0 'blocked until' block --for 3s 5.51.0.1 2a01:51::1
began=${EPOCHREALTIME/[.,]/}
daemon_end KILL
sees "the daemon is dead" 5.51.0.1 $drops
sees "the daemon is dead" 5.188.50.1 $passes
ends_within 8 5.51.0.1
is "the card ends it without the daemon" $? 0
between "... not before its time" $(((${EPOCHREALTIME/[.,]/} - began) / 100000)) 25 60
sees "the card ends the other one" 2a01:51::1 $passes
sees "the list counts again after the allow" 5.188.50.1 $drops
sees "what has no end goes on" 5.20.3.4 $drops

# ---- restart ----

configure json
before=$(date +%s)
daemon_start || { not_ok "synwardd starts after kill -9"; tap_done; }
is "after kill -9 what holds is there" "$(listed | cut -d' ' -f1 | tr '\n' ' ')" \
	"5.20.0.0/16 5.30.0.1 5.31.0.1 5.188.9.0/24 5.188.9.7 2a05:9::/32 "
wait_until 3 logged '"event":"ended".*"source":"5.51.0.1"'
is "... what ended meanwhile is told, as JSON" $? 0
is "events as JSON" "$(grep -h '^{' "$log" \
	| json "o['event'], o['source'], o['class'], o['action'], o['origin'], o['who']" | sort)" \
	"$(printf '%s\n' 'ended 2a01:51::1 operator-block drop operator synwardd' \
		'ended 5.188.50.1 operator-allow allow operator synwardd' \
		'ended 5.51.0.1 operator-block drop operator synwardd')"
flows_begin "blocked none 5.20.0.0/16 5.20.1.0" "allowed all 5.188.9.0/24 5.188.9.64" \
	"listed none 2a05::/16 2a05:1::" "good all 5.9.0.0/16 5.9.0.0"
daemon_stop
is "an orderly end" $? 0
daemon_start || not_ok "synwardd starts again"
flows_end "restart"
is "what holds is there after a restart" "$(listed | cut -d' ' -f1 | tr '\n' ' ')" \
	"5.20.0.0/16 5.30.0.1 5.31.0.1 5.188.9.0/24 5.188.9.7 2a05:9::/32 "

# ---- backup and restore ----

said "backup while the daemon runs" 0 '6 verdicts' backup "$work/backup"
said "after it, one is blocked" 0 blocked block 5.60.0.1
said "... and another one is taken back" 0 'taken back' unblock 5.20.0.0/16
said "restore is refused while the daemon runs" 1 'synwardd' restore "$work/backup"
sees "after the backup" 5.60.0.1 $drops
daemon_stop
said "restore while it does not" 0 'its 6 verdicts' restore "$work/backup"
daemon_start || not_ok "synwardd starts with what was restored"
sees "restored" 5.20.3.4 $drops
sees "restored" 5.60.0.1 $passes
sees "restored" 5.188.9.1 $passes
is "the verdicts are those of the backup" "$(listed | cut -d' ' -f1 | tr '\n' ' ')" \
	"5.20.0.0/16 5.30.0.1 5.31.0.1 5.188.9.0/24 5.188.9.7 2a05:9::/32 "
sleep 2.2 # the self-check has been round
is "card and ledger agree" "$(asked "o['check']['missing'], o['check']['differing'], \
	o['check']['ledger_differs'], o['verdicts']['intended'] - o['verdicts']['enforced']")" "0 0 0 0"
daemon_stop
tap_done
