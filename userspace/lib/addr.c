/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * addr - see addr.h. The parsers are written by hand because lists have tens of
 * millions of lines, because inet_pton(3) wants NUL terminated text, and because
 * what libraries accept differs: an address is taken only if it can mean one thing.
 */
#include "addr.h"

#include <errno.h>
#include <string.h>

typedef unsigned __int128 u128;

#define GROUPS 8 /* of 16 bits in an IPv6 address */

static inline u128 to_number(const struct sw_prefix *p)
{
	return (u128)p->hi << 64 | p->lo;
}

/* The bits of @family that @len leaves to hosts. @len is at most full. */
static u128 host_mask(unsigned family, unsigned len)
{
	if (family == 4)
		return (uint64_t)UINT32_MAX >> (len & 63);
	return len < 128 ? ~(u128)0 >> len : 0;
}

static struct sw_prefix from_number(unsigned family, u128 number, unsigned len)
{
	unsigned full = family == 4 ? 32 : 128;

	if (len > full)
		len = full;
	number &= ~host_mask(family, len);
	return (struct sw_prefix){ .hi = (uint64_t)(number >> 64),
				   .lo = (uint64_t)number,
				   .family = (uint8_t)family,
				   .len = (uint8_t)len };
}

struct sw_prefix sw_prefix_ip4(uint32_t addr, unsigned len)
{
	return from_number(4, addr, len);
}

struct sw_prefix sw_prefix_ip6(uint64_t hi, uint64_t lo, unsigned len)
{
	return from_number(6, (u128)hi << 64 | lo, len);
}

/* ---- parsing; each step returns where it stopped, or NULL ---- */

static inline bool is_digit(char c)
{
	return (unsigned)c - '0' < 10;
}

/* "0" to "255"; a leading zero is refused: some programs would read octal. */
static inline const char *parse_octet(const char *p, const char *end, unsigned *ret)
{
	unsigned value;

	if (p == end || !is_digit(*p))
		return NULL;
	value = (unsigned)(*p++ - '0');
	if (p < end && is_digit(*p)) {
		if (value == 0)
			return NULL;
		value = value * 10 + (unsigned)(*p++ - '0');
		if (p < end && is_digit(*p))
			value = value * 10 + (unsigned)(*p++ - '0');
	}
	if (value > 255 || (p < end && is_digit(*p)))
		return NULL;
	*ret = value;
	return p;
}

static inline const char *parse_ip4(const char *p, const char *end, uint32_t *ret)
{
	uint32_t addr = 0;
	unsigned octet;

	for (int i = 0; i < 4; i++) {
		if (i && (p == end || *p++ != '.'))
			return NULL;
		p = parse_octet(p, end, &octet);
		if (!p)
			return NULL;
		addr = addr << 8 | octet;
	}
	*ret = addr;
	return p;
}

#define HEX_6(first, base)                                                    \
	[first] = (base), [first + 1] = (base) + 1, [first + 2] = (base) + 2, \
	[first + 3] = (base) + 3, [first + 4] = (base) + 4, [first + 5] = (base) + 5

/* One more than the value of a hexadecimal digit; 0 for any other character. */
static const uint8_t hex_digit[256] = {
	HEX_6('0', 1), ['6'] = 7, ['7'] = 8, ['8'] = 9, ['9'] = 10, HEX_6('a', 11), HEX_6('A', 11),
};

static inline bool is_hex(char c)
{
	return hex_digit[(unsigned char)c];
}

/* One to four hexadecimal digits. */
static inline const char *parse_group(const char *p, const char *end, unsigned *ret)
{
	const char *start = p;
	unsigned value = 0, digit;

	for (; p < end && (digit = hex_digit[(unsigned char)*p]) != 0; p++) {
		if (p - start == 4)
			return NULL;
		value = value << 4 | (digit - 1);
	}
	if (p == start)
		return NULL;
	*ret = value;
	return p;
}

/* Groups before and after "::", where the address has one (@gap >= 0). */
struct groups {
	unsigned value[GROUPS];
	int n;
	int gap; /* how many groups stand before "::" */
};

/* The next group, or the IPv4 address that may take the place of the last two. */
static const char *parse_part(const char *p, const char *end, struct groups *g)
{
	const char *stop = parse_group(p, end, &g->value[g->n]);
	uint32_t ip4;

	if (stop && (stop == end || *stop != '.')) {
		g->n++;
		return stop;
	}
	if (g->n > GROUPS - 2)
		return NULL;
	stop = parse_ip4(p, end, &ip4);
	if (!stop || (stop < end && *stop == ':'))
		return NULL;
	g->value[g->n++] = ip4 >> 16;
	g->value[g->n++] = ip4 & 0xffff;
	return stop;
}

/* RFC 4291, section 2.2. "::" stands for at least one group. */
static const char *parse_groups(const char *p, const char *end, struct groups *g)
{
	g->n = 0;
	g->gap = -1;
	if (end - p >= 2 && p[0] == ':' && p[1] == ':') {
		g->gap = 0;
		p += 2;
		if (p == end || !is_hex(*p))
			return p;
	}
	for (;;) {
		if (g->n == GROUPS)
			return NULL;
		p = parse_part(p, end, g);
		if (!p)
			return NULL;
		if (p == end || *p != ':')
			return p;
		if (++p < end && *p == ':') {
			if (g->gap >= 0)
				return NULL;
			g->gap = g->n;
			if (++p == end || !is_hex(*p))
				return p;
		}
	}
}

static const char *parse_ip6(const char *p, const char *end, uint64_t *hi, uint64_t *lo)
{
	struct groups g;
	uint64_t half[2] = { 0, 0 };
	int missing;

	p = parse_groups(p, end, &g);
	if (!p || (g.gap < 0 ? g.n != GROUPS : g.n >= GROUPS))
		return NULL;
	missing = GROUPS - g.n;
	for (int i = 0; i < g.n; i++) {
		int at = g.gap >= 0 && i >= g.gap ? i + missing : i;

		half[at / 4] |= (uint64_t)g.value[i] << (48 - at % 4 * 16);
	}
	*hi = half[0];
	*lo = half[1];
	return p;
}

/* "/" and a decimal number, to the end of the text. */
static int parse_len(const char *p, const char *end, unsigned full, unsigned *ret)
{
	const char *start = ++p;
	unsigned len = 0;

	for (; p < end; p++) {
		if (!is_digit(*p))
			return -EINVAL;
		if (len <= full)
			len = len * 10 + (unsigned)(*p - '0');
	}
	if (p == start || (*start == '0' && p - start > 1))
		return -EINVAL;
	if (len > full)
		return -ERANGE;
	*ret = len;
	return 0;
}

/* @p stands behind the address @whole: its end, or the length. */
static int parse_rest(const char *p, const char *end, const struct sw_prefix *whole,
		      struct sw_prefix *ret)
{
	unsigned len;
	int err;

	if (p == end) {
		*ret = *whole;
		return 0;
	}
	err = parse_len(p, end, whole->len, &len);
	if (err)
		return err;
	*ret = sw_prefix_truncate(whole, len);
	return ret->hi == whole->hi && ret->lo == whole->lo ? 0 : -EDOM;
}

int sw_prefix_parse(const char *text, size_t n, struct sw_prefix *ret)
{
	const char *end = text + n, *p;
	struct sw_prefix whole = { .family = 4, .len = 32 };
	uint32_t ip4;

	p = parse_ip4(text, end, &ip4);
	if (p && (p == end || *p == '/')) {
		whole.lo = ip4;
		return parse_rest(p, end, &whole, ret);
	}
	p = parse_ip6(text, end, &whole.hi, &whole.lo);
	if (!p || (p < end && *p != '/'))
		return -EINVAL;
	whole.family = 6;
	whole.len = 128;
	return parse_rest(p, end, &whole, ret);
}

int sw_addr_parse(const char *text, struct sw_prefix *ret)
{
	size_t n = strlen(text);

	if (memchr(text, '/', n))
		return -EINVAL;
	return sw_prefix_parse(text, n, ret);
}

const char *sw_prefix_error(int code)
{
	switch (code) {
	case 0:
		return "no error";
	case -ERANGE:
		return "prefix length out of range";
	case -EDOM:
		return "bits are set below the prefix length";
	default:
		return "not an address";
	}
}

/* ---- formatting ---- */

/* RFC 5952, section 4.2: the first of the longest runs of two or more zeros. */
static int longest_zeros(const unsigned group[GROUPS], int *length)
{
	int best = -1, best_n = 1;

	for (int i = 0, n; i < GROUPS; i += n ? n : 1) {
		for (n = 0; i + n < GROUPS && group[i + n] == 0; n++)
			;
		if (n > best_n) {
			best = i;
			best_n = n;
		}
	}
	*length = best_n;
	return best;
}

/* Digits without sprintf: a saved list has millions of them. */
static char *put_decimal(char *out, unsigned value)
{
	if (value >= 100)
		*out++ = (char)('0' + value / 100);
	if (value >= 10)
		*out++ = (char)('0' + value / 10 % 10);
	*out++ = (char)('0' + value % 10);
	return out;
}

static char *put_ip4(char *out, uint32_t addr)
{
	for (int shift = 24; shift > 0; shift -= 8) {
		out = put_decimal(out, addr >> shift & 255);
		*out++ = '.';
	}
	return put_decimal(out, addr & 255);
}

static char *put_group(char *out, unsigned value)
{
	int shift = value > 0xfff ? 12 : value > 0xff ? 8 : value > 0xf ? 4 : 0;

	for (; shift >= 0; shift -= 4)
		*out++ = "0123456789abcdef"[value >> shift & 15];
	return out;
}

static char *put_ip6(char *out, uint64_t hi, uint64_t lo)
{
	unsigned group[GROUPS];
	int gap, gap_n;

	/* RFC 5952, section 5: what is known to hold an IPv4 address shows it. */
	if (hi == 0 && lo >> 32 == 0xffff) {
		memcpy(out, "::ffff:", 7);
		return put_ip4(out + 7, (uint32_t)lo);
	}
	for (int i = 0; i < GROUPS; i++)
		group[i] = (i < 4 ? hi : lo) >> (48 - i % 4 * 16) & 0xffff;
	gap = longest_zeros(group, &gap_n);
	for (int i = 0; i < GROUPS; i++) {
		if (i == gap) {
			*out++ = ':';
			*out++ = ':';
			i += gap_n - 1;
			continue;
		}
		if (i && i != gap + gap_n)
			*out++ = ':';
		out = put_group(out, group[i]);
	}
	return out;
}

size_t sw_prefix_put(const struct sw_prefix *p, char *out)
{
	char *end = p->family == 4 ? put_ip4(out, (uint32_t)p->lo) : put_ip6(out, p->hi, p->lo);

	if (p->len < sw_prefix_full(p)) {
		*end++ = '/';
		end = put_decimal(end, p->len);
	}
	return (size_t)(end - out);
}

const char *sw_prefix_format(const struct sw_prefix *p, char buf[SW_PREFIX_TEXT])
{
	buf[sw_prefix_put(p, buf)] = '\0';
	return buf;
}

/* ---- relations ---- */

struct sw_prefix sw_prefix_truncate(const struct sw_prefix *p, unsigned len)
{
	return from_number(p->family, to_number(p), len);
}

bool sw_prefix_contains(const struct sw_prefix *outer, const struct sw_prefix *inner)
{
	u128 differing = to_number(outer) ^ to_number(inner);

	return outer->family == inner->family && outer->len <= inner->len &&
	       (differing & ~host_mask(outer->family, outer->len)) == 0;
}

int sw_prefix_cmp(const struct sw_prefix *a, const struct sw_prefix *b)
{
	if (a->family != b->family)
		return a->family < b->family ? -1 : 1;
	if (a->hi != b->hi)
		return a->hi < b->hi ? -1 : 1;
	if (a->lo != b->lo)
		return a->lo < b->lo ? -1 : 1;
	if (a->len != b->len)
		return a->len < b->len ? -1 : 1;
	return 0;
}

struct sw_prefix sw_prefix_last(const struct sw_prefix *p)
{
	return from_number(p->family, to_number(p) | host_mask(p->family, p->len), 128);
}

/* The shortest prefix that starts at @at and does not reach beyond @last. */
static unsigned widest_at(unsigned family, u128 at, u128 last)
{
	unsigned len = family == 4 ? 32 : 128;

	while (len > 0) {
		u128 hosts = host_mask(family, len - 1);

		if ((at & hosts) || (at | hosts) > last)
			break;
		len--;
	}
	return len;
}

int sw_range_split(const struct sw_prefix *first, const struct sw_prefix *last,
		   int (*each)(void *ctx, const struct sw_prefix *p), void *ctx)
{
	u128 at = to_number(first), end = to_number(last);
	struct sw_prefix p;
	int ret;

	if (first->family != last->family || at > end)
		return -EINVAL;
	for (;;) {
		unsigned len = widest_at(first->family, at, end);
		u128 reached = at | host_mask(first->family, len);

		p = from_number(first->family, at, len);
		ret = each(ctx, &p);
		if (ret || reached >= end)
			return ret;
		at = reached + 1;
	}
}
