/* SPDX-License-Identifier: GPL-2.0-only */
/* mime_decode - base64 and quoted-printable. See mime.h. */
#include "mime.h"

#include <string.h>

static int base64_digit(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	if (c == '+')
		return 62;
	return c == '/' ? 63 : -1;
}

/* '=' ends a group; another text may follow it, as it does where somebody joined two. */
static size_t decode_base64(struct sw_text text, char *out)
{
	unsigned bits = 0, held = 0;
	size_t n = 0;

	for (size_t i = 0; i < text.n; i++) {
		int digit = base64_digit(text.at[i]);

		if (text.at[i] == '=')
			held = 0;
		if (digit < 0)
			continue;
		bits = (bits << 6 | (unsigned)digit) & 0xffffff;
		held += 6;
		if (held < 8)
			continue;
		held -= 8;
		out[n++] = (char)(bits >> held & 0xff);
	}
	return n;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* How many bytes at @at end the line softly: '=', blanks, LF or CRLF; 0: it does not. */
static size_t soft_end(const char *at, size_t n)
{
	size_t i = 1;

	while (i < n && (at[i] == ' ' || at[i] == '\t' || at[i] == '\r'))
		i++;
	if (i == n)
		return n;
	return at[i] == '\n' ? i + 1 : 0;
}

static size_t decode_quoted(struct sw_text text, char *out)
{
	size_t n = 0, i = 0;

	while (i < text.n) {
		size_t left = text.n - i, soft;

		if (text.at[i] != '=') {
			out[n++] = text.at[i++];
			continue;
		}
		soft = soft_end(text.at + i, left);
		if (soft) {
			i += soft;
		} else if (left >= 3 && hex_digit(text.at[i + 1]) >= 0 &&
			   hex_digit(text.at[i + 2]) >= 0) {
			out[n++] =
				(char)(hex_digit(text.at[i + 1]) << 4 | hex_digit(text.at[i + 2]));
			i += 3;
		} else {
			out[n++] = text.at[i++];
		}
	}
	return n;
}

size_t sw_mime_decode(enum sw_mime_encoding encoding, struct sw_text text, char *out)
{
	if (encoding == SW_MIME_BASE64)
		return decode_base64(text, out);
	if (encoding == SW_MIME_QUOTED)
		return decode_quoted(text, out);
	if (text.n)
		memcpy(out, text.at, text.n);
	return text.n;
}
