/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who is locked for unknown recipients: the rule's own numbers, the window against an oracle
 * that remembers every recipient, networks, places that run short, and numbers that nobody
 * would send in good faith.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <errno.h>
#include <math.h>

#include <cmocka.h>

#include "rules/bounce.h"
#include "support/random.h"
#include "support/rounds.h"

#define MINUTE INT64_C(60000)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)
#define NOON INT64_C(1795608000000)

static struct sw_bounce_rules rules;
static struct sw_bounce *b;
static struct sw_bounce_finding found;
static int64_t now;

static void open_with(size_t entries)
{
	struct sw_err err = { "" };

	if (sw_bounce_check(&rules, &err))
		fail_msg("%s", err.text);
	assert_int_equal(sw_bounce_open(&rules, entries, 20261126, &b), 0);
}

static int setup(void **state)
{
	rules = sw_bounce_defaults;
	now = NOON;
	memset(&found, 0, sizeof(found));
	b = NULL;
	return 0;
}

static int teardown(void **state)
{
	sw_bounce_close(b);
	return 0;
}

static struct sw_prefix addr(const char *text)
{
	struct sw_prefix p = { .family = 0 };

	assert_int_equal(sw_addr_parse(text, &p), 0);
	return p;
}

static bool count(struct sw_prefix source, bool accepted, uint32_t n, const char *rcpt)
{
	const struct sw_bounce_seen seen = { .source = source,
					     .accepted = accepted,
					     .n = n,
					     .rcpt = rcpt,
					     .rcpt_n = rcpt ? strlen(rcpt) : 0,
					     .time_ms = now };

	return sw_bounce_count(b, &seen, now, &found);
}

/* Recipients of the test, different ones for different numbers. */
static bool unknown(const char *source, unsigned number)
{
	char rcpt[40];

	snprintf(rcpt, sizeof(rcpt), "user%u@example.org", number);
	return count(addr(source), false, 1, rcpt);
}

static bool accepted(const char *source, uint32_t n)
{
	return count(addr(source), true, n, "info@example.org");
}

/* How many it takes of @source, one a second, until a line is crossed; 0: not within @most. */
static unsigned takes(const char *source, unsigned most)
{
	for (unsigned i = 1; i <= most; i++, now += 1000)
		if (unknown(source, i))
			return i;
	return 0;
}

static void is_found(const char *text)
{
	char buf[SW_PREFIX_TEXT];

	assert_string_equal(sw_prefix_format(&found.source, buf), text);
}

/* ---- the line ---- */

static void thirty_and_nothing_accepted(void **state)
{
	open_with(1024);
	assert_int_equal(takes("5.9.1.1", 100), 30);
	is_found("5.9.1.1");
	assert_int_equal(found.unknown, 30);
	assert_int_equal(found.accepted, 0);
	assert_int_equal(found.different, 30);
	assert_false(found.network);
	/* It goes on being said until somebody does something about it. */
	assert_true(unknown("5.9.1.1", 31));
	assert_false(unknown("5.9.1.2", 1));
}

/* In any order, but for all bad ones first. */
static void thirty_among_five_thousand(void **state)
{
	uint64_t random = 20261126;

	for (int round = 0; round < rounds(20); round++) {
		unsigned bad = 0;

		open_with(1024);
		for (unsigned i = 0; i < 5030; i++, now += 500) {
			if (sw_random(&random) % (5030 - i) < 30 - bad)
				assert_false(unknown("5.9.1.1", bad++));
			else
				assert_false(accepted("5.9.1.1", 1));
		}
		assert_int_equal(bad, 30);
		b = sw_bounce_close(b);
	}
}

/* A mail server that takes all and asks later: nine of ten are unknown, and so it is counted. */
static void taken_first(void **state)
{
	unsigned n = 0;

	open_with(1024);
	assert_false(accepted("5.9.1.1", 50));
	for (bool over = false; n < 45 && !over; n++) {
		char rcpt[40];
		struct sw_bounce_seen seen = { .source = addr("5.9.1.1"),
					       .taken = true,
					       .n = 1,
					       .rcpt = rcpt,
					       .time_ms = now };

		seen.rcpt_n = (size_t)snprintf(rcpt, sizeof(rcpt), "user%u@example.org", n);
		over = sw_bounce_count(b, &seen, now, &found);
	}
	assert_int_equal(n, 30);
	assert_int_equal(found.unknown, 30);
	assert_int_equal(found.accepted, 20);
}

static void half_is_half(void **state)
{
	open_with(1024);
	assert_false(accepted("5.9.1.1", 31));
	assert_int_equal(takes("5.9.1.1", 100), 31);
	assert_int_equal(found.accepted, 31);
}

/* Mail of this morning speaks for who has an old list this evening. */
static void accepted_ones_count_longer(void **state)
{
	open_with(1024);
	assert_false(accepted("5.9.1.1", 500));
	now += 20 * HOUR;
	assert_int_equal(takes("5.9.1.1", 100), 0);
	now += 10 * HOUR;
	assert_int_equal(takes("5.9.1.1", 100), 30);
}

static void one_dead_mailbox_is_no_dictionary(void **state)
{
	open_with(1024);
	for (unsigned i = 0; i < 1000; i++, now += 1000)
		assert_false(unknown("5.9.1.1", i % 9));
	assert_true(unknown("5.9.1.1", 10));
}

static void case_makes_no_difference(void **state)
{
	open_with(1024);
	for (unsigned i = 0; i < 200; i++) {
		char rcpt[] = "abcdefgh@example.org";

		for (unsigned bit = 0; bit < 8; bit++)
			rcpt[bit] = (char)(i >> bit & 1 ? rcpt[bit] - 'a' + 'A' : rcpt[bit]);
		assert_false(count(addr("5.9.1.1"), false, 1, rcpt));
	}
}

/* An MTA that does not say whom; and one that says how many. */
static void without_names_all_are_different(void **state)
{
	open_with(1024);
	for (unsigned i = 1; i < 30; i++)
		assert_false(count(addr("5.9.1.1"), false, 1, NULL));
	assert_true(count(addr("5.9.1.1"), false, 1, NULL));
	assert_true(count(addr("5.9.1.2"), false, 30, NULL));
	assert_false(count(addr("5.9.1.3"), false, 30, "a@example.org"));
}

static void the_window_slides(void **state)
{
	open_with(1024);
	/* 29 an hour, for days */
	for (unsigned i = 0; i < 29 * 72; i++, now += HOUR / 29 + 1)
		assert_false(unknown("5.9.1.1", i));
	sw_bounce_close(b);
	setup(NULL);
	open_with(1024);
	for (unsigned i = 0; i < 29; i++)
		assert_false(unknown("5.9.1.1", i));
	now += HOUR;
	assert_false(unknown("5.9.1.1", 100));
	assert_int_equal(takes("5.9.1.1", 100), 29);
}

/* ---- after a lock ---- */

static void what_follows_a_lock_is_not_counted(void **state)
{
	open_with(1024);
	assert_int_equal(takes("5.9.1.1", 100), 30);
	sw_bounce_quiet(b, &found.source, now, now + HOUR);
	assert_int_equal(takes("5.9.1.1", 1000), 0); /* the rest of the session */
	assert_false(accepted("5.9.1.1", 1));
	now += HOUR;
	assert_int_equal(takes("5.9.1.1", 100), 30);
	sw_bounce_quiet(b, &found.source, now, 0); /* it came to nothing */
	assert_int_equal(takes("5.9.1.1", 100), 30);
}

/* A good sender who was locked by mistake goes on to send. */
static void what_is_accepted_after_a_lock_counts(void **state)
{
	open_with(1024);
	assert_int_equal(takes("5.9.1.1", 100), 30);
	sw_bounce_quiet(b, &found.source, now, now + HOUR);
	assert_false(accepted("5.9.1.1", 100));
	now += HOUR;
	assert_int_equal(takes("5.9.1.1", 1000), 100);
}

static void locks_in_turn(void **state)
{
	static const int64_t want[] = { HOUR, 6 * HOUR, DAY, 0, 0 };
	struct sw_bounce_lock lock;
	char text[SW_BOUNCE_TEXT];

	for (unsigned i = 0; i < 5; i++) {
		lock = sw_bounce_next_lock(&rules, i);
		assert_int_equal(lock.number, i + 1);
		assert_int_equal(lock.last, 4);
		assert_int_equal(lock.for_ms, want[i]);
	}
	lock = sw_bounce_next_lock(&rules, UINT32_MAX - 1);
	assert_int_equal(lock.for_ms, 0);
	rules.locks = 2;
	lock = sw_bounce_next_lock(&rules, 7);
	assert_int_equal(lock.for_ms, 6 * HOUR);
	assert_int_equal(lock.last, 0);

	open_with(1024);
	rules.locks = 4;
	accepted("5.9.1.1", 2);
	assert_int_equal(takes("5.9.1.1", 100), 30);
	lock = sw_bounce_next_lock(&rules, 1);
	assert_string_equal(sw_bounce_words(&rules, &found, &lock, text),
			    "30 unknown recipients, 30 different, within 1h, 2 accepted within "
			    "1d, lock 2 of 4");
	lock = sw_bounce_next_lock(&rules, 3);
	assert_string_equal(sw_bounce_words(&rules, &found, &lock, text),
			    "30 unknown recipients, 30 different, within 1h, 2 accepted within "
			    "1d, lock 4 of 4: permanent");
	lock = sw_bounce_next_lock(&rules, 4);
	assert_non_null(strstr(sw_bounce_words(&rules, &found, &lock, text), "1d, lock 5: perm"));
	found.network = true;
	found.different = 5;
	assert_string_equal(sw_bounce_words(&rules, &found, NULL, text),
			    "30 unknown recipients from 5 addresses within 1h, 2 accepted within "
			    "1d");
	found = (struct sw_bounce_finding){ .unknown = UINT32_MAX,
					    .accepted = UINT32_MAX,
					    .different = SW_BOUNCE_DIFFERENT };
	rules.window_ms = rules.accepted_ms = 123456789;
	lock = (struct sw_bounce_lock){ UINT32_MAX, UINT32_MAX, 0 };
	assert_non_null(strstr(sw_bounce_words(&rules, &found, &lock, text), "permanent"));
}

/* ---- networks ---- */

static struct sw_prefix of_net(unsigned host)
{
	return sw_prefix_ip4(0x05090100 | host, 32);
}

static unsigned takes_net(unsigned hosts, unsigned most)
{
	char rcpt[40];

	for (unsigned i = 1; i <= most; i++, now += 1000) {
		snprintf(rcpt, sizeof(rcpt), "u%u@example.org", i);
		if (count(of_net(i % hosts), false, 1, rcpt))
			return i;
	}
	return 0;
}

static void a_network_by_its_sum(void **state)
{
	open_with(1024);
	assert_int_equal(takes_net(50, 1000), 100);
	is_found("5.9.1.0/24");
	assert_true(found.network);
	assert_int_equal(found.different, SW_BOUNCE_DIFFERENT);
	sw_bounce_quiet(b, &found.source, now, now + HOUR);
	assert_int_equal(takes_net(50, 1000), 0);
	assert_false(count(of_net(77), false, 50, NULL));
	assert_true(count(addr("5.9.2.1"), false, 50, NULL));
}

static void one_address_is_no_network(void **state)
{
	rules.unknown = 90;
	open_with(1024);
	assert_int_equal(takes_net(3, 260), 0); /* 86 each: neither address nor network */
	assert_false(found.network);
}

static void good_neighbours_speak_for_a_network(void **state)
{
	open_with(1024);
	assert_false(count(of_net(200), true, 1000, NULL));
	assert_int_equal(takes_net(50, 900), 0);
}

static void not_for_whom_counts_alone(void **state)
{
	struct sw_bounce_seen seen = { .n = 20, .alone = true, .time_ms = now };

	open_with(1024);
	for (unsigned i = 0; i < 200; i++) {
		seen.source = of_net(i);
		assert_false(sw_bounce_count(b, &seen, now, &found));
		seen.source = sw_prefix_ip6(0x2a01000000000000, i, 128);
		assert_false(sw_bounce_count(b, &seen, now, &found));
	}
	rules.network_unknown = 0;
	sw_bounce_close(b);
	open_with(1024);
	assert_int_equal(takes_net(200, 4000), 0);
}

static void a_64_is_a_source(void **state)
{
	char rcpt[40];

	open_with(1024);
	for (unsigned i = 1; i <= 30; i++) {
		snprintf(rcpt, sizeof(rcpt), "u%u@example.org", i);
		assert_int_equal(
			count(sw_prefix_ip6(0x2a01000000000001, i * 7919, 128), false, 1, rcpt),
			i == 30);
	}
	is_found("2a01:0:0:1::/64");
	/* One of a /64 with good ones in it is locked alone. */
	assert_false(count(addr("2a01:0:0:2::1"), true, 100, NULL));
	assert_true(count(addr("2a01:0:0:2::2"), false, 30, NULL));
	is_found("2a01:0:0:2::2");
}

/* ---- an oracle that remembers all ---- */

#define EVENTS 3000
#define PEOPLE 6

static struct event {
	int64_t time;
	unsigned who, rcpt;
	uint32_t n;
	bool accepted;
} event[EVENTS];

/* What came in (since, till] of @who. */
static void remember(size_t n, unsigned who, int64_t since, int64_t till, int64_t since_accepted,
		     uint32_t *bad, uint32_t *different, uint32_t *good)
{
	bool seen[64] = { false };

	*bad = *different = *good = 0;
	for (size_t i = 0; i < n; i++) {
		const struct event *e = &event[i];

		if (e->who != who || e->time > till)
			continue;
		if (e->accepted) {
			*good += e->time > since_accepted ? e->n : 0;
		} else if (e->time > since) {
			*bad += e->n;
			*different += !seen[e->rcpt];
			seen[e->rcpt] = true;
		}
	}
}

/*
 * With everything that came within the window it is over: then the rule says so too, as soon as
 * that is so of the window less a slot; and the rule says nothing that is not so of the window.
 */
static void check_against_all(size_t n, const struct event *e, bool said)
{
	int64_t slot = rules.window_ms / SW_BOUNCE_SLOTS;
	int64_t good_slot = rules.accepted_ms / SW_BOUNCE_SLOTS;
	uint32_t bad, different, good, least_bad, least_different, most_good, ignored;

	remember(n, e->who, now - rules.window_ms, now, now - rules.accepted_ms, &bad, &different,
		 &most_good);
	remember(n, e->who, now - rules.window_ms + slot + SW_BOUNCE_SLOTS, now,
		 now - rules.accepted_ms + good_slot + SW_BOUNCE_SLOTS, &least_bad,
		 &least_different, &good);
	if (said) {
		assert_in_range(found.unknown, least_bad, bad);
		assert_in_range(found.accepted, good, most_good);
		assert_true(bad >= rules.unknown && different >= rules.different);
		assert_true(bad >= rules.share * (bad + good));
	} else if (!e->accepted) {
		ignored = least_bad >= rules.unknown && least_different >= rules.different &&
			  least_bad >= rules.share * ((double)least_bad + most_good);
		assert_false(ignored);
	}
}

static void never_more_than_what_came_and_hardly_less(void **state)
{
	uint64_t random = 20261126;

	for (int round = 0; round < rounds(60); round++) {
		unsigned said = 0, pace = 1 + (unsigned)(sw_random(&random) % 120);

		setup(NULL);
		rules.network_unknown = 0;
		rules.window_ms = MINUTE * (int64_t)(1 + sw_random(&random) % 100);
		rules.accepted_ms = rules.window_ms * (int64_t)(1 + sw_random(&random) % 10);
		rules.unknown = 1 + (uint32_t)(sw_random(&random) % 40);
		rules.different = 1 + (uint32_t)(sw_random(&random) % 12);
		if (rules.different > rules.unknown)
			rules.different = rules.unknown;
		rules.share = (double)(1 + sw_random(&random) % 100) / 100;
		open_with(64);
		for (size_t i = 0; i < EVENTS; i++) {
			struct event *e = &event[i];
			char rcpt[16];
			bool over;

			now += (int64_t)(sw_random(&random) % (pace * 1000));
			if (sw_random(&random) % 500 == 0)
				now += rules.window_ms * (int64_t)(sw_random(&random) % 3);
			*e = (struct event){ .time = now,
					     .who = (unsigned)(sw_random(&random) % PEOPLE),
					     .rcpt = (unsigned)(sw_random(&random) % 20),
					     .n = 1 + (uint32_t)(sw_random(&random) % 3),
					     .accepted = sw_random(&random) % 3 == 0 };
			snprintf(rcpt, sizeof(rcpt), "r%u", e->rcpt);
			over = count(sw_prefix_ip4(0x05000000 | e->who << 8, 32), e->accepted, e->n,
				     rcpt);
			said += over;
			check_against_all(i + 1, e, over);
		}
		assert_true(said < EVENTS);
		b = sw_bounce_close(b);
	}
}

/* Lines that come late and out of order count as of their own time. */
static void order_makes_no_difference(void **state)
{
	struct sw_bounce_seen seen = { .source = addr("5.9.1.1"), .n = 1 };
	struct sw_bounce_counts n;

	open_with(64);
	for (unsigned i = 0; i < 29; i++) {
		seen.time_ms = now - (int64_t)((i * 7) % 29) * MINUTE;
		assert_false(sw_bounce_count(b, &seen, now, &found));
	}
	seen.time_ms = now - 90 * MINUTE; /* too late to count */
	assert_false(sw_bounce_count(b, &seen, now, &found));
	sw_bounce_counts(b, &n);
	assert_int_equal(n.late, 2); /* of the address, and of the network */
	seen.time_ms = now - 28 * MINUTE;
	assert_true(sw_bounce_count(b, &seen, now, &found));
	assert_int_equal(found.unknown, 30);
	assert_int_equal(found.different, 30);
}

/* ---- places ---- */

/* A flood of new sources pushes out neither who is near the line nor good ones. */
static void a_flood_evicts_nobody_that_matters(void **state)
{
	struct sw_bounce_counts n;
	uint64_t random = 20261126;

	rules.network_unknown = 0;
	open_with(1024);
	for (unsigned i = 0; i < 40; i++) {
		count(sw_prefix_ip4(0x05000000 + i, 32), false, 20, NULL);
		count(sw_prefix_ip4(0x06000000 + i, 32), true, 200, NULL);
	}
	for (unsigned i = 0; i < 200000; i++) {
		struct sw_prefix p = sw_prefix_ip4((uint32_t)sw_random(&random) | 1u << 31, 32);

		count(p, i % 3 == 0, 1, NULL);
		now += 5;
	}
	sw_bounce_counts(b, &n);
	assert_int_equal(n.entries, 1024);
	assert_int_equal(n.used, 1024);
	assert_true(n.evicted > 100000);
	for (unsigned i = 0; i < 40; i++) {
		assert_true(count(sw_prefix_ip4(0x05000000 + i, 32), false, 10, NULL));
		assert_int_equal(found.unknown, 30);
		assert_false(count(sw_prefix_ip4(0x06000000 + i, 32), false, 100, NULL));
	}
}

/* When all places are of those that are near the line, who comes is let through, and in
 * time finds one. */
static void nobody_is_locked_for_another(void **state)
{
	struct sw_bounce_counts n;
	unsigned over = 0;

	rules.network_unknown = 0;
	open_with(64);
	for (unsigned i = 0; i < 2000; i++)
		over += count(sw_prefix_ip4(0x05000000 + i, 32), false, 20, NULL);
	assert_int_equal(over, 0);
	sw_bounce_counts(b, &n);
	assert_true(n.crowded >= (2000 - 64) * 20);
	assert_int_equal(n.evicted, 0);
	assert_false(count(addr("9.9.9.9"), true, 5, NULL)); /* nor is a place found for this */
	now += 2 * HOUR;
	assert_true(count(addr("9.9.9.9"), false, 30, NULL));
}

/* ---- numbers ---- */

static void absurd_numbers(void **state)
{
	struct sw_bounce_seen seen = { .source = addr("5.9.1.1"), .n = UINT32_MAX };
	static char huge[100000];

	open_with(0);
	for (unsigned i = 0; i < 10; i++) {
		seen.time_ms = i % 2 ? INT64_MAX : INT64_MIN;
		seen.accepted = i % 3 == 0;
		sw_bounce_count(b, &seen, i < 5 ? 0 : INT64_MAX - 10 + i, &found);
	}
	seen.accepted = false;
	assert_false(sw_bounce_count(b, &seen, INT64_MIN, &found) && found.unknown < 30);
	sw_bounce_close(b);
	open_with(64);
	assert_true(count(addr("5.9.1.1"), false, UINT32_MAX, NULL));
	assert_true(count(addr("5.9.1.1"), false, UINT32_MAX, NULL));
	assert_int_equal(found.unknown, UINT32_MAX);
	assert_false(accepted("5.9.1.1", UINT32_MAX));
	assert_true(count(addr("5.9.1.1"), false, 1, NULL)); /* as many as of the others */
	assert_false(count(addr("5.9.1.1"), false, 0, NULL));
	memset(huge, 0xff, sizeof(huge));
	seen = (struct sw_bounce_seen){ .source = addr("5.9.9.9"),
					.n = 1,
					.rcpt = huge,
					.rcpt_n = sizeof(huge),
					.time_ms = now };
	assert_false(sw_bounce_count(b, &seen, now, &found));
	seen.rcpt_n = 0;
	assert_false(sw_bounce_count(b, &seen, now, &found));
}

static void a_clock_that_goes_back(void **state)
{
	open_with(64);
	assert_int_equal(takes("5.9.1.1", 20), 0);
	now -= 10 * DAY;
	for (unsigned i = 0; i < 5; i++)
		unknown("5.9.1.1", 100 + i);
	now += 10 * DAY;
	assert_false(unknown("5.9.1.1", 200));
}

static void bad_rules(void **state)
{
	struct sw_bounce_rules r;
	struct sw_err err;

#define REFUSED(field, value)                                         \
	do {                                                          \
		r = sw_bounce_defaults;                               \
		r.field = (value);                                    \
		assert_int_equal(sw_bounce_check(&r, &err), -EINVAL); \
		assert_true(strlen(err.text) > 10);                   \
	} while (0)
	REFUSED(unknown, 0);
	REFUSED(unknown, 9);
	REFUSED(different, 0);
	REFUSED(different, SW_BOUNCE_DIFFERENT + 1);
	REFUSED(share, 0);
	REFUSED(share, 1.01);
	REFUSED(share, NAN);
	REFUSED(network_unknown, 29);
	REFUSED(network_sources, 1);
	REFUSED(network_sources, SW_BOUNCE_DIFFERENT + 1);
	REFUSED(window_ms, 0);
	REFUSED(window_ms, -1);
	REFUSED(window_ms, INT64_MAX);
	REFUSED(accepted_ms, HOUR - 1);
	REFUSED(accepted_ms, INT64_MAX);
	REFUSED(locks, 0);
	REFUSED(locks, SW_BOUNCE_LOCKS + 1);
	REFUSED(lock_ms[1], 0);
	REFUSED(lock_ms[0], -1);
	REFUSED(lock_ms[0], INT64_MAX);
	REFUSED(memory_ms, 0);
	assert_int_equal(sw_bounce_check(&sw_bounce_defaults, &err), 0);
	r = sw_bounce_defaults;
	r.network_unknown = r.network_sources = 0;
	assert_int_equal(sw_bounce_check(&r, &err), 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(thirty_and_nothing_accepted),
		TEST(thirty_among_five_thousand),
		TEST(taken_first),
		TEST(half_is_half),
		TEST(accepted_ones_count_longer),
		TEST(one_dead_mailbox_is_no_dictionary),
		TEST(case_makes_no_difference),
		TEST(without_names_all_are_different),
		TEST(the_window_slides),
		TEST(what_follows_a_lock_is_not_counted),
		TEST(what_is_accepted_after_a_lock_counts),
		TEST(locks_in_turn),
		TEST(a_network_by_its_sum),
		TEST(one_address_is_no_network),
		TEST(good_neighbours_speak_for_a_network),
		TEST(not_for_whom_counts_alone),
		TEST(a_64_is_a_source),
		TEST(never_more_than_what_came_and_hardly_less),
		TEST(order_makes_no_difference),
		TEST(a_flood_evicts_nobody_that_matters),
		TEST(nobody_is_locked_for_another),
		TEST(absurd_numbers),
		TEST(a_clock_that_goes_back),
		TEST(bad_rules),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
