#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The desk, the daemon, or both are killed: rejected senders hear 554 as long as a desk is there, else
# the mail server has them; all others have the mail server, all the time.
#
# Runs alone: it measures nothing, but others would wait for its clients.
# shellcheck source=tests/e2e/lab.sh
. "$(dirname "$0")/lab.sh"

desk=
desk_log=$work/desk.log
rounds=${DESK_KILLS:-12}

# desk_start: until it says that it is ready
desk_start() {
	start_in "$mx" "$desk_log" "$O/synward-desk" --daemon "$work/run/desk" \
		--policy inet:127.0.0.1:10045 --user nobody --group nogroup
	desk=$started
	wait_until 10 grep -q "up to" "$desk_log"
}

# gone PROCESS: killed, and waited for
gone() {
	kill -KILL "$1" 2> /dev/null
	wait "$1" 2> /dev/null
}

daemon_kill() {
	gone "$daemon"
	daemon=
}

# answer SOURCE: desk, general, mail, or what else is seen
answer() {
	local line

	line=$(probe "$1")
	case $line in
	"554 5.7.1 "*"in the list turned"*) echo desk ;;
	"554 5.7.1 "*) echo general ;;
	220*) echo mail ;;
	*) echo "$line" ;;
	esac
}

# shellcheck disable=SC2317 # called by name
answered_by() {
	[ "$(answer "$1")" = "$2" ]
}

# turned NAME WANT [SOURCE]: who answers a rejected source; others have the mail server
turned() {
	wait_until 10 answered_by "${3:-5.1.1.1}" "$2"
	is "$1: a rejected source has the $2" "$(answer "${3:-5.1.1.1}") $(answer 2a00:1::1)" \
		"$2 ${4:-$2}"
	is "... others the mail server, and a dropped one nobody" \
		"$(answer 5.1.3.1) $(answer 2a00:2::1) $(answer 5.1.2.1)" "mail mail timeout"
}

# Senders of both kinds, until there is $work/enough; what they see goes to $work/ok and $work/rejected.
senders_run() {
	local rejected=1

	while [ ! -e "$work/enough" ]; do
		answer 5.1.3.1 >> "$work/ok"
		answer "5.1.1.$((rejected = rejected % 250 + 1))" >> "$work/rejected"
	done
}

kill_one() {
	case $((RANDOM % 3)) in
	0) gone "$desk" ;;
	1) daemon_kill ;;
	2) gone "$desk" && daemon_kill ;;
	esac
	sleep "0.$((RANDOM % 10))"
	[ -n "$daemon" ] || daemon_start
	kill -0 "$desk" 2> /dev/null || desk_start
	sleep "0.$((RANDOM % 10))"
}

chmod 755 "$work"
lab_up
echo 5.1.1.0/24 > "$work/turned4"
echo 2a00:1::/32 > "$work/turned6"
echo 5.1.2.0/24 > "$work/dropped"
lab_conf 'interfaces = {"m0"}' 'desk-group = "nogroup"' 'desk-returns = 0' \
	"list turned { file = \"$work/turned4\" action = reject }" \
	"list turned6 { file = \"$work/turned6\" action = reject }" \
	"list dropped { file = \"$work/dropped\" action = drop }"
"$synward" check-config -c "$conf" > "$work/check" 2>&1 \
	|| skip_all "this synwardd knows nothing of the desk: $(head -n 1 "$work/check")"
smtp_server
daemon_start || { not_ok "the daemon starts"; tap_done; }

turned "before there is a desk" mail
desk_start
turned "a desk" desk
gone "$desk"
is "the desk is killed: the very next one has the mail server" "$(answer 5.1.1.1)" mail
turned "the desk is killed" mail
desk_start
turned "the desk is back" desk
daemon_kill
turned "the daemon is killed" desk
is "... and who never asked before hears the general text" "$(answer 5.1.1.77)" general
daemon_start
turned "the daemon is back" desk
daemon_kill
gone "$desk"
turned "both are killed" mail
desk_start
turned "the desk is back, without the daemon" mail
daemon_start
turned "the daemon is back, too" desk

senders_run &
runner=$!
for ((i = 0; i < rounds; i++)); do
	kill_one
done
touch "$work/enough"
wait "$runner"
is "while they are killed again and again: others have the mail server, all the time" \
	"$(sort -u "$work/ok")" mail
is "... and a rejected source one of both, or a desk that died on it" \
	"$(sort -u "$work/rejected" | grep -vxE 'desk|general|mail|reset|closed')" ""
note "$(sort "$work/rejected" | uniq -c | tr -s ' \n' ' ')"
turned "after all that" desk
tap_done
