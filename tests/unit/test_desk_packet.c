/* SPDX-License-Identifier: GPL-2.0-only */
/* What the desk and the daemon say to one another: questions, answers from a daemon that may be anything, counts,
 * and the texts that are kept for when it is gone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "desk/packet.h"
#include "desk/tally.h"
#include "desk/recall.h"

static struct sw_prefix address(const char *text)
{
	struct sw_prefix p;

	assert_int_equal(sw_addr_parse(text, &p), 0);
	return p;
}

/* ---- to the daemon ---- */

static void test_say(void **state)
{
	const struct sw_prefix ip4 = address("192.0.2.1"), ip6 = address("2001:db8::1");
	char out[256], small[20];
	size_t n = sw_packet_say(out, sizeof(out), 7, SW_PACKET_SMTP, &ip4, 25);

	assert_int_equal(n, strlen(out));
	assert_string_equal(out, "{\"op\":\"say\",\"id\":7,\"how\":\"smtp\",\"source\":"
				 "\"192.0.2.1\",\"port\":25}");
	sw_packet_say(out, sizeof(out), UINT32_MAX, SW_PACKET_POLICY, &ip6, 0);
	assert_string_equal(out, "{\"op\":\"say\",\"id\":4294967295,\"how\":\"policy\","
				 "\"source\":\"2001:db8::1\",\"port\":0}");
	assert_int_equal(sw_packet_say(small, sizeof(small), 7, SW_PACKET_SMTP, &ip4, 25), 0);
}

static void test_listeners(void **state)
{
	char out[64];

	sw_packet_listeners(out, sizeof(out), true, true);
	assert_string_equal(out, "{\"op\":\"desk\",\"families\":[4,6]}");
	sw_packet_listeners(out, sizeof(out), false, true);
	assert_string_equal(out, "{\"op\":\"desk\",\"families\":[6]}");
	sw_packet_listeners(out, sizeof(out), false, false);
	assert_string_equal(out, "{\"op\":\"desk\",\"families\":[]}");
}

/* ---- from the daemon ---- */

static struct sw_packet message;

static int parse(const char *text)
{
	memset(&message, 0x5a, sizeof(message));
	return sw_packet_parse(text, strlen(text), &message);
}

static void test_answer(void **state)
{
	assert_int_equal(
		parse("{\"op\":\"say\",\"id\":4294967295,\"class\":\"drop-list\","
		      "\"action\":\"reject\",\"enforced\":true,\"text\":\"no \\u0022x\\u0022\""
		      ",\"new\":{}}"),
		0);
	assert_int_equal(message.kind, SW_PACKET_ANSWER);
	assert_int_equal(message.id, UINT32_MAX);
	assert_string_equal(message.answer.class_name, "drop-list");
	assert_string_equal(message.answer.action, "reject");
	assert_true(message.answer.turns_away && message.answer.enforced);
	assert_string_equal(message.answer.text, "no \"x\"");
	assert_int_equal(parse("{\"id\":1,\"class\":\"\",\"action\":\"pass\",\"enforced\":true}"),
			 0);
	assert_string_equal(message.answer.class_name, "");
	assert_string_equal(message.answer.text, "");
	assert_false(message.answer.turns_away);
	assert_int_equal(parse("{\"id\":1,\"class\":null,\"action\":\"limit\",\"enforced\":false}"),
			 0);
	assert_false(message.answer.turns_away || message.answer.enforced);
	assert_int_equal(parse("{\"id\":1,\"action\":\"drop\",\"enforced\":false}"), 0);
	assert_true(message.answer.turns_away);
	assert_int_equal(parse("{\"id\":5,\"error\":\"no\"}"), 0);
	assert_int_equal(message.kind, SW_PACKET_NO_ANSWER);
	assert_int_equal(message.id, 5);
}

/* Words come from lists and the DNS. */
static void test_words(void **state)
{
	char packet[SW_PACKET_BYTES], text[2000];

	assert_int_equal(parse("{\"id\":1,\"class\":\"a\\\"b\\\\c d\\n\",\"action\":\"reset\","
			       "\"enforced\":true,\"text\":\"a\\r\\n250 ok\\u0000\\u00e9\"}"),
			 0);
	assert_string_equal(message.answer.class_name, "a?b?c?d");
	assert_string_equal(message.answer.text, "a 250 ok???");
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	snprintf(
		packet, sizeof(packet),
		"{\"id\":1,\"class\":\"%s\",\"action\":\"drop\",\"enforced\":true,\"text\":\"%s\"}",
		text, text);
	assert_int_equal(parse(packet), 0);
	assert_int_equal(strlen(message.answer.class_name), SW_PACKET_CLASS - 1);
	assert_int_equal(strlen(message.answer.text), SW_PACKET_TEXT - 1);
}

static void test_other(void **state)
{
	assert_int_equal(parse("{\"op\":\"desk\",\"ok\":true,\"steering\":false}"), 0);
	assert_int_equal(message.kind, SW_PACKET_REGISTERED);
	assert_false(message.steering);
	assert_int_equal(parse("{\"ok\":true}"), 0);
	assert_true(message.steering);
	assert_int_equal(parse("{\"op\":\"desk\",\"ok\":false,\"error\":\"not\\nhere\"}"), 0);
	assert_int_equal(message.kind, SW_PACKET_REFUSED);
	assert_string_equal(message.words, "not here");
	assert_int_equal(parse("{\"op\":\"again\"}"), 0);
	assert_int_equal(message.kind, SW_PACKET_AGAIN);
	assert_int_equal(parse("{\"op\":\"news\",\"ok\":1}"), 0);
	assert_int_equal(message.kind, SW_PACKET_OTHER);
	assert_int_equal(parse("{}"), 0);
	assert_int_equal(message.kind, SW_PACKET_OTHER);
}

static void test_nonsense(void **state)
{
	static const char *const packets[] = {
		"",
		"x",
		"[]",
		"7",
		"{\"id\":1}",
		"{\"id\":0,\"error\":\"\"}",
		"{\"id\":-1,\"error\":\"\"}",
		"{\"id\":4294967296,\"error\":\"\"}",
		"{\"id\":1.5,\"error\":\"\"}",
		"{\"id\":\"1\",\"error\":\"\"}",
		"{\"id\":1e99,\"error\":\"\"}",
		"{\"id\":1,\"action\":\"reject\"}",
		"{\"id\":1,\"action\":\"reject\",\"enforced\":1}",
		"{\"id\":1,\"action\":\"burn\",\"enforced\":true}",
		"{\"id\":1,\"action\":7,\"enforced\":true}",
		"{\"id\":1,\"action\":\"\",\"enforced\":true}",
		"{\"ok\":true}}",
	};
	struct sw_packet before;
	char *deep = malloc(SW_PACKET_BYTES + 2);

	assert_non_null(deep);
	memset(&before, 0x5a, sizeof(before));
	for (size_t i = 0; i < sizeof(packets) / sizeof(*packets); i++) {
		assert_int_equal(parse(packets[i]), -EINVAL);
		assert_memory_equal(&message, &before, sizeof(before));
	}
	memset(deep, '[', SW_PACKET_BYTES + 1);
	assert_int_equal(sw_packet_parse(deep, SW_PACKET_BYTES, &message), -EINVAL);
	memset(deep, ' ', SW_PACKET_BYTES + 1);
	memcpy(deep, "{}", 2);
	assert_int_equal(sw_packet_parse(deep, SW_PACKET_BYTES, &message), 0);
	assert_int_equal(sw_packet_parse(deep, SW_PACKET_BYTES + 1, &message), -EINVAL);
	free(deep);
}

/* ---- counts ---- */

static struct sw_tally tally;

static json_t *told(uint32_t open)
{
	char packet[SW_PACKET_BYTES];
	size_t n = sw_tally_put(&tally, open, packet);
	json_error_t error;
	json_t *object;

	assert_true(n <= sizeof(packet));
	if (!n)
		return NULL;
	object = json_loadb(packet, n, JSON_REJECT_DUPLICATES, &error);
	if (!object)
		fail_msg("%s: %.*s", error.text, (int)n, packet);
	return object;
}

static void test_counts(void **state)
{
	json_t *have, *want;

	memset(&tally, 0, sizeof(tally));
	assert_null(told(0));
	sw_tally_smtp(&tally, "a");
	sw_tally_smtp(&tally, "b");
	sw_tally_smtp(&tally, "a");
	sw_tally_policy(&tally, "a", SW_ACCESS_HEADER);
	tally.general = 3;
	tally.policy = 1;
	have = told(2);
	want = json_pack("{s:s, s:i, s:i, s:i, s:[{s:s, s:i}, {s:s, s:i, s:i}]}", "op", "count",
			 "open", 2, "general", 3, "policy", 1, "classes", "class", "b", "smtp", 1,
			 "class", "a", "smtp", 2, "header", 1);
	assert_true(json_equal(have, want));
	json_decref(have);
	json_decref(want);
	assert_null(told(2));
	have = told(0);
	assert_int_equal(json_object_size(have), 2);
	json_decref(have);
	assert_null(told(0));
}

/* What comes out in all, however many packets it takes. */
static void test_many_classes(void **state)
{
	uint64_t sum = 0, other = 0, packets = 0;
	char name[SW_PACKET_CLASS];
	json_t *object, *class_;
	size_t i;

	memset(&tally, 0, sizeof(tally));
	for (i = 0; i < 400; i++) {
		snprintf(name, sizeof(name), "a-class-with-a-long-name-%06zu", i);
		sw_tally_smtp(&tally, name);
		for (int what = 0; what < SW_ACCESS_DOS; what++)
			sw_tally_policy(&tally, name, (enum sw_access_do)what);
		if (i < 200) /* as long as numbers get */
			tally.classes[i].smtp = UINT32_MAX;
	}
	assert_int_equal(tally.classes_n, SW_TALLY_CLASSES);
	while ((object = told(0))) {
		json_array_foreach(json_object_get(object, "classes"), i, class_)
		{
			json_int_t n = json_integer_value(json_object_get(class_, "smtp"));

			sum += (uint64_t)n;
			if (!strcmp(json_string_value(json_object_get(class_, "class")), "other"))
				other += (uint64_t)n;
		}
		json_decref(object);
		packets++;
	}
	assert_int_equal(sum, UINT64_C(200) * UINT32_MAX + 200);
	assert_int_equal(other, 400 - SW_TALLY_CLASSES + 1);
	assert_in_range(packets, 2, 32);
}

/* ---- texts ---- */

static struct sw_answer turned_away(const char *text)
{
	struct sw_answer answer = { .turns_away = true, .enforced = true, .class_name = "x" };

	strcpy(answer.text, text);
	return answer;
}

static void test_texts(void **state)
{
	struct sw_recall *texts = sw_recall_new(42);
	const struct sw_prefix a = address("192.0.2.1"), b = address("::c000:201");
	struct sw_answer answer = turned_away("one");

	assert_non_null(texts);
	assert_null(sw_recall_get(texts, &a));
	sw_recall_put(texts, &a, &answer);
	assert_string_equal(sw_recall_get(texts, &a), "one");
	assert_null(sw_recall_get(texts, &b));
	answer = turned_away("two");
	sw_recall_put(texts, &a, &answer);
	sw_recall_put(texts, &b, &answer);
	assert_string_equal(sw_recall_get(texts, &a), "two");
	answer.enforced = false;
	sw_recall_put(texts, &a, &answer);
	assert_null(sw_recall_get(texts, &a));
	assert_string_equal(sw_recall_get(texts, &b), "two");
	assert_null(sw_recall_free(texts));
}

/* Many more than there is room for: the newest is always there, and nobody has another one's text. */
static void test_texts_full(void **state)
{
	struct sw_recall *texts = sw_recall_new(42);
	struct sw_answer answer;
	char text[16];
	unsigned there = 0;

	assert_non_null(texts);
	for (uint32_t i = 0; i < 3 * SW_RECALL; i++) {
		const struct sw_prefix p = sw_prefix_ip4(0x0b000000 + i, 32);

		snprintf(text, sizeof(text), "%u", i);
		answer = turned_away(text);
		sw_recall_put(texts, &p, &answer);
		assert_string_equal(sw_recall_get(texts, &p), text);
	}
	for (uint32_t i = 0; i < 3 * SW_RECALL; i++) {
		const struct sw_prefix p = sw_prefix_ip4(0x0b000000 + i, 32);
		const char *have = sw_recall_get(texts, &p);

		snprintf(text, sizeof(text), "%u", i);
		there += have != NULL;
		if (have)
			assert_string_equal(have, text);
	}
	assert_in_range(there, SW_RECALL / 2, SW_RECALL);
	sw_recall_free(texts);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_say),    cmocka_unit_test(test_listeners),
		cmocka_unit_test(test_answer), cmocka_unit_test(test_words),
		cmocka_unit_test(test_other),  cmocka_unit_test(test_nonsense),
		cmocka_unit_test(test_counts), cmocka_unit_test(test_many_classes),
		cmocka_unit_test(test_texts),  cmocka_unit_test(test_texts_full),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
