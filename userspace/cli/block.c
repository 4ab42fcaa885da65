/* SPDX-License-Identifier: GPL-2.0-only */
/* block, allow, unblock - the operator's word on prefixes, above all lists. */
#include "lib/json.h"
#include "verdict.h"

static void warn_of(const char *reason)
{
	json_t *as_it_is = json_string(reason);

	if (!as_it_is)
		sw_fail("the reason is not UTF-8: what is not ASCII in it becomes ?");
	json_decref(as_it_is);
}

static int run(int argc, char **argv, const char *command, const char *action)
{
	struct sw_verdict_order order;
	struct sw_err err;
	int first = sw_verdict_args_read(argc, argv, action, &order, &err);

	if (first < 0) {
		if (err.text[0])
			sw_fail("%s", err.text);
		return sw_usage(command);
	}
	if (order.reason)
		warn_of(order.reason);
	return sw_verdict_run(&order, argv + first, (size_t)(argc - first));
}

int sw_cmd_allow(int argc, char **argv)
{
	return run(argc, argv, "allow", "allow");
}

int sw_cmd_block(int argc, char **argv)
{
	return run(argc, argv, "block", "drop");
}

int sw_cmd_unblock(int argc, char **argv)
{
	return run(argc, argv, "unblock", NULL);
}
