/* SPDX-License-Identifier: GPL-2.0-only */
/* spf_allow - see spf_allow.h. */
#include "spf_allow.h"

#include <errno.h>
#include <stdlib.h>

static int64_t between(int64_t value, int64_t min, int64_t max)
{
	return value < min ? min : value > max ? max : value;
}

static void set_due(struct sw_spf_allow *allow, bool complete, uint32_t ttl_s, int64_t now_ms)
{
	int64_t s = between(ttl_s, SW_SPF_ALLOW_TTL_MIN_S, SW_SPF_ALLOW_TTL_MAX_S);

	if (complete) {
		allow->failures = 0;
	} else {
		s = SW_SPF_ALLOW_RETRY_MIN_S;
		for (unsigned i = 0; i < allow->failures && s < SW_SPF_ALLOW_RETRY_MAX_S; i++)
			s *= 2;
		s = between(s, SW_SPF_ALLOW_RETRY_MIN_S, SW_SPF_ALLOW_RETRY_MAX_S);
		if (allow->failures < UINT32_MAX)
			allow->failures++;
	}
	allow->due_ms = now_ms + s * 1000;
}

/* What is being put together of the networks in force and those that came. */
struct merge {
	struct sw_prefix *net;
	uint8_t *missing;
	size_t n;
	bool changed, full;
};

static void keep(struct merge *m, const struct sw_prefix *net, unsigned missing)
{
	m->net[m->n] = *net;
	m->missing[m->n++] = (uint8_t)missing;
}

/* One that is in force and not in the collection. */
static void take_missing(struct merge *m, const struct sw_prefix *net, unsigned missing,
			 bool complete)
{
	missing += complete;
	if (missing >= SW_SPF_ALLOW_AGREE)
		m->changed = true;
	else
		keep(m, net, missing);
}

/* One that is new. @room: so many may be new, that all that is in force has its place. */
static void take_new(struct merge *m, const struct sw_prefix *net, size_t *room)
{
	if (!*room) {
		m->full = true;
		return;
	}
	--*room;
	m->changed = true;
	keep(m, net, 0);
}

static void merge(struct merge *m, const struct sw_spf_allow *allow, const struct sw_prefix *net,
		  size_t n, bool complete)
{
	size_t room = SW_SPF_ALLOW_MAX - allow->n, i = 0, k = 0;

	while (i < allow->n || k < n) {
		int order = i == allow->n ? 1
			    : k == n	  ? -1
					  : sw_prefix_cmp(&allow->net[i], &net[k]);

		if (order < 0) {
			take_missing(m, &allow->net[i], allow->missing[i], complete);
			i++;
		} else if (order > 0) {
			take_new(m, &net[k++], &room);
		} else {
			keep(m, &net[k++], 0);
			i++;
		}
	}
}

int sw_spf_allow_take(struct sw_spf_allow *allow, const struct sw_prefix *net, size_t n,
		      bool complete, uint32_t ttl_s, int64_t now_ms, bool *ret_changed)
{
	size_t most = allow->n + n < SW_SPF_ALLOW_MAX ? allow->n + n : SW_SPF_ALLOW_MAX;
	struct merge m = { .n = 0 };

	set_due(allow, complete, ttl_s, now_ms);
	m.net = calloc(most + 1, sizeof(*m.net));
	m.missing = calloc(most + 1, sizeof(*m.missing));
	if (!m.net || !m.missing) {
		free(m.net);
		free(m.missing);
		return -ENOMEM;
	}
	merge(&m, allow, net, n, complete);
	free(allow->net);
	free(allow->missing);
	allow->net = m.net;
	allow->missing = m.missing;
	allow->n = m.n;
	*ret_changed = m.changed;
	return m.full ? -ENOSPC : 0;
}

void sw_spf_allow_done(struct sw_spf_allow *allow)
{
	free(allow->net);
	free(allow->missing);
	*allow = (struct sw_spf_allow){ .n = 0 };
}
