/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * spf_nets_terms - the mechanisms of a policy as networks, one after another, and redirect
 * behind them. The order of things is that of spf_terms.c, for no sender in particular.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "spf_macro.h"
#include "spf_name.h"
#include "spf_nets_parts.h"

static void go_on(struct sw_spf_nets *nets)
{
	nets->asker.next = sw_spf_nets_next_term;
}

static void note_term(struct sw_spf_nets *nets)
{
	const struct sw_spf_text *text = &nets->term.text;

	snprintf(nets->step[sw_spf_nets_top(nets)->step].term, SW_SPF_TERM_TEXT, "%.*s",
		 text->n < SW_SPF_TERM_TEXT ? (int)text->n : SW_SPF_TERM_TEXT - 1, text->bytes);
}

/* ---- a, mx ---- */

static void next_host(void *owner);

static void take_addresses(void *owner, const struct sw_dns_answer *answer)
{
	struct sw_spf_nets *nets = owner;
	unsigned family = nets->family;
	unsigned len = family == 4 ? nets->term.len4 : nets->term.len6;

	if (!sw_spf_nets_is_known(nets, answer))
		return;
	for (size_t i = 0; i < answer->n; i++) {
		struct sw_prefix p = sw_spf_address(answer, i, family);

		p = sw_prefix_truncate(&p, len);
		if (!sw_spf_nets_give(nets, &p))
			return;
	}
	nets->host_at += family == 6;
	nets->family = family == 4 ? 6 : 4;
	nets->asker.next = next_host;
}

static void next_host(void *owner)
{
	struct sw_spf_nets *nets = owner;

	if (nets->host_at == nets->host_n)
		go_on(nets);
	else
		sw_spf_ask(&nets->asker, nets->host[nets->host_at],
			   nets->family == 4 ? SW_DNS_A : SW_DNS_AAAA, take_addresses);
}

static void begin_hosts(struct sw_spf_nets *nets)
{
	nets->host_n = nets->host_at = 0;
	nets->family = 4;
	nets->asker.next = next_host;
}

static void take_mx(void *owner, const struct sw_dns_answer *answer)
{
	struct sw_spf_nets *nets = owner;

	if (!sw_spf_nets_is_known(nets, answer))
		return;
	if (answer->n > SW_SPF_NAMES) {
		sw_spf_nets_stop(nets, SW_SPF_NETS_BROKEN, "more than %d MX records", SW_SPF_NAMES);
		return;
	}
	begin_hosts(nets);
	for (size_t i = 0; i < answer->n; i++) {
		const char *name = answer->record[i].name;

		if (*name && strlen(name) < SW_DNS_NAME)
			strcpy(nets->host[nets->host_n++], name);
	}
}

/* ---- one after another ---- */

/* What the present term is about. -ENOTSUP: the sender, which is said; -EINVAL: it is no name. */
static int target_of(struct sw_spf_nets *nets, char ret[SW_DNS_NAME])
{
	const struct sw_spf_text *spec = &nets->term.domain;
	struct sw_spf_values values = { .local = "", .helo = "", .validated = "", .receiver = "" };

	values.sender_domain = nets->domain;
	values.domain = nets->step[sw_spf_nets_top(nets)->step].domain;
	if (!spec->n) {
		strcpy(ret, values.domain);
		return 0;
	}
	if (sw_spf_macro_has(spec->bytes, spec->n, "slipvh")) {
		sw_spf_nets_leave_out(nets, "it depends on who sends");
		return -ENOTSUP;
	}
	return sw_spf_macro_domain(spec->bytes, spec->n, &values, ret);
}

static void do_hosts(struct sw_spf_nets *nets, const char *target)
{
	char text[SW_DNS_NAME];

	go_on(nets);
	if (sw_spf_name_text(target, text))
		return;
	if (nets->term.kind == SW_SPF_MX) {
		sw_spf_ask(&nets->asker, text, SW_DNS_MX, take_mx);
		return;
	}
	begin_hosts(nets);
	strcpy(nets->host[nets->host_n++], text);
}

static void do_asking(struct sw_spf_nets *nets)
{
	char target[SW_DNS_NAME];
	int code;

	if (nets->terms++ == SW_SPF_TERMS) {
		sw_spf_nets_stop(nets, SW_SPF_NETS_BROKEN, "more than %d terms that ask the DNS",
				 SW_SPF_TERMS);
		return;
	}
	go_on(nets);
	if (nets->term.kind == SW_SPF_PTR || nets->term.kind == SW_SPF_EXISTS) {
		sw_spf_nets_leave_out(nets, "it is found out for each sender");
		return;
	}
	code = target_of(nets, target);
	if (nets->term.kind == SW_SPF_A || nets->term.kind == SW_SPF_MX) {
		if (!code)
			do_hosts(nets, target);
	} else if (!code && nets->term.kind == SW_SPF_INCLUDE) {
		sw_spf_nets_include(nets, target);
	} else if (!code) {
		sw_spf_nets_redirect(nets, target);
	} else if (code == -EINVAL) {
		sw_spf_nets_stop(nets, SW_SPF_NETS_BROKEN, "there can be no such domain");
	}
}

/* As the term behind all mechanisms; false: there is none. */
static bool next_redirect(struct sw_spf_nets *nets)
{
	struct sw_spf_nets_frame *frame = sw_spf_nets_top(nets);
	struct sw_spf_term term = { .kind = SW_SPF_REDIRECT, .domain = frame->record.redirect };

	if (!term.domain.n)
		return false;
	term.text = sw_spf_redirect_text(&frame->record);
	frame->record.redirect.n = 0;
	nets->term = term;
	return true;
}

/* Nothing behind it counts. */
static void do_all(struct sw_spf_nets *nets)
{
	struct sw_prefix all4 = sw_prefix_ip4(0, 0), all6 = sw_prefix_ip6(0, 0, 0);
	bool pass = nets->term.qualifier == SW_SPF_PASS;

	if (pass && sw_spf_nets_is_granting(nets)) {
		sw_spf_nets_leave_out(nets, "it is everybody");
		nets->answer.wide = true;
	} else if (pass && (!sw_spf_nets_give(nets, &all4) || !sw_spf_nets_give(nets, &all6))) {
		return;
	}
	sw_spf_nets_end_policy(nets);
}

void sw_spf_nets_next_term(void *owner)
{
	struct sw_spf_nets *nets = owner;
	struct sw_spf_nets_frame *frame = sw_spf_nets_top(nets);

	if (!sw_spf_next(&frame->record, &frame->at, &nets->term) && !next_redirect(nets)) {
		sw_spf_nets_end_policy(nets);
		return;
	}
	note_term(nets);
	switch (nets->term.kind) {
	case SW_SPF_ALL:
		do_all(nets);
		break;
	case SW_SPF_IP4:
	case SW_SPF_IP6:
		go_on(nets);
		sw_spf_nets_give(nets, &nets->term.net);
		break;
	default:
		do_asking(nets);
		break;
	}
}
