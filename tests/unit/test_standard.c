/* SPDX-License-Identifier: GPL-2.0-only */
/* Descriptors 0 to 2 that were closed: nothing else gets their numbers. In a child, which has no
 * output then: its exit status says what it saw. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/standard.h"

static bool fails(ssize_t n)
{
	return n < 0 && errno == EBADF;
}

/* 0: all is well; else what is not. */
static int look(void)
{
	char c = 'x';

	if (sw_standard_open())
		return 1;
	for (int fd = 0; fd <= 2; fd++)
		if (fcntl(fd, F_GETFD) < 0)
			return 10 + fd;
	if (open("/dev/zero", O_RDWR) <= 2)
		return 20;
	if (!fails(read(0, &c, 1)))
		return 30;
	return fails(write(1, &c, 1)) && fails(write(2, &c, 1)) ? 0 : 31;
}

static void closed_ones_are_taken(void **unused)
{
	pid_t child = fork();
	int status;

	assert_true(child >= 0);
	if (!child) {
		close(2);
		close(0);
		close(1);
		_exit(look());
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(WIFEXITED(status) ? WEXITSTATUS(status) : -1, 0);
}

static void open_ones_stay(void **unused)
{
	int before = dup(2), after;

	close(before);
	assert_int_equal(sw_standard_open(), 0);
	after = dup(2);
	close(after);
	assert_int_equal(after, before);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(closed_ones_are_taken),
		cmocka_unit_test(open_ones_stay),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
