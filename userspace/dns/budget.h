/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * budget - how many queries go out: a token bucket, and how many are under way. Pure.
 *
 * A second's worth may go out at once. Every query counts, the second try of the same
 * question too: so no outside events can make more of them than was allowed.
 */
#ifndef SYNWARD_DNS_BUDGET_H
#define SYNWARD_DNS_BUDGET_H

#include <stdbool.h>
#include <stdint.h>

struct sw_dns_budget {
	uint32_t per_second, outstanding; /* 0: no bound */
	uint32_t under_way; /* questions */
	uint64_t tokens; /* millionths of a query */
	uint64_t at_us; /* when tokens were counted */
};

void sw_dns_budget_init(struct sw_dns_budget *budget, uint32_t per_second, uint32_t outstanding,
			uint64_t now_us);

/* One more question may be under way, and is; sw_dns_budget_end once for each. */
bool sw_dns_budget_begin(struct sw_dns_budget *budget);
void sw_dns_budget_end(struct sw_dns_budget *budget);

/* One more query may go out at @now_us, and does. */
bool sw_dns_budget_take(struct sw_dns_budget *budget, uint64_t now_us);

#endif
