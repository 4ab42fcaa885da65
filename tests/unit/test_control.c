/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The protocol of the control socket: what is a request and what is not, answers at once,
 * later and many, ids, order, ends; and the socket's file. Many clients at once, and those
 * that are slow: test_control_load.c.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/version.h"
#include "support/control_world.h"
#include "support/folder.h"

static int setup(void **state)
{
	*state = world_make();
	return 0;
}

static int setup_open(void **state)
{
	*state = world_make();
	world_open(*state);
	return 0;
}

static int teardown(void **state)
{
	world_free(*state);
	return 0;
}

/* ---- requests ---- */

static void test_hello(void **state)
{
	struct world *w = *state;
	int fd = world_dial(w);
	json_t *hello = json_loads(world_ask(w, fd, "{\"op\": \"hello\"}"), 0, NULL);
	json_t *limits = json_object_get(hello, "limits");

	assert_int_equal(json_integer_value(json_object_get(hello, "version")), SW_CONTROL_VERSION);
	assert_string_equal(json_string_value(json_object_get(hello, "synward")), SW_VERSION);
	assert_non_null(strstr(json_string_value(json_object_get(hello, "who")), "uid"));
	assert_int_equal(json_integer_value(json_object_get(limits, "request_bytes")),
			 SW_CONTROL_LINE);
	json_decref(hello);
	close(fd);
}

static void test_help(void **state)
{
	struct world *w = *state;
	int fd = world_dial(w);
	json_t *help = json_loads(world_ask(w, fd, "{\"op\": \"help\"}"), 0, NULL);
	json_t *ops = json_object_get(help, "ops"), *row;

	assert_int_equal(json_array_size(ops), 13);
	row = json_array_get(ops, 2);
	assert_string_equal(json_string_value(json_object_get(row, "op")), "echo");
	assert_string_equal(json_string_value(json_object_get(row, "keys")), "value other");
	assert_string_equal(json_string_value(json_object_get(row, "help")), "says it again");
	json_decref(help);
	close(fd);
}

static void test_ids(void **state)
{
	static const char *const ids[] = {
		"7", "\"seven\"", "null", "true", "[1,{\"a\":[]}]", "{}"
	};
	struct world *w = *state;
	int fd = world_dial(w);
	char request[1024], answer[1024];

	for (unsigned i = 0; i < sizeof(ids) / sizeof(*ids); i++) {
		snprintf(request, sizeof(request), "{\"id\":%s,\"op\":\"echo\",\"value\":1}",
			 ids[i]);
		snprintf(answer, sizeof(answer), "{\"value\":1,\"id\":%s}", ids[i]);
		assert_string_equal(world_ask(w, fd, request), answer);
		snprintf(request, sizeof(request), "{\"op\":\"refuse\",\"id\":%s}", ids[i]);
		snprintf(answer, sizeof(answer),
			 "{\"error\":\"there is no verdict of 192.0.2.1\",\"code\":\"ENOENT\","
			 "\"id\":%s}",
			 ids[i]);
		assert_string_equal(world_ask(w, fd, request), answer);
		snprintf(request, sizeof(request), "{\"op\":\"blok\",\"id\":%s}", ids[i]);
		snprintf(answer, sizeof(answer), "\"code\":\"ENOSYS\",\"id\":%s}", ids[i]);
		assert_non_null(strstr(world_ask(w, fd, request), answer));
	}
	assert_string_equal(world_ask(w, fd, "{\"op\":\"echo\"}"), "{\"value\":null}");
	close(fd);
}

static void test_long_id(void **state)
{
	struct world *w = *state;
	int fd = world_dial(w);
	char request[1024], id[512];

	for (unsigned n = SW_CONTROL_ID - 2; n < SW_CONTROL_ID; n++) {
		memset(id, 'i', n);
		id[n] = '\0';
		snprintf(request, sizeof(request), "{\"id\":\"%s\",\"op\":\"echo\"}", id);
		if (n == SW_CONTROL_ID - 2)
			assert_non_null(strstr(world_ask(w, fd, request), id));
		else
			assert_string_equal(world_ask(w, fd, request),
					    "{\"error\":\"an \\\"id\\\" has at most 256 bytes\","
					    "\"code\":\"EINVAL\"}");
	}
	close(fd);
}

/* Each gets one line of error, and the connection goes on. */
static void test_bad_requests(void **state)
{
	static const struct {
		const char *line, *code, *words;
	} cases[] = {
		{ "", "EINVAL", "one JSON object" },
		{ "hello", "EINVAL", "one JSON object" },
		{ "\x16\x03\x01\x02", "EINVAL", "one JSON object" },
		{ "GET / HTTP/1.1\r", "EINVAL", "one JSON object" },
		{ "[]", "EINVAL", "one JSON object" },
		{ "42", "EINVAL", "one JSON object" },
		{ "\"hello\"", "EINVAL", "one JSON object" },
		{ "null", "EINVAL", "one JSON object" },
		{ "{", "EINVAL", "not JSON" },
		{ "{\"op\":\"hello\"", "EINVAL", "not JSON" },
		{ "{\"op\":\"hello\"} {}", "EINVAL", "not JSON" },
		{ "{\"op\":\"hello\",\"op\":\"help\"}", "EINVAL", "duplicate" },
		{ "{\"op\":\"hell\xff\"}", "EINVAL", "not JSON" },
		{ "{\"op\":\"hell\xc3\"}", "EINVAL", "not JSON" },
		{ "{\"op\":\"hell\\u0000\"}", "EINVAL", "not JSON" },
		{ "{\"op\":\"hell\\ud800\"}", "EINVAL", "not JSON" },
		{ "{\"op\":\"echo\",\"value\":1e999}", "EINVAL", "not JSON" },
		{ "{\"op\":\"echo\",\"value\":99999999999999999999}", "EINVAL", "not JSON" },
		{ "{}", "EINVAL", "what it wants in \\\"op\\\"" },
		{ "{\"op\":7}", "EINVAL", "what it wants in \\\"op\\\"" },
		{ "{\"op\":null}", "EINVAL", "what it wants in \\\"op\\\"" },
		{ "{\"op\":\"\"}", "ENOSYS",
		  "there is no op \\\"\\\"; there are hello, help, echo" },
		{ "{\"op\":\"blok\"}", "ENOSYS",
		  "\\\"blok\\\"; there are hello, help, echo, count" },
		{ "{\"op\":\"ech\"}", "ENOSYS", "there is no op" },
		{ "{\"op\":\"echoo\"}", "ENOSYS", "there is no op" },
		{ "{\"op\":\"echo\",\"valu\":1}", "EINVAL",
		  "op \\\"echo\\\" knows no \\\"valu\\\"; it knows op id value other" },
		{ "{\"op\":\"echo\",\"value other\":1}", "EINVAL", "knows no \\\"value other\\\"" },
		{ "{\"op\":\"echo\",\"\":1}", "EINVAL", "knows no" },
		{ "{\"op\":\"hello\",\"value\":1}", "EINVAL", "it knows op id\"" },
		{ "{\"op\":"
		  "\"\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4"
		  "\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4"
		  "."
		  "\xc3\xa4\xc3\xa4\"}",
		  "ENOSYS", "there is no op" },
	};
	struct world *w = *state;
	int fd = world_dial(w);

	for (unsigned i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		const char *answer = world_ask(w, fd, cases[i].line);
		json_t *object = json_loads(answer, 0, NULL);

		if (!object || !strstr(answer, cases[i].words))
			fail_msg("%s: %s", cases[i].line, answer);
		assert_string_equal(json_string_value(json_object_get(object, "code")),
				    cases[i].code);
		assert_null(json_object_get(object, "id"));
		json_decref(object);
		assert_string_equal(world_ask(w, fd, "{\"op\":\"echo\",\"value\":[]}"),
				    "{\"value\":[]}");
	}
	assert_int_equal(world_counts(w).refused, sizeof(cases) / sizeof(*cases));
	assert_int_equal(world_counts(w).clients, 1);
	close(fd);
}

static void test_a_zero_byte(void **state)
{
	static const char line[] = "{\"op\":\"echo\",\"value\":\"a\0b\"}\n{\"op\":\"echo\"}\n";
	struct world *w = *state;
	int fd = world_dial(w);

	assert_true(world_send_bytes(w, fd, line, sizeof(line) - 1));
	assert_non_null(strstr(world_line(w, fd), "not JSON"));
	assert_string_equal(world_line(w, fd), "{\"value\":null}");
	close(fd);
}

static void test_too_many_bad_requests(void **state)
{
	struct world *w = *state;
	int fd = world_dial(w);

	for (unsigned i = 0; i < 30; i++) {
		if (i % 10 == 9)
			assert_string_equal(world_ask(w, fd, "{\"op\":\"echo\"}"),
					    "{\"value\":null}");
		else
			assert_non_null(strstr(world_ask(w, fd, "x"), "one JSON object"));
	}
	for (unsigned i = 0; i < 9; i++)
		assert_null(strstr(world_ask(w, fd, "x"), "hung up"));
	assert_true(world_send(w, fd, "x\n{\"op\":\"echo\",\"value\":9}\n"));
	assert_non_null(strstr(world_line(w, fd), "hung up after 10 bad requests"));
	assert_null(world_line(w, fd));
	assert_non_null(strstr(w->notes, "hung up on"));
	assert_int_equal(world_counts(w).clients, 0);
	assert_int_equal(world_counts(w).dropped, 1);
	close(fd);
}

static void test_pieces(void **state)
{
	static const char text[] = "{\"op\":\"echo\",\"value\":1}\r\n"
				   "\t {\"op\":\"echo\",\"value\":\"\xe2\x82\xac \\n\"} \n"
				   "{\"op\":\"echo\"}\n";
	struct world *w = *state;

	for (unsigned size = 1; size < sizeof(text); size++) {
		int fd = world_dial(w);

		for (size_t i = 0; i < sizeof(text) - 1; i += size) {
			size_t n = sizeof(text) - 1 - i;

			world_send_bytes(w, fd, text + i, n < size ? n : size);
		}
		assert_string_equal(world_line(w, fd), "{\"value\":1}");
		assert_string_equal(world_line(w, fd), "{\"value\":\"\xe2\x82\xac \\n\"}");
		assert_string_equal(world_line(w, fd), "{\"value\":null}");
		assert_int_equal(world_counts(w).buffers_bytes, 0);
		close(fd);
	}
}

/* A line of @n bytes that is a request. */
static char *long_request(size_t n)
{
	static const char begin[] = "{\"op\":\"echo\",\"other\":\"";
	char *text = malloc(n + 2);

	assert_non_null(text);
	memset(text, 'x', n);
	memcpy(text, begin, sizeof(begin) - 1);
	memcpy(text + n - 2, "\"}\n", 4);
	return text;
}

static void test_longest(void **state)
{
	struct world *w = *state;
	int fd = world_dial(w);
	char *text = long_request(SW_CONTROL_LINE);

	assert_true(world_send(w, fd, text));
	assert_string_equal(world_line(w, fd), "{\"value\":null}");
	free(text);
	text = long_request(SW_CONTROL_LINE + 1);
	assert_true(world_send(w, fd, text));
	assert_string_equal(world_line(w, fd), "{\"error\":\"a request has at most 4194304 bytes\","
					       "\"code\":\"EMSGSIZE\"}");
	assert_string_equal(world_ask(w, fd, "{\"op\":\"echo\"}"), "{\"value\":null}");
	assert_int_equal(world_counts(w).buffers_bytes, 0);
	free(text);
	close(fd);
}

/* The error comes before the end of the line; nothing of the rest is kept. */
static void test_too_long(void **state)
{
	struct world *w = *state;
	char *text = long_request(9000);
	int fd;

	w->options.line_bytes = 1000;
	world_open(w);
	fd = world_dial(w);
	assert_true(world_send_bytes(w, fd, text, 1001));
	assert_non_null(strstr(world_line(w, fd), "EMSGSIZE"));
	assert_true(world_send_bytes(w, fd, text, 999));
	world_run_ms(w, 5);
	assert_int_equal(world_counts(w).buffers_bytes, 0);
	assert_string_equal(world_ask(w, fd, "\n{\"op\":\"echo\"}"), "{\"value\":null}");
	/* as one piece, with its end */
	for (size_t n = 1001; n < 9000; n += 777) {
		text[n] = '\n';
		assert_true(world_send_bytes(w, fd, text, n + 1));
		assert_non_null(strstr(world_line(w, fd), "EMSGSIZE"));
		text[n] = 'x';
		assert_string_equal(world_ask(w, fd, "{\"op\":\"echo\"}"), "{\"value\":null}");
	}
	/* never an end */
	world_send_bytes(w, fd, text, 9000);
	world_send_bytes(w, fd, text, 9000);
	assert_non_null(strstr(world_line(w, fd), "EMSGSIZE"));
	assert_null(world_line(w, fd));
	free(text);
	close(fd);
}

static void test_depth(void **state)
{
	struct world *w = *state;
	int fd = world_dial(w);
	char text[8192];

	for (int depth = 14; depth < 2000; depth = depth < 18 ? depth + 1 : depth * 3) {
		size_t n = (size_t)sprintf(
			text, "{\"op\":\"echo\",\"other\":\"[[[[[[[[[[[[[[[[[[[\\\"{{{{\","
			      "\"value\":");
		const char *answer;

		for (int i = 0; i < depth; i++)
			text[n++] = '[';
		for (int i = 0; i < depth; i++)
			text[n++] = ']';
		memcpy(text + n, "}", 2);
		answer = world_ask(w, fd, text);
		if (depth + 1 <= SW_CONTROL_DEPTH)
			assert_null(strstr(answer, "error"));
		else
			assert_non_null(strstr(answer,
					       "\"more than 16 objects and arrays inside one "
					       "another\",\"code\":\"E2BIG\""));
	}
	close(fd);
}

static void test_values(void **state)
{
	struct world *w = *state;
	int fd = world_dial(w);
	char *text = malloc((size_t)SW_CONTROL_VALUES * 2 + 100);

	assert_non_null(text);
	/* an object, a list, a comma between members, those between elements */
	for (unsigned commas = SW_CONTROL_VALUES - 3; commas <= SW_CONTROL_VALUES - 2; commas++) {
		size_t n = (size_t)sprintf(text, "{\"op\":\"echo\",\"other\":[");

		for (unsigned i = 0; i < commas; i++)
			n += (size_t)sprintf(text + n, "0,");
		sprintf(text + n, "0]}");
		if (commas == SW_CONTROL_VALUES - 3)
			assert_string_equal(world_ask(w, fd, text), "{\"value\":null}");
		else
			assert_non_null(strstr(world_ask(w, fd, text), "more than 262144 values"));
	}
	free(text);
	close(fd);
}

/* ---- answers ---- */

static void test_refusals(void **state)
{
	struct world *w = *state;
	int fd = world_dial(w);
	json_t *object = sw_control_error(0, "it is %s", "\xff strange");

	assert_string_equal(json_string_value(json_object_get(object, "error")), "it is ? strange");
	assert_string_equal(json_string_value(json_object_get(object, "code")), "EIO");
	json_decref(object);
	assert_string_equal(world_ask(w, fd, "{\"op\":\"none\",\"id\":1}"),
			    "{\"error\":\"out of memory\","
			    "\"code\":\"ENOMEM\",\"id\":1}");
	/* not bad requests: nobody is hung up on for them */
	for (unsigned i = 0; i < 20; i++)
		assert_non_null(strstr(world_ask(w, fd, "{\"op\":\"refuse\"}"), "ENOENT"));
	close(fd);
}

static void test_long_answers(void **state)
{
	struct world *w = *state;
	int fd;

	w->options.answer_bytes = 1000000;
	world_open(w);
	fd = world_dial(w);
	assert_int_equal(strlen(world_ask(w, fd, "{\"op\":\"big\",\"n\":999989}")), 1000000);
	assert_string_equal(world_ask(w, fd, "{\"op\":\"big\",\"n\":999990,\"id\":5}"),
			    "{\"error\":\"the answer is too long\","
			    "\"code\":\"E2BIG\",\"id\":5}");
	assert_int_equal(strlen(world_ask(w, fd, "{\"op\":\"big\",\"n\":10}")), 21);
	assert_int_equal(world_counts(w).buffers_bytes, 0);
	close(fd);
}

static void test_pipelining(void **state)
{
	struct world *w = *state;
	int fd = world_dial(w);
	char text[128], *all = malloc(10000 * 64), answer[128];
	size_t n = 0;

	assert_non_null(all);
	for (int i = 0; i < 10000; i++)
		n += (size_t)sprintf(all + n, "{\"op\":\"echo\",\"value\":%d}\n", i);
	/* what the daemon does not read for now stays here */
	for (size_t sent = 0, i = 0; i < 10000;) {
		ssize_t some = sent < n ? send(fd, all + sent, n - sent, MSG_NOSIGNAL) : 0;

		sent += some > 0 ? (size_t)some : 0;
		world_step(w);
		for (int k = 0; k < 100; k++, i++) {
			snprintf(answer, sizeof(answer), "{\"value\":%zu}", i);
			assert_string_equal(world_line(w, fd), answer);
		}
	}
	snprintf(text, sizeof(text), "%u", w->asked);
	assert_string_equal(text, "10000");
	free(all);
	close(fd);
}

static void test_later(void **state)
{
	struct world *w = *state;
	int fd = world_dial(w), other = world_dial(w);
	sw_control_ticket first;

	world_send(w, fd,
		   "{\"op\":\"later\",\"id\":1}\n{\"op\":\"later\",\"id\":2}\n"
		   "{\"op\":\"echo\",\"id\":3}\n");
	assert_string_equal(world_ask(w, other, "{\"op\":\"echo\",\"value\":1}"), "{\"value\":1}");
	assert_int_equal(w->asked, 2);
	first = w->ticket;
	assert_int_equal(sw_control_answer(w->control, first, json_pack("{s:i}", "a", 1)), 0);
	assert_int_equal(sw_control_answer(w->control, first, json_pack("{s:i}", "a", 2)), -ENOENT);
	assert_string_equal(world_line(w, fd), "{\"a\":1,\"id\":1}");
	world_run_ms(w, 2);
	assert_int_equal(w->asked, 3);
	assert_int_equal(sw_control_answer(w->control, first, NULL), -ENOENT);
	assert_int_equal(sw_control_answer(w->control, w->ticket, NULL), 0);
	assert_non_null(strstr(world_line(w, fd), "ENOMEM"));
	assert_string_equal(world_line(w, fd), "{\"value\":null,\"id\":3}");
	assert_int_equal(sw_control_answer(w->control, 0, NULL), -ENOENT);
	assert_int_equal(sw_control_answer(w->control, UINT64_MAX, NULL), -ENOENT);
	close(fd);
	close(other);
}

static void test_later_gone(void **state)
{
	struct world *w = *state;
	int fd = world_dial(w), next;
	sw_control_ticket ticket;

	world_send(w, fd, "{\"op\":\"later\"}\n");
	world_run_ms(w, 2);
	ticket = w->ticket;
	close(fd);
	world_run_ms(w, 2);
	assert_int_equal(world_counts(w).clients, 0);
	next = world_dial(w); /* in the same slot */
	world_send(w, next, "{\"op\":\"later\"}\n");
	world_run_ms(w, 2);
	assert_int_equal(world_counts(w).clients, 1);
	assert_int_equal(sw_control_answer(w->control, ticket, json_object()), -ENOENT);
	assert_int_equal(sw_control_answer(w->control, w->ticket, json_object()), 0);
	assert_string_equal(world_line(w, next), "{}");
	close(next);
}

static void test_half_close(void **state)
{
	struct world *w = *state;
	int fd = world_dial(w);

	world_send(w, fd,
		   "{\"op\":\"echo\",\"value\":1}\n{\"op\":\"later\"}\n"
		   "{\"op\":\"count\",\"n\":2}\n{\"op\":\"echo\"");
	shutdown(fd, SHUT_WR);
	assert_string_equal(world_line(w, fd), "{\"value\":1}");
	world_run_ms(w, 5);
	assert_int_equal(world_counts(w).clients, 1);
	sw_control_answer(w->control, w->ticket, json_object());
	assert_string_equal(world_line(w, fd), "{}");
	assert_string_equal(world_line(w, fd), "{\"i\":0}");
	assert_string_equal(world_line(w, fd), "{\"i\":1}");
	assert_string_equal(world_line(w, fd), "{\"n\":2,\"end\":true}");
	assert_string_equal(world_line(w, fd), "{\"error\":\"the last request has no newline\","
					       "\"code\":\"EBADMSG\"}");
	assert_null(world_line(w, fd));
	assert_int_equal(world_counts(w).clients, 0);
	close(fd);
}

static void test_end_at_once(void **state)
{
	struct world *w = *state;
	int fd = world_dial(w);

	shutdown(fd, SHUT_WR);
	assert_null(world_line(w, fd));
	close(fd);
	for (int i = 0; i < 3; i++) {
		fd = world_dial(w);
		if (i)
			send(fd, "{\"op\":\"echo\"}\n{\"op\"", i == 1 ? 5 : 19, 0);
		close(fd);
		world_run_ms(w, 2);
		assert_int_equal(world_counts(w).clients, 0);
		assert_int_equal(world_counts(w).buffers_bytes, 0);
	}
	assert_int_equal(w->asked, 1); /* what was sent whole is done, heard or not */
}

/* ---- streams ---- */

static void test_stream(void **state)
{
	struct world *w = *state;
	int fd = world_dial(w);
	char answer[64];

	world_send(w, fd,
		   "{\"op\":\"count\",\"n\":100000,\"id\":\"s\"}\n"
		   "{\"op\":\"count\",\"n\":0}\n{\"op\":\"echo\"}\n");
	for (int i = 0; i < 100000; i++) {
		snprintf(answer, sizeof(answer), "{\"i\":%d,\"id\":\"s\"}", i);
		assert_string_equal(world_line(w, fd), answer);
	}
	assert_string_equal(world_line(w, fd), "{\"n\":100000,\"end\":true,\"id\":\"s\"}");
	assert_string_equal(world_line(w, fd), "{\"n\":0,\"end\":true}");
	assert_string_equal(world_line(w, fd), "{\"value\":null}");
	assert_int_equal(w->done, 2);
	close(fd);
}

/* Who does not read gets no more made for him than the buffers hold. */
static void test_stream_is_pulled(void **state)
{
	struct world *w = *state;
	int fd = world_dial(w);
	unsigned pulled;

	world_send(w, fd, "{\"op\":\"count\",\"n\":1000000000}\n");
	world_run_ms(w, 50);
	pulled = w->pulled;
	assert_in_range(pulled, 1000, 200000);
	assert_in_range(world_counts(w).buffers_bytes, 1, 65536);
	world_run_ms(w, 20);
	assert_int_equal(w->pulled, pulled);
	for (int i = 0; i < 100000; i++)
		assert_non_null(world_line(w, fd));
	assert_true(w->pulled > pulled);
	close(fd);
	world_run_ms(w, 5);
	assert_int_equal(w->done, 1);
	assert_int_equal(world_counts(w).clients, 0);
	pulled = w->pulled;
	world_run_ms(w, 5);
	assert_int_equal(w->pulled, pulled);
}

static void test_stream_waits(void **state)
{
	struct world *w = *state;
	int fd = world_dial(w);
	sw_control_ticket ticket;

	world_send(w, fd, "{\"op\":\"wait\"}\n{\"op\":\"echo\"}\n");
	world_run_ms(w, 2);
	ticket = w->ticket;
	w->ready = 1;
	assert_int_equal(sw_control_resume(w->control, ticket), 0);
	assert_string_equal(world_line(w, fd), "{\"i\":0}");
	assert_int_equal(sw_control_resume(w->control, ticket), 0); /* for nothing */
	world_run_ms(w, 2);
	w->ready = 3;
	assert_int_equal(sw_control_resume(w->control, ticket), 0);
	assert_string_equal(world_line(w, fd), "{\"i\":1}");
	assert_string_equal(world_line(w, fd), "{\"i\":2}");
	assert_string_equal(world_line(w, fd), "{\"end\":true}");
	assert_string_equal(world_line(w, fd), "{\"value\":null}");
	assert_int_equal(sw_control_resume(w->control, ticket), -ENOENT);
	assert_int_equal(w->done, 1);
	close(fd);
}

/* A client that goes while its stream has nothing is noticed. */
static void test_stream_waits_gone(void **state)
{
	struct world *w = *state;
	int fd = world_dial(w);

	world_send(w, fd, "{\"op\":\"wait\"}\n");
	world_run_ms(w, 2);
	assert_int_equal(w->done, 0);
	close(fd);
	world_run_ms(w, 2);
	assert_int_equal(w->done, 1);
	assert_int_equal(sw_control_resume(w->control, w->ticket), -ENOENT);
}

static void test_stream_breaks(void **state)
{
	struct world *w = *state;
	int fd = world_dial(w);

	world_send(w, fd, "{\"op\":\"break\",\"id\":0}\n{\"op\":\"echo\"}\n");
	assert_string_equal(world_line(w, fd), "{\"i\":0,\"id\":0}");
	assert_string_equal(world_line(w, fd),
			    "{\"error\":\"it broke\",\"code\":\"EIO\",\"id\":0}");
	assert_string_equal(world_line(w, fd), "{\"value\":null}");
	assert_int_equal(w->done, 1);
	close(fd);
}

/* An object that is too long is the last: an error ends a stream, whoever says it. */
static void test_stream_too_long(void **state)
{
	struct world *w = *state;
	const char *line;
	int fd, lines = 0;

	w->options.answer_bytes = 10000;
	world_open(w);
	fd = world_dial(w);
	world_send(w, fd, "{\"op\":\"grow\"}\n{\"op\":\"echo\"}\n");
	while ((line = world_line(w, fd)) && line[2] == 'a')
		lines++;
	assert_int_equal(lines, 9);
	assert_non_null(strstr(line, "\"the answer is too long\",\"code\":\"E2BIG\""));
	assert_string_equal(world_line(w, fd), "{\"value\":null}");
	assert_int_equal(w->done, 1);
	close(fd);
}

/* From outside, by its ticket. */
static void test_stream_ended(void **state)
{
	struct world *w = *state;
	int fd = world_dial(w);

	world_send(w, fd, "{\"op\":\"wait\",\"id\":4}\n");
	world_run_ms(w, 2);
	assert_int_equal(sw_control_answer(w->control, w->ticket, json_pack("{s:b}", "end", 1)), 0);
	assert_int_equal(w->done, 1);
	assert_string_equal(world_line(w, fd), "{\"end\":true,\"id\":4}");
	close(fd);
}

static void test_close(void **state)
{
	struct world *w = *state;
	int idle = world_dial(w), stream = world_dial(w), later = world_dial(w), half;
	unsigned lines = 0;

	half = world_dial(w);
	world_send(w, stream, "{\"op\":\"count\",\"n\":1000000000}\n");
	world_send(w, later, "{\"op\":\"later\"}\n");
	world_send(w, half, "{\"op\":");
	world_run_ms(w, 20);
	w->control = sw_control_close(w->control);
	assert_null(w->control);
	assert_int_equal(w->done, 1);
	assert_int_equal(access(w->path, F_OK), -1);
	assert_string_equal(world_line(w, idle),
			    "{\"error\":\"hung up: synwardd ends\",\"code\":\"ESHUTDOWN\"}");
	assert_null(world_line(w, idle));
	assert_non_null(strstr(world_line(w, later), "synwardd ends"));
	while (world_line(w, stream))
		lines++;
	assert_in_range(lines, 1000, 200000);
	assert_null(sw_control_close(NULL));
	close(idle);
	close(stream);
	close(later);
	close(half);
}

/* ---- who asks ---- */

static void test_peer(void **state)
{
	struct world *w = *state;
	int fd = world_dial(w);
	const struct passwd *user = getpwuid(getuid());
	char who[128], name[64] = "";
	json_t *peer;

	if (user)
		snprintf(name, sizeof(name), "%s", user->pw_name);
	snprintf(who, sizeof(who), user ? "%s (uid %u, pid %d)" : "%suid %u (pid %d)", name,
		 getuid(), getpid());
	for (int i = 0; i < 2; i++) {
		peer = json_loads(world_ask(w, fd, "{\"op\":\"who\"}"), 0, NULL);
		assert_string_equal(json_string_value(json_object_get(peer, "who")), who);
		assert_string_equal(json_string_value(json_object_get(peer, "name")), name);
		assert_int_equal(json_integer_value(json_object_get(peer, "pid")), getpid());
		assert_int_equal(json_integer_value(json_object_get(peer, "uid")), getuid());
		assert_int_equal(json_integer_value(json_object_get(peer, "gid")), getgid());
		json_decref(peer);
		close(fd);
		fd = world_dial(w);
	}
	close(fd);
}

/* In a process of its own, as a user without a name. */
static void ask_as_stranger(const char *path)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	char answer[512] = "", who[64];
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	ssize_t n;

	snprintf(a.sun_path, sizeof(a.sun_path), "%s", path);
	snprintf(who, sizeof(who), "\"name\":\"\",\"who\":\"uid 54321 (pid %d)\"", getpid());
	if (setgid(54321) || setuid(54321) || connect(fd, (struct sockaddr *)&a, sizeof(a)) ||
	    send(fd, "{\"op\":\"who\"}\n", 13, 0) != 13)
		_exit(1);
	n = recv(fd, answer, sizeof(answer) - 1, 0);
	_exit(n > 0 && strstr(answer, who) ? 0 : 2);
}

static void test_stranger(void **state)
{
	struct world *w = *state;
	int status = -1;
	pid_t child;

	if (getuid() != 0 || getpwuid(54321)) {
		print_message("SKIP needs root, and no user 54321\n");
		skip();
	}
	assert_int_equal(chmod(w->folder, 0755), 0);
	assert_int_equal(chmod(w->path, 0666), 0);
	child = fork();
	if (!child)
		ask_as_stranger(w->path);
	while (waitpid(child, &status, WNOHANG) == 0)
		world_run_ms(w, 1);
	assert_int_equal(status, 0);
}

/* ---- the socket's file ---- */

static int try_open(struct world *w, struct sw_err *err)
{
	struct sw_control *c = NULL;
	int code = sw_control_open(w->base, &w->options, &c, err);

	assert_int_equal(code == 0, c != NULL);
	sw_control_close(c);
	return code;
}

static void test_file(void **state)
{
	struct world *w = *state;
	const struct group *any = getgrgid(getgid());
	mode_t mask = umask(0);
	struct stat st;

	if (any)
		w->options.group = any->gr_name;
	for (int i = 0; i < 2; i++) {
		umask(i ? 0777 : 0);
		world_open(w);
		assert_int_equal(stat(w->path, &st), 0);
		assert_true(S_ISSOCK(st.st_mode));
		assert_int_equal(st.st_mode & 07777, 0660);
		assert_int_equal(st.st_gid, getgid());
		assert_int_equal(access(folder_path(w->folder, "control.new"), F_OK), -1);
		w->control = sw_control_close(w->control);
		assert_int_equal(access(w->path, F_OK), -1);
	}
	umask(mask);
	assert_string_equal(w->notes, any ? "" : w->notes);
}

static void test_group_missing(void **state)
{
	struct world *w = *state;
	struct stat st;

	w->options.group = "no-such-group";
	world_open(w);
	assert_non_null(strstr(w->notes, "there is no group \"no-such-group\""));
	assert_null(strstr(strstr(w->notes, "no group") + 1, "no group"));
	assert_int_equal(stat(w->path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0660);
	assert_int_equal(st.st_gid, getuid() ? getgid() : 0);
}

/* Another group's socket, which the process is not in. */
static void test_group(void **state)
{
	struct world *w = *state;
	const struct group *daemon = getgrnam("daemon");
	struct stat st;

	if (getuid() != 0 || !daemon) {
		print_message("SKIP needs root and a group \"daemon\"\n");
		skip();
	}
	w->options.group = "daemon";
	world_open(w);
	assert_int_equal(stat(w->path, &st), 0);
	assert_int_equal(st.st_gid, daemon->gr_gid);
	assert_string_equal(w->notes, "");
}

/* A socket of @type that is bound to the path, whether or not one listens on it. */
static int bind_there(const struct world *w, int type, bool listens)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);

	snprintf(a.sun_path, sizeof(a.sun_path), "%s", w->path);
	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&a, sizeof(a)), 0);
	if (listens)
		assert_int_equal(listen(fd, 0), 0);
	return fd;
}

static void test_stale(void **state)
{
	struct world *w = *state;
	int fd = bind_there(w, SOCK_STREAM, true);

	close(fd); /* as a daemon that was killed leaves it */
	folder_write(w->folder, "control.new", "");
	world_open(w);
	fd = world_dial(w);
	assert_string_equal(world_ask(w, fd, "{\"op\":\"echo\"}"), "{\"value\":null}");
	close(fd);
}

static void test_live(void **state)
{
	struct world *w = *state;
	struct sw_err err;
	int fd;

	world_open(w);
	assert_int_equal(try_open(w, &err), -EADDRINUSE);
	assert_non_null(strstr(err.text, "another synwardd answers on"));
	fd = world_dial(w);
	assert_string_equal(world_ask(w, fd, "{\"op\":\"echo\"}"), "{\"value\":null}");
	close(fd);
}

/* Alive, too: so many wait that connect(2) does not work. */
static void test_live_but_full(void **state)
{
	struct world *w = *state;
	int fd = bind_there(w, SOCK_STREAM, true), waiting = world_dial(w);
	struct sw_err err;

	assert_int_equal(try_open(w, &err), -EADDRINUSE);
	close(waiting);
	close(fd);
}

static void test_something_else(void **state)
{
	struct world *w = *state;
	struct sw_err err;
	int fd;

	folder_write(w->folder, SW_CONTROL_FILE, "precious");
	assert_int_equal(try_open(w, &err), -EEXIST);
	assert_non_null(strstr(err.text, "is no socket"));
	unlink(w->path);
	assert_int_equal(symlink("/nowhere", w->path), 0);
	assert_int_equal(try_open(w, &err), -EEXIST);
	unlink(w->path);
	fd = bind_there(w, SOCK_DGRAM, false);
	assert_int_equal(try_open(w, &err), -EPROTOTYPE);
	assert_non_null(strstr(err.text, "cannot be found out"));
	close(fd);
	assert_int_equal(access(w->path, F_OK), 0);
}

static void test_no_place(void **state)
{
	struct world *w = *state;
	char path[200];
	struct sw_err err;

	memset(path, 'p', sizeof(path));
	path[sizeof(path) - 1] = '\0';
	w->options.path = path;
	assert_int_equal(try_open(w, &err), -ENAMETOOLONG);
	assert_non_null(strstr(err.text, "at most 103 bytes: choose another run-dir"));
	w->options.path = folder_path(w->folder, "missing/control");
	assert_int_equal(try_open(w, &err), -ENOENT);
	assert_non_null(strstr(err.text, "cannot make the socket"));
	w->options.path = NULL;
	assert_int_equal(try_open(w, &err), -EINVAL);
}

/* A new daemon's socket is not removed by the old one. */
static void test_others_socket_stays(void **state)
{
	struct world *w = *state;
	int fd;

	world_open(w);
	unlink(w->path);
	fd = bind_there(w, SOCK_STREAM, true);
	w->control = sw_control_close(w->control);
	assert_int_equal(access(w->path, F_OK), 0);
	close(fd);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
#define TEST_OPEN(name) cmocka_unit_test_setup_teardown(name, setup_open, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST_OPEN(test_hello),
		TEST_OPEN(test_help),
		TEST_OPEN(test_ids),
		TEST_OPEN(test_long_id),
		TEST_OPEN(test_bad_requests),
		TEST_OPEN(test_a_zero_byte),
		TEST_OPEN(test_too_many_bad_requests),
		TEST_OPEN(test_pieces),
		TEST_OPEN(test_longest),
		TEST(test_too_long),
		TEST_OPEN(test_depth),
		TEST_OPEN(test_values),
		TEST_OPEN(test_refusals),
		TEST(test_long_answers),
		TEST_OPEN(test_pipelining),
		TEST_OPEN(test_later),
		TEST_OPEN(test_later_gone),
		TEST_OPEN(test_half_close),
		TEST_OPEN(test_end_at_once),
		TEST_OPEN(test_stream),
		TEST_OPEN(test_stream_is_pulled),
		TEST_OPEN(test_stream_waits),
		TEST_OPEN(test_stream_waits_gone),
		TEST_OPEN(test_stream_breaks),
		TEST(test_stream_too_long),
		TEST_OPEN(test_stream_ended),
		TEST_OPEN(test_close),
		TEST_OPEN(test_peer),
		TEST_OPEN(test_stranger),
		TEST(test_file),
		TEST(test_group_missing),
		TEST(test_group),
		TEST(test_stale),
		TEST(test_live),
		TEST(test_live_but_full),
		TEST(test_something_else),
		TEST(test_no_place),
		TEST(test_others_socket_stays),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
