/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Lists that went bad and lists that did not change: the last good one stays in force, over a
 * restart by its copy; what the file says counts, and no date of it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/policy_fixture.h"

#define CHANGING "list a { file = f action = drop max-change = 2 max-change-floor = 10 }\n"

/* The present list is refused; what is in force is @entries of a good one. */
static void assert_stale(struct policy_fixture *w, size_t entries, const char *why)
{
	const struct sw_policy_list *l = &w->policy[0]->lists[0];

	assert_true(l->stale);
	assert_non_null(l->list);
	assert_int_equal(l->list->n4, entries);
	if (!strstr(l->problem, why))
		fail_msg("\"%s\" is not in \"%s\"", why, l->problem);
	assert_non_null(strstr(w->notes, "stays in force"));
	assert_string_equal(policy_said(w, "5.0.3.1"), "a 5.0.3.0/24");
}

static void test_stale(void **state)
{
	struct policy_fixture *w = *state;
	static const struct {
		const char *text, *why;
	} bad[] = {
		{ "", "empty" },
		{ "<html>\n<body>\n503\n", "" },
		{ "5.0.0.0/24\nx\ny\n", "" },
		{ "# nothing\n", "no entries" },
	};

	policy_write_networks(w, "f", 100);
	assert_int_equal(policy_load(w, CHANGING, 0), 0);
	assert_false(w->policy[0]->lists[0].stale);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		folder_write(w->folder, "f", bad[i].text);
		assert_int_equal(policy_load(w, CHANGING, 0), 0);
		assert_stale(w, 100, bad[i].why);
	}
	unlink(folder_path(w->folder, "f"));
	assert_int_equal(policy_load(w, CHANGING, 0), 0);
	assert_stale(w, 100, "No such file");
	policy_write_networks(w, "f", 49);
	assert_int_equal(policy_load(w, CHANGING, 0), 0);
	assert_stale(w, 100, "shrank from 100 to 49");
	policy_write_networks(w, "f", 201);
	assert_int_equal(policy_load(w, CHANGING, 0), 0);
	assert_stale(w, 100, "grew from 100 to 201");
	policy_write_networks(w, "f", 50);
	assert_int_equal(policy_load(w, CHANGING, 0), 0);
	assert_false(w->policy[0]->lists[0].stale);
	assert_int_equal(w->policy[0]->lists[0].list->n4, 50);
}

static void test_max_change_0_takes_all(void **state)
{
	struct policy_fixture *w = *state;

	policy_write_networks(w, "f", 1000);
	assert_int_equal(policy_load(w, "list a { file = f action = drop max-change = 0 }\n", 0),
			 0);
	policy_write_networks(w, "f", 1);
	assert_int_equal(policy_load(w, "list a { file = f action = drop max-change = 0 }\n", 0),
			 0);
	assert_int_equal(w->policy[0]->lists[0].list->n4, 1);
}

/* Without a list that was ever good, the others work. */
static void test_never_good(void **state)
{
	struct policy_fixture *w = *state;

	folder_write(w->folder, "g", "6.0.0.0/8\n");
	assert_int_equal(policy_load(w,
				     "list a { file = missing action = drop }\n"
				     "list b { file = g action = drop }\n",
				     BOTH),
			 0);
	assert_null(w->policy[0]->lists[0].list);
	assert_false(w->policy[0]->lists[0].stale);
	assert_non_null(strstr(w->policy[0]->lists[0].problem, "No such file"));
	assert_non_null(strstr(w->notes, "3 list a: "));
	assert_string_equal(policy_said(w, "5.1.1.1"), "unlisted");
	assert_string_equal(policy_said(w, "6.1.1.1"), "b 6.0.0.0/8");
}

/* ---- the last good copies ---- */

static void test_restart(void **state)
{
	struct policy_fixture *w = *state;

	policy_write_networks(w, "f", 100);
	assert_int_equal(policy_load(w, CHANGING, BOTH), 0);
	policy_forget(w);
	folder_write(w->folder, "f", "");
	assert_int_equal(policy_load(w, CHANGING, BOTH), 0);
	assert_stale(w, 100, "empty");
	assert_string_equal(w->policy[0]->lists[0].path,
			    folder_path(w->folder, "state/lists/a.last"));
	/* a change that is too great is one after a restart, too */
	policy_forget(w);
	policy_write_networks(w, "f", 10);
	assert_int_equal(policy_load(w, CHANGING, SW_POLICY_LAST_GOOD), 0);
	assert_stale(w, 100, "shrank");
	/* who does not ask for the last good copies does not get them */
	policy_forget(w);
	folder_write(w->folder, "f", "");
	assert_int_equal(policy_load(w, CHANGING, 0), 0);
	assert_null(w->policy[0]->lists[0].list);
}

/* The copy holds holes, IPv6, and what was scrubbed is not in it. */
static void test_copy_is_the_list(void **state)
{
	struct policy_fixture *w = *state;
	const char *lists = "list a { file = f action = drop }\n";

	folder_write(w->folder, "f",
		     "5.0.0.0/8\n!5.1.0.0/16\n2a05::/16\n!2a05:1::/32\n"
		     "10.0.0.1\n5.1.1.1\n");
	assert_int_equal(policy_load(w, lists, BOTH), 0);
	policy_forget(w);
	unlink(folder_path(w->folder, "f"));
	assert_int_equal(policy_load(w, lists, BOTH), 0);
	assert_true(w->policy[0]->lists[0].stale);
	assert_string_equal(policy_said(w, "5.2.1.1"), "a 5.0.0.0/8");
	assert_string_equal(policy_said(w, "5.1.2.1"), "unlisted");
	assert_string_equal(policy_said(w, "5.1.1.1"), "a 5.1.1.1");
	assert_string_equal(policy_said(w, "2a05:1::1"), "unlisted");
	assert_string_equal(policy_said(w, "2a05:2::1"), "a 2a05::/16");
	assert_string_equal(policy_said(w, "10.0.0.1"), "unlisted");
}

static void test_copy_is_written_when_changed(void **state)
{
	struct policy_fixture *w = *state;
	struct stat before, after;
	const char *copy, *lists = "list a { file = f action = drop }\n";

	policy_write_networks(w, "f", 3);
	assert_int_equal(policy_load(w, lists, BOTH), 0);
	copy = folder_path(w->folder, "state/lists/a.last");
	assert_int_equal(stat(copy, &before), 0);
	policy_write_networks(w, "f", 3);
	assert_int_equal(policy_load(w, lists, BOTH), 0);
	assert_int_equal(stat(copy, &after), 0);
	assert_int_equal(before.st_ino, after.st_ino); /* replaced means another file */
	assert_int_equal(before.st_mtim.tv_nsec, after.st_mtim.tv_nsec);
	policy_write_networks(w, "f", 4);
	assert_int_equal(policy_load(w, lists, BOTH), 0);
	assert_int_equal(stat(copy, &after), 0);
	assert_true(before.st_ino != after.st_ino ||
		    before.st_mtim.tv_nsec != after.st_mtim.tv_nsec);
	/* one that somebody removed is written again */
	unlink(copy);
	assert_int_equal(policy_load(w, lists, BOTH), 0);
	assert_int_equal(access(copy, R_OK), 0);
}

static void test_copy_is_written_when_ip6_alone_changed(void **state)
{
	struct policy_fixture *w = *state;
	const char *lists = "list a { file = f action = drop }\n";

	folder_write(w->folder, "f", "5.0.1.0/24\n2a05::/16\n");
	assert_int_equal(policy_load(w, lists, BOTH), 0);
	folder_write(w->folder, "f", "5.0.1.0/24\n2a06::/16\n");
	assert_int_equal(policy_load(w, lists, BOTH), 0);
	policy_forget(w);
	unlink(folder_path(w->folder, "f"));
	assert_int_equal(policy_load(w, lists, BOTH), 0);
	assert_string_equal(policy_said(w, "2a05::1"), "unlisted");
	assert_string_equal(policy_said(w, "2a06::1"), "a 2a06::/16");
}

static void test_copy_that_is_spoilt(void **state)
{
	struct policy_fixture *w = *state;
	const char *lists = "list a { file = f action = drop }\n";

	policy_write_networks(w, "f", 3);
	assert_int_equal(policy_load(w, lists, BOTH), 0);
	policy_forget(w);
	folder_write_bytes(w->folder, "state/lists/a.last", "\0\1\2\3", 4);
	assert_int_equal(policy_load(w, lists, BOTH), 0);
	assert_non_null(strstr(w->notes, "of no use"));
	assert_int_equal(w->policy[0]->lists[0].list->n4, 3);
	policy_forget(w);
	folder_write_bytes(w->folder, "state/lists/a.last", "\0\1\2\3", 4);
	unlink(folder_path(w->folder, "f"));
	assert_int_equal(policy_load(w, lists, BOTH), 0);
	assert_null(w->policy[0]->lists[0].list);
}

/* state-dir cannot be written: said, and no reason to stop. */
static void test_copy_that_cannot_be_written(void **state)
{
	struct policy_fixture *w = *state;

	policy_write_networks(w, "f", 3);
	folder_write(w->folder, "state", "a file where the folder should be");
	assert_int_equal(policy_load(w, "list a { file = f action = drop }\n", BOTH), 0);
	assert_non_null(strstr(w->notes, "3 list a: its last good copy cannot be kept"));
	assert_string_equal(policy_said(w, "5.0.1.1"), "a 5.0.1.0/24");
}

/* ---- lists that did not change ---- */

static bool kept(const struct policy_fixture *w)
{
	bool same = w->policy[0]->lists[0].list == w->policy[1]->lists[0].list;

	assert_int_equal(same, !!strstr(w->notes, ", unchanged"));
	return same;
}

/* What the file says counts, and no date or size of it. */
static void test_unchanged(void **state)
{
	struct policy_fixture *w = *state;
	const char *lists = "list a { file = f action = drop }\n", *path;
	struct timespec times[2];
	struct stat st;

	path = folder_write(w->folder, "f", "5.0.1.0/24\n5.0.2.0/24\nx\n");
	assert_int_equal(policy_load(w, "list a { file = f action = drop max-bad = \"90%\" }\n", 0),
			 0);
	folder_write(w->folder, "f", "5.0.1.0/24\n5.0.2.0/24\n");
	assert_int_equal(policy_load(w, lists, 0), 0);
	assert_false(kept(w));
	assert_int_equal(policy_load(w, lists, 0), 0);
	assert_true(kept(w));
	assert_string_equal(policy_said(w, "5.0.2.1"), "a 5.0.2.0/24");
	folder_write(w->folder, "f", "5.0.1.0/24\n5.0.2.0/24\n"); /* the same once more */
	assert_int_equal(policy_load(w, lists, 0), 0);
	assert_true(kept(w));
	/* another content of the same size and date */
	assert_int_equal(stat(path, &st), 0);
	folder_write(w->folder, "f", "5.0.1.0/24\n5.0.3.0/24\n");
	times[0] = st.st_atim;
	times[1] = st.st_mtim;
	assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
	assert_int_equal(policy_load(w, lists, 0), 0);
	assert_false(kept(w));
	assert_string_equal(policy_said(w, "5.0.2.1"), "unlisted");
	assert_string_equal(policy_said(w, "5.0.3.1"), "a 5.0.3.0/24");
	/* the one before is freed, the present one stays */
	assert_int_equal(policy_load(w, lists, 0), 0);
	assert_int_equal(policy_load(w, lists, 0), 0);
	assert_true(kept(w));
	assert_string_equal(policy_said(w, "5.0.3.1"), "a 5.0.3.0/24");
}

/* The file did not change, but what it means may have. */
static void test_unchanged_file_read_anew(void **state)
{
	static const char *const configs[] = {
		"list a { file = f action = drop }\n",
		"never-block = {\"5.0.1.0/24\"}\nlist a { file = f action = drop }\n",
		"never-block = {\"5.0.2.0/24\"}\nlist a { file = f action = drop }\n",
		"list a { file = f action = drop scrub = false }\n",
		"list a { file = f action = drop format = plain }\n",
		"list a { file = f action = drop max-bad = \"50%\" }\n",
		"list a { file = f action = pass }\n",
		"list a { file = f action = allow }\n",
		"list a { file = f action = drop enforce = false }\n",
	};
	struct policy_fixture *w = *state;

	folder_write(w->folder, "f", "5.0.1.0/24\n5.0.2.0/24\n10.0.0.0/24\n");
	assert_int_equal(policy_load(w, configs[0], 0), 0);
	for (size_t i = 1; i < sizeof(configs) / sizeof(*configs); i++) {
		assert_int_equal(policy_load(w, configs[i], 0), 0);
		assert_false(kept(w));
		assert_int_equal(policy_load(w, configs[i], 0), 0);
		assert_true(kept(w));
	}
	assert_int_equal(policy_load(w, configs[1], 0), 0);
	assert_string_equal(policy_said(w, "5.0.1.1"), "never-block 5.0.1.0/24");
	assert_int_equal(w->policy[0]->lists[0].list->n4, 1);
}

/* What stayed in force because the file is bad was not read from it. */
static void test_stale_is_not_unchanged(void **state)
{
	struct policy_fixture *w = *state;
	const char *good = "5.0.1.0/24\n5.0.2.0/24\n";

	folder_write(w->folder, "f", good);
	assert_int_equal(policy_load(w, "list a { file = f action = drop }\n", 0), 0);
	folder_write(w->folder, "f", "");
	assert_int_equal(
		policy_load(w, "list a { file = f action = drop format = drop-json }\n", 0), 0);
	assert_true(w->policy[0]->lists[0].stale);
	assert_string_equal(policy_said(w, "5.0.1.1"), "a 5.0.1.0/24");
	folder_write(w->folder, "f", good);
	assert_int_equal(
		policy_load(w, "list a { file = f action = drop format = drop-json }\n", 0), 0);
	assert_true(w->policy[0]->lists[0].stale); /* it is no JSON */
	assert_int_equal(policy_load(w, "list a { file = f action = drop }\n", 0), 0);
	assert_false(w->policy[0]->lists[0].stale);
	assert_int_equal(policy_load(w, "list a { file = f action = drop }\n", 0), 0);
	assert_true(kept(w));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, policy_setup, policy_teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_stale),
		TEST(test_max_change_0_takes_all),
		TEST(test_never_good),
		TEST(test_restart),
		TEST(test_copy_is_the_list),
		TEST(test_copy_is_written_when_changed),
		TEST(test_copy_is_written_when_ip6_alone_changed),
		TEST(test_copy_that_is_spoilt),
		TEST(test_copy_that_cannot_be_written),
		TEST(test_unchanged),
		TEST(test_unchanged_file_read_anew),
		TEST(test_stale_is_not_unchanged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
