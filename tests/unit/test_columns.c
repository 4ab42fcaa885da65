/* SPDX-License-Identifier: GPL-2.0-only */
/* columns: aligned, whatever comes, and in the memory of a thousand rows. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/columns.h"

static const char *const titles[] = { "SOURCE", "UNTIL", "REASON", NULL };

struct output {
	char *text;
	size_t n;
	FILE *file;
};

static struct sw_columns *begin(struct output *o)
{
	o->file = open_memstream(&o->text, &o->n);
	return sw_columns_open(o->file, titles);
}

static void row(struct sw_columns *c, const char *a, const char *b, const char *d)
{
	const char *cells[] = { a, b, d };

	assert_int_equal(sw_columns_row(c, cells), 0);
}

static void end(struct output *o, struct sw_columns *c, const char *want)
{
	assert_null(sw_columns_close(c));
	fclose(o->file);
	if (want)
		assert_string_equal(o->text, want);
	free(o->text);
}

static void columns_are_as_wide_as_they_must_be(void **state)
{
	struct output o;
	struct sw_columns *c = begin(&o);

	row(c, "192.0.2.1", "for good", "spam");
	row(c, "2001:db8:1:2:3::/80", "-", "a longer text, which is not padded");
	end(&o, c,
	    "SOURCE               UNTIL     REASON\n"
	    "192.0.2.1            for good  spam\n"
	    "2001:db8:1:2:3::/80  -         a longer text, which is not padded\n");
}

static void no_row_no_title(void **state)
{
	struct output o;

	end(&o, begin(&o), "");
	assert_null(sw_columns_close(NULL));
}

static void empty_cells_leave_no_blanks_behind(void **state)
{
	struct output o;
	struct sw_columns *c = begin(&o);

	row(c, "192.0.2.1", "", NULL);
	row(c, NULL, NULL, "only");
	row(c, NULL, NULL, NULL);
	end(&o, c,
	    "SOURCE     UNTIL  REASON\n"
	    "192.0.2.1\n"
	    "                  only\n"
	    "\n");
}

static void characters_count_not_bytes(void **state)
{
	struct output o;
	struct sw_columns *c = begin(&o);

	row(c, "münchen", "x", "1");
	row(c, "muenchen", "x", "2");
	end(&o, c,
	    "SOURCE    UNTIL  REASON\n"
	    "münchen   x      1\n"
	    "muenchen  x      2\n");
}

static void rows_flow_after_a_thousand(void **state)
{
	struct output o;
	struct sw_columns *c = begin(&o);
	size_t before;

	for (int i = 0; i < SW_COLUMNS_KEPT; i++)
		row(c, "192.0.2.1", "-", "r");
	fflush(o.file);
	assert_int_equal(o.n, 0);
	row(c, "192.0.2.1", "-", "r");
	fflush(o.file);
	before = o.n;
	assert_int_equal(before, (SW_COLUMNS_KEPT + 2) * strlen("192.0.2.1  -      r\n") + 5);
	row(c, "2001:db8::/32", "-", "wider than what was kept");
	row(c, "192.0.2.1", "-", "from here on");
	fflush(o.file);
	assert_string_equal(o.text + before, "2001:db8::/32  -      wider than what was kept\n"
					     "192.0.2.1      -      from here on\n");
	end(&o, c, NULL);
}

static void a_reader_that_is_gone_ends_it(void **state)
{
	const char *cells[] = { "192.0.2.1", "for good", "reason" };
	FILE *full = fopen("/dev/full", "w");
	struct sw_columns *c;
	int code = 0, n = 0;

	if (!full) {
		print_message("there is no /dev/full\n");
		skip();
	}
	setvbuf(full, NULL, _IOLBF, 256);
	c = sw_columns_open(full, titles);
	for (; !code && n < 100000; n++)
		code = sw_columns_row(c, cells);
	assert_int_equal(code, -EPIPE);
	assert_int_equal(n, SW_COLUMNS_KEPT + 1);
	sw_columns_close(c);
	fclose(full);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(columns_are_as_wide_as_they_must_be),
		cmocka_unit_test(no_row_no_title),
		cmocka_unit_test(empty_cells_leave_no_blanks_behind),
		cmocka_unit_test(characters_count_not_bytes),
		cmocka_unit_test(rows_flow_after_a_thousand),
		cmocka_unit_test(a_reader_that_is_gone_ends_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
