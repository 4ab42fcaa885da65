/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * synward.conf as text: comments, paths, copies; errors of syntax and on which line they are, all
 * of them and not too many; files that are no config at all.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/config_fixture.h"

#define LIST "list l { file = f action = drop "

/* What was the config once, read from a copy of its text elsewhere. */
static void test_copy(void **state)
{
	static const char text[] = "# caf\xe9\ninterfaces = {\"e\"}\n"
				   "list x { file = f action = drop }\n";
	struct sw_config *c = good(text), *copy = NULL;
	const char *path;

	assert_string_equal(c->text, text);
	assert_int_equal(mkdir(folder_path(folder, "state"), 0700), 0);
	path = folder_write(folder, "state/copy", c->text);
	folder_write(folder, "c", "something else");
	assert_int_equal(sw_config_read_copy(path, c->path, take_note, NULL, &copy), 0);
	assert_string_equal(copy->path, c->path);
	assert_string_equal(copy->text, text);
	assert_string_equal(copy->lists[0].file, folder_path(folder, "f"));
	sw_config_free(copy);
	/* errors are those of the copy */
	path = folder_write(folder, "state/copy", "\nnonsense = 1\n");
	notes[0] = '\0';
	assert_int_equal(sw_config_read_copy(path, c->path, take_note, NULL, &copy), -EINVAL);
	assert_non_null(strstr(notes, "state/copy:2: unknown option"));
	sw_config_free(c);
}

static void test_comments(void **state)
{
	struct sw_config *c = good("# one\ninterfaces = { # inside of braces\n"
				   "  \"a#b\", // as well\n  'c' /* and\n over lines */ }\n"
				   "list x { file = 'http://e' #f\n action = /**/ drop }\n");

	assert_int_equal(c->interfaces_n, 2);
	assert_string_equal(c->interfaces[0], "a#b");
	sw_config_free(c);
}

static void test_comments_keep_words(void **state)
{
	struct sw_config *c = good("interfaces = {e} list x { file = /a//b#f\n action = drop\n}");

	assert_string_equal(c->lists[0].file, "/a//b");
	sw_config_free(c);
}

/* A path relative to a config that is itself named by a relative path. */
static void test_relative_path(void **state)
{
	char *old = getcwd(NULL, 0);
	struct sw_config *c = NULL;

	folder_write(folder, "c", "interfaces = {e}\nlist x { file = f action = drop }\n");
	assert_int_equal(chdir(folder), 0);
	assert_int_equal(read_file("c", &c), 0);
	assert_int_equal(chdir(old), 0);
	free(old);
	assert_string_equal(c->lists[0].file, folder_path(folder, "f"));
	sw_config_free(c);
}

static void test_given_twice(void **state)
{
	bad("interfaces = {a}\nmode = native\n\nmode = generic\ninterfaces = {b}\n"
	    "list l { file = f action = drop\n file = g }\n",
	    "c:4: mode is given twice, first on line 2; remove one\n"
	    "c:5: interfaces is given twice, first on line 1; remove one, or write +=\n"
	    "c:7: file is given twice, first on line 6; remove one\n");
}

/* ---- syntax ---- */

static void test_syntax(void **state)
{
	bad_says("interfaces = {e}\nport = {25}", "c:2: unknown option \"port\"",
		 "did you mean ports?");
	bad_says("interfaces = {e}\nnever_block = {}", "c:2: unknown", "mean never-block?");
	bad_says("interfaces = {e}\nsomething = 1", "c:2: unknown option", "synward.conf(5)");
	bad_says("interfaces = {e}\naction = drop", "c:2: action belongs inside", "move");
	bad_says("interfaces = {e}\n" LIST "\nports = {25} }", "c:3: ports belongs outside",
		 "move");
	bad_says("interfaces = {e}\n" LIST "\nfiel = g }", "c:3: unknown", "did you mean file?");
	bad_says("interfaces = {e}\nlist a { file = f\nlist b { } }", "c:3: a list inside list a",
		 "}");
	bad_says("interfaces = {e}\n" LIST "\n", "c:2: the { of this line is never closed", "}");
	bad_says("interfaces = {e\nmode = native\n", "c:1: the { of this line", "never closed");
	bad_says("interfaces = {e}\n}\n", "c:2: syntax", "closing brace");
	bad_says("interfaces = {e}\nlist { file = f }", "c:2: syntax", "title");
	bad_says("mode native\n", "c:1: syntax", "equal sign");
	bad_says("mode = {native}\n", "c:1: syntax", "unexpected");
	bad_says("mode = \"native\n\n", "c:1: the string that begins here", "never closed");
	bad_says("interfaces = {e}\n\n/* mode\n", "c:3: the comment", "never closed");
	bad_says("interfaces = {e} {\n", "c:1: ", "");
	bad_says("interfaces = {a b}\n", "c:1: syntax", "unexpected");
}

/* An error of syntax ends the reading, but what was wrong before it is told. */
static void test_all_errors(void **state)
{
	bad("ports = {0, 70000}\nmode = a\nlist x { file = \"\" }\nnonsense = 4\nmode = b\n",
	    "c:1: ports: \"0\" will not do; give a whole number from 1 to 65535\n"
	    "c:1: ports: \"70000\" will not do; give a whole number from 1 to 65535\n"
	    "c:2: mode: \"a\" is not one of: native generic\n"
	    "c:3: file: is empty; give a path\n"
	    "c:4: unknown option \"nonsense\"; synward.conf(5) names those there are\n");
}

static void test_no_flood_of_errors(void **state)
{
	char *text = malloc(20000);
	unsigned lines = 0;
	struct sw_config *c;
	int n = sprintf(text, "ports = {");

	for (int i = 0; i < 1000; i++)
		n += sprintf(text + n, "x%d,\n", i);
	sprintf(text + n, "0}");
	assert_int_equal(read_text(text, &c), -EINVAL);
	for (const char *p = notes; *p; p++)
		lines += *p == '\n';
	assert_int_equal(lines, 100);
	assert_non_null(strstr(notes, "more errors"));
	free(text);
}

/* ---- no config at all ---- */

static void test_no_config(void **state)
{
	static const char nul[] = "interfaces = {e}\nmode = \"nat\0ive\"\n";
	struct sw_config *c;
	char *big;

	folder_write_bytes(folder, "c", nul, sizeof(nul) - 1);
	assert_int_equal(read_file(folder_path(folder, "c"), &c), -EINVAL);
	assert_string_equal(notes, "c:2: byte 0x00: this is no text; is it the right file?\n");

	assert_int_equal(read_file(folder_path(folder, "missing"), &c), -ENOENT);
	assert_string_equal(notes, "missing: No such file or directory\n");
	assert_int_equal(read_file(folder, &c), -EISDIR);
	assert_int_equal(read_file("/dev/zero", &c), -EFBIG);

	big = malloc(2 << 20);
	memset(big, '\n', 2 << 20);
	folder_write_bytes(folder, "c", big, 2 << 20);
	assert_int_equal(read_file(folder_path(folder, "c"), &c), -EFBIG);
	assert_non_null(strstr(notes, "cannot be a configuration"));

	memset(big, 'a', 5000);
	folder_write_bytes(folder, "c", big, 5000);
	assert_int_equal(read_file(folder_path(folder, "c"), &c), -EINVAL);
	assert_non_null(strstr(notes, "c:1: line of more than"));
	free(big);

	bad_says("interfaces = {e}\ninclude(\"c\")\n", "c:2: include is not supported", "one file");
	bad_says("{{{{{{{{{{{{{{{{{{{{{{{{{{{{{{{{", "c:1: ", "never closed");
	bad_says("\x7f"
		 "ELF\x02\x01\x01",
		 "c:1: byte 0x7f", "right file");
}

/* Every file that is a piece of a good one is refused or read, and nothing else. */
static void test_truncated(void **state)
{
	static const char text[] =
		"# c\ninterfaces = {\"eth0\", 'eth1'} // d\nports = {25,\n 2525} /* e */\n"
		"list a { file = \"f\\\"g\" action = limit rate = \"6/min\" burst = 3 }\n";
	struct sw_config *c;

	for (size_t n = 0; n <= sizeof(text) - 1; n++) {
		folder_write_bytes(folder, "c", text, n);
		if (read_file(folder_path(folder, "c"), &c) == 0)
			sw_config_free(c);
		else
			assert_string_not_equal(notes, "");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_copy),
		cmocka_unit_test(test_comments),
		cmocka_unit_test(test_comments_keep_words),
		cmocka_unit_test(test_relative_path),
		cmocka_unit_test(test_given_twice),
		cmocka_unit_test(test_syntax),
		cmocka_unit_test(test_all_errors),
		cmocka_unit_test(test_no_flood_of_errors),
		cmocka_unit_test(test_no_config),
		cmocka_unit_test(test_truncated),
	};

	return cmocka_run_group_tests(tests, config_setup, config_teardown);
}
