# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# dns_lab - the lab with real name servers: rbldnsd as the server of DNS lists, unbound as the
# resolver that asks it, or as a server of a few names. All on 127.0.0.1 of a namespace, with
# their files below $work; they end with the test.
# shellcheck source=tests/e2e/lab.sh
. "$(dirname "${BASH_SOURCE[0]}")/lab.sh"
PATH=$PATH:/usr/sbin

# dns_needs PROGRAM...
dns_needs() {
	local program

	for program in "$@"; do
		command -v "$program" > /dev/null || skip_all "$program is not installed"
	done
}

# dns_ask NAMESPACE SERVER WORDS...: what dnsask says
dns_ask() {
	local ns=$1 server=$2

	shift 2
	in_ns "$ns" "$tools/dnsask" -s "$server" "$@" 2>&1
}

# shellcheck disable=SC2317 # wait_until calls it
dns_answers() {
	[[ $(dns_ask "$1" "$2" "$3" A) == OK* ]]
}

# dns_is_up NAMESPACE SERVER NAME LOG: it has an address for NAME, or the test is over
dns_is_up() {
	wait_until 15 dns_answers "$1" "$2" "$3" \
		|| { not_ok "the name server $2 is up" "$(tail -n 5 "$4")"; tap_done; }
}

# dns_zone NAME: standard input is what rbldnsd's NAME.example has
dns_zone() {
	mkdir -p "$work/zones"
	chmod 755 "$work" "$work/zones"
	{
		echo "\$SOA 300 ns.$1.example hostmaster.$1.example 1 600 300 86400 120"
		echo "\$NS 300 ns.$1.example"
		echo "\$TTL 600"
		cat
	} > "$work/zones/$1"
}

# lists_start NAMESPACE PORT NAME:TYPE...: rbldnsd with zones that were made before; the first
# has 127.0.0.2, as lists do. $started is its process.
lists_start() {
	local ns=$1 port=$2 zone zones=() pid

	shift 2
	for zone in "$@"; do
		zones+=("${zone%:*}.example:${zone#*:}:${zone%:*}")
	done
	start_in "$ns" "$work/rbldnsd-$port.log" rbldnsd -n -f -u nobody:nogroup -c 1s \
		-w "$work/zones" -b "127.0.0.1/$port" "${zones[@]}"
	pid=$started
	# Before a resolver asks for the first time: it remembers who did not answer.
	dns_is_up "$ns" "127.0.0.1:$port" "2.0.0.127.${1%:*}.example" "$work/rbldnsd-$port.log"
	started=$pid
}

# resolver_start NAMESPACE PORT NAME [ZONE@[ADDRESS@]PORT]...: unbound, which asks for
# ZONE.example there, and knows of the internet what standard input says, lines of its section "server". NAME is
# one that it has an address for. $started is its process.
resolver_start() {
	local ns=$1 port=$2 name=$3 stub at conf=$work/unbound-$2.conf pid

	shift 3
	{
		printf '%s\n' server: "port: $port" "interface: 127.0.0.1" "interface: ::1" \
			"access-control: 127.0.0.0/8 allow_snoop" "access-control: ::1 allow" \
			'do-daemonize: no' 'username: ""' 'chroot: ""' 'pidfile: ""' \
			"directory: \"$work\"" 'use-syslog: no' 'logfile: ""' \
			'module-config: "iterator"' 'do-not-query-localhost: no' 'num-threads: 1' \
			'msg-cache-size: 1m' 'rrset-cache-size: 1m'
		cat
		printf '%s\n' remote-control: 'control-enable: no'
		for stub in "$@"; do
			at=${stub#*@}
			[[ $at == *@* ]] || at=127.0.0.1@$at
			printf '%s\n' stub-zone: "name: \"${stub%%@*}.example.\"" "stub-addr: $at"
		done
	} > "$conf"
	start_in "$ns" "$work/unbound-$port.log" unbound -d -c "$conf"
	pid=$started
	dns_is_up "$ns" "127.0.0.1:$port" "$name" "$work/unbound-$port.log"
	started=$pid
}
