/* SPDX-License-Identifier: GPL-2.0-only */
/* spf_record - see spf_record.h. */
#include "spf_record.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "spf_macro.h"

#define VERSION "v=spf1"
#define QUOTE 60 /* bytes of a term that are quoted in words */

/* What a mechanism or modifier may have behind its name. */
enum {
	NEEDS_DOMAIN = 1,
	MAY_DOMAIN = 2,
	MAY_LENGTHS = 4,
	IS_NETWORK = 8,
	ASKS = 16, /* RFC 7208 4.6.4 */
};

static const struct row {
	const char *name;
	unsigned flags;
} kinds[] = {
	[SW_SPF_ALL] = { "all", 0 },
	[SW_SPF_INCLUDE] = { "include", NEEDS_DOMAIN | ASKS },
	[SW_SPF_A] = { "a", MAY_DOMAIN | MAY_LENGTHS | ASKS },
	[SW_SPF_MX] = { "mx", MAY_DOMAIN | MAY_LENGTHS | ASKS },
	[SW_SPF_PTR] = { "ptr", MAY_DOMAIN | ASKS },
	[SW_SPF_IP4] = { "ip4", IS_NETWORK },
	[SW_SPF_IP6] = { "ip6", IS_NETWORK },
	[SW_SPF_EXISTS] = { "exists", NEEDS_DOMAIN | ASKS },
	[SW_SPF_REDIRECT] = { "redirect", NEEDS_DOMAIN | ASKS },
	[SW_SPF_EXP] = { "exp", NEEDS_DOMAIN },
};

#define FIRST_MODIFIER SW_SPF_REDIRECT
#define KINDS SW_SPF_OTHER

const char *sw_spf_result_name(enum sw_spf_result result)
{
	static const char *const names[] = { "none",	 "neutral",   "pass",	  "fail",
					     "softfail", "temperror", "permerror" };

	return names[result];
}

static bool is_letter(char c)
{
	return (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static struct sw_spf_text text_of(const char *from, const char *to)
{
	return (struct sw_spf_text){ from, (size_t)(to - from) };
}

/* ---- parts of a term ---- */

/*
 * Take "/24" off the end of *@text, with @slashes of them, without leading zeros; *@ret
 * stays what it is where there is none. -ERANGE: more than @full.
 */
static int take_length(struct sw_spf_text *text, size_t slashes, uint8_t full, uint8_t *ret)
{
	const char *start = text->bytes, *end = start + text->n, *p = end;
	unsigned value = 0;

	while (p > start && is_digit(p[-1]))
		p--;
	if (p == end || (size_t)(p - start) < slashes)
		return 0;
	for (size_t i = 1; i <= slashes; i++)
		if (*(p - i) != '/')
			return 0;
	if (end - p > 3 || (*p == '0' && end - p > 1))
		return -ERANGE;
	for (const char *digit = p; digit < end; digit++)
		value = value * 10 + (unsigned)(*digit - '0');
	if (value > full)
		return -ERANGE;
	*ret = (uint8_t)value;
	text->n = (size_t)(p - start) - slashes;
	return 0;
}

/* RFC 7208 5.3: [ ip4-cidr-length ] [ "/" ip6-cidr-length ], where the domain may have slashes
 * too. */
static int parse_lengths(struct sw_spf_text *rest, struct sw_spf_term *term, struct sw_err *err)
{
	term->len4 = 32;
	term->len6 = 128;
	if (take_length(rest, 2, 128, &term->len6) || take_length(rest, 1, 32, &term->len4))
		return sw_err_set(err, -EINVAL, "there is no such prefix length");
	return 0;
}

static int parse_network(const struct sw_spf_text *rest, struct sw_spf_term *term,
			 struct sw_err *err)
{
	int code;

	if (rest->n < 2 || rest->bytes[0] != ':')
		return sw_err_set(err, -EINVAL, "the network is missing");
	code = sw_prefix_parse(rest->bytes + 1, rest->n - 1, &term->net);
	if (code == -EDOM) /* bits below the length do not count */
		code = 0;
	if (!code && term->net.family != (term->kind == SW_SPF_IP4 ? 4 : 6))
		return sw_err_set(err, -EINVAL, "the network is of the other family");
	if (code)
		return sw_err_set(err, -EINVAL, "%s", sw_prefix_error(code));
	return 0;
}

/* @rest stands behind the name. */
static int parse_rest(struct sw_spf_text rest, struct sw_spf_term *term, struct sw_err *err)
{
	unsigned flags = kinds[term->kind].flags;
	char mark = term->kind >= FIRST_MODIFIER ? '=' : ':';

	if (flags & IS_NETWORK)
		return parse_network(&rest, term, err);
	if (flags & MAY_LENGTHS && parse_lengths(&rest, term, err))
		return -EINVAL;
	if (rest.n == 0 && !(flags & NEEDS_DOMAIN))
		return 0;
	if (rest.n == 0)
		return sw_err_set(err, -EINVAL, "the domain is missing");
	if (!(flags & (NEEDS_DOMAIN | MAY_DOMAIN)) || rest.bytes[0] != mark)
		return sw_err_set(err, -EINVAL, "this may not stand behind %s",
				  kinds[term->kind].name);
	term->domain = (struct sw_spf_text){ rest.bytes + 1, rest.n - 1 };
	return sw_spf_macro_check_domain(term->domain.bytes, term->domain.n, err);
}

/* SW_SPF_OTHER: there is none of this name. */
static enum sw_spf_kind find_kind(const struct sw_spf_text *name, bool modifier)
{
	unsigned first = modifier ? FIRST_MODIFIER : 0, end = modifier ? KINDS : FIRST_MODIFIER;

	for (unsigned i = first; i < end; i++)
		if (strlen(kinds[i].name) == name->n &&
		    !strncasecmp(kinds[i].name, name->bytes, name->n))
			return (enum sw_spf_kind)i;
	return SW_SPF_OTHER;
}

/* Take +, -, ~ or ? off the front. */
static enum sw_spf_result parse_qualifier(const char **p, const char *end)
{
	static const struct {
		char c;
		enum sw_spf_result result;
	} rows[] = { { '+', SW_SPF_PASS },
		     { '-', SW_SPF_FAIL },
		     { '~', SW_SPF_SOFTFAIL },
		     { '?', SW_SPF_NEUTRAL } };

	for (unsigned i = 0; *p < end && i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (**p == rows[i].c) {
			++*p;
			return rows[i].result;
		}
	}
	return SW_SPF_PASS;
}

/* name = ALPHA *( ALPHA / DIGIT / "-" / "_" / "." ); where it ends. */
static const char *skip_name(const char *p, const char *end)
{
	if (p == end || !is_letter(*p))
		return p;
	while (p < end && (is_letter(*p) || is_digit(*p) || *p == '-' || *p == '_' || *p == '.'))
		p++;
	return p;
}

static int parse_term(const struct sw_spf_text *text, struct sw_spf_term *ret, struct sw_err *err)
{
	const char *start = text->bytes, *end = start + text->n, *p = start, *stop;
	struct sw_spf_term term = { .text = *text };
	struct sw_spf_text name;
	bool modifier;

	term.qualifier = parse_qualifier(&p, end);
	stop = skip_name(p, end);
	name = text_of(p, stop);
	modifier = stop < end && *stop == '=' && p == start;
	if (name.n == 0)
		return sw_err_set(err, -EINVAL, "there is no name");
	term.kind = find_kind(&name, modifier);
	if (term.kind == SW_SPF_OTHER && modifier) {
		*ret = term;
		return sw_spf_macro_check(stop + 1, (size_t)(end - stop - 1), SW_SPF_USE_MODIFIER,
					  err);
	}
	if (term.kind == SW_SPF_OTHER)
		return sw_err_set(err, -EINVAL, "there is no such mechanism");
	if (parse_rest(text_of(stop, end), &term, err))
		return -EINVAL;
	*ret = term;
	return 0;
}

/* ---- records ---- */

bool sw_spf_is_record(const char *bytes, size_t n)
{
	size_t version = strlen(VERSION);

	return n >= version && !strncasecmp(bytes, VERSION, version) &&
	       (n == version || bytes[version] == ' ');
}

/* The text of the next term from *@at; false: the end. */
static bool next_text(const struct sw_spf_text *record, size_t *at, struct sw_spf_text *ret)
{
	const char *p = record->bytes + (*at ? *at : strlen(VERSION));
	const char *end = record->bytes + record->n, *stop;

	while (p < end && *p == ' ')
		p++;
	stop = memchr(p, ' ', (size_t)(end - p));
	*ret = text_of(p, stop ? stop : end);
	*at = (size_t)(p - record->bytes) + ret->n;
	return ret->n;
}

static int check_bytes(const char *bytes, size_t n, struct sw_err *err)
{
	for (size_t i = 0; i < n; i++)
		if (bytes[i] < 0x20 || bytes[i] > 0x7e)
			return sw_err_set(err, -EINVAL,
					  "byte %zu is 0x%02x, which is no printable ASCII", i,
					  (unsigned char)bytes[i]);
	return 0;
}

/* A modifier that may be there once. */
static int keep_modifier(struct sw_spf_text *kept, const struct sw_spf_term *term,
			 struct sw_err *err)
{
	if (kept->n)
		return sw_err_set(err, -EINVAL, "%s= is there twice", kinds[term->kind].name);
	*kept = term->domain;
	return 0;
}

int sw_spf_parse(const char *bytes, size_t n, struct sw_spf_record *ret, struct sw_err *err)
{
	struct sw_spf_record record = { .text = { bytes, n } };
	struct sw_spf_text text;
	struct sw_spf_term term = { .kind = SW_SPF_OTHER };
	size_t at = 0;
	int code;

	if (!sw_spf_is_record(bytes, n))
		return sw_err_set(err, -EINVAL, "it does not begin with " VERSION);
	code = check_bytes(bytes, n, err);
	while (!code && next_text(&record.text, &at, &text)) {
		code = parse_term(&text, &term, err);
		if (code)
			return sw_err_prepend(err, code, "\"%.*s%s\"",
					      text.n > QUOTE ? QUOTE : (int)text.n, text.bytes,
					      text.n > QUOTE ? "..." : "");
		if (term.kind == SW_SPF_REDIRECT)
			code = keep_modifier(&record.redirect, &term, err);
		else if (term.kind == SW_SPF_EXP)
			code = keep_modifier(&record.exp, &term, err);
	}
	if (!code)
		*ret = record;
	return code;
}

bool sw_spf_next(const struct sw_spf_record *record, size_t *at, struct sw_spf_term *ret)
{
	struct sw_spf_text text;

	while (next_text(&record->text, at, &text))
		if (!parse_term(&text, ret, NULL) && ret->kind < FIRST_MODIFIER)
			return true;
	return false;
}

struct sw_spf_text sw_spf_redirect_text(const struct sw_spf_record *record)
{
	size_t name = strlen(kinds[SW_SPF_REDIRECT].name) + 1;

	return (struct sw_spf_text){ record->redirect.bytes - name, record->redirect.n + name };
}

bool sw_spf_term_asks(const struct sw_spf_term *term)
{
	return term->kind < KINDS && kinds[term->kind].flags & ASKS;
}

int sw_spf_select(const struct sw_dns_answer *answer, char **ret, size_t *ret_n)
{
	const struct sw_dns_record *found = NULL;
	char *copy;

	for (size_t i = 0; i < answer->n; i++) {
		const struct sw_dns_record *r = &answer->record[i];

		if (!sw_spf_is_record(r->txt.bytes, r->txt.n))
			continue;
		if (found)
			return -EEXIST;
		found = r;
	}
	if (!found)
		return -ENOENT;
	copy = malloc(found->txt.n + 1);
	if (!copy)
		return -ENOMEM;
	memcpy(copy, found->txt.bytes, found->txt.n);
	copy[found->txt.n] = '\0';
	*ret = copy;
	*ret_n = found->txt.n;
	return 0;
}
