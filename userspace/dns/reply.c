/* SPDX-License-Identifier: GPL-2.0-only */
/* reply - see reply.h. */
#include "reply.h"

#include <stdlib.h>

struct sw_dns_reply *sw_dns_reply_new(size_t n, size_t text)
{
	size_t bytes = sizeof(struct sw_dns_reply) + n * sizeof(struct sw_dns_record) + text;
	struct sw_dns_reply *reply = malloc(bytes);

	if (!reply)
		return NULL;
	reply->answer = (struct sw_dns_answer){ .record = reply->record, .n = n };
	reply->holders = 1;
	reply->bytes = (uint32_t)bytes;
	return reply;
}

char *sw_dns_reply_text(struct sw_dns_reply *reply)
{
	return (char *)&reply->record[reply->answer.n];
}

struct sw_dns_reply *sw_dns_reply_trouble(enum sw_dns_trouble trouble)
{
	struct sw_dns_reply *reply = sw_dns_reply_new(0, 0);

	if (reply) {
		reply->answer.status = SW_DNS_TEMPFAIL;
		reply->answer.trouble = trouble;
	}
	return reply;
}

struct sw_dns_reply *sw_dns_reply_drop(struct sw_dns_reply *reply)
{
	if (reply && !--reply->holders)
		free(reply);
	return NULL;
}
