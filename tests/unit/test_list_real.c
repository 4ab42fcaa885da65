/* SPDX-License-Identifier: GPL-2.0-only */
/* Real lists, with exact counts. The numbers were counted apart from this code. */
#include "support/list_fixture.h"

static const struct expected {
	const char *file;
	enum sw_list_format format;
	enum sw_list_sense sense;
	uint64_t entries, duplicates, scrubbed;
	size_t n4, n6; /* different prefixes before scrubbing, without rules that an earlier one
		       * of a table makes void */
} table[] = {
	{ "allow/mailcow_postscreen_access.cidr", SW_LIST_POSTFIX_CIDR, SW_LIST_ALLOWS, 2258, 0, 0,
	  2048, 58 },
	{ "allow/postwhite_example_whitelist.cidr", SW_LIST_POSTFIX_CIDR, SW_LIST_ALLOWS, 1681, 0,
	  0, 1538, 12 },
	{ "country/ipv4_us.cidr", SW_LIST_PLAIN, SW_LIST_BLOCKS, 27769, 0, 0, 27769, 0 },
	{ "country/ipv6_br.cidr", SW_LIST_PLAIN, SW_LIST_BLOCKS, 8821, 0, 0, 0, 8821 },
	{ "country/ipv6_de.cidr", SW_LIST_PLAIN, SW_LIST_BLOCKS, 3033, 0, 0, 0, 3033 },
	{ "country/ipv6_us.cidr", SW_LIST_PLAIN, SW_LIST_BLOCKS, 10009, 0, 0, 0, 10009 },
	{ "firehol/blocklist_de_mail.ipset", SW_LIST_PLAIN, SW_LIST_BLOCKS, 10903, 0, 0, 10903, 0 },
	{ "firehol/dshield.netset", SW_LIST_PLAIN, SW_LIST_BLOCKS, 19, 0, 0, 19, 0 },
	{ "firehol/et_block.netset", SW_LIST_PLAIN, SW_LIST_BLOCKS, 1008, 0, 0, 1008, 0 },
	{ "firehol/et_compromised.ipset", SW_LIST_PLAIN, SW_LIST_BLOCKS, 581, 0, 0, 581, 0 },
	{ "firehol/firehol_level1.netset", SW_LIST_PLAIN, SW_LIST_BLOCKS, 1947, 0, 13, 1947, 0 },
	{ "firehol/firehol_level2.netset", SW_LIST_PLAIN, SW_LIST_BLOCKS, 18107, 0, 0, 18107, 0 },
	{ "firehol/firehol_level3.netset", SW_LIST_PLAIN, SW_LIST_BLOCKS, 17591, 0, 0, 17591, 0 },
	{ "firehol/iblocklist_isp_comcast.netset", SW_LIST_PLAIN, SW_LIST_BLOCKS, 33, 0, 0, 33, 0 },
	{ "firehol/iblocklist_isp_verizon.netset", SW_LIST_PLAIN, SW_LIST_BLOCKS, 22, 0, 0, 22, 0 },
	{ "firehol/lashback_ubl.ipset", SW_LIST_PLAIN, SW_LIST_BLOCKS, 37994, 0, 1, 37994, 0 },
	{ "firehol/nixspam.ipset", SW_LIST_PLAIN, SW_LIST_BLOCKS, 17135, 0, 0, 17135, 0 },
	{ "firehol/stopforumspam_180d.ipset", SW_LIST_PLAIN, SW_LIST_BLOCKS, 237512, 0, 6, 237512,
	  0 },
	/* 40 more of these are inside of others, which is no duplicate */
	{ "spamhaus/drop_v4.json", SW_LIST_DROP_JSON, SW_LIST_BLOCKS, 1699, 1, 0, 1698, 0 },
	{ "spamhaus/spamhaus-asndrop.ipv4", SW_LIST_PLAIN, SW_LIST_BLOCKS, 4378, 22, 0, 4356, 0 },
	{ "spamhaus/spamhaus-drop.ipv4", SW_LIST_PLAIN, SW_LIST_BLOCKS, 1599, 0, 0, 1599, 0 },
};

#define WIDE_COUNTRY "country/ipv4_us.cidr"

/* Point @f at a file of the data; skips the test when it is not there. */
static void use(struct fixture *f, const char *file, char path[512])
{
	const char *data = getenv("SYNWARD_DATA");

	snprintf(path, 512, "%s/lists/%s", data ? data : "../shared/data", file);
	if (access(path, R_OK)) {
		print_message("SKIP: %s is not there\n", path);
		skip();
	}
	f->spec.path = path;
	f->spec.max_bad = 0.01;
}

static void check_counts(struct fixture *f, const struct expected *e)
{
	if (f->code)
		fail_msg("%s: %s", e->file, f->err.text);
	if (f->counts.entries != e->entries || f->counts.duplicates != e->duplicates ||
	    f->counts.bad || f->counts.exclusions)
		fail_msg("%s: %llu entries, %llu duplicates, %llu bad", e->file,
			 (unsigned long long)f->counts.entries,
			 (unsigned long long)f->counts.duplicates,
			 (unsigned long long)f->counts.bad);
	assert_int_equal(f->counts.format, e->format);
}

static void test_counts(void **state)
{
	struct fixture *f = *state;
	char path[512];

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		const struct expected *e = &table[i];

		use(f, e->file, path);
		f->spec.sense = e->sense;
		f->spec.scrub_n = 0;
		fixture_read(f);
		check_counts(f, e);
		assert_int_equal(f->counts.scrubbed, 0);
		assert_int_equal(f->list->n4, e->n4);
		assert_int_equal(f->list->n6, e->n6);
		f->spec.scrub = sw_list_bogons(&f->spec.scrub_n);
		fixture_read(f);
		check_counts(f, e);
		assert_int_equal(f->counts.scrubbed, e->scrubbed);
		if (!strcmp(e->file, WIDE_COUNTRY))
			continue;
		f->spec.narrow = true;
		fixture_read(f);
		check_counts(f, e);
		f->spec.narrow = false;
	}
}

/* All of a large country: accepted, without the entries that are as large as this. */
static void test_wide_entries(void **state)
{
	struct fixture *f = *state;
	char path[512];

	use(f, WIDE_COUNTRY, path);
	f->spec.scrub = sw_list_bogons(&f->spec.scrub_n);
	f->spec.narrow = true;
	fixture_read(f);
	assert_int_equal(f->code, 0);
	assert_int_equal(f->counts.bad, 6);
	assert_non_null(strstr(f->notes, ": covers 1/64 of the IPv4 internet: \"16.0.0.0/6\" is"));
}

static void test_bogons_are_gone(void **state)
{
	struct fixture *f = *state;
	char path[512];
	size_t n;

	use(f, "firehol/firehol_level1.netset", path);
	f->spec.scrub = sw_list_bogons(&f->spec.scrub_n);
	fixture_read(f);
	assert_int_equal(f->code, 0);
	/* twelve are out, 224.0.0.0/3 has got a hole for 224.0.0.0/4 and 240.0.0.0/4 */
	assert_int_equal(f->list->n4, 1947 - 12 + 2);
	assert_non_null(strstr(f->notes, "53: scrubbed: 10.0.0.0/8 is in 10.0.0.0/8, which must "
					 "not be listed: left out\n"));
	for (size_t i = 0; i < f->spec.scrub_n; i++) {
		struct sw_prefix last = sw_prefix_last(&f->spec.scrub[i]);

		assert_false(fixture_lists(f->list, &last));
	}
	(void)sw_list_bogons(&n);
	assert_int_equal(n, f->spec.scrub_n);
}

static void test_no_lists_of_sources(void **state)
{
	struct fixture *f = *state;
	char path[512];

	use(f, "spamhaus/asndrop.json", path);
	fixture_read(f);
	assert_refused(f, -EBADMSG, "this is the ASN list, it holds no addresses");
	use(f, "allow/postgrey_whitelist_clients", path);
	fixture_read(f); /* host names and some addresses */
	assert_refused(f, -EBADMSG, "141 of 166 entries are bad, more than 1 percent");
}

/* The words of a list, from the file itself. */
static void test_words(void **state)
{
	struct fixture *f = *state;
	char path[512];

	use(f, "spamhaus/drop_v4.json", path);
	assert_string_equal(fixture_find(f, "1.10.16.1"), "1: 1.10.16.0/20 \"SBL256894\"\n");
}

/* Every entry of a saved list is read back. */
static void test_saved_lists(void **state)
{
	struct fixture *f = *state;
	struct sw_list *first;
	char path[512];

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		use(f, table[i].file, path);
		f->spec.format = SW_LIST_AUTO;
		f->spec.sense = table[i].sense;
		f->spec.scrub = sw_list_bogons(&f->spec.scrub_n);
		fixture_read(f);
		assert_int_equal(f->code, 0);
		assert_int_equal(sw_list_save(f->list, f->path, &f->err), 0);
		first = f->list;
		f->list = NULL;
		f->spec.path = f->path;
		f->spec.format = SW_LIST_PLAIN;
		f->spec.scrub_n = 0;
		fixture_read(f);
		assert_int_equal(f->code, 0);
		assert_int_equal(f->list->n4, first->n4);
		assert_int_equal(f->list->n6, first->n6);
		if (first->n4)
			assert_memory_equal(f->list->entries4, first->entries4,
					    first->n4 * sizeof(*first->entries4));
		if (first->n6)
			assert_memory_equal(f->list->entries6, first->entries6,
					    first->n6 * sizeof(*first->entries6));
		sw_list_free(first);
	}
}

static void test_covered(void **state)
{
	struct fixture *f = *state;
	char path[512];

	use(f, "spamhaus/drop_v4.json", path);
	f->spec.format = SW_LIST_AUTO;
	fixture_read(f);
	assert_int_equal(f->counts.duplicates, 1);
	assert_int_equal(f->counts.covered, 40);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_counts),	    TEST(test_wide_entries),
		TEST(test_bogons_are_gone), TEST(test_no_lists_of_sources),
		TEST(test_words),	    TEST(test_saved_lists),
		TEST(test_covered),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
