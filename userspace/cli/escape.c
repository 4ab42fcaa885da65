/* SPDX-License-Identifier: GPL-2.0-only */
/* escape - see escape.h. No locale has a say in it: what is safe is safe everywhere. */
#include "escape.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define GROWTH 4 /* bytes that one byte becomes at most: \xff */

/* Unicode's Cc, Cf, Zl and Zp, as far as they are assigned, and the blocks they fill. */
static const struct {
	uint32_t first, last;
} hidden[] = {
	{ 0x0000, 0x001f },   { 0x007f, 0x009f },   { 0x00ad, 0x00ad },	  { 0x0600, 0x0605 },
	{ 0x061c, 0x061c },   { 0x06dd, 0x06dd },   { 0x070f, 0x070f },	  { 0x180b, 0x180f },
	{ 0x200b, 0x200f },   { 0x2028, 0x202e },   { 0x2060, 0x206f },	  { 0xfe00, 0xfe0f },
	{ 0xfeff, 0xfeff },   { 0xfff0, 0xfffb },   { 0x110bd, 0x110bd }, { 0x1bca0, 0x1bca3 },
	{ 0x1d173, 0x1d17a }, { 0xe0000, 0xe0fff },
};

static bool is_hidden(uint32_t c)
{
	for (size_t i = 0; i < sizeof(hidden) / sizeof(hidden[0]); i++)
		if (c >= hidden[i].first && c <= hidden[i].last)
			return true;
	return false;
}

/* The character at @p (RFC 3629); returns its bytes, 0: it is none. */
static size_t decode(const unsigned char *p, uint32_t *ret)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t n = *p < 0x80 ? 1 : *p < 0xc0 ? 0 : *p < 0xe0 ? 2 : *p < 0xf0 ? 3 : 4;
	uint32_t c = n == 1 ? *p : *p & (0x7fu >> n);

	if (*p >= 0xf8)
		return 0;
	for (size_t i = 1; i < n; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (p[i] & 0x3f);
	}
	if (n && (c < least[n] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff)))
		return 0;
	*ret = c;
	return n;
}

static char *put_hidden(char *out, uint32_t c)
{
	switch (c) {
	case '\n':
		return out + sprintf(out, "\\n");
	case '\r':
		return out + sprintf(out, "\\r");
	case '\t':
		return out + sprintf(out, "\\t");
	default:
		break;
	}
	if (c < 0x80)
		return out + sprintf(out, "\\x%02x", c);
	return out + sprintf(out, c > 0xffff ? "\\U%08x" : "\\u%04x", c);
}

char *sw_escape(const char *text)
{
	const unsigned char *p = (const unsigned char *)text;
	char *copy = malloc(strlen(text) * GROWTH + 1), *out = copy;
	uint32_t c;

	while (copy && *p) {
		size_t n = decode(p, &c);

		if (!n) {
			out += sprintf(out, "\\x%02x", *p++);
			continue;
		}
		if (is_hidden(c)) {
			out = put_hidden(out, c);
		} else {
			if (c == '\\')
				*out++ = '\\';
			memcpy(out, p, n);
			out += n;
		}
		p += n;
	}
	if (copy)
		*out = '\0';
	return copy;
}
