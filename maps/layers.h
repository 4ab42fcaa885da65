/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * layers - what lists and verdicts say together, of one family. Inside maps/.
 *
 * Below, the flattened lists: sorted prefixes of which the longest match counts.
 * Above, the verdicts of an overlay. Pure but for memory; the table is not written
 * here. Addresses are 128 bits, an IPv4 one in the high 32.
 */
#ifndef SYNWARD_MAPS_LAYERS_H
#define SYNWARD_MAPS_LAYERS_H

#include "overlay.h"
#include "table.h"

/* Flattened lists of one family. */
struct sw_layer_lists {
	union {
		struct sw_entry4 *flat4;
		struct sw_entry6 *flat6;
		void *flat;
	};
	size_t n;
	uint32_t *first; /* by the high 16 bits of an address: entries that sort before these */
	uint32_t *sample; /* of every eighth entry, the 32 bits that follow those */
	struct sw_rank rank[SW_CLASS_MAX];
};

struct sw_layers {
	unsigned family; /* 4 or 6 */
	struct sw_layer_lists lists;
	struct sw_overlay *verdicts;
};

/* Without lists and verdicts. -ENOMEM. */
int sw_layers_init(struct sw_layers *l, unsigned family);
void sw_layers_done(struct sw_layers *l);

/* Copy @n entries of a family, struct sw_entry4 or sw_entry6. -ENOMEM, -E2BIG. */
int sw_layer_lists_init(struct sw_layer_lists *lists, unsigned family, const void *flat, size_t n,
			const struct sw_rank *rank);
void sw_layer_lists_done(struct sw_layer_lists *lists);

/* What the lists alone say of a prefix. It costs several cache misses, so who wants to know
 * more of it asks once and hands this on. */
struct sw_listed {
	uint8_t class; /* of those addresses about which no longer entry says anything */
	bool has_inside; /* are there longer entries inside? */
};
struct sw_listed sw_layers_listed(const struct sw_layers *l, uint64_t hi, uint64_t lo, uint8_t len);

/* The class of those addresses of a prefix about which no longer one says anything. */
uint8_t sw_layers_class(const struct sw_layers *l, uint64_t hi, uint64_t lo, uint8_t len,
			struct sw_listed listed);

/* This prefix is asked about soon: have what is first looked at come from memory. */
void sw_layers_expect(const struct sw_layers *l, uint64_t hi, uint64_t lo, uint8_t len);

/* Do the lists have an entry of exactly this prefix? */
bool sw_layers_is_listed(const struct sw_layers *l, uint64_t hi, uint64_t lo, uint8_t len);
/* Report their entries inside a prefix that are longer than it, as sw_layers_each does. */
int sw_layers_each_listed(const struct sw_layers *l, uint64_t hi, uint64_t lo, uint8_t len,
			  int (*each)(void *ctx, const struct sw_overlay_entry *entry), void *ctx);

/* Does a prefix longer than this one, and inside it, say something? -ENOMEM, 0 or 1. */
int sw_layers_has_inside(const struct sw_layers *l, uint64_t hi, uint64_t lo, uint8_t len,
			 struct sw_listed listed);

/*
 * Report all that is said inside a prefix to @each, as prefixes in order of address and
 * length of which the longest match counts: the prefix itself, then those that differ from
 * what is around them. Stops at the first non-zero return and returns it. -ENOMEM.
 */
int sw_layers_each(const struct sw_layers *l, uint64_t hi, uint64_t lo, uint8_t len,
		   int (*each)(void *ctx, uint64_t hi, uint64_t lo, uint8_t len, uint8_t class),
		   void *ctx);

#endif
