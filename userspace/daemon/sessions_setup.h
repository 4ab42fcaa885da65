/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sessions_setup - what the configuration says of bounces, complaints and shared pools,
 * understood and checked. Reads nothing else.
 */
#ifndef SYNWARD_DAEMON_SESSIONS_SETUP_H
#define SYNWARD_DAEMON_SESSIONS_SETUP_H

#include "lib/config.h"
#include "lib/err.h"
#include "rules/bounce.h"
#include "rules/complaint.h"

enum sw_sessions_how {
	SW_SESSIONS_OFF, /* nothing is counted */
	SW_SESSIONS_REPORT, /* it is told what would be done */
	SW_SESSIONS_ACT,
};

struct sw_sessions_setup {
	enum sw_sessions_how bounces, complaints;
	struct sw_bounce_rules bounce;
	size_t entries; /* that bounce counts in */
	uint32_t trap; /* unknown recipients that mail to a trap counts as */
	struct sw_complaint_rules complaint;
	uint32_t warnings; /* a day at most */
	int64_t known_ms; /* for how long a source is known that mail was accepted from */
	struct sw_prefix *pool; /* shared by many senders */
	size_t pools;
};

/* -EINVAL: @err says which option, what, and what to do. -ENOMEM. */
int sw_sessions_setup_make(const struct sw_config *config, struct sw_sessions_setup **ret,
			   struct sw_err *err);
struct sw_sessions_setup *sw_sessions_setup_free(struct sw_sessions_setup *setup); /* NULL */

/* Would sw_sessions_setup_make do? */
int sw_sessions_setup_check(const struct sw_config *config, struct sw_err *err);

/* The pool that @source is in, or that is in it; NULL: none. */
const struct sw_prefix *sw_sessions_setup_pool(const struct sw_sessions_setup *setup,
					       const struct sw_prefix *source);

#endif
