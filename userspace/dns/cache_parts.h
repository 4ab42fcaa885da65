/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cache_parts - what cache.c and cache_file.c share. cache.h is the interface.
 *
 * Every entry is in the hash table and in one queue. A queue's first is its newest.
 */
#ifndef SYNWARD_DNS_CACHE_PARTS_H
#define SYNWARD_DNS_CACHE_PARTS_H

#include <stdio.h>

#include "dns/cache.h"

enum sw_dns_queue {
	SW_DNS_QUEUE_NEW, /* waits to be asked for again */
	SW_DNS_QUEUE_MAIN,
	SW_DNS_QUEUE_FAILED,
	SW_DNS_QUEUES,
};

struct sw_dns_entry {
	struct sw_dns_entry *chain; /* in the bucket */
	struct sw_dns_entry *newer, *older; /* in the queue */
	struct sw_dns_reply *reply;
	uint64_t hash, expires_ms;
	uint16_t type;
	uint8_t queue; /* enum sw_dns_queue */
	uint8_t hits; /* since it was last looked at, up to a few */
	uint8_t n; /* of the name */
	uint8_t wire[];
};

struct sw_dns_entries {
	struct sw_dns_entry *first, *last;
	size_t n, bytes;
};

/* Where a writer is: entries may come and go meanwhile. */
struct sw_dns_cache_writer {
	struct sw_dns_cache *cache;
	FILE *out;
	char *data;
	size_t n;
	uint64_t now_ms;
	uint32_t entries; /* that were written */
	size_t left; /* to look at, at most: more may come than are written */
	enum sw_dns_queue queue;
	struct sw_dns_entry *next; /* to be written; NULL: this queue is done */
};

struct sw_dns_cache {
	struct sw_dns_cache_options options;
	struct sw_dns_entries queue[SW_DNS_QUEUES];
	struct sw_dns_entry **bucket;
	uint32_t *gone; /* part of the hash of what went from the queue of the new, at its bucket */
	size_t mask; /* buckets less one */
	size_t failed_max;
	uint64_t hits, misses, evicted;
	struct sw_dns_cache_writer *writer; /* NULL: none */
};

/* Put it in, as sw_dns_cache_put does, until @expires_ms; @known: it was in the main queue. */
void sw_dns_cache_add(struct sw_dns_cache *cache, const struct sw_dns_name *name, uint16_t type,
		      struct sw_dns_reply *reply, uint64_t expires_ms, bool known);

/*
 * The file as bytes, and back: pure. Encoded: to be freed, *@n bytes; NULL: no memory.
 * Decoded as sw_dns_cache_load says.
 */
uint8_t *sw_dns_cache_encode(struct sw_dns_cache *cache, const struct sw_dns_cache_time *now,
			     size_t *n);
int sw_dns_cache_decode(struct sw_dns_cache *cache, const uint8_t *data, size_t n,
			const struct sw_dns_cache_time *now, size_t *ret, struct sw_err *err);
#endif
