/* SPDX-License-Identifier: GPL-2.0-only */
/* name - see name.h. */
#include "name.h"

#include <errno.h>

#define LABEL 63 /* bytes of a label at most */
#define POINTER 0xc0 /* the upper two bits of a length that is none */
#define JUMPS 64 /* more than any message needs, few enough to be cheap */

static uint8_t lower(uint8_t c)
{
	return c >= 'A' && c <= 'Z' ? (uint8_t)(c + ('a' - 'A')) : c;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* The byte that *@text says, and move behind it; -1: nothing says one there. */
static int read_escaped(const char **text)
{
	const char *p = *text;
	int value;

	if (*p != '\\') {
		*text = p + 1;
		return (uint8_t)*p;
	}
	p++;
	if (!is_digit(*p)) {
		*text = p + 1;
		return *p ? (uint8_t)*p : -1;
	}
	if (!is_digit(p[1]) || !is_digit(p[2]))
		return -1;
	value = (p[0] - '0') * 100 + (p[1] - '0') * 10 + (p[2] - '0');
	*text = p + 3;
	return value > 255 ? -1 : value;
}

int sw_dns_name_parse(const char *text, struct sw_dns_name *ret)
{
	size_t at = 0, label = 0; /* where the length of the present label goes */

	if (!*text || !strcmp(text, "."))
		return -EINVAL;
	while (*text) {
		int c;

		if (*text == '.') {
			if (at == label) /* an empty label */
				return -EINVAL;
			ret->wire[label] = (uint8_t)(at - label);
			label = ++at;
			text++;
			continue;
		}
		c = read_escaped(&text);
		/* the root's byte has to go behind it */
		if (c < 0 || at - label == LABEL || at + 2 >= SW_DNS_WIRE)
			return -EINVAL;
		ret->wire[++at] = lower((uint8_t)c);
	}
	if (at != label) { /* no dot at the end */
		ret->wire[label] = (uint8_t)(at - label);
		at++;
	}
	ret->wire[at] = 0;
	ret->n = (uint8_t)(at + 1);
	return 0;
}

/* Bytes that it takes: 1, or 4 when it is escaped. */
static size_t format_byte(uint8_t c, char *out)
{
	if (c > ' ' && c < 0x7f && c != '.' && c != '\\') {
		*out = (char)c;
		return 1;
	}
	out[0] = '\\';
	out[1] = (char)('0' + c / 100);
	out[2] = (char)('0' + c / 10 % 10);
	out[3] = (char)('0' + c % 10);
	return 4;
}

int sw_dns_name_format(const struct sw_dns_name *name, char ret[SW_DNS_NAME])
{
	size_t at = 0, out = 0;

	while (name->wire[at]) {
		size_t end = at + 1 + name->wire[at];

		if (at)
			ret[out++] = '.';
		while (++at < end) {
			char said[4];
			size_t bytes = format_byte(name->wire[at], said);

			if (out + bytes + 1 > SW_DNS_NAME)
				return -ENAMETOOLONG;
			memcpy(ret + out, said, bytes);
			out += bytes;
		}
	}
	ret[out] = '\0';
	return 0;
}

int sw_dns_name_read(const uint8_t *message, size_t n, size_t *at, struct sw_dns_name *ret)
{
	size_t from = *at, out = 0, before = *at; /* pointers lead to what is before that */
	unsigned jumps = 0;

	for (;;) {
		uint8_t length;

		if (from >= n)
			return -EBADMSG;
		length = message[from];
		if (length >= POINTER) {
			size_t target;

			if (from + 2 > n)
				return -EBADMSG;
			target = (size_t)(length & ~POINTER) << 8 | message[from + 1];
			if (!jumps)
				*at = from + 2;
			if (target >= before || ++jumps > JUMPS)
				return -EBADMSG;
			from = before = target;
			continue;
		}
		if (length > LABEL || from + 1 + length > n ||
		    out + 1 + length + (length ? 1 : 0) > SW_DNS_WIRE)
			return -EBADMSG;
		ret->wire[out++] = length;
		from++;
		if (!length)
			break;
		for (size_t i = 0; i < length; i++)
			ret->wire[out++] = lower(message[from++]);
	}
	if (!jumps)
		*at = from;
	ret->n = (uint8_t)out;
	return 0;
}

int sw_dns_name_skip(const uint8_t *message, size_t n, size_t *at)
{
	size_t from = *at;

	while (from < n) {
		uint8_t length = message[from];

		if (length >= POINTER || !length) {
			from += length ? 2 : 1;
			if (from > n)
				break;
			*at = from;
			return 0;
		}
		if (length > LABEL)
			break;
		from += 1u + length;
	}
	return -EBADMSG;
}

bool sw_dns_name_is_wire(const uint8_t *wire, size_t n)
{
	size_t at = 0;

	if (!n || n > SW_DNS_WIRE)
		return false;
	while (at < n && wire[at]) {
		size_t end = at + 1 + wire[at];

		if (wire[at] > LABEL || end >= n)
			return false;
		while (++at < end)
			if (wire[at] != lower(wire[at]))
				return false;
	}
	return at + 1 == n;
}

bool sw_dns_name_is_within(const struct sw_dns_name *name, const struct sw_dns_name *parent)
{
	size_t at = 0;

	if (parent->n > name->n)
		return false;
	while (at < (size_t)(name->n - parent->n)) /* by whole labels */
		at += 1u + name->wire[at];
	return at + parent->n == name->n && !memcmp(name->wire + at, parent->wire, parent->n);
}
