/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * intake - who of those that the card tells of is examined next.
 *
 * Pure: no I/O, no clock, memory of fixed size. First contacts go in as fast as anybody can
 * forge them, and come out as fast as DNS answers. Each source waits once, an IPv6 /64 as one,
 * in one of three ranks:
 *
 *   known   it has shown that it is real: it was cleared once, or has a connection
 *   again   it came again, which a forged address does not do by itself
 *   first   its first SYN
 *
 * The higher rank comes first, but the lower ones have a share, so that none of them can be
 * kept out by a flood of another. In a rank it is first come, first served, until its room
 * is full: then who comes takes the place of one who waits, picked at random, so that all
 * have the same chance and nobody can tell whose it is.
 */
#ifndef SYNWARD_DAEMON_INTAKE_H
#define SYNWARD_DAEMON_INTAKE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/addr.h"
#include "maps/abi.h"

struct sw_intake;

enum sw_intake_rank {
	SW_INTAKE_KNOWN,
	SW_INTAKE_AGAIN,
	SW_INTAKE_FIRST,
	SW_INTAKE_RANKS,
};

struct sw_intake_options {
	uint32_t room[SW_INTAKE_RANKS]; /* how many can wait; 0: the default of 4096 */
	uint64_t seed; /* random, and nobody's to know */
	/* Was anything known of @source before (a clearance or verdict that ended)? NULL: no. */
	bool (*is_known)(void *ctx, const struct sw_prefix *source);
	/* Is it being examined, or has it been just now? Then it need not wait. NULL: no. */
	bool (*is_in_hand)(void *ctx, const struct sw_prefix *source);
	void *ctx;
};

/* One that waits, or did. */
struct sw_intake_item {
	struct sw_prefix source; /* what a verdict would be about: an IPv4 address, an IPv6 /64 */
	struct sw_prefix address; /* whole, of the SYN that was told of last */
	uint64_t since_ns; /* CLOCK_MONOTONIC, of the SYN that was told of first */
	uint16_t port; /* of the last one */
	uint8_t rank; /* enum sw_intake_rank */
	bool held; /* its SYNs are dropped meanwhile */
};

/* -ENOMEM; -EINVAL: more room than 2^20 in a rank. */
int sw_intake_open(const struct sw_intake_options *options, struct sw_intake **ret);
struct sw_intake *sw_intake_close(struct sw_intake *q);

/* The card told of @contact. */
void sw_intake_put(struct sw_intake *q, const struct sw_contact *contact, uint64_t now_ns);

/* Nobody told of @address, which is whole, but it has a connection to @port: it is real. */
void sw_intake_put_real(struct sw_intake *q, const struct sw_prefix *address, uint16_t port,
			uint64_t now_ns);

/* Who is to be examined next; false: nobody waits. */
bool sw_intake_next(struct sw_intake *q, uint64_t now_ns, struct sw_intake_item *ret);

/*
 * What the card should tell of, for sw_datapath_contact_load. Less when a rank is nearly full
 * or loses some, more again when it is nearly empty and has been for two seconds or more.
 */
enum sw_contact_load sw_intake_load(struct sw_intake *q, uint64_t now_ns);

struct sw_intake_counts {
	uint64_t told; /* contacts that came in */
	uint64_t real; /* sources with a connection that were put in */
	uint64_t doubles; /* of a source that waits already, or is in hand */
	uint64_t stale; /* too old to be of use */
	uint64_t raised; /* came again while they waited, and went up a rank */
	uint64_t taken[SW_INTAKE_RANKS];
	uint64_t lost[SW_INTAKE_RANKS]; /* gave way to others: never examined for this SYN */
	uint32_t waiting[SW_INTAKE_RANKS];
	uint32_t room[SW_INTAKE_RANKS];
};

void sw_intake_counts(const struct sw_intake *q, struct sw_intake_counts *ret);

#endif
