/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Those that drop in XDP: the product as its own command attaches it, the same program
 * on other maps, and xdp-filter of xdp-tools.
 */
#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <stdlib.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/if_link.h>

#include "commands.h"
#include "figures.h"
#include "rivals.h"

static int open_pin(const char *folder, const char *name)
{
	char path[512];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	fd = bpf_obj_get(path);
	if (fd < 0)
		bench_die(path);
	return fd;
}

/* ---- the product ---- */

#define CONFIG "/run/synward.conf"
#define LIST "/run/list.txt"
#define PINS "/sys/fs/bpf/synward"
#define DEFAULT_BLOCKS (1u << 20) /* table4-blocks of userspace/lib/options.def */

static const char *pins(void)
{
	static char folder[64];

	snprintf(folder, sizeof(folder), PINS "/v%d", SW_ABI_VERSION);
	return folder;
}

static const char *synward_refuses(const struct bench_world *world)
{
	return NULL;
}

/* Whole defaults, unless the list does not fit into them. Bogons stay in, or what the
 * others drop would not be dropped here. */
static void synward_begin(struct bench_entrant *e)
{
	const struct bench_list *list = e->world->list;
	uint32_t need = sw_table4_need(list->four, list->n);
	FILE *out = fopen(LIST, "w");

	if (!out)
		bench_die(LIST);
	bench_list_print(list, "", "\n", out);
	if (fclose(out) || !(out = fopen(CONFIG, "w")))
		bench_die(CONFIG);
	fprintf(out,
		"interfaces = {\"%s\"}\nstate-dir = \"/run/synward-state\"\n"
		"run-dir = \"/run/synward\"\npin-dir = \"" PINS "\"\n",
		e->cable.receiver);
	if (need > DEFAULT_BLOCKS)
		fprintf(out, "table4-blocks = %u\n", need + need / 8);
	fprintf(out, "list bench { file = \"" LIST "\" action = drop scrub = false }\n");
	if (fclose(out))
		bench_die(CONFIG);
}

static void synward_fill(struct bench_entrant *e)
{
	BENCH_COMMAND(e->world->synward, "attach", "-c", CONFIG);
}

static void synward_empty(struct bench_entrant *e)
{
	BENCH_COMMAND(e->world->synward, "detach", "-c", CONFIG);
	BENCH_COMMAND("rm", "-rf", "/run/synward-state");
}

static uint64_t sum_of_cpus(int fd, __u32 key, size_t size, size_t offset)
{
	int cpus = libbpf_num_possible_cpus();
	size_t stride = (size + 7) & ~7ul;
	uint8_t *values = bench_allocate((size_t)cpus, stride);
	uint64_t sum = 0, one;

	if (bpf_map_lookup_elem(fd, &key, values))
		bench_die("counters");
	for (int i = 0; i < cpus; i++) {
		memcpy(&one, values + (size_t)i * stride + offset, sizeof(one));
		sum += one;
	}
	free(values);
	return sum;
}

static uint64_t synward_dropped(const struct bench_entrant *e)
{
	int fd = open_pin(pins(), "sw_class_counts");
	uint64_t sum = 0;

	for (__u32 class = SW_CLASS_FIRST_LIST; class < SW_CLASS_MAX; class ++)
		sum += sum_of_cpus(fd, class, sizeof(struct sw_class_count),
				   offsetof(struct sw_class_count, packets[SW_ACTION_DROP]));
	close(fd);
	return sum;
}

static double synward_bytes(const struct bench_entrant *e, double slab_before)
{
	DIR *d = opendir(pins());
	struct dirent *entry;
	double bytes = 0;

	if (!d)
		bench_die(pins());
	while ((entry = readdir(d))) {
		int fd;

		/* sw_steer is the link of a program, and no map. */
		if (strncmp(entry->d_name, "sw_", 3) != 0 || !strcmp(entry->d_name, "sw_steer"))
			continue;
		fd = open_pin(pins(), entry->d_name);
		bytes += bench_map_bytes(fd);
		close(fd);
	}
	closedir(d);
	return bytes;
}

const struct bench_rival bench_rival_synward = { .name = "synward",
						 .refuses = synward_refuses,
						 .begin = synward_begin,
						 .fill = synward_fill,
						 .fill_name = "fill from file",
						 .empty = synward_empty,
						 .end = synward_empty,
						 .dropped = synward_dropped,
						 .bytes = synward_bytes };

/* ---- the same program on other maps ---- */

static void attach_program(struct bench_entrant *e, const struct bpf_object *object,
			   const char *name)
{
	struct bpf_program *program = bpf_object__find_program_by_name(object, name);

	if (!program || bpf_xdp_attach(e->cable.receiver_index, bpf_program__fd(program),
				       XDP_FLAGS_DRV_MODE, NULL))
		bench_die("attaching to a veth");
}

static void detach_program(struct bench_entrant *e)
{
	if (bpf_xdp_detach(e->cable.receiver_index, XDP_FLAGS_DRV_MODE, NULL))
		bench_die("detaching from a veth");
}

static void subject_begin(struct bench_entrant *e, const char *name, const char *program)
{
	struct bench_load how = { .folder = e->world->folder,
				  .name = name,
				  .list = e->world->list,
				  .row = bench_row_drop(),
				  .bucket_lines = 1024 };

	e->subject = bench_load(&how);
	bench_fill(&e->subject, e->world->list);
	attach_program(e, e->subject.object, program);
}

static void subject_end(struct bench_entrant *e)
{
	detach_program(e);
	bench_unload(&e->subject);
}

static uint64_t subject_dropped(const struct bench_entrant *e)
{
	return bench_counted(&e->subject, SW_ACTION_DROP);
}

static const char *lpm_refuses(const struct bench_world *world)
{
	return world->list->n > 2000000 ? "filling it takes most of a minute" : NULL;
}

static void lpm_begin(struct bench_entrant *e)
{
	subject_begin(e, "lpm", "bench_filter");
}

const struct bench_rival bench_rival_lpm = { .name = "LPM_TRIE",
					     .refuses = lpm_refuses,
					     .begin = lpm_begin,
					     .end = subject_end,
					     .dropped = subject_dropped };

static const char *hash_refuses(const struct bench_world *world)
{
	return world->list->content == BENCH_HOSTS ? NULL : "a hash holds no networks";
}

static void hash_begin(struct bench_entrant *e)
{
	subject_begin(e, "hash", "bench_filter");
}

const struct bench_rival bench_rival_hash = { .name = "HASH",
					      .refuses = hash_refuses,
					      .begin = hash_begin,
					      .end = subject_end,
					      .dropped = subject_dropped };

/* ---- xdp-filter ---- */

#define FILTER_PINS "/sys/fs/bpf/xdp-filter"
#define FILTER_ROOM 10000 /* its map is made for so many, and there is no option */

static const char *filter_refuses(const struct bench_world *world)
{
	if (!bench_has_command("xdp-filter"))
		return "xdp-filter (Debian: xdp-tools) is not installed";
	if (world->list->content != BENCH_HOSTS)
		return "it holds no networks";
	if (world->list->n > FILTER_ROOM)
		return "it holds at most 10000 addresses";
	return NULL;
}

static void filter_begin(struct bench_entrant *e)
{
	BENCH_COMMAND("xdp-filter", "load", "-m", "native", "-p", "allow", "-f", "ipv4",
		      e->cable.receiver);
}

static const char *address_of(uint32_t addr, char text[16])
{
	snprintf(text, 16, "%u.%u.%u.%u", addr >> 24, addr >> 16 & 255, addr >> 8 & 255,
		 addr & 255);
	return text;
}

/*
 * Its command takes one address at a time. The first goes in that way, and all others
 * beside it with the value that it then has.
 */
static void filter_fill(struct bench_entrant *e)
{
	const struct bench_list *list = e->world->list;
	size_t cpus = (size_t)libbpf_num_possible_cpus();
	uint64_t *values = bench_allocate(list->n * cpus, sizeof(*values));
	__u32 *keys = bench_allocate(list->n, sizeof(*keys)), count = (__u32)list->n;
	int fd = open_pin(FILTER_PINS, "filter_ipv4");
	char text[16];

	BENCH_COMMAND("xdp-filter", "ip", "-m", "src", address_of(list->four[0].addr, text));
	for (size_t i = 0; i < list->n; i++)
		keys[i] = __builtin_bswap32(list->four[i].addr);
	if (bpf_map_lookup_elem(fd, &keys[0], values))
		bench_die("xdp-filter's map");
	for (size_t i = 1; i < list->n; i++)
		memcpy(&values[i * cpus], values, cpus * sizeof(*values));
	if (bpf_map_update_batch(fd, keys, values, &count, NULL) || count != list->n)
		bench_die("filling xdp-filter's map");
	close(fd);
	free(keys);
	free(values);
}

static void filter_end(struct bench_entrant *e)
{
	BENCH_COMMAND("xdp-filter", "unload", e->cable.receiver);
}

static uint64_t filter_dropped(const struct bench_entrant *e)
{
	struct {
		uint64_t packets, bytes;
	} record;
	int fd = open_pin(FILTER_PINS, "xdp_stats_map");
	uint64_t sum = sum_of_cpus(fd, XDP_DROP, sizeof(record), 0);

	close(fd);
	return sum;
}

static double filter_bytes(const struct bench_entrant *e, double slab_before)
{
	int fd = open_pin(FILTER_PINS, "filter_ipv4");
	double bytes = bench_map_bytes(fd);

	close(fd);
	return bytes;
}

const struct bench_rival bench_rival_xdp_filter = { .name = "xdp-filter",
						    .refuses = filter_refuses,
						    .begin = filter_begin,
						    .fill = filter_fill,
						    .fill_name = "fill from memory",
						    .end = filter_end,
						    .dropped = filter_dropped,
						    .bytes = filter_bytes };

/* ---- the least that can be: a program that drops all it gets, and one that reads a
 * line of the product's table before it does ---- */

static const char *floor_refuses(const struct bench_world *world)
{
	return NULL;
}

static void touch_begin(struct bench_entrant *e)
{
	subject_begin(e, "table", "bench_touch_filter");
}

const struct bench_rival bench_rival_touch = { .name = "parse and one line",
					       .refuses = floor_refuses,
					       .begin = touch_begin,
					       .end = subject_end,
					       .dropped = subject_dropped };

static void floor_begin(struct bench_entrant *e)
{
	struct bpf_object *object = bench_open(e->world->folder, "drop");

	if (bpf_object__load(object))
		bench_die("loading drop.bpf.o");
	attach_program(e, object, "bench_drop");
	e->subject.object = object;
}

static void floor_end(struct bench_entrant *e)
{
	detach_program(e);
	bpf_object__close(e->subject.object);
}

static uint64_t floor_dropped(const struct bench_entrant *e)
{
	return bench_vanished(e);
}

const struct bench_rival bench_rival_floor = { .name = "return only",
					       .refuses = floor_refuses,
					       .begin = floor_begin,
					       .end = floor_end,
					       .dropped = floor_dropped };

const struct bench_rival *const bench_rivals[BENCH_RIVALS] = {
	&bench_rival_synward, &bench_rival_lpm, &bench_rival_hash,  &bench_rival_xdp_filter,
	&bench_rival_ipset,   &bench_rival_nft, &bench_rival_touch, &bench_rival_floor,
};
