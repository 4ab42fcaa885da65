/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * dns_world - DNS lists, trust in them and the judge, in a world with a scripted DNS and a
 * scripted clock. Driven by the lines of tests/scenario/dns; see its README.
 *
 * What it does with an answer is what the daemon does: a list that is not trusted is not
 * asked, each filter that matches is a piece of evidence, and what is not known is missing.
 */
#ifndef SYNWARD_TESTS_SUPPORT_DNS_WORLD_H
#define SYNWARD_TESTS_SUPPORT_DNS_WORLD_H

#include <stdbool.h>

#include "dns/prober.h"
#include "rules/judge.h"
#include "support/script_dns.h"

#define DNS_WORLD_ZONES 16
#define DNS_WORLD_ADDRS 16
#define DNS_WORLD_EVIDENCE 64

/* What all of a zone does, whatever its names are. */
enum dns_world_mode {
	DNS_WORLD_TROUBLE, /* no answers */
	DNS_WORLD_ALL, /* every name has this answer */
	DNS_WORLD_CUNNING, /* the same, but for the names of RFC 5782 that must have none */
};

struct dns_world {
	struct script_dns *script;
	struct sw_dns dns; /* what the zones below say, then the script */
	struct dns_world_zone {
		char name[SW_SITE_DOMAIN];
		enum dns_world_mode mode;
		enum sw_dns_trouble trouble;
		uint8_t code[4];
	} zone[DNS_WORLD_ZONES];
	size_t zones;
	struct sw_secrets secrets;
	struct sw_sites *sites;
	struct dns_world_list {
		struct sw_prober *prober[2]; /* IPv4, IPv6 */
		bool withdrawn; /* since this was looked at */
		unsigned questions; /* of the last examination */
	} list[SW_SITES];
	struct sw_trust_rules trust;
	struct sw_judge_rules rules;
	struct sw_prefix own[DNS_WORLD_ADDRS], canary[DNS_WORLD_ADDRS];
	size_t owns, canaries;
	int64_t now; /* ms */
	struct sw_evidence evidence[DNS_WORLD_EVIDENCE];
	char text[DNS_WORLD_EVIDENCE][512];
	size_t n;
	struct sw_outcome outcome;
	char words[2048];
};

void dns_world_open(struct dns_world *w);
void dns_world_close(struct dns_world *w);

/* From now on all of @name, and what is below it, behaves so. */
struct dns_world_zone *dns_world_zone(struct dns_world *w, const char *name);
void dns_world_well(struct dns_world *w, const char *name);

/* Let time pass: rounds are held when they are due. */
void dns_world_pass(struct dns_world *w, int64_t ms);

/* The list of this name; NULL: none of the sites. */
struct dns_world_list *dns_world_list(struct dns_world *w, const char *name);

/* Begin to examine; add what is known beside the lists; ask the lists, and judge. */
void dns_world_begin(struct dns_world *w);
struct sw_evidence *dns_world_add(struct dns_world *w, enum sw_evidence_kind kind);
void dns_world_judge(struct dns_world *w, const struct sw_prefix *source);

/* @n sources come, each from another network of its own; the list says this of each. */
void dns_world_flood(struct dns_world *w, const char *name, unsigned n,
		     const struct sw_dns_answer *answer);

#endif
