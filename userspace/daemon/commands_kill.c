/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * commands_kill - the operation kill: close the sessions that sources have open. All of it or,
 * when something cannot be read, nothing; the answer comes when it is done.
 */
#include <errno.h>
#include <stdlib.h>

#include "commands.h"
#include "daemon/kill.h"

/* Of a prefix that is much of the internet, as for set. */
static int check_wide(const struct sw_prefix *p, bool force, struct sw_err *err)
{
	char text[SW_PREFIX_TEXT];

	if (force || !sw_command_is_wide(p))
		return 0;
	return sw_err_set(err, -EPERM, "%s is much of the internet", sw_prefix_format(p, text));
}

static int read_prefixes(json_t *items, bool force, struct sw_prefix *ret, struct sw_err *err)
{
	int code = 0;

	for (size_t i = 0; i < json_array_size(items) && !code; i++) {
		code = sw_command_prefix(json_array_get(items, i), &ret[i], err);
		if (!code)
			code = check_wide(&ret[i], force, err);
	}
	return code;
}

/* 0: the served ones. */
static int read_port(const json_t *value, uint16_t *ret, struct sw_err *err)
{
	json_int_t port = json_integer_value(value);

	*ret = 0;
	if (!value || json_is_null(value))
		return 0;
	if (!json_is_integer(value) || port < 1 || port > 65535)
		return sw_err_set(err, -EINVAL, "port is no whole number from 1 to 65535");
	*ret = (uint16_t)port;
	return 0;
}

json_t *sw_command_kill(void *ctx, struct sw_control_client *client, json_t *request)
{
	const struct sw_commands *c = ctx;
	json_t *items = json_object_get(request, "sources"), *answer;
	bool force = json_is_true(json_object_get(request, "force"));
	struct sw_command_kill what = { .n = json_array_size(items), .force = force };
	struct sw_prefix *prefixes;
	struct sw_err err;
	int code;

	if (!c->kill)
		return sw_control_error(ENOTSUP, "this synwardd closes no sessions");
	if (!what.n || what.n > SW_KILL_PREFIXES)
		return sw_control_error(what.n ? E2BIG : EINVAL,
					"sources is no array of 1 to %d texts", SW_KILL_PREFIXES);
	prefixes = calloc(what.n, sizeof(*prefixes));
	if (!prefixes)
		return NULL;
	what.prefix = prefixes;
	code = read_prefixes(items, force, prefixes, &err);
	if (!code)
		code = read_port(json_object_get(request, "port"), &what.port, &err);
	answer = code ? sw_control_error(code, "%s", err.text) : c->kill(c->daemon, client, &what);
	free(prefixes);
	return answer;
}
