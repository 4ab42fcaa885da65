/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The hash table of single verdicts: against a list that is searched from end to end, full,
 * at all prefix lengths, damaged, with a reader running, and taken over from writers that
 * were killed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "maps/table.h"
#include "tests/support/random.h"

#define SEED 20261126
#define TICK (1ull << SW_EXPIRY_SHIFT)

static uint64_t state;

static uint64_t rnd(void)
{
	return sw_random(&state);
}

/* ---- the table, in memory that a child can share ---- */

struct memory {
	struct sw_expiry_head head;
	struct sw_expiry_bucket bucket[];
};

static struct memory *new_memory(uint32_t buckets)
{
	struct memory *m = mmap(NULL, sizeof(*m) + buckets * sizeof(*m->bucket),
				PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	assert_true(m != MAP_FAILED);
	m->head.seed = 0x1234567890abcdef;
	for (unsigned c = 0; c < SW_CLASS_MAX; c++)
		m->head.rank[c] = (uint8_t)c;
	return m;
}

static void free_memory(struct memory *m, uint32_t buckets)
{
	munmap(m, sizeof(*m) + buckets * sizeof(*m->bucket));
}

static struct sw_expiry take_over(struct memory *m, uint32_t buckets, uint32_t expect_repaired)
{
	struct sw_expiry x;
	uint32_t repaired;

	assert_int_equal(sw_expiry_init(&x, &m->head, m->bucket, buckets, &repaired), 0);
	assert_int_equal(repaired, expect_repaired);
	return x;
}

/* ---- the model ---- */

#define MODEL 400

struct model {
	struct {
		struct sw_prefix source;
		struct sw_expiry_entry entry;
	} row[MODEL];
	size_t n;
};

static uint64_t hi_of(const struct sw_prefix *p)
{
	return p->family == 4 ? p->lo << 32 : p->hi;
}

static uint64_t lo_of(const struct sw_prefix *p)
{
	return p->family == 4 ? 0 : p->lo;
}

static int put(struct sw_expiry *x, const struct sw_prefix *p, const struct sw_expiry_entry *e)
{
	return sw_expiry_put(x, p->family, hi_of(p), lo_of(p), p->len, e);
}

static int get(const struct sw_expiry *x, const struct sw_prefix *p, struct sw_expiry_entry *ret)
{
	return sw_expiry_get(x, p->family, hi_of(p), lo_of(p), p->len, ret);
}

static int drop(struct sw_expiry *x, const struct sw_prefix *p)
{
	return sw_expiry_remove(x, p->family, hi_of(p), lo_of(p), p->len);
}

/* Few places, so that the same prefixes come again. */
static struct sw_prefix random_prefix(void)
{
	uint64_t hi = 0x2a01000000000000 ^ (rnd() % 4) << (rnd() % 16 * 4);

	if (rnd() % 2)
		return sw_prefix_ip4(0x05000000 ^ (uint32_t)(rnd() % 4) << rnd() % 30, rnd() % 33);
	return sw_prefix_ip6(hi, (rnd() % 4) << (rnd() % 62), rnd() % 129);
}

static struct sw_expiry_entry random_entry(void)
{
	return (struct sw_expiry_entry){
		.class = (uint8_t)(1 + rnd() % 9),
		.below = (uint8_t)rnd(),
		.ends = rnd() % 3 ? 1 + rnd() % 1000 : SW_EXPIRY_NEVER,
	};
}

static size_t find(const struct model *m, const struct sw_prefix *p)
{
	size_t i = 0;

	while (i < m->n && sw_prefix_cmp(&m->row[i].source, p))
		i++;
	return i;
}

static void model_put(struct model *m, const struct sw_prefix *p, const struct sw_expiry_entry *e)
{
	size_t i = find(m, p);

	m->row[i].source = *p;
	m->row[i].entry = *e;
	m->n += i == m->n;
}

static void model_drop(struct model *m, size_t i)
{
	m->row[i] = m->row[--m->n];
}

static void check_one(const struct sw_expiry *x, const struct model *m, const struct sw_prefix *p)
{
	size_t i = find(m, p);
	struct sw_expiry_entry e;

	if (i == m->n) {
		assert_int_equal(get(x, p, &e), -ENOENT);
		return;
	}
	assert_int_equal(get(x, p, &e), 0);
	assert_int_equal(e.class, m->row[i].entry.class);
	assert_int_equal(e.below, m->row[i].entry.below);
	assert_true(e.ends == m->row[i].entry.ends);
}

static void check_all(const struct sw_expiry *x, const struct model *m)
{
	struct sw_expiry_count count = sw_expiry_count(x), scan = sw_expiry_scan(x);
	size_t temporary = 0;

	for (size_t i = 0; i < m->n; i++) {
		check_one(x, m, &m->row[i].source);
		temporary += m->row[i].entry.ends != SW_EXPIRY_NEVER;
	}
	assert_int_equal(count.entries, m->n);
	assert_int_equal(count.verdicts, m->n);
	assert_int_equal(count.temporary, temporary);
	assert_memory_equal(&count, &scan, sizeof(count));
}

/*
 * What counts for an address, word for word: of the verdicts on it that have not ended, that
 * of the highest rank, of equal ones the longest; unless the lists below have a higher one.
 * What the lists say is in the longest entry, of whatever it is.
 */
static uint8_t oracle(const struct model *m, const struct sw_expiry_head *head,
		      const struct sw_prefix *source, uint8_t class, uint64_t now)
{
	int longest = -1, len = -1;
	uint8_t below = class, best = SW_CLASS_UNLISTED;

	for (size_t i = 0; i < m->n; i++) {
		const struct sw_prefix *p = &m->row[i].source;
		const struct sw_expiry_entry *e = &m->row[i].entry;

		if (!sw_prefix_contains(p, source))
			continue;
		if (p->len > longest) {
			longest = p->len;
			below = e->below;
		}
		if (now >= e->ends || (best && head->rank[e->class] < head->rank[best]) ||
		    (best && head->rank[e->class] == head->rank[best] && p->len < len))
			continue;
		best = e->class;
		len = p->len;
	}
	return best && head->rank[best] >= head->rank[below] ? best : below;
}

/* The class that the table would have: nothing has ended yet. */
static uint8_t table_class(const struct model *m, const struct sw_expiry_head *head,
			   const struct sw_prefix *source)
{
	return oracle(m, head, source, SW_CLASS_UNLISTED, 0);
}

/* The look-up relies on the table: nothing said of a source ranks higher than its class. And
 * on the lists: what an entry that was removed said of them is still so. */
static void check_class(struct sw_expiry *x, const struct model *m, uint64_t now)
{
	struct sw_prefix source = random_prefix();
	struct sw_table_verdict decided = { .class = SW_CLASS_UNLISTED };
	uint8_t class, want, got;

	sw_expiry_sweep(x, 4); /* those that were removed are gone for good */
	source.len = (uint8_t)sw_prefix_full(&source);
	class = table_class(m, x->head, &source);
	want = oracle(m, x->head, &source, class, now);
	got = sw_expiry_class(x, &source, class, now * TICK, &decided);
	assert_int_equal(got, want);
	if (decided.class != SW_CLASS_UNLISTED) {
		size_t i = find(m, &decided.source);

		assert_true(i < m->n);
		assert_int_equal(m->row[i].entry.class, want);
		assert_true(sw_expiry_ticks(decided.ends_ns) == m->row[i].entry.ends);
	}
}

static void random_ranks(struct sw_expiry_head *head)
{
	for (unsigned c = 1; c < SW_CLASS_MAX; c++)
		head->rank[c] = (uint8_t)(1 + rnd() % 4);
}

/* ---- the tests ---- */

static void change_any(struct sw_expiry *x, struct model *m)
{
	struct sw_prefix p = random_prefix();
	size_t i = find(m, &p);

	if (rnd() % 2 && i < MODEL) {
		struct sw_expiry_entry e = random_entry();

		assert_int_equal(put(x, &p, &e), 0);
		model_put(m, &p, &e);
	} else if (i < m->n) {
		assert_int_equal(drop(x, &p), 0);
		model_drop(m, i);
	} else {
		assert_int_equal(drop(x, &p), -ENOENT);
		if (m->n && rnd() % 2) {
			i = rnd() % m->n;
			assert_int_equal(drop(x, &m->row[i].source), 0);
			model_drop(m, i);
		}
	}
	check_one(x, m, &p);
}

static void every_order_of_changes_ends_where_the_model_is(void **unused)
{
	uint32_t buckets = sw_expiry_need(MODEL);

	state = SEED;
	for (unsigned round = 0; round < 20; round++) {
		struct memory *memory = new_memory(buckets);
		struct sw_expiry x = take_over(memory, buckets, 0);
		static struct model m;

		m.n = 0;
		random_ranks(&memory->head);
		for (unsigned i = 0; i < 3000; i++) {
			change_any(&x, &m);
			check_class(&x, &m, rnd() % 1100);
		}
		check_all(&x, &m);
		while (m.n) {
			assert_int_equal(drop(&x, &m.row[0].source), 0);
			model_drop(&m, 0);
		}
		check_all(&x, &m);
		sw_expiry_done(&x);
		free_memory(memory, buckets);
	}
}

static void what_is_not_put_again_is_swept(void **unused)
{
	uint32_t buckets = sw_expiry_need(MODEL);
	struct memory *memory = new_memory(buckets);
	struct sw_expiry x = take_over(memory, buckets, 0);
	static struct model m;

	state = SEED;
	for (unsigned round = 0; round < 200; round++) {
		unsigned family = rnd() % 2 ? 4 : 6;

		for (unsigned i = 0; i < 100; i++)
			change_any(&x, &m);
		sw_expiry_mark(&x, family);
		for (size_t i = 0; i < m.n;) {
			if (m.row[i].source.family != family || rnd() % 2)
				assert_int_equal(put(&x, &m.row[i].source, &m.row[i].entry), 0);
			else if (rnd() % 8 == 0) /* stays for as long as it is only stale */
				check_one(&x, &m, &m.row[i].source);
			i++;
		}
		for (size_t i = 0; i < m.n; i++) { /* those that were put at random, again */
			if (rnd() % 4)
				assert_int_equal(put(&x, &m.row[i].source, &m.row[i].entry), 0);
		}
		for (size_t i = m.n; i-- > 0;)
			check_one(&x, &m, &m.row[i].source);
		sw_expiry_sweep(&x, family);
		assert_int_equal(sw_expiry_stale(&x), 0);
		for (size_t i = m.n; i-- > 0;) {
			struct sw_expiry_entry e;

			if (!get(&x, &m.row[i].source, &e))
				continue;
			assert_int_equal(m.row[i].source.family, family);
			model_drop(&m, i);
		}
		check_all(&x, &m);
	}
	sw_expiry_done(&x);
	free_memory(memory, buckets);
}

/* A prefix for each number. */
static struct sw_prefix numbered(uint64_t i)
{
	if (i % 2)
		return sw_prefix_ip4((uint32_t)(i * 2654435761u), 32);
	return i % 4 ? sw_prefix_ip6(0x2a01 + (i << 16), 0, 64) : sw_prefix_ip6(0x2a01, i, 128);
}

static void it_holds_what_it_says_and_no_more(void **unused)
{
	static const uint32_t sizes[] = { 1, 10, 1024, 4000, 100000 };
	const struct sw_expiry_entry e = { .class = 3, .ends = SW_EXPIRY_NEVER };

	for (unsigned s = 0; s < sizeof(sizes) / sizeof(*sizes); s++) {
		uint32_t buckets = sw_expiry_need(sizes[s]), room = sw_expiry_room(buckets);
		struct memory *memory = new_memory(buckets);
		struct sw_expiry x = take_over(memory, buckets, 0);
		struct sw_prefix p;

		assert_true(room >= sizes[s] && room <= sizes[s] + 10);
		for (uint64_t i = 0; i < room; i++) {
			p = numbered(i);
			assert_int_equal(put(&x, &p, &e), 0);
		}
		p = numbered(room);
		assert_int_equal(put(&x, &p, &e), -ENOSPC);
		assert_int_equal(sw_expiry_count(&x).entries, room);
		for (uint64_t i = 0; i < 2 * room; i++) { /* full all the time */
			p = numbered(i);
			assert_int_equal(drop(&x, &p), 0);
			p = numbered(i + room);
			assert_int_equal(put(&x, &p, &e), 0);
			assert_int_equal(put(&x, &p, &e), 0); /* again is no other one */
		}
		sw_expiry_done(&x);
		free_memory(memory, buckets);
	}
}

/* One address, a verdict at each length, the longest ends first. */
static void all_lengths_one_after_the_other(void **unused)
{
	for (unsigned family = 4; family <= 6; family += 2) {
		unsigned full = family == 4 ? 32 : 128, buckets = sw_expiry_need(200);
		struct memory *memory = new_memory(buckets);
		struct sw_expiry x = take_over(memory, buckets, 0);
		struct sw_prefix source = family == 4
						  ? sw_prefix_ip4(0x5a5a5a5a, 32)
						  : sw_prefix_ip6(0x5a5a5a5a5a5a5a5a, ~0ull, 128);

		memset(memory->head.rank, 7, SW_CLASS_MAX); /* of one tier */
		for (unsigned len = 0; len <= full; len++) {
			struct sw_prefix p = sw_prefix_truncate(&source, len);
			struct sw_expiry_entry e = { .class = (uint8_t)(1 + len),
						     .below = 200,
						     .ends = 1 + full - len };

			assert_int_equal(put(&x, &p, &e), 0);
		}
		for (unsigned now = 0; now <= full; now++)
			assert_int_equal(
				sw_expiry_class(&x, &source, (uint8_t)(1 + full), now * TICK, NULL),
				1 + full - now);
		assert_int_equal(
			sw_expiry_class(&x, &source, (uint8_t)(1 + full), (full + 1) * TICK, NULL),
			200);
		sw_expiry_done(&x);
		free_memory(memory, buckets);
	}
}

static void an_end_is_never_early(void **unused)
{
	assert_true(sw_expiry_ticks(0) == SW_EXPIRY_NEVER);
	assert_true(sw_expiry_ns(SW_EXPIRY_NEVER) == 0);
	assert_true(sw_expiry_ticks(1) == 1);
	assert_true(sw_expiry_ticks(TICK) == 1);
	assert_true(sw_expiry_ticks(TICK + 1) == 2);
	assert_true(sw_expiry_ticks(UINT64_MAX) == SW_EXPIRY_NEVER - 1);
	assert_true(sw_expiry_ns(5) == 5 * TICK);
	state = SEED;
	for (unsigned i = 0; i < 10000; i++) {
		uint64_t ns = rnd() >> 5, held = sw_expiry_ns(sw_expiry_ticks(ns));

		assert_true(held >= ns && held - ns < TICK);
	}
}

static void what_cannot_be_is_emptied_when_taken_over(void **unused)
{
	uint32_t buckets = sw_expiry_need(MODEL), repaired;
	struct memory *memory = new_memory(buckets);
	struct sw_expiry x = take_over(memory, buckets, 0);
	static struct model m;

	state = SEED;
	for (unsigned round = 0; round < 300; round++) {
		for (unsigned i = 0; i < 50; i++)
			change_any(&x, &m);
		sw_expiry_done(&x);
		for (unsigned i = rnd() % 30; i > 0; i--) {
			struct sw_expiry_bucket *b = &memory->bucket[rnd() % buckets];

			if (rnd() % 2)
				b->cell[rnd() % SW_EXPIRY_WAYS] = rnd() >> rnd() % 64;
			else
				b->name[rnd() % SW_EXPIRY_WAYS] = rnd() % 2 ? rnd() : b->name[0];
		}
		memory->head.lengths[rnd() % 2][rnd() % 3] = rnd();
		assert_int_equal(
			sw_expiry_init(&x, &memory->head, memory->bucket, buckets, &repaired), 0);
		m.n = 0; /* what is left is found by the look-up, so all can be cleared */
		for (unsigned family = 4; family <= 6; family += 2) {
			sw_expiry_mark(&x, family);
			sw_expiry_sweep(&x, family);
		}
		check_all(&x, &m);
		for (unsigned six = 0; six < 2; six++)
			for (unsigned w = 0; w < 3; w++)
				assert_true(memory->head.lengths[six][w] == 0);
	}
	sw_expiry_done(&x);
	free_memory(memory, buckets);
}

/* ---- writers that are killed ---- */

/* What a writer tells of its work. */
struct journal {
	volatile uint64_t done; /* steps */
};

/* Step @i of a writer: known to who takes over as well. */
static void step_of(uint64_t i, struct sw_prefix *p, struct sw_expiry_entry *e, bool *removes)
{
	uint64_t before = state;

	state = SEED + i * 7919 % 300;
	rnd();
	*p = random_prefix();
	state += i;
	rnd();
	*e = random_entry();
	*removes = rnd() % 3 == 0;
	state = before;
}

static void do_step(struct sw_expiry *x, uint64_t i)
{
	struct sw_expiry_entry e;
	struct sw_prefix p;
	bool removes;

	step_of(i, &p, &e, &removes);
	if (removes)
		drop(x, &p);
	else
		put(x, &p, &e);
}

static void model_step(struct model *m, uint64_t i)
{
	struct sw_expiry_entry e;
	struct sw_prefix p;
	bool removes;

	step_of(i, &p, &e, &removes);
	if (!removes)
		model_put(m, &p, &e);
	else if (find(m, &p) < m->n)
		model_drop(m, find(m, &p));
}

/* Is the prefix that the step was about as it was or as it was to be? */
static bool step_is_whole(const struct sw_expiry *x, const struct model *m, uint64_t i)
{
	struct sw_expiry_entry e, now;
	struct sw_prefix p;
	bool removes, is_there;
	size_t at;

	step_of(i, &p, &e, &removes);
	at = find(m, &p);
	is_there = !get(x, &p, &now);
	if (!is_there)
		return removes || at == m->n;
	if (!removes && now.class == e.class && now.below == e.below && now.ends == e.ends)
		return true;
	return at < m->n && now.class == m->row[at].entry.class &&
	       now.below == m->row[at].entry.below && now.ends == m->row[at].entry.ends;
}

static void after_a_kill_each_prefix_is_as_before_or_after(void **unused)
{
	uint32_t buckets = sw_expiry_need(2 * MODEL);
	struct memory *memory = new_memory(buckets);
	struct journal *journal = mmap(NULL, sizeof(*journal), PROT_READ | PROT_WRITE,
				       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	static struct model m;
	uint64_t known = 0;

	assert_true(journal != MAP_FAILED);
	for (unsigned round = 0; round < 150; round++) {
		pid_t child = fork();
		struct sw_expiry x;
		int status;

		assert_true(child >= 0);
		if (child == 0) {
			x = take_over(memory, buckets, 0);
			for (;;) {
				do_step(&x, journal->done);
				journal->done++;
			}
		}
		usleep((useconds_t)(rnd() % 2000));
		kill(child, SIGKILL);
		assert_int_equal(waitpid(child, &status, 0), child);
		assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
		for (; known < journal->done; known++)
			model_step(&m, known);
		x = take_over(memory, buckets, 0);
		assert_true(step_is_whole(&x, &m, known));
		do_step(&x, known);
		model_step(&m, known++);
		journal->done = known;
		for (size_t i = 0; i < m.n; i++)
			check_one(&x, &m, &m.row[i].source);
		assert_int_equal(sw_expiry_count(&x).entries, m.n);
		sw_expiry_done(&x);
	}
	assert_true(known > 1000);
	munmap(journal, sizeof(*journal));
	free_memory(memory, buckets);
}

/* ---- with a reader ---- */

static struct {
	const struct sw_expiry *x;
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
 * Sources by number. Those that 4 divides always have an entry, of class 1 or 2 with the
 * same below; others come and go, with a class of their own; what is in no entry is found
 * in none. A verdict that ended counts never.
 */
#define SOURCES 512

static uint8_t class_of(unsigned i)
{
	return (uint8_t)(10 + i % 100);
}

static void *read_all_the_time(void *arg)
{
	uint64_t s = 1;

	while (!__atomic_load_n(&reader.stop, __ATOMIC_RELAXED)) {
		struct sw_expiry_entry e = { 0 };
		struct sw_prefix p;
		unsigned i;
		int err;

		s = s * 6364136223846793005ull + 1442695040888963407ull;
		i = (unsigned)(s >> 40) % (SOURCES + 64);
		p = numbered(i);
		err = get(reader.x, &p, &e);
		if (i >= SOURCES)
			reader.wrong += err != -ENOENT;
		else if (i % 4 == 0)
			reader.wrong += err || (e.class != 1 && e.class != 2) || e.below != 77;
		else
			reader.wrong += !err && (e.class != class_of(i) || e.below != i % 7 ||
						 e.ends != 1000 + i);
		__atomic_fetch_add(&reader.reads, 1, __ATOMIC_RELEASE);
	}
	__atomic_store_n(&reader.running, false, __ATOMIC_RELEASE);
	return NULL;
}

static void change_source(struct sw_expiry *x, unsigned i)
{
	struct sw_prefix p = numbered(i);
	struct sw_expiry_entry e = { .class = class_of(i),
				     .below = (uint8_t)(i % 7),
				     .ends = 1000 + i };

	if (i % 4 == 0)
		e = (struct sw_expiry_entry){ .class = (uint8_t)(1 + rnd() % 2),
					      .below = 77,
					      .ends = 1 + rnd() % 3 };
	if (i % 4 == 0 || rnd() % 2)
		assert_int_equal(put(x, &p, &e), 0);
	else
		drop(x, &p);
}

static void a_reader_sees_old_or_new_and_nothing_else(void **unused)
{
	/* So few that cells change hands all the time. */
	uint32_t buckets = sw_expiry_need(SOURCES * 3 / 4);
	struct memory *memory = new_memory(buckets);
	struct sw_expiry x = take_over(memory, buckets, 0);
	pthread_t thread;

	state = SEED;
	for (unsigned i = 0; i < SOURCES; i += 4)
		change_source(&x, i);
	reader.x = &x;
	reader.running = true;
	assert_int_equal(pthread_create(&thread, NULL, read_all_the_time, NULL), 0);
	for (unsigned n = 0; n < 300000; n++) {
		unsigned i = (unsigned)(rnd() % SOURCES);

		if (sw_expiry_count(&x).entries < SOURCES * 3 / 4 - 1 || i % 4 == 0)
			change_source(&x, i);
		else
			drop(&x, &(struct sw_prefix){ 0 });
		if (i % 4 && rnd() % 3 == 0) {
			struct sw_prefix p = numbered(i);

			drop(&x, &p);
		}
	}
	__atomic_store_n(&reader.stop, true, __ATOMIC_RELAXED);
	pthread_join(thread, NULL);
	assert_true(reader.reads > 1000);
	assert_int_equal(reader.wrong, 0);
	sw_expiry_done(&x);
	free_memory(memory, buckets);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_order_of_changes_ends_where_the_model_is),
		cmocka_unit_test(what_is_not_put_again_is_swept),
		cmocka_unit_test(it_holds_what_it_says_and_no_more),
		cmocka_unit_test(all_lengths_one_after_the_other),
		cmocka_unit_test(an_end_is_never_early),
		cmocka_unit_test(what_cannot_be_is_emptied_when_taken_over),
		cmocka_unit_test(after_a_kill_each_prefix_is_as_before_or_after),
		cmocka_unit_test(a_reader_sees_old_or_new_and_nothing_else),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
