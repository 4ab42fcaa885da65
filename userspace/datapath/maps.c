/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * maps - make, pin, open and check the maps of the data plane.
 *
 * Maps are made before any program, from the description inside the BPF object,
 * and programs are then loaded on them; so several programs, and a new program
 * after an old one, work on the same state.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "internal.h"

#define BPFFS "/sys/fs/bpf"

const char *const sw_map_names[MAPS] = {
	[MAP_SETTINGS] = "sw_settings", [MAP_CLASSES] = "sw_classes",
	[MAP_INDEX4] = "sw_index4",	[MAP_BLOCKS4] = "sw_blocks4",
	[MAP_INDEX6] = "sw_index6",	[MAP_BLOCKS6] = "sw_blocks6",
	[MAP_EXPIRY] = "sw_expiry",	[MAP_LIMITS] = "sw_limits",
	[MAP_CONTACTS] = "sw_contacts", [MAP_SEEN] = "sw_seen",
	[MAP_DESK] = "sw_desk",		[MAP_CLASS_COUNTS] = "sw_class_counts",
	[MAP_REASONS] = "sw_reasons",	[MAP_TRACE] = "sw_trace",
};

void sw_pin_path(const char *pin_dir, const char *name, char path[PATH_BYTES])
{
	snprintf(path, PATH_BYTES, "%s/v%d%s%s", pin_dir, SW_ABI_VERSION, name ? "/" : "",
		 name ? name : "");
}

static int fill_info(struct map *map)
{
	struct bpf_map_info info = { 0 };
	__u32 len = sizeof(info);

	if (bpf_obj_get_info_by_fd(map->fd, &info, &len))
		return -errno;
	map->info = info;
	return 0;
}

/* Map the memory of a BPF_F_MMAPABLE array; others are left alone. */
static int map_memory(struct map *map, bool writable)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	size_t bytes = (size_t)map->info.value_size * map->info.max_entries;
	void *memory;

	if (!(map->info.map_flags & BPF_F_MMAPABLE))
		return 0;
	bytes = (bytes + page - 1) / page * page;
	memory = mmap(NULL, bytes, writable ? PROT_READ | PROT_WRITE : PROT_READ, MAP_SHARED,
		      map->fd, 0);
	if (memory == MAP_FAILED)
		return -errno;
	map->memory = memory;
	map->bytes = bytes;
	return 0;
}

void sw_maps_close(struct sw_datapath *dp)
{
	for (int i = 0; i < MAPS; i++) {
		if (dp->map[i].memory)
			munmap(dp->map[i].memory, dp->map[i].bytes);
		if (dp->map[i].fd >= 0)
			close(dp->map[i].fd);
		dp->map[i] = (struct map){ .fd = -1 };
	}
}

/* ---- pinned maps ---- */

/* Is this map what the BPF object of this ABI describes, its size aside? */
static bool is_as_described(const struct bpf_object *object, int i, const struct bpf_map_info *info)
{
	const struct bpf_map *map = bpf_object__find_map_by_name(object, sw_map_names[i]);

	return map && bpf_map__type(map) == info->type &&
	       bpf_map__key_size(map) == info->key_size &&
	       bpf_map__value_size(map) == info->value_size &&
	       bpf_map__map_flags(map) == info->map_flags;
}

static int check_one(struct sw_datapath *dp, const struct bpf_object *object, int i,
		     struct sw_err *err)
{
	char path[PATH_BYTES];
	int code = fill_info(&dp->map[i]);

	sw_pin_path(dp->pin_dir, sw_map_names[i], path);
	if (!code && !is_as_described(object, i, &dp->map[i].info))
		return sw_err_set(err, -EPROTO,
				  "%s: the pinned map is not what ABI %d says; another version of "
				  "synward made it: restart the daemon to replace it",
				  path, SW_ABI_VERSION);
	return code ? sw_err_set(err, code, "%s: %s", path, strerror(-code)) : 0;
}

static int map_one(struct sw_datapath *dp, int i, bool writable, struct sw_err *err)
{
	int code = map_memory(&dp->map[i], writable);

	return code ? sw_err_set(err, code, "map %s: %s", sw_map_names[i], strerror(-code)) : 0;
}

static int open_one(struct sw_datapath *dp, const struct bpf_object *object, int i, bool writable,
		    struct sw_err *err)
{
	char path[PATH_BYTES];
	int code;

	sw_pin_path(dp->pin_dir, sw_map_names[i], path);
	dp->map[i].fd = bpf_obj_get(path);
	if (dp->map[i].fd < 0)
		return sw_err_set(err, -errno, "%s: %s", path, strerror(errno));
	code = check_one(dp, object, i, err);
	return code ? code : map_one(dp, i, writable, err);
}

int sw_maps_open_pinned(struct sw_datapath *dp, bool writable, struct sw_err *err)
{
	struct bpf_object *object = NULL;
	int code = sw_object_open(NULL, SW_OBJECT_CARD, false, &object, err);

	for (int i = 0; i < MAP_TRACE && !code; i++)
		code = open_one(dp, object, i, writable, err);
	if (!code && sw_datapath_settings(dp)->abi != SW_ABI_VERSION)
		code = sw_err_set(err, -EPROTO, "pinned maps say ABI %u, this is ABI %d",
				  sw_datapath_settings(dp)->abi, SW_ABI_VERSION);
	bpf_object__close(object);
	if (code)
		sw_maps_close(dp);
	return code;
}

int sw_maps_take(struct sw_datapath *dp, const int *fd, bool memory, struct sw_err *err)
{
	struct bpf_object *object = NULL;
	int code = sw_object_open(NULL, SW_OBJECT_CARD, false, &object, err);

	for (int i = 0; i < MAP_TRACE; i++)
		dp->map[i].fd = fd[i];
	for (int i = 0; i < MAP_TRACE && !code; i++) {
		code = check_one(dp, object, i, err);
		if (!code && memory)
			code = map_one(dp, i, true, err);
	}
	bpf_object__close(object);
	if (code)
		sw_maps_close(dp);
	return code;
}

/* ---- new maps ---- */

/* The least when first contact is of no interest. */
static uint32_t seen_lines(const struct sw_datapath_size *size)
{
	return size->seen_lines ? size->seen_lines : 1;
}

static uint32_t entries_of(int i, const struct bpf_map *map, const struct sw_datapath_size *size)
{
	switch (i) {
	case MAP_BLOCKS4:
		return size->table4_blocks;
	case MAP_BLOCKS6:
		return size->table6_blocks;
	case MAP_EXPIRY:
		return sw_expiry_need(size->verdicts);
	case MAP_LIMITS:
		return size->bucket_lines;
	case MAP_SEEN:
		return seen_lines(size);
	default:
		return bpf_map__max_entries(map);
	}
}

bool sw_maps_have_size(const struct sw_datapath *dp, const struct sw_datapath_size *size)
{
	return dp->map[MAP_BLOCKS4].info.max_entries == size->table4_blocks &&
	       dp->map[MAP_BLOCKS6].info.max_entries == size->table6_blocks &&
	       dp->map[MAP_EXPIRY].info.max_entries == sw_expiry_need(size->verdicts) &&
	       dp->map[MAP_LIMITS].info.max_entries == size->bucket_lines &&
	       dp->map[MAP_SEEN].info.max_entries == seen_lines(size);
}

static int create_one(struct sw_datapath *dp, const struct bpf_object *object, int i,
		      const struct sw_datapath_size *size, struct sw_err *err)
{
	const struct bpf_map *map = bpf_object__find_map_by_name(object, sw_map_names[i]);
	LIBBPF_OPTS(bpf_map_create_opts, opts, .map_flags = bpf_map__map_flags(map));
	uint32_t entries = entries_of(i, map, size);
	int code;

	dp->map[i].fd = bpf_map_create(bpf_map__type(map), sw_map_names[i], bpf_map__key_size(map),
				       bpf_map__value_size(map), entries, &opts);
	if (dp->map[i].fd < 0) {
		code = -errno;
		return sw_err_set(err, code, "cannot make map %s (%u entries of %u bytes): %s%s",
				  sw_map_names[i], entries, bpf_map__value_size(map),
				  strerror(-code), code == -EPERM ? "; are you root?" : "");
	}
	code = fill_info(&dp->map[i]);
	if (!code)
		code = map_memory(&dp->map[i], true);
	return code ? sw_err_set(err, code, "map %s: %s", sw_map_names[i], strerror(-code)) : 0;
}

/*
 * The sockets of the desk are in the map that is pinned, and nobody here could put them into
 * another one: new maps take it over. False: there is none that fits.
 */
static bool take_over_desk(struct sw_datapath *dp, const struct bpf_object *object)
{
	struct map *desk = &dp->map[MAP_DESK];
	char path[PATH_BYTES];

	if (dp->how == SW_DATAPATH_PRIVATE)
		return false;
	sw_pin_path(dp->pin_dir, sw_map_names[MAP_DESK], path);
	desk->fd = bpf_obj_get(path);
	if (desk->fd < 0)
		return false;
	if (!fill_info(desk) && is_as_described(object, MAP_DESK, &desk->info) &&
	    desk->info.max_entries == SW_DESK_SOCKETS)
		return true;
	close(desk->fd);
	desk->fd = -1;
	return false;
}

static uint64_t random_seed(const void *otherwise)
{
	uint64_t seed;

	return getrandom(&seed, sizeof(seed), 0) == sizeof(seed) ? seed : (uintptr_t)otherwise;
}

int sw_maps_create(struct sw_datapath *dp, const struct sw_datapath_size *size, struct sw_err *err)
{
	int last = dp->how == SW_DATAPATH_PRIVATE ? MAPS : MAP_TRACE;
	struct bpf_object *object = NULL;
	struct sw_settings *settings;
	int code = sw_object_open(NULL, SW_OBJECT_CARD, false, &object, err);

	for (int i = 0; i < last && !code; i++)
		if (i != MAP_DESK || !take_over_desk(dp, object))
			code = create_one(dp, object, i, size, err);
	bpf_object__close(object);
	if (code) {
		sw_maps_close(dp);
		return code;
	}
	settings = sw_datapath_settings(dp);
	settings->abi = SW_ABI_VERSION;
	settings->bucket_mask = size->bucket_lines - 1;
	settings->bucket_seed = random_seed(&settings->bucket_seed);
	settings->contact.mask = seen_lines(size) - 1;
	settings->contact.seed = random_seed(&settings->contact.seed);
	settings->expiry.seed = random_seed(&settings->expiry.seed);
	sw_rates_default(settings);
	return 0;
}

/* ---- pinning ---- */

static bool is_bpffs(const char *path)
{
	struct statfs fs;

	return statfs(path, &fs) == 0 && fs.f_type == BPF_FS_MAGIC;
}

void sw_pin_folder_remove(const char *dir)
{
	struct dirent *entry;
	DIR *d = opendir(dir);

	if (!d)
		return;
	while ((entry = readdir(d)))
		if (!strncmp(entry->d_name, "sw_", 3))
			unlinkat(dirfd(d), entry->d_name, 0);
	closedir(d);
	rmdir(dir);
}

int sw_pin_folder_make(const char *dir, struct sw_err *err)
{
	char path[PATH_BYTES];

	if (!is_bpffs(BPFFS) && strncmp(dir, BPFFS "/", sizeof(BPFFS)) == 0 &&
	    mount("bpf", BPFFS, "bpf", 0, "mode=0700"))
		return sw_err_set(err, -errno, "%s: cannot mount the BPF file system there: %s",
				  BPFFS, strerror(errno));
	for (size_t i = 1; i <= strlen(dir) && i < sizeof(path); i++) {
		if (dir[i] != '/' && dir[i] != '\0')
			continue;
		snprintf(path, i + 1, "%s", dir);
		if (mkdir(path, 0700) && errno != EEXIST)
			return sw_err_set(err, -errno, "%s: %s", path, strerror(errno));
	}
	if (!is_bpffs(dir))
		return sw_err_set(err, -EINVAL,
				  "%s: not on a BPF file system; set pin-dir to a folder below %s",
				  dir, BPFFS);
	return 0;
}

static int pin_one(const struct sw_datapath *dp, int i, const char *dir, struct sw_err *err)
{
	char path[PATH_BYTES * 2];

	snprintf(path, sizeof(path), "%s/%s", dir, sw_map_names[i]);
	if (bpf_obj_pin(dp->map[i].fd, path))
		return sw_err_set(err, -errno, "%s: cannot pin: %s", path, strerror(errno));
	return 0;
}

/*
 * All maps, and what steers by them, are pinned in a folder of its own, which then changes
 * names with the present one in one step: nobody, not even after a crash, finds maps of two
 * sets under one name.
 */
int sw_maps_pin(struct sw_datapath *dp, struct sw_err *err)
{
	char dir[PATH_BYTES], fresh[PATH_BYTES + 8];
	int code;

	sw_pin_path(dp->pin_dir, NULL, dir);
	snprintf(fresh, sizeof(fresh), "%s_new", dir);
	sw_pin_folder_remove(fresh);
	code = sw_pin_folder_make(fresh, err);
	for (int i = 0; i < MAP_TRACE && !code; i++)
		code = pin_one(dp, i, fresh, err);
	if (!code)
		sw_steer_pin(dp, fresh);
	if (!code && renameat2(AT_FDCWD, fresh, AT_FDCWD, dir,
			       access(dir, F_OK) ? RENAME_NOREPLACE : RENAME_EXCHANGE))
		code = sw_err_set(err, -errno, "%s: cannot take the place of %s: %s", fresh, dir,
				  strerror(errno));
	sw_pin_folder_remove(fresh);
	return code;
}
