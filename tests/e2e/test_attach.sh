#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The interface: strangers stay, generic mode is never a surprise, what was
# attached and pinned can be taken away.
# shellcheck source=tests/e2e/lab.sh
. "$(dirname "$0")/lab.sh"

stranger=$O/tests/bpf/stranger.bpf.o
printf '5.188.0.0/16\n' > "$work/block"
block="list block { file = \"$work/block\"  action = drop }"
lab_conf 'interfaces = {"m0"}' "$block"
lab_up

# run NAME EXIT COMMAND...: what it says is in $said
run() {
	local name=$1 want=$2

	shift 2
	said=$(in_ns "$mx" "$@" 2>&1)
	is "$name: exit code $want" $? "$want"
}

# ---- a stranger's program ----

in_ns "$mx" ip link set dev m0 xdpdrv obj "$stranger" sec xdp \
	|| { not_ok "the stranger attaches"; tap_done; }
theirs=$(xdp_id m0)
run "attach over a stranger" 1 "$synward" attach -c "$conf"
has "... says what is in the way" "$said" 'm0: another XDP program, "stranger"'
has "... and what to do" "$said" 'Remove it'
is "... and leaves it in place" "$(xdp_id m0)" "$theirs"
timeout 20 nsenter --net="/run/netns/$mx" -- "$synwardd" -c "$conf" > "$log" 2>&1
is "synwardd ends with 1 when it cannot attach" $? 1
has "... says why" "$(cat "$log")" 'm0: another XDP program, "stranger"'
is "... and leaves the stranger in place" "$(xdp_id m0)" "$theirs"
run "detach where only a stranger is" 1 "$synward" detach -c "$conf"
is "... leaves it in place, too" "$(xdp_id m0)" "$theirs"
run "status where nothing of ours is" 3 "$synward" status -c "$conf"
in_ns "$mx" ip link set dev m0 xdpdrv off

# ---- attach and detach without the daemon ----

run "attach" 0 "$synward" attach -c "$conf"
is "attach is native" "$(xdp_on m0)" native
ours=$(xdp_id m0)
is "maps are pinned below the ABI's number" "$(find "$pins" -maxdepth 1 -name 'v*' | wc -l)" 1
is "the filter works without the daemon" "$(probe 5.188.1.1 -t 0.5)" timeout
is "others get through" "$(probe 5.9.1.1)" refused
run "attach again" 0 "$synward" attach -c "$conf"
is "attach again is native still" "$(xdp_on m0)" native
run "status" 0 "$synward" status -c "$conf"
has "status names the interface" "$said" 'm0'
said=$(in_ns "$senders" "$synward" detach -c "$conf" 2>&1)
is "detach where the interface is not to be seen: exit code" $? 1
has "... says that a filter works with the maps" "$said" 'not attached in this network namespace'
is "... which stay" "$(find "$pins" -maxdepth 1 -name 'v*' | wc -l)" 1
run "... so that status still knows it" 0 "$synward" status -c "$conf"
run "detach" 0 "$synward" detach -c "$conf"
is "detach takes the program away" "$(xdp_on m0)" none
is "detach takes the pins away" "$(ls -A "$pins" 2> /dev/null)" ""
is "and nothing is filtered" "$(probe 5.188.1.1)" refused
run "status after detach" 3 "$synward" status -c "$conf"
[ "$ours" != 0 ] || not_ok "the program had a number"

# ---- the daemon takes over what the command attached, and leaves it as told ----

"$synward" check-config -c "$conf" > /dev/null 2>&1
in_ns "$mx" "$synward" attach -c "$conf" > /dev/null 2>&1
daemon_start || not_ok "synwardd starts where synward attached"
is "still native" "$(xdp_on m0)" native
run "attach beside a running daemon" 1 "$synward" attach -c "$conf"
has "... names the daemon" "$said" "$daemon"
lab_conf 'interfaces = {"m0"}' 'on-exit = "detach"' "$block"
reload || not_ok "reload"
daemon_stop
is "on-exit = detach: a stop ends well" $? 0
is "... and takes the program away" "$(xdp_on m0)" none
is "... and the pins" "$(ls -A "$pins" 2> /dev/null)" ""

# ---- two daemons ----

lab_conf 'interfaces = {"m0"}' "$block"
daemon_start || not_ok "synwardd starts"
run "a second synwardd" 1 timeout 20 "$synwardd" -c "$conf"
has "... says whose turn it is" "$said" "$daemon"
is "... and changes nothing" "$(probe 5.188.1.1 -t 0.5)" timeout
printf '5.9.0.0/16\n' > "$work/block-2"
sed -E -e 's#^(run|state)-dir = "(.*)"#\1-dir = "\2-2"#' -e "s#$work/block#&-2#" "$conf" > "$conf-2"
run "a second synwardd with folders of its own" 1 timeout 20 "$synwardd" -c "$conf-2"
has "... says what they would share" "$said" "$pins: another synwardd, with another run-dir, works with"
is "... and changes nothing" "$(probe 5.188.1.1 -t 0.5) $(probe 5.9.1.1)" "timeout refused"
daemon_end KILL
daemon_start || not_ok "synwardd starts at once after kill -9"
daemon_stop
in_ns "$mx" "$synward" detach -c "$conf" > /dev/null 2>&1

# ---- generic mode ----

lab_conf 'interfaces = {"m0"}' 'mode = "generic"' "$block"
: > "$log"
daemon_start || not_ok "synwardd starts in generic mode"
is "mode = generic is generic" "$(xdp_on m0)" generic
has "... and is said loudly" "$(cat "$log")" '^(<4>|warning|WARNING).*generic'
is "... and filters" "$(probe 5.188.1.1 -t 0.5) $(probe 5.9.1.1)" "timeout refused"
daemon_stop
in_ns "$mx" "$synward" detach -c "$conf" > /dev/null 2>&1
# lo has no native XDP: no silent fall-back.
lab_conf 'interfaces = {"lo"}' "$block"
run "native mode where the driver has none" 1 "$synward" attach -c "$conf"
has "... says so" "$said" 'lo: the driver has no native XDP'
is "... and does not fall back" "$(xdp_on lo)" none
lab_conf 'interfaces = {"nosuch0"}' "$block"
run "an interface that is not there" 1 "$synward" attach -c "$conf"
has "... is named" "$said" 'nosuch0'

tap_done
