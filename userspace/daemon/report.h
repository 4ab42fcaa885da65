/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * report - what was loaded, written where `synward status` finds it: run-dir/lists.json.
 *
 * The table knows classes, and not whether the list behind one is stale or how
 * many lines of it were bad. Only what has to survive the process that loaded it.
 */
#ifndef SYNWARD_DAEMON_REPORT_H
#define SYNWARD_DAEMON_REPORT_H

#include <jansson.h>

#include "policy.h"

int sw_report_write(const struct sw_policy *policy);
int sw_report_remove(const struct sw_config *config);

/* {"time", "config", "lists": [...]} as synward(8) has it; NULL: there is none. */
json_t *sw_report_read(const struct sw_config *config);

#endif
