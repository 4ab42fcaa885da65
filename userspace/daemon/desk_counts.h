/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * desk_counts - what the desk tells of itself, added up for status. Of a fixed size: the desk is
 * another process, and names and numbers come from there.
 */
#ifndef SYNWARD_DAEMON_DESK_COUNTS_H
#define SYNWARD_DAEMON_DESK_COUNTS_H

#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "maps/abi.h"

#define SW_DESK_CLASSES 256 /* the last one is "other" */

/* Their names are in desk_counts.c. */
enum sw_desk_count {
	SW_DESK_GENERAL, /* answered without us */
	SW_DESK_AGAIN, /* told to come again: nothing was against them any more */
	SW_DESK_REFUSED, /* closed without an answer */
	SW_DESK_EVICTED, /* closed to make room, after the answer */
	SW_DESK_POLICY, /* requests of mail servers */
	SW_DESK_COUNTS,
};

enum sw_desk_class_count {
	SW_DESK_CLASS_SMTP, /* connections that were told */
	SW_DESK_CLASS_REJECTED, /* by the mail server, and so on, through the policy service */
	SW_DESK_CLASS_DEFERRED,
	SW_DESK_CLASS_HEADER,
	SW_DESK_CLASS_DUNNO,
	SW_DESK_CLASS_COUNTS,
};

struct sw_desk_class {
	char name[SW_CLASS_NAME_MAX];
	uint64_t n[SW_DESK_CLASS_COUNTS];
};

struct sw_desk_counts {
	uint64_t open; /* connections, when it said so last */
	uint64_t n[SW_DESK_COUNTS];
	struct sw_desk_class class[SW_DESK_CLASSES];
	size_t classes;
};

/* One message of the desk's: how much more it is. -EPROTO: it is none; nothing was added. */
int sw_desk_counts_add(struct sw_desk_counts *c, const json_t *message);

/* All of it, for status; NULL: out of memory. */
json_t *sw_desk_counts_object(const struct sw_desk_counts *c);

#endif
