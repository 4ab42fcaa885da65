/* SPDX-License-Identifier: GPL-2.0-only */
/* mailids - see mailids.h. Chains of entries that are given out in turn. */
#include "mailids.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "maps/hash.h"

#define NONE UINT32_MAX

struct sw_mailids {
	uint64_t seed;
	uint32_t n, slots; /* slots: a power of two */
	uint32_t turn; /* whose place is taken next: the oldest */
	uint32_t *head;
	struct sw_mailid *entry;
};

int sw_mailids_open(size_t n, uint64_t seed, struct sw_mailids **ret)
{
	struct sw_mailids *t = calloc(1, sizeof(*t));

	if (!t || n == 0 || n > 1u << 24) {
		free(t);
		return t ? -EINVAL : -ENOMEM;
	}
	t->seed = seed;
	t->n = (uint32_t)n;
	for (t->slots = 16; t->slots < n; t->slots *= 2)
		;
	t->head = malloc(t->slots * sizeof(*t->head));
	t->entry = calloc(n, sizeof(*t->entry));
	if (!t->head || !t->entry) {
		sw_mailids_close(t);
		return -ENOMEM;
	}
	memset(t->head, 0xff, t->slots * sizeof(*t->head));
	*ret = t;
	return 0;
}

struct sw_mailids *sw_mailids_close(struct sw_mailids *t)
{
	if (t) {
		free(t->head);
		free(t->entry);
		free(t);
	}
	return NULL;
}

static uint32_t slot_of(const struct sw_mailids *t, uint64_t scope, const char *id, size_t n)
{
	uint64_t words[SW_MAILID / 8] = { 0 }, h = scope;

	memcpy(words, id, n);
	for (size_t i = 0; i < SW_MAILID / 8; i++)
		h = sw_hash(h, words[i], t->seed);
	return (uint32_t)h & (t->slots - 1);
}

struct sw_mailid *sw_mailids_get(struct sw_mailids *t, uint64_t scope, const char *id, size_t n)
{
	if (n > SW_MAILID)
		return NULL;
	for (uint32_t i = t->head[slot_of(t, scope, id, n)]; i != NONE; i = t->entry[i].next) {
		struct sw_mailid *m = &t->entry[i];

		if (m->scope == scope && m->id_n == n && !memcmp(m->id, id, n))
			return m;
	}
	return NULL;
}

void sw_mailids_drop(struct sw_mailids *t, struct sw_mailid *m)
{
	uint32_t index = (uint32_t)(m - t->entry), *link = &t->head[m->slot];

	if (!m->used)
		return;
	while (*link != index)
		link = &t->entry[*link].next;
	*link = m->next;
	m->used = false;
}

struct sw_mailid *sw_mailids_put(struct sw_mailids *t, uint64_t scope, const char *id, size_t n)
{
	struct sw_mailid *m = sw_mailids_get(t, scope, id, n);

	if (m || n > SW_MAILID)
		return m;
	m = &t->entry[t->turn];
	sw_mailids_drop(t, m);
	*m = (struct sw_mailid){ .id_n = (uint8_t)n, .scope = scope, .used = true };
	memcpy(m->id, id, n);
	m->slot = slot_of(t, scope, id, n);
	m->next = t->head[m->slot];
	t->head[m->slot] = t->turn;
	t->turn = (t->turn + 1) % t->n;
	return m;
}
