/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * intake - see intake.h. A rank is a list of slots, oldest first. An index by source, open
 * addressing in linear probes, knows the slot of each that waits.
 */
#include "intake.h"

#include <errno.h>
#include <stdlib.h>

#include "maps/hash.h"

#define ROOM 4096
#define ROOM_MAX (1u << 20)
#define STALE_NS UINT64_C(60000000000) /* nobody waits for an answer any more */
#define CALM_NS UINT64_C(2000000000)
#define NOWHERE UINT32_MAX

/* Of so many that are taken, one is of that rank if any waits there. */
#define SHARE_AGAIN 4
#define SHARE_FIRST 16

struct slot {
	struct sw_intake_item item;
	uint32_t before, after; /* in the line, or among the free ones; NOWHERE at an end */
};

struct rank {
	uint32_t start; /* of its slots among all */
	uint32_t room;
	uint32_t used;
	uint32_t oldest, newest; /* NOWHERE: nobody waits */
	uint32_t free;
	uint64_t lost, lost_before; /* in all, and when the load was asked for last */
	uint64_t taken;
};

struct sw_intake {
	struct sw_intake_options options;
	struct slot *slot;
	uint32_t *index; /* number of a slot + 1; 0: free */
	uint32_t index_mask;
	struct rank rank[SW_INTAKE_RANKS];
	uint64_t random;
	unsigned turn;
	enum sw_contact_load load;
	uint64_t load_since_ns;
	uint64_t told, real, doubles, stale, raised;
};

/* splitmix64 (Steele, Lea, Flood 2014) over a secret seed. */
static uint64_t next_random(struct sw_intake *q)
{
	uint64_t z = q->random += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

static uint32_t random_below(struct sw_intake *q, uint32_t n)
{
	return (uint32_t)((next_random(q) >> 32) * n >> 32);
}

/* ---- the index ---- */

static uint32_t home_of(const struct sw_intake *q, const struct sw_prefix *source)
{
	uint64_t hash = sw_hash(source->hi ^ source->family, source->lo, q->options.seed);

	return (uint32_t)hash & q->index_mask;
}

/* The place in the index of @source, or the free one where it would be. */
static uint32_t place_of(const struct sw_intake *q, const struct sw_prefix *source)
{
	uint32_t at = home_of(q, source);

	while (q->index[at] && sw_prefix_cmp(&q->slot[q->index[at] - 1].item.source, source) != 0)
		at = (at + 1) & q->index_mask;
	return at;
}

/* The number of the slot; NOWHERE: it does not wait. */
static uint32_t find(const struct sw_intake *q, const struct sw_prefix *source)
{
	uint32_t number = q->index[place_of(q, source)];

	return number ? number - 1 : NOWHERE;
}

/* Those that were pushed on by it move back, so that no search ends too early. */
static void forget(struct sw_intake *q, const struct sw_prefix *source)
{
	uint32_t hole = place_of(q, source), at = hole;

	for (;;) {
		uint32_t home;

		q->index[hole] = 0;
		do {
			at = (at + 1) & q->index_mask;
			if (!q->index[at])
				return;
			home = home_of(q, &q->slot[q->index[at] - 1].item.source);
			/* it may not stand before its home */
		} while (((at - home) & q->index_mask) < ((at - hole) & q->index_mask));
		q->index[hole] = q->index[at];
		hole = at;
	}
}

/* ---- ranks ---- */

/* Out of its line, and free. */
static void vacate(struct sw_intake *q, uint32_t number)
{
	struct slot *slot = &q->slot[number];
	struct rank *r = &q->rank[slot->item.rank];

	forget(q, &slot->item.source);
	if (slot->before == NOWHERE)
		r->oldest = slot->after;
	else
		q->slot[slot->before].after = slot->after;
	if (slot->after == NOWHERE)
		r->newest = slot->before;
	else
		q->slot[slot->after].before = slot->before;
	slot->after = r->free;
	r->free = number;
	r->used--;
}

/* A free slot, behind all others. */
static uint32_t append(struct sw_intake *q, struct rank *r)
{
	uint32_t number = r->free;
	struct slot *slot = &q->slot[number];

	r->free = slot->after;
	slot->before = r->newest;
	slot->after = NOWHERE;
	if (r->newest == NOWHERE)
		r->oldest = number;
	else
		q->slot[r->newest].after = number;
	r->newest = number;
	r->used++;
	return number;
}

/* The place of one who gives way. */
static uint32_t take_over(struct sw_intake *q, struct rank *r)
{
	uint32_t number = r->start + random_below(q, r->room);

	forget(q, &q->slot[number].item.source);
	r->lost++;
	return number;
}

static void add(struct sw_intake *q, const struct sw_intake_item *item)
{
	struct rank *r = &q->rank[item->rank];
	uint32_t number = r->used < r->room ? append(q, r) : take_over(q, r);

	q->slot[number].item = *item;
	q->index[place_of(q, &item->source)] = number + 1;
}

/* The oldest of a rank. */
static bool take(struct sw_intake *q, struct rank *r, uint64_t now_ns, struct sw_intake_item *ret)
{
	while (r->oldest != NOWHERE) {
		*ret = q->slot[r->oldest].item;
		vacate(q, r->oldest);
		if (now_ns <= ret->since_ns || now_ns - ret->since_ns <= STALE_NS) {
			r->taken++;
			return true;
		}
		q->stale++;
	}
	return false;
}

/* ---- in and out ---- */

static uint8_t rank_of(const struct sw_intake *q, const struct sw_contact *c,
		       const struct sw_prefix *source)
{
	if (q->options.is_known && q->options.is_known(q->options.ctx, source))
		return SW_INTAKE_KNOWN;
	return c->flags & SW_CONTACT_AGAIN ? SW_INTAKE_AGAIN : SW_INTAKE_FIRST;
}

static struct sw_intake_item item_of(const struct sw_contact *c)
{
	struct sw_prefix address = c->family == 4 ? sw_prefix_ip4((uint32_t)c->source_lo, 32)
						  : sw_prefix_ip6(c->source_hi, c->source_lo, 128);

	return (struct sw_intake_item){
		.source = c->family == 4 ? address : sw_prefix_truncate(&address, 64),
		.address = address,
		.since_ns = c->time_ns,
		.port = c->port,
		.held = c->flags & SW_CONTACT_HELD,
	};
}

/* It waits already. What is asked about an IPv6 /64 is the address that came last. */
static void put_again(struct sw_intake *q, uint32_t number, const struct sw_intake_item *now)
{
	struct slot *slot = &q->slot[number];
	struct sw_intake_item item = *now;

	item.since_ns = slot->item.since_ns;
	if (item.rank < slot->item.rank) {
		vacate(q, number);
		add(q, &item);
		q->raised++;
	} else {
		item.rank = slot->item.rank;
		slot->item = item;
		q->doubles++;
	}
}

static void put(struct sw_intake *q, const struct sw_intake_item *item)
{
	uint32_t number = find(q, &item->source);

	if (number != NOWHERE)
		put_again(q, number, item);
	else if (q->options.is_in_hand && q->options.is_in_hand(q->options.ctx, &item->source))
		q->doubles++;
	else
		add(q, item);
}

void sw_intake_put(struct sw_intake *q, const struct sw_contact *contact, uint64_t now_ns)
{
	struct sw_intake_item item;

	q->told++;
	if ((contact->family != 4 && contact->family != 6) ||
	    (now_ns > contact->time_ns && now_ns - contact->time_ns > STALE_NS)) {
		q->stale++;
		return;
	}
	item = item_of(contact);
	item.rank = rank_of(q, contact, &item.source);
	put(q, &item);
}

void sw_intake_put_real(struct sw_intake *q, const struct sw_prefix *address, uint16_t port,
			uint64_t now_ns)
{
	const struct sw_contact contact = {
		.time_ns = now_ns,
		.source_hi = address->hi,
		.source_lo = address->lo,
		.port = port,
		.family = address->family,
	};
	struct sw_intake_item item = item_of(&contact);

	item.rank = SW_INTAKE_KNOWN;
	q->real++;
	put(q, &item);
}

bool sw_intake_next(struct sw_intake *q, uint64_t now_ns, struct sw_intake_item *ret)
{
	enum sw_intake_rank turn = ++q->turn % SHARE_FIRST == 0 ? SW_INTAKE_FIRST
				   : q->turn % SHARE_AGAIN == 0 ? SW_INTAKE_AGAIN
								: SW_INTAKE_KNOWN;

	if (take(q, &q->rank[turn], now_ns, ret))
		return true;
	for (unsigned r = 0; r < SW_INTAKE_RANKS; r++)
		if (take(q, &q->rank[r], now_ns, ret))
			return true;
	return false;
}

/* ---- the load ---- */

static bool is_over(struct rank *r)
{
	bool lost = r->lost != r->lost_before;

	r->lost_before = r->lost;
	return lost || r->used >= r->room - r->room / 4;
}

static bool is_calm(const struct rank *r)
{
	return r->used <= r->room / 4;
}

enum sw_contact_load sw_intake_load(struct sw_intake *q, uint64_t now_ns)
{
	struct rank *known = &q->rank[SW_INTAKE_KNOWN], *again = &q->rank[SW_INTAKE_AGAIN];
	struct rank *first = &q->rank[SW_INTAKE_FIRST];
	/* each is asked, for each forgets what it lost before */
	bool over_known = is_over(known), over_again = is_over(again), over_first = is_over(first);
	enum sw_contact_load least = over_known || over_again ? SW_CONTACT_NONE
				     : over_first	      ? SW_CONTACT_ONLY_AGAIN
							      : SW_CONTACT_ALL;

	if (least >= q->load) {
		if (least != SW_CONTACT_ALL)
			q->load_since_ns = now_ns;
		q->load = least;
	} else if (now_ns - q->load_since_ns >= CALM_NS &&
		   (q->load == SW_CONTACT_NONE ? is_calm(known) && is_calm(again)
					       : is_calm(first))) {
		q->load--;
		q->load_since_ns = now_ns;
	}
	return q->load;
}

/* ---- open, close, count ---- */

static int alloc(struct sw_intake *q)
{
	uint32_t all = 0, size = 1;

	for (unsigned i = 0; i < SW_INTAKE_RANKS; i++) {
		uint32_t room = q->options.room[i] ? q->options.room[i] : ROOM;

		if (room > ROOM_MAX)
			return -EINVAL;
		q->rank[i].start = all;
		q->rank[i].room = room;
		all += room;
	}
	while (size < 2 * all)
		size <<= 1;
	q->index_mask = size - 1;
	q->slot = calloc(all, sizeof(*q->slot));
	q->index = calloc(size, sizeof(*q->index));
	return q->slot && q->index ? 0 : -ENOMEM;
}

static void free_all(struct sw_intake *q, struct rank *r)
{
	r->oldest = r->newest = r->free = NOWHERE;
	for (uint32_t i = r->room; i > 0; i--) {
		q->slot[r->start + i - 1].after = r->free;
		r->free = r->start + i - 1;
	}
}

int sw_intake_open(const struct sw_intake_options *options, struct sw_intake **ret)
{
	struct sw_intake *q = calloc(1, sizeof(*q));
	int code;

	if (!q)
		return -ENOMEM;
	q->options = *options;
	q->random = sw_hash(options->seed, 1, options->seed); /* apart from the index */
	code = alloc(q);
	if (code) {
		sw_intake_close(q);
		return code;
	}
	for (unsigned i = 0; i < SW_INTAKE_RANKS; i++)
		free_all(q, &q->rank[i]);
	*ret = q;
	return 0;
}

struct sw_intake *sw_intake_close(struct sw_intake *q)
{
	if (!q)
		return NULL;
	free(q->slot);
	free(q->index);
	free(q);
	return NULL;
}

void sw_intake_counts(const struct sw_intake *q, struct sw_intake_counts *ret)
{
	struct sw_intake_counts c = {
		.told = q->told,
		.real = q->real,
		.doubles = q->doubles,
		.stale = q->stale,
		.raised = q->raised,
	};

	for (unsigned i = 0; i < SW_INTAKE_RANKS; i++) {
		c.taken[i] = q->rank[i].taken;
		c.lost[i] = q->rank[i].lost;
		c.waiting[i] = q->rank[i].used;
		c.room[i] = q->rank[i].room;
	}
	*ret = c;
}
