/* SPDX-License-Identifier: GPL-2.0-only */
/* budget - see budget.h. */
#include "budget.h"

#define TOKEN 1000000u /* one query; what a microsecond brings is per_second of them */

void sw_dns_budget_init(struct sw_dns_budget *b, uint32_t per_second, uint32_t outstanding,
			uint64_t now_us)
{
	*b = (struct sw_dns_budget){
		.per_second = per_second,
		.outstanding = outstanding,
		.tokens = (uint64_t)per_second * TOKEN,
		.at_us = now_us,
	};
}

bool sw_dns_budget_begin(struct sw_dns_budget *b)
{
	if (b->outstanding && b->under_way >= b->outstanding)
		return false;
	b->under_way++;
	return true;
}

void sw_dns_budget_end(struct sw_dns_budget *b)
{
	b->under_way--;
}

static void refill(struct sw_dns_budget *b, uint64_t now_us)
{
	const uint64_t full = (uint64_t)b->per_second * TOKEN;
	uint64_t passed = now_us > b->at_us ? now_us - b->at_us : 0;

	if (now_us > b->at_us)
		b->at_us = now_us;
	if (passed >= TOKEN) /* a second fills it */
		b->tokens = full;
	else
		b->tokens += passed * b->per_second;
	if (b->tokens > full)
		b->tokens = full;
}

bool sw_dns_budget_take(struct sw_dns_budget *b, uint64_t now_us)
{
	if (!b->per_second)
		return true;
	refill(b, now_us);
	if (b->tokens < TOKEN)
		return false;
	b->tokens -= TOKEN;
	return true;
}
