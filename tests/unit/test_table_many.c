/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A load of lists below so many verdicts that two threads share it: what it says then, and that
 * one which is refused leaves nothing behind.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/addr.h"
#include "support/tables.h"

#define VERDICTS 70000
#define BLOCKS 50000
#define LISTED 40
#define OTHER 41
#define FOR_GOOD 3
#define FOR_A_WHILE 5
#define ENDS_NS (1000ull << SW_EXPIRY_SHIFT)

static struct {
	struct sw_table4 t4;
	struct sw_table6 t6;
	struct sw_expiry expiry;
	struct sw_expiry_head head;
	struct sw_table *table;
	struct sw_rank rank[SW_CLASS_MAX];
} w;

/* Verdict @i is on a host of its own; every other one ends. */
static uint32_t host(uint32_t i)
{
	return 0x05000000 + i * 0x135;
}

static void verdicts_preset(void)
{
	for (uint32_t i = 0; i < VERDICTS; i++) {
		struct sw_prefix p = sw_prefix_ip4(host(i), 32);

		assert_int_equal(sw_table_preset(w.table, &p, i % 2 ? FOR_A_WHILE : FOR_GOOD,
						 i % 2 ? ENDS_NS : 0),
				 0);
	}
}

static int setup(void **unused)
{
	uint32_t buckets = sw_expiry_need(2 * VERDICTS), repaired;

	memset(&w, 0, sizeof(w));
	w.t4 = table4_new(BLOCKS);
	w.t6 = table6_new(BLOCKS);
	w.rank[LISTED] = w.rank[OTHER] = (struct sw_rank){ 1, 1 };
	w.rank[FOR_GOOD] = w.rank[FOR_A_WHILE] = (struct sw_rank){ 2, 1 };
	for (unsigned c = 0; c < SW_CLASS_MAX; c++)
		w.head.rank[c] = w.rank[c].tier;
	assert_int_equal(sw_expiry_init(&w.expiry, &w.head,
					calloc(buckets, sizeof(*w.expiry.buckets)), buckets,
					&repaired),
			 0);
	w.table = sw_table_open(&w.t4, &w.t6, &w.expiry);
	assert_non_null(w.table);
	verdicts_preset();
	return 0;
}

static int teardown(void **unused)
{
	sw_table_close(w.table);
	table4_free(&w.t4);
	table6_free(&w.t6);
	sw_expiry_done(&w.expiry);
	free(w.expiry.buckets);
	return 0;
}

/* Every verdict is in force, and below it, for when it ends, is what the list says. */
static void all_say(uint8_t below)
{
	struct sw_expiry_entry e;

	for (uint32_t i = 0; i < VERDICTS; i++) {
		uint8_t class = i % 2 ? FOR_A_WHILE : FOR_GOOD;

		assert_int_equal(sw_table4_get(&w.t4, host(i)), class);
		assert_int_equal(sw_expiry_get(&w.expiry, 4, (uint64_t)host(i) << 32, 0, 32, &e),
				 0);
		assert_int_equal(e.class, class);
		assert_int_equal(e.below, below);
	}
	assert_int_equal(sw_table4_get(&w.t4, host(0) + 1), below);
}

static int load_net(uint8_t class)
{
	const struct sw_entry4 net = { .addr = 0x04000000, .len = 6, .class = class };

	return sw_table_load(w.table, &net, 1, NULL, 0, w.rank);
}

static void verdicts_and_what_is_below_them(void **unused)
{
	assert_int_equal(load_net(LISTED), 0);
	all_say(LISTED);
	assert_int_equal(load_net(OTHER), 0);
	all_say(OTHER);
}

static void a_load_that_is_refused_leaves_nothing(void **unused)
{
	size_t n = 60000; /* each in a /16 of its own */
	struct sw_entry4 *scattered = malloc(n * sizeof(*scattered));

	assert_non_null(scattered);
	assert_int_equal(load_net(LISTED), 0);
	for (size_t i = 0; i < n; i++)
		scattered[i] = (struct sw_entry4){ .addr = 0x0a000000 + (uint32_t)i * 65537,
						   .len = 32,
						   .class = OTHER };
	assert_int_equal(sw_table_load(w.table, scattered, n, NULL, 0, w.rank), -ENOSPC);
	assert_int_equal(sw_table_shortage(w.table).part, SW_TABLE_PART_4);
	all_say(LISTED);
	assert_int_equal(sw_table4_get(&w.t4, scattered[1].addr), 0);
	free(scattered);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(verdicts_and_what_is_below_them, setup, teardown),
		cmocka_unit_test_setup_teardown(a_load_that_is_refused_leaves_nothing, setup,
						teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
