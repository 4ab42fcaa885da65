/* SPDX-License-Identifier: GPL-2.0-only */
/* budget - see budget.h. */
#include "budget.h"

#define TOKEN 1000000u /* one query; what a microsecond brings is per_second of them */

void sw_dns_budget_init(struct sw_dns_budget *b, uint32_t per_second, uint32_t outstanding,
			uint64_t now_us)
{
	sw_dns_budget_init_for(b, per_second, 1000, per_second, now_us);
	b->outstanding = outstanding;
}

void sw_dns_budget_init_for(struct sw_dns_budget *b, uint32_t per_second, uint32_t thousandths,
			    uint32_t burst, uint64_t now_us)
{
	uint64_t cost = (uint64_t)thousandths * (TOKEN / 1000);

	*b = (struct sw_dns_budget){
		.per_second = per_second,
		.cost = cost,
		.full = burst * cost,
		.tokens = burst * cost,
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
	uint64_t passed = now_us > b->at_us ? now_us - b->at_us : 0;

	if (now_us > b->at_us)
		b->at_us = now_us;
	if (passed > (b->full - b->tokens) / b->per_second)
		b->tokens = b->full;
	else
		b->tokens += passed * b->per_second;
}

uint64_t sw_dns_budget_wait(struct sw_dns_budget *b, uint64_t now_us)
{
	if (!b->per_second)
		return 0;
	refill(b, now_us);
	if (b->tokens >= b->cost)
		return 0;
	return (b->cost - b->tokens + b->per_second - 1) / b->per_second;
}

bool sw_dns_budget_take(struct sw_dns_budget *b, uint64_t now_us)
{
	if (!b->per_second)
		return true;
	if (sw_dns_budget_wait(b, now_us))
		return false;
	b->tokens -= b->cost;
	return true;
}
