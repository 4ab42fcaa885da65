/* SPDX-License-Identifier: GPL-2.0-only */
/* contact - see contact.h. */
#include "contact.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dns/ptr.h"
#include "dns/rdns.h"

#define ABUSE "abuse@"
#define BETWEEN " \t\r\n,;<>\"" /* addresses in a text */

struct sw_contact {
	const struct sw_dns *dns;
	const struct sw_suffix *suffix;
	const struct sw_contact_ways *ways;
	struct sw_prefix source;
	sw_contact_fn fn;
	void *ctx;
	unsigned way; /* that is tried */
	struct sw_ptr *ptr;
	sw_dns_ticket ticket;
	const char *domain; /* registered, of answer.name; NULL */
	struct sw_contact_answer answer;
};

/* ---- ways ---- */

static bool is_zone(const char *text)
{
	char address[SW_MAIL_ADDRESS];

	return snprintf(address, sizeof(address), "x@%s", text) < (int)sizeof(address) &&
	       sw_mail_address_is(address, strlen(address));
}

int sw_contact_ways_add(struct sw_contact_ways *ways, const char *text, struct sw_err *err)
{
	static const struct {
		const char *word;
		enum sw_contact_how how;
	} words[] = { { "address ", SW_CONTACT_ADDRESS }, { "domain ", SW_CONTACT_DOMAIN } };
	enum sw_contact_how how = SW_CONTACT_RDNS;
	const char *zone = "";

	if (ways->n == SW_CONTACT_WAYS)
		return sw_err_set(err, -EINVAL, "more than %d; leave some out", SW_CONTACT_WAYS);
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strncmp(text, words[i].word, strlen(words[i].word)) != 0)
			continue;
		how = words[i].how;
		zone = text + strlen(words[i].word);
	}
	if (how == SW_CONTACT_RDNS ? strcmp(text, "rdns") != 0 : !is_zone(zone))
		return sw_err_set(err, -EINVAL,
				  "\"%.80s\" is none of \"rdns\", \"address ZONE\" and \"domain "
				  "ZONE\", with a ZONE like contacts.example.net",
				  text);
	ways->way[ways->n].how = how;
	snprintf(ways->way[ways->n].zone, sizeof(ways->way[0].zone), "%s", zone);
	ways->n++;
	return 0;
}

/* ---- one way after the other ---- */

static void next_way(struct sw_contact *c);

/* The first address in @text. */
static bool take_address(struct sw_contact *c, const char *text)
{
	static const char scheme[] = "mailto:";

	while (*(text += strspn(text, BETWEEN))) {
		size_t n = strcspn(text, BETWEEN);
		size_t skip = strncmp(text, scheme, strlen(scheme)) ? 0 : strlen(scheme);

		if (sw_mail_address_is(text + skip, n - skip)) {
			memcpy(c->answer.address, text + skip, n - skip);
			c->answer.address[n - skip] = '\0';
			return true;
		}
		text += n;
	}
	return false;
}

static void take_txt(void *ctx, const struct sw_dns_answer *answer)
{
	struct sw_contact *c = ctx;
	bool found = false;

	c->ticket = 0;
	c->answer.failed |= answer->status == SW_DNS_TEMPFAIL;
	for (size_t i = 0; answer->status == SW_DNS_OK && i < answer->n && !found; i++)
		found = take_address(c, answer->record[i].txt.bytes);
	c->way++;
	next_way(c);
}

/* True: it was asked, and the answer has come, or will. */
static bool ask_zone(struct sw_contact *c, const char *what, size_t n)
{
	char name[2 * SW_DNS_NAME];
	unsigned way = c->way;
	sw_dns_ticket ticket;

	snprintf(name, sizeof(name), "%.*s.%s", (int)n, what, c->ways->way[way].zone);
	if (strlen(name) >= SW_DNS_NAME)
		return false;
	ticket = sw_dns_ask(c->dns, name, SW_DNS_TXT, take_txt, c);
	if (ticket)
		c->ticket = ticket; /* else it was answered, and others may be under way */
	return true;
}

/* 4.3.2.1, without the tree that it is looked up in otherwise. */
static bool ask_reversed(struct sw_contact *c)
{
	char name[SW_PTR_NAME];
	size_t tree = strlen(c->source.family == 4 ? ".in-addr.arpa" : ".ip6.arpa");

	sw_ptr_name(&c->source, name);
	return ask_zone(c, name, strlen(name) - tree);
}

static bool guess(struct sw_contact *c)
{
	char address[SW_MAIL_ADDRESS + sizeof(ABUSE)];

	snprintf(address, sizeof(address), ABUSE "%s", c->domain);
	return take_address(c, address);
}

static void next_way(struct sw_contact *c)
{
	for (; c->way < c->ways->n && !c->answer.address[0]; c->way++) {
		switch (c->ways->way[c->way].how) {
		case SW_CONTACT_RDNS:
			if (c->domain)
				guess(c);
			break;
		case SW_CONTACT_ADDRESS:
			if (ask_reversed(c))
				return;
			break;
		case SW_CONTACT_DOMAIN:
			if (c->domain && ask_zone(c, c->domain, strlen(c->domain)))
				return;
			break;
		}
	}
	c->fn(c->ctx, &c->answer);
}

/* ---- begin, end ---- */

static void take_facts(void *ctx, const struct sw_rdns_facts *facts)
{
	struct sw_contact *c = ctx;
	struct sw_rdns rdns;

	c->ptr = NULL;
	c->answer.failed = facts->state == SW_RDNS_FAILED || facts->trouble;
	sw_rdns_classify(c->suffix, facts, &rdns);
	if (rdns.name < facts->n && facts->name[rdns.name].back == SW_RDNS_BACK_YES &&
	    !(rdns.classes & SW_RDNS_NO_HOST)) {
		strcpy(c->answer.name, facts->name[rdns.name].name);
		c->domain = sw_suffix_registered(c->suffix, c->answer.name);
	}
	next_way(c);
}

int sw_contact_ask(const struct sw_dns *dns, const struct sw_suffix *suffix,
		   const struct sw_contact_ways *ways, const struct sw_prefix *source,
		   sw_contact_fn fn, void *ctx, struct sw_contact **ret)
{
	struct sw_contact *c = calloc(1, sizeof(*c));
	struct sw_ptr *ptr = NULL;
	int code;

	if (!c)
		return -ENOMEM;
	*c = (struct sw_contact){
		.dns = dns, .suffix = suffix, .ways = ways, .source = *source, .fn = fn, .ctx = ctx
	};
	code = sw_ptr_ask(dns, source, take_facts, c, &ptr);
	if (code) {
		free(c);
		return code;
	}
	if (ptr)
		c->ptr = ptr;
	*ret = c;
	return 0;
}

struct sw_contact *sw_contact_free(struct sw_contact *c)
{
	if (!c)
		return NULL;
	sw_ptr_cancel(c->ptr);
	if (c->ticket)
		sw_dns_cancel(c->dns, c->ticket);
	free(c);
	return NULL;
}
