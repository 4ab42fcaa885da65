/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * spf_domains - the networks of all domains of allow-spf, and the file in state-dir that has
 * them over a restart.
 *
 * Everybody who makes a policy takes them from here: the daemon from what it keeps up to date
 * (allow_spf.h), commands that work without it from the file. The file is text, a line for
 * each domain and each network; it is taken as a whole or not at all, since nobody but us
 * writes it, and what it lacks is found out again.
 */
#ifndef SYNWARD_DAEMON_SPF_DOMAINS_H
#define SYNWARD_DAEMON_SPF_DOMAINS_H

#include <stdint.h>

#include "dns/spf_allow.h"
#include "lib/config.h"
#include "lib/err.h"

#define SW_SPF_DOMAIN_NAME 254 /* bytes, with NUL */
/* Of all domains together; so many that three times what large providers have is a small part. */
#define SW_SPF_DOMAINS_NETS 65536

struct sw_spf_domain {
	char name[SW_SPF_DOMAIN_NAME]; /* as in config->allow_spf */
	struct sw_spf_allow allow;
};

/* In no order; each name once. */
struct sw_spf_domains {
	struct sw_spf_domain domain[SW_ALLOW_SPF_MAX];
	size_t n;
};

/* NULL: there is none. */
const struct sw_spf_domain *sw_spf_domains_find(const struct sw_spf_domains *domains,
						const char *name);
/* A new one without networks; NULL: there are SW_ALLOW_SPF_MAX. @name is one of a config. */
struct sw_spf_domain *sw_spf_domains_add(struct sw_spf_domains *domains, const char *name);
/* How many networks there are in all. */
size_t sw_spf_domains_nets(const struct sw_spf_domains *domains);

/* Have those that are in @names the same networks in both? When and how sure does not count. */
bool sw_spf_domains_same(const struct sw_spf_domains *a, const struct sw_spf_domains *b,
			 const struct sw_texts *names);

/* Those that are in @names (NULL: all); *@ret is then the caller's, too. -ENOMEM. */
int sw_spf_domains_copy(const struct sw_spf_domains *domains, const struct sw_texts *names,
			struct sw_spf_domains *ret);
void sw_spf_domains_done(struct sw_spf_domains *domains);

/* ---- spf_domains_file.c ---- */

/* @text of the file, which is changed. -EINVAL with the line and what is wrong with it; -ENOMEM. */
int sw_spf_domains_parse(char *text, struct sw_spf_domains *ret, struct sw_err *err);
/* The text of the file, to be freed; NULL: no memory. */
char *sw_spf_domains_print(const struct sw_spf_domains *domains, size_t *ret_n);

/* The file in @state_dir; none has no domains. *@ret is the caller's, and on failure empty. */
int sw_spf_domains_read(const char *state_dir, struct sw_spf_domains *ret, struct sw_err *err);
/* Replace it at once, and on the disk when this returns. */
int sw_spf_domains_save(const char *state_dir, const struct sw_spf_domains *domains,
			struct sw_err *err);

#endif
