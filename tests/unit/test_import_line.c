/* SPDX-License-Identifier: GPL-2.0-only */
/* import_line: what a line asks for, and what is wrong with those that are bad. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/import.h"

#define NOW INT64_C(1772366400000)
#define HEAD "{\"synward\": \"export\", \"version\": 1, \"later\": [1]}"

static struct sw_import_reader reader = { .now_ms = NOW };

static int begin(void **state)
{
	reader.is_export = false;
	return 0;
}

/* @want: the verdict as compact JSON with sorted keys; NULL for lines of other kinds. */
static void reads_as(const char *text, enum sw_import_kind kind, const char *want)
{
	struct sw_import_line line;
	struct sw_err err = { "" };
	char *have;

	assert_int_equal(sw_import_parse(&reader, text, strlen(text), &line, &err), 0);
	assert_int_equal(line.kind, kind);
	if (!want) {
		assert_null(line.verdict);
		return;
	}
	have = json_dumps(line.verdict, JSON_COMPACT | JSON_SORT_KEYS | JSON_REAL_PRECISION(15));
	assert_string_equal(have, want);
	assert_string_equal(line.source,
			    json_string_value(json_object_get(line.verdict, "source")));
	free(have);
	json_decref(line.verdict);
}

static void is_bad(const char *text, const char *words)
{
	struct sw_import_line line = { .kind = 77 };
	struct sw_err err = { "" };

	assert_int_equal(sw_import_parse(&reader, text, strlen(text), &line, &err), -EINVAL);
	assert_int_equal(line.kind, 77);
	assert_null(line.verdict);
	if (strncmp(err.text, words, strlen(words)) != 0)
		fail_msg("%s\nhave: %s\nwant: %s", text, err.text, words);
}

static void source_and_action_are_enough(void **state)
{
	reads_as("{\"source\": \"192.0.2.0/24\", \"action\": \"drop\"}", SW_IMPORT_VERDICT,
		 "{\"action\":\"drop\",\"source\":\"192.0.2.0/24\"}");
	reads_as(" {\"action\": \"allow\", \"source\": \"2001:DB8::0\"} ", SW_IMPORT_VERDICT,
		 "{\"action\":\"allow\",\"source\":\"2001:db8::\"}");
	reads_as("{\"action\": \"allow\", \"source\": \"::ffff:192.0.2.1\"}", SW_IMPORT_VERDICT,
		 "{\"action\":\"allow\",\"source\":\"192.0.2.1\"}");
}

static void all_that_an_export_holds(void **state)
{
	reads_as("{\"source\": \"192.0.2.1\", \"origin\": \"operator\", \"class\": "
		 "\"operator-block\", \"action\": \"drop\", \"reason\": \"spam\", \"who\": "
		 "\"root\", "
		 "\"created\": 1764093600.5, \"expires\": 1772366400.123, \"count\": 3}",
		 SW_IMPORT_VERDICT,
		 "{\"action\":\"drop\",\"expires\":1772366400.123,\"reason\":\"spam\","
		 "\"source\":\"192.0.2.1\"}");
	reads_as("{\"source\": \"192.0.2.1\", \"action\": \"drop\", \"reason\": null, \"expires\": "
		 "null, \"for\": null, \"origin\": null}",
		 SW_IMPORT_VERDICT, "{\"action\":\"drop\",\"source\":\"192.0.2.1\"}");
	reads_as("{\"source\": \"192.0.2.1\", \"action\": \"drop\", \"for\": \"2h\"}",
		 SW_IMPORT_VERDICT,
		 "{\"action\":\"drop\",\"for\":\"2h\",\"source\":\"192.0.2.1\"}");
}

static void what_is_left_out(void **state)
{
	reads_as("", SW_IMPORT_NOTHING, NULL);
	reads_as(" \t", SW_IMPORT_NOTHING, NULL);
	reads_as("{\"source\": \"192.0.2.1\", \"action\": \"drop\", \"expires\": 1772366400}",
		 SW_IMPORT_EXPIRED, NULL);
	reads_as("{\"source\": \"192.0.2.1\", \"action\": \"drop\", \"origin\": \"dns\"}",
		 SW_IMPORT_OTHER, NULL);
}

/* A later version may add keys to its exports; a person's line has none to add. */
static void unknown_keys_are_for_exports(void **state)
{
	static const char line[] = "{\"source\": \"192.0.2.1\", \"action\": \"drop\", "
				   "\"expire\": 1772366500}";

	is_bad(line, "nothing is known of \"expire\"; a line has source and action");
	reads_as(HEAD, SW_IMPORT_NOTHING, NULL);
	reads_as(line, SW_IMPORT_VERDICT, "{\"action\":\"drop\",\"source\":\"192.0.2.1\"}");
}

static void heads_are_checked(void **state)
{
	is_bad("{\"synward\": \"export\", \"version\": 2}",
	       "an export of version 2; this synward reads version 1");
	is_bad("{\"synward\": \"export\"}", "an export of version 0");
	is_bad("{\"synward\": \"status\", \"version\": 1}",
	       "this is not what synward export writes");
	assert_false(reader.is_export);
}

static void bad_lines_say_why(void **state)
{
	static const struct {
		const char *line, *words;
	} rows[] = {
		{ "192.0.2.1", "this is not JSON: " },
		{ "{\"source\": \"192.0.2.1\", ", "this is not JSON: " },
		{ "{\"source\": \"a\", \"source\": \"b\"}", "this is not JSON: duplicate" },
		{ "{} {}", "this is not JSON: end of file expected" },
		{ "[]", "this is JSON, but no object" },
		{ "{}", "\"source\" is missing" },
		{ "{\"source\": null, \"action\": \"drop\"}", "\"source\" is missing" },
		{ "{\"source\": 7}", "\"source\" is not a text" },
		{ "{\"source\": \"192.0.2.1\"}", "\"action\" is missing" },
		{ "{\"source\": \"192.0.2.1\", \"action\": \"block\"}",
		  "\"action\" is \"allow\", \"drop\", \"reject\" or \"reset\"" },
		{ "{\"source\": \"192.0.2.1/24\", \"action\": \"drop\"}",
		  "192.0.2.1/24 is one address and a length: write 192.0.2.0/24" },
		{ "{\"source\": \"example.org\", \"action\": \"drop\"}",
		  "\"example.org\" is not an address or a prefix" },
		{ "{\"source\": \"192.0.2.1\", \"action\": \"drop\", \"reason\": 1}",
		  "\"reason\" is not a text" },
		{ "{\"source\": \"192.0.2.1\", \"action\": \"drop\", \"expires\": \"soon\"}",
		  "\"expires\" is null or a number of seconds since 1970" },
		{ "{\"source\": \"192.0.2.1\", \"action\": \"drop\", \"expires\": 1772366400000}",
		  "\"expires\" is null or a number of seconds since 1970" },
		{ "{\"source\": \"192.0.2.1\", \"action\": \"drop\", \"expires\": 1e999}",
		  "this is not JSON: real number overflow" },
		{ "{\"source\": \"192.0.2.1\", \"action\": \"drop\", \"for\": \"2\"}",
		  "\"for\": not a duration such as" },
		{ "{\"source\": \"192.0.2.1\", \"action\": \"drop\", \"for\": 2}",
		  "\"for\" is not a text" },
		{ "{\"source\": \"192.0.2.1\", \"action\": \"drop\", \"for\": \"2h\", "
		  "\"expires\": 1}",
		  "either \"expires\" or \"for\"" },
		{ "{\"source\": \"192.0.2.1\", \"action\": \"drop\", \"origin\": 1}",
		  "\"origin\" is not a text" },
		{ "{\"source\": \"192.0.2.1\", \"action\": \"drop\", \"reason\": \"\\u0000\"}",
		  "this is not JSON: " },
		{ "{\"source\": \"192.0.2.1\", \"action\": \"drop\", \"reason\": \"\xff\"}",
		  "this is not JSON: unable to decode byte 0xff" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		is_bad(rows[i].line, rows[i].words);
}

static void reasons_have_to_fit(void **state)
{
	char reason[257], line[400];

	memset(reason, 'x', 256);
	reason[256] = '\0';
	snprintf(line, sizeof(line),
		 "{\"source\": \"192.0.2.1\", \"action\": \"drop\", \"reason\": \"%s\"}", reason);
	is_bad(line, "the reason has 256 bytes; there is room for 255");
}

static void deep_and_zero_bytes_do_no_harm(void **state)
{
	char deep[60000];

	memset(deep, '[', sizeof(deep) - 1);
	deep[sizeof(deep) - 1] = '\0';
	is_bad(deep, "this is not JSON: ");
	for (size_t n = 0; n < 8; n++) {
		struct sw_import_line line;
		struct sw_err err;

		memset(deep, 0, n);
		assert_int_equal(sw_import_parse(&reader, deep, n, &line, &err), n ? -EINVAL : 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(source_and_action_are_enough, begin),
		cmocka_unit_test_setup(all_that_an_export_holds, begin),
		cmocka_unit_test_setup(what_is_left_out, begin),
		cmocka_unit_test_setup(unknown_keys_are_for_exports, begin),
		cmocka_unit_test_setup(heads_are_checked, begin),
		cmocka_unit_test_setup(bad_lines_say_why, begin),
		cmocka_unit_test_setup(reasons_have_to_fit, begin),
		cmocka_unit_test_setup(deep_and_zero_bytes_do_no_harm, begin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
