/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * spf_terms - the mechanisms of a policy, one after another (RFC 7208 section 5), and
 * redirect behind them (6.1).
 *
 * Each is a step that matches, goes on, or asks; what takes the answer does the same.
 */
#include <string.h>

#include "spf_name.h"
#include "spf_parts.h"

static void go_on(struct sw_spf *spf)
{
	spf->asker.next = sw_spf_next_term;
}

static void match(struct sw_spf *spf)
{
	sw_spf_conclude(spf, spf->term.qualifier, "the mechanism matches");
}

static void ask_failed(struct sw_spf *spf, const struct sw_dns_answer *answer)
{
	sw_spf_conclude(spf, SW_SPF_TEMPERROR, "the DNS does not say: %s", sw_spf_trouble(answer));
}

/* Is the sender in the network that a or mx makes of an address? */
static bool holds_sender(const struct sw_spf *spf, const struct sw_prefix *address)
{
	struct sw_prefix net =
		sw_prefix_truncate(address, address->family == 4 ? spf->term.len4 : spf->term.len6);

	return sw_prefix_contains(&net, &spf->ip);
}

static bool one_holds_sender(const struct sw_spf *spf, const struct sw_dns_answer *answer)
{
	for (size_t i = 0; i < answer->n; i++) {
		struct sw_prefix address = sw_spf_address(answer, i, spf->ip.family);

		if (holds_sender(spf, &address))
			return true;
	}
	return false;
}

/* ---- targets ---- */

/* The domain that a term is about; false: what it expands to is no name. */
static bool target_of(struct sw_spf *spf, const struct sw_spf_text *spec, char ret[SW_DNS_NAME])
{
	struct sw_spf_values values;

	if (!spec->n) {
		strcpy(ret, sw_spf_domain(spf));
		return true;
	}
	sw_spf_values(spf, &values);
	return !sw_spf_macro_domain(spec->bytes, spec->n, &values, ret);
}

/* Ask at the target of the present term. RFC 7208 4.8 leaves open what comes of a target that
 * is no name: it does not exist, so nothing matches. */
static void ask_target(struct sw_spf *spf, enum sw_dns_type type, sw_spf_take_fn take)
{
	char name[SW_DNS_NAME];

	if (!target_of(spf, &spf->term.domain, name) || sw_spf_ask_raw(spf, name, type, take))
		go_on(spf);
}

/* ---- a, exists ---- */

static void take_a(void *owner, const struct sw_dns_answer *answer)
{
	struct sw_spf *spf = owner;

	if (answer->status == SW_DNS_TEMPFAIL)
		ask_failed(spf, answer);
	else if (!sw_spf_count_void(spf, answer))
		return;
	else if (one_holds_sender(spf, answer))
		match(spf);
	else
		go_on(spf);
}

static void take_exists(void *owner, const struct sw_dns_answer *answer)
{
	struct sw_spf *spf = owner;

	if (answer->status == SW_DNS_TEMPFAIL)
		ask_failed(spf, answer);
	else if (!sw_spf_count_void(spf, answer))
		return;
	else if (answer->n)
		match(spf);
	else
		go_on(spf);
}

/* ---- mx ---- */

static void next_mx(void *owner);

static void take_mx_address(void *owner, const struct sw_dns_answer *answer)
{
	struct sw_spf *spf = owner;

	if (answer->status == SW_DNS_TEMPFAIL)
		ask_failed(spf, answer);
	else if (one_holds_sender(spf, answer))
		match(spf);
	else
		spf->asker.next = next_mx;
}

static void next_mx(void *owner)
{
	struct sw_spf *spf = owner;

	if (spf->mx_at == spf->mx_n)
		go_on(spf);
	else
		sw_spf_ask(&spf->asker, spf->mx[spf->mx_at++], sw_spf_address_type(spf),
			   take_mx_address);
}

/* All of the names count, though one of the first may match: else the result would depend
 * on their order, which servers change. */
static void take_mx(void *owner, const struct sw_dns_answer *answer)
{
	struct sw_spf *spf = owner;

	if (answer->status == SW_DNS_TEMPFAIL) {
		ask_failed(spf, answer);
		return;
	}
	if (!sw_spf_count_void(spf, answer))
		return;
	if (answer->n > SW_SPF_NAMES) {
		sw_spf_conclude(spf, SW_SPF_PERMERROR, "more than %d MX records", SW_SPF_NAMES);
		return;
	}
	spf->mx_n = spf->mx_at = 0;
	for (size_t i = 0; i < answer->n; i++) {
		const char *name = answer->record[i].name;

		if (*name && strlen(name) < SW_DNS_NAME) /* "": RFC 7505 */
			strcpy(spf->mx[spf->mx_n++], name);
	}
	spf->asker.next = next_mx;
}

/* ---- ptr, include, redirect ---- */

static void match_names(void *owner)
{
	struct sw_spf *spf = owner;
	char target[SW_DNS_NAME];

	if (target_of(spf, &spf->term.domain, target) && sw_spf_has_name_below(spf, target))
		match(spf);
	else
		go_on(spf);
}

static void include(struct sw_spf *spf)
{
	char name[SW_DNS_NAME];

	if (target_of(spf, &spf->term.domain, name))
		sw_spf_include(spf, name);
	else
		sw_spf_conclude(spf, SW_SPF_PERMERROR, "there can be no such domain");
}

static void redirect(void *owner)
{
	struct sw_spf *spf = owner;
	char name[SW_DNS_NAME];

	if (target_of(spf, &sw_spf_top(spf)->record.redirect, name))
		sw_spf_redirect(spf, name);
	else
		sw_spf_conclude(spf, SW_SPF_PERMERROR, "there can be no such domain");
}

/* ---- one after another ---- */

static void evaluate(void *owner)
{
	struct sw_spf *spf = owner;
	const struct sw_spf_term *term = &spf->term;

	switch (term->kind) {
	case SW_SPF_ALL:
		match(spf);
		break;
	case SW_SPF_INCLUDE:
		include(spf);
		break;
	case SW_SPF_A:
		ask_target(spf, sw_spf_address_type(spf), take_a);
		break;
	case SW_SPF_MX:
		ask_target(spf, SW_DNS_MX, take_mx);
		break;
	case SW_SPF_EXISTS:
		ask_target(spf, SW_DNS_A, take_exists);
		break;
	case SW_SPF_PTR:
		sw_spf_find_names(spf, match_names);
		break;
	case SW_SPF_IP4:
	case SW_SPF_IP6:
		if (sw_prefix_contains(&term->net, &spf->ip))
			match(spf);
		else
			go_on(spf);
		break;
	case SW_SPF_REDIRECT:
	case SW_SPF_EXP:
	case SW_SPF_OTHER:
		go_on(spf);
		break;
	}
}

/* Go on with @next, with the names of the address first where @spec has %{p}. The PTR question
 * for it is one more term that asks (RFC 7208 4.6.4). */
static void with_names(struct sw_spf *spf, const struct sw_spf_text *spec, sw_spf_next_fn next)
{
	if (!spec->n || spf->names_known || !sw_spf_macro_has(spec->bytes, spec->n, "p"))
		spf->asker.next = next;
	else if (sw_spf_count_term(spf))
		sw_spf_find_names(spf, next);
}

/* Behind the last mechanism. */
static void end_of_terms(struct sw_spf *spf)
{
	const struct sw_spf_record *record = &sw_spf_top(spf)->record;
	struct sw_spf_text term = record->redirect;

	if (!term.n) {
		sw_spf_note_term(spf, &term);
		sw_spf_conclude(spf, SW_SPF_NEUTRAL, "no mechanism matches");
		return;
	}
	term = sw_spf_redirect_text(record);
	sw_spf_note_term(spf, &term);
	if (sw_spf_count_term(spf))
		with_names(spf, &record->redirect, redirect);
}

void sw_spf_next_term(void *owner)
{
	struct sw_spf *spf = owner;
	struct sw_spf_frame *frame = sw_spf_top(spf);

	if (!sw_spf_next(&frame->record, &frame->at, &spf->term)) {
		end_of_terms(spf);
		return;
	}
	sw_spf_note_term(spf, &spf->term.text);
	if (sw_spf_term_asks(&spf->term) && !sw_spf_count_term(spf))
		return;
	with_names(spf, &spf->term.domain, evaluate);
}
