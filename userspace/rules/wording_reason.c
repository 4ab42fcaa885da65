/* SPDX-License-Identifier: GPL-2.0-only */
/* wording_reason - what of a reason is for the sender; see wording.h. */
#include <stdbool.h>
#include <string.h>

#include "wording.h"

#define SUM ": score " /* names of the DNS, which stand before it, have no blanks */

/* Where the lists end, and the sum begins; what lists say comes later, so it is the first one. */
static const char *sum_of(const char *reason)
{
	const char *at = strstr(reason, SUM);

	return at ? at : reason;
}

/* A list has a domain; what is no domain is what it answered, or a class of names. */
static bool is_domain(const char *name, size_t n)
{
	return memchr(name, '.', n) && strspn(name, "0123456789.") < n;
}

/* The next piece behind ", " before @end; NULL: there is none. */
static const char *next_piece(const char *p, const char *end)
{
	const char *at = strstr(p, ", ");

	return at && at + 2 < end ? at + 2 : NULL;
}

size_t sw_wording_lists(const char *reason, char out[SW_WORDING_TEXT])
{
	const char *end = sum_of(reason), *before = NULL;
	char all[SW_WORDING_TEXT] = "";
	size_t n = 0, before_n = 0;

	for (const char *p = end > reason ? reason : NULL; p; p = next_piece(p, end)) {
		size_t name = strcspn(p, " ,");

		if (!is_domain(p, name) || (before && name == before_n && !memcmp(p, before, name)))
			continue;
		if (n + name + 2 > SW_WORDING_MAX)
			break;
		if (n) {
			memcpy(all + n, ", ", 2);
			n += 2;
		}
		memcpy(all + n, p, name);
		n += name;
		before = p;
		before_n = name;
	}
	all[n] = '\0';
	return sw_wording_clean(all, out, SW_WORDING_TEXT);
}

size_t sw_wording_said(const char *reason, char out[SW_WORDING_TEXT])
{
	const char *sum = sum_of(reason), *said = strstr(sum, "; ");

	return sw_wording_clean(sum > reason && said ? said + 2 : "", out, SW_WORDING_TEXT);
}
