/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * mime - a message as headers and parts (RFC 5322, 2045, 2046).
 *
 * Pure, and without copies: everything points into the text that was given. Nothing is
 * required of the text: it may be cut off, binary, or endless in any way. What is walked is
 * bounded by SW_MIME_DEPTH and SW_MIME_PARTS, and time is in proportion to the text.
 * Only sw_mime_unfold and sw_mime_decode write, into memory of the caller.
 */
#ifndef SYNWARD_MTA_MIME_H
#define SYNWARD_MTA_MIME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/err.h"

#define SW_MIME_DEPTH 8 /* multiparts inside one another */
#define SW_MIME_PARTS 64 /* leaves that are looked at */
#define SW_MIME_BOUNDARY 200 /* bytes; RFC 2046 5.1.1 allows 70 */

struct sw_text {
	const char *at; /* NULL: there is none */
	size_t n;
};

struct sw_mime_field {
	struct sw_text name, value; /* value: without blanks around it, folds are still in it */
};

enum sw_mime_encoding { SW_MIME_PLAIN, SW_MIME_BASE64, SW_MIME_QUOTED };

struct sw_mime_part {
	struct sw_text headers, body;
	struct sw_text type; /* "text/plain" as written; never empty */
	enum sw_mime_encoding encoding;
	unsigned depth; /* multiparts around it */
};

/* ---- texts ---- */

struct sw_text sw_text_of(const char *string);
struct sw_text sw_text_trim(struct sw_text text);
/* Equal, or beginning with, whatever the case of ASCII letters. */
bool sw_text_is(struct sw_text text, const char *string);
bool sw_text_begins(struct sw_text text, const char *string);
/* Where the first @string is, whatever its case; NULL. */
const char *sw_text_find(struct sw_text text, const char *string);
/* Take the first line off @rest, without its end (LF or CRLF). False: there is none left. */
bool sw_text_line(struct sw_text *rest, struct sw_text *ret);

/* ---- headers ---- */

/* Split @message at its first empty line. */
void sw_mime_split(struct sw_text message, struct sw_text *headers, struct sw_text *body);

/* Take the next field off @headers; lines that are none are stepped over. False: no more. */
bool sw_mime_next(struct sw_text *headers, struct sw_mime_field *ret);

/* The value of the first field @name; .at is NULL when there is none. */
struct sw_text sw_mime_find(struct sw_text headers, const char *name);

/* A parameter of a value ("boundary" of Content-Type), without quotes; .at NULL: none. What is
 * quoted with a backslash inside keeps it. */
struct sw_text sw_mime_param(struct sw_text value, const char *name);

/* Write @raw to @out, each fold as one blank (RFC 5322 2.2.3), NUL and other control
 * characters as blanks. @out has room for @raw.n bytes. Returns how many. */
size_t sw_mime_unfold(struct sw_text raw, char *out);

/* A date (RFC 5322 3.3, with the zones of 4.3) in ms since the epoch. -EINVAL. */
int sw_mime_date(struct sw_text text, int64_t *ret_ms);

/* ---- parts ---- */

/*
 * Call @each for each part of @message that is no multipart, in order; a message inside
 * (message/rfc822) is one part. A multipart without boundary is a part like any other. Stops at the
 * first return that is not 0 and returns it. -E2BIG: too many parts, or too deep; those before
 * were given to @each.
 */
int sw_mime_walk(struct sw_text message, int (*each)(void *ctx, const struct sw_mime_part *part),
		 void *ctx, struct sw_err *err);

/* Undo @encoding: write at most @text.n bytes to @out, return how many. What does not belong there
 * is left out of base64, and left as it is in quoted-printable (RFC 2045 6.7, 6.8). */
size_t sw_mime_decode(enum sw_mime_encoding encoding, struct sw_text text, char *out);

#endif
