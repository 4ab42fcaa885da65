#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Full and read-only disks, a folder that is removed, a damaged ledger, and clients that
# behave badly: enforcing goes on, nothing that was acknowledged is lost, and the words
# say what to do.
#
# Mounts are made in a mount namespace of its own, and are gone with it.
# shellcheck source=tests/e2e/lab.sh
[ -n "${own_mounts-}" ] || [ "$(id -u)" != 0 ] || own_mounts=1 exec unshare -m bash "$0"
. "$(dirname "$0")/lab.sh"

passes=refused
drops=timeout
ledger=$work/state/ledger/data.mdb
ulimit -n 8192 # for a thousand clients

sees() {
	is "$1: $2 sees $3" "$(probe "$2" -t 0.5)" "$3"
}

# The allowed ones stand inside the listed ones: counted first.
begin() {
	flows_begin "allowed all 5.188.9.0/24 5.188.9.0" "listed none 5.188.0.0/16 5.188.1.0" \
		"blocked none 5.20.0.0/16 5.20.1.0" "good all 5.9.0.0/16 5.9.0.0"
}

# refused_start: it must not start; what it says is in $words
refused_start() {
	words=$(timeout 20 nsenter --net="/run/netns/$mx" -- "$synwardd" -c "$conf" 2>&1)
	is "$1: it does not start" $? 1
}

printf '%s\n' 5.188.0.0/16 2a05::/16 > "$work/block"
lab_conf 'interfaces = {"m0"}' 'on-exit = "keep"' \
	"list block { file = \"$work/block\"  action = drop }"
lab_up
mkdir "$work/state"
mount -t tmpfs -o size=6m,mode=755 synward "$work/state" || skip_all "cannot mount a tmpfs"
at_exit "umount -l $work/state 2> /dev/null"
daemon_start || { not_ok "synwardd starts"; tap_done; }
said "verdicts" 0 blocked block 5.20.0.0/16
said "verdicts" 0 allowed allow 5.188.9.0/24

# ---- a full disk ----

begin
dd if=/dev/zero of="$work/state/filler" bs=4096 2> /dev/null
truncate -s -2M "$work/state/filler"
# One batch after the other, until one is refused.
cat > "$work/fill.py" <<'PY'
import os, sys
sys.path.insert(0, sys.argv[1])
from daemon import Control, Refused
control = Control(sys.argv[2])
done = 0
for batch in range(200):
    try:
        control.ask(op="set", brief=True, verdicts=[
            {"source": f"5.{90 + batch // 64}.{batch % 64 * 4 + i // 250}.{i % 250}", "action": "drop",
             "for": "1d", "reason": "x" * 200} for i in range(1000)])
        done += 1000
    except Refused as e:
        print(done, "refused:", *e.args)
        break
else:
    print(done, "never refused")
PY
filled=$(python3 "$work/fill.py" "$TOP/tests/support" "$work/run/control")
has "on a full disk a change is refused, with words" "$filled" 'refused: .*(No space|full|space)'
acknowledged=${filled%% *}
between "... some were acknowledged before" "$acknowledged" 1000 100000
said "... for the CLI, too" 1 'No space|full|space' import - < <(python3 -c '
for i in range(2000):
    print("{\"source\":\"5.99.%d.%d\",\"action\":\"drop\",\"reason\":\"%s\"}" % (i // 250, i % 250, "y" * 200))')
count() {
	ctl list --json | wc -l
}
is "nothing that was acknowledged is lost, and nothing else is there" "$(count)" \
	$((acknowledged + 2))
sees "refused is not in force" 5.99.0.1 $passes
daemon_end KILL
daemon_start || not_ok "synwardd starts on a full disk"
is "nor after kill -9 and a start on the full disk" "$(count)" $((acknowledged + 2))
rm "$work/state/filler"
said "with space again it works" 0 blocked block 5.21.0.0/16
sees "blocked" 5.21.1.1 $drops
flows_end "a full disk"
said "a backup" 0 verdicts backup "$work/backup"

# ---- a disk that is read-only ----

begin
daemon_stop
mount -o remount,ro "$work/state" || note "cannot remount"
refused_start "a disk that is read-only"
has "... and says why" "$words" 'cannot start: .*(Read-only|read-only)'
is "... the filter stays" "$(xdp_on m0)" native
sees "by the verdicts of before" 5.21.1.1 $drops
mount -o remount,rw "$work/state"
daemon_start || not_ok "synwardd starts when it can write again"
flows_end "a disk that is read-only"

# ---- the folder is removed ----

umount -l "$work/state"
daemon_stop
rm -rf "$work/state"
said "restore of the backup" 0 'are the ledger now' restore "$work/backup"
daemon_start || not_ok "synwardd starts with the backup"
before=$(count)
begin
rm -rf "$work/state"
said "without its folder a change is refused, with words" 1 'removed or replaced.*synward export' \
	block 5.22.0.0/16
sees "refused is not in force" 5.22.1.1 $passes
said "the words are right: export has all of it" 0 "$before verdicts" export "$work/export"
lines=$(wc -l < "$log")
sleep 2.5
between "the log is not flooded with it" $(($(wc -l < "$log") - lines)) 0 20
daemon_end TERM
daemon_start || not_ok "synwardd starts anew"
said "import" 0 "$before set" import "$work/export"
is "all is there again" "$(count)" "$before"
said "and it works" 0 blocked block 5.22.0.0/16
sees "blocked" 5.22.1.1 $drops
kill "${flow_streams[@]}"
wait "${flow_streams[@]}" 2> /dev/null
count_stop
# Between the start with an empty ledger and the import, verdicts are not there; the lists are.
is "lists were enforced all the time, and the good passed" \
	"$(counted 5.188.0.0/16) $(counted 5.9.0.0/16)" "0 $(cat "$work/flow-good")"

# ---- a damaged ledger ----

said "a backup" 0 verdicts backup "$work/backup"
begin
for damage in garbage truncated empty; do
	daemon_stop
	case $damage in
	garbage) dd if=/dev/urandom of="$ledger" bs=4096 count=64 conv=notrunc 2> /dev/null ;;
	truncated) truncate -s 12288 "$ledger" ;;
	empty) : > "$ledger" ;;
	esac
	refused_start "$damage"
	has "$damage: it says what to do" "$words" 'cannot start: .*synward restore'
	is "$damage: the filter stays" "$(xdp_on m0)" native
	sees "$damage" 5.22.1.1 $drops
	said "$damage: restore" 0 'are the ledger now' restore "$work/backup"
	daemon_start || not_ok "$damage: it starts with the backup"
	is "$damage: all of it is there" "$(count)" $((before + 1))
done
flows_end "a damaged ledger"

# ---- clients that behave badly ----

begin
for kind in idle garbage flood; do
	result=$(python3 "$TOP/tests/support/clients.py" "$work/run" $kind 4 2> "$work/clients.log")
	note "$kind: $result" "$(tail -n 3 "$work/clients.log")"
	has "$kind: a good client is served as ever" "$result" '^good [0-9]{2,} failed 0 '
	between "$kind: ... without waiting long (ms)" \
		"$(sed -n 's/.* slowest \([0-9]*\) .*/\1/p' <<< "$result")" 0 3000
	[ $kind != idle ] || has "idle: the thousand are not hung up on" "$result" ' connected 1000 '
	[ $kind = idle ] || has "$kind: there were many" "$result" ' bad [0-9]{2,}$'
	said "$kind: the CLI works" 0 blocked block 5.23.0.1
done
flows_end "clients"
between "the daemon's memory stays small (kB)" \
	"$(awk '$1 == "VmHWM:" { print $2 }' "/proc/$daemon/status")" 1000 400000
is "it is the same daemon" "$(asked "o['pid']")" "$daemon"
daemon_stop
tap_done
