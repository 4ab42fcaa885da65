/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Answers of the DNS, whatever they are. What is read is within its limits: names that can
 * be said and read again, text that ends, an answer or a failure and never both.
 */
#include <assert.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "dns/message.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_name(const char *text)
{
	struct sw_dns_name name;
	char again[SW_DNS_NAME];

	assert(strlen(text) < SW_DNS_NAME);
	if (!*text)
		return;
	assert(!sw_dns_name_parse(text, &name));
	assert(!sw_dns_name_format(&name, again));
	assert(!strcmp(text, again));
}

static void check_reply(const struct sw_dns_reply *reply, uint16_t type)
{
	const struct sw_dns_answer *a = &reply->answer;

	assert((a->status == SW_DNS_OK) == (a->n > 0));
	assert((a->status == SW_DNS_TEMPFAIL) == (a->trouble != SW_DNS_TROUBLE_NONE));
	assert(a->n <= SW_DNS_RECORDS);
	for (size_t i = 0; i < a->n; i++) {
		if (type == SW_DNS_TXT)
			assert(!a->record[i].txt.bytes[a->record[i].txt.n]);
		if (type == SW_DNS_PTR || type == SW_DNS_MX)
			check_name(a->record[i].name);
	}
}

/* As an answer to the question it says it has. */
static void check_message(const uint8_t *data, size_t size)
{
	struct sw_dns_reply *reply = NULL;
	struct sw_dns_name name;
	uint16_t type;
	int code;

	if (sw_dns_message_question(data, size, &name, &type))
		return;
	assert(sw_dns_name_is_wire(name.wire, name.n));
	code = sw_dns_message_reply(data, size, &name, type, &reply);
	assert(!code || code == -EMSGSIZE || code == -EPROTONOSUPPORT);
	if (code)
		return;
	check_reply(reply, type);
	sw_dns_reply_drop(reply);
}

/* As a name in text, which goes out and comes back. */
static void check_text(const uint8_t *data, size_t size)
{
	uint8_t query[SW_DNS_QUERY];
	struct sw_dns_name name, back;
	char text[1200], said[SW_DNS_NAME];
	uint16_t type;
	size_t n;

	if (size >= sizeof(text))
		return;
	memcpy(text, data, size);
	text[size] = '\0';
	if (sw_dns_name_parse(text, &name))
		return;
	assert(sw_dns_name_is_wire(name.wire, name.n));
	if (!sw_dns_name_format(&name, said))
		check_name(said);
	n = sw_dns_message_ask(&name, SW_DNS_A, 1, SW_DNS_PAYLOAD, query);
	assert(n <= sizeof(query));
	query[2] |= 0x80;
	assert(!sw_dns_message_question(query, n, &back, &type));
	assert(type == SW_DNS_A && sw_dns_name_equal(&name, &back));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	check_message(data, size);
	check_text(data, size);
	return 0;
}
