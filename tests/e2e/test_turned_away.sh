#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What senders make of being told no: Postfix, Exim and OpenSMTPD as clients, and swaks, get the 554
# and return its words to who wrote the mail; at RCPT all of them at once, at the greeting each in
# its way (docs/recipes.md). Postfix, Exim, Sendmail and OpenSMTPD as servers get everybody else,
# with their own address.
# Takes long: it waits for the patience of mail servers.
# shellcheck source=tests/e2e/turned_lab.sh
. "$(dirname "$0")/turned_lab.sh"

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

turned_lab postfix exim sendmail opensmtpd
servers_get_the_rest
rejected_at_greeting
rejected_at_recipient
daemon_stop
tap_done
