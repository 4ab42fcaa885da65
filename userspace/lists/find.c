/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * find - which entries of a file contain a source; see list.h. The file is read
 * once more, because the entries in memory know neither lines nor words. What
 * contains one source is a chain of prefixes, at most one of each length: the
 * rules of normalise.c are applied to this chain.
 */
#include "reader.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define TEXT_MAX 400
#define CHAIN_MAX 129

struct found {
	bool here;
	uint64_t order;
	unsigned long line;
	char *text;
};

struct search {
	const struct sw_prefix *source;
	struct sw_scrub *scrub;
	struct sw_err *err;
	struct found entry[CHAIN_MAX], exclusion[CHAIN_MAX]; /* by length */
	uint64_t items;
	struct sw_digest digest;
	struct sw_reader reader;
};

static int keep(struct search *s, struct found *f, uint64_t order, unsigned long line,
		const char *text, size_t n)
{
	char clean[TEXT_MAX], *copy;

	if (f->here) /* the first one stays */
		return 0;
	copy = strdup(sw_words_clean(text, n, clean, sizeof(clean)));
	if (!copy)
		return sw_err_set(s->err, -ENOMEM, "out of memory");
	*f = (struct found){ .here = true, .order = order, .line = line, .text = copy };
	return 0;
}

/* As take() of list.c: what is in a scrubbed range goes, what contains one is cut. */
static int take(void *ctx, const struct sw_item *item)
{
	static const char cut[] = "a hole for a range that must not be listed";
	struct search *s = ctx;
	const struct sw_prefix *range;
	uint64_t order = s->items++;
	size_t n;
	int code;

	if (!sw_prefix_contains(&item->prefix, s->source))
		return 0;
	if (s->scrub && !item->exclude && sw_scrub_touches(s->scrub, &item->prefix, &range, &n)) {
		if (sw_prefix_contains(range, &item->prefix))
			return 0;
		for (size_t i = 0; i < n; i++) {
			if (!sw_prefix_contains(&range[i], s->source))
				continue;
			/* order 0: not subject to first match */
			code = keep(s, &s->exclusion[range[i].len], 0, item->line, cut,
				    strlen(cut));
			if (code)
				return code;
		}
	}
	return keep(s, &(item->exclude ? s->exclusion : s->entry)[item->prefix.len], order + 1,
		    item->line, item->text, item->text_n);
}

static void tell(void *ctx, enum sw_list_note kind, unsigned long line, const char *text)
{
}

static void drop(struct found *f)
{
	free(f->text);
	*f = (struct found){ .here = false };
}

/* Only what no shorter prefix came before. */
static void first_match(struct search *s)
{
	uint64_t earliest = UINT64_MAX;

	for (unsigned len = 0; len < CHAIN_MAX; len++) {
		struct found *a = &s->entry[len], *b = &s->exclusion[len];

		if (a->here && b->here && b->order)
			drop(a->order < b->order ? b : a);
		for (struct found *f = a; f; f = f == a ? b : NULL) {
			if (!f->here || !f->order)
				continue;
			if (f->order > earliest)
				drop(f);
			else
				earliest = f->order;
		}
	}
}

static void longest_match(struct search *s, bool ip4set)
{
	for (unsigned len = 0; len < CHAIN_MAX; len++) {
		if (s->exclusion[len].here)
			drop(&s->entry[len]);
		for (unsigned shorter = 0; ip4set && len <= 32 && shorter < len; shorter++) {
			/* holes for scrubbed ranges are no entries of the zone */
			if (s->exclusion[shorter].here && s->exclusion[shorter].order &&
			    sw_ip4set_stored(shorter) == sw_ip4set_stored(len))
				drop(&s->entry[len]);
		}
	}
}

static int report(const struct search *s, int (*each)(void *ctx, const struct sw_list_match *match),
		  void *ctx)
{
	for (unsigned len = 0; len < CHAIN_MAX; len++) {
		const struct found *both[] = { &s->entry[len], &s->exclusion[len] };

		for (unsigned k = 0; k < 2; k++) {
			struct sw_list_match match = {
				.prefix = sw_prefix_truncate(s->source, len),
				.exclude = k == 1,
				.line = both[k]->line,
				.text = both[k]->text,
			};
			int code = both[k]->here ? each(ctx, &match) : 0;

			if (code)
				return code;
		}
	}
	return 0;
}

int sw_list_find(const struct sw_list_spec *spec, const struct sw_prefix *source,
		 int (*each)(void *ctx, const struct sw_list_match *match), void *ctx,
		 struct sw_err *err)
{
	struct search *s = calloc(1, sizeof(*s));
	char subject[SW_PREFIX_TEXT];
	int code;

	if (!s || ((spec->scrub_n || spec->narrow) &&
		   sw_scrub_open(spec->scrub, spec->scrub_n, &s->scrub))) {
		free(s);
		return sw_err_set(err, -ENOMEM, "out of memory");
	}
	s->source = source;
	s->err = err;
	s->reader = (struct sw_reader){ .sense = spec->sense,
					.narrow = spec->narrow ? s->scrub : NULL,
					.digest = &s->digest,
					.wants_text = true,
					.subject = sw_prefix_format(source, subject),
					.take = take,
					.tell = tell,
					.ctx = s };
	code = sw_scan(&s->reader, spec->path, spec->format, err);
	if (code == 0 && spec->same && !sw_digest_equal(spec->same, &s->digest))
		code = sw_err_set(err, -ESTALE, "the file changed since it was read");
	if (code == 0 && s->reader.format == SW_LIST_POSTFIX_CIDR)
		first_match(s);
	if (code == 0)
		longest_match(s, s->reader.format == SW_LIST_RBLDNSD_IP4SET);
	if (code == 0)
		code = report(s, each, ctx);
	for (unsigned len = 0; len < CHAIN_MAX; len++) {
		drop(&s->entry[len]);
		drop(&s->exclusion[len]);
	}
	sw_scrub_close(s->scrub);
	free(s);
	return code;
}
