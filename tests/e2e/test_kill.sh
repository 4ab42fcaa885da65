#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Sessions that are open when their source is blocked: --kill and kill-sessions close those to served ports and
# no others, spare never-block unless it is named, and say so where the kernel cannot.
# shellcheck source=tests/e2e/lab.sh
. "$(dirname "$0")/lab.sh"

run_as=nobody
getent passwd $run_as > /dev/null || skip_all "there is no user $run_as"
chmod 755 "$work"
smtp=25 other=2222

cat > "$work/hold.py" <<'PY'
import socket, sys
source, to, port = sys.argv[1:]
s = socket.socket(socket.AF_INET6 if ":" in to else socket.AF_INET, socket.SOCK_STREAM)
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
s.bind((source, 0))
s.settimeout(120)
s.connect((to, int(port)))
print("open", flush=True)
try:
    while s.recv(1000):
        pass
    print("closed", flush=True)
except ConnectionResetError:
    print("reset", flush=True)
except socket.timeout:
    print("timeout", flush=True)
PY
cat > "$work/listen.py" <<'PY'
import resource, socket, sys
resource.setrlimit(resource.RLIMIT_NOFILE, (4096, 4096))
s = socket.create_server(("::", int(sys.argv[1])), family=socket.AF_INET6, dualstack_ipv6=True)
kept = []
print("ready", flush=True)
while True:
    kept.append(s.accept())
    kept[-1][0].sendall(b"220 here\r\n")
PY
cat > "$work/many.py" <<'PY'
import resource, socket, sys, time
resource.setrlimit(resource.RLIMIT_NOFILE, (4096, 4096))
all = []
for i in range(1500):
    s = socket.socket()
    s.bind(("5.13.%d.%d" % (i // 250, i % 250 + 1), 0))
    s.connect((sys.argv[1], int(sys.argv[2])))
    all.append(s)
print("open", flush=True)
time.sleep(120)
PY

# hold NAME SOURCE PORT: a connection that stays open; $work/NAME says "open", then how it ended
hold() {
	local to=$mx4

	[[ $2 != *:* ]] || to=$mx6
	start_in "$senders" "$work/$1" python3 -u "$work/hold.py" "$2" "$to" "$3"
	wait_until 40 grep -q open "$work/$1" || not_ok "a connection from $2" "$(cat "$work/$1")"
}

# state NAME: of what hold opened
state() {
	tail -n 1 "$work/$1"
}

# shellcheck disable=SC2317 # called by name
is_state() {
	[ "$(state "$1")" = "$2" ]
}

# becomes NAME WANT WHAT
becomes() {
	if wait_until 20 is_state "$1" "$2"; then
		ok "$3"
	else
		not_ok "$3" "it is $(state "$1"), not $2"
	fi
}

lab_conf 'interfaces = {"m0"}' 'on-exit = "keep"' 'events = "text"' \
	'never-block-own = false' 'never-block = {"5.60.0.0/16"}'
chmod 644 "$conf"
lab_up
for port in $smtp $other; do
	start_in "$mx" "$work/listen-$port" python3 -u "$work/listen.py" "$port"
	wait_until 40 grep -q ready "$work/listen-$port"
done
daemon_start || { not_ok "synwardd starts"; tap_done; }

hold one 5.9.1.1 $smtp
if ! ctl kill-sessions 5.9.1.1 > "$work/out" 2>&1; then
	if grep -q INET_DIAG_DESTROY "$work/out"; then
		ok "without kernel support the words say what is missing"
		skip "closing sessions" "$(grep -o 'this kernel.*' "$work/out")"
		tap_done
	fi
	not_ok "kill-sessions" "$(cat "$work/out")" "$(tail "$log")"
fi
is "kill-sessions says how many" "$(cat "$work/out")" "1 sessions closed"
becomes one reset "the sender sees it reset"
is "the log has who and how many" "$(grep -c 'sessions of 5.9.1.1 are to be closed, by\|1 sessions were closed' "$log")" 2

# ---- what is in the prefix, at a served port ----

hold a 5.9.1.1 $smtp
hold b 5.9.2.2 $smtp
hold c 5.10.1.1 $smtp
hold d 5.9.1.1 $other
hold e 2a01::7 $smtp
said "a network" 0 '^2 sessions closed$' kill-sessions 5.9.0.0/16
becomes a reset "one of it"
becomes b reset "and another"
is "others stay" "$(state c) $(state d) $(state e)" "open open open"
said "a port that is not served, by its number" 0 '^1 sessions closed$' kill-sessions --port $other 5.9.0.0/16
becomes d reset "it is closed"
said "IPv6 as JSON" 0 '"killed":1,"spared":0' kill-sessions --json 2a01::/64
becomes e reset "it is closed"
said "nobody is there" 0 '^0 sessions closed$' kill-sessions 5.99.0.0/16
is "who was not meant is there" "$(state c)" open

# ---- never-block ----

hold n 5.60.1.1 $smtp
hold m 5.60.1.2 $smtp
said "never-block is spared" 0 '^1 sessions closed; 2 are of never-block' kill-sessions 5.0.0.0/8
becomes c reset "and all others are closed"
is "they stay" "$(state n) $(state m)" "open open"
said "who is named is not" 0 '^1 sessions closed$' kill-sessions 5.60.1.1
becomes n reset "it is closed"
is "and no other" "$(state m)" open
said "force spares nobody" 0 '^1 sessions closed$' kill-sessions --force 5.0.0.0/8
becomes m reset "it is closed"

# ---- slips ----

said "much of the internet is refused" 1 'much of the internet' kill-sessions 0.0.0.0/0
hold f 5.9.1.1 $smtp
said "one slip, and nothing is closed" 1 'nothing is closed' kill-sessions 5.9.1.1 5.9.1.1/8
is "indeed" "$(state f)" open
said "a port" 2 'give a number from 1 to 65535' kill-sessions --port 0 5.9.1.1
said "no prefix" 2 'Usage' kill-sessions

# ---- block --kill ----

said "a block alone" 0 'blocked until' block --for 1h 5.9.1.1
is "closes nothing" "$(state f)" open
said "with --kill" 0 '^1 sessions closed$' block --for 1h --kill 5.9.1.1
becomes f reset "it does"
is "and who was closed does not come back" "$(probe 5.9.1.1 -t 0.5)" timeout
hold g 5.11.1.1 $smtp
hold h 5.12.1.1 $smtp
is "many, with a bad one among them, as JSON" \
	"$(printf '%s\n' 5.11.1.1 5.12.1.1/8 5.12.1.1 | ctl block --how reset --kill --json - 2> /dev/null \
		| json "o['summary']['set'], o['summary']['failed'], o['summary']['killed']")" "2 1 2"
becomes g reset "one"
becomes h reset "and the other"
said "allow has no --kill" 2 'Usage' allow --kill 5.9.1.1

# ---- many ----

start_in "$senders" "$work/many" python3 -u "$work/many.py" "$mx4" $smtp
if wait_until 60 grep -q open "$work/many"; then
	said "1500 at once" 0 '^1500 sessions closed$' kill-sessions 5.13.0.0/16
else
	skip "1500 at once" "not so many could be opened"
fi
tap_done
