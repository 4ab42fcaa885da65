/* SPDX-License-Identifier: GPL-2.0-only */
/* Questions under way: joined, cancelled at every point, asked anew from within an answer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include "dns/questions.h"
#include "support/random.h"

static const uint8_t seed[SW_DNS_SEED] = { 4, 5, 6 };
static struct sw_dns_questions qs;

static int init(void **unused)
{
	return sw_dns_questions_init(&qs, seed);
}

static void drop(void *ctx, struct sw_dns_question *q)
{
	if (ctx)
		++*(unsigned *)ctx;
}

static int done(void **unused)
{
	sw_dns_questions_done(&qs, drop, NULL);
	return 0;
}

static struct sw_dns_name numbered(unsigned i)
{
	struct sw_dns_name name;
	char text[32];

	snprintf(text, sizeof(text), "n%u.example", i);
	assert_int_equal(sw_dns_name_parse(text, &name), 0);
	return name;
}

static struct sw_dns_question *add(unsigned i)
{
	struct sw_dns_name name = numbered(i);
	struct sw_dns_question *q;

	assert_null(sw_dns_questions_find(&qs, &name, SW_DNS_A));
	q = sw_dns_questions_add(&qs, &name, SW_DNS_A);
	assert_non_null(q);
	assert_ptr_equal(sw_dns_questions_find(&qs, &name, SW_DNS_A), q);
	assert_null(sw_dns_questions_find(&qs, &name, SW_DNS_TXT));
	return q;
}

static void end(struct sw_dns_question *q)
{
	sw_dns_questions_end(&qs, q, sw_dns_reply_trouble(SW_DNS_REFUSED));
}

static void count(void *ctx, const struct sw_dns_answer *answer)
{
	assert_int_equal(answer->status, SW_DNS_TEMPFAIL);
	++*(unsigned *)ctx;
}

static void many_wait_for_one(void **unused)
{
	struct sw_dns_question *q = add(1);
	unsigned told[1000] = { 0 };
	sw_dns_ticket ticket[1000];

	for (int i = 0; i < 1000; i++) {
		ticket[i] = sw_dns_questions_wait(&qs, q, count, &told[i]);
		assert_true(ticket[i]);
	}
	for (int i = 0; i < 1000; i += 3)
		sw_dns_questions_cancel(&qs, ticket[i]);
	end(q);
	assert_int_equal(told[1], 0);
	sw_dns_questions_deliver(&qs);
	for (int i = 0; i < 1000; i++) {
		assert_int_equal(told[i], i % 3 ? 1 : 0);
		sw_dns_questions_cancel(&qs, ticket[i]); /* does no harm */
	}
}

static void tickets_that_are_none(void **unused)
{
	struct sw_dns_question *q = add(1);
	unsigned told = 0;
	sw_dns_ticket ticket;

	sw_dns_questions_cancel(&qs, 0);
	sw_dns_questions_cancel(&qs, UINT64_MAX);
	ticket = sw_dns_questions_wait(&qs, q, count, &told);
	for (uint64_t bit = 1; bit; bit <<= 1)
		sw_dns_questions_cancel(&qs, ticket ^ bit);
	end(q);
	sw_dns_questions_deliver(&qs);
	assert_int_equal(told, 1);
	sw_dns_questions_cancel(&qs, ticket);
}

/* A number that is used again is another ticket. */
static void never_the_same_ticket(void **unused)
{
	struct sw_dns_question *q = add(1);
	sw_dns_ticket before = 0;

	for (int i = 0; i < 1000; i++) {
		sw_dns_ticket ticket = sw_dns_questions_wait(&qs, q, count, NULL);

		assert_true(ticket > before || before == 0);
		sw_dns_questions_cancel(&qs, before);
		before = ticket;
		sw_dns_questions_cancel(&qs, ticket);
	}
	assert_int_equal(q->first, 0);
}

struct other {
	sw_dns_ticket ticket[3];
	unsigned told;
};

static void cancel_others(void *ctx, const struct sw_dns_answer *answer)
{
	struct other *o = ctx;

	o->told++;
	for (int i = 0; i < 3; i++)
		sw_dns_questions_cancel(&qs, o->ticket[i]);
}

static void cancel_from_within(void **unused)
{
	struct sw_dns_question *q = add(1), *later = add(2);
	struct other o = { .told = 0 };

	o.ticket[0] = sw_dns_questions_wait(&qs, q, cancel_others, &o);
	o.ticket[1] = sw_dns_questions_wait(&qs, q, cancel_others, &o);
	o.ticket[2] = sw_dns_questions_wait(&qs, later, cancel_others, &o);
	end(q);
	end(later);
	sw_dns_questions_deliver(&qs);
	assert_int_equal(o.told, 1);
}

static void ask_many(void *ctx, const struct sw_dns_answer *answer)
{
	unsigned *left = ctx;
	struct sw_dns_name name = numbered(1);

	/* the one that has ended is found no more */
	assert_null(sw_dns_questions_find(&qs, &name, SW_DNS_A));
	for (unsigned i = 100; i < 400; i++) { /* moves who waits in memory */
		name = numbered(i);
		if (!sw_dns_questions_find(&qs, &name, SW_DNS_A))
			sw_dns_questions_wait(&qs, add(i), count, left);
	}
	--*left;
}

static void ask_from_within(void **unused)
{
	struct sw_dns_question *q = add(1);
	unsigned left = 10;

	for (unsigned i = 0; i < 10; i++)
		sw_dns_questions_wait(&qs, q, ask_many, &left);
	end(q);
	sw_dns_questions_deliver(&qs);
	assert_int_equal(left, 0);
	assert_int_equal(qs.n, 300);
}

static void no_memory_is_a_failure(void **unused)
{
	struct sw_dns_question *q = add(1);
	unsigned told = 0;

	sw_dns_questions_wait(&qs, q, count, &told);
	sw_dns_questions_end(&qs, q, NULL);
	sw_dns_questions_deliver(&qs);
	assert_int_equal(told, 1);
}

static void as_many_as_may_wait(void **unused)
{
	struct sw_dns_question *q = add(1);
	unsigned told = 0, n = 0;

	while (sw_dns_questions_wait(&qs, q, count, &told))
		n++;
	assert_in_range(n, SW_DNS_WAITERS / 2, SW_DNS_WAITERS);
	end(q);
	sw_dns_questions_deliver(&qs);
	assert_int_equal(told, n);
}

static void dropped_at_the_end(void **unused)
{
	unsigned told = 0, dropped = 0;

	for (unsigned i = 0; i < 3000; i++) {
		struct sw_dns_question *q = add(i);

		sw_dns_questions_wait(&qs, q, count, &told);
		if (i % 3 == 0)
			end(q);
	}
	sw_dns_questions_done(&qs, drop, &dropped);
	assert_int_equal(told, 0);
	assert_int_equal(dropped, 2000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(many_wait_for_one, init, done),
		cmocka_unit_test_setup_teardown(tickets_that_are_none, init, done),
		cmocka_unit_test_setup_teardown(never_the_same_ticket, init, done),
		cmocka_unit_test_setup_teardown(cancel_from_within, init, done),
		cmocka_unit_test_setup_teardown(ask_from_within, init, done),
		cmocka_unit_test_setup_teardown(no_memory_is_a_failure, init, done),
		cmocka_unit_test_setup_teardown(as_many_as_may_wait, init, done),
		cmocka_unit_test_setup_teardown(dropped_at_the_end, init, done),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
