# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# desk_lab - the lab with mail servers, and synward-desk beside synwardd.
# shellcheck disable=SC2154 # what lab.sh and mta.sh set
# shellcheck source=tests/e2e/lab.sh
. "$(dirname "${BASH_SOURCE[0]}")/lab.sh"
# shellcheck source=tests/support/mta.sh
. "$TOP/tests/support/mta.sh"

desk=

# desk_lab_up: as lab_up; a veth takes what the program at its other end sends only while it has
# one itself, and cards need none
desk_lab_up() {
	lab_up
	in_ns "$senders" ip link set dev s0 xdp obj "$O/tests/bpf/stranger.bpf.o" sec xdp \
		|| skip_all "cannot load an XDP program with ip(8)"
}

# shellcheck disable=SC2317 # called by name
desk_is_there() {
	[ "$(asked "o['desk']['steering'] and o['desk']['ipv4'] and o['desk']['ipv6']" 2> /dev/null)" = true ]
}

# desk_run OPTION...: in the MX
desk_run() {
	start_in "$mx" "$work/desk.log" "$O/synward-desk" --daemon "$work/run/desk" --name mx.test \
		--user nobody "$@"
	desk=$started
}

# desk_start OPTION...: until the card steers to it
desk_start() {
	desk_run "$@"
	wait_until 10 desk_is_there || not_ok "synward-desk starts" "$(tail "$work/desk.log")"
}

desk_stop() {
	kill "$desk" 2> /dev/null
	wait "$desk" 2> /dev/null
	desk=
}
