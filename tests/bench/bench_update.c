/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * bench_update - one source more, one source less, in a table of a million prefixes:
 * the product's writer, in the memory of its BPF maps, against bpf_map_update_elem and
 * bpf_map_delete_elem on LPM_TRIE and HASH.
 *
 * The sources are random ones that are not listed: IPv4 addresses, IPv6 /64s. They are
 * set one by one, then cleared one by one; in the product with the class that the table
 * has, and with one that is new to it.
 *
 * usage: bench_update FOLDER-OF-BPF-OBJECTS JSON-FILE [quick]
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/bpf.h>

#include "figures.h"
#include "lists/flatten.h"
#include "subject.h"
#include "tests/support/random.h"

#define NEW_CLASS (BENCH_CLASS + 1)

static uint32_t updates = 200000;

/* ---- whoever is updated ---- */

struct updated {
	const char *who;
	struct bench_subject subject;
	/* The product's tables; unused by the others. */
	struct sw_table4 table4;
	struct sw_table6 table6;
	struct sw_expiry expiry;
	struct sw_table *table;
	/* The map; unused by the product. */
	int map;
};

static void check(int code, const struct updated *u)
{
	if (code)
		bench_void("%s: an update failed: %s", u->who, strerror(-code));
}

static void set_ours(struct updated *u, const struct sw_prefix *p, uint8_t class)
{
	check(sw_table_set(u->table, p, class, 0), u);
}

static void clear_ours(struct updated *u, const struct sw_prefix *p)
{
	check(sw_table_clear(u->table, p), u);
}

/* The key of LPM_TRIE: a length, and the address as in the packet. */
static const void *key_of(const struct sw_prefix *p, struct bench_lpm6_key *key)
{
	key->len = p->len;
	if (p->family == 4) {
		key->addr_be[0] = __builtin_bswap32((__u32)p->lo);
		return key;
	}
	key->addr_be[0] = __builtin_bswap32((__u32)(p->hi >> 32));
	key->addr_be[1] = __builtin_bswap32((__u32)p->hi);
	key->addr_be[2] = __builtin_bswap32((__u32)(p->lo >> 32));
	key->addr_be[3] = __builtin_bswap32((__u32)p->lo);
	return key;
}

static void set_lpm(struct updated *u, const struct sw_prefix *p, uint8_t class)
{
	struct bench_lpm6_key key;
	__u32 value = class;

	check(bpf_map_update_elem(u->map, key_of(p, &key), &value, 0), u);
}

static void clear_lpm(struct updated *u, const struct sw_prefix *p)
{
	struct bench_lpm6_key key;

	check(bpf_map_delete_elem(u->map, key_of(p, &key)), u);
}

/* The key of HASH is the same without the length. */
static void set_hash(struct updated *u, const struct sw_prefix *p, uint8_t class)
{
	struct bench_lpm6_key key;
	__u32 value = class;

	key_of(p, &key);
	check(bpf_map_update_elem(u->map, key.addr_be, &value, 0), u);
}

static void clear_hash(struct updated *u, const struct sw_prefix *p)
{
	struct bench_lpm6_key key;

	key_of(p, &key);
	check(bpf_map_delete_elem(u->map, key.addr_be), u);
}

/* ---- making them ---- */

static struct bench_subject load(const char *folder, const char *name,
				 const struct bench_list *list)
{
	struct bench_load how = { .folder = folder,
				  .name = name,
				  .list = list,
				  .row = bench_row_drop(),
				  .bucket_lines = 1024,
				  .spare = 4 * updates };

	return bench_load(&how);
}

static void *memory(const struct bench_subject *s, const char *map, size_t bytes)
{
	return bench_map_memory(bench_map_fd(s, map), bytes);
}

static void open_expiry(struct updated *u)
{
	struct bench_subject *s = &u->subject;
	uint32_t buckets = bench_map_entries(s, "sw_expiry"), repaired;
	struct sw_settings *settings = memory(s, "sw_settings", sizeof(*settings));

	settings->expiry.seed = 20261127;
	check(sw_expiry_init(&u->expiry, &settings->expiry,
			     memory(s, "sw_expiry", buckets * sizeof(struct sw_expiry_bucket)),
			     buckets, &repaired),
	      u);
}

/* The product's writer on the memory of the maps, as the daemon has it. */
static void open_ours(struct updated *u, const char *folder, const struct bench_list *list)
{
	static const struct sw_rank ranks[SW_CLASS_MAX] = { [BENCH_CLASS] = { 1, 1 } };
	struct bench_subject *s = &u->subject;
	uint32_t blocks4, blocks6, repaired;
	int code;

	u->who = "synward";
	*s = load(folder, "table", list);
	blocks4 = bench_map_entries(s, "sw_blocks4");
	blocks6 = bench_map_entries(s, "sw_blocks6");
	code = sw_table4_init(
		&u->table4, memory(s, "sw_index4", SW_INDEX4_LINES * sizeof(struct sw_index4_line)),
		memory(s, "sw_blocks4", blocks4 * sizeof(union sw_block4)), blocks4, &repaired);
	check(code, u);
	code = sw_table6_init(
		&u->table6, memory(s, "sw_index6", SW_INDEX6_LINES * sizeof(struct sw_index6_line)),
		memory(s, "sw_blocks6", blocks6 * sizeof(union sw_block6)), blocks6, &repaired);
	check(code, u);
	open_expiry(u);
	u->table = sw_table_open(&u->table4, &u->table6, &u->expiry);
	if (!u->table)
		bench_die("sw_table_open");
	check(sw_table_load(u->table, list->four, list->four ? list->n : 0, list->six,
			    list->six ? list->n : 0, ranks),
	      u);
}

static void open_map(struct updated *u, const char *folder, const struct bench_list *list,
		     const char *who, const char *name, const char *map)
{
	u->who = who;
	u->subject = load(folder, name, list);
	u->map = bench_map_fd(&u->subject, map);
	bench_fill(&u->subject, list);
}

/* ---- measuring ---- */

static bool is_listed(const struct updated *ours, const struct sw_prefix *p)
{
	return p->family == 4 ? sw_table4_get(&ours->table4, (uint32_t)p->lo)
			      : sw_table6_get(&ours->table6, p->hi, p->lo);
}

/* Sources that @ours does not list. Two may be alike: a few in 200000. */
static struct sw_prefix *unlisted(const struct updated *ours, unsigned family)
{
	struct sw_prefix *all = bench_allocate(updates, sizeof(*all));
	uint64_t state = 20261127;

	for (uint32_t i = 0; i < updates;) {
		uint64_t r = sw_random(&state);

		all[i] = family == 4 ? sw_prefix_ip4(0x01000000 + (uint32_t)(r >> 33), 32)
				     : sw_prefix_ip6(0x2000000000000000 | r >> 3, 0, 64);
		i += !is_listed(ours, &all[i]);
	}
	return all;
}

static int compare(const void *a, const void *b)
{
	return sw_prefix_cmp(a, b);
}

/* No source twice: the second clear of it would fail. In random order again after. */
static uint32_t without_doubles(struct sw_prefix *all, uint32_t n)
{
	uint64_t state = 20261128;
	uint32_t kept = 0;

	qsort(all, n, sizeof(*all), compare);
	for (uint32_t i = 0; i < n; i++)
		if (!kept || sw_prefix_cmp(&all[kept - 1], &all[i]))
			all[kept++] = all[i];
	for (uint32_t i = kept; i > 1; i--) {
		uint32_t j = (uint32_t)(sw_random(&state) % i);
		struct sw_prefix swap = all[j];

		all[j] = all[i - 1];
		all[i - 1] = swap;
	}
	return kept;
}

struct operations {
	void (*set)(struct updated *u, const struct sw_prefix *p, uint8_t class);
	void (*clear)(struct updated *u, const struct sw_prefix *p);
};

static const struct operations ours_operations = { set_ours, clear_ours };
static const struct operations lpm_operations = { set_lpm, clear_lpm };
static const struct operations hash_operations = { set_hash, clear_hash };

/* One round of one of them: all set, then all cleared; nanoseconds for each. */
static void measure(const char *list, const char *what, struct updated *u,
		    const struct operations *op, const struct sw_prefix *all, uint32_t n,
		    uint8_t class)
{
	char name[64];
	double start = bench_now(), middle, end;

	for (uint32_t i = 0; i < n; i++)
		op->set(u, &all[i], class);
	middle = bench_now();
	for (uint32_t i = 0; i < n; i++)
		op->clear(u, &all[i]);
	end = bench_now();
	snprintf(name, sizeof(name), "set a source, %s", what);
	bench_record(list, name, u->who, "ns", (middle - start) * 1e9 / n);
	snprintf(name, sizeof(name), "clear a source, %s", what);
	bench_record(list, name, u->who, "ns", (end - middle) * 1e9 / n);
}

static void bench_family(const char *folder, unsigned family, unsigned rounds)
{
	struct bench_list list = bench_list_new(family, BENCH_MIXED, 1000000);
	struct bench_list hosts = bench_list_new(family, BENCH_HOSTS, 1000000);
	struct updated ours = { .map = -1 }, lpm = { .map = -1 }, hash = { .map = -1 };
	struct sw_prefix *all;
	uint32_t n;

	open_ours(&ours, folder, &list);
	open_map(&lpm, folder, &list, "LPM_TRIE", "lpm", family == 4 ? "bench_lpm4" : "bench_lpm6");
	open_map(&hash, folder, &hosts, "HASH", "hash",
		 family == 4 ? "bench_hash4" : "bench_hash6");
	all = unlisted(&ours, family);
	n = without_doubles(all, updates);
	for (unsigned r = 0; r < rounds; r++) {
		measure(list.name, "class in use", &ours, &ours_operations, all, n, BENCH_CLASS);
		measure(list.name, "new class", &ours, &ours_operations, all, n, NEW_CLASS);
		measure(list.name, "class in use", &lpm, &lpm_operations, all, n, BENCH_CLASS);
		measure(list.name, "class in use", &hash, &hash_operations, all, n, BENCH_CLASS);
	}
	free(all);
	bench_unload(&ours.subject);
	bench_unload(&lpm.subject);
	bench_unload(&hash.subject);
	bench_list_free(&list);
	bench_list_free(&hosts);
}

int main(int argc, char **argv)
{
	bool quick = argc > 3;

	if (argc < 3) {
		fprintf(stderr, "usage: bench_update FOLDER-OF-BPF-OBJECTS JSON-FILE [quick]\n");
		return 2;
	}
	bench_start("bench_update");
	if (quick)
		updates = 50000;
	for (unsigned family = 4; family <= 6; family += 2)
		bench_family(argv[1], family, quick ? 3 : 7);
	bench_write(argv[2]);
	return 0;
}
