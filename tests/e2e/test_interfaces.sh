#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Several interfaces: one table for all, added and removed with the config.
# shellcheck source=tests/e2e/lab.sh
. "$(dirname "$0")/lab.sh"

printf '5.188.0.0/16\n' > "$work/block"
block="list block { file = \"$work/block\"  action = drop }"
lab_conf 'interfaces = {"m0", "m1"}' "$block"
lab_up
lab_cable s1 m1
lab_cable s2 m2
daemon_start || { not_ok "synwardd starts"; tap_done; }

# through CABLE: SYNs of ten that pass the filter of that interface
through() {
	local n=${1#s}

	start_in "$mx" "$work/count$n" "$tools/syncount" -i "m$n" -d 20 5.188.0.0/16 5.9.0.0/16
	wait_until 5 grep -q ready "$work/count$n"
	in_ns "$senders" "$tools/synsend" -i "$1" -c 10 src=5.188.1.1 dst=192.0.2.25 > /dev/null
	in_ns "$senders" "$tools/synsend" -i "$1" -c 10 src=5.9.1.1 dst=192.0.2.25 > /dev/null
	sleep 0.5 # on a busy machine, too
	kill "$started"
	wait "$started" 2> /dev/null
	sed -n 's|^5[^ ]* ||p' "$work/count$n" | tr '\n' ' '
}

is "attached to those that the config names" "$(xdp_on m0) $(xdp_on m1) $(xdp_on m2)" \
	"native native none"
is "the first filters" "$(through s0)" "0 10 "
is "the second filters" "$(through s1)" "0 10 "
is "the third does not" "$(through s2)" "10 10 "

lab_conf 'interfaces = {"m0", "m2"}' "$block"
before=$(xdp_id m0)
reload || not_ok "reload"
is "a reload attaches and detaches what changed" "$(xdp_on m0) $(xdp_on m1) $(xdp_on m2)" \
	"native none native"
is "... and does not touch what stays" "$(xdp_id m0)" "$before"
is "... now the second does not filter" "$(through s1)" "10 10 "
is "... and the third does" "$(through s2)" "0 10 "

printf '5.9.0.0/16\n' > "$work/block"
reload || not_ok "reload"
is "one table serves all: first" "$(through s0)" "10 0 "
is "one table serves all: third" "$(through s2)" "10 0 "

# The config names one that is not there: nothing changes.
lab_conf 'interfaces = {"m0", "m2", "nosuch0"}' "$block"
reload || not_ok "reload"
is "an interface that is not there changes nothing" "$(xdp_on m0) $(xdp_on m1) $(xdp_on m2)" \
	"native none native"

lab_conf 'interfaces = {"m0", "m2"}' "$block"
in_ns "$mx" ip link del m2
reload || not_ok "reload"
is "an interface that went takes nothing with it" "$(xdp_on m0) $(through s0)" "native 10 0 "
lab_cable s2 m2
reload || not_ok "reload"
is "an interface that came back is attached by a reload" "$(xdp_on m2)" native

# ---- without a reload ----

# shellcheck disable=SC2317 # wait_until calls it
carries() {
	[ "$(xdp_on "$1")" = native ]
}

in_ns "$mx" ip link del m2
wait_until 20 logged 'm2: is gone, and the filter with it'
is "an interface that goes is told of" $? 0
lab_cable s2 m2
wait_until 20 carries m2
is "... and attached when it is back" $? 0
is "... where it filters" "$(through s2)" "10 0 "
in_ns "$mx" ip link del m2
lab_cable s2 m2
wait_until 20 carries m2
is "also when it is back before anybody looks" $? 0
in_ns "$mx" ip link set m2 down
in_ns "$mx" ip link set m2 name n2
wait_until 20 logged 'm2: is called n2 now, and the filter stays on it'
is "one that is renamed is told of" $? 0
is "... and keeps the filter" "$(xdp_on n2)" native
in_ns "$mx" ip link set n2 name m2
in_ns "$mx" ip link set m2 up
sleep 12 # for a look
is "... and under its name again it is as before" "$(xdp_on m2) $(through s2)" "native 10 0 "

in_ns "$mx" ip link set dev m0 xdp off
wait_until 20 logged 'm0: NOT FILTERED: somebody took the filter off'
is "that somebody took the filter off is told" $? 0
in_ns "$mx" ip addr add 198.51.100.7/32 dev lo
sleep 3
is "... and it stays off, though own addresses are others" "$(xdp_on m0) $(xdp_on m2)" "none native"
reload || not_ok "reload"
is "... until somebody reloads" "$(xdp_on m0) $(through s0)" "native 10 0 "
in_ns "$mx" ip link set dev m0 xdp off
in_ns "$mx" ip link set dev m0 xdpdrv obj "$O/tests/bpf/stranger.bpf.o" sec xdp
theirs=$(xdp_id m0)
wait_until 20 logged 'm0: NOT FILTERED: another XDP program is there'
is "a stranger in its place is told of" $? 0
reload || not_ok "reload"
is "... and left there" "$(xdp_id m0)" "$theirs"
in_ns "$mx" ip link set dev m0 xdp off
reload || not_ok "reload"
is "... and when it is gone a reload attaches the filter" "$(xdp_on m0) $(through s0)" "native 10 0 "
is "each was told once" "$(grep -c 'NOT FILTERED' "$log") $(grep -c 'is called n2' "$log")" "2 1"

daemon_stop
is "keep is the default: the filter stays on all" "$(xdp_on m0) $(xdp_on m2)" "native native"
lab_conf 'interfaces = {"m0"}' "$block"
daemon_start || not_ok "synwardd starts"
is "a start detaches from what the config does not name any more" "$(xdp_on m0) $(xdp_on m2)" \
	"native none"
daemon_stop
in_ns "$mx" "$synward" detach -c "$conf" > /dev/null 2>&1
is "detach takes it off all" "$(xdp_on m0) $(xdp_on m1) $(xdp_on m2)" "none none none"
tap_done
