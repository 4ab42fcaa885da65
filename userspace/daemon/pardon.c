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
	struct sw_verdict_change *clear, *gone; /* to be set, and to be removed */
	struct sw_verdict_change **of, **gone_of; /* whose they are */
	char (*reason)[SW_VERDICT_REASON];
	size_t n, gone_n, room;
};

#define GONE_EACH 3 /* dns-dialup; the desk's, on the source and on its /64 */

static int have_room(struct pardons *p, size_t n)
{
	if (p->room)
		return 0;
	p->clear = calloc(n, sizeof(*p->clear));
	p->gone = calloc(n * GONE_EACH, sizeof(*p->gone));
	p->of = calloc(n, sizeof(struct sw_verdict_change *));
	p->gone_of = calloc(n * GONE_EACH, sizeof(struct sw_verdict_change *));
	p->reason = calloc(n, sizeof(*p->reason));
	p->room = n;
	return p->clear && p->gone && p->of && p->gone_of && p->reason ? 0 : -ENOMEM;
}

static void done(struct pardons *p)
{
	free(p->clear);
	free(p->gone);
	free(p->of);
	free(p->gone_of);
	free(p->reason);
}

static struct sw_prefix source_of(const struct sw_prefix *p)
{
	return p->family == 6 && p->len > 64 ? sw_prefix_truncate(p, 64) : *p;
}

static void add_gone(struct pardons *p, struct sw_verdict_change *c, const struct sw_prefix *source,
		     uint8_t origin, const char *reason)
{
	p->gone_of[p->gone_n] = c;
	p->gone[p->gone_n++] =
		(struct sw_verdict_change){ .source = *source, .origin = origin, .reason = reason };
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
		add_gone(p, c, source, SW_ORIGIN_DNS_DIALUP, p->reason[p->n]);
	p->n++;
}

static int gather_dns(struct pardons *p, const struct sw_verdicts *v, struct sw_verdict_change *c,
		      size_t n)
{
	struct sw_prefix source = source_of(&c->source);
	uint8_t dns = sw_verdicts_action(v, &source, SW_ORIGIN_DNS);
	uint8_t dialup = sw_verdicts_action(v, &source, SW_ORIGIN_DNS_DIALUP);

	if (!dialup && (!dns || dns == SW_ACTION_PASS))
		return 0;
	if (have_room(p, n))
		return -ENOMEM;
	add(p, c, &source, dialup);
	return 0;
}

static int gather_desk(struct pardons *p, const struct sw_verdicts *v, struct sw_verdict_change *c,
		       size_t n)
{
	const struct sw_prefix sources[] = { c->source, source_of(&c->source) };
	unsigned different = 1 + (sources[0].len != sources[1].len);

	for (unsigned i = 0; i < different; i++) {
		if (!sw_verdicts_action(v, &sources[i], SW_ORIGIN_DESK))
			continue;
		if (have_room(p, n))
			return -ENOMEM;
		add_gone(p, c, &sources[i], SW_ORIGIN_DESK, c->reason ? c->reason : WHY);
	}
	return 0;
}

static int gather(struct pardons *p, const struct sw_verdicts *v, struct sw_verdict_change *all,
		  size_t n)
{
	int code = 0;

	for (size_t i = 0; i < n && !code; i++) {
		all[i].expires_ms = 0;
		all[i].pardoned = SW_ORIGIN_NONE;
		if (all[i].code && all[i].code != -ENOENT)
			continue;
		code = gather_dns(p, v, &all[i], n);
		if (!code)
			code = gather_desk(p, v, &all[i], n);
	}
	return code;
}

static void tell(struct sw_verdict_change *c, const struct sw_verdict_change *done_for_it)
{
	c->code = done_for_it->code;
	c->kind = SW_CHANGE_REMOVED;
	memcpy(c->words, done_for_it->words, sizeof(c->words));
}

static int carry_out(struct pardons *p, struct sw_verdicts *v, const char *who, struct sw_err *err)
{
	int code = p->n ? sw_verdicts_set(v, p->clear, p->n, who, err) : 0;

	if (!code && p->gone_n)
		code = sw_verdicts_remove(v, p->gone, p->gone_n, who, err);
	for (size_t i = 0; i < p->gone_n && !code; i++) {
		if (p->gone[i].origin != SW_ORIGIN_DESK)
			continue;
		tell(p->gone_of[i], &p->gone[i]);
		p->gone_of[i]->pardoned = SW_ORIGIN_DESK;
	}
	for (size_t i = 0; i < p->n && !code; i++) {
		tell(p->of[i], &p->clear[i]);
		p->of[i]->expires_ms = p->clear[i].expires_ms;
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
	else if (p.n || p.gone_n)
		code = carry_out(&p, v, who, err);
	done(&p);
	return code;
}
