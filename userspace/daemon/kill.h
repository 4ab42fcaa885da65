/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * kill - close the sessions that sources have open at the time they are blocked: a verdict is
 * about SYNs, and who is connected stays so.
 *
 * Of all connections to the ports of this machine that are named, those whose peer is inside one
 * of the prefixes. A peer in never-block stays connected, unless the operator named it: by a
 * prefix that is what never-block has, or inside it. So a wide prefix does not cut off the
 * operator, a relay or a monitor, and their own address does.
 *
 * A port is looked at whole, once, and once more as long as there were more than are kept in
 * memory; what is found is closed some at a time, in a turn of the event loop each. Who connects
 * meanwhile may be overlooked: set the verdict first.
 *
 * One thread, the one that runs the event base.
 */
#ifndef SYNWARD_DAEMON_KILL_H
#define SYNWARD_DAEMON_KILL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/addr.h"
#include "lib/err.h"

#define SW_KILL_PREFIXES 1000
#define SW_KILL_JOBS 8 /* at once */

struct event_base;
struct sw_kill;

struct sw_kill_result {
	uint64_t killed;
	uint64_t spared; /* are in never-block */
	int code; /* 0, or -errno with words: why it ended early */
	struct sw_err err;
};

struct sw_kill_options {
	const struct sw_prefix *prefix; /* copied, as the ports are */
	size_t prefixes; /* 1 to SW_KILL_PREFIXES */
	const uint16_t *port;
	size_t ports;
	/* The next prefix of never-block that holds @peer, behind number *@at, which begins at 0;
	 * false: there is no more. NULL: there is none. */
	bool (*never_block)(void *ctx, const struct sw_prefix *peer, size_t *at,
			    struct sw_prefix *ret);
	/* Called once, from the loop; the job is gone then. */
	void (*done)(void *ctx, uint64_t ticket, const struct sw_kill_result *result);
	void *ctx;
	uint64_t ticket; /* for done */
};

/* The jobs of a daemon. -ENOMEM. */
int sw_kill_open(struct event_base *base, struct sw_kill **ret);
/* Those that are not done are let go, without a word. NULL is fine; returns NULL. */
struct sw_kill *sw_kill_close(struct sw_kill *k);

/* Begin. -EBUSY: SW_KILL_JOBS are under way; -EINVAL; -ENOMEM. With words. */
int sw_kill_start(struct sw_kill *k, const struct sw_kill_options *options, struct sw_err *err);

/* ---- pure, for the tests ---- */

enum sw_kill_choice { SW_KILL_STAYS, SW_KILL_SPARED, SW_KILL_CLOSED };

enum sw_kill_choice sw_kill_choose(const struct sw_kill_options *options,
				   const struct sw_prefix *peer);

#endif
