/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * spf - may this address send for this domain? check_host() of RFC 7208, by questions.
 *
 * A state machine without threads and timers: one question at a time through struct sw_dns.
 * What somebody's record makes it do is bounded (RFC 7208 4.6.4): SW_SPF_TERMS terms that ask,
 * with at most SW_SPF_NAMES names each, and SW_SPF_VOIDS terms that find nothing. Time is
 * the caller's to bound: sw_spf_give_up.
 *
 * What is not known is SW_SPF_TEMPERROR and never anything else; only where the RFC says that
 * an error makes a mechanism not match (ptr) it does.
 */
#ifndef SYNWARD_DNS_SPF_H
#define SYNWARD_DNS_SPF_H

#include <stddef.h>
#include <stdint.h>

#include "dns/dns.h"
#include "dns/spf_record.h"
#include "lib/addr.h"

#define SW_SPF_TERMS 10
#define SW_SPF_VOIDS 2
#define SW_SPF_NAMES 10 /* of MX and PTR records */
#define SW_SPF_ADDRESS 512 /* bytes of a sender or HELO name, with NUL; longer ones are cut */
#define SW_SPF_EXPLANATION 1024 /* bytes, with NUL; one that is longer counts as none */
#define SW_SPF_WORDS 512
#define SW_SPF_TERM_TEXT 256 /* bytes of a term in a step, with NUL; longer ones are cut */

struct sw_spf;

struct sw_spf_question {
	struct sw_prefix ip; /* of full length; IPv4-mapped counts as IPv4 */
	const char *sender; /* of MAIL FROM; NULL or "": postmaster at helo */
	const char *helo; /* NULL: not known */
	const char *receiver; /* who asks, for macros in explanations; NULL: not known */
	int64_t now_s; /* likewise */
};

/* One policy on the way to the result, and what in it led on, or decided. */
struct sw_spf_step {
	char domain[SW_DNS_NAME];
	char term[SW_SPF_TERM_TEXT]; /* as it is written; "": none did */
};

struct sw_spf_answer {
	enum sw_spf_result result;
	/* The way there, from the domain that was asked about, through include and redirect. The
	 * last one decided. */
	const struct sw_spf_step *step;
	size_t steps; /* 0: there was no domain to ask about */
	const char *why; /* in words; bytes of others' are printable ASCII */
	const char *explanation; /* the domain's own words with SW_SPF_FAIL, printable; "": none */
	unsigned terms, voids, questions; /* that it took */
};

/* @answer is valid until sw_spf_free, which may be called from here. */
typedef void (*sw_spf_fn)(void *ctx, const struct sw_spf_answer *answer);

/* What @question points to need not outlive the call; @dns has to outlive *@ret. -ENOMEM. */
int sw_spf_open(const struct sw_spf_question *question, const struct sw_dns *dns,
		struct sw_spf **ret);

/* Call @fn once, maybe before this returns, unless it is freed first. */
void sw_spf_start(struct sw_spf *spf, sw_spf_fn fn, void *ctx);

/* It takes too long: if there is no answer yet, it is SW_SPF_TEMPERROR, now. */
void sw_spf_give_up(struct sw_spf *spf);

/* At any time. NULL. */
struct sw_spf *sw_spf_free(struct sw_spf *spf);

#endif
