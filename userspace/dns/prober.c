/* SPDX-License-Identifier: GPL-2.0-only */
/* prober - see prober.h. */
#include "dns/prober.h"

#include <errno.h>
#include <stdlib.h>

struct question {
	struct sw_prober *prober;
	sw_dns_ticket ticket;
	unsigned i;
};

struct sw_prober {
	struct sw_prober_options o;
	struct sw_trust trust;
	struct question question[SW_TRUST_QUESTIONS];
	unsigned questions;
};

int sw_prober_open(const struct sw_prober_options *options, struct sw_prober **ret)
{
	struct sw_prober *p = calloc(1, sizeof(*p));

	if (!p)
		return -ENOMEM;
	p->o = *options;
	sw_trust_init(&p->trust, p->o.rules, p->o.site, p->o.family, p->o.seed, p->o.now(p->o.ctx));
	*ret = p;
	return 0;
}

static void cancel(struct sw_prober *p)
{
	for (unsigned i = 0; i < p->questions; i++) {
		sw_dns_cancel(p->o.dns, p->question[i].ticket);
		p->question[i].ticket = 0;
	}
	p->questions = 0;
}

struct sw_prober *sw_prober_close(struct sw_prober *p)
{
	if (p)
		cancel(p);
	free(p);
	return NULL;
}

const struct sw_trust *sw_prober_trust(const struct sw_prober *p)
{
	return &p->trust;
}

int64_t sw_prober_due(const struct sw_prober *p)
{
	return sw_trust_due(&p->trust);
}

void sw_prober_adopt(struct sw_prober *p, const struct sw_prober *from, bool look)
{
	sw_trust_adopt(&p->trust, &from->trust, look);
}

void sw_prober_know(struct sw_prober *p, const struct sw_prefix *own, size_t owns,
		    const struct sw_prefix *canary, size_t canaries)
{
	p->o.own = own;
	p->o.owns = owns;
	p->o.canary = canary;
	p->o.canaries = canaries;
}

static void tell(struct sw_prober *p, struct sw_trust_event event)
{
	if (event.news != SW_TRUST_NOTHING)
		p->o.news(p->o.ctx, &p->trust, event);
}

static void on_answer(void *ctx, const struct sw_dns_answer *answer)
{
	struct question *q = ctx;
	struct sw_prober *p = q->prober;
	struct sw_dnsbl_reading reading;

	q->ticket = 0;
	sw_dnsbl_read(p->o.site, answer, &reading);
	tell(p, sw_trust_answer(&p->trust, q->i, &reading, p->o.now(p->o.ctx)));
}

static void ask(struct sw_prober *p, unsigned i)
{
	struct question *q = &p->question[i];
	char name[SW_DNS_NAME];
	sw_dns_ticket ticket;

	*q = (struct question){ .prober = p, .i = i };
	sw_dnsbl_question(p->o.site, sw_trust_question(&p->trust, i), name);
	/* What it said before is not what it says now. */
	ticket = sw_dns_ask_anew(p->o.dns, name, SW_DNS_A, on_answer, q);
	q->ticket = ticket;
}

void sw_prober_step(struct sw_prober *p)
{
	int64_t now = p->o.now(p->o.ctx);
	unsigned n;

	tell(p, sw_trust_expire(&p->trust, now));
	n = sw_trust_begin(&p->trust, p->o.own, p->o.owns, p->o.canary, p->o.canaries, now);
	if (!n)
		return;
	cancel(p);
	p->questions = n;
	/* One answer may end the round; what is asked afterwards is not listened to. */
	for (unsigned i = 0; i < n && p->trust.running; i++)
		ask(p, i);
}

void sw_prober_watch(struct sw_prober *p, const struct sw_prefix *source,
		     const struct sw_dnsbl_reading *reading)
{
	struct sw_trust_event event =
		sw_trust_watch(&p->trust, source, reading, p->o.now(p->o.ctx));

	if (event.news == SW_TRUST_LOOK)
		sw_prober_step(p);
}
