/* SPDX-License-Identifier: GPL-2.0-only */
/* Many changes at once end up as the same changes one by one, whatever their order. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/ledger_pending.h"
#include "tests/support/random.h"

#define CHANGES 5000
#define SOURCES 1500 /* so that most are changed more than once */

/* The change with @number; the same each time. Some have no body, some keys are long. */
static struct sw_pending_node *change(uint64_t number)
{
	uint64_t state = number, r = sw_random(&state) % SOURCES;
	struct sw_prefix source = r % 3 ? sw_prefix_ip4((uint32_t)(r * 2654435761u), 32)
					: sw_prefix_ip6(0x20010db800000000 + r % 7, r, 128);
	uint8_t key[SW_RECORD_KEY], body[8];
	size_t n = sw_record_key(&source, 1, key);

	memcpy(body, &number, sizeof(body));
	return sw_pending_new((struct sw_view){ key, n },
			      (struct sw_view){ body, number % 5 ? sizeof(body) : 0 }, number);
}

static void same_node(const struct sw_pending_node *a, const struct sw_pending_node *b)
{
	assert_int_equal(a->number, b->number);
	assert_int_equal(sw_view_cmp(sw_pending_key(a), sw_pending_key(b)), 0);
	assert_int_equal(sw_view_cmp(sw_pending_body(a), sw_pending_body(b)), 0);
}

static void many_at_once(void **ctx)
{
	struct sw_pending one_by_one, at_once;
	struct sw_pending_place p = { 0, 0 }, q = { 0, 0 };
	struct sw_pending_node *nodes[CHANGES], *node;

	sw_pending_init(&one_by_one);
	sw_pending_init(&at_once);
	for (uint64_t i = 0; i < CHANGES; i++) {
		assert_int_equal(sw_pending_add(&one_by_one, change(i + 1)), 0);
		nodes[i] = change(i + 1);
	}
	assert_int_equal(sw_pending_add_all(&at_once, nodes, 0), 0);
	/* in two parts: the second one meets those of the first */
	assert_int_equal(sw_pending_add_all(&at_once, nodes, CHANGES / 3), 0);
	assert_int_equal(sw_pending_add_all(&at_once, nodes + CHANGES / 3, CHANGES - CHANGES / 3),
			 0);
	assert_int_equal(at_once.count, one_by_one.count);
	assert_int_equal(sw_pending_oldest(&at_once, 0), sw_pending_oldest(&one_by_one, 0));
	while ((node = sw_pending_at(&at_once, p))) {
		same_node(node, sw_pending_at(&one_by_one, q));
		assert_ptr_equal(node, sw_pending_find(&at_once, sw_pending_key(node)));
		p = sw_pending_next(&at_once, p);
		q = sw_pending_next(&one_by_one, q);
	}
	assert_null(sw_pending_at(&one_by_one, q));
	sw_pending_done(&one_by_one);
	sw_pending_done(&at_once);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(many_at_once) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
