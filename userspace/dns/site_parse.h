/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * site_parse - one site as text to its parts; between site.c and site_parse.c alone.
 */
#ifndef SYNWARD_DNS_SITE_PARSE_H
#define SYNWARD_DNS_SITE_PARSE_H

#include "dns/site.h"

/* One word of a text with many. */
struct sw_site_word {
	const char *text, *end; /* all of it */
	const char *p; /* the word; before the first: text, and n = 0 */
	size_t n;
	unsigned number; /* from 1 */
};

struct sw_site_parts {
	char domain[SW_SITE_DOMAIN], name[SW_SITE_DOMAIN], key[SW_SECRET_KEY];
	struct sw_site_filter filter;
	bool has_weight;
};

/* Go to the next word that is no comment; false: there is none. */
bool sw_site_next_word(struct sw_site_word *word);

/* Fill @err with where @at stands, which is in @word, and the words; returns @code. */
int sw_site_refuse(const struct sw_site_word *word, const char *at, int code, struct sw_err *err,
		   const char *format, ...) __attribute__((format(printf, 5, 6)));

/* Take @word apart. -EINVAL, *@ret is then not defined. */
int sw_site_take_apart(const struct sw_site_word *word, const struct sw_secrets *secrets,
		       struct sw_site_parts *ret, struct sw_err *err);

#endif
