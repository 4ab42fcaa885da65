/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * detach - take the filter away. Has to work when nothing else does, so a missing
 * config, or one with errors, does not stop it.
 */
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "cli.h"
#include "daemon/enforce.h"

static int detach(const struct sw_config *config, char **names, size_t n, bool json)
{
	struct sw_err err = { "" };
	size_t done;
	int code = sw_enforce_detach(config, names, n, sw_note, NULL, &done, &err);

	if (json)
		sw_print_json(json_pack("{s:I, s:o}", "detached", (json_int_t)done, "error",
					code ? sw_json_text(err.text) : json_null()));
	if (code)
		return sw_fail("%s", err.text);
	if (!done)
		return sw_fail("the filter is attached to no interface");
	return SW_EXIT_OK;
}

int sw_cmd_detach(int argc, char **argv)
{
	struct sw_options options;
	struct sw_config *config;
	struct sw_err err;
	int first = sw_options_read(argc, argv, &options), lock, exit_code;

	if (first < 0)
		return sw_usage("detach");
	config = sw_config_open_anyway(&options);
	if (!config)
		return SW_EXIT_FAILED;
	lock = sw_enforce_lock(config, &err);
	if (lock == -EWOULDBLOCK)
		exit_code = sw_fail("%s: synwardd is running and would miss the filter; stop it "
				    "first, or take the interface out of its configuration",
				    err.text);
	else if (lock < 0)
		exit_code = sw_fail("%s", err.text);
	else
		exit_code = detach(config, argv + first, (size_t)(argc - first), options.json);
	if (lock >= 0)
		close(lock);
	sw_config_free(config);
	return exit_code;
}
