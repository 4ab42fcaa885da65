#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The same as test_bounce_logs.sh, Postfix and Sendmail, with what synward-milter tells; nobody
# reads their logs.
# Takes long: it waits for the ends of locks.
# shellcheck source=tests/e2e/bounce_lab.sh
. "$(dirname "$0")/bounce_lab.sh"

bounce_lab postfix sendmail
mta_folder milter
milter_socket=$folder/socket
chmod 755 "$work" # the milter is nobody
bounce_conf 'events-group = nogroup'
daemon_start || { not_ok "synwardd starts" "$(tail "$log")"; tap_done; }
start_in "$mx" "$work/milter.log" "$O/synward-milter" --socket "unix:$milter_socket" \
	--events "$work/run/events" --user nobody --group news
wait_until 10 test -S "$milter_socket"
for server in "${servers[@]}"; do
	case $server in
	postfix)
		run_server postfix "smtpd_milters = unix:$milter_socket" "milter_default_action = accept" \
			"milter_protocol = 6"
		;;
	sendmail)
		run_server sendmail \
			"INPUT_MAIL_FILTER(\`synward', \`S=unix:$milter_socket, T=C:2s;S:2s;R:2s;E:5s')dnl"
		;;
	esac
done
bounce_tests
tap_done
