/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * bogons - addresses that are nobody's on the Internet.
 *
 * The IANA IPv4 and IPv6 Special-Purpose Address Registries, rows that are not
 * "globally reachable", and multicast and reserved space. No sender's SYN comes
 * from there through the Internet; one that does comes from our own networks,
 * which a careless list must not lock out.
 *
 * Not here, because they are globally reachable or hold senders' addresses:
 *   192.88.99.0/24     6to4 relay anycast, deprecated (RFC 7526): may be given out again
 *   192.31.196.0/24, 192.175.48.0/24, 192.52.193.0/24, 2001:4:112::/48, 2620:4f:8000::/48,
 *   2001:3::/32        AS112 and AMT (RFC 7534, 7535, 7450): global
 *   2002::/16          6to4 (RFC 3056): deprecated, but routed, and each address holds
 *                      the public IPv4 address of a real sender
 *   2001::/32          Teredo (RFC 4380): likewise
 *   2001:20::/28, 2001:30::/28   ORCHIDv2, drone identifiers (RFC 7343, 9374): global
 *   64:ff9b::/96       NAT64 (RFC 6052): behind one, all of IPv4 arrives from there
 * 192.0.0.9 and 192.0.0.10 (PCP and TURN anycast, RFC 7723, 8155) are global too, but
 * lie in 192.0.0.0/24, and are relays that no mail comes from: no hole for them.
 */
#include "list.h"

#define IP4(a, b, c, d, bits)                                                                      \
	{                                                                                          \
		.lo = (uint32_t)(a) << 24 | (b) << 16 | (c) << 8 | (d), .family = 4, .len = (bits) \
	}
#define IP6(high, bits)                                  \
	{                                                \
		.hi = (high), .family = 6, .len = (bits) \
	}

static const struct sw_prefix bogons[] = {
	IP4(0, 0, 0, 0, 8), /* "this network", RFC 791, section 3.2 */
	IP4(10, 0, 0, 0, 8), /* private use, RFC 1918 */
	IP4(100, 64, 0, 0, 10), /* shared address space of carrier NAT, RFC 6598 */
	IP4(127, 0, 0, 0, 8), /* loopback, RFC 1122, section 3.2.1.3 */
	IP4(169, 254, 0, 0, 16), /* link local, RFC 3927 */
	IP4(172, 16, 0, 0, 12), /* private use, RFC 1918 */
	IP4(192, 0, 0, 0, 24), /* IETF protocol assignments, RFC 6890, section 2.1 */
	IP4(192, 0, 2, 0, 24), /* documentation (TEST-NET-1), RFC 5737 */
	IP4(192, 168, 0, 0, 16), /* private use, RFC 1918 */
	IP4(198, 18, 0, 0, 15), /* benchmarking, RFC 2544 */
	IP4(198, 51, 100, 0, 24), /* documentation (TEST-NET-2), RFC 5737 */
	IP4(203, 0, 113, 0, 24), /* documentation (TEST-NET-3), RFC 5737 */
	IP4(224, 0, 0, 0, 4), /* multicast, RFC 5771 */
	IP4(240, 0, 0, 0, 4), /* reserved, RFC 1112, section 4, with limited broadcast, RFC 919 */

	/*
	 * ::/8: unspecified and loopback (RFC 4291), IPv4-compatible (RFC 4291, deprecated),
	 * IPv4-mapped (RFC 4291, section 2.5.5.2), and nothing else that is given out. The
	 * two NAT64 prefixes are in 0064::/16: what follows is ::/8 without that.
	 */
	IP6(0x0000000000000000, 10), /* up to 003f */
	IP6(0x0040000000000000, 11), /* up to 005f */
	IP6(0x0060000000000000, 14), /* up to 0063 */
	IP6(0x0064ff9b00010000, 48), /* local use NAT64, RFC 8215 */
	IP6(0x0065000000000000, 16), /* from 0065 */
	IP6(0x0066000000000000, 15), /* up to 0067 */
	IP6(0x0068000000000000, 13), /* up to 006f */
	IP6(0x0070000000000000, 12), /* up to 007f */
	IP6(0x0080000000000000, 9), /* up to 00ff */
	IP6(0x0100000000000000, 64), /* discard only, RFC 6666 */
	IP6(0x0100000000000001, 64), /* dummy prefix, RFC 9780 */
	IP6(0x2001000200000000, 48), /* benchmarking, RFC 5180 */
	IP6(0x2001001000000000, 28), /* ORCHID, RFC 4843, deprecated and returned */
	IP6(0x20010db800000000, 32), /* documentation, RFC 3849 */
	IP6(0x3fff000000000000, 20), /* documentation, RFC 9637 */
	IP6(0x5f00000000000000, 16), /* SRv6 segment identifiers, RFC 9602 */
	IP6(0xfc00000000000000, 7), /* unique local, RFC 4193 */
	IP6(0xfe80000000000000, 10), /* link local, RFC 4291 */
	IP6(0xfec0000000000000, 10), /* site local, RFC 3879, deprecated */
	IP6(0xff00000000000000, 8), /* multicast, RFC 4291 */
};

const struct sw_prefix *sw_list_bogons(size_t *n)
{
	*n = sizeof(bogons) / sizeof(bogons[0]);
	return bogons;
}
