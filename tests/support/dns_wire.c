/* SPDX-License-Identifier: GPL-2.0-only */
/* dns_wire - see dns_wire.h. */
#include "dns_wire.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "dns/name.h"

#define HEADER 12

static void put(struct dns_wire *w, const void *data, size_t n)
{
	if (n > sizeof(w->bytes) - w->n)
		abort();
	memcpy(w->bytes + w->n, data, n);
	w->n += n;
}

static void put16(struct dns_wire *w, unsigned v)
{
	const uint8_t bytes[2] = { (uint8_t)(v >> 8), (uint8_t)v };

	put(w, bytes, sizeof(bytes));
}

static void put32(struct dns_wire *w, uint32_t v)
{
	put16(w, v >> 16);
	put16(w, v & 0xffff);
}

static struct sw_dns_name parse(const char *text)
{
	struct sw_dns_name name = { .n = 1 };

	if (*text && sw_dns_name_parse(text, &name))
		abort();
	return name;
}

void dns_wire_start(struct dns_wire *w, const char *name, uint16_t type, unsigned rcode)
{
	struct sw_dns_name wire = parse(name);

	w->n = 0;
	put16(w, 0);
	put16(w, 0x8180 | rcode);
	put16(w, 1);
	put16(w, 0);
	put32(w, 0);
	put(w, wire.wire, wire.n);
	put16(w, type);
	put16(w, 1);
}

void dns_wire_answer(struct dns_wire *w, const uint8_t *q, size_t n, unsigned rcode)
{
	size_t at = HEADER;

	if (n < HEADER || sw_dns_name_skip(q, n, &at) || at + 4 > n)
		abort();
	w->n = 0;
	put(w, q, 2);
	put16(w, 0x8180 | rcode);
	put16(w, 1);
	put16(w, 0);
	put32(w, 0);
	put(w, q + HEADER, at + 4 - HEADER);
}

void dns_wire_truncated(struct dns_wire *w)
{
	w->bytes[2] |= 0x02;
}

void dns_wire_record(struct dns_wire *w, enum dns_wire_section section, const char *owner,
		     uint16_t type, uint32_t ttl, const void *data, size_t n)
{
	uint8_t *count = w->bytes + 6 + 2 * section;
	unsigned records = (unsigned)(count[0] << 8 | count[1]) + 1;

	count[0] = (uint8_t)(records >> 8);
	count[1] = (uint8_t)records;
	if (owner) {
		struct sw_dns_name name = parse(owner);

		put(w, name.wire, name.n);
	} else {
		put16(w, 0xc000 | HEADER);
	}
	put16(w, type);
	put16(w, 1);
	put32(w, ttl);
	put16(w, (unsigned)n);
	put(w, data, n);
}

void dns_wire_a(struct dns_wire *w, const char *owner, uint32_t ttl, const char *address)
{
	uint8_t bytes[4];

	if (inet_pton(AF_INET, address, bytes) != 1)
		abort();
	dns_wire_record(w, DNS_ANSWER, owner, SW_DNS_A, ttl, bytes, sizeof(bytes));
}

void dns_wire_aaaa(struct dns_wire *w, const char *owner, uint32_t ttl, const char *address)
{
	uint8_t bytes[16];

	if (inet_pton(AF_INET6, address, bytes) != 1)
		abort();
	dns_wire_record(w, DNS_ANSWER, owner, SW_DNS_AAAA, ttl, bytes, sizeof(bytes));
}

void dns_wire_name(struct dns_wire *w, const char *owner, uint16_t type, uint32_t ttl,
		   const char *name)
{
	struct sw_dns_name wire = parse(name);

	dns_wire_record(w, DNS_ANSWER, owner, type, ttl, wire.wire, wire.n);
}

void dns_wire_mx(struct dns_wire *w, const char *owner, uint32_t ttl, uint16_t preference,
		 const char *name)
{
	struct sw_dns_name wire = parse(name);
	uint8_t data[2 + SW_DNS_WIRE] = { (uint8_t)(preference >> 8), (uint8_t)preference };

	memcpy(data + 2, wire.wire, wire.n);
	dns_wire_record(w, DNS_ANSWER, owner, SW_DNS_MX, ttl, data, 2u + wire.n);
}

void dns_wire_txt(struct dns_wire *w, const char *owner, uint32_t ttl, const char *text)
{
	uint8_t data[4096];
	size_t n = 0, left = strlen(text);

	do { /* in strings of at most 255 bytes */
		size_t part = left < 255 ? left : 255;

		if (n + 1 + part > sizeof(data))
			abort();
		data[n++] = (uint8_t)part;
		memcpy(data + n, text, part);
		n += part;
		text += part;
		left -= part;
	} while (left);
	dns_wire_record(w, DNS_ANSWER, owner, SW_DNS_TXT, ttl, data, n);
}

void dns_wire_soa(struct dns_wire *w, const char *owner, uint32_t ttl, uint32_t minimum)
{
	uint8_t data[2 + 20] = { 0 }; /* both names are the root */

	for (int i = 0; i < 4; i++)
		data[sizeof(data) - 1 - i] = (uint8_t)(minimum >> 8 * i);
	dns_wire_record(w, DNS_AUTHORITY, owner, DNS_TYPE_SOA, ttl, data, sizeof(data));
}
