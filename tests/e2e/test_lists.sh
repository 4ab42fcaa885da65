#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# A list or a config that went bad changes nothing: the last good one stays in
# force over a reload and over a restart, and it is said.
# shellcheck source=tests/e2e/lab.sh
. "$(dirname "$0")/lab.sh"

good_lists() {
	seq -f '5.188.%g.0/24' 0 255 > "$work/block"
	printf '5.190.0.0/16\n' > "$work/other"
}
good_conf() {
	lab_conf 'interfaces = {"m0"}' \
		"list block { file = \"$work/block\"  action = drop  max-change = 2 }" \
		"list other { file = \"$work/other\"  action = drop }"
}
good_lists
good_conf
lab_up
daemon_start || { not_ok "synwardd starts"; tap_done; }

seen() {
	echo "$(probe 5.188.1.1 -t 0.4) $(probe 5.190.1.1 -t 0.4) $(probe 5.9.1.1)"
}
in_force="timeout timeout refused"
is "both lists are in force" "$(seen)" "$in_force"

# bad NAME PATTERN: the block list was just spoilt; reload and restart must not care
bad() {
	: > "$log"
	reload || not_ok "$1: reload"
	has "$1: the log says what is wrong" "$(cat "$log")" "$2"
	is "$1: the last good list stays in force" "$(seen)" "$in_force"
	daemon_stop
	daemon_start || not_ok "$1: synwardd starts again"
	is "$1: ... after a restart, too" "$(seen)" "$in_force"
	has "$1: ... and status says that it is stale" "$(status)" '"stale": *true'
	good_lists
	reload || not_ok "$1: reload of the good list"
	is "$1: a good list ends it" "$(grep -c '"stale": *true' <<< "$(status)")" 0
}

: > "$work/block"
bad "an empty file" 'block.*empty'
rm "$work/block"
bad "a missing file" 'block.*No such file'
seq -f '5.188.%g.0/24' 0 50 > "$work/block"
bad "a list that shrank to a fifth" 'block'
{ seq -f '5.188.%g.0/24' 0 255 && seq -f '5.100.%g.7' 0 255 && seq -f '5.101.%g.7' 0 255; } > "$work/block"
bad "a list that grew threefold" 'block'
{ seq -f '5.188.%g.0/24' 0 255 && seq -f '<p>error %g</p>' 1 20; } > "$work/block"
bad "a list with too many bad lines" 'block:[0-9]+'
head -c 100000 /dev/urandom > "$work/block"
bad "a binary file" 'block'
printf '<!DOCTYPE html>\n<html><body>503 Service Unavailable</body></html>\n' > "$work/block"
bad "a web page instead of the list" 'block'
seq -f '5.188.%g.0/24' 0 255 | gzip | head -c 200 > "$work/block"
bad "a truncated gzip file" 'block'

# ---- other lists still change while one is bad ----

: > "$work/block"
printf '5.191.0.0/16\n' > "$work/other"
reload || not_ok "reload"
is "a good list is taken while another is refused" \
	"$(probe 5.188.1.1 -t 0.4) $(probe 5.190.1.1) $(probe 5.191.1.1 -t 0.4)" "timeout refused timeout"
good_lists
reload || not_ok "reload"

# ---- config ----

# bad_conf NAME PATTERN
bad_conf() {
	: > "$log"
	reload || not_ok "$1: reload"
	has "$1: the log says file, line and error" "$(cat "$log")" "$2"
	is "$1: nothing changed" "$(seen)" "$in_force"
	good_conf
}
echo 'nonsense = 5' >> "$conf"
bad_conf "an unknown option" 'synward\.conf:8'
sed -i 's/25/70000/' "$conf"
bad_conf "a port that is none" 'synward\.conf:1'
echo 'list half { file = "x"' >> "$conf"
bad_conf "a section without its end" 'synward\.conf:8'
sed -i 's/"m0"/"nosuch0"/' "$conf"
bad_conf "an interface that is not there" 'nosuch0'
sed -i 's/action = drop }/action = limit }/' "$conf"
bad_conf "limit without a rate" 'synward\.conf:7'
rm "$conf"
bad_conf "no config at all" 'synward\.conf'
reload
is "the good config loads again" "$(seen)" "$in_force"

# ---- a first start with a bad list ----

daemon_stop
in_ns "$mx" "$synward" detach -c "$conf" > /dev/null 2>&1
rm -rf "$work/state"
: > "$work/block"
: > "$log"
daemon_start || not_ok "synwardd starts without one of its lists"
is "what was never good is not in force, the rest is" "$(seen)" "refused timeout refused"
has "... and that is said" "$(cat "$log")" 'block'
daemon_stop
tap_done
