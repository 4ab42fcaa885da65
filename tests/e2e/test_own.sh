#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What is never blocked without being named: the MX's own addresses, its default gateways,
# and its resolvers, also those that come while synwardd runs.
# shellcheck source=tests/e2e/lab.sh
[ -n "${own_mounts-}" ] || [ "$(id -u)" != 0 ] || own_mounts=1 exec unshare -m bash "$0"
. "$(dirname "$0")/lab.sh"

passes=refused
drops=timeout

own() {
	asked "'\n'.join(e['prefix'] + ' ' + e['why'] for e in o['own'])"
}

# shellcheck disable=SC2317 # called by name
is_own() {
	own | grep -q "^$1 "
}

# shellcheck disable=SC2317 # called by name
is_not_own() {
	! is_own "$1"
}

sees() {
	is "$1: $2 sees $3" "$(probe "$2" -t 0.5)" "$3"
}

# The resolver is another machine; in a mount namespace of ours, resolv.conf is, too.
printf '%s\n' 'nameserver 5.53.53.53' 'nameserver 2a01:53::53' > "$work/resolv.conf"
# It is gone with the namespace.
mount --bind "$work/resolv.conf" "$(realpath /etc/resolv.conf)" \
	|| skip_all "cannot mount over /etc/resolv.conf"
printf '%s\n' 5.0.0.0/8 2a01::/16 192.0.2.0/24 2001:db8::/32 > "$work/block"
lab_conf 'interfaces = {"m0"}' 'on-exit = "keep"' 'never-block = {"5.77.0.0/16"}' \
	"list block { file = \"$work/block\"  action = drop  scrub = false }"
lab_up
# The gateway is one of the senders' addresses.
in_ns "$senders" ip addr add 192.0.2.77/24 dev s0
in_ns "$mx" ip route add default via 192.0.2.77
in_ns "$mx" ip -6 route add default via $sender6
daemon_start || { not_ok "synwardd starts"; tap_done; }

for line in "$mx4 address of m0" "$mx6 address of m0" '5\.53\.53\.53 .*' '2a01:53::53 .*' \
	'192\.0\.2\.77 .*gateway' "$sender6 .*gateway"; do
	has "the control socket says what is its own: $line" "$(own)" "^$line"
done
is "but not what is not" "$(own | grep -c '^192\.0\.2\.1 ')" 0

# ---- a list that holds all of them ----

sees "a neighbour is in the list" 192.0.2.1 $drops
sees "so is much of the internet" 5.53.53.54 $drops
sees "the gateway" 192.0.2.77 $passes
sees "the IPv6 gateway" $sender6 $passes
sees "a resolver" 5.53.53.53 $passes
sees "the other resolver" 2a01:53::53 $passes
sees "one beside it" 2a01:53::54 $drops
sees "what the configuration names" 5.77.1.1 $passes
# Frames that say they come from the MX itself.
count_start 20 $mx4 $mx6
stream sent4 -c 20 src=$mx4 dst=192.0.2.200
wait "$started"
stream sent6 -c 20 src=$mx6 dst=2001:db8::200
wait "$started"
count_stop
is "its own addresses" "$(counted $mx4) $(counted $mx6)" "20 20"

# ---- a verdict ----

for source in $mx4 $mx6 5.53.53.53 192.0.2.77 192.0.2.64/26 5.77.0.0/17; do
	said "block $source is refused, and names --force" 1 'never blocked.*--force' block "$source"
done
said "words say which one it is" 1 "$mx4 \(address of m0\) is never blocked" block 192.0.2.0/27
said "much of the internet wants --force" 1 'much of the internet.*--force' block 4.0.0.0/7
is "no such verdict was set" "$(ctl list --json)" ""
sees "after all of these" 5.53.53.53 $passes
said "with --force it is blocked" 0 blocked block --force 5.53.53.0/24
sees "a host in it" 5.53.53.54 $drops
said "an address that is not its own is blocked without" 0 blocked block 192.0.2.2
said "an own address can be allowed" 0 allowed allow 5.53.53.53

# ---- a new address, and one that goes ----

flows_begin "listed none 5.188.0.0/16 5.188.1.0" "gateway all 192.0.2.77 192.0.2.77 1"
sees "before it is its own" 5.99.0.1 $drops
in_ns "$mx" ip addr add 5.99.0.1/32 dev m0
wait_until 10 is_own 5.99.0.1
is "a new address is its own within seconds" $? 0
in_ns "$mx" ip addr del 5.99.0.1/32 dev m0
wait_until 10 is_not_own 5.99.0.1
is "one that went is not" $? 0
sees "it is in the list as before" 5.99.0.1 $drops
# Of a new interface, and on the card: its frames come through.
lab_cable s9 m9
in_ns "$mx" ip addr add 2a01:99::1/128 dev m9 nodad
wait_until 10 is_own 2a01:99::1
is "so is one of a new interface" $? 0
flows_end "a change of addresses"
count_start 20 2a01:99::1
stream sent6 -c 20 src=2a01:99::1 dst=2001:db8::200
wait "$started"
count_stop
is "... for the card, too" "$(counted 2a01:99::1)" 20
in_ns "$mx" ip route replace default via 192.0.2.1
wait_until 10 is_own 192.0.2.1
is "a new gateway is its own within seconds" $? 0
sees "the new gateway" 192.0.2.1 $passes
sees "the old gateway" 192.0.2.77 $drops

# ---- a reload without them that does not last ----

own > "$work/own"
cp "$conf" "$work/with-own.conf"
sed -i '1i never-block-own = false' "$conf"
cp "$conf" "$work/without-own.conf"
sed -i 's|^state-dir.*|state-dir = "/nowhere"|' "$conf"
said "a reload that is refused" 1 'state-dir' reload
is "... leaves all that is its own" "$(own)" "$(cat "$work/own")"
sees "... and what the card does with the gateway" 192.0.2.1 $passes
cp "$work/without-own.conf" "$conf"
said "a reload to be confirmed" 0 'taken back' reload --confirm 8s
is "... has nothing of its own" "$(own)" ""
wait_until 40 is_own 192.0.2.1
is "taken back, the gateway is its own again" $? 0
is "... and so is all the rest, at once" "$(own)" "$(cat "$work/own")"
sees "... on the card, too" 192.0.2.1 $passes

# ---- not wanted ----

cp "$work/without-own.conf" "$conf"
said "never-block-own = false" 0 reloaded reload
is "nothing is its own then" "$(own)" ""
sees "the gateway is in the list" 192.0.2.1 $drops
sees "the configuration still counts" 5.77.1.1 $passes
daemon_stop
tap_done
