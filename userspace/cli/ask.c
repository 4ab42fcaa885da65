/* SPDX-License-Identifier: GPL-2.0-only */
/* ask - see ask.h. */
#include "ask.h"

#include <stdlib.h>

#include "cli/escape.h"

static int tell(const struct sw_err *err)
{
	char *text = sw_escape(err->text);

	sw_fail("%s", text ? text : "out of memory");
	free(text);
	return SW_EXIT_FAILED;
}

int sw_ask_open(const struct sw_options *options, int timeout_ms, struct sw_client **ret)
{
	struct sw_config *config = sw_config_open_anyway(options);
	struct sw_err err;
	int code;

	if (!config)
		return SW_EXIT_FAILED;
	code = sw_client_open_in(config->run_dir, timeout_ms, ret, &err);
	sw_config_free(config);
	if (!code)
		return SW_EXIT_OK;
	tell(&err);
	return SW_EXIT_NO_DAEMON;
}

int sw_ask_fail(const struct sw_client *client, const struct sw_err *err)
{
	tell(err);
	return sw_client_is_broken(client) ? SW_EXIT_NO_DAEMON : SW_EXIT_FAILED;
}
