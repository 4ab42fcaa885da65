/* SPDX-License-Identifier: GPL-2.0-only */
/* questions - see questions.h. */
#include "questions.h"

#include <errno.h>
#include <stdlib.h>

#define BUCKETS_FIRST 256
#define WAITERS_FIRST 64
#define NUMBER_BITS 20 /* of a ticket say which waiter, the others are a serial number */

struct sw_dns_waiter {
	struct sw_dns_question *question; /* NULL: it is free */
	uint64_t serial;
	sw_dns_answer_fn fn;
	void *ctx;
	uint32_t next, before; /* who waits for the same; next: or who is free */
};

int sw_dns_questions_init(struct sw_dns_questions *qs, const uint8_t seed[SW_DNS_SEED])
{
	*qs = (struct sw_dns_questions){ .buckets = BUCKETS_FIRST };
	qs->ended_end = &qs->ended;
	memcpy(qs->seed, seed, SW_DNS_SEED);
	qs->bucket = calloc(qs->buckets, sizeof(struct sw_dns_question *));
	return qs->bucket ? 0 : -ENOMEM;
}

static void free_question(struct sw_dns_question *q)
{
	sw_dns_reply_drop(q->reply);
	free(q);
}

void sw_dns_questions_done(struct sw_dns_questions *qs,
			   void (*drop)(void *ctx, struct sw_dns_question *q), void *ctx)
{
	struct sw_dns_question *q;

	for (size_t i = 0; qs->bucket && i < qs->buckets; i++) {
		while ((q = qs->bucket[i])) {
			qs->bucket[i] = q->chain;
			drop(ctx, q);
			free_question(q);
		}
	}
	while ((q = qs->ended)) {
		qs->ended = q->chain;
		free_question(q);
	}
	free(qs->bucket);
	free(qs->waiter);
	*qs = (struct sw_dns_questions){ .ended_end = &qs->ended };
}

/* ---- by name and type ---- */

static uint64_t hash_of(const struct sw_dns_questions *qs, const struct sw_dns_name *name,
			uint16_t type)
{
	return sw_dns_hash(qs->seed, name->wire, name->n) + type * 0x9e3779b97f4a7c15ull;
}

static struct sw_dns_question **bucket_of(const struct sw_dns_questions *qs, uint64_t hash)
{
	return &qs->bucket[hash & (qs->buckets - 1)];
}

struct sw_dns_question *sw_dns_questions_find(const struct sw_dns_questions *qs,
					      const struct sw_dns_name *name, uint16_t type)
{
	uint64_t hash = hash_of(qs, name, type);
	struct sw_dns_question *q = *bucket_of(qs, hash);

	while (q && (q->hash != hash || q->type != type || !sw_dns_name_equal(&q->name, name)))
		q = q->chain;
	return q;
}

/* Twice as many buckets; without memory, as many as before. */
static void grow(struct sw_dns_questions *qs)
{
	struct sw_dns_question **old = qs->bucket;
	size_t n = qs->buckets;
	struct sw_dns_question **fresh = calloc(n * 2, sizeof(struct sw_dns_question *));

	if (!fresh)
		return;
	qs->bucket = fresh;
	qs->buckets = n * 2;
	for (size_t i = 0; i < n; i++) {
		while (old[i]) {
			struct sw_dns_question *q = old[i], **to = bucket_of(qs, q->hash);

			old[i] = q->chain;
			q->chain = *to;
			*to = q;
		}
	}
	free(old);
}

struct sw_dns_question *sw_dns_questions_add(struct sw_dns_questions *qs,
					     const struct sw_dns_name *name, uint16_t type)
{
	struct sw_dns_question *q = malloc(sizeof(*q)), **to;

	if (!q)
		return NULL;
	if (qs->n >= qs->buckets)
		grow(qs);
	memset(q, 0, offsetof(struct sw_dns_question, name));
	q->name.n = name->n;
	memcpy(q->name.wire, name->wire, name->n);
	q->type = type;
	q->hash = hash_of(qs, name, type);
	to = bucket_of(qs, q->hash);
	q->chain = *to;
	*to = q;
	qs->n++;
	return q;
}

/* ---- who waits ---- */

/* Room for twice as many. */
static int more_waiters(struct sw_dns_questions *qs)
{
	uint32_t n = qs->waiters ? qs->waiters * 2 : WAITERS_FIRST;
	struct sw_dns_waiter *fresh;

	if (n > SW_DNS_WAITERS)
		return -ENOSPC;
	fresh = realloc(qs->waiter, n * sizeof(*fresh));
	if (!fresh)
		return -ENOMEM;
	qs->waiter = fresh;
	for (uint32_t i = n - 1; i >= qs->waiters && i; i--) {
		fresh[i] = (struct sw_dns_waiter){ .next = qs->free };
		qs->free = i;
	}
	qs->waiters = n;
	return 0;
}

sw_dns_ticket sw_dns_questions_wait(struct sw_dns_questions *qs, struct sw_dns_question *q,
				    sw_dns_answer_fn fn, void *ctx)
{
	uint32_t number;
	struct sw_dns_waiter *w;

	if (!qs->free && more_waiters(qs))
		return 0;
	number = qs->free;
	w = &qs->waiter[number];
	qs->free = w->next;
	*w = (struct sw_dns_waiter){ q, ++qs->serial, fn, ctx, 0, q->last };
	if (q->last)
		qs->waiter[q->last].next = number;
	else
		q->first = number;
	q->last = number;
	return w->serial << NUMBER_BITS | number;
}

/* It waits for @q no more, and its number is free. */
static void release(struct sw_dns_questions *qs, struct sw_dns_question *q, uint32_t number)
{
	struct sw_dns_waiter *w = &qs->waiter[number];

	if (w->before)
		qs->waiter[w->before].next = w->next;
	else
		q->first = w->next;
	if (w->next)
		qs->waiter[w->next].before = w->before;
	else
		q->last = w->before;
	w->question = NULL;
	w->next = qs->free;
	qs->free = number;
}

void sw_dns_questions_cancel(struct sw_dns_questions *qs, sw_dns_ticket ticket)
{
	uint32_t number = ticket & (SW_DNS_WAITERS - 1);

	struct sw_dns_question *q;

	if (!number || number >= qs->waiters)
		return;
	q = qs->waiter[number].question;
	if (q && qs->waiter[number].serial == ticket >> NUMBER_BITS)
		release(qs, q, number);
}

/* ---- the end ---- */

void sw_dns_questions_end(struct sw_dns_questions *qs, struct sw_dns_question *q,
			  struct sw_dns_reply *reply)
{
	struct sw_dns_question **at = bucket_of(qs, q->hash);

	while (*at != q)
		at = &(*at)->chain;
	*at = q->chain;
	qs->n--;
	q->reply = reply;
	q->chain = NULL;
	*qs->ended_end = q;
	qs->ended_end = &q->chain;
}

static void tell_all(struct sw_dns_questions *qs, struct sw_dns_question *q)
{
	static const struct sw_dns_answer nothing = {
		.status = SW_DNS_TEMPFAIL,
		.trouble = SW_DNS_SERVFAIL,
	};
	/* those who are told may cancel others, and the numbers may move in memory */
	while (q->first) {
		sw_dns_answer_fn fn = qs->waiter[q->first].fn;
		void *ctx = qs->waiter[q->first].ctx;

		release(qs, q, q->first);
		fn(ctx, q->reply ? &q->reply->answer : &nothing);
	}
}

void sw_dns_questions_deliver(struct sw_dns_questions *qs)
{
	struct sw_dns_question *q;

	while ((q = qs->ended)) {
		qs->ended = q->chain;
		if (!qs->ended)
			qs->ended_end = &qs->ended;
		tell_all(qs, q);
		free_question(q);
	}
}
