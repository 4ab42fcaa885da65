/* SPDX-License-Identifier: GPL-2.0-only */
/* Which networks of a domain are in force: growing at once, shrinking by agreement, and when to
 * look again; against a model in the end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dns/spf_allow.h"
#include "support/random.h"

#define MINUTE INT64_C(60000)
#define APART (5 * MINUTE) /* so that each counts */
#define WALL INT64_C(1700000000000)

static struct sw_spf_allow allow;
static int64_t now_ms;

static int setup(void **state)
{
	now_ms = 1000;
	return 0;
}

static int teardown(void **state)
{
	sw_spf_allow_done(&allow);
	return 0;
}

static int take_nets(const struct sw_prefix *net, size_t n, bool complete, bool *changed)
{
	const struct sw_spf_collection c = {
		.net = net, .n = n, .complete = complete, .ttl_s = 600, .room = SIZE_MAX
	};

	now_ms += APART;
	return sw_spf_allow_take(&allow, &c, now_ms, WALL + now_ms, changed);
}

/* A collection of the hosts 192.0.2.x of the letters a, b, c...; returns what is in force. */
static const char *take_ttl(const char *letters, bool complete, uint32_t ttl, bool changed)
{
	static char ret[64];
	struct sw_prefix net[32];
	bool was_changed = !changed;
	size_t n = strlen(letters);
	struct sw_spf_collection c = {
		.n = n, .complete = complete, .ttl_s = ttl, .room = SIZE_MAX
	};

	for (size_t i = 0; i < n; i++)
		net[i] = sw_prefix_ip4(0xc0000200u + (uint32_t)(letters[i] - 'a'), 32);
	c.net = net;
	now_ms += APART;
	assert_int_equal(sw_spf_allow_take(&allow, &c, now_ms, WALL + now_ms, &was_changed), 0);
	assert_int_equal(was_changed, changed);
	for (size_t i = 0; i < allow.n; i++)
		ret[i] = (char)('a' + (allow.net[i].net.lo & 31));
	ret[allow.n] = '\0';
	return ret;
}

static const char *take(const char *letters, bool complete, bool changed)
{
	return take_ttl(letters, complete, 600, changed);
}

static void it_grows_at_once(void **state)
{
	assert_string_equal(take("bd", true, true), "bd");
	assert_string_equal(take("abcde", true, true), "abcde");
	assert_string_equal(take("abcde", true, false), "abcde");
	assert_string_equal(take("fg", false, true), "abcdefg");
}

static void it_shrinks_when_three_agree(void **state)
{
	take("abc", true, true);
	assert_string_equal(take("ac", true, false), "abc");
	assert_string_equal(take("a", true, false), "abc");
	assert_string_equal(take("a", true, true), "ac");
	assert_string_equal(take("a", true, true), "a");
	assert_string_equal(take("", true, false), "a");
	assert_string_equal(take("", true, false), "a");
	assert_string_equal(take("", true, true), "");
	assert_string_equal(take("", true, false), "");
}

static void being_seen_counts_anew(void **state)
{
	take("ab", true, true);
	take("a", true, false);
	take("a", true, false);
	assert_string_equal(take("ab", true, false), "ab");
	take("a", true, false);
	take("a", true, false);
	/* also by one that is not complete */
	assert_string_equal(take("b", false, false), "ab");
	take("a", true, false);
	take("a", true, false);
	assert_string_equal(take("a", true, true), "a");
}

static void incomplete_ones_take_nothing_away(void **state)
{
	take("abc", true, true);
	for (int i = 0; i < 1000; i++)
		assert_string_equal(take("", false, false), "abc");
	take("", true, false);
	take("", true, false);
	for (int i = 0; i < 10; i++)
		assert_string_equal(take("", false, false), "abc");
	assert_string_equal(take("", true, true), "");
}

static void addresses_that_take_turns(void **state)
{
	take("a", true, true);
	take("b", true, true);
	assert_string_equal(take("c", true, true), "abc");
	for (int i = 0; i < 30; i++)
		assert_string_equal(take(i % 3 == 0   ? "a"
					 : i % 3 == 1 ? "b"
						      : "c",
					 true, false),
				    "abc");
}

static void when_to_look_again(void **state)
{
	assert_int_equal(allow.due_ms, 0);
	take_ttl("a", true, 600, true);
	assert_int_equal(allow.due_ms, now_ms + 10 * MINUTE);
	take_ttl("a", true, 0, false);
	assert_int_equal(allow.due_ms, now_ms + 5 * MINUTE);
	take_ttl("a", true, UINT32_MAX, false);
	assert_int_equal(allow.due_ms, now_ms + 24 * 60 * MINUTE);
	for (int64_t minutes = 1; minutes < 60; minutes *= 2) {
		take_ttl("a", false, 600, false);
		assert_int_equal(allow.due_ms, now_ms + minutes * MINUTE);
	}
	for (int i = 0; i < 100; i++) {
		take_ttl("a", false, 600, false);
		assert_int_equal(allow.due_ms, now_ms + 60 * MINUTE);
	}
	take_ttl("a", true, 600, false);
	take_ttl("a", false, 600, false);
	assert_int_equal(allow.due_ms, now_ms + MINUTE);
}

static void too_many(void **state)
{
	enum { N = SW_SPF_ALLOW_MAX / 2 + 100 };
	struct sw_prefix *net = calloc(N, sizeof(*net));
	bool changed = false;

	assert_non_null(net);
	for (uint32_t i = 0; i < N; i++)
		net[i] = sw_prefix_ip4(i, 32);
	assert_int_equal(take_nets(net, N, true, &changed), 0);
	for (uint32_t i = 0; i < N; i++)
		net[i] = sw_prefix_ip4(0x1000000 + i, 32);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(take_nets(net, N, true, &changed), -ENOSPC);
		assert_true(allow.n <= SW_SPF_ALLOW_MAX);
	}
	/* what was there before has gone, and there is room again */
	assert_int_equal(take_nets(net, N, true, &changed), 0);
	assert_int_equal(allow.n, N);
	assert_true(changed);
	free(net);
}

static void too_soon_to_count(void **state)
{
	struct sw_prefix a = sw_prefix_ip4(0xc0000200, 32);
	const struct sw_spf_collection c = {
		.net = &a, .n = 1, .complete = true, .ttl_s = 600, .room = SIZE_MAX
	};
	bool changed = false;

	take("ab", true, true);
	for (int i = 0; i < 20; i++) /* within five minutes */
		assert_int_equal(
			sw_spf_allow_take(&allow, &c, now_ms, WALL + now_ms + i * 10000, &changed),
			0);
	assert_int_equal(allow.n, 2);
	assert_int_equal(allow.net[1].missing, 0);
	/* the clock on the wall is set back by years: it goes on from there */
	for (int64_t i = 1; i < 4; i++)
		assert_int_equal(sw_spf_allow_take(&allow, &c, now_ms, i * APART, &changed), 0);
	assert_int_equal(allow.n, 2);
	assert_int_equal(sw_spf_allow_take(&allow, &c, now_ms, 4 * APART, &changed), 0);
	assert_int_equal(allow.n, 1);
	assert_true(changed);
}

static void since_when(void **state)
{
	take("b", true, true);
	assert_int_equal(allow.net[0].since_ms, WALL + now_ms);
	assert_int_equal(allow.confirmed_ms, WALL + now_ms);
	take("ab", false, true);
	assert_int_equal(allow.net[0].since_ms, WALL + now_ms);
	assert_int_equal(allow.net[1].since_ms, WALL + now_ms - APART);
	assert_int_equal(allow.confirmed_ms, WALL + now_ms - APART);
}

static void prefix(struct sw_prefix *ret, const char *text)
{
	assert_int_equal(sw_prefix_parse(text, strlen(text), ret), 0);
}

static void too_much_of_the_internet(void **state)
{
	struct sw_prefix net[3];
	bool changed = false;

	take("a", true, true);
	for (int i = 0; i < 10; i++) { /* neither does it take away */
		net[0] = sw_prefix_ip4(0, 1);
		assert_int_equal(take_nets(net, 1, true, &changed), -ERANGE);
		prefix(&net[0], "::/0");
		assert_int_equal(take_nets(net, 1, true, &changed), -ERANGE);
		prefix(&net[0], "7.0.0.0/8");
		prefix(&net[1], "8.0.0.0/32");
		assert_int_equal(take_nets(net, 2, true, &changed), -ERANGE);
		prefix(&net[0], "2a00::/20");
		prefix(&net[1], "2a01::/128");
		assert_int_equal(take_nets(net, 2, true, &changed), -ERANGE);
	}
	assert_false(changed);
	assert_int_equal(allow.n, 1);
	assert_int_equal(allow.failures, 40);
	/* nor by one such network after another */
	prefix(&net[0], "7.0.0.0/9");
	assert_int_equal(take_nets(net, 1, false, &changed), 0);
	prefix(&net[0], "8.0.0.0/9");
	assert_int_equal(take_nets(net, 1, false, &changed), -ENOSPC);
	assert_int_equal(allow.n, 2);
	prefix(&net[0], "2a00::/20");
	assert_int_equal(take_nets(net, 1, false, &changed), 0);
	assert_int_equal(allow.n, 3);
	assert_true(sw_spf_allow_is_sound(&allow));
}

static void room_that_others_leave(void **state)
{
	struct sw_prefix net[4];
	struct sw_spf_collection c = { .net = net, .n = 3, .complete = true, .room = 2 };
	bool changed = false;

	for (uint32_t i = 0; i < 4; i++)
		net[i] = sw_prefix_ip4(i, 32);
	assert_int_equal(sw_spf_allow_take(&allow, &c, 0, WALL, &changed), -ENOSPC);
	assert_int_equal(allow.n, 0);
	c.n = 2;
	assert_int_equal(sw_spf_allow_take(&allow, &c, 0, WALL, &changed), 0);
	assert_int_equal(allow.n, 2);
	c.room = 0; /* less than there is: nothing is new, so that is no matter */
	assert_int_equal(sw_spf_allow_take(&allow, &c, 0, WALL, &changed), 0);
	assert_int_equal(allow.n, 2);
}

static void copies_and_sound_ones(void **state)
{
	struct sw_spf_allow copy;

	take("ab", true, true);
	assert_int_equal(sw_spf_allow_copy(&allow, &copy), 0);
	assert_true(copy.net != allow.net);
	assert_int_equal(copy.n, 2);
	assert_true(sw_spf_allow_is_sound(&copy));
	copy.net[1] = copy.net[0];
	assert_false(sw_spf_allow_is_sound(&copy));
	copy.n = 1;
	copy.net[0].net = sw_prefix_ip4(0, 0);
	assert_false(sw_spf_allow_is_sound(&copy));
	sw_spf_allow_done(&copy);
	assert_true(sw_spf_allow_is_sound(&copy));
}

static void as_a_model_has_it(void **state)
{
	uint64_t random = 7;
	int missing[20];
	bool in_force[20] = { false };

	memset(missing, 0, sizeof(missing));
	for (int round = 0; round < 3000; round++) {
		bool complete = sw_random(&random) % 3, changed = false;
		uint64_t bits = sw_random(&random);
		char letters[32] = "", want[32] = "";

		for (int i = 0; i < 20; i++) {
			bool seen = bits >> i * 2 & 3, was = in_force[i];

			missing[i] = seen ? 0 : missing[i] + complete;
			in_force[i] = seen || (was && missing[i] < SW_SPF_ALLOW_AGREE);
			changed = changed || was != in_force[i];
			if (!in_force[i])
				missing[i] = 0;
			strncat(letters, &"abcdefghijklmnopqrst"[i], seen);
			strncat(want, &"abcdefghijklmnopqrst"[i], in_force[i]);
		}
		assert_string_equal(take(letters, complete, changed), want);
	}
}

#define WITH(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH(it_grows_at_once),
		WITH(it_shrinks_when_three_agree),
		WITH(being_seen_counts_anew),
		WITH(incomplete_ones_take_nothing_away),
		WITH(addresses_that_take_turns),
		WITH(when_to_look_again),
		WITH(too_many),
		WITH(too_soon_to_count),
		WITH(since_when),
		WITH(too_much_of_the_internet),
		WITH(room_that_others_leave),
		WITH(copies_and_sound_ones),
		WITH(as_a_model_has_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
