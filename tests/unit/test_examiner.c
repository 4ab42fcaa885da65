/* SPDX-License-Identifier: GPL-2.0-only */
/* examiner: what one examination comes to, and in which words. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "support/examine_world.h"
#include "support/folder.h"

#define MINUTE INT64_C(60000)
#define KEY "abcdefghijklmnopqrstuvwxyz"

static int teardown(void **state)
{
	examine_world_close();
	return 0;
}

/* bl.example, two.example and wl.example exist and are trusted, if they are asked. */
static void begin(const struct examine_options *options)
{
	examine_world_open(options);
	examine_world_test_points("bl.example");
	examine_world_test_points("two.example");
	examine_world_test_points("wl.example");
	examine_world_tick();
}

static void begin_sites(const char *sites)
{
	begin(&(struct examine_options){ .sites = sites });
}

/* ---- lists ---- */

static void listed_or_not(void **state)
{
	begin_sites("bl.example=127.0.0.[2;4]*3");
	examine_world_list("bl.example", "192.0.2.1", "127.0.0.2");
	examine_world_list("bl.example", "192.0.2.1", "127.0.0.4");
	examine_world_list("bl.example", "192.0.2.2", "127.0.0.3");
	examine_world_is("192.0.2.1", SW_OUTCOME_REJECT,
			 "bl.example 127.0.0.2, 127.0.0.4 (+3): score 3, reject from 3");
	assert_int_equal(world.outcome.class, SW_OUTCOME_DNS);
	assert_false(world.outcome.provisional);
	assert_int_equal(world.outcome.expires, world.now + 10 * MINUTE);
	/* an answer that no filter wants */
	examine_world_is("192.0.2.2", SW_OUTCOME_CLEARANCE, "score 0");
	script_dns_absence(world.script, 3600);
	examine_world_is("192.0.2.3", SW_OUTCOME_CLEARANCE, "score 0");
	assert_int_equal(world.outcome.expires, world.now + 60 * MINUTE);
	assert_false(world.outcome.provisional);
}

static void several_filters_and_lists_add_up(void **state)
{
	begin_sites("bl.example=127.0.0.2*3 two.example*4 bl.example=127.0.0.4*2");
	examine_world_list("bl.example", "192.0.2.1", "127.0.0.2");
	examine_world_list("bl.example", "192.0.2.1", "127.0.0.4");
	examine_world_is("192.0.2.1", SW_OUTCOME_REJECT,
			 "bl.example 127.0.0.2 (+3), bl.example 127.0.0.4 (+2): score 5, "
			 "reject from 3");
	examine_world_list("two.example", "192.0.2.1", "127.0.0.9");
	examine_world_is("192.0.2.1", SW_OUTCOME_DROP,
			 "two.example 127.0.0.9 (+4), bl.example 127.0.0.2 (+3), "
			 "bl.example 127.0.0.4 (+2): score 9, drop from 8");
	/* each list once, for all of its filters, and once for its words */
	assert_int_equal(script_dns_asked_for(world.script,
					      examine_world_question("bl.example", "192.0.2.1"), 0),
			 4);
}

static void allow_lists_speak_for_a_source(void **state)
{
	begin_sites("bl.example*3, wl.example*-4");
	examine_world_list("bl.example", "192.0.2.1", "127.0.0.2");
	examine_world_list("wl.example", "192.0.2.1", "127.0.5.1");
	examine_world_is("192.0.2.1", SW_OUTCOME_CLEARANCE,
			 "wl.example 127.0.5.1 (-4), bl.example 127.0.0.2 (+3): score -1");
	script_dns_trouble(world.script, examine_world_question("wl.example", "192.0.2.1"), 0,
			   SW_DNS_TIMEOUT);
	examine_world_is("192.0.2.1", SW_OUTCOME_REJECT,
			 "bl.example 127.0.0.2 (+3): score 3, reject from 3, and not all is known");
	assert_int_equal(world.outcome.expires, world.now + 2 * MINUTE);
}

static void dialup_lines_are_rejected_at_most(void **state)
{
	begin(&(struct examine_options){ .sites = "bl.example*9",
					 .dialup = "bl.example=127.0.0.10" });
	examine_world_list("bl.example", "192.0.2.1", "127.0.0.10");
	examine_world_is("192.0.2.1", SW_OUTCOME_REJECT,
			 "bl.example 127.0.0.10 (+9): score 9, reject from 3");
	assert_int_equal(world.outcome.class, SW_OUTCOME_DIALUP);
	examine_world_list("bl.example", "192.0.2.1", "127.0.0.2");
	examine_world_is("192.0.2.1", SW_OUTCOME_DROP,
			 "bl.example 127.0.0.2, 127.0.0.10 (+9): score 9, drop from 8");
	assert_int_equal(world.outcome.class, SW_OUTCOME_DNS);
}

static void answers_that_are_missing(void **state)
{
	begin_sites("bl.example*3 two.example*3");
	examine_world_list("bl.example", "192.0.2.1", "127.0.0.2");
	script_dns_trouble(world.script, examine_world_question("two.example", "192.0.2.1"), 0,
			   SW_DNS_SERVFAIL);
	/* the other one would not change what is done */
	examine_world_is("192.0.2.1", SW_OUTCOME_REJECT,
			 "bl.example 127.0.0.2 (+3): score 3, reject from 3");
	script_dns_trouble(world.script, examine_world_question("two.example", "192.0.2.2"), 0,
			   SW_DNS_TIMEOUT);
	examine_world_is("192.0.2.2", SW_OUTCOME_CLEARANCE, "score 0, and not all is known");
	assert_true(world.outcome.provisional);
	assert_int_equal(world.outcome.expires, world.now + 2 * MINUTE);
	script_dns_down(world.script, SW_DNS_NO_SERVER);
	examine_world_is("192.0.2.3", SW_OUTCOME_NONE, "nothing is known");
	assert_true(world.outcome.provisional);
}

static void refusals_are_no_listings(void **state)
{
	begin_sites("bl.example*3");
	examine_world_list("bl.example", "192.0.2.1", "127.255.255.254");
	examine_world_is("192.0.2.1", SW_OUTCOME_NONE, "nothing is known");
	examine_world_list("bl.example", "192.0.2.2", "198.51.100.1");
	examine_world_is("192.0.2.2", SW_OUTCOME_NONE, "nothing is known");
}

static void an_answer_that_is_not_to_be_kept_counts(void **state)
{
	begin_sites("bl.example*3");
	script_dns_add(world.script, examine_world_question("bl.example", "192.0.2.1"), SW_DNS_A,
		       "127.0.0.2", 0);
	examine_world_is("192.0.2.1", SW_OUTCOME_REJECT,
			 "bl.example 127.0.0.2 (+3): score 3, reject from 3");
	script_dns_absence(world.script, 0);
	examine_world_is("192.0.2.2", SW_OUTCOME_CLEARANCE, "score 0");
	assert_int_equal(world.outcome.expires, world.now + 10 * MINUTE);
}

static void nobody_to_ask(void **state)
{
	begin_sites("# none");
	assert_int_equal(sw_examiner_questions(world.x), 1);
	examine_world_is("192.0.2.1", SW_OUTCOME_NONE, "nothing is known");
	assert_int_equal(script_dns_asked(world.script), 0);
}

/* More pieces of evidence than anybody needs: none takes another's place. */
static void many_filters_hide_no_allow_list(void **state)
{
	char sites[16384] = "", word[64];

	for (unsigned i = 0; i < 6; i++)
		for (unsigned f = 0; f < SW_SITE_FILTERS; f++) {
			snprintf(word, sizeof(word), "x%u.example=127.0.0.[2;%u] ", i, f + 100);
			strcat(sites, word);
		}
	strcat(sites, "wl.example*-1000");
	examine_world_open(&(struct examine_options){ .sites = sites });
	for (unsigned i = 0; i < 6; i++) {
		snprintf(word, sizeof(word), "x%u.example", i);
		examine_world_test_points(word);
		examine_world_list(word, "192.0.2.1", "127.0.0.2");
	}
	examine_world_test_points("wl.example");
	examine_world_list("wl.example", "192.0.2.1", "127.0.5.1");
	examine_world_tick();
	assert_int_equal(examine_world_ask("192.0.2.1"), 0);
	assert_int_equal(world.outcome.action, SW_OUTCOME_CLEARANCE);
	assert_int_equal(world.outcome.score, 6 * SW_SITE_FILTERS - 1000);
	assert_int_equal(strncmp(world.reason, "wl.example 127.0.5.1 (-1000), ", 30), 0);
}

/* ---- IPv6 ---- */

static void networks_of_ip6_are_asked_by_an_address(void **state)
{
	begin_sites("bl.example*3");
	examine_world_list("bl.example", "2001:db8::25", "127.0.0.2");
	examine_world_is("2001:db8::25", SW_OUTCOME_REJECT,
			 "bl.example 127.0.0.2 (+3): score 3, reject from 3");
	assert_int_equal(world.source.len, 64);
	assert_int_equal(world.source.lo, 0);
	assert_int_equal(script_dns_asked_for(world.script,
					      examine_world_question("bl.example", "2001:db8::25"),
					      SW_DNS_A),
			 1);
	examine_world_is("2001:db8::26", SW_OUTCOME_CLEARANCE, "score 0");
}

/* ---- reasons ---- */

static void lists_say_why(void **state)
{
	const char *name;

	begin_sites("bl.example*3 two.example*4");
	examine_world_list("bl.example", "192.0.2.1", "127.0.0.2");
	name = examine_world_question("bl.example", "192.0.2.1");
	script_dns_add(world.script, name, SW_DNS_TXT, "Seen  in\n\x1b[31mspam", 60);
	examine_world_is("192.0.2.1", SW_OUTCOME_REJECT,
			 "bl.example 127.0.0.2 (+3): score 3, reject from 3; Seen in ?[31mspam");
	/* the heaviest has the word */
	examine_world_list("two.example", "192.0.2.1", "127.0.0.2");
	name = examine_world_question("two.example", "192.0.2.1");
	script_dns_add(world.script, name, SW_DNS_TXT, "Open relay", 60);
	examine_world_is("192.0.2.1", SW_OUTCOME_REJECT,
			 "two.example 127.0.0.2 (+4), bl.example 127.0.0.2 (+3): score 7, "
			 "reject from 3; Open relay");
	script_dns_trouble(world.script, name, SW_DNS_TXT, SW_DNS_TIMEOUT);
	examine_world_is("192.0.2.1", SW_OUTCOME_REJECT,
			 "two.example 127.0.0.2 (+4), bl.example 127.0.0.2 (+3): score 7, "
			 "reject from 3; Seen in ?[31mspam");
	assert_false(world.outcome.provisional);
}

static void words_that_come_late_are_waited_for(void **state)
{
	const char *name;

	begin_sites("bl.example*3");
	examine_world_list("bl.example", "192.0.2.1", "127.0.0.2");
	name = examine_world_question("bl.example", "192.0.2.1");
	script_dns_add(world.script, name, SW_DNS_TXT, "late", 60);
	script_dns_hold(world.script, true);
	assert_int_equal(examine_world_ask("192.0.2.1"), 0);
	assert_true(script_dns_step_for(world.script, name, SW_DNS_A));
	assert_int_equal(world.outcomes, 0);
	assert_int_equal(script_dns_waiting(world.script), 1);
	world.now += 4000;
	assert_true(script_dns_step_for(world.script, name, SW_DNS_TXT));
	examine_world_was(SW_OUTCOME_REJECT,
			  "bl.example 127.0.0.2 (+3): score 3, reject from 3; late");
	assert_int_equal(world.outcomes, 1);
}

static void no_code_is_cut_in_two(void **state)
{
	char code[16];

	begin_sites("bl.example*3");
	for (unsigned i = 0; i < 14; i++) {
		snprintf(code, sizeof(code), "127.0.0.%u", 100 + i);
		examine_world_list("bl.example", "192.0.2.1", code);
	}
	examine_world_is("192.0.2.1", SW_OUTCOME_REJECT,
			 "bl.example 127.0.0.100, 127.0.0.101, 127.0.0.102, 127.0.0.103, "
			 "127.0.0.104, 127.0.0.105, 127.0.0.106, ... (+3): score 3, reject from 3");
}

static void reasons_have_no_keys_and_an_end(void **state)
{
	char *folder = folder_make(), text[400], sites[1024] = "{dqs}.bl.example*9", word[80];
	const char *name;

	for (unsigned i = 0; i < 8; i++) {
		snprintf(word, sizeof(word), " a-list-with-quite-a-long-name-%u.bl.example*2", i);
		strcat(sites, word);
	}
	examine_world_open(&(struct examine_options){
		.sites = sites, .keys = folder_write(folder, "keys", "dqs = " KEY "\n") });
	examine_world_test_points(KEY ".bl.example");
	examine_world_list(KEY ".bl.example", "192.0.2.1", "127.0.0.2");
	name = examine_world_question(KEY ".bl.example", "192.0.2.1");
	examine_world_tick();
	assert_null(strstr(world.note, KEY));
	memset(text, 'x', sizeof(text));
	memcpy(text, "at " KEY, 3 + strlen(KEY));
	text[sizeof(text) - 1] = '\0';
	script_dns_add(world.script, name, SW_DNS_TXT, text, 60);
	assert_int_equal(examine_world_ask("192.0.2.1"), 0);
	assert_null(strstr(world.reason, KEY));
	assert_int_equal(strncmp(world.reason,
				 "{dqs}.bl.example 127.0.0.2 (+9): score 9, drop from 8; at ***xx",
				 62),
			 0);
	/* all there is room for, and not a byte more */
	for (unsigned i = 0; i < 8; i++) {
		snprintf(word, sizeof(word), "a-list-with-quite-a-long-name-%u.bl.example", i);
		examine_world_test_points(word);
		examine_world_list(word, "192.0.2.1", "127.0.0.2");
	}
	world.now += 2 * MINUTE; /* until they are tested again */
	examine_world_tick();
	world.now += 2 * MINUTE;
	examine_world_tick();
	assert_int_equal(examine_world_ask("192.0.2.1"), 0);
	assert_int_equal(world.outcome.score, 25);
	assert_int_equal(strlen(world.reason), SW_VERDICT_REASON - 1);
	assert_null(strstr(world.reason, KEY));
	folder_remove(folder);
}

/* ---- reverse DNS ---- */

#define REVERSE "1.2.0.192.in-addr.arpa"

static void names_have_weights(void **state)
{
	begin(&(struct examine_options){ .weights = { "generic=5", "no-ptr=1", "unconfirmed=2" } });
	assert_int_equal(sw_examiner_questions(world.x), 2);
	examine_world_is("192.0.2.1", SW_OUTCOME_LIMIT, "no-ptr (+1): score 1, limit from 1");
	assert_int_equal(world.outcome.class, SW_OUTCOME_RDNS);
	script_dns_zone(world.script, REVERSE " PTR 192-0-2-1.dsl.pool.example.net\n"
					      "192-0-2-1.dsl.pool.example.net A 192.0.2.1\n");
	/* by itself it limits at most */
	examine_world_is("192.0.2.1", SW_OUTCOME_LIMIT,
			 "generic 192-0-2-1.dsl.pool.example.net (+5): score 5, limit from 1");
	script_dns_remove(world.script, "192-0-2-1.dsl.pool.example.net", SW_DNS_A);
	examine_world_is("192.0.2.1", SW_OUTCOME_LIMIT,
			 "generic 192-0-2-1.dsl.pool.example.net (+5), unconfirmed "
			 "192-0-2-1.dsl.pool.example.net (+2): score 7, limit from 1");
	script_dns_remove(world.script, REVERSE, 0);
	script_dns_zone(world.script, REVERSE " PTR mx.example.net\nmx.example.net A 192.0.2.1\n");
	examine_world_is("192.0.2.1", SW_OUTCOME_CLEARANCE, "score 0");
	assert_false(world.outcome.provisional);
}

static void names_that_are_not_known(void **state)
{
	struct sw_prefix wide = sw_prefix_ip6(UINT64_C(0x20010db8) << 32, 0, 64);

	begin(&(struct examine_options){ .sites = "bl.example*3", .weights = { "no-ptr=1" } });
	assert_int_equal(sw_examiner_questions(world.x), 3);
	script_dns_trouble(world.script, REVERSE, SW_DNS_PTR, SW_DNS_SERVFAIL);
	examine_world_is("192.0.2.1", SW_OUTCOME_CLEARANCE, "score 0, and not all is known");
	assert_int_equal(world.outcome.expires, world.now + 2 * MINUTE);
	/* a network has no name: that is not to have been asked and found to be good */
	assert_int_equal(sw_examine(world.x, &wide, &wide), 0);
	examine_world_was(SW_OUTCOME_CLEARANCE, "score 0, and not all is known");
}

/* Of two names one leads nowhere, so that nothing of it may be kept: the other one counts. */
static void names_count_though_they_are_not_to_be_kept(void **state)
{
	begin(&(struct examine_options){ .weights = { "generic=2" } });
	script_dns_zone(world.script, REVERSE " 0 PTR 192-0-2-1.dsl.pool.example.net\n" REVERSE
					      " 0 PTR 192-0-2-1.adsl.pool.example.org\n"
					      "192-0-2-1.dsl.pool.example.net 0 A 192.0.2.1\n"
					      "192-0-2-1.adsl.pool.example.org SERVFAIL\n");
	examine_world_is("192.0.2.1", SW_OUTCOME_LIMIT,
			 "generic 192-0-2-1.dsl.pool.example.net (+2): score 2, limit from 1");
}

static void names_and_lists_add_up(void **state)
{
	begin(&(struct examine_options){ .sites = "bl.example*3", .weights = { "no-ptr=5" } });
	examine_world_list("bl.example", "192.0.2.1", "127.0.0.2");
	examine_world_is("192.0.2.1", SW_OUTCOME_DROP,
			 "no-ptr (+5), bl.example 127.0.0.2 (+3): score 8, drop from 8");
	assert_int_equal(world.outcome.class, SW_OUTCOME_RDNS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(listed_or_not, teardown),
		cmocka_unit_test_teardown(several_filters_and_lists_add_up, teardown),
		cmocka_unit_test_teardown(allow_lists_speak_for_a_source, teardown),
		cmocka_unit_test_teardown(dialup_lines_are_rejected_at_most, teardown),
		cmocka_unit_test_teardown(answers_that_are_missing, teardown),
		cmocka_unit_test_teardown(refusals_are_no_listings, teardown),
		cmocka_unit_test_teardown(an_answer_that_is_not_to_be_kept_counts, teardown),
		cmocka_unit_test_teardown(nobody_to_ask, teardown),
		cmocka_unit_test_teardown(many_filters_hide_no_allow_list, teardown),
		cmocka_unit_test_teardown(networks_of_ip6_are_asked_by_an_address, teardown),
		cmocka_unit_test_teardown(lists_say_why, teardown),
		cmocka_unit_test_teardown(words_that_come_late_are_waited_for, teardown),
		cmocka_unit_test_teardown(no_code_is_cut_in_two, teardown),
		cmocka_unit_test_teardown(reasons_have_no_keys_and_an_end, teardown),
		cmocka_unit_test_teardown(names_have_weights, teardown),
		cmocka_unit_test_teardown(names_that_are_not_known, teardown),
		cmocka_unit_test_teardown(names_count_though_they_are_not_to_be_kept, teardown),
		cmocka_unit_test_teardown(names_and_lists_add_up, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
