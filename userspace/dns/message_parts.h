/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * message_parts - what the two halves of reading a message share. message.h is the interface.
 *
 *    message.c          questions; an answer's head, where its CNAMEs lead, absence
 *    message_records.c  the data of its records
 */
#ifndef SYNWARD_DNS_MESSAGE_PARTS_H
#define SYNWARD_DNS_MESSAGE_PARTS_H

#include "dns/message.h"

#define SW_MESSAGE_HEADER 12

/* Where a record is. */
struct sw_message_found {
	uint32_t owner, data; /* offsets */
	uint32_t ttl;
	uint16_t type, bytes;
};

struct sw_message {
	const uint8_t *message;
	size_t n;
	uint16_t type;
	unsigned rcode, answers, authorities, additionals;
	size_t at;
	struct sw_dns_name name; /* that is asked for, then where CNAMEs led */
	bool chained;
	bool resolves; /* who answers says that it asks others for us */
	uint32_t ttl;
	size_t count; /* of found */
	struct sw_message_found *found;
};

static inline uint16_t sw_message_get16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static inline uint32_t sw_message_get32(const uint8_t *p)
{
	return (uint32_t)sw_message_get16(p) << 16 | sw_message_get16(p + 2);
}

/* Is @f owned by m->name? */
bool sw_message_owned(const struct sw_message *m, const struct sw_message_found *f);

/* The records of m->type at m->name. -EBADMSG, -ENOMEM. */
int sw_message_records(struct sw_message *m, struct sw_dns_reply **ret);

#endif
