/* SPDX-License-Identifier: GPL-2.0-only */
/* prefixes: operands, and lines of standard input among them; words for slips. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/prefixes.h"

static void reads_as(const char *text, const char *want)
{
	char buf[SW_PREFIX_TEXT];
	struct sw_prefix p;
	struct sw_err err;

	assert_int_equal(sw_prefix_read(text, strlen(text), &p, &err), 0);
	assert_string_equal(sw_prefix_format(&p, buf), want);
}

static void fails(const char *text, int code, const char *words)
{
	struct sw_prefix p;
	struct sw_err err;

	assert_int_equal(sw_prefix_read(text, strlen(text), &p, &err), code);
	if (words)
		assert_string_equal(err.text, words);
}

static void prefixes_are_read(void **state)
{
	reads_as("192.0.2.7", "192.0.2.7");
	reads_as("192.0.2.7/32", "192.0.2.7");
	reads_as("192.0.2.0/24", "192.0.2.0/24");
	reads_as("0.0.0.0/0", "0.0.0.0/0");
	reads_as("2001:DB8::/32", "2001:db8::/32");
	reads_as("::ffff:192.0.2.7", "192.0.2.7");
	reads_as("::ffff:192.0.2.0/120", "192.0.2.0/24");
	reads_as("::ffff:0:0/96", "0.0.0.0/0");
	reads_as("::fffe:0:0/96", "::fffe:0:0/96");
	reads_as("::/0", "::/0");
}

static void slips_are_told_with_what_is_meant(void **state)
{
	fails("192.0.2.7/24", -EDOM,
	      "192.0.2.7/24 is one address and a length: write 192.0.2.0/24 for the whole network, "
	      "or 192.0.2.7 for the address");
	fails("2001:db8::1/64", -EDOM,
	      "2001:db8::1/64 is one address and a length: write 2001:db8::/64 for the whole "
	      "network, or 2001:db8::1 for the address");
	fails("192.0.2.0/33", -ERANGE,
	      "192.0.2.0/33: the length is out of range; IPv4 goes to /32, IPv6 to /128");
	fails("mail.example.org", -EINVAL,
	      "\"mail.example.org\" is not an address or a prefix, such as 192.0.2.1, "
	      "192.0.2.0/24 or 2001:db8::/32");
	fails("", -EINVAL, NULL);
	fails("192.0.2.1 ", -EINVAL, NULL);
	fails("010.0.0.1", -EINVAL, NULL);
}

static void hostile_text_is_quoted_with_care(void **state)
{
	char long_text[5000];
	struct sw_prefix p;
	struct sw_err err;

	memset(long_text, '\x1b', sizeof(long_text));
	assert_int_equal(sw_prefix_read(long_text, sizeof(long_text), &p, &err), -EINVAL);
	assert_null(strchr(err.text, '\x1b'));
	assert_non_null(strstr(err.text, "is not an address or a prefix"));
}

/* ---- operands ---- */

static struct sw_prefixes *begin(char **operands, size_t n, const char *input, int *fd)
{
	struct sw_prefixes *p = malloc(sizeof(*p));
	int end[2];

	assert_int_equal(pipe(end), 0);
	assert_int_equal(write(end[1], input, strlen(input)), strlen(input));
	if (fd)
		*fd = end[1];
	else
		close(end[1]);
	sw_prefixes_init(p, operands, n, end[0]);
	return p;
}

static void expect(struct sw_prefixes *p, const char *want)
{
	char buf[SW_PREFIX_TEXT];
	struct sw_prefix prefix;
	struct sw_err err;

	assert_int_equal(sw_prefixes_next(p, &prefix, &err), 1);
	assert_string_equal(sw_prefix_format(&prefix, buf), want);
}

static void expect_bad(struct sw_prefixes *p, int code, const char *text, const char *words)
{
	struct sw_prefix prefix;
	struct sw_err err;

	assert_int_equal(sw_prefixes_next(p, &prefix, &err), code);
	assert_true(sw_prefixes_goes_on(code));
	assert_string_equal(p->text, text);
	assert_memory_equal(err.text, words, strlen(words));
}

static void expect_end(struct sw_prefixes *p)
{
	struct sw_prefix prefix;
	struct sw_err err;

	assert_int_equal(sw_prefixes_next(p, &prefix, &err), 0);
	close(p->lines.fd);
	free(p);
}

static void operands_come_in_order(void **state)
{
	char *operands[] = { (char *)"192.0.2.1", (char *)"x", (char *)"2001:db8::/32" };
	struct sw_prefixes *p = begin(operands, 3, "", NULL);

	expect(p, "192.0.2.1");
	assert_true(sw_prefixes_is_ready(p));
	expect_bad(p, -EINVAL, "x", "\"x\" is not");
	expect(p, "2001:db8::/32");
	expect_end(p);
}

static void a_dash_is_standard_input(void **state)
{
	char *operands[] = { (char *)"192.0.2.1", (char *)"-", (char *)"192.0.2.3" };
	struct sw_prefixes *p = begin(operands, 3,
				      "# people of yesterday\n"
				      "\n"
				      "  198.51.100.1  # why\r\n"
				      "198.51.100.9/24\n"
				      "\t198.51.100.2 and more\n"
				      "198.51.100.0/24",
				      NULL);

	expect(p, "192.0.2.1");
	expect(p, "198.51.100.1");
	expect_bad(p, -EDOM, "198.51.100.9/24", "standard input:4: 198.51.100.9/24 is one");
	expect_bad(p, -EINVAL, "198.51.100.2 and more", "standard input:5: \"198.51.100.2 and");
	expect(p, "198.51.100.0/24");
	expect(p, "192.0.2.3");
	expect_end(p);
}

static void what_is_not_there_yet_is_known(void **state)
{
	char *operands[] = { (char *)"-" };
	int fd;
	struct sw_prefixes *p = begin(operands, 1, "192.0.2.1\n192.0.2.2\n192.", &fd);

	assert_true(sw_prefixes_is_ready(p)); /* it has not looked yet */
	expect(p, "192.0.2.1");
	assert_true(sw_prefixes_is_ready(p));
	expect(p, "192.0.2.2");
	assert_false(sw_prefixes_is_ready(p));
	assert_int_equal(write(fd, "0.2.3\n", 6), 6);
	expect(p, "192.0.2.3");
	close(fd);
	expect_end(p);
}

static void reading_that_fails_ends_it(void **state)
{
	char *operands[] = { (char *)"-" };
	struct sw_prefixes *p = malloc(sizeof(*p));
	struct sw_prefix prefix;
	struct sw_err err;
	int code;

	sw_prefixes_init(p, operands, 1, -1);
	code = sw_prefixes_next(p, &prefix, &err);
	assert_int_equal(code, -EBADF);
	assert_false(sw_prefixes_goes_on(code));
	assert_string_equal(err.text, "standard input: Bad file descriptor");
	free(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(prefixes_are_read),
		cmocka_unit_test(slips_are_told_with_what_is_meant),
		cmocka_unit_test(hostile_text_is_quoted_with_care),
		cmocka_unit_test(operands_come_in_order),
		cmocka_unit_test(a_dash_is_standard_input),
		cmocka_unit_test(what_is_not_there_yet_is_known),
		cmocka_unit_test(reading_that_fails_ends_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
