/* SPDX-License-Identifier: GPL-2.0-only */
/* verdict_args: from the command lines of block, allow and unblock to orders. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "cli/verdict.h"

#define WORDS 12

struct line {
	char *argv[WORDS + 1];
	int argc, first;
	struct sw_verdict_order order;
	struct sw_err err;
};

/* The words of @text, separated by one space, after the name of the command. */
static void parse(struct line *l, const char *action, char *text)
{
	memset(l, 0, sizeof(*l));
	l->argv[l->argc++] = (char *)"block";
	for (char *word = strtok(text, " "); word && l->argc < WORDS; word = strtok(NULL, " "))
		l->argv[l->argc++] = word;
	opterr = 0;
	l->first = sw_verdict_args_read(l->argc, l->argv, action, &l->order, &l->err);
}

static void a_prefix_is_enough(void **state)
{
	char words[] = "192.0.2.1";
	struct line l;

	parse(&l, "drop", words);
	assert_int_equal(l.argc - l.first, 1);
	assert_string_equal(l.argv[l.first], "192.0.2.1");
	assert_string_equal(l.order.action, "drop");
	assert_null(l.order.duration);
	assert_int_equal(l.order.duration_ms, 0);
	assert_null(l.order.reason);
	assert_false(l.order.force);
	assert_false(l.order.options.json);
	assert_string_equal(l.order.options.config, SW_CONFIG_DEFAULT);
}

static void options_stand_anywhere(void **state)
{
	char words[] = "192.0.2.1 --for 1h30m - --reason spam -c /c --force --json 192.0.2.2";
	struct line l;

	parse(&l, "allow", words);
	assert_int_equal(l.argc - l.first, 3);
	assert_string_equal(l.argv[l.first], "192.0.2.1");
	assert_string_equal(l.argv[l.first + 1], "-");
	assert_string_equal(l.argv[l.first + 2], "192.0.2.2");
	assert_string_equal(l.order.duration, "1h30m");
	assert_int_equal(l.order.duration_ms, 90 * 60 * 1000);
	assert_string_equal(l.order.reason, "spam");
	assert_true(l.order.force);
	assert_true(l.order.options.json);
	assert_true(l.order.options.config_given);
	assert_string_equal(l.order.options.config, "/c");
}

static void durations_are_checked(void **state)
{
	static const char *const bad[] = { "2", "2x", "-2h", "0s", "1.5h", "1h90m", "101w2" };
	char words[64];
	struct line l;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		snprintf(words, sizeof(words), "192.0.2.1 --for %s", bad[i]);
		parse(&l, "drop", words);
		assert_int_equal(l.first, -EINVAL);
		snprintf(words, sizeof(words), "--for \"%s\": not a duration such as", bad[i]);
		assert_memory_equal(l.err.text, words, strlen(words));
	}
	snprintf(words, sizeof(words), "192.0.2.1 --for 99999d");
	parse(&l, "drop", words);
	assert_string_equal(l.err.text, "--for \"99999d\": longer than 100 years");
}

static void reasons_have_to_fit(void **state)
{
	char words[400] = "192.0.2.1 --reason ";
	size_t n = strlen(words);
	struct line l;

	memset(words + n, 'x', 255);
	parse(&l, "drop", words);
	assert_true(l.first > 0);
	strcpy(words, "192.0.2.1 --reason ");
	memset(words + n, 'x', 256);
	parse(&l, "drop", words);
	assert_int_equal(l.first, -EINVAL);
	assert_string_equal(l.err.text, "the reason has 256 bytes; there is room for 255");
}

static void no_prefix_is_no_order(void **state)
{
	char words[] = "--for 2h";
	struct line l;

	parse(&l, "drop", words);
	assert_int_equal(l.first, -EINVAL);
	assert_memory_equal(l.err.text, "which prefix?", 13);
}

static void taking_back_has_fewer_options(void **state)
{
	char good[] = "192.0.2.1 --reason over --json", span[] = "192.0.2.1 --for 2h",
	     force[] = "192.0.2.1 --force";
	struct line l;

	parse(&l, NULL, good);
	assert_int_equal(l.argc - l.first, 1);
	assert_string_equal(l.order.reason, "over");
	assert_null(l.order.action);
	parse(&l, NULL, span);
	assert_int_equal(l.first, -EINVAL);
	assert_string_equal(l.err.text, "");
	parse(&l, NULL, force);
	assert_int_equal(l.first, -EINVAL);
}

static void a_block_has_a_way(void **state)
{
	static const char *const ways[] = { "drop", "reject", "reset" };
	char words[64];
	struct line l;

	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		snprintf(words, sizeof(words), "192.0.2.1 --how %s --kill", ways[i]);
		parse(&l, "drop", words);
		assert_int_equal(l.argc - l.first, 1);
		assert_string_equal(l.order.action, ways[i]);
		assert_true(l.order.kill);
	}
	strcpy(words, "192.0.2.1 --how allow");
	parse(&l, "drop", words);
	assert_int_equal(l.first, -EINVAL);
	assert_string_equal(l.err.text, "--how \"allow\": give drop, reject or reset");
}

static void what_allows_has_none(void **state)
{
	static const char *const bad[] = { "192.0.2.1 --how reject", "192.0.2.1 --kill" };
	char words[64];
	struct line l;

	for (size_t i = 0; i < 2; i++) {
		strcpy(words, bad[i]);
		parse(&l, "allow", words);
		assert_int_equal(l.first, -EINVAL);
		strcpy(words, bad[i]);
		parse(&l, NULL, words);
		assert_int_equal(l.first, -EINVAL);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_prefix_is_enough),
		cmocka_unit_test(options_stand_anywhere),
		cmocka_unit_test(durations_are_checked),
		cmocka_unit_test(reasons_have_to_fit),
		cmocka_unit_test(no_prefix_is_no_order),
		cmocka_unit_test(taking_back_has_fewer_options),
		cmocka_unit_test(a_block_has_a_way),
		cmocka_unit_test(what_allows_has_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
