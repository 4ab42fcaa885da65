/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * abi - every key and value that the BPF programs and userspace share.
 *
 * Both sides include this file and nothing else of each other. A change of any
 * layout, size or meaning here needs a new SW_ABI_VERSION: maps are pinned in a
 * directory named after it, so that a program of one version never reads the
 * maps of another. Integers are in host byte order unless their name ends in _be.
 */
#ifndef SYNWARD_MAPS_ABI_H
#define SYNWARD_MAPS_ABI_H

#include <linux/types.h>

#define SW_ABI_VERSION 6

/* What is done with a SYN. The order is harshness: the greater one wins a tie. */
enum sw_action {
	SW_ACTION_NONE = 0, /* row of a class that does not exist */
	SW_ACTION_ALLOW = 1, /* never filtered, whatever comes later */
	SW_ACTION_PASS = 2,
	SW_ACTION_LIMIT = 3, /* token bucket; over it the SYN is dropped */
	SW_ACTION_HOLD = 4, /* first contact: dropped until judged; of no class, only counted */
	SW_ACTION_REJECT = 5, /* passes the card; bpf/steer.bpf.c gives it to the desk */
	SW_ACTION_RESET = 6, /* the card answers with a TCP RST; over the rate it is dropped */
	SW_ACTION_DROP = 7,
	SW_ACTION_MAX = 8,
};

/* Why a packet went where it went: maps/reasons.def is the one list of them. */
enum sw_reason {
#define SW_REASON(number, symbol, name, meaning) SW_REASON_##symbol = number,
#include "reasons.def"
#undef SW_REASON
	SW_REASON_MAX = 64,
};

/* Class numbers. The table stores them in one byte. */
#define SW_CLASS_UNLISTED 0 /* no entry matches */
#define SW_CLASS_NEVER_BLOCK 1 /* own and configured networks */
/* 2 to 31 are of single verdicts, not of lists; their rows are always there. */
#define SW_CLASS_OPERATOR_ALLOW 2
#define SW_CLASS_OPERATOR_BLOCK 3
#define SW_CLASS_OPERATOR_ALLOW_TEMPORARY 4
#define SW_CLASS_OPERATOR_BLOCK_TEMPORARY 5
/* What DNS says of a source; all of them end. */
#define SW_CLASS_DNS_CLEAR 8 /* nothing against it: no first contact for a while */
#define SW_CLASS_DNS_LIMIT 9
#define SW_CLASS_DNS_REJECT 10
#define SW_CLASS_DNS_DROP 11
/* The same of one that DNS knows for a dialup line. */
#define SW_CLASS_DNS_DIALUP_LIMIT 12
#define SW_CLASS_DNS_DIALUP_REJECT 13
#define SW_CLASS_DNS_DIALUP_DROP 14
/* What the mail server saw, and what is said of it by reports. */
#define SW_CLASS_BOUNCE_LOCK 16
#define SW_CLASS_BOUNCE_LOCK_TEMPORARY 17
#define SW_CLASS_COMPLAINT_BLOCK 18
/* The operator's word, where it is not to drop. */
#define SW_CLASS_OPERATOR_REJECT 20
#define SW_CLASS_OPERATOR_REJECT_TEMPORARY 21
#define SW_CLASS_OPERATOR_RESET 22
#define SW_CLASS_OPERATOR_RESET_TEMPORARY 23
/* Came back to the desk too often; all of them end. */
#define SW_CLASS_DESK_DROP 24
#define SW_CLASS_FIRST_LIST 32
#define SW_CLASS_MAX 256
#define SW_CLASS_NAME_MAX 32 /* bytes, with the terminating NUL */

#define SW_CLASS_SHADOW 0x01 /* flag: match and count, but let it pass */
#define SW_CLASS_TEMPORARY 0x02 /* flag: its verdicts end; see sw_expiry */

/*
 * Limits are GCRA (the virtual scheduling form of the token bucket, ITU-T
 * I.371): a source may send one SYN each @interval ticks, and be early by up to
 * @tolerance ticks. A tick is 2^16 ns, which makes a 40 bit time stamp last for
 * 834 days before it wraps; bucket.h says what happens then.
 */
#define SW_TICK_SHIFT 16

/* Why a row alone does not decide what happens to a SYN. */
#define SW_BY_TIME 0x01 /* the class limits or resets, or its verdicts end */
#define SW_BY_CONTACT 0x02 /* unlisted, and first contact is on; comes and goes with it */

/*
 * A row of the class table. Immutable, but for SW_BY_CONTACT, while a table slot holds its number. What
 * happens to a SYN is worked out when the row is written (bpf/decide.h), so that
 * the program takes it from here without a branch; only limits need more.
 */
struct sw_class {
	__u8 action; /* enum sw_action */
	__u8 flags; /* SW_CLASS_SHADOW, SW_CLASS_TEMPORARY */
	__u8 xdp; /* XDP_PASS, XDP_DROP or XDP_TX; unless it limits or resets */
	__u8 reason; /* enum sw_reason; likewise */
	__u8 counted; /* enum sw_action to count under; likewise */
	__u8 tier; /* precedence tier it was flattened with; for people */
	__u8 by_time; /* not 0: the row alone does not decide, see SW_BY_... */
	__u8 pad;
	__u32 interval; /* ticks for each SYN */
	__u32 tolerance; /* ticks: (burst - 1) * interval */
	__u64 created; /* wall clock, seconds since the epoch */
	char name[SW_CLASS_NAME_MAX]; /* NUL terminated; for people */
	/* A limit for the network of the source, an IPv4 /24 or IPv6 /48, beside that of the
	 * source itself, which is asked first; as above. Interval 0: there is none. */
	__u32 network_interval;
	__u32 network_tolerance;
};

/* Packets and bytes of one class on one CPU, by the action that was applied: a class that
 * limits counts what conforms as PASS and what does not as LIMIT, one that resets counts what
 * is over the rate of resets as DROP, and unlisted sources over the rate of first contacts are
 * counted as LIMIT. */
struct sw_class_count {
	__u64 packets[SW_ACTION_MAX];
	__u64 bytes[SW_ACTION_MAX];
};

/* IPv4 table: see table4.h. A slot stands for 65536 addresses (a /16). */
#define SW_TABLE4_SLOTS (1u << 16)
#define SW_INDEX4_SLOTS 16 /* in one value of the map, one cache line */
#define SW_INDEX4_LINES (SW_TABLE4_SLOTS / SW_INDEX4_SLOTS)

struct sw_index4_line {
	__u32 slot[SW_INDEX4_SLOTS];
};

/* What a slot says. */
#define SW_SLOT_SPAN_SHIFT 28 /* high 4 bits: 16 - log2 of the span of a block */
#define SW_SLOT_KIND 0x0e000000u
#define SW_SLOT_MIXED 0x00000000u
#define SW_SLOT_STEPS 0x02000000u
#define SW_SLOT_BITMAP 0x04000000u
#define SW_SLOT_DIRECT 0x06000000u
#define SW_SLOT_SPLIT 0x08000000u
#define SW_SLOT_POINTS 0x0a000000u
#define SW_SLOT_BLOCK 0x01ffffffu /* low 25 bits: number of the first block */

#define SW_POINTS 28
#define SW_MIXED_STEPS 12
#define SW_MIXED_POINTS 16
#define SW_STEPS_STEPS 20

/* A block is one cache line and says the class of each address of its span. */
union sw_block4 {
	/* One class, and up to 28 addresses of another: value[1] at the points. Lanes
	 * that are not needed repeat a point. */
	struct {
		__u64 point[SW_POINTS / 4];
		__u8 value[2];
		__u8 pad[6];
	} points;
	/* Two classes that take turns, in pairs of addresses; a point is an address
	 * that has the other class than its pair. last[] is in units of two addresses. */
	struct {
		__u64 last[SW_MIXED_STEPS / 4];
		__u64 point[SW_MIXED_POINTS / 4];
		__u8 value[2];
		__u8 points; /* 1: point[] counts */
		__u8 pad[5];
	} mixed;
	/* Up to 21 intervals of any class. */
	struct {
		__u64 last[SW_STEPS_STEPS / 4];
		__u8 value[SW_STEPS_STEPS + 1];
		__u8 pad[3];
	} steps;
	/* A /24: bit (host & 63) of word (host >> 6) picks one of two classes. */
	struct {
		__u64 bits[4];
		__u8 value[2];
		__u8 pad[30];
	} bitmap;
	__u8 direct[64]; /* the class of each of 64 addresses */
	__u32 split[16]; /* no block of classes: the slots of the /20s of a /16 */
};

/* last[] and point[] hold four 16 bit lanes to a word, the
 * first one lowest. Lane k of last[] is the last offset of interval k, ascending,
 * 0x7fff where there is none. */
#define SW_NO_STEP 0x7fff

/* IPv6 table: see table6.h. A slot of the index stands for a /16. */
#define SW_TABLE6_SLOTS (1u << 16)
#define SW_INDEX6_SLOTS 16 /* in one value of the map, one cache line */
#define SW_INDEX6_LINES (SW_TABLE6_SLOTS / SW_INDEX6_SLOTS)

struct sw_index6_line {
	__u32 slot[SW_INDEX6_SLOTS];
};

/* What a slot says: the class of all below it, or where it goes on. */
#define SW_SLOT6_KIND 0x3u
#define SW_SLOT6_UNIFORM 0u
#define SW_SLOT6_RUN 1u
#define SW_SLOT6_SPLIT 2u
#define SW_SLOT6_CLASS_SHIFT 2 /* uniform: the class, 8 bits */
#define SW_SLOT6_WIDTH_SHIFT 2 /* run: how many address bits it decides on / 4 - 1; 2 bits */
#define SW_SLOT6_LINES_SHIFT 4 /* run: how many lines - 1; 6 bits */
#define SW_SLOT6_BLOCK_SHIFT 10 /* run, split: number of the first block; 22 bits */
#define SW_BLOCKS6_MAX (1u << 22)
#define SW_RUN6_LINES 64
#define SW_RUN6_BLOCKS 512 /* tails beyond cannot be reached */
#define SW_RUN6_WIDTH 16
#define SW_TABLE6_DEPTH 28 /* slots on the way: 112 bits, 4 at a time at the least */

/* A block is one cache line: a line of a run, tails of its lines, or 16 slots. */
union sw_block6 {
	__u64 word[8];
	__u32 split[16];
	__u8 byte[64];
};

/*
 * A line has points (16 bit values) in the lanes of its first words, then steps
 * (three lanes of 21 bits to a word; a step is the first value of the next
 * interval, SW_NO_STEP6 if there is none), the classes of the intervals in bytes,
 * and in the top bits of its last word what it has. It is of one of two kinds:
 * plain ones are all points, in one interval.
 */
#define SW_PLAIN6_WORDS 7 /* of points */
#define SW_PLAIN6_STEPS 0
#define SW_PLAIN6_CLASSES 56 /* the byte where they begin */
#define SW_STEPPED6_WORDS 3
#define SW_STEPPED6_STEPS 9 /* in words 3 to 5 */
#define SW_STEPPED6_CLASSES 48
#define SW_NO_STEP6 0x10000u

/* In word 7 of a line. */
#define SW_LINE6_TAILS_SHIFT 40 /* 11 bits: where its tails meet, 16 byte units of the run */
#define SW_LINE6_LONGS_SHIFT 51 /* 5 bits: points with long tails, in the first lanes */
#define SW_LINE6_SHORTS_SHIFT 56 /* 5 bits: points with short tails, in the last lanes */
#define SW_LINE6_STEPPED (1ull << 61)

/*
 * A tail is what follows a point: address bits, how many of them count, and what
 * holds if they match. Long tails are below the place where the tails of a line
 * meet, the first point's nearest to it; short ones above, the last point's nearest.
 *   short, 8 bytes: 48 address bits, 6 bits length, a uniform slot
 *   long, 16 bytes: 64 address bits; then either 32 address bits, 15 spare ones,
 *     7 bits length, a uniform slot; or 16 address bits, 9 spare ones, 7 bits length,
 *     a slot that goes on, 32 bits.
 */
#define SW_TAIL6_SLOT 0x3ffu /* a uniform slot */
#define SW_TAIL6_LEN_SHIFT 10
#define SW_TAIL6_NODE_LEN_SHIFT 32
#define SW_TAIL6_SHORT 48 /* the most bits that a tail can have */
#define SW_TAIL6_LONG 96
#define SW_TAIL6_NODE 80

/*
 * Single verdicts and when they end: see expiry.h. A hash table with a cell for each
 * prefix, eight cells to a bucket, one cache line for what they are of and one for what
 * they say. A cell is in one of two buckets. A tick is 2^20 ns of CLOCK_MONOTONIC, which
 * makes 40 bits last for 36 years of uptime.
 */
#define SW_EXPIRY_WAYS 8
#define SW_EXPIRY_SHIFT 20
#define SW_EXPIRY_NEVER ((1ull << 40) - 1) /* in place of an end */

struct sw_expiry_bucket {
	__u64 name[SW_EXPIRY_WAYS]; /* the prefix, its length aside */
	__u64 cell[SW_EXPIRY_WAYS]; /* 0: free */
};

/* In a cell, from the low bits: */
#define SW_EXPIRY_KIND 0xffu /* family and length, never 0: see sw_expiry_kind */
#define SW_EXPIRY_CLASS_SHIFT 8 /* 8 bits: of the verdict; 0: there is none, lists change here */
#define SW_EXPIRY_BELOW_SHIFT 16 /* 8 bits: what the lists say of the prefix */
#define SW_EXPIRY_ENDS_SHIFT 24 /* 40 bits, ticks: from then on the verdict does not count */

/* What a look-up in the buckets has to know. */
struct sw_expiry_head {
	__u64 seed;
	__u32 half; /* the first bucket of a prefix is below it, the second is not */
	__u32 pad;
	/* By family (4, 6): the lengths of which there are cells. Bit b of word w stands for
	 * length 128 - 64 w - b. */
	__u64 lengths[2][3];
	__u8 rank[SW_CLASS_MAX]; /* by class; the greater one counts */
};

/* What is done about SYNs of sources that nothing is said of. */
enum sw_contact_mode {
	SW_CONTACT_OFF = 0, /* they pass */
	SW_CONTACT_PASS = 1, /* they pass, and the daemon is told */
	SW_CONTACT_HOLD = 2, /* the daemon is told, and they are dropped for a moment */
};

/* What the daemon can take at present; it stores this through the mapping. */
enum sw_contact_load {
	SW_CONTACT_ALL = 0,
	SW_CONTACT_ONLY_AGAIN = 1, /* tell of sources that came again; hold nobody */
	SW_CONTACT_NONE = 2, /* tell of nobody, hold nobody */
};

/* A daemon that has been silent for longer is not told of anything, and nobody is held. */
#define SW_CONTACT_SILENT_NS 5000000000ull

struct sw_contact_settings {
	__u32 mode; /* enum sw_contact_mode */
	__u32 overload; /* enum sw_contact_load; nothing is held unless it is 0 */
	__u64 seed; /* of sw_seen */
	__u64 hold_max_ns; /* since the first SYN of a source; then it passes, judged or not */
	__u64 every_ns; /* of a source that keeps coming and is not judged the daemon is told
			 * so often; not less than hold_max_ns */
	__u32 mask; /* number of lines of sw_seen - 1; a power of two */
	__u32 pad;
};

/* A limit for the whole card: GCRA as above, but in nanoseconds, for such rates may be high. */
struct sw_rate {
	__u64 interval_ns; /* 0: there is no limit */
	__u64 tolerance_ns;
	__u64 cell; /* the program's own, all CPUs share it: the theoretical arrival time. Over
		     * the rate it is only read */
	__u64 pad[5]; /* a cache line of its own: it is written */
};

/* What a core's cache has room for; more than the sources that have something to pay back at any
 * time, up to some 20,000 resets a second. A power of two. */
#define SW_RESET_SOURCES 4096

/* Everything else that the programs read, in one record. */
struct sw_settings {
	__u32 abi; /* SW_ABI_VERSION */
	__u32 bucket_mask; /* number of bucket lines - 1; a power of two */
	__u64 bucket_seed;
	/* When the daemon is silent for longer than deadman_ns, nothing is dropped any more;
	 * 0: it makes no difference. CLOCK_MONOTONIC. */
	__u64 alive_ns; /* its last sign of life */
	__u64 deadman_ns;
	struct sw_contact_settings contact;
	struct sw_expiry_head expiry;
	__u64 ports[65536 / 64]; /* served TCP ports, one bit each */
	__u64 pad[7];
	struct sw_rate reset; /* RSTs of the card */
	/* First contacts of the card, after the daemon was told; it does not count while the
	 * daemon is silent. */
	struct sw_rate surge;
	/* RSTs of each source, beside `reset`: its rate, whose own cell is not used, and the cells.
	 * A source has the one that it hashes to, and shares it with whoever else does. */
	struct sw_rate reset_source;
	__u64 reset_sources[SW_RESET_SOURCES];
};

/* The listening sockets of the desk, by family: keys of sw_desk. */
#define SW_DESK_IPV4 0
#define SW_DESK_IPV6 1
#define SW_DESK_SOCKETS 2

/* Token buckets: one cache line holds seven exact cells and one shared one. */
#define SW_BUCKET_WAYS 8

struct sw_bucket_line {
	__u64 cell[SW_BUCKET_WAYS];
};

/*
 * Sources that nothing is said of, and since when they have been coming: see bpf/contact.h.
 * A line holds eight of them.
 */
#define SW_SEEN_WAYS 8

struct sw_seen_line {
	__u64 cell[SW_SEEN_WAYS];
};

/* What the daemon is told of one, through the ring buffer sw_contacts. */
#define SW_CONTACTS_BYTES (1u << 20) /* of the ring: 26000 of them */

#define SW_CONTACT_AGAIN 0x01 /* flag: it came before, about a second ago or more */
#define SW_CONTACT_HELD 0x02 /* flag: the SYN was dropped, and its sender waits */

struct sw_contact {
	__u64 time_ns; /* CLOCK_MONOTONIC, of the coarse clock */
	__u64 source_hi, source_lo; /* the whole address; IPv4 in the low 32 bits of lo */
	__u16 port; /* that it wanted */
	__u8 family; /* 4 or 6 */
	__u8 flags;
	__u32 pad;
};

/*
 * Only for programs loaded with sw_tracing set (tests and replay, never the
 * card): the clock that the program is to use, and what it decided last.
 */
struct sw_trace {
	__u64 now_ns; /* in */
	__u32 reason; /* out: enum sw_reason */
	__u32 class; /* out; SW_CLASS_MAX when no look-up was made */
	__u32 action; /* out: enum sw_action that was applied */
	__u32 family; /* out: 4, 6, or 0 when nothing was parsed */
	__u64 source_hi, source_lo; /* out; IPv4 in the low 32 bits of lo */
	__u64 dest_hi, dest_lo; /* out */
	__u32 source_port, dest_port; /* out */
};

_Static_assert(sizeof(struct sw_class) == 64, "class row");
_Static_assert(sizeof(struct sw_class_count) == 128, "class count");
_Static_assert(sizeof(struct sw_index4_line) == 64, "index4 line");
_Static_assert(sizeof(union sw_block4) == 64, "block4");
_Static_assert(sizeof(struct sw_index6_line) == 64, "index6 line");
_Static_assert(sizeof(union sw_block6) == 64, "block6");
_Static_assert(sizeof(struct sw_expiry_bucket) == 128, "expiry bucket");
_Static_assert(sizeof(struct sw_expiry_head) == 320, "expiry head");
_Static_assert(sizeof(struct sw_contact_settings) == 40, "contact settings");
_Static_assert(sizeof(struct sw_rate) == 64, "rate");
_Static_assert(sizeof(struct sw_settings) ==
		       32 + 40 + 320 + 8192 + 56 + 3 * 64 + 8 * SW_RESET_SOURCES,
	       "settings");
_Static_assert(sizeof(struct sw_settings) % 64 == 0, "the rates have cache lines of their own");
_Static_assert(sizeof(struct sw_bucket_line) == 64, "bucket line");
_Static_assert(sizeof(struct sw_seen_line) == 64, "seen line");
_Static_assert(sizeof(struct sw_contact) == 32, "contact");
_Static_assert(sizeof(struct sw_trace) == 64, "trace");

#endif
