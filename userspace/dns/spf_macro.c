/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * spf_macro - see spf_macro.h. The text is taken to pieces, each a run of literal bytes or
 * one macro, by the same code for checking and for expanding.
 */
#include "spf_macro.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "spf_name.h"

#define DELIMITERS ".-+,/_="
#define KEEP_ALL UINT32_MAX
#define TAIL 512 /* of a domain: more than a name can be long */
#define VALUE 1024 /* of s */
#define SPEC_MAX 1024 /* bytes of a domain-spec, each of which may become hundreds */

struct piece {
	const char *bytes; /* literal */
	size_t n;
	char letter; /* small; 0: literal */
	bool escape; /* the letter was a capital */
	bool reverse;
	uint32_t keep; /* right-hand parts */
	const char *delimiters;
	size_t delimiters_n; /* 0: the dot */
};

static bool is_letter(char c)
{
	return (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_one_of(char c, const char *set, size_t n)
{
	return memchr(set, c, n);
}

/* ---- pieces; each step returns where it stopped, or NULL ---- */

/* A number other than 0, as far as it fits. */
static const char *parse_keep(const char *p, const char *end, uint32_t *ret)
{
	uint64_t keep = 0;
	const char *start = p;

	for (; p < end && is_digit(*p); p++)
		if (keep < KEEP_ALL)
			keep = keep * 10 + (uint64_t)(*p - '0');
	if (p > start && keep == 0)
		return NULL;
	*ret = p == start || keep > KEEP_ALL ? KEEP_ALL : (uint32_t)keep;
	return p;
}

/* @p stands behind "%{". */
static const char *parse_macro(const char *p, const char *end, struct piece *ret)
{
	if (p == end || !is_letter(*p))
		return NULL;
	*ret = (struct piece){ .letter = (char)(*p | 0x20), .escape = !(*p & 0x20) };
	p = parse_keep(p + 1, end, &ret->keep);
	if (p && p < end && (*p | 0x20) == 'r') {
		ret->reverse = true;
		p++;
	}
	if (!p)
		return NULL;
	ret->delimiters = p;
	while (p < end && is_one_of(*p, DELIMITERS, strlen(DELIMITERS)))
		p++;
	ret->delimiters_n = (size_t)(p - ret->delimiters);
	return p < end && *p == '}' ? p + 1 : NULL;
}

/* @p stands behind "%". */
static const char *parse_percent(const char *p, const char *end, struct piece *ret)
{
	if (p == end)
		return NULL;
	switch (*p) {
	case '{':
		return parse_macro(p + 1, end, ret);
	case '%':
		*ret = (struct piece){ .bytes = "%", .n = 1 };
		return p + 1;
	case '_':
		*ret = (struct piece){ .bytes = " ", .n = 1 };
		return p + 1;
	case '-':
		*ret = (struct piece){ .bytes = "%20", .n = 3 };
		return p + 1;
	default:
		return NULL;
	}
}

static const char *next_piece(const char *p, const char *end, struct piece *ret)
{
	const char *stop;

	if (*p == '%')
		return parse_percent(p + 1, end, ret);
	stop = memchr(p, '%', (size_t)(end - p));
	*ret = (struct piece){ .bytes = p, .n = (size_t)((stop ? stop : end) - p) };
	return stop ? stop : end;
}

/* ---- checking ---- */

static bool is_known(char letter, enum sw_spf_use use)
{
	static const char letters[] = "slodiphvcrt"; /* the last three not in domains */

	return is_one_of(letter, letters, use == SW_SPF_USE_DOMAIN ? 8 : 11);
}

static bool is_literal(const struct piece *piece, enum sw_spf_use use)
{
	for (size_t i = 0; i < piece->n; i++) {
		unsigned char c = (unsigned char)piece->bytes[i];

		if (c < (use == SW_SPF_USE_EXPLANATION ? 0x20 : 0x21) || c > 0x7e)
			return false;
	}
	return true;
}

/* Where the literal bytes behind the last macro start; NULL with words. */
static const char *check(const char *text, size_t n, enum sw_spf_use use, struct sw_err *err)
{
	const char *p = text, *end = text + n, *last = text;
	struct piece piece;

	while (p < end) {
		const char *start = p;

		p = next_piece(p, end, &piece);
		if (!p) {
			sw_err_set(err, -EINVAL, "there is no such macro: %.*s",
				   end - start > 16 ? 16 : (int)(end - start), start);
			return NULL;
		}
		if (piece.letter && !is_known(piece.letter, use)) {
			sw_err_set(err, -EINVAL, "the macro letter %c may not be used here",
				   piece.letter);
			return NULL;
		}
		if (*start == '%') {
			last = p;
		} else if (!is_literal(&piece, use)) {
			sw_err_set(err, -EINVAL, "a byte that is no printable ASCII");
			return NULL;
		}
	}
	return last;
}

int sw_spf_macro_check(const char *text, size_t n, enum sw_spf_use use, struct sw_err *err)
{
	return check(text, n, use, err) ? 0 : -EINVAL;
}

/* RFC 7208 7.1 toplabel: letters, digits, dashes inside, not all of them digits. */
static bool is_top_label(const char *p, size_t n)
{
	bool digits = true;

	if (n == 0 || p[0] == '-' || p[n - 1] == '-')
		return false;
	for (size_t i = 0; i < n; i++) {
		if (!is_letter(p[i]) && !is_digit(p[i]) && p[i] != '-')
			return false;
		digits = digits && is_digit(p[i]);
	}
	return !digits;
}

int sw_spf_macro_check_domain(const char *text, size_t n, struct sw_err *err)
{
	const char *end = text + n, *tail, *dot;

	if (n == 0)
		return sw_err_set(err, -EINVAL, "there is no domain");
	if (n > SPEC_MAX)
		return sw_err_set(err, -EINVAL, "the domain is longer than any can be");
	tail = check(text, n, SW_SPF_USE_DOMAIN, err);
	if (!tail)
		return -EINVAL;
	if (tail == end)
		return 0;
	if (end[-1] == '.')
		end--;
	dot = memrchr(tail, '.', (size_t)(end - tail));
	if (!dot || !is_top_label(dot + 1, (size_t)(end - dot - 1)))
		return sw_err_set(err, -EINVAL,
				  "the domain does not end in a top-level label (an address is "
				  "written ip4: or ip6:)");
	return 0;
}

bool sw_spf_macro_has(const char *text, size_t n, const char *letters)
{
	const char *p = text, *end = text + n;
	struct piece piece;

	while (p && p < end) {
		p = next_piece(p, end, &piece);
		if (p && piece.letter && strchr(letters, piece.letter))
			return true;
	}
	return false;
}

/* ---- expanding ---- */

struct sink {
	char *bytes;
	size_t n, size;
	bool tail; /* when full, forget what is left of the last TAIL bytes */
	bool full;
};

static void put(struct sink *s, const char *bytes, size_t n)
{
	while (n--) {
		if (s->n == s->size && s->tail) {
			memmove(s->bytes, s->bytes + s->size - TAIL, TAIL);
			s->n = TAIL;
		}
		if (s->n == s->size) {
			s->full = true;
			return;
		}
		s->bytes[s->n++] = *bytes++;
	}
}

/* RFC 3986 2.1, 2.3 */
static void put_escaped(struct sink *s, const char *bytes, size_t n)
{
	char code[4];

	for (; n; n--, bytes++) {
		if (is_letter(*bytes) || is_digit(*bytes) || is_one_of(*bytes, "-._~", 4)) {
			put(s, bytes, 1);
		} else {
			snprintf(code, sizeof(code), "%%%02X", (unsigned char)*bytes);
			put(s, code, 3);
		}
	}
}

static bool is_delimiter(const struct piece *m, char c)
{
	return m->delimiters_n ? is_one_of(c, m->delimiters, m->delimiters_n) : c == '.';
}

static void put_part(struct sink *s, const struct piece *m, const char *part, size_t n)
{
	(m->escape ? put_escaped : put)(s, part, n);
}

/* Behind the @k th delimiter of @value; its end when it has fewer. */
static const char *skip_parts(const struct piece *m, const char *value, uint32_t k)
{
	while (k && *value) {
		if (is_delimiter(m, *value))
			k--;
		value++;
	}
	return value;
}

static uint32_t count_parts(const struct piece *m, const char *value)
{
	uint32_t n = 1;

	for (; *value; value++)
		n += is_delimiter(m, *value);
	return n;
}

/* The last parts, with dots between them. */
static void put_forward(struct sink *s, const struct piece *m, const char *value)
{
	uint32_t parts = count_parts(m, value);
	const char *start;

	value = skip_parts(m, value, parts > m->keep ? parts - m->keep : 0);
	for (start = value;; value++) {
		if (*value && !is_delimiter(m, *value))
			continue;
		put_part(s, m, start, (size_t)(value - start));
		if (!*value)
			return;
		put(s, ".", 1);
		start = value + 1;
	}
}

/* The last parts of those in reverse, which are the first ones from the last of them. */
static void put_reverse(struct sink *s, const struct piece *m, const char *value)
{
	const char *end = skip_parts(m, value, m->keep), *start;

	if (end > value && m->keep < count_parts(m, value))
		end--; /* the delimiter behind the last one that is kept */
	for (;;) {
		for (start = end; start > value && !is_delimiter(m, start[-1]); start--)
			;
		put_part(s, m, start, (size_t)(end - start));
		if (start == value)
			return;
		put(s, ".", 1);
		end = start - 1;
	}
}

/* "i": dotted in both families; RFC 7208 7.3 */
static void format_dotted(const struct sw_prefix *ip, char ret[VALUE])
{
	size_t n = 0;

	if (ip->family == 4) {
		sw_prefix_format(ip, ret);
		return;
	}
	for (int i = 31; i >= 0; i--) {
		uint64_t half = i < 16 ? ip->lo : ip->hi;

		ret[n++] = "0123456789ABCDEF"[half >> i % 16 * 4 & 15];
		ret[n++] = '.';
	}
	ret[n - 1] = '\0';
}

/* The value of a letter, in @buf where it has to be made. */
static const char *value_of(char letter, const struct sw_spf_values *v, char buf[VALUE])
{
	switch (letter) {
	case 's':
		snprintf(buf, VALUE, "%s@%s", v->local, v->sender_domain);
		return buf;
	case 'l':
		return v->local;
	case 'o':
		return v->sender_domain;
	case 'd':
		return v->domain;
	case 'i':
		format_dotted(&v->ip, buf);
		return buf;
	case 'p':
		return v->validated;
	case 'v':
		return v->ip.family == 4 ? "in-addr" : "ip6";
	case 'h':
		return v->helo;
	case 'c':
		return sw_prefix_format(&v->ip, buf);
	case 'r':
		return v->receiver;
	case 't':
		snprintf(buf, VALUE, "%lld", (long long)v->now_s);
		return buf;
	default:
		return "";
	}
}

static void expand(const char *text, size_t n, const struct sw_spf_values *values, struct sink *s)
{
	const char *p = text, *end = text + n;
	char buf[VALUE];
	struct piece piece;

	while (p && p < end && !s->full) {
		p = next_piece(p, end, &piece);
		if (!p)
			return;
		if (piece.letter)
			(piece.reverse ? put_reverse : put_forward)(
				s, &piece, value_of(piece.letter, values, buf));
		else
			put(s, piece.bytes, piece.n);
	}
}

int sw_spf_macro_domain(const char *text, size_t n, const struct sw_spf_values *values,
			char ret[SW_DNS_NAME])
{
	char bytes[2 * TAIL];
	struct sink s = { .bytes = bytes, .size = sizeof(bytes), .tail = true };

	expand(text, n, values, &s);
	return sw_spf_name_make(bytes, s.n, ret);
}

int sw_spf_macro_text(const char *text, size_t n, const struct sw_spf_values *values, char *ret,
		      size_t size)
{
	struct sink s = { .bytes = ret, .size = size - 1 };

	expand(text, n, values, &s);
	ret[s.full ? 0 : s.n] = '\0';
	return s.full ? -E2BIG : 0;
}
