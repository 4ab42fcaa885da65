#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# A reload on probation, by an operator who blocks his own network: it is taken back by
# itself, stays when it is confirmed, and is not in force after a crash or a stop.
# shellcheck source=tests/e2e/lab.sh
. "$(dirname "$0")/lab.sh"

passes=refused
drops=timeout
operator=5.9.1.1

# configure [LINE...]: the first configuration, and more
configure() {
	lab_conf 'interfaces = {"m0"}' 'on-exit = "keep"' \
		"list block { file = \"$work/block\"  action = drop  max-change = 0 }" "$@"
}

with_mistake() {
	printf '%s\n' 5.9.0.0/16 2a01::/16 > "$work/mistake"
	configure "list mistake { file = \"$work/mistake\"  action = drop }"
}

sees() {
	is "$1: the operator sees $2" "$(probe $operator -t 0.5)" "$2"
}

# What was blocked all the time stays so, and a bystander passes, through every change.
begin() {
	flows_begin "blocked none 5.188.0.0/16 5.188.1.0" "bystanders all 5.10.0.0/16 5.10.0.0"
}

# shellcheck disable=SC2317 # called by name
is_back() {
	[ "$(probe "$operator" -t 0.3)" = "$passes" ]
}

printf '%s\n' 5.188.0.0/16 2a05::/16 > "$work/block"
configure
lab_up
daemon_start || { not_ok "synwardd starts"; tap_done; }
said "nothing waits to be confirmed" 1 'nothing waits to be confirmed' confirm
said "--confirm wants a time" 2 'confirm' reload --confirm soon
sees "before" $passes

# ---- taken back by itself ----

begin
with_mistake
said "reload --confirm says how to keep it" 0 'synward confirm' reload --confirm 6s
sees "on probation" $drops
has "status says until when" "$(asked "o['confirm']['until']")" '^[0-9.]+$'
said "a second one is refused meanwhile" 1 'waits to be confirmed' reload --confirm 1h
said "... and a plain one" 1 'waits to be confirmed' reload
kill -HUP "$daemon"
wait_until 5 logged 'reload refused.*waits to be confirmed'
is "... and SIGHUP" $? 0
wait_until 20 is_back
is "nobody confirmed: the operator is back" $? 0
logged 'nobody confirmed the reload: what was in force before'
is "the log says so" $? 0
is "status waits for nothing" "$(asked "o['confirm']")" null
said "there is nothing to confirm any more" 1 'nothing waits' confirm
flows_end "taken back"

# ---- a list alone ----

configure
said "a plain reload" 0 reloaded reload
printf '%s\n' 5.188.0.0/16 2a05::/16 5.9.0.0/16 > "$work/block"
said "the same configuration with a new list, on probation" 0 'synward confirm' reload --confirm 4s
sees "blocked by a list" $drops
wait_until 20 is_back
is "it is taken back, too" $? 0
printf '%s\n' 5.188.0.0/16 2a05::/16 > "$work/block"

# ---- confirmed ----

with_mistake
said "on probation again" 0 'synward confirm' reload --confirm 3s
said "confirm" 0 confirmed confirm
sleep 4
sees "after the time" $drops
logged 'the reload was confirmed by root'
is "the log says who confirmed it" $? 0
daemon_end KILL
daemon_start || not_ok "synwardd starts after kill -9"
sees "confirmed, and after a crash" $drops
configure
said "a plain reload takes it away" 0 reloaded reload
sees "without the mistake" $passes

# ---- killed while it waits ----

begin
with_mistake
said "on probation for an hour" 0 'synward confirm' reload --confirm 1h
sees "on probation" $drops
daemon_end KILL
sees "the daemon is dead" $drops
before=$(wc -l < "$log")
daemon_start || not_ok "synwardd starts after kill -9"
sees "started again, the confirmed state is back" $passes
has "... and the log says so" "$(tail -n +$((before + 1)) "$log")" \
	'tried and not confirmed: NOT used\. In force is what was confirmed last'
is "... and the control socket" "$(asked "o['fell_back']")" true
said "nothing waits to be confirmed" 1 'nothing waits' confirm
daemon_stop
daemon_start || not_ok "synwardd starts once more"
sees "and after another restart" $passes
said "a plain reload takes what was not confirmed" 0 reloaded reload
sees "as it was told" $drops
is "it fell back no more" "$(asked "o['fell_back']")" false
flows_end "killed and started"

# ---- stopped while it waits ----

configure
said "a plain reload" 0 reloaded reload
with_mistake
said "on probation for an hour" 0 'synward confirm' reload --confirm 1h
sees "on probation" $drops
daemon_stop
is "an orderly end" $? 0
sees "an orderly end takes it back" $passes
daemon_start || not_ok "synwardd starts"
sees "started again" $passes
daemon_stop
tap_done
