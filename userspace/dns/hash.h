/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * hash - SipHash-2-4 (Aumasson, Bernstein: INDOCRYPT 2012) of bytes that a stranger chose.
 *
 * Whoever does not know the key cannot find names that fall together in a table.
 */
#ifndef SYNWARD_DNS_HASH_H
#define SYNWARD_DNS_HASH_H

#include <stddef.h>
#include <stdint.h>

#define SW_DNS_SEED 16 /* bytes of a key */

uint64_t sw_dns_hash(const uint8_t seed[SW_DNS_SEED], const void *data, size_t n);

#endif
