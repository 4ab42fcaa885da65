/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * read_nft - set elements as nft(8) prints and reads them.
 *
 *     table inet filter {
 *         set bad {
 *             type ipv4_addr
 *             flags interval
 *             elements = { 192.0.2.0/24, 198.51.100.1-198.51.100.9 comment "why" }
 *         }
 *     }
 *     add element inet filter bad { 192.0.2.1 timeout 1h expires 59m3s }
 *
 * All sets of addresses in the file are read as one list; sets of other things and
 * maps are left out, which is said. Rules and chains are not looked at. Line ends
 * mean little to nft, so this is a machine that takes one character after another;
 * lines may be of any length. A brace that is not closed is a truncated file.
 */
#include "reader.h"

#include <errno.h>
#include <string.h>

#define DEPTH_MAX 8
#define STATEMENT_MAX 256
#define ELEMENT_MAX 512

enum block {
	BLOCK_OTHER, /* table, chain, rule: nothing to read */
	BLOCK_SET,
	BLOCK_MAP,
	BLOCK_ELEMENTS,
	BLOCK_NOT_OURS, /* elements of a map or of a set of something else */
};

struct frame {
	enum block kind;
	bool not_addresses; /* of a set: its type */
	unsigned long line; /* of the brace */
};

struct state {
	struct frame frame[DEPTH_MAX];
	unsigned depth; /* may be larger than DEPTH_MAX */
	bool in_comment, in_quotes;
	char statement[STATEMENT_MAX]; /* since the last brace, semicolon or newline */
	size_t statement_n;
	char element[ELEMENT_MAX];
	size_t element_n;
	bool element_too_long;
	unsigned long line; /* where the element starts */
};

struct token {
	const char *p;
	size_t n;
};

static struct frame *top(struct state *s)
{
	return s->depth && s->depth <= DEPTH_MAX ? &s->frame[s->depth - 1] : NULL;
}

/* ---- elements ---- */

/* The next word of "a b "c d" e", "-" on its own. */
static struct token next(struct token *rest)
{
	struct token t;
	bool quoted;

	while (rest->n && (sw_is_blank(*rest->p) || *rest->p == '\n'))
		rest->p++, rest->n--;
	quoted = rest->n && *rest->p == '"';
	if (quoted)
		rest->p++, rest->n--;
	t.p = rest->p;
	while (rest->n && !(quoted ? *rest->p == '"' : sw_is_blank(*rest->p) || *rest->p == '\n')) {
		if (!quoted && *rest->p == '-') {
			if (rest->p == t.p)
				rest->p++, rest->n--;
			break;
		}
		rest->p++, rest->n--;
	}
	t.n = (size_t)(rest->p - t.p);
	if (quoted && rest->n)
		rest->p++, rest->n--;
	return t;
}

static bool is(struct token t, const char *word)
{
	return t.n == strlen(word) && !memcmp(t.p, word, t.n);
}

/* What "comment" says among the options of an element. */
static struct token comment(struct token rest)
{
	struct token t;

	while (t = next(&rest), t.n) {
		if (is(t, "comment"))
			return next(&rest);
	}
	return (struct token){ NULL, 0 };
}

static int range(struct sw_reader *r, struct token from, struct token to, struct token words)
{
	struct sw_prefix first, last;

	if (sw_prefix_parse(from.p, from.n, &first) || sw_prefix_parse(to.p, to.n, &last) ||
	    first.len != sw_prefix_full(&first) || last.len != sw_prefix_full(&last)) {
		sw_reader_bad(r, "\"%s\" is not a range of addresses",
			      sw_quote(from.p, (size_t)(to.p + to.n - from.p)));
		return 0;
	}
	return sw_reader_range(r, &first, &last, false, words.p, words.n);
}

static int parse_element(struct sw_reader *r, struct token all)
{
	struct token rest = all, first = next(&rest), after = rest, second = next(&rest), to;

	if (first.n == 0) /* a comma before the brace */
		return 0;
	if (is(first, "*")) {
		sw_reader_bad(r, "the catch-all element would list everybody");
		return 0;
	}
	if (is(second, ".") || is(second, ":")) {
		sw_reader_bad(r, "\"%s\" is more than an address", sw_quote(all.p, all.n));
		return 0;
	}
	if (is(second, "-")) {
		to = next(&rest);
		return range(r, first, to, comment(rest));
	}
	to = comment(after);
	return sw_reader_token(r, first.p, first.n, false, to.p, to.n);
}

static int end_element(struct sw_reader *r)
{
	struct state *s = r->state;
	struct token all = { s->element, s->element_n };
	unsigned long here = r->line;
	const char *text = r->text;
	size_t text_n = r->text_n;
	int code = 0;

	while (all.n && (sw_is_blank(all.p[all.n - 1]) || all.p[all.n - 1] == '\n'))
		all.n--;
	if (all.n)
		r->line = s->line;
	r->text = all.p;
	r->text_n = all.n;
	if (s->element_too_long)
		sw_reader_bad(r, "an element is longer than %d bytes", ELEMENT_MAX);
	else
		code = parse_element(r, all);
	r->line = here;
	r->text = text;
	r->text_n = text_n;
	s->element_n = 0;
	s->element_too_long = false;
	return code;
}

static void append_element(struct sw_reader *r, char c)
{
	struct state *s = r->state;

	if (s->element_n == 0) {
		if (sw_is_blank(c) || c == '\n')
			return;
		s->line = r->line;
	}
	if (s->element_n < ELEMENT_MAX)
		s->element[s->element_n++] = c;
	else
		s->element_too_long = true;
}

/* ---- statements ---- */

static void append_statement(struct state *s, char c)
{
	if (s->statement_n == 0 && sw_is_blank(c))
		return;
	if (s->statement_n < STATEMENT_MAX)
		s->statement[s->statement_n++] = c;
}

/* Words of the statement, blanks squeezed: at most @max, returns how many. */
static size_t words(const struct state *s, struct token *ret, size_t max)
{
	struct token rest = { s->statement, s->statement_n };
	size_t n = 0;

	while (n < max) {
		struct token t = next(&rest);

		if (t.n == 0)
			break;
		ret[n++] = t;
	}
	return n;
}

static bool is_address_type(const struct token *w, size_t n)
{
	if (is(w[0], "type"))
		return n == 2 && (is(w[1], "ipv4_addr") || is(w[1], "ipv6_addr"));
	return n == 3 && (is(w[1], "ip") || is(w[1], "ip6")) &&
	       (is(w[2], "saddr") || is(w[2], "daddr"));
}

/* At the end of a line or at ';': the type of a set is what matters. */
static void end_statement(struct state *s)
{
	struct frame *f = top(s);
	struct token w[4];
	size_t n = words(s, w, 4);

	if (f && f->kind == BLOCK_SET && n && (is(w[0], "type") || is(w[0], "typeof")))
		f->not_addresses = !is_address_type(w, n);
	s->statement_n = 0;
}

/* What the brace opens that follows the statement. */
static enum block block_kind(const struct state *s, const struct frame *outer)
{
	struct token w[3];
	size_t n = words(s, w, 3);

	if (outer && (outer->kind == BLOCK_SET || outer->kind == BLOCK_MAP)) {
		if (!n || s->statement_n < 8 || memcmp(s->statement, "elements", 8))
			return BLOCK_OTHER;
		return outer->kind == BLOCK_SET && !outer->not_addresses ? BLOCK_ELEMENTS
									 : BLOCK_NOT_OURS;
	}
	if (!n)
		return BLOCK_OTHER;
	if (n > 1 && (is(w[0], "add") || is(w[0], "create"))) {
		if (is(w[1], "element"))
			return BLOCK_ELEMENTS;
		w[0] = w[1];
	}
	if (is(w[0], "define"))
		return BLOCK_ELEMENTS;
	if (is(w[0], "set"))
		return BLOCK_SET;
	return is(w[0], "map") || is(w[0], "vmap") ? BLOCK_MAP : BLOCK_OTHER;
}

static void open_block(struct sw_reader *r)
{
	struct state *s = r->state;
	enum block kind = block_kind(s, top(s));

	if (kind == BLOCK_NOT_OURS)
		sw_reader_skipped(r, "the elements of a map, or of a set of something else than "
				     "addresses");
	if (s->depth < DEPTH_MAX)
		s->frame[s->depth] = (struct frame){ .kind = kind, .line = r->line };
	s->depth++;
	s->statement_n = 0;
}

static int close_block(struct sw_reader *r)
{
	struct state *s = r->state;

	s->statement_n = 0;
	if (s->depth == 0) {
		sw_reader_bad(r, "\"}\" without \"{\"");
		return 0;
	}
	s->depth--;
	return 0;
}

/* ---- characters ---- */

/* Inside { } of elements. */
static int element_char(struct sw_reader *r, char c)
{
	int code;

	if (c == ',' || c == '}') {
		code = end_element(r);
		return code == 0 && c == '}' ? close_block(r) : code;
	}
	if (c == '{') {
		/* "$name" or a set in a set: not what nft prints */
		sw_reader_bad(r, "\"{\" inside of elements");
		open_block(r);
		return 0;
	}
	append_element(r, c);
	return 0;
}

static int plain_char(struct sw_reader *r, char c)
{
	struct state *s = r->state;

	switch (c) {
	case '{':
		open_block(r);
		return 0;
	case '}':
		end_statement(s);
		return close_block(r);
	case ';':
	case '\n':
		end_statement(s);
		return 0;
	default:
		append_statement(s, c);
		return 0;
	}
}

static int one_char(struct sw_reader *r, char c)
{
	struct state *s = r->state;
	const struct frame *f = top(s);
	bool elements = f && f->kind == BLOCK_ELEMENTS;

	if (c == '\n') /* nft has no quotes across lines */
		s->in_comment = s->in_quotes = false;
	if (s->in_comment)
		return 0;
	if (c == '"')
		s->in_quotes = !s->in_quotes;
	else if (c == '#' && !s->in_quotes) {
		s->in_comment = true;
		return 0;
	}
	if (s->in_quotes || c == '"') {
		if (elements)
			append_element(r, c);
		else
			append_statement(s, c);
		return 0;
	}
	return elements ? element_char(r, c) : plain_char(r, c);
}

static int nft_line(struct sw_reader *r, const char *text, size_t n)
{
	int code = 0;

	for (size_t i = 0; i < n && code == 0; i++)
		code = one_char(r, text[i]);
	if (code == 0 && !r->partial)
		code = one_char(r, '\n');
	return code;
}

static int nft_end(struct sw_reader *r)
{
	const struct state *s = r->state;
	const struct frame *last = &s->frame[DEPTH_MAX - 1];

	if (s->depth == 0)
		return 0;
	if (s->depth < DEPTH_MAX)
		last = &s->frame[s->depth - 1];
	return sw_err_set(r->err, -EBADMSG, "truncated: the \"{\" in line %lu is not closed",
			  last->line);
}

const struct sw_format_reader sw_read_nft = {
	.state_size = sizeof(struct state),
	.pieces = true,
	.line = nft_line,
	.end = nft_end,
};
