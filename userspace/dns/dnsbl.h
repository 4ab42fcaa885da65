/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * dnsbl - what to ask a DNS list about a source, and what its answer says.
 *
 * Pure. Only answers in 127.0.0.0/8 count, and those in 127.255.255.0/24 never do: by them a
 * list says that it does not answer (wrong resolver, too many questions, no such list). Each
 * record counts by itself, so that one stray record takes nothing from a good one; the
 * strays are told to whoever watches the list (trust.h).
 */
#ifndef SYNWARD_DNS_DNSBL_H
#define SYNWARD_DNS_DNSBL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dns/dns.h"
#include "dns/site.h"
#include "lib/addr.h"

/*
 * Write the name at which @site is asked for @source: the octets of an IPv4 address, the 32
 * nibbles of an IPv6 address, last first, and then the domain (RFC 5782 2.1, 2.4). Of a
 * network it is the first address that is asked: a list that lists IPv6 by /64, as most do,
 * gives the same answer for all of it; where the address that opened the connection is
 * known, asking for that one is better. The name may hold a key: it is for no text. @out.
 */
char *sw_dnsbl_question(const struct sw_site *site, const struct sw_prefix *source,
			char out[SW_DNS_NAME]);

enum sw_dnsbl_said {
	SW_DNSBL_UNKNOWN, /* no answer: nothing is known */
	SW_DNSBL_CLEAN, /* it does not list the source */
	SW_DNSBL_LISTED, /* it has an answer that counts */
	SW_DNSBL_TROUBLE, /* it answers, but with nothing that counts: nothing is known */
};

#define SW_DNSBL_CODES 16

struct sw_dnsbl_reading {
	enum sw_dnsbl_said said;
	enum sw_dns_trouble trouble; /* with UNKNOWN */
	/* Answers that count, in host order, ascending, each once; of more, the first 16. */
	uint32_t code[SW_DNSBL_CODES];
	unsigned codes;
	uint32_t matched; /* bit i: filter i of the site matches */
	uint32_t dialup; /* of those: what it matches is all of class dialup */
	int32_t score; /* the weights of all that match */
	/* Records that do not count: refusals (127.255.255.0/24, and the site's own), and those
	 * outside 127.0.0.0/8. */
	unsigned refusals, strays;
	uint32_t refusal, stray; /* the last of each */
	uint32_t ttl; /* seconds; with CLEAN and LISTED */
};

/* Read an answer for records of type A. */
void sw_dnsbl_read(const struct sw_site *site, const struct sw_dns_answer *answer,
		   struct sw_dnsbl_reading *ret);

#define SW_DNSBL_TEXT 200 /* bytes, with NUL */

/*
 * Put what the list says of its reasons (records of type TXT) into @out: printable ASCII,
 * blanks single, several texts with " | " between them, cut where it does not fit, without
 * the key of the site. "" if there is nothing. @out.
 */
char *sw_dnsbl_text(const struct sw_site *site, const struct sw_dns_answer *answer,
		    char out[SW_DNSBL_TEXT]);

/* Write the codes that filter @filter of @site matches: "127.0.0.2, 127.0.0.10". As snprintf;
 * a few that do not fit are "...". */
size_t sw_dnsbl_codes(const struct sw_site *site, const struct sw_dnsbl_reading *reading,
		      unsigned filter, char *out, size_t size);

#endif
