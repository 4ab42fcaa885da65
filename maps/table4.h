/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * table4 - the look-up of an IPv4 source: two dependent loads at the most.
 *
 * One slot for each /24. A slot holds the class of the whole /24, or names the
 * block that holds the classes of its 256 hosts: a narrow block (one unit, one
 * cache line) has a bit for each host that picks one of two classes; a wide one
 * (four units) a byte for each.
 *
 * The same code in BPF and in userspace. Before it includes this file, the
 * includer defines how its side reaches the memory (@view is NULL in BPF):
 *   sw_table4_line(view, i), sw_table4_unit(view, i): NULL when out of range
 */
#ifndef SYNWARD_MAPS_TABLE4_H
#define SYNWARD_MAPS_TABLE4_H

#include "abi.h"

#define SW_SLOT_KIND 0xc0000000u
#define SW_SLOT_LEAF 0x00000000u /* low byte: class */
#define SW_SLOT_NARROW 0x40000000u /* low 30 bits: unit */
#define SW_SLOT_WIDE 0x80000000u /* low 30 bits: first of four units */
#define SW_SLOT_UNIT 0x3fffffffu

static inline __attribute__((always_inline)) __u32
sw_table4_block_class(const struct sw_table4 *view, __u32 slot, __u32 host)
{
	const union sw_table4_unit *unit;

	if (slot & SW_SLOT_NARROW) {
		unit = sw_table4_unit(view, slot & SW_SLOT_UNIT);
		if (!unit)
			return SW_CLASS_UNLISTED;
		return unit->narrow.value[unit->narrow.bits[host >> 6] >> (host & 63) & 1];
	}
	unit = sw_table4_unit(view, (slot & SW_SLOT_UNIT) + (host >> 6));
	return unit ? unit->wide[host & 63] : SW_CLASS_UNLISTED;
}

static inline __attribute__((always_inline)) __u32 sw_table4_find(const struct sw_table4 *view,
								  __u32 addr)
{
	const struct sw_table4_line *line = sw_table4_line(view, addr >> 12);
	__u32 slot;

	if (!line)
		return SW_CLASS_UNLISTED;
	/* Once: the writer may change the slot between two reads. */
	slot = *(const volatile __u32 *)&line->slot[addr >> 8 & 15];
	if (!(slot & SW_SLOT_KIND))
		return slot & 0xff;
	return sw_table4_block_class(view, slot, addr & 0xff);
}

#endif
