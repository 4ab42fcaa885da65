/* SPDX-License-Identifier: GPL-2.0-only */
/* pardon - see pardon.h. */
#include "pardon.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "maps/abi.h"
#include "rules/origin.h"

#define WHY "taken back by hand"

struct pardons {
	struct sw_verdict_change *clear, *dialup; /* to be set, and to be removed */
	struct sw_verdict_change **of; /* whose the clearances are */
	char (*reason)[SW_VERDICT_REASON];
	size_t n, dialups, room;
};

static int have_room(struct pardons *p, size_t n)
{
	if (p->room)
		return 0;
	p->clear = calloc(n, sizeof(*p->clear));
	p->dialup = calloc(n, sizeof(*p->dialup));
	p->of = calloc(n, sizeof(struct sw_verdict_change *));
	p->reason = calloc(n, sizeof(*p->reason));
	p->room = n;
	return p->clear && p->dialup && p->of && p->reason ? 0 : -ENOMEM;
}

static void done(struct pardons *p)
{
	free(p->clear);
	free(p->dialup);
	free(p->of);
	free(p->reason);
}

static struct sw_prefix source_of(const struct sw_prefix *p)
{
	return p->family == 6 && p->len > 64 ? sw_prefix_truncate(p, 64) : *p;
}

static void add(struct pardons *p, struct sw_verdict_change *c, const struct sw_prefix *source,
		bool dialup)
{
	snprintf(p->reason[p->n], sizeof(p->reason[0]), "%s%s%.200s", WHY,
		 c->reason && *c->reason ? ": " : "", c->reason ? c->reason : "");
	p->of[p->n] = c;
	p->clear[p->n] = (struct sw_verdict_change){ .source = *source,
						     .origin = SW_ORIGIN_DNS,
						     .action = SW_ACTION_PASS,
						     .for_ms = SW_PARDON_MS,
						     .reason = p->reason[p->n] };
	if (dialup)
		p->dialup[p->dialups++] = (struct sw_verdict_change){
			.source = *source, .origin = SW_ORIGIN_DNS_DIALUP, .reason = p->reason[p->n]
		};
	p->n++;
}

static int gather(struct pardons *p, const struct sw_verdicts *v, struct sw_verdict_change *all,
		  size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct sw_prefix source = source_of(&all[i].source);
		uint8_t dns, dialup;

		all[i].expires_ms = 0;
		if (all[i].code && all[i].code != -ENOENT)
			continue;
		dns = sw_verdicts_action(v, &source, SW_ORIGIN_DNS);
		dialup = sw_verdicts_action(v, &source, SW_ORIGIN_DNS_DIALUP);
		if (!dialup && (!dns || dns == SW_ACTION_PASS))
			continue;
		if (have_room(p, n))
			return -ENOMEM;
		add(p, &all[i], &source, dialup);
	}
	return 0;
}

static int carry_out(struct pardons *p, struct sw_verdicts *v, const char *who, struct sw_err *err)
{
	int code = sw_verdicts_set(v, p->clear, p->n, who, err);

	if (!code && p->dialups)
		code = sw_verdicts_remove(v, p->dialup, p->dialups, who, err);
	for (size_t i = 0; i < p->n && !code; i++) {
		struct sw_verdict_change *c = p->of[i];

		c->code = p->clear[i].code;
		c->kind = SW_CHANGE_REMOVED;
		c->expires_ms = p->clear[i].expires_ms;
		memcpy(c->words, p->clear[i].words, sizeof(c->words));
	}
	return code;
}

int sw_pardon(struct sw_verdicts *v, struct sw_verdict_change *all, size_t n, const char *who,
	      struct sw_err *err)
{
	struct pardons p = { .n = 0 };
	int code = gather(&p, v, all, n);

	if (code)
		sw_err_set(err, code, "out of memory");
	else if (p.n)
		code = carry_out(&p, v, who, err);
	done(&p);
	return code;
}
