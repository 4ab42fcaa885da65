/* SPDX-License-Identifier: GPL-2.0-only */
/* joined - see joined.h. */
#include "joined.h"

#include <errno.h>
#include <stdlib.h>

#include "lib/huge.h"

static int join4(void *ctx, uint64_t hi, uint64_t lo, uint8_t len, uint8_t class)
{
	struct sw_joined *j = ctx;

	j->flat4[j->n++] =
		(struct sw_entry4){ .addr = (uint32_t)(hi >> 32), .len = len, .class = class };
	return 0;
}

static int join6(void *ctx, uint64_t hi, uint64_t lo, uint8_t len, uint8_t class)
{
	struct sw_joined *j = ctx;

	j->flat6[j->n++] = (struct sw_entry6){ .hi = hi, .lo = lo, .len = len, .class = class };
	return 0;
}

void sw_joined_done(struct sw_joined *j)
{
	free(j->own);
	j->own = NULL;
}

int sw_join(const struct sw_layers *l, struct sw_joined *ret)
{
	size_t size = l->family == 4 ? sizeof(struct sw_entry4) : sizeof(struct sw_entry6);
	struct sw_joined j = { .n = 0 };
	int err;

	if (!l->verdicts->n) {
		*ret = (struct sw_joined){ { l->lists.flat4 }, l->lists.n, NULL };
		return 0;
	}
	size *= l->lists.n + l->verdicts->n + 1;
	j.own = sw_huge(malloc(size), size);
	if (!j.own)
		return -ENOMEM;
	j.flat4 = j.own;
	err = sw_layers_each(l, 0, 0, 0, l->family == 4 ? join4 : join6, &j);
	if (err)
		sw_joined_done(&j);
	else
		*ret = j;
	return err;
}
