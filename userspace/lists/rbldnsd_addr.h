/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * rbldnsd_addr - the ways in which rbldnsd(8) writes addresses: with numbers left
 * out at the end, as prefixes and as ranges. Pure; for read_rbldnsd.c.
 */
#ifndef SYNWARD_LISTS_RBLDNSD_ADDR_H
#define SYNWARD_LISTS_RBLDNSD_ADDR_H

#include "reader.h"

/* What is left of a line. */
struct sw_cursor {
	const char *p, *end;
};

static inline char sw_cursor_peek(const struct sw_cursor *c)
{
	return c->p < c->end ? *c->p : '\0';
}

static inline void sw_cursor_skip_blanks(struct sw_cursor *c)
{
	while (c->p < c->end && sw_is_blank(*c->p))
		c->p++;
}

static inline bool sw_cursor_at_word_end(const struct sw_cursor *c)
{
	return c->p == c->end || sw_is_blank(*c->p) || sw_is_comment(*c->p);
}

/* The first numbers of an IPv4 address; what is missing is zero. */
struct sw_partial {
	uint32_t addr;
	unsigned octets; /* 1 to 4 */
};

/* Each moves @c behind what it took; false: it is not that. */
bool sw_partial_parse(struct sw_cursor *c, struct sw_partial *ret);
bool sw_length_parse(struct sw_cursor *c, unsigned full, unsigned *ret);

struct sw_rbldnsd_ip4 {
	bool is_range; /* first to last; else first/len */
	uint32_t first, last;
	unsigned len;
};

/*
 * "127.0.0.1", "127.0.0", "127/8"; with @ranges also "127.0.0.1-255", "127.16-31",
 * "127-127.0.0". The address ends at a blank, a comment or the colon of a value. Bits
 * below the length are not looked at.
 */
bool sw_rbldnsd_ip4_parse(struct sw_cursor *c, bool ranges, struct sw_rbldnsd_ip4 *ret);

/* "2001:db8::1", "2001:db8" (a /32), "2001:db8/33": all of @token. As sw_prefix_parse. */
int sw_rbldnsd_ip6_parse(struct sw_cursor token, struct sw_prefix *ret);

#endif
