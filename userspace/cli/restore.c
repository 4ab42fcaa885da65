/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * restore - put a backup in the place of the ledger, while synwardd is stopped. What was
 * there before is kept beside it: a restore can be taken back by hand.
 */
#include <inttypes.h>

#include "cli.h"
#include "daemon/ledger.h"
#include "lib/clock.h"

static void print_text(const char *path, const struct sw_ledger_restored *r)
{
	printf("%s: its %" PRIu64 " verdicts and %" PRIu64 " changes are the ledger now\n", path,
	       r->counts.verdicts, r->counts.history);
	if (r->kept[0])
		printf("The ledger from before is kept in %s\n", r->kept);
	puts("They are in force when synwardd has started.");
}

static void print_json(const char *path, const struct sw_ledger_restored *r)
{
	sw_print_json(json_pack("{s:o, s:I, s:I, s:o}", "file", sw_json_text(path), "verdicts",
				(json_int_t)r->counts.verdicts, "history",
				(json_int_t)r->counts.history, "kept",
				r->kept[0] ? sw_json_text(r->kept) : json_null()));
}

int sw_cmd_restore(int argc, char **argv)
{
	struct sw_ledger_restored restored;
	struct sw_options options;
	struct sw_config *config;
	struct sw_err err;
	int first = sw_options_read(argc, argv, &options), code;

	if (first < 0 || argc - first != 1)
		return sw_usage("restore");
	config = sw_config_open_folders(&options);
	if (!config)
		return SW_EXIT_FAILED;
	code = sw_ledger_restore(argv[first], config->state_dir,
				 sw_clock_wall_ms(sw_clock_system()), &restored, &err);
	sw_config_free(config);
	if (code)
		return sw_fail("%s", err.text);
	(options.json ? print_json : print_text)(argv[first], &restored);
	return SW_EXIT_OK;
}
