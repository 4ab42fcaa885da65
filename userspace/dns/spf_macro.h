/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * spf_macro - macros of SPF: syntax and expansion (RFC 7208 section 7).
 *
 * Pure. Whatever the text and the values are, the work is in proportion to the text, and what
 * comes out is bounded.
 */
#ifndef SYNWARD_DNS_SPF_MACRO_H
#define SYNWARD_DNS_SPF_MACRO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dns/dns.h"
#include "lib/addr.h"
#include "lib/err.h"

/* What a macro string is for says which letters and bytes it may have. */
enum sw_spf_use {
	SW_SPF_USE_DOMAIN, /* not the letters c, r and t */
	SW_SPF_USE_MODIFIER, /* one that we do not know */
	SW_SPF_USE_EXPLANATION, /* spaces too */
};

/* -EINVAL with words: the syntax is wrong. */
int sw_spf_macro_check(const char *text, size_t n, enum sw_spf_use use, struct sw_err *err);

/* The same for a domain-spec, which also has to end in a macro or like a domain name. */
int sw_spf_macro_check_domain(const char *text, size_t n, struct sw_err *err);

/* True if the text, which was checked, has a macro with one of these (small) letters. */
bool sw_spf_macro_has(const char *text, size_t n, const char *letters);

/* What the letters stand for. */
struct sw_spf_values {
	struct sw_prefix ip; /* i, c, v */
	const char *local, *sender_domain; /* l, o; s is both */
	const char *domain; /* d */
	const char *helo; /* h */
	const char *validated; /* p */
	const char *receiver; /* r */
	int64_t now_s; /* t */
};

/* Expand a domain-spec, which was checked, to a raw name (spf_name.h). -EINVAL: it makes none. */
int sw_spf_macro_domain(const char *text, size_t n, const struct sw_spf_values *values,
			char ret[SW_DNS_NAME]);

/* Expand other text, which was checked, to a string in @ret of @size bytes. -E2BIG: no room. */
int sw_spf_macro_text(const char *text, size_t n, const struct sw_spf_values *values, char *ret,
		      size_t size);

#endif
