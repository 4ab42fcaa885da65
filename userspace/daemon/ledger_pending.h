/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ledger_pending - the newest state of some sources, in the order of their keys.
 *
 * Pure. What a batch has changed, and what the history knows but the records of the
 * sources not yet (see ledger_parts.h). A tree of two levels: sources come at random and
 * are taken out by ranges, and what counts is how many cache lines a search touches. For
 * the files of the ledger alone.
 */
#ifndef SYNWARD_DAEMON_LEDGER_PENDING_H
#define SYNWARD_DAEMON_LEDGER_PENDING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "daemon/ledger_record.h"

struct sw_pending_node {
	uint64_t number; /* of the change that made it so */
	uint16_t body_n; /* 0: there is no verdict any more */
	uint8_t key_n;
	bool marked; /* does not count as pending: sw_pending_mark */
	uint8_t key[SW_RECORD_KEY];
	uint8_t body[];
};

#define SW_PENDING_CHUNK 128

/* Neighbours. The first bytes of their keys stand together, so that a search reads few
 * lines; for IPv4 they are the whole key. */
struct sw_pending_chunk {
	unsigned n;
	uint64_t start[SW_PENDING_CHUNK];
	struct sw_pending_node *node[SW_PENDING_CHUNK];
};

struct sw_pending {
	/* In order, none empty; start[] is of their first nodes. */
	struct sw_pending_chunk **chunk;
	uint64_t *start;
	size_t n, room;
	size_t count; /* nodes */
	/* How old? From each thousand of numbers so many nodes, from that of first_age on.
	 * A list by age would cost two cache misses for each node. */
	uint32_t *age;
	size_t ages, ages_room;
	uint64_t first_age;
};

/* A place in the order of keys; valid until something is put in or taken out. */
struct sw_pending_place {
	size_t chunk;
	unsigned at;
};

void sw_pending_init(struct sw_pending *pending);
/* Frees all nodes; it is empty then. */
void sw_pending_done(struct sw_pending *pending);

/* A node that is in no list yet; for sw_pending_add or sw_pending_free. NULL: no memory. */
struct sw_pending_node *sw_pending_new(struct sw_view key, struct sw_view body, uint64_t number);
void sw_pending_free(struct sw_pending_node *node);

/* Make sure that @more nodes can be put in without memory, numbered from @first to @last.
 * -ENOMEM. */
int sw_pending_reserve(struct sw_pending *pending, size_t more, uint64_t first, uint64_t last);

/* Put @node in; the one with the same key goes and is freed. -ENOMEM (never after
 * sw_pending_reserve): it is not in. */
int sw_pending_add(struct sw_pending *pending, struct sw_pending_node *node);

/*
 * The same for @n nodes in the order of their numbers, those that went in before being older.
 * Many come in the order of their keys sooner: then each goes where the one before it went,
 * which is in a cache. Takes them over, also on failure (-ENOMEM).
 */
int sw_pending_add_all(struct sw_pending *pending, struct sw_pending_node **nodes, size_t n);

/* Take @node out and free it. */
void sw_pending_remove(struct sw_pending *pending, struct sw_pending_node *node);

/* Move all nodes of @from into @to, with @offset added to their numbers. Room is reserved. */
void sw_pending_move(struct sw_pending *to, struct sw_pending *from, uint64_t offset);

/* The node of @key; NULL: there is none. */
struct sw_pending_node *sw_pending_find(const struct sw_pending *pending, struct sw_view key);

/* The place of the first node whose key is @key or after it; of an empty view: the first. */
struct sw_pending_place sw_pending_from(const struct sw_pending *pending, struct sw_view key);
/* The node at @place; NULL: the end. */
struct sw_pending_node *sw_pending_at(const struct sw_pending *pending,
				      struct sw_pending_place place);
/* The place behind @place, which is not the end. */
struct sw_pending_place sw_pending_next(const struct sw_pending *pending,
					struct sw_pending_place place);

/* Let @node, which is in, count no more for sw_pending_oldest; or again. */
void sw_pending_mark(struct sw_pending *pending, struct sw_pending_node *node, bool marked);

/* No node that is not marked has a number below this one, which is at most a thousand below
 * that of the oldest; @none: there is no such node. */
uint64_t sw_pending_oldest(const struct sw_pending *pending, uint64_t none);

static inline struct sw_view sw_pending_key(const struct sw_pending_node *node)
{
	return (struct sw_view){ node->key, node->key_n };
}

static inline struct sw_view sw_pending_body(const struct sw_pending_node *node)
{
	return (struct sw_view){ node->body, node->body_n };
}

/* Keys as memcmp(3) orders them, shorter first. */
int sw_view_cmp(struct sw_view a, struct sw_view b);

#endif
