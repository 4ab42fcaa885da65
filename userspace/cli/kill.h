/* SPDX-License-Identifier: GPL-2.0-only */
/* kill - what block --kill and kill-sessions share: asking synwardd to close sessions. */
#ifndef SYNWARD_CLI_KILL_H
#define SYNWARD_CLI_KILL_H

#include <stdbool.h>
#include <stdint.h>

#include <jansson.h>

#include "cli/client.h"

/* Close those of @sources, an array of texts; @port 0: at the served ports. Adds to *@killed and
 * *@spared. An exit code; what failed is told. */
int sw_kill_ask(struct sw_client *client, json_t *sources, uint16_t port, bool force,
		json_int_t *killed, json_int_t *spared);

/* Tell how many: into @summary, and in words unless @json. */
void sw_kill_summary(json_t *summary, json_int_t killed, json_int_t spared, bool json);

#endif
