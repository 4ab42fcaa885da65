/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * maillogs - all mail logs that the daemon reads, on its loop: files and the journal.
 *
 *   mta/follow, mta/journal ─► mta/maillog ─► event()
 *
 * A log is read in slices, so that what else the loop has to do is not kept waiting by one that
 * is long. Where each was read up to is saved every few seconds and at the end, after settle():
 * what was counted is not counted again after a restart, and after a crash at most the last
 * seconds are.
 *
 * A log that cannot be read is no failure: it is told once, and tried again.
 */
#ifndef SYNWARD_DAEMON_MAILLOGS_H
#define SYNWARD_DAEMON_MAILLOGS_H

#include <stdbool.h>
#include <stdint.h>

#include <event2/event.h>
#include <jansson.h>

#include "lib/config.h"
#include "lib/err.h"
#include "mta/event.h"

struct sw_maillogs;

struct sw_maillogs_options {
	const struct sw_config *config; /* mail-logs, mail-log-format, mail-journal, state-dir */
	const char *journal; /* folder of a journal; NULL: that of the machine */
	void (*event)(void *ctx, const struct sw_mta_event *event);
	/* Put in force, durable, what the events so far led to. */
	void (*settle)(void *ctx);
	void (*note)(void *ctx, int level, const char *text); /* level as in syslog */
	void *ctx;
};

/* Can this be followed? -EINVAL: @err says which option, what, and what to do. */
int sw_maillogs_check(const struct sw_config *config, struct sw_err *err);

/* Begin; *@options is copied, its config is not kept. -ENOMEM, -EINVAL. */
int sw_maillogs_open(struct event_base *base, const struct sw_maillogs_options *options,
		     struct sw_maillogs **ret, struct sw_err *err);
struct sw_maillogs *sw_maillogs_close(struct sw_maillogs *m); /* NULL is fine; returns NULL */

/* Is it what @config asks for? */
bool sw_maillogs_is(const struct sw_maillogs *m, const struct sw_config *config);

/* For status: an array with an object for each log. */
json_t *sw_maillogs_status(const struct sw_maillogs *m);

#endif
