/* SPDX-License-Identifier: GPL-2.0-only */
/* json_arena: what is in it, what is not, and when it begins anew. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "lib/json_arena.h"

#define AREA 65536

/* An array of @n texts. */
static json_t *texts(unsigned n)
{
	json_t *array = json_array();

	for (unsigned i = 0; i < n; i++)
		assert_int_equal(json_array_append_new(array, json_sprintf("text %u", i)), 0);
	return array;
}

static void assert_texts(const json_t *array, unsigned n)
{
	char text[32];

	assert_int_equal(json_array_size(array), n);
	for (unsigned i = 0; i < n; i++) {
		snprintf(text, sizeof(text), "text %u", i);
		assert_string_equal(json_string_value(json_array_get(array, i)), text);
	}
}

static json_t *texts_inside(unsigned n)
{
	json_t *array;

	sw_json_arena_open();
	array = texts(n);
	sw_json_arena_close();
	return array;
}

static void it_is_used_while_open_alone(void **state)
{
	json_t *outside = texts(10), *inside;

	assert_int_equal(sw_json_arena_held(), 0);
	inside = texts_inside(10);
	assert_in_range(sw_json_arena_held(), 1, AREA);
	assert_texts(outside, 10);
	assert_texts(inside, 10);
	json_decref(outside);
	assert_in_range(sw_json_arena_held(), 1, AREA);
	json_decref(inside);
	assert_int_equal(sw_json_arena_held(), 0);
}

static void what_lives_on_is_not_overwritten(void **state)
{
	json_t *first = texts_inside(20), *kept = json_incref(json_array_get(first, 7)), *second;
	size_t held = sw_json_arena_held();

	json_decref(first);
	assert_int_equal(sw_json_arena_held(), held);
	second = texts_inside(20);
	assert_in_range(sw_json_arena_held(), held + 1, AREA);
	assert_string_equal(json_string_value(kept), "text 7");
	json_decref(kept);
	assert_texts(second, 20);
	json_decref(second);
	assert_int_equal(sw_json_arena_held(), 0);
}

static void what_has_no_room_is_elsewhere(void **state)
{
	for (unsigned round = 0; round < 3; round++) {
		json_t *large = texts_inside(20000), *more = texts_inside(10);

		assert_in_range(sw_json_arena_held(), AREA / 2, AREA);
		assert_texts(large, 20000);
		assert_texts(more, 10);
		json_decref(more);
		json_decref(large);
		assert_int_equal(sw_json_arena_held(), 0);
	}
}

static void a_request_that_is_no_json_leaves_nothing(void **state)
{
	char text[4096] = "[";
	json_error_t error;

	for (unsigned i = 0; i < 300; i++)
		strcat(text, "{\"a\":\"b\"},");
	sw_json_arena_open();
	assert_null(json_loads(text, 0, &error));
	sw_json_arena_close();
	assert_int_equal(sw_json_arena_held(), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_is_used_while_open_alone),
		cmocka_unit_test(what_lives_on_is_not_overwritten),
		cmocka_unit_test(what_has_no_room_is_elsewhere),
		cmocka_unit_test(a_request_that_is_no_json_leaves_nothing),
	};

	sw_json_arena_use(AREA);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
