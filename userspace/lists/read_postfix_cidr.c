/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * read_postfix_cidr - tables of cidr_table(5) with the actions of access(5) and
 * postscreen.
 *
 *     192.0.2.1        permit
 *     if !198.51.100.0/24
 *     !2001:db8::/32   reject
 *     endif
 *     203.0.113.0/24   554 5.7.1 words,
 *         which go on here
 *
 * The first rule that matches decides: what list.c makes of the order. A rule that
 * rejects lists in a block list, a rule that permits lists in an allow list; every
 * other rule, whatever its action is, ends Postfix's search, so it makes a hole.
 * Conditions and negations become the prefixes that remain of a rule; as in Postfix,
 * neither ever says anything of the other address family.
 */
#include "reader.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#define DEPTH_MAX 16 /* of conditions */

struct pattern {
	struct sw_prefix prefix;
	bool negated;
	unsigned long line;
};

struct state {
	struct pattern condition[DEPTH_MAX];
	unsigned depth;
	unsigned too_deep; /* conditions that did not fit */
	unsigned long line; /* where the logical line starts; 0: there is none */
	bool too_long;
	size_t n;
	char logical[SW_LINE_MAX];
};

struct cursor {
	const char *p, *end;
};

static void skip_blanks(struct cursor *c)
{
	while (c->p < c->end && sw_is_blank(*c->p))
		c->p++;
}

static struct cursor word(struct cursor *c)
{
	struct cursor w = { c->p, c->p };

	while (c->p < c->end && !sw_is_blank(*c->p))
		c->p++;
	w.end = c->p;
	return w;
}

static bool word_is(struct cursor w, const char *text)
{
	size_t n = strlen(text);

	return (size_t)(w.end - w.p) == n && !strncasecmp(w.p, text, n);
}

/* ---- actions ---- */

enum kind { KIND_PERMIT, KIND_REJECT, KIND_NEITHER };

static enum kind action_kind(struct cursor result)
{
	static const char *const rejects[] = { "reject", "defer", "defer_if_permit",
					       "defer_if_reject" };
	struct cursor w = word(&result);
	size_t digits = 0;

	for (size_t i = 0; i < sizeof(rejects) / sizeof(rejects[0]); i++) {
		if (word_is(w, rejects[i]))
			return KIND_REJECT;
	}
	if (word_is(w, "ok") || word_is(w, "permit"))
		return KIND_PERMIT;
	while (w.p + digits < w.end && isdigit((unsigned char)w.p[digits]))
		digits++;
	if (digits == 0 || w.p + digits != w.end)
		return KIND_NEITHER;
	if (digits == 3 && (*w.p == '4' || *w.p == '5'))
		return KIND_REJECT;
	/* access(5): an all-numerical result is OK */
	return result.p == result.end ? KIND_PERMIT : KIND_NEITHER;
}

/* ---- patterns ---- */

/* "[address]" and "[address]/length" without the brackets, in @buf. */
static bool strip_brackets(struct sw_reader *r, struct cursor *w, char *buf, size_t size)
{
	const char *close;
	size_t inside, behind;

	if (w->p == w->end || *w->p != '[')
		return true;
	close = memchr(w->p, ']', (size_t)(w->end - w->p));
	if (!close) {
		sw_reader_bad(r, "\"%s\" lacks a \"]\"", sw_quote(w->p, (size_t)(w->end - w->p)));
		return false;
	}
	inside = (size_t)(close - w->p - 1);
	behind = (size_t)(w->end - close - 1);
	if ((behind && close[1] != '/') || inside + behind > size) {
		sw_reader_bad(r, "garbage behind the \"]\" in \"%s\"",
			      sw_quote(w->p, (size_t)(w->end - w->p)));
		return false;
	}
	memcpy(buf, w->p + 1, inside);
	memcpy(buf + inside, close + 1, behind);
	*w = (struct cursor){ buf, buf + inside + behind };
	return true;
}

/* "!"s and an address. False: the line is bad, and that was said. */
static bool parse_pattern(struct sw_reader *r, struct cursor *c, struct pattern *ret)
{
	struct pattern pattern = { .line = r->line };
	struct cursor w;
	char buf[128];
	int code;

	for (; c->p < c->end && (sw_is_blank(*c->p) || *c->p == '!'); c->p++)
		pattern.negated ^= *c->p == '!';
	w = word(c);
	if (w.p == w.end) {
		sw_reader_bad(r, "no address pattern");
		return false;
	}
	if (!strip_brackets(r, &w, buf, sizeof(buf)))
		return false;
	code = sw_prefix_parse(w.p, (size_t)(w.end - w.p), &pattern.prefix);
	if (code) {
		sw_reader_bad_prefix(r, w.p, (size_t)(w.end - w.p), code, &pattern.prefix);
		return false;
	}
	*ret = pattern;
	return true;
}

/* ---- what remains of a rule under its conditions ---- */

struct rule {
	struct sw_reader *reader;
	struct cursor result;
	bool exclude;
};

static int apply(const struct rule *rule, const struct sw_prefix *p, unsigned k);

/* The other half of the prefix that is one bit shorter. */
static struct sw_prefix sibling(const struct sw_prefix *p)
{
	unsigned bit = (sw_prefix_full(p) - p->len) & 127;
	struct sw_prefix other = *p;

	if (bit < 64)
		other.lo ^= UINT64_C(1) << bit;
	else
		other.hi ^= UINT64_C(1) << (bit - 64);
	return other;
}

/* The prefixes of @p that are not in @hole, which @p contains. */
static int apply_without(const struct rule *rule, const struct sw_prefix *p,
			 const struct sw_prefix *hole, unsigned k)
{
	int code = 0;

	for (unsigned len = p->len + 1u; len <= hole->len && code == 0; len++) {
		struct sw_prefix around = sw_prefix_truncate(hole, len);
		struct sw_prefix other = sibling(&around);

		code = apply(rule, &other, k);
	}
	return code;
}

/* What of @p satisfies conditions @k and up. */
static int apply(const struct rule *rule, const struct sw_prefix *p, unsigned k)
{
	const struct state *s = rule->reader->state;
	const struct pattern *c = &s->condition[k];

	if (k == s->depth)
		return sw_reader_prefix(rule->reader, p, rule->exclude, rule->result.p,
					(size_t)(rule->result.end - rule->result.p));
	if (c->prefix.family != p->family)
		return 0;
	if (sw_prefix_contains(&c->prefix, p))
		return c->negated ? 0 : apply(rule, p, k + 1);
	if (!sw_prefix_contains(p, &c->prefix))
		return c->negated ? apply(rule, p, k + 1) : 0;
	if (!c->negated)
		return apply(rule, &c->prefix, k + 1);
	return apply_without(rule, p, &c->prefix, k + 1);
}

static int rule_line(struct sw_reader *r, struct cursor c)
{
	enum kind wanted = r->sense == SW_LIST_ALLOWS ? KIND_PERMIT : KIND_REJECT;
	struct rule rule = { .reader = r };
	struct pattern pattern;
	struct sw_prefix all;

	if (!parse_pattern(r, &c, &pattern))
		return 0;
	skip_blanks(&c);
	if (c.p == c.end) {
		sw_reader_bad(r, "no action behind the address");
		return 0;
	}
	rule.result = c;
	rule.exclude = action_kind(c) != wanted;
	if (!pattern.negated)
		return apply(&rule, &pattern.prefix, 0);
	all = sw_prefix_truncate(&pattern.prefix, 0);
	return apply_without(&rule, &all, &pattern.prefix, 0);
}

/* ---- lines ---- */

static int if_line(struct sw_reader *r, struct cursor c)
{
	struct state *s = r->state;
	struct pattern pattern;

	if (!parse_pattern(r, &c, &pattern))
		return 0;
	skip_blanks(&c);
	if (c.p < c.end)
		sw_reader_bad(r,
			      "text behind the pattern of \"if\": \"%s\" (an indented line "
			      "continues the one before it)",
			      sw_quote(c.p, (size_t)(c.end - c.p)));
	if (s->depth == DEPTH_MAX) {
		sw_reader_bad(r, "more than %d conditions inside of one another", DEPTH_MAX);
		s->too_deep++;
		return 0;
	}
	s->condition[s->depth++] = pattern;
	return 0;
}

static int endif_line(struct sw_reader *r)
{
	struct state *s = r->state;

	if (s->too_deep)
		s->too_deep--;
	else if (s->depth)
		s->depth--;
	else
		sw_reader_bad(r, "\"endif\" without \"if\"");
	return 0;
}

static int logical_line(struct sw_reader *r)
{
	struct state *s = r->state;
	struct cursor c = { s->logical, s->logical + s->n }, rest = c, first = word(&rest);

	if (s->line == 0)
		return 0;
	r->line = s->line;
	r->text = s->logical;
	r->text_n = s->n;
	s->line = 0;
	if (s->too_long) {
		sw_reader_bad(r, "line is longer than %d bytes", SW_LINE_MAX);
		return 0;
	}
	if (word_is(first, "endif"))
		return endif_line(r);
	if (first.end - first.p > 2 && first.p[2] == '!') { /* "if!" */
		first.end = first.p + 2;
		rest.p = first.end;
	}
	if (word_is(first, "if"))
		return if_line(r, rest);
	/* Postfix would take the rules for ones without condition, too. But here a line
	 * that says too much is worse than one that is missing. */
	return s->too_deep ? 0 : rule_line(r, c);
}

static void append(struct state *s, const char *text, size_t n)
{
	if (n > sizeof(s->logical) - s->n) {
		s->too_long = true;
		return;
	}
	memcpy(s->logical + s->n, text, n);
	s->n += n;
}

static int cidr_line(struct sw_reader *r, const char *text, size_t n)
{
	struct state *s = r->state;
	unsigned long line = r->line;
	bool continues = n && sw_is_blank(*text);
	int code;

	while (n && sw_is_blank(text[n - 1]))
		n--;
	while (n && sw_is_blank(*text))
		text++, n--;
	if (n == 0 || *text == '#')
		return 0;
	if (continues) {
		if (s->line == 0) {
			sw_reader_bad(r, "an indented line continues the one before it, "
					 "but there is none");
			return 0;
		}
		append(s, " ", 1);
		append(s, text, n);
		return 0;
	}
	code = logical_line(r);
	s->line = line;
	s->n = 0;
	s->too_long = false;
	append(s, text, n);
	return code;
}

static int cidr_end(struct sw_reader *r)
{
	struct state *s = r->state;
	int code = logical_line(r);

	while (code == 0 && s->depth) {
		r->line = s->condition[--s->depth].line;
		sw_reader_bad(r, "\"if\" without \"endif\"");
	}
	return code;
}

const struct sw_format_reader sw_read_postfix_cidr = {
	.state_size = sizeof(struct state),
	.line = cidr_line,
	.end = cidr_end,
};
