/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Single verdicts in the program of the card: when they end, what counts then, at every prefix
 * length; what is done when the daemon is silent; and what is counted all the while. The
 * clock is the test's.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <linux/bpf.h>

#include "support/card.h"
#include "support/random.h"

#define SEED 20261129
#define S 1000000000ull
#define TICK (1ull << SW_EXPIRY_SHIFT)

enum {
	ALLOW = SW_CLASS_OPERATOR_ALLOW,
	BLOCK = SW_CLASS_OPERATOR_BLOCK,
	ALLOW_FOR = SW_CLASS_OPERATOR_ALLOW_TEMPORARY,
	BLOCK_FOR = SW_CLASS_OPERATOR_BLOCK_TEMPORARY,
	BOUNCE_FOR = SW_CLASS_BOUNCE_LOCK_TEMPORARY, /* of a lower tier */
};

static const struct sw_entry4 flat4[] = {
	{ .addr = 0x05010000, .len = 16, .class = CARD_DROP }, /* 5.1.0.0/16 */
	{ .addr = 0x05010900, .len = 24, .class = CARD_ALLOW }, /* 5.1.9.0/24 in it */
	{ .addr = 0x05020000, .len = 16, .class = CARD_LIMIT },
	{ .addr = 0x05030000, .len = 16, .class = CARD_SHADOW_DROP },
};

static const struct sw_entry6 flat6[] = {
	{ .hi = 0x2a01000100000000, .len = 32, .class = CARD_DROP }, /* 2a01:1::/32 */
	{ .hi = 0x2a01000100090000, .len = 48, .class = CARD_ALLOW }, /* 2a01:1:9::/48 */
};

static const struct sw_datapath_size size = {
	.table4_blocks = 4096, .table6_blocks = 4096, .bucket_lines = 1024, .verdicts = 1024
};
static struct sw_class classes[SW_CLASS_MAX];
static struct sw_datapath *dp;
static uint64_t state;

/* ---- the card of a test ---- */

/* So many of the networks above. */
static int apply_lists(struct sw_datapath *to, size_t n4, size_t n6)
{
	return card_apply(to, &(struct card_lists){ .rows = classes,
						    .flat4 = flat4,
						    .flat4_n = n4,
						    .flat6 = flat6,
						    .flat6_n = n6 });
}

static int apply(struct sw_datapath *to)
{
	return apply_lists(to, sizeof(flat4) / sizeof(*flat4), sizeof(flat6) / sizeof(*flat6));
}

static int setup(void **unused)
{
	card_rows(classes);
	return card_open(&size, &dp) || apply(dp) ? -1 : 0;
}

static int teardown(void **unused)
{
	dp = sw_datapath_close(dp);
	return 0;
}

static void set(const char *source, uint8_t class, uint64_t ends_ns)
{
	struct sw_prefix p = card_prefix(source);

	card_set(dp, &p, class, ends_ns);
}

static void clear(const char *source)
{
	struct sw_prefix p = card_prefix(source);
	struct sw_err err;

	assert_int_equal(sw_datapath_verdict_clear(dp, &p, &err), 0);
}

/* ---- SYNs ---- */

static struct sw_datapath_run syn(const char *source, uint64_t now_ns)
{
	struct sw_prefix p = card_prefix(source);

	return card_run(dp, &p, now_ns);
}

static void expect(const char *source, uint64_t now_ns, unsigned class, uint32_t xdp)
{
	struct sw_datapath_run run = syn(source, now_ns);

	assert_int_equal(run.trace.class, class);
	assert_int_equal(run.xdp, xdp);
}

/* ---- ends ---- */

static void a_verdict_holds_until_its_end_and_not_after(void **unused)
{
	static const struct {
		const char *source;
		unsigned after;
		uint32_t xdp_after;
	} rows[] = {
		{ "5.1.2.3", CARD_DROP, XDP_DROP },
		{ "5.1.9.3", CARD_ALLOW, XDP_PASS },
		{ "5.3.0.1", CARD_SHADOW_DROP, XDP_PASS },
		{ "5.9.9.9", SW_CLASS_UNLISTED, XDP_PASS },
		{ "2a01:1:2::3", CARD_DROP, XDP_DROP },
		{ "2a01:1:9::3", CARD_ALLOW, XDP_PASS },
		{ "2a01:7::", SW_CLASS_UNLISTED, XDP_PASS },
	};
	const uint64_t end = 1000 * TICK;

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const char *source = rows[i].source;

		set(source, BLOCK_FOR, end);
		expect(source, 0, BLOCK_FOR, XDP_DROP);
		expect(source, end - 1, BLOCK_FOR, XDP_DROP);
		expect(source, end, rows[i].after, rows[i].xdp_after);
		expect(source, end + 100 * S, rows[i].after, rows[i].xdp_after);
		set(source, ALLOW_FOR, end + 7);
		expect(source, end + 6, ALLOW_FOR, XDP_PASS);
		expect(source, end + TICK, rows[i].after, rows[i].xdp_after);
		set(source, BLOCK, 0);
		expect(source, end + 100 * S, BLOCK, XDP_DROP);
		clear(source);
		expect(source, 0, rows[i].after, rows[i].xdp_after);
	}
}

/* The end of one verdict leaves the others, and new lists count at once. */
static void what_counts_after_the_end_is_what_is_said_then(void **unused)
{
	set("5.0.0.0/8", BLOCK_FOR, 30 * S);
	set("5.1.9.9", ALLOW_FOR, 20 * S);
	set("5.7.0.0/16", BOUNCE_FOR, 40 * S);
	expect("5.1.9.9", 19 * S, ALLOW_FOR, XDP_PASS);
	expect("5.1.9.9", 21 * S, BLOCK_FOR, XDP_DROP);
	expect("5.1.9.9", 31 * S, CARD_ALLOW, XDP_PASS);
	expect("5.1.3.3", 31 * S, CARD_DROP, XDP_DROP);
	expect("5.7.3.3", 29 * S, BLOCK_FOR, XDP_DROP);
	expect("5.7.3.3", 31 * S, BOUNCE_FOR, XDP_DROP);
	expect("5.7.3.3", 41 * S, SW_CLASS_UNLISTED, XDP_PASS);
	assert_int_equal(apply_lists(dp, 1, 0), 0); /* the allow list is gone */
	expect("5.1.9.9", 21 * S, BLOCK_FOR, XDP_DROP);
	expect("5.1.9.9", 31 * S, CARD_DROP, XDP_DROP);
	assert_int_equal(apply_lists(dp, 0, 0), 0);
	expect("5.1.9.9", 31 * S, SW_CLASS_UNLISTED, XDP_PASS);
	assert_int_equal(apply(dp), 0);
	expect("5.1.9.9", 31 * S, CARD_ALLOW, XDP_PASS);
	expect("5.2.9.9", 31 * S, CARD_LIMIT, XDP_PASS); /* a list that limits does so */
	expect("5.2.9.9", 31 * S, CARD_LIMIT, XDP_DROP);
	expect("5.2.9.9", 42 * S, CARD_LIMIT, XDP_PASS);
}

/* What one class has used up, another one has not. */
static void each_class_that_limits_has_tokens_of_its_own(void **unused)
{
	assert_int_equal(apply_lists(dp, 0, 0), 0);
	set("5.2.8.8", SW_CLASS_DNS_LIMIT, 60 * S);
	expect("5.2.8.8", 0, SW_CLASS_DNS_LIMIT, XDP_PASS);
	expect("5.2.8.8", 0, SW_CLASS_DNS_LIMIT, XDP_DROP);
	assert_int_equal(apply(dp), 0); /* a list limits it, of a higher tier */
	expect("5.2.8.8", 0, CARD_LIMIT, XDP_PASS);
	expect("5.2.8.8", 0, CARD_LIMIT, XDP_DROP);
}

/* A verdict at each length around one source; the longest ends first. */
static void at_every_prefix_length(void **unused)
{
	static const char *const sources[] = { "90.165.90.165", "5a5a:a5a5:5a5a:a5a5:5a5a::a5a5" };

	for (unsigned s = 0; s < 2; s++) {
		struct sw_prefix source = card_prefix(sources[s]);
		unsigned full = sw_prefix_full(&source);

		for (unsigned len = 0; len <= full; len++) {
			struct sw_prefix p = sw_prefix_truncate(&source, len);

			card_set(dp, &p, len % 2 ? BLOCK_FOR : ALLOW_FOR, (1 + full - len) * TICK);
		}
		for (unsigned gone = 0; gone <= full; gone++) {
			struct sw_datapath_run run = card_run(dp, &source, gone * TICK);
			unsigned longest = full - gone;

			assert_int_equal(run.trace.class, longest % 2 ? BLOCK_FOR : ALLOW_FOR);
			assert_int_equal(run.xdp, longest % 2 ? XDP_DROP : XDP_PASS);
		}
		assert_int_equal(card_run(dp, &source, (full + 1) * TICK).trace.class,
				 SW_CLASS_UNLISTED);
	}
}

/* ---- the program and the look-up of userspace, against the rules ---- */

#define VERDICTS 250

struct rule {
	struct sw_prefix source;
	uint64_t ends_ns;
	uint8_t class;
};

static struct sw_prefix random_prefix(void)
{
	static const uint8_t len6[] = { 32, 48, 48, 64, 64, 64, 127, 128 };
	uint64_t r = sw_random(&state);

	if (r % 2)
		return sw_prefix_ip4(0x05010800 ^ (uint32_t)(r >> 8 & 3) << (r >> 16 & 15),
				     r >> 24 & 1 ? 32 : 12 + (r >> 32) % 21);
	return sw_prefix_ip6(0x2a01000100090000 ^ (r >> 8 & 3) << (r >> 16 & 31), r >> 24 & 3,
			     r >> 28 & 7 ? len6[r >> 32 & 7] : (r >> 32) % 129);
}

static uint8_t list_class(const struct sw_prefix *source)
{
	uint8_t class = SW_CLASS_UNLISTED;

	for (size_t i = 0; source->family == 4 && i < sizeof(flat4) / sizeof(*flat4); i++) {
		struct sw_prefix p = sw_prefix_ip4(flat4[i].addr, flat4[i].len);

		if (sw_prefix_contains(&p, source))
			class = flat4[i].class;
	}
	for (size_t i = 0; source->family == 6 && i < sizeof(flat6) / sizeof(*flat6); i++) {
		struct sw_prefix p = sw_prefix_ip6(flat6[i].hi, flat6[i].lo, flat6[i].len);

		if (sw_prefix_contains(&p, source))
			class = flat6[i].class;
	}
	return class;
}

/* The rule that decides; NULL: the lists do. */
static const struct rule *decide(const struct rule *rule, size_t n, const struct sw_prefix *source,
				 uint64_t now_ns)
{
	const struct rule *best = NULL;

	for (size_t i = 0; i < n; i++) {
		const struct rule *r = &rule[i];
		unsigned tier = classes[r->class].tier;

		if (!sw_prefix_contains(&r->source, source) ||
		    (r->ends_ns && (r->ends_ns + TICK - 1) / TICK <= now_ns / TICK))
			continue;
		if (!best || tier > classes[best->class].tier ||
		    (tier == classes[best->class].tier && r->source.len > best->source.len))
			best = r;
	}
	if (best && classes[list_class(source)].tier > classes[best->class].tier)
		return NULL;
	return best;
}

static void check_random_source(const struct rule *rule, size_t n)
{
	uint64_t now = sw_random(&state) % (1000 * TICK);
	struct sw_prefix source = random_prefix();
	const struct rule *decides;
	struct sw_datapath_found found;
	struct sw_datapath_run run;

	source.len = (uint8_t)sw_prefix_full(&source);
	decides = decide(rule, n, &source, now);
	run = card_run(dp, &source, now);
	sw_datapath_lookup(dp, &source, now, &found);
	assert_int_equal(run.trace.class, decides ? decides->class : list_class(&source));
	assert_int_equal(found.class, run.trace.class);
	assert_int_equal(found.is_verdict, decides != NULL);
	if (!decides)
		return;
	assert_int_equal(sw_prefix_cmp(&found.source, &decides->source), 0);
	assert_true(found.ends_ns == sw_expiry_ns(sw_expiry_ticks(decides->ends_ns)));
}

static void any_verdicts_at_any_time(void **unused)
{
	static const uint8_t any[] = { ALLOW, BLOCK, ALLOW_FOR, BLOCK_FOR, BOUNCE_FOR };
	static struct rule rule[VERDICTS];
	size_t n = 0;

	state = SEED;
	for (unsigned i = 0; i < 4000; i++) {
		struct sw_prefix p = random_prefix();
		size_t at = 0;

		while (at < n && sw_prefix_cmp(&rule[at].source, &p))
			at++;
		if (at < VERDICTS && i % 3) {
			uint8_t class = any[sw_random(&state) % sizeof(any)];
			uint64_t ends = classes[class].flags & SW_CLASS_TEMPORARY
						? 1 + sw_random(&state) % (1000 * TICK)
						: 0;

			card_set(dp, &p, class, ends);
			rule[at] = (struct rule){ p, ends, class };
			n += at == n;
		} else if (n) {
			struct sw_err err;

			at = at < n ? at : sw_random(&state) % n;
			assert_int_equal(sw_datapath_verdict_clear(dp, &rule[at].source, &err), 0);
			rule[at] = rule[--n];
		}
		for (unsigned k = 0; k < 5; k++)
			check_random_source(rule, n);
	}
}

/* ---- what is counted ---- */

struct counts {
	uint64_t reason[SW_REASON_MAX];
	uint64_t all;
};

static struct counts counts_now(void)
{
	struct counts c = { .all = 0 };

	assert_int_equal(sw_datapath_reasons(dp, c.reason), 0);
	for (unsigned r = 0; r < SW_REASON_MAX; r++)
		c.all += c.reason[r];
	return c;
}

/* Each SYN once, under the class that counted, and never under two. */
static void each_syn_is_counted_once(void **unused)
{
	struct counts before = counts_now(), after;
	struct sw_class_count temporary, list;

	set("5.1.2.3", BLOCK_FOR, 10 * S);
	for (unsigned i = 0; i < 20; i++)
		syn("5.1.2.3", i * S);
	after = counts_now();
	assert_int_equal(after.all - before.all, 20);
	assert_int_equal(after.reason[SW_REASON_LISTED] - before.reason[SW_REASON_LISTED], 20);
	assert_int_equal(sw_datapath_class_count(dp, BLOCK_FOR, &temporary), 0);
	assert_int_equal(sw_datapath_class_count(dp, CARD_DROP, &list), 0);
	assert_int_equal(temporary.packets[SW_ACTION_DROP], 11); /* the first tick after 10 s */
	assert_int_equal(list.packets[SW_ACTION_DROP], 9);
}

/* ---- the deadman ---- */

static void deadman_open_lets_pass_what_would_not(void **unused)
{
	struct counts before, after;

	sw_datapath_alive(dp, 100 * S);
	sw_datapath_deadman(dp, 60 * S);
	set("5.9.9.9", BLOCK, 0);
	set("2a02::/16", BLOCK_FOR, 1000 * S);
	for (uint64_t now = 0; now <= 160 * S; now += 20 * S) { /* also before the sign of life */
		expect("5.1.2.3", now, CARD_DROP, XDP_DROP);
		expect("2a02::9", now, BLOCK_FOR, XDP_DROP);
	}
	before = counts_now();
	assert_int_equal(syn("5.1.2.3", 160 * S + 1).trace.reason, SW_REASON_DEADMAN_OPEN);
	expect("5.1.2.3", 160 * S + 1, CARD_DROP, XDP_PASS);
	expect("5.9.9.9", 170 * S, BLOCK, XDP_PASS);
	expect("2a02::9", 500 * S, BLOCK_FOR, XDP_PASS);
	expect("5.2.0.1", 170 * S, CARD_LIMIT, XDP_PASS); /* within its rate */
	expect("5.2.0.1", 170 * S, CARD_LIMIT, XDP_PASS); /* over it */
	expect("5.3.0.1", 170 * S, CARD_SHADOW_DROP, XDP_PASS);
	expect("5.1.9.1", 170 * S, CARD_ALLOW, XDP_PASS);
	expect("9.9.9.9", 170 * S, SW_CLASS_UNLISTED, XDP_PASS);
	after = counts_now();
	assert_int_equal(after.all - before.all, 9);
	assert_int_equal(after.reason[SW_REASON_DEADMAN_OPEN], 5);
	assert_int_equal(after.reason[SW_REASON_SHADOW] - before.reason[SW_REASON_SHADOW], 1);
	assert_int_equal(after.reason[SW_REASON_LIMIT_CONFORMS] -
				 before.reason[SW_REASON_LIMIT_CONFORMS],
			 1);
	sw_datapath_alive(dp, 600 * S); /* it is back */
	expect("5.1.2.3", 601 * S, CARD_DROP, XDP_DROP);
	expect("5.9.9.9", 660 * S, BLOCK, XDP_DROP);
}

static void deadman_keep_makes_no_difference(void **unused)
{
	sw_datapath_alive(dp, 1 * S);
	sw_datapath_deadman(dp, 0);
	set("5.9.9.9", BLOCK_FOR, 1000 * S);
	expect("5.1.2.3", 1000000 * S, CARD_DROP, XDP_DROP);
	expect("5.9.9.9", 999 * S, BLOCK_FOR, XDP_DROP);
	expect("5.9.9.9", 1001 * S, SW_CLASS_UNLISTED, XDP_PASS); /* ends hold all the same */
}

/* ---- from card to card ---- */

static int count_one(void *ctx, const struct sw_prefix *source, uint8_t class, uint64_t ends_ns)
{
	++*(unsigned *)ctx;
	return 0;
}

static void new_maps_get_the_verdicts(void **unused)
{
	struct sw_prefix p = card_prefix("5.9.9.9"), net = card_prefix("2a02::/16");
	struct sw_datapath_info info;
	struct sw_datapath *next;
	struct sw_err err;
	unsigned n = 0;
	uint64_t ends;
	uint8_t class;

	sw_datapath_alive(dp, 100 * S);
	sw_datapath_deadman(dp, 60 * S);
	card_set(dp, &p, BLOCK_FOR, 90 * S);
	card_set(dp, &net, BLOCK, 0);
	assert_int_equal(card_open(&size, &next), 0);
	assert_int_equal(sw_datapath_carry(dp, next, &err), 0);
	assert_int_equal(sw_datapath_verdict_get(next, &p, &class, &ends), -ENOENT); /* not yet */
	assert_int_equal(apply(next), 0);
	assert_int_equal(card_run(next, &p, 89 * S).trace.class, BLOCK_FOR);
	assert_int_equal(card_run(next, &p, 91 * S).trace.class, SW_CLASS_UNLISTED);
	assert_int_equal(sw_datapath_verdict_get(next, &p, &class, &ends), 0);
	assert_int_equal(class, BLOCK_FOR);
	assert_true(ends >= 90 * S && ends < 90 * S + TICK);
	assert_int_equal(sw_datapath_verdict_get(next, &net, &class, &ends), 0);
	assert_true(class == BLOCK && ends == 0);
	assert_int_equal(sw_datapath_verdict_each(next, count_one, &n), 0);
	assert_int_equal(n, 2);
	assert_int_equal(sw_datapath_info(next, &info), 0);
	assert_int_equal(info.size.verdicts, 1024);
	assert_int_equal(info.verdicts, 2);
	assert_int_equal(info.verdicts_temporary, 1);
	assert_int_equal(info.verdicts_used, 2);
	assert_true(info.alive_ns == 100 * S && info.deadman_ns == 60 * S);
	sw_datapath_close(next);
}

/* ---- what is refused ---- */

static void what_makes_no_sense_is_refused_in_words(void **unused)
{
	static const struct {
		uint8_t class;
		uint64_t ends_ns;
	} rows[] = { { SW_CLASS_UNLISTED, 0 },
		     { SW_CLASS_NEVER_BLOCK, 0 },
		     { CARD_DROP, 0 },
		     { 7, 0 },
		     { BLOCK, 1 },
		     { BLOCK_FOR, 0 } };
	struct sw_prefix p = card_prefix("5.9.9.9");
	struct sw_datapath *next;
	struct sw_err err;

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		err.text[0] = '\0';
		assert_int_equal(
			sw_datapath_verdict_set(dp, &p, rows[i].class, rows[i].ends_ns, &err),
			-EINVAL);
		assert_true(err.text[0]);
	}
	assert_int_equal(sw_datapath_verdict_clear(dp, &p, &err), -ENOENT);
	expect("5.9.9.9", 0, SW_CLASS_UNLISTED, XDP_PASS);
	assert_int_equal(card_open(&size, &next), 0);
	assert_int_equal(sw_datapath_verdict_set(next, &p, BLOCK, 0, &err), -EINVAL);
	assert_int_equal(sw_datapath_verdict_clear(next, &p, &err), -EINVAL);
	sw_datapath_close(next);
}

/* Set verdicts on hosts far from one another until it is refused; returns how many. */
static unsigned fill(struct sw_datapath *card, unsigned family, struct sw_err *err)
{
	unsigned n = 0;
	int code = 0;

	for (; !code; n++) {
		struct sw_prefix p = family == 4 ? sw_prefix_ip4(0x06000000 + n * 0x10000, 32)
						 : sw_prefix_ip6((0x2a02ull + n) << 48, 1, 128);

		code = sw_datapath_verdict_set(card, &p, BLOCK, 0, err);
	}
	assert_int_equal(code, -ENOSPC);
	return n - 1;
}

static void what_is_full_says_which_option_to_raise(void **unused)
{
	struct sw_datapath_size small = size;
	struct sw_err err = { "" };
	struct sw_datapath *card;

	assert_int_equal(fill(dp, 4, &err), 1024);
	assert_non_null(strstr(err.text, "raise verdicts to 1025"));
	small.table4_blocks = SW_CLASS_MAX + 64;
	small.table6_blocks = 64;
	assert_int_equal(sw_datapath_open(NULL, SW_DATAPATH_PRIVATE, &small, &card, &err), 0);
	assert_int_equal(apply(card), 0);
	assert_true(fill(card, 4, &err) > 50);
	assert_non_null(strstr(err.text, "raise table4-blocks above 320"));
	assert_true(fill(card, 6, &err) > 10);
	assert_non_null(strstr(err.text, "raise table6-blocks above 64"));
	assert_int_equal(apply(card), 0); /* what was refused is not in it */
	sw_datapath_close(card);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(a_verdict_holds_until_its_end_and_not_after),
		TEST(what_counts_after_the_end_is_what_is_said_then),
		TEST(each_class_that_limits_has_tokens_of_its_own),
		TEST(at_every_prefix_length),
		TEST(any_verdicts_at_any_time),
		TEST(each_syn_is_counted_once),
		TEST(deadman_open_lets_pass_what_would_not),
		TEST(deadman_keep_makes_no_difference),
		TEST(new_maps_get_the_verdicts),
		TEST(what_makes_no_sense_is_refused_in_words),
		TEST(what_is_full_says_which_option_to_raise),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
