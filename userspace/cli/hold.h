/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * hold - the single verdicts that hold for one source, from the ledger itself: the daemon is
 * not needed, and what it has in force is held against it. For explain.
 */
#ifndef SYNWARD_CLI_HOLD_H
#define SYNWARD_CLI_HOLD_H

#include "daemon/policy.h"

/* Times are the wall clock's; a source has few verdicts, one for a prefix length at most. */
#define SW_HOLD_MAX 160

struct sw_hold {
	struct sw_verdict all[SW_HOLD_MAX];
	size_t n;
};

/* None when there is no ledger. -errno of the ledger, with words. */
int sw_hold_read(const struct sw_config *config, const struct sw_prefix *source,
		 struct sw_hold *ret, struct sw_err *err);

#endif
