/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * reader - what the parts of lists/ share: a reader for each format gets a file
 * line by line and says what each line means. Internal to lists/ and its tests.
 *
 *     input.c      file or gzip -> lines of at most 64 KiB
 *     recognise.c  first lines -> format
 *     scan.c       drives input and reader, says what is wrong with which line
 *     read_*.c     one format each: a line -> prefixes, exclusions, words
 *     normalise.c  entries -> sorted, without duplicates, longest match decides
 *     covered.c    how many entries lie inside others
 *     digest.c     text -> is it the same as before?
 *     list.c find.c save.c keep.c: list.h, made of these
 *
 * Readers keep no entries and know neither scrubbing nor counting.
 */
#ifndef SYNWARD_LISTS_READER_H
#define SYNWARD_LISTS_READER_H

#include <stdarg.h>

#include "list.h"

#define SW_LINE_MAX 65536 /* bytes; a longer line is bad */

/* ---- input.c ---- */

struct sw_input;

struct sw_line {
	const char *text; /* without newline; valid until the next call */
	size_t n;
	unsigned long number; /* the first is 1 */
	bool more; /* SW_LINE_MAX was reached; the next call goes on with this line */
	bool continued; /* it began in an earlier call */
};

/* @digest, which may be NULL, becomes that of all text that was read, compressed or
 * not. -EINVAL: not a regular file; -errno of open. */
int sw_input_open(const char *path, struct sw_digest *digest, struct sw_input **ret,
		  struct sw_err *err);
struct sw_input *sw_input_close(struct sw_input *in);
/* The first bytes, without consuming them. *@whole: that is all there is. */
int sw_input_peek(struct sw_input *in, const char **text, size_t *n, bool *whole,
		  struct sw_err *err);
/* 1: a line. 0: no more. -EBADMSG: compressed data is truncated or damaged. -EAGAIN: the file
 * changed meanwhile. */
int sw_input_line(struct sw_input *in, struct sw_line *ret, struct sw_err *err);
/* Read all the rest, for the digest. */
int sw_input_skip(struct sw_input *in, struct sw_err *err);

/* ---- recognise.c ---- */

/* Is this a list at all? -EBADMSG with words for HTML, archives, binary data. */
int sw_list_is_text(const char *text, size_t n, struct sw_err *err);
/* Tell the format by the first lines; -EBADMSG when it has to be named. */
int sw_list_recognise(const char *text, size_t n, bool whole, enum sw_list_format *ret,
		      struct sw_err *err);

/* ---- scan.c ---- */

/* What a line says of one prefix. Borrowed: valid during the call. */
struct sw_item {
	struct sw_prefix prefix;
	bool exclude;
	unsigned long line;
	const char *text; /* the list's own words, or the line; not NUL terminated */
	size_t text_n;
};

struct sw_scrub;

struct sw_reader {
	/* set by the caller of sw_scan */
	enum sw_list_sense sense;
	const struct sw_scrub *narrow; /* refuse wide entries but those in here; NULL: take all */
	bool wants_text; /* of items; readers may spare themselves the work */
	struct sw_digest *digest; /* of the file's text; NULL: not wanted */
	const char *subject; /* what "$" in rbldnsd texts stands for; may be NULL */
	int (*take)(void *ctx, const struct sw_item *item); /* 0, or -errno to stop */
	void (*tell)(void *ctx, enum sw_list_note kind, unsigned long line, const char *text);
	void *ctx;
	/* kept by scan.c */
	enum sw_list_format format;
	uint64_t lines;
	uint64_t bad;
	uint64_t items; /* understood; a range is one */
	unsigned long line; /* where the present item starts; a reader may change it */
	const char *text; /* the present line */
	size_t text_n;
	bool partial; /* more of this line comes with the next call */
	struct sw_err *err;
	void *state; /* the reader's own, zero at the start */
};

/*
 * Read @path as @format (or as what is recognised) and pass everything it says to
 * @r->take and @r->tell. Bad lines are no failure here.
 */
int sw_scan(struct sw_reader *r, const char *path, enum sw_list_format format, struct sw_err *err);

/* For readers. Each returns what @r->take returned. @text NULL: the line itself. An IPv4-mapped
 * IPv6 address is the IPv4 address in it. */
int sw_reader_prefix(struct sw_reader *r, const struct sw_prefix *p, bool exclude, const char *text,
		     size_t n);
int sw_reader_range(struct sw_reader *r, const struct sw_prefix *from, const struct sw_prefix *to,
		    bool exclude, const char *text, size_t n);
/* A token that is an address or prefix, or else a bad line. */
int sw_reader_token(struct sw_reader *r, const char *token, size_t token_n, bool exclude,
		    const char *text, size_t n);

/* Count the line as bad and say why. */
void sw_reader_bad(struct sw_reader *r, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* Why sw_prefix_parse returned @code for @token; @meant is what it gave with -EDOM. */
void sw_reader_bad_prefix(struct sw_reader *r, const char *token, size_t n, int code,
			  const struct sw_prefix *meant);
/* Something that is left out on purpose; not counted. */
void sw_reader_skipped(struct sw_reader *r, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Copy @n bytes of a file so that they can be shown: control characters and what is
 * not UTF-8 become \xNN, what does not fit "...". Returns @out. */
char *sw_words_clean(const char *text, size_t n, char *out, size_t size);

#define SW_QUOTE_MAX 84
#define sw_quote(text, n) sw_words_clean(text, n, (char[SW_QUOTE_MAX]){ 0 }, SW_QUOTE_MAX)

static inline bool sw_is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\f' || c == '\v';
}

static inline bool sw_is_comment(char c)
{
	return c == '#' || c == ';';
}

/* ---- covered.c ---- */

/* Listed entries of a sorted list that lie inside another listed one. */
uint64_t sw_count_covered(const struct sw_list *list);

/* ---- read_*.c ---- */

/* 0, or -errno with @r->err set: the whole file is refused. */
struct sw_format_reader {
	size_t state_size;
	bool pieces; /* takes lines of any length, in pieces */
	bool bare; /* a line that is an address or prefix, and nothing else, lists it */
	int (*line)(struct sw_reader *r, const char *text, size_t n);
	int (*end)(struct sw_reader *r); /* may be NULL */
	void (*done)(struct sw_reader *r); /* may be NULL: free what state holds */
};

extern const struct sw_format_reader sw_read_plain;
extern const struct sw_format_reader sw_read_drop_json;
extern const struct sw_format_reader sw_read_rbldnsd;
extern const struct sw_format_reader sw_read_ipset;
extern const struct sw_format_reader sw_read_nft;
extern const struct sw_format_reader sw_read_postfix_cidr;

/* ---- scrub.c ---- */

/* The ranges of @ranges, made fast to search. -ENOMEM. */
int sw_scrub_open(const struct sw_prefix *ranges, size_t n, struct sw_scrub **ret);
struct sw_scrub *sw_scrub_close(struct sw_scrub *scrub);
/*
 * The ranges that touch @p, ascending: *@first to *@first + *@n. One that contains
 * @p comes alone. They are disjoint. Returns false when there are none.
 */
bool sw_scrub_touches(const struct sw_scrub *scrub, const struct sw_prefix *p,
		      const struct sw_prefix **first, size_t *n);
/* Do the ranges, perhaps several of them together, contain all of @p? */
bool sw_scrub_covers(const struct sw_scrub *scrub, const struct sw_prefix *p);

/* ---- normalise.c ---- */

/*
 * Sorted entries of one class to entries of which the longest match decides:
 * duplicates go (and are counted), an exclusion wins over an entry of the same
 * prefix. Returns how many are left.
 */
size_t sw_normalise4(struct sw_entry4 *entries, size_t n, uint64_t *duplicates);
size_t sw_normalise6(struct sw_entry6 *entries, size_t n, uint64_t *duplicates);

/*
 * rbldnsd's ip4set stores addresses, /24s, /16s and /8s only and asks for the
 * longest of these four: an entry inside an exclusion that is stored at the same
 * length loses. Call it after sw_normalise4.
 */
size_t sw_normalise_ip4set(struct sw_entry4 *entries, size_t n);
/* The stored length, 8, 16, 24 or 32, of a prefix. */
unsigned sw_ip4set_stored(unsigned len);

/* A rule of a table in which the first match decides. */
struct sw_rule {
	struct sw_prefix prefix;
	uint32_t order;
	bool exclude;
};

/* Sort and drop duplicates (counted) and rules that an earlier one makes void, so
 * that the longest match is the first match. Returns how many are left. */
size_t sw_normalise_rules(struct sw_rule *rules, size_t n, uint64_t *duplicates);

#endif
