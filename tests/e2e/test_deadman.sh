#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The option deadman: what the card does by itself when synwardd gives no sign of life.
# Takes long: it waits for a daemon that is silent for long enough.
# shellcheck source=tests/e2e/lab.sh
. "$(dirname "$0")/lab.sh"

passes=refused
drops=timeout

configure() {
	lab_conf 'interfaces = {"m0"}' 'on-exit = "keep"' "deadman = \"$1\"" \
		"list block { file = \"$work/block\"  action = drop }" \
		"list dialup { file = \"$work/dialup\"  action = limit  rate = \"1/min\"  burst = 1 }"
}

# sees_within SECONDS SOURCE WANT: how many tenths of a second it took is in $took
sees_within() {
	local began=${EPOCHREALTIME/[.,]/} end=$((SECONDS + $1))

	until [ "$(probe "$2" -t 0.3)" = "$3" ]; do
		[ $SECONDS -lt $end ] || return 1
	done
	took=$(((${EPOCHREALTIME/[.,]/} - began) / 100000))
}

echo 5.188.0.0/16 > "$work/block"
printf '%s\n' 5.190.0.0/16 2a06::/16 > "$work/dialup"
lab_up

# At least 10 s, says the option.
configure "9s open"
said "less than 10 s is no deadman" 1 'deadman' check-config
configure "10s open"
daemon_start || { not_ok "synwardd starts"; tap_done; }
is "status says what it is" "$(asked "o['deadman']['after'], o['deadman']['mode']")" "10s open"
said "a verdict by hand" 0 'blocked' block 2a01:1::/32

sleep 11.5
is "while it lives, nothing is open after the time" "$(probe 5.188.1.1 -t 0.5)" $drops
is "... and nothing was counted so" "$(reason_count deadman-open)" 0

# ---- it hangs ----

kill -STOP "$daemon"
is "when it hangs, the card filters on at first" "$(probe 5.188.1.1 -t 0.5)" $drops
if sees_within 16 5.188.1.1 $passes; then
	ok "... and passes after the time"
else
	not_ok "... and passes after the time"
fi
between "... not before it" "$took" 75 170
is "what a verdict blocks passes, too" "$(probe 2a01:1::1 -t 0.5)" $passes
is "... and what is limited" "$(for _ in 1 2 3; do probe 5.190.1.1 -t 0.3; done | sort -u)" $passes
before=$(reason_count deadman-open)
flows_begin "blocked all 5.188.0.0/16 5.188.1.0" "judged all 2a01:1::/32 2a01:1::" \
	"limited all 2a06::/16 2a06::" "good all 5.9.0.0/16 5.9.0.0"
sleep 1
flows_end "open"
sent=$(($(cat "$work/flow-blocked") + $(cat "$work/flow-judged") + $(cat "$work/flow-limited")))
# Those that are limited are within their rate first: one for each source.
between "what would not have passed is counted as deadman-open" \
	$(($(reason_count deadman-open) - before)) $((sent - 100)) "$sent"
kill -CONT "$daemon"
sees_within 5 5.188.1.1 $drops
is "as soon as it goes on it is filtered again" $? 0
is "... also what a verdict blocks" "$(probe 2a01:1::1 -t 0.5)" $drops

# ---- it is dead ----

daemon_end KILL
is "when it was killed, the card filters on at first" "$(probe 5.188.1.1 -t 0.5)" $drops
sees_within 16 5.188.1.1 $passes
is "... and passes after the time" $? 0
daemon_start || not_ok "synwardd starts again"
is "when it is back everything is filtered" "$(probe 5.188.1.1 -t 0.5) $(probe 2a01:1::1 -t 0.5)" \
	"$drops $drops"

# ---- keep ----

configure "10s keep"
said "a reload to keep" 0 reloaded reload
is "status says so" "$(asked "o['deadman']['after'], o['deadman']['mode']")" "10s keep"
said "a verdict that ends" 0 'blocked' block --for 12s 5.50.0.1
daemon_end KILL
before=$(reason_count deadman-open)
flows_begin "blocked none 5.188.0.0/16 5.188.1.0" "judged none 2a01:1::/32 2a01:1::" \
	"good all 5.9.0.0/16 5.9.0.0"
sleep 11.5
flows_end "keep"
is "keep counts nothing as deadman-open" $(($(reason_count deadman-open) - before)) 0
sees_within 5 5.50.0.1 $passes
is "a verdict ends all the same" $? 0
daemon_start || not_ok "synwardd starts again"
daemon_stop
tap_done
