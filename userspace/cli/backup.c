/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * backup - copy the ledger to a file. It is read as it lies on the disk, so that neither a
 * daemon that runs nor one that does not run any more is in the way.
 */
#include <errno.h>
#include <inttypes.h>
#include <sys/stat.h>

#include "cli.h"
#include "daemon/ledger.h"

/* What takes the place of the file is renamed to it: that must not be a device. */
static int check_target(const char *path, struct sw_err *err)
{
	struct stat st;

	if (stat(path, &st) == 0 && !S_ISREG(st.st_mode))
		return sw_err_set(err, -EINVAL, "%s: not a file; name one to be made or replaced",
				  path);
	return 0;
}

static int copy(const char *state_dir, const char *path, struct sw_ledger_counts *counts,
		struct sw_err *err)
{
	struct sw_ledger_options options = { .state_dir = state_dir, .read_only = true };
	struct sw_ledger *ledger = NULL;
	int code = check_target(path, err);

	if (!code)
		code = sw_ledger_open(&options, &ledger, err);
	if (!code)
		code = sw_ledger_count(ledger, counts, err);
	if (!code)
		code = sw_ledger_backup(ledger, path, err);
	sw_ledger_close(ledger);
	return code;
}

int sw_cmd_backup(int argc, char **argv)
{
	struct sw_ledger_counts counts;
	struct sw_options options;
	struct sw_config *config;
	struct sw_err err;
	int first = sw_options_read(argc, argv, &options), code;

	if (first < 0 || argc - first != 1)
		return sw_usage("backup");
	config = sw_config_open_folders(&options);
	if (!config)
		return SW_EXIT_FAILED;
	code = copy(config->state_dir, argv[first], &counts, &err);
	sw_config_free(config);
	if (code)
		return sw_fail("%s", err.text);
	if (options.json)
		sw_print_json(json_pack("{s:o, s:I, s:I}", "file", sw_json_text(argv[first]),
					"verdicts", (json_int_t)counts.verdicts, "history",
					(json_int_t)counts.history));
	else
		printf("%s: %" PRIu64 " verdicts and %" PRIu64 " changes in their history\n",
		       argv[first], counts.verdicts, counts.history);
	return SW_EXIT_OK;
}
