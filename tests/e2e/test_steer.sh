#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Turned away in words: connections of sources whose class rejects go to the desk, for which
# a stand-in is registered (tests/tools/fakedesk), with the true address of the client; all
# others to the mail server. No desk, no steering. Reloads, restarts, a killed daemon and an
# upgrade keep it; it ends with the verdict, and with the filter. IPv4 and IPv6, two ports.
# shellcheck source=tests/e2e/lab.sh
. "$(dirname "$0")/lab.sh"

rejected=(5.188.1.1 2a05:1::1)
others=(5.9.1.1 2a01::1 5.189.1.1 2a07::1 5.188.9.1 2a05:9::1)

configure() {
	lab_conf 'interfaces = {"m0", "m1"}' "ports = {25, 587}" 'on-exit = "keep"' \
		'never-block-own = false' "$@" \
		"list turned { file = \"$work/turned\"  action = reject  max-change = 0 }" \
		"list trial { file = \"$work/trial\"  action = reject  enforce = false }" \
		"list partners { file = \"$work/partners\"  action = allow }"
	sed -i '0,/^ports = {25} /s///' "$conf" # lab_conf has one of its own
}

# desk_start [FAMILIES]
desk_start() {
	: > "$work/desk" # or the one before is found ready
	start_in "$mx" "$work/desk" "$tools/fakedesk" "$pins" "$@"
	desk=$started
	wait_until 10 grep -q ready "$work/desk" || note "no desk:" "$(cat "$work/desk")"
}

desk_kill() {
	kill -KILL "$desk"
	wait "$desk" 2> /dev/null
}

# answer SOURCE [PORT]: who answers: "desk", and as whom it sees the client, or "mail"
answer() {
	local line

	line=$(probe "$1" -p "${2:-25}")
	case $line in
	"554 5.7.1 fakedesk "*) echo "desk ${line##* }" ;;
	"220 "*) echo mail ;;
	*) echo "$line" ;;
	esac
}

# answers NAME desk|mail: what the rejected get, and that the others get the mail server
answers() {
	local source want

	for source in "${rejected[@]}"; do
		want=$2
		[ "$want" = mail ] || want="desk $source"
		is "$1: $source is answered by the $2" "$(answer "$source")" "$want"
	done
	for source in 5.9.1.1 2a01::1; do
		is "$1: $source is answered by the mail server" "$(answer "$source")" mail
	done
}

printf '%s\n' 5.188.0.0/16 2a05::/16 > "$work/turned"
printf '%s\n' 5.189.0.0/16 2a07::/16 > "$work/trial"
printf '%s\n' 5.188.9.0/24 2a05:9::/32 > "$work/partners"
configure
lab_up
lab_cable s1 m1
smtp_server
for address in $mx4 $mx6; do
	start_in "$mx" "$work/submission-$address.log" /usr/bin/python3 -m aiosmtpd -n \
		-c aiosmtpd.handlers.Sink -l "$address:587"
	wait_until 15 in_ns "$mx" "$tools/smtpprobe" -p 587 "$address"
done
said "check-config takes a list that rejects" 0 'good' check-config
daemon_start || { not_ok "synwardd starts"; tap_done; }
logged 'cannot give it to synward-desk' \
	&& skip "steering" "$(grep -o 'the kernel cannot give.*' "$log" | tail -n 1)" && tap_done
is "it is attached at the start, and nobody is there yet" \
	"$(status | json "o['desk']['steering'], o['desk']['ipv4'], o['desk']['ipv6']")" \
	"true false false"
answers "without a desk" mail
is "... which is counted" "$(reason_count reject-passed)" 2

# ---- the desk comes ----

desk_start
answers "with a desk" desk
for source in "${rejected[@]}"; do
	is "$source is answered by the desk on the other port" "$(answer "$source" 587)" \
		"desk $source"
	has "$source reaches a port that is not served" "$(probe "$source" -p 26)" '^refused$'
done
has "the desk sees which address and port was wanted" "$(cat "$work/desk")" \
	"^5.188.1.1 -> $mx4 587\$"
for source in "${others[@]}"; do
	is "$source is answered by the mail server" "$(answer "$source") $(answer "$source" 587)" \
		"mail mail"
done
is "each connection of a rejected source was given to the desk once" \
	"$(grep -c -- '->' "$work/desk") $(reason_count steered)" "4 4"
is "... and is counted under its class, as rejected" "$(class_count turned reject)" 6
said "stats says so" 0 '^steered +4 ' stats
said "status tells of the desk" 0 '^desk +gets what is rejected$' status
said "explain says who gets it" 0 'synward-desk gets the connection' explain 5.188.1.1
has "... and by what" "$words" '^5.188.1.1: reject by turned, prefix 5.188.0.0/16'
if mail 5.9.1.1; then
	ok "a sender that is not listed completes an SMTP transaction"
else
	not_ok "a sender that is not listed completes an SMTP transaction" "$(cat "$work/swaks.log")"
fi

# ---- reload, restart, other sizes, crash ----

# Who is rejected keeps connecting, all the time: each answer is the desk's.
keep_asking() {
	while [ ! -e "$work/enough" ]; do
		for source in "${rejected[@]}"; do
			answer "$source"
		done
	done > "$work/answers"
}
keep_asking &
asking=$!
at_exit "kill $asking 2> /dev/null"
printf '%s\n' 5.188.0.0/17 5.188.128.0/17 2a05::/16 5.200.0.0/16 > "$work/turned"
reload
is "after a reload, who is new in the list is rejected" "$(answer 5.200.1.1)" "desk 5.200.1.1"
configure 'table4-blocks = 16384'
reload
has "new maps are of the size that was asked for" \
	"$(status | json "o['table']['table4_blocks']")" '^16384$'
is "... and have the desk" "$(answer 5.200.1.1)" "desk 5.200.1.1"
daemon_end TERM
is "with the daemon ended it goes on" "$(answer 5.188.1.1)" "desk 5.188.1.1"
daemon_start
is "a new daemon finds the desk" "$(answer 5.188.1.1)" "desk 5.188.1.1"
daemon_end KILL
is "with the daemon killed it goes on" "$(answer 2a05:1::1)" "desk 2a05:1::1"
daemon_start
touch "$work/enough"
wait "$asking"
is "meanwhile nobody else answered a rejected source" \
	"$(sort "$work/answers" | uniq -c | awk '{ print $2, $3 }' | tr '\n' ' ')" \
	"desk 2a05:1::1 desk 5.188.1.1 "
between "... of which there were many" "$(wc -l < "$work/answers")" 20 1000000

# ---- the desk goes ----

desk_kill
answers "with the desk killed" mail
desk_start 4
is "a desk for IPv4 alone gets IPv4 alone" "$(answer 5.188.1.1) $(answer 2a05:1::1)" \
	"desk 5.188.1.1 mail"
said "... and status says so" 0 'of IPv4 alone' status
daemon_end KILL
desk_kill
answers "with both killed" mail
daemon_start
desk_start
answers "with both back" desk

# ---- verdicts that end ----

reject() {
	python3 "$TOP/tests/support/ask.py" "$work/run/control" \
		"{\"op\":\"set\",\"verdicts\":[{\"source\":\"$1\",\"action\":\"reject\",\"for\":\"$2\"}]}" \
		> "$work/set"
}
for source in 5.9.7.7 2a01:7::7; do
	reject $source 8s
	is "$source is rejected for some seconds" "$(answer $source)" "desk $source"
done
sleep 8.1
for source in 5.9.7.7 2a01:7::7; do
	is "$source is rejected no more" "$(answer $source)" mail
done
reject 5.9.7.8 8s
is "5.9.7.8 is rejected for some seconds" "$(answer 5.9.7.8)" "desk 5.9.7.8"
daemon_end KILL
is "... with the daemon killed as well" "$(answer 5.9.7.8)" "desk 5.9.7.8"
sleep 8
is "... and it ends without the daemon" "$(answer 5.9.7.8)" mail

# ---- another version ----

mv "$pins/v$(in_ns "$mx" "$synward" status -c "$conf" --json | json "o['abi']")" "$pins/v99"
answers "with the maps of another version" desk
daemon_start
is "a new version takes over what steers, and the other's maps are gone" \
	"$(status | json "o['desk']['steering']") $(ls -d "$pins/v99" 2> /dev/null)" "true "
desk_kill
desk_start
answers "on new maps" desk

# ---- the silent daemon, and the end ----

configure 'deadman = "10s open"'
reload
answers "with a deadman" desk
daemon_end KILL
sleep 11.5
answers "with the daemon silent for too long, and open" mail
daemon_start
answers "with the daemon back" desk
configure
reload
daemon_end TERM
ctl detach m1 > /dev/null
is "one interface less changes nothing" "$(answer 5.188.1.1)" "desk 5.188.1.1"
ctl detach > /dev/null
answers "with the filter detached" mail
is "nothing is left" "$(ls "$pins" 2> /dev/null)" ""
tap_done
