/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Lists from strangers: the first byte picks format, sense, scrubbing and what is too
 * wide, the rest is the file. What is read must be in order, be read again from its saved copy,
 * and be what a search in the file finds.
 */
#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lists/list.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int fd = -1;
static char path[64], saved_path[64];

static void remove_saved(void)
{
	unlink(saved_path);
}

static void open_files(void)
{
	if (fd >= 0)
		return;
	fd = memfd_create("list", 0);
	strcpy(saved_path, "/tmp/synward-fuzz-list.XXXXXX");
	assert(fd >= 0 && close(mkstemp(saved_path)) == 0);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	atexit(remove_saved);
}

static void check_words(const char *text)
{
	for (; *text; text++)
		assert((unsigned char)*text >= 0x20 && *text != 0x7f);
}

static void note(void *ctx, enum sw_list_note kind, const char *file, unsigned long line,
		 const char *text)
{
	assert(*text && strlen(text) < 256);
	check_words(text);
}

static void check_order(const struct sw_list *list)
{
	for (size_t i = 0; i < list->n4; i++) {
		const struct sw_entry4 *e = &list->entries4[i];

		assert(e->len <= 32 && e->class == 9 && e->flags <= SW_ENTRY_EXCLUDE);
		assert(e->len == 32 || (e->addr & (UINT32_MAX >> e->len)) == 0);
		assert(i == 0 || e[-1].addr < e->addr ||
		       (e[-1].addr == e->addr && e[-1].len < e->len));
	}
	for (size_t i = 0; i < list->n6; i++) {
		const struct sw_entry6 *e = &list->entries6[i];
		struct sw_prefix p = sw_prefix_ip6(e->hi, e->lo, e->len), before;

		assert(e->len <= 128 && e->class == 9 && e->flags <= SW_ENTRY_EXCLUDE);
		assert(p.hi == e->hi && p.lo == e->lo);
		if (i == 0)
			continue;
		before = sw_prefix_ip6(e[-1].hi, e[-1].lo, e[-1].len);
		assert(sw_prefix_cmp(&before, &p) < 0);
	}
}

static void check_narrow(const struct sw_list *list)
{
	for (size_t i = 0; i < list->n4; i++)
		assert(list->entries4[i].len >= 8 || list->entries4[i].flags);
	for (size_t i = 0; i < list->n6; i++)
		assert(list->entries6[i].len >= 16 || list->entries6[i].flags);
}

static struct sw_prefix entry(const struct sw_list *list, unsigned family, size_t i, bool *hole)
{
	if (family == 4) {
		const struct sw_entry4 *e = &list->entries4[i];

		*hole = e->flags & SW_ENTRY_EXCLUDE;
		return sw_prefix_ip4(e->addr, e->len);
	}
	*hole = list->entries6[i].flags & SW_ENTRY_EXCLUDE;
	return sw_prefix_ip6(list->entries6[i].hi, list->entries6[i].lo, list->entries6[i].len);
}

/* What the longest entry that contains @p says; sets *@best to it. */
static bool listed(const struct sw_list *list, const struct sw_prefix *p, struct sw_prefix *best)
{
	bool ret = false, hole;

	best->family = 0;
	for (size_t i = 0; i < (p->family == 4 ? list->n4 : list->n6); i++) {
		struct sw_prefix e = entry(list, p->family, i, &hole);

		if (sw_prefix_contains(&e, p) && (!best->family || e.len > best->len)) {
			*best = e;
			ret = !hole;
		}
	}
	return ret;
}

struct found {
	struct sw_prefix longest;
	bool any, listed;
};

static int match(void *ctx, const struct sw_list_match *m)
{
	struct found *f = ctx;

	assert(!f->any || m->prefix.len > f->longest.len);
	assert(m->line > 0 && strlen(m->text) < 400);
	check_words(m->text);
	*f = (struct found){ .longest = m->prefix, .any = true, .listed = !m->exclude };
	return 0;
}

static void check_find(const struct sw_list_spec *spec, const struct sw_list *list,
		       const struct sw_prefix *p)
{
	struct sw_prefix best;
	struct found f = { .any = false };
	bool expected = listed(list, p, &best);

	assert(sw_list_find(spec, p, match, &f, NULL) == 0);
	assert(f.listed == expected);
	/* holes of scrubbed ranges are there for entries elsewhere, too */
	if (expected)
		assert(f.any && sw_prefix_cmp(&f.longest, &best) == 0);
}

static void check_copy(const struct sw_list *list)
{
	struct sw_list_spec spec = {
		.path = saved_path, .format = SW_LIST_PLAIN, .class = 9, .max_bad = 0
	};
	struct sw_list *copy = NULL;

	assert(sw_list_save(list, saved_path, NULL) == 0);
	if (sw_list_read(&spec, NULL, NULL, &copy, NULL, NULL)) {
		/* only where there is nothing but holes */
		for (size_t i = 0; i < list->n4; i++)
			assert(list->entries4[i].flags);
		for (size_t i = 0; i < list->n6; i++)
			assert(list->entries6[i].flags);
		return;
	}
	assert(copy->n4 == list->n4 && copy->n6 == list->n6);
	assert(!copy->n4 ||
	       !memcmp(copy->entries4, list->entries4, list->n4 * sizeof(*list->entries4)));
	assert(!copy->n6 ||
	       !memcmp(copy->entries6, list->entries6, list->n6 * sizeof(*list->entries6)));
	sw_list_free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sw_list_spec spec = { .path = path, .class = 9, .max_bad = 1 };
	struct sw_list_counts counts;
	struct sw_list *list = NULL;
	struct sw_err err = { "" };
	int code;

	if (size < 1)
		return 0;
	open_files();
	spec.format = data[0] % 16 % SW_LIST_FORMATS;
	spec.sense = data[0] & 16 ? SW_LIST_ALLOWS : SW_LIST_BLOCKS;
	if (data[0] & 32)
		spec.scrub = sw_list_bogons(&spec.scrub_n);
	spec.narrow = data[0] & 64;
	if (ftruncate(fd, 0) || pwrite(fd, data + 1, size - 1, 0) != (ssize_t)size - 1)
		abort();
	code = sw_list_read(&spec, note, NULL, &list, &counts, &err);
	if (code) {
		assert(!list && err.text[0] && code > -4096 && code < 0);
		return 0;
	}
	assert(counts.format != SW_LIST_AUTO);
	if (spec.narrow && !spec.scrub_n)
		check_narrow(list);
	assert(counts.entries > 0 && counts.prefixes == list->n4 + list->n6);
	assert(sw_list_is_current(list, path));
	check_order(list);
	if (list->n4) {
		const struct sw_entry4 *e = &list->entries4[size % list->n4];
		struct sw_prefix p = sw_prefix_ip4(e->addr, 32);

		check_find(&spec, list, &p);
		p.lo ^= 1;
		check_find(&spec, list, &p);
	}
	if (list->n6) {
		const struct sw_entry6 *e = &list->entries6[size % list->n6];
		struct sw_prefix p = sw_prefix_ip6(e->hi, e->lo, 128);

		check_find(&spec, list, &p);
	}
	if (size % 8 == 0) /* a file and two synced writes: not every time */
		check_copy(list);
	sw_list_free(list);
	return 0;
}
