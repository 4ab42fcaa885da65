/* SPDX-License-Identifier: GPL-2.0-only */
/* policy_spf - see policy_spf.h. */
#include "policy_spf.h"

#include <errno.h>
#include <stdlib.h>

#include "lists/flatten.h"

static void put(struct sw_list *list, const struct sw_prefix *p, uint8_t class)
{
	if (p->family == 4)
		list->entries4[list->n4++] = (struct sw_entry4){ .addr = (uint32_t)p->lo,
								 .len = p->len,
								 .class = class };
	else
		list->entries6[list->n6++] = (struct sw_entry6){ .hi = p->hi,
								 .lo = p->lo,
								 .len = p->len,
								 .class = class };
}

/* Several domains send through the same networks. */
static void drop_doubles(struct sw_list *list)
{
	size_t n = 0;

	for (size_t i = 0; i < list->n4; i++)
		if (!n || list->entries4[i].addr != list->entries4[n - 1].addr ||
		    list->entries4[i].len != list->entries4[n - 1].len)
			list->entries4[n++] = list->entries4[i];
	list->n4 = n;
	n = 0;
	for (size_t i = 0; i < list->n6; i++)
		if (!n || list->entries6[i].hi != list->entries6[n - 1].hi ||
		    list->entries6[i].lo != list->entries6[n - 1].lo ||
		    list->entries6[i].len != list->entries6[n - 1].len)
			list->entries6[n++] = list->entries6[i];
	list->n6 = n;
}

static struct sw_list *make_list(const struct sw_spf_domains *domains, uint8_t class)
{
	struct sw_list *list = calloc(1, sizeof(*list));
	size_t n = sw_spf_domains_nets(domains);

	if (!list)
		return NULL;
	list->entries4 = calloc(n + 1, sizeof(*list->entries4));
	list->entries6 = calloc(n + 1, sizeof(*list->entries6));
	if (!list->entries4 || !list->entries6)
		return sw_list_free(list);
	for (size_t i = 0; i < domains->n; i++)
		for (size_t k = 0; k < domains->domain[i].allow.n; k++)
			put(list, &domains->domain[i].allow.net[k].net, class);
	if (sw_entries4_sort(list->entries4, list->n4) ||
	    sw_entries6_sort(list->entries6, list->n6))
		return sw_list_free(list);
	drop_doubles(list);
	return list;
}

int sw_policy_spf_take(struct sw_policy *policy, const struct sw_spf_domains *domains)
{
	static const struct sw_spf_domains none;

	if (!policy->config->allow_spf.n)
		return 0;
	if (sw_spf_domains_copy(domains ? domains : &none, &policy->config->allow_spf,
				&policy->spf))
		return -ENOMEM;
	policy->spf_list = make_list(&policy->spf, policy->spf_class);
	return policy->spf_list ? 0 : -ENOMEM;
}
