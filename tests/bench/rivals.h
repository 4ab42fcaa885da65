/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * rivals - the product, and what people use in its place, each in front of the end of
 * a cable of its own. All hold the same list and see the same SYNs.
 *
 * In the namespaces of bench_live_enter only. What fails ends the program (figures.h).
 */
#ifndef SYNWARD_TESTS_BENCH_RIVALS_H
#define SYNWARD_TESTS_BENCH_RIVALS_H

#include <stdint.h>
#include <stdio.h>

#include "live.h"
#include "subject.h"

/* What all of them work with. Their files are in /run. */
struct bench_world {
	const char *folder; /* of the BPF objects */
	const char *synward; /* the command */
	const struct bench_list *list; /* IPv4 */
};

struct bench_rival;

/* A rival in this bench. */
struct bench_entrant {
	const struct bench_rival *rival;
	const struct bench_world *world;
	struct bench_cable cable;
	struct bench_subject subject; /* those on a program of the bench */
};

struct bench_rival {
	const char *name;
	/* Why it cannot hold the list, or is not there; NULL: it can take part. */
	const char *(*refuses)(const struct bench_world *world);
	/* Write the list in its words, load what is needed, and stand before the receiving
	 * end of the cable, or do that in fill. */
	void (*begin)(struct bench_entrant *e);
	/* Take the list; NULL: begin did. @fill_name says from where: it is a case. */
	void (*fill)(struct bench_entrant *e);
	const char *fill_name;
	/* Be as before fill. */
	void (*empty)(struct bench_entrant *e);
	/* Stop, and free what was taken. */
	void (*end)(struct bench_entrant *e);
	/* Packets dropped so far, as it or the kernel counts them. */
	uint64_t (*dropped)(const struct bench_entrant *e);
	/* Kernel memory while it holds the list; @slab_before: Slab before the first fill. */
	double (*bytes)(const struct bench_entrant *e, double slab_before);
};

/* The product first. */
#define BENCH_RIVALS 8
extern const struct bench_rival *const bench_rivals[BENCH_RIVALS];

extern const struct bench_rival bench_rival_synward, bench_rival_lpm, bench_rival_hash,
	bench_rival_xdp_filter, bench_rival_ipset, bench_rival_nft, bench_rival_touch,
	bench_rival_floor;

/* Write to @out each prefix of @list, with @before and @after it, by sw_prefix_format. */
void bench_list_print(const struct bench_list *list, const char *before, const char *after,
		      FILE *out);

/* What the end of the cable received, less what reached IP on all interfaces: for those who
 * do not count, and only for differences. */
uint64_t bench_vanished(const struct bench_entrant *e);

/* Slab of /proc/meminfo, bytes. */
double bench_slab_bytes(void);

#endif
