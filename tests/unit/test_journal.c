/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The journal as it is read: mail alone, from the end or from where it was, nothing twice. Its
 * files are made by systemd-journal-remote; SKIP where that is not installed.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "mta/journal.h"
#include "support/folder.h"

#define REMOTE "/lib/systemd/systemd-journal-remote"

static char *folder;
static char journal_path[FOLDER_PATH], state_path[FOLDER_PATH];
static struct sw_journal *journal;
static char seen[4096];
static int64_t last_ms;

static int start(void **unused)
{
	folder = folder_make();
	snprintf(journal_path, sizeof(journal_path), "%s/a.journal", folder);
	snprintf(state_path, sizeof(state_path), "%s/state", folder);
	seen[0] = '\0';
	return 0;
}

static int stop(void **unused)
{
	journal = sw_journal_close(journal);
	folder_remove(folder);
	return 0;
}

static void take(void *ctx, const char *tag, size_t tag_n, const char *text, size_t n,
		 int64_t time_ms)
{
	size_t used = strlen(seen);

	snprintf(seen + used, sizeof(seen) - used, "%.*s=%.*s ", (int)tag_n, tag, (int)n, text);
	last_ms = time_ms;
}

/* Entries from @from up to @to go into the journal: every third is not of mail. */
static void write_entries(int from, int to)
{
	char command[4 * FOLDER_PATH];
	FILE *out;

	snprintf(command, sizeof(command), "%s -o %s - > /dev/null 2>&1", REMOTE, journal_path);
	out = popen(command, "we");
	assert_non_null(out);
	for (int i = from; i < to; i++)
		fprintf(out,
			"__REALTIME_TIMESTAMP=%d000000\n__MONOTONIC_TIMESTAMP=%d000000\n"
			"_BOOT_ID=0123456789abcdef0123456789abcdef\nSYSLOG_FACILITY=%d\n"
			"SYSLOG_IDENTIFIER=t\nMESSAGE=%d\n\n",
			1000000 + i, 1000 + i, i % 3 == 2 ? 3 : 2, i);
	assert_int_equal(pclose(out), 0);
}

static void open_journal(int expected_state)
{
	struct sw_err err = { "" };
	int state;

	journal = sw_journal_close(journal);
	assert_int_equal(sw_journal_open(folder, state_path, take, NULL, &journal, &state, &err),
			 0);
	assert_int_equal(state, expected_state);
}

static void came(const char *expected)
{
	int code;

	while ((code = sw_journal_read(journal, 2)) == 1)
		;
	assert_int_equal(code, 0);
	assert_string_equal(seen, expected);
	seen[0] = '\0';
}

static void need_remote(void)
{
	if (access(REMOTE, X_OK)) {
		print_message("SKIP: %s is not there\n", REMOTE);
		skip();
	}
}

static void test_journal(void **unused)
{
	need_remote();
	write_entries(0, 5);
	open_journal(0);
	came("");
	write_entries(5, 10);
	came("t=6 t=7 t=9 ");
	assert_int_equal(last_ms, 1000009000);
	assert_int_equal(sw_journal_save(journal), 0);
	write_entries(10, 13);
	open_journal(0);
	came("t=10 t=12 ");
	/* it was not saved: the same again */
	open_journal(0);
	came("t=10 t=12 ");
	assert_int_equal(sw_journal_save(journal), 0);
	assert_int_equal(sw_journal_save(journal), 0);
	open_journal(0);
	came("");
	assert_true(sw_journal_fd(journal) >= 0);
}

static void test_damaged_state(void **unused)
{
	need_remote();
	write_entries(0, 5);
	folder_write(folder, "state", "synward journal 1\nno cursor\n");
	open_journal(-EBADMSG);
	came("");
	folder_write(folder, "state", "x");
	open_journal(-EBADMSG);
	came("");
}

static void test_none(void **unused)
{
	struct sw_err err = { "" };

	assert_int_equal(
		sw_journal_open("/nonexistent/journal", NULL, take, NULL, &journal, NULL, &err),
		-ENOENT);
	assert_non_null(strstr(err.text, "journal"));
	journal = NULL;
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)
	const struct CMUnitTest tests[] = {
		TEST(test_journal),
		TEST(test_damaged_state),
		TEST(test_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
