/* SPDX-License-Identifier: GPL-2.0-only */
/* spf - see spf.h: beginning and end, policies inside of policies, and what comes of it. */
#include "spf.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "spf_name.h"
#include "spf_parts.h"

/* ---- results of policies ---- */

static void drop_text(struct sw_spf_frame *frame)
{
	free(frame->text);
	frame->text = NULL;
}

/* The first policy has its result: only the words of a fail are still to be found. */
static void end_last(struct sw_spf *spf)
{
	spf->asker.next = NULL;
	if (spf->answer.result == SW_SPF_FAIL && sw_spf_top(spf)->record.exp.n)
		spf->asker.next = sw_spf_explain;
}

/* What the result of an included policy is for the one around it; RFC 7208 5.2. */
static void end_frame(void *owner)
{
	struct sw_spf *spf = owner;
	struct sw_spf_frame *inner = sw_spf_top(spf);

	if (spf->depth == 1) {
		end_last(spf);
		return;
	}
	drop_text(inner);
	spf->depth--;
	switch (spf->answer.result) {
	case SW_SPF_PASS:
		spf->answer.result = inner->qualifier;
		return;
	case SW_SPF_NONE:
		spf->answer.result = SW_SPF_PERMERROR;
		return;
	case SW_SPF_TEMPERROR:
	case SW_SPF_PERMERROR:
		return;
	case SW_SPF_NEUTRAL:
	case SW_SPF_FAIL:
	case SW_SPF_SOFTFAIL:
		spf->steps = sw_spf_top(spf)->step + 1;
		spf->asker.next = sw_spf_next_term;
		return;
	}
}

void sw_spf_conclude(struct sw_spf *spf, enum sw_spf_result result, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(spf->why, sizeof(spf->why), format, args);
	va_end(args);
	spf->answer.result = result;
	spf->answer.steps = spf->steps;
	spf->asker.next = end_frame;
}

/* ---- looking up a policy ---- */

static void take_policy(struct sw_spf *spf, const struct sw_dns_answer *answer)
{
	struct sw_spf_frame *frame = sw_spf_top(spf);
	struct sw_err err = { "" };
	size_t n = 0;
	int code = sw_spf_select(answer, &frame->text, &n);

	if (code == -ENOENT)
		/* of the domain that was asked about; of others it is an error, RFC 7208 6.1 */
		sw_spf_conclude(spf, spf->steps == 1 ? SW_SPF_NONE : SW_SPF_PERMERROR,
				"the domain has no SPF record");
	else if (code == -EEXIST)
		sw_spf_conclude(spf, SW_SPF_PERMERROR, "the domain has more than one SPF record");
	else if (code)
		sw_spf_conclude(spf, SW_SPF_TEMPERROR, "out of memory");
	else if (sw_spf_parse(frame->text, n, &frame->record, &err))
		sw_spf_conclude(spf, SW_SPF_PERMERROR, "the record has an error: %s", err.text);
	else
		spf->asker.next = sw_spf_next_term;
}

static void take_txt(void *owner, const struct sw_dns_answer *answer)
{
	struct sw_spf *spf = owner;

	if (answer->status == SW_DNS_TEMPFAIL)
		sw_spf_conclude(spf, SW_SPF_TEMPERROR, "asking for the SPF record: %s",
				sw_spf_trouble(answer));
	else
		take_policy(spf, answer);
}

static void ask_policy(void *owner)
{
	struct sw_spf *spf = owner;

	if (sw_spf_ask_raw(spf, sw_spf_domain(spf), SW_DNS_TXT, take_txt))
		sw_spf_conclude(spf, spf->steps == 1 ? SW_SPF_NONE : SW_SPF_PERMERROR,
				"there can be no such domain");
}

static void push_step(struct sw_spf *spf, const char *domain)
{
	struct sw_spf_step *step = &spf->step[spf->steps];

	strcpy(step->domain, domain);
	step->term[0] = '\0';
	sw_spf_top(spf)->step = spf->steps++;
	spf->asker.next = ask_policy;
}

void sw_spf_include(struct sw_spf *spf, const char *domain)
{
	spf->frame[spf->depth++] = (struct sw_spf_frame){ .qualifier = spf->term.qualifier };
	push_step(spf, domain);
}

void sw_spf_redirect(struct sw_spf *spf, const char *domain)
{
	struct sw_spf_frame *frame = sw_spf_top(spf);

	drop_text(frame);
	*frame = (struct sw_spf_frame){ .qualifier = frame->qualifier };
	push_step(spf, domain);
}

/* ---- what terms need ---- */

void sw_spf_values(const struct sw_spf *spf, struct sw_spf_values *ret)
{
	const char *domain = sw_spf_domain(spf);

	*ret = (struct sw_spf_values){ .ip = spf->ip,
				       .local = spf->local,
				       .sender_domain = spf->sender_domain,
				       .domain = domain,
				       .helo = spf->helo,
				       .validated = sw_spf_pick_name(spf, domain),
				       .receiver = spf->receiver,
				       .now_s = spf->now_s };
}

void sw_spf_note_term(struct sw_spf *spf, const struct sw_spf_text *term)
{
	char *ret = spf->step[sw_spf_top(spf)->step].term;
	size_t n = term->n < SW_SPF_TERM_TEXT ? term->n : SW_SPF_TERM_TEXT - 1;

	if (n)
		memcpy(ret, term->bytes, n);
	ret[n] = '\0';
	if (n < term->n)
		memset(ret + n - 3, '.', 3);
}

int sw_spf_ask_raw(struct sw_spf *spf, const char *name, enum sw_dns_type type, sw_spf_take_fn take)
{
	char text[SW_DNS_NAME];
	int code = sw_spf_name_text(name, text);

	if (!code)
		sw_spf_ask(&spf->asker, text, type, take);
	return code;
}

enum sw_dns_type sw_spf_address_type(const struct sw_spf *spf)
{
	return spf->ip.family == 4 ? SW_DNS_A : SW_DNS_AAAA;
}

bool sw_spf_count_term(struct sw_spf *spf)
{
	if (spf->answer.terms++ < SW_SPF_TERMS)
		return true;
	spf->answer.terms = SW_SPF_TERMS;
	sw_spf_conclude(spf, SW_SPF_PERMERROR, "more than %d terms that ask the DNS", SW_SPF_TERMS);
	return false;
}

bool sw_spf_count_void(struct sw_spf *spf, const struct sw_dns_answer *answer)
{
	if (answer->status == SW_DNS_OK || answer->status == SW_DNS_TEMPFAIL)
		return true;
	if (spf->answer.voids++ < SW_SPF_VOIDS)
		return true;
	spf->answer.voids = SW_SPF_VOIDS;
	sw_spf_conclude(spf, SW_SPF_PERMERROR, "more than %d terms that find nothing in the DNS",
			SW_SPF_VOIDS);
	return false;
}

/* ---- beginning ---- */

static void copy(char ret[SW_SPF_ADDRESS], const char *text, size_t n)
{
	if (n >= SW_SPF_ADDRESS)
		n = SW_SPF_ADDRESS - 1;
	memcpy(ret, text, n);
	ret[n] = '\0';
}

static void copy_text(char ret[SW_SPF_ADDRESS], const char *text)
{
	const char *from = text && *text ? text : "unknown";

	copy(ret, from, strlen(from));
}

/* RFC 7208 2.4, 4.3: no sender is postmaster at the HELO name, no local part is postmaster. */
static void split_sender(struct sw_spf *spf, const char *sender)
{
	const char *at = sender ? strrchr(sender, '@') : NULL;

	copy(spf->local, "postmaster", strlen("postmaster"));
	if (at && at > sender)
		copy(spf->local, sender, (size_t)(at - sender));
	if (at)
		copy(spf->sender_domain, at + 1, strlen(at + 1));
	else
		copy_text(spf->sender_domain, sender && *sender ? sender : spf->helo);
}

/* RFC 7208 4.3: else the result is none. */
static bool can_have_policy(const char *domain, char ret[SW_DNS_NAME])
{
	size_t n = strlen(domain);

	return n <= SW_SPF_NAME_MAX + 1 && domain[0] != '[' && !sw_spf_name_make(domain, n, ret) &&
	       sw_spf_name_labels(ret) > 1;
}

static void tell(void *owner)
{
	struct sw_spf *spf = owner;

	spf->answer.questions = spf->asker.questions;
	spf->fn(spf->ctx, &spf->answer);
}

static void destroy(void *owner)
{
	struct sw_spf *spf = owner;

	for (size_t i = 0; i < spf->depth; i++)
		drop_text(&spf->frame[i]);
	free(spf->exp_text);
	free(spf);
}

int sw_spf_open(const struct sw_spf_question *question, const struct sw_dns *dns,
		struct sw_spf **ret)
{
	struct sw_spf *spf = calloc(1, sizeof(*spf));

	if (!spf)
		return -ENOMEM;
	spf->asker =
		(struct sw_spf_asker){ .dns = dns, .owner = spf, .end = tell, .destroy = destroy };
	spf->ip = sw_prefix_unmapped(&question->ip);
	spf->now_s = question->now_s;
	copy_text(spf->helo, question->helo);
	copy_text(spf->receiver, question->receiver);
	split_sender(spf, question->sender);
	spf->answer.step = spf->step;
	spf->answer.why = spf->why;
	spf->answer.explanation = spf->explanation;
	*ret = spf;
	return 0;
}

void sw_spf_start(struct sw_spf *spf, sw_spf_fn fn, void *ctx)
{
	char domain[SW_DNS_NAME];

	spf->fn = fn;
	spf->ctx = ctx;
	if (can_have_policy(spf->sender_domain, domain)) {
		spf->frame[spf->depth++] = (struct sw_spf_frame){ .text = NULL };
		push_step(spf, domain);
	} else {
		sw_spf_conclude(spf, SW_SPF_NONE,
				"the sender has no domain that could have a "
				"policy");
		spf->asker.next = NULL;
	}
	sw_spf_run(&spf->asker);
}

void sw_spf_give_up(struct sw_spf *spf)
{
	if (spf->asker.ended)
		return;
	sw_spf_stop_waiting(&spf->asker);
	if (!spf->explaining) /* the words of a fail are a luxury */
		sw_spf_conclude(spf, SW_SPF_TEMPERROR, "it takes too long");
	spf->asker.next = NULL;
	sw_spf_run(&spf->asker);
}

struct sw_spf *sw_spf_free(struct sw_spf *spf)
{
	if (spf)
		sw_spf_drop(&spf->asker);
	return NULL;
}
