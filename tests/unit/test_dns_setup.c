/* SPDX-License-Identifier: GPL-2.0-only */
/* dns_setup: what each option's slips are called, keys in a file, and when a setup is the same. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/dns_setup.h"
#include "dns/rdns.h"
#include "support/folder.h"

#define KEY "abcdefghijklmnopqrstuvwxyz"

/* ---- a configuration ---- */

static const struct {
	const char *name;
	size_t at;
} options[] = {
	{ "dns-servers", offsetof(struct sw_config, dns_servers) },
	{ "dnsbl-sites", offsetof(struct sw_config, dnsbl_sites) },
	{ "dnsbl-dialup", offsetof(struct sw_config, dnsbl_dialup) },
	{ "dnsbl-probes", offsetof(struct sw_config, dnsbl_probes) },
	{ "dnsbl-canaries", offsetof(struct sw_config, dnsbl_canaries) },
	{ "rdns-weights", offsetof(struct sw_config, rdns_weights) },
};

#define OPTIONS (sizeof(options) / sizeof(options[0]))

static struct sw_config config;
static char *folder;

static struct sw_texts *texts_of(size_t i)
{
	return (struct sw_texts *)((char *)&config + options[i].at);
}

static void clear(struct sw_texts *texts)
{
	for (size_t i = 0; i < texts->n; i++)
		free(texts->text[i]);
	free(texts->text);
	*texts = (struct sw_texts){ .n = 0 };
}

/* Texts with | between them; NULL: none. */
static void set(const char *option, const char *value)
{
	struct sw_texts *texts = NULL;
	char *copy, *rest;

	for (size_t i = 0; i < OPTIONS; i++)
		if (!strcmp(options[i].name, option))
			texts = texts_of(i);
	assert_non_null(texts);
	clear(texts);
	if (!value)
		return;
	copy = rest = strdup(value);
	for (char *word; (word = strsep(&rest, "|"));) {
		texts->text = reallocarray(texts->text, texts->n + 1, sizeof(char *));
		assert_non_null(texts->text);
		texts->text[texts->n++] = strdup(word);
	}
	free(copy);
}

static void set_keys(const char *path)
{
	free(config.dnsbl_keys);
	config.dnsbl_keys = path ? strdup(path) : NULL;
}

static int setup(void **state)
{
	config = (struct sw_config){ .dns_timeout_ms = 2000,
				     .dns_queries = 500,
				     .dns_outstanding = 2000,
				     .score_limit = 1,
				     .score_reject = 3,
				     .score_drop = 8 };
	folder = folder_make();
	return 0;
}

static int teardown(void **state)
{
	for (size_t i = 0; i < OPTIONS; i++)
		clear(texts_of(i));
	set_keys(NULL);
	folder_remove(folder);
	return 0;
}

static struct sw_dns_setup *make(void)
{
	struct sw_dns_setup *made = NULL;
	struct sw_err err;

	if (sw_dns_setup_make(&config, &made, &err))
		fail_msg("%s", err.text);
	return made;
}

/* It is refused, and with these words. */
static void refused(int code, const char *words)
{
	struct sw_dns_setup *untouched = (struct sw_dns_setup *)&config, *made = untouched;
	struct sw_err err = { "" };

	assert_int_equal(sw_dns_setup_make(&config, &made, &err), code);
	assert_string_equal(err.text, words);
	assert_ptr_equal(made, untouched);
	assert_null(strstr(err.text, KEY));
	assert_int_equal(sw_dns_setup_make(&config, &made, NULL), code);
}

/* ---- what is right ---- */

static void nothing_is_a_setup(void **state)
{
	struct sw_dns_setup *made = make();

	assert_null(made->sites);
	assert_int_equal(made->canaries, 0);
	assert_int_equal(made->rules.rdns_n, 0);
	assert_int_equal(made->rules.limit, 1);
	assert_int_equal(made->rules.reject, 3);
	assert_int_equal(made->rules.drop, 8);
	assert_int_equal(made->rules.missing_ms, sw_judge_defaults.missing_ms);
	assert_null(sw_dns_setup_free(made));
	assert_null(sw_dns_setup_free(NULL));
}

static void all_that_can_be_said(void **state)
{
	struct sw_dns_setup *made;
	char text[256];

	set("dnsbl-sites",
	    "# mine|bl.example=127.0.0.[2..4]*3, wl.example*-4|bl.example=127.0.0.9");
	set("dnsbl-dialup", "bl.example=127.0.0.9");
	set("dnsbl-probes", "wl.example none|bl.example 192.0.2.1 !2001:db8::1");
	set("dnsbl-canaries", "192.0.2.25|2001:db8::25");
	set("rdns-weights", "generic=2|server=-3|no-ptr=0");
	config.score_drop = 0;
	made = make();
	sw_sites_format(made->sites, text, sizeof(text));
	assert_string_equal(text,
			    "bl.example=127.0.0.[2..4]*3, bl.example=127.0.0.9, wl.example*-4");
	assert_true(sw_site_is_dialup(&made->sites->site[0], 0x7f000009));
	assert_false(sw_site_is_dialup(&made->sites->site[0], 0x7f000002));
	assert_int_equal(made->sites->site[0].probes, 2);
	assert_int_equal(made->sites->site[1].probes, 0);
	assert_true(made->sites->site[1].probes_given);
	assert_int_equal(made->canaries, 2);
	assert_int_equal(made->canary[0].family, 4);
	assert_int_equal(made->canary[1].len, 128);
	assert_int_equal(made->rules.rdns_n, 3);
	assert_string_equal(made->rules.rdns[1].name, "server");
	assert_int_equal(made->rules.rdns[1].weight, -3);
	assert_int_equal(made->rules.drop, 0);
	sw_dns_setup_free(made);
}

static void comments_alone_are_no_sites(void **state)
{
	struct sw_dns_setup *made;

	set("dnsbl-sites", "# none yet|, ,");
	made = make();
	assert_int_equal(made->sites->n, 0);
	sw_dns_setup_free(made);
}

static void every_class_has_a_weight_but_what_is_not_known(void **state)
{
	struct sw_dns_setup *made;
	char all[1024] = "", word[64];

	for (unsigned bit = 0; bit < SW_RDNS_CLASSES; bit++) {
		if (1u << bit == SW_RDNS_UNKNOWN)
			continue;
		snprintf(word, sizeof(word), "%s%s=%d", *all ? "|" : "", sw_rdns_class_name(bit),
			 bit % 2 ? 100000 : -100000);
		strcat(all, word);
	}
	set("rdns-weights", all);
	made = make();
	assert_int_equal(made->rules.rdns_n, SW_RDNS_CLASSES - 1);
	sw_dns_setup_free(made);
}

/* ---- what is wrong ---- */

static void slips(void **state)
{
	static const struct {
		const char *option, *value, *words;
	} slip[] = {
		{ "dnsbl-sites", "bl.example|bl.example*",
		  "dnsbl-sites: site 2, \"bl.example*\", character 23: no weight behind *; write a "
		  "number, such as *2 or *-4" },
		{ "dnsbl-sites", "ok.example|127.0.0.2",
		  "dnsbl-sites: site 2, \"127.0.0.2\", character 12: an address where the domain "
		  "of a list is needed" },
		{ "dnsbl-sites", "bl.example=127.0.0.256",
		  "dnsbl-sites: site 1, \"bl.example=127.0.0.256\", character 20: a number above "
		  "255; an octet is 0 to 255" },
		{ "dnsbl-sites", "bl.example*100001",
		  "dnsbl-sites: site 1, \"bl.example*100001\", character 12: a weight is from "
		  "-100000 to 100000" },
		{ "dnsbl-sites", "$maps",
		  "dnsbl-sites: site 1, \"$maps\", character 1: a variable of Postfix; write what "
		  "it stands for" },
		{ "dnsbl-sites", "{none}.bl.example",
		  "dnsbl-sites: site 1, \"{none}.bl.example\", character 1: there is no key of "
		  "that name; put a line NAME = KEY into the file of keys" },
		{ "dnsbl-dialup", "other.example",
		  "dnsbl-dialup: site 1, \"other.example\", character 1: none of the sites that "
		  "are asked; name it there first" },
		{ "dnsbl-dialup", "bl.example=127.0.0.2*3",
		  "dnsbl-dialup: site 1, \"bl.example=127.0.0.2*3\", character 21: a weight, where "
		  "only answers are named; the weight stands with the site" },
		{ "dnsbl-dialup", "bl.example|bl.example=",
		  "dnsbl-dialup: site 1, \"bl.example=\", character 12: the filter ends where a "
		  "number from 0 to 255, or [ and a set of them is needed" },
		{ "dnsbl-probes", "",
		  "dnsbl-probes: no domain; write \"DOMAIN none\" or \"DOMAIN ADDRESS !ADDRESS\"" },
		{ "dnsbl-probes", "bl.example",
		  "dnsbl-probes: site 1, \"bl.example\", character 11: \"none\" or addresses are "
		  "needed behind the domain" },
		{ "dnsbl-probes", "other.example none",
		  "dnsbl-probes: site 1, \"other.example\", character 1: none of the sites that "
		  "are asked; name it there first" },
		{ "dnsbl-probes", "bl.example none 192.0.2.1",
		  "dnsbl-probes: site 3, \"192.0.2.1\", character 17: \"none\" and addresses; "
		  "write one or the other" },
		{ "dnsbl-probes", "bl.example 192.0.2.0/24",
		  "dnsbl-probes: site 2, \"192.0.2.0/24\", character 12: not an address; write "
		  "\"DOMAIN none\", or the addresses that must be listed, and with ! before them "
		  "those that must not" },
		{ "dnsbl-canaries", "192.0.2.0/24",
		  "dnsbl-canaries: \"192.0.2.0/24\" is not an address" },
		{ "dnsbl-canaries", "mail.example.net",
		  "dnsbl-canaries: \"mail.example.net\" is not an address" },
		{ "dnsbl-canaries", "192.0.2.1|", "dnsbl-canaries: \"\" is not an address" },
		{ "rdns-weights", "generic",
		  "rdns-weights: \"generic\" does not begin with a class and =; see synward help "
		  "rdns" },
		{ "rdns-weights", "Generic=1",
		  "rdns-weights: \"Generic=1\" does not begin with a class and =; see synward help "
		  "rdns" },
		{ "rdns-weights", "generic =1",
		  "rdns-weights: \"generic =1\" does not begin with a class and =; see synward "
		  "help rdns" },
		{ "rdns-weights", "unknown=1",
		  "rdns-weights: \"unknown=1\" does not begin with a class and =; see synward help "
		  "rdns" },
		{ "rdns-weights", "=1",
		  "rdns-weights: \"=1\" does not begin with a class and =; see synward help rdns" },
		{ "rdns-weights", "generic=",
		  "rdns-weights: \"generic=\": give a whole number from -100000 to 100000" },
		{ "rdns-weights", "generic=1.5",
		  "rdns-weights: \"generic=1.5\": give a whole number from -100000 to 100000" },
		{ "rdns-weights", "generic=1 ",
		  "rdns-weights: \"generic=1 \": give a whole number from -100000 to 100000" },
		{ "rdns-weights", "generic=100001",
		  "rdns-weights: \"generic=100001\": give a whole number from -100000 to 100000" },
		{ "rdns-weights", "generic=-100001",
		  "rdns-weights: \"generic=-100001\": give a whole number from -100000 to 100000" },
		{ "rdns-weights", "generic=-9223372036854775808",
		  "rdns-weights: \"generic=-9223372036854775808\": give a whole number from "
		  "-100000 to 100000" },
		{ "rdns-weights", "generic=99999999999999999999",
		  "rdns-weights: \"generic=99999999999999999999\": give a whole number from "
		  "-100000 to 100000" },
		{ "rdns-weights", "no-ptr=1|generic=1|no-ptr=1",
		  "rdns-weights: no-ptr is given twice; remove one" },
	};

	for (size_t i = 0; i < sizeof(slip) / sizeof(slip[0]); i++) {
		set("dnsbl-sites", "bl.example*2");
		set(slip[i].option, slip[i].value);
		refused(-EINVAL, slip[i].words);
		set(slip[i].option, NULL);
	}
}

static void about_sites_that_there_are_not(void **state)
{
	set("dnsbl-dialup", "bl.example");
	refused(-EINVAL, "dnsbl-dialup: there are no dnsbl-sites that it could be about");
	set("dnsbl-dialup", NULL);
	set("dnsbl-probes", "bl.example none");
	refused(-EINVAL, "dnsbl-probes: there are no dnsbl-sites that it could be about");
}

static void too_many_canaries(void **state)
{
	char all[SW_DNS_CANARIES * 16 + 32] = "192.0.2.0", word[16];

	for (unsigned i = 1; i < SW_DNS_CANARIES; i++) {
		snprintf(word, sizeof(word), "|192.0.2.%u", i);
		strcat(all, word);
	}
	set("dnsbl-canaries", all);
	sw_dns_setup_free(make());
	strcat(all, "|192.0.2.99");
	set("dnsbl-canaries", all);
	refused(-EINVAL, "dnsbl-canaries: more than 32; leave some out");
}

static void too_many_sites(void **state)
{
	char all[2048] = "", word[32];

	for (unsigned i = 0; i <= SW_SITES; i++) {
		snprintf(word, sizeof(word), "%sx%u.example", i ? "|" : "", i);
		strcat(all, word);
	}
	set("dnsbl-sites", all);
	refused(-E2BIG,
		"dnsbl-sites: site 65, \"x64.example\", character 759: more than 64 domains");
}

static void scores_out_of_order(void **state)
{
	config.score_limit = 5;
	refused(-EINVAL, "score-limit, score-reject, score-drop: a threshold of 3 for a harsher "
			 "action than that of 5; the harsher one needs the higher score");
	config.score_limit = 0;
	config.score_drop = 2;
	refused(-EINVAL, "score-limit, score-reject, score-drop: a threshold of 2 for a harsher "
			 "action than that of 3; the harsher one needs the higher score");
	config.score_reject = 0;
	sw_dns_setup_free(make());
}

/* ---- keys ---- */

static void keys_are_for_questions_alone(void **state)
{
	struct sw_dns_setup *made;
	const struct sw_site *site;
	char text[256];

	set_keys(folder_write(folder, "keys", "# of ours\ndqs = " KEY "\n"));
	set("dnsbl-sites", "{dqs}.zen.example=127.0.0.2*3");
	set("dnsbl-dialup", "{dqs}.zen.example=127.0.0.10");
	set("dnsbl-probes", "{DQS}.zen.example none");
	made = make();
	site = &made->sites->site[0];
	assert_string_equal(site->domain, KEY ".zen.example");
	assert_string_equal(site->name, "{dqs}.zen.example");
	assert_int_equal(site->dialups, 1);
	assert_true(site->probes_given);
	sw_sites_format(made->sites, text, sizeof(text));
	assert_null(strstr(text, KEY));
	sw_dns_setup_free(made);
}

static void files_of_keys_that_are_none(void **state)
{
	char words[512], *large = calloc(1, 65538);
	const char *path = folder_path(folder, "keys");

	set_keys(path);
	snprintf(words, sizeof(words), "dnsbl-keys: %s: No such file or directory", path);
	refused(-ENOENT, words);
	folder_write(folder, "keys", "dqs = " KEY "\n" KEY "\n");
	snprintf(words, sizeof(words), "dnsbl-keys: %s: line 2: write NAME = KEY", path);
	refused(-EINVAL, words);
	folder_write(folder, "keys", "dqs = " KEY "." KEY "\n");
	snprintf(words, sizeof(words),
		 "dnsbl-keys: %s: line 1: the key of dqs is not 3 to 63 letters, digits and "
		 "hyphens, as a label of a domain name is",
		 path);
	refused(-EINVAL, words);
	memset(large, '\n', 65537);
	folder_write_bytes(folder, "keys", large, 65536);
	sw_dns_setup_free(make());
	folder_write_bytes(folder, "keys", large, 65537);
	snprintf(words, sizeof(words), "dnsbl-keys: %s: File too large", path);
	refused(-EFBIG, words);
	set_keys(folder);
	snprintf(words, sizeof(words), "dnsbl-keys: %s: Is a directory", folder);
	refused(-EISDIR, words);
	free(large);
}

static void slips_tell_no_key(void **state)
{
	set_keys(folder_write(folder, "keys", "dqs = " KEY "\n"));
	set("dnsbl-sites", "{dqs}.zen.example=127.0.0.999");
	refused(-EINVAL, "dnsbl-sites: site 1, \"{dqs}.zen.example=127.0.0.999\", character 27: a "
			 "number above 255; an octet is 0 to 255");
	set("dnsbl-sites", KEY ".zen.example=127.0.0.999");
	refused(-EINVAL, "dnsbl-sites: site 1, \"***.zen.example=127.0.0.999\", character 48: a "
			 "number above 255; an octet is 0 to 255");
	set("dnsbl-sites", "bl.example");
	set("dnsbl-dialup", KEY ".zen.example");
	refused(-EINVAL, "dnsbl-dialup: site 1, \"***.zen.example\", character 1: none of the "
			 "sites that are asked; name it there first");
}

/* ---- the same setup ---- */

static char *before;

static void starts_anew(void)
{
	free(before);
	before = sw_dns_setup_text(&config);
	assert_non_null(before);
}

static void is_same(bool same)
{
	char *now = sw_dns_setup_text(&config);

	assert_non_null(now);
	assert_int_equal(!strcmp(now, before), same);
	free(now);
}

static void texts_differ_when_texts_do(void **state)
{
	for (size_t i = 0; i < OPTIONS; i++) {
		const char *option = options[i].name;

		set(option, NULL);
		starts_anew();
		is_same(true);
		set(option, "");
		is_same(false);
		set(option, "a b");
		is_same(false);
		starts_anew();
		set(option, "a b");
		is_same(true);
		set(option, "a|b");
		is_same(false);
		set(option, "a b|");
		is_same(false);
		set(option, "a B");
		is_same(false);
		set(option, "a");
		starts_anew();
		set(option, NULL);
		set(options[(i + 1) % OPTIONS].name, "a");
		is_same(false);
		set(options[(i + 1) % OPTIONS].name, NULL);
		set(option, "a|b");
		starts_anew();
		set(option, "b|a");
		is_same(false);
		set(option, "a\n1 b");
		is_same(false);
		set(option, NULL);
	}
	free(before);
	before = NULL;
}

static void texts_differ_when_numbers_do(void **state)
{
	uint32_t *const numbers[] = { &config.dns_queries, &config.dns_outstanding,
				      &config.score_limit, &config.score_reject,
				      &config.score_drop };

	starts_anew();
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		++*numbers[i];
		is_same(false);
		--*numbers[i];
		is_same(true);
	}
	config.dns_timeout_ms += INT64_C(1) << 40;
	is_same(false);
	free(before);
	before = NULL;
}

static void texts_differ_when_the_file_of_keys_does(void **state)
{
	set_keys("/etc/synward/keys");
	starts_anew();
	is_same(true);
	set_keys("/etc/synward/others");
	is_same(false);
	set_keys(NULL);
	is_same(false);
	free(before);
	before = NULL;
}

/* A reload of the same options with other keys: which lists are the same? */
static void other_keys_are_other_lists(void **state)
{
	struct sw_dns_setup *a, *b;

	set("dnsbl-sites", "{x}.bl.example*3|two.example");
	set_keys(folder_write(folder, "keys", "x = " KEY "\n"));
	a = make();
	b = make();
	assert_true(sw_dns_setup_same_lists(a, b));
	sw_dns_setup_free(b);
	folder_write(folder, "keys", "# the same\nx=" KEY "\n");
	b = make();
	assert_true(sw_dns_setup_same_lists(a, b));
	sw_dns_setup_free(b);
	folder_write(folder, "keys", "x = " KEY "2\n");
	b = make();
	assert_false(sw_dns_setup_same_lists(a, b));
	assert_true(sw_site_equal(&a->sites->site[1], &b->sites->site[1]));
	sw_dns_setup_free(a);
	sw_dns_setup_free(b);
}

static unsigned warnings;
static char warning[300];

static void take_warning(void *ctx, const char *text)
{
	warnings++;
	snprintf(warning, sizeof(warning), "%s", text);
}

/* Nobody may wait for an answer that nobody gives. */
static void held_for_nothing(void **state)
{
	static const struct {
		const char *mode, *sites, *weights;
		bool asks, warns;
	} cases[] = {
		{ "hold", NULL, NULL, false, true },
		{ "hold", "# zen.spamhaus.org", NULL, true, true },
		{ "hold", "zen.spamhaus.org", NULL, true, false },
		{ "hold", NULL, "no-ptr=1", true, false },
		{ "pass", NULL, NULL, false, false },
		{ "off", NULL, NULL, false, false },
	};
	struct sw_err err;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		config.first_contact = strdup(cases[i].mode);
		set("dnsbl-sites", cases[i].sites);
		set("rdns-weights", cases[i].weights);
		warnings = 0;
		assert_int_equal(sw_dns_setup_check(&config, take_warning, NULL, &err), 0);
		assert_int_equal(warnings, cases[i].warns);
		assert_int_equal(sw_dns_setup_asks(&config), cases[i].asks);
		if (warnings)
			assert_non_null(strstr(warning, "nobody is held, as with pass"));
		free(config.first_contact);
		config.first_contact = NULL;
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(nothing_is_a_setup, setup, teardown),
		cmocka_unit_test_setup_teardown(all_that_can_be_said, setup, teardown),
		cmocka_unit_test_setup_teardown(comments_alone_are_no_sites, setup, teardown),
		cmocka_unit_test_setup_teardown(every_class_has_a_weight_but_what_is_not_known,
						setup, teardown),
		cmocka_unit_test_setup_teardown(slips, setup, teardown),
		cmocka_unit_test_setup_teardown(about_sites_that_there_are_not, setup, teardown),
		cmocka_unit_test_setup_teardown(too_many_canaries, setup, teardown),
		cmocka_unit_test_setup_teardown(too_many_sites, setup, teardown),
		cmocka_unit_test_setup_teardown(scores_out_of_order, setup, teardown),
		cmocka_unit_test_setup_teardown(keys_are_for_questions_alone, setup, teardown),
		cmocka_unit_test_setup_teardown(files_of_keys_that_are_none, setup, teardown),
		cmocka_unit_test_setup_teardown(slips_tell_no_key, setup, teardown),
		cmocka_unit_test_setup_teardown(texts_differ_when_texts_do, setup, teardown),
		cmocka_unit_test_setup_teardown(texts_differ_when_numbers_do, setup, teardown),
		cmocka_unit_test_setup_teardown(other_keys_are_other_lists, setup, teardown),
		cmocka_unit_test_setup_teardown(held_for_nothing, setup, teardown),
		cmocka_unit_test_setup_teardown(texts_differ_when_the_file_of_keys_does, setup,
						teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
