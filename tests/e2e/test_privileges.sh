#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The daemon as another user: what it has left, that it does all it did as root, what it
# says of files that it cannot read, and what becomes of the process that attaches for it.
# shellcheck source=tests/e2e/lab.sh
. "$(dirname "$0")/lab.sh"

user=nobody
getent passwd $user > /dev/null || skip_all "there is no user $user"
number=$(id -u $user)
block="list block { file = \"$work/block\"  action = drop }"
printf '5.188.0.0/16\n' > "$work/block"
chmod 755 "$work"

# conf LINE...: lab_conf with the user of this test
conf() {
	run_as=$user lab_conf "$@"
}

# of PROCESS NAME: a line of its status
of() {
	sed -n "s/^$2:[[:space:]]*//p" "/proc/$1/status" | tr '\t' ' ' | sed 's/ *$//'
}

companion_of() {
	tr -d ' ' 2> /dev/null < "/proc/$1/task/$1/children"
}

# shellcheck disable=SC2317 # wait_until calls it
is_gone() {
	[ ! -e "/proc/$1" ]
}

conf 'interfaces = {"m0"}' "$block"
lab_up
lab_cable s1 m1

# ---- an earlier run as root left these ----

mkdir -p "$work/state/lists" "$work/run"
printf '5.188.0.0/16\n' > "$work/state/lists/block"
: > "$work/run/lock"
printf 'secret\n' > "$work/secret"
chmod 600 "$work/secret"
ln -s "$work/secret" "$work/state/lists/link"
touch "$work/state"/{allow-spf,dns-cache,dns-known,maillog-journal,maillog-%2fvar%2flog%2fmail.log,reports,senders}
python3 - "$work/run" <<'PY'
import socket, sys
for name in "control", "desk", "events":
    socket.socket(socket.AF_UNIX).bind(f"{sys.argv[1]}/{name}")
PY

daemon_start || { not_ok "synwardd starts"; tap_done; }
companion=$(companion_of "$daemon")

# ---- what is left ----

is "user" "$(of "$daemon" Uid)" "$number $number $number $number"
is "supplementary groups" "$(of "$daemon" Groups)" ""
for set in CapInh CapPrm CapEff CapBnd CapAmb; do
	is "capabilities: $set" "$(of "$daemon" $set)" 0000000000000000
done
is "no new privileges" "$(of "$daemon" NoNewPrivs)" 1
is "system calls are limited" "$(of "$daemon" Seccomp)" 2
is "the other process: SYS_ADMIN and NET_ADMIN alone" "$(of "$companion" CapEff)" \
	0000000000201000
is "... and limited system calls" "$(of "$companion" Seccomp)" 2
has "the log says as whom it runs" "$(cat "$log")" "runs as user number $number"

# ---- folders ----

for path in state state/lists state/lists/block state/senders run run/lock run/desk; do
	is "$path belongs to the user" "$(stat -c %u "$work/$path")" "$number"
done
is "what a link leads to does not" "$(stat -c %u "$work/secret")" 0
is "pins belong to root" "$(stat -c %u "$pins")" 0

# ---- it does what it did as root ----

is "the filter drops" "$(probe 5.188.1.1 -t 0.5)" timeout
is "... and lets others through" "$(probe 5.9.1.1)" refused
conf 'interfaces = {"m0", "m1"}' "$block"
reload || not_ok "reload"
is "a reload attaches to a new interface" "$(xdp_on m0) $(xdp_on m1)" "native native"
conf 'interfaces = {"m0"}' 'table4-blocks = 8192' "$block"
reload || not_ok "reload"
is "... detaches from one, and makes other maps" "$(xdp_on m0) $(xdp_on m1)" "native none"
is "... with which the filter drops" "$(probe 5.188.1.1 -t 0.5)" timeout

# ---- what it cannot read ----

chmod 600 "$work/block"
reload || not_ok "reload"
has "a list that it cannot read is told" "$(tail -n 3 "$log")" "block.*Permission denied"
is "... and the last good one stays" "$(probe 5.188.1.1 -t 0.5)" timeout
chmod 600 "$conf"
reload || not_ok "reload"
has "a configuration that it cannot read: reload refused" "$(tail -n 3 "$log")" \
	'reload refused'
chmod 644 "$conf"

# ---- killed ----

daemon_end KILL
wait_until 5 is_gone "$companion"
is "the other process ends with a killed daemon" $? 0
is "the filter stays" "$(probe 5.188.1.1 -t 0.5)" timeout
: > "$log"
daemon_start || not_ok "synwardd starts again"
has "at the start it says what it cannot read" "$(cat "$log")" \
	"list block: user \"$user\" cannot read $work/block"
is "... and has the last good list" "$(probe 5.188.1.1 -t 0.5)" timeout
chmod 644 "$work/block"

# ---- the other process is killed ----

kill -KILL "$(companion_of "$daemon")"
conf 'interfaces = {"m0", "m1"}' "$block"
reload || not_ok "reload"
has "without it a reload is refused, and says what to do" "$(tail -n 3 "$log")" \
	'reload refused.*restart synwardd'
is "... and the filter drops on" "$(probe 5.188.1.1 -t 0.5)" timeout
daemon_stop

# ---- on-exit = detach, which takes privileges at the very end ----

conf 'interfaces = {"m0"}' 'on-exit = detach' "$block"
daemon_start || not_ok "synwardd starts"
companion=$(companion_of "$daemon")
kill -TERM "$companion" # as a service manager may
daemon_stop
is "it ends well" $? 0
is "... and has detached" "$(xdp_on m0)" none
wait_until 5 is_gone "$companion"
is "the other process has ended, too" $? 0

# ---- refused ----

# refused NAME WORDS: the start, with the config as it is
refused() {
	timeout 20 nsenter --net="/run/netns/$mx" -- "$synwardd" -c "$conf" > "$log" 2>&1
	is "$1: ends with 1" $? 1
	has "... and says why" "$(cat "$log")" "$2"
	is "... having attached nothing" "$(xdp_on m0)" none
}

user=no-such-user conf 'interfaces = {"m0"}' "$block"
refused "a user that is not there" 'there is no user "no-such-user"'
conf 'interfaces = {"m0"}' "$block"
mkdir "$work/var" "$work/var/others"
sed -i "s|^state-dir = .*|state-dir = \"$work/var\"|" "$conf"
refused "a state-dir that is not ours alone" "$work/var: belongs to root and holds \"others\""
is "... and given nothing away" "$(stat -c %u "$work/var" "$work/var/others" | tr '\n' ' ')" "0 0 "
tap_done
