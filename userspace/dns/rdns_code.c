/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * rdns_code - what stands in a name in place of an address: the hardware address of a modem,
 * or a code that a program made.
 */
#include <string.h>

#include "rdns_parts.h"

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
	return c >= 'a' && c <= 'z';
}

static bool is_separator(char c)
{
	return c == '-' || c == '.' || c == '_';
}

struct counts {
	size_t digits, letters, vowels, others;
};

static struct counts count(const char *p, size_t n)
{
	struct counts c = { .digits = 0 };

	for (size_t i = 0; i < n; i++) {
		c.digits += is_digit(p[i]);
		c.letters += is_letter(p[i]);
		c.vowels += is_letter(p[i]) && strchr("aeiou", p[i]);
		c.others += !is_digit(p[i]) && !is_letter(p[i]);
	}
	return c;
}

/* 48 bits in hexadecimal, after a few letters or none. */
static bool is_equipment(const char *p, size_t n)
{
	struct counts c;

	if (n < 12 || n > 16 || count(p, n - 12).letters != n - 12)
		return false;
	for (size_t i = n - 12; i < n; i++) {
		if (!is_digit(p[i]) && !(p[i] >= 'a' && p[i] <= 'f'))
			return false;
	}
	c = count(p + n - 12, 12);
	return c.digits && c.letters;
}

/* No word of any language: long, digits among its letters, no vowels. Where digits end it, it is
 * a server's name in short ("prdlnxmsgrly0001"). */
static bool is_code(const char *p, size_t n)
{
	struct counts c = count(p, n);

	return n >= 16 && !c.others && c.digits && !is_digit(p[n - 1]) && !c.vowels &&
	       c.letters >= n / 2;
}

enum sw_rdns_form sw_rdns_find_code(const char *bytes, size_t n, struct sw_rdns_part *ret)
{
	for (size_t i = 0, from = 0; i <= n; i++) {
		enum sw_rdns_form form = SW_RDNS_FORM_NONE;

		if (i < n && !is_separator(bytes[i]))
			continue;
		if (is_equipment(bytes + from, i - from))
			form = SW_RDNS_FORM_EQUIPMENT;
		else if (is_code(bytes + from, i - from))
			form = SW_RDNS_FORM_CODE;
		if (form) {
			*ret = (struct sw_rdns_part){ .from = (uint8_t)from, .to = (uint8_t)i };
			return form;
		}
		from = i + 1;
	}
	return SW_RDNS_FORM_NONE;
}
