/* SPDX-License-Identifier: GPL-2.0-only */
/* sessions_setup - see sessions_setup.h. */
#include "sessions_setup.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/duration.h"

#define PERMANENT "permanent"
#define BLANKS " \t\r\n,"

/* ---- words ---- */

/* The last word of an option is the one that acts. */
static enum sw_sessions_how how_of(const char *word)
{
	if (!strcmp(word, "off"))
		return SW_SESSIONS_OFF;
	return strcmp(word, "report") ? SW_SESSIONS_ACT : SW_SESSIONS_REPORT;
}

/* ---- locks ---- */

static int add_lock(struct sw_bounce_rules *rules, const char *text, size_t n, struct sw_err *err)
{
	int64_t ms = 0;
	int code;

	if (rules->locks == SW_BOUNCE_LOCKS)
		return sw_err_set(err, -EINVAL, "bounce-locks: more than %d; leave some out",
				  SW_BOUNCE_LOCKS);
	if (n != strlen(PERMANENT) || memcmp(text, PERMANENT, n) != 0) {
		code = sw_duration_parse(text, n, &ms);
		if (code)
			return sw_err_set(err, -EINVAL,
					  "bounce-locks: \"%.*s\": %s; give durations, and "
					  "\"permanent\" for the last if it is to be",
					  n < 40 ? (int)n : 40, text, sw_duration_error(code));
	}
	rules->lock_ms[rules->locks++] = ms;
	return 0;
}

static int add_locks(struct sw_bounce_rules *rules, const char *text, struct sw_err *err)
{
	while (*(text += strspn(text, BLANKS))) {
		size_t n = strcspn(text, BLANKS);
		int code = add_lock(rules, text, n, err);

		if (code)
			return code;
		text += n;
	}
	return 0;
}

static int take_bounces(struct sw_sessions_setup *s, const struct sw_config *c, struct sw_err *err)
{
	int code = 0;

	s->bounces = how_of(c->bounce_action);
	s->entries = c->bounce_sources;
	s->trap = c->bounce_trap;
	s->bounce.window_ms = c->bounce_window_ms;
	s->bounce.accepted_ms = c->bounce_accepted_ms;
	s->bounce.unknown = c->bounce_unknown;
	s->bounce.different =
		c->bounce_different < c->bounce_unknown ? c->bounce_different : c->bounce_unknown;
	s->bounce.share = c->bounce_share;
	s->bounce.network_unknown = c->bounce_network_unknown;
	s->bounce.network_sources = c->bounce_network_sources;
	s->bounce.memory_ms = c->bounce_memory_ms;
	for (size_t i = 0; i < c->bounce_locks.n && !code; i++)
		code = add_locks(&s->bounce, c->bounce_locks.text[i], err);
	if (code)
		return code;
	code = sw_bounce_check(&s->bounce, err);
	if (code)
		return sw_err_prepend(err, code, "bounce-*");
	if (s->bounce.memory_ms > c->ledger_history_ms)
		return sw_err_set(err, -EINVAL,
				  "bounce-memory is longer than ledger-history, where locks are "
				  "looked up; raise that, or lower this");
	return 0;
}

static int take_complaints(struct sw_sessions_setup *s, const struct sw_config *c,
			   struct sw_err *err)
{
	int code;

	s->complaints = how_of(c->complaint_action);
	s->complaint.grace_ms = c->complaint_grace_ms;
	s->complaint.memory_ms = c->complaint_memory_ms;
	s->complaint.count = c->complaint_count;
	s->known_ms = c->complaint_known_ms;
	s->warnings = c->warn_max;
	code = sw_complaint_check(&s->complaint, err);
	return code ? sw_err_prepend(err, code, "complaint-*") : 0;
}

/* ---- pools ---- */

static int take_pool(struct sw_sessions_setup *s, const char *text, size_t n, struct sw_err *err)
{
	struct sw_prefix *larger = reallocarray(s->pool, s->pools + 1, sizeof(*larger));
	char shown[SW_PREFIX_TEXT];
	struct sw_prefix p;
	int code;

	if (!larger)
		return sw_err_set(err, -ENOMEM, "out of memory");
	s->pool = larger;
	code = sw_prefix_parse(text, n, &p);
	if (code == -EDOM)
		return sw_err_set(err, -EINVAL, "shared-pools: \"%.*s\": %s; write %s", (int)n,
				  text, sw_prefix_error(code), sw_prefix_format(&p, shown));
	if (code)
		return sw_err_set(err, -EINVAL,
				  "shared-pools: \"%.*s\": %s; give networks like "
				  "\"192.0.2.0/24\"",
				  n < 80 ? (int)n : 80, text, sw_prefix_error(code));
	s->pool[s->pools++] = p;
	return 0;
}

static int take_pools(struct sw_sessions_setup *s, const struct sw_texts *texts, struct sw_err *err)
{
	for (size_t i = 0; i < texts->n; i++) {
		const char *text = texts->text[i];

		while (*(text += strspn(text, BLANKS))) {
			size_t n = strcspn(text, BLANKS);
			int code = take_pool(s, text, n, err);

			if (code)
				return code;
			text += n;
		}
	}
	return 0;
}

const struct sw_prefix *sw_sessions_setup_pool(const struct sw_sessions_setup *s,
					       const struct sw_prefix *source)
{
	for (size_t i = 0; i < s->pools; i++)
		if (sw_prefix_contains(&s->pool[i], source) ||
		    sw_prefix_contains(source, &s->pool[i]))
			return &s->pool[i];
	return NULL;
}

/* ---- all of it ---- */

int sw_sessions_setup_make(const struct sw_config *c, struct sw_sessions_setup **ret,
			   struct sw_err *err)
{
	struct sw_sessions_setup *s = calloc(1, sizeof(*s));
	int code;

	if (!s)
		return sw_err_set(err, -ENOMEM, "out of memory");
	code = take_bounces(s, c, err);
	if (!code)
		code = take_complaints(s, c, err);
	if (!code)
		code = take_pools(s, &c->shared_pools, err);
	if (code)
		sw_sessions_setup_free(s);
	else
		*ret = s;
	return code;
}

struct sw_sessions_setup *sw_sessions_setup_free(struct sw_sessions_setup *s)
{
	if (s)
		free(s->pool);
	free(s);
	return NULL;
}

int sw_sessions_setup_check(const struct sw_config *config, struct sw_err *err)
{
	struct sw_sessions_setup *s = NULL;
	int code = sw_sessions_setup_make(config, &s, err);

	sw_sessions_setup_free(s);
	return code;
}
