/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Verdicts that end: the tables and sw_expiry together, through every order of changes and a
 * clock that goes on, against an oracle that looks at each list entry and each verdict; and
 * with a reader running. Nobody clears a verdict because it has ended: that is the point.
 */
#include <pthread.h>
#include <sched.h>
#include <time.h>

#include "tests/support/rounds.h"
#include "tests/support/table_world.h"

#define SEED 20261128
#define TICK SW_WORLD_TICK

static uint64_t state;

/* To just before an end, to it, to just after it, or a little on. */
static void let_time_pass(struct sw_world *w)
{
	uint64_t to = w->now_ns + sw_world_rnd(w) % (5 * TICK);

	if (w->verdicts && sw_world_rnd(w) % 2) {
		const struct sw_table_verdict *v = &w->verdict[sw_world_rnd(w) % w->verdicts];
		uint64_t end = (v->ends_ns + TICK - 1) / TICK * TICK;

		if (end > w->now_ns)
			to = end - 1 + sw_world_rnd(w) % 3;
	}
	w->now_ns = to > w->now_ns ? to : w->now_ns;
}

static struct sw_prefix change_any(struct sw_world *w)
{
	struct sw_prefix touched = sw_world_prefix(w, sw_world_family(w));

	switch (sw_world_rnd(w) % 16) {
	case 0:
		sw_world_lists(w);
		break;
	case 1:
		if (sw_world_rnd(w) % 4 == 0)
			sw_world_restart(w);
		break;
	case 2:
	case 3:
	case 4:
		let_time_pass(w);
		break;
	case 5:
	case 6:
	case 7:
	case 8:
		touched = sw_world_clear(w);
		break;
	default:
		touched = sw_world_set(w, 7);
		break;
	}
	return touched;
}

static void every_order_of_changes_and_ends_is_as_the_oracle_says(void **unused)
{
	static struct sw_world w;

	state = SEED;
	for (int round = 0; round < rounds(30); round++) {
		sw_world_open(&w, &state);
		sw_world_lists(&w);
		for (int i = 0; i < 400; i++) {
			struct sw_prefix touched = change_any(&w);

			sw_world_check(&w, &touched);
		}
		while (w.verdicts) { /* what was for them goes with them */
			struct sw_prefix touched = sw_world_clear(&w);

			sw_world_check(&w, &touched);
		}
		assert_int_equal(sw_expiry_count(&w.expiry).entries, 0);
		sw_world_close(&w);
	}
}

/* ---- one case after the other, to be read ---- */

enum { DROP = 1, ALLOW = 2, BLOCK = 3, BLOCK_FOR = 13, ALLOW_FOR = 12, BOUNCE_FOR = 14 };

/* An allow list counts more than a block list, the operator more than both, a bounce in
 * between. */
static void open_plain(struct sw_world *w)
{
	sw_world_open(w, &state);
	memset(w->rank, 0, sizeof(w->rank));
	w->rank[DROP].tier = 1;
	w->rank[BOUNCE_FOR].tier = 2;
	w->rank[ALLOW].tier = 3;
	w->rank[BLOCK].tier = w->rank[BLOCK_FOR].tier = w->rank[ALLOW_FOR].tier = 4;
	for (unsigned c = 0; c < SW_CLASS_MAX; c++)
		w->head.rank[c] = w->rank[c].tier;
}

/* 5.1.2.0/25 dropped, 5.1.2.0/28 in it allowed; the same below 2a01:1::/32. */
static void load_plain(struct sw_world *w)
{
	const struct sw_entry4 four[] = {
		{ .addr = 0x05010200, .len = 25, .class = DROP },
		{ .addr = 0x05010200, .len = 28, .class = ALLOW },
	};
	const struct sw_entry6 six[] = {
		{ .hi = 0x2a01000100000000, .len = 32, .class = DROP },
		{ .hi = 0x2a01000100000000, .len = 48, .class = ALLOW },
	};

	assert_int_equal(sw_table_load(w->table, four, 2, six, 2, w->rank), 0);
}

static struct sw_prefix prefix(const char *text)
{
	struct sw_prefix p;

	assert_int_equal(sw_prefix_parse(text, strlen(text), &p), 0);
	return p;
}

static void set(struct sw_world *w, const char *source, uint8_t class, uint64_t ends)
{
	struct sw_prefix p = prefix(source);

	assert_int_equal(sw_table_set(w->table, &p, class, ends * TICK), 0);
}

static void clear(struct sw_world *w, const char *source)
{
	struct sw_prefix p = prefix(source);

	assert_int_equal(sw_table_clear(w->table, &p), 0);
}

static void expect(struct sw_world *w, uint64_t now, const char *source, uint8_t class)
{
	struct sw_prefix p = prefix(source);

	w->now_ns = now * TICK;
	assert_int_equal(sw_world_now(w, &p), class);
}

static void after_the_end_lists_count(void **unused)
{
	static struct sw_world w;

	open_plain(&w);
	load_plain(&w);
	set(&w, "5.1.2.99", ALLOW_FOR, 2000);
	set(&w, "5.1.2.3", BLOCK_FOR, 2000);
	set(&w, "5.9.9.9", BLOCK_FOR, 2000);
	set(&w, "2a01:1:5::/64", ALLOW_FOR, 2000);
	expect(&w, 1999, "5.1.2.99", ALLOW_FOR);
	expect(&w, 2000, "5.1.2.99", DROP);
	expect(&w, 1999, "5.1.2.3", BLOCK_FOR);
	expect(&w, 2000, "5.1.2.3", ALLOW);
	expect(&w, 1999, "5.9.9.9", BLOCK_FOR);
	expect(&w, 2000, "5.9.9.9", SW_CLASS_UNLISTED);
	expect(&w, 1999, "2a01:1:5::1", ALLOW_FOR);
	expect(&w, 2000, "2a01:1:5::1", DROP);
	set(&w, "5.9.9.9", BLOCK_FOR, 3000); /* again, for longer */
	expect(&w, 2999, "5.9.9.9", BLOCK_FOR);
	expect(&w, 3000, "5.9.9.9", SW_CLASS_UNLISTED);
	sw_world_close(&w);
}

/* One verdict, of whose sources the lists say different things. */
static void a_network_falls_back_to_what_is_said_of_each_part(void **unused)
{
	static struct sw_world w;

	open_plain(&w);
	load_plain(&w);
	set(&w, "5.1.0.0/16", BLOCK_FOR, 2000);
	set(&w, "2a01::/16", BLOCK_FOR, 2000);
	expect(&w, 1999, "5.1.2.3", BLOCK_FOR);
	expect(&w, 2000, "5.1.2.3", ALLOW);
	expect(&w, 2000, "5.1.2.99", DROP);
	expect(&w, 2000, "5.1.2.200", SW_CLASS_UNLISTED);
	expect(&w, 2000, "2a01:1::1", ALLOW);
	expect(&w, 2000, "2a01:1:9::1", DROP);
	expect(&w, 2000, "2a01:2::1", SW_CLASS_UNLISTED);
	assert_int_equal(sw_expiry_count(&w.expiry).entries, 6);
	/* Other lists, while it has ended and nobody has cleared it. */
	assert_int_equal(sw_table_load(w.table, NULL, 0, NULL, 0, w.rank), 0);
	expect(&w, 2000, "5.1.2.3", SW_CLASS_UNLISTED);
	expect(&w, 2000, "2a01:1:9::1", SW_CLASS_UNLISTED);
	expect(&w, 1999, "5.1.2.3", BLOCK_FOR);
	assert_int_equal(sw_expiry_count(&w.expiry).entries, 2);
	load_plain(&w);
	expect(&w, 2000, "5.1.2.99", DROP);
	clear(&w, "5.1.0.0/16");
	assert_int_equal(sw_expiry_count(&w.expiry).entries, 3);
	expect(&w, 1999, "5.1.2.99", DROP);
	sw_world_close(&w);
}

static void after_the_end_other_verdicts_count(void **unused)
{
	static struct sw_world w;

	open_plain(&w);
	load_plain(&w);
	set(&w, "5.1.0.0/16", BLOCK_FOR, 3000);
	set(&w, "5.1.2.0/24", BLOCK, 0);
	set(&w, "5.1.2.99", ALLOW_FOR, 2000);
	set(&w, "5.1.3.3", BOUNCE_FOR, 4000); /* longer, but of a lower tier */
	expect(&w, 1999, "5.1.2.99", ALLOW_FOR);
	expect(&w, 2000, "5.1.2.99", BLOCK); /* and not the one around it, which is shorter */
	expect(&w, 2999, "5.1.3.3", BLOCK_FOR);
	expect(&w, 3000, "5.1.3.3", BOUNCE_FOR);
	expect(&w, 4000, "5.1.3.3", SW_CLASS_UNLISTED);
	expect(&w, 4000, "5.1.2.99", BLOCK);
	clear(&w, "5.1.2.0/24");
	expect(&w, 2999, "5.1.2.99", BLOCK_FOR);
	expect(&w, 3000, "5.1.2.99", DROP);
	expect(&w, 3000, "5.1.2.3", ALLOW);
	/* A bounce on what an allow list has counts at no time. */
	set(&w, "5.1.2.4", BOUNCE_FOR, 4000);
	expect(&w, 2999, "5.1.2.4", BLOCK_FOR);
	expect(&w, 3000, "5.1.2.4", ALLOW);
	sw_world_close(&w);
}

/* Presets are in force with the next load, and what was in force before it and is not set
 * again goes with it; until then all is as it was. */
static void a_restart_takes_over_what_is_in_force(void **unused)
{
	static struct sw_world w;
	struct sw_prefix stays = prefix("5.9.9.9"), comes = prefix("5.9.9.11");

	open_plain(&w);
	load_plain(&w);
	set(&w, "5.9.9.9", BLOCK_FOR, 2000);
	set(&w, "5.9.9.10", BLOCK_FOR, 2000);
	sw_table_close(w.table);
	w.table = sw_table_open(&w.t4, &w.t6, &w.expiry);
	assert_int_equal(sw_table_preset(w.table, &stays, BLOCK_FOR, 3000 * TICK), 0);
	assert_int_equal(sw_table_preset(w.table, &comes, BLOCK, 0), 0);
	expect(&w, 1999, "5.9.9.9", BLOCK_FOR);
	expect(&w, 2000, "5.9.9.9", SW_CLASS_UNLISTED);
	expect(&w, 1999, "5.9.9.10", BLOCK_FOR);
	expect(&w, 1999, "5.9.9.11", SW_CLASS_UNLISTED);
	load_plain(&w);
	expect(&w, 2999, "5.9.9.9", BLOCK_FOR);
	expect(&w, 3000, "5.9.9.9", SW_CLASS_UNLISTED);
	expect(&w, 1999, "5.9.9.10", SW_CLASS_UNLISTED);
	expect(&w, 9999, "5.9.9.11", BLOCK);
	assert_int_equal(sw_expiry_count(&w.expiry).entries, 2);
	sw_world_close(&w);
}

static int count_verdicts(void *ctx, const struct sw_table_verdict *verdict)
{
	struct sw_world *w = ctx;
	struct sw_table_verdict one;

	assert_int_equal(sw_table_verdict(w->table, &verdict->source, &one), 0);
	assert_int_equal(one.class, verdict->class);
	w->verdicts++;
	return w->verdicts == 3 ? 77 : 0;
}

static void all_verdicts_can_be_asked_for(void **unused)
{
	static struct sw_world w;

	open_plain(&w);
	set(&w, "5.9.9.9", BLOCK_FOR, 2000);
	set(&w, "5.9.9.0/24", BLOCK, 0);
	assert_int_equal(sw_table_verdicts_each(w.table, count_verdicts, &w), 0);
	assert_int_equal(w.verdicts, 2);
	set(&w, "2a01::/64", BLOCK, 0);
	set(&w, "2a01::1", BLOCK, 0);
	w.verdicts = 0;
	assert_int_equal(sw_table_verdicts_each(w.table, count_verdicts, &w), 77);
	sw_world_close(&w);
}

/* ---- full ---- */

static void a_full_table_of_verdicts_says_so(void **unused)
{
	struct sw_entry4 listed[32];
	static struct sw_world w;
	struct sw_prefix p, net = prefix("5.1.0.0/16");
	uint32_t room, n, repaired;

	open_plain(&w);
	sw_table_close(w.table); /* a smaller one */
	sw_expiry_done(&w.expiry);
	assert_int_equal(
		sw_expiry_init(&w.expiry, &w.head, w.expiry.buckets, sw_expiry_need(64), &repaired),
		0);
	w.table = sw_table_open(&w.t4, &w.t6, &w.expiry);
	load_plain(&w);
	room = sw_expiry_room(w.expiry.capacity);
	for (n = 0; n + 2 < room; n++) {
		p = sw_prefix_ip4(0x06000000 + n * 77777, 32);
		assert_int_equal(sw_table_set(w.table, &p, BLOCK_FOR, 2000 * TICK), 0);
	}
	/* It takes three: the network, and two prefixes of the lists in it. */
	assert_int_equal(sw_table_set(w.table, &net, BLOCK_FOR, 2000 * TICK), -ENOSPC);
	assert_int_equal(sw_table_shortage(w.table).part, SW_TABLE_PART_EXPIRY);
	assert_int_equal(sw_table_shortage(w.table).need, room + 1);
	assert_int_equal(sw_expiry_count(&w.expiry).entries, n);
	expect(&w, 1999, "5.1.2.99", DROP);
	assert_int_equal(sw_table_set(w.table, &net, BLOCK, 0), 0); /* that one takes one */
	expect(&w, 1999, "5.1.2.99", BLOCK);
	assert_int_equal(sw_table_set(w.table, &net, BLOCK_FOR, 2000 * TICK), -ENOSPC);
	expect(&w, 2000, "5.1.2.99", BLOCK);
	clear(&w, "5.1.0.0/16");
	assert_int_equal(sw_expiry_count(&w.expiry).entries, n);
	p = sw_prefix_ip4(0x06000000, 32);
	assert_int_equal(sw_table_clear(w.table, &p), 0);
	assert_int_equal(sw_table_set(w.table, &net, BLOCK_FOR, 2000 * TICK), 0);
	expect(&w, 2000, "5.1.2.99", DROP);
	/* Lists with more inside of it are refused, and nothing changes. */
	for (n = 0; n < 32; n++)
		listed[n] =
			(struct sw_entry4){ .addr = 0x05010300 + n * 8, .len = 32, .class = DROP };
	assert_int_equal(sw_table_load(w.table, listed, 32, NULL, 0, w.rank), -ENOSPC);
	assert_int_equal(sw_table_shortage(w.table).part, SW_TABLE_PART_EXPIRY);
	assert_int_equal(sw_table_shortage(w.table).need, room - 3 + 1 + 32);
	expect(&w, 2000, "5.1.2.99", DROP);
	expect(&w, 2000, "5.1.3.8", SW_CLASS_UNLISTED);
	load_plain(&w);
	sw_world_close(&w);
}

/* ---- with a reader ---- */

enum { LIST = 1, OTHER_LIST = 2, TOP_LIST = 3, PAST = 14, FUTURE = 15 };
#define NOW (1000 * TICK)

static struct {
	const struct sw_world *world;
	bool running, stop;
	uint64_t wrong, reads;
} reader;

/* See test_table.c: a thread of this program is not inside an RCU section. */
void sw_table_wait_readers(void)
{
	uint64_t before = __atomic_load_n(&reader.reads, __ATOMIC_ACQUIRE);

	while (__atomic_load_n(&reader.running, __ATOMIC_ACQUIRE) &&
	       __atomic_load_n(&reader.reads, __ATOMIC_ACQUIRE) - before < 2)
		sched_yield();
}

/*
 * The even sources are in one of two lists, those that 4 divides in one above all verdicts,
 * the odd ones in none. Verdicts come and go on all of them, one by one and on networks; those
 * of class PAST have ended and must never count, whatever the moment.
 */
static bool allowed(unsigned source, uint8_t class)
{
	if (source % 4 == 0)
		return class == TOP_LIST;
	if (source % 2 == 0)
		return class == LIST || class == OTHER_LIST || class == FUTURE;
	return class == SW_CLASS_UNLISTED || class == FUTURE;
}

static void *read_all_the_time(void *arg)
{
	const struct sw_world *w = reader.world;
	uint64_t s = 1;

	while (!__atomic_load_n(&reader.stop, __ATOMIC_RELAXED)) {
		unsigned source;
		struct sw_prefix four, six;

		s = s * 6364136223846793005ull + 1442695040888963407ull;
		source = (unsigned)(s >> 40) % 256;
		four = sw_prefix_ip4(0x05010200 | source, 32);
		six = sw_prefix_ip6(0x2a01000000000100 | source, s & 0xff, 128);
		reader.wrong += !allowed(source, sw_world_now(w, &four));
		reader.wrong += !allowed(source, sw_world_now(w, &six));
		__atomic_fetch_add(&reader.reads, 1, __ATOMIC_RELEASE);
	}
	__atomic_store_n(&reader.running, false, __ATOMIC_RELEASE);
	return NULL;
}

static void load_half(struct sw_world *w, unsigned round)
{
	static struct sw_entry4 four[128];
	static struct sw_entry6 six[128];
	uint8_t class = round % 2 ? LIST : OTHER_LIST;
	size_t n = 0;

	for (uint32_t a = 0; a < 256; a += 2, n++) {
		uint8_t c = a % 4 ? class : TOP_LIST;

		four[n] = (struct sw_entry4){ .addr = 0x05010200 | a, .len = 32, .class = c };
		six[n] = (struct sw_entry6){ .hi = 0x2a01000000000100 | a, .len = 64, .class = c };
	}
	assert_int_equal(sw_table_load(w->table, four, n, six, n, w->rank), 0);
}

static void change_one(struct sw_world *w)
{
	uint64_t r = sw_world_rnd(w);
	struct sw_prefix p = r % 2 ? sw_prefix_ip4(0x05010200 | (uint32_t)(r >> 8) % 256, 32)
				   : sw_prefix_ip6(0x2a01000000000100 | (r >> 8) % 256, 0, 64);
	int err;

	if ((r >> 17) % 32 == 0)
		p = sw_prefix_truncate(&p, (p.family == 4 ? 32 : 64) - (unsigned)(r >> 40) % 8);
	if (r >> 30 & 1) {
		err = sw_table_clear(w->table, &p);
		assert_true(!err || err == -ENOENT);
	} else if (r >> 31 & 1) {
		assert_int_equal(sw_table_set(w->table, &p, PAST, NOW - TICK * ((r >> 50) % 900)),
				 0);
	} else {
		assert_int_equal(sw_table_set(w->table, &p, FUTURE, NOW + 1 + (r >> 40)), 0);
	}
}

/* As a daemon that was killed and started again. */
static void start_anew(struct sw_world *w)
{
	struct sw_table *old = w->table;

	w->table = sw_table_open(&w->t4, &w->t6, &w->expiry);
	sw_table_close(old);
}

static void a_reader_never_sees_what_has_ended(void **unused)
{
	struct timespec start, now;
	static struct sw_world w;
	pthread_t thread;

	state = SEED;
	sw_world_open(&w, &state);
	memset(w.rank, 0, sizeof(w.rank));
	w.rank[LIST].tier = w.rank[OTHER_LIST].tier = 1;
	w.rank[PAST].tier = w.rank[FUTURE].tier = 2;
	w.rank[TOP_LIST].tier = 3;
	for (unsigned c = 0; c < SW_CLASS_MAX; c++)
		w.head.rank[c] = w.rank[c].tier;
	w.now_ns = NOW;
	load_half(&w, 0);
	reader.world = &w;
	reader.running = true;
	assert_int_equal(pthread_create(&thread, NULL, read_all_the_time, NULL), 0);
	clock_gettime(CLOCK_MONOTONIC, &start);
	for (unsigned i = 0; i < 200000; i++) {
		if (i % 2000 == 1999)
			start_anew(&w);
		if (i % 500 == 499 || i % 2000 == 1999)
			load_half(&w, i / 500);
		change_one(&w);
		clock_gettime(CLOCK_MONOTONIC, &now);
		if (now.tv_sec - start.tv_sec > 8)
			break;
	}
	__atomic_store_n(&reader.stop, true, __ATOMIC_RELAXED);
	pthread_join(thread, NULL);
	assert_true(reader.reads > 1000);
	assert_int_equal(reader.wrong, 0);
	sw_world_close(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_order_of_changes_and_ends_is_as_the_oracle_says),
		cmocka_unit_test(after_the_end_lists_count),
		cmocka_unit_test(a_network_falls_back_to_what_is_said_of_each_part),
		cmocka_unit_test(after_the_end_other_verdicts_count),
		cmocka_unit_test(a_restart_takes_over_what_is_in_force),
		cmocka_unit_test(all_verdicts_can_be_asked_for),
		cmocka_unit_test(a_full_table_of_verdicts_says_so),
		cmocka_unit_test(a_reader_never_sees_what_has_ended),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
