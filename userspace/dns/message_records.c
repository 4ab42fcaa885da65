/* SPDX-License-Identifier: GPL-2.0-only */
/* message_records - the data of records: looked at all over, counted, then filled in. */
#include <errno.h>
#include <sys/types.h>

#include "message_parts.h"

/* By m->name? */
bool sw_message_owned(const struct sw_message *m, const struct sw_message_found *f)
{
	struct sw_dns_name owner;
	size_t at = f->owner;

	/* the most frequent owner: a pointer to the question */
	if (!m->chained && sw_message_get16(m->message + at) == (0xc000 | SW_MESSAGE_HEADER))
		return true;
	return !sw_dns_name_read(m->message, m->n, &at, &owner) &&
	       sw_dns_name_equal(&owner, &m->name);
}

/* Bytes of the text of a TXT record, its strings joined; -EBADMSG. */
static ssize_t join_strings(const uint8_t *data, size_t n, char *out)
{
	size_t at = 0, bytes = 0;

	while (at < n) {
		uint8_t length = data[at++];

		if (at + length > n)
			return -EBADMSG;
		if (out)
			memcpy(out + bytes, data + at, length);
		bytes += length;
		at += length;
	}
	return (ssize_t)bytes;
}

/* The name in the data of @f, from byte @skip on, as text; -ENAMETOOLONG as such. */
static int data_name(const struct sw_message *m, const struct sw_message_found *f, size_t skip,
		     char text[SW_DNS_NAME])
{
	size_t at = f->data + skip;
	struct sw_dns_name name;

	if (f->bytes < skip || sw_dns_name_read(m->message, m->n, &at, &name) ||
	    at != f->data + f->bytes)
		return -EBADMSG;
	return sw_dns_name_format(&name, text);
}

/* Bytes that the text of @f takes, with its NUL. -ENAMETOOLONG: it is to be passed over. */
static ssize_t text_bytes(const struct sw_message *m, const struct sw_message_found *f)
{
	char text[SW_DNS_NAME];
	ssize_t bytes;
	int code;

	switch (m->type) {
	case SW_DNS_A:
		return f->bytes == 4 ? 0 : -EBADMSG;
	case SW_DNS_AAAA:
		return f->bytes == 16 ? 0 : -EBADMSG;
	case SW_DNS_PTR:
	case SW_DNS_MX:
		code = data_name(m, f, m->type == SW_DNS_MX ? 2 : 0, text);
		return code ? code : (ssize_t)strlen(text) + 1;
	case SW_DNS_TXT:
		bytes = join_strings(m->message + f->data, f->bytes, NULL);
		return bytes < 0 ? bytes : bytes + 1;
	default:
		return -ENAMETOOLONG; /* nothing that we can say */
	}
}

/* Fill in @record from @f, whose text_bytes() were right; the end of the text. */
static char *fill(const struct sw_message *m, const struct sw_message_found *f,
		  struct sw_dns_record *record, char *text)
{
	const uint8_t *data = m->message + f->data;

	memset(record, 0, sizeof(*record));
	switch (m->type) {
	case SW_DNS_A:
		memcpy(record->a, data, 4);
		return text;
	case SW_DNS_AAAA:
		memcpy(record->aaaa, data, 16);
		return text;
	case SW_DNS_TXT:
		record->txt.bytes = text;
		record->txt.n = (size_t)join_strings(data, f->bytes, text);
		text[record->txt.n] = '\0';
		return text + record->txt.n + 1;
	default:
		if (m->type == SW_DNS_MX)
			record->preference = sw_message_get16(data);
		record->name = text;
		data_name(m, f, m->type == SW_DNS_MX ? 2 : 0, text);
		return text + strlen(text) + 1;
	}
}

/* Those of m->found that are kept, moved to its front; their text in *@text. -errno. */
static ssize_t choose(struct sw_message *m, size_t *text)
{
	size_t kept = 0;

	for (size_t i = 0; i < m->count && kept < SW_DNS_RECORDS; i++) {
		const struct sw_message_found f = m->found[i];
		ssize_t bytes;

		if (f.type != m->type || !sw_message_owned(m, &f))
			continue;
		bytes = text_bytes(m, &f);
		if (bytes == -EBADMSG)
			return bytes;
		if (f.ttl < m->ttl)
			m->ttl = f.ttl;
		if (bytes < 0)
			continue;
		*text += (size_t)bytes;
		m->found[kept++] = f;
	}
	return (ssize_t)kept;
}

int sw_message_records(struct sw_message *m, struct sw_dns_reply **ret)
{
	size_t text = 0;
	ssize_t n = choose(m, &text);
	struct sw_dns_reply *reply;
	char *end;

	if (n < 0)
		return (int)n;
	reply = sw_dns_reply_new((size_t)n, text);
	if (!reply)
		return -ENOMEM;
	reply->answer.status = n ? SW_DNS_OK : SW_DNS_NODATA;
	reply->answer.ttl = m->ttl;
	end = sw_dns_reply_text(reply);
	for (ssize_t i = 0; i < n; i++)
		end = fill(m, &m->found[i], &reply->record[i], end);
	*ret = reply;
	return 0;
}
