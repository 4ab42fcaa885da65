/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * spf_name - domain names as SPF has them: bytes that a sender or a macro made up.
 *
 * Pure. Here a name is "raw": any bytes but NUL, without escapes, the dots between labels; as
 * a macro expands it and as it comes in an address. It becomes text for the DNS only when it
 * is asked for.
 */
#ifndef SYNWARD_DNS_SPF_NAME_H
#define SYNWARD_DNS_SPF_NAME_H

#include <stdbool.h>
#include <stddef.h>

#include "dns/dns.h"
#include "lib/addr.h"

#define SW_SPF_NAME_MAX 253 /* bytes of a raw name; RFC 7208 7.3 */

/* Cut labels off the left until @n bytes are no more than SW_SPF_NAME_MAX, and the dot at the end;
 * -EINVAL: what is left is no name (RFC 1035 2.3.4: labels of 1 to 63 bytes). */
int sw_spf_name_make(const char *raw, size_t n, char ret[SW_DNS_NAME]);

/* How many labels a name has. */
unsigned sw_spf_name_labels(const char *name);

/* As struct sw_dns takes it: with escapes. -EINVAL: too long with these. */
int sw_spf_name_text(const char *name, char ret[SW_DNS_NAME]);

/* True if @name is @domain or below it, whatever the case. */
bool sw_spf_name_is_below(const char *name, const char *domain);

/* Where the PTR records of an address are. */
void sw_spf_name_reverse(const struct sw_prefix *ip, char ret[SW_DNS_NAME]);

/* The address of record @i of an answer for A or AAAA; @family says which. */
struct sw_prefix sw_spf_address(const struct sw_dns_answer *answer, size_t i, unsigned family);

#endif
