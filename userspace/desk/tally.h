/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tally - how often the desk said what, by class; told to the daemon as differences.
 *
 * Pure, and of fixed size: at most 256 classes at a time, as there are no more; should there be more names
 * all the same, they are "other".
 */
#ifndef SYNWARD_DESK_TALLY_H
#define SYNWARD_DESK_TALLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "desk/packet.h"
#include "desk/access.h"

#define SW_TALLY_CLASSES 256

struct sw_tally_class {
	char name[SW_PACKET_CLASS];
	uint32_t smtp, policy[SW_ACCESS_DOS];
};

/* All zero: nothing was counted. Who counts one of the single numbers adds to it. */
struct sw_tally {
	uint32_t general; /* greeted without the daemon's word */
	uint32_t again; /* told to come again: nothing was against it any more */
	uint32_t refused; /* connections over a limit */
	uint32_t evicted; /* idle ones that made room */
	uint32_t policy; /* requests of mail servers */
	uint32_t told_open; /* connections, as told last */
	size_t classes_n;
	struct sw_tally_class classes[SW_TALLY_CLASSES];
};

/* One more source of class @name was turned away by SMTP. */
void sw_tally_smtp(struct sw_tally *tally, const char *name);
/* A mail server was told to do @what about one. */
void sw_tally_policy(struct sw_tally *tally, const char *name, enum sw_access_do what);

/*
 * Write what is to be told, as much as one packet holds; returns bytes. 0: nothing changed. What was written
 * is no more in @tally: keep a copy until it is sent. @open: connections now.
 */
size_t sw_tally_put(struct sw_tally *tally, uint32_t open, char out[SW_PACKET_BYTES]);

#endif
