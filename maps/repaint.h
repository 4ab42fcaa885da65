/* SPDX-License-Identifier: GPL-2.0-only */
/* repaint - bring one prefix of the table to what lists and verdicts say. Inside maps/. */
#ifndef SYNWARD_MAPS_REPAINT_H
#define SYNWARD_MAPS_REPAINT_H

#include "layers.h"

/*
 * Paint all that is said inside the prefix of @e, in the table of the layers' family; the lists
 * say @listed of it. Errors as sw_table4_paint; a prefix in which more than one thing is said may be painted in part.
 */
int sw_repaint(struct sw_table4 *t4, struct sw_table6 *t6, const struct sw_layers *l,
	       const struct sw_overlay_entry *e, struct sw_listed listed);

#endif
