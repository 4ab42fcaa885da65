/* SPDX-License-Identifier: GPL-2.0-only */
/* replay - what replay.c finds out and replay_print.c prints. */
#ifndef SYNWARD_CLI_REPLAY_H
#define SYNWARD_CLI_REPLAY_H

#include "capture.h"
#include "daemon/policy.h"

enum sw_replay_result { SW_REPLAY_PASS, SW_REPLAY_DROP, SW_REPLAY_RESET, SW_REPLAY_RESULTS };

/* What one config does with one packet. Strings belong to the policy. */
struct sw_replay_outcome {
	bool looked_up; /* a SYN to a served port; otherwise only reason and drop count */
	uint8_t class;
	const char *class_name;
	enum sw_action action; /* that the class asks for */
	struct sw_prefix prefix; /* that decided; family 0 when unlisted */
	uint32_t reason;
	enum sw_replay_result result;
	bool shadow;
};

/* One line. Addresses and port are there when an outcome was looked up. */
struct sw_replay_line {
	const char *file;
	uint64_t frame;
	int64_t seconds;
	uint32_t nanoseconds;
	struct sw_prefix source, dest;
	uint16_t port;
	struct sw_replay_outcome before;
	struct sw_replay_outcome after; /* with --against */
};

/* Sums for one config over a file, or over all. */
struct sw_replay_count {
	uint64_t packets, cut, too_long, syns, dropped;
	uint64_t reasons[SW_REASON_MAX];
	uint64_t class[SW_CLASS_MAX][SW_REPLAY_RESULTS]; /* SYNs */
};

/* A kind of change and how many SYNs had it. */
struct sw_replay_change {
	struct sw_replay_outcome before, after;
	uint64_t syns;
};

struct sw_replay_file {
	const char *path;
	struct sw_replay_count count; /* of the first config */
	char problem[512]; /* why it was not read, or not to its end; "" */
};

struct sw_replay_summary {
	const struct sw_policy *policy, *against; /* against: NULL without --against */
	const struct sw_replay_file *files;
	size_t files_n;
	const struct sw_replay_count *total, *against_total;
	const struct sw_replay_change *changes; /* --against */
	size_t changes_n;
};

/* False also when only the prefix, or the reason, differs. */
bool sw_replay_outcome_differs(const struct sw_replay_outcome *a,
			       const struct sw_replay_outcome *b);

/* A stable name; "?" for a number that has none. */
const char *sw_replay_reason_name(uint32_t reason);

void sw_replay_print_line(const struct sw_replay_line *line, bool against, bool json);
void sw_replay_print_summary(const struct sw_replay_summary *summary, bool json);

#endif
