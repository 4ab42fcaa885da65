/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ask - what the commands that ask synwardd share: finding it, and what a failure means
 * for the exit code.
 */
#ifndef SYNWARD_CLI_ASK_H
#define SYNWARD_CLI_ASK_H

#include "cli/cli.h"
#include "cli/client.h"

/* How long a reload or a batch of verdicts may take, with lists of millions of entries on
 * a slow disk. */
#define SW_ASK_LONG_MS 600000

/*
 * Connect to the daemon whose folders @options says; a configuration with errors does not
 * stop it. @timeout_ms as of sw_client_open. SW_EXIT_OK; another exit code: told on
 * stderr.
 */
int sw_ask_open(const struct sw_options *options, int timeout_ms, struct sw_client **ret);

/* Tell @err on stderr, safe for a terminal. SW_EXIT_NO_DAEMON when the connection is
 * broken, SW_EXIT_FAILED when the daemon refused. */
int sw_ask_fail(const struct sw_client *client, const struct sw_err *err);

#endif
