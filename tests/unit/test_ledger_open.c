/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who may have a ledger open: one writer, readers beside it that see what it commits, and nobody
 * where there is none.
 */
#include "support/ledger_fixture.h"

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* Run @fn in a child that has nothing of ours open; what it returns. */
static int in_child(struct ledger_fixture *f, int (*fn)(struct ledger_fixture *))
{
	int status = 0;
	pid_t pid = fork();

	if (pid == 0)
		_exit(fn(f));
	assert_true(pid > 0 && waitpid(pid, &status, 0) == pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static int child_opens(struct ledger_fixture *f)
{
	struct sw_ledger *l;
	int code = sw_ledger_open(&f->options, &l, &f->err);

	return code == -EBUSY && strstr(f->err.text, "in use by process") ? 0 : 1;
}

static int child_reads(struct ledger_fixture *f)
{
	struct sw_ledger_options options = f->options;
	struct sw_ledger *l;
	uint64_t n = 0;

	options.read_only = true;
	if (sw_ledger_open(&options, &l, &f->err) ||
	    sw_ledger_each(l, NULL, ledger_count_verdict, &n, &f->err))
		return 255;
	if (sw_ledger_begin(l, &f->err) != -EROFS)
		return 254;
	sw_ledger_close(l);
	return (int)n;
}

static void test_other_processes(void **state)
{
	struct ledger_fixture *f = *state;
	struct sw_ledger_options options = f->options;
	struct sw_ledger *l;

	assert_int_equal(in_child(f, child_opens), 0);
	assert_int_equal(in_child(f, child_reads), 0);
	ledger_put_now(f, "10.0.0.1", 1);
	assert_int_equal(in_child(f, child_reads), 1);
	options.read_only = true;
	fails(f, -EBUSY, "this process", sw_ledger_open(&options, &l, &f->err));
	options.read_only = false;
	fails(f, -EBUSY, "in use by process", sw_ledger_open(&options, &l, &f->err));
	ledger_close(f);
	assert_int_equal(in_child(f, child_reads), 1);
	ledger_open(f);
}

/* A reader that stays open sees what a writer commits, folds and forgets meanwhile. */
static int child_writes(struct ledger_fixture *f)
{
	struct sw_ledger_options options = f->options;

	options.pending_max = 2;
	if (sw_ledger_open(&options, &f->ledger, &f->err))
		return 1;
	for (uint32_t i = 0; i < 20; i++) {
		char text[SW_PREFIX_TEXT];
		struct sw_prefix p = sw_prefix_ip4(0x0a000000 + i * 77 % 20, 32);

		ledger_put_now(f, sw_prefix_format(&p, text), 1);
	}
	ledger_remove_now(f, "10.0.0.7", 1);
	if (sw_ledger_prune_history(f->ledger, INT64_MAX, 15, NULL, &f->err))
		return 2;
	ledger_close(f);
	return 0;
}

static void test_reader_follows(void **state)
{
	struct ledger_fixture *f = *state;

	ledger_put_now(f, "10.0.0.100", 1);
	f->options.read_only = true;
	ledger_open_again(f);
	assert_string_equal(ledger_all(f, NULL), "10.0.0.100/o1");
	f->options.read_only = false;
	assert_int_equal(in_child(f, child_writes), 0);
	assert_int_equal(ledger_count(f), 20);
	assert_string_equal(ledger_all(f, "10.0.0.4/30"), "10.0.0.4/o1 10.0.0.5/o1 10.0.0.6/o1");
	assert_int_equal(in_child(f, child_writes), 0);
	assert_int_equal(ledger_count(f), 20);
	ok(f, sw_ledger_verify(f->ledger, &f->err));
}

static void test_no_ledger_to_read(void **state)
{
	struct ledger_fixture *f = *state;
	struct sw_ledger_options options = { .read_only = true };
	struct sw_ledger *l;
	struct stat st;

	options.state_dir = folder_path(f->folder, "none");
	fails(f, -ENOENT, "there is no ledger", sw_ledger_open(&options, &l, &f->err));
	assert_int_equal(stat(options.state_dir, &st), -1); /* nothing was made */
	options.state_dir = folder_path(f->folder, "a/b");
	options.read_only = false;
	ok(f, sw_ledger_open(&options, &l, &f->err)); /* folders are made */
	sw_ledger_close(l);
	assert_int_equal(stat(folder_path(f->folder, "a/b/ledger/data.mdb"), &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(stat(folder_path(f->folder, "a/b/ledger.new"), &st), -1);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, ledger_setup, ledger_teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_other_processes),
		TEST(test_reader_follows),
		TEST(test_no_ledger_to_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
