/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * frames - Ethernet frames for tests, right or wrong in exactly one named way.
 *
 * Pure. A spec of zeros with source and dest set is a plain SYN; every other
 * field departs from that. Lengths and checksums (IPv4 header, TCP) are right
 * for what the spec says, so that a kernel's stack takes the frame too; deltas
 * make them wrong on purpose.
 */
#ifndef SYNWARD_TESTS_SUPPORT_FRAMES_H
#define SYNWARD_TESTS_SUPPORT_FRAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/addr.h"

#define SW_FRAME_ROOM 2048 /* bytes: enough for every spec without much payload */
#define SW_FRAME_VLANS 4
#define SW_FRAME_EXTS 10

enum sw_frame_tcp {
	SW_FRAME_FIN = 0x01,
	SW_FRAME_SYN = 0x02,
	SW_FRAME_RST = 0x04,
	SW_FRAME_PSH = 0x08,
	SW_FRAME_ACK = 0x10,
	SW_FRAME_URG = 0x20,
	SW_FRAME_ECE = 0x40,
	SW_FRAME_CWR = 0x80,
};

/* IPv6 extension headers by their numbers; AH counts its length its own way. */
enum sw_frame_ext_type {
	SW_FRAME_HOPOPTS = 0,
	SW_FRAME_ROUTING = 43,
	SW_FRAME_FRAGMENT = 44,
	SW_FRAME_ESP = 50,
	SW_FRAME_AH = 51,
	SW_FRAME_DSTOPTS = 60,
};

struct sw_frame_vlan {
	uint16_t tpid; /* 0: 0x8100 */
	uint16_t tci;
};

struct sw_frame_ext {
	uint8_t type;
	uint8_t more; /* units of 8 bytes (AH: 4) beyond the first 8 */
	int length_delta; /* added to the length field */
};

struct sw_frame {
	/* Ethernet */
	uint8_t dmac[6], smac[6];
	struct sw_frame_vlan vlan[SW_FRAME_VLANS]; /* outermost first */
	unsigned vlans;
	uint16_t ethertype; /* 0: by the family of source */

	/* IP; both addresses are of one family */
	struct sw_prefix source, dest;
	uint8_t version; /* 0: by the family */
	uint8_t protocol; /* 0: TCP; the TCP header is written all the same */
	const uint8_t *ip_options; /* IPv4; padded with zeros to 4 bytes, at most 40 */
	size_t ip_options_bytes;
	int ihl_delta; /* added to the IPv4 header length field, 4-byte words */
	int ip_length_delta; /* added to IPv4 total length or IPv6 payload length */
	uint16_t fragment_offset; /* units of 8 bytes; above 0 there is payload only */
	bool more_fragments;
	struct sw_frame_ext ext[SW_FRAME_EXTS]; /* IPv6, in this order; fragment_offset and
						 * more_fragments go into a FRAGMENT one */
	unsigned exts;

	/* TCP */
	uint16_t sport; /* 0: 40000 */
	uint16_t dport; /* 0: 25 */
	uint32_t seq;
	uint8_t flags; /* 0: SYN */
	bool no_flags; /* flags are 0 indeed */
	const uint8_t *tcp_options; /* padded with zeros to 4 bytes, at most 40 */
	size_t tcp_options_bytes;
	int doff_delta; /* added to the TCP header length field, 4-byte words */

	size_t payload_bytes; /* after the TCP header, bytes counting up from 0 */
	size_t l4_bytes; /* 0: all; else cut TCP header and payload to this, IP lengths too */
};

/*
 * Write the frame of @spec to @out, return its length. 0: it does not fit into
 * @room bytes, families differ, or options are too long.
 */
size_t sw_frame_build(const struct sw_frame *spec, uint8_t *out, size_t room);

/* "aa:bb:cc:dd:ee:ff"; false: it is not one. */
bool sw_frame_mac_parse(const char *text, uint8_t mac[6]);

#endif
