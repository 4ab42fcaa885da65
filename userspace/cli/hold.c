/* SPDX-License-Identifier: GPL-2.0-only */
/* hold - see hold.h. */
#include "hold.h"

#include <errno.h>

#include "daemon/ledger.h"
#include "daemon/ledger_clock.h"

struct reading {
	struct sw_hold *hold;
	struct sw_ledger_clock clock;
};

static int take(void *ctx, const struct sw_verdict *verdict)
{
	struct reading *r = ctx;
	struct sw_verdict *to = &r->hold->all[r->hold->n];

	if (verdict->expires_ms && verdict->expires_ms <= sw_ledger_clock_now(&r->clock))
		return 0; /* it has ended; the daemon will write that down */
	if (r->hold->n == SW_HOLD_MAX)
		return 1;
	*to = *verdict;
	to->created_ms = sw_ledger_clock_to_wall(&r->clock, verdict->created_ms);
	to->expires_ms = sw_ledger_clock_to_wall(&r->clock, verdict->expires_ms);
	r->hold->n++;
	return 0;
}

int sw_hold_read(const struct sw_config *config, const struct sw_prefix *source,
		 struct sw_hold *ret, struct sw_err *err)
{
	const struct sw_ledger_options options = { .state_dir = config->state_dir,
						   .read_only = true };
	char boot[SW_CLOCK_BOOT];
	struct reading r = { .hold = ret };
	struct sw_ledger *ledger;
	int code = sw_ledger_open(&options, &ledger, err);

	ret->n = 0;
	if (code)
		return code == -ENOENT ? 0 : code;
	sw_clock_boot(boot);
	code = sw_ledger_clock_open(&r.clock, ledger, sw_clock_system(), boot, err);
	if (!code)
		code = sw_ledger_each_containing(ledger, source, take, &r, err);
	sw_ledger_close(ledger);
	return code < 0 ? code : 0;
}
