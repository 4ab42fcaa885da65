/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Never-block by itself, and the same lists once more: own prefixes beside those of the
 * config, policies built again without reading a file, and what explain says of both.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "support/policy_fixture.h"

#define OWN(...) own_of((const char *[]){ __VA_ARGS__, NULL })

static char *folder;

static void note(void *ctx, int level, const char *text)
{
	snprintf(ctx, 1024, "%s", text);
}

static struct sw_config *config_of(const char *lists)
{
	return policy_config(folder, lists);
}

static struct sw_policy *load(const struct sw_config *config, const struct sw_policy *previous,
			      const struct sw_own *own)
{
	const struct sw_policy_spec spec = { .config = config, .previous = previous, .own = own };
	struct sw_policy *policy = NULL;

	assert_int_equal(sw_policy_load(&spec, &policy, NULL), 0);
	return policy;
}

static struct sw_policy *rebuild(const struct sw_policy *like, const struct sw_own *own)
{
	struct sw_policy *policy = NULL;

	assert_int_equal(sw_policy_rebuild(like, own, NULL, &policy, NULL), 0);
	return policy;
}

/* Prefixes and why, in turns, up to NULL. In static memory, changed by the next call. */
static const struct sw_own *own_of(const char *const *words)
{
	static struct sw_own_entry entry[16];
	static struct sw_own own;

	own = (struct sw_own){ entry, 0 };
	for (; *words; words += 2) {
		struct sw_own_entry *e = &entry[own.n++];

		assert_int_equal(sw_prefix_parse(words[0], strlen(words[0]), &e->prefix), 0);
		snprintf(e->why, sizeof(e->why), "%s", words[1]);
	}
	return &own;
}

/* ---- what a policy says ---- */

/* The class of @address and the prefix that decides, on which all must agree. */
static const char *said(const struct sw_policy *p, const char *address)
{
	static char text[128];
	struct sw_policy_match *matches;
	struct sw_prefix source, by;
	char buf[SW_PREFIX_TEXT];
	uint8_t class;
	size_t n;

	assert_int_equal(sw_addr_parse(address, &source), 0);
	class = sw_policy_lookup(p, &source, &by);
	if (p->flat4)
		assert_int_equal(policy_in_table(p, &source), class);
	assert_int_equal(sw_policy_explain(p, &source, NULL, &matches, &n, NULL), 0);
	assert_int_equal(n && matches[0].wins, class != SW_CLASS_UNLISTED);
	if (class) {
		assert_int_equal(matches[0].class, class);
		assert_int_equal(sw_prefix_cmp(&matches[0].entry.prefix, &by), 0);
	}
	snprintf(text, sizeof(text), "%s %s", p->class[class].name, sw_prefix_format(&by, buf));
	sw_policy_matches_free(matches, n);
	return class ? text : "unlisted";
}

/* "class [line of the file] words", for each match, best first. */
static const char *explained(const struct sw_policy *p, const char *address)
{
	static char text[1024];
	struct sw_policy_match *matches;
	struct sw_prefix source;
	size_t n;

	assert_int_equal(sw_addr_parse(address, &source), 0);
	assert_int_equal(sw_policy_explain(p, &source, NULL, &matches, &n, NULL), 0);
	text[0] = '\0';
	for (size_t i = 0; i < n; i++) {
		const struct sw_policy_match *m = &matches[i];

		snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s%s [%lu] %s",
			 i ? "; " : "", p->class[m->class].name, m->entry.line, m->entry.text);
		assert_true(!m->own || !m->list);
		if (m->own)
			assert_string_equal(m->own->why, m->entry.text);
	}
	sw_policy_matches_free(matches, n);
	return text;
}

static void expect_same_table(const struct sw_policy *a, const struct sw_policy *b)
{
	assert_int_equal(a->flat4_n, b->flat4_n);
	assert_int_equal(a->flat6_n, b->flat6_n);
	assert_memory_equal(a->flat4, b->flat4, a->flat4_n * sizeof(*a->flat4));
	assert_memory_equal(a->flat6, b->flat6, a->flat6_n * sizeof(*a->flat6));
}

/* ---- tests ---- */

#define BAD "list bad { file = bad action = drop }\n"
#define GOOD "list good { file = good action = allow }\n"

static void write_lists(void)
{
	folder_write(folder, "bad", "5.0.0.0/8\n5.1.2.3\n2a05::/16\n");
	folder_write(folder, "good", "5.1.0.0/16\n");
}

static void test_own_is_never_block(void **state)
{
	struct sw_config *config = config_of("never-block = {\"5.2.0.0/16\"}\n" BAD GOOD);
	struct sw_policy *p;

	write_lists();
	p = load(config, NULL,
		 OWN("5.1.2.3", "address of eth0", "5.2.3.4", "address of eth1", "9.9.9.9",
		     "resolver in /etc/resolv.conf", "2a05::1", "default gateway via eth0"));
	assert_string_equal(said(p, "5.1.2.3"), "never-block 5.1.2.3");
	assert_string_equal(said(p, "5.1.2.4"), "good 5.1.0.0/16");
	assert_string_equal(said(p, "5.2.3.4"), "never-block 5.2.3.4");
	assert_string_equal(said(p, "5.2.3.5"), "never-block 5.2.0.0/16");
	assert_string_equal(said(p, "5.3.0.1"), "bad 5.0.0.0/8");
	assert_string_equal(said(p, "9.9.9.9"), "never-block 9.9.9.9");
	assert_string_equal(said(p, "2a05::1"), "never-block 2a05::1");
	assert_string_equal(said(p, "2a05::2"), "bad 2a05::/16");
	assert_string_equal(explained(p, "5.1.2.3"), "never-block [0] address of eth0; "
						     "good [1] 5.1.0.0/16; bad [2] 5.1.2.3; "
						     "bad [1] 5.0.0.0/8");
	assert_string_equal(explained(p, "5.2.3.4"),
			    "never-block [0] address of eth1; never-block [0] ; "
			    "bad [1] a hole for a range that must not be listed; "
			    "bad [1] 5.0.0.0/8");
	sw_policy_free(p);
	sw_config_free(config);
}

/* The policy has its own copy, and the same prefix may be in the config, too. */
static void test_own_is_copied_and_may_repeat(void **state)
{
	struct sw_config *config = config_of("never-block = {\"5.1.2.3\"}\n" BAD);
	struct sw_policy *p;

	write_lists();
	p = load(config, NULL, OWN("5.1.2.3", "address of eth0", "5.9.0.0/16", "x"));
	OWN("9.9.9.9", "another");
	assert_int_equal(p->own.n, 2);
	assert_string_equal(p->own.entry[0].why, "address of eth0");
	assert_string_equal(said(p, "5.1.2.3"), "never-block 5.1.2.3");
	assert_string_equal(said(p, "5.9.9.9"), "never-block 5.9.0.0/16");
	sw_policy_free(p);
	sw_config_free(config);
}

/* Lists are as they were, so they need not be read because of own prefixes. */
static void test_own_is_not_scrubbed(void **state)
{
	struct sw_config *config = config_of(BAD);
	struct sw_policy *p, *again;

	write_lists();
	p = load(config, NULL, OWN("5.1.2.3", "x"));
	assert_int_equal(p->lists[0].list->n4, 2);
	assert_int_equal(p->lists[0].list->counts.scrubbed, 0);
	again = load(config, p, OWN("5.0.0.0/8", "x"));
	assert_ptr_equal(p->lists[0].list, again->lists[0].list);
	assert_string_equal(said(again, "5.7.7.7"), "never-block 5.0.0.0/8");
	sw_policy_free(p);
	assert_string_equal(said(again, "2a05::1"), "bad 2a05::/16");
	sw_policy_free(again);
	sw_config_free(config);
}

static void test_rebuild_reads_nothing(void **state)
{
	struct sw_config *config = config_of(BAD GOOD);
	struct sw_policy *first, *second, *third;

	write_lists();
	first = load(config, NULL, NULL);
	sw_policy_drop_flat(first); /* as enforce does */
	unlink(folder_path(folder, "good"));
	folder_write(folder, "bad", "6.0.0.0/8\n");
	second = rebuild(first, OWN("5.7.7.7", "address of eth0"));
	assert_int_equal(second->lists_n, 2);
	for (size_t i = 0; i < 2; i++) {
		assert_ptr_equal(second->lists[i].list, first->lists[i].list);
		assert_int_equal(second->lists[i].class, first->lists[i].class);
		assert_string_equal(second->lists[i].path, first->lists[i].path);
	}
	assert_memory_equal(second->class, first->class, sizeof(first->class));
	assert_string_equal(said(second, "5.7.7.7"), "never-block 5.7.7.7");
	assert_string_equal(said(second, "5.1.2.3"), "good 5.1.0.0/16");
	assert_string_equal(said(second, "6.6.6.6"), "unlisted");
	/* the first one is what it was, and whichever goes first leaves the others their lists */
	assert_string_equal(said(first, "5.7.7.7"), "bad 5.0.0.0/8");
	sw_policy_free(first);
	third = rebuild(second, NULL);
	sw_policy_free(second);
	assert_string_equal(said(third, "5.7.7.7"), "bad 5.0.0.0/8");
	assert_int_equal(third->own.n, 0);
	sw_policy_free(third);
	sw_config_free(config);
}

/* By whichever way, the same table. */
static void test_rebuild_is_load(void **state)
{
	struct sw_config *config = config_of("never-block = {\"5.2.0.0/16\"}\n" BAD GOOD);
	struct sw_policy *with, *without, *a, *b;
	const struct sw_own *own;

	write_lists();
	own = OWN("5.1.2.3", "x", "5.2.0.0/15", "x", "8.0.0.0/7", "x", "2a05:7::/32", "x");
	without = load(config, NULL, NULL);
	with = load(config, NULL, own);
	a = rebuild(without, own);
	b = rebuild(with, NULL);
	expect_same_table(a, with);
	expect_same_table(b, without);
	assert_true(with->flat4_n != without->flat4_n);
	sw_policy_free(with);
	sw_policy_free(without);
	sw_policy_free(a);
	sw_policy_free(b);
	sw_config_free(config);
}

/* A list that has no entries or stale ones is the same afterwards. */
static void test_rebuild_keeps_what_is_known_of_lists(void **state)
{
	struct sw_config *config = config_of("list none { file = missing action = drop }\n" BAD);
	struct sw_policy *p, *stale, *again;

	write_lists();
	p = load(config, NULL, NULL);
	folder_write(folder, "bad", "");
	stale = load(config, p, NULL);
	again = rebuild(stale, NULL);
	assert_null(again->lists[0].list);
	assert_non_null(strstr(again->lists[0].problem, "No such file"));
	assert_true(again->lists[1].stale);
	assert_string_equal(again->lists[1].problem, stale->lists[1].problem);
	assert_string_equal(said(again, "5.1.2.3"), "bad 5.1.2.3");
	sw_policy_free(p);
	sw_policy_free(stale);
	sw_policy_free(again);
	sw_config_free(config);
}

/* What is in force counts, not what the file says in the meantime. */
static void test_explain_when_the_file_changed(void **state)
{
	struct sw_config *config = config_of(BAD);
	struct sw_policy *p;

	write_lists();
	p = load(config, NULL, NULL);
	assert_string_equal(explained(p, "5.1.2.3"), "bad [2] 5.1.2.3; bad [1] 5.0.0.0/8");
	folder_write(folder, "bad", "6.0.0.0/8\n");
	assert_string_equal(explained(p, "5.1.2.3"), "bad [0] ");
	assert_string_equal(said(p, "5.1.2.3"), "bad 5.1.2.3");
	assert_string_equal(explained(p, "6.6.6.6"), "");
	write_lists();
	assert_string_equal(explained(p, "5.1.2.3"), "bad [2] 5.1.2.3; bad [1] 5.0.0.0/8");
	sw_policy_free(p);
	sw_config_free(config);
}

/* ---- copies in state-dir ---- */

static const char *copy(void)
{
	return folder_path(folder, "state/lists/bad.last");
}

static void test_copies_are_written_when_asked_for(void **state)
{
	struct sw_config *config = config_of(BAD);
	struct sw_policy *p, *next, *again;
	char words[1024] = "";

	write_lists();
	p = load(config, NULL, NULL);
	assert_int_not_equal(access(copy(), F_OK), 0);
	assert_true(p->lists[0].unsaved);
	sw_policy_save(p, note, words);
	assert_int_equal(access(copy(), F_OK), 0);
	assert_false(p->lists[0].unsaved);
	/* what is new is not saved, through whatever it becomes, until it is */
	folder_write(folder, "bad", "6.0.0.0/8\n");
	next = load(config, p, NULL);
	again = rebuild(next, NULL);
	assert_true(next->lists[0].unsaved && again->lists[0].unsaved);
	sw_policy_free(next);
	next = load(config, again, NULL); /* unchanged */
	assert_true(next->lists[0].unsaved);
	/* the one from before has nothing to save, so it does not undo the copy */
	sw_policy_save(next, note, words);
	sw_policy_save(p, note, words);
	sw_policy_free(p);
	unlink(folder_path(folder, "bad"));
	assert_string_equal(words, "");
	p = NULL;
	assert_int_equal(sw_policy_load(&(struct sw_policy_spec){ .config = config,
								  .flags = SW_POLICY_LAST_GOOD },
					&p, NULL),
			 0);
	assert_string_equal(said(p, "6.6.6.6"), "bad 6.0.0.0/8");
	assert_false(p->lists[0].unsaved);
	sw_policy_free(p);
	sw_policy_free(next);
	sw_policy_free(again);
	sw_config_free(config);
}

static void test_copies_that_cannot_be_written(void **state)
{
	struct sw_config *config = config_of(BAD);
	struct sw_policy *p;
	char words[1024] = "";

	write_lists();
	folder_write(folder, "state", "a file where the folder should be");
	p = load(config, NULL, NULL);
	sw_policy_save(p, note, words);
	assert_non_null(strstr(words, "list bad: its last good copy cannot be kept"));
	assert_true(p->lists[0].unsaved);
	unlink(folder_path(folder, "state"));
	sw_policy_save(p, note, words);
	assert_false(p->lists[0].unsaved);
	assert_int_equal(access(copy(), F_OK), 0);
	sw_policy_free(p);
	sw_config_free(config);
}

/* A start that must not use what is in the files. */
static void test_copies_in_place_of_files(void **state)
{
	struct sw_config *config = config_of(BAD GOOD);
	struct sw_policy_spec spec = { .config = config, .note = note };
	struct sw_policy *p;
	char words[1024] = "";

	write_lists();
	p = load(config, NULL, NULL);
	sw_policy_save(p, NULL, NULL);
	sw_policy_free(p);
	unlink(folder_path(folder, "state/lists/good.last"));
	folder_write(folder, "bad", "6.0.0.0/8\n");
	folder_write(folder, "good", "7.0.0.0/8\n");
	spec.flags = SW_POLICY_COPIES | SW_POLICY_LAST_GOOD;
	spec.ctx = words;
	assert_int_equal(sw_policy_load(&spec, &p, NULL), 0);
	assert_string_equal(said(p, "5.1.1.1"), "bad 5.0.0.0/8");
	assert_string_equal(said(p, "6.6.6.6"), "unlisted");
	assert_true(p->lists[0].stale);
	assert_string_equal(p->lists[0].path, copy());
	assert_non_null(strstr(p->lists[0].problem, "not confirmed"));
	/* of which there is none, the file must do */
	assert_string_equal(said(p, "7.7.7.7"), "good 7.0.0.0/8");
	assert_false(p->lists[1].stale);
	sw_policy_free(p);
	sw_config_free(config);
}

static int make_folder(void **state)
{
	folder = folder_make();
	return 0;
}

static int remove_folder(void **state)
{
	folder_remove(folder);
	return 0;
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, make_folder, remove_folder)
	const struct CMUnitTest tests[] = {
		TEST(test_own_is_never_block),
		TEST(test_own_is_copied_and_may_repeat),
		TEST(test_own_is_not_scrubbed),
		TEST(test_rebuild_reads_nothing),
		TEST(test_rebuild_is_load),
		TEST(test_rebuild_keeps_what_is_known_of_lists),
		TEST(test_explain_when_the_file_changed),
		TEST(test_copies_are_written_when_asked_for),
		TEST(test_copies_that_cannot_be_written),
		TEST(test_copies_in_place_of_files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
