/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The networks of allow-spf in a policy: an allow list of a class of its own, which table,
 * look-up and explain agree on.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/policy_fixture.h"

#define TWO "allow-spf = {\"a.example\", \"b.example\"}\n"
#define BAD "list bad { file = bad action = drop }\n"

static char *folder;

/* Domains with their networks, in turns, up to NULL: "a.example", "5.0.0.0/8 2a05::/32". */
#define SPF(...) spf_of((const char *[]){ __VA_ARGS__, NULL })

static struct sw_spf_domains *spf_of(const char *const *words)
{
	static struct sw_spf_domains d;
	char copy[256], *rest;

	sw_spf_domains_done(&d);
	for (; *words; words += 2) {
		struct sw_spf_allow *allow = &sw_spf_domains_add(&d, words[0])->allow;

		snprintf(copy, sizeof(copy), "%s", words[1]);
		rest = copy;
		allow->net = calloc(16, sizeof(*allow->net));
		for (char *p; (p = strsep(&rest, " "));) {
			struct sw_spf_allow_net *net = &allow->net[allow->n++];

			assert_int_equal(sw_prefix_parse(p, strlen(p), &net->net), 0);
			net->since_ms = 1000 + (int64_t)allow->n;
		}
	}
	return &d;
}

static struct sw_config *config_of(const char *lists)
{
	return policy_config(folder, lists);
}

static struct sw_policy *load(const struct sw_config *config, const struct sw_policy *previous,
			      const struct sw_spf_domains *spf)
{
	const struct sw_policy_spec spec = { .config = config, .previous = previous, .spf = spf };
	struct sw_policy *policy = NULL;

	assert_int_equal(sw_policy_load(&spec, &policy, NULL), 0);
	return policy;
}

/* "class prefix", and of allow-spf "domain since", on which all must agree. */
static const char *said(const struct sw_policy *p, const char *address)
{
	static char text[512];
	struct sw_policy_match *matches;
	struct sw_prefix source, by;
	char buf[SW_PREFIX_TEXT];
	uint8_t class;
	size_t n;

	assert_int_equal(sw_addr_parse(address, &source), 0);
	class = sw_policy_lookup(p, &source, &by);
	assert_int_equal(policy_in_table(p, &source), class);
	assert_int_equal(sw_policy_explain(p, &source, NULL, &matches, &n, NULL), 0);
	snprintf(text, sizeof(text), "unlisted");
	if (class) {
		assert_true(n && matches[0].wins);
		assert_int_equal(matches[0].class, class);
		assert_int_equal(sw_prefix_cmp(&matches[0].entry.prefix, &by), 0);
		snprintf(text, sizeof(text), "%s %s", p->class[class].name,
			 sw_prefix_format(&by, buf));
	}
	if (class && matches[0].spf)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), " %s %d",
			 matches[0].spf->name, (int)matches[0].since_ms);
	sw_policy_matches_free(matches, n);
	return text;
}

static int setup(void **state)
{
	folder = folder_make();
	folder_write(folder, "bad", "5.0.0.0/8\n5.1.2.3\n2a05::/16\n");
	return 0;
}

static int teardown(void **state)
{
	spf_of((const char *[]){ NULL });
	folder_remove(folder);
	return 0;
}

static void above_block_lists(void **state)
{
	struct sw_config *c = config_of(TWO BAD "never-block = {\"5.1.9.0/24\"}\n");
	struct sw_policy *p = load(c, NULL,
				   SPF("a.example", "5.1.0.0/16 2a05:1::/32", "b.example",
				       "5.1.2.0/24 9.9.9.9", "c.example", "5.2.0.0/16"));

	assert_string_equal(said(p, "5.1.2.3"), "allow-spf 5.1.2.0/24 b.example 1001");
	assert_string_equal(said(p, "5.1.3.3"), "allow-spf 5.1.0.0/16 a.example 1001");
	assert_string_equal(said(p, "2a05:1::1"), "allow-spf 2a05:1::/32 a.example 1002");
	assert_string_equal(said(p, "9.9.9.9"), "allow-spf 9.9.9.9 b.example 1002");
	assert_string_equal(said(p, "5.1.9.1"), "never-block 5.1.9.0/24");
	assert_string_equal(said(p, "5.2.0.1"), "bad 5.0.0.0/8"); /* the config has no c.example */
	assert_string_equal(said(p, "2a05:2::1"), "bad 2a05::/16");
	assert_string_equal(said(p, "8.8.8.8"), "unlisted");
	assert_int_equal(p->class[p->spf_class].action, SW_ACTION_ALLOW);
	sw_policy_free(p);
	sw_config_free(c);
}

static void the_same_network_of_two(void **state)
{
	struct sw_config *c = config_of(TWO BAD);
	struct sw_policy *p = load(c, NULL,
				   SPF("a.example", "5.1.0.0/16 5.2.0.0/16 2a05::/32", "b.example",
				       "5.1.0.0/16 2a05::/32"));

	assert_int_equal(p->spf_list->n4, 2);
	assert_int_equal(p->spf_list->n6, 1);
	assert_string_equal(said(p, "5.1.2.3"), "allow-spf 5.1.0.0/16 a.example 1001");
	sw_policy_free(p);
	sw_config_free(c);
}

static void without_the_option(void **state)
{
	struct sw_config *c = config_of(BAD);
	struct sw_policy *p = load(c, NULL, SPF("a.example", "5.1.0.0/16"));

	assert_null(p->spf_list);
	assert_string_equal(said(p, "5.1.2.3"), "bad 5.1.2.3");
	for (unsigned i = 0; i < SW_CLASS_MAX; i++)
		assert_string_not_equal(p->class[i].name, "allow-spf");
	sw_policy_free(p);
	sw_config_free(c);
}

static void without_networks(void **state)
{
	struct sw_config *c = config_of(TWO BAD);
	struct sw_policy *p = load(c, NULL, NULL);

	assert_string_equal(said(p, "5.1.2.3"), "bad 5.1.2.3");
	assert_string_equal(p->class[p->spf_class].name, "allow-spf");
	sw_policy_free(p);
	sw_config_free(c);
}

static void others_in_place_of_them(void **state)
{
	struct sw_config *c = config_of(TWO BAD);
	struct sw_policy *p = load(c, NULL, SPF("a.example", "5.1.0.0/16")), *q = NULL, *r;

	sw_policy_drop_flat(p); /* as enforce does */
	assert_int_equal(sw_policy_rebuild(p, NULL, SPF("b.example", "5.3.0.0/16"), &q, NULL), 0);
	assert_int_equal(q->spf_class, p->spf_class);
	assert_memory_equal(q->class, p->class, sizeof(p->class));
	assert_ptr_equal(q->lists[0].list, p->lists[0].list);
	assert_string_equal(said(q, "5.1.0.1"), "bad 5.0.0.0/8");
	assert_string_equal(said(q, "5.3.0.1"), "allow-spf 5.3.0.0/16 b.example 1001");
	/* a reload leaves the number as it is */
	r = load(c, q, SPF("b.example", "5.4.0.0/16"));
	assert_int_equal(r->spf_class, q->spf_class);
	assert_string_equal(said(r, "5.4.0.1"), "allow-spf 5.4.0.0/16 b.example 1001");
	sw_policy_free(p);
	sw_policy_free(q);
	sw_policy_free(r);
	sw_config_free(c);
}

#define WITH(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH(above_block_lists), WITH(the_same_network_of_two), WITH(without_the_option),
		WITH(without_networks),	 WITH(others_in_place_of_them),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
