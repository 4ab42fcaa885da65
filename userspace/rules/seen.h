/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * seen - which reports were told before, so that none counts twice.
 *
 * Pure. A fixed number of cells of eight bytes (rules/cells.h), each the keyed hash of a name and of what
 * it is about. A line keeps the newest of those that fall into it: so who floods us with reports
 * drives out those of others that came before, and one of these that comes again then
 * counts again. Two names are taken for one by chance, once in 2^60.
 *
 * All of it can be taken out as bytes, and taken in again by another start.
 */
#ifndef SYNWARD_RULES_SEEN_H
#define SYNWARD_RULES_SEEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sw_seen;

/* @entries is rounded up; @seed is random, and nobody's to know. -ENOMEM. */
int sw_seen_open(size_t entries, uint64_t seed, struct sw_seen **ret);
struct sw_seen *sw_seen_close(struct sw_seen *s); /* NULL */

/* What @n bytes of @text, a name, and two numbers are kept as; not 0. */
uint64_t sw_seen_name(const struct sw_seen *s, const char *text, size_t n, uint64_t hi,
		      uint64_t lo);
bool sw_seen_has(const struct sw_seen *s, uint64_t name);
void sw_seen_add(struct sw_seen *s, uint64_t name);
/* Another number whenever something was added. */
uint64_t sw_seen_changes(const struct sw_seen *s);

/* As those of rules/cells.h. */
size_t sw_seen_bytes(const struct sw_seen *s);
void sw_seen_save(const struct sw_seen *s, uint8_t *out);
int sw_seen_load(const uint8_t *bytes, size_t n, struct sw_seen **ret);

#endif
