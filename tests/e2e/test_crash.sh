#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Under 10,000 SYNs a second and with verdicts being changed all the time, synwardd is killed
# 200 times at random moments: no acknowledged verdict is lost, no batch is there in half,
# and no SYN of a source whose verdict stays is passed or dropped wrongly.
#
# Runs alone: it needs the machine for a stream of SYNs at a rate.
# shellcheck source=tests/e2e/lab.sh
. "$(dirname "$0")/lab.sh"

rounds=${CRASHES:-200}
seed=${SEED:-$RANDOM}

printf '%s\n' 5.188.0.0/16 2a05::/16 > "$work/block"
lab_conf 'interfaces = {"m0"}' 'on-exit = "keep"' 'never-block-own = false' \
	'events = none' "list block { file = \"$work/block\"  action = drop }"
lab_up
daemon_start || { not_ok "synwardd starts"; tap_done; }
# Verdicts that stay: one for good, one for a day, and one allowed out of the list.
in_ns "$mx" "$synward" block -c "$conf" 5.33.0.0/16 2a06::/32 > "$work/out" 2>&1 \
	&& in_ns "$mx" "$synward" block -c "$conf" --for 1d 5.34.0.0/16 >> "$work/out" 2>&1 \
	&& in_ns "$mx" "$synward" allow -c "$conf" --for 1d 5.188.9.0/24 >> "$work/out" 2>&1
is "verdicts that stay are set" "$?" 0
daemon_end KILL

count_start 280 5.188.9.0/24 5.188.0.0/16 2a05::/16 5.33.0.0/16 5.34.0.0/16 2a06::/32 5.9.0.0/16
streams=()
begin_stream() {
	stream "$@" && streams+=("$started")
}
each=(-d 280 -c 10000000 -r)
begin_stream listed "${each[@]}" 2000 -n 2000 src=5.188.16.0 dst=192.0.2.200
begin_stream verdict4 "${each[@]}" 2000 -n 2000 src=5.33.0.0 dst=192.0.2.200
begin_stream temporary4 "${each[@]}" 2000 -n 2000 src=5.34.0.0 dst=192.0.2.200
begin_stream verdict6 "${each[@]}" 1000 -n 2000 src=2a06:: dst=2001:db8::200
begin_stream allowed "${each[@]}" 1000 -n 250 src=5.188.9.0 dst=192.0.2.200
begin_stream good "${each[@]}" 2000 -n 2000 src=5.9.0.0 dst=192.0.2.200
began=${EPOCHREALTIME/[.,]/}
result=$(in_ns "$mx" python3 "$TOP/tests/support/crash.py" "$synwardd" "$conf" "$log" "$work/run" \
	"$rounds" "$seed" 2> "$work/crash.log")
seconds=$(((${EPOCHREALTIME/[.,]/} - began) / 1000000))
kill "${streams[@]}"
wait "${streams[@]}" 2> /dev/null
count_stop

note "seed $seed, $seconds s: $result"
has "it was killed $rounds times" "$result" "^rounds $rounds changes"
[[ $result == rounds* ]] || note "$(tail -n 5 "$work/crash.log")" "$(tail -n 5 "$log")"
between "while verdicts were changed" "$(sed -n 's/.* changes \([0-9]*\) .*/\1/p' <<< "$result")" \
	20000 100000000
has "no acknowledged verdict was lost" "$result" ' lost 0 '
has "no batch was there in half" "$result" ' half 0 '
has "nothing was there that nobody set" "$result" ' strange 0 '
has "the card says what the ledger says" "$result" ' differing 0 checked [1-9]'
is "no blocked SYN came through" \
	"$(counted 5.188.0.0/16) $(counted 5.33.0.0/16) $(counted 5.34.0.0/16) $(counted 2a06::/32)" \
	"0 0 0 0"
is "every good SYN came through" "$(counted 5.9.0.0/16) $(counted 5.188.9.0/24)" \
	"$(cat "$work/good") $(cat "$work/allowed")"
is "the test lost nothing itself" "$(counted lost)" 0
sent=0
for name in listed verdict4 temporary4 verdict6 allowed good; do
	sent=$((sent + $(cat "$work/$name")))
done
note "$sent SYNs, about $((sent / (seconds + 1))) a second"
between "it was a flood" $((sent / (seconds + 1))) 5000 20000
tap_done
