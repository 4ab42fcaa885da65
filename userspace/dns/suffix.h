/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * suffix - the Public Suffix List: where in a name the part begins that somebody registered.
 *
 * The only file that knows libpsl is suffix.c. Only the part of the list counts that
 * registries are in ("ICANN"). What hosters add for their customers' sake does not: in
 * "mx.eu-west-1.compute.example.com" the domain that answers for the name is the hoster's.
 *
 * A list does no I/O once it is open. It is never changed, so threads may share it.
 */
#ifndef SYNWARD_DNS_SUFFIX_H
#define SYNWARD_DNS_SUFFIX_H

#include "lib/err.h"

struct sw_suffix;

/* Open the system's list, or the one that came with the library, whichever is newer.
 * -ENOENT: there is none at all. */
int sw_suffix_open(struct sw_suffix **ret, struct sw_err *err);
/* NULL. */
struct sw_suffix *sw_suffix_close(struct sw_suffix *suffix);

/*
 * The registered domain of @name: the end of it that is one label longer than its public
 * suffix. Points into @name. NULL: its end is no public suffix, or it is nothing but one.
 * @name is as in dns.h: lower case, without the dot at the end.
 */
const char *sw_suffix_registered(const struct sw_suffix *suffix, const char *name);

#endif
