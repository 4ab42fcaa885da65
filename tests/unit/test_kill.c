/* SPDX-License-Identifier: GPL-2.0-only */
/* kill: whose sessions are closed, and whose are not unless they are named. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <string.h>

#include <cmocka.h>
#include <event2/event.h>

#include "daemon/kill.h"

static struct sw_prefix prefix(const char *text)
{
	struct sw_prefix p;

	assert_int_equal(sw_prefix_parse(text, strlen(text), &p), 0);
	return p;
}

/* never-block: 192.0.2.0/24, and the operator in it at 192.0.2.7 */
static bool never_block(void *ctx, const struct sw_prefix *peer, size_t *at, struct sw_prefix *ret)
{
	static const char *const all[] = { "192.0.2.0/24", "192.0.2.7", "2001:db8::/48" };

	while (*at < sizeof(all) / sizeof(all[0])) {
		*ret = prefix(all[(*at)++]);
		if (sw_prefix_contains(ret, peer))
			return true;
	}
	return false;
}

static enum sw_kill_choice choose(const char *one, const char *other, const char *peer, bool force)
{
	struct sw_prefix named[2] = { prefix(one), prefix(other ? other : one) };
	struct sw_prefix p = prefix(peer);
	struct sw_kill_options options = { .prefix = named,
					   .prefixes = other ? 2 : 1,
					   .never_block = force ? NULL : never_block };

	return sw_kill_choose(&options, &p);
}

static void what_is_inside_is_closed(void **state)
{
	assert_int_equal(choose("5.0.0.0/8", NULL, "5.1.2.3", false), SW_KILL_CLOSED);
	assert_int_equal(choose("5.1.2.3", NULL, "5.1.2.3", false), SW_KILL_CLOSED);
	assert_int_equal(choose("5.1.2.3", NULL, "5.1.2.4", false), SW_KILL_STAYS);
	assert_int_equal(choose("2a01::/16", NULL, "2a01::1", false), SW_KILL_CLOSED);
	assert_int_equal(choose("2a01::/16", NULL, "5.1.2.3", false), SW_KILL_STAYS);
	assert_int_equal(choose("9.9.9.9", "5.0.0.0/8", "5.1.2.3", false), SW_KILL_CLOSED);
}

static void never_block_stays_unless_it_is_named(void **state)
{
	assert_int_equal(choose("192.0.0.0/16", NULL, "192.0.2.9", false), SW_KILL_SPARED);
	assert_int_equal(choose("192.0.2.0/24", NULL, "192.0.2.9", false), SW_KILL_CLOSED);
	assert_int_equal(choose("192.0.2.9", NULL, "192.0.2.9", false), SW_KILL_CLOSED);
	assert_int_equal(choose("192.0.2.0/24", NULL, "192.0.2.7", false), SW_KILL_SPARED);
	assert_int_equal(choose("192.0.2.7", NULL, "192.0.2.7", false), SW_KILL_CLOSED);
	assert_int_equal(choose("192.0.0.0/16", "192.0.2.7", "192.0.2.7", false), SW_KILL_CLOSED);
	assert_int_equal(choose("192.0.2.7", "192.0.0.0/16", "192.0.2.8", false), SW_KILL_SPARED);
	assert_int_equal(choose("2001::/16", NULL, "2001:db8::1", false), SW_KILL_SPARED);
	assert_int_equal(choose("192.0.0.0/16", NULL, "192.0.2.7", true), SW_KILL_CLOSED);
}

static void absurd_orders_are_refused(void **state)
{
	static const uint16_t port = 25;
	struct sw_prefix p = prefix("5.0.0.0/8");
	struct sw_kill_options options = { .prefix = &p, .prefixes = 1, .port = &port, .ports = 0 };
	struct event_base *base = event_base_new();
	struct sw_kill *k;
	struct sw_err err;

	assert_int_equal(sw_kill_open(base, &k), 0);
	assert_int_equal(sw_kill_start(k, &options, &err), -EINVAL);
	options.ports = 1;
	options.prefixes = 0;
	assert_int_equal(sw_kill_start(k, &options, &err), -EINVAL);
	options.prefixes = SW_KILL_PREFIXES + 1;
	assert_int_equal(sw_kill_start(k, &options, &err), -EINVAL);
	options.prefixes = 1;
	for (unsigned i = 0; i < SW_KILL_JOBS; i++)
		assert_int_equal(sw_kill_start(k, &options, &err), 0);
	assert_int_equal(sw_kill_start(k, &options, &err), -EBUSY);
	sw_kill_close(k); /* those that did not begin are let go */
	event_base_free(base);
	assert_null(sw_kill_close(NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_inside_is_closed),
		cmocka_unit_test(never_block_stays_unless_it_is_named),
		cmocka_unit_test(absurd_orders_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
