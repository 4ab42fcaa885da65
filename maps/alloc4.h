/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * alloc4 - who owns which unit of the IPv4 table's block memory. Inside maps/.
 *
 * Units come in quads of four, so that a wide block finds four neighbours.
 * A unit that is freed may still be read by a packet in flight: it waits until
 * sw_table_wait_readers has been called since, which happens when space runs out.
 */
#ifndef SYNWARD_MAPS_ALLOC4_H
#define SYNWARD_MAPS_ALLOC4_H

#include <stdbool.h>
#include <stdint.h>

#define SW_ALLOC4_NONE UINT32_MAX

struct sw_table4_alloc;

/* All @units (a multiple of four) are free. NULL: out of memory. */
struct sw_table4_alloc *sw_alloc4_new(uint32_t units);
struct sw_table4_alloc *sw_alloc4_free(struct sw_table4_alloc *a);

/* Mark @count units (1 or 4) from @unit on as in use by slot @owner; only before
 * sw_alloc4_ready. False: out of range, or in use already. */
bool sw_alloc4_claim(struct sw_table4_alloc *a, uint32_t unit, unsigned count, uint32_t owner);
void sw_alloc4_ready(struct sw_table4_alloc *a);

/* @count is 1 or 4; SW_ALLOC4_NONE: nothing fits, not even after waiting. */
uint32_t sw_alloc4_take(struct sw_table4_alloc *a, unsigned count, uint32_t owner);
/* The slot does not name it any more; it becomes free once readers are done. */
void sw_alloc4_retire(struct sw_table4_alloc *a, uint32_t unit, unsigned count);

/*
 * A quad of which some units are in use and which could be emptied into others:
 * its used units by number and their owners (at most 3); 0 when there is none.
 */
unsigned sw_alloc4_sparse(struct sw_table4_alloc *a, uint32_t unit[3], uint32_t owner[3]);

#endif
