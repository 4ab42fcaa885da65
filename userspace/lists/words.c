/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * words - text from list files, made fit for terminals, logs and JSON; see
 * reader.h. Lists come from strangers: an escape sequence in a comment must not
 * reach the operator's terminal.
 */
#include "reader.h"

#include <stdio.h>
#include <string.h>

/* The length of the UTF-8 sequence at @p (RFC 3629) if it can be shown; else 0. */
static size_t utf8_length(const unsigned char *p, size_t n)
{
	uint32_t c = p[0];
	size_t length = c < 0xc2 ? 0 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : c < 0xf5 ? 4 : 0;
	static const uint32_t smallest[] = { 0, 0, 0xa0, 0x800, 0x10000 };

	if (length == 0 || length > n)
		return 0;
	c &= 0x7fu >> length;
	for (size_t i = 1; i < length; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (p[i] & 0x3f);
	}
	if (c < smallest[length] || c > 0x10ffff || (c >= 0xd800 && c < 0xe000))
		return 0;
	/* marks that turn the direction of what follows, and line separators */
	if ((c >= 0x200e && c <= 0x200f) || (c >= 0x2028 && c <= 0x202e) ||
	    (c >= 0x2066 && c <= 0x2069) || c == 0xfeff)
		return 0;
	return length;
}

char *sw_words_clean(const char *text, size_t n, char *out, size_t size)
{
	const unsigned char *p = (const unsigned char *)text;
	size_t used = 0;

	for (size_t i = 0; i < n;) {
		size_t length = p[i] >= 0x20 && p[i] < 0x7f ? 1 : utf8_length(p + i, n - i);
		bool last = i + (length ? length : 1) == n;

		/* after all but the last one there must be room for "..." */
		if (used + (length ? length : 4) + (last ? 1 : 4) > size) {
			memcpy(out + used, "...", 4);
			return out;
		}
		if (length) {
			memcpy(out + used, p + i, length);
			used += length;
			i += length;
		} else {
			used += (size_t)snprintf(out + used, size - used, "\\x%02x", p[i]);
			i++;
		}
	}
	out[used] = '\0';
	return out;
}
