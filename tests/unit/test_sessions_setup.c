/* SPDX-License-Identifier: GPL-2.0-only */
/* Options of bounces, complaints and shared pools: their defaults, and what they refuse in words. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "daemon/sessions.h"

static const char *refused(const char *text)
{
	static struct sw_err err;
	struct sw_config *c = sw_config_default();
	struct sw_texts locks = c->bounce_locks;
	char *one[] = { (char *)text };

	c->bounce_locks = (struct sw_texts){ one, 1 };
	assert_int_equal(sw_sessions_setup_check(c, &err), -EINVAL);
	c->bounce_locks = locks;
	sw_config_free(c);
	return err.text;
}

static void options(void **state)
{
	struct sw_config *c = sw_config_default();
	struct sw_sessions_setup *s = NULL;
	struct sw_err err;

	assert_int_equal(sw_sessions_setup_make(c, &s, &err), 0);
	assert_int_equal(s->bounces, SW_SESSIONS_ACT);
	assert_int_equal(s->complaints, SW_SESSIONS_ACT);
	assert_memory_equal(&s->bounce, &sw_bounce_defaults, sizeof(s->bounce));
	assert_memory_equal(&s->complaint, &sw_complaint_defaults, sizeof(s->complaint));
	assert_int_equal(s->pools, 0);
	sw_sessions_setup_free(s);
	assert_non_null(strstr(refused("1h,permanent 6h"), "has to be the last"));
	assert_non_null(strstr(refused("1h 6x"), "\"6x\""));
	assert_non_null(strstr(refused(" ,"), "from 1 to 8 locks"));
	assert_non_null(strstr(refused("1h 1h 1h 1h 1h 1h 1h 1h 1h"), "more than 8"));
	assert_non_null(strstr(refused("0s"), "bounce-locks"));
	c->bounce_memory_ms = c->ledger_history_ms + 1;
	assert_int_equal(sw_sessions_setup_check(c, &err), -EINVAL);
	assert_non_null(strstr(err.text, "ledger-history"));
	c->bounce_memory_ms = c->ledger_history_ms;
	c->bounce_unknown = 200; /* more than lock a network */
	assert_int_equal(sw_sessions_setup_check(c, &err), -EINVAL);
	assert_non_null(strstr(err.text, "bounce-*"));
	c->bounce_unknown = 3;
	assert_int_equal(sw_sessions_setup_check(c, &err), 0);
	c->complaint_memory_ms = c->complaint_grace_ms;
	assert_int_equal(sw_sessions_setup_check(c, &err), -EINVAL);
	assert_non_null(strstr(err.text, "complaint-*"));
	sw_config_free(c);
}

static void pools_as_options(void **state)
{
	static const char *const bad[] = { "example.org", "5.9.1.1/24", "5.9.1.0/33", "::/129" };
	char *one[1];
	struct sw_config *c = sw_config_default();
	struct sw_err err;

	c->shared_pools = (struct sw_texts){ one, 1 };
	for (unsigned i = 0; i < 4; i++) {
		one[0] = (char *)bad[i];
		assert_int_equal(sw_sessions_setup_check(c, &err), -EINVAL);
		assert_non_null(strstr(err.text, bad[i]));
	}
	c->shared_pools = (struct sw_texts){ NULL, 0 };
	sw_config_free(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(options),
		cmocka_unit_test(pools_as_options),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
