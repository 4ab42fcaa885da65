/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * senders - from whom mail was taken, and when last: only about those a report counts.
 *
 * Pure; time comes in. A fixed number of cells of eight bytes, placed by a keyed hash in lines
 * of eight; when a line is full, the one that was not heard of for the longest gives its cell
 * away. So who is forgotten is who sends the least often, and a report about it counts for
 * nothing: the failure is the mild one. A source is an address, in IPv6 its /64. Two may share a
 * cell's name by chance, one in 2^37.
 *
 * All of it can be taken out as bytes, and taken in again by another start.
 */
#ifndef SYNWARD_RULES_SENDERS_H
#define SYNWARD_RULES_SENDERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/addr.h"

struct sw_senders;

/* @entries is rounded up; @seed is random, and nobody's to know. -ENOMEM. */
int sw_senders_open(size_t entries, uint64_t seed, struct sw_senders **ret);
struct sw_senders *sw_senders_close(struct sw_senders *s); /* NULL */

/* Mail of @source was taken at @time_ms, since the epoch; kept to the hour. */
void sw_senders_note(struct sw_senders *s, const struct sw_prefix *source, int64_t time_ms);

/* Was it, at @since_ms or later? */
bool sw_senders_has(const struct sw_senders *s, const struct sw_prefix *source, int64_t since_ms);

/* How many bytes sw_senders_save writes. */
size_t sw_senders_bytes(const struct sw_senders *s);
void sw_senders_save(const struct sw_senders *s, uint8_t *out);
/* What was saved, by one of any size; any bytes from anywhere. -EBADMSG: it is something else,
 * or damaged. -ENOMEM. */
int sw_senders_load(const uint8_t *bytes, size_t n, struct sw_senders **ret);

#endif
