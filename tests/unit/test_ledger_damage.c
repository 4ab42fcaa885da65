/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Ledgers that are damaged, cut off, or none at all: an error that names the file and says
 * what to do, and never a crash, whatever is done with them. And backups, which are the
 * way out. What might crash runs in a child.
 */
#include "support/ledger_fixture.h"

#include <fcntl.h>
#include <lmdb.h>
#include <malloc.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define RESTORE "synward restore FILE"

struct bytes {
	uint8_t *data;
	size_t n;
};

static struct bytes read_file(const char *path)
{
	struct bytes b = { NULL, 0 };
	struct stat st;
	int fd = open(path, O_RDONLY);

	assert_true(fd >= 0 && fstat(fd, &st) == 0);
	b.n = (size_t)st.st_size;
	b.data = malloc(b.n + 1);
	assert_non_null(b.data);
	assert_int_equal(read(fd, b.data, b.n), b.n);
	close(fd);
	return b;
}

/* A ledger with all that there is: branches, free pages, long records, history. */
static void make_all(struct ledger_fixture *f, struct bytes *ret)
{
	struct sw_verdict v = verdict("10.0.0.1", 1);
	struct sw_change c = change(SW_CHANGE_SET, T0);
	uint64_t seed = 3;

	f->options.pending_max = 300;
	ledger_open_again(f);
	ledger_fill(f, &seed, 6, 150);
	memset(v.reason, 'r', SW_VERDICT_REASON - 1);
	ok(f, sw_ledger_begin(f->ledger, &f->err));
	for (unsigned i = 0; i < 100; i++) {
		v.source = sw_prefix_ip6(0x2001000000000000, sw_random(&seed), 128 - i);
		ok(f, sw_ledger_put(f->ledger, &v, &c, &f->err));
	}
	ok(f, sw_ledger_meta_put(f->ledger, "boot-id", "1234", &f->err));
	ok(f, sw_ledger_commit(f->ledger, &f->err));
	ledger_remove_now(f, "2001::/64", 1);
	ok(f, sw_ledger_prune_history(f->ledger, INT64_MAX, 100, NULL, &f->err));
	ledger_close(f);
	*ret = read_file(folder_path(f->folder, "ledger/data.mdb"));
}

/* ---- what is no ledger ---- */

static void put_file(struct ledger_fixture *f, const void *data, size_t n)
{
	folder_write_bytes(f->folder, "ledger/data.mdb", data, n);
}

/* Opening fails, with words that name the file and say what to do, and changes nothing. */
static void refused(struct ledger_fixture *f, int code, const char *words)
{
	struct sw_ledger_options options = f->options;
	const char *path = folder_path(f->folder, "ledger/data.mdb");
	struct bytes before = read_file(path), after;

	for (int i = 0; i < 2; i++) {
		options.read_only = i;
		f->err.text[0] = '\0';
		fails(f, code, words, sw_ledger_open(&options, &f->ledger, &f->err));
		assert_non_null(strstr(f->err.text, path));
	}
	after = read_file(path);
	assert_int_equal(before.n, after.n);
	assert_memory_equal(before.data, after.data, after.n);
	free(before.data);
	free(after.data);
}

static void test_no_ledger(void **state)
{
	struct ledger_fixture *f = *state;
	static const char text[10000] = "This is no database. ";

	ledger_close(f);
	put_file(f, "", 0);
	refused(f, -EBADMSG, "cut off; put a backup in its place: " RESTORE);
	put_file(f, text, 20);
	refused(f, -EBADMSG, RESTORE);
	put_file(f, text, sizeof(text));
	refused(f, -EBADMSG, "not an LMDB file; put a backup in its place: " RESTORE);
	assert_int_equal(unlink(folder_path(f->folder, "ledger/data.mdb")), 0);
	assert_int_equal(mkdir(folder_path(f->folder, "ledger/data.mdb"), 0700), 0);
	fails(f, -EISDIR, "data.mdb", sw_ledger_open(&f->options, &f->ledger, &f->err));
}

/* Another program's. */
static void test_another_lmdb_file(void **state)
{
	struct ledger_fixture *f = *state;
	char *folder = strdup(folder_path(f->folder, "ledger"));
	MDB_env *env;
	MDB_txn *txn;
	MDB_dbi dbi;
	char word[] = "abc";
	MDB_val v = { 3, word };

	ledger_close(f);
	for (int flags = 0; flags < 2; flags++) {
		assert_int_equal(unlink(folder_path(f->folder, "ledger/data.mdb")), 0);
		assert_int_equal(mdb_env_create(&env), 0);
		assert_int_equal(mdb_env_set_maxdbs(env, 2), 0);
		assert_int_equal(mdb_env_open(env, folder, 0, 0600), 0);
		assert_int_equal(mdb_txn_begin(env, NULL, 0, &txn), 0);
		assert_int_equal(mdb_dbi_open(txn, flags ? "dup" : "x",
					      MDB_CREATE | (flags ? MDB_DUPSORT : 0), &dbi),
				 0);
		assert_int_equal(mdb_put(txn, dbi, &v, &v, 0), 0);
		assert_int_equal(mdb_txn_commit(txn), 0);
		mdb_env_close(env);
		if (flags)
			refused(f, -ENOTSUP, "features");
		else
			refused(f, -EBADMSG, "not a ledger; put a backup in its place: " RESTORE);
	}
	free(folder);
}

/* What is cut off may be free pages, which is no damage. */
static void test_cut_off(void **state)
{
	struct ledger_fixture *f = *state;
	struct bytes all;
	unsigned whole = 0, cut = 0;

	make_all(f, &all);
	f->options.read_only = true;
	for (size_t n = 0; n < all.n; n += n < 9000 ? 1500 : 32768 + 100) {
		put_file(f, all.data, n);
		if (sw_ledger_open(&f->options, &f->ledger, &f->err) == 0) {
			ok(f, sw_ledger_verify(f->ledger, &f->err));
			ledger_close(f);
			whole++;
		} else {
			refused(f, -EBADMSG, RESTORE);
			cut++;
		}
	}
	assert_true(cut > 10 && cut > 3 * whole);
	free(all.data);
}

static void test_cut_off_in_use(void **state)
{
	struct ledger_fixture *f = *state;
	uint64_t seed = 5, n = 0;

	ledger_fill(f, &seed, 2, 500);
	assert_int_equal(truncate(folder_path(f->folder, "ledger/data.mdb"), 12288), 0);
	fails(f, -EBADMSG, "cut off while it was in use; put a backup",
	      sw_ledger_each(f->ledger, NULL, ledger_count_verdict, &n, &f->err));
	ok(f, sw_ledger_begin(f->ledger, &f->err));
	ledger_put(f, "10.0.0.1", 1);
	fails(f, -EBADMSG, RESTORE, sw_ledger_commit(f->ledger, &f->err));
}

/* ---- random damage ---- */

static int say_nothing(void *ctx, const struct sw_history *h)
{
	return strlen(h->who) > 63 || strlen(h->why) > 255;
}

/* Do with it all that can be done. Any error will do; a crash will not, and no damage to
 * what we read may go by unseen: verdicts are counted. */
static void use_it(struct ledger_fixture *f, uint64_t *seed)
{
	struct sw_prefix all = prefix("::/0"), some = prefix("2001::/64");
	struct sw_ledger_counts counts;
	uint64_t n = 0;
	size_t pruned;

	if (sw_ledger_open(&f->options, &f->ledger, &f->err))
		return;
	sw_ledger_count(f->ledger, &counts, &f->err);
	sw_ledger_each(f->ledger, NULL, ledger_count_verdict, &n, &f->err);
	sw_ledger_each_containing(f->ledger, &some, ledger_count_verdict, &n, &f->err);
	sw_ledger_history(f->ledger, &all, SW_HISTORY_CONTAINING, say_nothing, f, &f->err);
	sw_ledger_history(f->ledger, &some, 1, say_nothing, f, &f->err);
	sw_ledger_verify(f->ledger, &f->err);
	sw_ledger_prune_history(f->ledger, INT64_MAX, 50, &pruned, &f->err);
	for (int i = 0; i < 2; i++) {
		struct sw_verdict v = verdict("10.0.0.1", 1);
		struct sw_change c = change(SW_CHANGE_SET, T0);

		if (sw_ledger_begin(f->ledger, &f->err))
			break;
		for (int j = 0; j < 100; j++) {
			v.source = sw_prefix_ip4((uint32_t)sw_random(seed), 32);
			sw_ledger_put(f->ledger, &v, &c, &f->err);
		}
		sw_ledger_commit(f->ledger, &f->err);
	}
	if (sw_random(seed) % 8 == 0)
		sw_ledger_backup(f->ledger, folder_path(f->folder, "copy"), &f->err);
	ledger_close(f);
}

/* Change some bytes of @b: a few bits, a row of bytes, or a page in the place of another. */
static void damage(struct bytes *b, uint64_t *seed)
{
	size_t at = sw_random(seed) % b->n, page = 4096, other = sw_random(seed) % (b->n / page);

	/* where it hurts: the front, and heads of pages */
	if (sw_random(seed) % 2)
		at = (sw_random(seed) % 3 ? at / page * page : sw_random(seed) % 2 * page) +
		     sw_random(seed) % 200;
	switch (sw_random(seed) % 4) {
	case 0:
		b->data[at] ^= (uint8_t)(1u << sw_random(seed) % 8);
		break;
	case 1:
		b->data[at] = (uint8_t)sw_random(seed);
		break;
	case 2:
		for (size_t n = sw_random(seed) % 64; n > 0 && at < b->n; n--)
			b->data[at++] = (uint8_t)(sw_random(seed) % 3 ? sw_random(seed) : 0xff);
		break;
	case 3:
		memcpy(b->data + at / page * page, b->data + other * page, page);
		break;
	}
}

static void in_child(struct ledger_fixture *f, uint64_t seed)
{
	int status = 0;
	pid_t pid = fork();

	if (pid == 0) {
		alarm(10);
		use_it(f, &seed);
		_exit(0);
	}
	assert_true(pid > 0 && waitpid(pid, &status, 0) == pid);
	if (!WIFEXITED(status) || WEXITSTATUS(status))
		fail_msg("seed %llu: signal %d, status %d", (unsigned long long)seed,
			 WIFSIGNALED(status) ? WTERMSIG(status) : 0, WEXITSTATUS(status));
}

static void test_random_damage(void **state)
{
	struct ledger_fixture *f = *state;
	struct bytes all, some;
	uint64_t seed = 1;

	make_all(f, &all);
	some.n = all.n;
	some.data = malloc(some.n);
	assert_non_null(some.data);
	for (int i = 0; i < 200; i++) {
		memcpy(some.data, all.data, all.n);
		for (uint64_t n = 1 + sw_random(&seed) % 3; n > 0; n--)
			damage(&some, &seed);
		put_file(f, some.data, some.n);
		in_child(f, seed);
	}
	free(some.data);
	free(all.data);
}

/* Bytes of records: the check sums find all of them, and say where. */
static void test_damaged_records(void **state)
{
	struct ledger_fixture *f = *state;
	struct bytes all;
	unsigned found = 0;

	f->options.pending_max = 1;
	ledger_open_again(f);
	for (int i = 0; i < 3; i++)
		ledger_put_now(f, i ? "192.0.2.2" : "192.0.2.1", 1);
	ledger_close(f);
	all = read_file(folder_path(f->folder, "ledger/data.mdb"));
	f->options.read_only = true;
	for (size_t i = 8192; i + 9 < all.n; i++) {
		if (memcmp(all.data + i, "spamalice", 9))
			continue;
		all.data[i + 2] ^= 0x20;
		put_file(f, all.data, all.n);
		if (sw_ledger_open(&f->options, &f->ledger, &f->err) == 0) {
			int code = sw_ledger_verify(f->ledger, &f->err);

			/* or it is on a page that is not used any more */
			if (code)
				assert_int_equal(code, -EBADMSG);
			found += code ? 1 : 0;
			ledger_close(f);
		} else {
			found++;
		}
		if (found == 1)
			assert_true(strstr(f->err.text, "192.0.2.") ||
				    strstr(f->err.text, "of the history is damaged"));
		all.data[i + 2] ^= 0x20;
	}
	assert_true(found >= 3);
	free(all.data);
}

/* ---- backups ---- */

static void test_backup_and_restore(void **state)
{
	struct ledger_fixture *f = *state;
	struct sw_ledger_restored restored;
	const char *copy = folder_path(f->folder, "backup");
	uint64_t seed = 8;
	struct stat st;

	ledger_fill(f, &seed, 3, 200);
	ledger_put_now(f, "2001:db8::/32", 1);
	ok(f, sw_ledger_begin(f->ledger, &f->err));
	ledger_put(f, "10.0.0.9", 1);
	ok(f, sw_ledger_backup(f->ledger, copy, &f->err)); /* without what is not committed */
	ok(f, sw_ledger_commit(f->ledger, &f->err));
	assert_int_equal(stat(copy, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	ledger_put_now(f, "10.0.0.10", 1);
	ok(f, sw_ledger_backup(f->ledger, copy, &f->err)); /* in the place of the old one */
	ledger_remove_now(f, "10.0.0.10", 1);
	/* not while somebody writes */
	fails(f, -EBUSY, "stop synwardd",
	      sw_ledger_restore(copy, f->folder, T0, &restored, &f->err));
	ledger_close(f);
	ok(f, sw_ledger_restore(copy, f->folder, T0, &restored, &f->err));
	assert_int_equal(restored.counts.verdicts, 603);
	assert_non_null(strstr(restored.kept, "/ledger-20241119T070640Z"));
	ledger_open(f);
	assert_string_equal(ledger_all(f, "10.0.0.10"), "10.0.0.10/o1");
	assert_string_equal(ledger_history(f, "10.0.0.10", 0), "10.0.0.10:set@0");
	ledger_put_now(f, "10.0.0.11", 1);
	ok(f, sw_ledger_verify(f->ledger, &f->err));
	ledger_close(f);
	/* what was kept is the ledger from before; another one in the same second */
	assert_int_equal(stat(folder_path(restored.kept, "data.mdb"), &st), 0);
	ok(f, sw_ledger_restore(folder_path(restored.kept, "data.mdb"), f->folder, T0, &restored,
				&f->err));
	assert_non_null(strstr(restored.kept, "/ledger-20241119T070640Z-2"));
	ledger_open(f);
	assert_string_equal(ledger_history(f, "10.0.0.10", 0),
			    "10.0.0.10:set@0 10.0.0.10:removed@1");
}

static void test_restore_where_there_is_none(void **state)
{
	struct ledger_fixture *f = *state;
	struct sw_ledger_restored restored;
	char *dir = strdup(folder_path(f->folder, "other"));
	const char *copy = folder_path(f->folder, "backup");

	ledger_put_now(f, "10.0.0.1", 1);
	ok(f, sw_ledger_backup(f->ledger, copy, &f->err));
	ok(f, sw_ledger_restore(copy, dir, T0, &restored, &f->err));
	assert_string_equal(restored.kept, "");
	ledger_close(f);
	f->options.state_dir = dir;
	ledger_open(f);
	assert_string_equal(ledger_all(f, NULL), "10.0.0.1/o1");
	ledger_close(f);
	free(dir);
	f->options.state_dir = f->folder;
}

/* A backup that is damaged is refused, and the ledger stays. */
static void test_restore_refuses(void **state)
{
	struct ledger_fixture *f = *state;
	char *copy = strdup(folder_path(f->folder, "backup"));
	struct bytes b;
	uint64_t seed = 2;

	fails(f, -ENOENT, "nothing/here", sw_ledger_backup(f->ledger, "/nothing/here", &f->err));
	ledger_fill(f, &seed, 1, 300);
	ok(f, sw_ledger_backup(f->ledger, copy, &f->err));
	ledger_put_now(f, "10.0.0.1", 1);
	ledger_close(f);
	fails(f, -ENOENT, "none",
	      sw_ledger_restore(folder_path(f->folder, "none"), f->folder, T0, NULL, &f->err));
	b = read_file(copy);
	folder_write_bytes(f->folder, "backup", b.data, b.n / 2);
	fails(f, -EBADMSG, "is no backup that can be used",
	      sw_ledger_restore(copy, f->folder, T0, NULL, &f->err));
	for (size_t i = 0; i + 9 < b.n; i++) {
		if (!memcmp(b.data + i, "spamalice", 9)) {
			b.data[i] ^= 1;
			break;
		}
	}
	folder_write_bytes(f->folder, "backup", b.data, b.n);
	fails(f, -EBADMSG, "is no backup that can be used",
	      sw_ledger_restore(copy, f->folder, T0, NULL, &f->err));
	free(b.data);
	free(copy);
	ledger_open(f);
	assert_int_equal(ledger_count(f), 301);
	snprintf(f->text, sizeof(f->text), "test -z \"$(ls -d %s/ledger-* %s/*.new 2>/dev/null)\"",
		 f->folder, f->folder);
	assert_int_equal(system(f->text), 0); /* nothing is left behind */
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, ledger_setup, ledger_teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_no_ledger),
		TEST(test_another_lmdb_file),
		TEST(test_cut_off),
		TEST(test_cut_off_in_use),
		TEST(test_random_damage),
		TEST(test_damaged_records),
		TEST(test_backup_and_restore),
		TEST(test_restore_where_there_is_none),
		TEST(test_restore_refuses),
	};

	/* LMDB asks for megabytes of zeros and uses few: let them be fresh pages */
	mallopt(M_MMAP_THRESHOLD, 128 * 1024);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
