#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The resolver behind a real caching resolver (unbound), which asks a real authoritative
# server (rbldnsd): listed, unlisted, TXT, a dead upstream, truncated answers.
# shellcheck source=tests/e2e/dns_lab.sh
. "$(dirname "$0")/dns_lab.sh"

[ "$(id -u)" = 0 ] || skip_all "needs root to make a network namespace"
dns_needs unbound rbldnsd
dns=$lab-d
lab_netns "$dns"

dns_zone bl <<'ZONE'
:127.0.0.2:listed, see http://bl.example/?$
127.0.0.2
192.0.2.0/24
198.51.100.7 :127.0.0.10:dialup
ZONE
dns_zone names <<'ZONE'
host A 192.0.2.9
host MX 10 mx.names.example
mail MX 20 mx.names.example
ZONE
lists_start "$dns" 5300 bl:ip4set names:generic
rbldnsd=$started

{
	cat <<'CONF'
	local-zone: "local.example." static
	local-zone: "refused.example." refuse
	local-data: "7.local.example. 600 IN PTR Host.Names.Example."
CONF
	for i in $(seq 60); do
		echo "local-data: 'many.local.example. 600 IN TXT \"text number $i of sixty that take much room\"'"
	done
} > "$work/names"
# To 192.0.2.99 there is no way.
resolver_start "$dns" 53 2.0.0.127.bl.example bl@5300 names@5300 dead@192.0.2.99@53 < "$work/names"
unbound=$started

# answer NAME TYPE...: what the resolver says, asked as commands do
answer() {
	dns_ask "$dns" 127.0.0.1 "$@"
}

has "listed" "$(answer 9.2.0.192.bl.example A)" '^OK [0-9]+ 127\.0\.0\.2$'
has "listed, with its own code" "$(answer 7.100.51.198.bl.example A)" '^OK [0-9]+ 127\.0\.0\.10$'
has "its TXT" "$(answer 9.2.0.192.bl.example TXT)" \
	'^OK [0-9]+ "listed, see http://bl.example/\?192.0.2.9"$'
has "unlisted, for as long as its SOA says" "$(answer 1.2.3.4.bl.example A)" \
	'^NXDOMAIN (1[01][0-9]|120)$'
has "there, without such a record" "$(answer host.names.example TXT)" '^NODATA (1[01][0-9]|120)$'
has "MX" "$(answer HOST.names.example. MX)" '^OK [0-9]+ 10 mx\.names\.example$'
has "PTR, in lower case" "$(answer 7.local.example PTR)" '^OK [0-9]+ host\.names\.example$'
is "a dead upstream is SERVFAIL" \
	"$(dns_ask "$dns" 127.0.0.1 -t 10000 -T 1 2.0.0.127.dead.example A)" \
	"TEMPFAIL SERVFAIL"
is "a zone that is refused" "$(answer a.refused.example A)" "TEMPFAIL REFUSED"
is "a truncated answer is had over TCP" \
	"$(answer many.local.example TXT | grep -o 'text number' | wc -l)" 60
is "many at once, of which all but one are joined" \
	"$(answer -n 500 9.2.0.192.bl.example A | sed 's/ [0-9]* / TTL /')" "OK TTL 127.0.0.2"
has "over IPv6" "$(dns_ask "$dns" ::1 9.2.0.192.bl.example A)" '^OK '
has "an address with its port" \
	"$(dns_ask "$dns" '[::1]:53' 9.2.0.192.bl.example A)" '^OK '
has "the authoritative server itself" \
	"$(dns_ask "$dns" 127.0.0.1:5300 9.2.0.192.bl.example A)" \
	'^OK 600 127\.0\.0\.2$'

has "of two servers one is dead" \
	"$(dns_ask "$dns" 127.0.0.1:5399 -t 500 -T 2 -s 127.0.0.1 9.2.0.192.bl.example A)" '^OK '

# ---- the authoritative server hangs, then is gone ----

kill -STOP "$rbldnsd"
start=${EPOCHREALTIME/[.,]/}
has "it hangs: nothing is known" \
	"$(dns_ask "$dns" 127.0.0.1 -t 400 -T 2 8.8.8.8.bl.example A)" \
	'^TEMPFAIL (TIMEOUT|SERVFAIL)$'
between "... after two tries" $(((${EPOCHREALTIME/[.,]/} - start) / 1000)) 0 3000
has "... what unbound has kept is still there" "$(answer 9.2.0.192.bl.example A)" '^OK '
kill -CONT "$rbldnsd"

kill "$unbound"
wait "$unbound" 2> /dev/null
is "nobody listens" "$(answer 9.2.0.192.bl.example A)" "TEMPFAIL NO_SERVER"

tap_done
