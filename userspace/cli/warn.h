/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * warn - the warning to the abuse contact of a source: what report and case warn share.
 *
 *   DNS: who is it? ─► synwardd: may it be sent? (writes it down) ─► mta/warning ─► sendmail(8)
 *
 * The daemon runs no programs and sends no mail; it decides, and keeps what was done. It is asked
 * before the message goes out, so that none goes out twice, or unrecorded, whatever ends in between. When
 * sendmail then fails, it is told so, takes the record back, and its log says it. Where the reason
 * may pass it says when to try again: warn_later.c.
 */
#ifndef SYNWARD_CLI_WARN_H
#define SYNWARD_CLI_WARN_H

#include "cli/cli.h"
#include "cli/client.h"
#include "lib/addr.h"
#include "lib/config.h"

struct sw_warn;

/* Does the configuration want warnings? */
bool sw_warn_is_on(const struct sw_config *config);

/* Can they be made? -EINVAL: @err says which option, what, and what to do; other codes: the template
 * cannot be read now. */
int sw_warn_check(const struct sw_config *config, struct sw_err *err);

/* As sw_warn_check; @config is borrowed until the end. */
int sw_warn_open(const struct sw_config *config, struct sw_warn **ret, struct sw_err *err);
struct sw_warn *sw_warn_close(struct sw_warn *warn); /* NULL */

struct sw_warn_order {
	struct sw_prefix source; /* an address; another prefix, when to is given */
	const char *to; /* NULL: whom the DNS says */
	bool again; /* by hand: also what was warned before, and those that are never blocked */
	bool dry_run; /* nothing is written down or sent */
	unsigned tries; /* this one included; 0: it is not tried again by itself */
};

struct sw_warn_result {
	char to[256]; /* "": nobody was found */
	char *message; /* that was handed over, or would be; to be freed; NULL */
	size_t message_n;
	unsigned again_s; /* it was not sent, and is to be tried again in so many seconds; 0 */
};

/* Carry it out. -errno: no warning went out; @err says why, and so does the daemon's log. */
int sw_warn_send(struct sw_warn *warn, struct sw_client *client, const struct sw_warn_order *order,
		 struct sw_warn_result *ret, struct sw_err *err);

/*
 * The first warning about @source did not go out: try again in @again_s seconds, and then as often
 * as the daemon says, in a process that nobody waits for. Returns at once. -errno: there is none.
 */
int sw_warn_later(const struct sw_options *options, const struct sw_prefix *source,
		  unsigned again_s);

#endif
