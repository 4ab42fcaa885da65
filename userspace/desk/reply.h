/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * reply - SMTP's replies as bytes: a code, an enhanced status code, a text (RFC 5321 4.2, RFC 2034).
 *
 * Pure. Lines have at most 512 octets with CRLF (RFC 5321 4.5.3.1.5); a longer text becomes several
 * lines, all with the same codes. Whatever the text is, only printable ASCII comes out: so nobody
 * who can choose a part of it can begin a line of his own.
 */
#ifndef SYNWARD_DESK_REPLY_H
#define SYNWARD_DESK_REPLY_H

#include <stddef.h>

#define SW_REPLY_LINE 512 /* octets, with CRLF */
#define SW_REPLY_TEXT 1000 /* bytes of text in one reply; what is longer is cut */
#define SW_REPLY_BYTES 1152 /* that any reply fits into */

/*
 * Write a reply to @out; returns how many bytes, no NUL. @code is from 200 to 599; @status is
 * "5.7.1" or the like, NULL for greetings and HELO, which have none.
 */
size_t sw_reply_put(char out[SW_REPLY_BYTES], unsigned code, const char *status, const char *text);

/*
 * Copy @n bytes of @text to @out as they may stand in a line, at most @room - 1 of them, and a NUL: a
 * blank for each row of blanks, tabs and line ends, none at either end; "?" for any other byte that
 * is not printable ASCII. Returns how many.
 */
size_t sw_reply_clean(char *out, size_t room, const char *text, size_t n);

#endif
