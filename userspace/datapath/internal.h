/* SPDX-License-Identifier: GPL-2.0-only */
/* internal - what the files of datapath/ share; nobody else includes this. */
#ifndef SYNWARD_DATAPATH_INTERNAL_H
#define SYNWARD_DATAPATH_INTERNAL_H

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "datapath.h"

#define PROGRAM_NAME "synward"
#define STEER_NAME "synward_steer"
#define PATH_BYTES 256
#define PIN_DIR_BYTES 192 /* leaves room for the version and a map's name */

/* The maps, in the order in which they are made. */
enum map_index {
	MAP_SETTINGS,
	MAP_CLASSES,
	MAP_INDEX4,
	MAP_BLOCKS4,
	MAP_INDEX6,
	MAP_BLOCKS6,
	MAP_EXPIRY,
	MAP_LIMITS,
	MAP_CONTACTS,
	MAP_SEEN,
	MAP_DESK,
	MAP_CLASS_COUNTS,
	MAP_REASONS,
	MAP_TRACE, /* only in a private datapath */
	MAPS,
};

struct map {
	int fd; /* -1: not there */
	struct bpf_map_info info;
	void *memory; /* mmap, for those that allow it; NULL otherwise */
	size_t bytes;
};

struct sw_datapath {
	enum sw_datapath_open how;
	char pin_dir[PIN_DIR_BYTES];
	struct map map[MAPS];
	bool fresh; /* WRITE: maps were made, commit has to pin them */
	struct sw_table4 table4;
	struct sw_table6 table6;
	struct sw_expiry expiry;
	struct sw_table *table; /* NULL when it is only read */
	struct sw_class fixed[SW_CLASS_FIRST_LIST]; /* rows of verdicts, once they are applied */
	bool applied;
	struct bpf_object *object, *steer; /* PRIVATE: the loaded programs */
	int program_fd, steer_fd; /* PRIVATE; -1: the kernel refused it */
	int link_fd; /* during commit: what steers in this network namespace; -1: nothing */
	int steering; /* 0, or why what rejects is not steered, in these words */
	struct sw_err steering_words;
};

extern const char *const sw_map_names[MAPS];

static inline struct sw_settings *sw_datapath_settings(const struct sw_datapath *dp)
{
	return dp->map[MAP_SETTINGS].memory;
}

/* "<pin_dir>/v<ABI>[/name]" */
void sw_pin_path(const char *pin_dir, const char *name, char path[PATH_BYTES]);

/* maps.c: fill dp->map for opening or making; see sw_datapath_open. */
int sw_maps_open_pinned(struct sw_datapath *dp, bool writable, struct sw_err *err);
int sw_maps_create(struct sw_datapath *dp, const struct sw_datapath_size *size, struct sw_err *err);
bool sw_maps_have_size(const struct sw_datapath *dp, const struct sw_datapath_size *size);
/* The same from descriptors that another process opened; they are dp's from then on, also
 * on failure. -EPROTO: one is not the map it should be. @memory: map it, for writing. */
int sw_maps_take(struct sw_datapath *dp, const int *fd, bool memory, struct sw_err *err);
void sw_maps_close(struct sw_datapath *dp);
int sw_maps_pin(struct sw_datapath *dp, struct sw_err *err);
/* mkdir -p below a BPF file system, which is mounted at its usual place if need be. */
int sw_pin_folder_make(const char *dir, struct sw_err *err);
/* Our pins in @dir and the folder itself; no error when there is none. */
void sw_pin_folder_remove(const char *dir);

/* datapath.c: without maps; NULL: no memory. And its maps, by dp->how. */
struct sw_datapath *sw_datapath_blank(const char *pin_dir, enum sw_datapath_open how);
int sw_maps_open(struct sw_datapath *dp, const struct sw_datapath_size *size, struct sw_err *err);

/* delegate.c: does another process do these (delegate.h)? Then it is asked by them. */
bool sw_delegated(void);
int sw_delegate_open_maps(struct sw_datapath *dp, const struct sw_datapath_size *size,
			  struct sw_err *err);
int sw_delegate_attach(const struct sw_datapath *dp, const char *ifname, enum sw_datapath_mode mode,
		       struct sw_err *err);
int sw_delegate_detach(const char *ifname, struct sw_err *err);
int sw_delegate_links(struct sw_datapath_link **ret, size_t *n, struct sw_err *err);
uint32_t sw_delegate_elsewhere(void);
int sw_delegate_commit(struct sw_datapath *dp, struct sw_err *err);
int sw_delegate_unpin(struct sw_err *err);
int sw_delegate_unsteer(struct sw_err *err);
int sw_delegate_hold(int lock, struct sw_err *err);

/* The BPF objects that are embedded; each has one program. */
enum sw_object { SW_OBJECT_CARD, SW_OBJECT_UNCUT, SW_OBJECT_STEER };

/* object.c: opened but not loaded, on the maps of @dp; NULL: to look at it. */
int sw_object_open(const struct sw_datapath *dp, enum sw_object which, bool tracing,
		   struct bpf_object **ret, struct sw_err *err);
/* *@program_fd is the object's. */
int sw_object_load(struct bpf_object *object, enum sw_object which, int *program_fd,
		   struct sw_err *err);

/*
 * steer.c, for commit: have what rejects steered by the maps of @dp, and keep it so in @dir,
 * NULL: the present folder of pins. What fails is not a failure of commit: it is in dp->steering.
 */
void sw_steer_attach(struct sw_datapath *dp);
void sw_steer_pin(struct sw_datapath *dp, const char *dir);
void sw_steer_close(struct sw_datapath *dp);
/* Take it off this network namespace; its pins stay. */
void sw_steer_detach(const char *pin_dir);
/* Is it so now, by the pins, with the maps of @dp and in this network namespace? */
bool sw_steer_is_attached(const struct sw_datapath *dp);
bool sw_program_steers(int fd);

/* read.c: add the SYNs that were counted under @class to the reasons they had. */
int sw_class_reasons(struct sw_datapath *dp, unsigned class, const struct sw_class *row,
		     uint64_t sum[SW_REASON_MAX]);

/* verdicts.c: what was too small when the table last said -ENOSPC, which is returned. */
int sw_datapath_say_shortage(const struct sw_datapath *dp, struct sw_err *err);

/* contacts.c: SW_BY_CONTACT when first contact is on. */
__u8 sw_contact_flag(const struct sw_datapath *dp);
/* As sw_datapath_carry. */
void sw_contact_carry(const struct sw_datapath *from, struct sw_datapath *to);

/* rates.c: what a rate of the card says, in words of the caller. */
struct sw_datapath_rate sw_rate_words(const struct sw_rate *rate);
/* What new maps have. */
void sw_rates_default(struct sw_settings *settings);
/* As sw_datapath_carry. */
void sw_rates_carry(const struct sw_datapath *from, struct sw_datapath *to);

/* Keep libbpf's and libxdp's words for the error text instead of standard error. */
void sw_library_quiet(void);
/* The last complaint of either library, "" if none; cleared by the call. */
const char *sw_library_complaint(void);

/* Is this program ours, by its name and the names of its maps? */
bool sw_program_is_ours(int fd, struct bpf_prog_info *info);
bool sw_program_uses_map(int fd, uint32_t map_id);

#endif
