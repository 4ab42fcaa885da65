/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * mail_address - may mail be sent to this? Pure.
 *
 * Less than RFC 5321 allows: no quotes, comments or literals, ASCII alone, nothing that means
 * something in a header, on a command line or to a shell. What comes from the DNS or from
 * people is either this or not used.
 */
#ifndef SYNWARD_LIB_MAIL_ADDRESS_H
#define SYNWARD_LIB_MAIL_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>

#define SW_MAIL_ADDRESS 255 /* bytes with NUL; RFC 5321 4.5.3.1.3 */

/* Are the @n bytes of @text an address, LOCAL@DOMAIN? */
bool sw_mail_address_is(const char *text, size_t n);

/* What stands behind the @ of one that is. */
const char *sw_mail_address_domain(const char *address);

#endif
