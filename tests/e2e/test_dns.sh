#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# DNS judges the unknown: real SMTP clients from sources that no list of ours knows, while
# synwardd, without privileges, asks a real caching resolver (unbound) before real servers of
# lists: good ones, and such as refuse, lie, list everything, are slow, dead, or cannot be heard
# out. With hold, who is listed never gets through, and who is clean is not late.
# Takes long: it waits for lists that are tested again.
# shellcheck source=tests/e2e/dns_lab.sh
. "$(dirname "$0")/dns_lab.sh"

drops=timeout
user=nobody
getent passwd $user > /dev/null || skip_all "there is no user $user"
dns_needs unbound rbldnsd

# ---- lists ----

# rbldnsd at 5300 and 5302: good ones, one that lists everything, one that will be stopped.
# unbound at 5301: "trunc", whose answers do not fit into a datagram, and "fail", which fails
# for some; at 5303 "cut", which is like trunc, and has no TCP. To dead.example there is no way.
write_zones() {
	dns_zone bl <<'ZONE'
:127.0.0.2:listed, see http://bl.example/?$
127.0.0.2
5.9.0.0/16
5.10.0.0/16 :127.0.0.10:a line to a customer
5.11.0.0/16 :127.0.0.3:a little bad
5.12.0.0/16 :127.255.255.254:you ask through a public resolver
5.13.0.0/16 :198.51.100.80:this domain is for sale
ZONE
	dns_zone white <<< ':127.0.0.2:
127.0.0.2
5.9.7.0/24'
	dns_zone wild <<< ':127.0.0.2:the whole world
0/0'
	dns_zone slow <<< ':127.0.0.2:slow but listed
127.0.0.2
5.24.0.0/16'
}

# list_data NAME REVERSED: it lists test points, and REVERSED, with more addresses than fit
list_data() {
	local zone=$1.example i

	printf 'local-zone: "%s." static\n' "$zone"
	printf 'local-data: "%s. 600 IN SOA ns.%s. h.%s. 1 600 300 86400 120"\n' "$zone" "$zone" "$zone"
	printf 'local-data: "2.0.0.127.%s. 600 IN A 127.0.0.2"\n' "$zone"
	for i in $(seq 2 60); do
		printf 'local-data: "%s.%s. 600 IN A 127.0.0.%d"\n' "$2" "$zone" "$i"
	done
}

serve_lists() {
	write_zones
	lists_start "$mx" 5302 slow:ip4set
	slow=$started
	lists_start "$mx" 5300 bl:ip4set white:ip4set wild:ip4trie
	{
		echo 'max-udp-size: 512'
		list_data trunc 1.0.21.5
		list_data fail 1.0.99.5
		echo 'local-zone: "23.5.fail.example." refuse'
	} > "$work/odd"
	resolver_start "$mx" 5301 2.0.0.127.trunc.example < "$work/odd"
	{
		printf '%s\n' 'max-udp-size: 512' 'do-tcp: no'
		list_data cut 1.0.22.5
	} > "$work/cut"
	resolver_start "$mx" 5303 2.0.0.127.cut.example < "$work/cut"
}

serve_all() {
	serve_lists
	resolver_start "$mx" 53 2.0.0.127.bl.example bl@5300 white@5300 wild@5300 slow@5302 \
		trunc@5301 fail@5301 cut@5303 dead@203.0.113.99@53 <<'CONF'
	max-udp-size: 512
	local-zone: "5.in-addr.arpa." static
	local-data: "3.3.14.5.in-addr.arpa. 600 IN PTR dsl-5-14-3-3.pool.dyn.provider.com."
	local-data: "dsl-5-14-3-3.pool.dyn.provider.com. 600 IN A 5.14.3.3"
	local-data: "4.3.14.5.in-addr.arpa. 600 IN PTR mail.provider.com."
	local-data: "mail.provider.com. 600 IN A 5.14.3.4"
CONF
	resolver=$started
}

# ---- what is asked of synwardd ----

configure() {
	run_as=$user lab_conf 'interfaces = {"m0"}' 'on-exit = "keep"' 'dns-servers = {"127.0.0.1"}' \
		'dnsbl-sites = {"bl.example=127.0.0.[2..9]*8, bl.example=127.0.0.10*4 white.example*-8",
			"wild.example*8 dead.example*8 slow.example*8",
			"trunc.example*8 cut.example*8 fail.example*8"}' \
		'dnsbl-dialup = {"bl.example=127.0.0.10"}' 'score-reject = 3' "$@"
	chmod 644 "$conf"
}

# list_is NAME STATE: in IPv4
# shellcheck disable=SC2317 # called by name
list_is() {
	local lists="[l for l in o['dns']['lists'] if l['family'] == 4]"

	[ "$(asked "[l['state'] for l in $lists if l['name'] == '$1.example'][0]")" = "$2" ]
}

# believed LIST...
believed() {
	local list

	for list in "$@"; do
		wait_until 20 list_is "$list" trusted
		is "$list, a list that passes its test, is believed" $? 0
	done
}

# shellcheck disable=SC2317 # called by name
has_verdict() {
	ctl explain "$1" | tr '\n' ' ' | grep -Eq "$2"
}

# becomes SOURCE PATTERN: soon, what explain says of it
becomes() {
	wait_until 5 has_verdict "$1" "$2"
	is "$1 is soon: $2" $? 0
}

# unblocked WHAT SOURCE: what is not known blocks nobody, and is asked again in two minutes
unblocked() {
	times "$2"
	is "$1: its source gets in" "$seen" in
	between "... in time" "$took" 0 40
	becomes "$2" 'dns-clear .*\((2m|1m[0-9]+s|[0-9]+s)\): score 0, and not all is known'
}

lab_up
smtp_server
serve_all
configure 'first-contact = hold'
daemon_start || { not_ok "synwardd starts"; tap_done; }
believed bl white slow trunc cut fail
wait_until 20 list_is wild quarantined
is "one that lists everything is not believed" $? 0
logged 'wild\.example.*not believed.*lists (127\.0\.0\.1|all the world)'
is "... and the log says why" $? 0

# ---- hold: listed, or not ----

count_start 280 5.9.1.1/32 5.21.0.1/32 5.14.0.0/16
times 5.9.1.1
is "hold: a listed source does not get through, first time or later" "$seen" $drops
said "explain says which list, its answer and its words" 0 \
	'bl\.example 127\.0\.0\.2 \(\+8\).*listed, see http://bl\.example/\?5\.9\.1\.1' explain 5.9.1.1
mail 5.9.1.1
is "... nor does its mail" $(($? != 0)) 1
times 5.14.1.1
is "a clean source gets in" "$seen" in
between "... as soon as its TCP tries again" "$took" 0 15
times 5.14.1.1
is "then it is known" "$seen" in
between "... and is not held" "$took" 0 5
mail 5.14.1.2
is "the first mail of another clean one arrives" $? 0
times 5.9.7.1
is "an allow list takes back what a block list says" "$seen" in
probe 5.10.1.1 -t 0.5 > "$work/out"
becomes 5.10.1.1 'dns-dialup-reject'
said "a verdict can be looked up" 0 '5\.9\.1\.1 .*dns-drop' list
said "... and is in the history, by dns" 0 'dns' history 5.9.1.1

# ---- hold: answers that are none ----

times 5.21.0.1
is "a listing that is truncated is had over TCP: it does not get through" "$seen" $drops
said "... and that is why" 0 'trunc\.example 127\.0\.0\.2' explain 5.21.0.1
count_stop
is "no SYN of the listed two reached the mail server, ever" \
	"$(counted 5.9.1.1/32) $(counted 5.21.0.1/32)" "0 0"
between "those of clean ones did" "$(counted 5.14.0.0/16)" 2 1000
unblocked "truncated, and no TCP" 5.22.0.1
unblocked "SERVFAIL" 5.23.0.1
unblocked "127.255.255.254" 5.12.1.1
unblocked "an answer outside 127/8" 5.13.1.1
kill -STOP "$slow"
times 5.24.0.1
kill -CONT "$slow"
is "a list is too slow: its source gets in" "$seen" in
between "... after hold-max" "$took" 20 50
becomes 5.24.0.1 dns-drop
is "... and no more when the answer is there" "$(probe 5.24.0.1 -t 0.5)" $drops

# ---- a list that is dead ----

wait_until 100 list_is dead quarantined
is "a dead list is in quarantine after its second test" $? 0
said "... and status says that it does not answer" 0 \
	'dead\.example, IPv4: quarantined.*does not answer' status

# ---- a restart ----

daemon_end KILL
daemon_start || { not_ok "synwardd starts again"; tap_done; }
is "after a crash the listed one is dropped" "$(probe 5.9.1.1 -t 0.5)" $drops
times 5.14.1.1
is "... and the clean one passes at once" "$seen $((took < 6))" "in 1"

# ---- pass, and names ----

configure 'first-contact = pass' 'rdns-weights = {"generic=1", "no-ptr=1"}'
said "a reload with weights for names" 0 reloaded reload
believed bl
times 5.14.3.3
is "pass: an unknown source passes" "$seen" in
becomes 5.14.3.3 'dns-limit'
said "... its name is why" 0 'generic' explain 5.14.3.3
times 5.14.3.4
is "a server's name" "$seen" in
becomes 5.14.3.4 dns-clear

# ---- the resolver is gone ----

kill "$resolver"
wait "$resolver" 2> /dev/null
configure 'first-contact = hold' 'dns-timeout = 500ms'
said "a reload" 0 reloaded reload
times 5.14.9.1
is "nobody answers: an unknown source gets in" "$seen" in
between "... after hold-max" "$took" 5 40
is "a verdict that is there stays" "$(probe 5.9.1.1 -t 0.5)" $drops
daemon_stop
tap_done
