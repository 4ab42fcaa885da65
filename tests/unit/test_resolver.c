/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The resolver against scripted name servers (support/dns_server.h), in a network namespace
 * of the test's own: every kind of answer and of silence, and that nothing is left behind.
 */
#include <dirent.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include <event2/event.h>

#include "dns/cache.h"
#include "dns/resolver.h"
#include "support/dns_server.h"

#define TIMEOUT_MS 200 /* a machine that is busy may make one more try of it */
#define MANY 2000

static bool allowed;
static struct event_base *base;
static struct dns_server *server, *second;
static struct sw_resolver *resolver;
static const struct sw_dns *dns;
static struct sw_dns_cache *cache;
static struct sw_resolver_options options;
static unsigned notes;
static int note_level;
static char note_text[256];

struct result {
	unsigned called;
	enum sw_dns_status status;
	enum sw_dns_trouble trouble;
	uint32_t ttl;
	size_t n;
	uint8_t a[4];
};

/* ---- the system's clock, and what a test does not want to wait for ---- */

static int64_t skipped_ms;

static int64_t skipping_wall(void *ctx)
{
	return sw_clock_wall_ms(sw_clock_system()) + skipped_ms;
}

static uint64_t skipping_monotonic(void *ctx)
{
	return sw_clock_monotonic_ns(sw_clock_system()) + (uint64_t)skipped_ms * 1000000;
}

static const struct sw_clock skipping_clock = { skipping_wall, skipping_monotonic, NULL };

/* ---- before and after each ---- */

static unsigned descriptors(void)
{
	DIR *dir = opendir("/proc/self/fd");
	unsigned n = 0;

	while (dir && readdir(dir))
		n++;
	closedir(dir);
	return n;
}

static void on_note(void *ctx, int level, const char *text)
{
	notes++;
	note_level = level;
	snprintf(note_text, sizeof(note_text), "%s", text);
}

static void open_resolver(void)
{
	struct sw_err err = { "" };

	if (sw_resolver_open(&options, &resolver, &err))
		fail_msg("%s", err.text);
	dns = sw_resolver_dns(resolver);
}

/* With these servers, and otherwise as options are. */
static void reopen(const char *const *servers, size_t n)
{
	sw_resolver_close(resolver);
	options.server = servers;
	options.servers = n;
	open_resolver();
}

static int open_all(void **unused)
{
	static const char *const one[] = { "127.0.0.1" };

	if (!allowed)
		return 0;
	base = event_base_new();
	server = dns_server_open(base, "127.0.0.1");
	notes = 0;
	cache = NULL;
	options = (struct sw_resolver_options){
		.base = base,
		.clock = &skipping_clock,
		.timeout_ms = TIMEOUT_MS,
		.tries = 2,
		.note = on_note,
	};
	resolver = NULL;
	second = NULL;
	reopen(one, 1);
	return 0;
}

static int close_all(void **unused)
{
	if (!allowed)
		return 0;
	resolver = sw_resolver_close(resolver);
	cache = sw_dns_cache_close(cache);
	dns_server_close(server);
	dns_server_close(second);
	event_base_free(base);
	return 0;
}

static void with_cache(void)
{
	const struct sw_dns_cache_options o = {
		.max_bytes = 1 << 20,
		.max_entries = 1000,
		.ttl_min = 1,
		.ttl_max = 3600,
		.negative_max = 600,
		.failed = 5,
	};
	static const char *const one[] = { "127.0.0.1" };

	assert_int_equal(sw_dns_cache_open(&o, &cache), 0);
	options.cache = cache;
	reopen(one, 1);
}

static void with_second(void)
{
	static const char *const two[] = { "127.0.0.1", "127.0.0.2" };

	second = dns_server_open(base, "127.0.0.2");
	reopen(two, 2);
}

/* ---- asking ---- */

static void on_answer(void *ctx, const struct sw_dns_answer *answer)
{
	struct result *r = ctx;

	r->called++;
	r->status = answer->status;
	r->trouble = answer->trouble;
	r->ttl = answer->ttl;
	r->n = answer->n;
	if (answer->n)
		memcpy(r->a, answer->record[0].a, sizeof(r->a));
}

static void turn(int ms)
{
	const struct timeval wait = { ms / 1000, ms % 1000 * 1000 };

	event_base_loopexit(base, &wait);
	event_base_loop(base, 0);
}

static void wait_for(const unsigned *called, unsigned want)
{
	for (int i = 0; i < 5000 && *called < want; i++)
		turn(1);
	assert_int_equal(*called, want);
}

static struct result ask_type(const char *name, enum sw_dns_type type)
{
	struct result r = { .called = 0 };

	sw_dns_ask(dns, name, type, on_answer, &r);
	wait_for(&r.called, 1);
	return r;
}

static struct result ask(const char *name)
{
	return ask_type(name, SW_DNS_A);
}

static struct sw_resolver_stats stats(void)
{
	struct sw_resolver_stats s;

	sw_resolver_stats(resolver, &s);
	return s;
}

#define NEEDS_NAMESPACE()                                                    \
	do {                                                                 \
		if (!allowed) {                                              \
			print_message("no network namespace may be made\n"); \
			skip();                                              \
		}                                                            \
	} while (0)

static void is_trouble(const char *name, enum sw_dns_trouble trouble)
{
	struct result r = ask(name);

	assert_int_equal(r.status, SW_DNS_TEMPFAIL);
	assert_int_equal(r.trouble, trouble);
	assert_int_equal(r.n, 0);
}

/* ---- answers ---- */

static void right_answers(void **unused)
{
	struct result r;

	NEEDS_NAMESPACE();
	r = ask("ok.example");
	assert_int_equal(r.status, SW_DNS_OK);
	assert_int_equal(r.n, 2);
	assert_int_equal(r.ttl, 60);
	assert_memory_equal(r.a, "\x7f\0\0\x02", 4);
	r = ask("nx.example");
	assert_int_equal(r.status, SW_DNS_NXDOMAIN);
	assert_int_equal(r.ttl, 70);
	r = ask("nodata.example");
	assert_int_equal(r.status, SW_DNS_NODATA);
	assert_int_equal(r.ttl, 80);
	r = ask_type("ok.example", SW_DNS_TXT);
	assert_int_equal(r.status, SW_DNS_NODATA);
	r = ask("chain.example");
	assert_int_equal(r.status, SW_DNS_OK);
	assert_int_equal(r.ttl, 40);
	assert_memory_equal(r.a, "\x7f\0\0\x09", 4);
	r = ask("empty.example");
	assert_int_equal(r.status, SW_DNS_OK);
	assert_int_equal(notes, 0);
}

static void no_answers(void **unused)
{
	NEEDS_NAMESPACE();
	is_trouble("servfail.example", SW_DNS_SERVFAIL);
	is_trouble("refused.example", SW_DNS_REFUSED);
	is_trouble("malformed.example", SW_DNS_MALFORMED);
	is_trouble("loop.example", SW_DNS_MALFORMED);
	/* asked once each: the same server says the same again */
	assert_int_equal(dns_server_counts(server).udp, 4);
}

static void what_is_not_taken_for_an_answer(void **unused)
{
	NEEDS_NAMESPACE();
	is_trouble("silent.example", SW_DNS_TIMEOUT);
	is_trouble("wrongid.example", SW_DNS_TIMEOUT);
	is_trouble("wrongname.example", SW_DNS_TIMEOUT);
	is_trouble("garbage.example", SW_DNS_TIMEOUT);
	assert_int_equal(dns_server_counts(server).udp, 8);
	assert_int_equal(stats().timeouts, 8);
}

static void names_that_are_none(void **unused)
{
	NEEDS_NAMESPACE();
	is_trouble("", SW_DNS_MALFORMED);
	is_trouble("a..b", SW_DNS_MALFORMED);
	assert_int_equal(dns_server_counts(server).udp, 0);
	assert_int_equal(stats().malformed, 2);
}

static void truncated(void **unused)
{
	struct result r;

	NEEDS_NAMESPACE();
	r = ask("tc.example");
	assert_int_equal(r.status, SW_DNS_OK);
	assert_int_equal(r.n, 2);
	assert_int_equal(dns_server_counts(server).udp, 1);
	assert_int_equal(dns_server_counts(server).tcp, 1);
	assert_int_equal(stats().sent_tcp, 1);
}

static void many_truncated(void **unused)
{
	struct result r[50] = { { .called = 0 } };
	struct result other = { .called = 0 };
	unsigned ok = 0;
	char name[32];

	NEEDS_NAMESPACE();
	for (int i = 0; i < 50; i++) {
		snprintf(name, sizeof(name), "tc-%d.example", i);
		sw_dns_ask(dns, name, SW_DNS_A, on_answer, &r[i]);
	}
	/* a connection that ends harms nobody who asked over UDP */
	sw_dns_ask(dns, "late.example", SW_DNS_A, on_answer, &other);
	dns_server_late_ms(server, 100);
	for (int i = 0; i < 50; i++) {
		wait_for(&r[i].called, 1);
		ok += r[i].status == SW_DNS_OK;
	}
	assert_int_equal(ok, 50);
	wait_for(&other.called, 1);
	assert_int_equal(other.status, SW_DNS_OK);
}

static void truncated_and_then_nothing(void **unused)
{
	struct result r;

	NEEDS_NAMESPACE();
	is_trouble("tcclose.example", SW_DNS_NO_SERVER);
	is_trouble("tchang.example", SW_DNS_TIMEOUT);
	r = ask("tc.example"); /* on a new connection */
	assert_int_equal(r.status, SW_DNS_OK);
}

static void server_without_edns(void **unused)
{
	struct result r[10] = { { .called = 0 } };
	char name[32];

	NEEDS_NAMESPACE();
	for (int i = 0; i < 10; i++) {
		snprintf(name, sizeof(name), "plain-%d.example", i);
		sw_dns_ask(dns, name, SW_DNS_A, on_answer, &r[i]);
	}
	for (int i = 0; i < 10; i++) {
		wait_for(&r[i].called, 1);
		assert_int_equal(r[i].status, SW_DNS_OK);
	}
	assert_int_equal(ask("plain.example").status, SW_DNS_OK);
	assert_int_equal(dns_server_counts(server).udp, 21); /* knows by then */
}

/* ---- who waits ---- */

static void joined(void **unused)
{
	static struct result r[MANY];

	NEEDS_NAMESPACE();
	memset(r, 0, sizeof(r));
	for (int i = 0; i < MANY; i++)
		assert_true(sw_dns_ask(dns, i % 2 ? "LATE.example." : "late.example", SW_DNS_A,
				       on_answer, &r[i]));
	dns_server_late_ms(server, 50);
	for (int i = 0; i < MANY; i++) {
		wait_for(&r[i].called, 1);
		assert_int_equal(r[i].status, SW_DNS_OK);
	}
	assert_in_range(dns_server_counts(server).udp, 1, 2);
	assert_int_equal(stats().joined, MANY - 1);
}

static void cancelled(void **unused)
{
	struct result r[4] = { { .called = 0 } };
	sw_dns_ticket ticket[4];

	NEEDS_NAMESPACE();
	ticket[0] = sw_dns_ask(dns, "ok.example", SW_DNS_A, on_answer, &r[0]);
	sw_dns_cancel(dns, ticket[0]); /* before it went out */
	ticket[1] = sw_dns_ask(dns, "ok.example", SW_DNS_A, on_answer, &r[1]);
	ticket[2] = sw_dns_ask(dns, "silent.example", SW_DNS_A, on_answer, &r[2]);
	ticket[3] = sw_dns_ask(dns, "silent.example", SW_DNS_A, on_answer, &r[3]);
	wait_for(&r[1].called, 1);
	sw_dns_cancel(dns, ticket[1]); /* after it was answered */
	turn(TIMEOUT_MS + 50);
	sw_dns_cancel(dns, ticket[2]); /* between two tries */
	wait_for(&r[3].called, 1);
	assert_int_equal(r[0].called, 0);
	assert_int_equal(r[1].called, 1);
	assert_int_equal(r[2].called, 0);
}

static void nobody_waits_any_more(void **unused)
{
	struct result r = { .called = 0 };

	NEEDS_NAMESPACE();
	with_cache();
	sw_dns_cancel(dns, sw_dns_ask(dns, "ok.example", SW_DNS_A, on_answer, &r));
	sw_dns_cancel(dns, sw_dns_ask(dns, "silent.example", SW_DNS_A, on_answer, &r));
	turn(3 * TIMEOUT_MS);
	assert_int_equal(r.called, 0);
	assert_int_equal(stats().under_way, 0);
	assert_int_equal(dns_server_counts(server).udp, 2); /* no second try */
	ask("ok.example");
	assert_int_equal(stats().cached, 1); /* the answer was kept */
}

struct chain {
	unsigned called, depth;
	sw_dns_ticket other;
};

static void ask_on(void *ctx, const struct sw_dns_answer *answer)
{
	struct chain *c = ctx;
	char name[32];

	assert_int_equal(answer->status, SW_DNS_OK);
	sw_dns_cancel(dns, c->other);
	if (++c->called == c->depth)
		return;
	snprintf(name, sizeof(name), "ok-%u.example", c->called);
	sw_dns_ask(dns, name, SW_DNS_A, ask_on, c);
}

static void ask_and_cancel_from_an_answer(void **unused)
{
	struct chain c = { .depth = 200 };
	struct result r = { .called = 0 };

	NEEDS_NAMESPACE();
	c.other = sw_dns_ask(dns, "late.example", SW_DNS_A, on_answer, &r);
	sw_dns_ask(dns, "ok.example", SW_DNS_A, ask_on, &c);
	wait_for(&c.called, c.depth);
	turn(400);
	assert_int_equal(r.called, 0);
}

/* ---- cache ---- */

static void cached(void **unused)
{
	struct result r;

	NEEDS_NAMESPACE();
	with_cache();
	ask("ttl300.example");
	r = ask("TTL300.example");
	assert_int_equal(r.status, SW_DNS_OK);
	assert_in_range(r.ttl, 295, 300);
	ask("ttl0.example");
	ask("ttl0.example");
	ask("nx.example");
	assert_int_equal(ask("nx.example").status, SW_DNS_NXDOMAIN);
	assert_int_equal(dns_server_counts(server).udp, 3);
	is_trouble("servfail.example", SW_DNS_SERVFAIL);
	is_trouble("servfail.example", SW_DNS_SERVFAIL);
	assert_int_equal(dns_server_counts(server).udp, 4);
	assert_int_equal(ask("ttl999999.example").ttl, 3600); /* the first time, too */
}

static void on_anew(void *ctx, const struct sw_dns_answer *answer)
{
	((struct result *)ctx)->called++;
	((struct result *)ctx)->status = answer->status;
}

/* Past the cache; and the answer is kept for those who do not mind. */
static void asked_anew(void **unused)
{
	struct result r = { .called = 0 };

	NEEDS_NAMESPACE();
	with_cache();
	ask("ttl300.example");
	ask("nx.example");
	sw_dns_ask_anew(dns, "ttl300.example", SW_DNS_A, on_anew, &r);
	sw_dns_ask_anew(dns, "ttl300.example", SW_DNS_A, on_anew, &r); /* joined */
	assert_int_equal(r.called, 0);
	turn(TIMEOUT_MS);
	assert_int_equal(r.called, 2);
	assert_int_equal(r.status, SW_DNS_OK);
	assert_int_equal(dns_server_counts(server).udp, 3);
	assert_int_equal(stats().joined, 1);
	ask("ttl300.example");
	sw_dns_ask_anew(dns, "nx.example", SW_DNS_A, on_anew, &r);
	turn(TIMEOUT_MS);
	assert_int_equal(r.status, SW_DNS_NXDOMAIN);
	assert_int_equal(dns_server_counts(server).udp, 4);
}

static void too_late_for_who_asked(void **unused)
{
	NEEDS_NAMESPACE();
	with_cache();
	dns_server_late_ms(server, 3 * TIMEOUT_MS);
	is_trouble("late.example", SW_DNS_TIMEOUT);
	turn(4 * TIMEOUT_MS);
	assert_int_equal(ask("late.example").status, SW_DNS_OK);
	assert_int_equal(dns_server_counts(server).udp, 2);
}

/* ---- servers ---- */

static void second_try(void **unused)
{
	struct result r = { .called = 0 };

	NEEDS_NAMESPACE();
	dns_server_mute(server, true);
	sw_dns_ask(dns, "ok.example", SW_DNS_A, on_answer, &r);
	turn(TIMEOUT_MS / 2);
	dns_server_mute(server, false);
	wait_for(&r.called, 1);
	assert_int_equal(r.status, SW_DNS_OK);
	assert_int_equal(dns_server_counts(server).udp, 2);
}

static void other_server_knows(void **unused)
{
	NEEDS_NAMESPACE();
	with_second();
	dns_server_rcode(server, 2);
	for (int i = 0; i < 10; i++)
		assert_int_equal(ask("ok.example").status, SW_DNS_OK);
	dns_server_rcode(second, 2);
	is_trouble("ok.example", SW_DNS_SERVFAIL);
}

static void one_of_two_is_dead(void **unused)
{
	struct sw_resolver_server_state state;
	unsigned before;

	NEEDS_NAMESPACE();
	with_second();
	dns_server_mute(server, true);
	for (int i = 0; i < 10; i++)
		assert_int_equal(ask("ok.example").status, SW_DNS_OK);
	for (int i = 0; i < 60 && !notes; i++) {
		ask("ok.example");
		turn(20);
	}
	/* the fastest is asked mostly, the dead one only now and then: make it be asked */
	for (int i = 0; i < 1000 && !notes; i++) {
		ask("ok.example");
		if (i % 50 == 0)
			turn(100);
	}
	assert_int_equal(notes, 1);
	assert_int_equal(note_level, LOG_WARNING);
	assert_string_equal(note_text, "name server 127.0.0.1 does not answer");
	assert_true(sw_resolver_server(resolver, 0, &state));
	assert_true(state.troubled);
	before = dns_server_counts(server).udp;
	for (int i = 0; i < 200; i++)
		assert_int_equal(ask("ok.example").status, SW_DNS_OK);
	assert_int_equal(dns_server_counts(server).udp, before);
	dns_server_mute(server, false);
	for (int i = 0; i < 60 && notes < 2; i++)
		turn(100);
	assert_int_equal(notes, 2);
	assert_int_equal(note_level, LOG_NOTICE);
	assert_string_equal(note_text, "name server 127.0.0.1 answers again");
	assert_true(dns_server_counts(server).probes > 0);
	assert_false(sw_resolver_server(resolver, 2, &state));
}

static void all_are_dead(void **unused)
{
	struct result r[100] = { { .called = 0 } };
	char name[32];

	NEEDS_NAMESPACE();
	dns_server_mute(server, true);
	for (int i = 0; i < 100; i++) {
		snprintf(name, sizeof(name), "ok-%d.example", i);
		sw_dns_ask(dns, name, SW_DNS_A, on_answer, &r[i]);
	}
	for (int i = 0; i < 100; i++) {
		wait_for(&r[i].called, 1);
		assert_int_equal(r[i].status, SW_DNS_TEMPFAIL);
	}
	for (int i = 0; i < 30 && !notes; i++)
		turn(100);
	assert_int_equal(notes, 1);
	/* at once, and without a query */
	r[0].called = 0;
	assert_int_equal(sw_dns_ask(dns, "ok.example", SW_DNS_A, on_answer, &r[0]), 0);
	assert_int_equal(r[0].called, 1);
	assert_int_equal(r[0].trouble, SW_DNS_NO_SERVER);
	dns_server_mute(server, false);
	for (int i = 0; i < 60 && notes < 2; i++)
		turn(100);
	assert_int_equal(ask("ok.example").status, SW_DNS_OK);
}

/* Its zone is dead, but the server is well: it answers its probe, and is asked on. */
static void dead_zone_is_not_a_dead_server(void **unused)
{
	struct result r[200] = { { .called = 0 } };
	char name[32];

	NEEDS_NAMESPACE();
	for (int i = 0; i < 200; i++) {
		snprintf(name, sizeof(name), "silent-%d.example", i);
		sw_dns_ask(dns, name, SW_DNS_A, on_answer, &r[i]);
	}
	for (int i = 0; i < 200; i++)
		wait_for(&r[i].called, 1);
	turn(4 * TIMEOUT_MS);
	assert_int_equal(notes, 0);
	assert_true(dns_server_counts(server).probes > 0);
	assert_int_equal(ask("ok.example").status, SW_DNS_OK);
}

static void nobody_listens(void **unused)
{
	static const char *const nobody[] = { "127.0.0.77" };
	struct result r;

	NEEDS_NAMESPACE();
	reopen(nobody, 1);
	r = ask("ok.example");
	assert_int_equal(r.status, SW_DNS_TEMPFAIL);
	assert_int_equal(r.trouble, SW_DNS_NO_SERVER);
	for (int i = 0; i < 30 && !notes; i++) {
		ask("ok.example");
		turn(50);
	}
	assert_int_equal(notes, 1);
}

static void no_way_there(void **unused)
{
	static const char *const nowhere[] = { "192.0.2.1", "2001:db8::1" };

	NEEDS_NAMESPACE();
	reopen(nowhere, 2);
	is_trouble("ok.example", SW_DNS_NO_SERVER);
}

static void over_ipv6_there_is_nobody_but_the_other(void **unused)
{
	static const char *const servers[] = { "[::1]:53", "127.0.0.1:53" };

	NEEDS_NAMESPACE();
	reopen(servers, 2);
	for (int i = 0; i < 5; i++)
		assert_int_equal(ask("ok.example").status, SW_DNS_OK);
}

static void addresses_that_are_none(void **unused)
{
	static const char *const wrong[] = { "127.0.0.1", "dns.example" };
	static const char *const nine[9] = { "::1", "::1", "::1", "::1", "::1",
					     "::1", "::1", "::1", "::1" };
	struct sw_resolver *none = NULL;
	struct sw_err err = { "" };

	NEEDS_NAMESPACE();
	options.server = wrong;
	options.servers = 2;
	assert_int_equal(sw_resolver_open(&options, &none, &err), -EINVAL);
	assert_non_null(strstr(err.text, "dns.example"));
	options.server = nine;
	options.servers = 9;
	assert_int_equal(sw_resolver_open(&options, &none, &err), -EINVAL);
	assert_non_null(strstr(err.text, "9 name servers"));
	assert_null(none);
}

static void those_of_the_machine(void **unused)
{
	struct sw_resolver_server_state state;

	NEEDS_NAMESPACE();
	reopen(NULL, 0);
	assert_true(sw_resolver_server(resolver, 0, &state));
	assert_true(state.address[0]);
}

/* ---- bounds ---- */

static void over_the_rate(void **unused)
{
	static struct result r[MANY];
	unsigned refused = 0;
	char name[32];

	NEEDS_NAMESPACE();
	memset(r, 0, sizeof(r));
	options.queries_per_second = 100;
	reopen((const char *const[]){ "127.0.0.1" }, 1);
	for (int i = 0; i < MANY; i++) {
		snprintf(name, sizeof(name), "ok-%d.example", i);
		sw_dns_ask(dns, name, SW_DNS_A, on_answer, &r[i]);
	}
	for (int i = 0; i < MANY; i++) {
		wait_for(&r[i].called, 1);
		if (r[i].status == SW_DNS_OK)
			continue;
		assert_int_equal(r[i].trouble, SW_DNS_OVER_BUDGET);
		refused++;
	}
	assert_in_range(MANY - refused, 100, 200); /* the machine may be slow */
	assert_int_equal(stats().over_budget, refused);
	assert_int_equal(dns_server_counts(server).udp, MANY - refused);
}

/* Second tries are in the budget, too. */
static void tries_are_over_the_rate(void **unused)
{
	static struct result r[100];
	char name[32];

	NEEDS_NAMESPACE();
	memset(r, 0, sizeof(r));
	options.queries_per_second = 100;
	options.timeout_ms = 50;
	options.tries = 10;
	reopen((const char *const[]){ "127.0.0.1" }, 1);
	for (int i = 0; i < 100; i++) {
		snprintf(name, sizeof(name), "silent-%d.example", i);
		sw_dns_ask(dns, name, SW_DNS_A, on_answer, &r[i]);
	}
	for (int i = 0; i < 100; i++) {
		wait_for(&r[i].called, 1);
		assert_int_equal(r[i].trouble, SW_DNS_TIMEOUT);
	}
	assert_in_range(dns_server_counts(server).udp, 100, 250);
}

static void too_many_at_the_same_time(void **unused)
{
	struct result r[10] = { { .called = 0 } };
	char name[32];

	NEEDS_NAMESPACE();
	options.outstanding = 8;
	reopen((const char *const[]){ "127.0.0.1" }, 1);
	for (int i = 0; i < 10; i++) {
		snprintf(name, sizeof(name), "silent-%d.example", i);
		sw_dns_ask(dns, name, SW_DNS_A, on_answer, &r[i]);
		assert_int_equal(r[i].called, i < 8 ? 0 : 1);
	}
	assert_int_equal(r[9].trouble, SW_DNS_OVER_BUDGET);
	for (int i = 0; i < 8; i++)
		wait_for(&r[i].called, 1);
	assert_int_equal(ask("ok.example").status, SW_DNS_OK);
}

/* As many as are lost nowhere: 512 for each socket. */
static void many_at_the_same_time(void **unused)
{
	static struct result r[MANY];
	unsigned ok = 0;
	char name[32];

	NEEDS_NAMESPACE();
	memset(r, 0, sizeof(r));
	for (int i = 0; i < MANY; i++) {
		snprintf(name, sizeof(name), "ok-%d.example", i);
		sw_dns_ask(dns, name, SW_DNS_A, on_answer, &r[i]);
	}
	for (int i = 0; i < MANY; i++) {
		wait_for(&r[i].called, 1);
		ok += r[i].status == SW_DNS_OK;
	}
	assert_true(ok >= MANY * 98 / 100); /* each had two tries */
	assert_true(dns_server_counts(server).ports > 1);
	assert_int_equal(stats().under_way, 0);
}

/* ---- the end ---- */

static void closed_with_questions_under_way(void **unused)
{
	static struct result r[MANY];
	char name[32];

	NEEDS_NAMESPACE();
	memset(r, 0, sizeof(r));
	for (int i = 0; i < MANY; i++) {
		const char *what = i % 3 == 0 ? "silent" : i % 3 == 1 ? "tchang" : "late";

		snprintf(name, sizeof(name), "%s-%d.example", what, i);
		sw_dns_ask(dns, name, SW_DNS_A, on_answer, &r[i]);
	}
	turn(30);
	resolver = sw_resolver_close(resolver);
	turn(200);
	for (int i = 0; i < MANY; i++)
		assert_int_equal(r[i].called, 0);
}

static void no_socket_is_left(void **unused)
{
	struct result silent[20] = { { .called = 0 } };
	char name[32];
	unsigned before;

	NEEDS_NAMESPACE();
	before = descriptors();
	for (int i = 0; i < 20; i++) {
		ask("ok.example");
		ask("tc.example");
		snprintf(name, sizeof(name), "silent-%d.example", i);
		sw_dns_ask(dns, name, SW_DNS_A, on_answer, &silent[i]);
	}
	for (int i = 0; i < 20; i++)
		wait_for(&silent[i].called, 1);
	assert_true(stats().sockets > 0);
	turn(200);
	resolver = sw_resolver_close(resolver);
	turn(50); /* the server's ends of connections */
	assert_int_equal(descriptors(), before);
	open_resolver();
	assert_int_equal(stats().sockets, 0); /* only when they are needed */
	turn(50);
	assert_int_equal(descriptors(), before);
}

static void sockets_close_when_idle(void **unused)
{
	NEEDS_NAMESPACE();
	ask("ok.example");
	turn(600); /* it has looked at them meanwhile */
	assert_int_equal(stats().sockets, 1);
	skipped_ms += 11000;
	for (int i = 0; i < 50 && stats().sockets; i++)
		turn(100);
	assert_int_equal(stats().sockets, 0);
	assert_int_equal(ask("ok.example").status, SW_DNS_OK);
	assert_int_equal(dns_server_counts(server).ports, 2);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, open_all, close_all)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(right_answers),
		TEST(no_answers),
		TEST(what_is_not_taken_for_an_answer),
		TEST(names_that_are_none),
		TEST(truncated),
		TEST(many_truncated),
		TEST(truncated_and_then_nothing),
		TEST(server_without_edns),
		TEST(joined),
		TEST(cancelled),
		TEST(nobody_waits_any_more),
		TEST(ask_and_cancel_from_an_answer),
		TEST(cached),
		TEST(asked_anew),
		TEST(too_late_for_who_asked),
		TEST(second_try),
		TEST(other_server_knows),
		TEST(one_of_two_is_dead),
		TEST(all_are_dead),
		TEST(dead_zone_is_not_a_dead_server),
		TEST(nobody_listens),
		TEST(no_way_there),
		TEST(over_ipv6_there_is_nobody_but_the_other),
		TEST(addresses_that_are_none),
		TEST(those_of_the_machine),
		TEST(over_the_rate),
		TEST(tries_are_over_the_rate),
		TEST(too_many_at_the_same_time),
		TEST(many_at_the_same_time),
		TEST(closed_with_questions_under_way),
		TEST(no_socket_is_left),
		TEST(sockets_close_when_idle),
	};

	allowed = dns_server_namespace();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
