/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * resolve - how a command asks the DNS by itself, without the daemon: a resolver, and the
 * loop that it needs.
 */
#ifndef SYNWARD_CLI_RESOLVE_H
#define SYNWARD_CLI_RESOLVE_H

#include <stdbool.h>

#include "dns/dns.h"
#include "lib/err.h"

struct sw_resolve;

/* @server: "ADDRESS[:PORT]", or NULL for what the machine has configured. */
int sw_resolve_open(const char *server, struct sw_resolve **ret, struct sw_err *err);
/* The same for several; none: what the machine has configured. */
int sw_resolve_open_all(const char *const *server, size_t n, struct sw_resolve **ret,
			struct sw_err *err);
struct sw_resolve *sw_resolve_close(struct sw_resolve *resolve);

const struct sw_dns *sw_resolve_dns(struct sw_resolve *resolve);

/* Let questions be answered until *@done. -ETIMEDOUT: that took longer than @patience_ms. */
int sw_resolve_wait(struct sw_resolve *resolve, const bool *done, int patience_ms);

#endif
