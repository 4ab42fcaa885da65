/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * contacts - first contact on the card: what is done about it (datapath.h), and what comes
 * out of the ring (contacts.h).
 */
#include "contacts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

/* Of a source that keeps coming and is not judged the daemon hears so often. */
#define EVERY_NS 10000000000ull

/* ---- what the card does ---- */

__u8 sw_contact_flag(const struct sw_datapath *dp)
{
	return sw_datapath_settings(dp)->contact.mode == SW_CONTACT_OFF ? 0 : SW_BY_CONTACT;
}

/* Nothing but the flag changes, which is one byte: a reader sees it or not. */
static int flag_unlisted(struct sw_datapath *dp)
{
	__u32 class = SW_CLASS_UNLISTED;
	struct sw_class row;
	__u8 flag = sw_contact_flag(dp);

	if (bpf_map_lookup_elem(dp->map[MAP_CLASSES].fd, &class, &row))
		return -errno;
	if (row.action == SW_ACTION_NONE || (row.by_time & SW_BY_CONTACT) == flag)
		return 0; /* there are no rows yet: apply writes it */
	row.by_time = (row.by_time & ~SW_BY_CONTACT) | flag;
	return bpf_map_update_elem(dp->map[MAP_CLASSES].fd, &class, &row, BPF_ANY) ? -errno : 0;
}

int sw_datapath_first_contact(struct sw_datapath *dp, enum sw_contact_mode mode,
			      uint64_t hold_max_ns, struct sw_err *err)
{
	struct sw_contact_settings *s = &sw_datapath_settings(dp)->contact;
	int code;

	__atomic_store_n(&s->hold_max_ns, hold_max_ns, __ATOMIC_RELAXED);
	__atomic_store_n(&s->every_ns, hold_max_ns > EVERY_NS ? hold_max_ns : EVERY_NS,
			 __ATOMIC_RELAXED);
	__atomic_store_n(&s->mode, mode, __ATOMIC_RELEASE);
	code = flag_unlisted(dp);
	if (code)
		return sw_err_set(err, code, "first-contact cannot be put in force: %s",
				  strerror(-code));
	return 0;
}

void sw_datapath_contact_load(struct sw_datapath *dp, enum sw_contact_load load)
{
	__atomic_store_n(&sw_datapath_settings(dp)->contact.overload, load, __ATOMIC_RELAXED);
}

void sw_contact_carry(const struct sw_datapath *from, struct sw_datapath *to)
{
	const struct sw_contact_settings *before = &sw_datapath_settings(from)->contact;
	struct sw_contact_settings *s = &sw_datapath_settings(to)->contact;

	s->mode = before->mode;
	s->overload = before->overload;
	s->hold_max_ns = before->hold_max_ns;
	s->every_ns = before->every_ns;
}

/* ---- what the daemon hears ---- */

struct sw_contacts {
	struct ring_buffer *ring;
	uint32_t map_id;
	size_t left; /* of the batch that is being read */
	size_t n; /* that was read */
	sw_contacts_fn take;
	void *ctx;
};

#define BATCH_IS_FULL (-ECANCELED) /* what was handed out last is out of the ring */

static int take_one(void *ctx, void *data, size_t bytes)
{
	struct sw_contacts *c = ctx;
	struct sw_contact contact;

	if (bytes >= sizeof(contact)) {
		memcpy(&contact, data, sizeof(contact));
		if (contact.family == 4 || contact.family == 6) {
			c->take(c->ctx, &contact);
			c->n++;
		}
	}
	return --c->left ? 0 : BATCH_IS_FULL;
}

int sw_contacts_open(const struct sw_datapath *dp, struct sw_contacts **ret, struct sw_err *err)
{
	struct sw_contacts *c = calloc(1, sizeof(*c));
	int code;

	if (!c)
		return sw_err_set(err, -ENOMEM, "out of memory");
	c->map_id = dp->map[MAP_CONTACTS].info.id;
	c->ring = ring_buffer__new(dp->map[MAP_CONTACTS].fd, take_one, c, NULL);
	if (!c->ring) {
		code = -errno;
		free(c);
		return sw_err_set(err, code, "cannot read first contacts from the card: %s: %s",
				  strerror(-code), sw_library_complaint());
	}
	*ret = c;
	return 0;
}

struct sw_contacts *sw_contacts_close(struct sw_contacts *c)
{
	if (!c)
		return NULL;
	ring_buffer__free(c->ring);
	free(c);
	return NULL;
}

bool sw_contacts_is_of(const struct sw_contacts *c, const struct sw_datapath *dp)
{
	return c->map_id == dp->map[MAP_CONTACTS].info.id;
}

int sw_contacts_fd(const struct sw_contacts *c)
{
	return ring_buffer__epoll_fd(c->ring);
}

size_t sw_contacts_read(struct sw_contacts *c, size_t max, sw_contacts_fn take, void *ctx)
{
	if (!max)
		return 0;
	c->left = max;
	c->n = 0;
	c->take = take;
	c->ctx = ctx;
	ring_buffer__consume(c->ring);
	return c->n;
}
