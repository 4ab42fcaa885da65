/* SPDX-License-Identifier: GPL-2.0-only */
/* lines: any input, in pieces of any size, in bounded memory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/lines.h"

/* A file without a name that holds @n bytes, at its start. */
static int file_of(const char *data, size_t n)
{
	FILE *file = tmpfile();
	int fd;

	assert_int_equal(fwrite(data, 1, n, file), n);
	fflush(file);
	fd = dup(fileno(file));
	fclose(file);
	lseek(fd, 0, SEEK_SET);
	return fd;
}

static struct sw_lines *begin(int fd)
{
	struct sw_lines *l = malloc(sizeof(*l));

	sw_lines_init(l, fd);
	return l;
}

static void expect(struct sw_lines *l, const char *want)
{
	const char *line;
	size_t n;

	assert_int_equal(sw_lines_next(l, &line, &n), 1);
	assert_int_equal(n, strlen(want));
	assert_memory_equal(line, want, n);
}

static void expect_end(struct sw_lines *l, int fd)
{
	const char *line;
	size_t n;

	assert_int_equal(sw_lines_next(l, &line, &n), 0);
	assert_int_equal(sw_lines_next(l, &line, &n), 0);
	assert_true(sw_lines_is_ready(l));
	free(l);
	close(fd);
}

static void lines_end_in_many_ways(void **state)
{
	static const char text[] = "one\n\ntwo\r\n\r\nlast\rthree";
	int fd = file_of(text, sizeof(text) - 1);
	struct sw_lines *l = begin(fd);

	expect(l, "one");
	assert_int_equal(l->number, 1);
	expect(l, "");
	expect(l, "two");
	expect(l, "");
	assert_int_equal(l->number, 4);
	expect(l, "last\rthree");
	expect_end(l, fd);
}

static void nothing_is_no_line(void **state)
{
	int fd = file_of("", 0);

	expect_end(begin(fd), fd);
}

static void a_zero_is_a_byte(void **state)
{
	int fd = file_of("a\0b\nc", 5);
	struct sw_lines *l = begin(fd);
	const char *line;
	size_t n;

	assert_int_equal(sw_lines_next(l, &line, &n), 1);
	assert_int_equal(n, 3);
	assert_memory_equal(line, "a\0b", 3);
	expect(l, "c");
	expect_end(l, fd);
}

/* Around the limit, with what ends the line and what follows. */
static void long_lines_are_passed_over(void **state)
{
	static const char *const ends[] = { "\n", "\r\n", "" };

	for (size_t i = 0; i < 3; i++) {
		for (size_t n = SW_LINES_MAX - 3; n < SW_LINES_MAX + 4; n++) {
			char *data = malloc(n + 32);
			struct sw_lines *l;
			const char *line;
			size_t length;
			int fd, want = n > SW_LINES_MAX ? -E2BIG : 1;

			memset(data, 'x', n);
			sprintf(data + n, "%s%s", ends[i], *ends[i] ? "next\nlast" : "");
			fd = file_of(data, strlen(data));
			l = begin(fd);
			assert_int_equal(sw_lines_next(l, &line, &length), want);
			if (want == 1)
				assert_int_equal(length, n);
			if (*ends[i]) {
				expect(l, "next");
				expect(l, "last");
				assert_int_equal(l->number, 3);
			}
			expect_end(l, fd);
			free(data);
		}
	}
}

static void a_huge_line_takes_no_memory(void **state)
{
	FILE *file = tmpfile();
	struct sw_lines *l;
	const char *line;
	size_t n;

	for (int i = 0; i < 1000; i++)
		fprintf(file, "%01000d", 0);
	fputs("\n192.0.2.1\n", file);
	fflush(file);
	lseek(fileno(file), 0, SEEK_SET);
	l = begin(fileno(file));
	assert_int_equal(sw_lines_next(l, &line, &n), -E2BIG);
	expect(l, "192.0.2.1");
	free(l);
	fclose(file);
}

static void it_knows_what_is_there_yet(void **state)
{
	struct sw_lines *l;
	int end[2];

	assert_int_equal(pipe(end), 0);
	l = begin(end[0]);
	assert_false(sw_lines_is_ready(l));
	assert_int_equal(write(end[1], "one\ntwo\nthr", 11), 11);
	expect(l, "one");
	assert_true(sw_lines_is_ready(l));
	expect(l, "two");
	assert_false(sw_lines_is_ready(l));
	assert_int_equal(write(end[1], "ee\n", 3), 3);
	expect(l, "three");
	assert_false(sw_lines_is_ready(l));
	close(end[1]);
	expect_end(l, end[0]);
}

static void errors_of_reading_are_told(void **state)
{
	struct sw_lines *l = begin(open(".", O_RDONLY));
	const char *line;
	size_t n;

	assert_int_equal(sw_lines_next(l, &line, &n), -EISDIR);
	close(l->fd);
	free(l);
}

/* The same lines, however they come. */
static void pieces_of_any_size(void **state)
{
	for (size_t piece = 1; piece < 8; piece++) {
		static const char text[] = "a\nbb\r\nccc\ndddd\n";
		size_t sent = 0;
		struct sw_lines *l;
		int end[2];

		assert_int_equal(pipe(end), 0);
		l = begin(end[0]);
		for (int i = 1; i <= 4; i++) {
			static const char *const want[] = { "a", "bb", "ccc", "dddd" };

			while (!sw_lines_is_ready(l) && sent < sizeof(text) - 1) {
				size_t n = sizeof(text) - 1 - sent;
				const char *end_of_line;

				n = n < piece ? n : piece;
				assert_int_equal(write(end[1], text + sent, n), n);
				end_of_line = memchr(text + sent, '\n', n);
				sent += n;
				if (end_of_line)
					break;
			}
			expect(l, want[i - 1]);
		}
		close(end[1]);
		expect_end(l, end[0]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_end_in_many_ways),
		cmocka_unit_test(nothing_is_no_line),
		cmocka_unit_test(a_zero_is_a_byte),
		cmocka_unit_test(long_lines_are_passed_over),
		cmocka_unit_test(a_huge_line_takes_no_memory),
		cmocka_unit_test(it_knows_what_is_there_yet),
		cmocka_unit_test(errors_of_reading_are_told),
		cmocka_unit_test(pieces_of_any_size),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
