#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# list, history, export: tables for people, JSON for programs, streams of any length.
# shellcheck source=tests/support/fake.sh
. "$(dirname "$0")/../support/fake.sh"
cd "$work" || exit 1
export TZ='CET-1CEST,M3.5.0,M10.5.0/3'

# verdict SOURCE EXPIRES REASON: as the daemon streams it
verdict() {
	printf 'answer {"source":"%s","origin":"operator","class":"operator-block","action":"drop",' "$1"
	printf '"reason":"%s","who":"alice (uid 1000, pid 4242)","created":1764093600.123,' "$3"
	printf '"expires":%s,"count":1}' "$2"
}
hostile='\u001b[2J\u202e\n\\end'
soon=$(($(date +%s) + 7203)).5

# ---- list ----

fake 'expect {"op": "list"}' "$(verdict 192.0.2.0/24 null 'spam run')" \
	"$(verdict 2001:db8::/32 "$soon" "$hostile")" 'end {"count": 2}'
run "list" 0 list
faked "... asks"
is "... for all" "$(cat asked)" '{"op":"list"}'
is "... prints titles" "$(sed -n 1p out | tr -s ' ')" 'SOURCE CLASS UNTIL SET AT BY REASON'
is "... aligned rows" "$(sed -n 2p out)" \
	'192.0.2.0/24   operator-block  for good                  2025-11-25 19:00:00  alice  spam run'
has "... with what is left of the time" "$out" '^2001:db8::/32 .* \(2h\)  2025'
is "... nothing that a terminal obeys" "$(sed -n '3s/.*alice  //p' out)" '\x1b[2J\u202e\n\\end'

fake 'expect {}' "$(verdict 192.0.2.0/24 null 'spam run')" "$(verdict 192.0.2.7 1764093600.5 "$hostile")" \
	'end {"count": 2}'
run "list --json" 0 list --json
faked "... asks"
is "... the daemon's own objects" "$(sed -n 2p out)" \
	'{"source":"192.0.2.7","origin":"operator","class":"operator-block","action":"drop","reason":"\u001B[2J‮\n\\end","who":"alice (uid 1000, pid 4242)","created":1764093600.123,"expires":1764093600.5,"count":1}'
is "... one a line" "$(wc -l < out)" 2

fake 'expect {}' 'end {"count": 0}'
run "list with options" 0 list --class operator-block --expiring --within 192.0.0.0/16
faked "... asks"
is "... for less" "$(cat asked)" \
	'{"op":"list","class":"operator-block","expiring":true,"within":"192.0.0.0/16"}'
is "... says that there is none" "$out" 'there is no such verdict'
fake 'expect {}' 'end {"count": 0}'
run "list of nothing, JSON" 0 list --json
faked "... asks"
is "... says nothing" "$out" ''
fake 'expect {}' 'answer {"error": "there is no class \"x\u001b\"; there are operator-allow and operator-block", "code": "EINVAL"}'
run "a class that is none" 1 list --class x
faked "... asks"
is "... is told" "$err" 'synward: there is no class "x\x1b"; there are operator-allow and operator-block'
run "host bits in --within" 2 list --within 192.0.2.1/16
has "... are refused" "$err" '^synward: --within: 192\.0\.2\.1/16 is one address .*192\.0\.0\.0/16'
run "list with an operand" 2 list 192.0.2.1
fake 'expect {}' 'answer {"odd": [], "source": 7, "class": null, "expires": "x", "created": {}}' 'end'
run "objects that are not verdicts" 0 list
faked "... asks"
has "... have what there is of them" "$out" '\?'

fake 'expect {}' "$(verdict 192.0.2.0/24 null a)" 'answer {"error": "the ledger cannot be read", "code": "EIO"}'
run "a stream that ends with an error" 1 list
faked "... asks"
has "... has what came" "$out" '^192\.0\.2\.0/24'
is "... and says so" "$err" 'synward: the ledger cannot be read'
fake 'expect {}' "$(verdict 192.0.2.0/24 null a)" hangup
run "a stream that is cut off" 4 list --json
faked "... asks"
is "... has what came" "$(wc -l < out)" 1
has "... and says so" "$err" 'hung up'

# ---- streams of any length ----

row='{"source":"%a","class":"operator-block","reason":"number %d","created":1764093600,"expires":null}'

# memory NUMBER ARGUMENT...: KiB that the command takes for a stream of so many
memory() {
	local n=$1

	shift
	fake 'expect {}' "stream $n $row" 'end'
	ASAN_OPTIONS="${ASAN_OPTIONS:-}:quarantine_size_mb=1" python3 -c '
import resource, subprocess, sys
with open("out", "w") as out:
    code = subprocess.call(sys.argv[1:], stdout=out)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss if code == 0 else code)' \
		"$synward" "$@" -c conf
}
for arguments in list 'list --json' 'export'; do
	# shellcheck disable=SC2086 # words
	few=$(memory 2000 $arguments)
	faked "$arguments of a few asks"
	# shellcheck disable=SC2086
	many=$(memory 100000 $arguments)
	faked "$arguments of many asks"
	between "... and takes no more memory" "$many" $((few - 4096)) $((few + 4096))
	has "... has all of them" "$(tail -n 1 out)" '11\.1\.134\.159.*number 99999'
	between "... each once" "$(grep -c number out)" 100000 100000
done

fake 'expect {}' "stream 100000 $row"
"$synward" list -c conf | head -n 2 > out
is "a reader that goes: the end" "${PIPESTATUS[0]} $(wc -l < out)" '141 2'
fake_stop
fake 'expect {}' "stream 100000 $row"
python3 -c '
import signal, subprocess, sys
reader = subprocess.Popen(["head", "-n", "1"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
signal.signal(signal.SIGPIPE, signal.SIG_IGN)
code = subprocess.call(sys.argv[1:], stdout=reader.stdin, restore_signals=False)
print(code)' "$synward" list --json -c conf > out 2> err
is "a reader that goes, with SIGPIPE ignored: exit code 1" "$(cat out)" 1
has "... and words" "$(cat err)" '^synward: cannot write the output'
is "... once" "$(wc -l < err)" 1
fake_stop
fake 'expect {}' "stream 100000 $row"
"$synward" list --json -c conf > /dev/full 2> err
is "a disk that is full: exit code 1" $? 1
has "... and words" "$(cat err)" '^synward: cannot write the output: No space left'
fake_stop

# ---- history ----

change='"source":"192.0.2.7","origin":"operator","action":"drop","reason":"spam","created":1764093600,"count":1'
fake 'expect {"op": "history", "source": "192.0.2.7", "containing": true}' \
	"answer {\"time\":1764097200,\"change\":\"removed\",\"who\":\"bob (uid 1001, pid 7)\",\"why\":\"$hostile\",\"expires\":1764100800,$change}" \
	"answer {\"time\":1764093600.123,\"change\":\"set\",\"who\":\"alice (uid 1000, pid 4)\",\"why\":\"\",\"expires\":1764100800.123,$change}" \
	'end {"count": 2}'
run "history" 0 history 192.0.2.7
faked "... asks"
is "... aligned rows" "$out" \
	'TIME                 CHANGE   SOURCE     ORIGIN    ACTION  UNTIL                     BY     WHY
2025-11-25 20:00:00  removed  192.0.2.7  operator  drop    -                         bob    \x1b[2J\u202e\n\\end
2025-11-25 19:00:00  set      192.0.2.7  operator  drop    2025-11-25 21:00:00 (2h)  alice  spam'
fake 'expect {"op": "history", "source": "192.0.2.0/24", "containing": false}' 'end'
run "history --exact" 0 history --exact 192.0.2.0/24
faked "... asks"
is "... says that there is none" "$out" 'nothing was ever set there'
fake 'expect {}' "answer {\"time\":1764097200,\"change\":\"set\",\"later\":[1],$change}" end
run "history --json" 0 history --json 192.0.2.7
faked "... asks"
is "... the daemon's own objects" "$(json 'o["time"], o["change"], o["later"]' < out)" \
	'1764097200 set [1]'
fake 'expect {}' "answer {\"time\":1764097200,\"change\":\"set\",$change}" 'end {"cut": true}'
run "history that is not whole" 0 history 192.0.2.7
faked "... asks"
is "... says so" "$err" 'synward: there are older changes, too, which synwardd does not tell'
run "history of nothing" 2 history
run "history of no prefix" 1 history example.org
has "... is refused" "$err" 'not an address or a prefix'
run "history with host bits" 1 history 192.0.2.1/24
has "... says what is meant" "$err" '192\.0\.2\.0/24 for the whole network'
fake_stop
run "history without a daemon" 4 history 192.0.2.7

# ---- export ----

fake 'expect {"op": "list"}' "$(verdict 192.0.2.0/24 null 'spam run')" "$(verdict 192.0.2.7 "$soon" x)" \
	'end {"count": 2}'
run "export" 0 export
faked "... asks"
is "... begins with what it is" "$(json 'o["synward"], o["version"]' < out)" 'export 1'
is "... then the verdicts" "$(json 'o["source"], o["expires"]' < out)" "192.0.2.0/24 null
192.0.2.7 $soon"
umask 022
fake 'expect {}' "$(verdict 192.0.2.0/24 null a)" end
run "export to a file" 0 export saved
faked "... asks"
is "... says how many" "$out" 'saved: 1 verdicts'
is "... for the owner alone" "$(stat -c %a saved)" 600
is "... all of it" "$(wc -l < saved)" 2
cp saved before
fake 'expect {}' "$(verdict 192.0.2.0/24 null a)" hangup
run "an export that is cut off" 4 export saved
faked "... asks"
is "... leaves the old one" "$(cmp saved before && echo same)" same
is "... and nothing beside it" "$(echo saved*)" saved
fake 'expect {}' 'end'
run "export to a file, JSON" 0 export --json saved
faked "... asks"
is "... says how many" "$(cat out)" '{"file":"saved","verdicts":0}'
fake 'expect {}' "stream 10000 $row" end
run "export to a full disk" 1 export /dev/full
has "... says so" "$err" '^synward: /dev/full: No space left on device'
fake_stop
run "export without a daemon" 4 export other
is "... makes no file" "$(test -e other; echo $?)" 1
run "export to a folder that is not there" 4 export no/file
tap_done
