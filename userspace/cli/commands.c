/* SPDX-License-Identifier: GPL-2.0-only */
/* commands - the table of subcommands, and what usage lines are made of. */
#include <stdio.h>
#include <string.h>

#include "cli.h"

const struct sw_command sw_commands[] = {
	{ "allow", "[-c FILE] [--json] [--for TIME] [--reason TEXT] [--force] PREFIX...",
	  "let prefixes through, whatever lists say", sw_cmd_allow },
	{ "attach", "[-c FILE] [--json]",
	  "load the lists and attach the filter, once, without the daemon", sw_cmd_attach },
	{ "backup", "[-c FILE] [--json] FILE",
	  "copy the ledger, verdicts and their history, to a file", sw_cmd_backup },
	{ "block",
	  "[-c FILE] [--json] [--how HOW] [--for TIME] [--reason TEXT] [--kill] [--force] "
	  "PREFIX...",
	  "drop, reject or reset the SYNs of prefixes", sw_cmd_block },
	{ "case close", "[-c FILE] [--json] [--reason TEXT] PREFIX...",
	  "close cases of complaints, and end blocks that came of them", sw_cmd_case_close },
	{ "case list", "[-c FILE] [--json] [--open]", "sources that were complained about",
	  sw_cmd_case_list },
	{ "case show", "[-c FILE] [--json] PREFIX", "the complaints about a source, newest first",
	  sw_cmd_case_show },
	{ "case warn", "[-c FILE] [--json] [--to ADDRESS] [--dry-run] PREFIX",
	  "write the warning to the abuse contact of a source by hand", sw_cmd_case_warn },
	{ "check-config", "[-c FILE] [--json]", "check a configuration", sw_cmd_check_config },
	{ "confirm", "[-c FILE] [--json]", "keep what reload --confirm put in force",
	  sw_cmd_confirm },
	{ "detach", "[-c FILE] [--json] [INTERFACE...]",
	  "take the filter off all interfaces, or some", sw_cmd_detach },
	{ "explain", "[-c FILE] [--json] ADDRESS",
	  "what is done with a source, and which list entries say so", sw_cmd_explain },
	{ "export", "[-c FILE] [--json] [FILE]", "write all verdicts as JSON lines",
	  sw_cmd_export },
	{ "history", "[-c FILE] [--json] [--exact] PREFIX",
	  "who changed the verdicts on a prefix, when and why", sw_cmd_history },
	{ "import", "[-c FILE] [--json] [--dry-run] [--skip-bad] [--force] [FILE]",
	  "set the verdicts of JSON lines", sw_cmd_import },
	{ "kill-sessions", "[-c FILE] [--json] [--port PORT] [--force] PREFIX...",
	  "close the sessions that prefixes have open", sw_cmd_kill_sessions },
	{ "list", "[-c FILE] [--json] [--class CLASS] [--expiring] [--within PREFIX]",
	  "the verdicts that are kept", sw_cmd_list },
	{ "lists check",
	  "[-c FILE] [--json] [--format FORMAT] [--action ACTION] [--no-scrub] [FILE...]",
	  "check list files", sw_cmd_lists_check },
	{ "maillog test", "[-c FILE] [--json] [--format FORMAT] FILE|-",
	  "what each line of a mail log says of sources, and what is not understood",
	  sw_cmd_maillog_test },
	{ "rdns", "[-c FILE] [--json] [--server ADDRESS[:PORT]] [--ip ADDRESS] ADDRESS|NAME",
	  "what the reverse DNS of a source, or a name, says, and why", sw_cmd_rdns },
	{ "reload", "[-c FILE] [--json] [--confirm TIME]",
	  "have synwardd read its configuration and lists anew", sw_cmd_reload },
	{ "replay",
	  "[-c FILE] [--against FILE] [--map-port FROM=TO]... [--all] [--json] CAPTURE...",
	  "run captures through the filter, without a network", sw_cmd_replay },
	{ "report", "[-c FILE] [--json] [--by NAME]... [--dry-run] < MESSAGE",
	  "tell synwardd of a complaint (ARF) or of returned mail (DSN)", sw_cmd_report },
	{ "restore", "[-c FILE] [--json] FILE", "put a backup in the place of the ledger",
	  sw_cmd_restore },
	{ "spf", "[--json] [--server ADDRESS[:PORT]] --ip ADDRESS [--from SENDER] [--helo NAME]",
	  "may an address send for a domain, by the domain's own policy", sw_cmd_spf },
	{ "stats", "[-c FILE] [--json] [--watch SECONDS]", "packets and bytes by class and reason",
	  sw_cmd_stats },
	{ "status", "[-c FILE] [--json]", "interfaces, classes, lists and tables of the filter",
	  sw_cmd_status },
	{ "unblock", "[-c FILE] [--json] [--origin ORIGIN] [--reason TEXT] PREFIX...",
	  "take back what block, allow or DNS, or another origin, set on prefixes",
	  sw_cmd_unblock },
	{ 0 },
};

int sw_usage(const char *name)
{
	for (const struct sw_command *c = sw_commands; c->name; c++)
		if (!strcmp(c->name, name))
			fprintf(stderr, "Usage: synward %s %s\n", c->name, c->arguments);
	return SW_EXIT_USAGE;
}
