/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * access - Postfix's protocol of SMTP access policy delegation: "name=value" lines and an empty one in,
 * "action=..." and an empty line out (SMTPD_POLICY_README). Exim and OpenSMTPD get the same.
 *
 * Pure. Of a request only the client's address, and what tells one message from another, is kept;
 * whatever else a mail server tells passes by. Whoever is not known gets DUNNO, which is "no
 * opinion": the service never makes a mail server turn away what nobody spoke against.
 */
#ifndef SYNWARD_DESK_ACCESS_H
#define SYNWARD_DESK_ACCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "desk/packet.h"

#define SW_ACCESS_REQUEST 16384 /* bytes */
#define SW_ACCESS_LINES 256
#define SW_ACCESS_LINE 128 /* bytes of a line that are looked at */
#define SW_ACCESS_INSTANCE 64 /* with NUL */
#define SW_ACCESS_BYTES 640 /* of an answer */

/* What is done; also what is counted. */
enum sw_access_do {
	SW_ACCESS_REJECT, /* 554 and the text */
	SW_ACCESS_DEFER, /* 450 and the text */
	SW_ACCESS_HEADER, /* a header with the verdict */
	SW_ACCESS_DUNNO,
	SW_ACCESS_DOS,
};

struct sw_access_rules {
	enum sw_access_do enforced, shadow;
};

struct sw_access_request {
	struct sw_prefix source; /* family 0: none, or none that is one */
	uint16_t port; /* the local one; 0: unknown */
	char instance
		[SW_ACCESS_INSTANCE]; /* the same for all recipients of a message; "": unknown */
};

/* A request on its way. All zero: before one. */
struct sw_access {
	struct sw_access_request request;
	size_t bytes, line_n;
	unsigned lines;
	char line[SW_ACCESS_LINE + 1];
};

enum sw_access_got {
	SW_ACCESS_MORE, /* all was taken, and it goes on */
	SW_ACCESS_WHOLE, /* p->request is whole, until the next call */
	SW_ACCESS_BAD, /* too long, or it cannot be one; the connection is of no use any more */
};

/* Take what there is of one request, @n bytes at most; *@ret_used is how many. */
enum sw_access_got sw_access_take(struct sw_access *p, const char *bytes, size_t n,
				  size_t *ret_used);

/* What is done about a source; @answer NULL: nobody knows. */
enum sw_access_do sw_access_decide(const struct sw_access_rules *rules,
				   const struct sw_answer *answer);

/* Write what the mail server is told; returns bytes. @answer may be NULL for DUNNO alone. */
size_t sw_access_put(char out[SW_ACCESS_BYTES], enum sw_access_do what,
		     const struct sw_answer *answer);

const char *sw_access_do_name(enum sw_access_do what); /* "reject", ... */
/* Which one has that name; SW_ACCESS_DOS: none. */
enum sw_access_do sw_access_do_find(const char *name);

#endif
