# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# turned_lab - senders with mail servers of their own, an MX with some, and networks that are
# rejected (5.9.1.0/24), reset (5.9.2), dropped (5.9.3) and limited (5.9.4).
# shellcheck disable=SC2034,SC2154 # what tests use; what lab.sh and mta.sh set
# shellcheck source=tests/e2e/desk_lab.sh
. "$(dirname "${BASH_SOURCE[0]}")/desk_lab.sh"

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
	returned "$1" | grep -Eq -e "$2" || { sleep 0.3 && false; }
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
	client_log "$1" | grep -Eqi -e "$2" || { sleep 0.2 && false; }
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

# ---- servers ----

# servers_up SERVER...: on an address each, from $mx4 on
servers_up() {
	local server address=$mx4

	for server in "$@"; do
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

# turned_lab SERVER...: all of it, and synwardd
turned_lab() {
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
	desk_lab_up
	command -v swaks > /dev/null || skip_all "swaks is not installed"
	find_clients
	catch_start
	daemon_start || { not_ok "synwardd starts" "$(tail "$log")"; tap_done; }
	servers_up "$@"
}
