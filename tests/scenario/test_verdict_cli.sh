#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# block, allow, unblock: what they ask, and what they make of the answers.
# shellcheck source=tests/support/fake.sh
. "$(dirname "$0")/../support/fake.sh"
cd "$work" || exit 1
export TZ='CET-1CEST,M3.5.0,M10.5.0/3'
at='[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2} \+0[12]00'

# ---- one prefix ----

fake accept
run "block" 0 block 192.0.2.7
faked "... asks"
is "... for good" "$(cat asked)" \
	'{"op":"set","verdicts":[{"source":"192.0.2.7","action":"drop"}],"force":false}'
is "... says so" "$out" '192.0.2.7: blocked for good'
is "... and nothing else" "$err" ''

fake accept
run "block --for" 0 block --for 2h --reason 'spam run' 192.0.2.0/24
faked "... asks"
is "... with the time as it was given" "$(asked 'o["verdicts"][0]["for"]')" 2h
is "... and the reason" "$(asked 'o["verdicts"][0]["reason"]')" 'spam run'
has "... says until when" "$out" "^192\.0\.2\.0/24: blocked until $at \(2h\)\$"

fake accept
run "allow" 0 allow 2001:DB8::0/32
faked "... asks"
is "... in the shortest form" "$(asked 'o["verdicts"][0]["source"], o["verdicts"][0]["action"]')" \
	'2001:db8::/32 allow'
is "... says so" "$out" '2001:db8::/32: allowed for good'

fake 'known 192.0.2.7' accept
run "unblock" 0 unblock --reason 'it was a mistake' 192.0.2.7
faked "... asks"
is "... to take it back" "$(cat asked)" \
	'{"op":"remove","sources":["192.0.2.7"],"reason":"it was a mistake"}'
is "... says so" "$out" '192.0.2.7: the verdict that was set by hand is taken back'

# ---- what was there before ----

fake "known 192.0.2.7 $(($(date +%s) + 60))" 'known 192.0.2.8' accept
run "block again" 0 block 192.0.2.7 192.0.2.8 --for 2h
faked "... asks"
has "... longer" "$out" "^192\.0\.2\.7: was blocked already, now until $at \(2h\)\$"
has "... never shorter" "$out" '^192\.0\.2\.8: stays blocked for good, as before: .*never shortens'

fake 'expect {"op": "set"}' \
	'answer {"set": 0, "replaced": 1, "results": [{"source": "192.0.2.7", "result": "replaced", "expires": null}]}'
run "block what was allowed" 0 block 192.0.2.7
faked "... asks"
is "... says so" "$out" '192.0.2.7: blocked for good, in place of the verdict before'

# ---- many, and failures among them ----

fake 'refuse 192.0.2.8 ENOSPC no space is left on the disk; make room, then try again' \
	'refuse 192.0.2.9 EPERM contains 192.0.2.9, which is never-block' accept
run "some that fail" 1 block 192.0.2.7 192.0.2.8 x 192.0.2.9 192.0.2.10/24 192.0.2.11
faked "... asks for those that can be asked for"
is "... tells the others" "$out" '192.0.2.7: blocked for good
192.0.2.11: blocked for good'
is "... and why which were not" "$err" \
	"synward: \"x\" is not an address or a prefix, such as 192.0.2.1, 192.0.2.0/24 or 2001:db8::/32
synward: 192.0.2.10/24 is one address and a length: write 192.0.2.0/24 for the whole network, or 192.0.2.10 for the address
synward: 192.0.2.8: no space is left on the disk; make room, then try again
synward: 192.0.2.9: contains 192.0.2.9, which is never-block; --force does it all the same"

fake 'refuse 192.0.2.8 ENOSPC no space is left' accept
run "some that fail, JSON" 1 block --json 192.0.2.7 192.0.2.8 x
faked "... asks"
is "... an object for each" "$(cat out)" \
	'{"source":"x","error":"\"x\" is not an address or a prefix, such as 192.0.2.1, 192.0.2.0/24 or 2001:db8::/32","code":"EINVAL"}
{"source":"192.0.2.7","result":"set","expires":null}
{"source":"192.0.2.8","error":"no space is left","code":"ENOSPC"}
{"summary":{"set":1,"extended":0,"replaced":0,"failed":2}}'
is "... and nothing on standard error" "$err" ''

fake accept
run "unblock what is not there, JSON" 1 unblock --json 192.0.2.7
faked "... asks"
is "... says so" "$(json 'o["code"]' < out; json 'o["summary"]["removed"], o["summary"]["failed"]' < out)" \
	'ENOENT
0 1'

fake accept
run "--force" 0 block --force 0.0.0.0/0
faked "... asks"
is "... with force" "$(asked 'o["force"]')" true

# ---- standard input ----

{
	printf '# yesterday\n\n192.0.2.1 # a\r\n  192.0.2.2\n192.0.2.3/16\n'
	printf '198.51.100.%d\n' {1..250} {1..250} {1..250} {1..250} {1..250}
} > list
fake accept accept
run "a list" 1 block --reason listed - < list
faked "... asks twice"
is "... in batches" "$(asked 'len(o["verdicts"])')" '1000
252'
is "... says each" "$(wc -l < out)" 1252
is "... and which line is bad" "$(cut -d: -f1-3 <<< "$err")" 'synward: standard input:5'

fake 'known 192.0.2.1' 'known 192.0.2.2' accept
run "a list to take back" 0 unblock - < <(printf '192.0.2.1\n192.0.2.2\n')
faked "... asks"
is "... all in one" "$(asked 'o["sources"]')" '["192.0.2.1", "192.0.2.2"]'

mkfifo pipe
fake accept accept
run "what comes down a pipe" 0 block - < pipe &
runner=$!
tap_number=$((tap_number + 1)) # for what runs beside
exec 3> pipe
echo 192.0.2.1 >&3
wait_until 10 test -s asked && first=$(cat asked)
echo 192.0.2.2 >&3
exec 3>&-
wait "$runner"
faked "... asks at once"
has "... and does not wait for more" "$first" '192\.0\.2\.1'

# ---- reasons that are hostile ----

fake accept
run "a reason of all kinds" 0 block --reason $'a\x1b[2J\nb\\' 192.0.2.7
faked "... asks"
is "... with it as it is" "$(asked 'o["verdicts"][0]["reason"] == "a\x1b[2J\nb\\"')" true
fake accept
run "a reason that is not UTF-8" 0 block --reason $'caf\xe9' 192.0.2.7
faked "... asks"
is "... with what is ASCII of it" "$(asked 'o["verdicts"][0]["reason"]')" 'caf?'
has "... and says so" "$err" 'not UTF-8'
run "a reason that is too long" 2 block --reason "$(printf '%0300d' 0)" 192.0.2.7
has "... is refused" "$err" 'has 300 bytes; there is room for 255'
fake 'expect {}' \
	'answer {"results": [{"source": "192.0.2.7", "error": "\u001b]0;x\u0007 \u202e\n", "code": "EIO"}]}'
run "words that are hostile" 1 block 192.0.2.7
faked "... asks"
is "... are shown, not obeyed" "$err" 'synward: 192.0.2.7: \x1b]0;x\x07 \u202e\n'

# ---- answers that are not what they should be ----

fake 'expect {}' 'answer {"set": 2, "results": [{"source": "192.0.2.1", "result": "set", "expires": null}]}'
run "half of an answer" 1 block 192.0.2.1 192.0.2.2
faked "... asks"
has "... what there is" "$out" '^192\.0\.2\.1: blocked'
has "... and what is not" "$err" '192\.0\.2\.2: synwardd did not say what became of it'
fake 'expect {}' 'answer {"results": "none"}'
run "an answer of another kind" 1 block --json 192.0.2.1
faked "... asks"
is "... counts as failed" "$(json 'o["code"]' < out)" EPROTO
fake 'expect {}' 'answer {"error": "the ledger cannot be written to", "code": "EROFS"}'
run "a refusal of all" 1 block 192.0.2.1 192.0.2.2
faked "... asks"
is "... is told once" "$err" 'synward: nothing was done with 2 prefixes
synward: the ledger cannot be written to'
fake 'expect {}' 'answer {"error": "the ledger cannot be written to", "code": "EROFS"}'
run "a refusal of all, JSON" 1 block --json 192.0.2.1 192.0.2.2
faked "... asks"
is "... is told of each" "$(json 'o["source"], o["code"]' < out)" '192.0.2.1 EROFS
192.0.2.2 EROFS'

# ---- no daemon ----

fake_stop
run "no daemon" 4 block 192.0.2.1
has "... says what to do" "$err" 'systemctl start synwardd'
run "no daemon, JSON" 4 block --json 192.0.2.1
is "... has nothing to say" "$out" ''
python3 -c 'import socket, sys; s = socket.socket(socket.AF_UNIX); s.bind(sys.argv[1])' run/control
run "a socket that nobody answers on" 4 unblock 192.0.2.1
has "... says so" "$err" 'is not running'
rm run/control
fake 'expect {}' hangup
run "a daemon that hangs up" 4 block 192.0.2.1
faked "... was asked"
has "... is told" "$err" 'hung up before it answered'
has "... and what that means" "$err" 'not known what became'
fake 'expect {}' 'raw not JSON\n'
run "something else that answers" 4 block 192.0.2.1
faked "... was asked"
has "... is told" "$err" 'is not synwardd'
fake 'expect {}' 'raw {"results": "\xff"}\n'
run "an answer that is not UTF-8" 4 block 192.0.2.1
faked "... was asked"
has "... is told" "$err" 'is not synwardd'
printf 'interfaces = {e}\nnonsense\n' > broken
"$synward" unblock -c broken 192.0.2.1 > /dev/null 2> err
is "a broken configuration" "$(grep -c 'taking the default folders' err)" 1
fake_stop
if [ "$(id -u)" = 0 ] && command -v setpriv > /dev/null; then
	python3 -c 'import socket, sys; s = socket.socket(socket.AF_UNIX); s.bind(sys.argv[1]); s.listen()
import time; time.sleep(20)' run/control &
	listener=$!
	at_exit "kill $listener 2> /dev/null"
	wait_until 10 test -S run/control
	chmod 755 . run
	chmod 660 run/control
	setpriv --reuid 65534 --regid 65534 --clear-groups "$synward" block -c conf 192.0.2.1 2> err
	is "who may not ask: exit code 4" $? 4
	has "... is told who may" "$(cat err)" 'only root and the group synward may ask'
	kill "$listener"
	rm run/control
else
	skip "who may not ask" "needs root and setpriv"
fi

# ---- command lines ----

run "no prefix" 2 block
has "... is asked for" "$err" 'which prefix\?'
run "a time that is none" 2 block --for soon 192.0.2.1
has "... is refused" "$err" '^synward: --for "soon": not a duration such as'
run "unblock for a time" 2 unblock --for 2h 192.0.2.1
has "... is not known" "$err" '^Usage: synward unblock'
tap_done
