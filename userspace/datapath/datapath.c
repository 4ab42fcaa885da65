/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * datapath - open, close, apply; see datapath.h. The order in sw_datapath_apply is
 * what makes a reload without a gap: new class rows, then the tables slot by
 * slot, then ports, and only when no reader can hold them any more, old rows.
 */
#include "datapath.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "bpf/decide.h"
#include "internal.h"

/* ---- open, close ---- */

static int take_tables(struct sw_datapath *dp, struct sw_err *err)
{
	uint32_t repaired;
	int code =
		sw_table4_init(&dp->table4, dp->map[MAP_INDEX4].memory, dp->map[MAP_BLOCKS4].memory,
			       dp->map[MAP_BLOCKS4].info.max_entries, &repaired);

	if (!code)
		code = sw_table6_init(&dp->table6, dp->map[MAP_INDEX6].memory,
				      dp->map[MAP_BLOCKS6].memory,
				      dp->map[MAP_BLOCKS6].info.max_entries, &repaired);
	if (!code)
		code = sw_expiry_init(&dp->expiry, &sw_datapath_settings(dp)->expiry,
				      dp->map[MAP_EXPIRY].memory,
				      dp->map[MAP_EXPIRY].info.max_entries, &repaired);
	if (!code) {
		dp->table = sw_table_open(&dp->table4, &dp->table6, &dp->expiry);
		code = dp->table ? 0 : -ENOMEM;
	}
	if (code)
		return sw_err_set(err, code, "no memory for the table's book-keeping");
	return 0;
}

/* What readers need of the tables: the memory, no allocator. */
static void view_tables(struct sw_datapath *dp)
{
	dp->table4.index = dp->map[MAP_INDEX4].memory;
	dp->table4.blocks = dp->map[MAP_BLOCKS4].memory;
	dp->table4.capacity = dp->map[MAP_BLOCKS4].info.max_entries;
	dp->table6.index = dp->map[MAP_INDEX6].memory;
	dp->table6.blocks = dp->map[MAP_BLOCKS6].memory;
	dp->table6.capacity = dp->map[MAP_BLOCKS6].info.max_entries;
	dp->expiry.head = &sw_datapath_settings(dp)->expiry;
	dp->expiry.buckets = dp->map[MAP_EXPIRY].memory;
	dp->expiry.capacity = dp->map[MAP_EXPIRY].info.max_entries;
}

static int load_private(struct sw_datapath *dp, struct sw_err *err)
{
	int code = sw_object_open(dp, SW_OBJECT_CARD, true, &dp->object, err);

	if (!code)
		code = sw_object_load(dp->object, SW_OBJECT_CARD, &dp->program_fd, err);
	if (code)
		return code;
	/* A kernel that has no such programs has the other one all the same. */
	if (!sw_object_open(dp, SW_OBJECT_STEER, true, &dp->steer, NULL))
		sw_object_load(dp->steer, SW_OBJECT_STEER, &dp->steer_fd, NULL);
	return 0;
}

int sw_maps_open(struct sw_datapath *dp, const struct sw_datapath_size *size, struct sw_err *err)
{
	int code;

	dp->fresh = dp->how == SW_DATAPATH_RENEW;
	if (dp->how == SW_DATAPATH_PRIVATE || dp->fresh)
		return sw_maps_create(dp, size, err);
	code = sw_maps_open_pinned(dp, dp->how == SW_DATAPATH_WRITE, err);
	if (dp->how == SW_DATAPATH_READ)
		return code;
	if (!code && sw_maps_have_size(dp, size))
		return 0;
	if (code && code != -ENOENT && code != -EPROTO)
		return code;
	sw_maps_close(dp);
	dp->fresh = true;
	return sw_maps_create(dp, size, err);
}

struct sw_datapath *sw_datapath_blank(const char *pin_dir, enum sw_datapath_open how)
{
	struct sw_datapath *dp = calloc(1, sizeof(*dp));

	if (!dp)
		return NULL;
	dp->how = how;
	dp->program_fd = dp->steer_fd = dp->link_fd = -1;
	dp->steering = sw_err_set(&dp->steering_words, -ENOENT, "nothing is attached yet");
	snprintf(dp->pin_dir, sizeof(dp->pin_dir), "%s", pin_dir ? pin_dir : "");
	for (int i = 0; i < MAPS; i++)
		dp->map[i].fd = -1;
	return dp;
}

/* Maps for writing belong to root and may have to be made: who has the rights does that. */
static int open_writable(struct sw_datapath *dp, const struct sw_datapath_size *size,
			 struct sw_err *err)
{
	int code;

	if (sw_delegated())
		return sw_delegate_open_maps(dp, size, err);
	code = sw_pin_folder_make(dp->pin_dir, err); /* libxdp wants it as well */
	return code ? code : sw_maps_open(dp, size, err);
}

int sw_datapath_open(const char *pin_dir, enum sw_datapath_open how,
		     const struct sw_datapath_size *size, struct sw_datapath **ret,
		     struct sw_err *err)
{
	struct sw_datapath *dp;
	int code;

	if (pin_dir && strlen(pin_dir) >= PIN_DIR_BYTES)
		return sw_err_set(err, -ENAMETOOLONG, "%s: pin-dir is longer than %d bytes",
				  pin_dir, PIN_DIR_BYTES - 1);
	dp = sw_datapath_blank(pin_dir, how);
	if (!dp)
		return sw_err_set(err, -ENOMEM, "out of memory");
	if (how == SW_DATAPATH_WRITE || how == SW_DATAPATH_RENEW)
		code = open_writable(dp, size, err);
	else
		code = sw_maps_open(dp, size, err);
	if (!code)
		view_tables(dp);
	if (!code && how != SW_DATAPATH_READ)
		code = take_tables(dp, err);
	if (!code && how == SW_DATAPATH_PRIVATE)
		code = load_private(dp, err);
	if (code) {
		sw_datapath_close(dp);
		return code;
	}
	*ret = dp;
	return 0;
}

struct sw_datapath *sw_datapath_close(struct sw_datapath *dp)
{
	if (!dp)
		return NULL;
	sw_table_close(dp->table);
	sw_table4_done(&dp->table4);
	sw_table6_done(&dp->table6);
	sw_expiry_done(&dp->expiry);
	bpf_object__close(dp->object);
	bpf_object__close(dp->steer);
	sw_steer_close(dp);
	sw_maps_close(dp);
	free(dp);
	return NULL;
}

/* ---- apply ---- */

/* Rows are the same to a packet and to people; when it was made does not count. */
static bool same_row(const struct sw_class *a, const struct sw_class *b)
{
	return a->action == b->action && a->flags == b->flags && a->xdp == b->xdp &&
	       a->reason == b->reason && a->counted == b->counted && a->interval == b->interval &&
	       a->tolerance == b->tolerance && a->network_interval == b->network_interval &&
	       a->network_tolerance == b->network_tolerance && a->tier == b->tier &&
	       !strncmp(a->name, b->name, sizeof(a->name));
}

/* How the class numbers of the rules become those of the card. */
struct numbering {
	struct sw_class card[SW_CLASS_MAX]; /* rows as they will be */
	bool wanted[SW_CLASS_MAX]; /* by card number */
	bool added[SW_CLASS_MAX];
	uint8_t to_card[SW_CLASS_MAX];
};

/* The row as it is written: with what happens to a SYN worked out. */
static struct sw_class complete_row(unsigned class, const struct sw_class *rule)
{
	struct sw_decision d = sw_decide(class, rule->action, rule->flags, true);
	struct sw_class row = *rule;

	row.xdp = d.xdp;
	row.reason = d.reason;
	row.counted = d.counted;
	row.by_time = row.action == SW_ACTION_LIMIT || row.action == SW_ACTION_RESET ||
				      row.flags & SW_CLASS_TEMPORARY
			      ? SW_BY_TIME
			      : 0;
	row.created = (uint64_t)time(NULL);
	return row;
}

static int read_rows(struct sw_datapath *dp, struct sw_class row[SW_CLASS_MAX])
{
	for (__u32 c = 0; c < SW_CLASS_MAX; c++)
		if (bpf_map_lookup_elem(dp->map[MAP_CLASSES].fd, &c, &row[c]))
			return -errno;
	return 0;
}

static int find_number(const struct numbering *n, const struct sw_class *row)
{
	for (unsigned c = SW_CLASS_FIRST_LIST; c < SW_CLASS_MAX; c++)
		if (same_row(&n->card[c], row))
			return (int)c;
	return -1;
}

/*
 * A class that the card has already keeps its number; one that is new, or
 * changed, gets a number that no slot can hold. A row never changes under one. @contact:
 * what first contact adds to the row of unlisted sources.
 */
static int number_classes(const struct sw_class *rules, __u8 contact, struct numbering *n)
{
	for (unsigned c = 0; c < SW_CLASS_MAX; c++) {
		static const struct sw_class unused;
		struct sw_class row = complete_row(c, &rules[c]);
		int number = (int)c; /* what is built in always has the same one */

		if (rules[c].action == SW_ACTION_NONE)
			continue;
		if (c >= SW_CLASS_FIRST_LIST)
			number = find_number(n, &row);
		if (number < 0)
			number = find_number(n, &unused);
		if (number < 0)
			return -EAGAIN; /* new maps have no old rows */
		if (number == SW_CLASS_UNLISTED)
			row.by_time |= contact;
		n->added[number] = !same_row(&n->card[number], &row);
		if (n->added[number])
			n->card[number] = row;
		n->wanted[number] = true;
		n->to_card[c] = (uint8_t)number;
	}
	return 0;
}

/* A new class counts from nothing. */
static int clear_count(struct sw_datapath *dp, __u32 class)
{
	int cpus = libbpf_num_possible_cpus();
	struct sw_class_count *zero;
	int code = 0;

	if (cpus < 0)
		return cpus;
	zero = calloc((size_t)cpus, sizeof(*zero));
	if (!zero)
		return -ENOMEM;
	if (bpf_map_update_elem(dp->map[MAP_CLASS_COUNTS].fd, &class, zero, BPF_ANY))
		code = -errno;
	free(zero);
	return code;
}

static int write_row(struct sw_datapath *dp, __u32 class, const struct sw_class *row)
{
	int code = clear_count(dp, class);

	if (!code && bpf_map_update_elem(dp->map[MAP_CLASSES].fd, &class, row, BPF_ANY))
		code = -errno;
	return code;
}

static int add_rows(struct sw_datapath *dp, const struct numbering *n)
{
	int code = 0;

	for (unsigned c = 0; c < SW_CLASS_MAX && !code; c++)
		if (n->added[c])
			code = write_row(dp, c, &n->card[c]);
	return code;
}

/* Keep what was counted under a class that goes, by reason: totals never shrink.
 * The program does not write these reasons itself, so nobody races. */
static void keep_reasons(struct sw_datapath *dp, const uint64_t sum[SW_REASON_MAX])
{
	int cpus = libbpf_num_possible_cpus();
	uint64_t *each = cpus > 0 ? calloc((size_t)cpus, sizeof(*each)) : NULL;

	for (__u32 r = 0; each && r < SW_REASON_MAX; r++) {
		if (!sum[r] || bpf_map_lookup_elem(dp->map[MAP_REASONS].fd, &r, each))
			continue;
		each[0] += sum[r];
		bpf_map_update_elem(dp->map[MAP_REASONS].fd, &r, each, BPF_ANY);
	}
	free(each);
}

static bool is_left_over(const struct numbering *n, unsigned c)
{
	return !n->wanted[c] && n->card[c].action != SW_ACTION_NONE;
}

static void remove_rows(struct sw_datapath *dp, const struct numbering *n)
{
	static const struct sw_class unused;
	uint64_t sum[SW_REASON_MAX] = { 0 };
	unsigned first = SW_CLASS_FIRST_LIST;

	while (first < SW_CLASS_MAX && !is_left_over(n, first))
		first++;
	if (first == SW_CLASS_MAX) /* nothing to wait for, which takes tens of milliseconds */
		return;
	sw_table_wait_readers();
	for (unsigned c = first; c < SW_CLASS_MAX; c++)
		if (is_left_over(n, c))
			sw_class_reasons(dp, c, &n->card[c], sum);
	keep_reasons(dp, sum);
	for (__u32 c = first; c < SW_CLASS_MAX; c++)
		if (is_left_over(n, c))
			bpf_map_update_elem(dp->map[MAP_CLASSES].fd, &c, &unused, BPF_ANY);
}

static void set_ports(struct sw_datapath *dp, const uint16_t *ports, size_t n)
{
	uint64_t wanted[65536 / 64] = { 0 };

	for (size_t i = 0; i < n; i++)
		wanted[ports[i] / 64] |= 1ull << ports[i] % 64;
	for (size_t w = 0; w < 65536 / 64; w++)
		__atomic_store_n(&sw_datapath_settings(dp)->ports[w], wanted[w], __ATOMIC_RELAXED);
}

static bool keeps_numbers(const struct numbering *n)
{
	for (unsigned c = 0; c < SW_CLASS_MAX; c++)
		if (n->to_card[c] && n->to_card[c] != c)
			return false;
	return true;
}

/* The same rules with the class numbers of the card; the entries are the caller's. */
static int renumber(const struct sw_datapath_rules *rules, const struct numbering *n,
		    struct sw_entry4 **ret4, struct sw_entry6 **ret6)
{
	struct sw_entry4 *flat4 = malloc((rules->flat4_n + 1) * sizeof(*flat4));
	struct sw_entry6 *flat6 = malloc((rules->flat6_n + 1) * sizeof(*flat6));

	if (!flat4 || !flat6) {
		free(flat4);
		free(flat6);
		return -ENOMEM;
	}
	for (size_t i = 0; i < rules->flat4_n; i++) {
		flat4[i] = rules->flat4[i];
		flat4[i].class = n->to_card[flat4[i].class];
	}
	for (size_t i = 0; i < rules->flat6_n; i++) {
		flat6[i] = rules->flat6[i];
		flat6[i].class = n->to_card[flat6[i].class];
	}
	*ret4 = flat4;
	*ret6 = flat6;
	return 0;
}

/* By card number. A class that goes keeps its rank for as long as a packet may find it. */
static void fill_ranks(struct sw_datapath *dp, const struct sw_rank *rules,
		       const struct numbering *n, struct sw_rank rank[SW_CLASS_MAX])
{
	__u8 *on_card = sw_datapath_settings(dp)->expiry.rank;

	for (unsigned c = 0; c < SW_CLASS_MAX; c++)
		rank[c] = (struct sw_rank){ .tier = on_card[c] };
	for (unsigned c = 0; rules && c < SW_CLASS_MAX; c++)
		if (n->wanted[n->to_card[c]])
			rank[n->to_card[c]] = rules[c];
	for (unsigned c = 0; c < SW_CLASS_MAX; c++)
		on_card[c] = rank[c].tier;
}

static int load_table(struct sw_datapath *dp, const struct sw_datapath_rules *rules,
		      const struct numbering *n)
{
	struct sw_entry4 *copy4 = NULL;
	struct sw_entry6 *copy6 = NULL;
	struct sw_rank rank[SW_CLASS_MAX];
	int code = keeps_numbers(n) ? 0 : renumber(rules, n, &copy4, &copy6);

	fill_ranks(dp, rules->rank, n, rank);
	if (!code)
		code = sw_table_load(dp->table, copy4 ? copy4 : rules->flat4, rules->flat4_n,
				     copy6 ? copy6 : rules->flat6, rules->flat6_n, rank);
	free(copy4);
	free(copy6);
	return code;
}

int sw_datapath_apply(struct sw_datapath *dp, const struct sw_datapath_rules *rules,
		      struct sw_err *err)
{
	struct numbering *n = calloc(1, sizeof(*n));
	int code;

	if (!n)
		return sw_err_set(err, -ENOMEM, "out of memory");
	code = read_rows(dp, n->card);
	if (!code)
		code = number_classes(rules->class, sw_contact_flag(dp), n);
	if (!code)
		code = add_rows(dp, n);
	if (!code)
		code = load_table(dp, rules, n);
	if (code == -ENOSPC) {
		sw_datapath_say_shortage(dp, err);
	} else if (code) {
		sw_err_set(err, code, "cannot write the table: %s", strerror(-code));
	} else {
		set_ports(dp, rules->ports, rules->ports_n);
		remove_rows(dp, n);
		memcpy(dp->fixed, n->card, sizeof(dp->fixed));
		dp->applied = true;
	}
	free(n);
	return code;
}

/* ---- lock ---- */

/*
 * The folder may belong to the daemon's user while root opens this (synward attach): what
 * is written must be the lock, not what a link of that name leads to.
 */
static int open_lock(const char *path, struct sw_err *err)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0644);
	struct stat st;

	if (fd < 0)
		return sw_err_set(err, -errno, "%s: %s", path, strerror(errno));
	if (!fstat(fd, &st) && S_ISREG(st.st_mode) && st.st_nlink == 1)
		return fd;
	close(fd);
	return sw_err_set(err, -EPERM, "%s: is not a file of its own; remove it", path);
}

static int write_pid(int fd)
{
	char pid[16];

	snprintf(pid, sizeof(pid), "%d\n", (int)getpid());
	return ftruncate(fd, 0) || pwrite(fd, pid, strlen(pid), 0) < 0 ? -errno : 0;
}

int sw_datapath_lock(const char *run_dir, struct sw_err *err)
{
	char path[PATH_BYTES], pid[16] = "";
	int fd, code;

	snprintf(path, sizeof(path), "%s/lock", run_dir);
	fd = open_lock(path, err);
	if (fd < 0)
		return fd;
	if (flock(fd, LOCK_EX | LOCK_NB)) {
		if (read(fd, pid, sizeof(pid) - 1) < 0)
			pid[0] = '\0';
		pid[strcspn(pid, "\n")] = '\0';
		close(fd);
		return sw_err_set(err, -EWOULDBLOCK, "%s is held by process %s", path,
				  pid[0] ? pid : "(unknown)");
	}
	code = write_pid(fd);
	if (code)
		sw_err_set(err, code, "%s: %s", path, strerror(-code));
	else if (sw_delegated())
		code = sw_delegate_hold(fd, err);
	if (code) {
		close(fd);
		return code;
	}
	return fd;
}
