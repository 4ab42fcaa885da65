/* SPDX-License-Identifier: GPL-2.0-only */
/* cache - see cache.h; cache_file.c has saving and loading. */
#include "cache_parts.h"

#include <errno.h>
#include <stdlib.h>

#define HITS 3 /* are remembered: an entry gets so many second chances */
#define CHANCES 100 /* are given for one new entry; then one that is new has to go */
#define NEW_PART 10 /* one of so many bytes is for what is new */
#define ALLOCATOR 32 /* bytes that two pieces of memory take besides */
#define LARGE 16 /* an answer of more than one of so many bytes is not kept */
#define FAILED_PART 8 /* one of so many entries more, for failures */
#define FAILED_LEAST 16

static size_t entry_bytes(const struct sw_dns_entry *e)
{
	return sizeof(*e) + e->n + e->reply->bytes + ALLOCATOR;
}

static uint64_t hash_of(const struct sw_dns_cache *c, const struct sw_dns_name *name, uint16_t type)
{
	return sw_dns_hash(c->options.seed, name->wire, name->n) + type * 0x9e3779b97f4a7c15ull;
}

int sw_dns_cache_open(const struct sw_dns_cache_options *options, struct sw_dns_cache **ret)
{
	size_t buckets = 16;
	struct sw_dns_cache *c;

	if (options->ttl_min > options->ttl_max || options->failed > SW_DNS_CACHE_FAILED_MAX ||
	    options->max_entries < 16 || options->max_bytes < 16384)
		return -EINVAL;
	c = calloc(1, sizeof(*c));
	if (!c)
		return -ENOMEM;
	while (buckets < options->max_entries && buckets < SIZE_MAX / 4)
		buckets *= 2;
	c->options = *options;
	c->mask = buckets - 1;
	c->failed_max = options->max_entries / FAILED_PART;
	if (c->failed_max < FAILED_LEAST)
		c->failed_max = FAILED_LEAST;
	c->bucket = calloc(buckets, sizeof(struct sw_dns_entry *));
	c->gone = calloc(buckets, sizeof(*c->gone));
	if (!c->bucket || !c->gone) {
		sw_dns_cache_close(c);
		return -ENOMEM;
	}
	*ret = c;
	return 0;
}

/* ---- queues ---- */

static void unlink_queue(struct sw_dns_cache *c, struct sw_dns_entry *e)
{
	struct sw_dns_entries *q = &c->queue[e->queue];

	if (c->writer && c->writer->next == e)
		c->writer->next = e->newer;
	*(e->newer ? &e->newer->older : &q->first) = e->older;
	*(e->older ? &e->older->newer : &q->last) = e->newer;
	q->n--;
	q->bytes -= entry_bytes(e);
}

static void link_queue(struct sw_dns_cache *c, struct sw_dns_entry *e, enum sw_dns_queue queue)
{
	struct sw_dns_entries *q = &c->queue[queue];

	e->queue = (uint8_t)queue;
	e->newer = NULL;
	e->older = q->first;
	*(q->first ? &q->first->newer : &q->last) = e;
	q->first = e;
	q->n++;
	q->bytes += entry_bytes(e);
}

static void remove_entry(struct sw_dns_cache *c, struct sw_dns_entry *e)
{
	struct sw_dns_entry **at = &c->bucket[e->hash & c->mask];

	while (*at != e)
		at = &(*at)->chain;
	*at = e->chain;
	unlink_queue(c, e);
	sw_dns_reply_drop(e->reply);
	free(e);
}

static struct sw_dns_entry *find(const struct sw_dns_cache *c, uint64_t hash,
				 const struct sw_dns_name *name, uint16_t type)
{
	struct sw_dns_entry *e = c->bucket[hash & c->mask];

	while (e && (e->hash != hash || e->type != type || e->n != name->n ||
		     memcmp(e->wire, name->wire, name->n) != 0))
		e = e->chain;
	return e;
}

struct sw_dns_cache *sw_dns_cache_close(struct sw_dns_cache *c)
{
	if (!c)
		return NULL;
	for (int i = 0; i < SW_DNS_QUEUES; i++)
		while (c->queue[i].first)
			remove_entry(c, c->queue[i].first);
	free(c->bucket);
	free(c->gone);
	free(c);
	return NULL;
}

/* ---- who goes ---- */

static uint32_t mark_of(uint64_t hash)
{
	uint32_t mark = (uint32_t)(hash >> 32);

	return mark ? mark : 1;
}

static void evict_entry(struct sw_dns_cache *c, struct sw_dns_entry *e)
{
	c->evicted++;
	remove_entry(c, e);
}

/* The oldest of the new: on into the main queue, or away. */
static void pass_new(struct sw_dns_cache *c)
{
	struct sw_dns_entry *e = c->queue[SW_DNS_QUEUE_NEW].last;

	if (e->hits) {
		unlink_queue(c, e);
		e->hits--;
		link_queue(c, e, SW_DNS_QUEUE_MAIN);
		return;
	}
	c->gone[e->hash & c->mask] = mark_of(e->hash);
	evict_entry(c, e);
}

/* The oldest of the main queue: gets another turn if it was asked for, or goes. */
static void pass_main(struct sw_dns_cache *c, bool chance)
{
	struct sw_dns_entry *e = c->queue[SW_DNS_QUEUE_MAIN].last;

	if (!e->hits || !chance) {
		evict_entry(c, e);
		return;
	}
	unlink_queue(c, e);
	e->hits--;
	link_queue(c, e, SW_DNS_QUEUE_MAIN);
}

static void make_room(struct sw_dns_cache *c)
{
	struct sw_dns_entries *fresh = &c->queue[SW_DNS_QUEUE_NEW];
	const struct sw_dns_entries *main = &c->queue[SW_DNS_QUEUE_MAIN];

	for (int i = 0; fresh->n + main->n > c->options.max_entries ||
			fresh->bytes + main->bytes > c->options.max_bytes;
	     i++) {
		bool too_many = fresh->bytes > c->options.max_bytes / NEW_PART ||
				fresh->n > c->options.max_entries / NEW_PART;

		if (!main->n || too_many || (i >= CHANCES && fresh->n))
			pass_new(c);
		else
			pass_main(c, i < CHANCES);
	}
	while (c->queue[SW_DNS_QUEUE_FAILED].n > c->failed_max)
		evict_entry(c, c->queue[SW_DNS_QUEUE_FAILED].last);
}

/* ---- in and out ---- */

static enum sw_dns_queue queue_for(struct sw_dns_cache *c, const struct sw_dns_entry *e, bool known)
{
	uint32_t *gone = &c->gone[e->hash & c->mask];

	if (e->reply->answer.status == SW_DNS_TEMPFAIL)
		return SW_DNS_QUEUE_FAILED;
	if (*gone == mark_of(e->hash)) {
		*gone = 0;
		known = true;
	}
	return known ? SW_DNS_QUEUE_MAIN : SW_DNS_QUEUE_NEW;
}

void sw_dns_cache_add(struct sw_dns_cache *c, const struct sw_dns_name *name, uint16_t type,
		      struct sw_dns_reply *reply, uint64_t expires_ms, bool known)
{
	uint64_t hash = hash_of(c, name, type);
	struct sw_dns_entry *e = find(c, hash, name, type);

	if (e) { /* the new one takes its place in the queue it is in */
		known = e->queue == SW_DNS_QUEUE_MAIN;
		remove_entry(c, e);
	}
	if (reply->bytes > c->options.max_bytes / LARGE)
		return;
	e = malloc(sizeof(*e) + name->n);
	if (!e)
		return;
	e->reply = sw_dns_reply_hold(reply);
	e->hash = hash;
	e->expires_ms = expires_ms;
	e->type = type;
	e->hits = 0;
	e->n = name->n;
	memcpy(e->wire, name->wire, name->n);
	e->chain = c->bucket[hash & c->mask];
	c->bucket[hash & c->mask] = e;
	link_queue(c, e, queue_for(c, e, known));
	make_room(c);
}

uint32_t sw_dns_cache_ttl(const struct sw_dns_cache *c, const struct sw_dns_answer *answer)
{
	const struct sw_dns_cache_options *o = &c->options;
	uint32_t ttl = answer->ttl > o->ttl_min ? answer->ttl : o->ttl_min;
	uint32_t most = answer->status == SW_DNS_OK ? o->ttl_max : o->negative_max;

	if (answer->status == SW_DNS_TEMPFAIL)
		return 0;
	return ttl < most ? ttl : most;
}

void sw_dns_cache_put(struct sw_dns_cache *c, const struct sw_dns_name *name, uint16_t type,
		      struct sw_dns_reply *reply, uint64_t now_ms)
{
	bool failed = reply->answer.status == SW_DNS_TEMPFAIL;
	uint32_t seconds = failed ? c->options.failed : sw_dns_cache_ttl(c, &reply->answer);
	const struct sw_dns_entry *e;

	if (!seconds)
		return;
	if (failed) { /* what is known stays so */
		e = find(c, hash_of(c, name, type), name, type);
		if (e && e->queue != SW_DNS_QUEUE_FAILED && e->expires_ms > now_ms)
			return;
	}
	sw_dns_cache_add(c, name, type, reply, now_ms + seconds * 1000ull, false);
}

struct sw_dns_reply *sw_dns_cache_get(struct sw_dns_cache *c, const struct sw_dns_name *name,
				      uint16_t type, uint64_t now_ms, uint32_t *ttl)
{
	struct sw_dns_entry *e = find(c, hash_of(c, name, type), name, type);

	if (e && e->expires_ms <= now_ms) {
		/* it was asked for again, so it is known when it comes anew */
		if (e->queue != SW_DNS_QUEUE_FAILED)
			c->gone[e->hash & c->mask] = mark_of(e->hash);
		remove_entry(c, e);
		e = NULL;
	}
	if (!e) {
		c->misses++;
		return NULL;
	}
	c->hits++;
	if (e->hits < HITS)
		e->hits++;
	*ttl = e->queue == SW_DNS_QUEUE_FAILED ? 0
					       : (uint32_t)((e->expires_ms - now_ms + 999) / 1000);
	return e->reply;
}

void sw_dns_cache_stats(const struct sw_dns_cache *c, struct sw_dns_cache_stats *ret)
{
	const struct sw_dns_entries *fresh = &c->queue[SW_DNS_QUEUE_NEW];
	const struct sw_dns_entries *main = &c->queue[SW_DNS_QUEUE_MAIN];

	*ret = (struct sw_dns_cache_stats){
		.hits = c->hits,
		.misses = c->misses,
		.evicted = c->evicted,
		.entries = fresh->n + main->n,
		.bytes = fresh->bytes + main->bytes,
		.failed = c->queue[SW_DNS_QUEUE_FAILED].n,
	};
}
