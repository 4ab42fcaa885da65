/* SPDX-License-Identifier: GPL-2.0-only */
/* crowd - see crowd.h. */
#include "crowd.h"

#include <errno.h>
#include <stdlib.h>

#include "maps/hash.h"

int sw_crowd_init(struct sw_crowd *crowd, const struct sw_crowd_limits *limits, uint64_t seed)
{
	size_t n = 64;

	while (n < limits->all)
		n *= 2;
	crowd->buckets = calloc(n, sizeof(*crowd->buckets));
	if (!crowd->buckets)
		return -ENOMEM;
	crowd->buckets_n = n;
	crowd->limits = *limits;
	crowd->seed = seed;
	crowd->n = 0;
	for (int i = 0; i < SW_CROWD_PHASES; i++)
		TAILQ_INIT(&crowd->phase[i]);
	TAILQ_INIT(&crowd->life);
	return 0;
}

void sw_crowd_done(struct sw_crowd *crowd)
{
	free(crowd->buckets);
	crowd->buckets = NULL;
}

/* ---- by source ---- */

static struct sw_crowd_bucket *bucket_of(const struct sw_crowd *crowd,
					 const struct sw_crowd_member *m)
{
	uint64_t h = sw_hash(m->hi ^ m->family, m->lo, crowd->seed);

	return &crowd->buckets[h & (crowd->buckets_n - 1)];
}

static size_t count_source(const struct sw_crowd *crowd, const struct sw_crowd_member *m)
{
	const struct sw_crowd_member *other;
	size_t n = 0;

	LIST_FOREACH(other, bucket_of(crowd, m), by_source)
	n += other->hi == m->hi && other->lo == m->lo && other->family == m->family;
	return n;
}

/* ---- come and go ---- */

int sw_crowd_join(struct sw_crowd *crowd, struct sw_crowd_member *m, const struct sw_prefix *source,
		  uint64_t now_ms)
{
	m->family = source ? source->family : 0;
	m->hi = source ? source->hi : 0;
	m->lo = source && source->family == 4 ? source->lo : 0;
	if (m->family && count_source(crowd, m) >= crowd->limits.by_source)
		return -EUSERS;
	if (crowd->n >= crowd->limits.all)
		return -ENOSPC;
	if (m->family)
		LIST_INSERT_HEAD(bucket_of(crowd, m), m, by_source);
	crowd->n++;
	m->born_ms = m->phase_ms = now_ms;
	m->phase = SW_CROWD_ASKING;
	TAILQ_INSERT_TAIL(&crowd->phase[m->phase], m, by_phase);
	TAILQ_INSERT_TAIL(&crowd->life, m, by_life);
	m->living = true;
	return 0;
}

static void end_life(struct sw_crowd *crowd, struct sw_crowd_member *m)
{
	if (m->living)
		TAILQ_REMOVE(&crowd->life, m, by_life);
	m->living = false;
}

void sw_crowd_leave(struct sw_crowd *crowd, struct sw_crowd_member *m)
{
	TAILQ_REMOVE(&crowd->phase[m->phase], m, by_phase);
	end_life(crowd, m);
	if (m->family)
		LIST_REMOVE(m, by_source);
	crowd->n--;
}

void sw_crowd_turn(struct sw_crowd *crowd, struct sw_crowd_member *m, enum sw_crowd_phase phase,
		   uint64_t now_ms)
{
	TAILQ_REMOVE(&crowd->phase[m->phase], m, by_phase);
	m->phase = (uint8_t)phase;
	m->phase_ms = now_ms;
	TAILQ_INSERT_TAIL(&crowd->phase[phase], m, by_phase);
	if (phase == SW_CROWD_LEAVING)
		end_life(crowd, m);
}

/* ---- who goes ---- */

struct sw_crowd_member *sw_crowd_idle(const struct sw_crowd *crowd)
{
	struct sw_crowd_member *m = TAILQ_FIRST(&crowd->phase[SW_CROWD_LEAVING]);

	return m ? m : TAILQ_FIRST(&crowd->phase[SW_CROWD_TALKING]);
}

static bool is_over(uint64_t since_ms, uint64_t ms, uint64_t now_ms)
{
	return ms && now_ms >= since_ms && now_ms - since_ms >= ms;
}

struct sw_crowd_member *sw_crowd_due(const struct sw_crowd *crowd, uint64_t now_ms)
{
	struct sw_crowd_member *m;

	for (int i = 0; i < SW_CROWD_PHASES; i++) {
		m = TAILQ_FIRST(&crowd->phase[i]);
		if (m && is_over(m->phase_ms, crowd->limits.phase_ms[i], now_ms))
			return m;
	}
	m = TAILQ_FIRST(&crowd->life);
	return m && is_over(m->born_ms, crowd->limits.life_ms, now_ms) ? m : NULL;
}
