/* SPDX-License-Identifier: GPL-2.0-only */
/* Reports that were told: each once, bounded, the newest kept, and the same after a restart. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "rules/seen.h"
#include "support/random.h"

static struct sw_seen *seen;

static int setup(void **state)
{
	return sw_seen_open(1000, 20261126, &seen);
}

static int teardown(void **state)
{
	seen = sw_seen_close(seen);
	return 0;
}

static uint64_t name(unsigned n)
{
	char text[32];

	return sw_seen_name(seen, text, (size_t)snprintf(text, sizeof(text), "<%u@x>", n), 1, 2);
}

static void once(void **state)
{
	uint64_t changes = sw_seen_changes(seen);

	assert_false(sw_seen_has(seen, name(1)));
	sw_seen_add(seen, name(1));
	assert_true(sw_seen_has(seen, name(1)));
	assert_false(sw_seen_has(seen, name(2)));
	assert_true(sw_seen_changes(seen) != changes);
	changes = sw_seen_changes(seen);
	sw_seen_add(seen, name(1));
	assert_int_equal(sw_seen_changes(seen), changes);
}

/* The name, what it is about, and the seed all count. */
static void names(void **state)
{
	struct sw_seen *other;
	uint64_t a = sw_seen_name(seen, "<a@x>", 5, 1, 2);

	assert_true(a);
	assert_int_equal(sw_seen_name(seen, "<a@x>", 5, 1, 2), a);
	assert_int_equal(sw_seen_name(seen, "<A@X>", 5, 1, 2), a); /* hosts change the case */
	assert_true(sw_seen_name(seen, "<b@x>", 5, 1, 2) != a);
	assert_true(sw_seen_name(seen, "<a@x>", 4, 1, 2) != a);
	assert_true(sw_seen_name(seen, "<a@x>", 5, 2, 2) != a);
	assert_true(sw_seen_name(seen, "<a@x>", 5, 1, 3) != a);
	assert_int_equal(sw_seen_open(1000, 7, &other), 0);
	assert_true(sw_seen_name(other, "<a@x>", 5, 1, 2) != a);
	sw_seen_close(other);
}

static void the_newest_stay(void **state)
{
	unsigned known = 0;

	for (unsigned i = 0; i < 100000; i++) {
		sw_seen_add(seen, name(i));
		assert_true(sw_seen_has(seen, name(i)));
	}
	for (unsigned i = 100000 - 100; i < 100000; i++)
		known += sw_seen_has(seen, name(i));
	assert_true(known >= 99);
	known = 0;
	for (unsigned i = 0; i < 90000; i++)
		known += sw_seen_has(seen, name(i));
	assert_int_equal(known, 0);
}

static void over_a_restart(void **state)
{
	size_t n;
	uint8_t *bytes;

	for (unsigned i = 0; i < 300; i++)
		sw_seen_add(seen, name(i));
	n = sw_seen_bytes(seen);
	bytes = malloc(n);
	assert_non_null(bytes);
	sw_seen_save(seen, bytes);
	sw_seen_close(seen);
	assert_int_equal(sw_seen_load(bytes, n, &seen), 0); /* with the seed of before */
	assert_int_equal(sw_seen_bytes(seen), n);
	for (unsigned i = 0; i < 300; i++)
		assert_true(sw_seen_has(seen, name(i)));
	assert_false(sw_seen_has(seen, name(300)));
	free(bytes);
}

static void damaged(void **state)
{
	size_t n = sw_seen_bytes(seen);
	uint8_t *bytes = malloc(n);
	struct sw_seen *other = NULL;
	uint64_t random = 1;

	assert_non_null(bytes);
	sw_seen_add(seen, name(1));
	sw_seen_save(seen, bytes);
	for (size_t cut = 0; cut < n; cut += 1 + cut / 3)
		assert_int_equal(sw_seen_load(bytes, cut, &other), -EBADMSG);
	for (unsigned i = 0; i < 500; i++) {
		size_t at = sw_random(&random) % n;

		bytes[at] ^= 0x10;
		assert_int_equal(sw_seen_load(bytes, n, &other), -EBADMSG);
		bytes[at] ^= 0x10;
	}
	memcpy(bytes, "swsend01", 8); /* another's */
	assert_int_equal(sw_seen_load(bytes, n, &other), -EBADMSG);
	assert_null(other);
	assert_null(sw_seen_close(NULL));
	free(bytes);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(once), TEST(names), TEST(the_newest_stay), TEST(over_a_restart), TEST(damaged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
