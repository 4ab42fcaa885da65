/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * contacts - what the card tells the daemon of: sources that nothing is said of.
 *
 * The reading end of the ring sw_contacts; there is one reader at a time, whoever holds the
 * writer's lock. It maps the ring, and so takes a descriptor and no privilege. What comes out
 * was written by packets of anybody: a source may be forged.
 */
#ifndef SYNWARD_DATAPATH_CONTACTS_H
#define SYNWARD_DATAPATH_CONTACTS_H

#include "datapath.h"

struct sw_contacts;

/* The ring of @dp, which must live longer. What nobody read before is still in it. */
int sw_contacts_open(const struct sw_datapath *dp, struct sw_contacts **ret, struct sw_err *err);
struct sw_contacts *sw_contacts_close(struct sw_contacts *c);

/* Is it the ring of @dp? Not after @dp took the place of another one: open it anew. */
bool sw_contacts_is_of(const struct sw_contacts *c, const struct sw_datapath *dp);

/* For poll(2) and its like: readable while there is something in the ring. */
int sw_contacts_fd(const struct sw_contacts *c);

/* @contact is only there during the call. It must not call sw_contacts_... */
typedef void (*sw_contacts_fn)(void *ctx, const struct sw_contact *contact);

/* Hand out what is in the ring, oldest first, @max of them at most. How many it were. */
size_t sw_contacts_read(struct sw_contacts *c, size_t max, sw_contacts_fn take, void *ctx);

#endif
