/* SPDX-License-Identifier: GPL-2.0-only */
/* script_dns - see script_dns.h. What a question gets is script_zone.c; here is when. */
#include "script_dns.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "script_zone.h"

#define HELD UINT64_MAX /* due: when the test says so */

static const struct {
	const char *word;
	enum sw_dns_trouble trouble;
} troubles[] = {
	{ "TIMEOUT", SW_DNS_TIMEOUT },
	{ "SERVFAIL", SW_DNS_SERVFAIL },
	{ "REFUSED", SW_DNS_REFUSED },
	{ "MALFORMED", SW_DNS_MALFORMED },
};

struct question {
	struct question *next;
	sw_dns_ticket ticket;
	uint64_t due_ms;
	unsigned type; /* index */
	sw_dns_answer_fn fn;
	void *ctx;
	char name[SW_DNS_NAME];
};

struct script_dns {
	struct sw_dns dns;
	struct script_zone zone;
	struct question *waiting; /* from the oldest */
	sw_dns_ticket last;
	uint64_t now_ms;
	bool hold;
	enum sw_dns_trouble down;
	size_t asked, anew, cancelled;
};

static struct script_place *need_place(struct script_dns *s, const char *name)
{
	struct script_place *p = script_zone_place(&s->zone, name);

	if (!p)
		abort();
	return p;
}

/* ---- the zone ---- */

void script_dns_add(struct script_dns *s, const char *name, enum sw_dns_type type,
		    const char *value, uint32_t ttl)
{
	if (!script_zone_add(&s->zone, name, script_zone_index(type), value, ttl))
		abort();
}

void script_dns_add_txt(struct script_dns *s, const char *name, const void *bytes, size_t n,
			uint32_t ttl)
{
	script_zone_add_txt(need_place(s, name), bytes, n, ttl);
}

void script_dns_add_alias(struct script_dns *s, const char *name, const char *target, uint32_t ttl)
{
	if (!script_zone_add_alias(&s->zone, name, target, ttl))
		abort();
}

void script_dns_remove(struct script_dns *s, const char *name, enum sw_dns_type type)
{
	struct script_place *p = need_place(s, name);

	for (unsigned i = 0; i < SCRIPT_ZONE_TYPES; i++)
		if (!type || i == script_zone_index(type))
			script_zone_drop(p, i);
	if (!type) {
		free(p->alias);
		p->alias = NULL;
	}
}

void script_dns_absence(struct script_dns *s, uint32_t ttl)
{
	s->zone.absence_ttl = ttl;
}

void script_dns_trouble(struct script_dns *s, const char *name, enum sw_dns_type type,
			enum sw_dns_trouble trouble)
{
	struct script_place *p = need_place(s, name);

	for (unsigned i = 0; i < SCRIPT_ZONE_TYPES; i++)
		if (!type || i == script_zone_index(type))
			p->trouble[i] = trouble;
}

void script_dns_down(struct script_dns *s, enum sw_dns_trouble trouble)
{
	s->down = trouble;
}

/* ---- lines ---- */

/* Cut the next word out of the text at *@p; "" at its end. */
static char *next_word(char **p)
{
	char *word = *p + strspn(*p, " \t");

	*p = word + strcspn(word, " \t");
	if (**p)
		*(*p)++ = '\0';
	return word;
}

static bool add_words(struct script_dns *s, const char *name, uint32_t ttl, const char *type,
		      char *rest)
{
	int index = script_zone_index_of_word(type);

	if (!strcasecmp(type, "CNAME"))
		return script_zone_add_alias(&s->zone, name, next_word(&rest), ttl);
	if (index < 0)
		return false;
	if ((unsigned)index != script_zone_index(SW_DNS_TXT))
		rest += strspn(rest, " \t");
	return script_zone_add(&s->zone, name, (unsigned)index, rest, ttl);
}

static bool add_line(struct script_dns *s, char *line)
{
	char *name = next_word(&line), *word = next_word(&line), *end;
	uint32_t ttl = SCRIPT_DNS_TTL;
	char text[SW_DNS_NAME];

	if (!script_zone_name(name, text))
		return false;
	if (!strcasecmp(word, "DELAY")) {
		script_dns_delay(s, text, (uint32_t)strtoul(next_word(&line), NULL, 10));
		return true;
	}
	for (unsigned i = 0; i < sizeof(troubles) / sizeof(troubles[0]); i++) {
		if (!strcasecmp(word, troubles[i].word)) {
			script_dns_trouble(s, text, 0, troubles[i].trouble);
			return true;
		}
	}
	if (word[0] >= '0' && word[0] <= '9') {
		ttl = (uint32_t)strtoul(word, &end, 10);
		if (*end)
			return false;
		word = next_word(&line);
	}
	return add_words(s, text, ttl, word, line);
}

bool script_dns_line(struct script_dns *s, const char *line, size_t n)
{
	char *copy = script_zone_memory(n + 1);
	bool good;

	memcpy(copy, line, n);
	good = add_line(s, copy);
	free(copy);
	return good;
}

void script_dns_zone(struct script_dns *s, const char *text)
{
	while (*text) {
		size_t n = strcspn(text, "\n");

		if (n && text[0] != '#' && !script_dns_line(s, text, n)) {
			fprintf(stderr, "script_dns: bad line: %.*s\n", (int)n, text);
			abort();
		}
		text += n + (text[n] == '\n');
	}
}

/* ---- answers ---- */

static struct sw_dns_answer failure(enum sw_dns_trouble trouble)
{
	return (struct sw_dns_answer){ .status = SW_DNS_TEMPFAIL, .trouble = trouble };
}

static void give(struct script_dns *s, struct question *q)
{
	struct sw_dns_record *records = NULL;
	struct sw_dns_answer answer = failure(s->down);

	if (!s->down)
		answer = script_zone_resolve(&s->zone, q->name, q->type, &records);
	q->fn(q->ctx, &answer);
	free(records);
}

static sw_dns_ticket enqueue(struct script_dns *s, const struct question *q)
{
	struct question **last = &s->waiting, *copy = script_zone_memory(sizeof(*copy));

	while (*last)
		last = &(*last)->next;
	*copy = *q;
	copy->ticket = ++s->last;
	*last = copy;
	return copy->ticket;
}

static sw_dns_ticket ask(void *dns, const char *name, enum sw_dns_type type, sw_dns_answer_fn fn,
			 void *ctx)
{
	struct script_dns *s = dns;
	struct question q = { .type = script_zone_index(type), .fn = fn, .ctx = ctx };
	struct sw_dns_answer malformed = failure(SW_DNS_MALFORMED);
	struct script_place *p;

	s->asked++;
	if (!script_zone_name(name, q.name)) {
		fn(ctx, &malformed);
		return 0;
	}
	p = script_zone_find_or_make(&s->zone, q.name);
	p->asked[q.type]++;
	q.due_ms = s->hold ? HELD : s->now_ms + p->delay_ms;
	if (q.due_ms > s->now_ms)
		return enqueue(s, &q);
	give(s, &q);
	return 0;
}

/* There is no cache here; it is counted. */
static sw_dns_ticket ask_anew(void *dns, const char *name, enum sw_dns_type type,
			      sw_dns_answer_fn fn, void *ctx)
{
	struct script_dns *s = dns;

	s->anew++;
	return ask(dns, name, type, fn, ctx);
}

static struct question *take(struct question **link)
{
	struct question *q = *link;

	*link = q->next;
	return q;
}

static void cancel(void *dns, sw_dns_ticket ticket)
{
	struct script_dns *s = dns;
	struct question **link = &s->waiting;

	while (*link && (*link)->ticket != ticket)
		link = &(*link)->next;
	if (!*link)
		return;
	free(take(link));
	s->cancelled++;
}

/* ---- when ---- */

void script_dns_hold(struct script_dns *s, bool hold)
{
	s->hold = hold;
}

void script_dns_delay(struct script_dns *s, const char *name, uint32_t ms)
{
	char text[SW_DNS_NAME];

	if (!script_zone_name(name, text))
		abort();
	script_zone_find_or_make(&s->zone, text)->delay_ms = ms;
}

size_t script_dns_waiting(const struct script_dns *s)
{
	size_t n = 0;

	for (const struct question *q = s->waiting; q; q = q->next)
		n++;
	return n;
}

static bool give_at(struct script_dns *s, struct question **link)
{
	struct question *q;

	if (!*link)
		return false;
	q = take(link);
	give(s, q);
	free(q);
	return true;
}

bool script_dns_step_at(struct script_dns *s, size_t i)
{
	struct question **link = &s->waiting;

	while (*link && i--)
		link = &(*link)->next;
	return give_at(s, link);
}

bool script_dns_step_for(struct script_dns *s, const char *name, enum sw_dns_type type)
{
	struct question **link = &s->waiting;
	char text[SW_DNS_NAME];

	if (!script_zone_name(name, text))
		return false;
	while (*link &&
	       ((*link)->type != script_zone_index(type) || strcmp((*link)->name, text) != 0))
		link = &(*link)->next;
	return give_at(s, link);
}

size_t script_dns_run(struct script_dns *s)
{
	size_t n = 0;

	while (script_dns_step(s))
		n++;
	return n;
}

void script_dns_pass(struct script_dns *s, uint32_t ms)
{
	uint64_t end_ms = s->now_ms + ms;

	for (;;) {
		struct question **first = NULL;

		for (struct question **link = &s->waiting; *link; link = &(*link)->next)
			if ((*link)->due_ms <= end_ms &&
			    (!first || (*link)->due_ms < (*first)->due_ms))
				first = link;
		if (!first)
			break;
		if ((*first)->due_ms > s->now_ms)
			s->now_ms = (*first)->due_ms;
		give_at(s, first);
	}
	s->now_ms = end_ms;
}

/* ---- what was asked ---- */

size_t script_dns_asked(const struct script_dns *s)
{
	return s->asked;
}

size_t script_dns_asked_anew(const struct script_dns *s)
{
	return s->anew;
}

size_t script_dns_asked_for(struct script_dns *s, const char *name, enum sw_dns_type type)
{
	char text[SW_DNS_NAME];
	struct script_place *p =
		script_zone_name(name, text) ? script_zone_find(&s->zone, text) : NULL;
	size_t n = 0;

	for (unsigned i = 0; p && i < SCRIPT_ZONE_TYPES; i++)
		if (!type || i == script_zone_index(type))
			n += p->asked[i];
	return n;
}

size_t script_dns_cancelled(const struct script_dns *s)
{
	return s->cancelled;
}

/* ---- beginning and end ---- */

struct script_dns *script_dns_open(void)
{
	struct script_dns *s = script_zone_memory(sizeof(*s));

	s->dns = (struct sw_dns){ .ask = ask, .cancel = cancel, .dns = s, .ask_anew = ask_anew };
	s->zone.absence_ttl = SCRIPT_DNS_TTL;
	return s;
}

struct script_dns *script_dns_close(struct script_dns *s)
{
	if (!s)
		return NULL;
	while (s->waiting)
		free(take(&s->waiting));
	script_zone_done(&s->zone);
	free(s);
	return NULL;
}

const struct sw_dns *script_dns_dns(struct script_dns *s)
{
	return &s->dns;
}
