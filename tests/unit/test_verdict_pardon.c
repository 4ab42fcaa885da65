/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Pardons: what the operator takes back by hand that DNS or the desk said, for how long, and that
 * the list it rests on cannot undo it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>

#include "daemon/pardon.h"
#include "support/verdicts_fixture.h"

static void dns_says(const char *source, uint8_t origin, uint8_t action)
{
	struct sw_verdict_change c = change_of(source, action, HOUR);
	struct sw_err err;

	c.origin = origin;
	sw_rests_add(&c.rests, 7);
	assert_int_equal(sw_verdicts_set(w.v, &c, 1, "dns", &err), 0);
	assert_int_equal(c.code, 0);
}

/* As the operation "remove" does. */
static struct sw_verdict_change unblock(const char *source)
{
	struct sw_verdict_change c = change_of(source, 0, 0);
	struct sw_err err;

	c.reason = "ticket 4711";
	assert_int_equal(sw_verdicts_remove(w.v, &c, 1, "bob", &err), 0);
	assert_int_equal(sw_pardon(w.v, &c, 1, "bob", &err), 0);
	return c;
}

static struct sw_verdict in_ledger_of(const char *source, uint8_t origin)
{
	struct sw_verdict_change c = change_of(source, 0, 0);
	struct sw_verdict v = { .origin = 0 };
	struct sw_err err;

	if (sw_ledger_peek(w.ledger, &c.source, origin, &v, &err))
		v.origin = 0;
	return v;
}

static void the_desks_silence_is_pardoned(void **unused)
{
	struct sw_verdict_change c;

	dns_says("192.0.2.1", SW_ORIGIN_DESK, SW_ACTION_DROP);
	c = unblock("192.0.2.1");
	assert_int_equal(c.code, 0);
	assert_int_equal(c.kind, SW_CHANGE_REMOVED);
	assert_int_equal(c.expires_ms, 0);
	assert_int_equal(c.pardoned, SW_ORIGIN_DESK);
	assert_int_equal(class_on_card("192.0.2.1"), 0);
	/* that of its /64, and of just it */
	dns_says("2001:db8::/64", SW_ORIGIN_DESK, SW_ACTION_DROP);
	dns_says("2001:db8::7", SW_ORIGIN_DESK, SW_ACTION_DROP);
	c = unblock("2001:db8::7");
	assert_int_equal(c.code, 0);
	assert_int_equal(c.pardoned, SW_ORIGIN_DESK);
	assert_int_equal(in_ledger_of("2001:db8::/64", SW_ORIGIN_DESK).origin, 0);
	assert_int_equal(in_ledger_of("2001:db8::7", SW_ORIGIN_DESK).origin, 0);
	/* beside what DNS says: that is cleared, and both are told of */
	dns_says("192.0.2.1", SW_ORIGIN_DNS, SW_ACTION_REJECT);
	dns_says("192.0.2.1", SW_ORIGIN_DESK, SW_ACTION_DROP);
	c = unblock("192.0.2.1");
	assert_int_equal(c.code, 0);
	assert_int_equal(c.expires_ms, NOON + DAY);
	assert_int_equal(class_on_card("192.0.2.1"), SW_CLASS_DNS_CLEAR);
	c = unblock("192.0.2.9");
	assert_int_equal(c.code, -ENOENT);
	assert_int_equal(c.pardoned, 0);
}

static void what_dns_said_is_pardoned_for_a_day(void **unused)
{
	static const uint8_t origins[] = { SW_ORIGIN_DNS, SW_ORIGIN_DNS_DIALUP };
	struct sw_verdict_change c;
	struct sw_verdict v;

	for (unsigned i = 0; i < 2; i++) {
		dns_says("192.0.2.1", origins[i], SW_ACTION_DROP);
		c = unblock("192.0.2.1");
		assert_int_equal(c.code, 0);
		assert_int_equal(c.kind, SW_CHANGE_REMOVED);
		assert_int_equal(c.expires_ms, NOON + DAY);
		assert_int_equal(class_on_card("192.0.2.1"), SW_CLASS_DNS_CLEAR);
		assert_int_equal(in_ledger_of("192.0.2.1", SW_ORIGIN_DNS_DIALUP).origin, 0);
		v = in_ledger_of("192.0.2.1", SW_ORIGIN_DNS);
		assert_string_equal(v.reason, "taken back by hand: ticket 4711");
		assert_string_equal(v.who, "bob");
		assert_int_equal(v.rests.n, 0); /* no list that falls takes it away */
	}
	verdicts_close_all();
	verdicts_open_again();
	assert_int_equal(class_on_card("192.0.2.1"), SW_CLASS_DNS_CLEAR);
	pass(DAY + 1);
	assert_int_equal(class_on_card("192.0.2.1"), 0);
}

static void both_words_are_taken_back(void **unused)
{
	struct sw_verdict_change c;

	set("192.0.2.1", SW_ACTION_DROP, 0);
	dns_says("192.0.2.1", SW_ORIGIN_DNS, SW_ACTION_LIMIT);
	c = unblock("192.0.2.1");
	assert_int_equal(c.code, 0);
	assert_int_equal(c.expires_ms, NOON + DAY);
	assert_int_equal(class_on_card("192.0.2.1"), SW_CLASS_DNS_CLEAR);
	/* one that DNS says nothing against */
	set("192.0.2.2", SW_ACTION_DROP, 0);
	c = unblock("192.0.2.2");
	assert_int_equal(c.code, 0);
	assert_int_equal(c.expires_ms, 0);
	dns_says("192.0.2.3", SW_ORIGIN_DNS, SW_ACTION_PASS);
	c = unblock("192.0.2.3");
	assert_int_equal(c.code, -ENOENT);
	assert_int_equal(class_on_card("192.0.2.3"), SW_CLASS_DNS_CLEAR);
	assert_int_equal(unblock("192.0.2.4").code, -ENOENT);
}

static void an_ip6_address_is_pardoned_as_its_network(void **unused)
{
	dns_says("2001:db8:1:2::/64", SW_ORIGIN_DNS, SW_ACTION_DROP);
	assert_int_equal(unblock("2001:db8:1::/48").code, -ENOENT);
	assert_int_equal(unblock("2001:db8:1:2::25").code, 0);
	assert_int_equal(class_on_card("2001:db8:1:2::/64"), SW_CLASS_DNS_CLEAR);
}

static void what_could_not_be_taken_back_is_not_pardoned(void **unused)
{
	static char long_reason[SW_VERDICT_REASON + 1];
	struct sw_verdict_change c = change_of("192.0.2.1", 0, 0);
	struct sw_err err;

	memset(long_reason, 'x', sizeof(long_reason) - 1);
	dns_says("192.0.2.1", SW_ORIGIN_DNS, SW_ACTION_DROP);
	c.reason = long_reason;
	assert_int_equal(sw_verdicts_remove(w.v, &c, 1, "bob", &err), 0);
	assert_int_equal(c.code, -EINVAL);
	assert_int_equal(sw_pardon(w.v, &c, 1, "bob", &err), 0);
	assert_int_equal(c.code, -EINVAL);
	assert_int_equal(class_on_card("192.0.2.1"), SW_CLASS_DNS_DROP);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, verdicts_setup, verdicts_teardown)
	const struct CMUnitTest tests[] = {
		TEST(the_desks_silence_is_pardoned),
		TEST(what_dns_said_is_pardoned_for_a_day),
		TEST(both_words_are_taken_back),
		TEST(an_ip6_address_is_pardoned_as_its_network),
		TEST(what_could_not_be_taken_back_is_not_pardoned),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
