/* SPDX-License-Identifier: GPL-2.0-only */
/* service_kill - sessions that are closed by hand, in the daemon: see kill.h. */
#include <errno.h>
#include <string.h>

#include "daemon/kill.h"
#include "lib/json.h"
#include "lib/log.h"
#include "service_parts.h"

/* Those of the configuration, and behind them those that were found. */
static bool never_block(void *ctx, const struct sw_prefix *peer, size_t *at, struct sw_prefix *ret)
{
	const struct sw_service *s = ctx;
	const struct sw_policy *p = sw_enforce_policy(s->enforce);
	size_t configured = p->config->never_block_n;

	while (*at < configured + p->own.n) {
		size_t i = (*at)++;
		const struct sw_prefix *shield = i < configured
							 ? &p->config->never_block[i]
							 : &p->own.entry[i - configured].prefix;

		if (!sw_prefix_contains(shield, peer))
			continue;
		*ret = *shield;
		return true;
	}
	return false;
}

static void on_done(void *ctx, uint64_t ticket, const struct sw_kill_result *r)
{
	const struct sw_service *s = ctx;

	if (r->code)
		sw_log(LOG_ERR, "after %llu sessions were closed: %s",
		       (unsigned long long)r->killed, r->err.text);
	else
		sw_log(LOG_NOTICE, "%llu sessions were closed; %llu are of never-block and stay",
		       (unsigned long long)r->killed, (unsigned long long)r->spared);
	sw_control_answer(s->control, ticket,
			  r->code ? sw_control_error(r->code, "%s", r->err.text)
				  : json_pack("{s:I, s:I}", "killed", (json_int_t)r->killed,
					      "spared", (json_int_t)r->spared));
}

static void tell(const struct sw_command_kill *what, const char *who)
{
	char text[SW_PREFIX_TEXT];

	sw_log(LOG_NOTICE, "sessions of %s%s are to be closed, by %s",
	       sw_prefix_format(&what->prefix[0], text), what->n > 1 ? " and others" : "", who);
}

json_t *sw_service_kill(void *daemon, struct sw_control_client *client,
			const struct sw_command_kill *what)
{
	struct sw_service *s = daemon;
	const struct sw_config *c = sw_enforce_policy(s->enforce)->config;
	struct sw_kill_options options = { .prefix = what->prefix,
					   .prefixes = what->n,
					   .port = what->port ? &what->port : c->ports,
					   .ports = what->port ? 1 : c->ports_n,
					   .never_block = what->force ? NULL : never_block,
					   .done = on_done,
					   .ctx = s };
	struct sw_err err;
	int code;

	if (!s->kill && sw_kill_open(s->base, &s->kill))
		return NULL;
	tell(what, sw_control_peer(client)->who);
	options.ticket = sw_control_later(client);
	code = sw_kill_start(s->kill, &options, &err);
	if (code)
		sw_control_answer(s->control, options.ticket,
				  sw_control_error(code, "%s", err.text));
	return NULL;
}
