/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Lists and single verdicts in one table, through every order of changes, against an
 * oracle that looks at each list entry and each verdict; and with a reader running.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <errno.h>
#include <pthread.h>
#include <sched.h>

#include <cmocka.h>

#include "lists/flatten.h"
#include "maps/table.h"
#include "tests/support/oracle.h"
#include "tests/support/random.h"

#define ENTRIES 200
#define VERDICTS 120
#define BLOCKS 65536
#define SEED 20261125

static uint64_t state;

static uint64_t rnd(void)
{
	return sw_random(&state);
}

struct world {
	struct sw_table4 t4;
	struct sw_table6 t6;
	struct sw_table *table;
	struct sw_rank rank[SW_CLASS_MAX];
	struct sw_entry4 list4[ENTRIES]; /* as the lists have them, not flattened */
	struct sw_entry6 list6[ENTRIES];
	size_t n4, n6;
	struct {
		struct sw_prefix source;
		uint8_t class;
	} verdict[VERDICTS];
	size_t verdicts;
};

static void open_world(struct world *w)
{
	uint32_t repaired;

	memset(w, 0, sizeof(*w));
	assert_int_equal(sw_table4_init(&w->t4, calloc(SW_INDEX4_LINES, sizeof(*w->t4.index)),
					calloc(BLOCKS, sizeof(*w->t4.blocks)), BLOCKS, &repaired),
			 0);
	assert_int_equal(sw_table6_init(&w->t6, calloc(SW_INDEX6_LINES, sizeof(*w->t6.index)),
					calloc(BLOCKS, sizeof(*w->t6.blocks)), BLOCKS, &repaired),
			 0);
	w->table = sw_table_open(&w->t4, &w->t6, NULL);
	assert_non_null(w->table);
	for (unsigned c = 1; c < SW_CLASS_MAX; c++)
		w->rank[c] = (struct sw_rank){ .tier = 1 + rnd() % 4, .harsh = 1 + rnd() % 3 };
}

static void close_world(struct world *w)
{
	sw_table_close(w->table);
	sw_table4_done(&w->t4);
	sw_table6_done(&w->t6);
	free(w->t4.index);
	free(w->t4.blocks);
	free(w->t6.index);
	free(w->t6.blocks);
}

/* ---- the oracle ---- */

/* The verdict that counts for a source: the highest tier, in it the longest prefix. */
static uint8_t best_verdict(const struct world *w, const struct sw_prefix *source)
{
	const struct sw_prefix *best = NULL;
	uint8_t class = SW_CLASS_UNLISTED;

	for (size_t i = 0; i < w->verdicts; i++) {
		const struct sw_prefix *p = &w->verdict[i].source;
		unsigned tier = w->rank[w->verdict[i].class].tier;

		if (!sw_prefix_contains(p, source))
			continue;
		if (!best || tier > w->rank[class].tier ||
		    (tier == w->rank[class].tier && p->len > best->len)) {
			best = p;
			class = w->verdict[i].class;
		}
	}
	return class;
}

static void check(const struct world *w, const struct sw_prefix *source)
{
	bool v4 = source->family == 4;
	uint8_t list = v4 ? sw_oracle4(w->list4, w->n4, w->rank, (uint32_t)source->lo)
			  : sw_oracle6(w->list6, w->n6, w->rank, source->hi, source->lo);
	uint8_t verdict = best_verdict(w, source), want = list;
	uint8_t got = v4 ? sw_table4_get(&w->t4, (uint32_t)source->lo)
			 : sw_table6_get(&w->t6, source->hi, source->lo);
	char text[SW_PREFIX_TEXT];

	if (verdict && (!list || w->rank[verdict].tier >= w->rank[list].tier))
		want = verdict;
	if (got != want)
		print_error("%s: table says class %u, oracle %u (list %u, verdict %u)\n",
			    sw_prefix_format(source, text), got, want, list, verdict);
	assert_int_equal(got, want);
}

/* ---- what happens to it ---- */

/* Few places, so that all nests and collides, and the ends of the address space. */
static struct sw_prefix random_prefix(unsigned family)
{
	static const uint32_t base4[] = { 0, 0x05bc0000, 0x05bc0100, 0xffffff00 };
	static const uint64_t base6[] = { 0, 0x2a01000000000000, 0x2a01000000010000, ~0ull };
	static const uint8_t len6[] = { 32, 48, 56, 64, 64, 64, 128, 128, 127, 65 };
	unsigned len = rnd() % 2 ? 32 : rnd() % 8 ? 16 + rnd() % 17 : rnd() % 33;
	uint64_t hi = base6[rnd() % 4] ^ rnd() % 8 << (rnd() % 5 * 8), lo = rnd() % 4;

	if (family == 4)
		return sw_prefix_ip4(base4[rnd() % 4] | (uint32_t)(rnd() % 0x180), len);
	len = rnd() % 4 ? len6[rnd() % sizeof(len6)] : rnd() % 129;
	return sw_prefix_ip6(hi, rnd() % 2 ? lo : lo << 62, len);
}

static unsigned random_family(void)
{
	return rnd() % 2 ? 4 : 6;
}

static uint8_t random_class(void)
{
	return 1 + rnd() % 9;
}

static void random_lists(struct world *w)
{
	struct sw_entry4 flat4[ENTRIES];
	struct sw_entry6 flat6[ENTRIES];
	size_t n4, n6;

	w->n4 = rnd() % (rnd() % 2 ? ENTRIES : 10);
	w->n6 = rnd() % (rnd() % 2 ? ENTRIES : 10);
	for (size_t i = 0; i < w->n4; i++) {
		struct sw_prefix p = random_prefix(4);

		w->list4[i] = (struct sw_entry4){ .addr = (uint32_t)p.lo,
						  .len = p.len,
						  .class = random_class(),
						  .flags = rnd() % 6 ? 0 : SW_ENTRY_EXCLUDE };
	}
	for (size_t i = 0; i < w->n6; i++) {
		struct sw_prefix p = random_prefix(6);

		w->list6[i] = (struct sw_entry6){ .hi = p.hi,
						  .lo = p.lo,
						  .len = p.len,
						  .class = random_class(),
						  .flags = rnd() % 6 ? 0 : SW_ENTRY_EXCLUDE };
	}
	sw_entries4_sort(w->list4, w->n4);
	sw_entries6_sort(w->list6, w->n6);
	sw_flatten4(w->list4, w->n4, w->rank, flat4, &n4);
	sw_flatten6(w->list6, w->n6, w->rank, flat6, &n6);
	assert_int_equal(sw_table_load(w->table, flat4, n4, flat6, n6, w->rank), 0);
}

static size_t find_verdict(const struct world *w, const struct sw_prefix *source)
{
	size_t i = 0;

	while (i < w->verdicts && sw_prefix_cmp(&w->verdict[i].source, source))
		i++;
	return i;
}

static struct sw_prefix set_any(struct world *w)
{
	struct sw_prefix source = random_prefix(random_family());
	uint8_t class = random_class();
	size_t i = find_verdict(w, &source);

	if (i == VERDICTS)
		return source;
	assert_int_equal(sw_table_set(w->table, &source, class, 0), 0);
	w->verdict[i].source = source;
	w->verdict[i].class = class;
	w->verdicts += i == w->verdicts;
	return source;
}

static struct sw_prefix clear_any(struct world *w)
{
	struct sw_prefix source = random_prefix(random_family());
	size_t i = find_verdict(w, &source);

	if (i == w->verdicts) {
		assert_int_equal(sw_table_clear(w->table, &source), -ENOENT);
		if (!i)
			return source;
		i = rnd() % w->verdicts;
		source = w->verdict[i].source;
	}
	assert_int_equal(sw_table_clear(w->table, &source), 0);
	w->verdict[i] = w->verdict[--w->verdicts];
	return source;
}

static void check_around(const struct world *w, const struct sw_prefix *p)
{
	struct sw_prefix last = sw_prefix_last(p), source = *p;

	source.len = (uint8_t)sw_prefix_full(p);
	check(w, &source);
	check(w, &last);
	for (int i = 0; i < 30; i++) {
		source = random_prefix(p->family);
		source.len = (uint8_t)sw_prefix_full(p);
		check(w, &source);
	}
	if (p->lo) {
		source = *p;
		source.lo--;
		source.len = (uint8_t)sw_prefix_full(p);
		check(w, &source);
	}
}

static void every_order_of_changes_ends_where_the_oracle_is(void **unused)
{
	static struct world w;

	state = SEED;
	for (int round = 0; round < 40; round++) {
		open_world(&w);
		random_lists(&w);
		for (int i = 0; i < 400; i++) {
			struct sw_prefix touched = random_prefix(random_family());

			if (rnd() % 20 == 0)
				random_lists(&w);
			else if (rnd() % 3)
				touched = set_any(&w);
			else
				touched = clear_any(&w);
			check_around(&w, &touched);
			assert_int_equal(sw_table_verdicts(w.table), w.verdicts);
		}
		close_world(&w);
	}
}

static void a_verdict_can_be_asked_for(void **unused)
{
	struct sw_prefix host = sw_prefix_ip4(0x05010203, 32), net = sw_prefix_ip4(0x05010200, 24);
	struct sw_table_verdict verdict = { .class = 77 };
	static struct world w;

	open_world(&w);
	assert_int_equal(sw_table_verdict(w.table, &host, &verdict), -ENOENT);
	assert_int_equal(verdict.class, 77);
	assert_int_equal(sw_table_set(w.table, &host, 9, 0), 0);
	assert_int_equal(sw_table_set(w.table, &host, 9, 0), 0);
	assert_int_equal(sw_table_verdict(w.table, &host, &verdict), 0);
	assert_int_equal(verdict.class, 9);
	assert_int_equal(sw_table_verdict(w.table, &net, &verdict), -ENOENT);
	assert_int_equal(sw_table_set(w.table, &net, SW_CLASS_UNLISTED, 0), -EINVAL);
	assert_int_equal(sw_table_clear(w.table, &host), 0);
	assert_int_equal(sw_table_clear(w.table, &host), -ENOENT);
	assert_int_equal(sw_table4_get(&w.t4, 0x05010203), SW_CLASS_UNLISTED);
	close_world(&w);
}

/* ---- with a reader ---- */

enum { LIST = 1, OTHER_LIST = 2, ALLOW = 3, BOUNCE = 4, HOST_BOUNCE = 5 };

static struct {
	const struct world *world;
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
 * The even sources are in one of two lists, those that 4 divides are allowed, whatever
 * verdicts come; the odd ones are in no list; all may be bounced, one by one or as a network.
 */
static bool allowed(unsigned source, uint8_t class)
{
	if (source % 4 == 0)
		return class == ALLOW;
	if (source % 2 == 0 && class == SW_CLASS_UNLISTED)
		return false;
	if (source % 2 && (class == LIST || class == OTHER_LIST))
		return false;
	return class != ALLOW;
}

static void *read_all_the_time(void *arg)
{
	const struct world *w = reader.world;
	uint64_t s = 1;

	while (!__atomic_load_n(&reader.stop, __ATOMIC_RELAXED)) {
		unsigned source;

		s = s * 6364136223846793005ull + 1442695040888963407ull;
		source = (unsigned)(s >> 40) % 256;
		reader.wrong += !allowed(source, sw_table4_get(&w->t4, 0x05010200 | source));
		reader.wrong += !allowed(
			source, sw_table6_get(&w->t6, 0x2a01000000000100 | source, s & 0xff));
		__atomic_fetch_add(&reader.reads, 1, __ATOMIC_RELEASE);
	}
	__atomic_store_n(&reader.running, false, __ATOMIC_RELEASE);
	return NULL;
}

static void load_lists(struct world *w, unsigned round)
{
	uint8_t class = round % 2 ? LIST : OTHER_LIST;

	w->n4 = w->n6 = 0;
	for (uint32_t a = 0; a < 256; a += 2) {
		uint8_t c = a % 4 ? class : ALLOW;

		w->list4[w->n4++] =
			(struct sw_entry4){ .addr = 0x05010200 | a, .len = 32, .class = c };
		w->list6[w->n6++] =
			(struct sw_entry6){ .hi = 0x2a01000000000100 | a, .len = 64, .class = c };
	}
	assert_int_equal(sw_table_load(w->table, w->list4, w->n4, w->list6, w->n6, w->rank), 0);
}

static void change_one(struct world *w)
{
	uint64_t r = rnd();
	struct sw_prefix p = r % 2 ? sw_prefix_ip4(0x05010200 | (uint32_t)(r >> 8) % 256, 32)
				   : sw_prefix_ip6(0x2a01000000000100 | (r >> 8) % 256, 0, 64);
	uint8_t class = HOST_BOUNCE;
	int err;

	if (r >> 16 & 1 && (r >> 17) % 16 == 0) {
		p = sw_prefix_truncate(&p, p.family == 4 ? 26 : 58);
		class = BOUNCE;
	}
	if (r >> 30 & 1) {
		assert_int_equal(sw_table_set(w->table, &p, class, 0), 0);
	} else {
		err = sw_table_clear(w->table, &p);
		assert_true(!err || err == -ENOENT);
	}
}

static void a_reader_sees_old_or_new_and_nothing_else(void **unused)
{
	static struct world w;
	pthread_t thread;

	state = SEED;
	open_world(&w);
	memset(w.rank, 0, sizeof(w.rank));
	w.rank[LIST].tier = w.rank[OTHER_LIST].tier = 1;
	w.rank[BOUNCE].tier = w.rank[HOST_BOUNCE].tier = 2;
	w.rank[ALLOW].tier = 3;
	load_lists(&w, 0);
	reader.world = &w;
	reader.running = true;
	assert_int_equal(pthread_create(&thread, NULL, read_all_the_time, NULL), 0);
	for (unsigned i = 0; i < 20000; i++) {
		if (i % 500 == 0)
			load_lists(&w, i / 500);
		change_one(&w);
	}
	__atomic_store_n(&reader.stop, true, __ATOMIC_RELAXED);
	pthread_join(thread, NULL);
	assert_true(reader.reads > 1000);
	assert_int_equal(reader.wrong, 0);
	close_world(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_order_of_changes_ends_where_the_oracle_is),
		cmocka_unit_test(a_verdict_can_be_asked_for),
		cmocka_unit_test(a_reader_sees_old_or_new_and_nothing_else),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
