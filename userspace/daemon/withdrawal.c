/* SPDX-License-Identifier: GPL-2.0-only */
/* withdrawal - see withdrawal.h. */
#include "withdrawal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/log.h"
#include "maps/abi.h"
#include "rules/origin.h"

struct withdrawal {
	const char *name;
	struct sw_verdict_change *change;
	size_t n, room;
};

/* Is @name in @reason as a word of its own? */
static bool rests_on(const char *reason, const char *name)
{
	size_t n = strlen(name);

	for (const char *at = strstr(reason, name); at; at = strstr(at + 1, name))
		if ((at == reason || at[-1] == ' ') && at[n] == ' ')
			return true;
	return false;
}

static int gather_withdrawn(void *ctx, const struct sw_verdict *verdict)
{
	struct withdrawal *w = ctx;

	if (verdict->origin != SW_ORIGIN_DNS && verdict->origin != SW_ORIGIN_DNS_DIALUP)
		return 0;
	if (verdict->action == SW_ACTION_PASS || !rests_on(verdict->reason, w->name))
		return 0;
	if (w->n == w->room) {
		size_t room = w->room ? 2 * w->room : 1024;
		void *grown = reallocarray(w->change, room, sizeof(*w->change));

		if (!grown)
			return -ENOMEM;
		w->change = grown;
		w->room = room;
	}
	w->change[w->n++] = (struct sw_verdict_change){ .source = verdict->source,
							.origin = verdict->origin,
							.reason = "the list is not believed" };
	return 0;
}

void sw_withdraw(struct sw_verdicts *v, struct sw_ledger *ledger, const char *name)
{
	struct withdrawal w = { .name = name };
	struct sw_err err;
	int code = sw_ledger_each(ledger, NULL, gather_withdrawn, &w, &err);

	if (!code && w.n)
		code = sw_verdicts_remove(v, w.change, w.n, "dns", &err);
	if (code)
		sw_log(LOG_ERR, "verdicts that rest on %s cannot be taken back: %s", name,
		       code == -ENOMEM ? "out of memory" : err.text);
	else if (w.n)
		sw_log(LOG_WARNING, "%zu verdicts that rested on %s were taken back", w.n, name);
	free(w.change);
}
