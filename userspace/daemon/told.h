/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * told - what a source is told that is turned away: which template of the configuration, and the
 * facts that go into it. For the daemon, which is asked by synward-desk, and for explain.
 *
 * Pure, but for the name of the machine.
 */
#ifndef SYNWARD_DAEMON_TOLD_H
#define SYNWARD_DAEMON_TOLD_H

#include "daemon/ledger_record.h"
#include "lib/config.h"
#include "rules/wording.h"

/* What decides; all is borrowed. */
struct sw_told {
	const struct sw_config *config;
	const struct sw_prefix *source; /* an address */
	const char *class; /* its name */
	/* A single verdict; or a list, and its entry. All NULL: nothing is known but the class. */
	const struct sw_verdict *verdict;
	const struct sw_config_list *list;
	const struct sw_prefix *entry;
};

/* The length of @out, at least 1. */
size_t sw_told_render(const struct sw_told *told, char out[SW_WORDING_TEXT]);

#endif
