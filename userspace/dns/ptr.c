/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ptr - see ptr.h.
 *
 * Answers may come while a question is still being asked. So whoever asks holds the ptr
 * (busy), and the last one to let it go tells the result and frees it.
 */
#include "ptr.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct question {
	struct sw_ptr *ptr;
	sw_dns_ticket ticket; /* 0: none is under way */
};

struct sw_ptr {
	const struct sw_dns *dns;
	sw_ptr_fn fn;
	void *ctx;
	unsigned busy; /* questions without an answer, and functions that are at it */
	bool cancelled;
	struct question ptr, forward[SW_RDNS_NAMES_MAX];
	struct sw_rdns_facts facts;
};

const char *sw_ptr_name(const struct sw_prefix *source, char buf[SW_PTR_NAME])
{
	static const char digits[] = "0123456789abcdef";
	char *p = buf;

	if (source->family == 4) {
		unsigned a = (unsigned)source->lo;

		snprintf(buf, SW_PTR_NAME, "%u.%u.%u.%u.in-addr.arpa", a & 255, a >> 8 & 255,
			 a >> 16 & 255, a >> 24 & 255);
		return buf;
	}
	for (unsigned i = 0; i < 32; i++) {
		*p++ = digits[(i < 16 ? source->lo : source->hi) >> (4 * (i % 16)) & 15];
		*p++ = '.';
	}
	strcpy(p, "ip6.arpa");
	return buf;
}

static void hold(struct sw_ptr *ptr)
{
	ptr->busy++;
}

/* @ptr may be gone afterwards. */
static void let_go(struct sw_ptr *ptr)
{
	if (--ptr->busy)
		return;
	if (!ptr->cancelled)
		ptr->fn(ptr->ctx, &ptr->facts);
	free(ptr);
}

/* Nobody waits for this answer any more. The caller holds @ptr. */
static void cancel(struct sw_ptr *ptr, struct question *question)
{
	sw_dns_ticket ticket = question->ticket;

	if (!ticket)
		return;
	question->ticket = 0;
	sw_dns_cancel(ptr->dns, ticket);
	ptr->busy--; /* its answer will not come */
}

/* All that is said holds as long as the answer that ends first. */
static void note_ttl(struct sw_rdns_facts *facts, const struct sw_dns_answer *answer)
{
	uint32_t ttl = answer->status == SW_DNS_TEMPFAIL ? 0 : answer->ttl;

	if (ttl < facts->ttl)
		facts->ttl = ttl;
	if (answer->status == SW_DNS_TEMPFAIL && facts->trouble == SW_DNS_TROUBLE_NONE)
		facts->trouble = answer->trouble;
}

/* ---- the way back ---- */

static bool is_source(const struct sw_prefix *source, const struct sw_dns_record *record)
{
	uint64_t hi = 0, lo = 0;

	for (unsigned i = 0; i < 4 && source->family == 4; i++)
		lo = lo << 8 | record->a[i];
	for (unsigned i = 0; i < 8 && source->family == 6; i++) {
		hi = hi << 8 | record->aaaa[i];
		lo = lo << 8 | record->aaaa[8 + i];
	}
	return hi == source->hi && lo == source->lo;
}

static void take_forward(void *ctx, const struct sw_dns_answer *answer)
{
	struct question *question = ctx;
	struct sw_ptr *ptr = question->ptr;
	struct sw_rdns_name *name = &ptr->facts.name[question - ptr->forward];

	question->ticket = 0;
	note_ttl(&ptr->facts, answer);
	if (answer->status != SW_DNS_TEMPFAIL)
		name->back = SW_RDNS_BACK_NO;
	for (size_t i = 0; answer->status == SW_DNS_OK && i < answer->n; i++) {
		if (is_source(&ptr->facts.source, &answer->record[i]))
			name->back = SW_RDNS_BACK_YES;
	}
	let_go(ptr);
}

/* A single label, or bytes that no host has, would be asked in vain. */
static bool is_askable(const char *name)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyz0123456789-_.";

	return strchr(name, '.') && name[strspn(name, allowed)] == '\0';
}

static void ask_forward(struct sw_ptr *ptr, size_t i)
{
	struct question *question = &ptr->forward[i];
	struct sw_rdns_name *name = &ptr->facts.name[i];
	enum sw_dns_type type = ptr->facts.source.family == 4 ? SW_DNS_A : SW_DNS_AAAA;
	sw_dns_ticket ticket;

	if (!is_askable(name->name)) {
		name->back = SW_RDNS_BACK_NO;
		return;
	}
	hold(ptr);
	question->ptr = ptr;
	ticket = sw_dns_ask(ptr->dns, name->name, type, take_forward, question);
	if (ticket)
		question->ticket = ticket;
	if (ptr->cancelled) /* while it was being asked */
		cancel(ptr, question);
}

/* ---- the names ---- */

static bool is_known(const struct sw_rdns_facts *facts, const char *name)
{
	for (size_t i = 0; i < facts->n; i++) {
		if (!strcmp(facts->name[i].name, name))
			return true;
	}
	return false;
}

static void add_name(struct sw_rdns_facts *facts, const char *name)
{
	size_t n = strlen(name);

	if (n >= SW_DNS_NAME || is_known(facts, name))
		return;
	if (facts->n == SW_RDNS_NAMES_MAX) {
		facts->more++;
		return;
	}
	memcpy(facts->name[facts->n].name, name, n + 1);
	facts->name[facts->n++].back = SW_RDNS_BACK_UNKNOWN;
}

static void take_ptr(void *ctx, const struct sw_dns_answer *answer)
{
	struct question *question = ctx;
	struct sw_ptr *ptr = question->ptr;
	struct sw_rdns_facts *facts = &ptr->facts;

	question->ticket = 0;
	facts->state = answer->status == SW_DNS_TEMPFAIL ? SW_RDNS_FAILED : SW_RDNS_NONE;
	facts->ttl = UINT32_MAX;
	note_ttl(facts, answer);
	for (size_t i = 0; answer->status == SW_DNS_OK && i < answer->n; i++)
		add_name(facts, answer->record[i].name);
	if (facts->n)
		facts->state = SW_RDNS_NAMED;
	for (size_t i = 0; i < facts->n && !ptr->cancelled; i++)
		ask_forward(ptr, i);
	let_go(ptr);
}

/* ---- from outside ---- */

int sw_ptr_ask(const struct sw_dns *dns, const struct sw_prefix *source, sw_ptr_fn fn, void *ctx,
	       struct sw_ptr **ret)
{
	char name[SW_PTR_NAME];
	sw_dns_ticket ticket;
	struct sw_ptr *ptr;

	if (source->len != sw_prefix_full(source))
		return -EINVAL;
	ptr = calloc(1, sizeof(*ptr));
	if (!ptr)
		return -ENOMEM;
	*ret = NULL;
	ptr->dns = dns;
	ptr->fn = fn;
	ptr->ctx = ctx;
	ptr->facts.source = *source;
	ptr->ptr.ptr = ptr;
	hold(ptr); /* the question */
	hold(ptr); /* this function */
	ticket = sw_dns_ask(dns, sw_ptr_name(source, name), SW_DNS_PTR, take_ptr, &ptr->ptr);
	if (ticket)
		ptr->ptr.ticket = ticket;
	if (ptr->busy > 1)
		*ret = ptr;
	let_go(ptr);
	return 0;
}

struct sw_ptr *sw_ptr_cancel(struct sw_ptr *ptr)
{
	if (!ptr)
		return NULL;
	hold(ptr);
	ptr->cancelled = true;
	cancel(ptr, &ptr->ptr);
	for (size_t i = 0; i < SW_RDNS_NAMES_MAX; i++)
		cancel(ptr, &ptr->forward[i]);
	let_go(ptr);
	return NULL;
}
