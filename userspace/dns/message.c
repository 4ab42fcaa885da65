/* SPDX-License-Identifier: GPL-2.0-only */
/* message - see message.h; message_records.c has the data of records. */
#include "message_parts.h"

#include <errno.h>
#include <stdlib.h>

#define FIXED 10 /* of a record, behind its name */
#define FOUND 512 /* records that are looked at; each takes 11 bytes at least */
#define CLASS_IN 1
#define TYPE_NS 2
#define TYPE_CNAME 5
#define TYPE_SOA 6
#define TYPE_OPT 41

/* Bits of the second half word of the header. */
#define IS_ANSWER 0x8000
#define OPCODE 0x7800
#define TRUNCATED 0x0200
#define RECURSE 0x0100
#define RESOLVES 0x0080
#define RCODE 0x000f

enum rcode {
	RCODE_OK = 0,
	RCODE_FORMERR = 1,
	RCODE_SERVFAIL = 2,
	RCODE_NXDOMAIN = 3,
	RCODE_NOTIMP = 4,
	RCODE_REFUSED = 5,
	RCODE_NOTAUTH = 9,
};

static uint8_t *put16(uint8_t *p, uint16_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
	return p + 2;
}

size_t sw_dns_message_ask(const struct sw_dns_name *name, uint16_t type, uint16_t id,
			  uint16_t payload, uint8_t ret[SW_DNS_QUERY])
{
	uint8_t *p = ret;

	p = put16(p, id);
	p = put16(p, RECURSE);
	p = put16(p, 1);
	p = put16(p, 0);
	p = put16(p, 0);
	p = put16(p, payload ? 1 : 0);
	memcpy(p, name->wire, name->n);
	p = put16(p + name->n, type);
	p = put16(p, CLASS_IN);
	if (payload) {
		*p++ = 0; /* the root owns it */
		p = put16(p, TYPE_OPT);
		p = put16(p, payload);
		memset(p, 0, 6); /* flags, and no options */
		p += 6;
	}
	return (size_t)(p - ret);
}

int sw_dns_message_question(const uint8_t *message, size_t n, struct sw_dns_name *name,
			    uint16_t *type)
{
	size_t at = SW_MESSAGE_HEADER;
	uint16_t bits;

	if (n < SW_MESSAGE_HEADER)
		return -EBADMSG;
	bits = sw_message_get16(message + 2);
	if (!(bits & IS_ANSWER) || bits & OPCODE || sw_message_get16(message + 4) != 1 ||
	    sw_dns_name_read(message, n, &at, name) || at + 4 > n ||
	    sw_message_get16(message + at + 2) != CLASS_IN)
		return -EBADMSG;
	*type = sw_message_get16(message + at);
	return 0;
}

/* ---- records ---- */

/* The record at m->at, and go behind it. */
static int next_record(struct sw_message *m, struct sw_message_found *ret, uint16_t *class)
{
	const uint8_t *p;
	size_t at = m->at;

	if (sw_dns_name_skip(m->message, m->n, &at) || at + FIXED > m->n)
		return -EBADMSG;
	p = m->message + at;
	ret->owner = (uint32_t)m->at;
	ret->type = sw_message_get16(p);
	*class = sw_message_get16(p + 2);
	ret->ttl = sw_message_get32(p + 4);
	if (ret->ttl & 0x80000000) /* RFC 2181 8 */
		ret->ttl = 0;
	ret->bytes = sw_message_get16(p + 8);
	ret->data = (uint32_t)(at + FIXED);
	m->at = ret->data + ret->bytes;
	return m->at > m->n ? -EBADMSG : 0;
}

/* The records of the answer that can matter. Whose they are has to be readable: else they would
 * be nobody's, and the answer would say that there is nothing. */
static int find_answers(struct sw_message *m)
{
	size_t room = m->answers < FOUND ? m->answers : FOUND, at;
	struct sw_message_found f;
	struct sw_dns_name owner;
	uint16_t class;

	if (room > m->n / (FIXED + 1))
		room = m->n / (FIXED + 1);
	m->found = calloc(room ? room : 1, sizeof(*m->found));
	if (!m->found)
		return -ENOMEM;
	for (unsigned i = 0; i < m->answers; i++) {
		if (next_record(m, &f, &class))
			return -EBADMSG;
		if (class != CLASS_IN || (f.type != m->type && f.type != TYPE_CNAME))
			continue;
		at = f.owner;
		if (!sw_message_owned(m, &f) && sw_dns_name_read(m->message, m->n, &at, &owner))
			return -EBADMSG;
		if (m->count < room)
			m->found[m->count++] = f;
	}
	return 0;
}

/* Is there a record of the type at m->name? */
static bool has_records(const struct sw_message *m)
{
	for (size_t i = 0; i < m->count; i++)
		if (m->found[i].type == m->type && sw_message_owned(m, &m->found[i]))
			return true;
	return false;
}

/* Go where the CNAME of m->name leads. 1: there is none. */
static int follow(struct sw_message *m)
{
	for (size_t i = 0; i < m->count; i++) {
		const struct sw_message_found *f = &m->found[i];
		size_t at = f->data;
		struct sw_dns_name target;

		if (f->type != TYPE_CNAME || !sw_message_owned(m, f))
			continue;
		if (sw_dns_name_read(m->message, m->n, &at, &target) || at != f->data + f->bytes)
			return -EBADMSG;
		m->name = target;
		m->chained = true;
		if (f->ttl < m->ttl)
			m->ttl = f->ttl;
		return 0;
	}
	return 1;
}

/* To the end of the chain. 1: with no records there. */
static int follow_all(struct sw_message *m)
{
	for (int i = 0; i <= SW_DNS_CHAIN; i++) {
		int code;

		if (has_records(m))
			return 0;
		code = follow(m);
		if (code)
			return code;
	}
	return -EBADMSG; /* a loop, or as good as one */
}

/* ---- their absence ---- */

/* For how long a record of type SOA says that there is nothing; RFC 2308 5. */
static int absence_ttl(const struct sw_message *m, const struct sw_message_found *f, uint32_t *ret)
{
	size_t at = f->data;
	uint32_t minimum;

	/* two names, then five numbers of which it is the last */
	for (int i = 0; i < 2; i++)
		if (sw_dns_name_skip(m->message, m->n, &at))
			return -EBADMSG;
	if (at + 20 != f->data + f->bytes)
		return -EBADMSG;
	minimum = sw_message_get32(m->message + at + 16);
	*ret = minimum < f->ttl ? minimum : f->ttl;
	return 0;
}

/* Are there records of the type, of whomever? */
static bool has_strays(const struct sw_message *m)
{
	for (size_t i = 0; i < m->count; i++)
		if (m->found[i].type == m->type)
			return true;
	return false;
}

/* Nothing is there: for how long, by the authority section; is it a referral? -EBADMSG also where
 * others have what was asked for, and nobody says that the name has not. */
static int read_authority(struct sw_message *m, bool *referral)
{
	bool servers = false, soa = false;
	struct sw_message_found f;
	uint16_t class;

	for (unsigned i = 0; i < m->authorities; i++) {
		struct sw_dns_name owner;
		size_t at = m->at;
		uint32_t ttl;

		if (next_record(m, &f, &class))
			return -EBADMSG;
		if (class != CLASS_IN)
			continue;
		servers |= f.type == TYPE_NS;
		if (f.type != TYPE_SOA || soa || sw_dns_name_read(m->message, m->n, &at, &owner) ||
		    !sw_dns_name_is_within(&m->name, &owner))
			continue;
		if (absence_ttl(m, &f, &ttl))
			return -EBADMSG;
		soa = true;
		if (ttl < m->ttl)
			m->ttl = ttl;
	}
	if (!soa && has_strays(m))
		return -EBADMSG;
	if (!soa)
		m->ttl = 0; /* RFC 2308 5: not to be kept */
	/* who does not resolve leaves the end of a chain to us */
	*referral = !soa && (servers || (m->chained && !m->resolves));
	return 0;
}

static int reply_absence(struct sw_message *m, struct sw_dns_reply **ret)
{
	bool referral;
	struct sw_dns_reply *reply;

	if (read_authority(m, &referral))
		return -EBADMSG;
	if (referral && m->rcode == RCODE_OK)
		reply = sw_dns_reply_trouble(SW_DNS_REFUSED);
	else
		reply = sw_dns_reply_new(0, 0);
	if (!reply)
		return -ENOMEM;
	if (!reply->answer.trouble) {
		reply->answer.status = m->rcode == RCODE_OK ? SW_DNS_NODATA : SW_DNS_NXDOMAIN;
		reply->answer.ttl = m->ttl;
	}
	*ret = reply;
	return 0;
}

/* ---- the whole ---- */

/* Has it an OPT record, and what is the upper part of the rcode there? It may stand
 * behind whatever else, so all is walked over; what is cut off there is nobody's loss. */
static bool find_opt(struct sw_message m, unsigned *extended)
{
	unsigned records = m.answers + m.authorities + m.additionals;
	struct sw_message_found f;
	uint16_t class;

	if (!m.additionals)
		return false;
	for (unsigned i = 0; i < records && !next_record(&m, &f, &class); i++) {
		if (f.type != TYPE_OPT || i < m.answers + m.authorities)
			continue;
		*extended = m.message[f.data - 6];
		return true;
	}
	return false;
}

static enum sw_dns_trouble trouble_of(unsigned rcode)
{
	switch (rcode) {
	case RCODE_FORMERR:
		return SW_DNS_MALFORMED;
	case RCODE_NOTIMP:
	case RCODE_REFUSED:
	case RCODE_NOTAUTH:
		return SW_DNS_REFUSED;
	default:
		return SW_DNS_SERVFAIL;
	}
}

static int read_answer(struct sw_message *m, struct sw_dns_reply **ret)
{
	int code = find_answers(m);

	if (!code)
		code = follow_all(m);
	if (code < 0)
		return code;
	if (code) /* nothing at the end of the chain */
		return reply_absence(m, ret);
	/* records of a name that does not exist */
	return m->rcode == RCODE_NXDOMAIN ? -EBADMSG : sw_message_records(m, ret);
}

int sw_dns_message_reply(const uint8_t *message, size_t n, const struct sw_dns_name *name,
			 uint16_t type, struct sw_dns_reply **ret)
{
	struct sw_message m = { .message = message, .n = n, .type = type, .ttl = UINT32_MAX };
	unsigned extended = 0;
	uint16_t asked;
	int code = -EBADMSG;
	bool opt;

	if (!sw_dns_message_question(message, n, &m.name, &asked) && asked == type &&
	    sw_dns_name_equal(&m.name, name)) {
		if (sw_message_get16(message + 2) & TRUNCATED)
			return -EMSGSIZE;
		m.rcode = sw_message_get16(message + 2) & RCODE;
		m.resolves = sw_message_get16(message + 2) & RESOLVES;
		m.answers = sw_message_get16(message + 6);
		m.authorities = sw_message_get16(message + 8);
		m.additionals = sw_message_get16(message + 10);
		m.at = SW_MESSAGE_HEADER;
		sw_dns_name_skip(message, n, &m.at);
		m.at += 4;
		opt = find_opt(m, &extended);
		/* RFC 6891 7, and NOTIMP as RFC 2671 5.3 had it */
		if ((m.rcode == RCODE_FORMERR || m.rcode == RCODE_NOTIMP) && !opt)
			return -EPROTONOSUPPORT;
		if (extended || (m.rcode != RCODE_OK && m.rcode != RCODE_NXDOMAIN)) {
			*ret = sw_dns_reply_trouble(trouble_of(extended ? ~0u : m.rcode));
			return *ret ? 0 : -ENOMEM;
		}
		code = read_answer(&m, ret);
		free(m.found);
	}
	if (code == -EBADMSG) {
		*ret = sw_dns_reply_trouble(SW_DNS_MALFORMED);
		code = *ret ? 0 : -ENOMEM;
	}
	return code;
}
