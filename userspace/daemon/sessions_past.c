/* SPDX-License-Identifier: GPL-2.0-only */
/* sessions_past - see sessions_parts.h. What was is in the ledger alone, so it is the same after
 * a restart. */
#include <errno.h>
#include <string.h>

#include "maps/abi.h"
#include "rules/origin.h"
#include "sessions_parts.h"

struct past {
	int64_t since_ms;
	unsigned locks, undone;
};

/* Newest first; 1: what is older does not matter. */
static int count_change(void *ctx, const struct sw_history *h)
{
	struct past *past = ctx;

	if (h->verdict.origin != SW_ORIGIN_BOUNCE)
		return 0;
	if (h->time_ms < past->since_ms)
		return 1;
	if (h->kind == SW_CHANGE_ENDED)
		return 0;
	if (h->kind == SW_CHANGE_REMOVED) {
		if (strcmp(h->who, SW_VERDICTS_WHO) != 0)
			return 1; /* somebody took it back: the source begins anew */
		past->undone++; /* the card had no room for it */
	} else if (past->undone) {
		past->undone--;
	} else {
		past->locks++;
	}
	return 0;
}

int sw_sessions_locks(const struct sw_sessions *s, const struct sw_prefix *source, int64_t since_ms,
		      unsigned *ret, struct sw_err *err)
{
	struct past past = { .since_ms = since_ms };
	int code = sw_ledger_history(s->options.ledger, source, SW_HISTORY_NEWEST_FIRST,
				     count_change, &past, err);

	if (code < 0)
		return code;
	*ret = past.locks;
	return 0;
}

struct asked {
	uint8_t origin, action;
	int64_t now_ms;
	int64_t until_ms; /* out: when what was found ends; 0: never */
};

static int is_it(void *ctx, const struct sw_verdict *v)
{
	struct asked *a = ctx;

	if (v->origin != a->origin || v->action != a->action ||
	    (v->expires_ms && v->expires_ms <= a->now_ms))
		return 0;
	a->until_ms = v->expires_ms;
	return 1;
}

static int any_on(const struct sw_sessions *s, const struct sw_prefix *source, struct asked *asked,
		  struct sw_err *err)
{
	return sw_ledger_each_containing(s->options.ledger, source, is_it, asked, err);
}

int sw_sessions_is_locked(const struct sw_sessions *s, const struct sw_prefix *source,
			  int64_t now_ms, int64_t *until_ms, struct sw_err *err)
{
	struct asked asked = { .origin = SW_ORIGIN_BOUNCE,
			       .action = SW_ACTION_DROP,
			       .now_ms = now_ms };
	int code = any_on(s, source, &asked, err);

	if (code > 0)
		*until_ms = asked.until_ms;
	return code;
}

int sw_sessions_is_allowed(const struct sw_sessions *s, const struct sw_prefix *source,
			   int64_t now_ms, struct sw_err *err)
{
	struct asked asked = { .origin = SW_ORIGIN_OPERATOR,
			       .action = SW_ACTION_ALLOW,
			       .now_ms = now_ms };

	return any_on(s, source, &asked, err);
}
