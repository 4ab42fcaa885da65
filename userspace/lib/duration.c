/* SPDX-License-Identifier: GPL-2.0-only */
/* duration - see duration.h. */
#include "duration.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

struct unit {
	const char *name;
	int64_t ms;
};

/* From the longest; the format uses the first UNITS, the others are read too. */
static const struct unit units[] = {
	{ "w", INT64_C(7) * 24 * 60 * 60 * 1000 },
	{ "d", INT64_C(24) * 60 * 60 * 1000 },
	{ "h", INT64_C(60) * 60 * 1000 },
	{ "m", INT64_C(60) * 1000 },
	{ "s", 1000 },
	{ "ms", 1 },
	{ "min", INT64_C(60) * 1000 },
};

#define UNITS 6
#define NAMES (sizeof(units) / sizeof(units[0]))

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* One number; the duration's limit caps it so that it cannot overflow. NULL: none. */
static const char *parse_number(const char *p, const char *end, int64_t *ret)
{
	int64_t value = 0;

	if (p == end || !is_digit(*p) || *p == '0')
		return NULL;
	for (; p < end && is_digit(*p); p++)
		if (value <= SW_DURATION_MAX_MS)
			value = value * 10 + (*p - '0');
	*ret = value;
	return p;
}

/* The letters up to the next digit are the name of a unit. */
static const char *parse_unit(const char *p, const char *end, const struct unit **ret)
{
	const char *start = p;

	while (p < end && !is_digit(*p))
		p++;
	for (size_t i = 0; i < NAMES; i++) {
		size_t n = strlen(units[i].name);

		if (n == (size_t)(p - start) && !memcmp(units[i].name, start, n)) {
			*ret = &units[i];
			return p;
		}
	}
	return NULL;
}

int sw_duration_parse(const char *text, size_t n, int64_t *ret_ms)
{
	const char *p = text, *end = text + n;
	const struct unit *unit = NULL;
	int64_t total = 0, number;
	bool too_long = false;

	if (n == 0)
		return -EINVAL;
	while (p < end) {
		int64_t above = unit ? unit->ms : 0;

		p = parse_number(p, end, &number);
		if (p)
			p = parse_unit(p, end, &unit);
		if (!p)
			return -EINVAL;
		/* what follows a unit is less than one of it */
		if (above && (unit->ms >= above || number > (above - 1) / unit->ms))
			return -EINVAL;
		if (number > (SW_DURATION_MAX_MS - total) / unit->ms)
			too_long = true;
		else
			total += number * unit->ms;
	}
	if (too_long)
		return -ERANGE;
	*ret_ms = total;
	return 0;
}

const char *sw_duration_error(int code)
{
	switch (code) {
	case 0:
		return "no error";
	case -ERANGE:
		return "longer than 100 years";
	default:
		return "not a duration such as 90s, 10min, 2h, 1h30m, 7d";
	}
}

/* @ms in the units of the set @mask, as far as they go; false if something is left or a
 * part would be zero. */
static bool format_in(int64_t ms, unsigned mask, char buf[SW_DURATION_TEXT])
{
	int n = 0;

	for (unsigned i = 0; i < UNITS; i++) {
		if (!(mask & 1u << i))
			continue;
		if (ms < units[i].ms)
			return false;
		n += snprintf(buf + n, SW_DURATION_TEXT - (size_t)n, "%lld%s",
			      (long long)(ms / units[i].ms), units[i].name);
		ms %= units[i].ms;
	}
	return ms == 0;
}

const char *sw_duration_format(int64_t ms, char buf[SW_DURATION_TEXT])
{
	char text[SW_DURATION_TEXT];
	size_t best = SW_DURATION_TEXT;

	if (ms > SW_DURATION_MAX_MS)
		ms = SW_DURATION_MAX_MS;
	strcpy(buf, "0s");
	/* Sets with longer units have the lower bits: the first of the shortest wins. */
	for (unsigned first = 0; ms > 0 && first < UNITS; first++) {
		for (unsigned rest = 0; rest < 1u << (UNITS - 1 - first); rest++) {
			unsigned mask = 1u << first | rest << (first + 1);

			if (format_in(ms, mask, text) && strlen(text) < best) {
				best = strlen(text);
				memcpy(buf, text, best + 1);
			}
		}
	}
	return buf;
}
