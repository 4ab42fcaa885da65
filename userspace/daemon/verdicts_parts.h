/* SPDX-License-Identifier: GPL-2.0-only */
/* verdicts_parts - what the files of verdicts share: batches, time, the self-check. */
#ifndef SYNWARD_DAEMON_VERDICTS_PARTS_H
#define SYNWARD_DAEMON_VERDICTS_PARTS_H

#include "lib/log.h"
#include "lib/seldom.h"
#include "verdict_index.h"
#include "verdicts.h"

struct sw_verdicts {
	struct sw_verdicts_options options;
	struct sw_verdicts_card card; /* set NULL: none */
	struct sw_verdict_index index;
	struct sw_ledger_clock clock;
	struct sw_wheel wheel; /* ticks are milliseconds of CLOCK_MONOTONIC */
	struct sw_verdict_entry *ended; /* due, to be taken out of the ledger */
	size_t sources, temporary, notes, ended_n;
	struct sw_seldom seldom; /* of the failure */
	uint64_t retry_ns; /* not before, after the ledger failed */
	size_t check_bucket;
	struct sw_verdicts_counts checked;
};

#define sw_verdicts_say(v, ...) sw_log_note((v)->options.note, (v)->options.ctx, __VA_ARGS__)

/* @text, cut if need be, to @size bytes. Batches have thousands of texts, of which snprintf(3)
 * would be some percent. */
void sw_verdicts_copy_text(char *to, size_t size, const char *text);

uint64_t sw_verdicts_now_ns(const struct sw_verdicts *v);

/* Which of a source's verdicts is in force; NULL: none is. */
struct sw_verdict_entry *sw_verdicts_best(const struct sw_verdicts *v,
					  const struct sw_prefix *source);
/* When it ends on the card; 0: never. */
uint64_t sw_verdicts_ends_ns(const struct sw_verdicts *v, const struct sw_verdict_entry *entry);
/* Bring the card to what is in force for @source. */
int sw_verdicts_enforce(struct sw_verdicts *v, const struct sw_prefix *source, struct sw_err *err);

/* Make the index say that @verdict holds. @spare, an entry for it if there is none yet, is
 * taken and set to NULL then. */
void sw_verdicts_index_put(struct sw_verdicts *v, const struct sw_verdict *verdict,
			   struct sw_verdict_entry **spare);
void sw_verdicts_index_remove(struct sw_verdicts *v, const struct sw_prefix *source,
			      uint8_t origin);

/* A batch of the ledger, with what has to be remembered of the clock. */
int sw_verdicts_begin(struct sw_verdicts *v, struct sw_err *err);
int sw_verdicts_commit(struct sw_verdicts *v, struct sw_err *err);

/* Tell of a change that is durable. */
void sw_verdicts_tell(const struct sw_verdicts *v, const struct sw_verdict *verdict,
		      const struct sw_change *change);

#endif
