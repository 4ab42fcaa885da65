#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Tables that are too small change nothing and say which option to raise; a reload
# with other sizes moves the filter to new maps without a gap.
# shellcheck source=tests/e2e/lab.sh
. "$(dirname "$0")/lab.sh"

# scattered COUNT: hosts in as many different /20s, none of them near another
scattered() {
	awk -v n="$1" 'BEGIN {
		for (i = 0; i < n; i++)
			printf "%d.%d.%d.7\n", 16 + i / 4096, i / 16 % 256, i * 16 % 256
	}'
}
# conf_of LINE...
conf_of() {
	lab_conf 'interfaces = {"m0"}' "$@" \
		"list block { file = \"$work/block\"  action = drop  max-change = 0 }" \
		"list six { file = \"$work/six\"  action = drop  max-change = 0 }"
}
# of_status EXPRESSION
of_status() {
	status | json "$1"
}
printf '5.188.0.0/16\n' > "$work/block"
printf '2a05::/16\n' > "$work/six"
conf_of 'table4-blocks = 4096' 'table6-blocks = 1024'
lab_up
daemon_start || { not_ok "synwardd starts"; tap_done; }
is "the table has the size of the config" "$(of_status 'o["table"]["table4_blocks"]')" 4096

# ---- too small ----

{ printf '5.190.0.0/16\n' && scattered 100000; } > "$work/block"
reload || not_ok "reload"
has "a list that is too long is refused" "$(cat "$log")" 'reload refused.*raise table4-blocks'
is "... and nothing changed" \
	"$(probe 5.188.1.1 -t 0.4) $(probe 5.190.1.1) $(probe 5.9.1.1)" "timeout refused refused"
needed=$(sed -n 's/.*raise table4-blocks to \([0-9]*\) or more.*/\1/p' "$log" | tail -n 1)
between "... and the log says how many blocks it takes" "${needed:-0}" 4097 200000
printf '5.188.0.0/16\n' > "$work/block"
awk 'BEGIN {
	for (i = 0; i < 60000; i++)
		printf "2a0a:%x:%x::/48\n", i * 7 % 65536, i % 100
}' > "$work/six"
reload || not_ok "reload"
has "the same for IPv6" "$(tail -n 1 "$log")" 'reload refused.*raise table6-blocks'
is "... and nothing changed" "$(probe 2a05:1::1 -t 0.4) $(probe 2a01::1)" "timeout refused"

# ---- larger, under fire ----

count_start 60 5.188.0.0/16 2a05::/16 5.9.0.0/16
stream blocked4 -d 60 -c 10000000 -r 2000 -n 2000 src=5.188.16.0 dst=192.0.2.200
streams=("$started")
stream blocked6 -d 60 -c 10000000 -r 2000 -n 2000 src=2a05:1:: dst=2001:db8::200
streams+=("$started")
stream good4 -d 60 -c 10000000 -r 2000 -n 2000 src=5.9.0.0 dst=192.0.2.200
streams+=("$started")
{ printf '5.188.0.0/16\n' && scattered 100000; } > "$work/block"
{ printf '2a05::/16\n' && cat "$work/six"; } > "$work/six.new" && mv "$work/six.new" "$work/six"
conf_of "table4-blocks = $needed" 'table6-blocks = 65536'
reload || not_ok "reload"
has "with as many as it said, the list is taken" "$(tail -n 1 "$log")" 'reloaded: 2 lists'
is "... in new maps of that size" "$(of_status 'o["table"]["table4_blocks"]')" "$needed"
is "... to which the filter went" "$(of_status 'o["interfaces"][0]["current"]')" true
printf '5.188.0.0/16\n' > "$work/block"
conf_of 'table4-blocks = 4096' 'table6-blocks = 65536'
reload || not_ok "reload"
is "smaller ones, too" "$(of_status 'o["table"]["table4_blocks"]')" 4096
kill "${streams[@]}"
wait "${streams[@]}" 2> /dev/null
count_stop
is "no blocked SYN came through" "$(counted 5.188.0.0/16) $(counted 2a05::/16)" "0 0"
is "every good SYN came through" "$(counted 5.9.0.0/16)" "$(cat "$work/good4")"
is "the test lost nothing itself" "$(counted lost)" 0

# ---- a start that does not fit leaves the filter as it was ----

daemon_stop
{ printf '5.190.0.0/16\n' && scattered 100000; } > "$work/block"
: > "$log"
timeout 20 nsenter --net="/run/netns/$mx" -- "$synwardd" -c "$conf" > "$log" 2>&1
is "synwardd ends with 1 when the lists do not fit" $? 1
has "... says what to do" "$(cat "$log")" 'cannot start: .*raise table4-blocks'
is "... and what was in force stays" \
	"$(probe 5.188.1.1 -t 0.4) $(probe 5.190.1.1)" "timeout refused"
in_ns "$mx" "$synward" detach -c "$conf" > /dev/null 2>&1
tap_done
