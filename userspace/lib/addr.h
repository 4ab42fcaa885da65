/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * addr - addresses and prefixes: parse, format, compare, split ranges.
 *
 * Pure. A prefix holds its address as a number in host order: an IPv4 address
 * in the low 32 bits of lo, an IPv6 address in hi:lo. Bits below the prefix
 * length are zero. A single address is a prefix of full length.
 */
#ifndef SYNWARD_LIB_ADDR_H
#define SYNWARD_LIB_ADDR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sw_prefix {
	uint64_t hi, lo;
	uint8_t family; /* 4 or 6 */
	uint8_t len; /* 0 to 32 or 0 to 128 */
};

#define SW_PREFIX_TEXT 48 /* bytes, with NUL, that sw_prefix_format needs */

/*
 * Parse @n bytes of @text: "192.0.2.1", "192.0.2.0/24", "2001:db8::/32". All
 * four numbers of an IPv4 address are needed, in decimal without leading zeros.
 * -EINVAL: not an address. -ERANGE: length out of range. -EDOM: bits are set
 * below the length (*@ret then holds the prefix with those bits cleared).
 */
int sw_prefix_parse(const char *text, size_t n, struct sw_prefix *ret);

/* The same for a NUL terminated address without length. */
int sw_addr_parse(const char *text, struct sw_prefix *ret);

/* Words for what sw_prefix_parse returned, e.g. "prefix length out of range". */
const char *sw_prefix_error(int code);

/* Write @p in its shortest form (RFC 5952), without "/len" when it is full. */
const char *sw_prefix_format(const struct sw_prefix *p, char buf[SW_PREFIX_TEXT]);
/* The same without NUL; returns how many bytes, fewer than SW_PREFIX_TEXT. */
size_t sw_prefix_put(const struct sw_prefix *p, char *out);

/* The full length of the family of @p: 32 or 128. */
static inline unsigned sw_prefix_full(const struct sw_prefix *p)
{
	return p->family == 4 ? 32 : 128;
}

struct sw_prefix sw_prefix_ip4(uint32_t addr, unsigned len);
struct sw_prefix sw_prefix_ip6(uint64_t hi, uint64_t lo, unsigned len);

/*
 * IPv4-mapped IPv6 addresses, ::ffff:0:0/96 (RFC 4291, 2.5.5.2), never come over the wire: sockets
 * and people write them so, and the card sees the IPv4 address in them. Of @p, that one or network;
 * of what is not mapped, @p itself.
 */
#define SW_PREFIX_MAPPED 96 /* bits before the IPv4 address */
static inline bool sw_prefix_is_mapped(const struct sw_prefix *p)
{
	return p->family == 6 && p->len >= SW_PREFIX_MAPPED && !p->hi && p->lo >> 32 == 0xffff;
}
static inline struct sw_prefix sw_prefix_unmapped(const struct sw_prefix *p)
{
	return sw_prefix_is_mapped(p)
		       ? sw_prefix_ip4((uint32_t)p->lo, p->len - (unsigned)SW_PREFIX_MAPPED)
		       : *p;
}

/* Cut @p to @len bits. */
struct sw_prefix sw_prefix_truncate(const struct sw_prefix *p, unsigned len);

/* True if every address of @inner is in @outer. */
bool sw_prefix_contains(const struct sw_prefix *outer, const struct sw_prefix *inner);

/* By family, address, length: a prefix sorts before what it contains. */
int sw_prefix_cmp(const struct sw_prefix *a, const struct sw_prefix *b);

/* The last address of @p, as a prefix of full length. */
struct sw_prefix sw_prefix_last(const struct sw_prefix *p);

/*
 * Call @each for the fewest prefixes that make up @first to @last (full-length
 * prefixes of one family, both included), in ascending order. Stops at the first
 * non-zero return and returns it. -EINVAL: families differ or first > last.
 */
int sw_range_split(const struct sw_prefix *first, const struct sw_prefix *last,
		   int (*each)(void *ctx, const struct sw_prefix *p), void *ctx);

#endif
