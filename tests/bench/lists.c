/* SPDX-License-Identifier: GPL-2.0-only */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "figures.h"
#include "lists.h"
#include "lists/flatten.h"
#include "tests/support/random.h"

static uint64_t state = 20261123;

static uint64_t rnd(void)
{
	return sw_random(&state);
}

/* Unicast, and outside of what every list is scrubbed of but for small ranges. */
static uint32_t random_addr4(void)
{
	uint32_t addr;

	do
		addr = (uint32_t)(rnd() >> 16);
	while (addr >> 24 == 0 || addr >> 24 == 10 || addr >> 24 == 127 || addr >> 24 >= 224);
	return addr;
}

static uint64_t random_hi6(void)
{
	return 0x2000000000000000 | rnd() >> 3;
}

static uint8_t random_len4(enum bench_content content)
{
	unsigned d = rnd() % 1000;

	if (content == BENCH_HOSTS)
		return 32;
	return d < 800 ? 32 : d < 950 ? 24 : d < 995 ? 22 : 20;
}

static const struct sw_rank ranks[SW_CLASS_MAX] = { [BENCH_CLASS] = { 1, 1 } };

static void new4(struct bench_list *list, size_t n)
{
	struct sw_entry4 *e = bench_allocate(n, sizeof(*e));

	list->four = bench_allocate(n, sizeof(*list->four));
	for (size_t i = 0; i < n; i++) {
		uint8_t len = random_len4(list->content);

		e[i] = (struct sw_entry4){ .addr = random_addr4() & UINT32_MAX << (32 - len),
					   .len = len,
					   .class = BENCH_CLASS };
	}
	if (sw_entries4_sort(e, n))
		bench_die("sorting");
	sw_flatten4(e, n, ranks, list->four, &list->n);
	free(e);
}

static void new6(struct bench_list *list, size_t n)
{
	struct sw_entry6 *e = bench_allocate(n, sizeof(*e));

	list->six = bench_allocate(n, sizeof(*list->six));
	for (size_t i = 0; i < n; i++) {
		unsigned len = list->content == BENCH_HOSTS ? 128 : 32 + rnd() % 97;

		e[i] = (struct sw_entry6){
			.hi = random_hi6(), .lo = rnd(), .len = (uint8_t)len, .class = BENCH_CLASS
		};
		e[i].hi &= len >= 64 ? ~0ull : ~0ull << (64 - len);
		e[i].lo &= len <= 64 ? 0 : ~0ull << (128 - len);
	}
	if (sw_entries6_sort(e, n))
		bench_die("sorting");
	sw_flatten6(e, n, ranks, list->six, &list->n);
	free(e);
}

struct bench_list bench_list_new(unsigned family, enum bench_content content, size_t n)
{
	struct bench_list list = { .family = family, .content = content };
	bool millions = n >= 1000000;

	snprintf(list.name, sizeof(list.name), "IPv%u %zu %s %s", family,
		 n / (millions ? 1000000 : 1000), millions ? "M" : "k",
		 content == BENCH_HOSTS ? "hosts" : "mixed");
	if (family == 4)
		new4(&list, n);
	else
		new6(&list, n);
	return list;
}

void bench_list_free(struct bench_list *list)
{
	free(list->four);
	free(list->six);
}

static void source4(const struct bench_list *list, bool listed, uint32_t *word)
{
	const struct sw_entry4 *in = &list->four[rnd() % list->n];
	uint32_t addr =
		listed ? in->addr | (uint32_t)(rnd() & (0xffffffffull >> in->len)) : random_addr4();

	*word = __builtin_bswap32(addr);
}

static void source6(const struct bench_list *list, bool listed, uint32_t *word)
{
	const struct sw_entry6 *in = &list->six[rnd() % list->n];
	uint64_t hi = random_hi6(), lo = rnd();

	if (listed) {
		hi = in->hi | (in->len >= 64 ? 0 : hi & ~0ull >> in->len);
		if (in->len > 64)
			lo = in->lo | (in->len == 128 ? 0 : lo & ~0ull >> (in->len - 64));
	}
	word[0] = __builtin_bswap32((uint32_t)(hi >> 32));
	word[1] = __builtin_bswap32((uint32_t)hi);
	word[2] = __builtin_bswap32((uint32_t)(lo >> 32));
	word[3] = __builtin_bswap32((uint32_t)lo);
}

void bench_sources(const struct bench_list *list, enum bench_sources kind, struct bench_line *line)
{
	for (size_t i = 0; i < BENCH_SOURCES; i++) {
		bool listed = kind == BENCH_LISTED || (kind == BENCH_RANDOM && rnd() >> 63);

		if (list->family == 4)
			source4(list, listed, &line[i / 16].word[i % 16]);
		else
			source6(list, listed, &line[i / 4].word[i % 4 * 4]);
	}
}
