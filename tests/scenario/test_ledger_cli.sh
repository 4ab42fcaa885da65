#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# backup, restore: real ledgers, no daemon.
# shellcheck source=tests/support/tap.sh
. "$(dirname "$0")/../support/tap.sh"
cd "$work" || exit 1
mkdir state
cat > conf <<CONF
interfaces = {"nosuch0"}
state-dir = "$work/state"
run-dir = "$work/run"
CONF

run() {
	local name=$1 want=$2 command=$3

	shift 3
	"$synward" "$command" -c conf "$@" > out 2> err
	is "$name: exit code $want" $? "$want"
	out=$(cat out) err=$(cat err)
}

run "a backup of nothing" 1 backup saved
has "... says so" "$err" 'there is no ledger'
is "... makes no file" "$(test -e saved; echo $?)" 1

"$tools/mkledger" state 1000 || not_ok "mkledger"
umask 022
run "a backup" 0 backup saved
is "... says what is in it" "$out" 'saved: 1000 verdicts and 1000 changes in their history'
is "... for the owner alone" "$(stat -c %a saved)" 600
run "a backup, JSON" 0 backup --json saved
is "... says as much" "$out" '{"file":"saved","verdicts":1000,"history":1000}'

coproc HOLDER { exec "$tools/mkledger" -l state; }
holder=$HOLDER_PID
read -r -t 60 _ <&"${HOLDER[0]}"
run "a backup while it is written to" 0 backup saved
run "a restore while the daemon runs" 1 restore saved
has "... is refused" "$err" 'in use by process .*; stop synwardd first'
eval "exec ${HOLDER[1]}>&-"
wait "$holder"

"$tools/mkledger" state 1500 || not_ok "mkledger"
run "a restore" 0 restore saved
has "... says what is there now" "$out" '^saved: its 1000 verdicts and 1000 changes are the ledger now$'
kept=$(sed -n 's/^The ledger from before is kept in //p' out)
is "... and where the other one is" "$(test -d "$kept" && echo there)" there
run "... which is so" 0 backup --json again
is "... to the last" "$(json 'o["verdicts"], o["history"]' < out)" '1000 1000'
rm -rf state/*
run "a restore where there is nothing, JSON" 0 restore --json saved
is "... says so" "$out" '{"file":"saved","verdicts":1000,"history":1000,"kept":null}'

head -c 3000 saved > half
run "half of a backup" 1 restore half
has "... is refused" "$err" '^synward: half is no backup that can be used'
run "another file" 1 restore conf
has "... is refused" "$err" '^synward: conf is no backup that can be used'
run "a backup that is not there" 1 restore missing
has "... is told" "$err" 'missing'
run "... and nothing changed" 0 backup --json again
is "... of what was there" "$(json 'o["verdicts"]' < out)" 1000
run "a backup to a device" 1 backup /dev/null
has "... is refused" "$err" '^synward: /dev/null: not a file'
is "... which stays" "$(test -c /dev/null && echo there)" there
run "a backup without a name" 2 backup
run "a backup with two" 2 backup a b
run "a restore without a name" 2 restore
tap_done
