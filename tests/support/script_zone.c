/* SPDX-License-Identifier: GPL-2.0-only */
/* script_zone - see script_zone.h. A hash table of names, each with its records. */
#include "script_zone.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "lib/addr.h"

#define ALIASES 8 /* in a chain */
#define LABEL 63
#define NAME_BYTES 253 /* of a name without escapes */

static const struct {
	const char *word;
	enum sw_dns_type type;
} types[SCRIPT_ZONE_TYPES] = {
	{ "A", SW_DNS_A },   { "AAAA", SW_DNS_AAAA }, { "PTR", SW_DNS_PTR },
	{ "MX", SW_DNS_MX }, { "TXT", SW_DNS_TXT },
};

struct script_record {
	struct script_record *next;
	uint32_t ttl;
	struct sw_dns_record value;
	char bytes[]; /* a name, or text */
};

void *script_zone_memory(size_t n)
{
	void *p = calloc(1, n);

	if (!p)
		abort();
	return p;
}

unsigned script_zone_index(enum sw_dns_type type)
{
	for (unsigned i = 0; i < SCRIPT_ZONE_TYPES; i++)
		if (types[i].type == type)
			return i;
	abort();
}

int script_zone_index_of_word(const char *word)
{
	for (int i = 0; i < SCRIPT_ZONE_TYPES; i++)
		if (!strcasecmp(word, types[i].word))
			return i;
	return -1;
}

/* ---- names ---- */

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* The next byte of a name as text; *escaped when it was written with a backslash. -1: bad. */
static int next_byte(const char **p, bool *escaped)
{
	const char *s = *p;
	int value;

	*escaped = *s == '\\';
	if (!*escaped) {
		*p = s + 1;
		return (unsigned char)*s;
	}
	if (is_digit(s[1]) && is_digit(s[2]) && is_digit(s[3])) {
		value = (s[1] - '0') * 100 + (s[2] - '0') * 10 + (s[3] - '0');
		*p = s + 4;
		return value > 255 ? -1 : value;
	}
	*p = s + 2;
	return s[1] && !is_digit(s[1]) ? (unsigned char)s[1] : -1;
}

/* Write a byte of a label in the one way that is compared; false: no room. */
static bool put_byte(char ret[SW_DNS_NAME], size_t *n, int c)
{
	char text[8];
	size_t length;

	if (c >= 'A' && c <= 'Z')
		c += 'a' - 'A';
	if (c < 0x20 || c > 0x7e || c == '.' || c == '\\')
		snprintf(text, sizeof(text), "\\%03d", c);
	else
		snprintf(text, sizeof(text), "%c", c);
	length = strlen(text);
	if (*n + length >= SW_DNS_NAME)
		return false;
	memcpy(ret + *n, text, length);
	*n += length;
	return true;
}

/* @name in lower case and without the last dot; false: it is none. "" and "." are the root. */
bool script_zone_name(const char *name, char ret[SW_DNS_NAME])
{
	size_t n = 0, label = 0, total = 0;
	bool escaped;

	ret[0] = '\0';
	if (!strcmp(name, "."))
		return true;
	while (*name) {
		int c = next_byte(&name, &escaped);

		if (c < 0 || ++total > NAME_BYTES + 1)
			return false;
		if (c == '.' && !escaped) {
			if (label == 0 || n + 1 >= SW_DNS_NAME)
				return false;
			label = 0;
			if (*name)
				ret[n++] = '.';
			else
				total--;
		} else if (++label > LABEL || !put_byte(ret, &n, c)) {
			return false;
		}
	}
	ret[n] = '\0';
	return total <= NAME_BYTES;
}

/* What is behind the first label; NULL: nothing. A dot in a label is never written as one. */
static const char *parent(const char *name)
{
	const char *dot = strchr(name, '.');

	return dot ? dot + 1 : NULL;
}

static struct script_place **find_bucket(struct script_zone *zone, const char *name)
{
	uint32_t hash = 2166136261u;

	for (; *name; name++)
		hash = (hash ^ (unsigned char)*name) * 16777619u;
	return &zone->bucket[hash % SCRIPT_ZONE_BUCKETS];
}

/* @name is canonical. */
struct script_place *script_zone_find(struct script_zone *zone, const char *name)
{
	for (struct script_place *p = *find_bucket(zone, name); p; p = p->next)
		if (!strcmp(p->name, name))
			return p;
	return NULL;
}

struct script_place *script_zone_find_or_make(struct script_zone *zone, const char *name)
{
	struct script_place *p = script_zone_find(zone, name), **bucket = find_bucket(zone, name);

	if (p)
		return p;
	p = script_zone_memory(sizeof(*p));
	strcpy(p->name, name);
	p->next = *bucket;
	*bucket = p;
	return p;
}

/* The place of a name that exists from now on, as those above it do; NULL: no name. */
struct script_place *script_zone_place(struct script_zone *zone, const char *name)
{
	char text[SW_DNS_NAME];

	if (!script_zone_name(name, text))
		return NULL;
	for (const char *above = parent(text); above; above = parent(above))
		script_zone_find_or_make(zone, above)->exists = true;
	script_zone_find_or_make(zone, text)->exists = true;
	return script_zone_find(zone, text);
}

/* ---- records ---- */

static void append(struct script_record **list, struct script_record *record)
{
	while (*list)
		list = &(*list)->next;
	*list = record;
}

static struct script_record *make_record(const void *bytes, size_t n, uint32_t ttl)
{
	struct script_record *r = script_zone_memory(sizeof(*r) + n + 1);

	r->ttl = ttl;
	if (n)
		memcpy(r->bytes, bytes, n);
	return r;
}

static struct script_record *make_name(const char *name, unsigned preference, uint32_t ttl)
{
	char text[SW_DNS_NAME];
	struct script_record *r;

	if (!script_zone_name(name, text))
		return NULL;
	r = make_record(text, strlen(text), ttl);
	r->value.name = r->bytes;
	r->value.preference = (uint16_t)preference;
	return r;
}

static struct script_record *make_mx(const char *value, uint32_t ttl)
{
	char *name;
	unsigned long preference = strtoul(value, &name, 10);

	if (name == value || preference > UINT16_MAX || (*name && *name != ' '))
		return NULL;
	return make_name(name + strspn(name, " "), (unsigned)preference, ttl);
}

static struct script_record *make_address(const char *value, unsigned family, uint32_t ttl)
{
	struct sw_prefix p;
	struct script_record *r;

	if (sw_addr_parse(value, &p) || p.family != family)
		return NULL;
	r = make_record(NULL, 0, ttl);
	for (unsigned i = 0; family == 4 && i < 4; i++)
		r->value.a[i] = (uint8_t)(p.lo >> (24 - 8 * i));
	for (unsigned i = 0; family == 6 && i < 16; i++)
		r->value.aaaa[i] = (uint8_t)((i < 8 ? p.hi : p.lo) >> (56 - 8 * (i % 8)));
	return r;
}

static struct script_record *make_txt(const void *bytes, size_t n, uint32_t ttl)
{
	struct script_record *r = make_record(bytes, n, ttl);

	r->value.txt.bytes = r->bytes;
	r->value.txt.n = n;
	return r;
}

/* NULL: @value is none of this type. */
static struct script_record *make_value(enum sw_dns_type type, const char *value, uint32_t ttl)
{
	switch (type) {
	case SW_DNS_A:
		return make_address(value, 4, ttl);
	case SW_DNS_AAAA:
		return make_address(value, 6, ttl);
	case SW_DNS_MX:
		return make_mx(value, ttl);
	case SW_DNS_PTR:
		return make_name(value, 0, ttl);
	case SW_DNS_TXT:
		return make_txt(value, strlen(value), ttl);
	}
	return NULL;
}

bool script_zone_add(struct script_zone *zone, const char *name, unsigned type, const char *value,
		     uint32_t ttl)
{
	struct script_record *r = make_value(types[type].type, value, ttl);
	struct script_place *p = r ? script_zone_place(zone, name) : NULL;

	if (!p) {
		free(r);
		return false;
	}
	append(&p->records[type], r);
	return true;
}

bool script_zone_add_alias(struct script_zone *zone, const char *name, const char *target,
			   uint32_t ttl)
{
	char text[SW_DNS_NAME];
	struct script_place *p =
		script_zone_name(target, text) ? script_zone_place(zone, name) : NULL;

	if (!p)
		return false;
	free(p->alias);
	p->alias = strdup(text);
	if (!p->alias)
		abort();
	p->alias_ttl = ttl;
	return true;
}

void script_zone_add_txt(struct script_place *place, const void *bytes, size_t n, uint32_t ttl)
{
	append(&place->records[script_zone_index(SW_DNS_TXT)], make_txt(bytes, n, ttl));
}

void script_zone_drop(struct script_place *p, unsigned type)
{
	while (p->records[type]) {
		struct script_record *r = p->records[type];

		p->records[type] = r->next;
		free(r);
	}
}

/* ---- answers ---- */

/* A name that is asked for but in no zone: the "*" below the nearest one that is. */
static struct script_place *find_star(struct script_zone *zone, const char *name)
{
	char star[SW_DNS_NAME + 2];
	const char *above = parent(name);
	struct script_place *p;

	while (above && !((p = script_zone_find(zone, above)) && p->exists))
		above = parent(above);
	if (!above)
		return NULL;
	snprintf(star, sizeof(star), "*.%s", above);
	p = script_zone_find(zone, star);
	return p && p->exists ? p : NULL;
}

static struct script_place *look(struct script_zone *zone, const char *name)
{
	struct script_place *p = script_zone_find(zone, name);

	return p && p->exists ? p : find_star(zone, name);
}

static struct sw_dns_answer failure(enum sw_dns_trouble trouble)
{
	return (struct sw_dns_answer){ .status = SW_DNS_TEMPFAIL, .trouble = trouble };
}

static struct sw_dns_answer answer_of(const struct script_place *p, unsigned type, uint32_t ttl,
				      struct sw_dns_record **records)
{
	struct sw_dns_answer answer = { .status = SW_DNS_OK, .ttl = ttl };
	size_t n = 0;

	for (const struct script_record *r = p->records[type]; r; r = r->next)
		n++;
	*records = script_zone_memory(n * sizeof(**records));
	for (const struct script_record *r = p->records[type]; r; r = r->next) {
		(*records)[answer.n++] = r->value;
		if (r->ttl < answer.ttl)
			answer.ttl = r->ttl;
	}
	answer.record = *records;
	return answer;
}

struct sw_dns_answer script_zone_resolve(struct script_zone *zone, const char *name, unsigned type,
					 struct sw_dns_record **records)
{
	uint32_t ttl = UINT32_MAX;

	for (int i = 0; i <= ALIASES; i++) {
		const struct script_place *p = look(zone, name);

		if (p && p->trouble[type])
			return failure(p->trouble[type]);
		if (p && p->records[type])
			return answer_of(p, type, ttl, records);
		if (!p || !p->alias)
			return (struct sw_dns_answer){
				.status = p ? SW_DNS_NODATA : SW_DNS_NXDOMAIN,
				.ttl = zone->absence_ttl < ttl ? zone->absence_ttl : ttl,
			};
		if (p->alias_ttl < ttl)
			ttl = p->alias_ttl;
		name = p->alias;
	}
	return failure(SW_DNS_SERVFAIL);
}

static void free_place(struct script_place *p)
{
	for (unsigned i = 0; i < SCRIPT_ZONE_TYPES; i++)
		script_zone_drop(p, i);
	free(p->alias);
	free(p);
}

void script_zone_done(struct script_zone *zone)
{
	for (unsigned i = 0; i < SCRIPT_ZONE_BUCKETS; i++) {
		while (zone->bucket[i]) {
			struct script_place *p = zone->bucket[i];

			zone->bucket[i] = p->next;
			free_place(p);
		}
	}
}
