/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * read_rbldnsd - zones of rbldnsd(8): ip4set, ip4trie, ip6trie.
 *
 *     :127.0.0.3:see http://bl.example/?$     default value for what follows
 *     127.0.0.1-255                           ranges, in an ip4set
 *     127.16/12 :2:text    127.16-31 text     values, partial addresses
 *     !127.0.0.9                              an exclusion
 *     $DATASET ip4set sub @                   parts of a combined zone
 *
 * A value decides nothing here, its text is what the list says of the entry. Of a
 * combined zone the parts are read that answer for the zone itself ("@"), as a query
 * to it would get them; exclusions hold for all parts together, which can only
 * make the list shorter. $TIMESTAMP does not make a list invalid: an older copy
 * would be used in its place.
 */
#include "rbldnsd_addr.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define WORDS_MAX 1024

struct state {
	char *variable[10]; /* $0 to $9; the first assignment counts */
	char *text; /* of the default value */
	uint64_t max_range; /* $MAXRANGE4; 0: none */
	enum sw_list_format type; /* of the part; AUTO: it is skipped */
	bool started;
};

static struct sw_cursor word(struct sw_cursor *c)
{
	struct sw_cursor w;

	sw_cursor_skip_blanks(c);
	w.p = c->p;
	while (c->p < c->end && !sw_is_blank(*c->p))
		c->p++;
	w.end = c->p;
	return w;
}

static bool word_is(struct sw_cursor w, const char *text)
{
	size_t n = strlen(text);

	return (size_t)(w.end - w.p) == n && !strncasecmp(w.p, text, n);
}

/* Replace *@slot by a copy. */
static int keep(struct sw_reader *r, char **slot, const char *text, size_t n)
{
	char *copy = strndup(text, n);

	if (!copy)
		return sw_err_set(r->err, -ENOMEM, "out of memory");
	free(*slot);
	*slot = copy;
	return 0;
}

/* ---- values ---- */

struct words {
	char text[WORDS_MAX];
	size_t n;
};

static void append(struct words *w, const char *text, size_t n)
{
	if (n > sizeof(w->text) - w->n)
		n = sizeof(w->text) - w->n;
	memcpy(w->text + w->n, text, n);
	w->n += n;
}

/* "$" is the address, "$1" a variable, "$$" a dollar. */
static void expand(const struct sw_reader *r, struct sw_cursor t, struct words *w)
{
	const struct state *s = r->state;

	for (; t.p < t.end; t.p++) {
		char next = t.p + 1 < t.end ? t.p[1] : '\0';

		if (*t.p != '$') {
			append(w, t.p, 1);
		} else if (next == '$') {
			append(w, "$", 1);
			t.p++;
		} else if (next >= '0' && next <= '9') {
			if (s->variable[next - '0'])
				append(w, s->variable[next - '0'], strlen(s->variable[next - '0']));
			t.p++;
		} else if (r->subject) {
			append(w, r->subject, strlen(r->subject));
		} else {
			append(w, "$", 1);
		}
	}
}

/* ":A:TXT", ":A", "TXT" or nothing. False: the address A makes no sense. */
static bool parse_value(struct sw_cursor *c, struct sw_cursor *text)
{
	struct sw_partial a;

	sw_cursor_skip_blanks(c);
	if (sw_cursor_peek(c) == ':') {
		c->p++;
		sw_cursor_skip_blanks(c);
		if (sw_cursor_peek(c) != ':' && (!sw_partial_parse(c, &a) || a.addr == 0))
			return false;
		sw_cursor_skip_blanks(c);
		if (sw_cursor_peek(c) == ':')
			c->p++;
		else if (c->p < c->end && !sw_is_comment(*c->p))
			return false;
		sw_cursor_skip_blanks(c);
	}
	*text = *c;
	if (sw_is_comment(sw_cursor_peek(c)))
		text->end = text->p;
	return true;
}

static int default_value(struct sw_reader *r, struct sw_cursor c)
{
	struct state *s = r->state;
	struct sw_cursor text;

	if (!parse_value(&c, &text)) {
		sw_reader_bad(r,
			      "\"%s\": the default value needs an address, as in :127.0.0.2:text",
			      sw_quote(r->text, r->text_n));
		return 0;
	}
	return keep(r, &s->text, text.p, (size_t)(text.end - text.p));
}

static void expand_text(struct sw_reader *r, struct sw_cursor text, struct words *w)
{
	const struct state *s = r->state;

	w->n = 0;
	if (!r->wants_text)
		return;
	if (text.p == text.end && s->text)
		text = (struct sw_cursor){ s->text, s->text + strlen(s->text) };
	expand(r, text, w);
}

/* ---- $ lines ---- */

static bool for_the_zone_itself(struct sw_cursor c)
{
	struct sw_cursor name;

	do {
		name = word(&c);
		if (word_is(name, "@"))
			return true;
	} while (name.p < name.end);
	return false;
}

static int dataset(struct sw_reader *r, struct sw_cursor c)
{
	struct state *s = r->state;
	struct sw_cursor type = word(&c);
	const char *colon = memchr(type.p, ':', (size_t)(type.end - type.p));

	if (colon) /* "type:name" */
		type.end = colon;
	free(s->text);
	s->text = NULL;
	s->started = true;
	if (word_is(type, "ip4set") || word_is(type, "ip4tset"))
		s->type = SW_LIST_RBLDNSD_IP4SET;
	else if (word_is(type, "ip4trie"))
		s->type = SW_LIST_RBLDNSD_IP4TRIE;
	else if (word_is(type, "ip6trie") || word_is(type, "ip6tset"))
		s->type = SW_LIST_RBLDNSD_IP6TRIE;
	else
		s->type = SW_LIST_AUTO;
	if (s->type == SW_LIST_AUTO)
		sw_reader_skipped(r, "a dataset of type %s holds no addresses",
				  sw_quote(type.p, (size_t)(type.end - type.p)));
	else if (!for_the_zone_itself(c)) {
		s->type = SW_LIST_AUTO;
		sw_reader_skipped(r, "this dataset is for subzones, not for the zone itself (@)");
	}
	return 0;
}

static int max_range(struct sw_reader *r, struct sw_cursor c)
{
	struct state *s = r->state;
	uint64_t size = 0;
	unsigned len;

	sw_cursor_skip_blanks(&c);
	if (sw_cursor_peek(&c) == '/') {
		c.p++;
		if (sw_length_parse(&c, 32, &len))
			size = UINT64_C(1) << (32 - len);
	} else {
		while (c.p < c.end && *c.p >= '0' && *c.p <= '9' && size <= UINT32_MAX)
			size = size * 10 + (unsigned)(*c.p++ - '0');
	}
	if (size == 0 || !sw_cursor_at_word_end(&c)) {
		sw_reader_bad(r, "$MAXRANGE4 needs a number of addresses or a length, as in /24");
		return 0;
	}
	if (s->max_range == 0 || size < s->max_range) /* it can only become smaller */
		s->max_range = size;
	return 0;
}

/* @c stands behind the "$". @hidden: rbldns takes the line for a comment. */
static int special(struct sw_reader *r, struct sw_cursor c, bool hidden)
{
	static const char *const ignored[] = { "SOA", "NS", "TTL", "TIMESTAMP", "=" };
	struct state *s = r->state;
	struct sw_cursor name = word(&c);

	sw_cursor_skip_blanks(&c);
	for (size_t i = 0; i < sizeof(ignored) / sizeof(ignored[0]); i++) {
		if (word_is(name, ignored[i]))
			return 0;
	}
	if (word_is(name, "DATASET"))
		return dataset(r, c);
	if (word_is(name, "MAXRANGE4"))
		return max_range(r, c);
	if (name.end - name.p == 1 && *name.p >= '0' && *name.p <= '9')
		return s->variable[*name.p - '0']
			       ? 0
			       : keep(r, &s->variable[*name.p - '0'], c.p, (size_t)(c.end - c.p));
	if (!hidden)
		sw_reader_bad(r, "unknown \"$%s\"", sw_quote(name.p, (size_t)(name.end - name.p)));
	return 0;
}

/* ---- entries ---- */

static bool too_large(struct sw_reader *r, uint64_t size)
{
	const struct state *s = r->state;

	if (s->max_range == 0 || size <= s->max_range)
		return false;
	sw_reader_bad(r, "larger than $MAXRANGE4 allows (%llu addresses)",
		      (unsigned long long)s->max_range);
	return true;
}

static int give_range(struct sw_reader *r, const struct sw_rbldnsd_ip4 *e, bool exclude,
		      const struct words *w)
{
	struct sw_prefix first = sw_prefix_ip4(e->first, 32), last = sw_prefix_ip4(e->last, 32);

	if (e->first <= e->last && too_large(r, (uint64_t)e->last - e->first + 1))
		return 0;
	return sw_reader_range(r, &first, &last, exclude, w->text, w->n);
}

static int give_ip4(struct sw_reader *r, const struct sw_rbldnsd_ip4 *e, bool exclude,
		    const struct words *w)
{
	struct sw_prefix p = sw_prefix_ip4(e->first, e->len);

	if (e->is_range)
		return give_range(r, e, exclude, w);
	if (too_large(r, UINT64_C(1) << (32 - e->len)))
		return 0;
	return sw_reader_prefix(r, &p, exclude, w->text, w->n);
}

/* The address that starts at @start is no good. */
static void bad_address(struct sw_reader *r, const char *start, const char *end, int code,
			const struct sw_prefix *meant)
{
	struct sw_prefix ignored;
	const char *p = start;

	while (p < end && !sw_is_blank(*p))
		p++;
	if (code == -EINVAL && sw_prefix_parse(start, (size_t)(p - start), &ignored) == -ERANGE)
		code = -ERANGE;
	sw_reader_bad_prefix(r, start, (size_t)(p - start), code, meant);
}

static int parse_ip4(struct sw_cursor *c, const struct state *s, struct sw_rbldnsd_ip4 *ret,
		     struct sw_prefix *meant)
{
	if (!sw_rbldnsd_ip4_parse(c, s->type == SW_LIST_RBLDNSD_IP4SET, ret))
		return -EINVAL;
	*meant = sw_prefix_ip4(ret->first, ret->len);
	return ret->is_range || meant->lo == ret->first ? 0 : -EDOM;
}

static int parse_ip6(struct sw_cursor *c, struct sw_prefix *ret)
{
	const char *start = c->p;

	while (!sw_cursor_at_word_end(c))
		c->p++;
	return sw_rbldnsd_ip6_parse((struct sw_cursor){ start, c->p }, ret);
}

static int entry_line(struct sw_reader *r, struct sw_cursor c)
{
	const struct state *s = r->state;
	bool ip6 = s->type == SW_LIST_RBLDNSD_IP6TRIE, exclude = sw_cursor_peek(&c) == '!';
	struct sw_rbldnsd_ip4 ip4 = { .is_range = false };
	struct sw_prefix p = { .family = 6 };
	struct sw_cursor text;
	struct words words;
	const char *start;
	int code;

	c.p += exclude;
	sw_cursor_skip_blanks(&c);
	start = c.p;
	code = ip6 ? parse_ip6(&c, &p) : parse_ip4(&c, s, &ip4, &p);
	if (code) {
		bad_address(r, start, c.end, code, &p);
		return 0;
	}
	if (!parse_value(&c, &text)) {
		sw_reader_bad(r, "bad value behind the address: \"%s\"",
			      sw_quote(r->text, r->text_n));
		return 0;
	}
	expand_text(r, text, &words);
	return ip6 ? sw_reader_prefix(r, &p, exclude, words.text, words.n)
		   : give_ip4(r, &ip4, exclude, &words);
}

static int rbldnsd_line(struct sw_reader *r, const char *text, size_t n)
{
	struct sw_cursor c = { text, text + n };
	struct state *s = r->state;
	char first, second;

	if (!s->started) {
		s->started = true;
		s->type = r->format;
	}
	while (c.end > c.p && sw_is_blank(c.end[-1]))
		c.end--;
	sw_cursor_skip_blanks(&c);
	first = sw_cursor_peek(&c);
	second = c.end - c.p > 1 ? c.p[1] : '\0';
	if (first == '$') {
		c.p++;
		return special(r, c, false);
	}
	if ((sw_is_comment(first) || first == ':') && second == '$') {
		c.p += 2;
		return special(r, c, true);
	}
	if (c.p == c.end || sw_is_comment(first) || s->type == SW_LIST_AUTO)
		return 0;
	/* "::1" is an address */
	if (first == ':' && (second != ':' || s->type != SW_LIST_RBLDNSD_IP6TRIE))
		return default_value(r, c);
	return entry_line(r, c);
}

static void rbldnsd_done(struct sw_reader *r)
{
	struct state *s = r->state;

	for (size_t i = 0; i < sizeof(s->variable) / sizeof(s->variable[0]); i++)
		free(s->variable[i]);
	free(s->text);
}

const struct sw_format_reader sw_read_rbldnsd = {
	.state_size = sizeof(struct state),
	.line = rbldnsd_line,
	.done = rbldnsd_done,
};
