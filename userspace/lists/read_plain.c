/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * read_plain - addresses, prefixes and ranges, one on a line.
 *
 *     192.0.2.1           # an address
 *     192.0.2.0/24        ; a prefix, and words on it as Spamhaus DROP has them
 *     192.0.2.3 - 192.0.2.9
 *     !192.0.2.4          an exclusion, as sw_list_save writes it
 *
 * What FireHOL, Spamhaus and most others publish. Text behind an address that is
 * no comment is refused: it may be another format in which it means something.
 */
#include "reader.h"

#include <string.h>

struct cursor {
	const char *p, *end;
};

static inline void skip_blanks(struct cursor *c)
{
	while (c->p < c->end && sw_is_blank(*c->p))
		c->p++;
}

/* Up to a blank, a comment or the dash of a range. */
static inline size_t token(struct cursor *c)
{
	const char *start = c->p;

	while (c->p < c->end && !sw_is_blank(*c->p) && !sw_is_comment(*c->p) && *c->p != '-')
		c->p++;
	return (size_t)(c->p - start);
}

/* The rest of the line may only be a comment. */
static bool only_comment(struct sw_reader *r, struct cursor *c, const char **words, size_t *n)
{
	skip_blanks(c);
	if (c->p < c->end && !sw_is_comment(*c->p)) {
		sw_reader_bad(r, "text behind the address: \"%s\" (comments start with # or ;)",
			      sw_quote(c->p, (size_t)(c->end - c->p)));
		return false;
	}
	while (c->p < c->end && (sw_is_comment(*c->p) || sw_is_blank(*c->p)))
		c->p++;
	*words = c->p;
	*n = (size_t)(c->end - c->p);
	while (*n && sw_is_blank((*words)[*n - 1]))
		(*n)--;
	return true;
}

static bool range_end(struct sw_reader *r, const char *text, size_t n, struct sw_prefix *ret)
{
	int code = sw_prefix_parse(text, n, ret);

	if (code) {
		sw_reader_bad_prefix(r, text, n, code, ret);
		return false;
	}
	if (ret->len != sw_prefix_full(ret)) {
		sw_reader_bad(r, "\"%s\" in a range: both ends must be single addresses",
			      sw_quote(text, n));
		return false;
	}
	return true;
}

/* @c stands at the dash. */
static int range(struct sw_reader *r, struct cursor *c, const char *from, size_t from_n,
		 bool exclude)
{
	struct sw_prefix first, last;
	const char *to, *words;
	size_t to_n, words_n;

	c->p++;
	skip_blanks(c);
	to = c->p;
	to_n = token(c);
	if (!range_end(r, from, from_n, &first) || !range_end(r, to, to_n, &last) ||
	    !only_comment(r, c, &words, &words_n))
		return 0;
	return sw_reader_range(r, &first, &last, exclude, words, words_n);
}

static int plain_line(struct sw_reader *r, const char *text, size_t n)
{
	struct cursor c = { text, text + n };
	bool exclude = false;
	const char *start, *words;
	size_t length, words_n;
	struct sw_prefix p;
	int code;

	skip_blanks(&c);
	if (c.p == c.end || sw_is_comment(*c.p))
		return 0;
	if (*c.p == '!') {
		exclude = true;
		c.p++;
		skip_blanks(&c);
	}
	start = c.p;
	length = token(&c);
	code = sw_prefix_parse(start, length, &p);
	skip_blanks(&c);
	if (c.p < c.end && *c.p == '-')
		return range(r, &c, start, length, exclude);
	if (code) {
		sw_reader_bad_prefix(r, start, length, code, &p);
		return 0;
	}
	if (!only_comment(r, &c, &words, &words_n))
		return 0;
	return sw_reader_prefix(r, &p, exclude, words, words_n);
}

const struct sw_format_reader sw_read_plain = { .line = plain_line, .bare = true };
