/* SPDX-License-Identifier: GPL-2.0-only */
/* json - what JSON has no words for: text of unknown origin, and times. */
#ifndef SYNWARD_LIB_JSON_H
#define SYNWARD_LIB_JSON_H

#include <stdint.h>

#include <jansson.h>

/* A string of @text; '?' for each byte of it that is not ASCII when it is not UTF-8.
 * NULL: out of memory. */
json_t *sw_json_text(const char *text);

/* A time in ms since the epoch as all our JSON has it: seconds with a fraction; null for 0,
 * which is never. NULL: out of memory. */
json_t *sw_json_time(int64_t ms);

/* The same read; no @value at all counts as null. -EINVAL: it is neither, or not from 1970
 * to 9999. */
int sw_json_time_read(const json_t *value, int64_t *ret_ms);

#endif
