/* SPDX-License-Identifier: GPL-2.0-only */
/* commands - the table of subcommands, and what usage lines are made of. */
#include <stdio.h>
#include <string.h>

#include "cli.h"

const struct sw_command sw_commands[] = {
	{ "attach", "[-c FILE] [--json]",
	  "load the lists and attach the filter, once, without the daemon", sw_cmd_attach },
	{ "check-config", "[-c FILE] [--json]", "check a configuration", sw_cmd_check_config },
	{ "detach", "[-c FILE] [--json] [INTERFACE...]",
	  "take the filter off all interfaces, or some", sw_cmd_detach },
	{ "explain", "[-c FILE] [--json] ADDRESS",
	  "what is done with a source, and which list entries say so", sw_cmd_explain },
	{ "lists check",
	  "[-c FILE] [--json] [--format FORMAT] [--action ACTION] [--no-scrub] [FILE...]",
	  "check list files", sw_cmd_lists_check },
	{ "replay",
	  "[-c FILE] [--against FILE] [--map-port FROM=TO]... [--all] [--json] CAPTURE...",
	  "run captures through the filter, without a network", sw_cmd_replay },
	{ "stats", "[-c FILE] [--json] [--watch SECONDS]", "packets and bytes by class and reason",
	  sw_cmd_stats },
	{ "status", "[-c FILE] [--json]", "interfaces, classes, lists and tables of the filter",
	  sw_cmd_status },
	{ 0 },
};

int sw_usage(const char *name)
{
	for (const struct sw_command *c = sw_commands; c->name; c++)
		if (!strcmp(c->name, name))
			fprintf(stderr, "Usage: synward %s %s\n", c->name, c->arguments);
	return SW_EXIT_USAGE;
}
