# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# tap - what every test script starts with: results as TAP, a folder for its
# files, the programs. Source it; call tap_done at the end.
#
# $work is a new folder, removed at the exit. "at_exit COMMAND" runs before that,
# last one first, also on a signal. $TOP and $O are where the project and what was
# built of it are.
set -u
# The distribution's own tools: another Python in front of its one lacks its modules, and a wrapper
# around that takes most of a second for each of very many calls.
PATH=/usr/sbin:/usr/bin:/sbin:/bin:$PATH
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
TOP=${TOP:-$(cd "$here/../.." && pwd)}
O=${O:-$TOP/build}
SYNWARD_DATA=${SYNWARD_DATA:-$TOP/../shared/data}
# shellcheck disable=SC2034 # for those who source this
synward=$O/synward
# shellcheck disable=SC2034
synwardd=$O/synwardd
# shellcheck disable=SC2034
tools=$O/tests/tools
tap_number=0
tap_failed=0
tap_cleanup=()
work=$(mktemp -d "${TMPDIR:-/tmp}/synward-$(basename "$0" .sh).XXXXXX") || exit 1

at_exit() {
	tap_cleanup+=("$*")
}

tap_end() {
	local status=$? i

	trap - EXIT
	# A job that is killed before it forgot these traps has nothing to tidy up.
	[ "$BASHPID" = $$ ] || exit "$status"
	trap '' HUP INT TERM
	for ((i = ${#tap_cleanup[@]} - 1; i >= 0; i--)); do
		eval "${tap_cleanup[i]}"
	done
	rm -rf "$work"
	exit "$status"
}
trap tap_end EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

# note TEXT: lines that a person should see when something failed
note() {
	printf '%s\n' "$@" | sed 's/^/# /'
}

ok() {
	echo "ok $((++tap_number)) - $1"
}

not_ok() {
	echo "not ok $((++tap_number)) - $1"
	tap_failed=$((tap_failed + 1))
	shift
	[ $# = 0 ] || note "$@"
}

# skip NAME REASON
skip() {
	echo "ok $((++tap_number)) - $1 # SKIP $2"
}

# skip_all REASON: instead of the first test
skip_all() {
	echo "1..0 # SKIP $1"
	exit 0
}

# is NAME HAVE WANT
is() {
	if [ "$2" = "$3" ]; then
		ok "$1"
	else
		not_ok "$1" "have:" "$2" "want:" "$3"
	fi
}

# has NAME TEXT PATTERN: an extended regular expression that matches some line
has() {
	if grep -Eq -e "$3" <<< "$2"; then
		ok "$1"
	else
		not_ok "$1" "no line matches: $3" "in:" "$2"
	fi
}

# between NAME HAVE LEAST MOST
between() {
	if [ "$2" -ge "$3" ] 2> /dev/null && [ "$2" -le "$4" ]; then
		ok "$1"
	else
		not_ok "$1" "$2 is not from $3 to $4"
	fi
}

# wait_until SECONDS COMMAND...: until it succeeds; fails when it never does
wait_until() {
	local end=$((SECONDS + $1))

	shift
	until "$@" > /dev/null 2>&1; do
		[ "$SECONDS" -lt "$end" ] || return 1
		sleep 0.05
	done
}

# json EXPRESSION: for each line of JSON on standard input, named o, print the values
# of a Python tuple; objects that lack a key of it are passed over
json() {
	python3 -c '
import json, sys
def show(v):
    return v if isinstance(v, str) else json.dumps(v)
code = compile(sys.argv[1], "expression", "eval")
for line in sys.stdin:
    try:
        values = eval(code, {"o": json.loads(line)})
    except KeyError:
        continue
    values = values if isinstance(values, tuple) else (values,)
    print(" ".join(show(v) for v in values))
' "$1"
}

tap_done() {
	echo "1..$tap_number"
	[ $tap_failed = 0 ]
	exit
}
