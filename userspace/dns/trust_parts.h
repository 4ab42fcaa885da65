/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * trust_parts - between trust.c, trust_watch.c and trust_words.c alone.
 */
#ifndef SYNWARD_DNS_TRUST_PARTS_H
#define SYNWARD_DNS_TRUST_PARTS_H

#include "dns/trust.h"

/* Nobody asked the list: our budget, or no server. Not held against it. */
static inline bool sw_trust_is_ours(enum sw_dns_trouble trouble)
{
	return trouble == SW_DNS_OVER_BUDGET || trouble == SW_DNS_NO_SERVER;
}

/* Begin to count networks anew. The long-run share stays. */
void sw_trust_forget_traffic(struct sw_trust *t);

#endif
