/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The ledger on disks that do not want to: full, limited, read-only, gone. What was
 * acknowledged is there afterwards, what failed is not, and it goes on where it can. And
 * growth, from next to nothing to hundreds of thousands.
 */
#include "support/ledger_fixture.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- growth ---- */

static void test_growth(void **state)
{
	struct ledger_fixture *f = *state;
	struct sw_ledger_options options = f->options;
	struct sw_ledger_counts counts;
	char *dir = strdup(folder_path(f->folder, "small"));
	uint64_t seed = 1, n = 0, map;

	ledger_close(f);
	f->options.state_dir = dir;
	f->options.map_bytes = 65536;
	f->options.pending_max = 50000;
	ledger_open(f);
	ok(f, sw_ledger_count(f->ledger, &counts, &f->err));
	map = counts.map_bytes;
	assert_int_equal(map, 65536);
	ledger_fill(f, &seed, 20, 5000);
	ledger_fill(f, &seed, 1, 200000);
	ok(f, sw_ledger_count(f->ledger, &counts, &f->err));
	assert_in_range(counts.verdicts, 299900, 300000); /* some came twice */
	assert_int_equal(counts.history, 300000);
	assert_in_range(counts.map_bytes, counts.file_bytes, counts.file_bytes * 8);
	assert_int_equal(counts.map_bytes & (counts.map_bytes - 1), 0); /* doubled */
	assert_true(counts.used_bytes <= counts.file_bytes);
	ledger_open_again(f);
	ok(f, sw_ledger_each(f->ledger, NULL, ledger_count_verdict, &n, &f->err));
	assert_int_equal(n, counts.verdicts);
	ok(f, sw_ledger_verify(f->ledger, &f->err));
	ledger_close(f);
	free(dir);
	f->options = options;
}

/* ---- what can be set for the process ---- */

static void test_file_size_limit(void **state)
{
	struct ledger_fixture *f = *state;
	struct rlimit before, little = { 300000, 0 };
	uint64_t seed = 7, count;

	ledger_fill(f, &seed, 1, 500);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	little.rlim_max = before.rlim_max;
	signal(SIGXFSZ, SIG_IGN);
	for (int i = 0; i < 20; i++) {
		int code;

		count = ledger_count(f);
		ok(f, sw_ledger_begin(f->ledger, &f->err));
		for (unsigned j = 0; j < 500; j++) {
			struct sw_verdict v = verdict("10.0.0.1", 1);
			struct sw_change c = change(SW_CHANGE_SET, T0);

			v.source = sw_prefix_ip4((uint32_t)sw_random(&seed), 32);
			ok(f, sw_ledger_put(f->ledger, &v, &c, &f->err));
		}
		assert_int_equal(setrlimit(RLIMIT_FSIZE, &little), 0);
		code = sw_ledger_commit(f->ledger, &f->err);
		assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
		if (code) {
			assert_int_equal(code, -EFBIG);
			assert_non_null(strstr(f->err.text, "LimitFSIZE"));
			break;
		}
	}
	signal(SIGXFSZ, SIG_DFL);
	assert_int_equal(ledger_count(f), count);
	ok(f, sw_ledger_verify(f->ledger, &f->err));
	ledger_put_now(f, "10.0.0.1", 1); /* and on */
	ledger_open_again(f);
	assert_int_equal(ledger_count(f), count + 1);
}

/* ---- disks of our own ---- */

/* A file system of @size in memory at <folder>/disk, seen by this program alone. */
static const char *mount_disk(struct ledger_fixture *f, const char *options)
{
	static bool apart;
	static char disk[FOLDER_PATH];

	if (!apart &&
	    (unshare(CLONE_NEWNS) || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL))) {
		print_message("SKIP: no mounts of one's own here (%s)\n", strerror(errno));
		skip();
	}
	apart = true;
	snprintf(disk, sizeof(disk), "%s/disk", f->folder);
	assert_true(mkdir(disk, 0700) == 0 || errno == EEXIST);
	if (mount("tmpfs", disk, "tmpfs", 0, options)) {
		print_message("SKIP: no tmpfs here (%s)\n", strerror(errno));
		skip();
	}
	return disk;
}

static void unmount_disk(struct ledger_fixture *f)
{
	ledger_close(f);
	assert_int_equal(umount(folder_path(f->folder, "disk")), 0);
	f->options = (struct sw_ledger_options){ .state_dir = f->folder };
}

static void move_to_disk(struct ledger_fixture *f, const char *options)
{
	ledger_close(f);
	f->options.state_dir = mount_disk(f, options);
	f->options.pending_max = 100;
}

/* Commits until one fails; what it said. *count: verdicts acknowledged. */
static int fill_disk(struct ledger_fixture *f, uint64_t *seed, unsigned size, uint64_t *count)
{
	int code = 0;

	while (!code) {
		*count = ledger_count(f);
		ok(f, sw_ledger_begin(f->ledger, &f->err));
		for (unsigned j = 0; j < size; j++) {
			struct sw_verdict v = verdict("10.0.0.1", 1);
			struct sw_change c = change(SW_CHANGE_SET, T0);

			v.source = sw_prefix_ip4((uint32_t)sw_random(seed), 32);
			ok(f, sw_ledger_put(f->ledger, &v, &c, &f->err));
		}
		code = sw_ledger_commit(f->ledger, &f->err);
	}
	return code;
}

static void test_disk_full(void **state)
{
	struct ledger_fixture *f = *state;
	uint64_t seed = 3, count = 0;
	char *copy;

	move_to_disk(f, "size=1m");
	ledger_open(f);
	for (unsigned size = 400; size > 0; size /= 20) {
		assert_int_equal(fill_disk(f, &seed, size, &count), -ENOSPC);
		assert_non_null(strstr(f->err.text, "no space is left"));
		assert_non_null(strstr(f->err.text, "data.mdb"));
		assert_int_equal(ledger_count(f), count);
	}
	/* again and again, with a restart between */
	for (int i = 0; i < 3; i++) {
		assert_int_equal(fill_disk(f, &seed, 400, &count), -ENOSPC);
		ok(f, sw_ledger_verify(f->ledger, &f->err));
		ledger_open_again(f);
		assert_int_equal(ledger_count(f), count);
	}
	/* a backup on the full disk fails and leaves nothing */
	copy = strdup(folder_path(f->options.state_dir, "copy"));
	fails(f, -ENOSPC, "no space is left", sw_ledger_backup(f->ledger, copy, &f->err));
	assert_int_equal(access(copy, F_OK), -1);
	ok(f, sw_ledger_backup(f->ledger, folder_path(f->folder, "copy"), &f->err));
	/* with room it goes on */
	assert_int_equal(mount("tmpfs", f->options.state_dir, "tmpfs", MS_REMOUNT, "size=4m"), 0);
	ledger_fill(f, &seed, 3, 400);
	ok(f, sw_ledger_verify(f->ledger, &f->err));
	assert_true(ledger_count(f) > count);
	free(copy);
	unmount_disk(f);
}

/* Room for the verdicts comes back when history is forgotten, also on a full disk. */
static void test_making_room(void **state)
{
	struct ledger_fixture *f = *state;
	uint64_t seed = 4, count;
	size_t n = 1;
	int code = 0;

	move_to_disk(f, "size=1m");
	ledger_open(f);
	assert_int_equal(fill_disk(f, &seed, 100, &count), -ENOSPC);
	while (n && !code)
		code = sw_ledger_prune_history(f->ledger, INT64_MAX, 20, &n, &f->err);
	if (code)
		assert_int_equal(code, -ENOSPC);
	assert_int_equal(ledger_count(f), count);
	ok(f, sw_ledger_verify(f->ledger, &f->err));
	unmount_disk(f);
}

static void test_no_room_for_a_new_one(void **state)
{
	struct ledger_fixture *f = *state;
	char *much = calloc(1, 1 << 20);
	int made = 0;

	assert_non_null(much);
	move_to_disk(f, "size=128k");
	for (size_t left = 0; left < 30 && !made; left++) {
		folder_write_bytes(f->options.state_dir, "much", much, (32 - left) * 4096 - 4096);
		if (sw_ledger_open(&f->options, &f->ledger, &f->err)) {
			assert_non_null(strstr(f->err.text, "no space is left"));
			assert_int_equal(access(folder_path(f->options.state_dir, "ledger"), F_OK),
					 -1);
		} else {
			made = 1;
		}
		assert_int_equal(unlink(folder_path(f->options.state_dir, "much")), 0);
	}
	assert_true(made);
	ledger_put_now(f, "10.0.0.1", 1);
	free(much);
	unmount_disk(f);
}

static void test_read_only_disk(void **state)
{
	struct ledger_fixture *f = *state;
	const char *dir;

	move_to_disk(f, "size=4m");
	ledger_open(f);
	ledger_put_now(f, "10.0.0.1", 1);
	ledger_close(f);
	dir = f->options.state_dir;
	assert_int_equal(mount("tmpfs", dir, "tmpfs", MS_REMOUNT | MS_RDONLY, NULL), 0);
	fails(f, -EROFS, "mount it read-write", sw_ledger_open(&f->options, &f->ledger, &f->err));
	fails(f, -EROFS, "mount it read-write",
	      sw_ledger_restore("/dev/null", dir, T0, NULL, &f->err));
	f->options.read_only = true;
	ledger_open(f);
	assert_string_equal(ledger_all(f, NULL), "10.0.0.1/o1");
	ok(f, sw_ledger_verify(f->ledger, &f->err));
	ok(f, sw_ledger_backup(f->ledger, folder_path(f->folder, "copy"), &f->err));
	unmount_disk(f);
	/* and none at all */
	dir = f->options.state_dir = mount_disk(f, "size=4m,ro");
	fails(f, -EROFS, "mount it read-write", sw_ledger_open(&f->options, &f->ledger, &f->err));
	unmount_disk(f);
}

/* ---- gone ---- */

static void test_removed(void **state)
{
	struct ledger_fixture *f = *state;
	const char *copy = folder_path(f->folder, "copy");

	ledger_put_now(f, "10.0.0.1", 1);
	snprintf(f->text, sizeof(f->text), "rm -r %s/ledger", f->folder);
	assert_int_equal(system(f->text), 0);
	ok(f, sw_ledger_begin(f->ledger, &f->err));
	ledger_put(f, "10.0.0.2", 1);
	fails(f, -ESTALE, "removed or replaced", sw_ledger_commit(f->ledger, &f->err));
	/* what was acknowledged can still be saved, as the words say */
	assert_string_equal(ledger_all(f, NULL), "10.0.0.1/o1");
	ok(f, sw_ledger_backup(f->ledger, copy, &f->err));
	ledger_close(f);
	ok(f, sw_ledger_restore(copy, f->folder, T0, NULL, &f->err));
	ledger_open(f);
	assert_string_equal(ledger_all(f, NULL), "10.0.0.1/o1");
	/* a file that was removed, and only it: a new ledger */
	ledger_close(f);
	assert_int_equal(unlink(folder_path(f->folder, "ledger/data.mdb")), 0);
	ledger_open(f);
	assert_string_equal(ledger_all(f, NULL), "");
}

static void test_replaced(void **state)
{
	struct ledger_fixture *f = *state;

	ledger_put_now(f, "10.0.0.1", 1);
	assert_int_equal(rename(folder_path(f->folder, "ledger"), folder_path(f->folder, "moved")),
			 0);
	ok(f, sw_ledger_begin(f->ledger, &f->err));
	ledger_put(f, "10.0.0.2", 1);
	fails(f, -ESTALE, "removed or replaced", sw_ledger_commit(f->ledger, &f->err));
	assert_int_equal(rename(folder_path(f->folder, "moved"), folder_path(f->folder, "ledger")),
			 0);
	ledger_put_now(f, "10.0.0.3", 1);
	assert_string_equal(ledger_all(f, NULL), "10.0.0.1/o1 10.0.0.3/o1");
}

static void test_a_file_in_the_way(void **state)
{
	struct ledger_fixture *f = *state;

	ledger_close(f);
	snprintf(f->text, sizeof(f->text), "rm -r %s/ledger; echo >%s/ledger", f->folder,
		 f->folder);
	assert_int_equal(system(f->text), 0);
	fails(f, -ENOTDIR, "ledger", sw_ledger_open(&f->options, &f->ledger, &f->err));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, ledger_setup, ledger_teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_growth),
		TEST(test_file_size_limit),
		TEST(test_disk_full),
		TEST(test_making_room),
		TEST(test_no_room_for_a_new_one),
		TEST(test_read_only_disk),
		TEST(test_removed),
		TEST(test_replaced),
		TEST(test_a_file_in_the_way),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
