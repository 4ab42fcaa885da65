/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * spf_names - the names of the sending address that its PTR records say and their own address
 * records confirm (RFC 7208 5.5).
 *
 * They are looked for once in an evaluation, when the first term needs them. An error on the
 * way is no temperror: a name that cannot be looked at is left out (5.5).
 */
#include <string.h>
#include <strings.h>

#include "spf_name.h"
#include "spf_parts.h"

static void next_name(void *owner);

static void have_names(struct sw_spf *spf)
{
	spf->names_known = true;
	spf->asker.next = spf->after_names;
}

static void take_name_address(void *owner, const struct sw_dns_answer *answer)
{
	struct sw_spf *spf = owner;
	char *name = spf->name[spf->name_at++];

	for (size_t i = 0; i < answer->n; i++) {
		struct sw_prefix address = sw_spf_address(answer, i, spf->ip.family);

		if (sw_prefix_cmp(&address, &spf->ip) == 0) {
			memmove(spf->name[spf->name_valid++], name, SW_DNS_NAME);
			break;
		}
	}
	spf->asker.next = next_name;
}

static void next_name(void *owner)
{
	struct sw_spf *spf = owner;

	if (spf->name_at == spf->name_n)
		have_names(spf);
	else
		sw_spf_ask(&spf->asker, spf->name[spf->name_at], sw_spf_address_type(spf),
			   take_name_address);
}

static void take_names(void *owner, const struct sw_dns_answer *answer)
{
	struct sw_spf *spf = owner;

	for (size_t i = 0; i < answer->n && i < SW_SPF_NAMES; i++) {
		const char *name = answer->record[i].name;

		if (*name && strlen(name) < SW_DNS_NAME)
			strcpy(spf->name[spf->name_n++], name);
	}
	spf->asker.next = next_name;
	if (!spf->explaining)
		sw_spf_count_void(spf, answer);
}

static void ask_names(void *owner)
{
	struct sw_spf *spf = owner;
	char name[SW_DNS_NAME];

	sw_spf_name_reverse(&spf->ip, name);
	sw_spf_ask(&spf->asker, name, SW_DNS_PTR, take_names);
}

void sw_spf_find_names(struct sw_spf *spf, sw_spf_next_fn after)
{
	spf->after_names = after;
	spf->asker.next = spf->names_known ? after : ask_names;
}

/* RFC 7208 7.3: the domain itself, else one below it, else any. */
const char *sw_spf_pick_name(const struct sw_spf *spf, const char *domain)
{
	const char *best = NULL;
	char text[SW_DNS_NAME];

	if (!spf->names_known || !spf->name_valid)
		return "unknown";
	if (sw_spf_name_text(domain, text))
		return spf->name[0];
	for (size_t i = 0; i < spf->name_valid; i++) {
		if (!strcasecmp(spf->name[i], text))
			return spf->name[i];
		if (!best && sw_spf_name_is_below(spf->name[i], text))
			best = spf->name[i];
	}
	return best ? best : spf->name[0];
}

bool sw_spf_has_name_below(const struct sw_spf *spf, const char *domain)
{
	char text[SW_DNS_NAME];

	if (sw_spf_name_text(domain, text))
		return false;
	for (size_t i = 0; i < spf->name_valid; i++)
		if (sw_spf_name_is_below(spf->name[i], text))
			return true;
	return false;
}
