/* SPDX-License-Identifier: GPL-2.0-only */
/* Postfix's policy protocol: requests in any pieces, hostile ones, and what is answered. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "desk/access.h"

#define REQUEST                                                                    \
	"request=smtpd_access_policy\nprotocol_state=RCPT\nprotocol_name=ESMTP\n"  \
	"client_address=192.0.2.1\nclient_name=unknown\nhelo_name=x\nsender=a@b\n" \
	"recipient=c@d\ninstance=1e9b.6a\nserver_port=587\nccert_subject=a=b=c\nsize=0\n\n"

static struct sw_access policy;

static int setup(void **state)
{
	memset(&policy, 0, sizeof(policy));
	return 0;
}

/* Take @n bytes, @piece at a time, up to the end of a request; *@used is how many. */
static enum sw_access_got take(const char *bytes, size_t n, size_t piece, size_t *used)
{
	enum sw_access_got got = SW_ACCESS_MORE;

	*used = 0;
	while (got == SW_ACCESS_MORE && *used < n) {
		size_t part = n - *used < piece ? n - *used : piece, taken = SIZE_MAX;

		got = sw_access_take(&policy, bytes + *used, part, &taken);
		if (got == SW_ACCESS_BAD)
			break;
		assert_true(taken <= part);
		*used += taken;
	}
	return got;
}

static void check_request(void)
{
	char text[SW_PREFIX_TEXT];

	assert_string_equal(sw_prefix_format(&policy.request.source, text), "192.0.2.1");
	assert_string_equal(policy.request.instance, "1e9b.6a");
	assert_int_equal(policy.request.port, 587);
}

static void test_request(void **state)
{
	size_t used;

	for (size_t piece = 1; piece < sizeof(REQUEST); piece++) {
		assert_int_equal(take(REQUEST, strlen(REQUEST), piece, &used), SW_ACCESS_WHOLE);
		assert_int_equal(used, strlen(REQUEST));
		check_request();
	}
}

/* Several that came together are taken one by one, and none has anything of the one before. */
static void test_together(void **state)
{
	static const char all[] = REQUEST "request=x\n\n" REQUEST "\n";
	const char *rest = all;
	size_t n = strlen(all), used;

	assert_int_equal(take(rest, n, n, &used), SW_ACCESS_WHOLE);
	check_request();
	rest += used;
	assert_int_equal(take(rest, n - (size_t)(rest - all), n, &used), SW_ACCESS_WHOLE);
	assert_int_equal(policy.request.source.family, 0);
	assert_string_equal(policy.request.instance, "");
	assert_int_equal(policy.request.port, 0);
	rest += used;
	assert_int_equal(take(rest, n - (size_t)(rest - all), n, &used), SW_ACCESS_WHOLE);
	check_request();
	rest += used;
	assert_int_equal(take(rest, n - (size_t)(rest - all), n, &used), SW_ACCESS_WHOLE);
	assert_int_equal(policy.request.source.family, 0);
	assert_int_equal(rest + used - all, n);
}

static const char *source_of(const char *value)
{
	static char text[SW_PREFIX_TEXT];
	char request[1024];
	size_t used;
	int n = snprintf(request, sizeof(request), "client_address=%s\n\n", value);

	assert_int_equal(take(request, (size_t)n, (size_t)n, &used), SW_ACCESS_WHOLE);
	return policy.request.source.family ? sw_prefix_format(&policy.request.source, text) : "";
}

static void test_sources(void **state)
{
	char text[600];

	assert_string_equal(source_of("192.0.2.1"), "192.0.2.1");
	assert_string_equal(source_of("2001:DB8::1"), "2001:db8::1");
	assert_string_equal(source_of("::ffff:192.0.2.1"), "192.0.2.1");
	assert_string_equal(source_of("192.0.2.1\r"), "192.0.2.1");
	assert_string_equal(source_of("unknown"), "");
	assert_string_equal(source_of(""), "");
	assert_string_equal(source_of("192.0.2.0/24"), "");
	assert_string_equal(source_of("192.0.2.1 "), "");
	assert_string_equal(source_of("=192.0.2.1"), "");
	memset(text, '1', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	assert_string_equal(source_of(text), "");
	/* what is cut off is not taken for the whole */
	memset(text, 0, sizeof(text));
	strcpy(text, "192.0.2.1");
	memset(text + 9, '0', 300);
	assert_string_equal(source_of(text), "");
}

/* Names of other lines that look alike, and lines that are none. */
static void test_others(void **state)
{
	static const char text[] = "client_address\nclient_addressx=192.0.2.9\n=192.0.2.9\n"
				   "CLIENT_ADDRESS=192.0.2.9\nserver_port=99999\ninstance=\n\r\n";
	size_t used;

	assert_int_equal(take(text, strlen(text), 7, &used), SW_ACCESS_WHOLE);
	assert_int_equal(policy.request.source.family, 0);
	assert_int_equal(policy.request.port, 0);
	assert_string_equal(policy.request.instance, "");
}

static void test_bounds(void **state)
{
	char *text = malloc(2 * SW_ACCESS_REQUEST);
	size_t used;

	assert_non_null(text);
	memset(text, 'a', 2 * SW_ACCESS_REQUEST);
	assert_int_equal(take(text, 2 * SW_ACCESS_REQUEST, 100, &used), SW_ACCESS_BAD);
	setup(NULL);
	for (size_t i = 0; i < 2 * SW_ACCESS_REQUEST; i += 2)
		memcpy(text + i, "a\n", 2);
	assert_int_equal(take(text, 2 * SW_ACCESS_REQUEST, 100, &used), SW_ACCESS_BAD);
	setup(NULL);
	assert_int_equal(take("a=b\0\n\n", 6, 6, &used), SW_ACCESS_BAD);
	/* a long line of something else is no trouble */
	setup(NULL);
	memset(text, 'a', 8000);
	strcpy(text + 8000, "=x\nclient_address=192.0.2.1\n\n");
	assert_int_equal(take(text, strlen(text), 512, &used), SW_ACCESS_WHOLE);
	assert_int_equal(policy.request.source.family, 4);
	free(text);
}

/* ---- answers ---- */

static struct sw_answer answer_of(const char *action, bool turns_away, bool enforced)
{
	struct sw_answer answer = {
		.class_name = "some-list",
		.turns_away = turns_away,
		.enforced = enforced,
		.text = "Mail from [192.0.2.1] is not accepted",
	};

	strcpy(answer.action, action);
	return answer;
}

static const char *told(const struct sw_access_rules *rules, const struct sw_answer *answer)
{
	static char out[SW_ACCESS_BYTES + 1];
	size_t n = sw_access_put(out, sw_access_decide(rules, answer), answer);

	assert_true(n < SW_ACCESS_BYTES);
	out[n] = '\0';
	assert_string_equal(out + n - 2, "\n\n");
	assert_ptr_equal(strchr(out, '\n'), out + n - 2);
	out[n - 2] = '\0';
	return out;
}

static void test_answers(void **state)
{
	static const struct sw_access_rules rules = { SW_ACCESS_REJECT, SW_ACCESS_HEADER };
	static const struct sw_access_rules defer = { SW_ACCESS_DEFER, SW_ACCESS_DUNNO };
	static const struct sw_access_rules header = { SW_ACCESS_HEADER, SW_ACCESS_HEADER };
	struct sw_answer reject = answer_of("reject", true, true);
	struct sw_answer drop = answer_of("drop", true, false);
	struct sw_answer limit = answer_of("limit", false, true);

	assert_string_equal(told(&rules, &reject),
			    "action=554 5.7.1 Mail from [192.0.2.1] is not accepted");
	assert_string_equal(told(&defer, &reject),
			    "action=450 4.7.1 Mail from [192.0.2.1] is not accepted");
	assert_string_equal(told(&header, &reject),
			    "action=PREPEND X-Synward: class=some-list, action=reject");
	assert_string_equal(told(&rules, &drop),
			    "action=PREPEND X-Synward: class=some-list, would=drop");
	assert_string_equal(told(&defer, &drop), "action=DUNNO");
	assert_string_equal(told(&rules, &limit), "action=DUNNO");
	assert_string_equal(told(&rules, NULL), "action=DUNNO");
	reject.text[0] = '\0';
	assert_string_equal(told(&rules, &reject),
			    "action=554 5.7.1 Mail from your address is not accepted");
	reject.class_name[0] = '\0';
	assert_string_equal(told(&rules, &reject), "action=DUNNO");
}

static void test_names(void **state)
{
	for (int i = 0; i < SW_ACCESS_DOS; i++)
		assert_int_equal(sw_access_do_find(sw_access_do_name((enum sw_access_do)i)), i);
	assert_int_equal(sw_access_do_find("REJECT"), SW_ACCESS_DOS);
	assert_string_equal(sw_access_do_name(SW_ACCESS_DOS), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_request, setup),
		cmocka_unit_test_setup(test_together, setup),
		cmocka_unit_test_setup(test_sources, setup),
		cmocka_unit_test_setup(test_others, setup),
		cmocka_unit_test_setup(test_bounds, setup),
		cmocka_unit_test(test_answers),
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
