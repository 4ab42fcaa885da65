#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# import: all of it is looked at first, then sent in batches; what becomes of each line.
# shellcheck source=tests/support/fake.sh
. "$(dirname "$0")/../support/fake.sh"
cd "$work" || exit 1
now=$(date +%s)

# lines FIRST LAST: verdicts on hosts of 11.0.0.0/8
lines() {
	seq "$1" "$2" | while read -r i; do
		printf '{"source":"11.0.%d.%d","action":"drop","reason":"number %d"}\n' \
			$((i / 256)) $((i % 256)) "$i"
	done
}
lines 0 2999 > many

# ---- batches ----

fake 'known 11.0.0.7' 'accept 3'
run "3000 lines" 0 import many
faked "... ask three times"
is "... for a thousand each" "$(asked 'len(o["verdicts"]), o["brief"], o["force"]')" \
	'1000 true false
1000 true false
1000 true false'
is "... in order" "$(asked 'o["verdicts"][0]["source"], o["verdicts"][-1]["source"]' | tr '\n' ' ')" \
	'11.0.0.0 11.0.3.231 11.0.3.232 11.0.7.207 11.0.7.208 11.0.11.183 '
is "... says what became of them" "$out" \
	'many: 2999 set, 1 extended, 0 replaced, 0 failed; left out: 0 ended, 0 of other origins, 0 bad lines'
fake 'accept 3'
run "3000 lines from a pipe, JSON" 0 import --json - < <(cat many)
faked "... ask three times"
is "... says what became of them" "$(cat out)" \
	'{"file":"standard input","dry_run":false,"verdicts":3000,"set":3000,"extended":0,"replaced":0,"failed":0,"unanswered":0,"skipped_expired":0,"skipped_origin":0,"bad":0,"errors":[],"error":null}'
fake accept
run "standard input without a name" 0 import < <(head -n 5 many)
faked "... asks"
fake accept
lines 0 999 > thousand
run "just a thousand" 0 import --force thousand
faked "... ask once"
is "... with force" "$(asked 'o["force"]')" true
run "nothing at all" 0 import /dev/null
fake
run "an empty file" 0 import - < /dev/null
is "... sets nothing" "$out" \
	'standard input: 0 set, 0 extended, 0 replaced, 0 failed; left out: 0 ended, 0 of other origins, 0 bad lines'
faked "... and asks nothing"

# ---- an export ----

printf '%s\n' '{"synward":"export","version":1,"release":"9.9","time":1764093600.5}' \
	'{"source":"192.0.2.1","origin":"operator","class":"operator-allow","action":"allow","reason":"ours","who":"x","created":1764093600.123,"expires":null,"count":2,"later":{}}' \
	'{"source":"192.0.2.2","origin":"operator","class":"operator-block","action":"drop","reason":"","who":"x","created":1764093600.123,"expires":1764093700.5,"count":2}' \
	'{"source":"192.0.2.3","origin":"dns","class":"dns","action":"drop","reason":"","who":"x","created":1764093600.123,"expires":null,"count":2}' \
	'' \
	"{\"source\":\"192.0.2.4\",\"origin\":\"operator\",\"action\":\"drop\",\"expires\":$((now + 9000)).25}" \
	> exported
fake accept
run "an export" 0 import exported
faked "... asks"
is "... for what an operator said" "$(asked 'o["verdicts"]')" \
	"[{\"source\": \"192.0.2.1\", \"action\": \"allow\", \"reason\": \"ours\"}, {\"source\": \"192.0.2.4\", \"action\": \"drop\", \"expires\": $((now + 9000)).25}]"
is "... leaves out the others" "$out" \
	'exported: 2 set, 0 extended, 0 replaced, 0 failed; left out: 1 ended, 1 of other origins, 0 bad lines'
fake_stop
run "--dry-run" 0 import --dry-run exported
is "... needs no daemon" "$out" \
	'exported: 2 verdicts to be set; left out: 1 ended, 1 of other origins, 0 bad lines'
run "--dry-run, JSON" 0 import --dry-run --json exported
is "... says as much" \
	"$(json 'o["dry_run"], o["verdicts"], o["set"], o["unanswered"], o["skipped_expired"], o["skipped_origin"]' < out)" \
	'true 2 0 0 1 1'
sed 's/"version":1/"version":2/' exported > later
run "an export of a later version" 1 import later
has "... is refused" "$err" '^later:1: an export of version 2; this synward reads version 1'

# ---- bad lines ----

{
	lines 0 1
	printf '192.0.2.1\n'
	printf '{"source":"192.0.2.1/24","action":"drop"}\n'
	printf '{"source":"192.0.2.1","action":"drop","expire":%d}\n' $((now + 60))
	printf '{"source":"192.0.2.1","action":"block"}\n'
	printf '{"source":"192.0.2.1","action":"drop","reason":"\xff"}\n'
	printf '{"source":"192.0.2.1","action":"drop","reason":"%070000d"}\n' 0
	printf '{"source":"192.0.2.1","action":"drop","\x1b[2J":1}\n'
	lines 2 2
} > mixed
fake
run "bad lines" 1 import mixed
faked "... stop it before anything is asked"
is "... are named with the reason" "$(sed 's/\(not JSON\): .*/\1/' err)" \
	"mixed:3: this is not JSON
mixed:4: 192.0.2.1/24 is one address and a length: write 192.0.2.0/24 for the whole network, or 192.0.2.1 for the address
mixed:5: nothing is known of \"expire\"; a line has source and action, and may have reason, expires or for
mixed:6: \"action\" is \"allow\", \"drop\", \"reject\" or \"reset\"
mixed:7: this is not JSON
mixed:8: more than 65536 bytes
mixed:9: this is not JSON
synward: mixed: nothing was sent, for there are bad lines; mend them, or leave them out with --skip-bad"
fake accept
run "bad lines that are left out" 0 import --skip-bad mixed
faked "... asks"
is "... for the others" "$out" \
	'mixed: 3 set, 0 extended, 0 replaced, 0 failed; left out: 0 ended, 0 of other origins, 7 bad lines'
run "bad lines, JSON" 1 import --json mixed
is "... says which" "$(json '[e["line"] for e in o["errors"]], o["bad"], o["unanswered"]' < out)" \
	'[3, 4, 5, 6, 7, 8, 9] 7 3'
has "... and why nothing was done" "$(json 'o["error"]' < out)" 'nothing was sent'
is "... and nothing on standard error" "$err" ''
seq 1 5000 > numbers
run "5000 bad lines" 1 import numbers
is "... name a hundred" "$(grep -c '^numbers:[0-9]*: ' <<< "$err")" 100
has "... and count the others" "$err" '^numbers: and 4900 more$'

# ---- failures ----

fake 'refuse 11.0.0.3 ENOSPC no space is left on the disk; make room, then try again' \
	'refuse 11.0.7.0 EPERM contains 11.0.7.0, which is never-block \u001b' 'accept 3'
run "verdicts that fail" 1 import many
faked "... asks"
is "... with their lines" "$err" \
	'many:4: 11.0.0.3: no space is left on the disk; make room, then try again
many:1793: 11.0.7.0: contains 11.0.7.0, which is never-block \\u001b; --force does it all the same'
has "... and how many" "$out" '^many: 2998 set, .* 2 failed;'
fake 'refuse 11.0.0.3 ETIME expires is past already' accept
run "verdicts that end on their way" 0 import thousand
faked "... asks"
is "... are left out" "$out" \
	'thousand: 999 set, 0 extended, 0 replaced, 0 failed; left out: 1 ended, 0 of other origins, 0 bad lines'
fake 'refuse 11.0.0.3 ENOSPC no space' 'accept 3'
run "verdicts that fail, JSON" 1 import --json many
faked "... asks"
is "... with their lines" "$(json 'o["errors"], o["failed"], o["unanswered"]' < out)" \
	'[{"line": 4, "text": "11.0.0.3: no space"}] 1 0'
fake accept 'expect {"op": "set"}' \
	'answer {"error": "the ledger cannot be written to: no space is left", "code": "ENOSPC"}'
run "a batch that is refused" 1 import many
faked "... asks no more"
has "... says which" "$err" '^synward: many: lines 1001 to 2000: .*no space is left'
has "... and what is missing" "$out" '^many: 1000 set, .* 1000 failed, 1000 NOT ANSWERED;'
fake accept 'expect {}' hangup
run "a daemon that hangs up" 4 import --json many
faked "... was asked"
is "... what came before counts" "$(json 'o["set"], o["failed"], o["unanswered"]' < out)" '1000 0 2000'
has "... and what is not known" "$(json 'o["error"]' < out)" \
	'^what became of lines 1001 to 2000 is not known: .*hung up'
fake 'expect {}' 'answer {"set": 999, "results": []}' 'expect {}' 'answer {}' 'accept'
run "answers that are not whole" 1 import many
faked "... asks on"
has "... says what is missing" "$out" '^many: 1999 set, .* 0 failed, 1001 NOT ANSWERED;'
fake 'expect {}' \
	'answer {"set": 5, "results": [{"error": "x"}, {"source": "other", "error": "y"}, 7, {"source": "11.0.0.4", "error": "z"}]}' 
run "results of another request" 1 import - < <(head -n 8 many)
faked "... asks"
is "... are told without a line" "$err" 'standard input: ?: x
standard input: other: y
standard input:5: 11.0.0.4: z'
fake_stop
run "no daemon" 4 import many
has "... says what to do" "$err" 'systemctl start synwardd'
run "a file that is not there" 1 import missing
has "... is told" "$err" '^synward: missing: cannot be read: No such file'
run "a folder" 1 import .
has "... is told" "$err" '^synward: \.: cannot be .*Is a directory'
run "two files" 2 import many many
tap_done
