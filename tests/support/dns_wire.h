/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * dns_wire - messages of the DNS made by hand, right and wrong ones. Ends the program where
 * it is used wrongly: a name that is none, too many bytes.
 *
 * An owner that is NULL is the question's name, as a pointer to it.
 */
#ifndef SYNWARD_TESTS_SUPPORT_DNS_WIRE_H
#define SYNWARD_TESTS_SUPPORT_DNS_WIRE_H

#include <stddef.h>
#include <stdint.h>

enum dns_wire_section {
	DNS_ANSWER,
	DNS_AUTHORITY,
	DNS_ADDITIONAL,
};

enum {
	DNS_TYPE_NS = 2,
	DNS_TYPE_CNAME = 5,
	DNS_TYPE_SOA = 6,
	DNS_TYPE_OPT = 41,
};

struct dns_wire {
	uint8_t bytes[65535];
	size_t n;
};

/* An answer without records. */
void dns_wire_start(struct dns_wire *w, const char *name, uint16_t type, unsigned rcode);
/* The answer to the query @q of @n bytes, whose id and question it copies. */
void dns_wire_answer(struct dns_wire *w, const uint8_t *q, size_t n, unsigned rcode);
void dns_wire_truncated(struct dns_wire *w); /* says so */

/* A record in @section; records come in the order of the sections. */
void dns_wire_record(struct dns_wire *w, enum dns_wire_section section, const char *owner,
		     uint16_t type, uint32_t ttl, const void *data, size_t n);

/* In the answer section: */
void dns_wire_a(struct dns_wire *w, const char *owner, uint32_t ttl, const char *address);
void dns_wire_aaaa(struct dns_wire *w, const char *owner, uint32_t ttl, const char *address);
void dns_wire_name(struct dns_wire *w, const char *owner, uint16_t type, uint32_t ttl,
		   const char *name); /* CNAME, PTR */
void dns_wire_mx(struct dns_wire *w, const char *owner, uint32_t ttl, uint16_t preference,
		 const char *name);
void dns_wire_txt(struct dns_wire *w, const char *owner, uint32_t ttl, const char *text);

/* In the authority section. */
void dns_wire_soa(struct dns_wire *w, const char *owner, uint32_t ttl, uint32_t minimum);

#endif
