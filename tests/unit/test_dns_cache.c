/* SPDX-License-Identifier: GPL-2.0-only */
/* The cache of answers: for how long, within which bounds, who stays, and over restarts. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "dns/cache_parts.h"
#include "support/folder.h"
#include "support/random.h"
#include "support/rounds.h"

#define SECOND 1000ull

static struct sw_dns_cache *cache;

static struct sw_dns_cache_options usual(void)
{
	return (struct sw_dns_cache_options){
		.max_bytes = 1 << 20,
		.max_entries = 2000,
		.ttl_min = 10,
		.ttl_max = 3600,
		.negative_max = 600,
		.failed = 5,
		.seed = { 1, 2, 3 },
	};
}

static int open_usual(void **unused)
{
	const struct sw_dns_cache_options options = usual();

	return sw_dns_cache_open(&options, &cache);
}

static int close_cache(void **unused)
{
	cache = sw_dns_cache_close(cache);
	return 0;
}

static void reopen(const struct sw_dns_cache_options *options)
{
	sw_dns_cache_close(cache);
	assert_int_equal(sw_dns_cache_open(options, &cache), 0);
}

static struct sw_dns_name name_of(const char *text)
{
	struct sw_dns_name name;

	assert_int_equal(sw_dns_name_parse(text, &name), 0);
	return name;
}

static struct sw_dns_name numbered(const char *what, unsigned i)
{
	char text[64];

	snprintf(text, sizeof(text), "n%u.%s.example", i, what);
	return name_of(text);
}

/* An A record, or without one. */
static struct sw_dns_reply *make(enum sw_dns_status status, uint32_t ttl)
{
	struct sw_dns_reply *reply = sw_dns_reply_new(status == SW_DNS_OK ? 1 : 0, 0);

	assert_non_null(reply);
	reply->answer.status = status;
	reply->answer.ttl = ttl;
	if (status == SW_DNS_OK)
		reply->record[0] = (struct sw_dns_record){ .a = { 127, 0, 0, 2 } };
	if (status == SW_DNS_TEMPFAIL)
		reply->answer.trouble = SW_DNS_SERVFAIL;
	return reply;
}

static void put_name(struct sw_dns_name name, enum sw_dns_status status, uint32_t ttl, uint64_t now)
{
	struct sw_dns_reply *reply = make(status, ttl);

	sw_dns_cache_put(cache, &name, SW_DNS_A, reply, now);
	sw_dns_reply_drop(reply);
}

static void put(const char *text, enum sw_dns_status status, uint32_t ttl, uint64_t now)
{
	put_name(name_of(text), status, ttl, now);
}

static struct sw_dns_reply *get_name(struct sw_dns_name name, uint64_t now)
{
	uint32_t ttl;

	return sw_dns_cache_get(cache, &name, SW_DNS_A, now, &ttl);
}

/* Seconds that it holds for, or -1: it is not there. */
static int left(const char *text, uint64_t now)
{
	struct sw_dns_name name = name_of(text);
	uint32_t ttl = 77;

	return sw_dns_cache_get(cache, &name, SW_DNS_A, now, &ttl) ? (int)ttl : -1;
}

static struct sw_dns_cache_stats stats(void)
{
	struct sw_dns_cache_stats s;

	sw_dns_cache_stats(cache, &s);
	return s;
}

/* ---- time ---- */

static void as_long_as_it_holds(void **unused)
{
	assert_int_equal(left("a.example", 0), -1);
	put("a.example", SW_DNS_OK, 100, 5 * SECOND);
	assert_int_equal(left("a.example", 5 * SECOND), 100);
	assert_int_equal(left("a.example", 6 * SECOND), 99);
	assert_int_equal(left("a.example", 104 * SECOND + 999), 1);
	assert_int_equal(left("a.example", 105 * SECOND), -1);
	assert_int_equal(stats().entries, 0);
}

static void by_name_and_type(void **unused)
{
	struct sw_dns_name name = name_of("a.example");
	uint32_t ttl;

	put("a.example", SW_DNS_OK, 100, 0);
	assert_int_equal(left("A.EXAMPLE.", 0), 100);
	assert_int_equal(left("b.example", 0), -1);
	assert_null(sw_dns_cache_get(cache, &name, SW_DNS_TXT, 0, &ttl));
}

static void within_bounds(void **unused)
{
	put("short.example", SW_DNS_OK, 0, 0);
	put("long.example", SW_DNS_OK, UINT32_MAX, 0);
	put("none.example", SW_DNS_NXDOMAIN, UINT32_MAX, 0);
	put("nodata.example", SW_DNS_NODATA, 0, 0);
	assert_int_equal(left("short.example", 0), 10);
	assert_int_equal(left("long.example", 0), 3600);
	assert_int_equal(left("none.example", 0), 600);
	assert_int_equal(left("nodata.example", 0), 10);
}

static void negative_maximum_wins(void **unused)
{
	struct sw_dns_cache_options options = usual();

	options.negative_max = 0;
	reopen(&options);
	put("none.example", SW_DNS_NXDOMAIN, 300, 0);
	put("some.example", SW_DNS_OK, 300, 0);
	assert_int_equal(left("none.example", 0), -1);
	assert_int_equal(left("some.example", 0), 300);
}

static void a_new_answer_takes_the_place(void **unused)
{
	put("a.example", SW_DNS_OK, 100, 0);
	put("a.example", SW_DNS_NXDOMAIN, 50, 0);
	assert_int_equal(get_name(name_of("a.example"), 0)->answer.status, SW_DNS_NXDOMAIN);
	assert_int_equal(stats().entries, 1);
}

/* ---- failures ---- */

static void failures_for_seconds(void **unused)
{
	put("dead.example", SW_DNS_TEMPFAIL, 0, 0);
	assert_int_equal(left("dead.example", 4 * SECOND), 0);
	assert_int_equal(get_name(name_of("dead.example"), 0)->answer.trouble, SW_DNS_SERVFAIL);
	assert_int_equal(left("dead.example", 5 * SECOND), -1);
	put("dead.example", SW_DNS_TEMPFAIL, 0, 0);
	put("dead.example", SW_DNS_OK, 100, 0);
	assert_int_equal(left("dead.example", 0), 100);
	assert_int_equal(stats().failed, 0);
}

static void failure_never_takes_the_place_of_an_answer(void **unused)
{
	put("a.example", SW_DNS_OK, 100, 0);
	put("a.example", SW_DNS_TEMPFAIL, 0, SECOND);
	assert_int_equal(left("a.example", SECOND), 99);
	put("a.example", SW_DNS_TEMPFAIL, 0, 100 * SECOND); /* which has ended by then */
	assert_int_equal(left("a.example", 100 * SECOND), 0);
}

static void failures_have_room_of_their_own(void **unused)
{
	for (unsigned i = 0; i < 1000; i++)
		put_name(numbered("good", i), SW_DNS_OK, 1000, 0);
	for (unsigned i = 0; i < 100000; i++)
		put_name(numbered("dead", i), SW_DNS_TEMPFAIL, 0, 0);
	assert_int_equal(stats().entries, 1000);
	assert_in_range(stats().failed, 16, 250);
}

/* ---- bounds, and who stays ---- */

static void bounds_that_make_no_sense(void **unused)
{
	struct sw_dns_cache_options o[5];
	struct sw_dns_cache *none = NULL;

	for (int i = 0; i < 5; i++)
		o[i] = usual();
	o[0].ttl_min = 3601;
	o[1].max_bytes = 100;
	o[2].max_entries = 0;
	o[3].failed = SW_DNS_CACHE_FAILED_MAX + 1;
	for (int i = 0; i < 4; i++)
		assert_int_equal(sw_dns_cache_open(&o[i], &none), -EINVAL);
	assert_null(none);
}

static void is_within_bounds(void)
{
	assert_true(stats().entries <= usual().max_entries);
	assert_true(stats().bytes <= usual().max_bytes);
}

static void flood_of_names(void **unused)
{
	const unsigned good = 500;
	unsigned kept = 0, asked = 0;

	for (unsigned i = 0; i < good; i++) {
		put_name(numbered("good", i), SW_DNS_OK, 3000, 0);
		assert_non_null(get_name(numbered("good", i), 0)); /* asked for again */
	}
	/* a million names once each, and meanwhile each good one at every 20000th */
	for (unsigned i = 0; i < (unsigned)rounds(1000000); i++) {
		put_name(numbered("flood", i), SW_DNS_NXDOMAIN, 3000, 0);
		if (i % 40 == 0) {
			kept += get_name(numbered("good", i / 40 % good), 0) != NULL;
			asked++;
		}
	}
	is_within_bounds();
	assert_int_equal(kept, asked);
}

/* A flood that asks for each of its names twice gets further, but not what is in use. */
static void flood_that_asks_twice(void **unused)
{
	const unsigned good = 200;
	unsigned kept = 0, asked = 0;

	for (unsigned i = 0; i < good; i++) {
		put_name(numbered("good", i), SW_DNS_OK, 3000, 0);
		get_name(numbered("good", i), 0);
	}
	for (unsigned i = 0; i < (unsigned)rounds(300000); i++) {
		put_name(numbered("flood", i), SW_DNS_NXDOMAIN, 3000, 0);
		get_name(numbered("flood", i), 0);
		if (i % 4 == 0) {
			struct sw_dns_name name = numbered("good", i / 4 % good);

			asked++;
			if (get_name(name, 0))
				kept++;
			else
				put_name(name, SW_DNS_OK, 3000, 0);
		}
	}
	is_within_bounds();
	assert_true(kept > asked * 95 / 100);
}

static void known_again_soon_after(void **unused)
{
	unsigned kept = 0;

	for (unsigned round = 0; round < 2; round++) {
		for (unsigned i = 0; i < 50; i++) {
			assert_null(get_name(numbered("again", i), 0));
			put_name(numbered("again", i), SW_DNS_OK, 3000, 0);
		}
		for (unsigned i = 0; i < (round ? 100000 : 2500); i++)
			put_name(numbered(round ? "two" : "one", i), SW_DNS_OK, 3000, 0);
	}
	for (unsigned i = 0; i < 50; i++)
		kept += get_name(numbered("again", i), 0) != NULL;
	assert_in_range(kept, 25, 50); /* that they were there is remembered mostly */
}

static void one_large_answer(void **unused)
{
	struct sw_dns_reply *reply = sw_dns_reply_new(1, 500000);
	struct sw_dns_name name = name_of("large.example");

	assert_non_null(reply);
	reply->answer.status = SW_DNS_OK;
	put("small.example", SW_DNS_OK, 100, 0);
	sw_dns_cache_put(cache, &name, SW_DNS_A, reply, 0);
	sw_dns_reply_drop(reply);
	assert_null(get_name(name, 0));
	assert_int_equal(left("small.example", 0), 100);
}

static void held_while_it_goes(void **unused)
{
	struct sw_dns_reply *reply;

	put("held.example", SW_DNS_OK, 100, 0);
	reply = sw_dns_reply_hold(get_name(name_of("held.example"), 0));
	for (unsigned i = 0; i < 100000; i++) {
		put_name(numbered("x", i), SW_DNS_OK, 3000, 0);
		get_name(numbered("x", i), 0);
	}
	assert_null(get_name(name_of("held.example"), 200 * SECOND));
	assert_int_equal(reply->answer.record[0].a[0], 127);
	sw_dns_reply_drop(reply);
}

/* Against a model that forgets nothing: what is there is right. */
static void at_random(void **unused)
{
	enum { NAMES = 5000 };
	static uint64_t until[NAMES];
	static uint32_t ttl_of[NAMES];
	uint64_t state = 5, now = 0;

	for (int i = 0; i < 300000; i++) {
		unsigned k = (unsigned)(sw_random(&state) % NAMES);
		struct sw_dns_name name = numbered("r", k);
		uint32_t ttl;
		struct sw_dns_reply *reply = sw_dns_cache_get(cache, &name, SW_DNS_A, now, &ttl);

		now += sw_random(&state) % 100;
		if (reply && until[k] > now)
			assert_int_equal(reply->answer.ttl, ttl_of[k]);
		if (sw_random(&state) % 2)
			continue;
		ttl_of[k] = (uint32_t)(10 + sw_random(&state) % 1000);
		until[k] = now + ttl_of[k] * SECOND;
		put_name(name, SW_DNS_OK, ttl_of[k], now);
		is_within_bounds();
	}
	assert_true(stats().hits > 10000);
	for (unsigned k = 0; k < NAMES; k++)
		if (until[k] <= now)
			assert_null(get_name(numbered("r", k), now));
}

/* ---- over restarts ---- */

static const struct sw_dns_cache_time saved = {
	.wall_ms = 1700000000000,
	.monotonic_ms = 50000 * SECOND,
	.boot = "one",
};

static char *folder;

static int open_with_folder(void **state)
{
	folder = folder_make();
	return open_usual(state);
}

static int close_with_folder(void **state)
{
	folder_remove(folder);
	return close_cache(state);
}

static void put_all_kinds(void)
{
	static const uint16_t types[] = { SW_DNS_PTR, SW_DNS_MX, SW_DNS_TXT, SW_DNS_AAAA };
	struct sw_dns_name name = name_of("kinds.example");

	put("kinds.example", SW_DNS_OK, 100, saved.monotonic_ms);
	put("none.example", SW_DNS_NXDOMAIN, 200, saved.monotonic_ms);
	put("nodata.example", SW_DNS_NODATA, 300, saved.monotonic_ms);
	put("dead.example", SW_DNS_TEMPFAIL, 0, saved.monotonic_ms);
	for (size_t i = 0; i < 4; i++) {
		struct sw_dns_reply *reply = sw_dns_reply_new(2, 64);
		char *text = sw_dns_reply_text(reply);

		memset(reply->record, 0, 2 * sizeof(reply->record[0]));
		memcpy(text, "mx\\000.example", 15);
		reply->answer.ttl = 400;
		for (int k = 0; k < 2; k++) {
			if (types[i] == SW_DNS_AAAA) {
				reply->record[k].aaaa[15] = (uint8_t)k;
			} else if (types[i] == SW_DNS_TXT) {
				reply->record[k].txt.bytes = text;
				reply->record[k].txt.n = 14;
			} else {
				reply->record[k].name = k ? text : text + 14;
				reply->record[k].preference = 99;
			}
		}
		sw_dns_cache_put(cache, &name, types[i], reply, saved.monotonic_ms);
		sw_dns_reply_drop(reply);
	}
}

static void are_all_kinds(uint64_t now, uint32_t age)
{
	struct sw_dns_name name = name_of("kinds.example");
	struct sw_dns_reply *reply;
	uint32_t ttl;

	assert_int_equal(left("kinds.example", now), 100 - age);
	assert_int_equal(left("none.example", now), 200 - age);
	assert_int_equal(left("nodata.example", now), 300 - age);
	assert_int_equal(left("dead.example", now), -1);
	assert_int_equal(get_name(name, now)->answer.record[0].a[3], 2);
	assert_int_equal(get_name(name_of("nodata.example"), now)->answer.status, SW_DNS_NODATA);
	reply = sw_dns_cache_get(cache, &name, SW_DNS_MX, now, &ttl);
	assert_int_equal(reply->answer.n, 2);
	assert_int_equal(reply->answer.record[1].preference, 99);
	assert_string_equal(reply->answer.record[0].name, "");
	assert_string_equal(reply->answer.record[1].name, "mx\\000.example");
	reply = sw_dns_cache_get(cache, &name, SW_DNS_TXT, now, &ttl);
	assert_int_equal(reply->answer.record[1].txt.n, 14);
	reply = sw_dns_cache_get(cache, &name, SW_DNS_AAAA, now, &ttl);
	assert_int_equal(reply->answer.record[1].aaaa[15], 1);
	assert_non_null(sw_dns_cache_get(cache, &name, SW_DNS_PTR, now, &ttl));
}

static size_t load_at(const struct sw_dns_cache_time *now)
{
	const struct sw_dns_cache_options options = usual();
	struct sw_err err = { "" };
	size_t n = 777;

	reopen(&options);
	if (sw_dns_cache_load(cache, folder_path(folder, "cache"), now, &n, &err))
		fail_msg("%s", err.text);
	return n;
}

static void save_all_kinds(void)
{
	struct sw_err err = { "" };

	put_all_kinds();
	assert_int_equal(sw_dns_cache_save(cache, folder_path(folder, "cache"), &saved, &err), 0);
}

static void same_boot(void **unused)
{
	/* the wall clock was set by years meanwhile */
	const struct sw_dns_cache_time now = { .wall_ms = 5,
					       .monotonic_ms = saved.monotonic_ms + 20 * SECOND,
					       .boot = "one" };
	struct stat st;

	save_all_kinds();
	assert_int_equal(load_at(&now), 7);
	are_all_kinds(now.monotonic_ms, 20);
	assert_int_equal(stat(folder_path(folder, "cache"), &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
}

static void other_boot(void **unused)
{
	const struct sw_dns_cache_time now = { .wall_ms = saved.wall_ms + 30 * 1000,
					       .monotonic_ms = 3 * SECOND,
					       .boot = "two" };

	save_all_kinds();
	assert_int_equal(load_at(&now), 7);
	are_all_kinds(now.monotonic_ms, 30);
}

static void too_old(void **unused)
{
	struct sw_dns_cache_time now = { .wall_ms = saved.wall_ms + 250 * 1000,
					 .monotonic_ms = 3 * SECOND,
					 .boot = "two" };

	save_all_kinds();
	assert_int_equal(load_at(&now), 5);
	assert_int_equal(left("kinds.example", now.monotonic_ms), -1);
	assert_int_equal(left("nodata.example", now.monotonic_ms), 50);
	now.wall_ms = INT64_MAX;
	assert_int_equal(load_at(&now), 0);
}

static void no_file(void **unused)
{
	assert_int_equal(load_at(&saved), 0);
}

static void smaller_bounds_now(void **unused)
{
	struct sw_dns_cache_options options = usual();
	struct sw_err err;
	size_t n;

	save_all_kinds();
	options.ttl_max = 50;
	options.negative_max = 20;
	reopen(&options);
	assert_int_equal(sw_dns_cache_load(cache, folder_path(folder, "cache"), &saved, &n, &err),
			 0);
	assert_int_equal(left("kinds.example", saved.monotonic_ms), 50);
	assert_int_equal(left("none.example", saved.monotonic_ms), 20);
}

static void who_stays_stays_over_restarts(void **unused)
{
	struct sw_err err;

	for (unsigned i = 0; i < 100; i++) {
		put_name(numbered("good", i), SW_DNS_OK, 3000, saved.monotonic_ms);
		get_name(numbered("good", i), saved.monotonic_ms);
	}
	for (unsigned i = 0; i < 5000; i++)
		put_name(numbered("flood", i), SW_DNS_OK, 3000, saved.monotonic_ms);
	assert_int_equal(sw_dns_cache_save(cache, folder_path(folder, "cache"), &saved, &err), 0);
	assert_int_equal(load_at(&saved), stats().entries);
	for (unsigned i = 0; i < 50000; i++)
		put_name(numbered("more", i), SW_DNS_OK, 3000, saved.monotonic_ms);
	for (unsigned i = 0; i < 100; i++)
		assert_non_null(get_name(numbered("good", i), saved.monotonic_ms));
}

/* While entries come, go and move: what is there all the time is in the file. */
static void written_bit_by_bit(void **unused)
{
	struct sw_dns_cache_writer *writer;
	uint64_t state = 5;
	unsigned i = 0, turns = 0;
	uint8_t *data;
	size_t n;

	for (unsigned k = 0; k < 300; k++) {
		put_name(numbered("good", k), SW_DNS_OK, 3000, saved.monotonic_ms);
		get_name(numbered("good", k), saved.monotonic_ms);
	}
	for (unsigned k = 0; k < 3000; k++)
		put_name(numbered("flood", k), SW_DNS_OK, 3000, saved.monotonic_ms);
	writer = sw_dns_cache_write(cache, &saved);
	assert_non_null(writer);
	for (; !sw_dns_cache_write_some(writer, 20); turns++) {
		for (unsigned k = 0; k < 30; k++)
			put_name(numbered("more", i++), SW_DNS_OK, 3000, saved.monotonic_ms);
		for (unsigned k = 0; k < 10; k++)
			get_name(numbered("good", (unsigned)(sw_random(&state) % 300)),
				 saved.monotonic_ms);
	}
	assert_true(turns > 10);
	data = sw_dns_cache_written(writer, &n);
	assert_non_null(data);
	sw_dns_cache_seal(data, n);
	folder_write_bytes(folder, "cache", data, n);
	free(data);
	assert_true(load_at(&saved) > 300);
	for (unsigned k = 0; k < 300; k++)
		assert_non_null(get_name(numbered("good", k), saved.monotonic_ms));
}

static void a_writer_that_is_given_up(void **unused)
{
	struct sw_dns_cache_writer *writer;
	const struct sw_dns_cache_options options = usual();
	size_t n;

	put_all_kinds();
	writer = sw_dns_cache_write(cache, &saved);
	assert_false(sw_dns_cache_write_some(writer, 2));
	free(sw_dns_cache_written(writer, &n));
	reopen(&options);
	writer = sw_dns_cache_write(cache, &saved);
	assert_true(sw_dns_cache_write_some(writer, 1));
	free(sw_dns_cache_written(writer, &n));
}

static void is_refused(const void *data, size_t n, const struct sw_dns_cache_time *now,
		       const char *words)
{
	const struct sw_dns_cache_options options = usual();
	struct sw_err err = { "" };
	size_t taken;

	reopen(&options);
	folder_write_bytes(folder, "cache", data, n);
	assert_int_equal(sw_dns_cache_load(cache, folder_path(folder, "cache"), now, &taken, &err),
			 -EBADMSG);
	if (!strstr(err.text, words) || !strstr(err.text, "/cache: "))
		fail_msg("\"%s\" does not say \"%s\"", err.text, words);
	assert_int_equal(stats().entries, 0);
}

static void damaged_anywhere(void **unused)
{
	uint8_t *data;
	size_t n;

	put_all_kinds();
	data = sw_dns_cache_encode(cache, &saved, &n);
	assert_non_null(data);
	for (size_t i = 0; i < n; i++) {
		data[i] ^= 0x10;
		is_refused(data, n, &saved, i < 8 ? "not a cache" : "checksum");
		data[i] ^= 0x10;
	}
	for (size_t i = 0; i < n; i++)
		is_refused(data, i, &saved, i < 80 ? "not a cache" : "checksum");
	free(data);
}

static void foreign(void **unused)
{
	static char zeros[200];
	static char large[2 << 20];

	is_refused("", 0, &saved, "not a cache");
	is_refused("hello\n", 6, &saved, "not a cache");
	is_refused(zeros, sizeof(zeros), &saved, "not a cache");
	is_refused(large, sizeof(large), &saved, "larger");
}

static void another_version(void **unused)
{
	uint8_t *data;
	size_t n;

	put_all_kinds();
	data = sw_dns_cache_encode(cache, &saved, &n);
	assert_non_null(data);
	data[11]++;
	sw_dns_cache_seal(data, n);
	is_refused(data, n, &saved, "version 2");
	free(data);
}

static void of_a_time_to_come(void **unused)
{
	struct sw_dns_cache_time now = saved;
	uint8_t *data;
	size_t n;

	put_all_kinds();
	data = sw_dns_cache_encode(cache, &saved, &n);
	assert_non_null(data);
	now.monotonic_ms--;
	is_refused(data, n, &now, "not come yet");
	now = saved;
	now.wall_ms--;
	strcpy(now.boot, "two");
	is_refused(data, n, &now, "set back");
	free(data);
}

/* Whose checksum is right: nothing of it is taken unless all of it makes sense. */
static void wrong_with_the_right_sum(void **unused)
{
	const struct sw_dns_cache_options options = usual();
	uint64_t state = 9;
	uint8_t *data;
	size_t n;

	put_all_kinds();
	data = sw_dns_cache_encode(cache, &saved, &n);
	assert_non_null(data);
	for (int round = 0; round < 100000; round++) {
		size_t cut = sw_random(&state) % 4 ? n : 80 + sw_random(&state) % (n - 80), taken;
		uint8_t *copy = malloc(cut);
		struct sw_err err = { "" };

		memcpy(copy, data, cut);
		for (uint64_t k = sw_random(&state) % 3; k; k--)
			copy[68 + sw_random(&state) % (cut - 76)] = (uint8_t)sw_random(&state);
		sw_dns_cache_seal(copy, cut);
		if (round % 500 == 0)
			reopen(&options);
		if (sw_dns_cache_decode(cache, copy, cut, &saved, &taken, &err)) {
			assert_true(err.text[0]);
			if (round % 500 == 0)
				assert_int_equal(stats().entries, 0);
		}
		free(copy);
	}
	free(data);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, open_usual, close_cache)
#define FILE_TEST(f) cmocka_unit_test_setup_teardown(f, open_with_folder, close_with_folder)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(as_long_as_it_holds),
		TEST(by_name_and_type),
		TEST(within_bounds),
		TEST(negative_maximum_wins),
		TEST(a_new_answer_takes_the_place),
		TEST(failures_for_seconds),
		TEST(failure_never_takes_the_place_of_an_answer),
		TEST(failures_have_room_of_their_own),
		TEST(bounds_that_make_no_sense),
		TEST(flood_of_names),
		TEST(flood_that_asks_twice),
		TEST(known_again_soon_after),
		TEST(one_large_answer),
		TEST(held_while_it_goes),
		TEST(at_random),
		FILE_TEST(same_boot),
		FILE_TEST(other_boot),
		FILE_TEST(too_old),
		FILE_TEST(no_file),
		FILE_TEST(smaller_bounds_now),
		FILE_TEST(who_stays_stays_over_restarts),
		FILE_TEST(written_bit_by_bit),
		FILE_TEST(a_writer_that_is_given_up),
		FILE_TEST(damaged_anywhere),
		FILE_TEST(foreign),
		FILE_TEST(another_version),
		FILE_TEST(of_a_time_to_come),
		FILE_TEST(wrong_with_the_right_sum),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
