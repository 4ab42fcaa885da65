/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * attach - our program on interfaces, beside those of others.
 *
 * libxdp's dispatcher lets several programs share an interface; it needs
 * BPF_PROG_TYPE_EXT, which a kernel in lockdown refuses. libxdp then attaches one
 * program alone. Both ways are handled here, and in neither is a program of
 * somebody else replaced or removed.
 *
 * An own program that is there already is replaced without a gap: alone, by one
 * atomic exchange; under the dispatcher, by adding the new one before the old one
 * is taken away, so that for a moment a SYN is judged twice.
 */
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <dirent.h>
#include <unistd.h>

#include <linux/if_link.h>
#include <xdp/libxdp.h>

#include "descriptors.h"
#include "internal.h"

struct interface {
	const char *name;
	int index;
	enum sw_datapath_mode mode;
};

static enum xdp_attach_mode xdp_mode(enum sw_datapath_mode mode)
{
	return mode == SW_MODE_GENERIC ? XDP_MODE_SKB : XDP_MODE_NATIVE;
}

static const char *mode_name(enum sw_datapath_mode mode)
{
	return mode == SW_MODE_GENERIC ? "generic" : "native";
}

static struct xdp_multiprog *multiprog_of(int ifindex)
{
	struct xdp_multiprog *mp = xdp_multiprog__get_from_ifindex(ifindex);

	return libxdp_get_error(mp) ? NULL : mp;
}

/* The program of @mp that is ours and not @except; NULL: none. Borrowed of @mp. */
static struct xdp_program *find_ours(struct xdp_multiprog *mp, uint32_t except)
{
	struct xdp_program *p = NULL;
	struct bpf_prog_info info;

	if (xdp_multiprog__is_legacy(mp)) {
		p = xdp_multiprog__main_prog(mp);
		return p && sw_program_is_ours(xdp_program__fd(p), &info) && info.id != except
			       ? p
			       : NULL;
	}
	while ((p = xdp_multiprog__next_prog(p, mp)))
		if (sw_program_is_ours(xdp_program__fd(p), &info) && info.id != except)
			return p;
	return NULL;
}

static int say_attach_failed(const struct interface *at, int code, struct sw_err *err)
{
	const char *words = sw_library_complaint();

	if (code == -EOPNOTSUPP && at->mode == SW_MODE_NATIVE)
		return sw_err_set(
			err, code,
			"%s: the driver has no native XDP; mode = generic works everywhere, but "
			"slowly: the kernel then builds a socket buffer for each packet first",
			at->name);
	return sw_err_set(err, code, "%s: cannot attach in %s mode: %s%s%s", at->name,
			  mode_name(at->mode), strerror(-code), *words ? ": " : "", words);
}

static int refuse_stranger(const struct interface *at, struct xdp_multiprog *mp, struct sw_err *err)
{
	struct xdp_program *p = xdp_multiprog__main_prog(mp);

	return sw_err_set(
		err, -EBUSY,
		"%s: another XDP program, \"%s\" (id %u), is attached there and was not loaded "
		"through libxdp's dispatcher, so the interface cannot be shared; it was left "
		"as it is. Remove it (ip link set dev %s xdp off) or load it with xdp-loader",
		at->name, p ? xdp_program__name(p) : "?", p ? xdp_program__id(p) : 0, at->name);
}

/* Our own program is alone there: exchange it for the new one in one step. */
static int replace_alone(const struct interface *at, struct bpf_object *object, int old_fd,
			 struct sw_err *err)
{
	LIBBPF_OPTS(bpf_xdp_attach_opts, opts, .old_prog_fd = old_fd);
	__u32 flags = at->mode == SW_MODE_GENERIC ? XDP_FLAGS_SKB_MODE : XDP_FLAGS_DRV_MODE;
	int fd, code = sw_object_load(object, SW_OBJECT_CARD, &fd, err);

	if (code)
		return code;
	code = bpf_xdp_attach(at->index, fd, flags | XDP_FLAGS_REPLACE, &opts);
	return code ? say_attach_failed(at, code, err) : 0;
}

static int attach_by_libxdp(const struct interface *at, struct bpf_object *object, uint32_t *id,
			    struct sw_err *err)
{
	DECLARE_LIBXDP_OPTS(xdp_program_opts, opts, .obj = object, .prog_name = PROGRAM_NAME);
	struct xdp_program *program = xdp_program__create(&opts);
	struct bpf_prog_info info = { 0 };
	__u32 len = sizeof(info);
	int code = (int)libxdp_get_error(program);

	if (code)
		return say_attach_failed(at, code, err);
	code = xdp_program__attach(program, at->index, xdp_mode(at->mode), 0);
	if (!code && bpf_obj_get_info_by_fd(xdp_program__fd(program), &info, &len))
		code = -errno;
	xdp_program__close(program);
	if (code)
		return say_attach_failed(at, code, err);
	*id = info.id;
	return 0;
}

/* Take away our programs other than @keep. */
static int remove_others(const struct interface *at, uint32_t keep, struct sw_err *err)
{
	for (int tries = 0; tries < 8; tries++) {
		struct xdp_multiprog *mp = multiprog_of(at->index);
		struct xdp_program *ours = mp ? find_ours(mp, keep) : NULL;
		int code = 0;

		if (ours) {
			struct xdp_program *handle = xdp_program__from_id(xdp_program__id(ours));

			code = (int)libxdp_get_error(handle);
			if (!code) {
				code = xdp_program__detach(handle, at->index,
							   xdp_multiprog__attach_mode(mp), 0);
				xdp_program__close(handle);
			}
		}
		xdp_multiprog__close(mp);
		if (code)
			return sw_err_set(err, code, "%s: cannot detach: %s: %s", at->name,
					  strerror(-code), sw_library_complaint());
		if (!ours)
			return 0;
	}
	return sw_err_set(err, -EBUSY, "%s: our program comes back after each detach", at->name);
}

static int attach_object(const struct interface *at, struct bpf_object *object, struct sw_err *err)
{
	struct xdp_multiprog *mp = multiprog_of(at->index);
	struct xdp_program *ours = mp ? find_ours(mp, 0) : NULL;
	bool alone = mp && xdp_multiprog__is_legacy(mp);
	uint32_t id = 0;
	int code;

	if (alone && !ours)
		code = refuse_stranger(at, mp, err);
	else if (alone && xdp_multiprog__attach_mode(mp) == xdp_mode(at->mode))
		code = replace_alone(at, object, xdp_program__fd(ours), err);
	else if (alone)
		code = sw_err_set(err, -EBUSY,
				  "%s: synward is attached there in another mode; detach it first "
				  "(synward detach %s)",
				  at->name, at->name);
	else
		code = attach_by_libxdp(at, object, &id, err);
	xdp_multiprog__close(mp);
	if (!code && ours && !alone)
		code = remove_others(at, id, err);
	return code;
}

static int find_interface(const char *ifname, enum sw_datapath_mode mode, struct interface *ret,
			  struct sw_err *err)
{
	*ret = (struct interface){ .name = ifname,
				   .index = (int)if_nametoindex(ifname),
				   .mode = mode };
	if (!ret->index)
		return sw_err_set(err, -ENODEV, "%s: there is no such interface", ifname);
	return 0;
}

static int attach(const struct sw_datapath *dp, const struct interface *at, enum sw_object which,
		  struct sw_err *err)
{
	struct bpf_object *object;
	int code = sw_object_open(dp, which, false, &object, err);

	if (code)
		return code;
	code = attach_object(at, object, err);
	bpf_object__close(object);
	return code;
}

int sw_datapath_attach(struct sw_datapath *dp, const char *ifname, enum sw_datapath_mode mode,
		       struct sw_err *err)
{
	struct sw_descriptors before;
	struct interface at;
	struct sw_err other;
	int code;

	if (sw_delegated())
		return sw_delegate_attach(dp, ifname, mode, err);
	before = sw_descriptors_open();
	code = find_interface(ifname, mode, &at, err);
	if (code)
		return code;
	code = attach(dp, &at, SW_OBJECT_CARD, err);
	if (code == -EINVAL && !attach(dp, &at, SW_OBJECT_UNCUT, &other)) /* see bpf/uncut.bpf.c */
		code = 0;
	sw_descriptors_close_bpf(&before);
	return code;
}

int sw_datapath_detach(const char *ifname, struct sw_err *err)
{
	struct sw_descriptors before;
	struct xdp_multiprog *mp;
	struct interface at;
	bool ours;
	int code;

	if (sw_delegated())
		return sw_delegate_detach(ifname, err);
	before = sw_descriptors_open();
	code = find_interface(ifname, SW_MODE_NATIVE, &at, err);
	if (code)
		return code;
	sw_library_quiet();
	mp = multiprog_of(at.index);
	ours = mp && find_ours(mp, 0);
	xdp_multiprog__close(mp);
	if (ours)
		code = remove_others(&at, 0, err);
	else
		code = sw_err_set(err, -ENOENT, "%s: synward is not attached there", ifname);
	sw_descriptors_close_bpf(&before);
	return code;
}

/* ---- who carries our program ---- */

static bool fill_link(const char *ifname, unsigned ifindex, uint32_t settings_id,
		      struct sw_datapath_link *ret)
{
	struct xdp_multiprog *mp = multiprog_of((int)ifindex);
	struct xdp_program *ours = mp ? find_ours(mp, 0) : NULL;

	if (ours) {
		*ret = (struct sw_datapath_link){
			.ifindex = ifindex,
			.mode = xdp_multiprog__attach_mode(mp) == XDP_MODE_SKB ? SW_MODE_GENERIC
									       : SW_MODE_NATIVE,
			.program_id = xdp_program__id(ours),
			.dispatcher = !xdp_multiprog__is_legacy(mp),
			.current = settings_id &&
				   sw_program_uses_map(xdp_program__fd(ours), settings_id),
		};
		snprintf(ret->ifname, sizeof(ret->ifname), "%s", ifname);
	}
	xdp_multiprog__close(mp);
	return ours != NULL;
}

static uint32_t pinned_settings_id(const char *pin_dir)
{
	struct bpf_map_info info = { 0 };
	__u32 len = sizeof(info);
	char path[PATH_BYTES];
	int fd;

	sw_pin_path(pin_dir, sw_map_names[MAP_SETTINGS], path);
	fd = bpf_obj_get(path);
	if (fd < 0)
		return 0;
	if (bpf_obj_get_info_by_fd(fd, &info, &len))
		info.id = 0;
	close(fd);
	return info.id;
}

static int find_links(const char *pin_dir, struct sw_datapath_link **ret, size_t *n,
		      struct sw_err *err)
{
	struct sw_descriptors before = sw_descriptors_open();
	struct if_nameindex *all = if_nameindex();
	uint32_t id = pinned_settings_id(pin_dir);
	struct sw_datapath_link *links;
	size_t count = 0, found = 0;

	if (!all)
		return sw_err_set(err, -errno, "cannot list the interfaces: %s", strerror(errno));
	sw_library_quiet();
	while (all[count].if_index)
		count++;
	links = calloc(count + 1, sizeof(*links));
	for (size_t i = 0; links && i < count; i++)
		found += fill_link(all[i].if_name, all[i].if_index, id, &links[found]);
	if_freenameindex(all);
	sw_descriptors_close_bpf(&before);
	if (!links)
		return sw_err_set(err, -ENOMEM, "out of memory");
	*ret = links;
	*n = found;
	return 0;
}

int sw_datapath_links(const char *pin_dir, struct sw_datapath_link **ret, size_t *n,
		      struct sw_err *err)
{
	return sw_delegated() ? sw_delegate_links(ret, n, err) : find_links(pin_dir, ret, n, err);
}

/* ---- pins ---- */

/* Remove the pins of every version but @keep. */
static void unpin_versions(const char *pin_dir, int keep)
{
	char path[PATH_BYTES];
	struct dirent *entry;
	DIR *d = opendir(pin_dir);
	int version;
	char rest;

	if (!d)
		return;
	while ((entry = readdir(d))) {
		/* "v1", and "v1_new" that somebody was killed over */
		if (sscanf(entry->d_name, "v%d%c", &version, &rest) < 1)
			continue;
		snprintf(path, sizeof(path), "%s/v%d", pin_dir, version);
		if (!strcmp(entry->d_name, strrchr(path, '/') + 1) && version == keep)
			continue;
		snprintf(path, sizeof(path), "%s/%.32s", pin_dir, entry->d_name);
		sw_pin_folder_remove(path);
	}
	closedir(d);
}

static bool is_listed(uint32_t program, const struct sw_datapath_link *links, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (links[i].program_id == program)
			return true;
	return false;
}

/* A loaded filter that works with map @id and is not one of @links; 0: there is none. */
static uint32_t find_elsewhere(uint32_t id, const struct sw_datapath_link *links, size_t n)
{
	uint32_t program = 0;

	while (!bpf_prog_get_next_id(program, &program)) {
		int fd = is_listed(program, links, n) ? -1 : bpf_prog_get_fd_by_id(program);
		bool uses;

		if (fd < 0)
			continue;
		uses = sw_program_uses_map(fd, id) && !sw_program_steers(fd);
		close(fd);
		if (uses)
			return program;
	}
	return 0;
}

/* One that was taken off an interface just now may take the kernel a moment. */
#define GONE_TRIES 10
#define GONE_PAUSE_NS 50000000

uint32_t sw_datapath_elsewhere(const char *pin_dir)
{
	const struct timespec pause = { .tv_nsec = GONE_PAUSE_NS };
	uint32_t settings, program = 0;
	struct sw_datapath_link *links = NULL;
	size_t n = 0;

	if (sw_delegated())
		return sw_delegate_elsewhere();
	settings = pinned_settings_id(pin_dir);
	if (!settings || sw_datapath_links(pin_dir, &links, &n, NULL))
		return 0;
	for (int i = 0; i < GONE_TRIES; i++) {
		program = find_elsewhere(settings, links, n);
		if (!program)
			break;
		nanosleep(&pause, NULL);
	}
	free(links);
	return program;
}

int sw_datapath_unpin(const char *pin_dir, struct sw_err *err)
{
	if (sw_delegated())
		return sw_delegate_unpin(err);
	sw_steer_detach(pin_dir);
	unpin_versions(pin_dir, -1);
	if (rmdir(pin_dir) && errno != ENOENT)
		return sw_err_set(err, -errno, "%s: %s", pin_dir, strerror(errno));
	return 0;
}

int sw_datapath_commit(struct sw_datapath *dp, struct sw_err *err)
{
	int code = 0;

	if (sw_delegated())
		return sw_delegate_commit(dp, err);
	sw_steer_attach(dp);
	if (dp->fresh)
		code = sw_maps_pin(dp, err);
	else
		sw_steer_pin(dp, NULL);
	sw_steer_close(dp);
	if (code)
		return code;
	dp->fresh = false;
	unpin_versions(dp->pin_dir, SW_ABI_VERSION);
	return 0;
}
