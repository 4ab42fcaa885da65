/* SPDX-License-Identifier: GPL-2.0-only */
/* saver: the file is there when it says so, and what fails is told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/file.h"
#include "lib/saver.h"
#include "support/folder.h"

static char *folder;

static int setup(void **state)
{
	folder = folder_make();
	return 0;
}

static int teardown(void **state)
{
	folder_remove(folder);
	return 0;
}

static void seal(uint8_t *data, size_t n)
{
	data[n - 1] = '!';
}

static void saved(void **state)
{
	struct sw_saver *saver = NULL;
	char *text;

	for (unsigned i = 0; i < 50; i++) {
		uint8_t *data = malloc(6);

		memcpy(data, "hello?", 6);
		assert_int_equal(sw_saver_start(folder_path(folder, "file"), data, 6, seal, &saver),
				 0);
		while (i % 2 && !sw_saver_is_done(saver))
			usleep(100);
		assert_int_equal(sw_saver_end(saver), 0);
		assert_int_equal(sw_file_read(folder_path(folder, "file"), 100, &text), 0);
		assert_string_equal(text, "hello!");
		free(text);
	}
}

static void failed(void **state)
{
	struct sw_saver *saver = NULL;

	assert_int_equal(
		sw_saver_start(folder_path(folder, "none/file"), calloc(1, 9), 9, NULL, &saver), 0);
	assert_int_equal(sw_saver_end(saver), -ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(saved, setup, teardown),
		cmocka_unit_test_setup_teardown(failed, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
