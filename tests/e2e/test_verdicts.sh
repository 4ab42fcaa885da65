#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What senders see: dropped, limited, allowed, in shadow and unlisted ones, with
# real TCP and SMTP, IPv4 and IPv6.
# shellcheck source=tests/e2e/lab.sh
. "$(dirname "$0")/lab.sh"

printf '%s\n' 5.188.0.0/16 2a05::/16 > "$work/block"
printf '%s\n' 5.188.9.0/24 2a05:9::/32 > "$work/partners"
printf '%s\n' 5.190.0.0/16 2a06::/16 > "$work/dialup"
printf '%s\n' 5.189.0.0/16 2a07::/16 > "$work/trial"
lab_conf 'interfaces = {"m0"}' \
	'never-block = {"5.188.77.0/24", "2a05:77::/32"}' \
	"list block { file = \"$work/block\"  action = drop }" \
	"list partners { file = \"$work/partners\"  action = allow }" \
	"list dialup { file = \"$work/dialup\"  action = limit  rate = \"2/s\"  burst = 3 }" \
	"list trial { file = \"$work/trial\"  action = drop  enforce = false }"
lab_up
smtp_server
daemon_start || { not_ok "synwardd starts"; tap_done; }
ok "synwardd starts"
is "the filter is attached in native mode" "$(xdp_on m0)" native

for source in 5.188.1.1 2a05:1::1; do
	is "$source is dropped: no SYN-ACK" "$(probe $source)" timeout
	has "$source reaches a port that is not served" "$(probe $source -p 26)" '^refused$'
done
for source in 5.9.1.1 2a01::1 5.188.9.1 2a05:9::1 5.188.77.1 2a05:77::1 5.189.1.1 2a07::1; do
	has "$source is greeted" "$(probe $source)" '^220 '
	if mail $source; then
		ok "$source completes an SMTP transaction"
	else
		not_ok "$source completes an SMTP transaction" "$(cat "$work/swaks.log")"
	fi
done

# 2/s with a burst of 3: five at once give three; the SYN that TCP sends again after
# a second finds a token, which is how a real sender gets through in the end.
for source in 5.190.1.1 2a06::1; do
	is "$source gets its burst and no more" \
		"$(for _ in 1 2 3 4 5; do probe $source -t 0.15; done | cut -c 1-3 | tr '\n' ' ')" \
		"220 220 220 tim tim "
	if mail $source; then
		ok "$source completes an SMTP transaction when it tries again"
	else
		not_ok "$source completes an SMTP transaction" "$(cat "$work/swaks.log")"
	fi
done

# Four seconds at 50 a second: 3 at once, then 2 in each second.
for source in 5.190.2.2 2a06:2::1; do
	to=$mx4
	[[ $source != *:* ]] || to=$mx6
	count_start 20 $source
	began=${EPOCHREALTIME/[.,]/}
	stream sent -c 200 -r 50 src=$source "dst=$to"
	wait "$started"
	took=$((${EPOCHREALTIME/[.,]/} - began))
	count_stop
	between "$source at 50/s gets its rate and no more" "$(counted $source)" 10 \
		$((3 + took * 2 / 1000000))
	is "... and the test lost nothing" "$(counted lost) $(cat "$work/sent")" "0 200"
done

# Many sources of a limited network do not share: each has its own burst.
count_start 20 5.190.0.0/16
stream sent -c 1000 -r 2000 -n 200 src=5.190.20.0 "dst=$mx4"
wait "$started"
count_stop
between "200 limited sources have a bucket each" "$(counted 5.190.0.0/16)" 600 660

before=$(class_count trial drop)
count_start 20 5.189.0.0/16
stream sent -c 50 -n 50 src=5.189.3.0 "dst=$mx4"
wait "$started"
count_stop
is "a class in shadow passes" "$(counted 5.189.0.0/16)" 50
is "... and is counted under what it would do" $(($(class_count trial drop) - before)) 50

before=$(class_count block drop)
count_start 20 0.0.0.0/0 ::/0
for words in "src=5.188.1.1 dst=$mx4 vlan=100" "src=5.188.1.1 dst=$mx4 vlan=88a8:7 vlan=8" \
	"src=2a05:1::1 dst=$mx6 vlan=88a8:7 vlan=8 ext=hop ext=dst" "src=5.188.1.1 dst=$mx4 ipopt=40" \
	"src=5.188.1.1 dst=$mx4 frag=0+" "src=2a05:1::1 dst=$mx6 ext=frag frag=0+" \
	"src=5.188.1.1 dst=$mx4 payload=1200 tcpopt=40"; do
	# shellcheck disable=SC2086
	stream sent -c 10 $words
	wait "$started"
done
count_stop
is "tags, options, extension headers and fragments do not help a dropped source" \
	"$(counted 0.0.0.0/0) $(counted ::/0)" "0 0"
is "... all were counted" $(($(class_count block drop) - before)) 70

before=$(reason_count not-syn)
count_start 20 0.0.0.0/0
stream sent -c 10 src=5.188.1.1 "dst=$mx4" flags=SA
wait "$started"
stream sent -c 10 src=5.188.1.1 "dst=$mx4" flags=A payload=100
wait "$started"
between "what is no SYN is not the filter's business" $(($(reason_count not-syn) - before)) 20 30
before=$(reason_count vlan-depth)
stream sent -c 10 src=5.188.1.1 "dst=$mx4" vlan=1 vlan=2 vlan=3
wait "$started"
is "more than two tags pass, and are counted as such" $(($(reason_count vlan-depth) - before)) 10

daemon_stop
tap_done
