#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Limits with real TCP: sources of one network share its rate, and who was limited gets through
# when its TCP tries again; the rate of first contacts lets few of a flood pass, while a sender
# that nobody knew gets in with its second or third SYN, and from then on at once.
# shellcheck source=tests/e2e/lab.sh
. "$(dirname "$0")/lab.sh"

passes=refused
user=nobody
getent passwd $user > /dev/null || skip_all "there is no user $user"

configure() {
	run_as=$user lab_conf 'interfaces = {"m0"}' "$@" \
		"list limited { file = \"$work/limited\"  action = limit  rate = \"1/s\"  burst = 2
			network-rate = \"20/min\"  network-burst = 4 }"
	chmod 644 "$conf"
}

# A name server that says that there is no such name, whatever it is asked.
cat > "$work/none.py" << 'END'
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("127.0.0.1", 53))
while True:
    data, peer = s.recvfrom(1500)
    end = 12
    while end < len(data) and data[end]:
        end += 1 + data[end]
    s.sendto(data[:2] + b"\x81\x83" + data[4:6] + bytes(6) + data[12:end + 5], peer)
END

chmod 755 "$work"
printf '%s\n' 5.188.0.0/16 2a05::/16 > "$work/limited"
configure
lab_up
start_in "$mx" "$work/none" python3 "$work/none.py"
daemon_start || { not_ok "synwardd starts"; tap_done; }

# ---- networks ----

has "status has both rates" "$(ctl status)" 'limited .* 1/s, burst 2; network 20/min, burst 4'

# first OF...: how many of these pass at once
first() {
	for source in "$@"; do
		probe "$source" -t 0.1
	done | grep -c $passes
}

is "of ten sources of a /24 as many pass at once as the network has" "$(first 5.188.1.{1..10})" 4
is "... and of a /48" "$(first 2a05:1:1:{1..9}::1)" 4
is "sources of other networks have their own" "$(first 5.188.{2..7}.1 2a05:1:{2..5}::1)" 10
times 5.188.1.20
is "who was limited gets through" "$seen" $passes
between "... when its TCP tries again" "$took" 0 40

# ---- surge ----

# in_class SOURCE CLASS: whether the card has it there
# shellcheck disable=SC2317 # wait_until calls it
in_class() {
	ctl explain --json "$1" 2> /dev/null | json "o['card']['class']" | grep -qx "$2"
}

asking=('rdns-weights = {"no-ptr=1"}' 'score-limit = 2' 'dns-servers = {"127.0.0.1"}')
said "check-config knows that surge-rate takes first contacts" 0 'good' check-config
configure 'surge-rate = 5/s'
said "... and says so" 1 'first-contact = pass or hold' check-config
configure 'first-contact = pass' 'surge-rate = 5/s' 'surge-burst = 5'
said "... and that somebody has to be asked" 0 'nobody to ask' check-config
said "a reload to it" 0 reloaded reload
said "... does not put it in force" 0 '"surge_rate": *null' status --json
configure 'first-contact = pass' 'surge-rate = 5/s' 'surge-burst = 5' "${asking[@]}"
said "a reload to one that asks" 0 reloaded reload
has "status has it" "$(ctl status)" '^surge +5/s, burst 5$'
has "explain has it, for who is unlisted" "$(ctl explain 5.9.1.1)" 'together 5 SYNs a second pass'

probe 5.20.1.1 -t 0.5 > "$work/known" # is asked about, and known from now on
wait_until 5 in_class 5.20.1.1 dns-clear
is "a source that passed is known a moment later" $? 0

before=$(class_count unlisted pass)
stream flood -d 60 -c 100000 -r 300 -n 100000 src=5.64.0.0 "dst=$mx4"
flood=$started
began=${EPOCHREALTIME/[.,]/}
sleep 3
dropped=$(class_count unlisted limit)
passed=$(($(class_count unlisted pass) - before))
seconds=$(((${EPOCHREALTIME/[.,]/} - began) / 1000000 + 1))
between "of a flood of 300 a second, few pass" "$passed" 5 $((5 + 5 * seconds))
between "... and the others are dropped, as limited" "$dropped" 300 100000
is "... for that reason" "$([ "$(reason_count surge)" -ge "$dropped" ] && echo yes)" yes
for source in 5.20.1.1 5.20.1.1 5.20.1.1; do
	times $source
	is "a sender that is known gets in, in the midst of it" "$seen" $passes
	between "... at once" "$took" 0 9
done
for source in 5.21.1.1 2a21:1::1; do
	times $source
	is "$source, that nobody knows, gets in" "$seen" $passes
	between "... with its third SYN at the latest" "$took" 0 45
	wait_until 5 in_class $source dns-clear
	is "... and is known" $? 0
	times $source
	between "... and gets in at once" "$took" 0 9
done
kill "$flood"
daemon_stop
sleep 6
is "without the daemon it does not count" "$(first 5.22.1.{1..20})" 20
tap_done
