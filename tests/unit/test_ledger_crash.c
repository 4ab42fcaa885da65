/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * kill -9 in the middle of whatever the ledger does: a child commits batches, folds, forgets
 * and says over a pipe what it was told is durable; it is killed at a random moment. Then
 * all that it said is there, and of a batch that it did not say all or nothing.
 */
#include "support/ledger_fixture.h"

#include <signal.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define SOURCES 50000

/* Batch @n sets, for each source of its own, count = n; or removes it when it is there and
 * n is a multiple of 5. All sources of a batch have the same fate. */
struct batch_plan {
	uint64_t n, seed;
	unsigned size;
};

static struct batch_plan plan_of(uint64_t n)
{
	struct batch_plan p = { .n = n, .seed = n * 0x9e3779b97f4a7c15 | 1 };

	p.size = 1 + (unsigned)(sw_random(&p.seed) % 300);
	return p;
}

static uint32_t next_source(struct batch_plan *p)
{
	return (uint32_t)(sw_random(&p->seed) % SOURCES);
}

static struct sw_prefix source_of(uint32_t i)
{
	return sw_prefix_ip4(0x0a000000 + i * 77, 32);
}

static int write_batch(struct sw_ledger *l, uint64_t n)
{
	struct sw_change c = change(n % 5 ? SW_CHANGE_SET : SW_CHANGE_ENDED, T0 + (int64_t)n);
	struct sw_verdict v = verdict("10.0.0.1", 1);
	struct batch_plan p = plan_of(n);
	char text[24];

	v.count = (uint32_t)n;
	if (sw_ledger_begin(l, NULL))
		return -1;
	for (unsigned i = 0; i < p.size; i++) {
		int code;

		v.source = source_of(next_source(&p));
		code = n % 5 ? sw_ledger_put(l, &v, &c, NULL)
			     : sw_ledger_remove(l, &v.source, 1, &c, NULL);
		if (code && code != -ENOENT)
			return code;
	}
	snprintf(text, sizeof(text), "%llu", (unsigned long long)n);
	if (sw_ledger_meta_put(l, "last", text, NULL))
		return -1;
	return sw_ledger_commit(l, NULL);
}

/* Until it is killed. */
static void child(struct ledger_fixture *f, int pipe_fd, uint64_t n)
{
	if (sw_ledger_open(&f->options, &f->ledger, &f->err))
		_exit(1);
	for (;; n++) {
		if (write_batch(f->ledger, n) || write(pipe_fd, &n, sizeof(n)) != sizeof(n))
			_exit(2);
		if (n % 7 == 0 &&
		    sw_ledger_prune_history(f->ledger, T0 + (int64_t)n - 20, 5000, NULL, NULL))
			_exit(3);
	}
}

/* What the child says, up to @most times; the last of it. */
static uint64_t hear(int fd, uint64_t said, uint64_t most)
{
	uint64_t n;

	for (; most > 0 && read(fd, &n, sizeof(n)) == sizeof(n); most--) {
		assert_int_equal(n, said + 1);
		said = n;
	}
	return said;
}

/* However slow the machine is now: some batches, and a while. */
static uint64_t run_and_kill(struct ledger_fixture *f, uint64_t next, uint64_t *seed)
{
	struct timespec pause = { .tv_nsec = (long)(sw_random(seed) % 12000000) };
	uint64_t said;
	int fds[2], status;
	pid_t pid;

	assert_int_equal(pipe(fds), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		close(fds[0]);
		child(f, fds[1], next);
	}
	close(fds[1]);
	said = hear(fds[0], next - 1, sw_random(seed) % 8);
	nanosleep(&pause, NULL);
	kill(pid, SIGKILL);
	said = hear(fds[0], said, UINT64_MAX);
	close(fds[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (!WIFSIGNALED(status))
		fail_msg("the child ended by itself: %d", WEXITSTATUS(status));
	return said;
}

struct expected {
	uint32_t count[SOURCES]; /* 0: not there */
	uint64_t there, last;
};

static void expect_batch(struct expected *e, uint64_t n)
{
	struct batch_plan p = plan_of(n);

	for (unsigned i = 0; i < p.size; i++) {
		uint32_t *count = &e->count[next_source(&p)];

		e->there -= *count != 0;
		*count = n % 5 ? (uint32_t)n : 0;
		e->there += *count != 0;
	}
	e->last = n;
}

static int compare(void *ctx, const struct sw_verdict *v)
{
	const struct expected *e = ctx;
	uint32_t i = ((uint32_t)v->source.lo - 0x0a000000) / 77;

	assert_true(i < SOURCES && e->count[i] != 0);
	assert_int_equal(v->count, e->count[i]);
	return 0;
}

static void check(struct ledger_fixture *f, struct expected *e, uint64_t said)
{
	char text[SW_LEDGER_META_VALUE + 1] = "0";
	uint64_t last;
	int code;

	ledger_open(f);
	code = sw_ledger_meta_get(f->ledger, "last", text, &f->err);
	assert_true(code == 0 || (code == -ENOENT && said == 0));
	last = strtoull(text, NULL, 10);
	/* the one after may be durable and not yet said */
	assert_true(last == said || last == said + 1);
	while (e->last < last)
		expect_batch(e, e->last + 1);
	assert_int_equal(ledger_count(f), e->there);
	ok(f, sw_ledger_each(f->ledger, NULL, compare, e, &f->err));
	ok(f, sw_ledger_verify(f->ledger, &f->err));
	ledger_close(f);
}

static void test_kill(void **state)
{
	struct ledger_fixture *f = *state;
	struct expected *e = calloc(1, sizeof(*e));
	uint64_t seed = (uint64_t)time(NULL) | 1;
	time_t end = time(NULL) + 3;
	int kills = 0;

	assert_non_null(e);
	print_message("# seed %llu\n", (unsigned long long)seed);
	ledger_close(f);
	f->options.pending_max = 2000;
	f->options.map_bytes = 65536;
	for (; kills < 40 && (kills < 5 || time(NULL) < end); kills++)
		check(f, e, run_and_kill(f, e->last + 1, &seed));
	print_message("# %d times, %llu batches\n", kills, (unsigned long long)e->last);
	free(e);
}

/* Killed while it is made: none, or a whole one. */
static void test_kill_at_birth(void **state)
{
	struct ledger_fixture *f = *state;

	for (int i = 0; i < 10; i++) {
		struct timespec pause = { .tv_nsec = i * 400000 };
		int status;
		pid_t pid;

		ledger_close(f);
		assert_int_equal(unlink(folder_path(f->folder, "ledger/data.mdb")), 0);
		pid = fork();
		assert_true(pid >= 0);
		if (pid == 0) {
			sw_ledger_open(&f->options, &f->ledger, &f->err);
			pause.tv_nsec = 900000000;
			nanosleep(&pause, NULL);
			_exit(0);
		}
		nanosleep(&pause, NULL);
		kill(pid, SIGKILL);
		assert_int_equal(waitpid(pid, &status, 0), pid);
		ledger_open(f);
		ok(f, sw_ledger_verify(f->ledger, &f->err));
		ledger_put_now(f, "10.0.0.1", 1);
	}
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, ledger_setup, ledger_teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_kill),
		TEST(test_kill_at_birth),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
