/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * rdns - what the reverse DNS of a source says of it: has it a name, is that a host's name,
 * does it lead back to the address, and does it look as if somebody chose it for a mail
 * server or a program made it for one of many addresses.
 *
 * Pure: names in (dns/ptr.h asks for them), classes and the reasons for them out. No I/O, no
 * clock, no allocation. Names are hostile: whoever owns an address may put anything there. A
 * name that looks good proves nothing, and one that looks generic is a hint that adds to others.
 *
 * How names are judged. Points are added for what is found below the registered domain: the
 * address (rdns_forms.def), words (rdns_words.def), how labels are built. SW_RDNS_GENERIC_AT
 * points make a name generic, and no points do if a word says that this is a mail server; it is
 * not called a line's then, either. No name of any provider is in the rules.
 */
#ifndef SYNWARD_DNS_RDNS_H
#define SYNWARD_DNS_RDNS_H

#include <stddef.h>
#include <stdint.h>

#include "dns/dns.h"
#include "dns/suffix.h"
#include "lib/addr.h"

#define SW_RDNS_NAMES_MAX 5 /* names of one source that are looked at */
#define SW_RDNS_GENERIC_AT 5 /* points */

/* Classes, as bits; each of them is there or not, whatever the others are. */
enum sw_rdns_class {
#define SW_RDNS_CLASS(bit, symbol, name, words) SW_RDNS_##symbol = 1u << (bit),
#include "dns/rdns_classes.def"
#undef SW_RDNS_CLASS
};

/* What its owner calls a class, and what it means, for @bit below SW_RDNS_CLASSES. */
const char *sw_rdns_class_name(unsigned bit);
const char *sw_rdns_class_words(unsigned bit);

enum {
#define SW_RDNS_CLASS(bit, symbol, name, words) SW_RDNS_BIT_##symbol,
#include "dns/rdns_classes.def"
#undef SW_RDNS_CLASS
	SW_RDNS_CLASSES,
};

/* Does a name lead back to the address? */
enum sw_rdns_way_back {
	SW_RDNS_BACK_NOT_ASKED, /* nobody wants to know */
	SW_RDNS_BACK_UNKNOWN, /* the DNS did not answer */
	SW_RDNS_BACK_NO,
	SW_RDNS_BACK_YES,
};

/* After "the name". */
const char *sw_rdns_back_words(enum sw_rdns_way_back back);

struct sw_rdns_name {
	char name[SW_DNS_NAME]; /* as in struct sw_dns_record */
	enum sw_rdns_way_back back;
};

/* What is known. */
struct sw_rdns_facts {
	struct sw_prefix source; /* of full length; family 0: not known, names are judged without */
	enum {
		SW_RDNS_FAILED, /* the DNS did not answer */
		SW_RDNS_NONE, /* it has no name */
		SW_RDNS_NAMED,
	} state;
	enum sw_dns_trouble trouble; /* the first; with a name: of the way back */
	uint32_t ttl; /* seconds that all of this holds; 0 where something is not known */
	uint32_t more; /* names beyond the first SW_RDNS_NAMES_MAX */
	size_t n; /* 0 but with SW_RDNS_NAMED */
	struct sw_rdns_name name[SW_RDNS_NAMES_MAX];
};

/* One thing that was found in the name. */
struct sw_rdns_sign {
	const char *words; /* static */
	uint8_t from, to; /* which bytes of the name; equal: none in particular */
	int8_t points;
};

#define SW_RDNS_SIGNS_MAX 12

struct sw_rdns {
	uint32_t classes;
	/* Which of the names speaks for the source: one that leads back rather than another, then
	 * the one that looks least generic. The facts' n: there is none. */
	size_t name;
	uint8_t registered; /* where its registered domain begins, if it is a host's name */
	int points;
	size_t n;
	struct sw_rdns_sign sign[SW_RDNS_SIGNS_MAX];
};

void sw_rdns_classify(const struct sw_suffix *suffix, const struct sw_rdns_facts *facts,
		      struct sw_rdns *ret);

#define SW_RDNS_TEXT 2048 /* bytes that are enough for sw_rdns_explain, with NUL */

/* Write the reasons to @buf for people, in one line of printable ASCII, cut at @n bytes with
 * NUL; returns @buf. @facts are those that @rdns was made of. */
const char *sw_rdns_explain(const struct sw_rdns_facts *facts, const struct sw_rdns *rdns,
			    char *buf, size_t n);

#endif
