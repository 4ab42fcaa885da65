/* SPDX-License-Identifier: GPL-2.0-only */
/* desk_counts: what the desk says of itself is added up, and bounded. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/desk_counts.h"

static struct sw_desk_counts c;

static int setup(void **state)
{
	memset(&c, 0, sizeof(c));
	return 0;
}

static int add(const char *text)
{
	json_t *message = json_loads(text, 0, NULL);
	int code;

	assert_non_null(message);
	code = sw_desk_counts_add(&c, message);
	json_decref(message);
	return code;
}

static void shows(const char *want)
{
	json_t *object = sw_desk_counts_object(&c);
	char *have = json_dumps(object, JSON_COMPACT | JSON_SORT_KEYS);

	assert_string_equal(have, want);
	free(have);
	json_decref(object);
}

static void differences_are_added_up(void **state)
{
	assert_int_equal(add("{\"op\":\"count\"}"), 0);
	assert_int_equal(add("{\"open\":7,\"general\":2,\"again\":9,\"policy\":1,\"classes\":[{"
			     "\"class\":\"a\","
			     "\"smtp\":3},{\"class\":\"b\",\"dunno\":1}],\"later\":\"x\"}"),
			 0);
	assert_int_equal(
		add("{\"open\":5,\"refused\":4,\"evicted\":1,\"classes\":[{\"class\":\"a\","
		    "\"smtp\":1,\"rejected\":2,\"deferred\":3,\"header\":4}]}"),
		0);
	shows("{\"again\":9,\"classes\":[{\"class\":\"a\",\"deferred\":3,\"dunno\":0,\"header\":4,"
	      "\"rejected\":2,\"smtp\":4},{\"class\":\"b\",\"deferred\":0,\"dunno\":1,\"header\":0,"
	      "\"rejected\":0,\"smtp\":0}],\"evicted\":1,\"general\":2,\"open\":5,\"policy\":1,"
	      "\"refused\":4}");
}

static void a_bad_message_adds_nothing(void **state)
{
	static const char *const bad[] = {
		"{\"open\":-1}",
		"{\"general\":\"7\"}",
		"{\"policy\":1.5}",
		"{\"refused\":9223372036854775807}",
		"{\"classes\":{}}",
		"{\"general\":1,\"classes\":[1]}",
		"{\"general\":1,\"classes\":[{\"smtp\":1}]}",
		"{\"general\":1,\"classes\":[{\"class\":\"a\",\"smtp\":-1}]}",
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(add(bad[i]), -EPROTO);
	shows("{\"again\":0,\"classes\":[],\"evicted\":0,\"general\":0,\"open\":0,\"policy\":0,"
	      "\"refused\":0}");
}

static void names_are_bounded(void **state)
{
	char text[80];

	for (int i = 0; i < 1000; i++) {
		snprintf(text, sizeof(text), "{\"classes\":[{\"class\":\"c%d\",\"smtp\":1}]}", i);
		assert_int_equal(add(text), 0);
	}
	assert_int_equal(c.classes, SW_DESK_CLASSES);
	assert_string_equal(c.class[SW_DESK_CLASSES - 1].name, "other");
	assert_int_equal(c.class[SW_DESK_CLASSES - 1].n[SW_DESK_CLASS_SMTP],
			 1000 - SW_DESK_CLASSES + 1);
	assert_int_equal(add("{\"classes\":[{\"class\":\"c7\",\"smtp\":1}]}"), 0);
	/* names that are none, and one that is too long */
	assert_int_equal(
		add("{\"classes\":[{\"class\":\"\",\"smtp\":1},{\"class\":\"A b\",\"smtp\":1},"
		    "{\"class\":\"aaaaaaaaaabbbbbbbbbbccccccccccdd\",\"smtp\":1}]}"),
		0);
	assert_int_equal(c.class[SW_DESK_CLASSES - 1].n[SW_DESK_CLASS_SMTP],
			 1000 - SW_DESK_CLASSES + 1 + 3);
	assert_int_equal(c.class[7].n[SW_DESK_CLASS_SMTP], 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(differences_are_added_up, setup),
		cmocka_unit_test_setup(a_bad_message_adds_nothing, setup),
		cmocka_unit_test_setup(names_are_bounded, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
