/* SPDX-License-Identifier: GPL-2.0-only */
/* status_daemon - what synwardd says of itself, for status: it may be busy or gone. */
#ifndef SYNWARD_CLI_STATUS_DAEMON_H
#define SYNWARD_CLI_STATUS_DAEMON_H

#include <jansson.h>

/* The answer to {"op": "status"} of the daemon with @run_dir; NULL: there is none in two
 * seconds, or this user may not ask. */
json_t *sw_status_daemon_ask(const char *run_dir);

/* Lines for people; NULL is fine. */
void sw_status_daemon_print(const json_t *answer);

#endif
