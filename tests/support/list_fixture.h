/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * list_fixture - a list file with given contents, read, and what came of it as text
 * that a test can compare. For tests/unit/test_list_*.c.
 */
#ifndef SYNWARD_TESTS_LIST_FIXTURE_H
#define SYNWARD_TESTS_LIST_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lists/list.h"

#define FIXTURE_TEXT (64 * 1024)

struct fixture {
	char path[64];
	struct sw_list_spec spec; /* all bad lines are allowed, nothing is scrubbed */
	struct sw_list *list;
	struct sw_list_counts counts;
	struct sw_err err;
	int code;
	char notes[FIXTURE_TEXT]; /* "line: words\n"... */
	char text[FIXTURE_TEXT]; /* entries and matches as text */
};

static inline int fixture_setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	int fd;

	if (!f)
		return -1;
	strcpy(f->path, "/tmp/synward-test-list.XXXXXX");
	fd = mkstemp(f->path);
	if (fd < 0)
		return -1;
	close(fd);
	f->spec = (struct sw_list_spec){ .path = f->path, .class = 8, .max_bad = 1 };
	*state = f;
	return 0;
}

static inline int fixture_teardown(void **state)
{
	struct fixture *f = *state;

	unlink(f->path);
	sw_list_free(f->list);
	free(f);
	return 0;
}

static inline void fixture_write(struct fixture *f, const void *data, size_t n)
{
	FILE *out = fopen(f->path, "w");

	assert_non_null(out);
	assert_int_equal(fwrite(data, 1, n, out), n);
	assert_int_equal(fclose(out), 0);
}

/* The kind of a note shows in its words as well, which people read. */
static inline void fixture_note(void *ctx, enum sw_list_note kind, const char *path,
				unsigned long line, const char *text)
{
	struct fixture *f = ctx;
	size_t n;

	assert_int_equal(kind == SW_LIST_NOTE_SCRUBBED, !strncmp(text, "scrubbed: ", 10));
	assert_int_equal(kind == SW_LIST_NOTE_SKIPPED, !strncmp(text, "skipped: ", 9));
	n = strlen(f->notes);
	snprintf(f->notes + n, sizeof(f->notes) - n, "%lu: %s\n", line, text);
}

/* Read what was written; *list, counts, code, err, notes hold the result. */
static inline void fixture_read(struct fixture *f)
{
	f->list = sw_list_free(f->list);
	f->notes[0] = '\0';
	f->err.text[0] = '\0';
	memset(&f->counts, 0xee, sizeof(f->counts));
	f->code = sw_list_read(&f->spec, fixture_note, f, &f->list, &f->counts, &f->err);
	if (f->code)
		assert_null(f->list);
}

static inline void fixture_load(struct fixture *f, const char *text)
{
	fixture_write(f, text, strlen(text));
	fixture_read(f);
}

static inline void fixture_append(struct fixture *f, const struct sw_prefix *p, bool exclude)
{
	char buf[SW_PREFIX_TEXT];
	size_t n = strlen(f->text);

	snprintf(f->text + n, sizeof(f->text) - n, "%s%s%s", n ? " " : "", exclude ? "!" : "",
		 sw_prefix_format(p, buf));
}

/* "192.0.2.0/24 !192.0.2.1 2001:db8::/32" */
static inline const char *fixture_entries(struct fixture *f)
{
	f->text[0] = '\0';
	for (size_t i = 0; f->list && i < f->list->n4; i++) {
		const struct sw_entry4 *e = &f->list->entries4[i];
		struct sw_prefix p = sw_prefix_ip4(e->addr, e->len);

		assert_int_equal(p.lo, e->addr);
		assert_int_equal(e->class, f->spec.class);
		fixture_append(f, &p, e->flags & SW_ENTRY_EXCLUDE);
	}
	for (size_t i = 0; f->list && i < f->list->n6; i++) {
		const struct sw_entry6 *e = &f->list->entries6[i];
		struct sw_prefix p = sw_prefix_ip6(e->hi, e->lo, e->len);

		assert_int_equal(e->class, f->spec.class);
		fixture_append(f, &p, e->flags & SW_ENTRY_EXCLUDE);
	}
	return f->text;
}

static inline void assert_accepted(struct fixture *f, const char *entries)
{
	if (f->code)
		fail_msg("refused: %s\n%s", f->err.text, f->notes);
	assert_string_equal(fixture_entries(f), entries);
}

static inline void assert_refused(struct fixture *f, int code, const char *words)
{
	assert_int_equal(f->code, code);
	assert_string_equal(f->err.text, words);
}

/* ---- sw_list_find ---- */

static inline int fixture_match(void *ctx, const struct sw_list_match *match)
{
	struct fixture *f = ctx;
	char buf[SW_PREFIX_TEXT];
	size_t n = strlen(f->text);

	snprintf(f->text + n, sizeof(f->text) - n, "%lu: %s%s \"%s\"\n", match->line,
		 match->exclude ? "!" : "", sw_prefix_format(&match->prefix, buf), match->text);
	return 0;
}

/* "line: prefix "words"\n"... of the entries that contain @source */
static inline const char *fixture_find(struct fixture *f, const char *source)
{
	struct sw_prefix p;

	assert_int_equal(sw_prefix_parse(source, strlen(source), &p), 0);
	f->text[0] = '\0';
	f->code = sw_list_find(&f->spec, &p, fixture_match, f, &f->err);
	return f->text;
}

/* Does the longest entry in memory that contains @p list it? */
static inline bool fixture_lists(const struct sw_list *list, const struct sw_prefix *p)
{
	struct sw_prefix e, best = { .family = 0 };
	bool listed = false;

	for (size_t i = 0; i < (p->family == 4 ? list->n4 : list->n6); i++) {
		uint8_t flags;

		if (p->family == 4) {
			e = sw_prefix_ip4(list->entries4[i].addr, list->entries4[i].len);
			flags = list->entries4[i].flags;
		} else {
			e = sw_prefix_ip6(list->entries6[i].hi, list->entries6[i].lo,
					  list->entries6[i].len);
			flags = list->entries6[i].flags;
		}
		if (!sw_prefix_contains(&e, p) || (best.family && e.len < best.len))
			continue;
		best = e;
		listed = !(flags & SW_ENTRY_EXCLUDE);
	}
	return listed;
}

#endif
