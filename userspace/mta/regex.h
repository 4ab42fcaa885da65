/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * regex - a pattern of the mail logs' tables, and what it found. regex.c is the only file
 * that knows PCRE2.
 *
 * Bytes, not characters. Matching is bounded in steps and memory: what takes more than that does
 * not match.
 */
#ifndef SYNWARD_MTA_REGEX_H
#define SYNWARD_MTA_REGEX_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/err.h"

/* The names that groups may have: (?<ip>...). */
enum sw_field {
	SW_FIELD_ALL, /* what matched as a whole */
	SW_FIELD_IP, /* the client's address */
	SW_FIELD_ORIG, /* the client's as a filter in front of us saw it */
	SW_FIELD_ID, /* queue id or session */
	SW_FIELD_ALT, /* another id for the same */
	SW_FIELD_RCPT,
	SW_FIELD_N, /* how many recipients */
	SW_FIELD_DSN, /* enhanced status code */
	SW_FIELD_TEXT, /* the reply, from its code on */
	SW_FIELD_SOFT, /* there: for now only */
	SW_FIELD_AUTH, /* there: a user of ours */
	SW_FIELDS,
};

struct sw_piece {
	const char *at; /* NULL: not there */
	size_t n;
};

struct sw_regex_found {
	struct sw_piece field[SW_FIELDS];
};

struct sw_regex_room; /* to match in; all patterns share one */
struct sw_regex;

int sw_regex_room_open(struct sw_regex_room **ret);
struct sw_regex_room *sw_regex_room_close(struct sw_regex_room *m);

/* -EINVAL: @err has PCRE2's words. A pattern that is @anchored matches at the start alone. */
int sw_regex_compile(const char *pattern, bool anchored, struct sw_regex **ret, struct sw_err *err);
struct sw_regex *sw_regex_free(struct sw_regex *p);

/* Does it match? If so, and @ret is not NULL, what it found, borrowed from @text. */
bool sw_regex_match(struct sw_regex_room *m, const struct sw_regex *p, const char *text, size_t n,
		    struct sw_regex_found *ret);

#endif
