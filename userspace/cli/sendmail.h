/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sendmail - hand a message to sendmail(8), whichever mail server's it is.
 *
 * The program is run without a shell, with the null sender, the recipient behind "--", and the
 * message as its standard input; it is waited for, and killed when it takes too long.
 */
#ifndef SYNWARD_CLI_SENDMAIL_H
#define SYNWARD_CLI_SENDMAIL_H

#include <stddef.h>

#include "lib/err.h"

#define SW_SENDMAIL_SECONDS 60

/* @to as of lib/mail_address.h. 0: the program took it. -errno with words: it could not be run,
 * or did not; -ETIMEDOUT, -EINTR: it was killed, by us or by somebody, and may have taken it. */
int sw_sendmail(const char *program, const char *to, const char *message, size_t n,
		struct sw_err *err);

#endif
