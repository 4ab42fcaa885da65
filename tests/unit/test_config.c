/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Options of synward.conf: what they mean, what they are when they are not given, each thing that
 * can be wrong with a value, and what options must be to each other.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/option.h"
#include "lists/list.h"
#include "support/config_fixture.h"

/* ---- what is good ---- */

static void test_example(void **state)
{
	struct sw_config *c = good("interfaces = {\"eth0\"}\n"
				   "ports = {25}\n"
				   "never-block = {\"198.51.100.0/24\", \"2001:db8::/32\"}\n"
				   "list spamhaus-drop { file = \"drop_v4.json\"  action = drop }\n"
				   "list dialup { file = \"dialup.netset\"  action = limit  "
				   "rate = \"6/min\"  burst = 3 }\n"
				   "list partners { file = \"/x/partners.cidr\"  action = allow }\n"
				   "list experiment { file = \"x.netset\"  action = drop  "
				   "enforce = false }\n");

	assert_int_equal(c->interfaces_n, 1);
	assert_string_equal(c->interfaces[0], "eth0");
	assert_int_equal(c->ports_n, 1);
	assert_int_equal(c->ports[0], 25);
	assert_int_equal(c->never_block_n, 2);
	assert_int_equal(c->never_block[0].len, 24);
	assert_int_equal(c->never_block[1].family, 6);
	assert_int_equal(c->lists_n, 4);
	assert_string_equal(c->lists[0].name, "spamhaus-drop");
	assert_string_equal(c->lists[0].file, folder_path(folder, "drop_v4.json"));
	assert_string_equal(c->lists[0].action, "drop");
	assert_int_equal(c->lists[0].line, 4);
	assert_true(c->lists[1].rate > 0.0999 && c->lists[1].rate < 0.1001);
	assert_int_equal(c->lists[1].burst, 3);
	assert_string_equal(c->lists[2].file, "/x/partners.cidr");
	assert_true(c->lists[2].enforce);
	assert_false(c->lists[3].enforce);
	sw_config_free(c);
}

static void test_defaults(void **state)
{
	struct sw_config *c = good("interfaces = {e}\nlist a { file = f action = drop }\n");
	struct sw_config *d = sw_config_default();

	assert_int_equal(c->ports_n, 1);
	assert_int_equal(c->ports[0], 25);
	assert_int_equal(c->never_block_n, 0);
	assert_string_equal(c->mode, "native");
	assert_string_equal(c->on_exit, "keep");
	assert_string_equal(c->state_dir, "/var/lib/synward");
	assert_string_equal(c->run_dir, "/run/synward");
	assert_string_equal(c->pin_dir, "/sys/fs/bpf/synward");
	assert_int_equal(c->table4_blocks, 1048576);
	assert_int_equal(c->table6_blocks, 524288);
	assert_int_equal(c->limit_sources, 524288);
	assert_int_equal(c->verdicts, 262144);
	assert_true(c->never_block_own);
	assert_int_equal(c->deadman_ms, 600000);
	assert_string_equal(c->first_contact, "off");
	assert_int_equal(c->hold_max_ms, 2500);
	assert_int_equal(c->contact_sources, 524288);
	assert_true(c->surge_rate == 0);
	assert_true(c->reset_rate == 1000);
	assert_true(c->lists[0].network_rate == 0);
	assert_false(c->deadman_open);
	assert_string_equal(c->user, "synward");
	assert_string_equal(c->events, "text");
	assert_int_equal(c->ledger_history_ms, INT64_C(730) * 86400000);
	assert_string_equal(c->bounce_action, "lock");
	assert_int_equal(c->bounce_window_ms, 3600000);
	assert_int_equal(c->bounce_unknown, 30);
	assert_true(c->bounce_share == 0.5);
	assert_int_equal(c->bounce_locks.n, 1);
	assert_string_equal(c->complaint_action, "block");
	assert_int_equal(c->complaint_grace_ms, 7 * INT64_C(86400000));
	assert_int_equal(c->shared_pools.n, 0);
	assert_string_equal(c->events_group, "synward-milter");
	assert_string_equal(c->lists[0].format, "auto");
	assert_string_equal(c->lists[0].tier, "auto");
	assert_int_equal(c->lists[0].burst, 5);
	assert_true(c->lists[0].enforce);
	assert_true(c->lists[0].scrub);
	assert_true(c->lists[0].max_bad == 0.01);
	assert_true(c->lists[0].max_change == 4);
	assert_int_equal(c->lists[0].max_change_floor, 100);
	assert_non_null(d);
	assert_string_equal(d->run_dir, c->run_dir);
	assert_string_equal(d->pin_dir, c->pin_dir);
	assert_string_equal(d->user, c->user);
	assert_null(d->text);
	assert_int_equal(d->interfaces_n, 0);
	sw_config_free(d);
	sw_config_free(c);
}

static void test_every_option(void **state)
{
	struct sw_config *c = good(
		"interfaces = {a}\ninterfaces += {b, 'c'}\nports = {25, 2525}\nmode = generic\n"
		"on-exit = detach\nuser = mail-filter_2\nstate-dir = /s\nrun-dir = \"/r\"\npin-dir "
		"= '/p'\n"
		"table4-blocks = 4096\ntable6-blocks = 4194304\nlimit-sources = 8192\n"
		"verdicts = 1024\nnever-block-own = no\ndeadman = \"1h30m \topen\"\n"
		"events = json\nledger-history = 1d\n"
		"first-contact = hold\nhold-max = 3s\ncontact-sources = 8192\n"
		"surge-rate = 100000/s\nsurge-burst = 1000\nreset-rate = 60/min\n"
		"bounce-action = report\nbounce-window = 30min\nbounce-accepted = 2d\n"
		"bounce-unknown = 7\nbounce-different = 3\nbounce-share = 12.5%\n"
		"bounce-network-unknown = 0\nbounce-network-sources = 8\nbounce-trap = 0\n"
		"bounce-locks = {2h, permanent}\nbounce-memory = 10d\nbounce-sources = 2048\n"
		"complaint-action = off\ncomplaint-grace = 1d\ncomplaint-count = 9\n"
		"complaint-memory = 60d\ncomplaint-known = 30d\nevents-group = mail\n"
		"shared-pools = {'192.0.2.0/24', '2001:db8::/32'}\n"
		"list a {\n  file = f\n  format = rbldnsd-ip4set\n  action = limit\n"
		"  tier = dialup\n  rate = 1.5/h\n  burst = 2\n  network-rate = 2/s\n"
		"  network-burst = 9\n  enforce = no\n  scrub = off\n"
		"  max-bad = 0.5%\n  max-change = 2.5\n  max-change-floor = 0\n}\n");

	assert_int_equal(c->interfaces_n, 3);
	assert_string_equal(c->interfaces[2], "c");
	assert_int_equal(c->ports_n, 2);
	assert_string_equal(c->mode, "generic");
	assert_string_equal(c->on_exit, "detach");
	assert_string_equal(c->user, "mail-filter_2");
	assert_string_equal(c->state_dir, "/s");
	assert_string_equal(c->run_dir, "/r");
	assert_string_equal(c->pin_dir, "/p");
	assert_int_equal(c->table4_blocks, 4096);
	assert_int_equal(c->table6_blocks, 4194304);
	assert_int_equal(c->limit_sources, 8192);
	assert_int_equal(c->verdicts, 1024);
	assert_false(c->never_block_own);
	assert_int_equal(c->deadman_ms, 5400000);
	assert_true(c->deadman_open);
	assert_string_equal(c->events, "json");
	assert_int_equal(c->ledger_history_ms, 86400000);
	assert_string_equal(c->first_contact, "hold");
	assert_int_equal(c->hold_max_ms, 3000);
	assert_int_equal(c->contact_sources, 8192);
	assert_true(c->surge_rate == 100000);
	assert_int_equal(c->surge_burst, 1000);
	assert_true(c->reset_rate == 1);
	assert_true(c->lists[0].network_rate == 2);
	assert_int_equal(c->lists[0].network_burst, 9);
	assert_string_equal(c->bounce_action, "report");
	assert_int_equal(c->bounce_window_ms, 1800000);
	assert_int_equal(c->bounce_accepted_ms, 2 * INT64_C(86400000));
	assert_int_equal(c->bounce_unknown, 7);
	assert_int_equal(c->bounce_different, 3);
	assert_true(c->bounce_share == 0.125);
	assert_int_equal(c->bounce_network_unknown, 0);
	assert_int_equal(c->bounce_network_sources, 8);
	assert_int_equal(c->bounce_trap, 0);
	assert_int_equal(c->bounce_locks.n, 2);
	assert_string_equal(c->bounce_locks.text[1], "permanent");
	assert_int_equal(c->bounce_memory_ms, 10 * INT64_C(86400000));
	assert_int_equal(c->bounce_sources, 2048);
	assert_string_equal(c->complaint_action, "off");
	assert_int_equal(c->complaint_grace_ms, 86400000);
	assert_int_equal(c->complaint_count, 9);
	assert_int_equal(c->complaint_memory_ms, 60 * INT64_C(86400000));
	assert_int_equal(c->complaint_known_ms, 30 * INT64_C(86400000));
	assert_string_equal(c->events_group, "mail");
	assert_int_equal(c->shared_pools.n, 2);
	assert_string_equal(c->lists[0].format, "rbldnsd-ip4set");
	assert_string_equal(c->lists[0].tier, "dialup");
	assert_true(c->lists[0].rate == 1.5 / 3600);
	assert_false(c->lists[0].enforce);
	assert_false(c->lists[0].scrub);
	assert_true(c->lists[0].max_bad == 0.5 / 100);
	assert_true(c->lists[0].max_change == 2.5);
	assert_int_equal(c->lists[0].max_change_floor, 0);
	sw_config_free(c);
}

static void test_deadman(void **state)
{
	static const struct {
		const char *text;
		int64_t ms;
		bool open;
	} cases[] = {
		{ "off", 0, false },
		{ "\"off\"", 0, false },
		{ "\"10s keep\"", 10000, false },
		{ "'10s open'", 10000, true },
		{ "\"1w keep\"", 604800000, false },
	};
	char text[128];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct sw_config *c;

		snprintf(text, sizeof(text), "interfaces = {e}\ndeadman = %s\n", cases[i].text);
		c = good(text);
		assert_int_equal(c->deadman_ms, cases[i].ms);
		assert_int_equal(c->deadman_open, cases[i].open);
		sw_config_free(c);
	}
	bad_says("interfaces = {e}\ndeadman = 10min keep\n", "c:2: deadman: \"10min\"",
		 "in quotes, like \"10min keep\"");
}

/* ---- what is wrong with a value ---- */

#define LIST "list l { file = f action = drop "
#define LIMIT "list l { file = f action = limit "

static void test_bad_values(void **state)
{
	static const struct {
		const char *text, *says; /* in line 2 */
	} cases[] = {
		{ "ports = {0}", "ports: \"0\"" },
		{ "ports = {65536}", "from 1 to 65535" },
		{ "ports = {smtp}", "\"smtp\"" },
		{ "ports = {-25}", "\"-25\"" },
		{ "ports = {25, 25}", "25 is given twice" },
		{ "ports = {99999999999999999999999}", "from 1 to 65535" },
		{ "ports = {0x19}", "whole number" },
		{ "never-block = {198.51.100.0/33}", "out of range" },
		{ "never-block = {198.51.100.1/24}", "write 198.51.100.0/24" },
		{ "never-block = {example.org}", "not an address" },
		{ "never-block = {\"::ffff:192.0.2.1\"}", "as IPv4" },
		{ "mode = fast", "mode: \"fast\" is not one of: native generic" },
		{ "mode = nativ", "is not one of" },
		{ "mode = \"\"", "is not one of" },
		{ "mode = \"native generic\"", "is not one of" },
		{ "mode = native;", "no ; between options" },
		{ "on-exit = stay", "keep detach" },
		{ "user = \"a b\"", "cannot be the name of a user" },
		{ "user = ../etc", "cannot be the name of a user" },
		{ "user = -r", "cannot be the name of a user" },
		{ "user = a123456789012345678901234567890123", "up to 32" },
		{ "state-dir = lists", "absolute" },
		{ "run-dir = \"\"", "empty" },
		{ "table4-blocks = 4095", "from 4096 to 16777216" },
		{ "table4-blocks = 16777217", "from 4096 to 16777216" },
		{ "table6-blocks = 1023", "from 1024 to 4194304" },
		{ "limit-sources = 67108865", "from 8192 to 67108864" },
		{ "contact-sources = 8191", "from 8192 to 67108864" },
		{ "first-contact = drop", "off pass hold" },
		{ "hold-max = 99ms", "from 100ms to 30s" },
		{ "hold-max = 2.5s", "will not do" },
		{ "limit-sources = 1e6", "whole number" },
		{ "verdicts = 1023", "from 1024 to 16777216" },
		{ "deadman = keep", "write a duration and keep or open" },
		{ "deadman = 10min", "write a duration and keep or open" },
		{ "deadman = \"10min close\"", "write a duration and keep or open" },
		{ "deadman = \"10min keep open\"", "write a duration and keep or open" },
		{ "deadman = \" keep\"", "will not do" },
		{ "deadman = \"10 keep\"", "will not do" },
		{ "deadman = \"9s keep\"", "from 10s to" },
		{ "deadman = \"9999999w keep\"", "out of range" },
		{ "ledger-history = 730", "will not do" },
		{ "ledger-history = 23h", "from 1d to" },
		{ "ledger-history = 200000d", "out of range" },
		{ "events = xml", "text json none" },
		{ "bounce-action = drop", "off report lock" },
		{ "bounce-window = 59s", "from 1m to" },
		{ "bounce-unknown = 0", "from 1 to 1000000" },
		{ "bounce-different = 33", "from 1 to 32" },
		{ "bounce-share = 0.5", "percentage" },
		{ "bounce-share = 0%", "from 1% to 100%" },
		{ "bounce-network-sources = 1", "from 2 to 32" },
		{ "bounce-sources = 1023", "from 1024 to" },
		{ "complaint-action = lock", "off report block" },
		{ "complaint-count = 1", "from 2 to" },
		{ "events-group = \"a b\"", "cannot be the name" },
		{ "desk-text = \"\"", "has 0 bytes; give it 1 to 300" },
		{ "desk-text = \"Mail from %a, %x\"",
		  "desk-text: at byte 15, %x stands for nothing; there are %a %c %h %r %u %w %%" },
		{ "desk-text = \"100%\"", "ends with a % that stands for nothing" },
		{ "desk-text = \"100% sure\"", "at byte 4 stands a % and nothing behind it" },
		{ "desk-text = \"caf\303\251\"", "byte 4 is not printable ASCII" },
		{ "desk-lookup = \"https://a.example/%r\"", "there are %a %c %h %%" },
		{ "desk-lookup = \"https://a.example/%20\"", "%2 stands for nothing" },
		{ "desk-host = \"mx %h\"", "at byte 3 is a blank" },
		{ "desk-host = \"%h\"", "%h stands for nothing; there are %%" },
		{ "desk-group = \"a b\"", "cannot be the name" },
		{ "desk-returns = 10001", "from 0 to 10000" },
		{ "desk-window = 59s", "from 1m to" },
		{ "desk-silence = 31d", "from 1m to" },
		{ LIST "text = \"%z\" }", "text: at byte 1, %z stands for nothing" },
		{ "never-block-own = maybe", "neither true nor false" },
		{ "allow-spf = {localhost}", "allow-spf: \"localhost\" is a name of one word" },
		{ "allow-spf = {a.example, A.example}", "given twice" },
		{ LIST "format = csv }", "format: \"csv\" is not one of: auto plain" },
		{ LIST "tier = operator }", "auto allow block dialup" },
		{ LIST "enforce = maybe }", "neither true nor false" },
		{ LIST "scrub = 1 }", "neither true nor false" },
		{ LIST "max-bad = 1 }", "write it like \"1%\"" },
		{ LIST "max-bad = 101% }", "from 0% to 100%" },
		{ LIST "max-bad = % }", "percentage" },
		{ LIST "max-bad = -1% }", "percentage" },
		{ LIST "max-change = 0.5 }", "factor" },
		{ LIST "max-change = nan }", "factor" },
		{ LIST "max-change-floor = many }", "whole number" },
		{ "list l { file = f action = hold }", "first-contact" },
		{ "list l { file = f action = Drop }", "allow pass limit reject reset drop" },
		{ LIMIT "rate = 6 }", "is not a rate" },
		{ LIMIT "rate = /min }", "is not a rate" },
		{ LIMIT "rate = 6/m }", "s, min, h or d" },
		{ LIMIT "rate = 0/s }", "from 1/d to 1000/s" },
		{ LIMIT "rate = 1001/s burst = 10000 }", "from 1/d to 1000/s" },
		{ LIMIT "rate = 0.9/d }", "from 1/d to 1000/s" },
		{ LIMIT "rate = inf/s }", "is not a rate" },
		{ LIMIT "rate = 1/s network-rate = 1001/s }", "from 1/d to 1000/s" },
		{ "reset-rate = 0/s", "from 1/s to 100000/s" },
		{ "reset-rate = 59/min", "from 1/s to 100000/s" },
		{ "surge-rate = 100001/s", "from 1/s to 100000/s" },
		{ "surge-rate = 10", "is not a rate" },
		{ LIMIT "rate = 1/s burst = 0 }", "from 1 to 10000" },
		{ LIMIT "rate = 1/s burst = 10001 }", "from 1 to 10000" },
	};
	char text[512];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		snprintf(text, sizeof(text), "interfaces = {e}\n%s\n", cases[i].text);
		bad_says(text, "c:2: ", cases[i].says);
		assert_ptr_equal(strchr(notes, '\n'), notes + strlen(notes) - 1); /* one note */
	}
}

static void test_bad_interfaces(void **state)
{
	bad("ports = {25}\n", "c: no interfaces; add e.g. interfaces = {\"eth0\"}\n");
	bad("", "c: no interfaces; add e.g. interfaces = {\"eth0\"}\n");
	bad("interfaces = {}\n", "c: no interfaces; add e.g. interfaces = {\"eth0\"}\n");
	bad_says("interfaces = {\"\"}", "c:1: interfaces: ", "1 to 15 bytes");
	bad_says("interfaces = {sixteen-bytes-ab}", "c:1: interfaces: ", "1 to 15 bytes");
	bad_says("interfaces = {\"a/b\"}", "c:1: interfaces: ", "cannot be the name");
	bad_says("interfaces = {\"a b\"}", "c:1: interfaces: ", "cannot be the name");
	bad_says("interfaces = {a, a}", "c:1: interfaces: ", "twice");
}

/* ---- what options must be to each other ---- */

static void test_lists(void **state)
{
	bad("interfaces = {e}\n\nlist a {\n action = drop\n}\nlist b { file = f }\n"
	    "list a { file = f action = drop }\n",
	    "c:3: list a has no file; add file = \"PATH\"\n"
	    "c:6: list b has no action; add action = allow, pass, limit, reject, "
	    "reset or drop\n"
	    "c:7: list a: line 3 has a list of that name; rename one\n");
	bad_says("interfaces = {e}\nlist A { file = f action = drop }", "c:2: list \"A\"", "a-z");
	bad_says("interfaces = {e}\nlist \"a b\" { file = f action = drop }", "c:2: ", "a-z");
	bad_says("interfaces = {e}\nlist \"../x\" { file = f action = drop }", "c:2: ", "a-z");
	bad_says("interfaces = {e}\nlist \"\" { file = f action = drop }", "c:2: ", "a-z");
	bad_says("interfaces = {e}\n"
		 "list thirty-two-bytes-are-one-too-man { file = f action = drop }",
		 "c:2: ", "1 to 31");
	bad_says("interfaces = {e}\nlist unlisted { file = f action = drop }", "c:2: ", "always");
	bad_says("interfaces = {e}\nlist never-block { file = f action = drop }",
		 "c:2: ", "always");
	bad_says("interfaces = {e}\nlist allow-spf { file = f action = drop }\n"
		 "allow-spf = {a.example}",
		 "c:2: list allow-spf", "class of the networks");
	sw_config_free(good("interfaces = {e}\nlist allow-spf { file = f action = drop }"));
}

static void test_limits(void **state)
{
	struct sw_config *c;

	bad_says("interfaces = {e}\n" LIMIT "}", "c:2: list l: action = limit needs a rate",
		 "6/min");
	bad_says("interfaces = {e}\n" LIST "\nrate = 1/s }", "c:3: list l: rate goes with",
		 "remove");
	bad_says("interfaces = {e}\n" LIST "\nburst = 5 }", "c:3: list l: burst goes with",
		 "remove");
	/* the clock of the card may stand still for 10 ms */
	bad_says("interfaces = {e}\n" LIMIT "rate = 501/s }", "c:2: list l: at this rate",
		 "6 or more");
	bad_says("interfaces = {e}\n" LIMIT "rate = 1000/s\n burst = 9 }", "c:3: ", "10 or more");
	/* a burst must come back within a day */
	bad_says("interfaces = {e}\n" LIMIT "rate = 1/d\n burst = 2 }",
		 "c:3: ", "lower burst to 1");
	bad_says("interfaces = {e}\n" LIMIT "rate = 1/h burst = 25 }",
		 "c:2: ", "lower burst to 24");
	bad_says("interfaces = {e}\n" LIST "\nnetwork-rate = 1/s }",
		 "c:3: list l: network-rate goes with", "remove it");
	bad_says("interfaces = {e}\n" LIMIT "rate = 1/s\n network-burst = 5 }",
		 "c:3: list l: network-burst goes with network-rate", "remove it");
	bad_says("interfaces = {e}\n" LIMIT "rate = 1/s\n network-rate = 1/h }",
		 "c:3: list l: a network would need", "lower network-burst to 24");
	bad_says("interfaces = {e}\nsurge-rate = 9/s\n", "c:2: surge-rate counts first contacts",
		 "first-contact = pass");
	bad_says("interfaces = {e}\nsurge-burst = 9\n", "c:2: surge-burst goes with surge-rate",
		 "remove it");
	bad_says("interfaces = {e}\nfirst-contact = pass\nsurge-rate = 1000/s\nsurge-burst = 9\n",
		 "c:4: at this rate surge-burst", "10 or more");
	sw_config_free(good("interfaces = {e}\n" LIMIT "rate = 1000/s burst = 10 }"));
	sw_config_free(good("interfaces = {e}\n" LIMIT "rate = 1/d burst = 1 }"));
	sw_config_free(good("interfaces = {e}\n" LIMIT "rate = 1/h burst = 24 }"));
	c = good("interfaces = {e}\n" LIMIT "rate = 500/s }");
	assert_true(c->lists[0].rate == 500);
	sw_config_free(c);
}

static void test_too_many_lists(void **state)
{
	char *text = malloc(300 * 64);
	struct sw_config *c;
	int n = sprintf(text, "interfaces = {e}\n");

	for (int i = 0; i < 224; i++)
		n += sprintf(text + n, "list l%d { file = f action = drop }\n", i);
	c = good(text);
	assert_int_equal(c->lists_n, 224);
	sw_config_free(c);
	sprintf(text + n, "list more { file = f action = drop }\n");
	bad(text, "c:226: 225 lists, and there is room for 224; join some\n");
	free(text);
}

/* ---- the table of options ---- */

static void test_formats_are_those_of_the_readers(void **state)
{
	const struct sw_option *o = sw_option_find(SW_SECTION_LIST, "format");
	char all[512] = "";
	enum sw_list_format format;

	assert_non_null(o);
	for (unsigned f = SW_LIST_AUTO; f < SW_LIST_FORMATS; f++) {
		const char *name = sw_list_format_name((enum sw_list_format)f);

		snprintf(all + strlen(all), sizeof(all) - strlen(all), "%s%s", f ? " " : "", name);
		assert_int_equal(sw_list_format_parse(name, &format), 0);
	}
	assert_string_equal(o->words, all);
}

static void test_man_page_names_every_option(void **state)
{
	char *text = NULL, name[64], *p;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	assert_int_equal(sw_config_print_man(out), 0);
	fclose(out);
	for (unsigned i = 0; i < sw_options_n; i++) {
		snprintf(name, sizeof(name), "\\fB%s\\fR", sw_options[i].name);
		for (p = name; (p = strchr(p, '-')); p += 2) {
			memmove(p + 1, p, strlen(p) + 1);
			*p = '\\';
		}
		if (!strstr(text, name))
			fail_msg("%s is missing", name);
	}
	free(text);
}

static void test_rate_parse(void **state)
{
	double rate = 7;

	assert_int_equal(sw_rate_parse("10/s", &rate), 0);
	assert_true(rate == 10);
	assert_int_equal(sw_rate_parse("6/minute", &rate), 0);
	assert_true(rate == 0.1);
	assert_int_equal(sw_rate_parse("3.5/h", &rate), 0);
	assert_true(rate == 3.5 / 3600);
	assert_int_equal(sw_rate_parse("1/d", &rate), 0);
	assert_true(rate == 1.0 / 86400);
	rate = 7;
	assert_int_equal(sw_rate_parse("1e3/s", &rate), -EINVAL);
	assert_int_equal(sw_rate_parse("1/s/s", &rate), -EINVAL);
	assert_int_equal(sw_rate_parse("1.2.3/s", &rate), -EINVAL);
	assert_int_equal(sw_rate_parse("./s", &rate), -EINVAL);
	assert_int_equal(sw_rate_parse("-1/s", &rate), -EINVAL);
	assert_int_equal(sw_rate_parse("", &rate), -EINVAL);
	assert_true(rate == 7); /* untouched on failure */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_example),
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_every_option),
		cmocka_unit_test(test_deadman),
		cmocka_unit_test(test_bad_values),
		cmocka_unit_test(test_bad_interfaces),
		cmocka_unit_test(test_lists),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_too_many_lists),
		cmocka_unit_test(test_formats_are_those_of_the_readers),
		cmocka_unit_test(test_man_page_names_every_option),
		cmocka_unit_test(test_rate_parse),
	};

	return cmocka_run_group_tests(tests, config_setup, config_teardown);
}
