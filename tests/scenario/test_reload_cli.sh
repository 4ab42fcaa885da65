#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# reload, confirm: what they ask, and what they say of the answers.
# shellcheck source=tests/support/fake.sh
. "$(dirname "$0")/../support/fake.sh"
cd "$work" || exit 1
export TZ='CET-1CEST,M3.5.0,M10.5.0/3'
unset SSH_CONNECTION
until=$(($(date +%s) + 300)).5

fake 'expect {"op": "reload"}' \
	'answer {"reloaded": "2 lists, 17 entries", "confirm_until": null}'
run "reload" 0 reload
faked "... asks"
is "... for nothing else" "$(cat asked)" '{"op":"reload"}'
is "... says what was loaded" "$out" 'reloaded: 2 lists, 17 entries'

fake 'expect {}' "answer {\"reloaded\": \"2 lists\u001b\", \"confirm_until\": $until}"
SSH_CONNECTION='192.0.2.1 50000 198.51.100.1 22' run "reload --confirm" 0 reload --confirm 5min
faked "... asks"
is "... with the time and the session" "$(cat asked)" \
	'{"op":"reload","confirm":"5min","ssh":"192.0.2.1 50000 198.51.100.1 22"}'
has "... says what was loaded" "$out" '^reloaded: 2 lists\\x1b$'
has "... and what to do, until when" "$out" \
	'^This holds until [-0-9]+ [0-9:]+ \+0[12]00 \((5m|4m5[0-9]s)\) and is then taken back, unless you say: synward confirm$'

fake 'expect {}' "answer {\"reloaded\": \"2 lists\", \"confirm_until\": $until}"
SSH_CONNECTION=$'\xff' run "reload, JSON" 0 reload --json
faked "... asks"
is "... with what can be said of the session" "$(asked 'o["ssh"]')" '?'
is "... prints the answer" "$out" "{\"reloaded\":\"2 lists\",\"confirm_until\":$until}"

fake 'expect {}' \
	'answer {"error": "/etc/synward/synward.conf:3: there is no option \"port\"", "code": "EINVAL"}'
run "a reload that fails" 1 reload
faked "... asks"
is "... says why" "$err" 'synward: /etc/synward/synward.conf:3: there is no option "port"'
run "a time that is none" 2 reload --confirm soon
has "... is refused" "$err" '^synward: --confirm "soon": not a duration'
run "reload of something" 2 reload synward.conf

fake 'expect {"op": "confirm"}' 'answer {"confirmed": true}'
run "confirm" 0 confirm
faked "... asks"
is "... says so" "$out" 'confirmed: what was reloaded stays'
fake 'expect {"op": "confirm"}' 'answer {"confirmed": true}'
run "confirm, JSON" 0 confirm --json
faked "... asks"
is "... prints the answer" "$out" '{"confirmed":true}'
fake 'expect {}' 'answer {"error": "nothing waits to be confirmed", "code": "ENOENT"}'
run "confirm of nothing" 1 confirm
faked "... asks"
is "... says so" "$err" 'synward: nothing waits to be confirmed'
run "confirm of something" 2 confirm it
fake_stop
run "reload without a daemon" 4 reload
run "confirm without a daemon" 4 confirm
tap_done
