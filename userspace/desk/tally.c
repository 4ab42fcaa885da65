/* SPDX-License-Identifier: GPL-2.0-only */
/* tally - see tally.h. */
#include "tally.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define CLASS_BYTES 192 /* one of a packet, at most */
#define CLASSES_AT_ONCE 64
#define OTHER "other"

/* ---- counting ---- */

/* The last place is for those that have none. */
static struct sw_tally_class *find(struct sw_tally *tally, const char *name)
{
	struct sw_tally_class *c = tally->classes;

	for (; c < tally->classes + tally->classes_n; c++)
		if (!strcmp(c->name, name))
			return c;
	if (tally->classes_n >= SW_TALLY_CLASSES - 1)
		name = OTHER;
	if (tally->classes_n == SW_TALLY_CLASSES)
		return c - 1;
	tally->classes_n++;
	memset(c, 0, sizeof(*c));
	snprintf(c->name, sizeof(c->name), "%s", name);
	return c;
}

void sw_tally_smtp(struct sw_tally *tally, const char *name)
{
	find(tally, name)->smtp++;
}

void sw_tally_policy(struct sw_tally *tally, const char *name, enum sw_access_do what)
{
	if (what < SW_ACCESS_DOS)
		find(tally, name)->policy[what]++;
}

/* ---- telling ---- */

struct writer {
	char *out;
	size_t n;
};

static void __attribute__((format(printf, 2, 3))) put(struct writer *w, const char *format, ...)
{
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(w->out + w->n, SW_PACKET_BYTES - w->n, format, args);
	va_end(args);
	if (n > 0)
		w->n += (size_t)n;
}

static void put_number(struct writer *w, const char *key, uint32_t *number)
{
	if (*number)
		put(w, ",\"%s\":%u", key, *number);
	*number = 0;
}

static void put_class(struct writer *w, struct sw_tally_class *c)
{
	static const char *const keys[SW_ACCESS_DOS] = {
		[SW_ACCESS_REJECT] = "rejected",
		[SW_ACCESS_DEFER] = "deferred",
		[SW_ACCESS_HEADER] = "header",
		[SW_ACCESS_DUNNO] = "dunno",
	};

	put(w, "{\"class\":\"%s\"", c->name);
	put_number(w, "smtp", &c->smtp);
	for (int i = 0; i < SW_ACCESS_DOS; i++)
		put_number(w, keys[i], &c->policy[i]);
	put(w, "}");
}

/* From the end, so that what is left need not move. */
static void put_classes(struct writer *w, struct sw_tally *tally)
{
	size_t n = 0;

	put(w, ",\"classes\":[");
	while (tally->classes_n && n < CLASSES_AT_ONCE &&
	       w->n + CLASS_BYTES + sizeof("]}") < SW_PACKET_BYTES) {
		if (n++)
			put(w, ",");
		put_class(w, &tally->classes[--tally->classes_n]);
	}
	put(w, "]");
}

static bool has_changed(const struct sw_tally *tally, uint32_t open)
{
	return tally->classes_n || tally->general || tally->again || tally->refused ||
	       tally->evicted || tally->policy || tally->told_open != open;
}

size_t sw_tally_put(struct sw_tally *tally, uint32_t open, char out[SW_PACKET_BYTES])
{
	struct writer w = { .out = out };

	if (!has_changed(tally, open))
		return 0;
	tally->told_open = open;
	put(&w, "{\"op\":\"count\",\"open\":%u", open);
	put_number(&w, "general", &tally->general);
	put_number(&w, "again", &tally->again);
	put_number(&w, "refused", &tally->refused);
	put_number(&w, "evicted", &tally->evicted);
	put_number(&w, "policy", &tally->policy);
	if (tally->classes_n)
		put_classes(&w, tally);
	put(&w, "}");
	return w.n;
}
