/* SPDX-License-Identifier: GPL-2.0-only */
/* options - what synward-desk is told on its command line, checked. Pure. */
#ifndef SYNWARD_DESK_OPTIONS_H
#define SYNWARD_DESK_OPTIONS_H

#include <stdio.h>

#include "desk/endpoint.h"
#include "desk/access.h"
#include "desk/access_service.h"
#include "desk/serve.h"
#include "lib/err.h"

#define SW_DESK_HOST 256 /* with NUL */

struct sw_desk_options {
	const char *daemon, *user, *group, *text; /* user, group NULL: none given */
	char host[SW_DESK_HOST]; /* our name, printable */
	struct sw_endpoint listen[SW_SERVE_LISTENERS]; /* one for each family, at most */
	size_t listen_n;
	bool listen_given; /* else those are the defaults, and one may be missing */
	struct sw_endpoint policy[SW_ACCESS_SOCKETS];
	size_t policy_n;
	struct sw_access_rules rules;
	enum sw_smtp_at at;
	size_t connections, by_source;
	unsigned wait_ms, idle_ms, life_ms;
	bool remote, verbose, help;
};

/* -EINVAL, with words. Texts are borrowed from @argv. */
int sw_desk_options_parse(int argc, char **argv, struct sw_desk_options *ret, struct sw_err *err);

void sw_desk_options_help(FILE *out);

#endif
