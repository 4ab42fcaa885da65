/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * message - questions as they go out, and what an answer says. Pure; RFC 1035 4.
 *
 * An answer is what anybody may have sent: whatever it holds, reading it takes time and
 * memory in proportion to its size, and says either something that is whole or that it is
 * malformed.
 *
 * CNAMEs are followed within the answer, in whatever order they come; the time to live is
 * the least of all that the answer rests on. Without records, RFC 2308 tells NODATA from a
 * referral, which is no answer (SW_DNS_REFUSED: that server does not resolve for us).
 */
#ifndef SYNWARD_DNS_MESSAGE_H
#define SYNWARD_DNS_MESSAGE_H

#include "dns/name.h"
#include "dns/reply.h"

#define SW_DNS_QUERY (12 + SW_DNS_WIRE + 4 + 11) /* bytes of a question at most */
#define SW_DNS_PAYLOAD 1232 /* of an answer over UDP that no network has to cut up */
#define SW_DNS_CHAIN 16 /* CNAMEs that are followed */
#define SW_DNS_RECORDS 256 /* of an answer that are kept; others are passed over */

/* A recursive question; its length. @payload: what an answer over UDP may take, said with
 * EDNS (RFC 6891), whose 11 bytes come last; 0: without EDNS. */
size_t sw_dns_message_ask(const struct sw_dns_name *name, uint16_t type, uint16_t id,
			  uint16_t payload, uint8_t ret[SW_DNS_QUERY]);

/* What the message is an answer to. -EBADMSG: it has not one question, or is no answer. */
int sw_dns_message_question(const uint8_t *message, size_t n, struct sw_dns_name *name,
			    uint16_t *type);

/*
 * What it says about @name and @type. What is malformed, or answers something else, is a
 * reply too, of SW_DNS_TEMPFAIL. -EMSGSIZE: truncated, so ask over TCP. -EPROTONOSUPPORT:
 * the server knows no EDNS. -ENOMEM.
 */
int sw_dns_message_reply(const uint8_t *message, size_t n, const struct sw_dns_name *name,
			 uint16_t type, struct sw_dns_reply **ret);

#endif
