#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# synward rdns with names: what it prints, its exit codes. Nothing is asked in the DNS;
# addresses are for a test that has a name server.
# shellcheck source=tests/support/tap.sh
. "$(dirname "$0")/../support/tap.sh"

# field JSON-KEY: of the last output
field() {
	json "o[\"$1\"]" < "$work/out"
}

# run ARGUMENT...: $status is how it ended
run() {
	"$synward" rdns "$@" > "$work/out" 2> "$work/err"
	status=$?
}

run --json --ip 203.0.113.57 Ip-203-0-113-57.DSL.example.net.
is "a generic name: exit code" "$status" 0
is "a generic name: generic" "$(field generic)" true
is "a generic name: classes" "$(field classes)" '["generic", "address", "dialup"]'
is "a generic name: its domain" "$(field domain)" example.net
is "a generic name: points" "$(field points)" 8
is "a generic name: nothing was asked" "$(field ttl) $(field trouble)" "null null"
has "a generic name: why" "$(field why)" 'address \("203-0-113-57"\) \+4'

run --json --ip ::ffff:203.0.113.57 mail-203-0-113-57.example.net
is "a mail server's name: generic" "$(field generic)" false
is "a mail server's name: classes" "$(field classes)" '["address", "server"]'
is "an IPv4-mapped address is IPv4" "$(field address)" 203.0.113.57

run --json mail.localdomain
is "no host's name: classes" "$(field classes)" '["no-host-name"]'
is "no host's name: no domain" "$(field domain) $(field address)" "null null"

run --ip 203.0.113.57 a203-0-113-57.dyn.example.net
is "text: exit code" "$status" 0
has "text: the verdict" "$(cat "$work/out")" 'dyn.example.net: generic'
has "text: a class and its words" "$(cat "$work/out")" 'class +dialup +words of'
has "text: a sign" "$(cat "$work/out")" '\+4 +the address \("203-0-113-57"\)'

run
is "no operand: exit code" "$status" 2
run a.example.net b.example.net
is "two operands: exit code" "$status" 2
run --ip 203.0.113.57 203.0.113.58
is "two addresses: exit code" "$status" 2
run --server 192.0.2.1 a.example.net
is "a server for a name: exit code" "$status" 2
run --ip nonsense a.example.net
is "a bad --ip: exit code" "$status" 1
run "$(printf 'a\tb.example.net')"
is "a name with a tab: exit code" "$status" 1
run "$(printf 'a%.0s' {1..300}).example.net"
is "a name that is too long: exit code" "$status" 1
has "a name that is too long: words" "$(cat "$work/err")" 'at most 255 bytes'
tap_done
