/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Log files as they are followed: rotation, truncation, restarts; nothing twice, nothing lost,
 * no half lines.
 */
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "mta/follow.h"
#include "support/folder.h"
#include "support/random.h"

#define BUDGET (1u << 20)

static char *folder;
static char log_path[FOLDER_PATH], state_path[FOLDER_PATH];
static struct sw_follow *follow;
static int64_t now_ms;

/* Lines that came, with a space behind each. */
static char seen[1u << 16];
static size_t seen_n;

static void take_line(void *ctx, const char *line, size_t n)
{
	assert_true(n <= SW_FOLLOW_LINE && !memchr(line, '\n', n));
	if (n > 64)
		n = 64;
	assert_true(seen_n + n + 2 < sizeof(seen));
	memcpy(seen + seen_n, line, n);
	seen_n += n;
	seen[seen_n++] = ' ';
	seen[seen_n] = '\0';
}

static const char *path_of(const char *suffix)
{
	static char path[FOLDER_PATH + 32];

	snprintf(path, sizeof(path), "%s%s", log_path, suffix);
	return path;
}

static int start(void **unused)
{
	folder = folder_make();
	snprintf(log_path, sizeof(log_path), "%s/mail.log", folder);
	snprintf(state_path, sizeof(state_path), "%s/state", folder);
	now_ms = 1000;
	seen_n = 0;
	seen[0] = '\0';
	follow = NULL;
	return 0;
}

static int stop(void **unused)
{
	follow = sw_follow_close(follow);
	folder_remove(folder);
	return 0;
}

static void open_follow(bool from_start)
{
	struct sw_err err = { "" };
	int state;

	follow = sw_follow_close(follow);
	assert_int_equal(sw_follow_open(log_path, state_path, from_start, take_line, NULL, &follow,
					&state, &err),
			 0);
	assert_int_equal(state, 0);
}

static void append(const char *path, const char *text)
{
	FILE *f = fopen(path, "ae");

	assert_non_null(f);
	assert_int_equal(fputs(text, f) < 0, 0);
	assert_int_equal(fclose(f), 0);
}

static void add(const char *text)
{
	append(log_path, text);
}

static void poll_all(void)
{
	int code;

	now_ms += 1000;
	while ((code = sw_follow_read(follow, BUDGET, now_ms)) == 1)
		;
	assert_int_equal(code, 0);
}

/* What came since the last time. */
static void came(const char *expected)
{
	poll_all();
	assert_string_equal(seen, expected);
	seen_n = 0;
	seen[0] = '\0';
}

static void save(void)
{
	assert_int_equal(sw_follow_save(follow), 0);
}

static void rotate(const char *to)
{
	char copy[FOLDER_PATH + 32];

	snprintf(copy, sizeof(copy), "%s", path_of(to));
	assert_int_equal(rename(log_path, copy), 0);
}

static void copy_truncate(const char *to)
{
	char command[4 * FOLDER_PATH];

	snprintf(command, sizeof(command), "cp %s %s", log_path, path_of(to));
	assert_int_equal(system(command), 0);
	assert_int_equal(truncate(log_path, 0), 0);
}

#define LONG "a line that is long enough to tell one file from another, which takes 64 bytes"

/* ---- one file ---- */

static void test_from_end(void **state)
{
	add("old\n");
	open_follow(false);
	came("");
	add("a\nb\n");
	came("a b ");
	came("");
}

static void test_from_start(void **state)
{
	add("old\n");
	open_follow(true);
	came("old ");
}

static void test_from_end_inside(void **state)
{
	add("old\nhalf of a line");
	open_follow(false);
	came("");
	add(" and its rest\nnew\n");
	came("new ");
}

static void test_not_there_yet(void **state)
{
	open_follow(false);
	came("");
	add("a\n");
	came("a ");
}

static void test_partial(void **state)
{
	open_follow(true);
	add("one\ntw");
	came("one ");
	add("o");
	came("");
	save();
	open_follow(true);
	add("\nthree");
	came("two ");
	add("\n\n");
	came("three  ");
}

static void test_too_long(void **state)
{
	static char line[3 * SW_FOLLOW_LINE];

	open_follow(true);
	memset(line, 'x', sizeof(line) - 1);
	add("a\n");
	add(line);
	came("a ");
	save();
	/* the tail of it is no line, after a restart neither */
	open_follow(true);
	add("tail\nb\n");
	came("b ");
	add(line);
	add("\nc\n");
	came("c ");
	assert_int_equal(sw_follow_counts(follow)->too_long, 1);
	line[SW_FOLLOW_LINE] = '\0';
	add(line);
	add("\n");
	poll_all();
	assert_int_equal(strlen(seen), 65);
}

static void test_budget(void **state)
{
	int rounds = 0;

	open_follow(true);
	add("one\ntwo\nthree\n");
	while (sw_follow_read(follow, 3, ++now_ms) == 1)
		rounds++;
	assert_int_equal(rounds, 4);
	assert_string_equal(seen, "one two three ");
}

static void test_binary(void **state)
{
	open_follow(true);
	folder_write_bytes(folder, "mail.log", "\0\0a\0b\n\xff\n\0\n", 10);
	poll_all();
	assert_int_equal(seen_n, 7);
	assert_memory_equal(seen, "a\0b \xff  ", 7);
}

/* Whoever waits for the descriptor hears of lines, of rotation, and of nothing else. */
static bool is_readable(void)
{
	struct pollfd p = { .fd = sw_follow_fd(follow), .events = POLLIN };

	return poll(&p, 1, 0) == 1;
}

static void test_watch(void **state)
{
	open_follow(true);
	came("");
	assert_false(is_readable());
	add("a\n");
	assert_true(is_readable());
	came("a ");
	add("b\n");
	assert_true(is_readable());
	came("b ");
	poll_all();
	assert_false(is_readable());
	folder_write(folder, "other.log", "c\n");
	came("");
	assert_false(is_readable());
	rotate(".1");
	assert_true(is_readable());
	came("");
	add("d\n");
	assert_true(is_readable());
	came("d ");
	add("e\n");
	assert_true(is_readable());
	came("e ");
}

/* ---- rotation ---- */

static void test_rename(void **state)
{
	open_follow(true);
	add("a\n");
	came("a ");
	add("b\n");
	rotate(".1");
	came("b ");
	add("c\n");
	/* the writer has not heard of it yet */
	append(path_of(".1"), "d\n");
	came("d c ");
	append(path_of(".1"), "e\n");
	add("f\n");
	came("e f ");
	now_ms += 100000;
	came("");
	add("g\n");
	came("g ");
	assert_int_equal(sw_follow_counts(follow)->rotations, 1);
	assert_int_equal(sw_follow_counts(follow)->lost, 0);
}

static void test_rename_twice(void **state)
{
	open_follow(true);
	add("a\n");
	came("a ");
	rotate(".1");
	add("b\n");
	came("b ");
	rename(path_of(".1"), folder_path(folder, "mail.log.2"));
	rotate(".1");
	add("c\n");
	append(path_of(".2"), "d\n");
	append(path_of(".1"), "e\n");
	came("d e c ");
}

static void test_copy_truncate(void **state)
{
	open_follow(true);
	add(LONG "\n");
	came("a line that is long enough to tell one file from another, which  ");
	add("a\n");
	copy_truncate(".1");
	add("b\n");
	came("a b ");
	add("c\n");
	came("c ");
	assert_int_equal(sw_follow_counts(follow)->truncations, 1);
	assert_int_equal(sw_follow_counts(follow)->lost, 0);
}

/* It is as long as before when it is looked at. */
static void test_truncated_and_longer(void **state)
{
	open_follow(true);
	add("a\nb\n");
	came("a b ");
	assert_int_equal(truncate(log_path, 0), 0);
	add("c\nd\ne\n");
	came("c d e ");
	assert_int_equal(sw_follow_counts(follow)->lost, 1);
}

/* A writer without O_APPEND goes on where it was. */
static void test_hole(void **state)
{
	FILE *f = fopen(log_path, "we");

	assert_non_null(f);
	for (int i = 0; i < 20000; i++)
		fprintf(f, "12345\n");
	fflush(f);
	open_follow(false);
	came("");
	assert_int_equal(truncate(log_path, 0), 0);
	fprintf(f, "a\n");
	fclose(f);
	came("a ");
	add("b\n");
	came("b ");
}

static void test_gone(void **state)
{
	open_follow(true);
	add("a\n");
	came("a ");
	unlink(log_path);
	came("");
	add("b\n");
	came("b ");
}

/* ---- restarts ---- */

static void test_restart(void **state)
{
	open_follow(true);
	add("a\n");
	came("a ");
	save();
	add("b\n");
	open_follow(false);
	came("b ");
}

static void test_restart_without_save(void **state)
{
	open_follow(true);
	add("a\n");
	came("a ");
	save();
	add("b\n");
	came("b ");
	/* killed: what b led to was not safe, so it comes again */
	open_follow(true);
	came("b ");
}

static void test_renamed_meanwhile(void **state)
{
	open_follow(true);
	add("a\n");
	came("a ");
	save();
	add("b\n");
	rotate(".1");
	add("c\n");
	open_follow(false);
	came("b c ");
	save();
	append(path_of(".1"), "late\n");
	open_follow(false);
	came("late ");
}

static void test_rotated_often_meanwhile(void **state)
{
	open_follow(true);
	add("a\n");
	came("a ");
	save();
	add("b\n");
	rotate("-20261124");
	usleep(20000); /* the order is that of their times */
	add("c\n");
	rotate("-20261125");
	usleep(20000);
	add("d\n");
	append(path_of(".old"), "not rotated\n");
	append(path_of("-20261123.gz"), "compressed\n");
	open_follow(false);
	came("b c d ");
	assert_int_equal(sw_follow_counts(follow)->lost, 0);
}

static void test_copied_meanwhile(void **state)
{
	open_follow(true);
	add(LONG "\na\n");
	poll_all();
	seen_n = 0;
	save();
	add("b\n");
	copy_truncate(".1");
	add("c\n");
	open_follow(false);
	came("b c ");
}

static void test_gone_meanwhile(void **state)
{
	open_follow(true);
	add("a\n");
	came("a ");
	save();
	unlink(log_path);
	add("bb\ncc\n");
	open_follow(false);
	came("bb cc ");
	assert_int_equal(sw_follow_counts(follow)->lost, 1);
}

static void test_damaged_state(void **state)
{
	static const char *const texts[] = {
		"",
		"x",
		"synward follow 1\n",
		"synward follow 1\nfile 1 2 3 0 0 0\n",
		"synward follow 1\nfile 1 2 3 0 0 0 9\nend\n",
		"synward follow 1\nfile 1 2 3 0 9999 0\nend\n",
		"synward follow 1\nfile 1 2 99999999999999999999999 0 0 0\nend\n",
		"synward follow 1\nfile 1 2 3 7 0 0\nend\n",
		"synward follow 2\nend\n",
	};
	struct sw_err err;
	int code;

	add("old\n");
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		folder_write(folder, "state", texts[i]);
		assert_int_equal(sw_follow_open(log_path, state_path, false, take_line, NULL,
						&follow, &code, &err),
				 0);
		if (code != -74)
			print_message("%s\n", texts[i]);
		assert_int_equal(code, -74); /* EBADMSG */
		came("");
		follow = sw_follow_close(follow);
	}
}

/* ---- all of it, at random ---- */

#define LINES 20000

static unsigned char times[LINES], saved[LINES];

static void take_number(void *ctx, const char *line, size_t n)
{
	char text[16];
	int number;

	assert_true(n > 8 && n < sizeof(text) + 80);
	snprintf(text, sizeof(text), "%.*s", n < 8 ? (int)n : 8, line);
	number = atoi(text);
	assert_true(number >= 0 && number < LINES);
	times[number]++;
}

static void open_numbers(void)
{
	int code;

	follow = sw_follow_close(follow);
	assert_int_equal(
		sw_follow_open(log_path, state_path, true, take_number, NULL, &follow, &code, NULL),
		0);
	assert_int_equal(code, 0);
}

static void save_numbers(void)
{
	save();
	memcpy(saved, times, sizeof(saved));
}

/* Files get older: .1 becomes .2, and so on. */
static void make_room(void)
{
	char from[FOLDER_PATH + 32], to[FOLDER_PATH + 32];

	for (int i = 8; i > 0; i--) {
		snprintf(from, sizeof(from), "%s.%d", log_path, i);
		snprintf(to, sizeof(to), "%s.%d", log_path, i + 1);
		rename(from, to);
	}
	usleep(5000);
}

static void test_random(void **state)
{
	uint64_t random = 7;
	int written = 0, rotated = 0;
	char line[128];

	open_numbers();
	snprintf(line, sizeof(line), "%08d " LONG "\n", written++);
	add(line);
	poll_all();
	save_numbers();
	while (written < LINES) {
		unsigned what = (unsigned)(sw_random(&random) >> 58);

		if (what < 48) {
			for (int i = 0; i < 20 && written < LINES; i++) {
				snprintf(line, sizeof(line), "%08d " LONG, written++);
				add(line);
				if (what < 4)
					poll_all();
				add("\n");
			}
		} else if (what < 54) {
			poll_all();
		} else if (what < 58) {
			sw_follow_read(follow, 100, ++now_ms);
		} else if (what < 60) {
			poll_all();
			save_numbers();
		} else if (what < 61) { /* killed */
			memcpy(times, saved, sizeof(saved));
			open_numbers();
		} else if (what < 62) {
			save_numbers();
			open_numbers();
		} else if (access(log_path, F_OK) == 0 && rotated < 4) {
			rotated++;
			make_room();
			if (what == 62)
				rotate(".1");
			else
				copy_truncate(".1");
		} else if (rotated >= 4) { /* so that none is older than nine */
			poll_all();
			save_numbers();
			rotated = 0;
		}
	}
	poll_all();
	for (int i = 0; i < LINES; i++) {
		if (times[i] != 1)
			print_message("line %d came %u times\n", i, times[i]);
		assert_int_equal(times[i], 1);
	}
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)
	const struct CMUnitTest tests[] = {
		TEST(test_from_end),
		TEST(test_from_start),
		TEST(test_from_end_inside),
		TEST(test_not_there_yet),
		TEST(test_partial),
		TEST(test_too_long),
		TEST(test_budget),
		TEST(test_binary),
		TEST(test_watch),
		TEST(test_rename),
		TEST(test_rename_twice),
		TEST(test_copy_truncate),
		TEST(test_truncated_and_longer),
		TEST(test_hole),
		TEST(test_gone),
		TEST(test_restart),
		TEST(test_restart_without_save),
		TEST(test_renamed_meanwhile),
		TEST(test_rotated_often_meanwhile),
		TEST(test_copied_meanwhile),
		TEST(test_gone_meanwhile),
		TEST(test_damaged_state),
		TEST(test_random),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
