/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * service_verdicts - the ledger and its verdicts, read by a thread of its own while the lists
 * are. The two know nothing of one another until both go onto the card, and with a million
 * of each to read, a start is as long as the longer one.
 *
 * Until it was waited for, ledger and verdicts are the thread's alone.
 */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "events.h"
#include "lib/huge.h"
#include "service_parts.h"

struct sw_service_opening {
	pthread_t thread;
	bool has_thread;
	struct sw_service *service;
	char *state_dir; /* the configuration may be exchanged meanwhile */
	int code;
	struct sw_err err;
};

static void event_of(void *ctx, const struct sw_history *event)
{
	const struct sw_service *s = ctx;

	sw_event_print(sw_enforce_policy(s->enforce)->config->events, event);
}

static int open_verdicts(struct sw_service *s, const char *state_dir, struct sw_err *err)
{
	const struct sw_ledger_options options = { .state_dir = state_dir };
	char boot[SW_CLOCK_BOOT];
	struct sw_verdicts_options how = { .clock = sw_clock_system(),
					   .boot = boot,
					   .event = event_of,
					   .note = sw_service_note,
					   .ctx = s };
	int code = sw_ledger_open(&options, &s->ledger, err);

	if (code)
		return code;
	sw_clock_boot(boot);
	sw_huge_heap();
	how.ledger = s->ledger;
	return sw_verdicts_open(&how, &s->verdicts, err);
}

static void *run(void *ctx)
{
	struct sw_service_opening *o = ctx;

	o->code = open_verdicts(o->service, o->state_dir, &o->err);
	return NULL;
}

int sw_service_verdicts_begin(struct sw_service *s, const struct sw_config *config,
			      struct sw_err *err)
{
	struct sw_service_opening *o = calloc(1, sizeof(*o));

	if (!o || !(o->state_dir = strdup(config->state_dir))) {
		free(o);
		return sw_err_set(err, -ENOMEM, "out of memory");
	}
	o->service = s;
	s->opening = o;
	o->has_thread = !pthread_create(&o->thread, NULL, run, o);
	if (!o->has_thread) /* then one after the other */
		run(o);
	return 0;
}

int sw_service_verdicts_wait(struct sw_service *s, struct sw_err *err)
{
	struct sw_service_opening *o = s->opening;
	int code;

	if (!o)
		return 0;
	if (o->has_thread)
		pthread_join(o->thread, NULL);
	code = o->code ? sw_err_set(err, o->code, "%s", o->err.text) : 0;
	free(o->state_dir);
	free(o);
	s->opening = NULL;
	return code;
}
