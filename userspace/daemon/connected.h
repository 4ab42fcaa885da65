/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * connected - who has a TCP connection to this machine, or had one a moment ago.
 *
 * A SYN can be forged; a connection is there only when its source has answered us. The
 * kernel's table of sockets says who that is, and no flood of SYNs gets into it.
 */
#ifndef SYNWARD_DAEMON_CONNECTED_H
#define SYNWARD_DAEMON_CONNECTED_H

#include <stdint.h>

#include "datapath/datapath.h"
#include "lib/addr.h"

/*
 * Call @each for the peer of every connection to the local @port, whole addresses, in no order
 * and as often as there are connections. One that ended is among them for as long as the kernel
 * remembers it (a minute, when this side closed it first). It ends early when @each returns
 * other than 0. What that was, or -errno, -ENOENT: this kernel tells nobody.
 */
int sw_connected_each(uint16_t port, int (*each)(void *ctx, const struct sw_prefix *peer),
		      void *ctx);

/* The same of those that this side has not closed, half open ones among them, each with what the
 * kernel knows it by. */
int sw_connected_sessions(uint16_t port,
			  int (*each)(void *ctx, const struct sw_prefix *peer,
				      const struct sw_connection *connection),
			  void *ctx);

#endif
