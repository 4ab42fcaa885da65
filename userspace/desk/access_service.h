/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * access_service - answers mail servers that ask about their clients: connections of access.h's protocol.
 *
 * One request of a connection is worked on at a time, and nothing more is read meanwhile; so
 * requests may come together, and answers come in their order. Who says all that it has to say and
 * closes its side (Exim's readsocket) gets its answer, and is hung up on. On the loop, one thread.
 */
#ifndef SYNWARD_DESK_ACCESS_SERVICE_H
#define SYNWARD_DESK_ACCESS_SERVICE_H

#include "desk/link.h"
#include "desk/access.h"
#include "desk/tally.h"

#define SW_ACCESS_SOCKETS 8
#define SW_ACCESS_PEERS 1024 /* connections: a mail server has one for each of its processes */

struct sw_access_service_options {
	struct sw_access_rules rules;
	int listeners[SW_ACCESS_SOCKETS]; /* @listeners_n of them; become its own */
	size_t listeners_n;
};

struct sw_access_service;

/* @link and @tally are borrowed. -ENOMEM; the listeners are then still the caller's. */
int sw_access_service_open(struct event_base *base, const struct sw_access_service_options *options,
			   struct sw_link *link, struct sw_tally *tally,
			   struct sw_access_service **ret);
struct sw_access_service *sw_access_service_close(struct sw_access_service *service);

#endif
