/* SPDX-License-Identifier: GPL-2.0-only */
/* spf_allow - see spf_allow.h. */
#include "spf_allow.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

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

/* ---- how much of the internet ---- */

struct width {
	uint64_t four, six; /* addresses; /64s */
};

/* Networks inside of others count once more. */
static void widen(struct width *w, const struct sw_prefix *net)
{
	if (net->family == 4)
		w->four += UINT64_C(1) << (32 - net->len);
	else if (net->len < 20)
		w->six += SW_SPF_ALLOW_WIDTH6 + 1;
	else
		w->six += net->len < 64 ? UINT64_C(1) << (64 - net->len) : 1;
}

static bool is_too_wide(const struct width *w)
{
	return w->four > SW_SPF_ALLOW_WIDTH4 || w->six > SW_SPF_ALLOW_WIDTH6;
}

/* ---- old and new together ---- */

/* What is being put together of the networks in force and those that came. */
struct merge {
	const struct sw_spf_collection *c;
	struct sw_spf_allow_net *net;
	size_t n;
	int64_t wall_ms;
	bool counts; /* for what is missing */
	bool grows;
	bool changed;
};

/* How the next one of those in force, @i, compares with the next one that came, @k. */
static int order(const struct sw_spf_allow *allow, size_t i, const struct sw_spf_collection *c,
		 size_t k)
{
	if (i == allow->n)
		return 1;
	return k == c->n ? -1 : sw_prefix_cmp(&allow->net[i].net, &c->net[k]);
}

/* May all that is new in @c be in force beside what is? */
static bool fits(const struct sw_spf_allow *allow, const struct sw_spf_collection *c)
{
	size_t room = c->room < SW_SPF_ALLOW_MAX ? c->room : SW_SPF_ALLOW_MAX, n = allow->n, i = 0;
	struct width width = { .four = 0 };

	for (i = 0; i < allow->n; i++)
		widen(&width, &allow->net[i].net);
	i = 0;
	for (size_t k = 0; k < c->n; k++) {
		while (order(allow, i, c, k) < 0)
			i++;
		if (order(allow, i, c, k) > 0) {
			widen(&width, &c->net[k]);
			n++;
		}
	}
	return n == allow->n || (n <= room && !is_too_wide(&width));
}

/* One that is in force and not in the collection. */
static void take_missing(struct merge *m, const struct sw_spf_allow_net *net)
{
	unsigned missing = net->missing + (unsigned)m->counts;

	if (missing >= SW_SPF_ALLOW_AGREE) {
		m->changed = true;
		return;
	}
	m->net[m->n] = *net;
	m->net[m->n++].missing = (uint8_t)missing;
}

static void take_new(struct merge *m, const struct sw_prefix *net)
{
	if (!m->grows)
		return;
	m->net[m->n++] = (struct sw_spf_allow_net){ .net = *net, .since_ms = m->wall_ms };
	m->changed = true;
}

static void merge(struct merge *m, const struct sw_spf_allow *allow)
{
	size_t i = 0, k = 0;

	while (i < allow->n || k < m->c->n) {
		int o = order(allow, i, m->c, k);

		if (o < 0) {
			take_missing(m, &allow->net[i++]);
		} else if (o > 0) {
			take_new(m, &m->c->net[k++]);
		} else {
			m->net[m->n] = allow->net[i++];
			m->net[m->n++].missing = 0;
			k++;
		}
	}
}

/* Is it long enough ago that one counted? A clock that was set back begins anew. */
static bool is_apart(struct sw_spf_allow *allow, int64_t wall_ms)
{
	if (allow->counted_ms > wall_ms)
		allow->counted_ms = wall_ms;
	return !allow->counted_ms ||
	       wall_ms - allow->counted_ms >= SW_SPF_ALLOW_TTL_MIN_S * INT64_C(1000);
}

int sw_spf_allow_take(struct sw_spf_allow *allow, const struct sw_spf_collection *c, int64_t now_ms,
		      int64_t wall_ms, bool *ret_changed)
{
	struct merge m = { .c = c, .wall_ms = wall_ms };
	struct width width = { .four = 0 };
	bool wide;

	for (size_t i = 0; i < c->n; i++)
		widen(&width, &c->net[i]);
	wide = is_too_wide(&width);
	set_due(allow, c->complete && !wide, c->ttl_s, now_ms);
	if (wide)
		return -ERANGE;
	m.grows = fits(allow, c);
	m.counts = is_apart(allow, wall_ms) && c->complete;
	m.net = calloc(allow->n + (m.grows ? c->n : 0) + 1, sizeof(*m.net));
	if (!m.net)
		return -ENOMEM;
	merge(&m, allow);
	free(allow->net);
	allow->net = m.net;
	allow->n = m.n;
	if (c->complete)
		allow->confirmed_ms = wall_ms;
	if (m.counts)
		allow->counted_ms = wall_ms;
	*ret_changed = m.changed;
	return m.grows ? 0 : -ENOSPC;
}

/* ---- as a whole ---- */

int sw_spf_allow_copy(const struct sw_spf_allow *allow, struct sw_spf_allow *ret)
{
	struct sw_spf_allow_net *net = calloc(allow->n + 1, sizeof(*net));

	if (!net)
		return -ENOMEM;
	if (allow->n)
		memcpy(net, allow->net, allow->n * sizeof(*net));
	*ret = *allow;
	ret->net = net;
	return 0;
}

void sw_spf_allow_done(struct sw_spf_allow *allow)
{
	free(allow->net);
	*allow = (struct sw_spf_allow){ .n = 0 };
}

bool sw_spf_allow_is_sound(const struct sw_spf_allow *allow)
{
	struct width width = { .four = 0 };

	for (size_t i = 0; i < allow->n; i++) {
		if (i && sw_prefix_cmp(&allow->net[i - 1].net, &allow->net[i].net) >= 0)
			return false;
		widen(&width, &allow->net[i].net);
	}
	return allow->n <= SW_SPF_ALLOW_MAX && !is_too_wide(&width);
}
