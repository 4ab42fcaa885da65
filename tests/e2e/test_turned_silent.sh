#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What senders make of silence: Postfix, Exim and OpenSMTPD as clients, and swaks. Who is reset
# fails at once, who is dropped times out, who is limited delivers later.
# Takes long: it waits for the patience of mail servers.
# shellcheck source=tests/e2e/turned_lab.sh
. "$(dirname "$0")/turned_lab.sh"

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

turned_lab postfix
reset
dropped
limited
daemon_stop
tap_done
