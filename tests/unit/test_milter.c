/* SPDX-License-Identifier: GPL-2.0-only */
/* The milter without libmilter: sessions become events, events lines, lines events; traps; the outbox. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "daemon/mta_json.h"
#include "milter/outbox.h"
#include "milter/session.h"
#include "mta/wire.h"

static struct sw_traps *traps;

static int setup(void **state)
{
	static const char text[] =
		"# ours\nTrap@Example.org # never anybody's\r\n\n  @trap.example\t\n";

	return sw_traps_parse(text, sizeof(text) - 1, &traps, NULL);
}

static int teardown(void **state)
{
	traps = sw_traps_free(traps);
	return 0;
}

/* ---- sessions ---- */

static void open_session(struct sw_session *session, const char *address)
{
	struct sockaddr_in in = { .sin_family = AF_INET };
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6 };

	if (inet_pton(AF_INET, address, &in.sin_addr) == 1) {
		sw_session_connect(session, (const struct sockaddr *)&in);
	} else {
		assert_int_equal(inet_pton(AF_INET6, address, &in6.sin6_addr), 1);
		sw_session_connect(session, (const struct sockaddr *)&in6);
	}
}

static void mail_from(struct sw_session *session, const char *address)
{
	open_session(session, address);
	sw_session_mail(session, "<a@sender.example>", NULL);
}

/* The event as a line, or "". */
static const char *line_of(bool made, const struct sw_mta_event *event)
{
	static char line[SW_MTA_LINE + 1];
	int n = 0;

	if (made) {
		n = sw_mta_wire_put(event, line);
		assert_true(n > 1 && line[n - 1] == '\n');
		n--;
	}
	line[n] = '\0';
	return line;
}

static const char *rcpt(struct sw_session *session, const char *to, const char *mailer,
			const char *host, const char *addr)
{
	struct sw_session_rcpt rcpt = { to, mailer, host, addr };
	struct sw_mta_event event;

	return line_of(sw_session_rcpt(session, &rcpt, traps, &event), &event);
}

static const char *end(struct sw_session *session)
{
	struct sw_mta_event event;

	return line_of(sw_session_end(session, &event), &event);
}

#define LINE(event, number, more) \
	"{\"kind\":\"" event "\",\"source\":\"192.0.2.1\",\"n\":" number more "}"
#define TO(rcpt) ",\"rcpt\":\"" rcpt "\""

static void test_accepted(void **state)
{
	struct sw_session session;

	mail_from(&session, "192.0.2.1");
	assert_string_equal(rcpt(&session, "<a@x>", "local", "", "a"), "");
	assert_string_equal(rcpt(&session, "<b@x>", NULL, NULL, NULL), "");
	assert_string_equal(end(&session), LINE("accepted-rcpt", "2", ""));
	/* Once. */
	assert_string_equal(end(&session), "");
	/* RSET between. */
	sw_session_mail(&session, "<a@sender.example>", NULL);
	assert_string_equal(rcpt(&session, "<a@x>", "local", "", "a"), "");
	sw_session_abort(&session);
	assert_string_equal(end(&session), "");
	sw_session_mail(&session, "<>", NULL);
	assert_string_equal(rcpt(&session, "<c@x>", "local", "", "c"), "");
	assert_string_equal(end(&session), LINE("accepted-rcpt", "1", ""));
}

static void test_rejected(void **state)
{
	static const struct {
		const char *host, *addr, *event;
	} table[] = {
		{ "5.1.1", "550 5.1.1 <u@x>: Recipient address rejected: User unknown",
		  "unknown-rcpt" },
		{ "5.1.1", "<u@x>: Recipient address rejected: User unknown", "unknown-rcpt" },
		{ NULL, "550 5.1.1 no", "unknown-rcpt" },
		{ "nouser", "User unknown", "unknown-rcpt" },
		{ "5.2.1", "<u@x>: closed", "disabled-rcpt" },
		{ "5.1.6", "<u@x>: Recipient address rejected: User has moved to v@x",
		  "disabled-rcpt" },
		{ "5.7.1", "<u@x>: Relay access denied", "relay-reject" },
		{ "5.7.1", "550 5.7.1 <u@x>... Relaying denied", "relay-reject" },
		{ "5.7.1", "Service unavailable; Client host blocked", "other-reject" },
		{ "5.1.10", "550 5.1.10 null MX", "other-reject" },
		{ NULL, NULL, "other-reject" },
		/* of the sender */
		{ "5.1.0",
		  "550 5.1.0 <s@x>: Sender address rejected: User unknown in virtual mailbox table",
		  "other-reject" },
		{ "5.1.7",
		  "<s@y>: Sender address rejected: undeliverable address: host m[192.0.2.9] said: "
		  "550 5.1.1 <s@y>: User unknown",
		  "other-reject" },
		{ "4.1.1", "450 4.1.1 <u@x>: unverified", "" },
		{ "4.7.1", "Greylisted: user unknown", "" },
		{ NULL, "451 User unknown, later", "" },
	};
	struct sw_session session;
	char want[256];

	mail_from(&session, "192.0.2.1");
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		snprintf(want, sizeof(want),
			 "{\"kind\":\"%s\",\"source\":\"192.0.2.1\",\"n\":1,\"rcpt\":\"u@"
			 "x\"}",
			 table[i].event);
		assert_string_equal(rcpt(&session, "<u@x>", "error", table[i].host, table[i].addr),
				    table[i].event[0] ? want : "");
	}
	assert_string_equal(end(&session), "");
}

/* Nobody's clients but the internet's, and only those who did not log in. */
static void test_nobody(void **state)
{
	static const char *const local[] = { "127.0.0.1", "::1", "::ffff:127.0.0.1",
					     "0.0.0.0",	  "::",	 "fe80::1" };
	struct sw_session session;

	for (size_t i = 0; i < sizeof(local) / sizeof(local[0]); i++) {
		mail_from(&session, local[i]);
		assert_string_equal(rcpt(&session, "<u@x>", "error", "5.1.1", "no"), "");
		assert_string_equal(rcpt(&session, "<a@x>", "local", "", "a"), "");
		assert_string_equal(end(&session), "");
	}
	sw_session_connect(&session, NULL);
	sw_session_mail(&session, NULL, NULL);
	assert_string_equal(rcpt(&session, "u", "error", "5.1.1", "no"), "");
	sw_session_connect(&session,
			   (const struct sockaddr *)&(struct sockaddr_un){ .sun_family = AF_UNIX });
	assert_string_equal(rcpt(&session, "u", "error", "5.1.1", "no"), "");
	mail_from(&session, "192.0.2.1");
	sw_session_mail(&session, "<a@x>", "user");
	assert_string_equal(rcpt(&session, "<u@x>", "error", "5.1.1", "no"), "");
	assert_string_equal(rcpt(&session, "<trap@example.org>", "local", "", ""), "");
	assert_string_equal(end(&session), "");
	/* Logged in no more. */
	sw_session_mail(&session, "<a@x>", "");
	assert_string_equal(rcpt(&session, "<u@x>", "error", "5.1.1", "no"),
			    LINE("unknown-rcpt", "1", TO("u@x")));
}

static void test_sources(void **state)
{
	struct sw_session session;
	struct sw_mta_event event;
	char text[SW_PREFIX_TEXT];

	mail_from(&session, "::ffff:192.0.2.1");
	assert_string_equal(rcpt(&session, "u@x", "error", "5.1.1", "no"),
			    LINE("unknown-rcpt", "1", TO("u@x")));
	mail_from(&session, "2001:db8::1");
	assert_true(sw_session_rcpt(
		&session, &(struct sw_session_rcpt){ "u", "error", "5.1.1", "" }, NULL, &event));
	assert_string_equal(sw_prefix_format(&event.source, text), "2001:db8::1");
}

static void test_trap_hits(void **state)
{
	struct sw_session session;

	mail_from(&session, "192.0.2.1");
	assert_string_equal(rcpt(&session, "<TRAP@example.ORG>", "local", "", "x"),
			    LINE("trap", "1", TO("TRAP@example.ORG")));
	assert_string_equal(rcpt(&session, "<any@trap.example>", "error", "5.1.1", "no"),
			    LINE("trap", "1", TO("any@trap.example")));
	assert_string_equal(end(&session), "");
	/* Who returns forged mail is not who forged it. */
	sw_session_mail(&session, "<>", NULL);
	assert_string_equal(rcpt(&session, "<trap@example.org>", "local", "", "x"), "");
	assert_string_equal(end(&session), LINE("accepted-rcpt", "1", ""));
}

/* ---- traps ---- */

static void must_refuse(const char *text, const char *words)
{
	struct sw_traps *none = NULL;
	struct sw_err err = { "" };

	assert_int_equal(sw_traps_parse(text, strlen(text), &none, &err), -EINVAL);
	assert_null(none);
	assert_non_null(strstr(err.text, words));
}

static bool is_trap(const char *address)
{
	return sw_traps_has(traps, address, strlen(address));
}

static void test_traps(void **state)
{
	static char longest[1000];

	assert_int_equal(sw_traps_count(traps), 2);
	assert_true(is_trap("trap@example.org"));
	assert_true(is_trap("trap+tag@example.org"));
	assert_true(is_trap("x@TRAP.example"));
	assert_false(is_trap("x@sub.trap.example"));
	assert_false(is_trap("trap@example.com"));
	assert_false(is_trap("trap"));
	assert_false(is_trap(""));
	assert_false(sw_traps_has(NULL, "a@b", 3));
	memset(longest, 'a', sizeof(longest) - 1);
	assert_false(is_trap(longest));
	must_refuse("a@b\nnonsense\n", "line 2");
	must_refuse("a@", "line 1");
	must_refuse("a@b@c", "line 1");
	must_refuse("a b@c", "line 1");
	must_refuse(longest, "line 1");
}

/* ---- lines ---- */

static void test_wire(void **state)
{
	char line[SW_MTA_LINE], name[1000];
	struct sw_mta_event event = { .kind = SW_MTA_TRAP,
				      .source = sw_prefix_ip6(0x20010db8ull << 32, 1, 128),
				      .recipients = 7,
				      .time_ms = 1700000000123 };
	struct sw_mta_event back;
	struct sw_err err = { "" };
	json_t *object;
	int n;

	/* Anything in the recipient, and more of it than there may be. */
	for (size_t i = 0; i < sizeof(name); i++)
		name[i] = (char)(i * 7 + 1);
	event.rcpt = name;
	event.rcpt_n = sizeof(name);
	n = sw_mta_wire_put(&event, line);
	assert_true(n > 0 && memchr(line, '\n', (size_t)n) == line + n - 1);
	for (int i = 0; i < n - 1; i++)
		assert_true(line[i] >= 0x20 && line[i] <= 0x7f);
	object = json_loadb(line, (size_t)n, JSON_REJECT_DUPLICATES, NULL);
	assert_int_equal(sw_mta_json_event(object, &back, &err), 0);
	assert_int_equal(back.kind, SW_MTA_TRAP);
	assert_int_equal(sw_prefix_cmp(&back.source, &event.source), 0);
	assert_int_equal(back.recipients, 7);
	assert_int_equal(back.time_ms, 1700000000123);
	assert_in_range(back.rcpt_n, 1, 3 * SW_MTA_RCPT);
	json_decref(object);
}

/* ---- the outbox ---- */

static int listen_at(char path[64])
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_DGRAM, 0);

	strcpy(un.sun_path, path);
	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (const struct sockaddr *)&un, sizeof(un)), 0);
	return fd;
}

/* Lines that were put while nobody listened arrive, whole and in order, and the rest was counted. */
static void test_outbox(void **state)
{
	char folder[] = "/tmp/synward-test-outbox.XXXXXX", path[64], line[1000];
	static char datagram[65536];
	struct sw_outbox_counts counts;
	struct sw_outbox *outbox = NULL;
	unsigned put = 0, got = 0;
	int fd;

	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/s", folder);
	assert_int_equal(sw_outbox_start(path, &outbox), 0);
	for (unsigned i = 0; i < 2000; i++) {
		int n = snprintf(line, sizeof(line), "%u %0*u\n", i, 200 + (int)(i % 50), 0);

		put += !sw_outbox_put(outbox, line, (size_t)n);
	}
	counts = sw_outbox_counts(outbox);
	assert_int_equal(counts.put, 2000);
	assert_int_equal(counts.dropped, 2000 - put);
	assert_true(put > 500 && put < 2000);
	fd = listen_at(path);
	while (got < put) {
		ssize_t n = recv(fd, datagram, sizeof(datagram) - 1, 0);

		assert_in_range(n, 1, 16384);
		assert_int_equal(datagram[n - 1], '\n');
		datagram[n] = '\0';
		for (char *at = datagram; *at; at = strchr(at, '\n') + 1)
			assert_int_equal(strtoul(at, NULL, 10), got++);
	}
	assert_int_equal(got, put);
	outbox = sw_outbox_stop(outbox, 1000);
	assert_null(outbox);
	close(fd);
	unlink(path);
	rmdir(folder);
}

static void test_outbox_nobody(void **state)
{
	struct sw_outbox *outbox = NULL;
	char longest[200];

	memset(longest, 'a', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	assert_int_equal(sw_outbox_start(longest, &outbox), -ENAMETOOLONG);
	assert_int_equal(sw_outbox_start("/nonexistent/socket", &outbox), 0);
	assert_int_equal(sw_outbox_put(outbox, "x\n", 2), 0);
	sw_outbox_stop(outbox, 0);
	assert_null(sw_outbox_stop(NULL, 0));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_accepted),      cmocka_unit_test(test_rejected),
		cmocka_unit_test(test_nobody),	      cmocka_unit_test(test_sources),
		cmocka_unit_test(test_trap_hits),     cmocka_unit_test(test_traps),
		cmocka_unit_test(test_wire),	      cmocka_unit_test(test_outbox),
		cmocka_unit_test(test_outbox_nobody),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
