/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * object - the BPF objects that are embedded in the binary, and how programs of them
 * are recognised later.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <xdp/libxdp.h>

#include "internal.h"

extern const char sw_card_object[], sw_card_object_end[];
extern const char sw_uncut_object[], sw_uncut_object_end[];
extern const char sw_steer_object[], sw_steer_object_end[];

static const struct {
	const char *name, *begin, *end;
} objects[] = {
	[SW_OBJECT_CARD] = { PROGRAM_NAME, sw_card_object, sw_card_object_end },
	[SW_OBJECT_UNCUT] = { PROGRAM_NAME, sw_uncut_object, sw_uncut_object_end },
	[SW_OBJECT_STEER] = { STEER_NAME, sw_steer_object, sw_steer_object_end },
};

#define PROGRAM_MAPS_MAX 32

static char complaint[256];
static bool verifier_spoke; /* what the verifier said counts more than what follows */

static void keep(const char *words, size_t n)
{
	snprintf(complaint, sizeof(complaint), "%.*s", (int)n, words);
}

/* Of a verifier's log, the line that says what is wrong: the last but its statistics. */
static bool keep_verdict(const char *log)
{
	const char *end = strstr(log, "\nprocessed "), *start = end;

	if (!end)
		return false;
	while (start > log && start[-1] != '\n')
		start--;
	keep(start, (size_t)(end - start));
	return true;
}

static void remember(const char *format, va_list args)
{
	char *words;

	if (vasprintf(&words, format, args) < 0)
		return;
	if (keep_verdict(words))
		verifier_spoke = true;
	else if (!verifier_spoke)
		keep(words, strcspn(words, "\n"));
	free(words);
}

static int libbpf_words(enum libbpf_print_level level, const char *format, va_list args)
{
	if (level == LIBBPF_WARN)
		remember(format, args);
	return 0;
}

static int libxdp_words(enum libxdp_print_level level, const char *format, va_list args)
{
	if (level == LIBXDP_WARN)
		remember(format, args);
	return 0;
}

void sw_library_quiet(void)
{
	libbpf_set_print(libbpf_words);
	libxdp_set_print(libxdp_words);
}

const char *sw_library_complaint(void)
{
	static char copy[sizeof(complaint)];

	memcpy(copy, complaint, sizeof(copy));
	complaint[0] = '\0';
	verifier_spoke = false;
	return copy;
}

static int use_maps(const struct sw_datapath *dp, struct bpf_object *object)
{
	for (int i = 0; i < MAPS; i++) {
		struct bpf_map *map = bpf_object__find_map_by_name(object, sw_map_names[i]);

		if (dp->map[i].fd >= 0 && bpf_map__reuse_fd(map, dp->map[i].fd))
			return -errno;
	}
	return 0;
}

/* Set the constant sw_tracing, all there is in .rodata. */
static int set_tracing(struct bpf_object *object, bool tracing)
{
	const __u8 value = tracing;
	struct bpf_map *map;

	bpf_object__for_each_map (map, object)
		if (strstr(bpf_map__name(map), ".rodata"))
			return bpf_map__set_initial_value(map, &value, sizeof(value));
	return -ENOENT;
}

int sw_object_open(const struct sw_datapath *dp, enum sw_object which, bool tracing,
		   struct bpf_object **ret, struct sw_err *err)
{
	LIBBPF_OPTS(bpf_object_open_opts, opts, .object_name = objects[which].name);
	const char *begin = objects[which].begin;
	struct bpf_object *object;
	int code;

	sw_library_quiet();
	sw_library_complaint(); /* what an earlier call left */
	libbpf_set_strict_mode(LIBBPF_STRICT_ALL);
	object = bpf_object__open_mem(begin, (size_t)(objects[which].end - begin), &opts);
	if (!object)
		return sw_err_set(err, -errno, "cannot open the BPF object: %s", strerror(errno));
	code = set_tracing(object, tracing);
	if (!code && dp)
		code = use_maps(dp, object);
	if (code) {
		bpf_object__close(object);
		return sw_err_set(err, code, "cannot prepare the BPF object: %s: %s",
				  strerror(-code), sw_library_complaint());
	}
	*ret = object;
	return 0;
}

int sw_object_load(struct bpf_object *object, enum sw_object which, int *program_fd,
		   struct sw_err *err)
{
	int code;

	if (!bpf_object__load(object)) {
		*program_fd = bpf_program__fd(
			bpf_object__find_program_by_name(object, objects[which].name));
		return 0;
	}
	code = -errno;
	return sw_err_set(err, code, "the kernel refuses the BPF program %s: %s: %s",
			  objects[which].name, strerror(-code), sw_library_complaint());
}

static bool map_is_ours(uint32_t id)
{
	struct bpf_map_info info = { 0 };
	__u32 len = sizeof(info);
	int fd = bpf_map_get_fd_by_id(id);
	bool ours;

	if (fd < 0)
		return false;
	ours = !bpf_obj_get_info_by_fd(fd, &info, &len) &&
	       !strcmp(info.name, sw_map_names[MAP_SETTINGS]);
	close(fd);
	return ours;
}

static int program_maps(int fd, struct bpf_prog_info *ret, uint32_t ids[PROGRAM_MAPS_MAX])
{
	struct bpf_prog_info info = { .nr_map_ids = PROGRAM_MAPS_MAX,
				      .map_ids = (__u64)(uintptr_t)ids };
	__u32 len = sizeof(info);

	if (bpf_obj_get_info_by_fd(fd, &info, &len))
		return -errno;
	*ret = info;
	return 0;
}

bool sw_program_is_ours(int fd, struct bpf_prog_info *info)
{
	uint32_t ids[PROGRAM_MAPS_MAX];

	if (program_maps(fd, info, ids) || strcmp(info->name, PROGRAM_NAME) != 0)
		return false;
	for (uint32_t i = 0; i < info->nr_map_ids && i < PROGRAM_MAPS_MAX; i++)
		if (map_is_ours(ids[i]))
			return true;
	return false;
}

bool sw_program_uses_map(int fd, uint32_t map_id)
{
	uint32_t ids[PROGRAM_MAPS_MAX];
	struct bpf_prog_info info = { 0 };

	if (program_maps(fd, &info, ids))
		return false;
	for (uint32_t i = 0; i < info.nr_map_ids && i < PROGRAM_MAPS_MAX; i++)
		if (ids[i] == map_id)
			return true;
	return false;
}
