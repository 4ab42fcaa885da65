/* SPDX-License-Identifier: GPL-2.0-only */
/* maillog_act - what becomes of a line that a pattern has matched. */
#include <string.h>

#include "maillog_parts.h"

/* Enough for any message, and too few to be of use to one who lies about them. */
#define RECIPIENTS_MAX 100000

struct deed {
	struct sw_maillog *m;
	const struct message *message;
	const struct sw_regex_found *found;
	struct sw_maillog_result *ret;
};

static struct sw_piece field(const struct deed *d, enum sw_field i)
{
	return d->found->field[i];
}

/* An IPv4 address in IPv6 clothes (RFC 4291, 2.5.5.2) is an IPv4 source. */
static bool parse_source(struct sw_piece text, struct sw_prefix *ret)
{
	struct sw_prefix p;

	if (!text.at || sw_prefix_parse(text.at, text.n, &p) || p.len != sw_prefix_full(&p))
		return false;
	*ret = sw_prefix_unmapped(&p);
	return true;
}

static struct sw_mailid *known(const struct deed *d)
{
	struct sw_piece id = field(d, SW_FIELD_ID);

	return id.at ? sw_mailids_get(d->m->ids, d->message->scope, id.at, id.n) : NULL;
}

/* Who it was: the line says it, or an earlier one has. */
static bool find_source(const struct deed *d, struct sw_prefix *ret)
{
	const struct sw_mailid *id;

	if (field(d, SW_FIELD_IP).at)
		return parse_source(field(d, SW_FIELD_IP), ret);
	id = known(d);
	if (!id || !id->source.family)
		return false;
	*ret = id->source;
	return true;
}

static uint32_t number(struct sw_piece text)
{
	uint32_t n = 0;

	for (size_t i = 0; i < text.n && n < RECIPIENTS_MAX; i++)
		n = 10 * n + (uint32_t)(text.at[i] - '0');
	return n < RECIPIENTS_MAX ? n : RECIPIENTS_MAX;
}

static void tell(const struct deed *d, enum sw_mta_kind kind, const struct sw_prefix *source,
		 uint64_t recipients, struct sw_piece rcpt)
{
	struct sw_maillog_result *ret = d->ret;

	recipients *= d->message->times;
	if (!recipients || kind >= SW_MTA_KINDS || ret->n == SW_MAILLOG_EVENTS)
		return;
	ret->fate = SW_MAILLOG_EVENT;
	ret->event[ret->n++] = (struct sw_mta_event){
		.kind = kind,
		.source = *source,
		.recipients = recipients < RECIPIENTS_MAX ? (uint32_t)recipients : RECIPIENTS_MAX,
		.rcpt = rcpt.n ? rcpt.at : NULL,
		.rcpt_n = rcpt.n,
		.time_ms = d->message->time_ms,
	};
}

static const struct sw_piece nobody = { NULL, 0 };

static void refused_rcpt(const struct deed *d)
{
	struct reply reply = maillog_reply(d->m, field(d, SW_FIELD_TEXT), nobody);
	struct sw_piece rcpt = field(d, SW_FIELD_RCPT);
	struct sw_prefix source;

	if (reply.soft || field(d, SW_FIELD_SOFT).at || reply.kind == SW_MTA_KINDS) {
		d->ret->fate = SW_MAILLOG_DEFERRED;
		return;
	}
	if (!find_source(d, &source))
		return;
	if (!rcpt.at)
		rcpt = reply.rcpt;
	if (rcpt.n > 1 && *rcpt.at == '<' && rcpt.at[rcpt.n - 1] == '>') {
		rcpt.at++;
		rcpt.n -= 2;
	}
	/* in another reason's reply the address can be the sender's */
	tell(d, reply.kind, &source, 1, reply.kind == SW_MTA_OTHER_REJECT ? nobody : rcpt);
}

static void refused(const struct deed *d)
{
	struct reply reply = maillog_reply(d->m, field(d, SW_FIELD_TEXT), nobody);
	struct sw_prefix source;

	if (reply.soft || field(d, SW_FIELD_SOFT).at || reply.kind == SW_MTA_KINDS)
		d->ret->fate = SW_MAILLOG_DEFERRED;
	else if ((reply.sure || !field(d, SW_FIELD_TEXT).at) && find_source(d, &source))
		tell(d, SW_MTA_OTHER_REJECT, &source, 1, nobody);
}

static struct sw_mailid *remember(const struct deed *d, enum sw_field name)
{
	struct sw_piece id = field(d, name);

	return id.at ? sw_mailids_put(d->m->ids, d->message->scope, id.at, id.n) : NULL;
}

static bool is_loopback(struct sw_piece text)
{
	struct sw_prefix p;

	return parse_source(text, &p) &&
	       (p.family == 4 ? p.lo >> 24 == 127 : p.hi == 0 && p.lo == 1);
}

/*
 * Were the recipients of what a filter or relay hands on counted when it came? If the server it
 * came to writes to this log: then its id there is known; or it is this machine. A filter that
 * Postfix asks before it takes a message (smtpd_proxy_filter) has no id.
 */
static bool was_counted(const struct deed *d)
{
	struct sw_piece alt = field(d, SW_FIELD_ALT);

	if (!alt.at || (alt.n == 7 && !memcmp(alt.at, "NOQUEUE", 7)))
		return false;
	return is_loopback(field(d, SW_FIELD_IP)) ||
	       sw_mailids_get(d->m->ids, d->message->scope, alt.at, alt.n);
}

static void client(const struct deed *d)
{
	bool counted = field(d, SW_FIELD_ORIG).at && was_counted(d);
	struct sw_piece orig = field(d, SW_FIELD_ORIG);
	struct sw_prefix source;
	struct sw_mailid *id;

	if (!parse_source(orig.at ? orig : field(d, SW_FIELD_IP), &source))
		return;
	id = remember(d, SW_FIELD_ID);
	if (!id)
		return;
	memset(id->pending, 0, sizeof(id->pending));
	id->source = source;
	id->authenticated = field(d, SW_FIELD_AUTH).at;
	id->counted = counted;
}

static void accepted(const struct deed *d)
{
	struct sw_mailid *id = known(d), *alt;
	bool again = field(d, SW_FIELD_ALT).at; /* a session has many messages */
	struct sw_mailid copy;

	if (!id || !id->source.family || (id->counted && !again))
		return;
	id->counted = true;
	copy = *id;
	tell(d, SW_MTA_ACCEPTED_RCPT, &copy.source, number(field(d, SW_FIELD_N)), nobody);
	alt = remember(d, SW_FIELD_ALT); /* it may take the place of id */
	if (alt) {
		alt->source = copy.source;
		alt->authenticated = copy.authenticated;
		alt->counted = true;
	}
}

static void delivered(const struct deed *d)
{
	const struct sw_mailid *id = known(d);

	if (id && id->source.family)
		tell(d, SW_MTA_ACCEPTED_RCPT, &id->source, 1, nobody);
}

/* What a user of ours gets back from elsewhere says nothing of strangers. */
static void bounced(const struct deed *d)
{
	const struct sw_mailid *id = known(d);
	struct reply reply;

	if (!id || !id->source.family || id->authenticated)
		return;
	reply = maillog_reply(d->m, field(d, SW_FIELD_TEXT), field(d, SW_FIELD_DSN));
	if (reply.soft || (reply.kind != SW_MTA_UNKNOWN_RCPT && reply.kind != SW_MTA_DISABLED_RCPT))
		return;
	tell(d, reply.kind, &id->source, 1, field(d, SW_FIELD_RCPT));
	for (size_t i = 0; i < d->ret->n; i++)
		d->ret->event[i].taken = id->counted;
}

static void pending(const struct deed *d)
{
	struct reply reply = maillog_reply(d->m, field(d, SW_FIELD_TEXT), nobody);
	struct sw_mailid *id;

	if (reply.soft || reply.kind == SW_MTA_KINDS)
		d->ret->fate = SW_MAILLOG_DEFERRED;
	else if (reply.sure && (id = remember(d, SW_FIELD_ID)) &&
		 id->pending[reply.kind] < RECIPIENTS_MAX)
		id->pending[reply.kind] += d->message->times;
}

static void sender(const struct deed *d)
{
	uint32_t n = number(field(d, SW_FIELD_N));
	struct sw_mailid *id = known(d);
	struct sw_prefix source;

	if (!parse_source(field(d, SW_FIELD_IP), &source))
		return;
	for (int kind = 0; id && kind < SW_MTA_KINDS; kind++) {
		tell(d, (enum sw_mta_kind)kind, &source, id->pending[kind], nobody);
		id->pending[kind] = 0;
	}
	tell(d, SW_MTA_ACCEPTED_RCPT, &source, n, nobody);
	if (n && (id = remember(d, SW_FIELD_ID))) {
		id->source = source;
		id->counted = true;
	} else if (id) {
		sw_mailids_drop(d->m->ids, id);
	}
}

void maillog_act(struct sw_maillog *m, const struct pattern_row *row, const struct message *message,
		 const struct sw_regex_found *found, struct sw_maillog_result *ret)
{
	const struct deed d = { m, message, found, ret };
	struct sw_mailid *id;

	ret->fate = SW_MAILLOG_NOTHING;
	switch (row->action) {
	case ACTION_NONE:
		break;
	case ACTION_REFUSED_RCPT:
		refused_rcpt(&d);
		break;
	case ACTION_REFUSED:
		refused(&d);
		break;
	case ACTION_CLIENT:
		client(&d);
		break;
	case ACTION_AUTHENTICATED:
		id = remember(&d, SW_FIELD_ID);
		if (id)
			id->authenticated = true;
		break;
	case ACTION_ACCEPTED:
		accepted(&d);
		break;
	case ACTION_DELIVERED:
		delivered(&d);
		break;
	case ACTION_BOUNCED:
		bounced(&d);
		break;
	case ACTION_PENDING:
		pending(&d);
		break;
	case ACTION_SENDER:
		sender(&d);
		break;
	case ACTION_FORGET:
		id = known(&d);
		if (id)
			sw_mailids_drop(m->ids, id);
		break;
	}
}
