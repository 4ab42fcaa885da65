# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# Mail servers of the senders for mta.sh: they take mail at a port of 127.0.0.1 and give it to
# the MX, $mx4, from an address of their own; what they return goes to a Maildir, $caught. They
# try again after two seconds or so, and give up after $client_patience.
# shellcheck disable=SC2034,SC2154 # what others use; what mta.sh, lab.sh and tap.sh set

caught=$work/caught
client_patience=9 # seconds
catch_port=2525

# catch_start: who takes mail for sender.test
catch_start() {
	local python=/usr/bin/python3

	$python -c 'import aiosmtpd' 2> /dev/null || skip_all "python3-aiosmtpd is not installed"
	start_in "$senders" "$work/catch.out" $python -m aiosmtpd -n -c aiosmtpd.handlers.Mailbox \
		-l 127.0.0.1:$catch_port "$caught"
	wait_until 15 test -d "$caught/new"
}

# Its default, smtp_skip_5xx_greeting = yes, is for mail to mx.test; for mail to strict.test it is no.
postfix_client() {
	local folder=$1 port=$2 source=$3

	shift 3
	postfix_folders "$folder"
	postfix_conf "$folder" client.test "mydestination =" "local_transport = discard" \
		"inet_interfaces = 127.0.0.1" "smtp_bind_address = $source" \
		"smtpd_relay_restrictions = permit_mynetworks, reject" \
		"transport_maps = inline:{ {mx.test = smtp:[$mx4]} {strict.test = strict:[$mx4]} {sender.test = back:[127.0.0.1]:$catch_port} }" \
		"queue_run_delay = 2s" "minimal_backoff_time = 2s" "maximal_backoff_time = 2s" \
		"maximal_queue_lifetime = ${client_patience}s" "bounce_queue_lifetime = ${client_patience}s" \
		"smtp_destination_concurrency_failed_cohort_limit = 0" "$@"
	cat >> "$folder/etc/master.cf" <<-MASTER
		$port  inet n - n - - smtpd
		strict unix - - n - - smtp -o smtp_skip_5xx_greeting=no
		back   unix - - n - - smtp -o smtp_bind_address=
	MASTER
	postfix_run "$senders" "$folder"
	wait_until 20 mta_answers 127.0.0.1 "$port"
}

exim_client() {
	local folder=$1 port=$2 source=$3

	shift 3
	mta_world "$folder" client.test 127.0.0.1
	{
		exim_main "$folder" client.test
		printf '%s\n' "local_interfaces = 127.0.0.1" "daemon_smtp_ports = $port" \
			"acl_smtp_rcpt = accept" "log_selector = +millisec" "$@"
		cat <<-CONF

			begin routers
			back:
			  driver = manualroute
			  domains = sender.test
			  route_list = * 127.0.0.1
			  self = send
			  transport = back
			out:
			  driver = manualroute
			  route_list = * $mx4
			  transport = out

			begin transports
			back:
			  driver = smtp
			  port = $catch_port
			  allow_localhost
			out:
			  driver = smtp
			  interface = $source

			begin retry
			* * F,${client_patience}s,2s
		CONF
	} > "$folder/etc/exim.conf"
	exim_run "$senders" "$folder" -q2s
	wait_until 20 mta_answers 127.0.0.1 "$port"
}

opensmtpd_client() {
	local folder=$1 port=$2 source=$3

	shift 3
	mta_world "$folder" client.test 127.0.0.1
	echo client.test > "$folder/etc/mailname"
	{
		printf '%s\n' "queue ttl ${client_patience}s" "bounce warn-interval 3s" "$@"
		cat <<-CONF
			listen on 127.0.0.1 port $port hostname client.test
			action "back" relay host "smtp+notls://127.0.0.1:$catch_port"
			action "out" relay host "smtp+notls://$mx4" src $source helo client.test
			match from any for domain "sender.test" action "back"
			match from any for any action "out"
		CONF
	} > "$folder/etc/smtpd.conf"
	opensmtpd_run "$senders" "$folder"
	wait_until 20 mta_answers 127.0.0.1 "$port"
}
