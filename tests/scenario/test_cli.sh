#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# synward's commands that need neither network nor root: what they print, the JSON
# that scripts rely on, their exit codes.
# shellcheck source=tests/support/tap.sh
. "$(dirname "$0")/../support/tap.sh"

cd "$work" || exit 1
printf '# bad people\n5.188.0.0/16 ; SBL1\n5.9.0.0/16\n' > block
printf '5.188.9.0/24\n' > partners
printf '5.188.0.0/16\n5.190.0.0/16\n' > trial
cat > conf <<CONF
interfaces = {"nosuch0"}
never-block = {"5.188.77.0/24"}
state-dir = "$work/state"
run-dir = "$work/run"
pin-dir = "/sys/fs/bpf/synward-test-none-$$"
list block { file = "block"  action = drop }
list partners { file = "partners"  action = allow }
list trial { file = "trial"  action = drop  enforce = false }
CONF

# run NAME EXIT ARGUMENT...: what it says is in $out and $err
run() {
	local name=$1 want=$2

	shift 2
	"$synward" "$@" > out 2> err
	is "$name: exit code $want" $? "$want"
	out=$(cat out) err=$(cat err)
}

# ---- the command line ----

run "nothing" 2
has "... says how" "$err" '^Usage: synward COMMAND'
run "--help" 0 --help
has "... names each command" "$out" '^ +lists check +'
run "--version" 0 --version
has "... says version and ABI" "$out" '^synward [0-9.]+ \(ABI [0-9]+\)$'
run "a command that is none" 2 explian
has "... asks what was meant" "$err" 'there is no command "explian".*did you mean "explain"'
run "half of one" 2 lists
has "... asks what was meant" "$err" 'did you mean "lists check"'
for command in allow attach backup block check-config confirm detach explain export history import \
	list "lists check" "maillog test" rdns reload replay restore spf stats status unblock; do
	# shellcheck disable=SC2086 # words
	run "help $command" 0 help $command
	has "... has its usage" "$out" "^Usage: synward $command "
	# shellcheck disable=SC2086
	run "$command with an option that is none" 2 $command --nonsense
	has "... says its usage" "$err" "^Usage: synward $command "
	# shellcheck disable=SC2086
	run "$command --help" 0 $command --help
done

run "lists check for a list that rejects" 0 lists check --action reject block
run "... for one that resets" 0 lists check --action reset block
run "... for what is no action" 2 lists check --action hold block
has "... which are named" "$err" '"hold" is no action: allow, pass, limit, reject, reset or drop'
mkdir folder
run "import of a folder" 1 import -c conf folder
has "... says that it is one" "$err" '^synward: folder: cannot be read: Is a directory$'
"$synward" lists check block >&- 2> err
is "output that is closed: exit code 1" $? 1
has "... and that is said" "$(cat err)" 'cannot write the output: Bad file descriptor'

# It speaks to mail servers, which know other codes.
run "report with an option that is none" 64 report --nonsense
has "... says its usage" "$err" '^Usage: synward report '
printf 'Subject: hello\n\nThis is no report.\n' > letter
"$synward" report < letter > out 2> err
is "report of a letter" $? 65

# ---- check-config ----

run "a good config" 0 check-config -c conf
has "... says so" "$out" '^conf: good \(1 interfaces, 3 lists\)$'
has "... and warns of what is not there now" "$err" '^warning: conf: interface nosuch0'
run "a good config, JSON" 0 check-config -c conf --json
is "... valid" "$(json 'o["file"], o["valid"], o["errors"], len(o["warnings"])' < out)" \
	'conf true [] 1'
printf 'interfaces = {e}\nports = {0}\nmode = x\n' > broken
run "a bad config" 1 check-config -c broken
has "... first error" "$err" '^broken:2: ports: "0"'
has "... second error" "$err" '^broken:3: mode: "x"'
run "a bad config, JSON" 1 check-config --json -c broken
is "... not valid" "$(json 'o["valid"], len(o["errors"]), o["errors"][0][:9]' < out)" \
	'false 2 broken:2:'
is "... and nothing on standard error" "$err" ''
run "a config that is missing" 1 check-config -c missing
has "... is named" "$err" '^missing: No such file'
"$synwardd" -t -c conf 2> err
is "synwardd -t of a good config" $? 0
"$synwardd" -t -c broken 2> err
is "synwardd -t of a bad one" $? 1
has "... says where" "$(cat err)" 'broken:2: ports'
run "options for the man page" 0 check-config --options-man
has "... are roff" "$out" '^\\fBnever\\-block\\fR = '

# ---- explain ----

# explained ADDRESS: address, action, class, prefix, reason, shadow
explained() {
	"$synward" explain -c conf --json "$1" \
		| json 'o["address"], o["action"], o["class"], o["prefix"], o["reason"], o["shadow"]'
}
is "listed" "$(explained 5.188.1.1)" '5.188.1.1 drop block 5.188.0.0/16 listed false'
is "allowed" "$(explained 5.188.9.1)" '5.188.9.1 allow partners 5.188.9.0/24 listed false'
is "never-block" "$(explained 5.188.77.1)" \
	'5.188.77.1 allow never-block 5.188.77.0/24 listed false'
is "shadow" "$(explained 5.190.1.1)" '5.190.1.1 drop trial 5.190.0.0/16 shadow true'
is "unlisted" "$(explained 5.10.1.1)" '5.10.1.1 pass unlisted null unlisted false'
is "IPv6" "$(explained 2001:DB8::0:1)" '2001:db8::1 pass unlisted null unlisted false'
is "IPv4 in IPv6" "$(explained ::ffff:5.188.1.1)" \
	'5.188.1.1 drop block 5.188.0.0/16 listed false'
run "explain, JSON" 0 explain -c conf --json 5.188.9.9
is "keys" "$(json '" ".join(o.keys())' < out)" \
	'address action class prefix reason shadow next matches card told'
is "keys of a match" "$(json '" ".join(o["matches"][0].keys())' < out)" \
	'list action tier shadow prefix exclusion file line text stale wins why verdict spf'
is "matches, best first" "$(json '[m["list"] for m in o["matches"]]' < out)" \
	'["partners", "block", "trial"]'
is "where a match stands" "$(json \
	'[(m["file"].split("/")[-1], m["line"], m["wins"], m["why"]) for m in o["matches"]][:2]' < out)" \
	'[["partners", 1, true, "higher tier"], ["block", 2, false, "lower tier"]]'
has "the line itself" "$(json 'o["matches"][1]["text"]' < out)" 'SBL1'
is "no filter is loaded" "$(json 'o["card"]' < out)" null
run "explain, text" 0 explain -c conf 5.188.9.9
has "... who decides" "$out" '^5\.188\.9\.9: allow by partners, prefix 5\.188\.9\.0/24$'
has "... which wins" "$out" '^ +wins +partners .*: higher tier$'
has "... file and line" "$out" '/block:2: .*SBL1'
run "a network" 1 explain -c conf 5.188.0.0/16
has "... is refused in words" "$err" 'one address, not a network'
run "no address" 1 explain -c conf example.org
has "... is refused in words" "$err" 'example.org: not an address'
run "two addresses" 2 explain -c conf 5.188.1.1 5.188.1.2
run "explain with a bad config" 1 explain -c broken 5.188.1.1
has "... says where" "$err" '^broken:2: '
rm block
run "explain with a list that is missing" 0 explain -c conf 5.188.1.1
has "... says so" "$err" 'list block: .*No such file'

# ---- no filter ----

if [ "$(id -u)" = 0 ]; then
	run "stats without a filter" 3 stats -c conf
	has "... says so" "$err" 'no filter is loaded'
	run "stats --watch without seconds" 2 stats -c conf --watch soon
	run "attach to an interface that is not there" 1 attach -c conf
	has "... says so" "$err" 'nosuch0: there is no such interface'
	run "detach of an interface that is not there" 1 detach -c conf nosuch0
	has "... says so" "$err" 'nosuch0: there is no such interface'
else
	skip "no filter" "needs root"
fi
tap_done
