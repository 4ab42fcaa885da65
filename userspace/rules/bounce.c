/* SPDX-License-Identifier: GPL-2.0-only */
/* bounce - see bounce.h: counting, and when it is enough. Entries are in bounce_table.c. */
#include "bounce.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bounce_table.h"

#define MINUTE (INT64_C(60) * 1000)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)
#define YEARS (INT64_C(36525) * DAY)
#define NETWORK4 24
#define SOURCE6 64

const struct sw_bounce_rules sw_bounce_defaults = {
	.window_ms = HOUR,
	.accepted_ms = DAY,
	.unknown = 30,
	.different = 10,
	.share = 0.5,
	.network_unknown = 100,
	.network_sources = 4,
	.lock_ms = { HOUR, 6 * HOUR, DAY, 0 },
	.locks = 4,
	.memory_ms = 30 * DAY,
};

struct sw_bounce {
	struct sw_bounce_rules rules;
	struct sw_bounce_table table;
	uint64_t serial; /* of recipients that have no name */
	uint64_t late, crowded;
};

/* ---- rules ---- */

static int check_lines(const struct sw_bounce_rules *r, struct sw_err *err)
{
	if (!r->unknown)
		return sw_err_set(err, -EINVAL, "no unknown recipient at all would lock everybody");
	if (!r->different || r->different > r->unknown || r->different > SW_BOUNCE_DIFFERENT)
		return sw_err_set(err, -EINVAL,
				  "%u different recipients of %u; give at least 1, at most %d, and "
				  "not more than there have to be unknown ones",
				  r->different, r->unknown, SW_BOUNCE_DIFFERENT);
	if (!(r->share > 0 && r->share <= 1))
		return sw_err_set(err, -EINVAL, "a share must be more than 0%% and at most 100%%");
	if (!r->network_unknown)
		return 0;
	if (r->network_unknown < r->unknown)
		return sw_err_set(err, -EINVAL,
				  "a network is locked by fewer unknown recipients (%u) than one "
				  "address (%u)",
				  r->network_unknown, r->unknown);
	if (r->network_sources < 2 || r->network_sources > SW_BOUNCE_DIFFERENT)
		return sw_err_set(err, -EINVAL,
				  "%u addresses of a network; give from 2 to %d: one alone is "
				  "locked as an address",
				  r->network_sources, SW_BOUNCE_DIFFERENT);
	return 0;
}

static int check_times(const struct sw_bounce_rules *r, struct sw_err *err)
{
	if (r->window_ms < SW_BOUNCE_SLOTS || r->window_ms > YEARS)
		return sw_err_set(err, -EINVAL, "the window is too short or too long");
	if (r->accepted_ms < r->window_ms || r->accepted_ms > YEARS)
		return sw_err_set(err, -EINVAL,
				  "accepted recipients must count for as long as unknown ones, or "
				  "longer");
	if (!r->locks || r->locks > SW_BOUNCE_LOCKS)
		return sw_err_set(err, -EINVAL, "give from 1 to %d locks", SW_BOUNCE_LOCKS);
	for (size_t i = 0; i < r->locks; i++)
		if (r->lock_ms[i] < 0 || r->lock_ms[i] > YEARS ||
		    (!r->lock_ms[i] && i + 1 < r->locks))
			return sw_err_set(err, -EINVAL,
					  "no lock can follow on one that is permanent; it has to "
					  "be the last");
	if (r->memory_ms <= 0 || r->memory_ms > YEARS)
		return sw_err_set(err, -EINVAL, "locks must be remembered for some time");
	return 0;
}

int sw_bounce_check(const struct sw_bounce_rules *rules, struct sw_err *err)
{
	int code = check_lines(rules, err);

	return code ? code : check_times(rules, err);
}

/* ---- open and close ---- */

int sw_bounce_open(const struct sw_bounce_rules *rules, size_t entries, uint64_t seed,
		   struct sw_bounce **ret)
{
	struct sw_bounce *b = calloc(1, sizeof(*b));

	if (!b)
		return -ENOMEM;
	b->rules = *rules;
	if (sw_bounce_table_init(&b->table, rules, entries, seed)) {
		free(b);
		return -ENOMEM;
	}
	*ret = b;
	return 0;
}

struct sw_bounce *sw_bounce_close(struct sw_bounce *b)
{
	if (b)
		sw_bounce_table_done(&b->table);
	free(b);
	return NULL;
}

/* ---- what a source is counted as ---- */

struct level {
	struct sw_prefix of;
	bool network;
};

/* The address, then what it is in. */
static unsigned levels_of(const struct sw_bounce *b, const struct sw_bounce_seen *seen,
			  struct level level[2])
{
	level[0] = (struct level){ .of = seen->source };
	if (seen->alone)
		return 1;
	if (seen->source.family == 6) {
		level[1] = (struct level){ .of = sw_prefix_truncate(&seen->source, SOURCE6) };
		return 2;
	}
	if (!b->rules.network_unknown)
		return 1;
	level[1] = (struct level){ .of = sw_prefix_truncate(&seen->source, NETWORK4),
				   .network = true };
	return 2;
}

/* ---- counting ---- */

static void mark_recipients(struct sw_bounce *b, struct sw_bounce_entry *e,
			    const struct sw_bounce_seen *seen, int64_t slot)
{
	uint32_t n = seen->n < SW_BOUNCE_DIFFERENT ? seen->n : SW_BOUNCE_DIFFERENT;

	if (seen->rcpt) {
		sw_bounce_mark(e, sw_bounce_hash_text(&b->table, seen->rcpt, seen->rcpt_n), slot);
		return;
	}
	while (n--)
		sw_bounce_mark(e, sw_bounce_hash_number(&b->table, ++b->serial), slot);
}

static bool add_unknown(struct sw_bounce *b, struct sw_bounce_entry *e, const struct level *level,
			const struct sw_bounce_seen *seen)
{
	int64_t slot = seen->time_ms / b->table.unknown_width;

	if (!sw_bounce_add(&e->unknown, slot, seen->n))
		return false;
	if (level->network)
		sw_bounce_mark(e, sw_bounce_hash_number(&b->table, seen->source.lo), slot);
	else
		mark_recipients(b, e, seen, slot);
	return true;
}

static struct sw_bounce_entry *count_at(struct sw_bounce *b, const struct level *level,
					const struct sw_bounce_seen *seen, int64_t now_ms)
{
	struct sw_bounce_entry *e =
		sw_bounce_place(&b->table, &level->of, level->network, seen->accepted, now_ms);
	bool counted;

	if (!e) {
		b->crowded += seen->n;
		return NULL;
	}
	sw_bounce_go_on(&b->table, e, now_ms);
	if (seen->accepted)
		counted = sw_bounce_add(&e->accepted, seen->time_ms / b->table.accepted_width,
					seen->n);
	else
		counted = add_unknown(b, e, level, seen);
	if (!counted)
		b->late += seen->n;
	return e;
}

static bool is_over(const struct sw_bounce_rules *r, const struct sw_bounce_finding *f)
{
	uint32_t unknown = f->network ? r->network_unknown : r->unknown;
	uint32_t different = f->network ? r->network_sources : r->different;
	double all = (double)f->unknown + f->accepted;

	return f->unknown >= unknown && f->different >= different && f->unknown >= r->share * all;
}

static struct sw_bounce_finding look(const struct sw_bounce_entry *e, const struct level *level)
{
	return (struct sw_bounce_finding){ .source = level->of,
					   .network = level->network,
					   .unknown = sw_bounce_sum(&e->unknown),
					   .accepted = sw_bounce_sum(&e->accepted),
					   .different = sw_bounce_marks(e) };
}

/* Was it, or what it is in, locked just now? */
static bool is_quiet(struct sw_bounce *b, const struct level *level, unsigned levels,
		     int64_t now_ms)
{
	for (unsigned i = 0; i < levels; i++) {
		const struct sw_bounce_entry *e = sw_bounce_find(&b->table, &level[i].of);

		if (e && e->quiet_until_ms > now_ms)
			return true;
	}
	return false;
}

/* A mail server that takes first and asks later has counted them as accepted. */
static void take_back(struct sw_bounce *b, const struct level *level, unsigned levels, uint32_t n)
{
	for (unsigned i = 0; i < levels; i++) {
		struct sw_bounce_entry *e = sw_bounce_find(&b->table, &level[i].of);

		if (e)
			sw_bounce_take(&e->accepted, n);
	}
}

/* The wider one is looked at first: it holds the other. */
bool sw_bounce_count(struct sw_bounce *b, const struct sw_bounce_seen *seen, int64_t now_ms,
		     struct sw_bounce_finding *ret)
{
	struct sw_bounce_seen s = *seen;
	struct level level[2];
	unsigned levels = levels_of(b, seen, level);
	bool over = false;

	if (now_ms < 0)
		now_ms = 0;
	if (s.time_ms > now_ms)
		s.time_ms = now_ms;
	if (s.time_ms < 0)
		s.time_ms = 0;
	if (s.taken)
		take_back(b, level, levels, s.n);
	if (!s.n || (!s.accepted && is_quiet(b, level, levels, now_ms)))
		return false;
	for (unsigned i = levels; i-- > 0;) {
		const struct sw_bounce_entry *e = count_at(b, &level[i], &s, now_ms);
		struct sw_bounce_finding f;

		if (!e || s.accepted || over)
			continue;
		f = look(e, &level[i]);
		over = is_over(&b->rules, &f);
		if (over)
			*ret = f;
	}
	return over;
}

void sw_bounce_quiet(struct sw_bounce *b, const struct sw_prefix *source, int64_t now_ms,
		     int64_t until_ms)
{
	struct sw_bounce_entry *e = sw_bounce_find(&b->table, source);

	if (!e)
		return;
	sw_bounce_go_on(&b->table, e, now_ms);
	sw_bounce_forget_unknown(e);
	e->quiet_until_ms = until_ms;
}

/* ---- locks ---- */

struct sw_bounce_lock sw_bounce_next_lock(const struct sw_bounce_rules *r, unsigned before)
{
	size_t i = before < r->locks ? before : r->locks - 1;

	return (struct sw_bounce_lock){ .number = before + 1,
					.last = r->lock_ms[r->locks - 1] ? 0 : (unsigned)r->locks,
					.for_ms = r->lock_ms[i] };
}

void sw_bounce_counts(const struct sw_bounce *b, struct sw_bounce_counts *ret)
{
	*ret = (struct sw_bounce_counts){ .entries = b->table.entries,
					  .used = b->table.used,
					  .late = b->late,
					  .evicted = b->table.evicted,
					  .crowded = b->crowded };
}
