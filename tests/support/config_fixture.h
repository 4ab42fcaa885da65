/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * config_fixture - synward.conf from text, in a folder of the test's own, and what is said of it.
 * For tests/unit/test_config*.c.
 */
#ifndef SYNWARD_TESTS_CONFIG_FIXTURE_H
#define SYNWARD_TESTS_CONFIG_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "lib/config.h"
#include "support/folder.h"

#define NOTES (64 * 1024)

static char *folder;
static char notes[NOTES];

static inline void take_note(void *ctx, const char *text)
{
	const char *name = strrchr(folder, '/');

	/* The path of the folder is another each time. */
	if (!strncmp(text, folder, strlen(folder)))
		text += strlen(folder) + 1;
	assert_non_null(name);
	assert_true(strlen(notes) + strlen(text) + 2 < NOTES);
	strcat(notes, text);
	strcat(notes, "\n");
}

static inline int read_file(const char *path, struct sw_config **ret)
{
	notes[0] = '\0';
	return sw_config_read(path, take_note, NULL, ret);
}

static inline int read_text(const char *text, struct sw_config **ret)
{
	return read_file(folder_write(folder, "c", text), ret);
}

static inline struct sw_config *good(const char *text)
{
	struct sw_config *c = NULL;
	int code = read_text(text, &c);

	assert_string_equal(notes, "");
	assert_int_equal(code, 0);
	return c;
}

/* @text is refused with exactly these notes. */
static inline void bad(const char *text, const char *expected)
{
	struct sw_config *untouched = (struct sw_config *)&notes, *c = untouched;

	assert_int_equal(read_text(text, &c), -EINVAL);
	assert_ptr_equal(c, untouched);
	assert_string_equal(notes, expected);
}

/* A note begins with @start and says @word. */
static inline void bad_says(const char *text, const char *start, const char *word)
{
	struct sw_config *c;

	assert_int_equal(read_text(text, &c), -EINVAL);
	if (strncmp(notes, start, strlen(start)) || !strstr(notes, word))
		fail_msg("expected \"%s ... %s\", got \"%s\"", start, word, notes);
}

static inline int config_setup(void **state)
{
	folder = folder_make();
	return 0;
}

static inline int config_teardown(void **state)
{
	folder_remove(folder);
	return 0;
}

#endif
