/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * spf_explain - the words that a domain has for those whom it fails (RFC 7208 6.2).
 *
 * The result stands already. Whatever goes wrong here, there is no explanation then. That the
 * questions find nothing counts against no limit (4.6.4).
 */
#include <stdlib.h>
#include <string.h>

#include "spf_parts.h"

static void expand(void *owner)
{
	struct sw_spf *spf = owner;
	struct sw_spf_values values;

	sw_spf_values(spf, &values);
	if (sw_spf_macro_text(spf->exp_text, strlen(spf->exp_text), &values, spf->explanation,
			      sizeof(spf->explanation)))
		spf->explanation[0] = '\0';
	/* a local part may hold anything */
	for (char *p = spf->explanation; *p; p++)
		if (*p < 0x20 || *p > 0x7e)
			*p = '?';
	spf->asker.next = NULL;
}

static void take_words(void *owner, const struct sw_dns_answer *answer)
{
	struct sw_spf *spf = owner;
	const struct sw_dns_record *r = answer->record;

	spf->asker.next = NULL;
	if (answer->n != 1 ||
	    sw_spf_macro_check(r->txt.bytes, r->txt.n, SW_SPF_USE_EXPLANATION, NULL))
		return;
	spf->exp_text = strndup(r->txt.bytes, r->txt.n);
	if (!spf->exp_text)
		return;
	spf->asker.next = expand;
	if (sw_spf_macro_has(r->txt.bytes, r->txt.n, "p"))
		sw_spf_find_names(spf, expand);
}

static void ask_words(void *owner)
{
	struct sw_spf *spf = owner;
	const struct sw_spf_text *spec = &sw_spf_top(spf)->record.exp;
	struct sw_spf_values values;
	char name[SW_DNS_NAME];

	sw_spf_values(spf, &values);
	if (sw_spf_macro_domain(spec->bytes, spec->n, &values, name) ||
	    sw_spf_ask_raw(spf, name, SW_DNS_TXT, take_words))
		spf->asker.next = NULL;
}

void sw_spf_explain(void *owner)
{
	struct sw_spf *spf = owner;
	const struct sw_spf_text *spec = &sw_spf_top(spf)->record.exp;

	spf->explaining = true;
	spf->asker.next = ask_words;
	if (sw_spf_macro_has(spec->bytes, spec->n, "p"))
		sw_spf_find_names(spf, ask_words);
}
