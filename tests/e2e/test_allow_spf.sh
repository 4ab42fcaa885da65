#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# allow-spf: synwardd, without privileges, asks a real resolver (unbound) for the networks of a
# domain. An address in them that a list blocks gets through; they grow at once, shrink only
# after agreement, and stay when the DNS fails, over crashes too.
# shellcheck source=tests/e2e/lab.sh
. "$(dirname "$0")/lab.sh"

passes=refused
drops=timeout
user=nobody
getent passwd $user > /dev/null || skip_all "there is no user $user"
PATH=$PATH:/usr/sbin
command -v unbound > /dev/null || skip_all "unbound is not installed"
lab_up
chmod 755 "$work"
kept=$work/state/allow-spf
unbound=

# shellcheck disable=SC2317 # wait_until calls it
answers() {
	in_ns "$mx" "$tools/dnsask" -s 127.0.0.1 example.com TXT | grep -q .
}

# dns_is RECORD...: the resolver says these from now on
dns_is() {
	local record

	dns_is_down
	{
		cat << CONF
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
	num-threads: 1
	local-zone: "example.com." static
CONF
		for record in "$@"; do
			printf "\tlocal-data: '%s'\n" "$record"
		done
		printf 'remote-control:\n\tcontrol-enable: no\n'
	} > "$work/unbound.conf"
	start_in "$mx" "$work/unbound.log" unbound -d -c "$work/unbound.conf"
	unbound=$started
	wait_until 15 answers \
		|| { not_ok "unbound is up" "$(tail -n 5 "$work/unbound.log")"; tap_done; }
}

dns_is_down() {
	[ -n "$unbound" ] || return 0
	kill "$unbound"
	wait "$unbound" 2> /dev/null
	unbound=
}

# policy_is TERMS: of example.com
policy_is() {
	dns_is "example.com. 300 IN TXT \"v=spf1 $1\"" \
		'_spf.example.com. 300 IN TXT "v=spf1 ip4:5.2.2.2 ip6:2a00:1::/32 -all"'
}

printf '%s\n' 5.0.0.0/8 2a00::/16 > "$work/bad.txt"
configure() {
	run_as=$user lab_conf 'interfaces = {"m0"}' 'on-exit = "keep"' \
		'dns-servers = {"127.0.0.1"}' 'dns-timeout = 500ms' "$@" \
		"list bad { file = \"$work/bad.txt\" action = drop }"
	chmod 644 "$conf"
}

# holds NAME COMMAND...: it succeeds
holds() {
	local name=$1

	shift
	"$@"
	is "$name" $? 0
}

# shellcheck disable=SC2317 # wait_until calls it
sees() {
	[ "$(probe "$1")" = "$2" ]
}

# becomes SOURCE WHAT NAME: soon
becomes() {
	wait_until 10 sees "$1" "$2"
	is "$3" "$(probe "$1")" "$2"
}

# domain EXPRESSION: of the domain in the status, which is d
domain() {
	asked "[$1 for d in o['allow_spf']['domains']][0]"
}

# shellcheck disable=SC2317 # wait_until calls it
was_tried() {
	[ "$(domain "d['tried'] is not None and not d['asking']")" = true ]
}

# again [SED]: the daemon anew, with its file changed, until it has asked
again() {
	daemon_stop
	[ $# = 0 ] || sed -i -E "$1" "$kept"
	daemon_start || { not_ok "synwardd starts again"; tap_done; }
	wait_until 15 was_tried || not_ok "it asks at its start" "$(tail -n 5 "$log")"
}

# As if the last answer had come an hour ago: it counts when the next one agrees.
hour_ago='s/^(domain example.com [0-9]+) .*/\1 1000000000000/'

# ---- who is in the networks gets through ----

policy_is 'ip4:5.1.0.0/16 include:_spf.example.com exists:%{i}.x.example.com -all'
configure 'allow-spf = {"Example.COM."}'
daemon_start || { not_ok "synwardd starts"; tap_done; }
becomes 5.1.1.1 $passes "an address in the networks gets through, though a list blocks it"
is "... one of an include too" "$(probe 5.2.2.2)" $passes
is "... and in IPv6" "$(probe 2a00:1::1)" $passes
is "others of the list do not" "$(probe 5.2.2.3)" $drops
is "... nor in IPv6" "$(probe 2a00:2::1)" $drops
holds "the log says how many networks there are" logged 'allow-spf example.com: 3 networks now, 0 before'
said "explain names the domain, and since when" 0 \
	'SPF of example\.com, since 20[0-9-]+ [0-9:]+; its policy was last read 20' explain 5.1.1.1
has "... and what it stands above" "$words" 'allow by allow-spf, prefix 5\.1\.0\.0/16'
has "... as the card does" "$words" 'its table says the same'
is "explain in JSON" "$(ctl explain --json 5.2.2.2 \
	| json "o['matches'][0]['spf']['domain'], o['matches'][0]['spf']['since'] > 1e9, o['class']")" \
	"example.com true allow-spf"
said "status shows domain, networks and what is left out" 0 \
	'^allow-spf +example\.com: 3 networks, read 20.*left out: .*exists' status
is "its packets are counted" "$(class_count allow-spf allow)" 4
is "the networks are in the file" "$(grep -c '^net ' "$kept")" 3

# ---- the resolver is down ----

dns_is_down
daemon_end KILL
daemon_start || { not_ok "synwardd starts after a crash"; tap_done; }
is "the first packet after a crash, without DNS" "$(probe 5.1.1.1)" $passes
wait_until 15 was_tried
holds "the log says that what is there stays" \
	logged 'example.com: .*the DNS does not say: .*; what is in force stays'
said "status says that it failed" 0 'example\.com: 3 networks.*FAILED 1 times: .*the DNS does not say' \
	status
is "and it stays" "$(probe 2a00:1::1)" $passes

# ---- another policy: 5.2.2.2 and IPv6 go, 5.4.0.0/16 comes ----

policy_is 'ip4:5.1.0.0/16 ip4:5.4.0.0/16 -all'
reload
becomes 5.4.1.1 $passes "who failed is asked again by a reload; what is new counts at once"
is "what is not named any more does, too" "$(probe 5.2.2.2)" $passes
again
is "answers within minutes do not count" "$(domain "(d['networks'], d['going'])")" "4 0"
again "$hour_ago"
said "one an hour later does, and status says who is to go" 0 \
	'4 networks.*; 2 of them are not named any more' status
is "... who gets through" "$(probe 5.2.2.2)" $passes
again "$hour_ago"
is "... also after a second one" "$(probe 5.2.2.2) $(probe 2a00:1::1)" "$passes $passes"
again "$hour_ago"
becomes 5.2.2.2 $drops "after the third it does not"
is "... nor IPv6" "$(probe 2a00:1::1)" $drops
is "... but the others do" "$(probe 5.1.1.1) $(probe 5.4.1.1)" "$passes $passes"
is "the file has what is left" "$(grep -c '^net ' "$kept")" 2

# ---- a policy that passes everybody ----

policy_is 'ip4:5.3.0.0/16 +all'
again "$hour_ago"
is "it is not believed" "$(probe 5.3.1.1) $(probe 5.1.1.1)" "$drops $passes"
said "... and status says why" 0 'not believed: its policy passes everybody' status

# ---- the file is spoilt ----

policy_is 'ip4:5.1.0.0/16 -all'
daemon_stop
head -c 70 "$kept" > "$work/cut"
cat "$work/cut" > "$kept"
daemon_start || { not_ok "synwardd starts with half a file"; tap_done; }
holds "the log names the file" logged "allow-spf: networks from before are not used.*state/allow-spf: line"
becomes 5.1.1.1 $passes "and it is asked for anew"

# ---- reloads ----

configure
holds "a reload takes the option away" reload
is "... and its networks" "$(probe 5.1.1.1)" $drops
configure 'allow-spf = {"example.com"}'
reload
becomes 5.1.1.1 $passes "... and brings it back, without one more"
configure
said "one on probation takes it away" 0 . reload --confirm 3s
is "... at once" "$(probe 5.1.1.1)" $drops
becomes 5.1.1.1 $passes "... and nobody confirms it: it is back"
is "the card is what lists and verdicts say" "$(asked "o['table']['mended']")" 0

# ---- check-config ----

configure 'allow-spf = {"joe@example.com", "1.2.3.4", "localhost"}'
said "what is no domain is told of, with its line" 1 \
	'synward.conf:[0-9]+: allow-spf: "joe@example.com" is an address of mail' check-config
has "... each" "$words" '"localhost" is a name of one word'
sed -i 's/dns-servers = .*//; s/^allow-spf.*/allow-spf = {"example.com"}/' "$conf"
: > "$work/empty"
out=$(unshare -m sh -c "mount --bind '$work/empty' /etc/resolv.conf && '$synward' check-config -c '$conf'" 2>&1)
has "nobody who could be asked is told of" "$out" 'allow-spf: nobody is there to be asked'
tap_done
