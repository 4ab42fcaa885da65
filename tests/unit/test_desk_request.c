/* SPDX-License-Identifier: GPL-2.0-only */
/* desk_request: what is understood of the desk's requests, and that nothing else is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/desk_request.h"

static struct sw_desk_question question;
static int fd[SW_DESK_SOCKETS];

static int asks(const char *text)
{
	json_t *request = json_loads(text, 0, NULL);
	int code;

	assert_non_null(request);
	memset(&question, 0, sizeof(question));
	code = sw_desk_request_question(request, &question);
	json_decref(request);
	return code;
}

static int hands_over(const char *text, size_t n)
{
	const struct sw_desk_fds fds = { { 7, 8 }, n };
	json_t *request = json_loads(text, 0, NULL);
	int code;

	assert_non_null(request);
	code = sw_desk_request_families(request, &fds, fd);
	json_decref(request);
	return code;
}

static void source_is(const char *want)
{
	char text[SW_PREFIX_TEXT];

	assert_string_equal(sw_prefix_format(&question.source, text), want);
}

static void a_question_is_about_an_address(void **state)
{
	assert_int_equal(asks("{\"id\":7,\"how\":\"smtp\",\"source\":\"192.0.2.1\",\"port\":25}"),
			 0);
	assert_int_equal(question.id, 7);
	assert_true(question.smtp);
	source_is("192.0.2.1");
	assert_int_equal(asks("{\"id\":0,\"how\":\"policy\",\"source\":\"::ffff:192.0.2.1\"}"), 0);
	assert_false(question.smtp);
	source_is("192.0.2.1");
	assert_int_equal(
		asks("{\"id\":9007199254740992,\"how\":\"policy\",\"source\":\"2001:db8::1\"}"), 0);
	source_is("2001:db8::1");
}

/* It can be answered, so nobody is hung up on. */
static void a_source_that_is_none_is_told_apart(void **state)
{
	static const char *const sources[] = { "",	     "unknown",	    "192.0.2.0/24",
					       "192.0.2.1 ", "192.0.2.300", "2001:db8::/64" };
	char text[100];

	for (size_t i = 0; i < sizeof(sources) / sizeof(sources[0]); i++) {
		snprintf(text, sizeof(text), "{\"id\":9,\"how\":\"smtp\",\"source\":\"%s\"}",
			 sources[i]);
		assert_int_equal(asks(text), -EINVAL);
		assert_int_equal(question.id, 9);
		assert_true(question.smtp);
	}
}

static void what_is_no_question_is_none(void **state)
{
	static const char *const bad[] = {
		"{}",
		"{\"how\":\"smtp\",\"source\":\"192.0.2.1\"}",
		"{\"id\":\"7\",\"how\":\"smtp\",\"source\":\"192.0.2.1\"}",
		"{\"id\":7.0,\"how\":\"smtp\",\"source\":\"192.0.2.1\"}",
		"{\"id\":-1,\"how\":\"smtp\",\"source\":\"192.0.2.1\"}",
		"{\"id\":9007199254740993,\"how\":\"smtp\",\"source\":\"192.0.2.1\"}",
		"{\"id\":7,\"source\":\"192.0.2.1\"}",
		"{\"id\":7,\"how\":\"SMTP\",\"source\":\"192.0.2.1\"}",
		"{\"id\":7,\"how\":\"smtp\"}",
		"{\"id\":7,\"how\":\"smtp\",\"source\":null}",
		"{\"id\":7,\"how\":[],\"source\":[\"192.0.2.1\"]}",
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(asks(bad[i]), -EPROTO);
}

static void listeners_come_by_family(void **state)
{
	assert_int_equal(hands_over("{\"families\":[4,6]}", 2), 0);
	assert_true(fd[SW_DESK_IPV4] == 7 && fd[SW_DESK_IPV6] == 8);
	assert_int_equal(hands_over("{\"families\":[6,4]}", 2), 0);
	assert_true(fd[SW_DESK_IPV4] == 8 && fd[SW_DESK_IPV6] == 7);
	assert_int_equal(hands_over("{\"families\":[6]}", 1), 0);
	assert_true(fd[SW_DESK_IPV4] == -1 && fd[SW_DESK_IPV6] == 7);
	assert_int_equal(hands_over("{\"families\":[]}", 0), 0);
	assert_true(fd[SW_DESK_IPV4] == -1 && fd[SW_DESK_IPV6] == -1);
}

static void listeners_that_cannot_be_told_apart_are_none(void **state)
{
	assert_int_equal(hands_over("{}", 0), -EPROTO);
	assert_int_equal(hands_over("{\"families\":4}", 1), -EPROTO);
	assert_int_equal(hands_over("{\"families\":[4]}", 0), -EPROTO);
	assert_int_equal(hands_over("{\"families\":[4]}", 2), -EPROTO);
	assert_int_equal(hands_over("{\"families\":[4,4]}", 2), -EPROTO);
	assert_int_equal(hands_over("{\"families\":[4,5]}", 2), -EPROTO);
	assert_int_equal(hands_over("{\"families\":[\"4\"]}", 1), -EPROTO);
	assert_int_equal(hands_over("{\"families\":[4.0]}", 1), -EPROTO);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_question_is_about_an_address),
		cmocka_unit_test(a_source_that_is_none_is_told_apart),
		cmocka_unit_test(what_is_no_question_is_none),
		cmocka_unit_test(listeners_come_by_family),
		cmocka_unit_test(listeners_that_cannot_be_told_apart_are_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
