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

#include "spf_name.h"
#include "spf_nets_parts.h"

/* ---- sets ---- */

static void done_frame(struct sw_spf_nets_frame *frame)
{
	free(frame->text);
	sw_spf_set_done(&frame->pass);
	sw_spf_set_done(&frame->other);
	frame->text = NULL;
}

void sw_spf_nets_leave_out(struct sw_spf_nets *nets, const char *why)
{
	size_t i = nets->answer.left_all++;

	if (i < SW_SPF_NETS_LEFT) {
		nets->left[i] =
			(struct sw_spf_left){ nets->step[sw_spf_nets_top(nets)->step], why };
		nets->answer.left_n = i + 1;
	}
}

/* What a mechanism with this qualifier that matches @net does to the sets of @frame. */
static int put(struct sw_spf_nets_frame *frame, const struct sw_prefix *net,
	       enum sw_spf_result qualifier)
{
	if (qualifier == SW_SPF_PASS)
		return sw_spf_set_add_less(&frame->pass, net, &frame->other, SW_SPF_NETS);
	return sw_spf_set_add(&frame->other, net, SW_SPF_NETS);
}

/* An include matches what the policy inside of it passes. */
static int merge(struct sw_spf_nets *nets)
{
	struct sw_spf_nets_frame *inner = sw_spf_nets_top(nets), *outer = inner - 1;
	int code = 0;

	for (size_t i = 0; !code && i < inner->pass.n; i++)
		code = put(outer, &inner->pass.prefix[i], inner->qualifier);
	done_frame(inner);
	nets->depth--;
	nets->steps = outer->step + 1;
	return code;
}

void sw_spf_nets_stop(struct sw_spf_nets *nets, enum sw_spf_nets_state state, const char *format,
		      ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(nets->why, sizeof(nets->why), format, args);
	va_end(args);
	nets->answer.state = state;
	nets->answer.where = &nets->step[sw_spf_nets_top(nets)->step];
	while (nets->depth > 1)
		merge(nets);
	nets->asker.next = NULL;
}

static void stop_full(struct sw_spf_nets *nets, int code)
{
	if (code == -ENOMEM)
		sw_spf_nets_stop(nets, SW_SPF_NETS_TEMPORARY, "out of memory");
	else
		sw_spf_nets_stop(nets, SW_SPF_NETS_BROKEN, "more than %d networks", SW_SPF_NETS);
}

bool sw_spf_nets_is_known(struct sw_spf_nets *nets, const struct sw_dns_answer *answer)
{
	if (answer->status == SW_DNS_TEMPFAIL) {
		sw_spf_nets_stop(nets, SW_SPF_NETS_TEMPORARY, "the DNS does not say: %s",
				 sw_spf_trouble(answer));
		return false;
	}
	if (answer->ttl < nets->answer.ttl)
		nets->answer.ttl = answer->ttl;
	return true;
}

static bool is_wide(const struct sw_prefix *net)
{
	return net->len < (net->family == 4 ? SW_SPF_NETS_WIDE4 : SW_SPF_NETS_WIDE6);
}

bool sw_spf_nets_is_granting(const struct sw_spf_nets *nets)
{
	for (size_t i = 1; i < nets->depth; i++)
		if (nets->frame[i].qualifier != SW_SPF_PASS)
			return false;
	return true;
}

bool sw_spf_nets_give(struct sw_spf_nets *nets, const struct sw_prefix *net)
{
	int code;

	if (nets->term.qualifier == SW_SPF_PASS && is_wide(net) && sw_spf_nets_is_granting(nets)) {
		sw_spf_nets_leave_out(nets, "it is a large part of the internet");
		nets->answer.wide = true;
		return true;
	}
	code = put(sw_spf_nets_top(nets), net, nets->term.qualifier);
	if (code)
		stop_full(nets, code);
	return !code;
}

void sw_spf_nets_end_policy(struct sw_spf_nets *nets)
{
	int code;

	nets->asker.next = nets->depth > 1 ? sw_spf_nets_next_term : NULL;
	if (nets->depth == 1)
		return;
	code = merge(nets);
	if (code)
		stop_full(nets, code);
}

/* ---- looking up a policy ---- */

static void take_policy(void *owner, const struct sw_dns_answer *answer)
{
	struct sw_spf_nets *nets = owner;
	struct sw_spf_nets_frame *frame = sw_spf_nets_top(nets);
	struct sw_err err = { "" };
	size_t n = 0;
	int code;

	if (!sw_spf_nets_is_known(nets, answer))
		return;
	code = sw_spf_select(answer, &frame->text, &n);
	if (code == -ENOENT)
		sw_spf_nets_stop(nets, SW_SPF_NETS_BROKEN, "the domain has no SPF record");
	else if (code == -EEXIST)
		sw_spf_nets_stop(nets, SW_SPF_NETS_BROKEN,
				 "the domain has more than one SPF record");
	else if (code)
		stop_full(nets, code);
	else if (sw_spf_parse(frame->text, n, &frame->record, &err))
		sw_spf_nets_stop(nets, SW_SPF_NETS_BROKEN, "the record has an error: %s", err.text);
	else
		nets->asker.next = sw_spf_nets_next_term;
}

static void ask_policy(void *owner)
{
	struct sw_spf_nets *nets = owner;
	char text[SW_DNS_NAME];

	if (sw_spf_name_text(nets->step[sw_spf_nets_top(nets)->step].domain, text))
		sw_spf_nets_stop(nets, SW_SPF_NETS_BROKEN, "there can be no such domain");
	else
		sw_spf_ask(&nets->asker, text, SW_DNS_TXT, take_policy);
}

static void push_step(struct sw_spf_nets *nets, const char *domain)
{
	struct sw_spf_step *step = &nets->step[nets->steps];

	strcpy(step->domain, domain);
	step->term[0] = '\0';
	sw_spf_nets_top(nets)->step = nets->steps++;
	nets->asker.next = ask_policy;
}

void sw_spf_nets_include(struct sw_spf_nets *nets, const char *domain)
{
	nets->frame[nets->depth++] =
		(struct sw_spf_nets_frame){ .qualifier = nets->term.qualifier };
	push_step(nets, domain);
}

/* The sets stay: what was decided before stands. */
void sw_spf_nets_redirect(struct sw_spf_nets *nets, const char *domain)
{
	struct sw_spf_nets_frame *frame = sw_spf_nets_top(nets);

	free(frame->text);
	frame->text = NULL;
	frame->at = 0;
	push_step(nets, domain);
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
	sw_spf_nets_stop(nets, SW_SPF_NETS_TEMPORARY, "it takes too long");
	sw_spf_run(&nets->asker);
}

struct sw_spf_nets *sw_spf_nets_free(struct sw_spf_nets *nets)
{
	if (nets)
		sw_spf_drop(&nets->asker);
	return NULL;
}
