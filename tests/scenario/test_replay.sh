#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# synward replay: captures of our own making through the real program, and all
# captures of the data folder. Needs BPF, but no network.
# shellcheck source=tests/support/tap.sh
. "$(dirname "$0")/../support/tap.sh"

mkpcap=$tools/mkpcap
cd "$work" || exit 1
[ "$(id -u)" = 0 ] || skip_all "needs root to load a BPF program"

# ---- configs ----

base="ports = {25}
state-dir = \"$work/state\"
interfaces = {\"none\"}
"
printf '5.188.0.0/16\n2a05:dead::/32\n' > block
printf '5.188.9.0/24\n2a05:dead:9::/48\n' > partners
printf '5.190.0.0/16\n2a06::/16\n' > dialup
printf '5.189.0.0/16\n5.188.7.0/24\n' > trial
printf '5.191.0.0/16\n' > turned
cat > filter.conf <<CONF
$base
list block { file = "block"  action = drop }
list partners { file = "partners"  action = allow }
list dialup { file = "dialup"  action = limit  rate = "2/s"  burst = 3 }
list trial { file = "trial"  action = drop  enforce = false }
list turned { file = "turned"  action = reject }
CONF
cat > other.conf <<CONF
$base
list block { file = "trial"  action = drop }
list dialup { file = "dialup"  action = limit  rate = "2/s"  burst = 5 }
CONF
printf '0.0.0.0/0\n::/0\n' > all
cat > all.conf <<CONF
$base
list all { file = "all"  action = drop  scrub = false }
CONF

"$mkpcap" none.pcap < /dev/null
words=$("$synward" replay -c filter.conf none.pcap 2>&1)
! grep -q 'Operation not permitted' <<< "$words" || skip_all "BPF is not allowed here: $words"

# outcomes FILE...: frame, action, class, prefix, reason, result, shadow
outcomes() {
	"$synward" replay -c filter.conf --json "$@" | json \
		'o["frame"], o["action"], o["class"], o["prefix"], o["reason"], o["result"], o["shadow"]'
}

# ---- what is reported ----

to=dst=198.51.100.25
to6=dst=2001:db8::25
cat > mixed.words <<WORDS
at=1700000000.25 src=5.188.1.1 $to
src=5.188.9.1 $to
src=8.8.8.8 $to
src=5.189.3.3 $to
src=5.190.3.3 $to
src=5.188.7.7 $to
src=2a05:dead::1 $to6
src=2a05:dead:9::1 $to6
src=2a07::1 $to6
src=5.188.1.1 $to dport=26
src=5.188.1.1 $to flags=SA
src=5.188.1.1 $to flags=A payload=100
src=5.188.1.1 $to vlan=100
src=5.188.1.1 $to vlan=88a8:100 vlan=200 ipopt=8 tcpopt=20
src=5.188.1.1 $to vlan=1 vlan=2 vlan=3
src=5.188.1.1 $to frag=0+
src=5.188.1.1 $to frag=3 payload=40
src=2a05:dead::1 $to6 ext=hop ext=routing+2 ext=dst ext=frag frag=0+
src=5.188.1.1 $to proto=17
hex=0102030405
WORDS
cat > mixed.want <<WANT
1 drop block 5.188.0.0/16 listed drop false
2 allow partners 5.188.9.0/24 listed pass false
3 pass unlisted null unlisted pass false
4 drop trial 5.189.0.0/16 shadow pass true
5 limit dialup 5.190.0.0/16 limit-conforms pass false
6 drop block 5.188.0.0/16 listed drop false
7 drop block 2a05:dead::/32 listed drop false
8 allow partners 2a05:dead:9::/48 listed pass false
9 pass unlisted null unlisted pass false
13 drop block 5.188.0.0/16 listed drop false
14 drop block 5.188.0.0/16 listed drop false
16 drop block 5.188.0.0/16 listed drop false
18 drop block 2a05:dead::/32 listed drop false
WANT
"$mkpcap" mixed.pcap < mixed.words || exit 1
is "a line for each SYN to a served port, and what became of it" \
	"$(outcomes mixed.pcap)" "$(cat mixed.want)"

"$synward" replay -c filter.conf --json mixed.pcap > mixed.json
is "replay that worked ends with 0" $? 0
is "JSON names file, time, addresses and port" \
	"$(json 'o["file"], o["time"], o["source"], o["destination"], o["port"]' < mixed.json | sed -n 1p)" \
	"mixed.pcap 1700000000.25 5.188.1.1 198.51.100.25 25"
is "JSON lines have these keys and no others" \
	"$(json 'o["frame"], sorted(o)' < mixed.json | cut -d ' ' -f 2- | sort -u)" \
	'["action", "class", "destination", "file", "frame", "port", "prefix", "reason", "result", "shadow", "source", "time"]'
is "the summary counts all packets" \
	"$(json 'o["summary"]["total"]["packets"], o["summary"]["total"]["syns"], o["summary"]["total"]["dropped"]' < mixed.json)" \
	"20 13 7"
is "the summary counts every reason" \
	"$(json 'o["summary"]["total"]["reasons"]' < mixed.json)" \
	'{"runt": 1, "vlan-depth": 1, "fragment-later": 1, "not-tcp": 1, "not-syn": 2, "not-served": 1, "unlisted": 2, "listed": 9, "limit-conforms": 1, "shadow": 1}'
is "the summary counts classes by result" \
	"$(json '[c for c in o["summary"]["total"]["classes"] if c["class"] == "block"]' < mixed.json)" \
	'[{"class": "block", "action": "drop", "result": "drop", "syns": 7}]'

text=$("$synward" replay -c filter.conf mixed.pcap)
has "text has a line for a dropped SYN" "$text" \
	'^ +1 2023-11-14T22:13:20\.250000Z 5\.188\.1\.1 +198\.51\.100\.25 +25 drop +block +5\.188\.0\.0/16 +listed +drop$'
has "text says what is only tried out" "$text" ' trial +5\.189\.0\.0/16 +shadow +pass \(shadow\)$'
has "text ends with a summary" "$text" '20 packets, 13 SYNs to served ports, 7 dropped'
is "--all has a line for every packet" \
	"$("$synward" replay -c filter.conf --all --json mixed.pcap | json 'o["frame"]' | wc -l)" 20
is "--all says why a packet was not looked up" \
	"$("$synward" replay -c filter.conf --all --json mixed.pcap | json 'o["frame"], o["reason"], o["result"], o["source"]' | grep '^1[1257] ')" \
	"11 not-syn pass null
12 not-syn pass null
15 vlan-depth pass null
17 fragment-later pass null"

"$mkpcap" turned.pcap <<< "src=5.191.1.1 $to"
is "what the desk would get passes the card" "$(outcomes turned.pcap)" \
	"1 reject turned 5.191.0.0/16 listed pass false"

# ---- kinds of captures ----

# IP packets only: other link types carry no tags of Ethernet
grep -v -e vlan= -e hex= mixed.words > ip.words
"$mkpcap" ip.pcap < ip.words
outcomes ip.pcap > ip.want
is "captures without tags lose only the tagged SYNs" "$(wc -l < ip.want)" 11
for link in 101 12 14 113 276 0 108; do
	"$mkpcap" -t $link link.pcap < ip.words
	is "link type $link gives what Ethernet gives" "$(outcomes link.pcap)" "$(cat ip.want)"
done
grep src=5 ip.words > ip4.words
grep src=2a ip.words > ip6.words
for family in 4:228 6:229; do
	"$mkpcap" one.pcap < "ip${family%:*}.words"
	"$mkpcap" -t "${family#*:}" link.pcap < "ip${family%:*}.words"
	is "link type ${family#*:} gives what Ethernet gives" "$(outcomes link.pcap)" \
		"$(outcomes one.pcap)"
done
"$mkpcap" -t 113 tagged.pcap <<< "src=5.188.1.1 $to vlan=100"
is "a tagged SYN in a cooked capture is found" "$(outcomes tagged.pcap)" \
	"1 drop block 5.188.0.0/16 listed drop false"
"$mkpcap" -n nano.pcap < mixed.words
is "nanosecond captures are read" "$(outcomes nano.pcap)" "$(cat mixed.want)"
"$mkpcap" -n nano.pcap <<< "at=1700000000.123456789 src=5.188.1.1 $to"
is "nanoseconds arrive" \
	"$("$synward" replay -c filter.conf --json nano.pcap | json 'round(o["time"] - 1700000000, 6)')" 0.123457
"$mkpcap" -g mixed.pcapng < mixed.words
is "pcapng is read" "$(outcomes mixed.pcapng)" "$(cat mixed.want)"
gzip -k mixed.pcap mixed.pcapng
is "gzipped pcap is read" "$(outcomes mixed.pcap.gz)" "$(cat mixed.want)"
is "gzipped pcapng is read" "$(outcomes mixed.pcapng.gz)" "$(cat mixed.want)"
is "standard input is read" "$(outcomes - < mixed.pcap)" "$(cat mixed.want)"
is "several files are counted each and together" \
	"$("$synward" replay -c filter.conf --json mixed.pcap ip.pcap | json '[f["packets"] for f in o["summary"]["files"]], o["summary"]["total"]["packets"]')" \
	"[20, 16] 36"
is "frames are numbered in each file" \
	"$("$synward" replay -c filter.conf --json ip.pcap mixed.pcap | json 'o["file"], o["frame"]' | grep -c ' 1$')" 2

# ---- lengths ----

"$mkpcap" -s 60 cut.pcap <<< "src=5.188.1.1 $to payload=1000"
is "a SYN that the capture cut is as long as it was" "$(outcomes cut.pcap)" \
	"1 drop block 5.188.0.0/16 listed drop false"
is "cut packets are counted" \
	"$("$synward" replay -c filter.conf --json cut.pcap | json 'o["summary"]["total"]["cut"]')" 1
zeros() {
	head -c "$1" /dev/zero | tr '\0' 0
}
"$mkpcap" long.pcap <<WORDS
src=8.8.8.8 $to flags=A payload=9000
src=8.8.8.8 $to flags=A payload=60000
hex=$(zeros 200) wire=4000000000
hex=$(zeros 160000)
src=5.188.1.1 $to
src=5.188.1.1 $to payload=60000
src=5.188.1.1 $to payload=1000 wire=4000000000
WORDS
is "packets of any length harm nothing" "$(outcomes long.pcap | cut -d ' ' -f 1-3)" \
	"5 drop block
6 drop block
7 drop block"
is "a packet longer than IP can be is counted as such" \
	"$("$synward" replay -c filter.conf --json long.pcap | json 'o["summary"]["total"]["packets"], o["summary"]["total"]["too_long"]')" \
	"7 1"

# ---- time ----

# passed FILE: frames of limited SYNs that passed
passed() {
	outcomes "$@" | sed -n 's/^\([0-9]*\) limit.*limit-conforms pass.*/\1/p' | tr '\n' ' '
}
"$mkpcap" limit.pcap <<< "at=1700000000 src=5.190.1.1 $to count=12 gap=0.22"
is "2/s with a burst of 3 passes these of 4.5 a second" "$(passed limit.pcap)" "1 2 3 4 6 8 11 "
"$mkpcap" limit6.pcap <<< "at=1700000000 src=2a06::1 $to6 count=4 gap=0
src=2a06::2 $to6
src=2a06:0:0:1::1 $to6"
is "sources of one IPv6 /64 share their bucket" "$(passed limit6.pcap)" "1 2 3 6 "
"$mkpcap" disorder.pcap <<WORDS
at=1700000000 src=5.190.1.1 $to count=3 gap=0
at=1700000000.6 src=8.8.8.8 $to
at=1700000000.1 src=5.190.1.1 $to
at=1700000000.2 src=5.190.1.1 $to
WORDS
is "time does not go back for packets out of order" "$(passed disorder.pcap)" "1 2 3 5 "
"$mkpcap" jump.pcap <<WORDS
at=1700000000 src=5.190.1.1 $to count=4 gap=0
at=4200000000 src=8.8.8.8 $to
at=1700000000 src=5.190.1.1 $to count=4 gap=0
at=1700000001.2 src=5.190.1.1 $to count=3 gap=0
WORDS
is "after a wild time stamp time goes on" "$(passed jump.pcap)" "1 2 3 6 7 8 10 11 "

# ---- resets ----

cat > reset.conf <<CONF
$base
reset-rate = "1000/s"
list refused { file = "block"  action = reset }
list crowd { file = "dialup"  action = limit  rate = "1/s"  burst = 2  network-rate = "1/s"  network-burst = 3 }
CONF
"$mkpcap" reset.pcap <<WORDS
at=1700000000 src=5.188.1.1 $to count=25 gap=0
src=2a05:dead::1 $to6 vlan=7 ext=hop
src=2a05:dead::2 $to6 ext=frag frag=0+
at=1700000010 src=5.190.1.1 $to count=3 gap=0
src=5.190.1.2 $to count=2 gap=0
src=5.190.2.1 $to
WORDS
"$synward" replay -c reset.conf --json reset.pcap > reset.json
is "a source that resets is answered up to its share, then dropped" \
	"$(json 'o["result"], o["reason"]' < reset.json | head -n 25 | uniq -c | sed 's/^ *//')" "20 reset listed
5 drop reset-over"
is "... and what must not be answered is dropped" \
	"$(json 'o["frame"], o["result"], o["reason"]' < reset.json | sed -n '26,27p')" "26 reset listed
27 drop reset-over"
is "sources of a network share its rate" \
	"$(json 'o["frame"], o["result"]' < reset.json | sed -n '28,$p' | tr '\n' ' ')" \
	"28 pass 29 pass 30 drop 31 pass 32 drop 33 pass "
has "the summary tells them apart" "$("$synward" replay -c reset.conf reset.pcap)" \
	'reset +refused +0 passed +6 dropped +21 reset$'

# ---- ports ----

printf '%s\n' "src=5.188.1.1 $to dport=25565" "src=2a05:dead::1 $to6 dport=25565 vlan=9 ext=hop" \
	"src=5.188.1.1 $to dport=80" | "$mkpcap" ports.pcap
is "unmapped ports are not served" "$(outcomes ports.pcap)" ""
is "--map-port makes SYNs to one port those to another" \
	"$("$synward" replay -c filter.conf --map-port 25565=25 --json ports.pcap | json 'o["frame"], o["port"], o["result"]')" \
	"1 25 drop
2 25 drop"
is "--map-port may be given often" \
	"$(outcomes --map-port 25565=25 --map-port 80=25 ports.pcap | wc -l)" 3

# ---- two configs ----

"$synward" replay -c filter.conf --against other.conf --json mixed.pcap > against.json
is "--against shows the SYNs that would fare otherwise" \
	"$(json '(o["frame"],) + tuple(o[k][v] for k in ("before", "after") for v in ("action", "class", "result"))' < against.json)" \
	"1 drop block drop pass unlisted pass
2 allow partners pass pass unlisted pass
4 drop trial pass drop block drop
7 drop block drop pass unlisted pass
8 allow partners pass pass unlisted pass
13 drop block drop pass unlisted pass
14 drop block drop pass unlisted pass
16 drop block drop pass unlisted pass
18 drop block drop pass unlisted pass"
is "... and counts the kinds of change" \
	"$(json '[c["syns"] for c in o["summary"]["changes"]], o["summary"]["against"]["dropped"]' < against.json)" \
	"[6, 2, 1] 2"
has "... in text too" "$("$synward" replay -c filter.conf --against other.conf mixed.pcap)" \
	'drop trial pass \(shadow\) -> drop block drop$'
is "limits of both configs count for themselves" \
	"$("$synward" replay -c filter.conf --against other.conf --json limit.pcap | json 'o["frame"], o["before"]["result"], o["after"]["result"]' | sed -n 1,2p)" \
	"5 drop pass
7 drop pass"
is "a config against itself changes nothing" \
	"$("$synward" replay -c filter.conf --against filter.conf --json mixed.pcap limit.pcap | json 'o["frame"]')" ""

# ---- what is wrong with a capture ----

# refused NAME FILE PATTERN: exit code 1, the words on standard error, no more
refused() {
	local words

	words=$("$synward" replay -c filter.conf "$2" 2>&1 > /dev/null)
	is "$1: exit code 1" $? 1
	has "$1: says so" "$words" "$3"
	is "$1: in one line" "$(wc -l <<< "$words")" 1
}
head -c $(($(wc -c < mixed.pcap) - 150)) mixed.pcap > short.pcap
refused "a truncated capture" short.pcap 'short\.pcap: after packet 1[0-9]: truncated'
is "what a truncated capture held before counts" \
	"$(outcomes short.pcap 2> /dev/null | sed -n 1,9p)" "$(head -n 9 mixed.want)"
head -c $(($(wc -c < mixed.pcap.gz) - 30)) mixed.pcap.gz > short.pcap.gz
refused "a truncated gzip file" short.pcap.gz 'gzip file ends too early'
{ head -c 200 mixed.pcap.gz && head -c 100 /dev/zero && tail -c +300 mixed.pcap.gz; } > bad.pcap.gz
refused "a damaged gzip file" bad.pcap.gz 'bad\.pcap\.gz: (not a capture|after packet)'
: > empty.pcap
refused "an empty file" empty.pcap 'empty\.pcap: not a capture that can be read'
refused "something else than a capture" filter.conf 'filter\.conf: not a capture that can be read'
refused "a folder" . 'not a capture that can be read: Is a directory'
refused "a file that is not there" nothing.pcap 'nothing\.pcap: No such file'
"$mkpcap" -t 10 fddi.pcap < ip.words
refused "a link type that is not understood" fddi.pcap 'link type 10 \(FDDI\) is not one of those'
{ sed -n 1,2p ip.words && echo interface=101 && sed -n 3p ip.words; } | "$mkpcap" -g two.pcapng
refused "interfaces of two link types" two.pcapng 'after packet 2: an interface has a type 101'
is "the files after a bad one are still read" \
	"$("$synward" replay -c filter.conf --json fddi.pcap short.pcap ip.pcap 2> /dev/null | json '[bool(f["error"]) for f in o["summary"]["files"]], o["summary"]["files"][2]["packets"]')" \
	"[true, true, false] 16"

# ---- what is wrong with the rest ----

usage() {
	"$synward" replay "${@:2}" > out 2>&1
	is "$1: exit code 2" $? 2
	has "$1: usage" "$(cat out)" 'replay'
}
usage "no capture" -c filter.conf
usage "an unknown option" -c filter.conf --nonsense mixed.pcap
usage "a port that is none" -c filter.conf --map-port 25=70000 mixed.pcap
usage "a port mapped twice" -c filter.conf --map-port 1=2 --map-port 1=3 mixed.pcap
echo 'list x { file = "block" action = explode }' > bad.conf
"$synward" replay -c bad.conf mixed.pcap > out 2>&1
is "a bad config: exit code 1" $? 1
has "a bad config: file and line" "$(cat out)" 'bad\.conf:1:'
"$synward" replay -c filter.conf --against bad.conf mixed.pcap > out 2>&1
is "a bad second config: exit code 1" $? 1
sed 's/"block"/"missing"/' filter.conf > lacks.conf
"$synward" replay -c lacks.conf mixed.pcap > out 2>&1
is "a list that cannot be loaded: exit code 1" $? 1
has "a list that cannot be loaded: says so" "$(cat out)" 'not what the filter would do'

# ---- real captures ----

index=$SYNWARD_DATA/pcap/INDEX.tsv
if [ ! -r "$index" ]; then
	skip "all captures of the data folder" "$SYNWARD_DATA/pcap is not there"
	tap_done
fi
mapfile -t captures < <(tail -n +2 "$index" | cut -f 1 | sed "s|^|$SYNWARD_DATA/pcap/|")

# What INDEX.tsv and the summary say, a line for each file that was read whole.
# Column: 18 counts SYNs to port 25, 17 all of them; tags are looked through.
index_says() {
	awk -F '\t' -v column="$1" 'NR > 1 { print $1, $2, $column }' "$index" \
		| grep -vFf unread | sort
}
summary_says() {
	json '[f["file"] + " " + str(f["packets"]) + " " + str(f["syns"]) for f in o["summary"]["files"] if not f["error"]]' \
		< "$1" | python3 -c 'import json, sys; print("\n".join(json.loads(sys.stdin.read())))' \
		| sed "s|^$SYNWARD_DATA/pcap/||" | sort
}
"$synward" replay -c all.conf --json "${captures[@]}" > real.json 2> real.words
printf '%s\n' l2/zeek_llc.pcap malformed/pcpp_ipv4-malformed.pcap > unread
is "captures: nothing went wrong but with these two" \
	"$(sed "s|$SYNWARD_DATA/pcap/||" real.words | cut -d : -f 2 | sort)" "$(sed 's/^/ /' unread)"
is "captures: SYNs to port 25 are those of the index" "$(summary_says real.json)" "$(index_says 18)"
# Every port served: all SYNs of the index but one below three tags. One whose TCP
# options are in its second fragment is among them.
{
	echo "ports = {$(seq 1 65535 | sed 's/$/,/;$s/,//')}"
	grep -v '^ports' all.conf
} > ports.conf
"$synward" replay -c ports.conf --json "${captures[@]}" > ports.json 2> /dev/null
is "captures: SYNs to any port are those of the index" \
	"$(summary_says ports.json | grep -v vlan-qinqinq)" \
	"$(index_says 17 | grep -v vlan-qinqinq)"
is "captures: SYNs that are not looked at are named" \
	"$(json '[f["reasons"] for f in o["summary"]["files"] if "qinqinq" in f["file"] or "fragmented-syn" in f["file"]]' < ports.json)" \
	'[{"vlan-depth": 14}, {"fragment-later": 1, "listed": 1}]'
is "captures: every packet was run" \
	"$(json 'o["summary"]["total"]["too_long"], o["summary"]["total"]["packets"] > 15000' < ports.json)" "0 true"
is "captures: there were some" \
	"$(json 'o["summary"]["total"]["syns"] > 30' < real.json)" true
is "captures: all of these are dropped, and nothing else is" \
	"$(json 'o["summary"]["total"]["syns"] == o["summary"]["total"]["dropped"]' < real.json)" true
is "captures: every packet has its reason" \
	"$(json 'o["summary"]["total"]["packets"] == sum(o["summary"]["total"]["reasons"].values()) + o["summary"]["total"]["too_long"]' < real.json)" \
	true

tap_done
