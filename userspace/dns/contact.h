/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * contact - ask the DNS to whom complaints about a source go.
 *
 *   source ─► its names that lead back (dns/ptr.h) ─► the ways of the operator, in order ─► address
 *
 * Nothing but the source and the operator's ways decides: not what a report says. Whoever owns the
 * source's names can have the answer point at the domain that is registered for them, and at no
 * other; what a zone says is the word of whom the operator chose. What is no address of
 * lib/mail_address.h is not one.
 *
 * At most one question for each way, one after the other, beside those of dns/ptr.h. Nothing here
 * waits. A failure of the DNS is told apart from there being nothing.
 */
#ifndef SYNWARD_DNS_CONTACT_H
#define SYNWARD_DNS_CONTACT_H

#include <stdbool.h>

#include "dns/dns.h"
#include "dns/suffix.h"
#include "lib/addr.h"
#include "lib/err.h"
#include "lib/mail_address.h"

#define SW_CONTACT_WAYS 8

enum sw_contact_how {
	SW_CONTACT_RDNS, /* abuse@ the registered domain of its name; RFC 2142 2 */
	SW_CONTACT_ADDRESS, /* TXT of the reversed address in a zone */
	SW_CONTACT_DOMAIN, /* TXT of the registered domain in a zone */
};

struct sw_contact_ways {
	unsigned n;
	struct {
		enum sw_contact_how how;
		char zone[SW_DNS_NAME];
	} way[SW_CONTACT_WAYS];
};

/* One more: "rdns", "address ZONE", "domain ZONE". -EINVAL with words. */
int sw_contact_ways_add(struct sw_contact_ways *ways, const char *text, struct sw_err *err);

struct sw_contact_answer {
	char address[SW_MAIL_ADDRESS]; /* "": none was found ... */
	bool failed; /* ... and the DNS did not answer all that was asked */
	char name[SW_DNS_NAME]; /* of the source, one that leads back; "" */
};

/* Valid until it returns. */
typedef void (*sw_contact_fn)(void *ctx, const struct sw_contact_answer *answer);

struct sw_contact;

/*
 * Ask for @source, an address of full length. @fn is called exactly once, unless cancelled, and may
 * be before this returns: *@ret is valid until sw_contact_free either way. What is passed must
 * outlive it. -EINVAL, -ENOMEM: nothing is asked, *@ret is untouched.
 */
int sw_contact_ask(const struct sw_dns *dns, const struct sw_suffix *suffix,
		   const struct sw_contact_ways *ways, const struct sw_prefix *source,
		   sw_contact_fn fn, void *ctx, struct sw_contact **ret);

/* Cancels what is under way. Not from inside of @fn. NULL. */
struct sw_contact *sw_contact_free(struct sw_contact *contact);

#endif
