# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# lab - two network namespaces with a veth between them, and the filter in one.
#
#   senders  s0 192.0.2.1, 2001:db8::1 ==== m0 192.0.2.25, 2001:db8::25  mx
#
# The senders own all of 5.0.0.0/8 and 2a00::/8: routes of type local let them
# connect from any address there, and the MX has routes back. Nothing leaves the
# two namespaces: neither has a default route, and both forward nothing.
# Everything made here is named after the test and goes when it ends, however.
# shellcheck source=tests/support/tap.sh
. "$(dirname "${BASH_SOURCE[0]}")/../support/tap.sh"

lab=sw-$(basename "$0" .sh | sed 's/^test_//')-$$
senders=$lab-s
mx=$lab-m
pins=/sys/fs/bpf/synward-test-$$
sender4=192.0.2.1 mx4=192.0.2.25
sender6=2001:db8::1 mx6=2001:db8::25
sender_mac=02:53:57:00:00:01 mx_mac=02:53:57:00:00:02
# The words for synsend that make a frame reach the MX.
frame=("smac=$sender_mac" "dmac=$mx_mac")
conf=$work/synward.conf
log=$work/synwardd.log
daemon=

# in_ns NAMESPACE COMMAND...: not "ip netns exec", which would hide /sys/fs/bpf
in_ns() {
	local ns=$1

	shift
	nsenter --net="/run/netns/$ns" -- "$@"
}

# start_in NAMESPACE OUTPUT COMMAND...: in the background; $started is its process
start_in() {
	local ns=$1 output=$2

	shift 2
	nsenter --net="/run/netns/$ns" -- "$@" > "$output" 2>&1 &
	started=$!
	at_exit "kill $started 2> /dev/null; wait $started 2> /dev/null"
}

# set_net NAMESPACE NAME VALUE...: of /proc/sys/net; sysctl(8) is not on every machine
set_net() {
	local ns=$1

	shift
	while [ $# -gt 0 ]; do
		in_ns "$ns" sh -c "echo $2 > /proc/sys/net/$1"
		shift 2
	done
}

lab_netns() {
	ip netns add "$1" 2> "$work/netns" \
		|| skip_all "cannot make a network namespace: $(cat "$work/netns")"
	at_exit "ip netns del $1"
	set_net "$1" ipv6/conf/default/accept_dad 0 ipv6/conf/all/accept_dad 0 \
		ipv4/conf/all/rp_filter 0 ipv4/conf/default/rp_filter 0 \
		ipv4/ip_forward 0 ipv6/conf/all/forwarding 0
	in_ns "$1" ip link set lo up
}

# lab_cable S M: one more veth, s-end without addresses
lab_cable() {
	in_ns "$senders" ip link add "$1" type veth peer name "$2" netns "$mx" || exit 1
	in_ns "$senders" ip link set "$1" up
	in_ns "$mx" ip link set "$2" up
}

lab_up() {
	[ "$(id -u)" = 0 ] || skip_all "needs root to make network namespaces"
	lab_netns "$senders"
	lab_netns "$mx"
	lab_cable s0 m0
	in_ns "$senders" ip link set s0 address $sender_mac
	in_ns "$mx" ip link set m0 address $mx_mac
	in_ns "$senders" ip addr add $sender4/24 dev s0
	in_ns "$senders" ip addr add $sender6/64 dev s0 nodad
	in_ns "$senders" ip route add local 5.0.0.0/8 dev lo
	in_ns "$senders" ip route add local 2a00::/8 dev lo
	set_net "$senders" ipv6/ip_nonlocal_bind 1
	in_ns "$mx" ip addr add $mx4/24 dev m0
	in_ns "$mx" ip addr add $mx6/64 dev m0 nodad
	in_ns "$mx" ip route add 5.0.0.0/8 via $sender4
	in_ns "$mx" ip route add 2a00::/8 via $sender6
	at_exit "rm -rf $pins"
	at_exit daemon_stop
}

run_as=root # the user that the daemon becomes

# lab_conf [LINE...]: the config's frame, what the test says, and lists of its own
lab_conf() {
	{
		printf '%s\n' "ports = {25} user = \"$run_as\"" "pin-dir = \"$pins\"" \
			"state-dir = \"$work/state\"" "run-dir = \"$work/run\""
		printf '%s\n' "$@"
	} > "$conf"
}

# ---- the daemon ----

daemon_is_ready() {
	grep -q READY "$work/notify" 2> /dev/null
}

# daemon_start: in the MX, until it says that it is ready
daemon_start() {
	: > "$work/notify"
	rm -f "$work/notify.sock"
	python3 "$TOP/tests/support/notify_socket.py" "$work/notify.sock" "$work/notify" &
	local listener=$!

	wait_until 20 test -S "$work/notify.sock"
	chmod 777 "$work/notify.sock" # for one that is not root
	NOTIFY_SOCKET=$work/notify.sock nsenter --net="/run/netns/$mx" -- \
		"$synwardd" -c "$conf" >> "$log" 2>&1 &
	daemon=$!
	wait_until 40 daemon_is_ready
	local ready=$?

	kill "$listener" 2> /dev/null
	wait "$listener" 2> /dev/null
	[ $ready = 0 ] || note "synwardd did not become ready:" "$(tail -n 20 "$log")"
	return $ready
}

daemon_stop() {
	daemon_end TERM
}

# daemon_end SIGNAL: its exit status
daemon_end() {
	[ -n "$daemon" ] || return 0
	kill -"$1" "$daemon" 2> /dev/null
	wait "$daemon" 2> /dev/null
	local status=$?

	daemon=
	return $status
}

# reload: SIGHUP, and wait until the log says how it went
reload() {
	local before

	before=$(reloads)
	kill -HUP "$daemon"
	wait_until 10 reloaded_since "$before"
}

reloads() {
	grep -c 'reload' "$log"
}

reloaded_since() {
	[ "$(reloads)" -gt "$1" ]
}

# ctl COMMAND WORDS...: the CLI, in the MX
ctl() {
	local command=$1

	shift
	in_ns "$mx" "$synward" "$command" -c "$conf" "$@"
}

# said NAME STATUS PATTERN COMMAND WORDS...: what the CLI says, and its exit status; what
# it said is in $words
said() {
	local name=$1 status=$2 pattern=$3 code

	shift 3
	words=$(ctl "$@" 2>&1)
	code=$?
	if [ $code != "$status" ]; then
		not_ok "$name" "synward $* ended with $code, not $status:" "$words"
	else
		has "$name" "$words" "$pattern"
	fi
}

# asked EXPRESSION OP: a value from the answer of the control socket to {"op": OP}
asked() {
	python3 "$TOP/tests/support/ask.py" "$work/run/control" "{\"op\":\"${2:-status}\"}" "$1"
}

# logged PATTERN: whether a line of the log matches
logged() {
	grep -Eq -e "$1" "$log"
}

# status: what "synward status --json" says
status() {
	in_ns "$mx" "$synward" status -c "$conf" --json
}

# class_count CLASS ACTION: packets of that class to which that was done
class_count() {
	in_ns "$mx" "$synward" stats -c "$conf" --json \
		| json "sum(c['packets']['$2'] for c in o['classes'] if c['name'] == '$1')"
}

# reason_count REASON: packets
reason_count() {
	in_ns "$mx" "$synward" stats -c "$conf" --json \
		| json "sum(r['packets'] for r in o['reasons'] if r['name'] == '$1')"
}

# xdp_on INTERFACE: "native", "generic" or "none"
xdp_on() {
	in_ns "$mx" ip -j -d link show dev "$1" | python3 -c '
import json, sys
xdp = json.load(sys.stdin)[0].get("xdp", {})
print({0: "none", 1: "native", 2: "generic"}.get(xdp.get("mode", 0), "other"))'
}

# xdp_id INTERFACE: the number of the program
xdp_id() {
	in_ns "$mx" ip -j -d link show dev "$1" | python3 -c '
import json, sys
print(json.load(sys.stdin)[0].get("xdp", {}).get("prog", {}).get("id", 0))'
}

# ---- the sending side ----

# probe SOURCE [OPTIONS...]: what a sender sees who connects from there
probe() {
	local source=$1 to=$mx4

	shift
	[[ $source != *:* ]] || to=$mx6
	in_ns "$senders" "$tools/smtpprobe" -t 1.2 -s "$source" "$@" $to
}

# times SOURCE: what a sender sees who waits for six seconds, in $seen: "in" if a mail server
# greets it, else as probe says; tenths of a second are in $took
times() {
	local began=${EPOCHREALTIME/[.,]/}

	seen=$(probe "$1" -t 6)
	# shellcheck disable=SC2034 # for who calls
	took=$(((${EPOCHREALTIME/[.,]/} - began) / 100000))
	[[ $seen != 220* ]] || seen=in
}

# mail SOURCE: a whole SMTP transaction; the exit code is swaks'
mail() {
	local to=$mx4

	[[ $1 != *:* ]] || to=$mx6
	in_ns "$senders" swaks --server "$to" --local-interface "$1" --helo sender.example \
		--from a@sender.example --to b@mx.example --timeout 5 > "$work/swaks.log" 2>&1
}

# smtp_server: a real listener on the MX's addresses
smtp_server() {
	local python=/usr/bin/python3 address

	$python -c 'import aiosmtpd' 2> /dev/null \
		|| skip_all "python3-aiosmtpd is not installed"
	command -v swaks > /dev/null || skip_all "swaks is not installed"
	for address in $mx4 $mx6; do
		start_in "$mx" "$work/smtp-$address.log" $python -m aiosmtpd -n \
			-c aiosmtpd.handlers.Sink -l "$address:25"
	done
	for address in $sender4 $sender6; do
		wait_until 15 greets "$address" \
			|| { not_ok "the SMTP listener starts" "$(cat "$work"/smtp-*.log)"; tap_done; }
	done
}

# ---- streams of SYNs and counting them ----

# stream NAME WORDS...: synsend in the background; how many it sent is in $work/NAME
stream() {
	local name=$1

	shift
	start_in "$senders" "$work/$name" "$tools/synsend" -i s0 "$@" "${frame[@]}"
}

# count_start SECONDS PREFIX...: what arrives behind the filter
count_start() {
	local seconds=$1

	shift
	start_in "$mx" "$work/count" "$tools/syncount" -i m0 -d "$seconds" "$@"
	counter=$started
	wait_until 20 grep -q ready "$work/count"
}

count_stop() {
	sleep 0.3 # for what is still in queues
	kill "$counter" 2> /dev/null
	wait "$counter" 2> /dev/null
}

# counted NAME: of a prefix, "other" or "lost"
counted() {
	sed -n "s|^$1 ||p" "$work/count"
}

# flows_begin "NAME WANT PREFIX SOURCE [SOURCES]"...: a stream each, 500 SYNs a second, from
# 100 sources or so many on from SOURCE; WANT, all or none, is what of PREFIX comes through
flows_begin() {
	local flow parts prefixes=() to

	flows=("$@")
	flow_streams=()
	for flow in "${flows[@]}"; do
		read -r -a parts <<< "$flow"
		prefixes+=("${parts[2]}")
	done
	count_start 660 "${prefixes[@]}" # longer than any stream
	for flow in "${flows[@]}"; do
		read -r -a parts <<< "$flow"
		to=192.0.2.200
		[[ ${parts[3]} != *:* ]] || to=2001:db8::200
		stream "flow-${parts[0]}" -d 600 -c 10000000 -r 500 -n "${parts[4]:-100}" \
			"src=${parts[3]}" "dst=$to"
		flow_streams+=("$started")
	done
}

# flows_end WHAT: none was passed or dropped wrongly since flows_begin
flows_end() {
	local flow parts sent want all=0

	kill "${flow_streams[@]}"
	wait "${flow_streams[@]}" 2> /dev/null
	count_stop
	for flow in "${flows[@]}"; do
		read -r -a parts <<< "$flow"
		sent=$(cat "$work/flow-${parts[0]}")
		want=0
		[ "${parts[1]}" = none ] || want=$sent
		is "$1: of SYNs that are ${parts[0]}, ${parts[1]} came through" \
			"$(counted "${parts[2]}")" "$want"
		all=$((all + (sent > 50)))
	done
	is "$1: all streams ran, and the test lost nothing" "$all $(counted lost)" "${#flows[@]} 0"
}

greets() {
	[[ $(probe "$1") == 220* ]]
}
