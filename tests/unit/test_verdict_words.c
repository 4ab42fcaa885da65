/* SPDX-License-Identifier: GPL-2.0-only */
/* verdict_words: what a person reads of each result. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cli/verdict.h"

#define NOW INT64_C(1772366400000) /* 2026-03-01 12:00 UTC */
#define TWO_HOURS INT64_C(7200000)

static const struct sw_verdict_order block = { .action = "drop" };
static const struct sw_verdict_order block_2h = { .action = "drop",
						  .duration = "2h",
						  .duration_ms = TWO_HOURS };
static const struct sw_verdict_order allow = { .action = "allow" };
static const struct sw_verdict_order forced = { .action = "drop", .force = true };
static const struct sw_verdict_order unblock = { 0 };

static int set_zone(void **state)
{
	setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", 1);
	tzset();
	return 0;
}

static void check(const struct sw_verdict_order *order, const char *result, const char *want)
{
	json_t *object = json_loads(result, 0, NULL);
	char text[SW_VERDICT_WORDS];

	assert_non_null(object);
	sw_verdict_words(order, object, NOW, text);
	assert_string_equal(text, want);
	json_decref(object);
}

static void what_was_set_and_until_when(void **state)
{
	check(&block, "{\"result\": \"set\", \"expires\": null}", "blocked for good");
	check(&allow, "{\"result\": \"set\", \"expires\": null}", "allowed for good");
	check(&block_2h, "{\"result\": \"set\", \"expires\": 1772373600.004}",
	      "blocked until 2026-03-01 15:00:00 +0100 (2h)");
	check(&block_2h, "{\"result\": \"replaced\", \"expires\": 1772373600.004}",
	      "blocked until 2026-03-01 15:00:00 +0100 (2h), in place of the verdict before");
}

static void what_was_set_again(void **state)
{
	check(&block_2h, "{\"result\": \"extended\", \"expires\": 1772373600.004}",
	      "was blocked already, now until 2026-03-01 15:00:00 +0100 (2h)");
	check(&allow, "{\"result\": \"extended\", \"expires\": null}",
	      "was allowed already, now for good");
	/* for longer before than it was asked for now */
	check(&block_2h, "{\"result\": \"extended\", \"expires\": 1772384400}",
	      "stays blocked until 2026-03-01 18:00:00 +0100 (5h), as before: setting it again "
	      "never shortens it");
	check(&block_2h, "{\"result\": \"extended\", \"expires\": null}",
	      "stays blocked for good, as before: setting it again never shortens it");
}

static void another_way_to_block(void **state)
{
	static const struct sw_verdict_order reject = { .action = "reject" };
	static const struct sw_verdict_order reset_2h = { .action = "reset",
							  .duration = "2h",
							  .duration_ms = TWO_HOURS };

	check(&reject, "{\"result\": \"set\", \"expires\": null}", "rejected for good");
	check(&reject, "{\"result\": \"replaced\", \"expires\": null}",
	      "rejected for good, in place of the verdict before");
	check(&reset_2h, "{\"result\": \"replaced\", \"expires\": 1772373600.004}",
	      "reset until 2026-03-01 15:00:00 +0100 (2h), in place of the verdict before");
	check(&reset_2h, "{\"result\": \"replaced\", \"expires\": null}",
	      "reset for good, in place of the verdict before, which was to hold for longer: "
	      "setting it again never shortens it");
	check(&unblock, "{\"result\": \"removed\", \"cleared\": null, \"also\": \"desk\"}",
	      "the verdict of origin desk is taken back");
}

static void what_was_taken_back(void **state)
{
	check(&unblock, "{\"result\": \"removed\"}",
	      "the verdict that was set by hand is taken back");
	check(&unblock, "{\"result\": \"removed\", \"cleared\": null}",
	      "the verdict that was set by hand is taken back");
	check(&unblock, "{\"result\": \"removed\", \"cleared\": 1772384400}",
	      "what DNS said is taken back, and DNS is not asked about it until 2026-03-01 "
	      "18:00:00 "
	      "+0100 (5h)");
	check(&unblock, "{\"error\": \"there is no verdict\", \"code\": \"ENOENT\"}",
	      "there is no verdict");
}

static void errors_say_what_to_do(void **state)
{
	check(&block, "{\"error\": \"it is your own address\", \"code\": \"EPERM\"}",
	      "it is your own address; --force does it all the same");
	check(&forced, "{\"error\": \"not even so\", \"code\": \"EPERM\"}", "not even so");
	check(&block, "{\"error\": \"the disk is full\", \"code\": \"ENOSPC\"}",
	      "the disk is full");
	check(&block, "{\"error\": null}", "it failed");
}

static void hostile_words_are_escaped_and_cut(void **state)
{
	static const struct sw_verdict_order *const orders[] = { &block, &unblock };
	char text[SW_VERDICT_WORDS], words[2000];
	json_t *object;

	check(&block, "{\"error\": \"\\u001b[2J\\n\", \"code\": \"EIO\"}", "\\x1b[2J\\n");
	memset(words, '\\', sizeof(words) - 1);
	words[sizeof(words) - 1] = '\0';
	for (size_t i = 0; i < 2; i++) {
		object = json_pack("{s:s, s:s}", "error", words, "code", i ? "ENOENT" : "EPERM");
		sw_verdict_words(orders[i], object, NOW, text);
		assert_int_equal(strlen(text), SW_VERDICT_WORDS - 1);
		json_decref(object);
	}
}

/* From another version, or from who is not synwardd. */
static void answers_that_are_not_understood(void **state)
{
	check(&block, "{}", "blocked for good");
	check(&block, "{\"result\": 7, \"expires\": \"soon\"}",
	      "blocked for a time that is not understood");
	check(&block, "{\"result\": \"set\", \"expires\": 1e200}",
	      "blocked for a time that is not understood");
	check(&block, "{\"result\": \"set\", \"expires\": 12}",
	      "blocked until 1970-01-01 01:00:12 +0100 (ended)");
	check(&block, "{\"result\": \"confused\", \"expires\": null}", "blocked for good");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_set_and_until_when),
		cmocka_unit_test(what_was_set_again),
		cmocka_unit_test(another_way_to_block),
		cmocka_unit_test(what_was_taken_back),
		cmocka_unit_test(errors_say_what_to_do),
		cmocka_unit_test(hostile_words_are_escaped_and_cut),
		cmocka_unit_test(answers_that_are_not_understood),
	};

	return cmocka_run_group_tests(tests, set_zone, NULL);
}
