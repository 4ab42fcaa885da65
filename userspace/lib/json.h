/* SPDX-License-Identifier: GPL-2.0-only */
/* json - text of unknown origin in JSON. */
#ifndef SYNWARD_LIB_JSON_H
#define SYNWARD_LIB_JSON_H

#include <jansson.h>

/* A string of @text; '?' for each byte of it that is not ASCII when it is not UTF-8.
 * NULL: out of memory. */
json_t *sw_json_text(const char *text);

#endif
