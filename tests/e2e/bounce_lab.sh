# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# bounce_lab - real mail servers, what they tell of unknown recipients, and what becomes of who
# tried them. Two at a time, on an address of the MX each, so that both wait for the ends of
# locks together.
# shellcheck disable=SC2154 # what lab.sh and mta.sh set
# shellcheck source=tests/e2e/lab.sh
. "$(dirname "${BASH_SOURCE[0]}")/lab.sh"
# shellcheck source=tests/support/mta.sh
. "$TOP/tests/support/mta.sh"

long=30          # seconds of the second lock, which is to outlast restarts
servers=()       # those that are there
declare -A on    # address of the MX
declare -A where # folder

# bounce_lab SERVER...: a namespace with an address for each, of those that can be had
bounce_lab() {
	local server address=$mx4

	lab_up
	for server in "$@"; do
		if ! "${server}_find"; then
			skip "$server" "${mta_why:-it cannot be had}"
			continue
		fi
		mta_folder "$server"
		servers+=("$server")
		where[$server]=$folder on[$server]=$address
		[ "$address" = "$mx4" ] || in_ns "$mx" ip addr add "$address/24" dev m0
		address=192.0.2.$((${address##*.} + 1))
	done
	[ ${#servers[@]} != 0 ] || tap_done
}

# bounce_conf LINE...: of the daemon
bounce_conf() {
	lab_conf 'interfaces = {"m0"}' 'on-exit = "keep"' \
		"bounce-locks = {\"8s\", \"${long}s\", \"8s\", \"permanent\"}" "$@"
}

# run_server SERVER [LINE...]
run_server() {
	local server=$1

	shift
	mta_on=${on[$server]} "${server}_start" "${where[$server]}" "$@" && ok "$server starts" && return
	mta_failed "$server" "${where[$server]}"
	tap_done
}

# ---- senders: the number of a server is in their addresses ----

# attacker SERVER, friend SERVER: who tries unknown users, and who has some among many
attacker() {
	echo "5.9.$(number_of "$1").1"
}

friend() {
	echo "5.8.$(number_of "$1").1"
}

number_of() {
	local i

	for i in "${!servers[@]}"; do
		[ "${servers[i]}" != "$1" ] || echo $((i + 1))
	done
}

# seen_by SOURCE SERVER: "in", or what probe says
seen_by() {
	local seen

	seen=$(in_ns "$senders" "$tools/smtpprobe" -t 0.5 -s "$1" "${on[$2]}")
	[[ $seen != 220* ]] || seen=in
	echo "$seen"
}

# shellcheck disable=SC2317 # called by name
is_seen() {
	seen=$(seen_by "$2" "$3")
	[ "$seen" = "$1" ]
}

# attackers_see NAME WANT [SECONDS]: at once, or in time
attackers_see() {
	local server seen

	for server in "${servers[@]}"; do
		wait_until "${3:-15}" is_seen "$2" "$(attacker "$server")" "$server"
		is "$server, $1: the sender sees" "$seen" "$2"
	done
}

# still_locked NAME: so long after $began as a lock may be looked at
still_locked() {
	if [ $((SECONDS - began)) -lt $((long - 4)) ]; then
		attackers_see "$1" timeout 1
	else
		skip "$1: the sender sees" "$((SECONDS - began)) s have passed, the machine is too busy"
	fi
}

# send_many NAME WANT WHO MESSAGES GOOD UNKNOWN FIRST: to all servers at once
send_many() {
	local name=$1 want=$2 who=$3 server jobs=()

	shift 3
	for server in "${servers[@]}"; do
		in_ns "$senders" python3 "$TOP/tests/support/many_mail.py" "$($who "$server")" \
			"${on[$server]}" "$@" > "$work/sent-$server" 2>&1 &
		jobs+=($!)
	done
	wait "${jobs[@]}"
	for server in "${servers[@]}"; do
		is "$server, $name: taken and refused" "$(cat "$work/sent-$server")" "$want"
	done
}

# attack NAME COUNT FIRST: that many users who do not exist
attack() {
	send_many "$1" "0 $2" attacker 1 0 "$2" "$3"
}

# ---- what the daemon makes of it ----

heard() {
	asked "o['mta']['recipients']['unknown-rcpt'], o['mta']['recipients']['accepted-rcpt']"
}

# shellcheck disable=SC2317 # called by name
has_heard() {
	[ "$(heard)" = "$1" ] || { sleep 0.3 && false; }
}

# hears NAME UNKNOWN ACCEPTED: of each server since the daemon's start, in time and no more
hears() {
	local want="$(($2 * ${#servers[@]})) $(($3 * ${#servers[@]}))"

	wait_until 30 has_heard "$want"
	sleep 0.3
	is "$1: unknown and accepted recipients that count" "$(heard)" "$want"
}

attackers_say() {
	local server name=$1 pattern=$2

	shift 2
	for server in "${servers[@]}"; do
		said "$server, $name" 0 "$pattern" "$@" "$(attacker "$server")"
	done
}

# ---- all of it ----

good_senders() {
	send_many "30 unknown among 5,000" "5000 30" friend 50 100 30 0
	hears "of who has 30 unknown among 5,000" 30 5000
	friends_pass "30 unknown among 5,000"
}

friends_pass() {
	local server

	for server in "${servers[@]}"; do
		is "$server, $1: is not locked" "$(seen_by "$(friend "$server")" "$server")" in
	done
}

first_lock() {
	attackers_see "before" in
	attack "29 unknown users" 29 0
	hears "after 29" 59 5000
	attackers_see "after 29" in
	attack "one more" 1 29
	attackers_see "after 30, its next SYN" timeout
	attackers_see "the first lock ends by itself" in 60
	attackers_say "history of the first" 'bounce.*lock 1 of 4|lock 1 of 4' history
}

other_locks() {
	began=$SECONDS
	attack "the second" 30 100
	attackers_see "the second" timeout
	attackers_say "explain says why" '30 unknown recipients' explain
	daemon_stop
	daemon_start
	still_locked "after a restart"
	daemon_end KILL
	daemon_start
	still_locked "after kill -9"
	attackers_see "the second lock ends by itself" in 60
	attack "the third" 30 200
	attackers_see "the third" timeout
	attackers_see "the third lock ends by itself" in 60
	attack "the fourth" 30 300
	attackers_see "the fourth" timeout
	daemon_stop
	daemon_start
	attackers_see "the fourth, after a restart" timeout 1
	for server in "${servers[@]}"; do
		said "$server, the fourth is permanent" 0 \
			"$(attacker "$server" | sed 's/\./\\./g') .*bounce-lock .*for good.*lock 4 of 4: permanent" list
	done
	friends_pass "in the end"
}

bounce_tests() {
	good_senders
	first_lock
	other_locks
	daemon_stop
}

# bounce_by_log SERVER...: through the logs that they write
bounce_by_log() {
	local server logs=()

	bounce_lab "$@"
	for server in "${servers[@]}"; do
		run_server "$server"
		logs+=("\"$("${server}_log" "${where[$server]}")\"")
	done
	bounce_conf "mail-logs = {$(IFS=,; echo "${logs[*]}")}"
	daemon_start || { not_ok "synwardd starts" "$(tail "$log")"; tap_done; }
	bounce_tests
	for server in "${servers[@]}"; do
		understood "$server" "$("${server}_log" "${where[$server]}")"
	done
}

# understood SERVER LOG: no line of it that looks like a refusal is not understood
understood() {
	is "$1: lines of its log that were not understood" \
		"$("$synward" maillog test "$2" | grep -E '^[0-9]+: not-understood' | head -n 3)" ""
}
