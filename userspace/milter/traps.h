/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * traps - addresses that nobody may write to: they were never anybody's, and are only known to
 * those who collect addresses.
 *
 * Pure. A file of them has one a line: user@example.com, or @example.com for all of a domain; what is
 * behind # is a comment. Case does not matter, and neither does what is behind a '+' in
 * the local part.
 */
#ifndef SYNWARD_MILTER_TRAPS_H
#define SYNWARD_MILTER_TRAPS_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/err.h"

#define SW_TRAPS_MAX 100000
#define SW_TRAPS_BYTES (16u << 20) /* of a file */

struct sw_traps;

/* -EINVAL: @err has the line and what is wrong. -E2BIG, -ENOMEM. *@ret is then untouched. */
int sw_traps_parse(const char *text, size_t n, struct sw_traps **ret, struct sw_err *err);
struct sw_traps *sw_traps_free(struct sw_traps *traps); /* NULL */

size_t sw_traps_count(const struct sw_traps *traps); /* NULL: 0 */
/* @rcpt without <>; @traps may be NULL. */
bool sw_traps_has(const struct sw_traps *traps, const char *rcpt, size_t n);

#endif
