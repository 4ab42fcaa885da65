/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * site - DNS block and allow lists as the configuration names them, in postscreen's own
 * notation: DOMAIN, DOMAIN=FILTER, DOMAIN*WEIGHT, DOMAIN=FILTER*WEIGHT.
 *
 * Pure. A whole value of postscreen_dnsbl_sites can be pasted: sites are separated by
 * commas, blanks and new lines, # at the start of a word is a comment to the end of the
 * line. A domain may be there many times with different filters: it is one site here,
 * which is asked once, with several filters. As in postscreen, each filter that matches
 * adds its weight once, whatever number of answers match it, and so does the same filter
 * when it was written twice. Allow lists have negative weights.
 *
 * A key in a domain (secret.h) is in .domain alone, which is for questions and nothing
 * else; every text has .name.
 */
#ifndef SYNWARD_DNS_SITE_H
#define SYNWARD_DNS_SITE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dns/pattern.h"
#include "dns/secret.h"
#include "lib/addr.h"
#include "lib/err.h"

#define SW_SITES 64 /* domains */
#define SW_SITE_FILTERS 32 /* of one domain */
#define SW_SITE_MARKS 8 /* patterns of one class, of one domain */
#define SW_SITE_PROBES 8 /* addresses to look at, of one domain */
#define SW_SITE_WEIGHT 100000 /* the greatest, and the least is its negative */
/* Bytes of a domain, with NUL: a source of IPv6 takes 64 of the 253 of a name. */
#define SW_SITE_DOMAIN 190

struct sw_site_filter {
	struct sw_pattern pattern;
	bool any; /* no filter was written: every answer matches */
	int32_t weight;
};

/* An address whose answer is known beforehand (RFC 5782 5). */
struct sw_site_probe {
	struct sw_prefix addr;
	bool listed; /* it must be, or must not be */
};

struct sw_site {
	char domain[SW_SITE_DOMAIN]; /* to ask; may hold a key: for no text */
	char name[SW_SITE_DOMAIN]; /* for texts */
	char key[SW_SECRET_KEY]; /* the one in .domain, or "" */
	struct sw_site_filter filter[SW_SITE_FILTERS];
	unsigned filters;
	/* Answers that mean a dialup or dynamic line. */
	struct sw_pattern dialup[SW_SITE_MARKS];
	unsigned dialups;
	/* Answers that mean no listing but a refusal, beside 127.255.255.0/24. */
	struct sw_pattern refusal;
	bool refuses;
	struct sw_site_probe probe[SW_SITE_PROBES];
	unsigned probes;
	bool probes_given; /* those of .probe count, and be there none; else RFC 5782's */
};

struct sw_sites {
	struct sw_site *site; /* in the order in which they were named first */
	size_t n, room;
};

/*
 * Parse @n bytes of @text. @secrets (may be NULL) has the keys that the text names; it is not
 * needed afterwards. -EINVAL: @err says where, what, and what to do; no key is in its words.
 * -E2BIG: more than there is room for. -ENOMEM. *@ret is then untouched.
 */
int sw_sites_parse(const char *text, size_t n, const struct sw_secrets *secrets,
		   struct sw_sites **ret, struct sw_err *err);
struct sw_sites *sw_sites_free(struct sw_sites *sites); /* NULL; wipes keys */

/*
 * Say which answers mean a dialup line: @text is sites in the same notation, without
 * weights; without a filter it is all answers of a site. -EINVAL also for a domain that is
 * none of @sites. After an error, sites are marked up to where it is.
 */
int sw_sites_mark_dialup(struct sw_sites *sites, const char *text, size_t n,
			 const struct sw_secrets *secrets, struct sw_err *err);

/*
 * Say by which addresses a site is probed: "DOMAIN none", or "DOMAIN ADDRESS... !ADDRESS..."
 * for those that must be and must not be listed. One site. -EINVAL, -E2BIG; no change then.
 */
int sw_sites_set_probes(struct sw_sites *sites, const char *text, size_t n,
			const struct sw_secrets *secrets, struct sw_err *err);

/* The site of this name (.name), or NULL. */
struct sw_site *sw_sites_find(struct sw_sites *sites, const char *name);

/* A number for @site, the same as long as its name is, over restarts too; not 0 and not
 * UINT32_MAX. Two sites may have the same one, which is rare. */
uint32_t sw_site_id(const struct sw_site *site);

/* Are they asked in the same way, tested in the same way, and do their answers mean the same? */
bool sw_site_equal(const struct sw_site *a, const struct sw_site *b);

/*
 * Write one filter of a site, or all sites, canonically: DOMAIN=FILTER*WEIGHT, the weight
 * left out when it is 1, sites separated by ", ". As snprintf. Without keys; what was written
 * {NAME} is so again, and is read back with the same keys.
 */
size_t sw_site_format(const struct sw_site *site, unsigned filter, char *out, size_t size);
size_t sw_sites_format(const struct sw_sites *sites, char *out, size_t size);

/* Is @code (host order) of class dialup? */
bool sw_site_is_dialup(const struct sw_site *site, uint32_t code);

/* The least and the most that an answer of @site could add to a score. */
void sw_site_range(const struct sw_site *site, int32_t *least, int32_t *most);

#endif
