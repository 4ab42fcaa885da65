#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# synwardd as a user without rights, with a process beside it that keeps those that
# attaching takes: what is left of privileges, that all works, and what happens when
# the process beside it is killed.
# shellcheck source=tests/e2e/lab.sh
. "$(dirname "$0")/lab.sh"

passes=refused
drops=timeout
user=nobody
getent passwd $user > /dev/null || skip_all "there is no user $user"

configure() {
	run_as=$user lab_conf "interfaces = {$1}" "on-exit = \"${2:-keep}\"" \
		"list block { file = \"$work/block\"  action = drop  max-change = 0 }"
	chmod 644 "$conf"
}

# of_process PID FIELD: from /proc/PID/status, the first value
of_process() {
	awk -v field="$2:" '$1 == field { print $2 }' "/proc/$1/status"
}

companion() {
	pgrep -P "$daemon" -x synwardd-root
}

# shellcheck disable=SC2317 # called by name
is_gone() {
	! kill -0 "$1" 2> /dev/null
}

sees() {
	is "$1: $2 sees $3" "$(probe "$2" -t 0.5)" "$3"
}

chmod 755 "$work"
printf '%s\n' 5.188.0.0/16 2a05::/16 > "$work/block"
configure '"m0"'
lab_up
lab_cable s1 m1
in_ns "$senders" ip addr add 198.51.100.1/24 dev s1
in_ns "$mx" ip addr add 198.51.100.25/24 dev m1
daemon_start || { not_ok "synwardd starts"; tap_done; }

# ---- what is left ----

uid=$(id -u $user) gid=$(id -g $user)
is "ps shows the user" "$(ps -o user= -p "$daemon")" $user
is "user and group, all four of each" \
	"$(awk '/^[UG]id:/ { $1 = ""; print }' "/proc/$daemon/status" | tr -d '\n')" \
	" $uid $uid $uid $uid $gid $gid $gid $gid"
for set in CapInh CapPrm CapEff CapBnd CapAmb; do
	is "$set is empty" "$(of_process "$daemon" $set)" 0000000000000000
done
is "no supplementary groups" "$(of_process "$daemon" Groups)" ""
is "no new privileges, and system calls are limited" \
	"$(of_process "$daemon" NoNewPrivs) $(of_process "$daemon" Seccomp)" "1 2"
is "state-dir and run-dir are its own" "$(stat -c %U "$work/state" "$work/run" | sort -u)" $user
is "and the ledger" "$(stat -c %U "$work"/state/ledger/data.mdb)" $user
beside=$(companion)
is "there is one process beside it" "$(wc -w <<< "$beside")" 1
is "... of root, with two capabilities, limited too" \
	"$(ps -o user= -p "$beside") $(of_process "$beside" CapEff) $(of_process "$beside" NoNewPrivs) \
$(of_process "$beside" Seccomp)" "root 0000000000201000 1 2"

# ---- all works ----

sees "listed" 5.188.1.1 $drops
sees "not listed" 5.9.1.1 $passes
said "block" 0 blocked block 5.9.1.1 2a01:1::1
sees "blocked" 5.9.1.1 $drops
sees "blocked" 2a01:1::1 $drops
said "for two seconds" 0 blocked block --for 2s 5.9.2.2
printf '%s\n' 5.188.0.0/16 5.189.0.0/16 2a05::/16 > "$work/block"
said "reload" 0 reloaded reload
sees "new in the list" 5.189.1.1 $drops
is "the other interface is not filtered" "$(in_ns "$senders" "$tools/smtpprobe" -t 0.5 \
	-s 5.188.1.1 198.51.100.25)" $passes
configure '"m0", "m1"'
said "reload with a new interface" 0 reloaded reload
is "it is filtered now" "$(xdp_on m1) $(in_ns "$senders" "$tools/smtpprobe" -t 0.5 \
	-s 5.188.1.1 198.51.100.25)" "native $drops"
sed -i '1i verdicts = 4096' "$conf"
said "reload with another size, which takes new maps" 0 reloaded reload
sees "in the new maps" 5.188.1.1 $drops
sees "in the new maps" 5.9.1.1 $drops
said "backup by root" 0 'verdicts' backup "$work/backup"
configure '"m0"'
said "reload without the interface" 0 reloaded reload
is "it is free" "$(xdp_on m1)" none
wait_until 10 logged 'verdict ended: drop 5\.9\.2\.2'
is "a verdict ended" $? 0
printf '%s\n' 5.9.0.0/16 > "$work/other"
chmod 600 "$work/other"
echo "list other { file = \"$work/other\"  action = drop }" >> "$conf"
said "a list that the user cannot read" 0 reloaded reload
has "... the log says whose fault it is" "$(cat "$log")" "other.*Permission denied"
configure '"m0"'
said "reload" 0 reloaded reload

# ---- start and stop ----

flows_begin "listed none 5.188.0.0/16 5.188.1.0" "blocked none 2a01:1::1 2a01:1::1 1" \
	"good all 5.10.0.0/16 5.10.0.0"
daemon_stop
is "an orderly end" $? 0
wait_until 5 is_gone "$beside"
is "the process beside it ended with it" $? 0
daemon_start || not_ok "synwardd starts again"
beside=$(companion)
daemon_end KILL
wait_until 5 is_gone "$beside"
is "... also when it was killed" $? 0
daemon_start || not_ok "synwardd starts after kill -9"

said "an order after the backup" 0 blocked block 5.9.4.4
daemon_stop
rm -rf "$work/state"
said "restore by root, into a folder that is gone" 0 'are the ledger now' restore "$work/backup"
daemon_start || not_ok "synwardd starts with what root restored"
sees "of the backup" 5.9.1.1 $drops
sees "not of the backup" 5.9.4.4 $passes

# ---- the process beside it is killed ----

beside=$(companion)
kill -KILL "$beside"
wait_until 5 logged 'the process that keeps the privileges is gone: the filter goes on'
is "when it is killed, the log says what that means" $? 0
said "verdicts can still be set" 0 blocked block 5.9.3.3
sees "blocked" 5.9.3.3 $drops
said "a reload is refused, with words that say what helps" 1 'restart synwardd' reload
sees "nothing changed" 5.188.1.1 $drops
is "and it lives" "$(asked "o['pid']")" "$daemon"
sleep 1
is "it is said once" "$(grep -c 'process that keeps the privileges is gone' "$log")" 1
daemon_stop
is "it still ends well" $? 0
daemon_start || not_ok "synwardd starts again"
flows_end "restarts, and without the process beside it"
daemon_stop

configure '"m0"' detach
daemon_start || not_ok "synwardd starts with on-exit = detach"
daemon_stop
is "on-exit = detach takes the filter away" "$? $(xdp_on m0)" "0 none"
tap_done
