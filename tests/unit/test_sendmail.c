/* SPDX-License-Identifier: GPL-2.0-only */
/* The program that mail is handed to: what it is given, and each way in which it can fail. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "cli/sendmail.h"
#include "lib/file.h"
#include "support/folder.h"

static char *folder;
static struct sw_err err;

static int setup(void **state)
{
	folder = folder_make();
	err.text[0] = '\0';
	return 0;
}

static int teardown(void **state)
{
	folder_remove(folder);
	return 0;
}

/* A program whose script is @body, with $FOLDER in it. */
static const char *program(const char *body)
{
	static char path[FOLDER_PATH];
	char script[2000];

	snprintf(script, sizeof(script), "#!/bin/sh\nFOLDER='%s'\n%s\n", folder, body);
	snprintf(path, sizeof(path), "%s", folder_write(folder, "sendmail", script));
	assert_int_equal(chmod(path, 0755), 0);
	return path;
}

static char *content(const char *name)
{
	char *text = NULL;

	assert_int_equal(sw_file_read(folder_path(folder, name), 1 << 20, &text), 0);
	return text;
}

static void what_it_is_given(void **state)
{
	static const char message[] = "Subject: x\n\n.\nthe end\n";
	const char *sendmail =
		program("printf '%s\\n' \"$@\" > \"$FOLDER/args\"; cat > \"$FOLDER/mail\"\n"
			"echo to nobody");
	char *args, *mail;

	assert_int_equal(sw_sendmail(sendmail, "abuse@example.org", message, strlen(message), &err),
			 0);
	args = content("args");
	mail = content("mail");
	assert_string_equal(args, "-oi\n-f\n<>\n--\nabuse@example.org\n");
	assert_string_equal(mail, message);
	free(args);
	free(mail);
}

/* It need not read, and nobody minds how much there would have been. */
static void one_that_does_not_read(void **state)
{
	size_t n = 1 << 20;
	char *message = malloc(n);

	assert_non_null(message);
	memset(message, 'x', n);
	assert_int_equal(sw_sendmail(program("exit 0"), "a@b.c", message, n, &err), 0);
	free(message);
}

static void failures(void **state)
{
	char missing[FOLDER_PATH];

	assert_int_equal(sw_sendmail(program("exit 75"), "a@b.c", "x", 1, &err), -EIO);
	assert_non_null(strstr(err.text, "did not take it: exit code 75"));
	assert_int_equal(sw_sendmail(program("kill -TERM $$"), "a@b.c", "x", 1, &err), -EINTR);
	assert_non_null(strstr(err.text, "was ended by signal 15"));
	snprintf(missing, sizeof(missing), "%s", folder_path(folder, "missing"));
	assert_int_equal(sw_sendmail(missing, "a@b.c", "x", 1, &err), -ENOENT);
	assert_non_null(strstr(err.text, "cannot be run: No such file"));
	assert_int_equal(sw_sendmail(folder, "a@b.c", "x", 1, &err), -EACCES);
}

/* Who starts us may ignore the end of children. */
static void nobody_waits(void **state)
{
	signal(SIGCHLD, SIG_IGN);
	assert_int_equal(sw_sendmail(program("exit 3"), "a@b.c", "x", 1, &err), -EIO);
	assert_non_null(strstr(err.text, "exit code 3"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(what_it_is_given),
		TEST(one_that_does_not_read),
		TEST(failures),
		TEST(nobody_waits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
