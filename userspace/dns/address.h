/* SPDX-License-Identifier: GPL-2.0-only */
/* address - where a name server listens, as text and as bytes. Pure. */
#ifndef SYNWARD_DNS_ADDRESS_H
#define SYNWARD_DNS_ADDRESS_H

#include <stdint.h>

#define SW_DNS_PORT 53
#define SW_DNS_ADDRESS 56 /* bytes as text, with NUL */

struct sw_dns_address {
	int family; /* AF_INET, AF_INET6 */
	uint16_t port;
	uint8_t bytes[16]; /* network order */
	char text[SW_DNS_ADDRESS]; /* the port when it is not SW_DNS_PORT */
};

/* "ADDRESS", "ADDRESS:PORT" (IPv4), "[ADDRESS]:PORT" (IPv6). -EINVAL: none of these. */
int sw_dns_address_parse(const char *text, struct sw_dns_address *ret);

/* Fill in @address->text from the rest. */
void sw_dns_address_format(struct sw_dns_address *address);

#endif
