/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * dns - a question to the DNS, what came of it, and how to ask.
 *
 * Who asks knows struct sw_dns alone. Behind it is the resolver, or in tests a scripted
 * world (tests/support/script_dns.h). Nothing here waits: the answer comes by a callback.
 *
 * Temporary failure is not absence: SW_DNS_TEMPFAIL says that nothing is known, and must
 * never be taken for SW_DNS_NXDOMAIN or SW_DNS_NODATA.
 */
#ifndef SYNWARD_DNS_DNS_H
#define SYNWARD_DNS_DNS_H

#include <stddef.h>
#include <stdint.h>

#define SW_DNS_NAME 256 /* bytes of a name as text, with the terminating NUL; RFC 1035 3.1 */

/* Types of records, by their number (RFC 1035 3.2.2, RFC 3596). */
enum sw_dns_type {
	SW_DNS_A = 1,
	SW_DNS_PTR = 12,
	SW_DNS_MX = 15,
	SW_DNS_TXT = 16,
	SW_DNS_AAAA = 28,
};

enum sw_dns_status {
	SW_DNS_OK, /* there are records */
	SW_DNS_NODATA, /* the name exists, with no record of this type */
	SW_DNS_NXDOMAIN, /* the name does not exist */
	SW_DNS_TEMPFAIL, /* not known: see enum sw_dns_trouble */
};

/* Why there is no answer, for people and counters. */
enum sw_dns_trouble {
	SW_DNS_TROUBLE_NONE,
	SW_DNS_TIMEOUT,
	SW_DNS_SERVFAIL,
	SW_DNS_REFUSED,
	SW_DNS_MALFORMED, /* an answer that is not one, or a name that is none */
	SW_DNS_NO_SERVER, /* none is configured, or can be reached */
	SW_DNS_OVER_BUDGET, /* was not asked: too many questions */
};

/* One record. Names are lower case, without the dot at the end, with bytes that are no
 * printable ASCII, dots inside a label and backslashes as \DDD (RFC 1035 5.1). */
struct sw_dns_record {
	union {
		uint8_t a[4]; /* network order */
		uint8_t aaaa[16];
		const char *name; /* PTR, MX */
		struct {
			const char *bytes; /* TXT: its strings joined, NUL behind them */
			size_t n;
		} txt;
	};
	uint16_t preference; /* MX */
};

/* All of it is the callee's to read until it returns. */
struct sw_dns_answer {
	enum sw_dns_status status;
	enum sw_dns_trouble trouble; /* with SW_DNS_TEMPFAIL */
	/* Seconds: of the records, or of their absence (RFC 2308 5); 0 with TEMPFAIL. */
	uint32_t ttl;
	const struct sw_dns_record *record;
	size_t n; /* 0 but with SW_DNS_OK */
};

/* May ask again, and cancel other questions. */
typedef void (*sw_dns_answer_fn)(void *ctx, const struct sw_dns_answer *answer);

/* Names one question that is under way; 0: none. Never used twice. */
typedef uint64_t sw_dns_ticket;

/* How to ask. */
struct sw_dns {
	/*
	 * Ask for records of @type at @name, which need not outlive the call. @fn is called
	 * exactly once, unless the question is cancelled; that may be before this returns, with
	 * what is cached or cannot be asked, and then the ticket is 0.
	 */
	sw_dns_ticket (*ask)(void *dns, const char *name, enum sw_dns_type type,
			     sw_dns_answer_fn fn, void *ctx);
	/* Want no answer any more. A ticket that is 0, answered or unknown does no harm. */
	void (*cancel)(void *dns, sw_dns_ticket ticket);
	void *dns;
	/* As ask, but what was kept from an earlier answer is not one. NULL: nothing is kept. */
	sw_dns_ticket (*ask_anew)(void *dns, const char *name, enum sw_dns_type type,
				  sw_dns_answer_fn fn, void *ctx);
};

static inline sw_dns_ticket sw_dns_ask(const struct sw_dns *dns, const char *name,
				       enum sw_dns_type type, sw_dns_answer_fn fn, void *ctx)
{
	return dns->ask(dns->dns, name, type, fn, ctx);
}

static inline sw_dns_ticket sw_dns_ask_anew(const struct sw_dns *dns, const char *name,
					    enum sw_dns_type type, sw_dns_answer_fn fn, void *ctx)
{
	return (dns->ask_anew ? dns->ask_anew : dns->ask)(dns->dns, name, type, fn, ctx);
}

static inline void sw_dns_cancel(const struct sw_dns *dns, sw_dns_ticket ticket)
{
	dns->cancel(dns->dns, ticket);
}

#endif
