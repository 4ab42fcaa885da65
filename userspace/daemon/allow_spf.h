/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * allow_spf - keeps the networks of the domains of allow-spf up to date.
 *
 *   tick ─► who is due ─► dns/spf_nets asks ─► dns/spf_allow ─► domains, told apart by version
 *
 * Asks through struct sw_dns and knows no loop, no file and no table: who holds it ticks once a
 * second, puts in force what changed, and keeps it. A few domains are asked about at a time,
 * each question after the answer to the one before, so it takes no budget to keep that small.
 *
 * What the DNS does not say, a policy with an error and one that is too much of the internet
 * change nothing, and are told once.
 */
#ifndef SYNWARD_DAEMON_ALLOW_SPF_H
#define SYNWARD_DAEMON_ALLOW_SPF_H

#include "dns/dns.h"
#include "lib/clock.h"
#include "spf_domains.h"

#define SW_ALLOW_SPF_AT_ONCE 4 /* domains that are asked about at the same time */
#define SW_ALLOW_SPF_PATIENCE_MS 60000 /* for all that a policy leads to */
#define SW_ALLOW_SPF_WORDS 256

struct sw_allow_spf;

struct sw_allow_spf_options {
	const struct sw_clock *clock;
	/* Something to tell the operator; level as in syslog. May not call back. */
	void (*note)(void *ctx, int level, const char *text);
	void *ctx;
};

/* -ENOMEM. */
int sw_allow_spf_open(const struct sw_allow_spf_options *options, struct sw_allow_spf **ret);
struct sw_allow_spf *sw_allow_spf_close(struct sw_allow_spf *a); /* NULL */

/* Begin with @domains, which are taken over, as they were kept; all are due at once. */
void sw_allow_spf_take(struct sw_allow_spf *a, struct sw_spf_domains *domains);

/* Which domains there are to be. Others are forgotten unless @keep, or there is no room. */
void sw_allow_spf_name(struct sw_allow_spf *a, const struct sw_texts *names, bool keep);

/* Whom to ask from now on; NULL: nobody. What was under way is asked anew, and so is what
 * failed: somebody else may know. The one before is not called any more. */
void sw_allow_spf_use(struct sw_allow_spf *a, const struct sw_dns *dns);

/* Ask about who is due, and give up what takes too long. */
void sw_allow_spf_tick(struct sw_allow_spf *a);

/* ---- what there is ---- */

/* Until the next call that is not const, or answer. */
const struct sw_spf_domains *sw_allow_spf_domains(const struct sw_allow_spf *a);

/* Grows when other networks are in force, and when anything is that the file has. */
uint64_t sw_allow_spf_version(const struct sw_allow_spf *a);
uint64_t sw_allow_spf_kept_version(const struct sw_allow_spf *a);

/* Is anybody being asked about? */
bool sw_allow_spf_is_busy(const struct sw_allow_spf *a);

/* Of the @i th of the domains. */
struct sw_allow_spf_state {
	bool asking;
	int64_t tried_ms; /* wall clock: the last answer of any kind; 0: none since the start */
	const char *problem; /* what was wrong with that; "": nothing */
	const char *left_out; /* of the policy, which is no network; "": nothing */
	size_t going; /* networks in force that the last answer lacked */
};

void sw_allow_spf_state(const struct sw_allow_spf *a, size_t i, struct sw_allow_spf_state *ret);

#endif
