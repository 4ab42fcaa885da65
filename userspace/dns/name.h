/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * name - names of the DNS: as text, as in a message, and back. Pure.
 *
 * Inside they are as in a message that does not compress (RFC 1035 3.1), in lower case:
 * equal names are equal bytes. As text they are as dns.h says; the root is "".
 */
#ifndef SYNWARD_DNS_NAME_H
#define SYNWARD_DNS_NAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "dns/dns.h"

#define SW_DNS_WIRE 255 /* bytes of a name at most, with the root's; RFC 1035 2.3.4 */

struct sw_dns_name {
	uint8_t n; /* bytes, at least 1; those behind are not set */
	uint8_t wire[SW_DNS_WIRE];
};

/* From text, in any case, with or without the dot at the end; "\DDD" and "\X" are one
 * byte. -EINVAL: it is no name, or the root. */
int sw_dns_name_parse(const char *text, struct sw_dns_name *ret);

/* As text. -ENAMETOOLONG: with what has to be escaped it takes more than SW_DNS_NAME. */
int sw_dns_name_format(const struct sw_dns_name *name, char ret[SW_DNS_NAME]);

/*
 * Read the name at *@at of a message of @n bytes, and move *@at behind it. -EBADMSG: it
 * is none; what it points to must lie before it (RFC 1035 4.1.4), so it ends.
 */
int sw_dns_name_read(const uint8_t *message, size_t n, size_t *at, struct sw_dns_name *ret);

/* Move *@at behind the name there, without looking at where it points. */
int sw_dns_name_skip(const uint8_t *message, size_t n, size_t *at);

/* @n bytes that are not from a message: one name, in lower case, not compressed? */
bool sw_dns_name_is_wire(const uint8_t *wire, size_t n);

static inline bool sw_dns_name_equal(const struct sw_dns_name *a, const struct sw_dns_name *b)
{
	return a->n == b->n && !memcmp(a->wire, b->wire, a->n);
}

/* @name is @parent, or below it. */
bool sw_dns_name_is_within(const struct sw_dns_name *name, const struct sw_dns_name *parent);

#endif
