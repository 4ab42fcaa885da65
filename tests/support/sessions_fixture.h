/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sessions_fixture - short words for what tests do with sessions_world: who tried whom, and what
 * came of it. For tests/unit/test_sessions*.c.
 */
#ifndef SYNWARD_TESTS_SESSIONS_FIXTURE_H
#define SYNWARD_TESTS_SESSIONS_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "maps/abi.h"
#include "rules/origin.h"
#include "support/sessions_world.h"

#define MINUTE INT64_C(60000)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)

static inline int sessions_setup(void **state)
{
	sessions_world_open(NULL);
	return 0;
}

static inline int sessions_teardown(void **state)
{
	sessions_world_close();
	return 0;
}

static inline void unknown(const char *source, unsigned n)
{
	sessions_world_see(SW_MTA_UNKNOWN_RCPT, source, 0, n);
}

static inline void accepted(const char *source, unsigned n)
{
	sessions_world_see(SW_MTA_ACCEPTED_RCPT, source, 0, n);
}

static inline void is_locked(const char *source, bool for_good)
{
	assert_int_equal(sessions_world_class(source),
			 for_good ? SW_CLASS_BOUNCE_LOCK : SW_CLASS_BOUNCE_LOCK_TEMPORARY);
}

static inline void is_free(const char *source)
{
	assert_int_equal(sessions_world_class(source), 0);
}

static inline struct sw_sessions_counts sessions_counts(void)
{
	struct sw_sessions_counts n;

	sw_sessions_counts(sworld.sessions, &n);
	return n;
}

#endif
