/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * pardon - take back what DNS says against sources, because somebody asks for it who can wait
 * for no list: a clearance of a day takes its place, so that they are not asked about, and
 * judged in the same way, at their next connection. And that they came back to the desk too often.
 */
#ifndef SYNWARD_DAEMON_PARDON_H
#define SYNWARD_DAEMON_PARDON_H

#include "verdicts.h"

#define SW_PARDON_MS (INT64_C(24) * 3600 * 1000)

/*
 * For each of @all[@n], which sw_verdicts_remove, of origin operator, has been through: if DNS
 * says anything against its source, let that be taken back, too; of an IPv6 address it is the
 * /64 that DNS speaks of. Where it was, .code is 0, .kind SW_CHANGE_REMOVED and .expires_ms when
 * DNS may be asked again; else they stay as they are, .expires_ms is 0. The same for a verdict
 * of origin desk, on the source or its /64, and .pardoned says so. -errno: the ledger
 * failed; what was removed before stays so.
 */
int sw_pardon(struct sw_verdicts *v, struct sw_verdict_change *all, size_t n, const char *who,
	      struct sw_err *err);

#endif
