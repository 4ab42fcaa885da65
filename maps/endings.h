/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * endings - what lists and verdicts put into sw_expiry, so that packets are judged right
 * when a verdict has ended and is still in the table. Inside maps/.
 *
 * An entry for each verdict, and inside temporary ones for each prefix that the lists have:
 * there they say something else than around it. An entry says what the lists say, so that
 * all of a family are written anew when these change. Of one family; @x may be NULL.
 */
#ifndef SYNWARD_MAPS_ENDINGS_H
#define SYNWARD_MAPS_ENDINGS_H

#include "layers.h"

/*
 * A verdict comes, or is another one now: it is in the layers, and not in the table yet.
 * @listed is what the lists say of its prefix.
 * -ENOSPC: sw_endings_clear takes back what was written.
 */
int sw_endings_set(struct sw_expiry *x, const struct sw_layers *l,
		   const struct sw_overlay_entry *verdict, struct sw_listed listed);

/* A verdict went or is not temporary any more: so it is in the layers and in the table. */
void sw_endings_clear(struct sw_expiry *x, const struct sw_layers *l,
		      const struct sw_overlay_entry *verdict, struct sw_listed listed);

/*
 * Write all. Entries that are not wanted any more stay, stale, until sw_endings_sweep: for
 * as long as packets may find in the table what they are about. -ENOSPC; -EAGAIN: there is
 * room for all, but not beside those that go.
 */
int sw_endings_write(struct sw_expiry *x, const struct sw_layers *l);
void sw_endings_sweep(struct sw_expiry *x, const struct sw_layers *l);

/* How many entries it takes, or a few more. */
size_t sw_endings_need(const struct sw_layers *l);

#endif
