/* SPDX-License-Identifier: GPL-2.0-only */
/* known: who was added is known, few others are, and a file of it is whole or not believed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/known.h"

static struct sw_known known, again;

static struct sw_prefix source(uint32_t i)
{
	return i % 2 ? sw_prefix_ip4(0x0a000000 + i, 32)
		     : sw_prefix_ip6(UINT64_C(0x20010db800000000) + i, 0, 64);
}

static unsigned count(const struct sw_known *k, uint32_t from, uint32_t to)
{
	unsigned n = 0;

	for (uint32_t i = from; i < to; i++) {
		struct sw_prefix p = source(i);

		n += sw_known_has(k, &p);
	}
	return n;
}

static void fill(uint32_t n)
{
	assert_int_equal(sw_known_init(&known), 0);
	for (uint32_t i = 0; i < n; i++) {
		struct sw_prefix p = source(i);

		sw_known_add(&known, &p);
		assert_true(sw_known_has(&known, &p));
	}
}

static void who_was_added(void **state)
{
	fill(10000);
	assert_true(count(&known, 0, 10000) > 9000); /* some took the place of others */
	assert_int_equal(count(&known, 10000, 1000000), 0);
	fill(1000000);
	assert_true(count(&known, 0, 1000000) <= SW_KNOWN);
	assert_true(count(&known, 0, 1000000) > SW_KNOWN / 2);
}

static void over_restarts(void **state)
{
	uint8_t *data;

	fill(10000);
	data = sw_known_encode(&known);
	assert_non_null(data);
	sw_known_seal(data, SW_KNOWN_BYTES);
	assert_int_equal(sw_known_init(&again), 0);
	assert_int_equal(sw_known_decode(&again, data, SW_KNOWN_BYTES), 0);
	assert_int_equal(count(&again, 0, 10000), count(&known, 0, 10000));
	/* whole, or not at all */
	for (size_t i = 0; i < SW_KNOWN_BYTES; i += i < 40 || i > SW_KNOWN_BYTES - 20 ? 1 : 9973) {
		data[i] ^= 4;
		assert_int_equal(sw_known_decode(&again, data, SW_KNOWN_BYTES), -EBADMSG);
		data[i] ^= 4;
	}
	assert_int_equal(sw_known_decode(&again, data, SW_KNOWN_BYTES - 1), -EBADMSG);
	assert_int_equal(sw_known_decode(&again, data, 0), -EBADMSG);
	assert_int_equal(count(&again, 0, 10000), count(&known, 0, 10000));
	free(data);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_was_added),
		cmocka_unit_test(over_restarts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
