#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# DNS judges the unknown: real TCP from sources that no list of ours knows, while synwardd,
# without privileges, asks a real caching resolver (unbound) before a real server of lists
# (rbldnsd). With hold, who is listed never gets through, and who is clean is not late.
# shellcheck source=tests/e2e/lab.sh
. "$(dirname "$0")/lab.sh"

passes=refused
drops=timeout
user=nobody
getent passwd $user > /dev/null || skip_all "there is no user $user"
PATH=$PATH:/usr/sbin
for program in unbound rbldnsd; do
	command -v $program > /dev/null || skip_all "$program is not installed"
done

# ---- lists ----

mkdir "$work/zones"
chmod 755 "$work" "$work/zones"
for zone in bl white wild; do
	{
		echo "\$SOA 300 ns.$zone.example hostmaster.$zone.example 1 600 300 86400 120"
		echo "\$NS 300 ns.$zone.example"
		echo "\$TTL 600"
	} > "$work/zones/$zone"
done
cat >> "$work/zones/bl" <<'ZONE'
:127.0.0.2:listed, see http://bl.example/?$
127.0.0.2
5.9.0.0/16
5.10.0.0/16 :127.0.0.10:a line to a customer
5.11.0.0/16 :127.0.0.3:a little bad
5.12.0.0/16 :127.255.255.254:you ask through a public resolver
ZONE
printf '%s\n' ':127.0.0.2:' 127.0.0.2 5.9.7.0/24 >> "$work/zones/white"
printf '%s\n' ':127.0.0.2:the whole world' 0/0 >> "$work/zones/wild"

lab_up
start_in "$mx" "$work/rbldnsd.log" rbldnsd -n -f -u nobody:nogroup -c 1s -w "$work/zones" \
	-b 127.0.0.1/5300 bl.example:ip4set:bl white.example:ip4set:white wild.example:ip4trie:wild
rbldnsd=$started

# listed_by SERVER
# shellcheck disable=SC2317 # wait_until calls it
listed_by() {
	[[ $(in_ns "$mx" "$tools/dnsask" -s "$1" 2.0.0.127.bl.example A) == OK* ]]
}
wait_until 15 listed_by 127.0.0.1:5300 \
	|| { not_ok "rbldnsd is up" "$(tail -n 5 "$work/rbldnsd.log")"; tap_done; }
{
	cat <<CONF
server:
	interface: 127.0.0.1
	access-control: 127.0.0.0/8 allow
	do-daemonize: no
	username: ""
	chroot: ""
	pidfile: ""
	directory: "$work"
	use-syslog: no
	logfile: ""
	module-config: "iterator"
	do-not-query-localhost: no
	num-threads: 1
	local-zone: "5.in-addr.arpa." static
	local-data: "3.3.14.5.in-addr.arpa. 600 IN PTR dsl-5-14-3-3.pool.dyn.provider.com."
	local-data: "dsl-5-14-3-3.pool.dyn.provider.com. 600 IN A 5.14.3.3"
	local-data: "4.3.14.5.in-addr.arpa. 600 IN PTR mail.provider.com."
	local-data: "mail.provider.com. 600 IN A 5.14.3.4"
remote-control:
	control-enable: no
CONF
	for zone in bl white wild; do
		printf 'stub-zone:\n\tname: "%s.example."\n\tstub-addr: 127.0.0.1@5300\n' $zone
	done
	printf 'stub-zone:\n\tname: "dead.example."\n\tstub-addr: 127.0.0.1@5399\n'
} > "$work/unbound.conf"
start_in "$mx" "$work/unbound.log" unbound -d -c "$work/unbound.conf"
wait_until 15 listed_by 127.0.0.1 \
	|| { not_ok "unbound is up" "$(tail -n 5 "$work/unbound.log")"; tap_done; }

# ---- what is asked of synwardd ----

configure() {
	run_as=$user lab_conf 'interfaces = {"m0"}' 'on-exit = "keep"' 'dns-servers = {"127.0.0.1"}' \
		'dnsbl-sites = {"bl.example=127.0.0.[2..9]*8, bl.example=127.0.0.10*4 white.example*-8"}' \
		'dnsbl-dialup = {"bl.example=127.0.0.10"}' 'score-reject = 3' "$@"
	chmod 644 "$conf"
}

# list_is NAME STATE: in IPv4
# shellcheck disable=SC2317 # called by name
list_is() {
	local lists="[l for l in o['dns']['lists'] if l['family'] == 4]"

	[ "$(asked "[l['state'] for l in $lists if l['name'] == '$1'][0]")" = "$2" ]
}

# times SOURCE: what a sender sees who waits for six seconds; tenths of a second are in $took
times() {
	local began=${EPOCHREALTIME/[.,]/}

	seen=$(probe "$1" -t 6)
	took=$(((${EPOCHREALTIME/[.,]/} - began) / 100000))
}

# shellcheck disable=SC2317 # called by name
has_verdict() {
	ctl explain "$1" | grep -Eq "$2"
}

# becomes SOURCE PATTERN: soon, what explain says of it
becomes() {
	wait_until 5 has_verdict "$1" "$2"
	is "$1 is soon: $2" $? 0
}

configure 'first-contact = hold'
daemon_start || { not_ok "synwardd starts"; tap_done; }
wait_until 10 list_is bl.example trusted
is "a list that passes its test is believed" $? 0
wait_until 10 list_is white.example trusted
is "so is an allow list" $? 0

# ---- hold ----

times 5.9.1.1
is "hold: a listed source does not get through, first time or later" "$seen" $drops
said "explain says which list, its answer and its words" 0 \
	'bl\.example 127\.0\.0\.2 \(\+8\).*listed, see http://bl\.example/\?5\.9\.1\.1' explain 5.9.1.1
times 5.14.1.1
is "a clean source gets in" "$seen" $passes
between "... as soon as its TCP tries again" "$took" 0 15
times 5.14.1.1
is "then it is known" "$seen" $passes
between "... and is not held" "$took" 0 5
times 5.9.7.1
is "an allow list takes back what a block list says" "$seen" $passes
probe 5.10.1.1 -t 0.5 > "$work/out"
becomes 5.10.1.1 'dns-dialup-reject'
probe 5.12.1.1 -t 0.5 > "$work/out"
becomes 5.12.1.1 dns-clear
said "a verdict can be looked up" 0 '5\.9\.1\.1 .*dns-drop' list
said "... and is in the history, by dns" 0 'dns' history 5.9.1.1

# ---- a restart ----

daemon_end KILL
daemon_start || { not_ok "synwardd starts again"; tap_done; }
is "after a crash the listed one is dropped" "$(probe 5.9.1.1 -t 0.5)" $drops
times 5.14.1.1
is "... and the clean one passes at once" "$seen $((took < 6))" "$passes 1"

# ---- lists that lie, or are dead ----

configure 'first-contact = pass' 'rdns-weights = {"generic=1", "no-ptr=1"}'
sed -i 's/white.example\*-8/& wild.example*8 dead.example*8/' "$conf"
said "a reload with two more lists" 0 reloaded reload
wait_until 20 list_is wild.example quarantined
is "one that lists everything is not believed" $? 0
wait_until 5 logged 'wild\.example.*not believed'
is "... and the log says so" $? 0
wait_until 10 list_is bl.example trusted
is "the good one is" $? 0
is "pass: an unknown source passes" "$(probe 5.14.3.3 -t 0.5)" $passes
becomes 5.14.3.3 'dns-limit'
said "... its name is why" 0 'generic' explain 5.14.3.3
is "a server's name" "$(probe 5.14.3.4 -t 0.5)" $passes
becomes 5.14.3.4 dns-clear


# ---- the resolver is gone ----

kill "$rbldnsd"
wait "$rbldnsd" 2> /dev/null
configure 'first-contact = hold' 'dns-timeout = 500ms'
said "a reload" 0 reloaded reload
times 5.14.9.1
is "nobody answers: an unknown source gets in" "$seen" $passes
between "... after hold-max" "$took" 5 40
is "a verdict that is there stays" "$(probe 5.9.1.1 -t 0.5)" $drops
daemon_stop
tap_done
