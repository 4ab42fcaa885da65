/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * bench_xdp - what a packet costs in the program, by BPF_PROG_TEST_RUN.
 *
 * Each round measures every case once, in turn, so that what disturbs the
 * machine disturbs them all. Ratios are of the minima over the rounds: what other
 * tenants of a shared machine do to its caches only ever adds time. Only the
 * ratios of one run mean something on another machine.
 *
 * usage: bench_xdp FOLDER-OF-BPF-OBJECTS JSON-FILE [quick]
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <jansson.h>

#include "bench.h"
#include "lists/flatten.h"
#include "maps/table.h"
#include "tests/support/frames.h"

#define ROUNDS_MAX 11
#define CLASS 8

static uint64_t state = 20261123;

static uint64_t rnd(void)
{
	state ^= state >> 12;
	state ^= state << 25;
	state ^= state >> 27;
	return state * 0x2545f4914f6cdd1dull;
}

static void die(const char *what)
{
	fprintf(stderr, "bench_xdp: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void *allocate(size_t n, size_t bytes)
{
	void *p = calloc(n ? n : 1, bytes);

	if (!p)
		die("memory");
	return p;
}

/* ---- prefixes and sources ---- */

static struct sw_rank ranks[SW_CLASS_MAX] = { [CLASS] = { 1, 1 } };

/* Unicast and not so dense that everything is a hit. */
static uint32_t random_addr4(void)
{
	uint32_t addr;

	do
		addr = (uint32_t)rnd();
	while (addr >> 24 == 0 || addr >> 24 >= 224);
	return addr;
}

/* What lists look like: mostly hosts, some /24s, few larger ones. */
static uint8_t mixed_len4(void)
{
	unsigned d = rnd() % 1000;

	return d < 800 ? 32 : d < 950 ? 24 : d < 995 ? 22 : 20;
}

static size_t mixed4(struct sw_entry4 **ret, size_t n)
{
	struct sw_entry4 *e = allocate(n, sizeof(*e)), *flat = allocate(n, sizeof(*flat));
	size_t flat_n;

	for (size_t i = 0; i < n; i++) {
		uint8_t len = mixed_len4();

		e[i] = (struct sw_entry4){ .addr = random_addr4() & UINT32_MAX << (32 - len),
					   .len = len,
					   .class = CLASS };
	}
	sw_entries4_sort(e, n);
	sw_flatten4(e, n, ranks, flat, &flat_n);
	free(e);
	*ret = flat;
	return flat_n;
}

static size_t mixed6(struct sw_entry6 **ret, size_t n)
{
	struct sw_entry6 *e = allocate(n, sizeof(*e)), *flat = allocate(n, sizeof(*flat));
	size_t flat_n;

	for (size_t i = 0; i < n; i++) {
		uint8_t len = (uint8_t)(32 + rnd() % 97); /* /32 to /128 */

		e[i] = (struct sw_entry6){ .hi = 0x2000000000000000 | rnd() >> 3,
					   .lo = rnd(),
					   .len = len,
					   .class = CLASS };
		e[i].hi &= len >= 64 ? ~0ull : ~0ull << (64 - len);
		e[i].lo &= len <= 64 ? 0 : ~0ull << (128 - len);
	}
	sw_entries6_sort(e, n);
	sw_flatten6(e, n, ranks, flat, &flat_n);
	free(e);
	*ret = flat;
	return flat_n;
}

/* Which of the sources are inside a prefix. */
enum sources { RANDOM_HALF, LISTED, UNLISTED };

static bool draw_listed(enum sources kind)
{
	return kind == LISTED || (kind == RANDOM_HALF && rnd() % 2);
}

static void fill_sources4(struct bench_line *s, enum sources kind, const struct sw_entry4 *e,
			  size_t n)
{
	for (size_t i = 0; i < BENCH_SOURCES; i++) {
		const struct sw_entry4 *in = &e[rnd() % n];
		uint32_t addr = draw_listed(kind)
					? in->addr | (uint32_t)(rnd() & (0xffffffffull >> in->len))
					: random_addr4();

		s[i / 16].word[i % 16] = __builtin_bswap32(addr);
	}
}

static void fill_sources6(struct bench_line *s, enum sources kind, const struct sw_entry6 *e,
			  size_t n)
{
	for (size_t i = 0; i < BENCH_SOURCES; i++) {
		const struct sw_entry6 *in = &e[rnd() % n];
		uint64_t hi = 0x2000000000000000 | rnd() >> 3, lo = rnd();

		if (draw_listed(kind)) {
			hi = in->hi | (in->len >= 64 ? 0 : hi & ~0ull >> in->len);
			lo = in->len == 128
				     ? in->lo
				     : in->lo | (in->len <= 64 ? lo : lo & ~0ull >> (in->len - 64));
		}
		uint32_t *word = &s[i / 4].word[i % 4 * 4];

		word[0] = __builtin_bswap32((uint32_t)(hi >> 32));
		word[1] = __builtin_bswap32((uint32_t)hi);
		word[2] = __builtin_bswap32((uint32_t)(lo >> 32));
		word[3] = __builtin_bswap32((uint32_t)lo);
	}
}

/* ---- the two programs ---- */

struct subject {
	struct bpf_object *object;
	struct bench_line *sources;
	int whole, parse, back; /* program descriptors */
};

static int map_fd(const struct subject *s, const char *name)
{
	int fd = bpf_object__find_map_fd_by_name(s->object, name);

	if (fd < 0)
		die(name);
	return fd;
}

static void *map_memory(const struct subject *s, const char *name, size_t bytes)
{
	void *p = mmap(NULL, (bytes + 4095) & ~4095ul, PROT_READ | PROT_WRITE, MAP_SHARED,
		       map_fd(s, name), 0);

	if (p == MAP_FAILED)
		die(name);
	return p;
}

static int program_fd(const struct subject *s, const char *name)
{
	return bpf_program__fd(bpf_object__find_program_by_name(s->object, name));
}

static void set_family(struct subject *s, unsigned family)
{
	struct bpf_map *map;

	/* .rodata holds bench_family and sw_tracing, in the order of the linker. */
	bpf_object__for_each_map (map, s->object) {
		size_t bytes;
		const void *now = bpf_map__initial_value(map, &bytes);
		__u8 data[16];

		if (!strstr(bpf_map__name(map), ".rodata") || bytes > sizeof(data))
			continue;
		memcpy(data, now, bytes);
		for (size_t i = 0; i < bytes; i++)
			if (data[i]) /* the only one that is not 0 */
				data[i] = (__u8)family;
		bpf_map__set_initial_value(map, data, bytes);
	}
}

static struct subject load(const char *folder, const char *name, unsigned family, uint32_t blocks,
			   uint32_t blocks6)
{
	struct subject s = { 0 };
	char path[4096];
	__u32 class = SW_CLASS_UNLISTED;
	struct sw_class row = { .action = SW_ACTION_PASS,
				.xdp = XDP_PASS,
				.counted = SW_ACTION_PASS,
				.reason = SW_REASON_UNLISTED };
	struct sw_settings *settings;

	snprintf(path, sizeof(path), "%s/%s.bpf.o", folder, name);
	s.object = bpf_object__open_file(path, NULL);
	if (!s.object)
		die(path);
	set_family(&s, family);
	bpf_map__set_max_entries(bpf_object__find_map_by_name(s.object, "sw_limits"), 1024);
	if (!strcmp(name, "table")) {
		bpf_map__set_max_entries(bpf_object__find_map_by_name(s.object, "sw_blocks4"),
					 blocks);
		bpf_map__set_max_entries(bpf_object__find_map_by_name(s.object, "sw_blocks6"),
					 blocks6);
	}
	if (bpf_object__load(s.object))
		die("load");
	s.back = program_fd(&s, "bench_return");
	s.parse = program_fd(&s, "bench_parse");
	s.whole = program_fd(&s, "bench_whole");
	s.sources = map_memory(&s, "bench_sources", BENCH_LINES * sizeof(*s.sources));
	settings = map_memory(&s, "sw_settings", sizeof(*settings));
	settings->abi = SW_ABI_VERSION;
	settings->ports[0] = 1ull << 25;
	munmap(settings, sizeof(*settings));
	bpf_map_update_elem(map_fd(&s, "sw_classes"), &class, &row, 0);
	class = CLASS;
	row = (struct sw_class){ .action = SW_ACTION_DROP,
				 .xdp = XDP_DROP,
				 .counted = SW_ACTION_DROP,
				 .reason = SW_REASON_LISTED };
	bpf_map_update_elem(map_fd(&s, "sw_classes"), &class, &row, 0);
	return s;
}

static void unload(struct subject *s)
{
	munmap(s->sources, BENCH_LINES * sizeof(*s->sources));
	bpf_object__close(s->object);
}

static void fill_lpm4(const struct subject *s, const struct sw_entry4 *e, size_t n)
{
	struct bench_lpm4_key *keys = allocate(n, sizeof(*keys));
	__u32 *values = allocate(n, sizeof(*values)), count = (__u32)n;

	for (size_t i = 0; i < n; i++) {
		keys[i] = (struct bench_lpm4_key){ e[i].len, __builtin_bswap32(e[i].addr) };
		values[i] = e[i].class;
	}
	if (bpf_map_update_batch(map_fd(s, "bench_lpm4"), keys, values, &count, NULL))
		die("filling the trie");
	free(keys);
	free(values);
}

static void fill_lpm6(const struct subject *s, const struct sw_entry6 *e, size_t n)
{
	struct bench_lpm6_key *keys = allocate(n, sizeof(*keys));
	__u32 *values = allocate(n, sizeof(*values)), count = (__u32)n;

	for (size_t i = 0; i < n; i++) {
		keys[i] = (struct bench_lpm6_key){ e[i].len,
						   { __builtin_bswap32((__u32)(e[i].hi >> 32)),
						     __builtin_bswap32((__u32)e[i].hi),
						     __builtin_bswap32((__u32)(e[i].lo >> 32)),
						     __builtin_bswap32((__u32)e[i].lo) } };
		values[i] = e[i].class;
	}
	if (bpf_map_update_batch(map_fd(s, "bench_lpm6"), keys, values, &count, NULL))
		die("filling the trie");
	free(keys);
	free(values);
}

static void fill_table4(const struct subject *s, uint32_t blocks, const struct sw_entry4 *e,
			size_t n)
{
	struct sw_table4 t;
	uint32_t repaired;

	if (sw_table4_init(
		    &t, map_memory(s, "sw_index4", sizeof(struct sw_index4_line) * SW_INDEX4_LINES),
		    map_memory(s, "sw_blocks4", (size_t)blocks * sizeof(union sw_block4)), blocks,
		    &repaired) ||
	    sw_table4_sync(&t, e, n))
		die("filling the table");
	munmap(t.index, sizeof(struct sw_index4_line) * SW_INDEX4_LINES);
	munmap(t.blocks, (size_t)blocks * sizeof(union sw_block4));
	sw_table4_done(&t);
}

static void fill_table6(const struct subject *s, uint32_t blocks, const struct sw_entry6 *e,
			size_t n)
{
	struct sw_table6 t;
	uint32_t repaired;

	if (sw_table6_init(
		    &t, map_memory(s, "sw_index6", sizeof(struct sw_index6_line) * SW_INDEX6_LINES),
		    map_memory(s, "sw_blocks6", (size_t)blocks * sizeof(union sw_block6)), blocks,
		    &repaired) ||
	    sw_table6_sync(&t, e, n))
		die("filling the table");
	munmap(t.index, sizeof(struct sw_index6_line) * SW_INDEX6_LINES);
	munmap(t.blocks, (size_t)blocks * sizeof(union sw_block6));
	sw_table6_done(&t);
}

/* ---- measuring ---- */

struct figure {
	char name[96];
	double ns[ROUNDS_MAX];
	unsigned rounds;
	double median, low, high;
};

static struct figure figures[256];
static unsigned figures_n;
static unsigned rounds = ROUNDS_MAX;
static uint32_t repeat = 1u << 19;

static struct figure *figure(const char *name)
{
	for (unsigned i = 0; i < figures_n; i++)
		if (!strcmp(figures[i].name, name))
			return &figures[i];
	snprintf(figures[figures_n].name, sizeof(figures[0].name), "%s", name);
	return &figures[figures_n++];
}

static void measure(const char *name, int program, const struct sw_frame *spec)
{
	uint8_t frame[SW_FRAME_ROOM];
	size_t bytes = sw_frame_build(spec, frame, sizeof(frame));
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = frame, .data_size_in = (__u32)bytes,
		    .repeat = (int)repeat);
	struct figure *f = figure(name);

	/* Once to warm up: what ran before has put other things into the caches. */
	if (bpf_prog_test_run_opts(program, &opts) || bpf_prog_test_run_opts(program, &opts))
		die(name);
	if (opts.retval != XDP_PASS && opts.retval != XDP_DROP) {
		fprintf(stderr, "bench_xdp: %s returned %u\n", name, opts.retval);
		exit(1);
	}
	f->ns[f->rounds++] = opts.duration;
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static void summarise(void)
{
	for (unsigned i = 0; i < figures_n; i++) {
		struct figure *f = &figures[i];

		qsort(f->ns, f->rounds, sizeof(double), by_value);
		f->median = f->ns[f->rounds / 2];
		f->low = f->ns[0];
		f->high = f->ns[f->rounds - 1];
	}
}

static struct sw_frame frame_of(unsigned family, uint16_t port, uint8_t flags)
{
	struct sw_frame f = { .dport = port, .flags = flags };

	sw_addr_parse(family == 4 ? "5.1.0.1" : "2a01:1::1", &f.source);
	sw_addr_parse(family == 4 ? "5.9.0.25" : "2a01:9::25", &f.dest);
	return f;
}

static void set_sources(struct subject *s, unsigned family, enum sources kind, const void *e,
			size_t n)
{
	if (family == 4)
		fill_sources4(s->sources, kind, e, n);
	else
		fill_sources6(s->sources, kind, e, n);
}

static const char *size_name(size_t n)
{
	return n >= 1000000 ? "1 M" : n >= 100000 ? "100 k" : "1 k";
}

/* All cases of one family and one number of prefixes. */
static void bench_size(const char *folder, unsigned family, size_t n)
{
	struct sw_entry4 *e4 = NULL;
	struct sw_entry6 *e6 = NULL;
	size_t flat_n = family == 4 ? mixed4(&e4, n) : mixed6(&e6, n);
	uint32_t blocks = family == 4 ? sw_table4_need(e4, flat_n) : 512;
	uint32_t blocks6 = family == 6 ? sw_table6_need(e6, flat_n) + 64 : 64;
	struct subject table = load(folder, "table", family, blocks, blocks6);
	struct subject lpm = load(folder, "lpm", family, 0, 0);
	struct sw_frame syn = frame_of(family, 25, SW_FRAME_SYN);
	struct sw_frame web = frame_of(family, 443, SW_FRAME_ACK);
	struct sw_frame smtp = frame_of(family, 25, SW_FRAME_ACK);
	const void *e = family == 4 ? (void *)e4 : (void *)e6;
	char name[96];

	if (family == 4) {
		fill_table4(&table, blocks, e4, flat_n);
		fill_lpm4(&lpm, e4, flat_n);
	} else {
		fill_table6(&table, blocks6, e6, flat_n);
		fill_lpm6(&lpm, e6, flat_n);
	}
	for (unsigned r = 0; r < rounds; r++) {
		static const struct {
			enum sources kind;
			const char *name;
		} syns[] = { { RANDOM_HALF, "random SYN" },
			     { LISTED, "listed SYN" },
			     { UNLISTED, "unlisted SYN" } };

#define NAME(what) (snprintf(name, sizeof(name), "IPv%u %s %s", family, size_name(n), what), name)
		set_sources(&table, family, RANDOM_HALF, e, flat_n);
		measure(NAME("return only"), table.back, &syn);
		measure(NAME("parse only"), table.parse, &syn);
		measure(NAME("return only, not SMTP"), table.back, &web);
		measure(NAME("not SMTP"), table.whole, &web);
		measure(NAME("established SMTP"), table.whole, &smtp);
		for (unsigned k = 0; k < 3; k++) {
			char what[64];

			set_sources(&table, family, syns[k].kind, e, flat_n);
			memcpy(lpm.sources, table.sources, BENCH_LINES * sizeof(*lpm.sources));
			measure(NAME(syns[k].name), table.whole, &syn);
			snprintf(what, sizeof(what), "%s, LPM_TRIE", syns[k].name);
			measure(NAME(what), lpm.whole, &syn);
		}
	}
	unload(&table);
	unload(&lpm);
	free(e4);
	free(e6);
}

static double low_of(unsigned family, const char *size, const char *what)
{
	char name[96];

	snprintf(name, sizeof(name), "IPv%u %s %s", family, size, what);
	return figure(name)->low;
}

struct ratio {
	const char *what, *base;
	const char *size;
	unsigned family;
	double bound; /* 0: no aim yet */
	bool at_least; /* else at most */
};

static bool report(json_t *out)
{
	static const struct ratio ratios[] = {
		{ "random SYN", "parse only", "1 M", 4, 2.5, false },
		{ "random SYN, LPM_TRIE", "random SYN", "1 M", 4, 8.0, true },
		{ "not SMTP", "return only, not SMTP", "1 M", 4, 1.3, false },
		{ "established SMTP", "return only", "1 M", 4, 1.3, false },
		{ "random SYN", "parse only", "1 M", 6, 0, false },
		{ "random SYN, LPM_TRIE", "random SYN", "1 M", 6, 0, true },
		{ "not SMTP", "return only, not SMTP", "1 M", 6, 1.3, false },
	};
	bool all = true;

	printf("%-42s %8s %8s %8s\n", "ns for a packet", "median", "min", "max");
	for (unsigned i = 0; i < figures_n; i++) {
		struct figure *f = &figures[i];

		printf("%-42s %8.0f %8.0f %8.0f\n", f->name, f->median, f->low, f->high);
		json_array_append_new(json_object_get(out, "cases"),
				      json_pack("{s:s,s:s,s:f,s:f,s:f}", "case", f->name, "unit",
						"ns", "min", f->low, "median", f->median, "max",
						f->high));
	}
	printf("\n%-58s %8s %s\n", "ratio of the minima", "value", "aim");
	for (unsigned i = 0; i < sizeof(ratios) / sizeof(*ratios); i++) {
		const struct ratio *r = &ratios[i];
		double value =
			low_of(r->family, r->size, r->what) / low_of(r->family, r->size, r->base);
		bool met = r->at_least || !r->bound ? value >= r->bound : value <= r->bound;
		char name[128];

		snprintf(name, sizeof(name), "IPv%u %s: %s / %s", r->family, r->size, r->what,
			 r->base);
		printf("%-58s %8.2f", name, value);
		if (r->bound)
			printf(" %s %.1f%s", r->at_least ? "at least" : "at most", r->bound,
			       met ? "" : "  NOT MET");
		putchar('\n');
		json_array_append_new(json_object_get(out, "ratios"),
				      json_pack("{s:s,s:s,s:f,s:f,s:b}", "ratio", name, "base",
						r->base, "value", value,
						r->at_least ? "at_least" : "at_most", r->bound,
						"met", met));
		all &= met;
	}
	return all;
}

int main(int argc, char **argv)
{
	static const size_t sizes[] = { 1000, 100000, 1000000 };
	json_t *out = json_pack("{s:[],s:[]}", "cases", "ratios");

	if (argc < 3) {
		fprintf(stderr, "usage: bench_xdp FOLDER-OF-BPF-OBJECTS JSON-FILE [quick]\n");
		return 2;
	}
	if (argc > 3) {
		rounds = 3;
		repeat = 1u << 18;
	}
	for (unsigned family = 4; family <= 6; family += 2)
		for (unsigned i = 0; i < 3; i++)
			bench_size(argv[1], family, sizes[i]);
	summarise();
	report(out);
	if (json_dump_file(out, argv[2], JSON_INDENT(1)))
		die(argv[2]);
	json_decref(out);
	return 0;
}
