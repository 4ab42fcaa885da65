/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * spf_nets - see spf_nets.h. A walk as in spf.c, with the sets of a policy on its frame: what
 * it passes, and what an earlier mechanism of it decided otherwise.
 */
#include "spf_nets.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "spf_asker.h"
#include "spf_macro.h"
#include "spf_name.h"
#include "spf_set.h"

#define DEPTH (SW_SPF_TERMS + 1)

struct frame {
	char *text;
	struct sw_spf_record record;
	size_t at, step;
	enum sw_spf_result qualifier; /* of the include that led here */
	struct sw_spf_set pass, other;
};

struct sw_spf_nets {
	struct sw_spf_asker asker;
	sw_spf_nets_fn fn;
	void *ctx;
	char domain[SW_DNS_NAME];
	struct frame frame[DEPTH];
	size_t depth;
	struct sw_spf_step step[DEPTH];
	size_t steps;
	unsigned terms;
	struct sw_spf_term term;
	char host[SW_SPF_NAMES][SW_DNS_NAME]; /* whose addresses are asked for */
	size_t host_n, host_at;
	unsigned family;
	struct sw_spf_left left[SW_SPF_NETS_LEFT];
	struct sw_spf_nets_answer answer;
	char why[SW_SPF_WORDS];
};

static void next_term(void *owner);
static void ask_policy(void *owner);

static struct frame *top(struct sw_spf_nets *nets)
{
	return &nets->frame[nets->depth - 1];
}

static void done_frame(struct frame *frame)
{
	free(frame->text);
	sw_spf_set_done(&frame->pass);
	sw_spf_set_done(&frame->other);
	frame->text = NULL;
}

static void note_term(struct sw_spf_nets *nets)
{
	const struct sw_spf_text *text = &nets->term.text;

	snprintf(nets->step[top(nets)->step].term, SW_SPF_TERM_TEXT, "%.*s",
		 text->n < SW_SPF_TERM_TEXT ? (int)text->n : SW_SPF_TERM_TEXT - 1, text->bytes);
}

/* ---- what comes of a term ---- */

static void go_on(struct sw_spf_nets *nets)
{
	nets->asker.next = next_term;
}

/* The present term is not among the networks. */
static void leave_out(struct sw_spf_nets *nets, const char *why)
{
	size_t i = nets->answer.left_all++;

	if (i < SW_SPF_NETS_LEFT) {
		nets->left[i] = (struct sw_spf_left){ nets->step[top(nets)->step], why };
		nets->answer.left_n = i + 1;
	}
}

/* What a mechanism with this qualifier that matches @net does to the sets of @frame. */
static int put(struct frame *frame, const struct sw_prefix *net, enum sw_spf_result qualifier)
{
	if (qualifier == SW_SPF_PASS)
		return sw_spf_set_add_less(&frame->pass, net, &frame->other, SW_SPF_NETS);
	return sw_spf_set_add(&frame->other, net, SW_SPF_NETS);
}

/* An include matches what the policy inside of it passes. */
static int merge(struct sw_spf_nets *nets)
{
	struct frame *inner = top(nets), *outer = inner - 1;
	int code = 0;

	for (size_t i = 0; !code && i < inner->pass.n; i++)
		code = put(outer, &inner->pass.prefix[i], inner->qualifier);
	done_frame(inner);
	nets->depth--;
	nets->steps = outer->step + 1;
	return code;
}

/* No further. What the policies around this one passed so far stands, and what it passed itself. */
static void stop(struct sw_spf_nets *nets, enum sw_spf_nets_state state, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
static void stop(struct sw_spf_nets *nets, enum sw_spf_nets_state state, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(nets->why, sizeof(nets->why), format, args);
	va_end(args);
	nets->answer.state = state;
	nets->answer.where = &nets->step[top(nets)->step];
	while (nets->depth > 1)
		merge(nets);
	nets->asker.next = NULL;
}

static void stop_full(struct sw_spf_nets *nets, int code)
{
	if (code == -ENOMEM)
		stop(nets, SW_SPF_NETS_TEMPORARY, "out of memory");
	else
		stop(nets, SW_SPF_NETS_BROKEN, "more than %d networks", SW_SPF_NETS);
}

static void stop_trouble(struct sw_spf_nets *nets, const struct sw_dns_answer *answer)
{
	stop(nets, SW_SPF_NETS_TEMPORARY, "the DNS does not say: %s", sw_spf_trouble(answer));
}

static bool is_wide(const struct sw_prefix *net)
{
	return net->len < (net->family == 4 ? SW_SPF_NETS_WIDE4 : SW_SPF_NETS_WIDE6);
}

/* Is what the present policy passes passed by those around it? */
static bool is_granting(const struct sw_spf_nets *nets)
{
	for (size_t i = 1; i < nets->depth; i++)
		if (nets->frame[i].qualifier != SW_SPF_PASS)
			return false;
	return true;
}

/* False: it was too much, and all is over. */
static bool give(struct sw_spf_nets *nets, const struct sw_prefix *net)
{
	int code;

	if (nets->term.qualifier == SW_SPF_PASS && is_wide(net) && is_granting(nets)) {
		leave_out(nets, "it is a large part of the internet");
		return true;
	}
	code = put(top(nets), net, nets->term.qualifier);
	if (code)
		stop_full(nets, code);
	return !code;
}

/* ---- answers ---- */

static void count_ttl(struct sw_spf_nets *nets, const struct sw_dns_answer *answer)
{
	if (answer->status != SW_DNS_TEMPFAIL && answer->ttl < nets->answer.ttl)
		nets->answer.ttl = answer->ttl;
}

static void next_host(void *owner);

static void take_addresses(void *owner, const struct sw_dns_answer *answer)
{
	struct sw_spf_nets *nets = owner;
	unsigned family = nets->family;
	unsigned len = family == 4 ? nets->term.len4 : nets->term.len6;

	if (answer->status == SW_DNS_TEMPFAIL) {
		stop_trouble(nets, answer);
		return;
	}
	count_ttl(nets, answer);
	for (size_t i = 0; i < answer->n; i++) {
		struct sw_prefix p = sw_spf_address(answer, i, family);

		p = sw_prefix_truncate(&p, len);
		if (!give(nets, &p))
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

	if (answer->status == SW_DNS_TEMPFAIL) {
		stop_trouble(nets, answer);
		return;
	}
	count_ttl(nets, answer);
	if (answer->n > SW_SPF_NAMES) {
		stop(nets, SW_SPF_NETS_BROKEN, "more than %d MX records", SW_SPF_NAMES);
		return;
	}
	begin_hosts(nets);
	for (size_t i = 0; i < answer->n; i++) {
		const char *name = answer->record[i].name;

		if (*name && strlen(name) < SW_DNS_NAME)
			strcpy(nets->host[nets->host_n++], name);
	}
}

static void take_policy(void *owner, const struct sw_dns_answer *answer)
{
	struct sw_spf_nets *nets = owner;
	struct frame *frame = top(nets);
	struct sw_err err = { "" };
	size_t n = 0;
	int code;

	if (answer->status == SW_DNS_TEMPFAIL) {
		stop_trouble(nets, answer);
		return;
	}
	count_ttl(nets, answer);
	code = sw_spf_select(answer, &frame->text, &n);
	if (code == -ENOENT)
		stop(nets, SW_SPF_NETS_BROKEN, "the domain has no SPF record");
	else if (code == -EEXIST)
		stop(nets, SW_SPF_NETS_BROKEN, "the domain has more than one SPF record");
	else if (code)
		stop_full(nets, code);
	else if (sw_spf_parse(frame->text, n, &frame->record, &err))
		stop(nets, SW_SPF_NETS_BROKEN, "the record has an error: %s", err.text);
	else
		go_on(nets);
}

/* ---- terms ---- */

static void ask_policy(void *owner)
{
	struct sw_spf_nets *nets = owner;
	char text[SW_DNS_NAME];

	if (sw_spf_name_text(nets->step[top(nets)->step].domain, text))
		stop(nets, SW_SPF_NETS_BROKEN, "there can be no such domain");
	else
		sw_spf_ask(&nets->asker, text, SW_DNS_TXT, take_policy);
}

static void push_step(struct sw_spf_nets *nets, const char *domain)
{
	struct sw_spf_step *step = &nets->step[nets->steps];

	strcpy(step->domain, domain);
	step->term[0] = '\0';
	top(nets)->step = nets->steps++;
	nets->asker.next = ask_policy;
}

/* What the present term is about. -ENOTSUP: the sender, which is said; -EINVAL: it is no name. */
static int target_of(struct sw_spf_nets *nets, char ret[SW_DNS_NAME])
{
	const struct sw_spf_text *spec = &nets->term.domain;
	struct sw_spf_values values = { .local = "", .helo = "", .validated = "", .receiver = "" };

	values.sender_domain = nets->domain;
	values.domain = nets->step[top(nets)->step].domain;
	if (!spec->n) {
		strcpy(ret, values.domain);
		return 0;
	}
	if (sw_spf_macro_has(spec->bytes, spec->n, "slipvh")) {
		leave_out(nets, "it depends on who sends");
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

static void do_policy(struct sw_spf_nets *nets, const char *target)
{
	struct frame *frame = top(nets);

	if (nets->term.kind == SW_SPF_INCLUDE) {
		nets->frame[nets->depth++] = (struct frame){ .qualifier = nets->term.qualifier };
	} else {
		free(frame->text);
		frame->text = NULL;
		frame->at = 0;
	}
	push_step(nets, target);
}

/* The policy says no more. */
static void end_policy(struct sw_spf_nets *nets)
{
	int code;

	nets->asker.next = nets->depth > 1 ? next_term : NULL;
	if (nets->depth == 1)
		return;
	code = merge(nets);
	if (code)
		stop_full(nets, code);
}

static void do_asking(struct sw_spf_nets *nets)
{
	char target[SW_DNS_NAME];
	int code;

	if (nets->terms++ == SW_SPF_TERMS) {
		stop(nets, SW_SPF_NETS_BROKEN, "more than %d terms that ask the DNS", SW_SPF_TERMS);
		return;
	}
	go_on(nets);
	if (nets->term.kind == SW_SPF_PTR || nets->term.kind == SW_SPF_EXISTS) {
		leave_out(nets, "it is found out for each sender");
		return;
	}
	code = target_of(nets, target);
	if (nets->term.kind == SW_SPF_A || nets->term.kind == SW_SPF_MX) {
		if (!code)
			do_hosts(nets, target);
	} else if (!code) {
		do_policy(nets, target);
	} else if (code == -EINVAL) {
		stop(nets, SW_SPF_NETS_BROKEN, "there can be no such domain");
	}
}

/* As the term behind all mechanisms; false: there is none. */
static bool next_redirect(struct sw_spf_nets *nets)
{
	struct frame *frame = top(nets);
	struct sw_spf_text spec = frame->record.redirect;

	frame->record.redirect.n = 0;
	nets->term = (struct sw_spf_term){ .kind = SW_SPF_REDIRECT, .text = spec, .domain = spec };
	return spec.n;
}

/* Nothing behind it counts. */
static void do_all(struct sw_spf_nets *nets)
{
	struct sw_prefix all4 = sw_prefix_ip4(0, 0), all6 = sw_prefix_ip6(0, 0, 0);
	bool pass = nets->term.qualifier == SW_SPF_PASS;

	if (pass && is_granting(nets))
		leave_out(nets, "it is everybody");
	else if (pass && (!give(nets, &all4) || !give(nets, &all6)))
		return;
	end_policy(nets);
}

static void next_term(void *owner)
{
	struct sw_spf_nets *nets = owner;
	struct frame *frame = top(nets);

	if (!sw_spf_next(&frame->record, &frame->at, &nets->term) && !next_redirect(nets)) {
		end_policy(nets);
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
		give(nets, &nets->term.net);
		break;
	default:
		do_asking(nets);
		break;
	}
}

/* ---- beginning and end ---- */

static void tell(void *owner)
{
	struct sw_spf_nets *nets = owner;
	struct sw_spf_set *pass = &nets->frame[0].pass;

	sw_spf_set_sort(pass);
	nets->answer.net = pass->prefix;
	nets->answer.n = pass->n;
	nets->answer.questions = nets->asker.questions;
	if (nets->answer.ttl == UINT32_MAX)
		nets->answer.ttl = 0;
	nets->fn(nets->ctx, &nets->answer);
}

static void destroy(void *owner)
{
	struct sw_spf_nets *nets = owner;

	for (size_t i = 0; i < nets->depth; i++)
		done_frame(&nets->frame[i]);
	free(nets);
}

int sw_spf_nets_open(const char *domain, const struct sw_dns *dns, struct sw_spf_nets **ret)
{
	struct sw_spf_nets *nets;
	char name[SW_DNS_NAME];

	if (strlen(domain) > SW_SPF_NAME_MAX + 1 ||
	    sw_spf_name_make(domain, strlen(domain), name) || sw_spf_name_labels(name) < 2)
		return -EINVAL;
	nets = calloc(1, sizeof(*nets));
	if (!nets)
		return -ENOMEM;
	nets->asker =
		(struct sw_spf_asker){ .dns = dns, .owner = nets, .end = tell, .destroy = destroy };
	strcpy(nets->domain, name);
	nets->answer.ttl = UINT32_MAX;
	nets->answer.left = nets->left;
	nets->answer.why = nets->why;
	nets->depth = 1;
	push_step(nets, name);
	*ret = nets;
	return 0;
}

void sw_spf_nets_start(struct sw_spf_nets *nets, sw_spf_nets_fn fn, void *ctx)
{
	nets->fn = fn;
	nets->ctx = ctx;
	sw_spf_run(&nets->asker);
}

void sw_spf_nets_give_up(struct sw_spf_nets *nets)
{
	if (nets->asker.ended)
		return;
	sw_spf_stop_waiting(&nets->asker);
	stop(nets, SW_SPF_NETS_TEMPORARY, "it takes too long");
	sw_spf_run(&nets->asker);
}

struct sw_spf_nets *sw_spf_nets_free(struct sw_spf_nets *nets)
{
	if (nets)
		sw_spf_drop(&nets->asker);
	return NULL;
}
