#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# synward spf against a real name server (unbound) that has the policies of a few domains:
# each kind of term, what the server does not know, and a server that is not there.
# shellcheck source=tests/e2e/dns_lab.sh
. "$(dirname "$0")/dns_lab.sh"

[ "$(id -u)" = 0 ] || skip_all "needs root to make a network namespace"
dns_needs unbound
dns=$lab-d
lab_netns "$dns"

# The long record is in two strings, and does not fit into a datagram of 512 bytes.
{
	cat << 'CONF'
	max-udp-size: 512
	local-zone: "example.com." static
	local-zone: "2.0.192.in-addr.arpa." static
	local-zone: "refused.example." refuse
	local-data: 'example.com. 300 IN TXT "v=spf1 include:_spf.example.com mx//64 ptr " "exists:%{ir}.%{l}.x.example.com -all exp=why.example.com"'
	local-data: 'example.com. 300 IN TXT "another=record"'
	local-data: 'example.com. 300 IN MX 10 h.example.com.'
	local-data: 'h.example.com. 300 IN A 198.51.100.1'
	local-data: 'h.example.com. 300 IN AAAA 2001:db8::1'
	local-data: '_spf.example.com. 300 IN TXT "v=spf1 ip4:192.0.2.0/28 ~all"'
	local-data: 'soft.example.com. 300 IN TXT "v=spf1 redirect=_spf.example.com"'
	local-data: 'temp.example.com. 300 IN TXT "v=spf1 a:h.refused.example -all"'
	local-data: 'bad.example.com. 300 IN TXT "v=spf1 a:192.0.2.1 -all"'
	local-data: '77.2.0.192.in-addr.arpa. 300 IN PTR relay.example.com.'
	local-data: 'relay.example.com. 300 IN A 192.0.2.77'
	local-data: '99.2.0.192.joe.x.example.com. 300 IN A 127.0.0.2'
	local-data: 'why.example.com. 300 IN TXT "%{c} (%{p}) does not send for %{d}"'
CONF
	printf "\tlocal-data: 'long.example.com. 300 IN TXT \"v=spf1\""
	for i in $(seq 60); do
		printf ' " ip4:203.0.113.%d"' "$i"
	done
	printf " \" -all\"'\n"
} > "$work/names"
resolver_start "$dns" 53 h.example.com < "$work/names"

# spf EXIT ARGUMENT...: first line in $first, all in $out
spf() {
	local want=$1 name="${*:2}"

	shift
	out=$(in_ns "$dns" "$synward" spf --server 127.0.0.1 "$@" 2>&1)
	is "$name: exit code" $? "$want"
	first=$(head -n 1 <<< "$out")
}

spf 0 --ip 192.0.2.1 --from joe@example.com --helo relay.example.com
is "ip4 in an include" "$first" 'pass: 192.0.2.1 may send for example.com'
has "... by which way" "$out" '^  example.com: include:_spf.example.com$'
has "... and which term" "$out" '^  _spf.example.com: ip4:192.0.2.0/28$'
spf 0 --ip 2001:db8::7:8 --from joe@example.com
is "mx" "$first" 'pass: 2001:db8::7:8 may send for example.com'
spf 0 --ip 192.0.2.77 --from joe@example.com
has "ptr" "$out" '^  example.com: ptr$'
spf 0 --ip 192.0.2.99 --from joe@example.com
has "exists" "$out" '^  example.com: exists:%\{ir\}.%\{l\}.x.example.com$'
spf 0 --ip 192.0.2.98 --from joe@example.com
is "a fail" "$first" 'fail: 192.0.2.98 may not send for example.com'
has "... and its words" "$out" 'own words: 192.0.2.98 \(unknown\) does not send for example.com$'
spf 0 --ip 192.0.2.98 --from joe@soft.example.com
is "redirect" "$first" 'softfail: 192.0.2.98 should not send for soft.example.com'
spf 0 --ip 203.0.113.60 --from joe@long.example.com
is "a record that takes TCP" "$first" 'pass: 203.0.113.60 may send for long.example.com'
spf 0 --ip 192.0.2.1 --from '' --helo nothing.example.com
is "no such domain" "$first" \
	'none: nobody says whether 192.0.2.1 may send for nothing.example.com'
spf 0 --ip 192.0.2.1 --from joe@bad.example.com
has "an error in the record" "$out" '^permerror: .*bad.example.com$'
spf 1 --ip 192.0.2.1 --from joe@temp.example.com
has "a server that refuses" "$out" '^temperror: .*temp.example.com$'
has "... is named as the reason" "$out" '^  temp.example.com: a:h.refused.example$'

spf 0 --ip 192.0.2.98 --from joe@example.com --json
is "JSON" "$(json 'o["result"], o["steps"][0]["term"], o["voids"], o["explanation"][:10]' <<< "$out")" \
	'fail -all 2 192.0.2.98'
out=$(in_ns "$dns" "$synward" spf --server '[::1]:53' --ip 192.0.2.1 --from joe@example.com)
has "a server by IPv6 and port" "$out" '^pass: '
out=$(in_ns "$dns" "$synward" spf --server 127.0.0.1:5999 --ip 192.0.2.1 --from joe@example.com)
is "nobody at the port: exit code" $? 1
has "... is a temperror" "$out" '^temperror: '
tap_done
