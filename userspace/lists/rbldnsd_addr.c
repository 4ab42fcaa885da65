/* SPDX-License-Identifier: GPL-2.0-only */
/* rbldnsd_addr - see rbldnsd_addr.h. */
#include "rbldnsd_addr.h"

#include <errno.h>
#include <string.h>

bool sw_partial_parse(struct sw_cursor *c, struct sw_partial *ret)
{
	struct sw_partial part = { 0, 0 };

	for (;;) {
		const char *start = c->p;
		unsigned value = 0;

		while (c->p < c->end && c->p - start < 4 && *c->p >= '0' && *c->p <= '9')
			value = value * 10 + (unsigned)(*c->p++ - '0');
		if (c->p == start || value > 255 || (*start == '0' && c->p - start > 1))
			return false;
		part.addr |= value << (24 - 8 * part.octets++);
		if (part.octets == 4 || sw_cursor_peek(c) != '.')
			break;
		c->p++;
	}
	*ret = part;
	return true;
}

bool sw_length_parse(struct sw_cursor *c, unsigned full, unsigned *ret)
{
	const char *start = c->p;
	unsigned len = 0;

	while (c->p < c->end && c->p - start < 4 && *c->p >= '0' && *c->p <= '9')
		len = len * 10 + (unsigned)(*c->p++ - '0');
	if (c->p == start || len > full)
		return false;
	*ret = len;
	return true;
}

/* The last address that starts with @part. */
static uint32_t last_of(struct sw_partial part)
{
	return part.octets == 4 ? part.addr : part.addr | UINT32_MAX >> (8 * part.octets);
}

/* What follows the dash; a single number takes the place of the last one of @from. */
static bool parse_range_end(struct sw_cursor *c, struct sw_partial from, uint32_t *ret)
{
	struct sw_partial to;

	if (!sw_partial_parse(c, &to))
		return false;
	if (to.octets == 1 && from.octets > 1) {
		unsigned shift = 32 - 8 * from.octets;

		to.addr = (from.addr & ~(UINT32_C(0xff) << shift)) | to.addr >> 24 << shift;
		to.octets = from.octets;
	}
	*ret = last_of(to);
	return true;
}

bool sw_rbldnsd_ip4_parse(struct sw_cursor *c, bool ranges, struct sw_rbldnsd_ip4 *ret)
{
	struct sw_rbldnsd_ip4 got = { .is_range = false };
	struct sw_partial from;

	if (!sw_partial_parse(c, &from))
		return false;
	got.first = from.addr;
	got.len = 8 * from.octets;
	if (sw_cursor_peek(c) == '-' && ranges) {
		c->p++;
		got.is_range = true;
		if (!parse_range_end(c, from, &got.last))
			return false;
	} else if (sw_cursor_peek(c) == '/') {
		c->p++;
		if (!sw_length_parse(c, 32, &got.len))
			return false;
	} else if (from.octets == 1) {
		return false; /* as rbldnsd: a bare number may be a mistake */
	}
	*ret = got;
	return sw_cursor_at_word_end(c) || *c->p == ':';
}

int sw_rbldnsd_ip6_parse(struct sw_cursor token, struct sw_prefix *ret)
{
	const char *slash = memchr(token.p, '/', (size_t)(token.end - token.p));
	size_t n = (size_t)((slash ? slash : token.end) - token.p), groups = n > 0;
	struct sw_cursor length = { slash ? slash + 1 : token.end, token.end };
	struct sw_prefix p;
	char text[64];
	unsigned len = 128;
	int code;

	if (n == 0 || n > 45)
		return -EINVAL;
	memcpy(text, token.p, n);
	for (size_t i = 0; i < n; i++)
		groups += text[i] == ':';
	if (groups < 8 && !memmem(text, n, "::", 2) && !memchr(text, '.', n)) {
		memcpy(text + n, "::", 2); /* groups are left out at the end */
		n += 2;
		len = 16 * (unsigned)groups;
		if (groups == 1 && !slash) /* a bare number */
			return -EINVAL;
	}
	code = sw_prefix_parse(text, n, &p);
	if (code || p.family != 6)
		return -EINVAL;
	if (slash && (!sw_length_parse(&length, 128, &len) || length.p != length.end))
		return -ERANGE;
	*ret = sw_prefix_truncate(&p, len);
	return ret->hi == p.hi && ret->lo == p.lo ? 0 : -EDOM;
}
