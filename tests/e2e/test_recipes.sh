#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The recipes of docs/recipes.md, as they stand there: Postfix, Exim, Sendmail and OpenSMTPD that
# ask the policy service, and Postfix in a container behind NAT, where the card cannot steer.
# shellcheck disable=SC2317 # functions that are called by name
# shellcheck source=tests/e2e/desk_lab.sh
. "$(dirname "$0")/desk_lab.sh"

container=$lab-c
reason="a neighbour complained"

# recipe NAME: the lines behind its mark, with the paths of this test
recipe() {
	awk -v mark="<!-- test: $1 -->" '
		$0 == mark { on = 1; next }
		on && /^    / { print substr($0, 5); some = 1; next }
		on && /^$/ { next }
		some { exit }' "$TOP/docs/recipes.md" \
		| sed -e "s|/run/synward-desk/policy|$policy|g" -e "s|/usr/local/libexec/|$tool/|g"
}

# says SOURCE ADDRESS: what a server answers to a recipient and the message, with its words
says() {
	in_ns "$senders" swaks --server "$2" --local-interface "$1" --helo sender.example \
		--from a@sender.test --to good@mx.test --timeout 8 2>&1
}

# asks NAME ADDRESS: who is rejected is told so, others pass, and all of them while nobody answers
asks() {
	local told

	told=$(says 5.9.1.1 "$2")
	has "$1: who is listed is turned away" "$told" '^<\*\* +554[ -]5\.7\.1 .*Mail from \[5\.9\.1\.1\]'
	has "$1: ... and told why" "$told" "^<\*\* .*$reason"
	has "$1: who is not passes" "$(says 5.8.1.1 "$2")" '^<-  250 .*'
	is "$1: ... with every command" "$(says 5.8.1.1 "$2" | grep -c '^<\*\*')" 0
	desk_stop
	is "$1: who is listed passes while nobody answers" "$(says 5.9.1.1 "$2" | grep -c '^<\*\*')" 0
	policy_start
}

policy_start() {
	rm -f "$policy"
	desk_run --listen none --remote --policy "unix:$policy" --policy inet:127.0.0.1:10040 \
		--policy inet:10.77.0.1:10040
	wait_until 10 test -S "$policy" || not_ok "synward-desk starts" "$(tail "$work/desk.log")"
	wait_until 10 policy_answers || not_ok "synward-desk answers" "$(tail "$work/desk.log")"
	chmod 666 "$policy" # in place of a group that all are in
}

# shellcheck disable=SC2317 # called by name
policy_answers() {
	python3 "$TOP/docs/examples/ask-policy" "$policy" 5.9.1.9 | grep -q "$reason"
}

postfix_asks() {
	mta_folder postfix
	recipe postfix > "$folder/recipe"
	postfix_start "$folder" "$(cat "$folder/recipe")" \
		"header_checks = regexp:{ {/^X-Synward:/ WARN} }" \
		|| { mta_failed Postfix "$folder"; return; }
	asks Postfix "$mx4"
	says 5.9.2.1 "$mx4" > "$work/shadow"
	wait_until 5 grep -q 'warning: header X-Synward' "$folder/log"
	has "Postfix: a header for who is in shadow" "$(cat "$folder/log")" 'warning: header X-Synward: .*tried'
}

exim_asks() {
	mta_folder exim
	recipe "exim acl" > "$folder/etc/acl"
	recipe "exim rcpt" > "$folder/etc/acl-rcpt"
	exim_mailbox=$folder/logs/mailbox
	mta_on=$mx4 exim_start "$folder" "$(recipe exim)" || { mta_failed Exim "$folder"; return; }
	asks Exim "$mx4"
	says 5.9.2.1 "$mx4" > "$work/shadow"
	wait_until 5 grep -q '^X-Synward' "$exim_mailbox"
	has "Exim: a header for who is in shadow" "$(cat "$exim_mailbox")" '^X-Synward: .*tried'
}

sendmail_asks() {
	mta_folder sendmail
	mta_on=$mx4 sendmail_start "$folder" "$(recipe sendmail)" || { mta_failed Sendmail "$folder"; return; }
	asks Sendmail "$mx4"
}

opensmtpd_asks() {
	mta_folder opensmtpd
	opensmtpd_listen='filter "synward"' mta_on=$mx4 opensmtpd_start "$folder" "$(recipe opensmtpd)" \
		|| { mta_failed OpenSMTPD "$folder"; return; }
	asks OpenSMTPD "$mx4"
}

# ---- a container ----

container_up() {
	lab_netns "$container"
	in_ns "$mx" ip link add c0 type veth peer name c1 netns "$container"
	in_ns "$mx" ip addr add 10.77.0.1/24 dev c0
	in_ns "$mx" ip link set c0 up
	in_ns "$container" ip addr add 10.77.0.2/24 dev c1
	in_ns "$container" ip link set c1 up
	in_ns "$container" ip route add default via 10.77.0.1
	set_net "$mx" ipv4/ip_forward 1
}

nat() {
	in_ns "$mx" nft -f - 2> "$work/nft" <<-'NFT'
		table ip container {
			chain in {
				type nat hook prerouting priority dstnat;
				iifname m0 tcp dport 25 dnat to 10.77.0.2
			}
		}
	NFT
}

container_asks() {
	mta_folder container
	recipe postfix | sed 's/127\.0\.0\.1:10040/10.77.0.1:10040/' > "$folder/recipe"
	mta_ns=$container mta_on=10.77.0.2 mta_seen=$mx4 postfix_start "$folder" "$(cat "$folder/recipe")" \
		|| { mta_failed "Postfix in a container" "$folder"; return; }
	asks "in a container" "$mx4"
	has "in a container: it sees the sender's address" "$(cat "$folder/log")" 'client=unknown\[5\.8\.1\.1\]'
	is "in a container: the card drops as ever" "$(probe 5.9.3.1)" timeout
	is "... and resets" "$(probe 5.9.4.1)" refused
}

echo 5.9.1.0/24 > "$work/told"
echo 5.9.2.0/24 > "$work/tried"
echo 5.9.3.0/24 > "$work/dropped"
echo 5.9.4.0/24 > "$work/reset"
chmod 755 "$work" # the desk is nobody
lab_conf 'interfaces = {"m0"}' 'desk-group = nogroup' \
	"list told { file = \"$work/told\"  action = reject  text = \"Mail from [%a] is not accepted: $reason\" }" \
	"list tried { file = \"$work/tried\"  action = reject  enforce = false }" \
	"list drops { file = \"$work/dropped\"  action = drop }" \
	"list resets { file = \"$work/reset\"  action = reset }"
desk_lab_up
command -v swaks > /dev/null || skip_all "swaks is not installed"
mta_folder policy
policy=$folder/policy tool=$folder
install -m 755 "$TOP/docs/examples/ask-policy" "$tool/"
chown nobody "$folder"
container_up
daemon_start || { not_ok "synwardd starts" "$(tail "$log")"; tap_done; }
policy_start
for server in postfix exim sendmail opensmtpd; do
	if "${server}_find"; then
		"${server}_asks"
		mta_stop "$mta_pid"
	else
		skip "$server asks" "${mta_why:-it cannot be had}"
	fi
done
if ! postfix_find; then
	skip "Postfix in a container" "$mta_why"
elif ! nat; then
	skip "Postfix in a container" "no NAT here: $(head -n 1 "$work/nft")"
else
	container_asks
fi
daemon_stop
tap_done
