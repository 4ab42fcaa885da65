/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * parse - from a frame to a SYN, or to the reason why it is none.
 *
 * Pure: no maps, no helpers; the same code in BPF and in userspace. What is not
 * understood in full is not a SYN: the caller passes it to the kernel's stack,
 * which owns correctness. Layers are read in the order of the wire; nothing
 * beyond what decides is looked at, checksums included.
 *
 * Ethernet (IEEE 802.3), 802.1Q and 802.1ad tags, IPv4 (RFC 791), IPv6 and its
 * extension headers (RFC 8200), TCP (RFC 9293).
 */
#ifndef SYNWARD_BPF_PARSE_H
#define SYNWARD_BPF_PARSE_H

#include <stdbool.h>

#include <linux/types.h>

#include "maps/abi.h"

#define SW_INLINE static inline __attribute__((always_inline))

#define SW_VLAN_MAX 2
#define SW_EXT_MAX 8 /* IPv6 extension headers that are walked through */

/* What opens a connection. Addresses as numbers, IPv4 in the low half of lo. */
struct sw_syn {
	__u64 source_hi, source_lo;
	__u64 dest_hi, dest_lo;
	__u16 source_port, dest_port;
	__u8 family; /* 4 or 6 */
	__u32 bytes; /* that the frame must have at least, by its IP header */
	/* For reset.h alone; who does not use them does not pay for them. */
	__u32 ack; /* what acknowledges it: the number behind its last byte */
	__u8 ip; /* where in the frame the IP header is */
	__u8 flags; /* of TCP */
	bool fragment; /* more follow: it is not whole */
};

enum {
	SW_ETH_BYTES = 14,
	SW_TAG_BYTES = 4,
	SW_IP4_BYTES = 20,
	SW_IP6_BYTES = 40,
	SW_IP6_ANY = 0x1ffff, /* the header does not say how long the packet is */
	SW_EXT_BYTES = 8,
	SW_TCP_BYTES = 20,
	SW_TCP_FLAGS_END = 14, /* ports and flags are before it */
	SW_ETHERTYPE_IP4 = 0x0800,
	SW_ETHERTYPE_IP6 = 0x86dd,
	SW_ETHERTYPE_VLAN = 0x8100,
	SW_ETHERTYPE_SVLAN = 0x88a8,
	SW_PROTO_HOPOPTS = 0,
	SW_PROTO_TCP = 6,
	SW_PROTO_ROUTING = 43,
	SW_PROTO_FRAGMENT = 44,
	SW_PROTO_ESP = 50,
	SW_PROTO_AH = 51,
	SW_PROTO_DSTOPTS = 60,
	SW_PROTO_MOBILITY = 135,
	SW_PROTO_HIP = 139,
	SW_PROTO_SHIM6 = 140,
	SW_IP4_MF_OFFSET = 0x3fff, /* more fragments, or a fragment offset */
	SW_IP4_OFFSET = 0x1fff,
	SW_IP6_OFFSET = 0xfff8,
	SW_TCP_FIN = 0x01,
	SW_TCP_SYN = 0x02,
	SW_TCP_RST = 0x04,
	SW_TCP_ACK = 0x10,
};

/* Frames are not aligned. BPF JITs for machines that care reject what they cannot do. */
#ifdef __bpf__
SW_INLINE __u16 sw_load16(const __u8 *p)
{
	return __builtin_bswap16(*(const __u16 *)p);
}
SW_INLINE __u32 sw_load32(const __u8 *p)
{
	return __builtin_bswap32(*(const __u32 *)p);
}
#else
SW_INLINE __u16 sw_load16(const __u8 *p)
{
	return (__u16)(p[0] << 8 | p[1]);
}
SW_INLINE __u32 sw_load32(const __u8 *p)
{
	return (__u32)sw_load16(p) << 16 | sw_load16(p + 2);
}
#endif

SW_INLINE __u64 sw_load64(const __u8 *p)
{
	return (__u64)sw_load32(p) << 32 | sw_load32(p + 4);
}

/*
 * The TCP header at @p, with @left bytes to the end of the packet by its IP
 * header, in a frame that ends at @end. A packet with ACK, or without SYN, opens
 * nothing; one with SYN and FIN or RST is still a SYN: the stack drops it, and so
 * may we.
 */
SW_INLINE enum sw_reason sw_parse_tcp(const __u8 *p, const __u8 *end, __s32 left, bool fragment,
				      struct sw_syn *ret)
{
	__s32 bytes;

	if (p + SW_TCP_FLAGS_END > end || left < SW_TCP_FLAGS_END)
		return fragment ? SW_REASON_FRAGMENT_SHORT : SW_REASON_TCP_TRUNCATED;
	if ((p[13] & (SW_TCP_SYN | SW_TCP_ACK)) != SW_TCP_SYN)
		return SW_REASON_NOT_SYN;
	bytes = (p[12] >> 4) * 4;
	if (bytes < SW_TCP_BYTES)
		return SW_REASON_TCP_MALFORMED;
	if (bytes > left && !fragment) /* the rest can be in the next fragment */
		return SW_REASON_TCP_TRUNCATED;
	ret->source_port = sw_load16(p);
	ret->dest_port = sw_load16(p + 2);
	/* SYN and FIN take a number each (RFC 9293, 3.4) */
	ret->ack = sw_load32(p + 4) + 1 + (p[13] & SW_TCP_FIN) + (__u32)(left - bytes);
	ret->flags = p[13];
	ret->fragment = fragment;
	return 0;
}

SW_INLINE enum sw_reason sw_parse_ip4(const __u8 *p, const __u8 *end, struct sw_syn *ret)
{
	const __u8 *ip = p;
	__u32 header, total, fragment;
	enum sw_reason reason;

	if (p + SW_IP4_BYTES > end)
		return SW_REASON_IP_TRUNCATED;
	header = (p[0] & 0x0f) * 4u;
	if (p[0] >> 4 != 4 || header < SW_IP4_BYTES)
		return SW_REASON_IP_MALFORMED;
	total = sw_load16(p + 2);
	if (total < header)
		return SW_REASON_IP_MALFORMED;
	fragment = sw_load16(p + 6) & SW_IP4_MF_OFFSET;
	if (fragment & SW_IP4_OFFSET)
		return SW_REASON_FRAGMENT_LATER;
	if (p[9] != SW_PROTO_TCP)
		return SW_REASON_NOT_TCP;
	reason = sw_parse_tcp(p + header, end, (__s32)(total - header), fragment != 0, ret);
	if (reason)
		return reason;
	ret->family = 4;
	ret->bytes = total;
	ret->source_hi = 0;
	ret->source_lo = sw_load32(ip + 12);
	ret->dest_hi = 0;
	ret->dest_lo = sw_load32(ip + 16);
	return 0;
}

/* Extension headers of the IANA registry behind which TCP could be, and that are
 * not looked through: they hide what follows, or the stack treats it in its own way. */
SW_INLINE bool sw_may_hide_tcp(__u8 next)
{
	return next == SW_PROTO_ESP || next == SW_PROTO_AH || next == SW_PROTO_MOBILITY ||
	       next == SW_PROTO_HIP || next == SW_PROTO_SHIM6;
}

/*
 * Step over the extension headers of the IPv6 packet at @ip until TCP, which
 * starts *@offset bytes into it.
 */
SW_INLINE enum sw_reason sw_parse_ext(const __u8 *ip, const __u8 *end, __u32 *offset,
				      bool *fragment)
{
	__u32 at = SW_IP6_BYTES;
	__u8 next = ip[6];

	for (int i = 0; i < SW_EXT_MAX; i++) {
		const __u8 *p = ip + at;

		if (next == SW_PROTO_TCP)
			break;
		if (next != SW_PROTO_HOPOPTS && next != SW_PROTO_ROUTING &&
		    next != SW_PROTO_DSTOPTS && next != SW_PROTO_FRAGMENT)
			return sw_may_hide_tcp(next) ? SW_REASON_EXT_UNKNOWN : SW_REASON_NOT_TCP;
		if (p + SW_EXT_BYTES > end)
			return SW_REASON_IP_TRUNCATED;
		if (next == SW_PROTO_FRAGMENT) {
			if (sw_load16(p + 2) & SW_IP6_OFFSET)
				return SW_REASON_FRAGMENT_LATER;
			*fragment |= p[3] & 1;
			at += SW_EXT_BYTES;
		} else {
			at += (p[1] + 1u) * 8;
		}
		next = p[0];
	}
	if (next != SW_PROTO_TCP)
		return SW_REASON_EXT_DEPTH;
	*offset = at;
	return 0;
}

SW_INLINE enum sw_reason sw_parse_ip6(const __u8 *p, const __u8 *end, struct sw_syn *ret)
{
	__u32 total, offset = SW_IP6_BYTES;
	bool fragment = false;
	enum sw_reason reason;

	if (p + SW_IP6_BYTES > end)
		return SW_REASON_IP_TRUNCATED;
	if (p[0] >> 4 != 6)
		return SW_REASON_IP_MALFORMED;
	total = SW_IP6_BYTES + sw_load16(p + 4);
	if (total == SW_IP6_BYTES && p[6] == SW_PROTO_HOPOPTS)
		total = SW_IP6_ANY; /* RFC 2675; Linux takes it without the option too */
	if (p[6] != SW_PROTO_TCP) {
		reason = sw_parse_ext(p, end, &offset, &fragment);
		if (reason)
			return reason;
	}
	reason = sw_parse_tcp(p + offset, end, (__s32)(total - offset), fragment, ret);
	if (reason)
		return reason;
	ret->family = 6;
	ret->bytes = total == SW_IP6_ANY ? 0 : total;
	ret->source_hi = sw_load64(p + 8);
	ret->source_lo = sw_load64(p + 16);
	ret->dest_hi = sw_load64(p + 24);
	ret->dest_lo = sw_load64(p + 32);
	return 0;
}

/*
 * 0 and *@ret filled: the frame is a SYN, if it is as long as its IP header says,
 * which sw_syn_fits checks. Otherwise the reason to pass it, and *@ret is undefined.
 * Headers are read from @data to @data_end; the frame may go on in other buffers.
 */
SW_INLINE enum sw_reason sw_parse(const void *data, const void *data_end, struct sw_syn *ret)
{
	const __u8 *p = data, *end = data_end;
	enum sw_reason reason;
	__u32 tags = 0;
	__u16 type;

	if (p + SW_ETH_BYTES > end)
		return SW_REASON_RUNT;
	type = sw_load16(p + 12);
	p += SW_ETH_BYTES;
	for (int i = 0; i < SW_VLAN_MAX; i++) {
		if (type != SW_ETHERTYPE_VLAN && type != SW_ETHERTYPE_SVLAN)
			break;
		if (p + SW_TAG_BYTES > end)
			return SW_REASON_RUNT;
		type = sw_load16(p + 2);
		p += SW_TAG_BYTES;
		tags += SW_TAG_BYTES;
	}
	if (type == SW_ETHERTYPE_IP4)
		reason = sw_parse_ip4(p, end, ret);
	else if (type == SW_ETHERTYPE_IP6)
		reason = sw_parse_ip6(p, end, ret);
	else if (type == SW_ETHERTYPE_VLAN || type == SW_ETHERTYPE_SVLAN)
		reason = SW_REASON_VLAN_DEPTH;
	else
		reason = SW_REASON_NOT_IP;
	if (!reason) {
		ret->bytes += SW_ETH_BYTES + tags;
		ret->ip = (__u8)(SW_ETH_BYTES + tags);
	}
	return reason;
}

/* @bytes: of the whole frame, all its buffers together. */
SW_INLINE enum sw_reason sw_syn_fits(const struct sw_syn *syn, __u64 bytes)
{
	return syn->bytes > bytes ? SW_REASON_IP_TRUNCATED : 0;
}

#endif
