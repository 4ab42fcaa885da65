/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Writing goes front to back through a cursor that remembers whether it ever ran
 * out of room; lengths and checksums are filled in once the end is known.
 */
#include "frames.h"

#include <stdio.h>
#include <string.h>

struct cursor {
	uint8_t *out;
	size_t room;
	size_t used;
	bool full;
};

static uint8_t *take(struct cursor *c, size_t bytes)
{
	uint8_t *at = c->out + c->used;

	if (c->full || bytes > c->room - c->used) {
		c->full = true;
		return NULL;
	}
	memset(at, 0, bytes);
	c->used += bytes;
	return at;
}

static void put16(uint8_t *at, uint16_t value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

static void put32(uint8_t *at, uint32_t value)
{
	put16(at, (uint16_t)(value >> 16));
	put16(at + 2, (uint16_t)value);
}

static void put64(uint8_t *at, uint64_t value)
{
	put32(at, (uint32_t)(value >> 32));
	put32(at + 4, (uint32_t)value);
}

/* RFC 1071: the ones' complement sum, continued from @sum. */
static uint32_t sum16(const uint8_t *at, size_t bytes, uint32_t sum)
{
	for (size_t i = 0; i + 1 < bytes; i += 2)
		sum += (uint32_t)at[i] << 8 | at[i + 1];
	if (bytes & 1)
		sum += (uint32_t)at[bytes - 1] << 8;
	return sum;
}

static uint16_t sum_fold(uint32_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

static size_t padded(size_t bytes)
{
	return (bytes + 3) & ~(size_t)3;
}

static void write_ethernet(const struct sw_frame *spec, struct cursor *c)
{
	uint16_t type = spec->source.family == 4 ? 0x0800 : 0x86dd;
	uint8_t *at = take(c, 12);

	if (at) {
		memcpy(at, spec->dmac, 6);
		memcpy(at + 6, spec->smac, 6);
	}
	for (unsigned i = 0; i < spec->vlans && i < SW_FRAME_VLANS; i++) {
		at = take(c, 4);
		if (!at)
			return;
		put16(at, spec->vlan[i].tpid ? spec->vlan[i].tpid : 0x8100);
		put16(at + 2, spec->vlan[i].tci);
	}
	at = take(c, 2);
	if (at)
		put16(at, spec->ethertype ? spec->ethertype : type);
}

static uint8_t *write_ip4(const struct sw_frame *spec, struct cursor *c)
{
	size_t bytes = 20 + padded(spec->ip_options_bytes);
	uint8_t *ip = take(c, bytes);

	if (!ip)
		return NULL;
	ip[0] = (uint8_t)((spec->version ? spec->version : 4) << 4 |
			  ((bytes / 4 + (size_t)spec->ihl_delta) & 15));
	put16(ip + 6,
	      (uint16_t)((spec->fragment_offset & 0x1fff) | (spec->more_fragments ? 0x2000 : 0)));
	ip[8] = 64;
	ip[9] = spec->protocol ? spec->protocol : 6;
	put32(ip + 12, (uint32_t)spec->source.lo);
	put32(ip + 16, (uint32_t)spec->dest.lo);
	if (spec->ip_options_bytes)
		memcpy(ip + 20, spec->ip_options, spec->ip_options_bytes);
	return ip;
}

static void write_ext(const struct sw_frame *spec, const struct sw_frame_ext *ext, uint8_t next,
		      struct cursor *c)
{
	size_t bytes = 8 + (size_t)ext->more * (ext->type == SW_FRAME_AH ? 4 : 8);
	uint8_t *at = take(c, bytes);

	if (!at)
		return;
	at[0] = next;
	if (ext->type == SW_FRAME_FRAGMENT) {
		put16(at + 2, (uint16_t)(spec->fragment_offset << 3 | spec->more_fragments));
		put32(at + 4, 0x5e17);
		return;
	}
	/* AH, RFC 4302: 4-byte words less two, so 8 bytes are 0 as well. */
	at[1] = (uint8_t)(ext->more + ext->length_delta);
	if (ext->type == SW_FRAME_HOPOPTS || ext->type == SW_FRAME_DSTOPTS) {
		at[2] = 1; /* PadN over the first eight bytes; zeros after it are Pad1 */
		at[3] = 4;
	}
}

static uint8_t *write_ip6(const struct sw_frame *spec, struct cursor *c)
{
	unsigned exts = spec->exts < SW_FRAME_EXTS ? spec->exts : SW_FRAME_EXTS;
	uint8_t protocol = spec->protocol ? spec->protocol : 6;
	uint8_t *ip = take(c, 40);

	if (!ip)
		return NULL;
	ip[0] = (uint8_t)((spec->version ? spec->version : 6) << 4);
	ip[6] = exts ? spec->ext[0].type : protocol;
	ip[7] = 64;
	put64(ip + 8, spec->source.hi);
	put64(ip + 16, spec->source.lo);
	put64(ip + 24, spec->dest.hi);
	put64(ip + 32, spec->dest.lo);
	for (unsigned i = 0; i < exts; i++)
		write_ext(spec, &spec->ext[i], i + 1 < exts ? spec->ext[i + 1].type : protocol, c);
	return ip;
}

static void write_tcp(const struct sw_frame *spec, struct cursor *c)
{
	size_t bytes = 20 + padded(spec->tcp_options_bytes);
	uint8_t *tcp = take(c, bytes);

	if (!tcp)
		return;
	put16(tcp, spec->sport ? spec->sport : 40000);
	put16(tcp + 2, spec->dport ? spec->dport : 25);
	put32(tcp + 4, spec->seq);
	tcp[12] = (uint8_t)(((bytes / 4 + (size_t)spec->doff_delta) & 15) << 4);
	tcp[13] = spec->flags || spec->no_flags ? spec->flags : SW_FRAME_SYN;
	put16(tcp + 14, 64240);
	if (spec->tcp_options_bytes)
		memcpy(tcp + 20, spec->tcp_options, spec->tcp_options_bytes);
}

static void write_l4(const struct sw_frame *spec, struct cursor *c)
{
	size_t start = c->used;
	uint8_t *at;

	if (!spec->fragment_offset)
		write_tcp(spec, c);
	at = take(c, spec->payload_bytes);
	for (size_t i = 0; at && i < spec->payload_bytes; i++)
		at[i] = (uint8_t)i;
	if (spec->l4_bytes && c->used - start > spec->l4_bytes)
		c->used = start + spec->l4_bytes;
}

static void finish_tcp(const struct sw_frame *spec, const uint8_t *ip, uint8_t *tcp, size_t bytes)
{
	uint32_t sum = 6 + (uint32_t)bytes; /* pseudo header: protocol and length */

	/* The sum of a fragment would need all of them; of a cut header there is none. */
	if (spec->fragment_offset || spec->more_fragments || bytes < 20)
		return;
	if (spec->source.family == 4)
		sum = sum16(ip + 12, 8, sum);
	else
		sum = sum16(ip + 8, 32, sum);
	put16(tcp + 16, sum_fold(sum16(tcp, bytes, sum)));
}

static void finish_ip(const struct sw_frame *spec, uint8_t *ip, const uint8_t *end)
{
	size_t bytes = (size_t)(end - ip);

	if (spec->source.family == 6) {
		put16(ip + 4, (uint16_t)((int)bytes - 40 + spec->ip_length_delta));
		return;
	}
	put16(ip + 2, (uint16_t)((int)bytes + spec->ip_length_delta));
	put16(ip + 10, sum_fold(sum16(ip, 20 + padded(spec->ip_options_bytes), 0)));
}

size_t sw_frame_build(const struct sw_frame *spec, uint8_t *out, size_t room)
{
	struct cursor c = { .out = out, .room = room };
	uint8_t *ip;
	size_t l4;

	if (spec->source.family != spec->dest.family || spec->ip_options_bytes > 40 ||
	    spec->tcp_options_bytes > 40)
		return 0;
	write_ethernet(spec, &c);
	ip = spec->source.family == 4 ? write_ip4(spec, &c) : write_ip6(spec, &c);
	l4 = c.used;
	write_l4(spec, &c);
	if (c.full)
		return 0;
	finish_tcp(spec, ip, out + l4, c.used - l4);
	finish_ip(spec, ip, out + c.used);
	return c.used;
}

bool sw_frame_mac_parse(const char *text, uint8_t mac[6])
{
	unsigned byte[6];
	int end = 0;

	if (sscanf(text, "%2x:%2x:%2x:%2x:%2x:%2x%n", &byte[0], &byte[1], &byte[2], &byte[3],
		   &byte[4], &byte[5], &end) != 6 ||
	    text[end])
		return false;
	for (int i = 0; i < 6; i++)
		mac[i] = (uint8_t)byte[i];
	return true;
}
