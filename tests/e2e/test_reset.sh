#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Sources that are reset: connect() fails at once, for IPv4 and IPv6; frames of every shape are
# answered, with their tags, and neither the sender's kernel nor tcpdump finds a fault with any
# answer; a flood gets no more answers than the rates allow, of the card and of one source.
# shellcheck source=tests/e2e/lab.sh
. "$(dirname "$0")/lab.sh"

command -v tcpdump > /dev/null || skip_all "tcpdump is not installed"

configure() {
	lab_conf 'interfaces = {"m0"}' "$@" \
		"list refused { file = \"$work/refused\"  action = reset }" \
		"list trial { file = \"$work/trial\"  action = reset  enforce = false }" \
		"list block { file = \"$work/block\"  action = drop }"
}

# listen_start: what comes back to the senders is in $work/answers
listen_start() {
	rm -f "$work/answers"
	start_in "$senders" "$work/tcpdump" tcpdump --immediate-mode -U -i s0 -Q in -w "$work/answers" \
		'tcp or ip6 or vlan'
	listener=$started
	wait_until 10 grep -q 'listening on' "$work/tcpdump"
}

# listen_stop: ... and what tcpdump thinks of it is in $seen, a line for each frame
listen_stop() {
	sleep 0.5
	kill "$listener" 2> /dev/null
	wait "$listener" 2> /dev/null
	seen=$(tcpdump -envvr "$work/answers" 2> /dev/null \
		| sed -e ':a' -e 'N' -e '$!ba' -e 's/\n  */ /g')
}

# resets PATTERN: how many there were whose lines match
resets() {
	grep -c "$1.*Flags \[R\.\]" <<< "$seen"
}

# csum_errors: that TCP of the senders counted
# shellcheck disable=SC2016 # awk's own variables
csum_errors() {
	in_ns "$senders" awk '/^Tcp:/ && n { print $n } /^Tcp:/ { for (i = 2; i <= NF; i++)
		if ($i == "InCsumErrors") n = i }' /proc/net/snmp
}

# refused_fast NAME DESTINATION SOURCE...: all of them are, and most within a tenth of a second
refused_fast() {
	local name=$1 to=$2 words

	shift 2
	words=$(in_ns "$senders" python3 "$TOP/tests/support/refused.py" "$to" 25 "$@")
	is "$name: connect() says that it was refused" "$(grep -c '^ECONNREFUSED ' <<< "$words")" $#
	between "... within 100 ms" "$(cut -d ' ' -f 2 <<< "$words" | sort -n | sed -n "$((($# + 1) / 2))p")" \
		0 99
}

printf '%s\n' 5.188.0.0/16 2a05::/16 > "$work/refused"
printf '%s\n' 5.189.0.0/16 > "$work/trial"
printf '%s\n' 5.190.0.0/16 > "$work/block"
configure
lab_up
# A veth takes what the program at its other end sends only while it has one itself.
in_ns "$senders" ip link set dev s0 xdp obj "$O/tests/bpf/stranger.bpf.o" sec xdp \
	|| skip_all "cannot load an XDP program with ip(8)"
smtp_server
daemon_start || { not_ok "synwardd starts"; tap_done; }
is "the filter is attached in native mode" "$(xdp_on m0)" native
has "status says how many are answered" "$(ctl status)" '^resets +1000/s, burst 100$'

# ---- real clients ----

listen_start
refused_fast "IPv4" $mx4 5.188.1.{1..9}
refused_fast "IPv6" $mx6 2a05:{1..9}::1
listen_stop
is "... each by one reset of the card" "$(class_count refused reset) $(grep -c 'Flags \[R\.\]' <<< "$seen")" \
	"18 18"
is "... whose checksums tcpdump finds right" "$(grep -c 'Flags \[R\.\].*(correct)' <<< "$seen")" 18
is "who is dropped waits" "$(probe 5.190.1.1)" timeout
has "who is in shadow is greeted" "$(probe 5.189.1.1)" '^220 '
is "... and counted" "$(class_count trial reset)" 1
has "others are greeted" "$(probe 5.9.1.1)" '^220 '
has "another port is not the filter's business" "$(probe 5.188.1.1 -p 26)" '^refused$'
is "... and no reset of it" "$(class_count refused reset)" 18

# ---- frames of every shape, each from another source ----

listen_start
before=$(class_count refused reset)
n=0
while read -r words; do
	n=$((n + 1))
	# shellcheck disable=SC2086
	stream sent -c 5 -n 5 $words
	wait "$started"
done << END
src=5.188.10.0 dst=$mx4
src=5.188.11.0 dst=$mx4 vlan=100
src=5.188.12.0 dst=$mx4 vlan=88a8:7 vlan=8
src=5.188.13.0 dst=$mx4 ipopt=40
src=5.188.14.0 dst=$mx4 tcpopt=40 payload=1200
src=5.188.15.0 dst=$mx4 flags=SF seq=4294967295
src=5.188.16.0 dst=$mx4 vlan=5 ipopt=12 tcpopt=8
src=2a05:10::1 dst=$mx6
src=2a05:11::1 dst=$mx6 vlan=100
src=2a05:12::1 dst=$mx6 vlan=88a8:7 vlan=8 ext=hop ext=dst
src=2a05:13::1 dst=$mx6 ext=hop ext=routing+2 ext=dst+1 ext=hop ext=dst ext=dst ext=hop ext=frag
src=2a05:14::1 dst=$mx6 tcpopt=40 payload=1200
END
listen_stop
is "frames of $n shapes are answered" "$(($(class_count refused reset) - before))" $((5 * n))
is "... each of them once" "$(grep -c 'Flags \[R\.\]' <<< "$seen")" $((5 * n))
is "... with right checksums" "$(grep -c 'Flags \[R\.\].*(correct)' <<< "$seen")" $((5 * n))
hasnt=$(grep -E 'incorrect|[ ([]bad|\[\|' <<< "$seen")
is "... and nothing that tcpdump complains of" "$hasnt" ""
is "... with one tag, if they had one" "$(resets 'vlan 100,')" 10
is "... and with two" "$(resets 'vlan 7,.*vlan 8,')" 10
is "the kernel of the senders complains of no checksum" "$(csum_errors)" 0

# ---- what is not answered ----

listen_start
before=$(reason_count reset-over)
for words in "src=5.188.20.1 dst=$mx4 frag=0+" "src=2a05:20::1 dst=$mx6 ext=frag frag=0+" \
	"src=5.188.20.2 dst=$mx4 flags=SR" "src=5.188.20.3 dst=224.0.0.1"; do
	# shellcheck disable=SC2086
	stream sent -c 5 $words
	wait "$started"
done
listen_stop
is "fragments, groups and resets are not answered" "$(grep -c 'Flags \[R\.\]' <<< "$seen")" 0
is "... but dropped, and counted as such" "$(($(reason_count reset-over) - before))" 20

# ---- rates ----

# flooded COUNT WORDS...: so many SYNs; answers are in $answers, tenths of a second in $took
flooded() {
	local count=$1 began before

	shift
	before=$(class_count refused reset)
	began=${EPOCHREALTIME/[.,]/}
	stream sent -c "$count" -r 5000 "$@"
	wait "$started"
	took=$(((${EPOCHREALTIME/[.,]/} - began) / 100000))
	answers=$(($(class_count refused reset) - before))
	is "... of $count SYNs" "$(cat "$work/sent")" "$count"
}

flooded 10000 src=5.188.30.1 "dst=$mx4"
between "one source gets its share of answers and no more" "$answers" 20 $((21 + took + 1))
configure 'reset-rate = 50/s'
said "a reload to fewer resets" 0 reloaded reload
has "status says so" "$(ctl status)" '^resets +50/s, burst 5$'
flooded 10000 -n 20000 src=5.188.128.0 "dst=$mx4"
between "a flood from many sources gets the card's rate and no more" "$answers" $((took * 4)) \
	$((6 + (took + 1) * 5))
between "... the rest is dropped in silence" "$(reason_count reset-over)" 15000 25000
sleep 0.2
refused_fast "after it, a source" $mx4 5.188.40.1

configure 'list friends { file = "'"$work/friends"'" action = allow }'
echo 5.188.50.0/24 > "$work/friends"
said "a reload with an allow list" 0 reloaded reload
has "who is on it is greeted" "$(probe 5.188.50.1)" '^220 '
daemon_stop
refused_fast "without the daemon, a source" $mx4 5.188.41.1
tap_done
