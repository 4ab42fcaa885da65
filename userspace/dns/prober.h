/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * prober - asks a site the questions of its rounds (trust.h), by struct sw_dns; anew, whatever
 * answers were kept.
 *
 * One for each site and family. Who owns it says what time it is: sw_prober_step at
 * sw_prober_due, or whenever it likes. News come by a callback, which may read the trust but
 * not call the prober.
 */
#ifndef SYNWARD_DNS_PROBER_H
#define SYNWARD_DNS_PROBER_H

#include "dns/dns.h"
#include "dns/trust.h"

struct sw_prober;

struct sw_prober_options {
	const struct sw_dns *dns;
	const struct sw_site *site;
	const struct sw_trust_rules *rules;
	uint8_t family; /* 4 or 6 */
	uint64_t seed; /* secret, not 0 */
	/* What must not be listed; what is of the other family is passed over. */
	const struct sw_prefix *own, *canary;
	size_t owns, canaries;
	/* CLOCK_MONOTONIC, ms; asked when an answer comes. */
	int64_t (*now)(void *ctx);
	void (*news)(void *ctx, const struct sw_trust *trust, struct sw_trust_event event);
	void *ctx;
};

/* Copied; what it points to is borrowed. -ENOMEM. */
int sw_prober_open(const struct sw_prober_options *options, struct sw_prober **ret);
/* Cancels what is asked. NULL. */
struct sw_prober *sw_prober_close(struct sw_prober *prober);

const struct sw_trust *sw_prober_trust(const struct sw_prober *prober);
int64_t sw_prober_due(const struct sw_prober *prober);
/* Begin a round, or end one whose time is over, if it is time. */
void sw_prober_step(struct sw_prober *prober);
/* Go on where @from is, whose site and family are the same: see sw_trust_adopt. */
void sw_prober_adopt(struct sw_prober *prober, const struct sw_prober *from, bool look);
/* Other addresses must not be listed from now on. */
void sw_prober_know(struct sw_prober *prober, const struct sw_prefix *own, size_t owns,
		    const struct sw_prefix *canary, size_t canaries);
/* What the site said of a source that came by traffic. May begin a round at once, or make one
 * due earlier. */
void sw_prober_watch(struct sw_prober *prober, const struct sw_prefix *source,
		     const struct sw_dnsbl_reading *reading);

#endif
