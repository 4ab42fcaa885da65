/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * card - the program of the card with its tables, in the kernel and on no interface, for tests of
 * tests/bpf: rows of classes as the daemon ranks them, and SYNs through BPF_PROG_TEST_RUN.
 *
 * Rows and ranks are here alone; which networks are of which class, each test says. For cmocka
 * tests: what fails fails the test. card_open and card_apply, for setups, say why and return it.
 */
#ifndef SYNWARD_TESTS_SUPPORT_CARD_H
#define SYNWARD_TESTS_SUPPORT_CARD_H

#include <stddef.h>
#include <stdint.h>

#include "datapath/datapath.h"
#include "support/frames.h"

/* A class for a list of each kind, without gaps, so that the card numbers them alike. */
enum card_class {
	CARD_DROP = SW_CLASS_FIRST_LIST,
	CARD_DIALUP, /* drops; the others are of tier block, but for CARD_ALLOW */
	CARD_ALLOW,
	CARD_PASS,
	CARD_LIMIT, /* 6/min, burst 1 */
	CARD_REJECT,
	CARD_RESET,
	CARD_SHADOW_DROP,
	CARD_SHADOW_LIMIT,
	CARD_SHADOW_REJECT,
	CARD_SHADOW_RESET,
};

#define CARD_TICKS_10S 152588 /* 10 s in ticks of 2^16 ns: 6/min */
#define CARD_TICKS_1S 15259

/* What a card is to say. Borrowed. */
struct card_lists {
	const struct sw_class *rows; /* SW_CLASS_MAX of them */
	const struct sw_entry4 *flat4;
	size_t flat4_n;
	const struct sw_entry6 *flat6;
	size_t flat6_n;
};

/* The classes of unlisted sources, of single verdicts (rules/verdict_class.def) and of above. */
void card_rows(struct sw_class rows[SW_CLASS_MAX]);

int card_open(const struct sw_datapath_size *size, struct sw_datapath **ret);

/* Ports are 25 and 587. */
int card_apply(struct sw_datapath *card, const struct card_lists *lists);

/* Of an address or a prefix. */
struct sw_prefix card_prefix(const char *text);

/* To the mail server, from @source and a network card that is not nobody's. */
struct sw_frame card_syn(const struct sw_prefix *source);
struct sw_datapath_run card_run(struct sw_datapath *card, const struct sw_prefix *source,
				uint64_t now_ns);

void card_set(struct sw_datapath *card, const struct sw_prefix *source, uint8_t class,
	      uint64_t ends_ns);

/* How often it was counted. */
uint64_t card_reason(struct sw_datapath *card, enum sw_reason reason);

#endif
