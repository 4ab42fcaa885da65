/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * spf_nets - the networks that a domain says it sends from, as far as its SPF policy can be
 * written as networks.
 *
 * All of the policy is walked, for no particular sender: ip4, ip6, a, mx, include, redirect.
 * What an earlier mechanism takes away (-ip4:..., ?include:...) is taken out of what later
 * ones give. What depends on the sender or its name (exists, ptr, macros), and what would be
 * a large part of the internet, is left out, and said. The limits are those of spf.h; a
 * policy beyond them is an error to every receiver, and here.
 */
#ifndef SYNWARD_DNS_SPF_NETS_H
#define SYNWARD_DNS_SPF_NETS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dns/dns.h"
#include "dns/spf.h"
#include "lib/addr.h"

#define SW_SPF_NETS 4096 /* more than that are an error */
#define SW_SPF_NETS_WIDE4 8 /* shorter prefixes are left out */
#define SW_SPF_NETS_WIDE6 16
#define SW_SPF_NETS_LEFT 32 /* terms left out that are told; the others are counted */

enum sw_spf_nets_state {
	SW_SPF_NETS_COMPLETE,
	SW_SPF_NETS_TEMPORARY, /* a question was not answered */
	SW_SPF_NETS_BROKEN, /* the policy has an error, or there is none */
};

/* A term that was left out. */
struct sw_spf_left {
	struct sw_spf_step where;
	const char *why;
};

struct sw_spf_nets_answer {
	enum sw_spf_nets_state state;
	const struct sw_prefix *net; /* sorted, none inside of another; also when not complete */
	size_t n;
	uint32_t ttl; /* the smallest of all answers, in seconds */
	const struct sw_spf_left *left;
	size_t left_n; /* of them are told */
	size_t left_all; /* so many there are */
	bool wide; /* one of them passes a large part of the internet, or everybody */
	/* When not complete: where and why, in printable ASCII. */
	const struct sw_spf_step *where;
	const char *why;
	unsigned questions;
};

struct sw_spf_nets;

/* @answer is valid until sw_spf_nets_free, which may be called from here. */
typedef void (*sw_spf_nets_fn)(void *ctx, const struct sw_spf_nets_answer *answer);

/* @domain: as people write it. -EINVAL: it is no domain; -ENOMEM. */
int sw_spf_nets_open(const char *domain, const struct sw_dns *dns, struct sw_spf_nets **ret);

/* Call @fn once, maybe before this returns, unless it is freed first. */
void sw_spf_nets_start(struct sw_spf_nets *nets, sw_spf_nets_fn fn, void *ctx);

/* It takes too long: SW_SPF_NETS_TEMPORARY with what there is, now. */
void sw_spf_nets_give_up(struct sw_spf_nets *nets);

/* At any time. NULL. */
struct sw_spf_nets *sw_spf_nets_free(struct sw_spf_nets *nets);

#endif
