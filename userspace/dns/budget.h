/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * budget - how many queries go out: a token bucket, and how many are under way. Pure.
 *
 * A second's worth may go out at once. Every query counts, the second try of the same
 * question too: so no outside events can make more of them than was allowed.
 *
 * Who begins something that takes several queries has a bucket of the same kind, in which
 * that much is taken at once, and is told how long to wait.
 */
#ifndef SYNWARD_DNS_BUDGET_H
#define SYNWARD_DNS_BUDGET_H

#include <stdbool.h>
#include <stdint.h>

struct sw_dns_budget {
	uint32_t per_second, outstanding; /* 0: no bound */
	uint32_t under_way; /* questions */
	uint64_t cost, full; /* of one that is taken; at most. Millionths of a query, as ... */
	uint64_t tokens;
	uint64_t at_us; /* when tokens were counted */
};

void sw_dns_budget_init(struct sw_dns_budget *budget, uint32_t per_second, uint32_t outstanding,
			uint64_t now_us);

/* The same for what costs @thousandths of a query each (above 0), and of which @burst may begin
 * at once. */
void sw_dns_budget_init_for(struct sw_dns_budget *budget, uint32_t per_second, uint32_t thousandths,
			    uint32_t burst, uint64_t now_us);

/* One more question may be under way, and is; sw_dns_budget_end once for each. */
bool sw_dns_budget_begin(struct sw_dns_budget *budget);
void sw_dns_budget_end(struct sw_dns_budget *budget);

/* One more query may go out at @now_us, and does. */
bool sw_dns_budget_take(struct sw_dns_budget *budget, uint64_t now_us);

/* In how many microseconds from @now_us on it can be taken, if nothing is meanwhile; 0: now. */
uint64_t sw_dns_budget_wait(struct sw_dns_budget *budget, uint64_t now_us);

#endif
