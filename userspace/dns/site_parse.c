/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * site_parse - one site as text to its parts; see site_parse.h. Pure.
 *
 * What Postfix takes is taken and means the same; what would be taken there and is a slip
 * all the same (a name without a dot, an address) is refused.
 */
#include "dns/site_parse.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define LABEL_MAX 63

static bool is_separator(char c)
{
	return c == ',' || c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

bool sw_site_next_word(struct sw_site_word *word)
{
	const char *p = word->p + word->n;

	for (;;) {
		while (p < word->end && is_separator(*p))
			p++;
		if (p == word->end)
			return false;
		if (*p != '#')
			break;
		while (p < word->end && *p != '\n')
			p++;
	}
	word->p = p;
	while (p < word->end && !is_separator(*p))
		p++;
	word->n = (size_t)(p - word->p);
	word->number++;
	return true;
}

int sw_site_refuse(const struct sw_site_word *word, const char *at, int code, struct sw_err *err,
		   const char *format, ...)
{
	char shown[80], words[320];
	va_list args;

	va_start(args, format);
	vsnprintf(words, sizeof(words), format, args);
	va_end(args);
	sw_secret_mask_domain(word->p, word->n, shown, sizeof(shown));
	return sw_err_set(err, code, "site %u, \"%s\", character %zu: %s", word->number, shown,
			  (size_t)(at - word->text) + 1, words);
}

/* ---- weight ---- */

static int parse_weight(const struct sw_site_word *word, const char *p, const char *end,
			int32_t *ret, struct sw_err *err)
{
	const char *start = p;
	bool negative = p < end && *p == '-';
	int32_t value = 0;

	if (p < end && (*p == '-' || *p == '+'))
		p++;
	if (p == end)
		return sw_site_refuse(word, start, -EINVAL, err,
				      "no weight behind *; write a number, such as *2 or *-4");
	for (; p < end; p++) {
		if (*p == '=')
			return sw_site_refuse(word, p, -EINVAL, err,
					      "the weight stands last: DOMAIN=FILTER*WEIGHT");
		if (*p < '0' || *p > '9')
			return sw_site_refuse(word, p, -EINVAL, err,
					      "a weight is a whole number, such as *2 or *-4");
		if (value <= SW_SITE_WEIGHT)
			value = value * 10 + (*p - '0');
	}
	if (value > SW_SITE_WEIGHT)
		return sw_site_refuse(word, start, -EINVAL, err, "a weight is from -%d to %d",
				      SW_SITE_WEIGHT, SW_SITE_WEIGHT);
	*ret = negative ? -value : value;
	return 0;
}

/* ---- domain ---- */

struct domain {
	const struct sw_site_word *word;
	const char *p, *end;
	const struct sw_secrets *secrets;
	struct sw_site_parts *parts;
	struct sw_err *err;
	size_t n, shown; /* bytes in parts->domain and parts->name */
	unsigned labels;
};

static char lower(char c)
{
	return (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_of_label(char c)
{
	return (lower(c) >= 'a' && lower(c) <= 'z') || is_digit(c) || c == '-' || c == '_';
}

static int refuse(const struct domain *d, const char *at, const char *what)
{
	return sw_site_refuse(d->word, at, -EINVAL, d->err, "%s", what);
}

/* Room for both is left for a dot and the NUL. */
static int append(struct domain *d, const char *label, size_t n, const char *shown, size_t m)
{
	struct sw_site_parts *parts = d->parts;

	if (d->n + n + 2 > sizeof(parts->domain) || d->shown + m + 2 > sizeof(parts->name))
		return sw_site_refuse(d->word, d->p, -EINVAL, d->err,
				      "a domain of more than %d bytes; a source of IPv6 would find "
				      "no room before it",
				      SW_SITE_DOMAIN - 2);
	if (d->labels) {
		parts->domain[d->n++] = '.';
		parts->name[d->shown++] = '.';
	}
	for (size_t i = 0; i < n; i++)
		parts->domain[d->n++] = lower(label[i]);
	for (size_t i = 0; i < m; i++)
		parts->name[d->shown++] = lower(shown[i]);
	d->labels++;
	return 0;
}

static int set_key(struct domain *d, const char *key, size_t n)
{
	if (d->parts->key[0])
		return refuse(d, d->p, "a second key in one domain");
	for (size_t i = 0; i < n; i++)
		d->parts->key[i] = lower(key[i]);
	d->parts->key[n] = '\0';
	return 0;
}

/* "{dqs}": the key of that name */
static int take_named_key(struct domain *d)
{
	const char *close = memchr(d->p, '}', (size_t)(d->end - d->p)), *key;
	size_t n;
	int code;

	if (!close)
		return refuse(d, d->p, "{ without }; write {NAME}, the name of a key");
	n = (size_t)(close - d->p) - 1;
	key = sw_secrets_get(d->secrets, d->p + 1, n);
	if (!key)
		return sw_site_refuse(
			d->word, d->p, -EINVAL, d->err,
			"there is no key of that name; put a line NAME = KEY into the "
			"file of keys");
	code = set_key(d, key, strlen(key));
	if (!code)
		code = append(d, key, strlen(key), d->p, n + 2);
	d->p = close + 1;
	return code;
}

static int take_label(struct domain *d)
{
	const char *label = d->p, *stop = label;
	size_t n;
	int code = 0;

	while (stop < d->end && is_of_label(*stop))
		stop++;
	n = (size_t)(stop - label);
	if (stop < d->end && *stop != '.') {
		if (*stop == '$')
			return refuse(d, stop, "a variable of Postfix; write what it stands for");
		return refuse(d, stop,
			      "not a character of a domain name; a site is "
			      "DOMAIN=FILTER*WEIGHT");
	}
	if (!n)
		return refuse(d, label, "a dot too many, or no domain at all");
	if (n > LABEL_MAX)
		return refuse(d, label, "more than 63 characters without a dot");
	if (*label == '-' || stop[-1] == '-')
		return refuse(d, label, "a part of a domain begins or ends with a hyphen");
	if (sw_secret_is_key(label, n, d->end)) {
		code = set_key(d, label, n);
		if (!code)
			code = append(d, label, n, SW_SECRET_MASK, strlen(SW_SECRET_MASK));
	} else {
		code = append(d, label, n, label, n);
	}
	d->p = stop;
	return code;
}

/* No top level domain is a number, but the last octet of an address is. */
static bool ends_in_number(const struct sw_site_parts *parts)
{
	const char *last = strrchr(parts->domain, '.');

	return last && last[1 + strspn(last + 1, "0123456789")] == '\0';
}

static int parse_domain(struct domain *d)
{
	const char *start = d->p;
	int code;

	for (;;) {
		code = d->p < d->end && *d->p == '{' ? take_named_key(d) : take_label(d);
		if (code)
			return code;
		if (d->p == d->end)
			break;
		if (*d->p != '.')
			return refuse(d, d->p, "a dot is needed behind }");
		d->p++;
	}
	d->parts->domain[d->n] = '\0';
	d->parts->name[d->shown] = '\0';
	if (d->labels < 2)
		return refuse(d, start,
			      "a domain without a dot; paste only what stands behind the "
			      "= of postscreen_dnsbl_sites");
	if (ends_in_number(d->parts))
		return refuse(d, start, "an address where the domain of a list is needed");
	return 0;
}

/* ---- all of it ---- */

static int parse_filter(const struct sw_site_word *word, const char *p, const char *end,
			struct sw_site_filter *ret, struct sw_err *err)
{
	struct sw_err why;
	size_t at;

	if (sw_pattern_parse(p, (size_t)(end - p), &ret->pattern, &at, &why))
		return sw_site_refuse(word, p + at, -EINVAL, err, "%.300s", why.text);
	return 0;
}

int sw_site_take_apart(const struct sw_site_word *word, const struct sw_secrets *secrets,
		       struct sw_site_parts *ret, struct sw_err *err)
{
	const char *end = word->p + word->n, *star = memchr(word->p, '*', word->n), *equals;
	struct domain d = {
		.word = word, .p = word->p, .secrets = secrets, .parts = ret, .err = err
	};
	const char *before = star ? star : end;
	int code;

	memset(ret, 0, sizeof(*ret));
	equals = memchr(word->p, '=', (size_t)(before - word->p));
	ret->filter.weight = 1;
	ret->filter.any = !equals;
	ret->has_weight = star != NULL;
	d.end = equals ? equals : before;
	code = parse_domain(&d);
	if (!code && equals)
		code = parse_filter(word, equals + 1, before, &ret->filter, err);
	if (!code && star)
		code = parse_weight(word, star + 1, end, &ret->filter.weight, err);
	return code;
}
