/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * trust_watch - what traffic shows of a list. Nothing is decided here: see trust.h.
 */
#include <math.h>
#include <string.h>

#include "dns/trust_parts.h"

#define SAMPLE 64 /* different networks */
#define SILENT 16 /* questions in a row */
#define SUDDEN 0.3 /* a change of the share of listed networks */
#define NEARLY_ALL 0.95
#define LONG_RUN 8 /* samples that the long-run share looks back on */

void sw_trust_forget_traffic(struct sw_trust *t)
{
	memset(&t->window, 0, sizeof(t->window));
}

static struct sw_trust_event suspect(struct sw_trust *t, const char *why, int64_t now)
{
	struct sw_trust_event event = { .news = SW_TRUST_NOTHING };
	int64_t soonest = t->last + t->rules->recheck_ms;
	int64_t due = soonest > now ? soonest : now;

	if (t->running || t->due <= due)
		return event;
	t->due = due;
	t->suspicion = why;
	if (due == now)
		event.news = SW_TRUST_LOOK;
	return event;
}

/* Sources of one /16 or IPv6 /32 are one network. */
static unsigned bit_of(const struct sw_prefix *source)
{
	uint64_t x = source->family == 4 ? source->lo >> 16 : source->hi >> 32;

	x = (x + 1) * UINT64_C(0x9e3779b97f4a7c15);
	return (unsigned)(x >> 32) % SW_TRUST_NETWORKS;
}

static struct sw_trust_event count(struct sw_trust *t, const struct sw_prefix *source, bool listed,
				   int64_t now)
{
	struct sw_trust_window *w = &t->window;
	unsigned bit = bit_of(source);
	double share, before = t->share;

	if (w->seen[bit / 64] >> bit % 64 & 1)
		return (struct sw_trust_event){ .news = SW_TRUST_NOTHING };
	w->seen[bit / 64] |= UINT64_C(1) << bit % 64;
	w->asked++;
	w->listed += listed;
	if (w->asked < SAMPLE)
		return (struct sw_trust_event){ .news = SW_TRUST_NOTHING };
	share = (double)w->listed / w->asked;
	t->share = before < 0 ? share : before + (share - before) / LONG_RUN;
	sw_trust_forget_traffic(t);
	if (share >= NEARLY_ALL)
		return suspect(t, "it lists nearly all who come", now);
	if (before >= 0 && fabs(share - before) >= SUDDEN)
		return suspect(t,
			       share > before ? "it suddenly lists many more of those who come"
					      : "it suddenly lists far fewer of those who come",
			       now);
	return (struct sw_trust_event){ .news = SW_TRUST_NOTHING };
}

struct sw_trust_event sw_trust_watch(struct sw_trust *t, const struct sw_prefix *source,
				     const struct sw_dnsbl_reading *reading, int64_t now)
{
	if (t->state != SW_TRUST_TRUSTED || source->family != t->family)
		return (struct sw_trust_event){ .news = SW_TRUST_NOTHING };
	if (reading->said == SW_DNSBL_UNKNOWN) {
		if (sw_trust_is_ours(reading->trouble) || ++t->window.silent < SILENT)
			return (struct sw_trust_event){ .news = SW_TRUST_NOTHING };
		t->window.silent = 0;
		return suspect(t, "it does not answer", now);
	}
	t->window.silent = 0;
	if (reading->strays)
		return suspect(t, "an answer outside 127.0.0.0/8", now);
	if (reading->refusals)
		return suspect(t, "it refused to answer", now);
	return count(t, source, reading->matched != 0, now);
}
