/* SPDX-License-Identifier: GPL-2.0-only */
/* enquiries - see enquiries.h. */
#include "enquiries.h"

#include <errno.h>
#include <stdlib.h>

#define PLACE_BITS 15 /* of a number */

_Static_assert(1 << PLACE_BITS == SW_ENQUIRIES, "a number has room for each place");

int sw_enquiries_init(struct sw_enquiries *asks, size_t n)
{
	asks->n = n < SW_ENQUIRIES ? n : SW_ENQUIRIES;
	asks->waiting_n = 0;
	asks->place = calloc(asks->n, sizeof(*asks->place));
	TAILQ_INIT(&asks->unsent);
	TAILQ_INIT(&asks->waiting);
	TAILQ_INIT(&asks->idle);
	if (!asks->place)
		return -ENOMEM;
	for (size_t i = 0; i < asks->n; i++)
		TAILQ_INSERT_TAIL(&asks->idle, &asks->place[i], entry);
	return 0;
}

void sw_enquiries_done(struct sw_enquiries *asks)
{
	free(asks->place);
	asks->place = NULL;
}

struct sw_enquiry *sw_enquiries_take(struct sw_enquiries *asks, uint64_t now_ms)
{
	struct sw_enquiry *ask = TAILQ_FIRST(&asks->idle);

	if (!ask)
		return NULL;
	TAILQ_REMOVE(&asks->idle, ask, entry);
	ask->turn = (ask->turn + 1) & (UINT32_MAX >> PLACE_BITS);
	ask->turn += !ask->turn;
	ask->id = ask->turn << PLACE_BITS | (uint32_t)(ask - asks->place);
	ask->asked_ms = now_ms;
	ask->sent = false;
	TAILQ_INSERT_TAIL(&asks->unsent, ask, entry);
	return ask;
}

struct sw_enquiry *sw_enquiries_find(struct sw_enquiries *asks, uint32_t id)
{
	size_t place = id & (SW_ENQUIRIES - 1);

	if (!id || place >= asks->n || asks->place[place].id != id)
		return NULL;
	return &asks->place[place];
}

void sw_enquiries_sent(struct sw_enquiries *asks, struct sw_enquiry *ask)
{
	TAILQ_REMOVE(&asks->unsent, ask, entry);
	ask->sent = true;
	asks->waiting_n++;
	TAILQ_INSERT_TAIL(&asks->waiting, ask, entry);
}

void sw_enquiries_give_back(struct sw_enquiries *asks, struct sw_enquiry *ask)
{
	TAILQ_REMOVE(ask->sent ? &asks->waiting : &asks->unsent, ask, entry);
	asks->waiting_n -= ask->sent;
	ask->id = 0;
	/* at the end: a place rests for as long as it can */
	TAILQ_INSERT_TAIL(&asks->idle, ask, entry);
}

void sw_enquiries_finish(struct sw_enquiries *asks, struct sw_enquiry *ask,
			 const struct sw_answer *answer)
{
	sw_enquiry_fn *fn = ask->fn;
	void *ctx = ask->ctx;

	sw_enquiries_give_back(asks, ask);
	fn(ctx, answer);
}

struct sw_enquiry *sw_enquiries_oldest(const struct sw_enquiries *asks)
{
	struct sw_enquiry *sent = TAILQ_FIRST(&asks->waiting), *unsent = TAILQ_FIRST(&asks->unsent);

	if (!sent || !unsent)
		return sent ? sent : unsent;
	return sent->asked_ms <= unsent->asked_ms ? sent : unsent;
}
