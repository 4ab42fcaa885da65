/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * reset - from a SYN to the TCP RST that refuses it, in the same frame.
 *
 * Pure, as parse.h. What a closed port would answer (RFC 9293, 3.10.7.1): RST and ACK, number
 * 0, and everything acknowledged that the SYN has; no options, no payload. Only what the
 * answer has is taken over: MAC and IP addresses and ports, exchanged, and VLAN tags; IPv4
 * options and IPv6 extension headers are gone. All checksums are computed from what is
 * written, for what the sender's checksum is worth is not known.
 *
 * An answer is never larger than the SYN, so a forged source gets no more than was sent to us,
 * and the caller's rates see to it that it gets far less.
 */
#ifndef SYNWARD_BPF_RESET_H
#define SYNWARD_BPF_RESET_H

#include "parse.h"

enum {
	SW_ETH_LEAST = 60, /* bytes of a frame, without its check sequence */
	SW_RESET4_BYTES = SW_IP4_BYTES + SW_TCP_BYTES,
	SW_RESET6_BYTES = SW_IP6_BYTES + SW_TCP_BYTES,
	SW_RESET_TTL = 64,
};

#ifdef __bpf__
SW_INLINE void sw_store16(__u8 *p, __u16 n)
{
	*(__u16 *)p = __builtin_bswap16(n);
}
SW_INLINE void sw_store32(__u8 *p, __u32 n)
{
	*(__u32 *)p = __builtin_bswap32(n);
}
#else
SW_INLINE void sw_store16(__u8 *p, __u16 n)
{
	p[0] = (__u8)(n >> 8);
	p[1] = (__u8)n;
}
SW_INLINE void sw_store32(__u8 *p, __u32 n)
{
	sw_store16(p, (__u16)(n >> 16));
	sw_store16(p + 2, (__u16)n);
}
#endif

SW_INLINE void sw_store64(__u8 *p, __u64 n)
{
	sw_store32(p, (__u32)(n >> 32));
	sw_store32(p + 4, (__u32)n);
}

/* ---- who is answered ---- */

/* An address that one host can have and answer to from outside (RFC 6890): not of this
 * network, of loopback, of a group, reserved, or all. */
SW_INLINE bool sw_reset_is_host4(__u32 addr)
{
	__u32 net = addr >> 24;

	return net != 0 && net != 127 && net < 224;
}

/* The same: no group, and nothing of what begins with 80 zeros, :: and ::1 and what stands
 * for IPv4 addresses. */
SW_INLINE bool sw_reset_is_host6(__u64 hi, __u64 lo)
{
	return hi >> 56 != 0xff && (hi || lo >> 48);
}

SW_INLINE bool sw_reset_is_between_hosts(const struct sw_syn *syn)
{
	if (syn->source_hi == syn->dest_hi && syn->source_lo == syn->dest_lo)
		return false;
	if (syn->family == 4)
		return sw_reset_is_host4((__u32)syn->source_lo) &&
		       sw_reset_is_host4((__u32)syn->dest_lo);
	return sw_reset_is_host6(syn->source_hi, syn->source_lo) &&
	       sw_reset_is_host6(syn->dest_hi, syn->dest_lo);
}

/*
 * May and can the frame at @data, of which sw_parse made @syn, be answered? Not what was
 * sent to or by a group (RFC 9293, 3.9.2.3), has RST itself, is not whole, does not say how
 * long it is, or has not all of its headers in this buffer.
 */
SW_INLINE bool sw_reset_may(const __u8 *data, const __u8 *end, const struct sw_syn *syn)
{
	__u32 bytes = syn->family == 4 ? SW_RESET4_BYTES : SW_RESET6_BYTES;

	if (data + SW_ETH_BYTES > end || (data[0] | data[6]) & 1)
		return false;
	if (syn->flags & SW_TCP_RST || syn->fragment || syn->bytes <= syn->ip)
		return false;
	return data + syn->ip + bytes <= end && sw_reset_is_between_hosts(syn);
}

/* ---- checksums (RFC 1071) ---- */

/* 32 bits at a time: what is carried out of 16 bits comes back in when all is folded. */
SW_INLINE __u64 sw_sum_address(__u64 hi, __u64 lo)
{
	return (hi >> 32) + (__u32)hi + (lo >> 32) + (__u32)lo;
}

SW_INLINE __u16 sw_sum_fold(__u64 sum)
{
	sum = (sum >> 32) + (__u32)sum;
	sum = (sum >> 16) + (sum & 0xffff);
	sum = (sum >> 16) + (sum & 0xffff);
	sum = (sum >> 16) + (sum & 0xffff);
	return (__u16)~sum;
}

/* ---- the answer ---- */

SW_INLINE void sw_reset_ethernet(__u8 *frame)
{
	__u32 to = sw_load32(frame), from = sw_load32(frame + 6);
	__u16 to_end = sw_load16(frame + 4), from_end = sw_load16(frame + 10);

	sw_store32(frame, from);
	sw_store16(frame + 4, from_end);
	sw_store32(frame + 6, to);
	sw_store16(frame + 10, to_end);
}

#define SW_RESET_OFFSET_FLAGS ((SW_TCP_BYTES / 4) << 28 | (SW_TCP_RST | SW_TCP_ACK) << 16)

/* @addresses: the sum of both, for the pseudo header. */
SW_INLINE void sw_reset_tcp(__u8 *tcp, const struct sw_syn *syn, __u64 addresses)
{
	__u32 ports = (__u32)syn->dest_port << 16 | syn->source_port;
	__u64 sum = addresses + SW_PROTO_TCP + SW_TCP_BYTES + ports + syn->ack +
		    (__u32)SW_RESET_OFFSET_FLAGS;

	sw_store32(tcp, ports);
	sw_store32(tcp + 4, 0);
	sw_store32(tcp + 8, syn->ack);
	sw_store32(tcp + 12, SW_RESET_OFFSET_FLAGS); /* and window 0 */
	sw_store16(tcp + 16, sw_sum_fold(sum));
	sw_store16(tcp + 18, 0);
}

#define SW_RESET4_START (0x45000000 | SW_RESET4_BYTES)
#define SW_RESET4_DF 0x4000 /* not to be fragmented, and so it needs no identification */
#define SW_RESET4_TTL (SW_RESET_TTL << 8 | SW_PROTO_TCP)

SW_INLINE void sw_reset_ip4(__u8 *ip, const struct sw_syn *syn)
{
	__u64 addresses = sw_sum_address(0, syn->source_lo) + sw_sum_address(0, syn->dest_lo);

	sw_store32(ip, SW_RESET4_START);
	sw_store32(ip + 4, SW_RESET4_DF);
	sw_store16(ip + 8, SW_RESET4_TTL);
	sw_store16(ip + 10,
		   sw_sum_fold(addresses + SW_RESET4_START + SW_RESET4_DF + SW_RESET4_TTL));
	sw_store32(ip + 12, (__u32)syn->dest_lo);
	sw_store32(ip + 16, (__u32)syn->source_lo);
	sw_reset_tcp(ip + SW_IP4_BYTES, syn, addresses);
}

SW_INLINE void sw_reset_ip6(__u8 *ip, const struct sw_syn *syn)
{
	sw_store32(ip, 6u << 28);
	sw_store32(ip + 4, SW_TCP_BYTES << 16 | SW_PROTO_TCP << 8 | SW_RESET_TTL);
	sw_store64(ip + 8, syn->dest_hi);
	sw_store64(ip + 16, syn->dest_lo);
	sw_store64(ip + 24, syn->source_hi);
	sw_store64(ip + 32, syn->source_lo);
	sw_reset_tcp(ip + SW_IP6_BYTES, syn,
		     sw_sum_address(syn->source_hi, syn->source_lo) +
			     sw_sum_address(syn->dest_hi, syn->dest_lo));
}

/* What an IPv4 answer with one tag lacks to the least frame, and what one without lacks. */
SW_INLINE void sw_reset_pad(__u8 *p, const __u8 *end)
{
	if (p + 2 <= end)
		sw_store16(p, 0);
	if (p + 6 <= end)
		sw_store32(p + 2, 0);
}

/*
 * Write the answer over the frame at @data, of which sw_parse made @syn and that
 * sw_reset_may allows. Returns how many bytes of it are to be sent: not below the least of
 * a frame, of which what comes behind the answer is zeros as far as the frame goes. It may be
 * more than the frame has; then all of that is to be sent. 0: nothing was written.
 */
SW_INLINE __u32 sw_reset_write(__u8 *data, __u8 *end, const struct sw_syn *syn)
{
	__u8 *ip = data + syn->ip;
	__u32 bytes;

	if (data + SW_ETH_BYTES > end || ip + SW_RESET4_BYTES > end)
		return 0;
	if (syn->family == 4) {
		sw_reset_ip4(ip, syn);
		bytes = syn->ip + SW_RESET4_BYTES;
		sw_reset_pad(ip + SW_RESET4_BYTES, end);
	} else {
		if (ip + SW_RESET6_BYTES > end)
			return 0;
		sw_reset_ip6(ip, syn);
		bytes = syn->ip + SW_RESET6_BYTES;
	}
	sw_reset_ethernet(data);
	return bytes < SW_ETH_LEAST ? SW_ETH_LEAST : bytes;
}

#endif
