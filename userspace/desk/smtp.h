/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * smtp - what the desk says to a client that the card has sent to it.
 *
 * Pure: bytes in, replies out. Nothing that a client says is kept but the first letters of the line it
 * is in, and no mail is ever taken. Two ways to turn away:
 *
 *   greeting   554 in place of 220; then 503 to all but QUIT (RFC 5321 3.1)
 *   recipient  a session as far as RCPT, which is refused: for clients that take a greeting of 554 for
 *              something that passes, and tell their sender after days (Postfix, OpenSMTPD)
 *
 * Too long a line, a NUL, too many lines at once or in all, and the conversation is over.
 */
#ifndef SYNWARD_DESK_SMTP_H
#define SYNWARD_DESK_SMTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "desk/reply.h"

#define SW_SMTP_LINE 512 /* octets of a command, with CRLF (RFC 5321 4.5.3.1.4) */
#define SW_SMTP_AT_ONCE 8 /* lines that came together */
#define SW_SMTP_LINES 128 /* in all: enough for those who send to many recipients */
#define SW_SMTP_VERB 5 /* letters that are looked at: one more than commands have */
#define SW_SMTP_BYTES \
	((SW_SMTP_AT_ONCE + 1) * SW_REPLY_BYTES) /* of replies to what came together */

enum sw_smtp_at {
	SW_SMTP_GREETING,
	SW_SMTP_RECIPIENT,
};

/* Why the client is here, after all. */
enum sw_smtp_why {
	SW_SMTP_TURNED_AWAY,
	SW_SMTP_NOT_LISTED, /* nothing is against it any more: it should come again */
	SW_SMTP_TOO_MANY, /* connections */
};

/* Borrowed, printable. */
struct sw_smtp_words {
	const char *host; /* our name */
	const char *text; /* why it is turned away */
};

/* A client's state. All zero before the greeting. */
struct sw_smtp {
	uint8_t at; /* enum sw_smtp_at */
	bool over; /* nothing is read any more */
	uint8_t verb_n;
	char verb[SW_SMTP_VERB + 1]; /* the first letters of the line, in capitals */
	uint16_t line_n; /* octets of the line so far */
	uint16_t lines;
};

/* What the client is greeted with; returns bytes. When @s->over, the connection is to be closed. */
size_t sw_smtp_greet(struct sw_smtp *s, enum sw_smtp_at at, enum sw_smtp_why why,
		     const struct sw_smtp_words *words, char out[SW_REPLY_BYTES]);

/*
 * Take @n bytes of the client's, all that came together; replies go to @out. Returns how many bytes; 0:
 * there was no whole line. What comes when @s->over is thrown away.
 */
size_t sw_smtp_take(struct sw_smtp *s, const struct sw_smtp_words *words, const char *bytes,
		    size_t n, char out[SW_SMTP_BYTES]);

/* Its time is over. */
size_t sw_smtp_timeout(struct sw_smtp *s, char out[SW_REPLY_BYTES]);
/* Somebody else needs its place. */
size_t sw_smtp_make_room(struct sw_smtp *s, char out[SW_REPLY_BYTES]);

#endif
