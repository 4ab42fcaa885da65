/* SPDX-License-Identifier: GPL-2.0-only */
/* session - see session.h. */
#include "session.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

static uint64_t be64(const uint8_t *bytes)
{
	uint64_t value = 0;

	for (unsigned i = 0; i < 8; i++)
		value = value << 8 | bytes[i];
	return value;
}

static struct sw_prefix address_of(const struct sockaddr *peer)
{
	struct sw_prefix none = { 0 };

	if (peer && peer->sa_family == AF_INET) {
		struct sockaddr_in in;

		memcpy(&in, peer, sizeof(in));
		return sw_prefix_ip4(ntohl(in.sin_addr.s_addr), 32);
	}
	if (peer && peer->sa_family == AF_INET6) {
		struct sockaddr_in6 in6;
		struct sw_prefix address;
		uint64_t hi, lo;

		memcpy(&in6, peer, sizeof(in6));
		hi = be64(in6.sin6_addr.s6_addr);
		lo = be64(in6.sin6_addr.s6_addr + 8);
		address = sw_prefix_ip6(hi, lo, 128);
		return sw_prefix_unmapped(&address);
	}
	return none;
}

/* This machine: 0/8, 127/8, ::, ::1; and fe80::/10, which is nobody without its interface. */
static bool is_local(const struct sw_prefix *p)
{
	if (p->family == 4)
		return p->lo >> 24 == 127 || p->lo >> 24 == 0;
	return p->hi >> 54 == 0xfe80 >> 6 || (!p->hi && p->lo <= 1);
}

void sw_session_connect(struct sw_session *session, const struct sockaddr *peer)
{
	*session = (struct sw_session){ .source = address_of(peer) };
	if (session->source.family && is_local(&session->source))
		session->source = (struct sw_prefix){ 0 };
}

/* Take <> off. */
static const char *bare(const char *address, size_t *n)
{
	*n = strlen(address);
	if (*n >= 2 && address[0] == '<' && address[*n - 1] == '>') {
		*n -= 2;
		return address + 1;
	}
	return address;
}

void sw_session_mail(struct sw_session *session, const char *sender, const char *login)
{
	size_t n = 0;

	if (sender)
		bare(sender, &n);
	session->accepted = 0;
	session->null_sender = !n;
	session->authenticated = login && login[0];
}

/* ---- recipients ---- */

static bool says(const char *text, const char *words)
{
	return text && strcasestr(text, words);
}

/* Is @text a status code or reply of class @class, "550 5.1.1 ..." or "5.1.1 ..."? */
static bool is_class(const char *text, char class)
{
	return text && text[0] == class && (text[1] == '.' || (text[1] >= '0' && text[1] <= '9'));
}

static bool has_status(const struct sw_session_rcpt *rcpt, const char *status)
{
	size_t n = strlen(status);
	const char *at;

	if (rcpt->host && !strcmp(rcpt->host, status))
		return true;
	/* Behind a reply code, or in its place. */
	at = rcpt->addr;
	if (at && is_class(at, '5') && at[1] != '.' && strlen(at) > 4)
		at += 4;
	return at && !strncmp(at, status, n) && (at[n] < '0' || at[n] > '9');
}

/*
 * Why a recipient was turned away. What the client chose may be in the text, but it can only
 * change what is said of itself. A temporary failure is none (false).
 */
static bool refusal(const struct sw_session_rcpt *rcpt, enum sw_mta_kind *ret)
{
	if (is_class(rcpt->host, '4') || is_class(rcpt->addr, '4'))
		return false;
	/* at RCPT Postfix says, too, what it has against the sender: "User unknown" is then he */
	if (says(rcpt->addr, ": sender address rejected: "))
		*ret = SW_MTA_OTHER_REJECT;
	else if (has_status(rcpt, "5.2.1") || has_status(rcpt, "5.1.6"))
		*ret = SW_MTA_DISABLED_RCPT;
	else if (says(rcpt->addr, "relay access denied") || says(rcpt->addr, "relaying denied") ||
		 says(rcpt->addr, "relay not permitted"))
		*ret = SW_MTA_RELAY_REJECT;
	else if (has_status(rcpt, "5.1.1") || has_status(rcpt, "5.1.0") ||
		 says(rcpt->addr, "user unknown") ||
		 (rcpt->host && !strcasecmp(rcpt->host, "nouser")))
		*ret = SW_MTA_UNKNOWN_RCPT;
	else
		*ret = SW_MTA_OTHER_REJECT;
	return true;
}

bool sw_session_rcpt(struct sw_session *session, const struct sw_session_rcpt *rcpt,
		     const struct sw_traps *traps, struct sw_mta_event *ret)
{
	bool rejected = rcpt->mailer && !strcmp(rcpt->mailer, "error");
	struct sw_mta_event event = { .source = session->source, .recipients = 1 };

	if (!session->source.family || session->authenticated)
		return false;
	if (!rejected && session->accepted < UINT32_MAX)
		session->accepted++;
	event.rcpt = bare(rcpt->rcpt, &event.rcpt_n);
	/* Mail without a sender comes from who returns what somebody else forged. */
	if (!session->null_sender && sw_traps_has(traps, event.rcpt, event.rcpt_n)) {
		if (!rejected)
			session->accepted--;
		event.kind = SW_MTA_TRAP;
	} else if (!rejected || !refusal(rcpt, &event.kind)) {
		return false;
	}
	*ret = event;
	return true;
}

bool sw_session_end(struct sw_session *session, struct sw_mta_event *ret)
{
	uint32_t accepted = session->accepted;

	sw_session_abort(session);
	if (!accepted || !session->source.family || session->authenticated)
		return false;
	*ret = (struct sw_mta_event){ .kind = SW_MTA_ACCEPTED_RCPT,
				      .source = session->source,
				      .recipients = accepted };
	return true;
}

void sw_session_abort(struct sw_session *session)
{
	session->accepted = 0;
	session->null_sender = false;
}
