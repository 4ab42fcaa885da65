/* SPDX-License-Identifier: GPL-2.0-only */
/* confirm - let stay what `synward reload --confirm` put in force for a time. */
#include "ask.h"

int sw_cmd_confirm(int argc, char **argv)
{
	struct sw_options options;
	struct sw_client *client;
	struct sw_err err;
	json_t *answer;
	int exit_code;

	if (sw_options_read(argc, argv, &options) != argc)
		return sw_usage("confirm");
	exit_code = sw_ask_open(&options, 0, &client);
	if (exit_code != SW_EXIT_OK)
		return exit_code;
	if (sw_client_ask(client, json_pack("{s:s}", "op", "confirm"), &answer, &err)) {
		exit_code = sw_ask_fail(client, &err);
	} else if (options.json) {
		sw_print_json(answer);
	} else {
		puts("confirmed: what was reloaded stays");
		json_decref(answer);
	}
	sw_client_close(client);
	return exit_code;
}
