/* SPDX-License-Identifier: GPL-2.0-only */
/* joined - lists and verdicts as one flat set, to write a whole table from. Inside maps/. */
#ifndef SYNWARD_MAPS_JOINED_H
#define SYNWARD_MAPS_JOINED_H

#include "layers.h"

/* Of one family: prefixes of which the longest match counts. */
struct sw_joined {
	union {
		struct sw_entry4 *flat4;
		struct sw_entry6 *flat6;
	};
	size_t n;
	void *own; /* to be freed; NULL when the lists are all there is */
};

/* Valid as long as the layers do not change. -ENOMEM. */
int sw_join(const struct sw_layers *l, struct sw_joined *ret);
void sw_joined_done(struct sw_joined *j);

#endif
