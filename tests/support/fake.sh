# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# fake - for scripts that test what the CLI does with answers: a stand-in for synwardd that
# answers as a script says (fake_synwardd.py). Source it in place of tap.sh. What the real
# daemon answers is tested elsewhere.
#
# $work/conf is a configuration whose daemon the stand-in is.
# shellcheck source=tests/support/tap.sh
. "$(dirname "${BASH_SOURCE[0]}")/tap.sh"
fake_here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
fake_pid=
mkdir -p "$work/run" "$work/state"
cat > "$work/conf" <<CONF
interfaces = {"nosuch0"}
state-dir = "$work/state"
run-dir = "$work/run"
pin-dir = "/sys/fs/bpf/synward-test-none-$$"
CONF

# It ends when its standard input does. Nobody answers then, and there is no socket.
fake_stop() {
	[ -n "$fake_pid" ] || return 0
	kill "$fake_pid" 2> /dev/null
	wait "$fake_pid" 2> /dev/null
	fake_pid=
	rm -f "$work/run/control"
}
at_exit fake_stop

fake_start() {
	coproc FAKE { exec python3 "$fake_here/fake_synwardd.py" "$work/run/control" "$work/asked"; }
	# shellcheck disable=SC2153 # bash sets it
	fake_pid=$FAKE_PID
	wait_until 60 test -S "$work/run/control" || skip_all "the stand-in does not start"
}

# fake STEP...: the daemon goes through these; $work/asked gets its requests
fake() {
	[ -n "$fake_pid" ] || fake_start
	printf '%s\n' begin "$@" "done" >&"${FAKE[1]}"
}

# faked NAME: it was asked what its steps expect, and nothing else
faked() {
	local said=nothing

	read -r -t 60 said <&"${FAKE[0]}"
	is "$1" "$said" ok
}

# run NAME EXIT COMMAND ARGUMENT...: what it says is in $out and $err
run() {
	local name=$1 want=$2 command=$3

	shift 3
	"$synward" "$command" -c "$work/conf" "$@" > "$work/out" 2> "$work/err"
	is "$name: exit code $want" $? "$want"
	# shellcheck disable=SC2034 # for those who source this
	out=$(cat "$work/out") err=$(cat "$work/err")
}

# asked EXPRESSION: the Python tuple of each request, named o
asked() {
	json "$1" < "$work/asked"
}
