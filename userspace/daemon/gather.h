/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * gather - verdicts that come one by one, put in force as one batch, because each commit waits
 * for the disk once.
 *
 * For those who find out by themselves what is to be; who was asked has a batch already, and
 * answers. Nothing waits, but for the disk in a flush.
 */
#ifndef SYNWARD_DAEMON_GATHER_H
#define SYNWARD_DAEMON_GATHER_H

#include "daemon/verdicts.h"

struct event_base;
struct sw_gather;

/* What became of a batch. */
struct sw_gathered {
	const struct sw_verdict_change *change; /* with the code of each */
	size_t n, failed;
	const char *words; /* of the first that failed; NULL: none did */
	bool kept; /* false: the ledger failed, and so did all */
};

typedef void (*sw_gathered_fn)(void *ctx, const struct sw_gathered *batch); /* must not put */

/* For changes of @who, the first of which waits for @after_ms, less than a second; 0: until the
 * loop's next turn. All is borrowed. NULL: out of memory. */
struct sw_gather *sw_gather_open(struct event_base *base, struct sw_verdicts *verdicts,
				 const char *who, unsigned after_ms, sw_gathered_fn done,
				 void *ctx);
/* What waits is flushed. NULL is fine; returns NULL. */
struct sw_gather *sw_gather_close(struct sw_gather *g);

/* One more; its reason is copied, and cut if need be. */
void sw_gather_put(struct sw_gather *g, const struct sw_verdict_change *change);
/* And what waits now. */
void sw_gather_flush(struct sw_gather *g);

size_t sw_gather_waiting(const struct sw_gather *g);
/* Does one for @source wait, or for what it is in? */
bool sw_gather_has(const struct sw_gather *g, const struct sw_prefix *source);

#endif
