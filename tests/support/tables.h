/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tables - the two tables in plain memory, empty, for cmocka tests: what fails fails the test.
 */
#ifndef SYNWARD_TESTS_SUPPORT_TABLES_H
#define SYNWARD_TESTS_SUPPORT_TABLES_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "maps/table.h"

/* With room for so many blocks. */
static inline struct sw_table4 table4_new(uint32_t capacity)
{
	struct sw_table4 t;
	uint32_t repaired;

	assert_int_equal(sw_table4_init(&t, calloc(SW_INDEX4_LINES, sizeof(*t.index)),
					calloc(capacity, sizeof(*t.blocks)), capacity, &repaired),
			 0);
	assert_int_equal(repaired, 0);
	return t;
}

static inline struct sw_table6 table6_new(uint32_t capacity)
{
	struct sw_table6 t;
	uint32_t repaired;

	assert_int_equal(sw_table6_init(&t, calloc(SW_INDEX6_LINES, sizeof(*t.index)),
					calloc(capacity, sizeof(*t.blocks)), capacity, &repaired),
			 0);
	assert_int_equal(repaired, 0);
	return t;
}

static inline void table4_free(struct sw_table4 *t)
{
	sw_table4_done(t);
	free(t->index);
	free(t->blocks);
}

static inline void table6_free(struct sw_table6 *t)
{
	sw_table6_done(t);
	free(t->index);
	free(t->blocks);
}

#endif
