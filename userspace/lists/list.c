/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * list - see list.h. Collects what the readers say, scrubs it while the line
 * numbers are known, and decides whether the file is fit to be used. An entry
 * costs its eight (IPv6: twenty-four) bytes in a growing array and nothing else.
 */
#include "reader.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "flatten.h"
#include "lib/huge.h"

#define NOTES_MAX 100
#define MEMORY_MAX (512ul << 20) /* 64 million IPv4 entries; more is a gzip bomb */

struct build {
	const struct sw_list_spec *spec;
	sw_list_note_fn note;
	void *ctx;
	struct sw_err *err;
	struct sw_scrub *scrub;
	struct sw_prefix *cut; /* ranges of scrub that some entry contains */
	size_t cut_n, cut_room;
	struct sw_list *list;
	uint64_t listed; /* prefixes that are no holes */
	size_t room4, room6;
	struct sw_rule *rules;
	size_t rules_n, rules_room;
	uint64_t told[SW_LIST_NOTE_SKIPPED + 1]; /* by kind of note */
	struct sw_reader reader;
};

/* ---- collecting ---- */

/* Room for one more of @size bytes in *@array. */
static int grow(struct build *b, void *array, size_t n, size_t *room, size_t size)
{
	size_t want = *room ? *room * 2 : 1024;
	void *bigger;

	if (n < *room)
		return 0;
	if (want * size > MEMORY_MAX)
		return sw_err_set(b->err, -EFBIG, "more than %zu entries", n);
	bigger = realloc(*(void **)array, want * size);
	if (!bigger)
		return sw_err_set(b->err, -ENOMEM, "out of memory after %zu entries", n);
	sw_huge(bigger, want * size);
	*(void **)array = bigger;
	*room = want;
	return 0;
}

static int add(struct build *b, const struct sw_prefix *p, bool exclude)
{
	struct sw_list *list = b->list;
	uint8_t flags = exclude ? SW_ENTRY_EXCLUDE : 0;
	int code;

	if (p->family == 4) {
		code = grow(b, &list->entries4, list->n4, &b->room4, sizeof(*list->entries4));
		if (code)
			return code;
		list->entries4[list->n4++] = (struct sw_entry4){ .addr = (uint32_t)p->lo,
								 .len = p->len,
								 .class = b->spec->class,
								 .flags = flags };
		return 0;
	}
	code = grow(b, &list->entries6, list->n6, &b->room6, sizeof(*list->entries6));
	if (code)
		return code;
	list->entries6[list->n6++] = (struct sw_entry6){
		.hi = p->hi, .lo = p->lo, .len = p->len, .class = b->spec->class, .flags = flags
	};
	return 0;
}

static int add_rule(struct build *b, const struct sw_prefix *p, bool exclude)
{
	int code = grow(b, &b->rules, b->rules_n, &b->rules_room, sizeof(*b->rules));

	if (code)
		return code;
	b->rules[b->rules_n] =
		(struct sw_rule){ .prefix = *p, .order = (uint32_t)b->rules_n, .exclude = exclude };
	b->rules_n++;
	return 0;
}

/* Remember that @range needs a hole. An entry that is cut is wide, so few are. */
static int add_cut(struct build *b, const struct sw_prefix *range)
{
	int code;

	for (size_t i = 0; i < b->cut_n; i++) {
		if (!sw_prefix_cmp(&b->cut[i], range))
			return 0;
	}
	code = grow(b, &b->cut, b->cut_n, &b->cut_room, sizeof(*b->cut));
	if (code)
		return code;
	b->cut[b->cut_n++] = *range;
	return 0;
}

static void tell_scrubbed(struct build *b, const struct sw_item *item,
			  const struct sw_prefix *range, size_t n, bool removed)
{
	char words[200], entry[SW_PREFIX_TEXT], other[SW_PREFIX_TEXT], more[32] = "";

	b->list->counts.scrubbed++;
	if (!b->note || ++b->told[SW_LIST_NOTE_SCRUBBED] > NOTES_MAX)
		return;
	if (n > 1)
		snprintf(more, sizeof(more), " and %zu more", n - 1);
	snprintf(words, sizeof(words),
		 removed ? "scrubbed: %s is in %s%s, which must not be listed: left out"
			 : "scrubbed: %s contains %s%s, which must not be listed: a hole was made",
		 sw_prefix_format(&item->prefix, entry), sw_prefix_format(range, other), more);
	b->note(b->ctx, SW_LIST_NOTE_SCRUBBED, b->spec->path, item->line, words);
}

static int take(void *ctx, const struct sw_item *item)
{
	struct build *b = ctx;
	const struct sw_prefix *range;
	size_t n;
	int code;

	b->listed += !item->exclude;
	b->list->counts.exclusions += item->exclude;
	if (b->scrub && !item->exclude && sw_scrub_touches(b->scrub, &item->prefix, &range, &n)) {
		bool removed = sw_prefix_contains(range, &item->prefix);

		tell_scrubbed(b, item, range, n, removed);
		if (removed)
			return 0;
		for (size_t i = 0; i < n; i++) {
			code = add_cut(b, &range[i]);
			if (code)
				return code;
		}
	}
	if (b->reader.format == SW_LIST_POSTFIX_CIDR)
		return add_rule(b, &item->prefix, item->exclude);
	return add(b, &item->prefix, item->exclude);
}

static void tell(void *ctx, enum sw_list_note kind, unsigned long line, const char *text)
{
	struct build *b = ctx;

	if (b->note && ++b->told[kind] <= NOTES_MAX)
		b->note(b->ctx, kind, b->spec->path, line, text);
}

/* Say how many notes were kept back. */
static void tell_rest(struct build *b)
{
	char words[64];

	if (b->told[SW_LIST_NOTE_BAD] > NOTES_MAX) {
		snprintf(words, sizeof(words), "%llu more bad lines",
			 (unsigned long long)(b->told[SW_LIST_NOTE_BAD] - NOTES_MAX));
		b->note(b->ctx, SW_LIST_NOTE_BAD, b->spec->path, 0, words);
	}
	if (b->told[SW_LIST_NOTE_SCRUBBED] > NOTES_MAX) {
		snprintf(words, sizeof(words), "scrubbed: %llu more entries",
			 (unsigned long long)(b->told[SW_LIST_NOTE_SCRUBBED] - NOTES_MAX));
		b->note(b->ctx, SW_LIST_NOTE_SCRUBBED, b->spec->path, 0, words);
	}
}

/* ---- finishing ---- */

static int sort(struct build *b)
{
	struct sw_list *list = b->list;
	int code = sw_entries4_sort(list->entries4, list->n4);

	if (code == 0 && list->n6)
		code = sw_entries6_sort(list->entries6, list->n6);
	return code ? sw_err_set(b->err, code, "%s", strerror(-code)) : 0;
}

/* Put the holes for scrubbed ranges in; they are no entries of the file. */
static int add_holes(struct build *b)
{
	struct sw_list *list = b->list;
	uint64_t ignored = 0;
	int code;

	if (b->cut_n == 0)
		return 0;
	for (size_t i = 0; i < b->cut_n; i++) {
		code = add(b, &b->cut[i], true);
		if (code)
			return code;
	}
	code = sort(b);
	if (code)
		return code;
	list->n4 = sw_normalise4(list->entries4, list->n4, &ignored);
	list->n6 = sw_normalise6(list->entries6, list->n6, &ignored);
	return 0;
}

static int normalise(struct build *b)
{
	struct sw_list *list = b->list;
	uint64_t *duplicates = &list->counts.duplicates;
	int code;

	b->rules_n = sw_normalise_rules(b->rules, b->rules_n, duplicates);
	for (size_t i = 0; i < b->rules_n; i++) {
		code = add(b, &b->rules[i].prefix, b->rules[i].exclude);
		if (code)
			return code;
	}
	code = sort(b);
	if (code)
		return code;
	list->n4 = sw_normalise4(list->entries4, list->n4, duplicates);
	list->n6 = sw_normalise6(list->entries6, list->n6, duplicates);
	if (list->counts.format == SW_LIST_RBLDNSD_IP4SET)
		list->n4 = sw_normalise_ip4set(list->entries4, list->n4);
	return add_holes(b);
}

/* Is what was read worth being used? */
static int judge(struct build *b)
{
	const struct sw_list_counts *c = &b->list->counts;
	uint64_t units = b->reader.items + c->bad;

	if (units && (double)c->bad > b->spec->max_bad * (double)units)
		return sw_err_set(b->err, -EBADMSG,
				  "%llu of %llu entries are bad, more than %g percent",
				  (unsigned long long)c->bad, (unsigned long long)units,
				  b->spec->max_bad * 100);
	if (c->lines == 0)
		return sw_err_set(b->err, -ENODATA, "the file is empty");
	if (c->entries == 0)
		return sw_err_set(b->err, -ENODATA, "no entries in %llu lines",
				  (unsigned long long)c->lines);
	if (b->listed)
		return 0;
	if (c->format == SW_LIST_POSTFIX_CIDR)
		return sw_err_set(b->err, -ENODATA,
				  b->spec->sense == SW_LIST_BLOCKS
					  ? "no line rejects; is it an allow list (action allow)?"
					  : "no line permits; is it a block list?");
	return sw_err_set(b->err, -ENODATA, "nothing is listed: all entries are exclusions");
}

static int read_all(struct build *b)
{
	struct sw_list_counts *c = &b->list->counts;
	int code;

	b->reader = (struct sw_reader){ .sense = b->spec->sense,
					.narrow = b->spec->narrow ? b->scrub : NULL,
					.digest = &b->list->digest,
					.take = take,
					.tell = tell,
					.ctx = b };
	code = sw_scan(&b->reader, b->spec->path, b->spec->format, b->err);
	c->format = b->reader.format;
	c->lines = b->reader.lines;
	c->bad = b->reader.bad;
	c->entries = b->reader.items;
	tell_rest(b);
	if (code == 0)
		code = judge(b);
	if (code == 0)
		code = normalise(b);
	c->prefixes = b->list->n4 + b->list->n6;
	if (code == 0)
		c->covered = sw_count_covered(b->list);
	return code;
}

int sw_list_read(const struct sw_list_spec *spec, sw_list_note_fn note, void *ctx,
		 struct sw_list **ret, struct sw_list_counts *counts, struct sw_err *err)
{
	struct build b = { .spec = spec, .note = note, .ctx = ctx, .err = err };
	int code;

	if (counts)
		*counts = (struct sw_list_counts){ .format = SW_LIST_AUTO };
	b.list = calloc(1, sizeof(*b.list));
	if (!b.list || ((spec->scrub_n || spec->narrow) &&
			sw_scrub_open(spec->scrub, spec->scrub_n, &b.scrub))) {
		free(b.list);
		return sw_err_set(err, -ENOMEM, "out of memory");
	}
	code = read_all(&b);
	if (counts)
		*counts = b.list->counts;
	free(b.rules);
	free(b.cut);
	sw_scrub_close(b.scrub);
	if (code)
		sw_list_free(b.list);
	else
		*ret = b.list;
	return code;
}

int sw_list_check_change(const struct sw_list_counts *before, const struct sw_list_counts *now,
			 double factor, uint64_t floor, struct sw_err *err)
{
	uint64_t was = before->prefixes, is = now->prefixes;
	uint64_t less = was < is ? was : is, more = was < is ? is : was;

	if (factor == 0 || more < floor || (double)more <= factor * (double)less)
		return 0;
	return sw_err_set(err, -ERANGE,
			  "%s from %llu to %llu entries, more than the factor of %g that "
			  "max-change allows; if that is right, raise max-change for once",
			  is < was ? "shrank" : "grew", (unsigned long long)was,
			  (unsigned long long)is, factor);
}

/* ---- names ---- */

static const char *const names[SW_LIST_FORMATS] = {
	[SW_LIST_AUTO] = "auto",
	[SW_LIST_PLAIN] = "plain",
	[SW_LIST_DROP_JSON] = "drop-json",
	[SW_LIST_RBLDNSD_IP4SET] = "rbldnsd-ip4set",
	[SW_LIST_RBLDNSD_IP4TRIE] = "rbldnsd-ip4trie",
	[SW_LIST_RBLDNSD_IP6TRIE] = "rbldnsd-ip6trie",
	[SW_LIST_IPSET] = "ipset",
	[SW_LIST_NFT] = "nft",
	[SW_LIST_POSTFIX_CIDR] = "postfix-cidr",
};

const char *sw_list_format_name(enum sw_list_format format)
{
	return (unsigned)format < SW_LIST_FORMATS ? names[format] : "unknown";
}

int sw_list_format_parse(const char *name, enum sw_list_format *ret)
{
	for (unsigned i = 0; i < SW_LIST_FORMATS; i++) {
		if (!strcmp(name, names[i])) {
			*ret = (enum sw_list_format)i;
			return 0;
		}
	}
	return -EINVAL;
}
