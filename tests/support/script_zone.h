/* SPDX-License-Identifier: GPL-2.0-only */
/* script_zone - the names and records behind script_dns, and what a question for them gets.
 * Tests use script_dns.h. */
#ifndef SYNWARD_TESTS_SUPPORT_SCRIPT_ZONE_H
#define SYNWARD_TESTS_SUPPORT_SCRIPT_ZONE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dns/dns.h"

#define SCRIPT_ZONE_BUCKETS 4096
#define SCRIPT_ZONE_TYPES 5

struct script_record;

struct script_place {
	struct script_place *next; /* in its bucket */
	bool exists; /* false: was only asked for */
	struct script_record *records[SCRIPT_ZONE_TYPES];
	char *alias;
	uint32_t alias_ttl, delay_ms;
	enum sw_dns_trouble trouble[SCRIPT_ZONE_TYPES];
	size_t asked[SCRIPT_ZONE_TYPES];
	char name[SW_DNS_NAME];
};

struct script_zone {
	struct script_place *bucket[SCRIPT_ZONE_BUCKETS];
	uint32_t absence_ttl;
};

/* Zeroed; ends the program when there is none. */
void *script_zone_memory(size_t n);
void script_zone_done(struct script_zone *zone);

/* A type as an index; ends the program for one that is none. -1: no type has this name. */
unsigned script_zone_index(enum sw_dns_type type);
int script_zone_index_of_word(const char *word);

/* @name in the one way that is compared: lower case, without the last dot. false: it is no name.
 * "" and "." are the root. */
bool script_zone_name(const char *name, char ret[SW_DNS_NAME]);

/* The place of such a name; NULL: it was neither added nor asked for. */
struct script_place *script_zone_find(struct script_zone *zone, const char *name);
struct script_place *script_zone_find_or_make(struct script_zone *zone, const char *name);
/* The place of any name, which exists from now on, as those above it do; NULL: no name. */
struct script_place *script_zone_place(struct script_zone *zone, const char *name);

/* false: the name or the value is none, and nothing is changed. */
bool script_zone_add(struct script_zone *zone, const char *name, unsigned index, const char *value,
		     uint32_t ttl);
bool script_zone_add_alias(struct script_zone *zone, const char *name, const char *target,
			   uint32_t ttl);
void script_zone_add_txt(struct script_place *place, const void *bytes, size_t n, uint32_t ttl);
void script_zone_drop(struct script_place *place, unsigned index);

/* What is to be answered; *@records is to be freed when it has been. */
struct sw_dns_answer script_zone_resolve(struct script_zone *zone, const char *name, unsigned index,
					 struct sw_dns_record **records);

#endif
