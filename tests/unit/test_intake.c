/* SPDX-License-Identifier: GPL-2.0-only */
/* Who is examined next: ranks, shares, doubles, and what a flood can do to it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/intake.h"
#include "tests/support/random.h"

#define S UINT64_C(1000000000)
#define NOW (1000 * S)

static uint32_t known_addr, in_hand_addr;

static bool is_known(void *ctx, const struct sw_prefix *source)
{
	return source->family == 4 && known_addr && source->lo == known_addr;
}

/* A whole network of them: for floods of what is known. */
static bool is_in_net(void *ctx, const struct sw_prefix *source)
{
	return source->family == 4 && source->lo >> 24 == 10;
}

static bool is_in_hand(void *ctx, const struct sw_prefix *source)
{
	return source->family == 4 && in_hand_addr && source->lo == in_hand_addr;
}

static struct sw_intake *open_with(uint32_t room, bool (*known)(void *, const struct sw_prefix *))
{
	const struct sw_intake_options options = { .room = { room, room, room },
						   .seed = 20261130,
						   .is_known = known,
						   .is_in_hand = is_in_hand };
	struct sw_intake *q;

	known_addr = in_hand_addr = 0;
	assert_int_equal(sw_intake_open(&options, &q), 0);
	return q;
}

static struct sw_contact contact4(uint32_t addr, uint8_t flags)
{
	return (struct sw_contact){
		.time_ns = NOW, .source_lo = addr, .family = 4, .flags = flags, .port = 25
	};
}

static void put(struct sw_intake *q, uint32_t addr, uint8_t flags)
{
	const struct sw_contact c = contact4(addr, flags);

	sw_intake_put(q, &c, NOW);
}

static void put6(struct sw_intake *q, uint64_t hi, uint64_t lo, uint8_t flags)
{
	const struct sw_contact c = {
		.time_ns = NOW, .source_hi = hi, .source_lo = lo, .family = 6, .flags = flags
	};

	sw_intake_put(q, &c, NOW);
}

static struct sw_intake_item next(struct sw_intake *q)
{
	struct sw_intake_item item = { .rank = SW_INTAKE_RANKS };

	assert_true(sw_intake_next(q, NOW, &item));
	return item;
}

static struct sw_intake_counts counts_of(const struct sw_intake *q)
{
	struct sw_intake_counts n;

	sw_intake_counts(q, &n);
	return n;
}

static void nothing_waits(void **state)
{
	struct sw_intake *q = open_with(8, NULL);
	struct sw_intake_item item = { .port = 7 };

	for (unsigned i = 0; i < 40; i++)
		assert_false(sw_intake_next(q, NOW, &item));
	assert_int_equal(sw_intake_load(q, NOW), SW_CONTACT_ALL);
	sw_intake_close(q);
	sw_intake_close(NULL);
}

static void absurd_room_is_refused(void **state)
{
	const struct sw_intake_options options = { .room = { 1, (1u << 20) + 1, 1 } };
	struct sw_intake *q = (void *)1;

	assert_int_equal(sw_intake_open(&options, &q), -EINVAL);
	assert_ptr_equal(q, (void *)1);
}

static void first_come_first_served(void **state)
{
	struct sw_intake *q = open_with(100, NULL);

	for (unsigned round = 0; round < 5; round++) { /* round the ring */
		for (uint32_t i = 1; i <= 70; i++)
			put(q, i, 0);
		for (uint32_t i = 1; i <= 70; i++)
			assert_int_equal(next(q).source.lo, i);
	}
	assert_int_equal(counts_of(q).taken[SW_INTAKE_FIRST], 350);
	sw_intake_close(q);
}

static void what_comes_out_is_what_came_in(void **state)
{
	struct sw_intake *q = open_with(8, NULL);
	struct sw_intake_item item;

	put(q, 0x05010203, SW_CONTACT_HELD);
	item = next(q);
	assert_int_equal(item.source.family, 4);
	assert_int_equal(item.source.len, 32);
	assert_int_equal(item.source.lo, 0x05010203);
	assert_int_equal(item.address.lo, 0x05010203);
	assert_int_equal(item.rank, SW_INTAKE_FIRST);
	assert_int_equal(item.port, 25);
	assert_true(item.held);
	assert_true(item.since_ns == NOW);
	put6(q, 0x2a01000100020003, 0x1234567890abcdef, SW_CONTACT_AGAIN);
	put6(q, 0x2a01000100020003, 0x77, 0); /* of the same /64 */
	item = next(q);
	assert_int_equal(item.source.len, 64);
	assert_true(item.source.hi == 0x2a01000100020003 && item.source.lo == 0);
	assert_int_equal(item.address.len, 128);
	assert_true(item.address.lo == 0x77); /* who came last */
	assert_int_equal(item.rank, SW_INTAKE_AGAIN);
	assert_int_equal(counts_of(q).doubles, 1);
	assert_false(sw_intake_next(q, NOW, &item));
	sw_intake_close(q);
}

static void doubles_wait_once(void **state)
{
	struct sw_intake *q = open_with(8, NULL);
	struct sw_intake_item item;

	for (unsigned i = 0; i < 100; i++)
		put(q, 1, i % 2 ? SW_CONTACT_AGAIN : 0);
	in_hand_addr = 9;
	put(q, 9, 0);
	assert_int_equal(next(q).source.lo, 1);
	assert_false(sw_intake_next(q, NOW, &item));
	assert_int_equal(counts_of(q).told, 101);
	assert_int_equal(counts_of(q).raised, 1);
	assert_int_equal(counts_of(q).doubles, 99);
	sw_intake_close(q);
}

static void ranks_in_their_order(void **state)
{
	struct sw_intake *q = open_with(8, is_known);

	known_addr = 7;
	put(q, 1, 0);
	put(q, 2, SW_CONTACT_AGAIN);
	put(q, 7, 0);
	assert_int_equal(next(q).source.lo, 7);
	assert_int_equal(next(q).source.lo, 2);
	assert_int_equal(next(q).source.lo, 1);
	sw_intake_close(q);
}

static void who_comes_again_goes_up(void **state)
{
	struct sw_intake *q = open_with(8, is_known);

	for (uint32_t i = 1; i <= 6; i++)
		put(q, i, 0);
	put(q, 3, SW_CONTACT_AGAIN);
	put(q, 5, SW_CONTACT_AGAIN);
	known_addr = 5;
	put(q, 5, 0);
	put(q, 3, 0); /* and does not go down */
	assert_int_equal(next(q).source.lo, 5);
	assert_int_equal(next(q).source.lo, 3);
	assert_int_equal(next(q).source.lo, 1);
	assert_int_equal(counts_of(q).waiting[SW_INTAKE_FIRST], 3);
	assert_int_equal(counts_of(q).raised, 3);
	for (uint32_t i = 11; i <= 15; i++) /* places of those who went are free */
		put(q, i, 0);
	assert_int_equal(counts_of(q).lost[SW_INTAKE_FIRST], 0);
	for (unsigned i = 0; i < 8; i++)
		next(q);
	sw_intake_close(q);
}

static void who_has_a_connection_is_known(void **state)
{
	struct sw_intake *q = open_with(8, NULL);
	const struct sw_prefix four = sw_prefix_ip4(7, 32), six = sw_prefix_ip6(9, 1, 128);
	struct sw_intake_item item;

	put(q, 5, SW_CONTACT_AGAIN);
	put(q, 7, 0);
	sw_intake_put_real(q, &four, 25, NOW);
	sw_intake_put_real(q, &six, 465, NOW);
	sw_intake_put_real(q, &six, 465, NOW); /* two connections */
	item = next(q);
	assert_int_equal(item.source.lo, 7);
	assert_int_equal(item.rank, SW_INTAKE_KNOWN);
	item = next(q);
	assert_int_equal(item.source.family, 6);
	assert_int_equal(item.source.len, 64);
	assert_int_equal(item.address.lo, 1);
	assert_int_equal(item.port, 465);
	assert_int_equal(next(q).source.lo, 5);
	in_hand_addr = 7;
	sw_intake_put_real(q, &four, 25, NOW);
	assert_false(sw_intake_next(q, NOW, &item));
	assert_int_equal(counts_of(q).real, 4);
	assert_int_equal(counts_of(q).told, 2);
	assert_int_equal(counts_of(q).doubles, 2);
	assert_int_equal(counts_of(q).raised, 1);
	sw_intake_close(q);
}

/* However many of a higher rank wait, each rank has its share. */
static void a_flood_of_one_rank_keeps_no_other_out(void **state)
{
	struct sw_intake *q = open_with(1000, is_in_net);
	unsigned taken[SW_INTAKE_RANKS] = { 0 };

	for (unsigned i = 0; i < 100000; i++) {
		put(q, 0x0a000000 + i, 0);
		put(q, 0x0b000000 + i, SW_CONTACT_AGAIN);
		put(q, 0x0c000000 + i, 0);
		if (i >= 1000 && i % 10 == 0)
			taken[next(q).rank]++;
	}
	assert_in_range(taken[SW_INTAKE_KNOWN], 7000, 7500);
	assert_in_range(taken[SW_INTAKE_AGAIN], 1800, 1900);
	assert_in_range(taken[SW_INTAKE_FIRST], 600, 650);
	sw_intake_close(q);
}

/* Of a flood everybody is as likely to be examined, whenever in it they came. */
static void a_full_rank_is_a_fair_lottery(void **state)
{
	unsigned early = 0, late = 0, taken = 0;
	struct sw_intake *q = open_with(1024, NULL);

	for (unsigned i = 1; i <= 200000; i++) {
		put(q, i, 0);
		if (i % 20 == 0) {
			uint32_t who = (uint32_t)next(q).source.lo;

			assert_in_range(who, 1, i);
			taken++;
			early += who > 40000 && who <= 80000;
			late += who > 120000 && who <= 160000;
		}
	}
	assert_int_equal(taken, 10000);
	assert_in_range(early, 1850, 2150); /* a fifth, and some */
	assert_in_range(late, 1850, 2150);
	assert_true(counts_of(q).waiting[SW_INTAKE_FIRST] <= 1024);
	assert_int_equal(counts_of(q).told, taken + counts_of(q).lost[SW_INTAKE_FIRST] +
						    counts_of(q).waiting[SW_INTAKE_FIRST]);
	sw_intake_close(q);
}

/* One who tries again in a flood of first SYNs is examined, and soon. */
static void who_comes_again_is_not_lost_in_a_flood(void **state)
{
	struct sw_intake *q = open_with(1024, NULL);

	for (unsigned i = 1; i <= 100000; i++)
		put(q, i, 0);
	for (uint32_t i = 0; i < 100; i++)
		put(q, 0x05000000 + i, SW_CONTACT_AGAIN);
	for (unsigned i = 0, mine = 0; mine < 100; i++) {
		mine += next(q).rank == SW_INTAKE_AGAIN;
		assert_true(i < 110);
	}
	sw_intake_close(q);
}

static void who_waited_too_long_is_left_out(void **state)
{
	struct sw_intake *q = open_with(8, NULL);
	struct sw_contact c = contact4(1, 0);
	struct sw_intake_item item;

	put(q, 2, 0);
	c.time_ns = NOW - 61 * S; /* was in the ring while nobody was here */
	sw_intake_put(q, &c, NOW);
	c.family = 5;
	sw_intake_put(q, &c, NOW);
	c = contact4(3, 0);
	c.time_ns = NOW + S; /* a clock that is ahead */
	sw_intake_put(q, &c, NOW);
	assert_int_equal(counts_of(q).stale, 2);
	assert_true(sw_intake_next(q, NOW + 61 * S, &item));
	assert_int_equal(item.source.lo, 3);
	assert_false(sw_intake_next(q, NOW + 61 * S, &item));
	assert_int_equal(counts_of(q).stale, 3);
	sw_intake_close(q);
}

static void the_load_goes_up_at_once_and_down_slowly(void **state)
{
	struct sw_intake *q = open_with(100, NULL);

	for (uint32_t i = 0; i < 74; i++)
		put(q, 100 + i, 0);
	assert_int_equal(sw_intake_load(q, NOW), SW_CONTACT_ALL);
	put(q, 99, 0);
	assert_int_equal(sw_intake_load(q, NOW), SW_CONTACT_ONLY_AGAIN);
	for (uint32_t i = 0; i < 75; i++)
		put(q, 1000 + i, SW_CONTACT_AGAIN);
	assert_int_equal(sw_intake_load(q, NOW), SW_CONTACT_NONE);
	assert_int_equal(sw_intake_load(q, NOW + 100 * S), SW_CONTACT_NONE);
	for (unsigned i = 0; i < 55; i++)
		next(q);
	assert_int_equal(sw_intake_load(q, NOW + 101 * S), SW_CONTACT_NONE); /* two seconds */
	assert_int_equal(sw_intake_load(q, NOW + 102 * S), SW_CONTACT_ONLY_AGAIN);
	assert_int_equal(sw_intake_load(q, NOW + 103 * S), SW_CONTACT_ONLY_AGAIN);
	for (unsigned i = 0; i < 70; i++)
		next(q);
	assert_int_equal(sw_intake_load(q, NOW + 104 * S - 1), SW_CONTACT_ONLY_AGAIN);
	assert_int_equal(sw_intake_load(q, NOW + 104 * S), SW_CONTACT_ALL);
	sw_intake_close(q);
}

static void a_loss_is_overload(void **state)
{
	struct sw_intake *q = open_with(4, NULL);

	for (uint32_t i = 1; i <= 5; i++)
		put(q, i, 0);
	for (unsigned i = 0; i < 4; i++)
		next(q);
	assert_int_equal(sw_intake_load(q, NOW), SW_CONTACT_ONLY_AGAIN);
	assert_int_equal(sw_intake_load(q, NOW + S), SW_CONTACT_ONLY_AGAIN);
	assert_int_equal(sw_intake_load(q, NOW + 2 * S), SW_CONTACT_ALL);
	sw_intake_close(q);
}

/* ---- against a model: who waits, in whatever order ---- */

#define SOURCES 64

static void any_order_of_calls(void **state)
{
	struct sw_intake *q = open_with(16, is_in_net);
	struct sw_intake_counts n;
	uint64_t random = 20261130;
	uint64_t out = 0;

	for (unsigned i = 0; i < 300000; i++) {
		uint64_t r = sw_random(&random);
		uint32_t addr = (r >> 8 & 1 ? 0x0a000000 : 0x0b000000) + (r >> 16) % SOURCES;
		struct sw_intake_item item;

		if (r % 3 && (r >> 40) % 4)
			put(q, addr, r >> 12 & SW_CONTACT_AGAIN);
		else if (r % 3)
			put6(q, addr, r, r >> 12 & SW_CONTACT_AGAIN);
		else if (sw_intake_next(q, NOW, &item))
			out++;
		sw_intake_counts(q, &n);
		for (unsigned k = 0; k < SW_INTAKE_RANKS; k++)
			assert_true(n.waiting[k] <= n.room[k]);
	}
	/* Nobody vanished. */
	assert_int_equal(n.told - n.doubles - n.raised, out + n.lost[0] + n.lost[1] + n.lost[2] +
								n.waiting[0] + n.waiting[1] +
								n.waiting[2]);
	assert_int_equal(n.taken[0] + n.taken[1] + n.taken[2], out);
	for (struct sw_intake_item item; sw_intake_next(q, NOW, &item);)
		out++;
	for (uint32_t i = 0; i < SOURCES; i++) /* and none is still thought to wait */
		put(q, 0x0b000000 + i, 0);
	sw_intake_counts(q, &n);
	assert_int_equal(n.waiting[SW_INTAKE_FIRST], 16);
	sw_intake_close(q);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_waits),
		cmocka_unit_test(absurd_room_is_refused),
		cmocka_unit_test(first_come_first_served),
		cmocka_unit_test(what_comes_out_is_what_came_in),
		cmocka_unit_test(doubles_wait_once),
		cmocka_unit_test(ranks_in_their_order),
		cmocka_unit_test(who_comes_again_goes_up),
		cmocka_unit_test(who_has_a_connection_is_known),
		cmocka_unit_test(a_flood_of_one_rank_keeps_no_other_out),
		cmocka_unit_test(a_full_rank_is_a_fair_lottery),
		cmocka_unit_test(who_comes_again_is_not_lost_in_a_flood),
		cmocka_unit_test(who_waited_too_long_is_left_out),
		cmocka_unit_test(the_load_goes_up_at_once_and_down_slowly),
		cmocka_unit_test(a_loss_is_overload),
		cmocka_unit_test(any_order_of_calls),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
