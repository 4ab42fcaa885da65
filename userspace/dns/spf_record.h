/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * spf_record - the text of an SPF record, and its terms (RFC 7208 sections 4.5, 4.6, 5, 6).
 *
 * Pure, and allocates nothing: a record is checked as a whole, and then its terms are read one
 * by one out of the same text, which the caller keeps.
 */
#ifndef SYNWARD_DNS_SPF_RECORD_H
#define SYNWARD_DNS_SPF_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dns/dns.h"
#include "lib/addr.h"
#include "lib/err.h"

/* RFC 7208 2.6 */
enum sw_spf_result {
	SW_SPF_NONE,
	SW_SPF_NEUTRAL,
	SW_SPF_PASS,
	SW_SPF_FAIL,
	SW_SPF_SOFTFAIL,
	SW_SPF_TEMPERROR,
	SW_SPF_PERMERROR,
};

/* "pass" and so on. */
const char *sw_spf_result_name(enum sw_spf_result result);

enum sw_spf_kind {
	SW_SPF_ALL,
	SW_SPF_INCLUDE,
	SW_SPF_A,
	SW_SPF_MX,
	SW_SPF_PTR,
	SW_SPF_IP4,
	SW_SPF_IP6,
	SW_SPF_EXISTS,
	SW_SPF_REDIRECT,
	SW_SPF_EXP,
	SW_SPF_OTHER, /* a modifier that says nothing to us */
};

/* A part of the record's text. */
struct sw_spf_text {
	const char *bytes;
	size_t n;
};

struct sw_spf_term {
	enum sw_spf_kind kind;
	enum sw_spf_result qualifier; /* of a mechanism: what it gives when it matches */
	struct sw_spf_text text; /* the whole term */
	struct sw_spf_text domain; /* its domain-spec; n is 0 where it has none */
	uint8_t len4, len6; /* a, mx */
	struct sw_prefix net; /* ip4, ip6 */
};

struct sw_spf_record {
	struct sw_spf_text text; /* borrowed */
	struct sw_spf_text redirect, exp; /* domain-spec; n is 0: not there */
};

/* Does the text begin as a record does, "v=spf1" and a space or the end? RFC 7208 4.5 */
bool sw_spf_is_record(const char *bytes, size_t n);

/* Check all of a record. -EINVAL with words: there is an error in its syntax, wherever it is. */
int sw_spf_parse(const char *bytes, size_t n, struct sw_spf_record *ret, struct sw_err *err);

/* The next mechanism from *@at (0 at first), which moves on; false: there is none. Only for a
 * record that sw_spf_parse took. */
bool sw_spf_next(const struct sw_spf_record *record, size_t *at, struct sw_spf_term *ret);

/* redirect=..., as it is written; only where there is one. */
struct sw_spf_text sw_spf_redirect_text(const struct sw_spf_record *record);

/* Does the term count against the limit of terms that ask the DNS? RFC 7208 4.6.4 */
bool sw_spf_term_asks(const struct sw_spf_term *term);

/*
 * The one record among the TXT records of an answer, as a string of its own, to be freed.
 * -ENOENT: there is none; -EEXIST: there are many; -ENOMEM.
 */
int sw_spf_select(const struct sw_dns_answer *answer, char **ret, size_t *ret_n);

#endif
