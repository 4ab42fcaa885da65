/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * examiner - finds out about sources: asks the DNS lists that are trusted and the reverse DNS,
 * and has the answers judged. And keeps an eye on the lists themselves.
 *
 *   sw_examine ─► questions (dns.h) ─► readings (dns/dnsbl, dns/rdns) ─► rules/judge ─► outcome
 *   sw_examiner_tick ─► test questions ─► dns/trust ─► which lists are asked and believed
 *
 * It neither waits nor writes: outcomes go to whoever opened it. Every examination has one
 * outcome, unless the examiner is closed before. What the DNS does not answer is not known,
 * and never held against a source.
 */
#ifndef SYNWARD_DAEMON_EXAMINER_H
#define SYNWARD_DAEMON_EXAMINER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "daemon/dns_setup.h"
#include "daemon/ledger_record.h"
#include "dns/dns.h"
#include "dns/suffix.h"
#include "dns/trust.h"

struct sw_examiner;

struct sw_examiner_options {
	const struct sw_dns *dns; /* borrowed, as all of these */
	const struct sw_dns_setup *setup;
	const struct sw_suffix *suffix; /* NULL only when setup->rules has no weights for names */
	uint64_t seed; /* random, and nobody's to know; not 0 */
	int64_t (*now_ms)(void); /* CLOCK_MONOTONIC */

	/* @reason: for people, and as long as a verdict's reason may be. @rests: the lists that
	 * the outcome rests on, for it or against it. */
	void (*outcome)(void *ctx, const struct sw_prefix *source, const struct sw_outcome *outcome,
			const char *reason, const struct sw_rests *rests);
	/* What rests on @site must be taken back, where it is about sources of @family. */
	void (*withdraw)(void *ctx, const struct sw_site *site, uint8_t family);
	void (*note)(void *ctx, int level, const char *text); /* level as in syslog */
	void *ctx;
};

int sw_examiner_open(const struct sw_examiner_options *options, struct sw_examiner **ret,
		     struct sw_err *err);
/* No callback comes any more. Before the dns is closed. NULL. */
struct sw_examiner *sw_examiner_close(struct sw_examiner *x);

/*
 * Examine @source, which a verdict is to be about, by asking about @address. The outcome may
 * come before this returns. -EALREADY: it is being examined. -ENOMEM.
 */
int sw_examine(struct sw_examiner *x, const struct sw_prefix *source,
	       const struct sw_prefix *address);
/* Before the first tick: what is known of lists that @from has, too, and that are the same, holds
 * here as well; they are tested at once if other canaries must not be on them. */
void sw_examiner_adopt(struct sw_examiner *x, const struct sw_examiner *from);

bool sw_examiner_has(const struct sw_examiner *x, const struct sw_prefix *source);

/* How many questions an examination takes, about: for budgets. At least 1. */
unsigned sw_examiner_questions(const struct sw_examiner *x);

/* Test lists whose time has come; @own: addresses that no list may have. Every second or so. */
void sw_examiner_tick(struct sw_examiner *x, const struct sw_prefix *own, size_t owns);

struct sw_examiner_counts {
	size_t running;
	uint64_t outcomes[SW_OUTCOME_DROP + 1]; /* by action */
	uint64_t provisional;
};

void sw_examiner_counts(const struct sw_examiner *x, struct sw_examiner_counts *ret);

/* Of each list and family, in order, until NULL. */
const struct sw_trust *sw_examiner_trust(const struct sw_examiner *x, size_t i);

#endif
