/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * policy_rows - the class rows of a policy: those that are always there, one for each list, and
 * that of allow-spf. A row that is as it was keeps its number. For the files of policy alone.
 */
#ifndef SYNWARD_DAEMON_POLICY_ROWS_H
#define SYNWARD_DAEMON_POLICY_ROWS_H

#include "policy.h"

/* Fill the classes of @p, and the numbers of its lists. @previous may be NULL. -E2BIG: no number
 * is free; -EINVAL: an action or a tier that is none. */
int sw_policy_rows(struct sw_policy *p, const struct sw_policy *previous, struct sw_err *err);

#endif
