/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * warning - the message that tells the abuse contact of a source what people complain of.
 *
 *   template (the operator's) + facts (anybody's) ─► one message, as sendmail(8) takes it
 *
 * Pure. A template is text: "Subject: ..." in its first line, then an empty line, then what is to
 * be said. In it stand for something:
 *
 *   %a  the source, an address or a /64        %n  its name, or %a where it has none
 *   %m  how many complaints there are          %r  what the last one said
 *   %d  when the first one came                %g  until when there is time
 *   %h  our host                               %%  a percent sign
 *
 * Facts come from strangers: from reports, from the DNS. Whatever they hold, they stay inside of
 * their line: what is not printable ASCII becomes '?'. So no header comes from outside, and
 * no line. Nothing answers the message by itself: it says that a program wrote it (RFC 3834 5, Auto-Submitted),
 * and is to be sent with the null sender.
 */
#ifndef SYNWARD_MTA_WARNING_H
#define SYNWARD_MTA_WARNING_H

#include <stddef.h>
#include <stdint.h>

#include "lib/err.h"

#define SW_WARNING_TEMPLATE 16384 /* bytes */

struct sw_warning_facts {
	const char *from, *to; /* as of lib/mail_address.h */
	const char *host;
	const char *source;
	const char *name; /* NULL: none that leads back */
	const char *reason;
	uint32_t complaints;
	int64_t opened_ms, grace_ends_ms, now_ms; /* since the epoch */
	uint64_t random; /* tells messages apart */
};

/* -EINVAL: @err has the line, what is wrong, and what to do. */
int sw_warning_check(const char *text, size_t n, struct sw_err *err);

/* The message, with a NUL behind it, to be freed; *@ret_n is its length. -EINVAL as above;
 * -ENOMEM. */
int sw_warning_write(const char *text, size_t n, const struct sw_warning_facts *facts, char **ret,
		     size_t *ret_n, struct sw_err *err);

#endif
