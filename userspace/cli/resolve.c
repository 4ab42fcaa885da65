/* SPDX-License-Identifier: GPL-2.0-only */
/* resolve - see resolve.h. */
#include "resolve.h"

#include <errno.h>
#include <stdlib.h>

#include <event2/event.h>

#include "dns/resolver.h"

struct sw_resolve {
	struct event_base *base;
	struct event *patience;
	struct sw_resolver *resolver;
	bool over; /* patience is */
};

static void on_patience(evutil_socket_t fd, short what, void *ctx)
{
	struct sw_resolve *resolve = ctx;

	resolve->over = true;
}

static int open_parts(struct sw_resolve *r, const char *const *server, size_t n, struct sw_err *err)
{
	struct sw_resolver_options options = {
		.clock = sw_clock_system(),
		.server = server,
		.servers = n,
	};

	r->base = event_base_new();
	r->patience = r->base ? event_new(r->base, -1, 0, on_patience, r) : NULL;
	if (!r->patience)
		return sw_err_set(err, -ENOMEM, "no memory for an event loop");
	options.base = r->base;
	return sw_resolver_open(&options, &r->resolver, err);
}

int sw_resolve_open(const char *server, struct sw_resolve **ret, struct sw_err *err)
{
	return sw_resolve_open_all(&server, server ? 1 : 0, ret, err);
}

int sw_resolve_open_all(const char *const *server, size_t n, struct sw_resolve **ret,
			struct sw_err *err)
{
	struct sw_resolve *r = calloc(1, sizeof(*r));
	int code;

	if (!r)
		return sw_err_set(err, -ENOMEM, "no memory");
	code = open_parts(r, server, n, err);
	if (code)
		sw_resolve_close(r);
	else
		*ret = r;
	return code;
}

struct sw_resolve *sw_resolve_close(struct sw_resolve *r)
{
	if (!r)
		return NULL;
	sw_resolver_close(r->resolver);
	if (r->patience)
		event_free(r->patience);
	if (r->base)
		event_base_free(r->base);
	free(r);
	return NULL;
}

const struct sw_dns *sw_resolve_dns(struct sw_resolve *r)
{
	return sw_resolver_dns(r->resolver);
}

int sw_resolve_wait(struct sw_resolve *r, const bool *done, int patience_ms)
{
	const struct timeval patience = { patience_ms / 1000, patience_ms % 1000 * 1000 };

	r->over = false;
	event_add(r->patience, &patience);
	while (!*done && !r->over)
		event_base_loop(r->base, EVLOOP_ONCE);
	event_del(r->patience);
	return *done ? 0 : -ETIMEDOUT;
}
