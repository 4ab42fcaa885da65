/* SPDX-License-Identifier: GPL-2.0-only */
/* rdns_words - the words of a name, looked up in rdns_words.def and rdns_domains.def. */
#include <string.h>

#include "rdns.h"
#include "rdns_parts.h"

enum match { WHOLE, START, END, WITHIN };

struct word {
	const char *text;
	uint8_t n;
	enum match match;
	enum sw_rdns_kind kind;
};

static const struct word words[] = {
#define SW_RDNS_WORD(text, match, kind, test) \
	{ (text), sizeof(text) - 1, (match), SW_RDNS_KIND_##kind },
#include "dns/rdns_words.def"
#undef SW_RDNS_WORD
};

static const struct domain {
	const char *text;
	uint32_t kind;
} domains[] = {
#define SW_RDNS_DOMAIN(text, class, test) { (text), SW_RDNS_##class },
#include "dns/rdns_domains.def"
#undef SW_RDNS_DOMAIN
};

static bool is_match(const struct word *w, const char *p, size_t n)
{
	if (n < w->n)
		return false;
	switch (w->match) {
	case WHOLE:
		return n == w->n && !memcmp(p, w->text, n);
	case START:
		return !memcmp(p, w->text, w->n);
	case END:
		return !memcmp(p + n - w->n, w->text, w->n);
	default:
		return memmem(p, n, w->text, w->n) != NULL;
	}
}

/* Rows come in the order of what counts: the first that matches is it. */
static enum sw_rdns_kind kind_of(const char *p, size_t n)
{
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (is_match(&words[i], p, n))
			return words[i].kind;
	}
	return SW_RDNS_KIND_OTHER;
}

static bool is_letter(char c)
{
	return c >= 'a' && c <= 'z';
}

static void add_word(const char *text, size_t from, size_t to, bool first_label,
		     struct sw_rdns_words *ret, bool *ret_worded)
{
	const struct sw_rdns_part part = { .from = (uint8_t)from, .to = (uint8_t)to };
	enum sw_rdns_kind kind = kind_of(text + from, to - from);

	if (!ret->has[kind])
		ret->first[kind] = part;
	ret->has[kind] = true;
	if (kind != SW_RDNS_KIND_PLAIN)
		*ret_worded = true;
	if ((kind == SW_RDNS_KIND_LINE || kind == SW_RDNS_KIND_DYNAMIC) && !first_label &&
	    !ret->line.to)
		ret->line = part;
}

void sw_rdns_find_words(const char *text, size_t n, struct sw_rdns_words *ret)
{
	bool first_label = true, worded = false;

	memset(ret, 0, sizeof(*ret));
	for (size_t i = 0, from = 0; i <= n; i++) {
		if (i < n && is_letter(text[i]))
			continue;
		if (i > from)
			add_word(text, from, i, first_label, ret, &worded);
		from = i + 1;
		if (i == n || text[i] == '.') {
			ret->worded += worded && !first_label;
			first_label = worded = false;
		}
	}
}

uint32_t sw_rdns_domain_kind(const char *label, size_t n)
{
	for (size_t i = 0; i < sizeof(domains) / sizeof(domains[0]); i++) {
		if (memmem(label, n, domains[i].text, strlen(domains[i].text)))
			return domains[i].kind;
	}
	return 0;
}
