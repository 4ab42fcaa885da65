/* SPDX-License-Identifier: GPL-2.0-only */
/* ledger_clock - see ledger_clock.h. */
#include "ledger_clock.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "daemon/ledger.h"

#define STEP_MS 1000 /* what changes by less between two looks is drift, not a step */

static int64_t monotonic_ms(const struct sw_ledger_clock *c)
{
	return (int64_t)(sw_clock_monotonic_ns(c->clock) / 1000000);
}

static int64_t offset_now(const struct sw_ledger_clock *c)
{
	return sw_clock_wall_ms(c->clock) - monotonic_ms(c);
}

/* Take what an earlier process knew. False: it is not to be read. */
static bool take_saved(struct sw_ledger_clock *c, const char *saved)
{
	int64_t offset, correction, last;
	char boot[40];

	if (sscanf(saved, "%39s %" SCNd64 " %" SCNd64 " %" SCNd64, boot, &offset, &correction,
		   &last) != 4)
		return false;
	c->correction_ms = correction;
	c->last_ms = last;
	if (!strcmp(boot, c->boot)) /* the same boot: a step since then shows */
		c->offset_ms = offset;
	return true;
}

void sw_ledger_clock_init(struct sw_ledger_clock *c, const struct sw_clock *clock, const char *boot,
			  const char *saved)
{
	*c = (struct sw_ledger_clock){ .clock = clock };
	snprintf(c->boot, sizeof(c->boot), "%s", boot && *boot ? boot : "-");
	c->offset_ms = offset_now(c);
	if (saved)
		take_saved(c, saved);
	sw_ledger_clock_look(c);
	c->unsaved = true;
}

int sw_ledger_clock_open(struct sw_ledger_clock *c, struct sw_ledger *ledger,
			 const struct sw_clock *clock, const char *boot, struct sw_err *err)
{
	char saved[SW_LEDGER_META_VALUE + 1];
	int code = sw_ledger_meta_get(ledger, SW_LEDGER_CLOCK_META, saved, err);

	if (code && code != -ENOENT)
		return code;
	sw_ledger_clock_init(c, clock, boot, code ? NULL : saved);
	return 0;
}

int64_t sw_ledger_clock_look(struct sw_ledger_clock *c)
{
	int64_t offset = offset_now(c), step = offset - c->offset_ms, now;

	c->offset_ms = offset;
	if (step >= STEP_MS || step <= -STEP_MS)
		c->correction_ms += step;
	else
		step = 0;
	now = sw_ledger_clock_now(c);
	if (now < c->last_ms) /* drift back, or a clock that was wrong at boot */
		c->correction_ms -= c->last_ms - now;
	else
		c->last_ms = now;
	c->unsaved |= step != 0;
	return step;
}

/* Not by the wall clock itself, which may have stepped since it was looked at. */
int64_t sw_ledger_clock_now(const struct sw_ledger_clock *c)
{
	return monotonic_ms(c) + c->offset_ms - c->correction_ms;
}

int64_t sw_ledger_clock_to_wall(const struct sw_ledger_clock *c, int64_t ledger_ms)
{
	return ledger_ms ? ledger_ms + c->correction_ms : 0;
}

int64_t sw_ledger_clock_from_wall(const struct sw_ledger_clock *c, int64_t wall_ms)
{
	return wall_ms ? wall_ms - c->correction_ms : 0;
}

void sw_ledger_clock_text(const struct sw_ledger_clock *c, char text[SW_LEDGER_CLOCK_TEXT])
{
	snprintf(text, SW_LEDGER_CLOCK_TEXT, "%s %" PRId64 " %" PRId64 " %" PRId64, c->boot,
		 c->offset_ms, c->correction_ms, c->last_ms);
}
