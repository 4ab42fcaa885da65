/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * secret - keys in the names of DNS lists, and how they are kept out of texts.
 *
 * Pure. Some lists are asked by a name that holds a key (KEY.zen.dq.spamhaus.net). It is
 * written {NAME}.zen.dq.spamhaus.net, and the key comes from a file that only the daemon
 * can read. Whoever pastes the key itself has it masked nevertheless: in the zones of
 * keyed.def, and in any label that is 20 letters and digits or more.
 *
 * No error of this module has a key in its words.
 */
#ifndef SYNWARD_DNS_SECRET_H
#define SYNWARD_DNS_SECRET_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/err.h"

#define SW_SECRETS 16
#define SW_SECRET_NAME 32 /* bytes, with NUL */
#define SW_SECRET_KEY 64 /* bytes, with NUL: a label of a domain name */
#define SW_SECRET_MASK "***"

struct sw_secrets {
	struct sw_secret {
		char name[SW_SECRET_NAME];
		char key[SW_SECRET_KEY]; /* lower case */
	} item[SW_SECRETS];
	size_t n;
};

/*
 * Parse the text of a file of keys: a line "NAME = KEY" for each, blank lines, and comments
 * from # on. -EINVAL with the line, *@ret untouched.
 */
int sw_secrets_parse(const char *text, size_t n, struct sw_secrets *ret, struct sw_err *err);

/* The key that is called @n bytes of @name; NULL: there is none. @secrets may be NULL. */
const char *sw_secrets_get(const struct sw_secrets *secrets, const char *name, size_t n);

/* Is the label of @n bytes at @label, in a domain that ends at @end, a key? */
bool sw_secret_is_key(const char *label, size_t n, const char *end);

/*
 * Copy @n bytes of @domain, or of a whole site such as domain=127.0.0.2*3, with keys masked
 * and what is no printable ASCII as '?'. What does not fit into @size bytes is cut. @out.
 */
char *sw_secret_mask_domain(const char *domain, size_t n, char *out, size_t size);

/* Replace each @key in @text, whatever its case, by a mask; it gets no longer, a key has
 * at least as many bytes as the mask. "" is no key. */
void sw_secret_mask_text(char *text, const char *key);

/* Wipe it from memory. */
void sw_secrets_done(struct sw_secrets *secrets);

#endif
