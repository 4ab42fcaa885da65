#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# A million list prefixes and a million verdicts: a restart and a crash let no blocked SYN
# through and drop no good one. How long it takes until synwardd answers is noted.
#
# Runs alone: how long a start takes is noted.
# shellcheck source=tests/e2e/lab.sh
. "$(dirname "$0")/lab.sh"

million=${MILLION:-1000000}
available=$(awk '$1 == "MemAvailable:" { print int($2 / 1024) }' /proc/meminfo)
[ "$available" -ge 4096 ] || skip_all "needs 4096 MiB of free memory, there are $available"

# Half IPv4, hosts scattered over 40/8 to 47/8; half IPv6, /64 below 2a30::/16.
awk -v n="$million" 'BEGIN {
	for (i = 0; i < n / 2; i++) {
		h = (i * 268435) % 134217728
		printf "%d.%d.%d.%d\n", 40 + int(h / 16777216), int(h / 65536) % 256, \
			int(h / 256) % 256, h % 256
		printf "2a30:%x:%x::/64\n", int(i / 65536), i % 65536
	}
	print "5.188.0.0/16"
}' > "$work/block"
lab_conf 'interfaces = {"m0"}' 'on-exit = "keep"' 'events = none' 'never-block-own = false' \
	'verdicts = 2097152' 'table4-blocks = 4194304' 'table6-blocks = 2097152' \
	"list block { file = \"$work/block\"  action = drop }"
lab_up
daemon_start || { not_ok "synwardd starts with a million prefixes"; tap_done; }
between "they are in the list" "$(status | json "o['lists'][0]['entries']")" "$million" \
	$((million + 1))
read -r taken seconds <<< "$(python3 "$TOP/tests/support/million.py" "$work/run" "$million" 5000)"
is "a million verdicts are taken" "$taken" "$million"
note "$taken verdicts in $seconds s"
said "one to be allowed in them" 0 allowed allow 5.188.9.0/24

# shellcheck disable=SC2317 # called by name
answers() {
	asked "o['pid']" 2> /dev/null | grep -qx "$daemon"
}

# again HOW: start, and note how long it takes until it answers
again() {
	local began=${EPOCHREALTIME/[.,]/} answered

	daemon_start || { not_ok "$1: it starts again"; return; }
	wait_until 30 answers
	is "$1: it answers" $? 0
	answered=$(((${EPOCHREALTIME/[.,]/} - began) / 100000))
	note "$1: it answered after $((answered / 10)).$((answered % 10)) s, of which it had a" \
		"processor for $(awk '{ print ($14 + $15) / 100 }' "/proc/$daemon/stat") s"
}

# Of the list, of the verdicts (IPv4 and IPv6), allowed in the list, and unlisted.
flows_begin "allowed all 5.188.9.0/24 5.188.9.0" "listed4 none 5.188.0.0/16 5.188.16.0" \
	"listed6 none 2a30::/32 2a30:0:77:0::" "judged4 none 11.7.7.0/25 11.7.7.0" \
	"judged6 none 2a10:1:1::/64 2a10:1:1::" "unlisted all 11.7.7.128/25 11.7.7.128" \
	"unlisted6 all 2a10:1:2::/64 2a10:1:2::"
daemon_stop
again "restart"
daemon_end KILL
again "crash"
flows_end "restart and crash"
is "all verdicts are there" "$(asked "o['verdicts']['intended'], o['verdicts']['enforced']")" \
	"$((million + 1)) $((million + 1))"
daemon_stop
tap_done
