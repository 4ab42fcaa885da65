/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * rdns_parts - what the files of rdns share, and nobody else's business: finding the address
 * and the words in the labels below a registered domain.
 */
#ifndef SYNWARD_DNS_RDNS_PARTS_H
#define SYNWARD_DNS_RDNS_PARTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/addr.h"

/* Some bytes of the text. */
struct sw_rdns_part {
	uint8_t from, to;
};

enum sw_rdns_form {
	SW_RDNS_FORM_NONE,
#define SW_RDNS_FORM(symbol, class, points, words, test) SW_RDNS_FORM_##symbol,
#include "dns/rdns_forms.def"
#undef SW_RDNS_FORM
};

/* How @source stands in the @n bytes of @text (at most 255), and where: *@ret is set unless it
 * does not. */
enum sw_rdns_form sw_rdns_find_address(const struct sw_prefix *source, const char *text, size_t n,
				       struct sw_rdns_part *ret);

/* The same for what stands there in place of an address: EQUIPMENT, CODE or none. */
enum sw_rdns_form sw_rdns_find_code(const char *text, size_t n, struct sw_rdns_part *ret);

/* What a word says; see rdns_words.def. OTHER: it is not in the table. */
enum sw_rdns_kind {
	SW_RDNS_KIND_OTHER,
	SW_RDNS_KIND_SERVER,
	SW_RDNS_KIND_STATIC,
	SW_RDNS_KIND_VAGUE,
	SW_RDNS_KIND_DYNAMIC,
	SW_RDNS_KIND_LINE,
	SW_RDNS_KIND_ACCESS,
	SW_RDNS_KIND_CUSTOMER,
	SW_RDNS_KIND_POOL,
	SW_RDNS_KIND_PLAIN,
	SW_RDNS_KINDS,
};

struct sw_rdns_words {
	bool has[SW_RDNS_KINDS];
	struct sw_rdns_part first[SW_RDNS_KINDS]; /* where each kind is first */
	/* How many labels after the first have words, others than PLAIN ones. */
	unsigned worded;
	/* Where in these labels the first word is that can speak for itself: LINE, DYNAMIC. */
	struct sw_rdns_part line;
};

/* The words in the @n bytes of @text, which are whole labels. */
void sw_rdns_find_words(const char *text, size_t n, struct sw_rdns_words *ret);

/* What the @n bytes of the first label of a registered domain say of it: SW_RDNS_CARRIER,
 * SW_RDNS_HOSTING or, mostly, 0. */
uint32_t sw_rdns_domain_kind(const char *label, size_t n);

#endif
