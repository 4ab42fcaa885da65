/* SPDX-License-Identifier: GPL-2.0-only */
/* rdns - see rdns.h. Points are written down here and in rdns_forms.def, nowhere else. */
#include "rdns.h"

#include <string.h>

#include "rdns_parts.h"

/*
 * What is not in rdns_forms.def. Weights were chosen so that names of which relays of mail
 * are as likely to have one as their customers' lines stay below SW_RDNS_GENERIC_AT:
 * tests/unit/test_rdns_real.c counts.
 */
enum {
	POINTS_LINE = 4, /* DYNAMIC, LINE, ACCESS */
	POINTS_CUSTOMER = 3,
	POINTS_SECOND = 1, /* no address, but a DYNAMIC or LINE, and a weaker word */
	POINTS_STATIC = -4,
	POINTS_VAGUE = -2,
	POINTS_BARE = 2, /* a label of nothing but an address, below just one of words */
	POINTS_NUMBERED = 2, /* no address, but a number, below a LINE */
};

struct form {
	uint32_t class;
	int points;
	const char *words;
};

static const struct form forms[] = {
	[SW_RDNS_FORM_NONE] = { 0, 0, NULL },
#define SW_RDNS_FORM(symbol, class, points, words, test) \
	[SW_RDNS_FORM_##symbol] = { SW_RDNS_##class, (points), (words) },
#include "dns/rdns_forms.def"
#undef SW_RDNS_FORM
};

static void add_sign(struct sw_rdns *r, const char *words, struct sw_rdns_part part, int points)
{
	r->points += points;
	if (r->n == SW_RDNS_SIGNS_MAX)
		return;
	r->sign[r->n++] = (struct sw_rdns_sign){
		.words = words, .from = part.from, .to = part.to, .points = (int8_t)points
	};
}

/* ---- is it a host's name at all? ---- */

/* Letters, digits, hyphens (RFC 1123 2.1), and underscores, which are in use. */
static bool has_strange_bytes(const char *name)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyz0123456789-_.";

	return name[strspn(name, allowed)] != '\0';
}

static bool is_below(const char *name, const char *domain)
{
	size_t n = strlen(name), m = strlen(domain);

	return n >= m && !strcmp(name + n - m, domain) && (n == m || name[n - m - 1] == '.');
}

/* Why it is none; NULL: it is one, with its registered domain in *@ret. */
static const char *why_no_host(const struct sw_suffix *suffix, const char *name, const char **ret)
{
	struct sw_prefix address;

	if (!*name)
		return "an empty name";
	if (strlen(name) >= SW_DNS_NAME || has_strange_bytes(name))
		return "bytes that are in no host's name";
	if (*name == '.' || strstr(name, ".."))
		return "an empty label";
	if (!strchr(name, '.'))
		return "a single label, not fully qualified";
	if (!sw_addr_parse(name, &address))
		return "an address, not a name";
	if (is_below(name, "arpa"))
		return "a name of the reverse tree itself";
	*ret = sw_suffix_registered(suffix, name);
	return *ret ? NULL : "nothing that anybody could have registered";
}

/* ---- the labels below the registered domain ---- */

struct host {
	const char *name;
	size_t n; /* of these labels, without the dot behind them */
	enum sw_rdns_form form;
	struct sw_rdns_part address;
	struct sw_rdns_words words;
};

static void read_host(const struct sw_prefix *source, const char *name, const char *registered,
		      struct host *ret)
{
	*ret = (struct host){ .name = name };
	ret->n = registered > name ? (size_t)(registered - name) - 1 : 0;
	if (source->family)
		ret->form = sw_rdns_find_address(source, name, ret->n, &ret->address);
	if (!ret->form)
		ret->form = sw_rdns_find_code(name, ret->n, &ret->address);
	sw_rdns_find_words(name, ret->n, &ret->words);
}

/* Is the address a whole label? */
static bool is_bare(const struct host *h)
{
	const char *end = h->name + h->address.to;

	return h->form == SW_RDNS_FORM_DECIMAL && h->address.from == 0 &&
	       (h->address.to == h->n || *end == '.') && !memchr(h->name, '.', h->address.to);
}

static void add_form(const struct host *h, struct sw_rdns *r)
{
	const struct form *form = &forms[h->form];

	if (!h->form)
		return;
	r->classes |= form->class;
	add_sign(r, form->words, h->address, form->points);
	if (is_bare(h) && h->words.worded == 1)
		add_sign(r, "a label of nothing but that", h->address, POINTS_BARE);
}

/* Is there a word of lines weaker than @kind, too? */
static bool has_weaker(const struct sw_rdns_words *w, enum sw_rdns_kind kind)
{
	for (unsigned k = kind + 1; k < SW_RDNS_KIND_POOL; k++) {
		if (w->has[k])
			return true;
	}
	return false;
}

/* Of words that speak of lines the strongest one counts; none beside one of STATIC, unless it
 * says that addresses change. What a desk or a customer's host may be called speaks of a line
 * beside an address alone. Returns if one of lines counts. */
static bool add_line(const struct host *h, struct sw_rdns *r)
{
	static const struct {
		enum sw_rdns_kind kind;
		int points;
		const char *words;
	} kinds[] = {
		{ SW_RDNS_KIND_DYNAMIC, POINTS_LINE, "a word for addresses that change" },
		{ SW_RDNS_KIND_LINE, POINTS_LINE, "a word for a customer's line" },
		{ SW_RDNS_KIND_ACCESS, POINTS_LINE, "a word for access" },
		{ SW_RDNS_KIND_CUSTOMER, POINTS_CUSTOMER, "a word for customers" },
		{ SW_RDNS_KIND_POOL, 0, "a word for a range of addresses" },
	};
	const struct sw_rdns_words *w = &h->words;

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		enum sw_rdns_kind kind = kinds[i].kind;
		bool counts = kind == SW_RDNS_KIND_DYNAMIC || !w->has[SW_RDNS_KIND_STATIC];
		bool alone = kind == SW_RDNS_KIND_DYNAMIC || kind == SW_RDNS_KIND_LINE;

		if (!w->has[kind])
			continue;
		if (counts && (alone || h->form))
			r->classes |= SW_RDNS_DIALUP;
		add_sign(r, kinds[i].words, w->first[kind], counts ? kinds[i].points : 0);
		if (counts && alone && !h->form && has_weaker(w, kind))
			add_sign(r, "and another one for lines", w->first[kind], POINTS_SECOND);
		return counts && kinds[i].points == POINTS_LINE;
	}
	return false;
}

/* The word for mail servers stands beside the address, in the same label, below one that says
 * that addresses change ("mx-203-0-113-57.dynamic"): a program wrote it into each name. */
static bool is_template(const struct host *h)
{
	const struct sw_rdns_part *server = &h->words.first[SW_RDNS_KIND_SERVER];
	size_t between;

	if (!h->form || !h->words.has[SW_RDNS_KIND_DYNAMIC] || server->to > h->address.from)
		return false;
	between = h->address.from - server->to;
	return !memchr(h->name + server->to, '.', between);
}

static void add_words(const struct host *h, struct sw_rdns *r)
{
	const struct sw_rdns_words *w = &h->words;
	bool line = add_line(h, r);

	if (line && !h->form && w->line.to && h->name[strcspn(h->name, ".0123456789")] != '.')
		add_sign(r, "and below that a label with a number", w->line, POINTS_NUMBERED);
	if (w->has[SW_RDNS_KIND_STATIC]) {
		r->classes |= SW_RDNS_STATIC;
		add_sign(r, "a word for addresses that are rented", w->first[SW_RDNS_KIND_STATIC],
			 w->has[SW_RDNS_KIND_DYNAMIC] ? 0 : POINTS_STATIC);
	}
	if (w->has[SW_RDNS_KIND_VAGUE])
		add_sign(r, "a word for no address in particular", w->first[SW_RDNS_KIND_VAGUE],
			 POINTS_VAGUE);
	if (w->has[SW_RDNS_KIND_SERVER] && !is_template(h)) {
		r->classes |= SW_RDNS_SERVER;
		add_sign(r, "a word for mail servers, which outweighs all",
			 w->first[SW_RDNS_KIND_SERVER], 0);
	}
}

/* A domain that was registered for an address, or many of them, is a hoster's; it is seen, and
 * counts nothing. */
static void add_wide(const struct sw_prefix *source, const char *name, const char *registered,
		     struct sw_rdns *r)
{
	size_t n = (size_t)(registered - name) + strcspn(registered, ".");
	struct sw_rdns_part part;
	enum sw_rdns_form form = SW_RDNS_FORM_NONE;

	if (source->family)
		form = sw_rdns_find_address(source, name, n, &part);
	if (!form)
		return;
	r->classes |= forms[form].class;
	add_sign(r, "the address, or some of it, in the registered domain", part, 0);
}

static void add_domain(const char *name, const char *registered, struct sw_rdns *r)
{
	size_t n = strcspn(registered, ".");
	uint32_t kind = sw_rdns_domain_kind(registered, n);
	struct sw_rdns_part part = { .from = (uint8_t)(registered - name) };

	part.to = (uint8_t)(part.from + n);
	r->registered = part.from;
	r->classes |= kind;
	if (kind)
		add_sign(r,
			 kind == SW_RDNS_CARRIER ? "a domain that sounds like a carrier's"
						 : "a domain that sounds like a hoster's",
			 part, 0);
}

static void judge_name(const struct sw_suffix *suffix, const struct sw_prefix *source,
		       const struct sw_rdns_name *name, struct sw_rdns *ret)
{
	const char *registered = NULL;
	const char *why = why_no_host(suffix, name->name, &registered);
	struct host host;

	memset(ret, 0, sizeof(*ret));
	if (name->back == SW_RDNS_BACK_NO)
		ret->classes |= SW_RDNS_UNCONFIRMED;
	else if (name->back == SW_RDNS_BACK_UNKNOWN)
		ret->classes |= SW_RDNS_UNKNOWN;
	if (why) {
		ret->classes |= SW_RDNS_NO_HOST;
		add_sign(ret, why, (struct sw_rdns_part){ .from = 0 }, 0);
		return;
	}
	read_host(source, name->name, registered, &host);
	add_form(&host, ret);
	add_words(&host, ret);
	add_domain(name->name, registered, ret);
	if (!host.form)
		add_wide(source, name->name, registered, ret);
	if (ret->classes & SW_RDNS_SERVER)
		ret->classes &= ~(uint32_t)SW_RDNS_DIALUP;
	else if (ret->points >= SW_RDNS_GENERIC_AT)
		ret->classes |= SW_RDNS_GENERIC;
}

/* ---- all names ---- */

/* How good a name is for its owner: what sets it apart from a better one comes first. */
static int badness(const struct sw_rdns *r)
{
	int bad = r->classes & SW_RDNS_UNCONFIRMED ? 2 : r->classes & SW_RDNS_UNKNOWN ? 1 : 0;

	bad = bad * 2 + !!(r->classes & SW_RDNS_NO_HOST);
	bad = bad * 2 + !!(r->classes & SW_RDNS_GENERIC);
	return bad * 256 + 128 + (r->classes & SW_RDNS_SERVER ? -100 : r->points);
}

void sw_rdns_classify(const struct sw_suffix *suffix, const struct sw_rdns_facts *facts,
		      struct sw_rdns *ret)
{
	struct sw_rdns r;

	memset(ret, 0, sizeof(*ret));
	ret->name = facts->n;
	if (facts->state == SW_RDNS_FAILED)
		ret->classes = SW_RDNS_UNKNOWN;
	else if (facts->state == SW_RDNS_NONE || !facts->n)
		ret->classes = SW_RDNS_NO_PTR;
	for (size_t i = 0; i < facts->n && facts->state == SW_RDNS_NAMED; i++) {
		judge_name(suffix, &facts->source, &facts->name[i], &r);
		r.name = i;
		if (i == 0 || badness(&r) < badness(ret))
			*ret = r;
	}
	/* one that was not looked at may do it, and which those are changes from answer to answer */
	if (facts->more)
		ret->classes &= ~(uint32_t)SW_RDNS_UNCONFIRMED;
}
