/* SPDX-License-Identifier: GPL-2.0-only */
/* verdict_args - see verdict.h. */
#include <errno.h>
#include <getopt.h>
#include <string.h>

#include "daemon/ledger_record.h"
#include "lib/duration.h"
#include "verdict.h"

#define REASON_BYTES (SW_VERDICT_REASON - 1)

int sw_verdict_reason_check(const char *reason, struct sw_err *err)
{
	size_t n = strlen(reason);

	if (n <= REASON_BYTES)
		return 0;
	return sw_err_set(err, -EINVAL, "the reason has %zu bytes; there is room for %d", n,
			  REASON_BYTES);
}

static int take_duration(struct sw_verdict_order *order, const char *text, struct sw_err *err)
{
	int code = sw_duration_parse(text, strlen(text), &order->duration_ms);

	if (code)
		return sw_err_set(err, -EINVAL, "--for \"%s\": %s", text, sw_duration_error(code));
	order->duration = text;
	return 0;
}

static int take_how(struct sw_verdict_order *order, const char *text, struct sw_err *err)
{
	static const char *const ways[] = { "drop", "reject", "reset" };

	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		if (strcmp(text, ways[i]) != 0)
			continue;
		order->action = ways[i];
		return 0;
	}
	return sw_err_set(err, -EINVAL, "--how \"%.40s\": give drop, reject or reset", text);
}

static int take(struct sw_verdict_order *order, int option, const char *argument,
		struct sw_err *err)
{
	switch (option) {
	case 'f':
		return take_duration(order, argument, err);
	case 'r':
		order->reason = argument;
		return sw_verdict_reason_check(argument, err);
	case 'o':
		order->origin = argument;
		return 0;
	case 'F':
		order->force = true;
		return 0;
	case 'H':
		return take_how(order, argument, err);
	case 'k':
		order->kill = true;
		return 0;
	default:
		return sw_options_take(&order->options, option, argument) ? 0 : -EINVAL;
	}
}

int sw_verdict_args_read(int argc, char **argv, const char *action, struct sw_verdict_order *ret,
			 struct sw_err *err)
{
	/* What allows and what takes back need fewer. */
	static const struct option blocks[] = {
		{ "config", required_argument, NULL, 'c' }, { "json", no_argument, NULL, 'j' },
		{ "reason", required_argument, NULL, 'r' }, { "for", required_argument, NULL, 'f' },
		{ "force", no_argument, NULL, 'F' },	    { "how", required_argument, NULL, 'H' },
		{ "kill", no_argument, NULL, 'k' },	    { 0 }
	};
	static const struct option allows[] = {
		{ "config", required_argument, NULL, 'c' }, { "json", no_argument, NULL, 'j' },
		{ "reason", required_argument, NULL, 'r' }, { "for", required_argument, NULL, 'f' },
		{ "force", no_argument, NULL, 'F' },	    { 0 }
	};
	static const struct option fewer[] = { { "config", required_argument, NULL, 'c' },
					       { "json", no_argument, NULL, 'j' },
					       { "reason", required_argument, NULL, 'r' },
					       { "origin", required_argument, NULL, 'o' },
					       { 0 } };
	struct sw_verdict_order order = { .options.config = SW_CONFIG_DEFAULT, .action = action };
	const struct option *options = !action ? fewer : strcmp(action, "allow") ? blocks : allows;
	int option;

	err->text[0] = '\0';
	optind = 0;
	while ((option = getopt_long(argc, argv, "c:j", options, NULL)) != -1)
		if (take(&order, option, optarg, err))
			return -EINVAL;
	if (optind == argc)
		return sw_err_set(err, -EINVAL,
				  "which prefix? Name one, or - for those on standard input");
	*ret = order;
	return optind;
}
