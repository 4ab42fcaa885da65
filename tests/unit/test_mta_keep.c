/* SPDX-License-Identifier: GPL-2.0-only */
/* Senders and reports on the disk: when they are written, that they are there after an end and
 * after a crash, and what is said when they are not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <syslog.h>
#include <unistd.h>

#include <cmocka.h>

#include "daemon/mta_keep.h"
#include "support/folder.h"

#define SECOND UINT64_C(1000000000)
#define NOON INT64_C(1795608000000)

static char *folder;
static struct sw_mta_keep *keep;
static unsigned notes;
static char noted[600];
static const struct sw_prefix sender = { .family = 4, .len = 32, .lo = 0x05090101 };

static void note(void *ctx, int level, const char *text)
{
	assert_int_equal(level, LOG_WARNING);
	notes++;
	snprintf(noted, sizeof(noted), "%s", text);
}

static void start(uint64_t seed)
{
	struct sw_mta_keep_options options = { .state_dir = folder, .seed = seed, .note = note };

	assert_int_equal(sw_mta_keep_open(&options, &keep), 0);
}

static int setup(void **state)
{
	folder = folder_make();
	notes = 0;
	start(1);
	return 0;
}

static int teardown(void **state)
{
	keep = sw_mta_keep_close(keep);
	folder_remove(folder);
	return 0;
}

static uint64_t name(const char *text)
{
	return sw_seen_name(sw_mta_keep_seen(keep), text, strlen(text), 0, 0);
}

static void see(const char *text)
{
	sw_seen_add(sw_mta_keep_seen(keep), name(text));
}

static bool saw(const char *text)
{
	return sw_seen_has(sw_mta_keep_seen(keep), name(text));
}

static bool is_there(const char *file)
{
	return access(folder_path(folder, file), F_OK) == 0;
}

/* Tick until @file is there; it is a thread that writes it. */
static void wait_for(const char *file, uint64_t now)
{
	for (unsigned i = 0; i < 20000 && !is_there(file); i++) {
		usleep(1000);
		sw_mta_keep_tick(keep, now);
	}
	assert_true(is_there(file));
}

static void over_an_end(void **state)
{
	see("<a@x>");
	sw_senders_note(sw_mta_keep_senders(keep), &sender, NOON);
	keep = sw_mta_keep_close(keep);
	start(2);
	assert_true(saw("<a@x>"));
	assert_false(saw("<b@x>"));
	assert_true(sw_senders_has(sw_mta_keep_senders(keep), &sender, NOON));
	assert_int_equal(notes, 0);
}

/* A report is on the disk soon, senders are when it is time. */
static void as_time_goes_by(void **state)
{
	char copy[FOLDER_PATH];

	sw_mta_keep_tick(keep, SECOND);
	sw_senders_note(sw_mta_keep_senders(keep), &sender, NOON);
	sw_mta_keep_tick(keep, 2 * SECOND);
	assert_false(is_there("reports")); /* there was none */
	see("<a@x>");
	sw_mta_keep_tick(keep, 3 * SECOND);
	wait_for("reports", 4 * SECOND);
	assert_false(is_there("senders"));
	sw_mta_keep_tick(keep, 602 * SECOND);
	wait_for("senders", 603 * SECOND);
	/* what was on the disk then is what a crash leaves */
	snprintf(copy, sizeof(copy), "%s", folder_path(folder, "kept"));
	assert_int_equal(link(folder_path(folder, "reports"), copy), 0);
	see("<b@x>");
	keep = sw_mta_keep_close(keep);
	assert_int_equal(rename(copy, folder_path(folder, "reports")), 0);
	start(2);
	assert_true(saw("<a@x>"));
	assert_false(saw("<b@x>"));
	assert_int_equal(notes, 0);
}

static void damaged(void **state)
{
	see("<a@x>");
	keep = sw_mta_keep_close(keep);
	folder_write(folder, "reports", "swseen01 and something else");
	start(2);
	assert_int_equal(notes, 1);
	assert_non_null(strstr(noted, "/reports: which reports were told is not known any more "
				      "(damaged): one that comes again counts again"));
	assert_false(saw("<a@x>"));
	see("<a@x>");
	assert_true(saw("<a@x>"));
}

static void a_disk_that_does_not_take_it(void **state)
{
	keep = sw_mta_keep_close(keep);
	folder_remove(folder);
	folder = folder_make();
	start(1);
	assert_int_equal(rmdir(folder), 0);
	see("<a@x>");
	keep = sw_mta_keep_close(keep);
	assert_int_equal(notes, 2);
	assert_non_null(strstr(noted, "is not kept: No such file or directory"));
	assert_int_equal(mkdir(folder, 0700), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(over_an_end),
		TEST(as_time_goes_by),
		TEST(damaged),
		TEST(a_disk_that_does_not_take_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
