/* SPDX-License-Identifier: GPL-2.0-only */
/* verdicts_card - verdicts onto maps that are about to come into force; see verdicts.h. */
#include <string.h>

#include "datapath/datapath.h"
#include "verdicts.h"

#define AHEAD 16 /* verdicts for which memory is on its way */

struct preset {
	struct sw_datapath *dp;
	struct sw_err *err;
	struct {
		struct sw_prefix source;
		uint8_t class;
		uint64_t ends_ns;
	} waiting[AHEAD];
	size_t n;
};

static int put_waiting(struct preset *p, size_t i)
{
	return sw_datapath_verdict_preset(p->dp, &p->waiting[i % AHEAD].source,
					  p->waiting[i % AHEAD].class,
					  p->waiting[i % AHEAD].ends_ns, p->err);
}

static int preset_one(void *ctx, const struct sw_prefix *source, uint8_t class, uint64_t ends_ns)
{
	struct preset *p = ctx;
	int code = p->n >= AHEAD ? put_waiting(p, p->n) : 0;

	sw_datapath_verdict_expect(p->dp, source);
	p->waiting[p->n % AHEAD].source = *source;
	p->waiting[p->n % AHEAD].class = class;
	p->waiting[p->n++ % AHEAD].ends_ns = ends_ns;
	return code;
}

/* How many there are of each family. */
static int count_one(void *ctx, const struct sw_prefix *source, uint8_t class, uint64_t ends_ns)
{
	size_t *n = ctx;

	n[source->family == 6]++;
	return 0;
}

int sw_verdicts_preset(const struct sw_verdicts *v, struct sw_datapath *dp, struct sw_err *err)
{
	struct preset p = { .dp = dp, .err = err };
	size_t n[2] = { 0 }, first;
	int code;

	(void)sw_verdicts_each(v, count_one, n);
	sw_datapath_verdict_reserve(dp, n[0], n[1]);
	code = sw_verdicts_each(v, preset_one, &p);
	first = p.n > AHEAD ? p.n - AHEAD : 0;
	for (size_t i = first; i < p.n && !code; i++)
		code = put_waiting(&p, i);
	return code;
}
