/* SPDX-License-Identifier: GPL-2.0-only */
/* seldom: at once, then once a minute, with how often it was kept to oneself. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "lib/seldom.h"

static void once_a_minute(void **state)
{
	struct sw_seldom s = { 0 };
	unsigned long kept = 77;
	uint64_t now = 5;

	assert_true(sw_seldom(&s, now, &kept));
	assert_int_equal(kept, 0);
	for (int i = 0; i < 9; i++)
		assert_false(sw_seldom(&s, now + i, &kept));
	assert_false(sw_seldom(&s, now + SW_SELDOM_NS - 1, &kept));
	assert_true(sw_seldom(&s, now + SW_SELDOM_NS, &kept));
	assert_int_equal(kept, 10);
	assert_true(sw_seldom(&s, now + 3 * SW_SELDOM_NS, &kept));
	assert_int_equal(kept, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(once_a_minute) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
