/* SPDX-License-Identifier: GPL-2.0-only */
/* server - see server.h. */
#include "server.h"

#define OTHERS_EVERY 64 /* questions, one goes to whoever's turn it is */
#define RTT_MAX_US 10000000
#define RTT_PART 8 /* a new sample counts for one part of so many; RFC 6298 has the same */

bool sw_dns_server_answered(struct sw_dns_server *s, uint32_t rtt_us)
{
	bool was_troubled = s->health == SW_DNS_TROUBLED;

	s->health = SW_DNS_WELL;
	s->failures = 0;
	s->backoff_ms = 0;
	if (!rtt_us)
		return was_troubled;
	if (s->rtt_us)
		rtt_us = s->rtt_us - s->rtt_us / RTT_PART + rtt_us / RTT_PART;
	s->rtt_us = rtt_us ? rtt_us : 1;
	return was_troubled;
}

bool sw_dns_server_failed(struct sw_dns_server *s)
{
	if (s->failures < UINT32_MAX)
		s->failures++;
	/* one that loses much is not the fastest for long */
	s->rtt_us += s->rtt_us / 2 + 1000;
	if (s->rtt_us > RTT_MAX_US)
		s->rtt_us = RTT_MAX_US;
	if (s->health != SW_DNS_WELL || s->failures < SW_DNS_SERVER_DOUBT)
		return false;
	s->health = SW_DNS_DOUBTED;
	return true;
}

bool sw_dns_server_probe_failed(struct sw_dns_server *s)
{
	bool was_troubled = s->health == SW_DNS_TROUBLED;

	if (s->health == SW_DNS_WELL) /* it answered something else meanwhile */
		return false;
	s->health = SW_DNS_TROUBLED;
	s->backoff_ms = was_troubled ? s->backoff_ms * 2 : SW_DNS_SERVER_BACKOFF_MS;
	if (s->backoff_ms > SW_DNS_SERVER_BACKOFF_MAX_MS)
		s->backoff_ms = SW_DNS_SERVER_BACKOFF_MAX_MS;
	return !was_troubled;
}

static bool is_better(const struct sw_dns_server *a, const struct sw_dns_server *b)
{
	if (a->health != b->health)
		return a->health < b->health;
	return a->rtt_us < b->rtt_us; /* who is not known is asked first */
}

static int pick(const struct sw_dns_server *s, size_t n, uint32_t avoid, uint32_t turn)
{
	bool others = turn % OTHERS_EVERY == OTHERS_EVERY - 1;
	size_t first = others ? turn / OTHERS_EVERY % n : 0;
	int best = -1;

	for (size_t k = 0; k < n; k++) {
		size_t i = (first + k) % n;

		if (s[i].health == SW_DNS_TROUBLED || avoid >> i & 1)
			continue;
		if (best < 0 || (!others && is_better(&s[i], &s[best])))
			best = (int)i;
	}
	return best;
}

int sw_dns_server_pick(const struct sw_dns_server *s, size_t n, uint32_t avoid, uint32_t turn)
{
	int best = n ? pick(s, n, avoid, turn) : -1;

	return best < 0 && n && avoid ? pick(s, n, 0, turn) : best;
}
