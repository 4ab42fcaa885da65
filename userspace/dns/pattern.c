/* SPDX-License-Identifier: GPL-2.0-only */
/* pattern - see pattern.h. */
#include "dns/pattern.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

struct reader {
	const char *p, *end;
	struct sw_err *err;
};

static int refuse(struct reader *r, const char *needed)
{
	if (r->p == r->end)
		sw_err_set(r->err, -EINVAL, "the filter ends where %s is needed", needed);
	else if (*r->p > 0x20 && *r->p < 0x7f)
		sw_err_set(r->err, -EINVAL, "'%c' where %s is needed", *r->p, needed);
	else
		sw_err_set(r->err, -EINVAL, "byte 0x%02x where %s is needed", (unsigned char)*r->p,
			   needed);
	return -EINVAL;
}

static bool next_is(const struct reader *r, char c)
{
	return r->p < r->end && *r->p == c;
}

static bool take(struct reader *r, char c)
{
	if (!next_is(r, c))
		return false;
	r->p++;
	return true;
}

static int read_number(struct reader *r, const char *needed, unsigned *ret)
{
	const char *start = r->p;
	unsigned value = 0;

	while (r->p < r->end && *r->p >= '0' && *r->p <= '9' && value <= 255)
		value = value * 10 + (unsigned)(*r->p++ - '0');
	if (r->p == start)
		return refuse(r, needed);
	if (value > 255) {
		r->p = start;
		sw_err_set(r->err, -EINVAL, "a number above 255; an octet is 0 to 255");
		return -EINVAL;
	}
	*ret = value;
	return 0;
}

static void add_range(uint64_t set[4], unsigned first, unsigned last)
{
	for (unsigned i = first; i <= last; i++)
		set[i / 64] |= UINT64_C(1) << i % 64;
}

/* "3" or "3..11" */
static int read_member(struct reader *r, uint64_t set[4])
{
	const char *start;
	unsigned first = 0, last;
	int code = read_number(r, "a number from 0 to 255", &first);

	if (code)
		return code;
	last = first;
	if (take(r, '.')) {
		if (!take(r, '.'))
			return refuse(r, "the second . of a range such as 2..11");
		start = r->p;
		code = read_number(r, "the end of the range, a number from 0 to 255", &last);
		if (code)
			return code;
		if (last < first) {
			r->p = start;
			sw_err_set(r->err, -EINVAL,
				   "a range from %u down to %u; write the smaller first", first,
				   last);
			return -EINVAL;
		}
	}
	add_range(set, first, last);
	return 0;
}

static int read_octet(struct reader *r, uint64_t set[4])
{
	unsigned value = 0;
	int code;

	memset(set, 0, 4 * sizeof(*set));
	if (!take(r, '[')) {
		code = read_number(r, "a number from 0 to 255, or [ and a set of them", &value);
		if (!code)
			add_range(set, value, value);
		return code;
	}
	do {
		code = read_member(r, set);
		if (code)
			return code;
	} while (take(r, ';'));
	return take(r, ']') ? 0 : refuse(r, "; or ] or .. in a set");
}

/* "[[1;2].3.4.5]": does the first bracket close at the very end? Then it is no set. */
static bool is_bracketed(const struct reader *r)
{
	int depth = 0;

	if (!next_is(r, '['))
		return false;
	for (const char *p = r->p; p < r->end; p++) {
		depth += (*p == '[') - (*p == ']');
		if (!depth)
			return p + 1 == r->end;
	}
	return false;
}

static int read_pattern(struct reader *r, struct sw_pattern *ret)
{
	bool bracketed = is_bracketed(r);
	int code;

	if (bracketed)
		r->p++;
	for (unsigned i = 0; i < 4; i++) {
		if (i && !take(r, '.'))
			return refuse(r, "the . between two of the four octets");
		code = read_octet(r, ret->octet[i]);
		if (code)
			return code;
	}
	if (bracketed)
		r->end--;
	return r->p == r->end ? 0 : refuse(r, "the end of a filter of four octets");
}

int sw_pattern_parse(const char *text, size_t n, struct sw_pattern *ret, size_t *ret_at,
		     struct sw_err *err)
{
	struct reader r = { .p = text, .end = text + n, .err = err };
	struct sw_pattern pattern = { .octet = { { 0 } } };
	int code = read_pattern(&r, &pattern);

	*ret_at = (size_t)(r.p - text);
	if (!code)
		*ret = pattern;
	return code;
}

/* ---- back to text ---- */

struct writer {
	char *out;
	size_t size, n; /* n: how long the whole is */
};

static void put(struct writer *w, const char *text)
{
	for (; *text; text++, w->n++)
		if (w->n + 1 < w->size)
			w->out[w->n] = *text;
}

static void put_number(struct writer *w, unsigned value)
{
	char text[12];

	snprintf(text, sizeof(text), "%u", value);
	put(w, text);
}

static bool has(const uint64_t set[4], unsigned i)
{
	return i < 256 && set[i / 64] >> i % 64 & 1;
}

/* Two neighbours are two numbers, more are a range. */
static void put_octet(struct writer *w, const uint64_t set[4])
{
	unsigned members = 0, last, i = 0;

	for (unsigned k = 0; k < 4; k++)
		members += (unsigned)__builtin_popcountll(set[k]);
	put(w, members == 1 ? "" : "[");
	for (bool first = true; i < 256; i++) {
		if (!has(set, i))
			continue;
		put(w, first ? "" : ";");
		put_number(w, i);
		for (last = i; has(set, last + 1); last++)
			;
		if (last > i + 1) {
			put(w, "..");
			put_number(w, last);
			i = last;
		}
		first = false;
	}
	put(w, members == 1 ? "" : "]");
}

size_t sw_pattern_format(const struct sw_pattern *p, char *out, size_t size)
{
	struct writer w = { .out = out, .size = size };

	for (unsigned i = 0; i < 4; i++) {
		put(&w, i ? "." : "");
		put_octet(&w, p->octet[i]);
	}
	if (size)
		out[w.n < size ? w.n : size - 1] = '\0';
	return w.n;
}
