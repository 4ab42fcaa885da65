/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * rdns_address - is an address in a name, and how is it written?
 *
 * The search is for this one address, so what is found is hardly ever chance: the longer
 * forms have 32 bits or more, and the shorter ones count for little. In a name of 255 bytes
 * it takes some thousand steps.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rdns_parts.h"

#define RUNS_MAX 128 /* of digits, in 255 bytes */

/* Digits with none beside them. */
struct run {
	uint8_t from, to;
	uint16_t number; /* of up to three digits; else 256, which is in no address */
};

struct text {
	const char *bytes;
	size_t n;
	struct run run[RUNS_MAX];
	size_t runs;
	/* The text without what parts numbers, and where its bytes were. */
	char squeezed[256];
	uint8_t was_at[256];
	size_t squeezed_n;
};

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_hex(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'f');
}

static bool is_separator(char c)
{
	return c == '-' || c == '.' || c == '_';
}

static void add_run(struct text *t, size_t from, size_t to)
{
	unsigned number = 0;

	if (t->runs == RUNS_MAX)
		return;
	for (size_t i = from; i < to && to - from <= 3; i++)
		number = number * 10 + (unsigned)(t->bytes[i] - '0');
	if (to - from > 3 || number > 255)
		number = 256;
	t->run[t->runs++] = (struct run){ .from = (uint8_t)from,
					  .to = (uint8_t)to,
					  .number = (uint16_t)number };
}

static void read_text(struct text *t, const char *bytes, size_t n)
{
	t->bytes = bytes;
	t->n = n < 255 ? n : 255;
	t->runs = t->squeezed_n = 0;
	for (size_t i = 0, from = 0; i <= t->n; i++) {
		if (i < t->n && is_digit(bytes[i]))
			continue;
		if (i > from)
			add_run(t, from, i);
		from = i + 1;
	}
	for (size_t i = 0; i < t->n; i++) {
		if (is_separator(bytes[i]))
			continue;
		t->was_at[t->squeezed_n] = (uint8_t)i;
		t->squeezed[t->squeezed_n++] = bytes[i];
	}
}

/* ---- looking for a string ---- */

static bool find(const struct text *t, const char *what, struct sw_rdns_part *ret)
{
	size_t n = strlen(what);
	const char *p = memmem(t->bytes, t->n, what, n);

	if (!p)
		return false;
	ret->from = (uint8_t)(p - t->bytes);
	ret->to = (uint8_t)(ret->from + n);
	return true;
}

static bool find_squeezed(const struct text *t, const char *what, struct sw_rdns_part *ret)
{
	size_t n = strlen(what);
	const char *p = memmem(t->squeezed, t->squeezed_n, what, n);

	if (!p)
		return false;
	ret->from = t->was_at[p - t->squeezed];
	ret->to = (uint8_t)(t->was_at[p - t->squeezed + n - 1] + 1);
	return true;
}

/* A run that is @what, all of it. */
static bool find_run(const struct text *t, const char *what, struct sw_rdns_part *ret)
{
	size_t n = strlen(what);

	for (size_t i = 0; i < t->runs; i++) {
		const struct run *run = &t->run[i];

		if ((size_t)(run->to - run->from) == n && !memcmp(t->bytes + run->from, what, n)) {
			*ret = (struct sw_rdns_part){ .from = run->from, .to = run->to };
			return true;
		}
	}
	return false;
}

/* ---- IPv4 ---- */

static bool find_hex4(const struct text *t, const uint8_t o[4], struct sw_rdns_part *ret)
{
	char forward[9], reverse[9];

	snprintf(forward, sizeof(forward), "%02x%02x%02x%02x", o[0], o[1], o[2], o[3]);
	snprintf(reverse, sizeof(reverse), "%02x%02x%02x%02x", o[3], o[2], o[1], o[0]);
	return find_squeezed(t, forward, ret) || find_squeezed(t, reverse, ret);
}

static bool find_padded(const struct text *t, const uint8_t o[4], struct sw_rdns_part *ret)
{
	char forward[16], reverse[16];

	snprintf(forward, sizeof(forward), "%03u%03u%03u%03u", o[0], o[1], o[2], o[3]);
	snprintf(reverse, sizeof(reverse), "%03u%03u%03u%03u", o[3], o[2], o[1], o[0]);
	return find(t, forward, ret) || find(t, reverse, ret);
}

/* Joined as they are; few digits could be anything. */
static bool find_joined(const struct text *t, const uint8_t o[4], struct sw_rdns_part *ret)
{
	char forward[16], reverse[16];

	snprintf(forward, sizeof(forward), "%u%u%u%u", o[0], o[1], o[2], o[3]);
	snprintf(reverse, sizeof(reverse), "%u%u%u%u", o[3], o[2], o[1], o[0]);
	return strlen(forward) >= 7 && (find_run(t, forward, ret) || find_run(t, reverse, ret));
}

static bool find_number(const struct text *t, const uint8_t o[4], struct sw_rdns_part *ret)
{
	uint32_t number = (uint32_t)o[0] << 24 | (uint32_t)o[1] << 16 | (uint32_t)o[2] << 8 | o[3];
	char text[16];

	snprintf(text, sizeof(text), "%u", number);
	return strlen(text) >= 7 && find_run(t, text, ret);
}

/* Are @n runs from @run on these numbers, in whatever order? */
static bool same_numbers(const struct run *run, const uint8_t *o, size_t n)
{
	bool taken[4] = { false };

	for (size_t i = 0; i < n; i++) {
		size_t j = 0;

		while (j < n && (taken[j] || run[i].number != o[j]))
			j++;
		if (j == n)
			return false;
		taken[j] = true;
	}
	return true;
}

/* All four, one after the other. In the order of the address or its reverse mostly, but
 * "57.red-203-0-113" is no less telling. */
static const struct run *find_decimal(const struct text *t, const uint8_t o[4])
{
	for (size_t i = 0; i + 4 <= t->runs; i++) {
		if (same_numbers(&t->run[i], o, 4))
			return &t->run[i];
	}
	return NULL;
}

/* Is each of the four runs a label? */
static bool are_labels(const struct text *t, const struct run *run)
{
	for (size_t i = 0; i < 4; i++) {
		if ((run[i].from > 0 && t->bytes[run[i].from - 1] != '.') ||
		    (run[i].to < t->n && t->bytes[run[i].to] != '.'))
			return false;
	}
	return true;
}

static unsigned digits_of(const struct run *run, size_t n)
{
	unsigned digits = 0;

	for (size_t i = 0; i < n; i++)
		digits += (unsigned)(run[i].to - run[i].from);
	return digits;
}

/* @n numbers of the address in this order, in runs one after the other with @digits in all. */
static bool find_order(const struct text *t, const uint8_t *o, const char *order, unsigned digits,
		       struct sw_rdns_part *ret)
{
	size_t n = strlen(order);

	for (size_t i = 0; i + n <= t->runs; i++) {
		size_t j = 0;

		while (j < n && t->run[i + j].number == o[order[j] - '0'])
			j++;
		if (j == n && digits_of(&t->run[i], n) >= digits) {
			*ret = (struct sw_rdns_part){ .from = t->run[i].from,
						      .to = t->run[i + n - 1].to };
			return true;
		}
	}
	return false;
}

static bool find_three(const struct text *t, const uint8_t o[4], struct sw_rdns_part *ret)
{
	static const char *const orders[] = { "123", "321", "012", "210", "301" };
	char text[16];

	for (size_t i = 0; i < sizeof(orders) / sizeof(orders[0]); i++) {
		if (find_order(t, o, orders[i], 5, ret))
			return true;
	}
	snprintf(text, sizeof(text), "%02x%02x%02x", o[0], o[1], o[2]);
	if (find(t, text, ret))
		return true;
	snprintf(text, sizeof(text), "%02x%02x%02x", o[1], o[2], o[3]);
	if (find(t, text, ret))
		return true;
	snprintf(text, sizeof(text), "%03u%03u%03u", o[1], o[2], o[3]);
	return find(t, text, ret);
}

static bool find_padded_two(const struct text *t, const uint8_t o[4], struct sw_rdns_part *ret)
{
	char text[16];

	snprintf(text, sizeof(text), "%03u%03u", o[2], o[3]);
	if (find_run(t, text, ret))
		return true;
	snprintf(text, sizeof(text), "%03u%03u", o[3], o[2]);
	if (find_run(t, text, ret))
		return true;
	snprintf(text, sizeof(text), "%u%03u", o[2], o[3]);
	return strlen(text) >= 5 && find_run(t, text, ret);
}

static enum sw_rdns_form find_part(const struct text *t, const uint8_t o[4],
				   struct sw_rdns_part *ret)
{
	if (find_three(t, o, ret))
		return SW_RDNS_FORM_THREE;
	if (find_padded_two(t, o, ret))
		return SW_RDNS_FORM_PADDED_TWO;
	if (find_order(t, o, "23", 3, ret) || find_order(t, o, "32", 3, ret))
		return SW_RDNS_FORM_TWO;
	return SW_RDNS_FORM_NONE;
}

static enum sw_rdns_form find4(const struct sw_prefix *source, const struct text *t,
			       struct sw_rdns_part *ret)
{
	const uint8_t o[4] = { (uint8_t)(source->lo >> 24), (uint8_t)(source->lo >> 16),
			       (uint8_t)(source->lo >> 8), (uint8_t)source->lo };
	const struct run *run;

	if (find_hex4(t, o, ret))
		return SW_RDNS_FORM_HEX;
	if (find_padded(t, o, ret))
		return SW_RDNS_FORM_PADDED;
	if (find_joined(t, o, ret))
		return SW_RDNS_FORM_JOINED;
	if (find_number(t, o, ret))
		return SW_RDNS_FORM_NUMBER;
	run = find_decimal(t, o);
	if (!run)
		return find_part(t, o, ret);
	*ret = (struct sw_rdns_part){ .from = run[0].from, .to = run[3].to };
	return are_labels(t, run) ? SW_RDNS_FORM_DOTTED : SW_RDNS_FORM_DECIMAL;
}

/* ---- IPv6 ---- */

static void reverse_text(char *text, size_t n)
{
	for (size_t i = 0; i < n / 2; i++) {
		char c = text[i];

		text[i] = text[n - 1 - i];
		text[n - 1 - i] = c;
	}
}

/* @what, which ends in a group: "-1" is not in "-1a". */
static bool find_groups(const struct text *t, const char *what, struct sw_rdns_part *ret)
{
	struct sw_rdns_part part;

	if (!find(t, what, &part) || (part.to < t->n && is_hex(t->bytes[part.to])))
		return false;
	*ret = part;
	return true;
}

/* "2001-db8-0-0-..." and "2001-db8--1", the latter if it is long enough to be no chance. */
static bool find_dashes(const struct sw_prefix *source, const struct text *t,
			struct sw_rdns_part *ret)
{
	char text[SW_PREFIX_TEXT];
	size_t n = 0;

	for (int i = 0; i < 8; i++) {
		uint64_t half = i < 4 ? source->hi : source->lo;
		unsigned group = (unsigned)(half >> (48 - 16 * (i % 4))) & 0xffff;

		n += (size_t)snprintf(text + n, sizeof(text) - n, i ? "-%x" : "%x", group);
	}
	if (find_groups(t, text, ret))
		return true;
	sw_prefix_format(source, text);
	for (char *p = text; *p; p++) {
		if (*p == ':')
			*p = '-';
	}
	return strlen(text) >= 9 && find_groups(t, text, ret);
}

static enum sw_rdns_form find6(const struct sw_prefix *source, const struct text *t,
			       struct sw_rdns_part *ret)
{
	char nibbles[33], half[17];

	snprintf(nibbles, sizeof(nibbles), "%016llx%016llx", (unsigned long long)source->hi,
		 (unsigned long long)source->lo);
	if (find_squeezed(t, nibbles, ret))
		return SW_RDNS_FORM_V6;
	reverse_text(nibbles, 32);
	if (find_squeezed(t, nibbles, ret))
		return SW_RDNS_FORM_V6;
	if (find_dashes(source, t, ret))
		return SW_RDNS_FORM_V6_GROUPS;
	snprintf(half, sizeof(half), "%016llx", (unsigned long long)source->hi);
	if (source->hi && find_squeezed(t, half, ret))
		return SW_RDNS_FORM_V6_HALF;
	snprintf(half, sizeof(half), "%016llx", (unsigned long long)source->lo);
	/* "0000000000000001" is an address of many */
	if (source->lo > UINT32_MAX && find_squeezed(t, half, ret))
		return SW_RDNS_FORM_V6_HALF;
	return SW_RDNS_FORM_NONE;
}

enum sw_rdns_form sw_rdns_find_address(const struct sw_prefix *source, const char *bytes, size_t n,
				       struct sw_rdns_part *ret)
{
	struct text text;

	read_text(&text, bytes, n);
	return source->family == 4 ? find4(source, &text, ret) : find6(source, &text, ret);
}
