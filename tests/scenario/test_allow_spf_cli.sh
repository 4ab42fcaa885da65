#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The networks of allow-spf where no daemon is: explain, replay and check-config read what the
# last one kept in state-dir. Replay needs BPF.
# shellcheck source=tests/support/tap.sh
. "$(dirname "$0")/../support/tap.sh"
cd "$work" || exit 1
[ "$(id -u)" = 0 ] || skip_all "needs root to load a BPF program"
mkdir state
printf '5.0.0.0/8\n2a05::/16\n' > block
conf() {
	cat > conf << CONF
interfaces = {"nosuch0"}
never-block-own = no
dns-servers = {"127.0.0.1"}
state-dir = "$work/state"
run-dir = "$work/run"
pin-dir = "/sys/fs/bpf/synward-test-$$"
$1
list block { file = "block"  action = drop }
CONF
}
cat > state/allow-spf << 'KEPT'
synward-allow-spf 1
domain example.com 1764100000000 1764100000000
net 5.1.0.0/16 1764000000000 0
net 2a05:1::/32 1764000000000 1
domain example.org 1764100000000 1764100000000
net 5.2.0.0/16 1764000000000 0
end 3
KEPT
conf 'allow-spf = {"example.com"}'

# class_of ADDRESS
class_of() {
	"$synward" explain -c conf --json "$1" 2> err | json 'o["class"]'
}

out=$(TZ=UTC "$synward" explain -c conf 5.1.2.3)
has "explain: a network of a domain is allowed" "$out" 'allow by allow-spf, prefix 5\.1\.0\.0/16'
has "... of which" "$out" \
	'SPF of example\.com, since 2025-11-24 16:00:00; its policy was last read 2025-11-25 19:46:40'
has "... and what it stands above" "$out" 'block +drop +block +5\.0\.0\.0/8: lower tier'
is "IPv6" "$(class_of 2a05:1::1)" allow-spf
is "others" "$(class_of 5.3.0.1) $(class_of 2a05:2::1)" "block block"
is "a domain that the configuration does not name" "$(class_of 5.2.0.1)" block
is "JSON" "$("$synward" explain -c conf --json 5.1.2.3 \
	| json '(lambda m: (m[0]["spf"]["domain"], m[0]["spf"]["since"], m[0]["file"], m[1]["spf"]))(o["matches"])')" \
	"example.com 1764000000.0 null null"

printf '%s\n' 'src=5.1.2.3 dst=198.51.100.25' 'src=5.2.2.3 dst=198.51.100.25' > words
"$tools/mkpcap" two.pcap < words
out=$("$synward" replay -c conf --json two.pcap 2>&1)
if grep -q 'Operation not permitted' <<< "$out"; then
	skip "replay" "BPF is not allowed here"
else
	is "replay" "$(json 'o["class"], o["result"]' <<< "$out" | tr '\n' ';')" \
		"allow-spf pass;block drop;"
fi

head -n 3 state/allow-spf > half
cp half state/allow-spf
is "a file that was cut off is not used" "$(class_of 5.1.2.3)" block
has "... and is named" "$(cat err)" 'state/allow-spf: line 3: the end is missing'
rm state/allow-spf
is "none is no error" "$(class_of 5.1.2.3) $(cat err)" "block "

conf 'allow-spf = {"example.com", "*.example.org", "192.0.2.0/24", "Example.com."}'
out=$("$synward" check-config -c conf 2>&1)
is "check-config: exit code" $? 1
has "... a pattern" "$out" '^conf:7: allow-spf: "\*\.example\.org" has a \*'
has "... a network" "$out" '^conf:7: .*addresses go into a list'
has "... one twice" "$out" '^conf:7: .*"example\.com" is given twice'
conf 'allow-spf = {"example.com"}'
out=$("$synward" check-config -c conf 2>&1)
is "... and one that is good" $? 0
tap_done
