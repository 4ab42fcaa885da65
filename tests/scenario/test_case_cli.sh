#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# case list, show and close, unblock --origin: what they ask, and what they make of the answers.
# shellcheck source=tests/support/fake.sh
. "$(dirname "$0")/../support/fake.sh"
cd "$work" || exit 1
export TZ='CET-1CEST,M3.5.0,M10.5.0/3'

# case_of SOURCE CLASS EXPIRES REASON: as the daemon streams it
case_of() {
	printf 'answer {"source":"%s","origin":"complaint","class":"%s","action":"drop",' "$1" "$2"
	printf '"reason":"%s","who":"report","created":1764093600.123,"expires":%s,"count":3}' "$4" "$3"
}

# run2 NAME EXIT WORD WORD ARGUMENT...: as run, for a command of two words
run2() {
	local name=$1 want=$2 first=$3 second=$4

	shift 4
	"$synward" "$first" "$second" -c "$work/conf" "$@" > "$work/out" 2> "$work/err"
	is "$name: exit code $want" $? "$want"
	# shellcheck disable=SC2034 # has and is look at them
	out=$(cat "$work/out") err=$(cat "$work/err")
}

# ---- list ----

fake 'expect {"op": "list"}' "$(case_of 192.0.2.7 complaint-case 1795629600 'complaint 3: \u001b[2J')" \
	"$(case_of 2001:db8::/64 complaint-block null 'complaint 3, 9d after the first')" \
	"$(case_of 192.0.2.9 something null '')" 'end {"count": 3}'
run2 "case list" 0 case list
faked "... asks"
is "... for those of origin complaint" "$(cat asked)" '{"op":"list","origin":"complaint"}'
is "... prints titles" "$(sed -n 1p out | tr -s ' ')" 'SOURCE STATE COMPLAINTS SINCE UNTIL LAST'
has "... an open one" "$out" '^192\.0\.2\.7 +open +3 +2025-11-25 19:00:00 .*complaint 3: \\x1b\[2J$'
has "... a blocked one" "$out" '^2001:db8::/64 +blocked +3 .*for good +complaint 3, 9d after'
has "... and one that it does not know" "$out" '^192\.0\.2\.9 +\? +3 '

fake 'expect {}' 'end {"count": 0}'
run2 "case list --open" 0 case list --open
faked "... asks"
is "... for the class" "$(asked 'o["class"], o["origin"]')" 'complaint-case complaint'
is "... says that there is none" "$out" 'there is no case'
fake 'expect {}' "$(case_of 192.0.2.7 complaint-case null x)" 'end {"count": 1}'
run2 "case list --json" 0 case list --json
faked "... asks"
is "... the daemon's own object" "$(json 'o["class"], o["count"]' < out)" 'complaint-case 3'
run2 "case list with an operand" 2 case list 192.0.2.1
run2 "a command that there is not" 2 case open

# ---- show ----

step='"origin":"complaint","action":"pass","created":1764093600,"who":"report"'
fake 'expect {"op": "history"}' \
	"answer {\"source\":\"192.0.2.7\",\"change\":\"removed\",\"time\":1764093700,\"class\":\"complaint-block\",\"count\":3,\"why\":\"they wrote\",$step,\"expires\":null}" \
	"answer {\"source\":\"192.0.2.7\",\"change\":\"removed\",\"time\":1764093650,\"class\":\"complaint-warning\",\"count\":1,\"why\":\"not warned: a@b.c: exit code 75\",$step,\"expires\":null}" \
	"answer {\"source\":\"192.0.2.7\",\"change\":\"set\",\"time\":1764093640,\"class\":\"complaint-warning\",\"count\":1,\"why\":\"warned: a@b.c\",$step,\"expires\":null}" \
	"answer {\"source\":\"192.0.2.7\",\"change\":\"set\",\"time\":1764093600,\"class\":\"complaint-case\",\"count\":1,\"why\":\"complaint 1\",$step,\"expires\":1795629600}" \
	'end {"count": 4, "cut": false}'
run2 "case show" 0 case show 192.0.2.7
faked "... asks"
is "... for the history of that origin" "$(asked 'o["source"], o["origin"], o["containing"]')" \
	'192.0.2.7 ["complaint", "warning"] true'
has "... newest first: closed" "$(sed -n 2p out)" 'closed +3 +report +they wrote'
has "... not warned" "$(sed -n 3p out)" 'not warned +- +report +not warned: a@b\.c: exit code 75'
has "... warned" "$(sed -n 4p out)" 'warned +- +report +warned: a@b\.c'
has "... opened" "$(sed -n 5p out)" 'open +1 +report +complaint 1'
fake 'expect {}' 'end {"count": 0, "cut": false}'
run2 "case show of nothing" 0 case show 192.0.2.8
faked "... asks"
is "... says so" "$out" 'nobody complained about it'
run2 "case show without a source" 2 case show
run2 "case show of what is no prefix" 1 case show 192.0.2.300

# ---- close, and unblock --origin ----

fake 'known 192.0.2.7' accept
run2 "case close" 0 case close --reason 'they wrote' 192.0.2.7
faked "... asks"
is "... to take it back" "$(cat asked)" \
	'{"op":"remove","sources":["192.0.2.7"],"reason":"they wrote","origin":"complaint"}'
is "... says so" "$out" '192.0.2.7: the case is closed'
run2 "case close --origin" 2 case close --origin dns 192.0.2.7
run2 "case close of nothing" 2 case close

fake 'known 192.0.2.7' accept
run "unblock --origin" 0 unblock --origin bounce 192.0.2.7
faked "... asks"
is "... for that origin" "$(asked 'o["origin"]')" bounce
is "... says so" "$out" '192.0.2.7: the verdict of origin bounce is taken back'
fake 'expect {"op": "remove"}' 'answer {"error": "\"x\" is no origin of verdicts; there are: operator dns", "code": "EINVAL"}'
run "unblock --origin x" 1 unblock --origin x 192.0.2.7
faked "... asks"
has "... is told which there are" "$err" 'there are: operator dns'

tap_done
