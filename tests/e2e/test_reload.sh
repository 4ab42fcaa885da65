#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Under 10,000 SYNs a second: reloads, restarts and a crash let no blocked SYN
# through and drop no good one. The lists change each time; who is blocked and who
# is good stays the same. RELOADS says how many of the first there are.
# shellcheck source=tests/e2e/lab.sh
. "$(dirname "$0")/lab.sh"

rounds=${RELOADS:-60}

# lists_of ROUND: the same answer for the sources of the streams, in other words each time:
# prefixes whole, halved or one by one, more or fewer lists, other networks beside.
lists_of() {
	local round=$1 i

	case $((round % 3)) in
	0) printf '%s\n' 5.188.0.0/16 2a05::/16 ;;
	1) printf '%s\n' 5.188.0.0/17 5.188.128.0/17 2a05::/17 2a05:8000::/17 ;;
	2)
		for i in {0..255}; do
			printf '5.188.%d.0/24\n2a05:%x00::/24\n' "$i" "$i"
		done
		;;
	esac > "$work/block.new"
	awk -v round="$round" 'BEGIN {
		for (i = 0; i < 30000; i++)
			printf "5.%d.%d.%d\n", 100 + round % 50, i / 200, i % 200
		for (i = 0; i < 5000; i++)
			printf "2a0%x:%x::/48\n", 8 + round % 4, i + 1
	}' >> "$work/block.new"
	mv "$work/block.new" "$work/block"
	if [ $((round % 2)) = 0 ]; then
		printf '%s\n' 5.188.9.0/24 2a05:9::/32
	else
		printf '%s\n' 5.188.9.0/25 5.188.9.128/25 2a05:9::/33 2a05:9:8000::/33
	fi > "$work/partners.new"
	mv "$work/partners.new" "$work/partners"
	conf_of "$round"
}

conf_of() {
	local more=()

	# A second list comes and goes, and a class changes its row.
	[ $(($1 % 4)) != 3 ] \
		|| more+=("list more { file = \"$work/more\"  action = drop  max-change = 0 }")
	lab_conf 'interfaces = {"m0"}' 'on-exit = "keep"' "${more[@]}" \
		"list block { file = \"$work/block\"  action = drop }" \
		"list partners { file = \"$work/partners\"  action = allow }" \
		"list dialup { file = \"$work/dialup\"  action = limit  rate = \"$((1 + $1 % 7))/s\"  burst = 3 }"
}

printf '%s\n' 5.188.0.0/20 5.10.0.0/16 > "$work/more"
printf '%s\n' 5.190.0.0/16 2a06::/16 > "$work/dialup"
lists_of 0
lab_up
daemon_start || { not_ok "synwardd starts"; tap_done; }

# Four streams, 10,000 a second together; good ones are unlisted and allow-listed.
streams=()
start_streams() {
	local each=(-d 600 -c 10000000 -r)

	stream blocked4 "${each[@]}" 2500 -n 2000 src=5.188.16.0 dst=192.0.2.200 && streams+=("$started")
	stream blocked6 "${each[@]}" 2500 -n 2000 src=2a05:1:: dst=2001:db8::200 && streams+=("$started")
	stream good4 "${each[@]}" 1500 -n 2000 src=5.9.0.0 dst=192.0.2.200 && streams+=("$started")
	stream good6 "${each[@]}" 1500 -n 2000 src=2a01:: dst=2001:db8::200 && streams+=("$started")
	stream allowed4 "${each[@]}" 1000 -n 250 src=5.188.9.0 dst=192.0.2.200 && streams+=("$started")
	stream allowed6 "${each[@]}" 1000 -n 250 src=2a05:9:: dst=2001:db8::200 && streams+=("$started")
}

stop_streams() {
	kill "${streams[@]}"
	wait "${streams[@]}" 2> /dev/null
	streams=()
	count_stop
}

start_count() {
	count_start 660 5.188.9.0/24 2a05:9::/32 5.188.0.0/16 2a05::/16 5.9.0.0/16 2a01::/16
}

sent_of() {
	cat "$work/$1"
}

# check WHAT: the counts of the streams since start_streams
check() {
	local rate all_sent=0 name

	for name in blocked4 blocked6 good4 good6 allowed4 allowed6; do
		all_sent=$((all_sent + $(sent_of $name)))
	done

	is "$1: no blocked SYN came through" "$(counted 5.188.0.0/16) $(counted 2a05::/16)" "0 0"
	is "$1: every unlisted SYN came through" "$(counted 5.9.0.0/16) $(counted 2a01::/16)" \
		"$(sent_of good4) $(sent_of good6)"
	is "$1: every allowed SYN came through" "$(counted 5.188.9.0/24) $(counted 2a05:9::/32)" \
		"$(sent_of allowed4) $(sent_of allowed6)"
	is "$1: the test lost nothing itself" "$(counted lost)" 0
	rate=$((all_sent * 1000000 / (${EPOCHREALTIME/[.,]/} - began)))
	note "$1: $all_sent SYNs, about $rate a second"
	between "$1: it was a flood" "$rate" 5000 20000
}

start_count
began=${EPOCHREALTIME/[.,]/}
start_streams
for ((round = 1; round <= rounds; round++)); do
	lists_of "$round"
	reload || break
	sleep 0.05 # so that each table is looked into some hundred times
done
stop_streams
is "all reloads were carried out" $((round - 1)) "$rounds"
check "reload"

start_count
began=${EPOCHREALTIME/[.,]/}
start_streams
for round in 1 2 3; do
	daemon_stop
	is "restart $round: it ends well" $? 0
	is "restart $round: the filter stays without the daemon" "$(xdp_on m0)" native
	lists_of "$round"
	daemon_start || not_ok "restart $round: it comes back"
	daemon_end KILL
	is "crash $round: the filter stays without the daemon" "$(xdp_on m0)" native
	lists_of $((round + 10))
	daemon_start || not_ok "crash $round: it comes back"
	reload || not_ok "crash $round: it reloads"
done
stop_streams
check "restart and crash"

daemon_stop
tap_done
