/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * steer - the program that gives to the desk what a class rejects, on this network namespace.
 *
 * One bpf_link for each namespace, pinned beside the maps: it outlives daemon and companion as
 * the filter does. A new program, on the same maps or on others, takes the place of the old one
 * by one exchange in the link, of whatever ABI the old one was; the link then gets a pin in
 * the new place before the old one goes. So no connection finds neither.
 *
 * Nothing here stops the filter: where it fails, the mail server gets what is rejected, and
 * commit goes on. Other programs of this kind in the namespace are left alone; the kernel asks
 * them all.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "internal.h"

#define LINK_PIN "sw_steer" /* as sw_pin_folder_remove knows what is ours */

/* ---- links ---- */

/* This network namespace, and its number, which links have too. */
static int open_net(uint64_t *number)
{
	int fd = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	struct stat st;

	if (fd < 0)
		return -errno;
	if (fstat(fd, &st)) {
		close(fd);
		return -errno;
	}
	*number = st.st_ino;
	return fd;
}

/* Does @link steer in the network namespace @net? Its number and program are in *@ret. */
static bool is_link_of(int link, uint64_t net, struct bpf_link_info *ret)
{
	struct bpf_link_info info = { 0 };
	__u32 len = sizeof(info);

	if (bpf_obj_get_info_by_fd(link, &info, &len) || info.type != BPF_LINK_TYPE_NETNS ||
	    info.netns.attach_type != BPF_SK_LOOKUP || info.netns.netns_ino != net)
		return false;
	*ret = info;
	return true;
}

/* The link that is pinned in @dir, if it is of @net; else -1. */
static int open_link(const char *dir, uint64_t net, struct bpf_link_info *ret)
{
	char path[PATH_BYTES * 2];
	int link;

	snprintf(path, sizeof(path), "%s/" LINK_PIN, dir);
	link = bpf_obj_get(path);
	if (link < 0 || is_link_of(link, net, ret))
		return link < 0 ? -1 : link;
	close(link);
	return -1;
}

/* The same in the folder of any ABI. */
static int find_link(const char *pin_dir, uint64_t net)
{
	DIR *d = opendir(pin_dir);
	struct dirent *entry;
	struct bpf_link_info info;
	char dir[PATH_BYTES];
	int version, link = -1;

	if (!d)
		return -1;
	/* readdir_r is obsolete, and nobody else has this stream */
	/* cppcheck-suppress readdirCalled */
	while ((entry = readdir(d))) {
		if (link >= 0 || sscanf(entry->d_name, "v%d", &version) != 1)
			continue;
		snprintf(dir, sizeof(dir), "%s/%.32s", pin_dir, entry->d_name);
		link = open_link(dir, net, &info);
	}
	closedir(d);
	return link;
}

/* ---- for commit ---- */

static int say(struct sw_datapath *dp, int code, const char *what)
{
	return sw_err_set(
		&dp->steering_words, code,
		"what a class rejects goes to the mail server, for the kernel cannot give "
		"it to synward-desk: %s: %s",
		what, strerror(-code));
}

/* Have @program steer in @net: in place of what does, else by a new link. */
static int put_in_force(const struct sw_datapath *dp, int program, int net, uint64_t number)
{
	int link = find_link(dp->pin_dir, number);

	if (link >= 0 && !bpf_link_update(link, program, NULL))
		return link;
	if (link >= 0)
		close(link);
	link = bpf_link_create(program, net, BPF_SK_LOOKUP, NULL);
	return link < 0 ? -errno : link;
}

static int attach(struct sw_datapath *dp, int program)
{
	uint64_t number = 0;
	int net = open_net(&number), link;

	if (net < 0)
		return say(dp, net, "/proc/self/ns/net");
	link = put_in_force(dp, program, net, number);
	close(net);
	if (link < 0)
		return say(dp, link, "the program cannot be attached (sk_lookup)");
	dp->link_fd = link;
	return 0;
}

void sw_steer_attach(struct sw_datapath *dp)
{
	struct bpf_object *object = NULL;
	struct sw_err err;
	int program, code = sw_object_open(dp, SW_OBJECT_STEER, false, &object, &err);

	if (!code)
		code = sw_object_load(object, SW_OBJECT_STEER, &program, &err);
	dp->steering = code ? say(dp, code, err.text) : attach(dp, program);
	bpf_object__close(object);
}

void sw_steer_close(struct sw_datapath *dp)
{
	if (dp->link_fd >= 0)
		close(dp->link_fd);
	dp->link_fd = -1;
}

static bool is_pinned(const char *path, int link)
{
	struct bpf_link_info there = { 0 }, ours = { 0 };
	__u32 len = sizeof(there);
	int fd = bpf_obj_get(path);
	bool same;

	if (fd < 0)
		return false;
	same = !bpf_obj_get_info_by_fd(fd, &there, &len) &&
	       !bpf_obj_get_info_by_fd(link, &ours, &len) && there.id == ours.id;
	close(fd);
	return same;
}

void sw_steer_pin(struct sw_datapath *dp, const char *dir)
{
	char path[PATH_BYTES * 2], present[PATH_BYTES];

	if (dp->link_fd < 0)
		return;
	sw_pin_path(dp->pin_dir, NULL, present);
	snprintf(path, sizeof(path), "%s/" LINK_PIN, dir ? dir : present);
	if (is_pinned(path, dp->link_fd))
		return;
	unlink(path); /* of another network namespace, or one that is gone */
	if (bpf_obj_pin(dp->link_fd, path))
		dp->steering = say(dp, -errno, "the program cannot be pinned");
}

/* ---- reading, and the end ---- */

int sw_datapath_steering(const struct sw_datapath *dp, struct sw_err *why)
{
	return dp->steering ? sw_err_set(why, dp->steering, "%s", dp->steering_words.text) : 0;
}

static bool program_uses(uint32_t program, uint32_t map)
{
	int fd = bpf_prog_get_fd_by_id(program);
	bool uses = fd >= 0 && sw_program_uses_map(fd, map);

	if (fd >= 0)
		close(fd);
	return uses;
}

bool sw_steer_is_attached(const struct sw_datapath *dp)
{
	struct bpf_link_info info;
	char dir[PATH_BYTES];
	uint64_t number = 0;
	int net = open_net(&number), link;

	if (net < 0)
		return false;
	close(net);
	sw_pin_path(dp->pin_dir, NULL, dir);
	link = open_link(dir, number, &info);
	if (link < 0)
		return false;
	close(link);
	return program_uses(info.prog_id, dp->map[MAP_SETTINGS].info.id);
}

bool sw_program_steers(int fd)
{
	struct bpf_prog_info info = { 0 };
	__u32 len = sizeof(info);

	return !bpf_obj_get_info_by_fd(fd, &info, &len) && info.type == BPF_PROG_TYPE_SK_LOOKUP;
}

/* At once: one whose last pin goes is taken off by the kernel when it comes to it. */
void sw_steer_detach(const char *pin_dir)
{
	uint64_t number = 0;
	int net = open_net(&number), link;

	if (net < 0)
		return;
	close(net);
	link = find_link(pin_dir, number);
	if (link < 0)
		return;
	bpf_link_detach(link);
	close(link);
}

int sw_datapath_unsteer(const char *pin_dir, struct sw_err *err)
{
	char path[PATH_BYTES];

	if (sw_delegated())
		return sw_delegate_unsteer(err);
	sw_steer_detach(pin_dir);
	sw_pin_path(pin_dir, LINK_PIN, path);
	if (unlink(path) && errno != ENOENT)
		return sw_err_set(err, -errno, "%s: %s", path, strerror(errno));
	return 0;
}
