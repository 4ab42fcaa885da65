/* SPDX-License-Identifier: GPL-2.0-only */
/* read - what the maps say: sizes, classes, counters, single sources. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bpf/decide.h"
#include "internal.h"

static uint64_t map_bytes(const struct map *map)
{
	uint64_t value = (map->info.value_size + 7) / 8 * 8;

	if (map->fd < 0)
		return 0;
	if (map->info.type == BPF_MAP_TYPE_RINGBUF)
		return map->info.max_entries;
	if (map->info.type == BPF_MAP_TYPE_PERCPU_ARRAY)
		value *= (uint64_t)libbpf_num_possible_cpus();
	return value * map->info.max_entries;
}

static bool has_desk(const struct sw_datapath *dp, __u32 key)
{
	__u64 cookie;

	return !bpf_map_lookup_elem(dp->map[MAP_DESK].fd, &key, &cookie);
}

int sw_datapath_info(struct sw_datapath *dp, struct sw_datapath_info *ret)
{
	const struct sw_settings *settings = sw_datapath_settings(dp);
	struct sw_expiry_count count =
		dp->expiry.writer ? sw_expiry_count(&dp->expiry) : sw_expiry_scan(&dp->expiry);
	struct sw_datapath_info info = {
		.abi = settings->abi,
		.size = { .table4_blocks = dp->map[MAP_BLOCKS4].info.max_entries,
			  .table6_blocks = dp->map[MAP_BLOCKS6].info.max_entries,
			  .bucket_lines = dp->map[MAP_LIMITS].info.max_entries,
			  .seen_lines = dp->map[MAP_SEEN].info.max_entries,
			  .verdicts = sw_expiry_room(dp->map[MAP_EXPIRY].info.max_entries) },
		.table4_blocks_used = sw_table4_used(&dp->table4),
		.table6_blocks_used = sw_table6_used(&dp->table6),
		.verdicts_used = (uint32_t)count.entries,
		.verdicts = (uint32_t)count.verdicts,
		.verdicts_temporary = (uint32_t)count.temporary,
		.alive_ns = settings->alive_ns,
		.deadman_ns = settings->deadman_ns,
		.reset = sw_rate_words(&settings->reset),
		.surge = sw_rate_words(&settings->surge),
		.contact = settings->contact.mode,
		.contact_load = __atomic_load_n(&settings->contact.overload, __ATOMIC_RELAXED),
	};

	info.steering = dp->how == SW_DATAPATH_READ ? sw_steer_is_attached(dp) : !dp->steering;
	for (__u32 key = 0; key < SW_DESK_SOCKETS; key++)
		info.desk[key] = has_desk(dp, key);
	for (int i = 0; i < MAPS; i++)
		info.memory_bytes += map_bytes(&dp->map[i]);
	*ret = info;
	return 0;
}

int sw_datapath_class(struct sw_datapath *dp, unsigned class, struct sw_class *ret)
{
	struct sw_class row;
	__u32 key = class;

	if (class >= SW_CLASS_MAX)
		return -EINVAL;
	if (bpf_map_lookup_elem(dp->map[MAP_CLASSES].fd, &key, &row))
		return -errno;
	if (row.action == SW_ACTION_NONE)
		return -ENOENT;
	row.name[sizeof(row.name) - 1] = '\0';
	*ret = row;
	return 0;
}

int sw_datapath_class_count(struct sw_datapath *dp, unsigned class, struct sw_class_count *ret)
{
	int cpus = libbpf_num_possible_cpus();
	struct sw_class_count *each, sum = { 0 };
	__u32 key = class;

	if (cpus < 0)
		return cpus;
	each = calloc((size_t)cpus, sizeof(*each));
	if (!each)
		return -ENOMEM;
	if (bpf_map_lookup_elem(dp->map[MAP_CLASS_COUNTS].fd, &key, each)) {
		free(each);
		return -errno;
	}
	for (int cpu = 0; cpu < cpus; cpu++)
		for (unsigned a = 0; a < SW_ACTION_MAX; a++) {
			sum.packets[a] += each[cpu].packets[a];
			sum.bytes[a] += each[cpu].bytes[a];
		}
	free(each);
	*ret = sum;
	return 0;
}

/* Why SYNs of a class that were counted under @counted went where they went. */
static uint8_t reason_of(const struct sw_class *row, unsigned class, unsigned counted)
{
	/* What it is counted under when the buckets say no. */
	unsigned over = row->action == SW_ACTION_RESET ? SW_ACTION_DROP : SW_ACTION_LIMIT;
	bool conforms = counted != over;

	if (counted == SW_ACTION_HOLD)
		return SW_REASON_HELD;
	if (class == SW_CLASS_UNLISTED && !conforms)
		return SW_REASON_SURGE;
	return sw_decide(class, row->action, row->flags, conforms).reason;
}

int sw_class_reasons(struct sw_datapath *dp, unsigned class, const struct sw_class *row,
		     uint64_t sum[SW_REASON_MAX])
{
	struct sw_class_count count = { 0 };
	int code = sw_datapath_class_count(dp, class, &count);

	for (unsigned a = 0; !code && a < SW_ACTION_MAX; a++)
		if (count.packets[a])
			sum[reason_of(row, class, a)] += count.packets[a];
	return code;
}

/* What the program counts itself, and what removed classes left behind. */
static int counted_reasons(struct sw_datapath *dp, uint64_t sum[SW_REASON_MAX])
{
	int cpus = libbpf_num_possible_cpus();
	uint64_t *each;

	if (cpus < 0)
		return cpus;
	each = calloc((size_t)cpus, sizeof(*each));
	if (!each)
		return -ENOMEM;
	for (__u32 r = 0; r < SW_REASON_MAX; r++) {
		if (bpf_map_lookup_elem(dp->map[MAP_REASONS].fd, &r, each)) {
			free(each);
			return -errno;
		}
		for (int cpu = 0; cpu < cpus; cpu++)
			sum[r] += each[cpu];
	}
	free(each);
	return 0;
}

int sw_datapath_reasons(struct sw_datapath *dp, uint64_t ret[SW_REASON_MAX])
{
	uint64_t sum[SW_REASON_MAX] = { 0 };
	int code = counted_reasons(dp, sum);

	for (unsigned c = 0; c < SW_CLASS_MAX && !code; c++) {
		struct sw_class row = { 0 };

		if (!sw_datapath_class(dp, c, &row))
			code = sw_class_reasons(dp, c, &row, sum);
	}
	if (!code)
		memcpy(ret, sum, sizeof(sum));
	return code;
}

bool sw_datapath_port_is_served(struct sw_datapath *dp, uint16_t port)
{
	return sw_datapath_settings(dp)->ports[port / 64] >> port % 64 & 1;
}

static uint8_t table_class(const struct sw_datapath *dp, const struct sw_prefix *source)
{
	if (source->family == 4)
		return sw_table4_get(&dp->table4, (uint32_t)source->lo);
	return sw_table6_get(&dp->table6, source->hi, source->lo);
}

void sw_datapath_lookup(struct sw_datapath *dp, const struct sw_prefix *source, uint64_t now_ns,
			struct sw_datapath_found *ret)
{
	uint8_t table = table_class(dp, source), class = table;
	struct sw_table_verdict decided = { .class = SW_CLASS_UNLISTED };
	struct sw_class row = { .flags = 0 };

	if (class > SW_CLASS_NEVER_BLOCK && class < SW_CLASS_FIRST_LIST)
		class = sw_expiry_class(&dp->expiry, source, class, now_ns, &decided);
	/* The program asks only where verdicts end; elsewhere this tells whose word it is. */
	sw_datapath_class(dp, table, &row);
	if (!(row.flags & SW_CLASS_TEMPORARY))
		class = table;
	*ret = (struct sw_datapath_found){
		.class = class,
		.table = table,
		.is_verdict = decided.class != SW_CLASS_UNLISTED && decided.class == class,
		.source = decided.source,
		.ends_ns = decided.ends_ns,
	};
}
