/* SPDX-License-Identifier: GPL-2.0-only */
/* spf_asker - see spf_asker.h. */
#include "spf_asker.h"

#include <stddef.h>

static void take_answer(void *ctx, const struct sw_dns_answer *answer)
{
	struct sw_spf_asker *asker = ctx;

	asker->waiting = false;
	asker->ticket = 0;
	asker->take(asker->owner, answer);
	if (!asker->running)
		sw_spf_run(asker);
}

void sw_spf_ask(struct sw_spf_asker *asker, const char *name, enum sw_dns_type type,
		sw_spf_take_fn take)
{
	sw_dns_ticket ticket;

	asker->take = take;
	asker->waiting = true;
	asker->questions++;
	ticket = sw_dns_ask(asker->dns, name, type, take_answer, asker);
	if (asker->waiting)
		asker->ticket = ticket;
}

void sw_spf_run(struct sw_spf_asker *asker)
{
	asker->running = true;
	while (asker->next && !asker->waiting && !asker->dropped)
		asker->next(asker->owner);
	if (!asker->next && !asker->ended && !asker->dropped) {
		asker->ended = true;
		asker->end(asker->owner);
	}
	asker->running = false;
	if (asker->dropped)
		asker->destroy(asker->owner);
}

void sw_spf_stop_waiting(struct sw_spf_asker *asker)
{
	if (asker->waiting)
		sw_dns_cancel(asker->dns, asker->ticket);
	asker->waiting = false;
	asker->ticket = 0;
}

void sw_spf_drop(struct sw_spf_asker *asker)
{
	sw_spf_stop_waiting(asker);
	asker->dropped = true;
	if (!asker->running)
		asker->destroy(asker->owner);
}

const char *sw_spf_trouble(const struct sw_dns_answer *answer)
{
	switch (answer->trouble) {
	case SW_DNS_TIMEOUT:
		return "nobody answered in time";
	case SW_DNS_SERVFAIL:
		return "the server failed (SERVFAIL)";
	case SW_DNS_REFUSED:
		return "the server refused to answer";
	case SW_DNS_MALFORMED:
		return "the answer is none";
	case SW_DNS_NO_SERVER:
		return "there is no server that can be asked";
	case SW_DNS_OVER_BUDGET:
		return "too many questions are being asked";
	case SW_DNS_TROUBLE_NONE:
		break;
	}
	return "it is not known why";
}
