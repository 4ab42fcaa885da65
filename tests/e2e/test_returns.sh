#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The daemon's side of the desk: listeners are handed over, questions are answered with the text that is
# meant for the source, and a source that comes back too often is dropped for a while; the count begins anew,
# unblock takes it back, a restart keeps it. Bad desks are hung up on. A small stand-in takes
# the place of synward-desk (tests/support/desk.py).
# Takes long: it waits for the end of a silence.
# shellcheck source=tests/e2e/lab.sh
. "$(dirname "$0")/lab.sh"

socket=$work/run/desk
run_as=nobody
getent passwd $run_as > /dev/null || skip_all "there is no user $run_as"
chmod 755 "$work"
stand_in=$TOP/tests/support/desk.py

configure() {
	lab_conf 'interfaces = {"m0"}' 'on-exit = "keep"' 'events = "text"' \
		'never-block-own = false' 'shared-pools = {"5.188.80.0/24"}' \
		'desk-host = "mx.example"' 'desk-lookup = "https://mx.example/?%a"' \
		'desk-returns = 3' 'desk-window = 1h' "desk-silence = ${silence:-1h}" "$@" \
		"list turned { file = \"$work/turned\"  action = reject }" \
		"list special { file = \"$work/special\"  action = reject" \
		'  text = "%h has nothing for %a (%c)" }' \
		"list trial { file = \"$work/trial\"  action = drop  enforce = false }" \
		"list off { file = \"$work/off\"  action = drop }" \
		"list partners { file = \"$work/partners\"  action = allow }"
	chmod 644 "$conf"
}

# desk_start FAMILIES
desk_start() {
	start_in "$mx" "$work/desk" python3 "$stand_in" "$socket" 2525 "$1"
	desk=$started
	wait_until 40 grep -q ready "$work/desk" || note "no desk:" "$(cat "$work/desk")"
}

desk_stop() {
	kill "$desk"
	wait "$desk" 2> /dev/null
}

# ask HOW SOURCE EXPRESSION [COUNT]: a question, and a value of the answer
ask() {
	python3 "$stand_in" "$socket" ask "$1" "$2" "${4:-1}" | json "$3"
}

# raw PACKET: what is answered to it
raw() {
	python3 "$stand_in" "$socket" raw "$1"
}

# told SOURCE: the greeting that it gets
told() {
	probe "$1" -t "${2:-2}" | tr -d '\r'
}

# tells NAME SOURCE WANT
tells() {
	is "$1: $2 is told" "$(told "$2")" "$3"
}

# comes SOURCE COUNT: whoever is told each time
comes() {
	local i

	for ((i = 0; i < $2; i++)); do
		told "$1" > /dev/null
	done
}

# shellcheck disable=SC2317 # called by name
is_told() {
	[[ $(told "$1" 0.5) == 554* ]]
}

desk_is() {
	asked "$1"
}

printf '%s\n' 5.188.0.0/16 2a05::/16 > "$work/turned"
printf '%s\n' 5.189.0.0/16 > "$work/special"
printf '%s\n' 5.190.0.0/16 > "$work/trial"
printf '%s\n' 5.191.0.0/16 > "$work/off"
printf '%s\n' 5.188.9.0/24 > "$work/partners"
configure
lab_up
smtp_server
said "check-config takes it" 0 good check-config
daemon_start || { not_ok "synwardd starts"; tap_done; }
logged 'cannot give it to synward-desk' \
	&& skip "the desk" "$(grep -o 'the kernel cannot give.*' "$log" | tail -n 1)" && tap_done

# ---- questions ----

is "the socket is its group's" "$(stat -c %a "$socket")" 660
is "nothing is said of 5.9.1.1" "$(ask policy 5.9.1.1 "o['class'], o['action'], 'text' in o")" \
	" pass false"
is "a list that rejects" "$(ask policy 5.188.1.1 "o['class'], o['action'], o['enforced'], o['text']")" \
	"turned reject true Mail from 5.188.1.1 is not accepted here: 5.188.0.0/16 is in the list turned; see https://mx.example/?5.188.1.1"
is "a list with a text of its own" "$(ask policy 5.189.1.1 "o['text']")" \
	"mx.example has nothing for 5.189.1.1 (special)"
is "a list in shadow" "$(ask policy 5.190.1.1 "o['class'], o['action'], o['enforced'], o['text']")" \
	"trial drop false Mail from 5.190.1.1 is not accepted here: 5.190.0.0/16 is in the list trial; see https://mx.example/?5.190.1.1"
is "a list that drops" "$(ask policy 5.191.1.1 "o['class'], o['action'], o['enforced']")" "off drop true"
is "an allow list" "$(ask policy 5.188.9.9 "o['class'], o['action'], 'text' in o")" "partners allow false"
is "IPv6" "$(ask policy 2a05::1 "o['class'], o['action']")" "turned reject"
is "IPv4 in IPv6 is IPv4" "$(ask policy ::ffff:5.188.1.1 "o['class']")" turned
is "what is no address" "$(ask policy example.org "o['error'], o['id']")" "source is no address 0"
said "the operator rejects one" 0 'rejected until' block --how reject --for 1h \
	--reason $'ticket \xc3\xa9 4711' 5.9.7.7
is "the operator's reason is told, as ASCII" "$(ask policy 5.9.7.7 "o['class'], o['action'], o['text']")" \
	"operator-reject-temporary reject Mail from 5.9.7.7 is not accepted here: ticket ? 4711; see https://mx.example/?5.9.7.7"
said "explain shows it" 0 'it is told: Mail from 5.9.7.7 is not accepted here: ticket \? 4711' explain 5.9.7.7
is "and as JSON" "$(ctl explain --json 5.189.1.1 | json "o['told']")" \
	"mx.example has nothing for 5.189.1.1 (special)"
is "of who is let in nothing" "$(ctl explain --json 5.9.1.1 | json "o['told']")" null

# ---- bad desks ----

for packet in '{}' 'x' '[1]' '{"op":"none"}' '{"op":"desk","families":[4]}' '{"op":"desk"}' \
	'{"op":"say"}' '{"op":"say","id":-1,"how":"smtp","source":"5.9.1.1"}' \
	'{"op":"say","id":1,"how":"x","source":"5.9.1.1"}' '{"op":"count","general":-1}'; do
	is "hung up on: $packet" "$(raw "$packet")" null
done
is "a desk without listeners is taken" "$(raw '{"op":"desk","families":[]}' | json "o['ok']")" true
is "counts are taken, without an answer" \
	"$(raw '{"op":"count","general":3,"open":1,"classes":[{"class":"turned","smtp":5}]}')" nothing
is "and are in status" \
	"$(desk_is "o['desk']['counts']['general'], o['desk']['counts']['classes'][0]['smtp']")" "3 5"
python3 - "$socket" <<'PY' > "$work/handed"
import array, json, socket, sys
def hand(sock, families):
    link = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    link.settimeout(5)
    link.connect(sys.argv[1])
    fds = array.array("i", [s.fileno() for s in sock])
    link.sendmsg([json.dumps({"op": "desk", "families": families}).encode()],
                 [(socket.SOL_SOCKET, socket.SCM_RIGHTS, fds)])
    answer = link.recv(8192)
    return json.loads(answer)["ok"] if answer else "over"
udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
tcp = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
six = socket.socket(socket.AF_INET6, socket.SOCK_STREAM); six.bind(("::1", 0)); six.listen()
four = socket.socket(socket.AF_INET, socket.SOCK_STREAM); four.bind(("127.0.0.1", 0)); four.listen()
print(hand([udp], [4]), hand([tcp], [4]), hand([six], [4]), hand([four], [6]), hand([open("/dev/null")], [4]),
      hand([four, four], [4, 4]), hand([four], [4, 6]), hand([four], [5]), hand([four, six], [4, 6]))
PY
is "what does not listen, or in another family, is refused" "$(cat "$work/handed")" \
	"False False False False False over over over True"
is "and nobody listens any more" "$(desk_is "o['desk']['ipv4'], o['desk']['ipv6'], o['desk']['pid']")" \
	"false false null"

# ---- a desk ----

desk_start 46
is "it is on the card" "$(desk_is "o['desk']['steering'], o['desk']['ipv4'], o['desk']['ipv6']")" \
	"true true true"
is "by its process" "$(desk_is "o['desk']['pid']")" "$desk"
tells "with a desk" 5.189.1.1 "554 5.7.1 mx.example has nothing for 5.189.1.1 (special)"
tells "with a desk" 5.9.7.7 \
	"554 5.7.1 Mail from 5.9.7.7 is not accepted here: ticket ? 4711; see https://mx.example/?5.9.7.7"
is "others get the mail server" "$(told 5.9.1.1 | cut -c1-3)" 220

# ---- from words to silence ----

for source in 5.188.1.1 2a05:1::1; do
	comes $source 2
	is "the third time $source is told" "$(told $source | cut -c1-3)" 554
	is "and the fourth, which is one too many" "$(told $source | cut -c1-3)" 554
	is "so it is dropped" "$(told $source 0.5)" timeout
done
said "list has it" 0 'desk-drop .* desk .*came back to the desk 4 times within 1h, rejected by turned' \
	list --class desk-drop
said "the /64 is silenced in IPv6" 0 '2a05:1::/64' list --class desk-drop
said "explain says why" 0 'drop by desk-drop' explain 5.188.1.1
said "and what else" 0 'turned .* lower tier' explain 5.188.1.1
said "history has it" 0 'set .*came back to the desk' history 5.188.1.1
is "the log, too" "$(grep -c 'came back to the desk' "$log")" 2
is "status counts" "$(desk_is "o['desk']['returns']['silenced']")" 2
said "as text" 0 '2 sources came back too often' status
is "another of the list is told" "$(told 5.188.1.2 | cut -c1-3)" 554

# a restart keeps it; a short one, whose end is waited for at the end of this
silence=60s configure
reload
comes 5.188.3.3 4
is "a short silence" "$(told 5.188.3.3 0.5)" timeout
daemon_end KILL
is "the desk goes on without the daemon" "$(told 5.188.4.4)" "554 5.7.1 no daemon"
is "who is silenced stays so" "$(told 5.188.1.1 0.5) $(told 5.188.3.3 0.5)" "timeout timeout"
daemon_start || not_ok "synwardd starts again" "$(tail "$log")"
wait_until 40 is_told 5.188.5.5
is "it comes back to the new one" "$(told 5.188.5.6 | cut -d' ' -f1-5)" "554 5.7.1 Mail from 5.188.5.6"
is "silence survives" "$(told 5.188.1.1 0.5)" timeout

# taken back
said "unblock takes it back" 0 'the verdict of origin desk is taken back' unblock 5.188.1.1
comes 5.188.1.1 2
is "it is told anew, three times" "$(told 5.188.1.1 | cut -c1-3)" 554
is "and one more" "$(told 5.188.1.1 | cut -c1-3)" 554
is "then it is dropped again" "$(told 5.188.1.1 0.5)" timeout
said "of an IPv6 address the /64 is taken back" 0 'origin desk is taken back' unblock 2a05:1::1
is "and it is told again" "$(told 2a05:1::1 | cut -c1-3)" 554

# who is never silenced
comes 5.9.7.7 8
is "whom the operator rejects is told each time" "$(told 5.9.7.7 | cut -c1-3)" 554
comes 5.188.80.1 8
is "who is in a shared pool, too" "$(told 5.188.80.1 | cut -c1-3)" 554
if logged '5.188.80.1 is not dropped, for 5.188.80.0/24 is a shared pool'; then
	ok "and the log says so"
else
	not_ok "and the log says so" "$(tail "$log")"
fi
ask policy 5.188.2.2 "o['class']" 20 > /dev/null
is "mail servers that ask are not counted" "$(told 5.188.2.2 | cut -c1-3)" 554
stream forged -d 2 -c 200 -r 500 -n 1 src=5.188.2.3 dst=$mx4
wait "$started" 2> /dev/null
is "nor are SYNs" "$(told 5.188.2.3 | cut -c1-3)" 554

# other maps: the desk stays in them, or comes back
silence=60s configure 'verdicts = 4096'
reload
wait_until 40 is_told 5.188.6.6
is "after a reload with other sizes it answers" "$(told 5.188.6.7 | cut -d' ' -f1-5)" \
	"554 5.7.1 Mail from 5.188.6.7"

# ---- the desk ends ----

desk_stop
wait_until 10 logged 'the desk \(process [0-9]*\) is not there any more'
is "without a desk the mail server gets them" "$(told 5.188.7.7 | cut -c1-3)" 220
is "status says so" "$(desk_is "o['desk']['ipv4'], o['desk']['pid']")" "false null"
desk_start 4
is "one of IPv4 alone" "$(told 5.188.7.8 | cut -c1-3) $(told 2a05:7::1 | cut -c1-3)" "554 220"
if wait_until 120 is_told 5.188.3.3; then
	ok "a silence ends by itself"
else
	not_ok "a silence ends by itself" "$(ctl list)"
fi
daemon_stop
is "the socket is gone" "$([ -e "$work/run/desk" ] && echo "it is there")" ""
tap_done
