/* SPDX-License-Identifier: GPL-2.0-only */
/* spf_domains - see spf_domains.h; the file is in spf_domains_file.c. */
#include "spf_domains.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

const struct sw_spf_domain *sw_spf_domains_find(const struct sw_spf_domains *domains,
						const char *name)
{
	for (size_t i = 0; i < domains->n; i++)
		if (!strcmp(domains->domain[i].name, name))
			return &domains->domain[i];
	return NULL;
}

struct sw_spf_domain *sw_spf_domains_add(struct sw_spf_domains *domains, const char *name)
{
	struct sw_spf_domain *d;

	if (domains->n == SW_ALLOW_SPF_MAX)
		return NULL;
	d = &domains->domain[domains->n++];
	*d = (struct sw_spf_domain){ .name = "" };
	snprintf(d->name, sizeof(d->name), "%s", name);
	return d;
}

size_t sw_spf_domains_nets(const struct sw_spf_domains *domains)
{
	size_t n = 0;

	for (size_t i = 0; i < domains->n; i++)
		n += domains->domain[i].allow.n;
	return n;
}

static bool is_named(const struct sw_texts *names, const char *name)
{
	for (size_t i = 0; i < names->n; i++)
		if (!strcmp(names->text[i], name))
			return true;
	return false;
}

static bool same_nets(const struct sw_spf_domain *a, const struct sw_spf_domain *b)
{
	size_t n = a ? a->allow.n : 0;

	if (n != (b ? b->allow.n : 0))
		return false;
	for (size_t i = 0; i < n; i++)
		if (sw_prefix_cmp(&a->allow.net[i].net, &b->allow.net[i].net))
			return false;
	return true;
}

bool sw_spf_domains_same(const struct sw_spf_domains *a, const struct sw_spf_domains *b,
			 const struct sw_texts *names)
{
	for (size_t i = 0; i < names->n; i++)
		if (!same_nets(sw_spf_domains_find(a, names->text[i]),
			       sw_spf_domains_find(b, names->text[i])))
			return false;
	return true;
}

int sw_spf_domains_copy(const struct sw_spf_domains *domains, const struct sw_texts *names,
			struct sw_spf_domains *ret)
{
	ret->n = 0;
	for (size_t i = 0; i < domains->n; i++) {
		const struct sw_spf_domain *from = &domains->domain[i];
		struct sw_spf_domain *to = &ret->domain[ret->n];

		if (names && !is_named(names, from->name))
			continue;
		memcpy(to->name, from->name, sizeof(to->name));
		if (sw_spf_allow_copy(&from->allow, &to->allow)) {
			sw_spf_domains_done(ret);
			return -ENOMEM;
		}
		ret->n++;
	}
	return 0;
}

void sw_spf_domains_done(struct sw_spf_domains *domains)
{
	for (size_t i = 0; i < domains->n; i++)
		sw_spf_allow_done(&domains->domain[i].allow);
	domains->n = 0;
}
