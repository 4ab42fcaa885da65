/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Real lists, put together at random: which lists, in which tier, with which holes
 * and never-block networks. Ten million addresses, random ones and the edges of
 * entries, have to get from the tables what the oracle says.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "lists/flatten.h"
#include "lists/list.h"
#include "maps/table.h"
#include "tests/support/oracle.h"
#include "tests/support/oracle_set.h"
#include "tests/support/rounds.h"

#define ROUNDS 10
#define PROBES4 800000 /* of each round */
#define PROBES6 200000
#define BLOCKS4 (1u << 18)
#define CAPACITY6 (1u << 16)

static const char *const files[] = {
	"firehol/firehol_level1.netset",
	"firehol/firehol_level2.netset",
	"firehol/firehol_level3.netset",
	"firehol/stopforumspam_180d.ipset",
	"firehol/lashback_ubl.ipset",
	"firehol/nixspam.ipset",
	"firehol/blocklist_de_mail.ipset",
	"firehol/iblocklist_isp_comcast.netset",
	"spamhaus/drop_v4.json",
	"spamhaus/spamhaus-asndrop.ipv4",
	"allow/mailcow_postscreen_access.cidr",
	"allow/postwhite_example_whitelist.cidr",
	"country/ipv4_us.cidr",
	"country/ipv6_us.cidr",
	"country/ipv6_de.cidr",
	"country/ipv6_br.cidr",
};

#define FILES (sizeof(files) / sizeof(*files))
#define HOLES_CLASS 1 /* never-block */
#define FIRST_CLASS 2

struct world {
	struct sw_list *list[FILES];
	struct sw_entry4 *entries4, *flat4;
	struct sw_entry6 *entries6, *flat6;
	size_t n4, n6, flat4_n, flat6_n;
	struct sw_rank rank[SW_CLASS_MAX];
	struct sw_table4 table4;
	struct sw_table6 table6;
};

static uint64_t state = 20261123;

static uint64_t rnd(void)
{
	state ^= state >> 12;
	state ^= state << 25;
	state ^= state >> 27;
	return state * 0x2545f4914f6cdd1dull;
}

static void *allocate(size_t n, size_t bytes)
{
	void *p = calloc(n ? n : 1, bytes);

	assert_non_null(p);
	return p;
}

static void read_lists(struct world *w)
{
	const char *data = getenv("SYNWARD_DATA") ? getenv("SYNWARD_DATA") : "../shared/data";
	char path[512];

	for (size_t i = 0; i < FILES; i++) {
		struct sw_list_spec spec = { .path = path,
					     .sense = strstr(files[i], "allow/") ? SW_LIST_ALLOWS
										 : SW_LIST_BLOCKS,
					     .class = (uint8_t)(FIRST_CLASS + i),
					     .max_bad = 0.01 };
		struct sw_err err = { "" };

		snprintf(path, sizeof(path), "%s/lists/%s", data, files[i]);
		if (i == 0 && access(path, R_OK)) {
			print_message("SKIP: no real lists at %s (SYNWARD_DATA)\n", data);
			skip();
		}
		if (sw_list_read(&spec, NULL, NULL, &w->list[i], NULL, &err))
			fail_msg("%s", err.text);
	}
}

/* Holes in a list and networks that are never blocked, around its own entries. */
static void add_random4(struct world *w, size_t from, size_t to)
{
	for (int i = 0; i < 2000; i++) {
		struct sw_entry4 e = w->entries4[from + rnd() % (to - from)];

		e.len = (uint8_t)(8 + rnd() % 25);
		e.addr ^= (uint32_t)(rnd() & 0xff);
		e.addr &= UINT32_MAX << (32 - e.len);
		e.flags = rnd() % 4 ? SW_ENTRY_EXCLUDE : 0;
		if (rnd() % 8 == 0) {
			e.class = HOLES_CLASS;
			e.flags = 0;
		}
		w->entries4[w->n4++] = e;
	}
}

static void add_random6(struct world *w, size_t from, size_t to)
{
	for (int i = 0; i < 500; i++) {
		struct sw_entry6 e = w->entries6[from + rnd() % (to - from)];

		e.len = (uint8_t)(24 + rnd() % 105);
		e.lo ^= rnd() & 0xffff;
		e.hi &= e.len >= 64 ? ~0ull : ~0ull << (64 - e.len);
		e.lo &= e.len <= 64 ? 0 : ~0ull << (128 - e.len);
		e.flags = rnd() % 4 ? SW_ENTRY_EXCLUDE : 0;
		if (rnd() % 8 == 0) {
			e.class = HOLES_CLASS;
			e.flags = 0;
		}
		w->entries6[w->n6++] = e;
	}
}

static void put_together(struct world *w)
{
	w->n4 = w->n6 = 0;
	memset(w->rank, 0, sizeof(w->rank));
	w->rank[HOLES_CLASS] = (struct sw_rank){ 5, 1 };
	for (size_t i = 0; i < FILES; i++) {
		const struct sw_list *l = w->list[i];

		w->rank[FIRST_CLASS + i] = (struct sw_rank){ 1 + rnd() % 4, 1 + rnd() % 4 };
		if (rnd() % 3 == 0)
			continue;
		if (l->n4)
			memcpy(w->entries4 + w->n4, l->entries4, l->n4 * sizeof(*l->entries4));
		if (l->n6)
			memcpy(w->entries6 + w->n6, l->entries6, l->n6 * sizeof(*l->entries6));
		w->n4 += l->n4;
		w->n6 += l->n6;
		if (l->n4)
			add_random4(w, w->n4 - l->n4, w->n4);
		if (l->n6)
			add_random6(w, w->n6 - l->n6, w->n6);
	}
	assert_int_equal(sw_entries4_sort(w->entries4, w->n4), 0);
	assert_int_equal(sw_entries6_sort(w->entries6, w->n6), 0);
	sw_flatten4(w->entries4, w->n4, w->rank, w->flat4, &w->flat4_n);
	sw_flatten6(w->entries6, w->n6, w->rank, w->flat6, &w->flat6_n);
	assert_int_equal(sw_table4_sync(&w->table4, w->flat4, w->flat4_n), 0);
	assert_int_equal(sw_table6_sync(&w->table6, w->flat6, w->flat6_n), 0);
}

static void check4(const struct world *w, const struct sw_oracle_set *oracle, uint32_t addr)
{
	uint8_t got = sw_table4_get(&w->table4, addr),
		want = sw_oracle_set_ask4(oracle, w->rank, addr);

	if (got != want)
		fail_msg("%08x: table says class %u, oracle %u", addr, got, want);
}

static void check6(const struct world *w, const struct sw_oracle_set *oracle, uint64_t hi,
		   uint64_t lo)
{
	uint8_t got = sw_table6_get(&w->table6, hi, lo);
	uint8_t want = sw_oracle_set_ask6(oracle, w->rank, hi, lo);

	if (got != want)
		fail_msg("%016llx%016llx: table says class %u, oracle %u", (unsigned long long)hi,
			 (unsigned long long)lo, got, want);
}

static void probe_all(const struct world *w)
{
	struct sw_oracle_set *oracle = sw_oracle_set_new(w->entries4, w->n4, w->entries6, w->n6);

	for (int i = 0; i < PROBES4; i++) {
		const struct sw_entry4 *e = &w->entries4[rnd() % w->n4];
		uint32_t last = e->addr | (uint32_t)(0xffffffffull >> e->len);
		uint32_t choice[] = {
			(uint32_t)rnd(), e->addr,
			e->addr - 1,	 last,
			last + 1,	 e->addr | (uint32_t)(rnd() & (last ^ e->addr))
		};

		check4(w, oracle, choice[rnd() % 6]);
	}
	for (int i = 0; i < PROBES6 && w->n6; i++) {
		const struct sw_entry6 *e = &w->entries6[rnd() % w->n6];
		uint64_t hi = e->hi, lo = e->lo;

		switch (rnd() % 4) {
		case 0: /* inside */
			hi |= e->len >= 64 ? 0 : rnd() >> e->len;
			lo |= e->len >= 128 ? 0 : e->len <= 64 ? rnd() : rnd() >> (e->len - 64);
			break;
		case 1: /* just before */
			hi -= lo == 0;
			lo--;
			break;
		case 2:
			hi = 0x2000000000000000 | rnd() >> 3;
			break;
		default:
			break;
		}
		check6(w, oracle, hi, lo);
	}
	sw_oracle_set_free(oracle);
}

static void real_lists_flatten_to_what_the_oracle_says(void **unused)
{
	struct world w = { 0 };
	uint32_t repaired;

	read_lists(&w);
	w.entries4 = allocate(1 << 20, sizeof(*w.entries4));
	w.flat4 = allocate(1 << 20, sizeof(*w.flat4));
	w.entries6 = allocate(1 << 17, sizeof(*w.entries6));
	w.flat6 = allocate(1 << 17, sizeof(*w.flat6));
	assert_int_equal(
		sw_table6_init(&w.table6, allocate(SW_INDEX6_LINES, sizeof(struct sw_index6_line)),
			       allocate(CAPACITY6, sizeof(union sw_block6)), CAPACITY6, &repaired),
		0);
	assert_int_equal(
		sw_table4_init(&w.table4, allocate(SW_INDEX4_LINES, sizeof(struct sw_index4_line)),
			       allocate(BLOCKS4, sizeof(union sw_block4)), BLOCKS4, &repaired),
		0);
	for (int round = 0; round < rounds(ROUNDS); round++) {
		put_together(&w);
		probe_all(&w);
	}
	sw_table4_done(&w.table4);
	free(w.table4.index);
	free(w.table4.blocks);
	sw_table6_done(&w.table6);
	free(w.table6.index);
	free(w.table6.blocks);
	free(w.entries4);
	free(w.flat4);
	free(w.entries6);
	free(w.flat6);
	for (size_t i = 0; i < FILES; i++)
		sw_list_free(w.list[i]);
}

/* The two oracles read the rules alike. */
static void oracle_set_equals_oracle(void **unused)
{
	struct sw_entry4 e[200];
	struct sw_rank rank[SW_CLASS_MAX] = { { 0 } };

	for (int round = 0; round < 50; round++) {
		struct sw_oracle_set *set;

		for (unsigned c = 1; c < 12; c++)
			rank[c] = (struct sw_rank){ 1 + rnd() % 3, 1 + rnd() % 3 };
		for (int i = 0; i < 200; i++) {
			uint8_t len = (uint8_t)(16 + rnd() % 17);

			e[i] = (struct sw_entry4){ .addr = (uint32_t)(rnd() & 0x3ff) << 6 &
							   UINT32_MAX << (32 - len),
						   .len = len,
						   .class = (uint8_t)(1 + rnd() % 11),
						   .flags = rnd() % 4 ? 0 : SW_ENTRY_EXCLUDE };
		}
		set = sw_oracle_set_new(e, 200, NULL, 0);
		for (int i = 0; i < 2000; i++) {
			uint32_t addr = (uint32_t)(rnd() & 0xffff);

			assert_int_equal(sw_oracle_set_ask4(set, rank, addr),
					 sw_oracle4(e, 200, rank, addr));
		}
		sw_oracle_set_free(set);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(oracle_set_equals_oracle),
		cmocka_unit_test(real_lists_flatten_to_what_the_oracle_says),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
