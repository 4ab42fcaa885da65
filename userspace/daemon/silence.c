/* SPDX-License-Identifier: GPL-2.0-only */
/* silence - see silence.h. */
#include "silence.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <syslog.h>

#include "daemon/gather.h"
#include "lib/duration.h"
#include "lib/log.h"
#include "maps/abi.h"
#include "rules/origin.h"

#define WHO "desk"
#define SOURCES 32768 /* that are counted at the same time; 64 bytes each */

struct sw_silence {
	struct sw_silence_options options;
	struct sw_silence_rules rules;
	struct sw_returns *returns; /* NULL: nobody is silenced */
	struct sw_silence_counts counts;
	struct sw_gather *gather; /* verdicts on their way */
};

#define say(s, ...) sw_log_note((s)->options.note, (s)->options.ctx, __VA_ARGS__)

static void on_dropped(void *ctx, const struct sw_gathered *batch)
{
	struct sw_silence *s = ctx;

	s->counts.silenced += batch->n - batch->failed;
	s->counts.failed += batch->failed;
	if (batch->failed)
		say(s, LOG_ERR,
		    batch->kept ? "%zu sources came back too often and cannot be dropped: %s"
				: "%zu sources came back too often, and it cannot be kept: %s",
		    batch->failed, batch->words);
}

/* ---- who comes ---- */

static struct sw_prefix counted_as(const struct sw_prefix *source, const struct sw_prefix *decides)
{
	if (source->family == 4 || decides->len > 64)
		return sw_prefix_truncate(source, source->family == 4 ? 32 : decides->len);
	return sw_prefix_truncate(source, 64);
}

/* Too often. */
static void act(struct sw_silence *s, const struct sw_prefix *source, uint32_t times,
		const char *class, int64_t now_ms)
{
	char why[SW_STANDING_WHY], window[SW_DURATION_TEXT], text[SW_PREFIX_TEXT];
	const char *spared = s->options.spared(s->options.ctx, source, now_ms, why);
	char reason[SW_VERDICT_REASON];
	const struct sw_verdict_change change = { .source = *source,
						  .origin = SW_ORIGIN_DESK,
						  .action = SW_ACTION_DROP,
						  .for_ms = s->rules.silence_ms,
						  .reason = reason };

	snprintf(reason, sizeof(reason), "came back to the desk %u times within %s, rejected by %s",
		 times, sw_duration_format(s->rules.window_ms, window), class);
	if (spared) {
		s->counts.spared++;
		say(s, LOG_NOTICE, "%s is not dropped, for %s: %s", sw_prefix_format(source, text),
		    spared, reason);
		return;
	}
	if (s->options.room && !s->options.room(s->options.ctx, sw_gather_waiting(s->gather))) {
		s->counts.no_room++;
		return;
	}
	sw_gather_put(s->gather, &change);
}

void sw_silence_came(struct sw_silence *s, const struct sw_prefix *source,
		     const struct sw_prefix *decides, enum sw_tier tier, const char *class,
		     int64_t now_ms)
{
	struct sw_prefix counted = counted_as(source, decides);
	uint32_t times;

	if (!s->returns)
		return;
	if (tier > SW_TIER_ABUSE) {
		s->counts.overruled++;
		return;
	}
	s->counts.came++;
	if (sw_returns_count(s->returns, &counted, now_ms, &times))
		act(s, &counted, times, class, now_ms);
}

/* ---- open, rules, close ---- */

int sw_silence_use(struct sw_silence *s, const struct sw_silence_rules *rules)
{
	const struct sw_returns_rules counting = { .times = rules->returns,
						   .window_ms = rules->window_ms };
	bool same = s->returns && rules->returns == s->rules.returns &&
		    rules->window_ms == s->rules.window_ms;
	struct sw_returns *returns = same ? s->returns : NULL;
	int code = 0;

	if (!same && rules->returns)
		code = sw_returns_open(&counting, SOURCES, s->options.seed, &returns);
	if (code)
		return code;
	if (!same)
		sw_returns_close(s->returns);
	s->returns = returns;
	s->rules = *rules;
	return 0;
}

int sw_silence_open(const struct sw_silence_options *options, struct sw_silence **ret)
{
	struct sw_silence *s = calloc(1, sizeof(*s));

	if (!s)
		return -ENOMEM;
	s->options = *options;
	s->gather = sw_gather_open(options->base, options->verdicts, WHO, 0, on_dropped, s);
	if (!s->gather) {
		free(s);
		return -ENOMEM;
	}
	*ret = s;
	return 0;
}

struct sw_silence *sw_silence_close(struct sw_silence *s)
{
	if (!s)
		return NULL;
	sw_gather_close(s->gather);
	sw_returns_close(s->returns);
	free(s);
	return NULL;
}

void sw_silence_counts(const struct sw_silence *s, struct sw_silence_counts *ret)
{
	*ret = s->counts;
	if (s->returns)
		sw_returns_counts(s->returns, &ret->returns);
}
