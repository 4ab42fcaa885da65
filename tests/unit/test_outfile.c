/* SPDX-License-Identifier: GPL-2.0-only */
/* outfile: whole or not at all, for its owner alone, and nothing left lying about. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/outfile.h"
#include "support/folder.h"

static char *folder;

static int begin(void **state)
{
	folder = folder_make();
	return 0;
}

static int end(void **state)
{
	folder_remove(folder);
	return 0;
}

static void expect_text(const char *path, const char *want)
{
	char have[256];
	FILE *file = fopen(path, "r");
	size_t n;

	assert_non_null(file);
	n = fread(have, 1, sizeof(have) - 1, file);
	have[n] = '\0';
	fclose(file);
	assert_string_equal(have, want);
}

static unsigned files(void)
{
	DIR *d = opendir(folder);
	unsigned n = 0;

	while (readdir(d))
		n++;
	closedir(d);
	return n - 2;
}

static void it_is_there_whole(void **state)
{
	const char *path = folder_path(folder, "out");
	struct sw_outfile f;
	struct sw_err err;
	struct stat st;

	umask(0);
	assert_int_equal(sw_outfile_open(path, &f, &err), 0);
	fputs("new", f.out);
	fflush(f.out);
	assert_int_not_equal(access(path, F_OK), 0);
	assert_int_equal(sw_outfile_commit(&f, &err), 0);
	expect_text(path, "new");
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(files(), 1);
}

static void what_was_there_is_replaced(void **state)
{
	const char *path = folder_write(folder, "out", "old and longer");
	struct sw_outfile f;
	struct sw_err err;

	assert_int_equal(sw_outfile_open(path, &f, &err), 0);
	fputs("new", f.out);
	fflush(f.out);
	expect_text(path, "old and longer");
	assert_int_equal(sw_outfile_commit(&f, &err), 0);
	expect_text(path, "new");
}

static void what_was_there_stays_when_it_is_given_up(void **state)
{
	const char *path = folder_write(folder, "out", "old");
	struct sw_outfile f;
	struct sw_err err;

	assert_int_equal(sw_outfile_open(path, &f, &err), 0);
	fputs("new", f.out);
	sw_outfile_abort(&f);
	expect_text(path, "old");
	assert_int_equal(files(), 1);
}

static void a_link_is_followed(void **state)
{
	const char *path = folder_write(folder, "out", "old"), *link = folder_path(folder, "link");
	struct sw_outfile f;
	struct sw_err err;
	struct stat st;

	assert_int_equal(symlink("out", link), 0);
	assert_int_equal(sw_outfile_open(link, &f, &err), 0);
	fputs("new", f.out);
	assert_int_equal(sw_outfile_commit(&f, &err), 0);
	expect_text(path, "new");
	assert_int_equal(lstat(link, &st), 0);
	assert_true(S_ISLNK(st.st_mode));
}

/* As /dev/stdout: what is no file must not become one. */
static void a_pipe_is_written_to(void **state)
{
	const char *path = folder_path(folder, "pipe");
	struct sw_outfile f;
	struct sw_err err;
	char text[8] = "";
	int reader;
	struct stat st;

	assert_int_equal(mkfifo(path, 0600), 0);
	reader = open(path, O_RDONLY | O_NONBLOCK);
	assert_int_equal(sw_outfile_open(path, &f, &err), 0);
	fputs("new", f.out);
	assert_int_equal(sw_outfile_commit(&f, &err), 0);
	assert_int_equal(read(reader, text, sizeof(text)), 3);
	assert_string_equal(text, "new");
	close(reader);
	assert_int_equal(lstat(path, &st), 0);
	assert_true(S_ISFIFO(st.st_mode));
}

static void failures_are_told(void **state)
{
	struct sw_outfile f;
	struct sw_err err;
	char words[FOLDER_PATH + 64];

	assert_int_equal(sw_outfile_open(folder_path(folder, "no/out"), &f, &err), -ENOENT);
	snprintf(words, sizeof(words), "%s/no/out: No such file or directory", folder);
	assert_string_equal(err.text, words);
	assert_int_equal(sw_outfile_open(folder, &f, &err), -EISDIR);
	assert_int_equal(sw_outfile_open("/dev/full", &f, &err), 0);
	fputs("new", f.out);
	assert_int_equal(sw_outfile_commit(&f, &err), -ENOSPC);
	assert_string_equal(err.text, "/dev/full: No space left on device");
}

static void a_folder_that_came_instead_is_told(void **state)
{
	const char *path = folder_path(folder, "out");
	struct sw_outfile f;
	struct sw_err err;

	assert_int_equal(sw_outfile_open(path, &f, &err), 0);
	assert_int_equal(mkdir(path, 0700), 0);
	assert_int_equal(sw_outfile_commit(&f, &err), -EISDIR);
	assert_int_equal(files(), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(it_is_there_whole, begin, end),
		cmocka_unit_test_setup_teardown(what_was_there_is_replaced, begin, end),
		cmocka_unit_test_setup_teardown(what_was_there_stays_when_it_is_given_up, begin,
						end),
		cmocka_unit_test_setup_teardown(a_link_is_followed, begin, end),
		cmocka_unit_test_setup_teardown(a_pipe_is_written_to, begin, end),
		cmocka_unit_test_setup_teardown(failures_are_told, begin, end),
		cmocka_unit_test_setup_teardown(a_folder_that_came_instead_is_told, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
