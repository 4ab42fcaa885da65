/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cache_file - the cache over restarts; cache.h says what holds.
 *
 *   magic (8) version (4) wall_ms (8) monotonic_ms (8) boot (40) entries (4)
 *   each: type (2) status (1) known (1) seconds left (4) name (1 + n) records (2), and of
 *   each record: A 4 bytes, AAAA 16, PTR text, MX preference (2) and text, TXT text; a text
 *   is its length (4) and its bytes
 *   checksum of all that (8)
 *
 * Numbers have the most significant byte first. A file is read twice: what is wrong in it
 * is found before anything of it is taken.
 */
#include "cache_parts.h"

#include <endian.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/file.h"

#define VERSION 1
#define MAGIC 8
#define SUM 8
#define ENTRIES_AT (MAGIC + 4 + 8 + 8 + SW_CLOCK_BOOT) /* where their number is */
#define RECORDS 4096 /* of one entry; more than an answer has */

static const char magic[MAGIC + 1] = "swdns\r\n\x1a";

static uint64_t sum_of(const uint8_t *data, size_t n)
{
	static const uint8_t nobodys_secret[SW_DNS_SEED];

	return htobe64(sw_dns_hash(nobodys_secret, data, n));
}

void sw_dns_cache_seal(uint8_t *data, size_t n)
{
	uint64_t sum = sum_of(data, n - SUM);

	memcpy(data + n - SUM, &sum, SUM);
}

void sw_dns_cache_now(const struct sw_clock *clock, struct sw_dns_cache_time *ret)
{
	ret->wall_ms = sw_clock_wall_ms(clock);
	ret->monotonic_ms = sw_clock_monotonic_ns(clock) / 1000000;
	memset(ret->boot, 0, sizeof(ret->boot));
	sw_clock_boot(ret->boot);
}

/* ---- writing ---- */

static void put(FILE *out, uint64_t value, unsigned bytes)
{
	while (bytes--)
		putc((int)(value >> 8 * bytes & 255), out);
}

static void put_text(FILE *out, const char *text, size_t n)
{
	put(out, n, 4);
	fwrite(text, 1, n, out);
}

static void put_record(FILE *out, uint16_t type, const struct sw_dns_record *record)
{
	switch (type) {
	case SW_DNS_A:
		fwrite(record->a, 1, sizeof(record->a), out);
		break;
	case SW_DNS_AAAA:
		fwrite(record->aaaa, 1, sizeof(record->aaaa), out);
		break;
	case SW_DNS_TXT:
		put_text(out, record->txt.bytes, record->txt.n);
		break;
	case SW_DNS_MX:
		put(out, record->preference, 2);
		put_text(out, record->name, strlen(record->name));
		break;
	default:
		put_text(out, record->name, strlen(record->name));
		break;
	}
}

static void put_entry(FILE *out, const struct sw_dns_entry *e, uint64_t now_ms)
{
	const struct sw_dns_answer *answer = &e->reply->answer;

	put(out, e->type, 2);
	put(out, answer->status, 1);
	put(out, e->queue == SW_DNS_QUEUE_MAIN, 1);
	put(out, (e->expires_ms - now_ms) / 1000, 4);
	put(out, e->n, 1);
	fwrite(e->wire, 1, e->n, out);
	put(out, answer->n, 2);
	for (size_t i = 0; i < answer->n; i++)
		put_record(out, e->type, &answer->record[i]);
}

struct sw_dns_cache_writer *sw_dns_cache_write(struct sw_dns_cache *cache,
					       const struct sw_dns_cache_time *now)
{
	struct sw_dns_cache_writer *w = calloc(1, sizeof(*w));

	if (w)
		w->out = open_memstream(&w->data, &w->n);
	if (!w || !w->out) {
		free(w);
		return NULL;
	}
	w->cache = cache;
	w->now_ms = now->monotonic_ms;
	w->queue = SW_DNS_QUEUE_MAIN;
	w->next = cache->queue[SW_DNS_QUEUE_MAIN].last;
	w->left = 2 * (cache->queue[SW_DNS_QUEUE_MAIN].n + cache->queue[SW_DNS_QUEUE_NEW].n);
	cache->writer = w;
	fwrite(magic, 1, MAGIC, w->out);
	put(w->out, VERSION, 4);
	put(w->out, (uint64_t)now->wall_ms, 8);
	put(w->out, now->monotonic_ms, 8);
	fwrite(now->boot, 1, sizeof(now->boot), w->out);
	put(w->out, 0, 4); /* for their number */
	return w;
}

/* From the oldest on, so that the order is the same when they are read. */
bool sw_dns_cache_write_some(struct sw_dns_cache_writer *w, size_t entries)
{
	for (; entries > 0; entries--) {
		if (!w->next && w->queue == SW_DNS_QUEUE_MAIN) {
			w->queue = SW_DNS_QUEUE_NEW;
			w->next = w->cache->queue[SW_DNS_QUEUE_NEW].last;
		}
		if (!w->next || !w->left--)
			return true;
		if (w->next->expires_ms >= w->now_ms + 1000) {
			put_entry(w->out, w->next, w->now_ms);
			w->entries++;
		}
		w->next = w->next->newer;
	}
	return false;
}

uint8_t *sw_dns_cache_written(struct sw_dns_cache_writer *w, size_t *n)
{
	uint32_t entries = htobe32(w->entries);
	char *data;
	int bad;

	w->cache->writer = NULL;
	put(w->out, 0, SUM);
	bad = ferror(w->out);
	bad |= fclose(w->out);
	data = w->data;
	*n = w->n;
	free(w);
	if (bad) {
		free(data);
		return NULL;
	}
	memcpy(data + ENTRIES_AT, &entries, sizeof(entries));
	return (uint8_t *)data;
}

uint8_t *sw_dns_cache_encode(struct sw_dns_cache *cache, const struct sw_dns_cache_time *now,
			     size_t *n)
{
	struct sw_dns_cache_writer *w = sw_dns_cache_write(cache, now);
	uint8_t *data;

	if (!w)
		return NULL;
	sw_dns_cache_write_some(w, SIZE_MAX);
	data = sw_dns_cache_written(w, n);
	if (data)
		sw_dns_cache_seal(data, *n);
	return data;
}

int sw_dns_cache_save(struct sw_dns_cache *cache, const char *path,
		      const struct sw_dns_cache_time *now, struct sw_err *err)
{
	size_t n;
	uint8_t *data = sw_dns_cache_encode(cache, now, &n);
	int code = data ? sw_file_save(path, data, n) : -ENOMEM;

	free(data);
	return code ? sw_err_set(err, code, "%s: cannot be written: %s", path, strerror(-code)) : 0;
}

/* ---- reading ---- */

struct cursor {
	const uint8_t *at, *end;
	bool bad; /* something did not fit, or made no sense */
};

static const uint8_t *get_bytes(struct cursor *c, size_t n)
{
	const uint8_t *at = c->at;

	if (c->bad || n > (size_t)(c->end - c->at)) {
		c->bad = true;
		return NULL;
	}
	c->at += n;
	return at;
}

static uint64_t get(struct cursor *c, unsigned bytes)
{
	const uint8_t *p = get_bytes(c, bytes);
	uint64_t value = 0;

	for (unsigned i = 0; p && i < bytes; i++)
		value = value << 8 | p[i];
	return value;
}

/* A text; @name: it has to be a name as it is written. */
static const uint8_t *get_text(struct cursor *c, bool name, size_t *n)
{
	struct sw_dns_name parsed;
	char text[SW_DNS_NAME], again[SW_DNS_NAME];
	const uint8_t *p;

	*n = get(c, 4);
	p = get_bytes(c, *n);
	if (!p || !name || !*n) /* "" is the root */
		return p;
	if (*n < SW_DNS_NAME && !memchr(p, '\0', *n)) {
		memcpy(text, p, *n);
		text[*n] = '\0';
		if (!sw_dns_name_parse(text, &parsed) && !sw_dns_name_format(&parsed, again) &&
		    !strcmp(text, again))
			return p;
	}
	c->bad = true;
	return NULL;
}

/* One record into @record, its text to *@text, which moves on; both may be NULL, and then
 * only *@bytes of text are counted. */
static void get_record(struct cursor *c, uint16_t type, struct sw_dns_record *record, char **text,
		       size_t *bytes)
{
	size_t n = type == SW_DNS_A ? 4 : 16;
	uint16_t preference = 0;
	const uint8_t *p;

	if (type == SW_DNS_A || type == SW_DNS_AAAA) {
		p = get_bytes(c, n);
		if (record && p)
			memcpy(record->aaaa, p, n);
		return;
	}
	if (type == SW_DNS_MX)
		preference = (uint16_t)get(c, 2);
	p = get_text(c, type != SW_DNS_TXT, &n);
	if (!p)
		return;
	*bytes += n + 1;
	if (!record)
		return;
	memcpy(*text, p, n);
	(*text)[n] = '\0';
	record->preference = preference;
	if (type == SW_DNS_TXT) {
		record->txt.bytes = *text;
		record->txt.n = n;
	} else {
		record->name = *text;
	}
	*text += n + 1;
}

struct entry {
	struct sw_dns_name name;
	uint32_t seconds;
	uint16_t type;
	uint8_t status;
	bool known;
	size_t records, bytes; /* of text */
	const uint8_t *data; /* of the records */
};

static bool is_type(uint64_t type)
{
	return type == SW_DNS_A || type == SW_DNS_AAAA || type == SW_DNS_PTR || type == SW_DNS_MX ||
	       type == SW_DNS_TXT;
}

/* The next one, looked at all over. */
static void get_entry(struct cursor *c, struct entry *ret)
{
	uint64_t type = get(c, 2), status = get(c, 1), known = get(c, 1);
	const uint8_t *wire;

	ret->seconds = (uint32_t)get(c, 4);
	ret->name.n = (uint8_t)get(c, 1);
	wire = get_bytes(c, ret->name.n);
	ret->records = get(c, 2);
	if (!wire || !is_type(type) || status >= SW_DNS_TEMPFAIL || known > 1 ||
	    !sw_dns_name_is_wire(wire, ret->name.n) || ret->records > RECORDS ||
	    (status == SW_DNS_OK) != (ret->records > 0)) {
		c->bad = true;
		return;
	}
	memcpy(ret->name.wire, wire, ret->name.n);
	ret->type = (uint16_t)type;
	ret->status = (uint8_t)status;
	ret->known = known;
	ret->data = c->at;
	ret->bytes = 0;
	for (size_t i = 0; i < ret->records && !c->bad; i++)
		get_record(c, ret->type, NULL, NULL, &ret->bytes);
}

/* NULL: no memory. */
static struct sw_dns_reply *make_reply(const struct entry *e, const uint8_t *end)
{
	struct sw_dns_reply *reply = sw_dns_reply_new(e->records, e->bytes);
	struct cursor c = { .at = e->data, .end = end };
	size_t bytes = 0;
	char *text;

	if (!reply)
		return NULL;
	reply->answer.status = (enum sw_dns_status)e->status;
	text = sw_dns_reply_text(reply);
	memset(reply->record, 0, e->records * sizeof(reply->record[0]));
	for (size_t i = 0; i < e->records; i++)
		get_record(&c, e->type, &reply->record[i], &text, &bytes);
	return reply;
}

/* Take @e, which was saved @age_ms ago, if it is still good. */
static size_t take_entry(struct sw_dns_cache *cache, const struct entry *e, const uint8_t *end,
			 uint64_t age_ms, uint64_t now_ms)
{
	uint64_t left_ms = e->seconds * 1000ull;
	struct sw_dns_reply *reply;
	uint32_t most;

	if (left_ms <= age_ms)
		return 0;
	reply = make_reply(e, end);
	if (!reply)
		return 0;
	left_ms -= age_ms;
	reply->answer.ttl = (uint32_t)((left_ms + 999) / 1000);
	most = sw_dns_cache_ttl(cache, &reply->answer); /* the bounds may be others now */
	if (left_ms > most * 1000ull)
		left_ms = most * 1000ull;
	if (left_ms)
		sw_dns_cache_add(cache, &e->name, e->type, reply, now_ms + left_ms, e->known);
	sw_dns_reply_drop(reply);
	return left_ms ? 1 : 0;
}

/* The head of the file; how long ago it was saved, in *@age_ms. */
static int get_head(struct cursor *c, const struct sw_dns_cache_time *now, uint64_t *age_ms,
		    uint32_t *entries, struct sw_err *err)
{
	int64_t wall_ms;
	uint64_t monotonic_ms, version;
	const uint8_t *boot;

	get_bytes(c, MAGIC);
	version = get(c, 4);
	if (version != VERSION)
		return sw_err_set(err, -EBADMSG, "a cache of version %u, not %u", (unsigned)version,
				  VERSION);
	wall_ms = (int64_t)get(c, 8);
	monotonic_ms = get(c, 8);
	boot = get_bytes(c, SW_CLOCK_BOOT);
	*entries = (uint32_t)get(c, 4);
	if (now->boot[0] && boot && !memcmp(boot, now->boot, SW_CLOCK_BOOT)) {
		if (monotonic_ms > now->monotonic_ms)
			return sw_err_set(err, -EBADMSG, "saved at a time that has not come yet");
		*age_ms = now->monotonic_ms - monotonic_ms;
		return 0;
	}
	if (wall_ms > now->wall_ms)
		return sw_err_set(err, -EBADMSG,
				  "saved at a time that has not come yet: the clock was set back");
	*age_ms = (uint64_t)now->wall_ms - (uint64_t)wall_ms;
	return 0;
}

int sw_dns_cache_decode(struct sw_dns_cache *cache, const uint8_t *data, size_t n,
			const struct sw_dns_cache_time *now, size_t *ret, struct sw_err *err)
{
	struct cursor c = { .at = data, .end = data + n - SUM }, entries;
	uint64_t age_ms = 0, sum;
	size_t taken = 0;
	uint32_t count = 0;
	struct entry e;
	int code;

	if (n < ENTRIES_AT + 4 + SUM || memcmp(data, magic, MAGIC) != 0)
		return sw_err_set(err, -EBADMSG, "not a cache of DNS answers");
	sum = sum_of(data, n - SUM);
	if (memcmp(data + n - SUM, &sum, SUM) != 0)
		return sw_err_set(err, -EBADMSG, "damaged: the checksum is wrong");
	code = get_head(&c, now, &age_ms, &count, err);
	if (code)
		return code;
	entries = c;
	for (uint32_t i = 0; i < count && !c.bad; i++)
		get_entry(&c, &e);
	if (c.bad || c.at != c.end)
		return sw_err_set(err, -EBADMSG, "damaged: an entry makes no sense");
	for (uint32_t i = 0; i < count; i++) {
		get_entry(&entries, &e);
		taken += take_entry(cache, &e, c.end, age_ms, now->monotonic_ms);
	}
	*ret = taken;
	return 0;
}

int sw_dns_cache_load(struct sw_dns_cache *cache, const char *path,
		      const struct sw_dns_cache_time *now, size_t *ret, struct sw_err *err)
{
	char *data = NULL;
	size_t n = 0;
	/* entries are smaller in a file than in memory */
	int code = sw_file_read_bytes(path, cache->options.max_bytes + ENTRIES_AT + 4 + SUM, &data,
				      &n);

	if (code == -ENOENT) {
		*ret = 0;
		return 0;
	}
	if (code == -EFBIG)
		return sw_err_set(err, -EBADMSG, "%s: larger than the cache may be", path);
	if (code)
		return sw_err_set(err, code, "%s: %s", path, strerror(-code));
	code = sw_dns_cache_decode(cache, (const uint8_t *)data, n, now, ret, err);
	free(data);
	return code ? sw_err_prepend(err, code, "%s", path) : 0;
}
