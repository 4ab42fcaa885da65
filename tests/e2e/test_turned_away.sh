#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What senders make of being turned away: Postfix, Exim and OpenSMTPD as clients, and swaks. The
# rejected get the 554 and return its words to who wrote the mail (at RCPT all of them at once, at
# the greeting each in its way), the reset fail at once, the dropped time out, the limited deliver
# later. Postfix, Exim, Sendmail and OpenSMTPD as servers
# get everybody else, with their own address.
# shellcheck source=tests/e2e/desk_lab.sh
. "$(dirname "$0")/desk_lab.sh"

clients=()        # those that are there
declare -A port=([postfix]=2601 [exim]=2602 [opensmtpd]=2603)
declare -A last=([postfix]=1 [exim]=2 [opensmtpd]=3)
declare -A at_home # folder of a client
declare -A home    # folder of a server
declare -A on      # address of a server
reason="a neighbour complained"

# ---- clients ----

find_clients() {
	local client

	for client in postfix exim opensmtpd; do
		if "${client}_find"; then
			clients+=("$client")
		else
			skip "$client as a client" "${mta_why:-it cannot be had}"
		fi
	done
}

# clients_up THIRD: new ones, without a queue and without a memory, at 5.9.THIRD.N
clients_up() {
	local client

	clients_running=()
	for client in "${clients[@]}"; do
		mta_folder "$client-client"
		at_home[$client]=$folder
		"${client}_client" "$folder" "${port[$client]}" "5.9.$1.${last[$client]}" \
			|| mta_failed "$client as a client" "$folder"
		clients_running+=("$mta_pid")
	done
}

clients_down() {
	local pid

	for pid in "${clients_running[@]}"; do
		mta_stop "$pid"
	done
}

# submit CLIENT SENDER RECIPIENT: mail for it to send
submit() {
	in_ns "$senders" python3 "$TOP/tests/support/send_mail.py" 127.0.0.1 \
		"127.0.0.1:${port[$1]}" "$2@sender.test" "$3" > "$work/submit" 2>&1
	is "$1 takes mail of $2" "$(cat "$work/submit")" "250 250"
}

# returned SENDER: the text of what came back to who wrote the mail, on one line
returned() {
	local file

	for file in "$caught"/new/*; do
		grep -qi "^X-RcptTo:.*\b$1@sender\.test" "$file" && tr -s ' \n\r\t' ' ' < "$file"
	done
}

# shellcheck disable=SC2317 # called by name
is_returned() {
	returned "$1" | grep -Eq -e "$2"
}

# returns NAME SENDER SECONDS [PATTERN]: a DSN with the code and the words
returns() {
	local pattern=${4:-"554[ -]5\.7\.1.*$reason"}

	if wait_until "$3" is_returned "$2" "$pattern"; then
		ok "$1"
	else
		not_ok "$1" "what came back:" "$(returned "$2" | fold -w 300)" "its log:" \
			"$(client_log "${2#*-}" | tail -n 5)"
	fi
}

# client_log CLIENT: of one that runs
client_log() {
	local client=${1%%-*}

	[ -z "${at_home[$client]-}" ] || cat "$("${client}_log" "${at_home[$client]}")"
}

# shellcheck disable=SC2317 # called by name
log_has() {
	client_log "$1" | grep -Eqi -e "$2"
}

# notes NAME CLIENT SECONDS PATTERN: its log says that
notes() {
	if wait_until "$3" log_has "$2" "$4"; then
		ok "$1"
	else
		not_ok "$1" "no line matches: $4" "$(client_log "$2" | tail -n 8)"
	fi
}

# swaks_says SOURCE [OPTION...]
swaks_says() {
	local source=$1

	shift
	in_ns "$senders" swaks --server "$mx4" --local-interface "$source" --helo sender.example \
		--from a@sender.test --to good@mx.test --timeout 8 "$@" 2>&1
}

# ---- what is to be shown ----

rejected_at_greeting() {
	local client

	desk_start --at greeting
	clients_up 1
	for client in "${clients[@]}"; do
		submit "$client" "greeting-$client" good@mx.test
	done
	[[ " ${clients[*]} " != *" postfix "* ]] || submit postfix strict-postfix good@strict.test
	has "swaks is told why" "$(swaks_says 5.9.1.4)" "^<\*\* +554 5\.7\.1 .*$reason"
	has "... at the other address, too" "$(probe 5.9.1.4)" "^554 5\.7\.1 .*$reason"
	has "... and over IPv6" "$(probe 2a01:1::1)" "^554 5\.7\.1 .*$reason"
	for client in "${clients[@]}"; do
		case $client in
		postfix)
			returns "Postfix that takes a 5xx greeting for what it says returns it at once" \
				strict-postfix 5
			returns "Postfix, as it is by default, returns it when its patience ends" \
				greeting-postfix 25
			;;
		exim) returns "Exim returns it at once" greeting-exim 5 ;;
		opensmtpd)
			notes "OpenSMTPD logs what it was told" opensmtpd 10 "554 5\.7\.1.*$reason"
			returns "... and tells its user something else, when its patience ends" \
				greeting-opensmtpd 60 "Network error on destination MXs|Envelope expired"
			;;
		esac
	done
	clients_down
	desk_stop
}

rejected_at_recipient() {
	local client

	desk_start --at recipient
	clients_up 1
	for client in "${clients[@]}"; do
		submit "$client" "recipient-$client" good@mx.test
	done
	has "swaks is told why at RCPT" "$(swaks_says 5.9.1.4)" "^<\*\* +554 5\.7\.1 .*$reason"
	for client in "${clients[@]}"; do
		returns "$client is told at RCPT, and returns it at once" "recipient-$client" 8
	done
	clients_down
	desk_stop
}

# refused_ms SOURCE COUNT: the longest of so many connections that are refused
refused_ms() {
	in_ns "$senders" python3 - "$1" "$mx4" "$2" <<-'END'
		import socket, sys, time
		longest = 0
		for _ in range(int(sys.argv[3])):
		    s = socket.socket()
		    s.bind((sys.argv[1], 0))
		    began = time.monotonic()
		    try:
		        s.connect((sys.argv[2], 25))
		        sys.exit("connected")
		    except ConnectionRefusedError:
		        longest = max(longest, time.monotonic() - began)
		    s.close()
		print(int(longest * 1000))
	END
}

reset() {
	local client

	clients_up 2
	between "20 connections that are reset: the longest took, ms" "$(refused_ms 5.9.2.4 20)" 0 100
	has "swaks is refused" "$(swaks_says 5.9.2.4)" "Connection refused"
	for client in "${clients[@]}"; do
		submit "$client" "reset-$client" good@mx.test
		notes "$client is refused" "$client" 10 "Connection refused"
	done
	if [[ " ${clients[*]} " == *" postfix "* ]]; then
		notes "... Postfix within 100 ms" postfix 1 \
			"delays=[0-9.]+/[0-9.]+/0(\.0[0-9]*)?/0, .*Connection refused"
	fi
	clients_down
}

dropped() {
	local client

	set_net "$senders" ipv4/tcp_syn_retries 1 # three seconds, and not two minutes
	clients_up 3
	has "swaks waits in vain" "$(swaks_says 5.9.3.4 --timeout 4)" "[Tt]imed? ?out"
	for client in "${clients[@]}"; do
		submit "$client" "drop-$client" good@mx.test
	done
	for client in "${clients[@]}"; do
		notes "$client: its connection times out" "$client" 20 "time(d)? ?out"
	done
	clients_down
	set_net "$senders" ipv4/tcp_syn_retries 6
}

# shellcheck disable=SC2317 # called by name
has_arrived() {
	grep -q "from=<limit-$1@sender\.test>" "$(postfix_log "${home[postfix]}")"
}

# A source that has just used what it may; the next SYN of its TCP that conforms is let in.
limited() {
	local client began

	[ -n "${home[postfix]-}" ] || return 0
	clients_up 4
	for client in "${clients[@]}"; do
		is "limited: the first connection of $client's address" \
			"$(probe "5.9.4.${last[$client]}" | cut -c 1-3)" 220
	done
	began=$SECONDS
	for client in "${clients[@]}"; do
		submit "$client" "limit-$client" good@mx.test
	done
	for client in "${clients[@]}"; do
		if wait_until 40 has_arrived "$client"; then
			ok "limited: what $client sends arrives"
		else
			not_ok "limited: what $client sends arrives" "$(client_log "$client" | tail -n 5)"
		fi
	done
	between "... later, seconds" $((SECONDS - began)) 2 40
	clients_down
}

# ---- servers ----

servers_up() {
	local server address=$mx4

	for server in postfix exim sendmail opensmtpd; do
		if ! "${server}_find"; then
			skip "$server as a server" "${mta_why:-it cannot be had}"
			continue
		fi
		mta_folder "$server"
		home[$server]=$folder on[$server]=$address
		[ "$address" = "$mx4" ] || in_ns "$mx" ip addr add "$address/24" dev m0
		mta_on=$address "${server}_start" "$folder" || mta_failed "$server" "$folder"
		address=192.0.2.$((${address##*.} + 1))
	done
}

servers_get_the_rest() {
	local server said

	desk_start
	for server in postfix exim sendmail opensmtpd; do
		[ -n "${on[$server]-}" ] || continue
		said=$(in_ns "$senders" python3 "$TOP/tests/support/send_mail.py" 5.8.1.1 "${on[$server]}" \
			a@sender.test good@mx.test user0@mx.test 2>&1)
		is "$server gets who is not rejected" "$said" "250 550 250"
		# Its log is written by another process.
		wait_until 5 grep -Eq '\b5\.8\.1\.1\b' "$("${server}_log" "${home[$server]}")"
		has "... with his own address" "$(cat "$("${server}_log" "${home[$server]}")")" '\b5\.8\.1\.1\b'
		has "... and not who is" "$(in_ns "$senders" "$tools/smtpprobe" -t 2 -s 5.9.1.9 "${on[$server]}")" \
			"^554 5\.7\.1 .*$reason"
		is "... whom it never sees" \
			"$(grep -c '5\.9\.1\.9' "$("${server}_log" "${home[$server]}")")" 0
	done
	desk_stop
	has "without a desk the mail server gets them" "$(probe 5.9.1.9)" '^220 mx\.test'
}

printf '%s\n' 5.9.1.0/24 2a01:1::/48 > "$work/told"
echo 5.9.2.0/24 > "$work/reset"
echo 5.9.3.0/24 > "$work/dropped"
echo 5.9.4.0/24 > "$work/limited"
chmod 755 "$work" # the desk is nobody
lab_conf 'interfaces = {"m0"}' 'desk-group = nogroup' \
	"list told { file = \"$work/told\"  action = reject  text = \"Mail from [%a] is not accepted: $reason\" }" \
	"list resets { file = \"$work/reset\"  action = reset }" \
	"list drops { file = \"$work/dropped\"  action = drop }" \
	"list limits { file = \"$work/limited\"  action = limit  rate = \"12/min\"  burst = 1 }"
lab_up
command -v swaks > /dev/null || skip_all "swaks is not installed"
find_clients
catch_start
daemon_start || { not_ok "synwardd starts" "$(tail "$log")"; tap_done; }
servers_up
servers_get_the_rest
rejected_at_greeting
rejected_at_recipient
reset
dropped
limited
daemon_stop
tap_done
