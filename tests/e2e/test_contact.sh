#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# First contact with real TCP: sources that nothing is said of pass, are told of, or are held
# for as long as hold-max says, while nobody judges them; and nobody is held when synwardd is
# not there. synwardd runs without privileges, and reads the ring all the same.
# shellcheck source=tests/e2e/lab.sh
. "$(dirname "$0")/lab.sh"

passes=refused
drops=timeout
user=nobody
getent passwd $user > /dev/null || skip_all "there is no user $user"

configure() {
	run_as=$user lab_conf 'interfaces = {"m0"}' 'on-exit = "keep"' "$@" \
		"list block { file = \"$work/block\"  action = drop }"
	chmod 644 "$conf"
}

told() {
	asked "o['contacts']['told']"
}

# becomes VALUE COMMAND...: soon
becomes() {
	local want=$1

	shift
	wait_until 5 says "$want" "$@"
}

# shellcheck disable=SC2317 # called by name
says() {
	local want=$1

	shift
	[ "$("$@")" = "$want" ]
}

chmod 755 "$work"
echo 5.188.0.0/16 > "$work/block"
configure
lab_up
daemon_start || { not_ok "synwardd starts"; tap_done; }

# ---- off ----

is "off: an unknown source passes" "$(probe 5.9.1.1 -t 0.5)" $passes
is "... and nobody is told" "$(reason_count contact-told)" 0
is "status says that it is off" "$(asked "o['contacts']")" null

# ---- pass ----

configure 'first-contact = pass'
said "a reload to pass" 0 reloaded reload
is "status says pass" "$(asked "o['contacts']['mode'], o['contacts']['takes']")" "pass all"
times 5.9.1.1
is "pass: an unknown source passes" "$seen" $passes
between "... at once" "$took" 0 9
becomes 1 told
is "... and synwardd was told, without any privilege" $? 0
is "... which the card counted" "$(reason_count contact-told)" 1
sleep 1
is "a second later it passes" "$(probe 5.9.1.1 -t 0.5)" $passes
becomes 2 told
is "... and synwardd is told that it came again" $? 0
is "... which the card counted" "$(reason_count contact-again)" 1
in_ns "$senders" "$tools/synsend" -i s0 -c 50 -n 1 src=5.9.1.9 dst=$mx4 "${frame[@]}" > "$work/sent"
becomes 3 told
is "of fifty SYNs at once it is told once" $? 0
is "a listed source is dropped as ever" "$(probe 5.188.1.1 -t 0.5)" $drops
is "... and not told of" "$(told)" 3
is "an IPv6 source passes" "$(probe 2a01:1::1 -t 0.5)" $passes
becomes 4 told
is "... and is told of" $? 0
said "explain says so" 0 'first contact: it passes, and synwardd is told' explain 5.9.1.2

# ---- hold, and nobody to ask ----

configure 'first-contact = hold'
said "check-config warns of hold when nobody is asked" 0 'nobody is held' check-config
said "a reload to it" 0 reloaded reload
is "status says that nobody is held" "$(asked "o['contacts']['mode']")" pass
times 5.9.1.3
is "... and an unknown source passes" "$seen" $passes
between "... at once" "$took" 0 9

# ---- hold, and nobody judges ----

# A name server that is there, and says nothing of what it is asked: nobody is judged before
# hold-max is over.
cat > "$work/silent.py" << 'END'
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("127.0.0.1", 53))
while True:
    data, peer = s.recvfrom(1500)
    if len(data) > 12 and data[12] == 0:
        s.sendto(data[:2] + b"\x81\x80" + data[4:6] + bytes(6) + data[12:17], peer)
END
start_in "$mx" "$work/silent" python3 "$work/silent.py"
asking=('rdns-weights = {"no-ptr=1"}' 'dns-servers = {"127.0.0.1"}' 'dns-timeout = 30s')
configure 'first-contact = hold' "${asking[@]}"
said "a reload to hold" 0 reloaded reload
is "status says hold" "$(asked "o['contacts']['mode']")" hold
for source in 5.9.2.1 2a01:2::1; do
	held=$(reason_count held)
	over=$(reason_count hold-over)
	times $source
	is "hold: $source gets in" "$seen" $passes
	between "... with the first SYN after hold-max, three seconds after its first" "$took" 28 49
	# From Linux 6.5 on, TCP tries again every second (tcp_syn_linear_timeouts).
	between "... two or three SYNs were held" $(($(reason_count held) - held)) 2 3
	is "... and one passed, for its time was over" $(($(reason_count hold-over) - over)) 1
	times $source
	is "... then it passes" "$seen" $passes
	between "... at once" "$took" 0 9
done
is "held SYNs are counted as unlisted and held" "$(class_count unlisted hold)" \
	"$(reason_count held)"
said "a source that the operator allows" 0 'allowed' allow 5.9.2.9
times 5.9.2.9
between "... is not held" "$took" 0 9
said "explain says so" 0 'it is held for a moment' explain 5.9.2.10

configure 'first-contact = hold' 'hold-max = 500ms' "${asking[@]}"
said "a shorter time" 0 reloaded reload
times 5.9.2.2
is "... ends before the first retransmission: it gets in" "$seen" $passes
between "... after one second" "$took" 8 25

# ---- other sizes: another ring ----

before=$(told)
configure 'first-contact = hold' 'contact-sources = 8192' "${asking[@]}"
said "a reload that makes new maps" 0 reloaded reload
times 5.9.2.3
is "... holds" "$seen" $passes
between "... for as long" "$took" 28 49
is "... and synwardd is told, twice" $(($(told) - before)) 2

# ---- nobody is there ----

kill -STOP "$daemon"
is "while it hangs for a moment, an unknown source is held" "$(probe 5.9.3.1 -t 0.5)" $drops
sleep 6
times 5.9.3.2
is "when it hangs for longer, it passes" "$seen" $passes
between "... at once" "$took" 0 9
kill -CONT "$daemon"
sleep 1.2
is "when it goes on, sources are held again" "$(probe 5.9.3.3 -t 0.5)" $drops
daemon_end KILL
sleep 6
times 5.9.3.4
between "when it was killed, they pass" "$took" 0 9
daemon_start || not_ok "synwardd starts again"
is "when it is back they are held" "$(probe 5.9.3.5 -t 0.5)" $drops
daemon_stop
is "when it ends they pass" "$(probe 5.9.3.6 -t 0.5)" $passes
is "what is listed does not" "$(probe 5.188.1.1 -t 0.5)" $drops
logged 'Operation not permitted|not implemented' && not_ok "no call was refused" "$(cat "$log")"
tap_done
