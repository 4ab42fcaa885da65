/* SPDX-License-Identifier: GPL-2.0-only */
/* The self-check of the table: finds what somebody wrote into it, and mends it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/addr.h"
#include "support/tables.h"

#define BLOCKS 4096
#define LISTED 8
#define VERDICT 3

static struct {
	struct sw_table4 t4;
	struct sw_table6 t6;
	struct sw_table *table;
	struct sw_rank rank[SW_CLASS_MAX];
	struct sw_entry4 four[300];
	struct sw_entry6 six[300];
} w;

static int setup(void **unused)
{
	memset(&w, 0, sizeof(w));
	w.t4 = table4_new(BLOCKS);
	w.t6 = table6_new(BLOCKS);
	w.table = sw_table_open(&w.t4, &w.t6, NULL);
	w.rank[LISTED] = (struct sw_rank){ 1, 1 };
	w.rank[VERDICT] = (struct sw_rank){ 2, 1 };
	for (uint32_t i = 0; i < 300; i++) {
		w.four[i] = (struct sw_entry4){ .addr = 0x05000000 + i * 0x10003,
						.len = 32,
						.class = LISTED };
		w.six[i] = (struct sw_entry6){ .hi = 0x2a01000000000000 + ((uint64_t)i << 32),
					       .len = 48,
					       .class = LISTED };
	}
	assert_int_equal(sw_table_load(w.table, w.four, 300, w.six, 300, w.rank), 0);
	for (uint32_t i = 0; i < 50; i++) {
		struct sw_prefix p = sw_prefix_ip4(0x09000000 + i * 0x20001, 32);

		assert_int_equal(sw_table_set(w.table, &p, VERDICT, 0), 0);
	}
	return 0;
}

static int teardown(void **unused)
{
	sw_table_close(w.table);
	table4_free(&w.t4);
	table6_free(&w.t6);
	return 0;
}

/* A whole round in steps of @step; how many addresses were mended. */
static size_t check_all(size_t step)
{
	size_t mended = 0;
	int code;

	while (!(code = sw_table_check(w.table, step, &mended)))
		;
	assert_int_equal(code, 1);
	return mended;
}

static void a_table_that_is_right_is_left_alone(void **unused)
{
	assert_int_equal(check_all(1), 0);
	assert_int_equal(check_all(7), 0);
	assert_int_equal(check_all(100000), 0);
}

static void what_somebody_painted_is_painted_over(void **unused)
{
	/* A listed host, a network, a source with a verdict: as another class, or as none. */
	assert_int_equal(sw_table4_paint(&w.t4, w.four[7].addr, w.four[7].addr, 0), 0);
	assert_int_equal(sw_table4_paint(&w.t4, w.four[9].addr, w.four[9].addr, 200), 0);
	assert_int_equal(sw_table6_paint(&w.t6, w.six[3].hi, 0, 128, 0), 0);
	assert_int_equal(sw_table4_paint(&w.t4, 0x09000000, 0x09000000, 1), 0);
	assert_int_equal(check_all(13), 4);
	assert_int_equal(sw_table4_get(&w.t4, w.four[7].addr), LISTED);
	assert_int_equal(sw_table4_get(&w.t4, w.four[9].addr), LISTED);
	assert_int_equal(sw_table6_get(&w.t6, w.six[3].hi, 0), LISTED);
	assert_int_equal(sw_table4_get(&w.t4, 0x09000000), VERDICT);
	assert_int_equal(check_all(13), 0);
}

static void lists_may_change_between_two_steps(void **unused)
{
	size_t mended = 0;

	assert_int_equal(sw_table_check(w.table, 250, &mended), 0);
	assert_int_equal(sw_table_load(w.table, w.four, 10, NULL, 0, w.rank), 0);
	assert_int_equal(check_all(50), 0);
	assert_int_equal(sw_table_load(w.table, NULL, 0, NULL, 0, w.rank), 0);
	assert_int_equal(check_all(50), 0);
}

/* Nobody reads this memory beside us. */
void sw_table_wait_readers(void)
{
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_table_that_is_right_is_left_alone),
		TEST(what_somebody_painted_is_painted_over),
		TEST(lists_may_change_between_two_steps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
