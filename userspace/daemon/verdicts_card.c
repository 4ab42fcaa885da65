/* SPDX-License-Identifier: GPL-2.0-only */
/* verdicts_card - verdicts onto maps that are about to come into force; see verdicts.h. */
#include <string.h>

#include "datapath/datapath.h"
#include "verdicts.h"

struct preset {
	struct sw_datapath *dp;
	struct sw_err *err;
};

static int preset_one(void *ctx, const struct sw_prefix *source, uint8_t class, uint64_t ends_ns)
{
	const struct preset *p = ctx;

	return sw_datapath_verdict_preset(p->dp, source, class, ends_ns, p->err);
}

int sw_verdicts_preset(const struct sw_verdicts *v, struct sw_datapath *dp, struct sw_err *err)
{
	struct preset p = { dp, err };

	return sw_verdicts_each(v, preset_one, &p);
}
