#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# synwardd, synward-desk or both are killed at random moments, and ended, while senders come all
# the time: good mail is always taken; who is rejected hears the desk, or the mail server for as long as there
# is no desk, and nobody waits. KILLS: how many times.
# shellcheck source=tests/e2e/desk_lab.sh
. "$(dirname "$0")/desk_lab.sh"

kills=${KILLS:-12}
RANDOM=${SEED:-$$}
seed=$RANDOM
RANDOM=$seed

rejected=(5.188.1.1 5.188.1.2 2a05::1)
good=(5.9.1.1 5.9.1.2 2a01::1)

end_one() { # PID SIGNAL
	kill "-$2" "$1" 2> /dev/null
	wait "$1" 2> /dev/null
}

# shellcheck disable=SC2317 # called by name
are_told() {
	local source

	for source in "${rejected[@]}"; do
		[[ $(probe "$source" -t 3) == 554* ]] || return 1
	done
}

# heard SOURCE EXPRESSION: of the counts h of a source
heard() {
	json "(lambda h: $2)(o['$1'])" < "$work/heard"
}

printf '%s\n' 5.188.0.0/16 2a05::/16 > "$work/turned"
lab_conf 'interfaces = {"m0"}' 'on-exit = "keep"' 'never-block-own = false' 'events = none' \
	'desk-group = "nogroup"' 'desk-returns = 0' \
	"list turned { file = \"$work/turned\"  action = reject }"
chmod 755 "$work"
lab_up
smtp_server
daemon_start || { not_ok "synwardd starts"; tap_done; }
logged 'cannot give it to synward-desk' \
	&& skip "fail modes" "$(grep -o 'the kernel cannot give.*' "$log" | tail -n 1)" && tap_done
desk_start
are_told && ok "the rejected are told by the desk" || not_ok "the rejected are told by the desk"

start_in "$senders" "$work/heard" python3 "$TOP/tests/support/greetings.py" "$mx4,$mx6" \
	"$work/enough" 240 "${rejected[@]}" "${good[@]}"
asking=$started
desks=0 daemons=0 slow=0
for ((i = 0; i < kills; i++)); do
	sleep "0.$((RANDOM % 9))$((RANDOM % 10))"
	signal=$((RANDOM % 4 ? 1 : 0))
	signal=${signal/1/KILL}
	signal=${signal/0/TERM}
	which=$((RANDOM % 3))
	if [ $which != 1 ]; then
		end_one "$desk" "$signal"
		((++desks))
	fi
	if [ $which != 0 ]; then
		daemon_end "$signal"
		((++daemons))
	fi
	sleep "0.$((RANDOM % 5))$((RANDOM % 10))"
	# whichever comes first
	[ $which = 1 ] || ((RANDOM % 2)) || { desk_run; which=$((which + 10)); }
	case $which in 1 | 2 | 11 | 12) daemon_start ;; esac
	case $which in 0 | 2) desk_run ;; esac
	wait_until 10 are_told || ((++slow))
done
touch "$work/enough"
wait "$asking"
note "seed $seed: $desks ends of the desk, $daemons of the daemon" "$(cat "$work/heard")"
is "each time the rejected were told again within seconds" "$slow" 0
for source in "${good[@]}"; do
	is "$source, which is good, was greeted by the mail server each time" \
		"$(heard "$source" 'list(h)')" "['220']"
	between "... and came often" "$(heard "$source" 'sum(h.values())')" 50 10000000
done
for source in "${rejected[@]}"; do
	is "$source, which is rejected, heard the desk, the mail server, or that the desk ends" \
		"$(heard "$source" 'sorted(set(h) - {"554", "220", "421", "cut"})')" "[]"
	between "... mostly the desk" "$(heard "$source" '100 * h["554"] // sum(h.values())')" 30 100
	between "... and its connection was cut off once with each desk at most" \
		"$(heard "$source" 'h.get("cut", 0) + h.get("421", 0)')" 0 "$desks"
done
end_one "$desk" TERM
is "with the desk ended the rejected get the mail server" "$(probe 5.188.1.1 | cut -c1-3)" 220
daemon_end TERM
is "... and with the daemon ended, too" "$(probe 2a05::1 | cut -c1-3)" 220
is "... and all others" "$(probe 5.9.1.1 | cut -c1-3)" 220
tap_done
