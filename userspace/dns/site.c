/* SPDX-License-Identifier: GPL-2.0-only */
/* site - see site.h. */
#include "dns/site.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dns/site_parse.h"

static const struct {
	const char *zone, *pattern;
} refusals[] = {
#define SW_REFUSAL(zone, pattern) { (zone), (pattern) },
#include "dns/refusal.def"
#undef SW_REFUSAL
};

/* ---- a site of many ---- */

static struct sw_site *find_domain(struct sw_sites *sites, const char *domain)
{
	for (size_t i = 0; i < sites->n; i++)
		if (!strcmp(sites->site[i].domain, domain))
			return &sites->site[i];
	return NULL;
}

struct sw_site *sw_sites_find(struct sw_sites *sites, const char *name)
{
	for (size_t i = 0; i < sites->n; i++)
		if (!strcmp(sites->site[i].name, name))
			return &sites->site[i];
	return NULL;
}

static void set_refusal(struct sw_site *site)
{
	size_t at;

	for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++)
		if (!strcmp(site->domain, refusals[i].zone))
			site->refuses =
				!sw_pattern_parse(refusals[i].pattern, strlen(refusals[i].pattern),
						  &site->refusal, &at, NULL);
}

/* Not by realloc, which leaves keys behind. */
static int make_room(struct sw_sites *sites)
{
	size_t room = sites->room ? sites->room * 2 : 4;
	struct sw_site *site;

	if (sites->n < sites->room)
		return 0;
	site = calloc(room, sizeof(*site));
	if (!site)
		return -ENOMEM;
	if (sites->n) {
		memcpy(site, sites->site, sites->n * sizeof(*site));
		explicit_bzero(sites->site, sites->n * sizeof(*site));
	}
	free(sites->site);
	sites->site = site;
	sites->room = room;
	return 0;
}

/* There is room. */
static struct sw_site *new_site(struct sw_sites *sites, const struct sw_site_parts *parts)
{
	struct sw_site *site = &sites->site[sites->n++];

	memcpy(site->domain, parts->domain, sizeof(site->domain));
	memcpy(site->name, parts->name, sizeof(site->name));
	memcpy(site->key, parts->key, sizeof(site->key));
	set_refusal(site);
	return site;
}

static int place_filter(struct sw_sites *sites, const struct sw_site_word *word,
			const struct sw_site_parts *parts, struct sw_err *err)
{
	struct sw_site *site = find_domain(sites, parts->domain);

	if (!site && sites->n == SW_SITES)
		return sw_site_refuse(word, word->p, -E2BIG, err, "more than %d domains", SW_SITES);
	if (!site && make_room(sites))
		return sw_err_set(err, -ENOMEM, "out of memory");
	if (!site)
		site = new_site(sites, parts);
	if (site->filters == SW_SITE_FILTERS)
		return sw_site_refuse(word, word->p, -E2BIG, err,
				      "more than %d filters of one domain", SW_SITE_FILTERS);
	site->filter[site->filters++] = parts->filter;
	return 0;
}

static int add_word(struct sw_sites *sites, const struct sw_site_word *word,
		    const struct sw_secrets *secrets, struct sw_err *err)
{
	struct sw_site_parts parts;
	int code = sw_site_take_apart(word, secrets, &parts, err);

	if (!code)
		code = place_filter(sites, word, &parts, err);
	explicit_bzero(&parts, sizeof(parts));
	return code;
}

int sw_sites_parse(const char *text, size_t n, const struct sw_secrets *secrets,
		   struct sw_sites **ret, struct sw_err *err)
{
	struct sw_site_word word = { .text = text, .end = text + n, .p = text };
	struct sw_sites *sites = calloc(1, sizeof(*sites));
	int code = 0;

	if (!sites)
		return sw_err_set(err, -ENOMEM, "out of memory");
	while (!code && sw_site_next_word(&word))
		code = add_word(sites, &word, secrets, err);
	if (code)
		sw_sites_free(sites);
	else
		*ret = sites;
	return code;
}

struct sw_sites *sw_sites_free(struct sw_sites *sites)
{
	if (!sites)
		return NULL;
	if (sites->site)
		explicit_bzero(sites->site, sites->n * sizeof(*sites->site));
	free(sites->site);
	free(sites);
	return NULL;
}

/* ---- what else is said of a site ---- */

static int find_word(struct sw_sites *sites, const struct sw_site_word *word,
		     const struct sw_secrets *secrets, struct sw_site_parts *parts,
		     struct sw_site **ret, struct sw_err *err)
{
	int code = sw_site_take_apart(word, secrets, parts, err);

	if (code)
		return code;
	*ret = find_domain(sites, parts->domain);
	if (*ret)
		return 0;
	sw_site_refuse(word, word->p, -EINVAL, err,
		       "none of the sites that are asked; name it there first");
	return -EINVAL;
}

static int mark_word(struct sw_sites *sites, const struct sw_site_word *word,
		     const struct sw_secrets *secrets, struct sw_err *err)
{
	struct sw_site_parts parts;
	struct sw_site *site;
	int code = find_word(sites, word, secrets, &parts, &site, err);

	if (!code && parts.has_weight)
		code = sw_site_refuse(word, memchr(word->p, '*', word->n), -EINVAL, err,
				      "a weight, where only answers are named; the weight stands "
				      "with the site");
	if (!code && site->dialups == SW_SITE_MARKS)
		code = sw_site_refuse(word, word->p, -E2BIG, err,
				      "more than %d filters of one domain; join some in brackets",
				      SW_SITE_MARKS);
	if (!code) {
		if (parts.filter.any)
			memset(&parts.filter.pattern, 0xff, sizeof(parts.filter.pattern));
		site->dialup[site->dialups++] = parts.filter.pattern;
	}
	explicit_bzero(&parts, sizeof(parts));
	return code;
}

int sw_sites_mark_dialup(struct sw_sites *sites, const char *text, size_t n,
			 const struct sw_secrets *secrets, struct sw_err *err)
{
	struct sw_site_word word = { .text = text, .end = text + n, .p = text };
	int code = 0;

	while (!code && sw_site_next_word(&word))
		code = mark_word(sites, &word, secrets, err);
	return code;
}

static int parse_probe(const struct sw_site_word *word, struct sw_site_probe *ret,
		       struct sw_err *err)
{
	size_t skip = *word->p == '!';

	if (sw_prefix_parse(word->p + skip, word->n - skip, &ret->addr) ||
	    ret->addr.len != sw_prefix_full(&ret->addr))
		return sw_site_refuse(
			word, word->p, -EINVAL, err,
			"not an address; write \"DOMAIN none\", or the addresses that "
			"must be listed, and with ! before them those that must not");
	ret->listed = !skip;
	return 0;
}

/* Words behind the domain. */
static int parse_probes(struct sw_site_word *word, struct sw_site_probe probe[SW_SITE_PROBES],
			unsigned *ret, struct sw_err *err)
{
	bool none = false;
	int code = 0;

	for (*ret = 0; !code && sw_site_next_word(word);) {
		if (none || (*ret && word->n == 4 && !memcmp(word->p, "none", 4)))
			return sw_site_refuse(word, word->p, -EINVAL, err,
					      "\"none\" and addresses; write one or the other");
		none = word->n == 4 && !memcmp(word->p, "none", 4);
		if (none)
			continue;
		if (*ret == SW_SITE_PROBES)
			return sw_site_refuse(word, word->p, -E2BIG, err, "more than %d addresses",
					      SW_SITE_PROBES);
		code = parse_probe(word, &probe[*ret], err);
		*ret += !code;
	}
	if (!code && !none && !*ret)
		return sw_site_refuse(word, word->p + word->n, -EINVAL, err,
				      "\"none\" or addresses are needed behind the domain");
	return code;
}

int sw_sites_set_probes(struct sw_sites *sites, const char *text, size_t n,
			const struct sw_secrets *secrets, struct sw_err *err)
{
	struct sw_site_word word = { .text = text, .end = text + n, .p = text };
	struct sw_site_probe probe[SW_SITE_PROBES];
	struct sw_site_parts parts;
	struct sw_site *site;
	unsigned probes;
	int code;

	if (!sw_site_next_word(&word))
		return sw_err_set(err, -EINVAL,
				  "no domain; write \"DOMAIN none\" or \"DOMAIN "
				  "ADDRESS !ADDRESS\"");
	code = find_word(sites, &word, secrets, &parts, &site, err);
	explicit_bzero(&parts, sizeof(parts));
	if (!code)
		code = parse_probes(&word, probe, &probes, err);
	if (code)
		return code;
	memcpy(site->probe, probe, probes * sizeof(*probe));
	site->probes = probes;
	site->probes_given = true;
	return 0;
}

bool sw_site_is_dialup(const struct sw_site *site, uint32_t code)
{
	for (unsigned i = 0; i < site->dialups; i++)
		if (sw_pattern_has(&site->dialup[i], code))
			return true;
	return false;
}

void sw_site_range(const struct sw_site *site, int32_t *least, int32_t *most)
{
	*least = *most = 0;
	for (unsigned i = 0; i < site->filters; i++) {
		int32_t weight = site->filter[i].weight;

		*(weight < 0 ? least : most) += weight;
	}
}

uint32_t sw_site_id(const struct sw_site *site)
{
	uint32_t id = 2166136261u; /* FNV-1a */

	for (const char *c = site->name; *c; c++)
		id = (id ^ (uint8_t)*c) * 16777619u;
	return id && id != UINT32_MAX ? id : 1;
}

/* ---- the same ---- */

static bool is_same_pattern(const struct sw_pattern *a, const struct sw_pattern *b)
{
	return !memcmp(a->octet, b->octet, sizeof(a->octet));
}

static bool has_same_filters(const struct sw_site *a, const struct sw_site *b)
{
	if (a->filters != b->filters)
		return false;
	for (unsigned i = 0; i < a->filters; i++) {
		const struct sw_site_filter *x = &a->filter[i], *y = &b->filter[i];

		if (x->any != y->any || x->weight != y->weight ||
		    (!x->any && !is_same_pattern(&x->pattern, &y->pattern)))
			return false;
	}
	return true;
}

static bool has_same_marks(const struct sw_site *a, const struct sw_site *b)
{
	if (a->dialups != b->dialups || a->refuses != b->refuses)
		return false;
	for (unsigned i = 0; i < a->dialups; i++)
		if (!is_same_pattern(&a->dialup[i], &b->dialup[i]))
			return false;
	return !a->refuses || is_same_pattern(&a->refusal, &b->refusal);
}

static bool has_same_probes(const struct sw_site *a, const struct sw_site *b)
{
	if (a->probes_given != b->probes_given || a->probes != b->probes)
		return false;
	for (unsigned i = 0; i < a->probes; i++)
		if (a->probe[i].listed != b->probe[i].listed ||
		    sw_prefix_cmp(&a->probe[i].addr, &b->probe[i].addr) != 0)
			return false;
	return true;
}

bool sw_site_equal(const struct sw_site *a, const struct sw_site *b)
{
	return !strcmp(a->domain, b->domain) && !strcmp(a->name, b->name) &&
	       has_same_filters(a, b) && has_same_marks(a, b) && has_same_probes(a, b);
}

/* ---- back to text ---- */

size_t sw_site_format(const struct sw_site *site, unsigned filter, char *out, size_t size)
{
	const struct sw_site_filter *f = &site->filter[filter];
	char pattern[SW_PATTERN_TEXT] = "", weight[16] = "";

	if (!f->any)
		sw_pattern_format(&f->pattern, pattern, sizeof(pattern));
	if (f->weight != 1)
		snprintf(weight, sizeof(weight), "*%d", f->weight);
	return (size_t)snprintf(out, size, "%s%s%s%s", site->name, f->any ? "" : "=", pattern,
				weight);
}

size_t sw_sites_format(const struct sw_sites *sites, char *out, size_t size)
{
	size_t n = 0;

	if (size)
		out[0] = '\0';
	for (size_t i = 0; i < sites->n; i++) {
		for (unsigned k = 0; k < sites->site[i].filters; k++) {
			bool fits = n < size;

			if (n) {
				snprintf(fits ? out + n : NULL, fits ? size - n : 0, ", ");
				n += 2;
				fits = n < size;
			}
			n += sw_site_format(&sites->site[i], k, fits ? out + n : NULL,
					    fits ? size - n : 0);
		}
	}
	return n;
}
