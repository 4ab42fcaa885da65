/* SPDX-License-Identifier: GPL-2.0-only */
#include "answer.h"

#include <string.h>

#include "random.h"

static uint32_t get16(const uint8_t *at)
{
	return (uint32_t)at[0] << 8 | at[1];
}

static uint32_t get32(const uint8_t *at)
{
	return get16(at) << 16 | get16(at + 2);
}

static uint64_t get64(const uint8_t *at)
{
	return (uint64_t)get32(at) << 32 | get32(at + 4);
}

/* ---- checksums, the long way: byte by byte, with the carry brought round each time ---- */

struct sum {
	uint32_t value;
	bool odd;
};

static void add(struct sum *s, const uint8_t *at, size_t bytes)
{
	for (size_t i = 0; i < bytes; i++, s->odd = !s->odd) {
		s->value += s->odd ? at[i] : (uint32_t)at[i] << 8;
		s->value = (s->value & 0xffff) + (s->value >> 16);
	}
}

/* What has its checksum inside adds up to this. */
static bool is_right(const struct sum *s)
{
	return s->value == 0xffff;
}

/* ---- layer by layer ---- */

static size_t link_bytes(const struct sw_frame *spec)
{
	return 14 + 4 * (size_t)spec->vlans;
}

static const char *link_fault(const struct sw_frame *spec, const uint8_t *answer)
{
	const uint8_t *at = answer + 12;

	if (memcmp(answer, spec->smac, 6) || memcmp(answer + 6, spec->dmac, 6))
		return "MAC addresses";
	for (unsigned i = 0; i < spec->vlans; i++, at += 4)
		if (get16(at) != (spec->vlan[i].tpid ? spec->vlan[i].tpid : 0x8100) ||
		    get16(at + 2) != spec->vlan[i].tci)
			return "VLAN tag";
	return get16(at) == (spec->source.family == 4 ? 0x0800 : 0x86dd) ? NULL : "ethertype";
}

static const char *ip4_fault(const struct sw_frame *spec, const uint8_t *ip)
{
	struct sum s = { 0 };

	add(&s, ip, 20);
	if (ip[0] != 0x45)
		return "version or header length";
	if (!is_right(&s))
		return "checksum of the IPv4 header";
	if (get16(ip + 2) != 40)
		return "total length";
	if (get16(ip + 6) & 0x3fff)
		return "it is a fragment";
	if (ip[8] != 64 || ip[9] != 6)
		return "TTL or protocol";
	if (get32(ip + 12) != (uint32_t)spec->dest.lo ||
	    get32(ip + 16) != (uint32_t)spec->source.lo)
		return "addresses";
	return NULL;
}

static const char *ip6_fault(const struct sw_frame *spec, const uint8_t *ip)
{
	if (get32(ip) != 0x60000000)
		return "version, class or flow";
	if (get16(ip + 4) != 20)
		return "payload length";
	if (ip[6] != 6 || ip[7] != 64)
		return "next header or hop limit";
	if (get64(ip + 8) != spec->dest.hi || get64(ip + 16) != spec->dest.lo ||
	    get64(ip + 24) != spec->source.hi || get64(ip + 32) != spec->source.lo)
		return "addresses";
	return NULL;
}

/* What the SYN takes of the numbers: itself, a FIN, its payload. */
static uint32_t acknowledged(const struct sw_frame *spec)
{
	return spec->seq + 1 + (spec->flags & SW_FRAME_FIN ? 1 : 0) + (uint32_t)spec->payload_bytes;
}

static const char *tcp_fault(const struct sw_frame *spec, const uint8_t *ip, const uint8_t *tcp)
{
	static const uint8_t pseudo[] = { 0, 6, 0, 20 };
	struct sum s = { 0 };

	add(&s, ip + (spec->source.family == 4 ? 12 : 8), spec->source.family == 4 ? 8 : 32);
	add(&s, pseudo, sizeof(pseudo));
	add(&s, tcp, 20);
	if (!is_right(&s))
		return "checksum of TCP";
	if (get16(tcp) != (spec->dport ? spec->dport : 25) ||
	    get16(tcp + 2) != (spec->sport ? spec->sport : 40000))
		return "ports";
	if (get32(tcp + 4))
		return "sequence number";
	if (get32(tcp + 8) != acknowledged(spec))
		return "acknowledged number";
	if (tcp[12] != 0x50 || tcp[13] != (SW_FRAME_RST | SW_FRAME_ACK))
		return "header length or flags";
	return get16(tcp + 14) || get16(tcp + 18) ? "window or urgent pointer" : NULL;
}

/* The frame is as long as it has to be, and what is behind the packet is zeros. A frame that was
 * too short for Ethernet stays that. */
static const char *length_fault(size_t end, const uint8_t *answer, size_t bytes)
{
	if (bytes > (end < 60 ? 60 : end))
		return "its tail is not cut";
	for (size_t i = end; bytes == 60 && i < bytes; i++)
		if (answer[i])
			return "padding";
	return NULL;
}

const char *sw_answer_fault(const struct sw_frame *spec, const uint8_t *answer, size_t bytes)
{
	size_t ip = link_bytes(spec), tcp = ip + (spec->source.family == 4 ? 20 : 40);
	const char *fault;

	if (bytes < tcp + 20)
		return "shorter than its headers";
	fault = link_fault(spec, answer);
	if (!fault)
		fault = spec->source.family == 4 ? ip4_fault(spec, answer + ip)
						 : ip6_fault(spec, answer + ip);
	if (!fault)
		fault = tcp_fault(spec, answer + ip, answer + tcp);
	return fault ? fault : length_fault(tcp + 20, answer, bytes);
}

/* ---- random SYNs ---- */

static uint64_t below(uint64_t *random, uint64_t n)
{
	return sw_random(random) % n;
}

static struct sw_prefix random_host(uint64_t *random, unsigned family)
{
	if (family == 4)
		return sw_prefix_ip4((uint32_t)(1 + below(random, 126)) << 24 |
					     (uint32_t)below(random, 1u << 24),
				     32);
	return sw_prefix_ip6(0x2000000000000000 | sw_random(random) >> 3, sw_random(random), 128);
}

static void add_extensions(uint64_t *random, struct sw_frame *f)
{
	static const uint8_t types[] = { SW_FRAME_HOPOPTS, SW_FRAME_ROUTING, SW_FRAME_DSTOPTS,
					 SW_FRAME_FRAGMENT };

	f->exts = (unsigned)below(random, 9);
	for (unsigned i = 0; i < f->exts; i++) {
		f->ext[i].type = types[below(random, 4)]; /* a fragment that is all there is */
		if (f->ext[i].type != SW_FRAME_FRAGMENT)
			f->ext[i].more = (uint8_t)below(random, 6);
	}
}

void sw_answer_random_syn(uint64_t *random, const uint8_t *options, struct sw_frame *ret)
{
	static const uint8_t beside[] = {
		0, 0, 0, SW_FRAME_FIN, SW_FRAME_ECE | SW_FRAME_CWR, SW_FRAME_PSH | SW_FRAME_URG
	};
	unsigned family = below(random, 2) ? 4 : 6;
	struct sw_frame f = { .source = random_host(random, family),
			      .dest = random_host(random, family),
			      .sport = (uint16_t)(1 + below(random, 65535)),
			      .dport = 25,
			      .seq = (uint32_t)sw_random(random),
			      .vlans = (unsigned)below(random, 3) };

	for (unsigned i = 0; i < 6; i++) {
		f.smac[i] = (uint8_t)sw_random(random) & (i ? 0xff : 0xfe);
		f.dmac[i] = (uint8_t)sw_random(random) & (i ? 0xff : 0xfe);
	}
	for (unsigned i = 0; i < f.vlans; i++)
		f.vlan[i] = (struct sw_frame_vlan){ below(random, 2) ? 0x8100 : 0x88a8,
						    (uint16_t)sw_random(random) };
	f.flags = SW_FRAME_SYN | beside[below(random, sizeof(beside))];
	f.tcp_options = f.ip_options = options;
	f.tcp_options_bytes = 4 * below(random, 11);
	f.payload_bytes = below(random, 3) ? 0 : below(random, 700);
	if (family == 4)
		f.ip_options_bytes = 4 * below(random, 11);
	else
		add_extensions(random, &f);
	*ret = f;
}
