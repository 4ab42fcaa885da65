/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * subject - one program that is measured: the product's own, or the same with a part
 * of it replaced (table.bpf.c, lpm.bpf.c, hash.bpf.c, lru.bpf.c), loaded and filled.
 *
 * The product's maps are filled by the product's own writer. What fails ends the
 * program (figures.h).
 */
#ifndef SYNWARD_TESTS_BENCH_SUBJECT_H
#define SYNWARD_TESTS_BENCH_SUBJECT_H

#include <stdbool.h>
#include <stdint.h>

#include "lists.h"
#include "tests/support/frames.h"

struct bpf_object;

struct bench_subject {
	const char *name; /* of the object: "table" */
	struct bpf_object *object;
	struct bench_line *sources; /* BENCH_LINES lines */
	/* Descriptors of the programs: all of it; parser only; return only. And of the product's
	 * own alone, -1 in the others: parser and any one line of the table; all of it where the
	 * SYN is written anew each time, and only that. */
	int whole, parse, back, touch, anew, write;
};

/* What to load. */
struct bench_load {
	const char *folder; /* of the BPF objects */
	const char *name;
	const struct bench_list *list; /* for the family and the sizes of maps */
	bool fresh; /* sources that were never seen, in place of those in the array */
	struct sw_class row; /* of BENCH_CLASS */
	uint32_t bucket_lines; /* a power of two */
	enum sw_contact_mode contact; /* what is done about unlisted sources */
	enum sw_contact_load contact_load;
	uint32_t seen_lines; /* for that; a power of two, 0: 1 */
	uint64_t reset_interval_ns; /* between two resets; 0: as many as come */
	uint64_t reset_tolerance_ns; /* how much of that may be owed */
	uint32_t spare; /* room in the maps for so many sources that @list has not */
};

/* Row of a class that drops, that limits to a SYN each 10 ms, or that resets. */
struct sw_class bench_row_drop(void);
struct sw_class bench_row_limit(void);
struct sw_class bench_row_reset(void);

struct bench_subject bench_load(const struct bench_load *how);
void bench_unload(struct bench_subject *s);

/* Put @list into the maps, which are empty, with as few system calls as there can be. */
void bench_fill(const struct bench_subject *s, const struct bench_list *list);

/* Descriptor of a map, and how many entries it was made for. */
int bench_map_fd(const struct bench_subject *s, const char *name);
uint32_t bench_map_entries(const struct bench_subject *s, const char *name);

/* Kernel memory of all maps but the sources, as the kernel accounts for it. */
double bench_memory_bytes(const struct bench_subject *s);
/* The same of one map. */
double bench_map_bytes(int fd);

/* Packets of BENCH_CLASS counted under @action since the load. */
uint64_t bench_counted(const struct bench_subject *s, enum sw_action action);

/* Nanoseconds for a packet, the mean of @repeat test-runs of @program. */
double bench_run(int program, const struct sw_frame *spec, uint32_t repeat);

/* A frame from some source to port @port, with TCP flags @flags. */
struct sw_frame bench_frame(unsigned family, uint16_t port, uint8_t flags);

/* The object @name.bpf.o of @folder, not loaded yet. */
struct bpf_object *bench_open(const char *folder, const char *name);

/* Set a const volatile __u8 or __u32 of the program before the load. */
void bench_set_const(struct bpf_object *object, const char *name, uint32_t value);

/* Map @bytes of a map that allows it. */
void *bench_map_memory(int fd, size_t bytes);

#endif
