#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# `synward lists check`: its words, its JSON, its exit codes.
# shellcheck source=tests/support/tap.sh
. "$(dirname "$0")/../support/tap.sh"
cd "$work" || exit 1

printf '9.9.9.9\n8.8.8.0/24 # words\n10.0.0.1\n9.9.9.9\n!8.8.8.8\n' > good.txt
printf '9.9.9.9\n8.8.8.8/24\n\033[31mred\n' > bad.txt
printf '8.8.8.8 permit\n9.9.9.0/24 reject\n' > table.cidr
printf '<html>please log in</html>\n' > portal.html
printf '9.9.9.9 text\n' > zone
cat > synward.conf << 'CONF'
interfaces = {"lo"}
never-block = {"8.8.8.0/25"}
list good { file = "good.txt" action = drop }
list partners { file = "table.cidr" action = allow }
CONF

out=$("$synward" lists check good.txt)
is "a good list is accepted" $? 0
is "its words" "$out" "good.txt:3: scrubbed: 10.0.0.1 is in 10.0.0.0/8, which must not be listed: left out
good.txt: plain, 5 entries, 1 exclusions, 1 duplicates, 0 covered, 1 scrubbed, 0 bad lines: accepted"
out=$("$synward" lists check --no-scrub good.txt)
is "without scrubbing" "$out" \
	"good.txt: plain, 5 entries, 1 exclusions, 1 duplicates, 0 covered, 0 scrubbed, 0 bad lines: accepted"

printf '0.0.0.0/0\n8.8.8.0/24\n' > wide.txt
out=$("$synward" lists check wide.txt)
is "all of the internet in one line" $? 1
has "said so" "$out" '^wide\.txt:1: covers all of the IPv4 internet: "0\.0\.0\.0/0" is shorter than /8'
out=$("$synward" lists check --no-scrub wide.txt)
has "taken when asked to" "$out" 'plain, 2 entries, .* 0 bad lines: accepted$'
out=$("$synward" lists check --action allow wide.txt)
has "and in an allow list" "$out" 'plain, 2 entries, .* 0 bad lines: accepted$'

out=$("$synward" lists check bad.txt good.txt)
is "one refused of two" $? 1
has "file and line" "$out" '^bad\.txt:2: "8\.8\.8\.8/24" has bits set below its length; "8\.8\.8\.0/24" was'
has "nothing reaches the terminal as it is" "$out" '^bad\.txt:3: "\\x1b\[31mred": not an address$'
has "why" "$out" '1 entries, .* 2 bad lines: refused: 2 of 3 entries are bad, more than 1 percent$'
has "the other one all the same" "$out" '^good\.txt: .*: accepted$'

out=$("$synward" lists check portal.html)
has "a page in place of a list" "$out" ': refused: looks like HTML, not a list'
out=$("$synward" lists check zone)
has "a format that cannot be told" "$out" 'refused: format not recognised, .*name it'
out=$("$synward" lists check --format rbldnsd-ip4set zone)
has "and one that was" "$out" '^zone: rbldnsd-ip4set, 1 entries,.*: accepted$'

out=$("$synward" lists check --action allow --json table.cidr | json 'o["entries"], o["exclusions"]')
is "a table in the sense of an allow list" "$out" "2 1"

keys='(o["file"], o["format"], o["entries"], o["exclusions"], o["duplicates"], o["scrubbed"],
	o["bad"], o["bad_lines"], o["accepted"], o.get("error", "-"))'
out=$("$synward" lists check --json good.txt bad.txt missing | json "$keys")
is "JSON, one object a line" "$out" 'good.txt plain 5 1 1 1 0 [] true -
bad.txt plain 1 0 0 0 2 [{"line": 2, "text": "\"8.8.8.8/24\" has bits set below its length; \"8.8.8.0/24\" was probably meant"}, {"line": 3, "text": "\"\\x1b[31mred\": not an address"}] false 2 of 3 entries are bad, more than 1 percent
missing unknown 0 0 0 0 0 [] false No such file or directory'

out=$("$synward" lists check -c synward.conf --json)
is "all lists of a config" $? 0
# the permit line is the entry now; never-block cuts a hole into 8.8.8.0/24
is "each as the config says" "$(json 'o["format"], o["entries"], o["exclusions"], o["scrubbed"]' \
	<<< "$out")" 'plain 5 1 2
postfix-cidr 2 1 0'

"$synward" lists check > /dev/null 2>&1
is "no file" $? 2
"$synward" lists check --format csv good.txt > /dev/null 2>&1
is "no such format" $? 2
"$synward" lists check --action refuse good.txt > /dev/null 2>&1
is "no such action" $? 2
for action in reject reset; do
	"$synward" lists check --action "$action" good.txt > /dev/null 2>&1
	is "action $action" $? 0
done
"$synward" lists check -c missing.conf good.txt > /dev/null 2>&1
is "no such config" $? 1
tap_done
