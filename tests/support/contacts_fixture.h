/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * contacts_fixture - a card with the ring that the daemon hears of first contacts by, and what it
 * would hear. The clock is the test's. For tests/bpf/test_contact*.c and test_surge.c.
 */
#ifndef SYNWARD_TESTS_CONTACTS_FIXTURE_H
#define SYNWARD_TESTS_CONTACTS_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <linux/bpf.h>

#include "bpf/contact.h"
#include "datapath/contacts.h"
#include "support/card.h"

#define S 1000000000ull
#define TICK (1ull << SW_TICK_SHIFT)
#define T0 (1000000 * TICK) /* some time after the boot, on a tick */
#define HOLD_MAX (5 * S / 2)

static struct sw_class contacts_rows[SW_CLASS_MAX];
static struct sw_datapath *dp;
static struct sw_contacts *ring;
static struct sw_contact told[64]; /* by the last look into the ring */
static size_t told_n;

/* ---- the card of a test ---- */

static inline int contacts_apply(struct sw_datapath *to)
{
	static const struct sw_entry4 flat4[] = {
		{ .addr = 0x05010000, .len = 16, .class = CARD_DROP }, /* 5.1.0.0/16 */
		{ .addr = 0x05020000, .len = 16, .class = CARD_DIALUP },
		{ .addr = 0x05030000, .len = 16, .class = CARD_SHADOW_DROP },
		{ .addr = 0x05040000, .len = 16, .class = CARD_ALLOW },
		{ .addr = 0x05050000, .len = 16, .class = CARD_PASS },
	};

	return card_apply(to, &(struct card_lists){ .rows = contacts_rows,
						    .flat4 = flat4,
						    .flat4_n = sizeof(flat4) / sizeof(*flat4) });
}

/* It remembers @lines times eight sources. */
static inline struct sw_datapath *contacts_card(uint32_t lines)
{
	const struct sw_datapath_size size = { .table4_blocks = 8192,
					       .table6_blocks = 4096,
					       .bucket_lines = 1024,
					       .verdicts = 8192,
					       .seen_lines = lines };
	struct sw_datapath *card = NULL;

	return card_open(&size, &card) ? NULL : card;
}

static inline int contacts_setup_with(uint32_t lines)
{
	struct sw_err err = { "" };

	card_rows(contacts_rows);
	dp = contacts_card(lines);
	if (!dp || contacts_apply(dp))
		return -1;
	if (sw_contacts_open(dp, &ring, &err)) {
		print_error("%s\n", err.text);
		return -1;
	}
	sw_datapath_alive(dp, T0);
	return 0;
}

static inline int contacts_setup(void **unused)
{
	return contacts_setup_with(65536);
}

static inline int contacts_teardown(void **unused)
{
	ring = sw_contacts_close(ring);
	dp = sw_datapath_close(dp);
	return 0;
}

static inline void use(enum sw_contact_mode mode)
{
	struct sw_err err = { "" };

	if (sw_datapath_first_contact(dp, mode, HOLD_MAX, &err))
		fail_msg("%s", err.text);
}

/* ---- SYNs, and what is told of them ---- */

static inline struct sw_datapath_run syn(const char *source, uint64_t now_ns)
{
	struct sw_prefix p = card_prefix(source);

	return card_run(dp, &p, now_ns);
}

static inline void contacts_keep(void *ctx, const struct sw_contact *contact)
{
	if (told_n < sizeof(told) / sizeof(*told))
		told[told_n] = *contact;
	told_n++;
}

/* How many the daemon is told of since the last look; the first of them are in told. */
static inline size_t look(void)
{
	told_n = 0;
	sw_contacts_read(ring, SIZE_MAX, contacts_keep, NULL);
	return told_n;
}

enum { NOTHING = -1, FIRST = 0, AGAIN = SW_CONTACT_AGAIN, HELD = SW_CONTACT_HELD };

/* What became of the SYN, and with which flags the daemon was told. */
static inline void expect(const char *source, uint64_t now_ns, uint32_t xdp, int flags)
{
	struct sw_datapath_run run = syn(source, now_ns);

	assert_int_equal(run.xdp, xdp);
	assert_int_equal(run.trace.reason, xdp == XDP_DROP ? SW_REASON_HELD : SW_REASON_UNLISTED);
	assert_int_equal(run.trace.action, xdp == XDP_DROP ? SW_ACTION_HOLD : SW_ACTION_PASS);
	assert_int_equal(run.trace.class, SW_CLASS_UNLISTED);
	assert_int_equal(look(), flags != NOTHING);
	if (flags == NOTHING)
		return;
	assert_int_equal(told[0].flags, flags);
	assert_true(told[0].time_ns == now_ns);
	assert_int_equal(told[0].port, 25);
}

#endif
