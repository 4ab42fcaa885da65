/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>

#include "figures.h"
#include "subject.h"

#define PAGE 4096ul

int bench_map_fd(const struct bench_subject *s, const char *name)
{
	int fd = bpf_object__find_map_fd_by_name(s->object, name);

	if (fd < 0)
		bench_die(name);
	return fd;
}

uint32_t bench_map_entries(const struct bench_subject *s, const char *name)
{
	return bpf_map__max_entries(bpf_object__find_map_by_name(s->object, name));
}

static void resize(struct bpf_object *object, const char *name, uint32_t entries)
{
	if (bpf_map__set_max_entries(bpf_object__find_map_by_name(object, name), entries))
		bench_die(name);
}

void *bench_map_memory(int fd, size_t bytes)
{
	void *p = mmap(NULL, (bytes + PAGE - 1) & ~(PAGE - 1), PROT_READ | PROT_WRITE, MAP_SHARED,
		       fd, 0);

	if (p == MAP_FAILED)
		bench_die("mmap of a map");
	return p;
}

static void unmap(void *p, size_t bytes)
{
	munmap(p, (bytes + PAGE - 1) & ~(PAGE - 1));
}

/* ---- the product's tables: what changes when maps/table.h does ---- */

static void size_table(struct bpf_object *object, const struct bench_list *list, uint32_t spare)
{
	resize(object, "sw_blocks4",
	       sw_table4_need(list->four, list->four ? list->n : 0) + 256 + spare);
	resize(object, "sw_blocks6",
	       sw_table6_need(list->six, list->six ? list->n : 0) + 256 + spare);
}

static void fill_table4(const struct bench_subject *s, const struct bench_list *list)
{
	uint32_t blocks = bench_map_entries(s, "sw_blocks4");
	size_t bytes = blocks * sizeof(union sw_block4),
	       index_bytes = SW_INDEX4_LINES * sizeof(struct sw_index4_line);
	struct sw_table4 t;
	uint32_t repaired;

	if (sw_table4_init(&t, bench_map_memory(bench_map_fd(s, "sw_index4"), index_bytes),
			   bench_map_memory(bench_map_fd(s, "sw_blocks4"), bytes), blocks,
			   &repaired) ||
	    sw_table4_sync(&t, list->four, list->n))
		bench_void("the IPv4 table could not be filled");
	unmap(t.index, index_bytes);
	unmap(t.blocks, bytes);
	sw_table4_done(&t);
}

static void fill_table6(const struct bench_subject *s, const struct bench_list *list)
{
	uint32_t blocks = bench_map_entries(s, "sw_blocks6");
	size_t bytes = blocks * sizeof(union sw_block6),
	       index_bytes = SW_INDEX6_LINES * sizeof(struct sw_index6_line);
	struct sw_table6 t;
	uint32_t repaired;

	if (sw_table6_init(&t, bench_map_memory(bench_map_fd(s, "sw_index6"), index_bytes),
			   bench_map_memory(bench_map_fd(s, "sw_blocks6"), bytes), blocks,
			   &repaired) ||
	    sw_table6_sync(&t, list->six, list->n))
		bench_void("the IPv6 table could not be filled");
	unmap(t.index, index_bytes);
	unmap(t.blocks, bytes);
	sw_table6_done(&t);
}

/* ---- the maps that it is compared with: one batch ---- */

static void be6(const struct sw_entry6 *e, __u32 addr_be[4])
{
	addr_be[0] = __builtin_bswap32((__u32)(e->hi >> 32));
	addr_be[1] = __builtin_bswap32((__u32)e->hi);
	addr_be[2] = __builtin_bswap32((__u32)(e->lo >> 32));
	addr_be[3] = __builtin_bswap32((__u32)e->lo);
}

static void fill_map(int fd, const void *keys, const struct bench_list *list)
{
	__u32 *values = bench_allocate(list->n, sizeof(*values)), count = (__u32)list->n;

	for (size_t i = 0; i < list->n; i++)
		values[i] = BENCH_CLASS;
	if (bpf_map_update_batch(fd, keys, values, &count, NULL) || count != list->n)
		bench_die("filling a map");
	free(values);
}

static void fill_lpm(const struct bench_subject *s, const struct bench_list *list)
{
	struct bench_lpm4_key *four = bench_allocate(list->n, sizeof(*four));
	struct bench_lpm6_key *six = bench_allocate(list->n, sizeof(*six));

	for (size_t i = 0; i < list->n; i++) {
		if (list->family == 4) {
			four[i].len = list->four[i].len;
			four[i].addr_be = __builtin_bswap32(list->four[i].addr);
		} else {
			six[i].len = list->six[i].len;
			be6(&list->six[i], six[i].addr_be);
		}
	}
	if (list->family == 4)
		fill_map(bench_map_fd(s, "bench_lpm4"), four, list);
	else
		fill_map(bench_map_fd(s, "bench_lpm6"), six, list);
	free(four);
	free(six);
}

static void fill_hash(const struct bench_subject *s, const struct bench_list *list)
{
	struct bench_host6_key *six = bench_allocate(list->n, sizeof(*six));
	__u32 *four = bench_allocate(list->n, sizeof(*four));

	if (list->content != BENCH_HOSTS)
		bench_void("a hash holds no networks");
	for (size_t i = 0; i < list->n; i++) {
		if (list->family == 4)
			four[i] = __builtin_bswap32(list->four[i].addr);
		else
			be6(&list->six[i], six[i].addr_be);
	}
	if (list->family == 4)
		fill_map(bench_map_fd(s, "bench_hash4"), four, list);
	else
		fill_map(bench_map_fd(s, "bench_hash6"), six, list);
	free(four);
	free(six);
}

static bool is(const struct bench_subject *s, const char *name)
{
	return !strcmp(s->name, name);
}

void bench_fill(const struct bench_subject *s, const struct bench_list *list)
{
	if (is(s, "lpm"))
		fill_lpm(s, list);
	else if (is(s, "hash"))
		fill_hash(s, list);
	else if (list->family == 4)
		fill_table4(s, list);
	else
		fill_table6(s, list);
}

/* ---- loading ---- */

void bench_set_const(struct bpf_object *object, const char *name, uint32_t value)
{
	const struct btf *btf = bpf_object__btf(object);
	int id = btf__find_by_name_kind(btf, ".rodata", BTF_KIND_DATASEC);
	const struct btf_type *section = id > 0 ? btf__type_by_id(btf, (__u32)id) : NULL;
	struct bpf_map *map;
	size_t bytes = 0;
	__u8 *data = NULL;

	bpf_object__for_each_map (map, object)
		if (strstr(bpf_map__name(map), ".rodata"))
			data = (void *)(uintptr_t)bpf_map__initial_value(map, &bytes);
	for (unsigned i = 0; section && data && i < btf_vlen(section); i++) {
		const struct btf_var_secinfo *v = &btf_var_secinfos(section)[i];
		const struct btf_type *var = btf__type_by_id(btf, v->type);

		if (strcmp(btf__name_by_offset(btf, var->name_off), name))
			continue;
		memcpy(data + v->offset, &value, v->size); /* little end first, as all of this */
		return;
	}
	bench_void("the program has no constant %s", name);
}

struct sw_class bench_row_drop(void)
{
	return (struct sw_class){ .action = SW_ACTION_DROP,
				  .xdp = XDP_DROP,
				  .counted = SW_ACTION_DROP,
				  .reason = SW_REASON_LISTED };
}

struct sw_class bench_row_limit(void)
{
	return (struct sw_class){ .action = SW_ACTION_LIMIT,
				  .by_time = 1,
				  .interval = 10000000u >> SW_TICK_SHIFT };
}

struct sw_class bench_row_reset(void)
{
	return (struct sw_class){ .action = SW_ACTION_RESET, .by_time = SW_BY_TIME };
}

static void write_classes(const struct bench_subject *s, const struct bench_load *how)
{
	const struct sw_class unlisted = { .action = SW_ACTION_PASS,
					   .xdp = XDP_PASS,
					   .counted = SW_ACTION_PASS,
					   .reason = SW_REASON_UNLISTED,
					   .by_time = how->contact ? SW_BY_CONTACT : 0 };
	__u32 class = SW_CLASS_UNLISTED;

	if (bpf_map_update_elem(bench_map_fd(s, "sw_classes"), &class, &unlisted, 0))
		bench_die("classes");
	class = BENCH_CLASS;
	if (bpf_map_update_elem(bench_map_fd(s, "sw_classes"), &class, &how->row, 0))
		bench_die("classes");
}

static uint32_t seen_lines(const struct bench_load *how)
{
	return how->seen_lines ? how->seen_lines : 1;
}

static void write_settings(const struct bench_subject *s, const struct bench_load *how)
{
	struct sw_settings *settings =
		bench_map_memory(bench_map_fd(s, "sw_settings"), sizeof(*settings));

	settings->abi = SW_ABI_VERSION;
	settings->ports[0] = 1ull << 25;
	settings->bucket_mask = how->bucket_lines - 1;
	settings->bucket_seed = 20261123;
	settings->alive_ns = UINT64_MAX; /* never silent */
	settings->reset.interval_ns = how->reset_interval_ns;
	settings->reset.tolerance_ns = how->reset_tolerance_ns;
	/* A source comes once in a while, and has a token. */
	settings->reset_source.interval_ns = 1;
	settings->reset_source.tolerance_ns = 1ull << 40;
	settings->contact = (struct sw_contact_settings){
		.mode = how->contact,
		.overload = how->contact_load,
		.seed = 20261130,
		.hold_max_ns = 2500000000,
		.every_ns = 10000000000,
		.mask = seen_lines(how) - 1,
	};
	unmap(settings, sizeof(*settings));
}

static void size_maps(const struct bench_subject *s, const struct bench_load *how)
{
	resize(s->object, "sw_limits", how->bucket_lines);
	resize(s->object, "sw_seen", seen_lines(how));
	if (is(s, "table") || is(s, "lru"))
		size_table(s->object, how->list, how->spare);
	resize(s->object, "sw_expiry", sw_expiry_need(how->spare));
	if (is(s, "hash"))
		resize(s->object, how->list->family == 4 ? "bench_hash4" : "bench_hash6",
		       (uint32_t)how->list->n + how->spare);
}

/* Of the blocks, those that the list will take. */
static uint32_t lines_in_use(const struct bench_subject *s, const struct bench_load *how)
{
	const char *blocks = how->list->family == 4 ? "sw_blocks4" : "sw_blocks6";

	return bench_map_entries(s, blocks) - how->spare;
}

static int program_fd(const struct bench_subject *s, const char *name)
{
	return bpf_program__fd(bpf_object__find_program_by_name(s->object, name));
}

struct bpf_object *bench_open(const char *folder, const char *name)
{
	char path[4096];
	struct bpf_object *object;

	snprintf(path, sizeof(path), "%s/%s.bpf.o", folder, name);
	object = bpf_object__open_file(path, NULL);
	if (!object)
		bench_die(path);
	return object;
}

struct bench_subject bench_load(const struct bench_load *how)
{
	struct bench_subject s = { .name = how->name,
				   .object = bench_open(how->folder, how->name) };

	bench_set_const(s.object, "bench_family", how->list->family);
	bench_set_const(s.object, "bench_fresh", how->fresh);
	size_maps(&s, how);
	if (is(&s, "table"))
		bench_set_const(s.object, "bench_lines", lines_in_use(&s, how));
	if (bpf_object__load(s.object))
		bench_die(how->name);
	s.back = program_fd(&s, "bench_return");
	s.parse = program_fd(&s, "bench_parse");
	s.whole = program_fd(&s, "bench_whole");
	s.touch = s.anew = s.write = -1;
	if (is(&s, "table")) {
		s.touch = program_fd(&s, "bench_touch");
		s.anew = program_fd(&s, "bench_anew");
		s.write = program_fd(&s, "bench_write");
	}
	s.sources = bench_map_memory(bench_map_fd(&s, "bench_sources"),
				     BENCH_LINES * sizeof(*s.sources));
	write_settings(&s, how);
	write_classes(&s, how);
	return s;
}

void bench_unload(struct bench_subject *s)
{
	unmap(s->sources, BENCH_LINES * sizeof(*s->sources));
	bpf_object__close(s->object);
}

/* ---- reading and running ---- */

double bench_map_bytes(int fd)
{
	char path[64], line[256];
	double bytes = -1;
	FILE *in;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	in = fopen(path, "r");
	while (in && fgets(line, sizeof(line), in))
		if (!strncmp(line, "memlock:", 8))
			bytes = strtod(line + 8, NULL);
	if (in)
		fclose(in);
	if (bytes < 0)
		bench_void("the kernel does not say what a map takes");
	return bytes;
}

double bench_memory_bytes(const struct bench_subject *s)
{
	struct bpf_map *map;
	double bytes = 0;

	bpf_object__for_each_map (map, s->object)
		if (strcmp(bpf_map__name(map), "bench_sources"))
			bytes += bench_map_bytes(bpf_map__fd(map));
	return bytes;
}

uint64_t bench_counted(const struct bench_subject *s, enum sw_action action)
{
	int cpus = libbpf_num_possible_cpus();
	struct sw_class_count *count = bench_allocate((size_t)cpus, sizeof(*count));
	__u32 class = BENCH_CLASS;
	uint64_t sum = 0;

	if (bpf_map_lookup_elem(bench_map_fd(s, "sw_class_counts"), &class, count))
		bench_die("counters");
	for (int i = 0; i < cpus; i++)
		sum += count[i].packets[action];
	free(count);
	return sum;
}

/* The kernel's own figure for a test-run is in whole ns, too coarse for a ratio. What a
 * thread has used of its CPU leaves out, as that does, when others had it. */
static double cpu_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

double bench_run(int program, const struct sw_frame *spec, uint32_t repeat)
{
	uint8_t frame[SW_FRAME_ROOM];
	size_t bytes = sw_frame_build(spec, frame, sizeof(frame));
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = frame, .data_size_in = (__u32)bytes,
		    .repeat = (int)repeat);

	double start = cpu_ns(), end;

	if (bpf_prog_test_run_opts(program, &opts))
		bench_die("BPF_PROG_TEST_RUN");
	end = cpu_ns();
	if (opts.retval != XDP_PASS && opts.retval != XDP_DROP && opts.retval != XDP_TX)
		bench_void("the program returned %u", opts.retval);
	return (end - start) / repeat;
}

struct sw_frame bench_frame(unsigned family, uint16_t port, uint8_t flags)
{
	struct sw_frame f = { .dport = port, .flags = flags };

	sw_addr_parse(family == 4 ? "5.1.0.1" : "2a01:1::1", &f.source);
	sw_addr_parse(family == 4 ? "5.9.0.25" : "2a01:9::25", &f.dest);
	return f;
}
