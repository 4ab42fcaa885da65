#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The resolver behind a real caching resolver (unbound), which asks a real authoritative
# server (rbldnsd): listed, unlisted, TXT, a dead upstream, truncated answers.
# shellcheck source=tests/e2e/lab.sh
. "$(dirname "$0")/lab.sh"

[ "$(id -u)" = 0 ] || skip_all "needs root to make a network namespace"
PATH=$PATH:/usr/sbin
for program in unbound rbldnsd; do
	command -v $program > /dev/null || skip_all "$program is not installed"
done
dns=$lab-d
lab_netns "$dns"

# ---- the authoritative server ----

mkdir "$work/zones"
chmod 755 "$work" "$work/zones"
cat > "$work/zones/bl" <<'ZONE'
$SOA 300 ns.bl.example hostmaster.bl.example 1 600 300 86400 120
$NS 300 ns.bl.example
$TTL 600
:127.0.0.2:listed, see http://bl.example/?$
127.0.0.2
192.0.2.0/24
198.51.100.7 :127.0.0.10:dialup
ZONE
cat > "$work/zones/names" <<'ZONE'
$SOA 300 ns.names.example hostmaster.names.example 1 600 300 86400 90
$NS 300 ns.names.example
$TTL 700
host A 192.0.2.9
host MX 10 mx.names.example
mail MX 20 mx.names.example
ZONE
start_in "$dns" "$work/rbldnsd.log" rbldnsd -n -f -u nobody:nogroup -w "$work/zones" -b 127.0.0.1/5300 \
	bl.example:ip4set:bl names.example:generic:names
rbldnsd=$started

# listed_by SERVER
# shellcheck disable=SC2317 # wait_until calls it
listed_by() {
	[[ $(in_ns "$dns" "$tools/dnsask" -s "$1" 2.0.0.127.bl.example A) == OK* ]]
}

# Before unbound asks for the first time: it remembers who did not answer.
wait_until 15 listed_by 127.0.0.1:5300 \
	|| { not_ok "rbldnsd is up" "$(tail -n 5 "$work/rbldnsd.log")"; tap_done; }

# ---- the caching resolver ----

{
	cat <<CONF
server:
	interface: 127.0.0.1
	interface: ::1
	access-control: 127.0.0.0/8 allow
	access-control: ::1 allow
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
	msg-cache-size: 1m
	rrset-cache-size: 1m
	local-zone: "local.example." static
	local-zone: "refused.example." refuse
	local-data: "7.local.example. 600 IN PTR Host.Names.Example."
CONF
	for i in $(seq 60); do
		echo "	local-data: 'many.local.example. 600 IN TXT \"text number $i of sixty that take much room\"'"
	done
	for zone in bl names; do
		printf 'stub-zone:\n\tname: "%s.example."\n\tstub-addr: 127.0.0.1@5300\n' $zone
	done
	printf 'stub-zone:\n\tname: "dead.example."\n\tstub-addr: 192.0.2.99\n'
	printf 'remote-control:\n\tcontrol-enable: no\n'
} > "$work/unbound.conf"
start_in "$dns" "$work/unbound.log" unbound -d -c "$work/unbound.conf"
unbound=$started

# answer NAME TYPE...: what the resolver says, asked as commands do
answer() {
	in_ns "$dns" "$tools/dnsask" -s 127.0.0.1 "$@" 2>&1
}

wait_until 15 listed_by 127.0.0.1 \
	|| { not_ok "unbound is up" "$(tail -n 5 "$work/unbound.log")"; tap_done; }

has "listed" "$(answer 9.2.0.192.bl.example A)" '^OK [0-9]+ 127\.0\.0\.2$'
has "listed, with its own code" "$(answer 7.100.51.198.bl.example A)" '^OK [0-9]+ 127\.0\.0\.10$'
has "its TXT" "$(answer 9.2.0.192.bl.example TXT)" \
	'^OK [0-9]+ "listed, see http://bl.example/\?192.0.2.9"$'
has "unlisted, for as long as its SOA says" "$(answer 1.2.3.4.bl.example A)" \
	'^NXDOMAIN (1[01][0-9]|120)$'
has "there, without such a record" "$(answer host.names.example TXT)" '^NODATA (8[0-9]|90)$'
has "MX" "$(answer HOST.names.example. MX)" '^OK [0-9]+ 10 mx\.names\.example$'
has "PTR, in lower case" "$(answer 7.local.example PTR)" '^OK [0-9]+ host\.names\.example$'
is "a dead upstream is SERVFAIL" \
	"$(in_ns "$dns" "$tools/dnsask" -t 10000 -T 1 -s 127.0.0.1 2.0.0.127.dead.example A 2>&1)" \
	"TEMPFAIL SERVFAIL"
is "a zone that is refused" "$(answer a.refused.example A)" "TEMPFAIL REFUSED"
is "a truncated answer is had over TCP" \
	"$(answer many.local.example TXT | grep -o 'text number' | wc -l)" 60
is "many at once, of which all but one are joined" \
	"$(answer -n 500 9.2.0.192.bl.example A | sed 's/ [0-9]* / TTL /')" "OK TTL 127.0.0.2"
has "over IPv6" "$(in_ns "$dns" "$tools/dnsask" -s ::1 9.2.0.192.bl.example A 2>&1)" '^OK '
has "an address with its port" \
	"$(in_ns "$dns" "$tools/dnsask" -s '[::1]:53' 9.2.0.192.bl.example A 2>&1)" '^OK '
has "the authoritative server itself" \
	"$(in_ns "$dns" "$tools/dnsask" -s 127.0.0.1:5300 9.2.0.192.bl.example A 2>&1)" \
	'^OK 600 127\.0\.0\.2$'

# asked SERVER...: with two of them
with_two() {
	in_ns "$dns" "$tools/dnsask" -t 500 -T 2 -s 127.0.0.1:5399 -s 127.0.0.1 "$@" 2>&1
}
has "of two servers one is dead" "$(with_two 9.2.0.192.bl.example A)" '^OK '

# ---- the authoritative server hangs, then is gone ----

kill -STOP "$rbldnsd"
start=${EPOCHREALTIME/[.,]/}
has "it hangs: nothing is known" \
	"$(in_ns "$dns" "$tools/dnsask" -t 400 -T 2 -s 127.0.0.1 8.8.8.8.bl.example A 2>&1)" \
	'^TEMPFAIL (TIMEOUT|SERVFAIL)$'
between "... after two tries" $(((${EPOCHREALTIME/[.,]/} - start) / 1000)) 0 3000
has "... what unbound has kept is still there" "$(answer 9.2.0.192.bl.example A)" '^OK '
kill -CONT "$rbldnsd"

kill "$unbound"
wait "$unbound" 2> /dev/null
is "nobody listens" "$(answer 9.2.0.192.bl.example A)" "TEMPFAIL NO_SERVER"

tap_done
