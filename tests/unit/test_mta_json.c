/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Events as JSON, over the socket that anybody of its group may write to: what is understood, what
 * is refused, and any bytes at all.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <errno.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>
#include <event2/event.h>

#include "daemon/mta_json.h"
#include "daemon/mta_socket.h"
#include "support/folder.h"
#include "support/random.h"

/* ---- one event ---- */

static json_t *parsed;

static int read_event(const char *text, struct sw_mta_event *e, struct sw_err *err)
{
	json_decref(parsed);
	parsed = json_loads(text, 0, NULL);
	return sw_mta_json_event(parsed, e, err);
}

static void an_event(void **state)
{
	struct sw_mta_event e;
	struct sw_err err;

	assert_int_equal(read_event("{\"kind\":\"unknown-rcpt\",\"source\":\"192.0.2.1\",\"rcpt\":"
				    "\"a@b\",\"n\":3,\"time\":1764093600.25,\"more\":[]}",
				    &e, &err),
			 0);
	assert_int_equal(e.kind, SW_MTA_UNKNOWN_RCPT);
	assert_int_equal(e.source.lo, 0xc0000201);
	assert_int_equal(e.recipients, 3);
	assert_int_equal(e.rcpt_n, 3);
	assert_memory_equal(e.rcpt, "a@b", 3);
	assert_int_equal(e.time_ms, 1764093600250);
	assert_int_equal(read_event("{\"kind\":\"trap\",\"source\":\"2001:db8::1\",\"time\":null,"
				    "\"rcpt\":null}",
				    &e, &err),
			 0);
	assert_int_equal(e.recipients, 1);
	assert_null(e.rcpt);
	assert_int_equal(e.time_ms, 0);
	for (unsigned i = 0; i < SW_MTA_KINDS; i++) {
		char text[100];

		snprintf(text, sizeof(text), "{\"kind\":\"%s\",\"source\":\"192.0.2.1\"}",
			 sw_mta_kind_name((enum sw_mta_kind)i));
		assert_int_equal(read_event(text, &e, &err), 0);
		assert_int_equal(e.kind, i);
	}
	assert_string_equal(sw_mta_kind_name(SW_MTA_KINDS), "?");
}

static void events_that_are_none(void **state)
{
#define SOURCE "\"source\":\"192.0.2.1\""
#define KIND "\"kind\":\"trap\""
	static const char *const bad[] = {
		"{}",
		"[]",
		"{" KIND "}",
		"{" SOURCE "}",
		"{" SOURCE ",\"kind\":\"unknown\"}",
		"{" SOURCE ",\"kind\":7}",
		"{" KIND ",\"source\":\"192.0.2.0/24\"}",
		"{" KIND ",\"source\":\"192.0.2\"}",
		"{" KIND ",\"source\":null}",
		"{" KIND "," SOURCE ",\"n\":0}",
		"{" KIND "," SOURCE ",\"n\":-1}",
		"{" KIND "," SOURCE ",\"n\":1000001}",
		"{" KIND "," SOURCE ",\"n\":1.5}",
		"{" KIND "," SOURCE ",\"n\":\"1\"}",
		"{" KIND "," SOURCE ",\"rcpt\":7}",
		"{" KIND "," SOURCE ",\"time\":\"now\"}",
		"{" KIND "," SOURCE ",\"time\":-1}",
		"{" KIND "," SOURCE ",\"time\":1e300}",
	};
	struct sw_mta_event e = { .recipients = 77 };
	struct sw_err err;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		err.text[0] = '\0';
		if (read_event(bad[i], &e, &err) != -EINVAL || !err.text[0])
			fail_msg("taken: %s", bad[i]);
	}
	assert_int_equal(e.recipients, 77);
	assert_int_equal(sw_mta_json_event(NULL, &e, &err), -EINVAL);
}

static void a_report(void **state)
{
	struct sw_report_event e;
	struct sw_err err;
	char text[3000];

	json_decref(parsed);
	parsed = json_loads("{\"kind\":\"complaint\"," SOURCE
			    ",\"rcpt\":\"a@b\",\"report\":\"<1@x>\","
			    "\"text\":\"fbl@x\",\"about\":1764093600}",
			    0, NULL);
	assert_int_equal(sw_mta_json_report(parsed, &e, &err), 0);
	assert_true(e.complaint);
	assert_int_equal(e.id_n, 5);
	assert_string_equal(e.text, "fbl@x");
	assert_int_equal(e.about_ms, 1764093600000);
	json_decref(parsed);
	parsed = json_loads("{\"kind\":\"disabled-rcpt\"," SOURCE "}", 0, NULL);
	assert_int_equal(sw_mta_json_report(parsed, &e, &err), 0);
	assert_false(e.complaint);
	assert_int_equal(e.kind, SW_MTA_DISABLED_RCPT);
	json_decref(parsed);
	parsed = json_loads("{\"kind\":\"accepted-rcpt\"," SOURCE "}", 0, NULL);
	assert_int_equal(sw_mta_json_report(parsed, &e, &err), -EINVAL);
	json_decref(parsed);
	snprintf(text, sizeof(text), "{\"kind\":\"complaint\"," SOURCE ",\"report\":\"%01500d\"}",
		 1);
	parsed = json_loads(text, 0, NULL);
	assert_int_equal(sw_mta_json_report(parsed, &e, &err), -EINVAL);
}

static int forget(void **state)
{
	json_decref(parsed);
	parsed = NULL;
	return 0;
}

/* ---- the socket ---- */

static struct {
	char *folder;
	struct event_base *base;
	struct sw_mta_socket *socket;
	unsigned events, notes;
	uint32_t recipients;
	int fd; /* of who writes */
} w;

static void on_event(void *ctx, const struct sw_mta_event *event)
{
	w.events++;
	w.recipients = event->recipients;
}

static void on_note(void *ctx, int level, const char *text)
{
	w.notes++;
}

static int open_socket(const char *name, struct sw_err *err)
{
	const struct sw_mta_socket_options options = { .path = folder_path(w.folder, name),
						       .group = "root",
						       .event = on_event,
						       .note = on_note };

	return sw_mta_socket_open(w.base, &options, &w.socket, err);
}

static void connect_to(const char *name)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };

	snprintf(a.sun_path, sizeof(a.sun_path), "%s", folder_path(w.folder, name));
	w.fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);
	assert_int_equal(connect(w.fd, (struct sockaddr *)&a, sizeof(a)), 0);
}

static int setup_socket(void **state)
{
	struct sw_err err;

	memset(&w, 0, sizeof(w));
	w.folder = folder_make();
	w.base = event_base_new();
	assert_int_equal(open_socket("events", &err), 0);
	connect_to("events");
	w.notes = 0;
	return 0;
}

static int teardown_socket(void **state)
{
	close(w.fd);
	sw_mta_socket_close(w.socket);
	event_base_free(w.base);
	folder_remove(w.folder);
	return 0;
}

static void say_bytes(const void *bytes, size_t n)
{
	while (send(w.fd, bytes, n, 0) != (ssize_t)n) {
		assert_int_equal(errno, EAGAIN);
		event_base_loop(w.base, EVLOOP_NONBLOCK);
	}
}

static void say(const char *text)
{
	say_bytes(text, strlen(text));
	event_base_loop(w.base, EVLOOP_NONBLOCK);
}

#define GOOD "{" KIND "," SOURCE ",\"n\":5}"

static void lines(void **state)
{
	struct sw_mta_socket_counts n;
	struct stat st;

	say(GOOD);
	assert_int_equal(w.events, 1);
	assert_int_equal(w.recipients, 5);
	say(GOOD "\n");
	say(GOOD "\n" GOOD "\n\n" GOOD);
	assert_int_equal(w.events, 5);
	say("");
	say("\n\n");
	assert_int_equal(w.events, 5);
	say("{}\n" GOOD "\nnonsense\n" GOOD);
	assert_int_equal(w.events, 7);
	sw_mta_socket_counts(w.socket, &n);
	assert_int_equal(n.lines, 7);
	assert_int_equal(n.bad, 2);
	assert_int_equal(w.notes, 1);
	assert_int_equal(stat(folder_path(w.folder, "events"), &st), 0);
	assert_int_equal(st.st_mode & 0777, 0660);
}

static void too_long(void **state)
{
	static char text[SW_MTA_SOCKET_BYTES + 1];
	struct sw_mta_socket_counts n;

	memset(text, ' ', sizeof(text));
	memcpy(text, GOOD, strlen(GOOD));
	say_bytes(text, sizeof(text)); /* the datagram */
	say_bytes(text, 5000); /* the line */
	say_bytes(text, 4000);
	memset(text, '[', 4000);
	say_bytes(text, 4000);
	say(GOOD);
	assert_int_equal(w.events, 2);
	sw_mta_socket_counts(w.socket, &n);
	assert_int_equal(n.bad, 3);
}

static void anything(void **state)
{
	uint64_t random = 20261126;
	char bytes[300];

	for (int i = 0; i < 20000; i++) {
		size_t n = sw_random(&random) % sizeof(bytes);

		snprintf(bytes, sizeof(bytes), "%s", GOOD "\n" GOOD);
		for (size_t k = strlen(GOOD); i % 2 == 0 && k < n; k++)
			bytes[k] = (char)sw_random(&random);
		for (int k = 0; k < 3; k++)
			bytes[sw_random(&random) % sizeof(bytes)] = (char)sw_random(&random);
		say_bytes(bytes, n);
	}
	event_base_loop(w.base, EVLOOP_NONBLOCK);
	say(GOOD);
	assert_true(w.events >= 1);
	assert_in_range(w.notes, 1, 200);
}

/* A flood does not keep the loop: it is read some datagrams at a turn. */
static void in_turns(void **state)
{
	unsigned sent = 0;

	while (send(w.fd, GOOD, strlen(GOOD), 0) > 0)
		sent++;
	assert_int_equal(errno, EAGAIN); /* who writes is told at once */
	event_base_loop(w.base, EVLOOP_NONBLOCK | EVLOOP_ONCE);
	assert_in_range(w.events, 1, 32);
	for (int i = 0; i < 1000 && w.events < sent; i++)
		event_base_loop(w.base, EVLOOP_NONBLOCK | EVLOOP_ONCE);
	assert_int_equal(w.events, sent);
}

static void the_file(void **state)
{
	struct sw_err err;
	struct stat st;
	char name[200];

	w.socket = sw_mta_socket_close(w.socket);
	assert_int_equal(stat(folder_path(w.folder, "events"), &st), -1);
	assert_int_equal(send(w.fd, GOOD, 1, 0), -1); /* and whoever writes knows */
	folder_write(w.folder, "events", "not a socket");
	assert_int_equal(open_socket("events", &err), -EEXIST);
	assert_int_equal(unlink(folder_path(w.folder, "events")), 0);
	memset(name, 'x', sizeof(name));
	name[sizeof(name) - 1] = '\0';
	assert_int_equal(open_socket(name, &err), -ENAMETOOLONG);
	assert_int_equal(open_socket("nosuch/events", &err), -ENOENT);
	assert_int_equal(open_socket("events", &err), 0);
}

/* One that a killed daemon has left, and one that is another's by now. */
static void what_was_left(void **state)
{
	struct sw_mta_socket *first = w.socket;
	struct sw_err err;
	struct stat st;

	assert_int_equal(open_socket("events", &err), 0);
	sw_mta_socket_close(first);
	assert_int_equal(stat(folder_path(w.folder, "events"), &st), 0);
	close(w.fd);
	connect_to("events");
	say(GOOD);
	assert_int_equal(w.events, 1);
}

int main(void)
{
#define ON_SOCKET(name) cmocka_unit_test_setup_teardown(name, setup_socket, teardown_socket)
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(an_event, forget),
		cmocka_unit_test_teardown(events_that_are_none, forget),
		cmocka_unit_test_teardown(a_report, forget),
		ON_SOCKET(lines),
		ON_SOCKET(too_long),
		ON_SOCKET(anything),
		ON_SOCKET(in_turns),
		ON_SOCKET(the_file),
		ON_SOCKET(what_was_left),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
