#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# A million forged sources at the highest rate that the machine makes, all the way: card, ring,
# queue, resolver, ledger. Questions stay inside the budget, memory stays flat, no verdict
# goes, and good senders are judged meanwhile. Then the same with sources that never come
# again, as most forgers have them.
#
# Runs alone: it takes one processor for itself. FLOOD_SECONDS: how long each flood lasts.
# shellcheck source=tests/e2e/dns_lab.sh
. "$(dirname "$0")/dns_lab.sh"

seconds=${FLOOD_SECONDS:-10}
queries=500
good=20     # senders in each flood that nobody knew before
verdicts=4096 # that were set before
forge=$O/tests/bpf/forge.bpf.o
user=nobody
getent passwd $user > /dev/null || skip_all "there is no user $user"
dns_needs unbound rbldnsd nft
[ -e "$forge" ] || skip_all "$forge is not built"

dns_zone bl <<'ZONE'
:127.0.0.2:listed
127.0.0.2
5.9.0.0/16
ZONE

# What comes through the filter, and what is asked: counted by the kernel, which loses nothing.
# The flood ends there, so that it is not the stack's speed that bounds it.
count_with_nft() {
	in_ns "$mx" nft -f - <<'NFT'
table inet flood {
	counter blocked { }
	counter asked { }
	counter forged { }
	chain in {
		type filter hook prerouting priority raw;
		ip saddr 5.33.0.0/20 counter name blocked
		ip saddr 64.0.0.0/8 counter name forged drop
		ip saddr 128.0.0.0/3 counter name forged drop
	}
	chain out {
		type filter hook output priority raw;
		meta l4proto { tcp, udp } th dport 53 counter name asked
	}
}
NFT
}

# nft_count NAME
nft_count() {
	in_ns "$mx" nft list counter inet flood "$1" | sed -n 's/.*packets \([0-9]*\) .*/\1/p'
}

# memory FIELD: of synwardd, KiB
memory() {
	sed -n "s/^$1:[^0-9]*\([0-9]*\) kB/\1/p" "/proc/$daemon/status"
}

# source N: of those whose verdicts are there before
source_of() {
	echo "5.33.$(($1 / 256)).$(($1 % 256))"
}

set_verdicts() {
	local i

	for ((i = 0; i < verdicts; i++)); do
		source_of $i
	done > "$work/sources"
	xargs -n 1024 nsenter --net="/run/netns/$mx" -- "$synward" block -c "$conf" --for 1d \
		< "$work/sources" > "$work/out" 2>&1
}

# verdicts_there: of those that were set, in the ledger
verdicts_there() {
	ctl list | grep -c '^5\.33\.'
}

# greeted SOURCE [SECONDS]: 1 if the mail server greets it
greeted() {
	[[ $(probe "$1" -t "${2:-6}") == 220* ]]
	echo $(($? == 0))
}

# is_judged SOURCE: 1 if it has a verdict of DNS
is_judged() {
	ctl explain "$1" | grep -Eq 'by dns-(clear|drop)'
	echo $(($? == 0))
}

# send_mails NET: good ones that nobody knows send a mail each, in the first two thirds of a flood
send_mails() {
	local i from=()

	for ((i = 1; i <= good; i++)); do
		from+=("5.$1.1.$i")
	done
	in_ns "$senders" python3 "$TOP/tests/support/senders.py" $mx4 $((seconds * 2 / 3)) \
		"${from[@]}" > "$work/in" 2> "$work/senders.log"
}

# flood NAME NET FIRST MANY: with good senders in 5.NET, who never came before
flood() {
	local name=$1 net=$2 first=$3 many=$4 asked forged rss began took sent in i judged n

	asked=$(nft_count asked)
	forged=$(nft_count forged)
	blocked=$(nft_count blocked)
	rss=$(memory RssAnon)
	began=${EPOCHREALTIME/[.,]/}
	start_in "$senders" "$work/flood" "$tools/synflood" -i s0 -o "$forge" -d "$seconds" \
		-n "$many" "src=$first" dst=192.0.2.200 "${frame[@]}"
	local flood=$started

	stream "blocked" -d "$seconds" -c 10000000 -r 500 -n $verdicts src=5.33.0.0 dst=192.0.2.200
	local stream=$started
	send_mails "$net" &
	local mails=$!

	sleep 1
	# Three tries: the kernel of a machine that is full of SYNs may lose one before the card does.
	for _ in 1 2 3; do
		times 5.14.0.1
		[ "$took" -gt 9 ] || break
	done
	is "$name: who was cleared before gets in" "$seen" in
	between "... at once: its TCP would try again after a second" "$took" 0 9
	is "$name: a listed one whose verdict was there does not" "$(probe 5.9.0.1 -t 1)" timeout
	wait $flood
	took=$(((${EPOCHREALTIME/[.,]/} - began) / 1000000 + 1))
	asked=$(($(nft_count asked) - asked))
	wait $mails
	kill "$stream" 2> /dev/null
	wait "$stream" 2> /dev/null
	sent=$(cat "$work/flood")
	in=$(wc -l < "$work/in")
	note "$name: $sent SYNs in $seconds s, $((sent / seconds)) a second; $(($(nft_count forged) - forged)) came through" \
		"$asked questions in $took s; RssAnon $rss KiB before, $(memory RssAnon) KiB after, RSS $(memory VmRSS) KiB" \
		"$(asked "'told', o['contacts']['told'], 'taken', o['contacts']['taken'], 'lost', o['contacts']['lost'], 'takes', o['contacts']['takes'], 'cleared', o['dns']['cleared'], 'not known', o['dns']['not_known'], 'cache', o['dns']['cache']['entries']")"
	between "$name: it was a flood" $((sent / seconds)) 20000 1000000000
	between "$name: questions stay inside the budget" "$asked" 1 $((queries * (took + 1)))
	between "$name: memory is flat" $(($(memory RssAnon) - rss)) -1000000 32768
	is "$name: no verdict went" "$(verdicts_there)" "$verdicts"
	is "... and no SYN of theirs came through" "$(($(nft_count blocked) - blocked))" 0
	between "... of many" "$(cat "$work/blocked")" $((seconds * 100)) 1000000
	is "$name: good senders' mails arrived" "$in" $good
	[ "$in" = $good ] || note "$(cat "$work/senders.log")"
	judged=0
	while read -r i; do
		n=$(is_judged "$i")
		judged=$((judged + n))
	done < "$work/in"
	between "$name: and they were judged" $judged $((good * 9 / 10)) $good
}

# shellcheck disable=SC2317 # called by name
list_is_trusted() {
	[ "$(asked "o['dns']['lists'][0]['state']")" = trusted ]
}

lab_up
smtp_server
count_with_nft
lists_start "$mx" 5300 bl:ip4set
resolver_start "$mx" 53 2.0.0.127.bl.example bl@5300 < /dev/null
run_as=$user lab_conf 'interfaces = {"m0"}' 'on-exit = "keep"' 'dns-servers = {"127.0.0.1"}' \
	'first-contact = hold' "dns-queries = $queries" 'dnsbl-sites = {"bl.example*8"}'
chmod 644 "$conf"
chmod 755 "$work"
daemon_start || { not_ok "synwardd starts"; tap_done; }
wait_until 20 list_is_trusted
is "the list is believed" $? 0
set_verdicts
is "verdicts are set" "$(verdicts_there)" $verdicts
is "a good sender is cleared" "$(greeted 5.14.0.1) $(is_judged 5.14.0.1)" "1 1"
is "a listed one is not" "$(greeted 5.9.0.1 2) $(is_judged 5.9.0.1)" "0 1"
flood "a million sources" 15 64.0.0.0 1048576
sleep 12 # what waits in queues is too old, or done
flood "never the same" 16 128.0.0.0 536870912
is "the daemon had no trouble" "$(grep -ci 'error' "$log")" 0
daemon_stop
tap_done
