/* SPDX-License-Identifier: GPL-2.0-only */
/* Small files: replaced whole, saved, removed, read. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/file.h"
#include "support/folder.h"

static char *folder;

static const char *content(const char *name)
{
	static char text[64];
	char *read = NULL;

	if (sw_file_read(folder_path(folder, name), sizeof(text) - 1, &read))
		return NULL;
	strcpy(text, read);
	free(read);
	return text;
}

static void test_save_and_replace(void **state)
{
	int (*const write[])(const char *, const void *, size_t) = { sw_file_replace,
								     sw_file_save };
	const mode_t mode[] = { 0644, 0600 };

	umask(022);
	for (int i = 0; i < 2; i++) {
		const char *path = folder_path(folder, "f");
		struct stat st;

		assert_int_equal(write[i](path, "one", 3), 0);
		assert_string_equal(content("f"), "one");
		assert_int_equal(write[i](path, "", 0), 0);
		assert_string_equal(content("f"), "");
		assert_int_equal(stat(path, &st), 0);
		assert_int_equal(st.st_mode & 07777, mode[i]);
		/* what was left by one that was interrupted is no hindrance */
		folder_write(folder, "f.new", "half of it and more");
		assert_int_equal(write[i](path, "two", 3), 0);
		assert_string_equal(content("f"), "two");
		assert_int_not_equal(access(folder_path(folder, "f.new"), F_OK), 0);
		assert_int_equal(write[i](folder_path(folder, "none/f"), "x", 1), -ENOENT);
		assert_int_equal(write[i](folder_path(folder, "f/f"), "x", 1), -ENOTDIR);
		unlink(path);
	}
}

static void test_remove(void **state)
{
	const char *path = folder_write(folder, "f", "x");

	assert_int_equal(sw_file_remove(path), 0);
	assert_int_not_equal(access(path, F_OK), 0);
	assert_int_equal(sw_file_remove(path), 0);
	assert_int_equal(sw_file_remove(folder_path(folder, "none/f")), 0);
	folder_write(folder, "f", "x");
	assert_int_equal(sw_file_remove(folder_path(folder, "f/f")), 0);
	assert_int_equal(sw_file_remove(folder), -EISDIR);
}

static void test_read(void **state)
{
	const char *path = folder_write(folder, "f", "12345");
	char *text = NULL;

	assert_int_equal(sw_file_read(path, 4, &text), -EFBIG);
	assert_null(text);
	assert_int_equal(sw_file_read(folder, 100, &text), -EISDIR);
	assert_int_equal(sw_file_read(folder_path(folder, "none"), 100, &text), -ENOENT);
	assert_int_equal(sw_file_read(path, 5, &text), 0);
	assert_string_equal(text, "12345");
	free(text);
}

static int make_folder(void **state)
{
	folder = folder_make();
	return 0;
}

static int remove_folder(void **state)
{
	folder_remove(folder);
	return 0;
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, make_folder, remove_folder)
	const struct CMUnitTest tests[] = { TEST(test_save_and_replace), TEST(test_remove),
					    TEST(test_read) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
