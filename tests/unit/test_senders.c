/* SPDX-License-Identifier: GPL-2.0-only */
/* From whom mail was taken: to the hour, bounded, and the same after a restart. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "rules/senders.h"
#include "support/random.h"

#define HOUR INT64_C(3600000)
#define DAY (24 * HOUR)
#define NOON INT64_C(1795608000000)

static struct sw_senders *open_with(size_t entries)
{
	struct sw_senders *s;

	assert_int_equal(sw_senders_open(entries, 20261126, &s), 0);
	return s;
}

static struct sw_prefix host(uint32_t n)
{
	return sw_prefix_ip4(0x05000000 + n, 32);
}

static void since_when(void **state)
{
	struct sw_senders *s = open_with(1000);
	struct sw_prefix a = host(1), b = host(2);

	assert_false(sw_senders_has(s, &a, 0));
	sw_senders_note(s, &a, NOON);
	assert_true(sw_senders_has(s, &a, NOON));
	assert_true(sw_senders_has(s, &a, NOON - DAY));
	assert_false(sw_senders_has(s, &a, NOON + 2 * HOUR));
	assert_false(sw_senders_has(s, &b, 0));
	sw_senders_note(s, &a, NOON - DAY); /* late news */
	assert_true(sw_senders_has(s, &a, NOON));
	sw_senders_note(s, &a, NOON + DAY);
	assert_true(sw_senders_has(s, &a, NOON + DAY));
	sw_senders_note(s, &b, INT64_MIN);
	sw_senders_note(s, &b, INT64_MAX);
	assert_true(sw_senders_has(s, &b, INT64_MAX));
	sw_senders_close(s);
}

static void a_64_is_one(void **state)
{
	struct sw_senders *s = open_with(1000);
	struct sw_prefix a = sw_prefix_ip6(0x2a01, 1, 128), b = sw_prefix_ip6(0x2a01, 2, 128),
			 c = sw_prefix_ip6(0x2a02, 1, 128), net = sw_prefix_ip6(0x2a01, 0, 64);

	sw_senders_note(s, &a, NOON);
	assert_true(sw_senders_has(s, &b, NOON));
	assert_true(sw_senders_has(s, &net, NOON));
	assert_false(sw_senders_has(s, &c, NOON));
	sw_senders_close(s);
}

/* The rarest are forgotten; who sends today stays. */
static void the_oldest_go_first(void **state)
{
	struct sw_senders *s = open_with(8192);
	unsigned known = 0;

	for (uint32_t i = 0; i < 200000; i++) {
		struct sw_prefix p = host(i);

		sw_senders_note(s, &p, NOON + i / 100 * HOUR);
	}
	for (uint32_t i = 200000 - 4096; i < 200000; i++) {
		struct sw_prefix p = host(i);

		known += sw_senders_has(s, &p, 0);
	}
	assert_in_range(known, 3900, 4096);
	known = 0;
	for (uint32_t i = 0; i < 100000; i++) {
		struct sw_prefix p = host(i);

		known += sw_senders_has(s, &p, 0);
	}
	assert_in_range(known, 0, 10);
	sw_senders_close(s);
}

static void out_and_in_again(void **state)
{
	struct sw_senders *s = open_with(1000), *back = NULL;
	size_t n = sw_senders_bytes(s);
	uint8_t *bytes = malloc(n), *again = malloc(n);

	for (uint32_t i = 0; i < 500; i++) {
		struct sw_prefix p = host(i);

		sw_senders_note(s, &p, NOON);
	}
	sw_senders_save(s, bytes);
	assert_int_equal(sw_senders_load(bytes, n, &back), 0);
	for (uint32_t i = 0; i < 1000; i++) {
		struct sw_prefix p = host(i);

		assert_int_equal(sw_senders_has(back, &p, NOON), sw_senders_has(s, &p, NOON));
	}
	assert_int_equal(sw_senders_bytes(back), n);
	sw_senders_save(back, again);
	assert_memory_equal(bytes, again, n);
	sw_senders_close(s);
	sw_senders_close(back);
	free(bytes);
	free(again);
}

static void damaged(void **state)
{
	struct sw_senders *s = open_with(64), *none = NULL;
	size_t n = sw_senders_bytes(s);
	uint8_t *bytes = malloc(n);
	uint64_t random = 1;

	sw_senders_save(s, bytes);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(sw_senders_load(bytes, i, &none), -EBADMSG);
	for (int i = 0; i < 5000; i++) {
		size_t at = sw_random(&random) % n;
		uint8_t bit = (uint8_t)(1 << sw_random(&random) % 8);

		bytes[at] ^= bit;
		assert_int_equal(sw_senders_load(bytes, n, &none), -EBADMSG);
		bytes[at] ^= bit;
	}
	assert_null(none);
	sw_senders_close(s);
	free(bytes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(since_when),
		cmocka_unit_test(a_64_is_one),
		cmocka_unit_test(the_oldest_go_first),
		cmocka_unit_test(out_and_in_again),
		cmocka_unit_test(damaged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
