/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * withdrawal - take back what DNS said of sources, where it rests on a list that is not
 * believed any more: verdicts that it speaks for, and clearances that it speaks for, too.
 *
 * A walk through the ledger, some milliseconds at a time, so that the loop goes on. What fails
 * (the disk is full, say) is tried again until it is done; what is to be done yet is in the
 * ledger, for a daemon that ends before. Who has lost his verdict is asked about anew when he
 * comes again.
 *
 * A verdict that was set while the walk goes on may be taken back, too, which is only a
 * question more; none that was there at its beginning is forgotten.
 */
#ifndef SYNWARD_DAEMON_WITHDRAWAL_H
#define SYNWARD_DAEMON_WITHDRAWAL_H

#include "lib/clock.h"
#include "verdicts.h"

struct event_base;
struct sw_withdrawal;

struct sw_withdrawal_options {
	struct event_base *base; /* borrowed, as all of these */
	struct sw_verdicts *verdicts;
	struct sw_ledger *ledger;
	const struct sw_clock *clock;
	unsigned retry_ms; /* after a failure; 0: ten seconds */
	void (*note)(void *ctx, int level, const char *text); /* level as in syslog */
	void *ctx;
};

/* Goes on with what a daemon before left. -ENOMEM; else the ledger's. */
int sw_withdrawal_open(const struct sw_withdrawal_options *options, struct sw_withdrawal **ret,
		       struct sw_err *err);
struct sw_withdrawal *sw_withdrawal_close(struct sw_withdrawal *w); /* NULL */

/* Take back what rests on the list of this number (sw_site_id), of sources of @family. @name is
 * for people. */
void sw_withdrawal_begin(struct sw_withdrawal *w, uint32_t list, uint8_t family, const char *name);

/* Is anything still to be done? */
bool sw_withdrawal_runs(const struct sw_withdrawal *w);

#endif
