/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ptr - ask the DNS for the names of a source, and whether they lead back to it (FCrDNS:
 * forward-confirmed reverse DNS); what comes of it is what dns/rdns.h judges.
 *
 * At most 1 + SW_RDNS_NAMES_MAX questions for a source, whatever the answers are. Where the
 * DNS fails the facts say so, and never that there is nothing.
 */
#ifndef SYNWARD_DNS_PTR_H
#define SYNWARD_DNS_PTR_H

#include "dns/dns.h"
#include "dns/rdns.h"

struct sw_ptr;

/* @facts are the callee's to read until it returns. */
typedef void (*sw_ptr_fn)(void *ctx, const struct sw_rdns_facts *facts);

#define SW_PTR_NAME 80 /* bytes, with NUL, that sw_ptr_name needs */

/* The name in the reverse tree (RFC 1035 3.5, RFC 3596 2.5) of @source, which is of full
 * length. */
const char *sw_ptr_name(const struct sw_prefix *source, char buf[SW_PTR_NAME]);

/*
 * Ask for @source, an address of full length. @fn is called exactly once, unless cancelled,
 * and before that may be before this returns: *@ret is then NULL, and otherwise valid until
 * @fn is called. @dns must outlive it. -EINVAL: not a full length. -ENOMEM. @fn is not called
 * when this fails.
 */
int sw_ptr_ask(const struct sw_dns *dns, const struct sw_prefix *source, sw_ptr_fn fn, void *ctx,
	       struct sw_ptr **ret);

/* Want no answer any more. At any moment before @fn is called, but not from inside of it; NULL
 * does no harm. Returns NULL. */
struct sw_ptr *sw_ptr_cancel(struct sw_ptr *ptr);

#endif
